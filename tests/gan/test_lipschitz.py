"""Critics of a WGAN: their slopes and bounds are true, and their tricks do what is said."""

import itertools

import numpy as np
import pytest
import torch

from divkit.training.gan.lipschitz import (
    Clipping,
    GradientPenalty,
    LipschitzCritic,
    ScaledDistance,
    lipschitz_critic,
)


def sample(n, d, seed, shift=0.0):
    return torch.from_numpy(np.random.default_rng(seed).normal(shift, 1, (n, d)))


@pytest.mark.parametrize("d", [1, 3])
def test_slopes_are_those_of_autograd_and_keep_their_bound(d):
    critic = lipschitz_critic(d, 7, 1.3, rng=d, smooth=True)
    x = sample(50, d, 0).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x)
    found = critic.slopes(x.detach())
    assert torch.allclose(found, gradient.norm(dim=1), rtol=1e-12)
    assert float(found.max()) <= critic.slope_bound


@pytest.mark.parametrize("smooth", [True, False])
def test_differences_keep_the_slope_bound(smooth):
    critic = lipschitz_critic(2, 9, 1.0, rng=4, smooth=smooth)
    x, y = sample(400, 2, 1), sample(400, 2, 2)
    rise = (critic(x) - critic(y)).abs() / (x - y).norm(dim=1)
    assert float(rise.max()) <= critic.slope_bound


def test_clipping_keeps_every_weight_and_never_beats_its_scale():
    x, y = sample(200, 1, 0, 2.0), sample(200, 1, 1)
    w1 = float((x.sort(dim=0)[0] - y.sort(dim=0)[0]).abs().mean())
    start = lipschitz_critic(1, 8, 0.1, rng=0)
    gaps = []
    for critic in itertools.islice(Clipping(0.1, 0.05).ascend(start, x, y), 60):
        assert all(float(part.abs().max()) <= 0.1 for part in critic.parts)
        gaps.append(float(critic.gap(x, y)))
    assert gaps[-1] > gaps[0]
    assert gaps[-1] <= 8 * 0.01 * w1 * (1 + 1e-12)
    measured = ScaledDistance(gaps[-1], critic.slope_bound)
    assert 0 < measured.lower_bound <= w1
    assert "K unknown" in repr(measured)


def test_a_penalised_value_is_the_gap_less_the_penalty_by_hand():
    rough = lipschitz_critic(1, 5, 1.0, rng=2, smooth=True)
    critic = LipschitzCritic(*(part.abs() for part in rough.parts), smooth=True)  # no slope is 0
    x, y, rule = sample(6, 1, 3), sample(6, 1, 4), GradientPenalty(2.5, 40)
    u = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    share = u[:, None, None]
    by_hand = ((critic.slopes(share * y + (1 - share) * x) - 1) ** 2).mean()
    assert float(rule.value(critic, x, y)) == pytest.approx(
        float(critic.gap(x, y) - 2.5 * by_hand), abs=1e-6
    )


@pytest.mark.parametrize(("weight", "d"), [(10.0, 1.0), (0.5, 0.7)])
def test_the_penalty_settles_at_slope_one_plus_d_over_two_lambda(weight, d):
    x, y = torch.tensor([[d]]).double(), torch.zeros(1, 1).double()
    rule = GradientPenalty(weight)
    best = max(
        float(rule.value(critic, x, y))
        for seed in range(2)
        for critic in itertools.islice(
            rule.ascend(lipschitz_critic(1, 4, 1.0, seed, True), x, y), 4
        )
    )
    ceiling = d + d * d / (4 * weight)
    assert 0.99 * ceiling <= best <= ceiling * (1 + 1e-12)


def ascended(smooth, n):
    critic = lipschitz_critic(1, smooth=smooth)
    return next(GradientPenalty().ascend(critic, sample(3, 1, 0), sample(n, 1, 0)))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lipschitz_critic(0), "dim"),
        (lambda: lipschitz_critic(1, 4, -1.0), "scale"),
        (lambda: Clipping(limit=0.0), "limit"),
        (lambda: GradientPenalty(-1.0), "weight"),
        (lambda: ascended(False, 3), "smooth"),
        (lambda: ascended(True, 4), "3 and 4"),
    ],
)
def test_what_cannot_train_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_parts_rebuild_the_critic():
    critic = lipschitz_critic(2, 3, 1.0, rng=1)
    again = LipschitzCritic(*critic.parts)
    x = sample(5, 2, 0)
    assert torch.equal(critic(x), again(x))
