"""The first critic: its objective, its training, and the interval of its held-out value."""

import math

import numpy as np
import pytest
import torch

from divkit.critics.held_out import held_out_value
from divkit.critics.objective import population, samples
from divkit.critics.perceptron import Perceptron
from divkit.critics.train import LBFGS, Adam, DivergedError
from divkit.distributions.normal import Normal
from divkit.theory.integration import cuts, legendre_nodes

P, Q = Normal(0, 1), Normal(1, 1)
BOUND = -2 * math.log(2) + 2 * 0.1114214821847361797172


def on_population():
    nodes, weights = legendre_nodes(cuts(-12, 13, 1.0), 16)
    return population(P, Q, nodes[:, None], weights)


def best(x):
    return P.log_prob(x) - Q.log_prob(x)


def test_the_population_objective_at_the_best_critic_is_the_identity():
    assert float(on_population()(best)) == pytest.approx(BOUND, abs=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_no_critic_beats_the_bound_on_the_population(seed):
    critic = Perceptron(1, (8,), 24.0, rng=seed)
    training = LBFGS(80)(critic, on_population())
    assert BOUND - 1e-4 < training.value <= BOUND + 1e-13


def test_adam_climbs():
    critic = Perceptron(1, (8,), rng=0)
    objective = on_population()
    before = float(objective(critic).detach())
    assert Adam(100, 0.02)(critic, objective).value > before + 0.05


def test_the_same_seed_gives_the_same_critic_and_torch_is_left_alone():
    x = torch.linspace(-2, 2, 5, dtype=torch.float64)[:, None]
    state = torch.random.get_rng_state()
    first, second = Perceptron(1, rng=4)(x), Perceptron(1, rng=4)(x)
    assert torch.equal(first, second)
    assert not torch.equal(first, Perceptron(1, rng=5)(x))
    assert torch.equal(state, torch.random.get_rng_state())
    assert first.dtype == torch.float64


def test_outputs_stay_within_the_bound():
    critic = Perceptron(2, (4,), bound=3.0, rng=0)
    with torch.no_grad():
        critic.weights[-1].mul_(1e6)
        assert float(critic(torch.randn(50, 2, dtype=torch.float64)).abs().max()) <= 3.0


def test_training_on_nan_stops_and_says_where():
    x = torch.tensor([[math.nan], [0.0]], dtype=torch.float64)
    with pytest.raises(DivergedError, match="evaluation 1"):
        LBFGS(5)(Perceptron(1, rng=0), samples(x, x))


@pytest.mark.parametrize("shapes", [((0, 1), (5, 1)), ((5, 1), (0, 1)), ((5, 1), (5, 2))])
def test_samples_must_fit(shapes):
    with pytest.raises(ValueError, match="both samples"):
        samples(*(torch.zeros(shape, dtype=torch.float64) for shape in shapes))


def test_the_interval_covers():
    """A fixed critic, 400 repetitions at level 0.9.

    Empirical Bernstein is conservative: its coverage is at least 0.9, in fact near 1. The chance
    that fewer than 320 of 400 cover when 0.9 do is below 1e-8 (binomial).
    """
    critic = Perceptron(1, (4,), bound=2.0, rng=1)
    truth = float(on_population()(critic).detach())
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        held = held_out_value(critic, P.sample(300, rng), Q.sample(300, rng), level=0.9)
        covered += held.interval[0] <= truth <= held.interval[1]
    assert covered >= 320


def test_the_interval_narrows_and_its_error_is_the_spread():
    critic = Perceptron(1, (4,), bound=2.0, rng=1)
    few = held_out_value(critic, P.sample(500, 0), Q.sample(500, 1))
    many = held_out_value(critic, P.sample(50_000, 0), Q.sample(50_000, 1))
    assert many.error == pytest.approx(few.error / 10, rel=0.2)
    assert few.level == 0.99
    assert many.interval[1] - many.interval[0] < few.interval[1] - few.interval[0]


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5])
def test_a_level_outside_0_1_is_an_error(level):
    with pytest.raises(ValueError, match="level"):
        held_out_value(Perceptron(1, rng=0), P.sample(5, 0), Q.sample(5, 0), level=level)


def test_one_row_is_not_enough():
    with pytest.raises(ValueError, match="two rows"):
        held_out_value(Perceptron(1, rng=0), P.sample(1, 0), Q.sample(5, 0))


@pytest.mark.parametrize("changes", [{"widths": (0,)}, {"bound": 0.0}, {"bound": math.nan}])
def test_a_perceptron_needs_positive_sizes(changes):
    with pytest.raises(ValueError, match="positive"):
        Perceptron(1, **changes)
