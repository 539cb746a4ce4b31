"""An ensemble trained as one batched computation is its members trained one by one."""

import pytest
import torch
from critic_instances import samples

from divkit.critics import (
    MLP,
    Adam,
    EarlyStopping,
    LevenbergMarquardt,
    Polynomial,
    from_samples,
    stack,
    train,
    train_ensemble,
    training_points,
)
from divkit.distributions import Normal

P, Q = Normal(0, 1), Normal(1, 1)
NETWORK = MLP((4,))
STEPS = LevenbergMarquardt(12)
SLOW = Adam(0.02, 30, batch=None, every=30)


@pytest.mark.parametrize("maximiser", [STEPS, SLOW], ids=["newton", "adam"])
def test_seeds_on_one_set_of_points(maximiser):
    points = training_points(P, Q)
    many = train_ensemble(points, critic=NETWORK, maximiser=maximiser, seeds=range(4))
    for seed, member in enumerate(many):
        alone = train(points, critic=NETWORK, maximiser=maximiser, seed=seed)
        assert member.last.value == pytest.approx(alone.last.value, abs=1e-10)
        assert torch.allclose(member.critic(points.x), alone.critic(points.x), atol=1e-6)


@pytest.mark.parametrize("critic", [NETWORK, Polynomial(2)], ids=repr)
@pytest.mark.parametrize("maximiser", [STEPS, SLOW], ids=["newton", "adam"])
def test_pairs_of_laws_and_sizes_of_samples(critic, maximiser):
    sets = [
        training_points(P, Q),
        training_points(Normal(0, 3), Normal(0, 5)),
        from_samples(P.sample(40, 0), Q.sample(30, 1)),
        from_samples(P.sample(200, 0), Q.sample(300, 1)),
    ]
    many = train_ensemble(sets, critic=critic, maximiser=maximiser)
    for seed, (member, points) in enumerate(zip(many, sets, strict=True)):
        alone = train(points, critic=critic, maximiser=maximiser, seed=seed)
        assert member.last.value == pytest.approx(alone.last.value, abs=1e-9)
        assert torch.allclose(member.critic(points.x), alone.critic(points.x), atol=1e-5)


def test_members_that_are_done_wait_for_the_others():
    """A pair of equal laws converges at once; its neighbour goes on, and neither is disturbed."""
    sets = [training_points(P, P), training_points(P, Q)]
    easy, hard = train_ensemble(sets, critic=Polynomial(1))
    assert torch.equal(easy.critic.theta, torch.zeros(2).double())
    alone = train(sets[1], critic=Polynomial(1))
    assert hard.last.value == pytest.approx(alone.last.value, abs=1e-13)


def test_each_member_may_have_its_own_rate():
    points = training_points(P, Q)
    pair = train_ensemble(
        points, critic=NETWORK, seeds=(0, 0), maximiser=Adam((0.02, 1e-9), 30, batch=None)
    )
    assert pair[0].last.value > pair[1].last.value + 1e-3


def test_each_member_stops_by_its_own_held_out_value():
    sets = [from_samples(P.sample(30, s), Q.sample(30, 9 + s)) for s in range(3)]
    held = stack([from_samples(P.sample(300, 20), Q.sample(300, 21))] * 3)
    solver = EarlyStopping(LevenbergMarquardt(40), held, patience=40)
    many = train_ensemble(sets, critic=NETWORK, maximiser=solver)
    for i, member in enumerate(many):
        single = EarlyStopping(LevenbergMarquardt(40), held.member(i), patience=40)
        alone = train(sets[i], critic=NETWORK, maximiser=single, seed=i)
        assert member.last.value == pytest.approx(alone.last.value, abs=1e-6)


def test_what_an_ensemble_needs_is_said():
    with pytest.raises(ValueError, match="seeds"):
        train_ensemble(samples(1), critic=NETWORK)
    with pytest.raises(ValueError, match="one for each of 2"):
        train_ensemble([samples(1), samples(1)], critic=NETWORK, seeds=(1,))
    with pytest.raises(ValueError, match="train_ensemble"):
        train(stack([samples(1), samples(1)]))
