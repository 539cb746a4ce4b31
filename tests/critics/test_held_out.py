"""The held-out value of a critic: its interval covers, narrows, and refuses nonsense."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from divkit.critics.held_out import Bounded, held_out_value, paired_payoffs, payoff_range
from divkit.distributions import Normal
from divkit.games import GAMES, GAN
from divkit.theory.game.identity import value_of

P, Q = Normal(0, 1), Normal(1, 1)


def slanted(x):
    return 0.3 - 0.8 * x[:, 0]


CRITIC = Bounded(slanted, 2.0)


def test_outputs_stay_within_the_bound_and_small_ones_hardly_move():
    x = torch.linspace(-1e6, 1e6, 101, dtype=torch.float64)[:, None]
    assert float(CRITIC(x).abs().max()) <= 2.0
    near = torch.linspace(-0.1, 0.1, 5, dtype=torch.float64)[:, None]
    assert torch.allclose(Bounded(slanted, 1e4)(near), slanted(near), rtol=1e-8)
    assert torch.allclose(Bounded(slanted, 1e4, 0.5)(near), 0.5 * slanted(near), rtol=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "m"), [(300, 300), (120, 500), (500, 120)])
def test_the_interval_covers(n, m):
    """A fixed critic, 400 repetitions at level .9; false alarm 1e-8 (binomial)."""
    truth = value_of(P, Q, CRITIC).value
    rng, covered = np.random.default_rng(0), 0
    for _ in range(400):
        held = held_out_value(CRITIC, P.sample(n, rng), Q.sample(m, rng), level=0.9)
        covered += held.interval[0] <= truth <= held.interval[1]
    assert covered >= stats.binom.ppf(1e-8, 400, 0.9)


def test_the_interval_narrows_and_its_error_is_the_spread():
    few = held_out_value(CRITIC, P.sample(500, 0), Q.sample(500, 1))
    many = held_out_value(CRITIC, P.sample(50_000, 0), Q.sample(50_000, 1))
    assert many.error == pytest.approx(few.error / 10, rel=0.2)
    assert few.level == 0.99
    half = 0.5 * (many.interval[1] - many.interval[0])
    # betting's width at large n is √(2 log(2/α)) standard errors
    assert half == pytest.approx(math.sqrt(2 * math.log(200)) * many.error, rel=0.05)
    assert half < 0.15 * (few.interval[1] - few.interval[0])


def test_every_point_counts_where_samples_are_unequal():
    x, y = P.sample(10, 0), Q.sample(37, 1)
    z = paired_payoffs(GAN, CRITIC(x), CRITIC(y))
    assert len(z) == 10
    moved = y.clone()
    for row in range(37):
        moved[row] += 1.0
        assert not np.array_equal(paired_payoffs(GAN, CRITIC(x), CRITIC(moved)), z)
        moved[row] -= 1.0
    assert z.mean() == pytest.approx(
        float(GAN.on_p(CRITIC(x)).mean() + GAN.on_q(CRITIC(y)).mean()), abs=0.05
    )


@pytest.mark.parametrize("name", list(GAMES))
def test_payoffs_stay_in_their_range(name):
    game, bound = GAMES[name], 1.7
    low, high = payoff_range(game, bound)
    c = torch.linspace(-bound, bound, 101, dtype=torch.float64)
    paid = game.on_p(c)[:, None] + game.on_q(c)[None, :]
    assert low <= float(paid.min()) and float(paid.max()) <= high
    assert high - low <= float(paid.max() - paid.min()) * (1 + 1e-9)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, math.nan])
def test_a_level_outside_0_1_is_an_error(level):
    with pytest.raises(ValueError, match="level"):
        held_out_value(CRITIC, P.sample(5, 0), Q.sample(5, 0), level=level)


def test_one_row_is_not_enough():
    with pytest.raises(ValueError, match="x needs two rows"):
        held_out_value(CRITIC, P.sample(1, 0), Q.sample(5, 0))


def test_a_critic_that_is_nan_is_an_error():
    broken = Bounded(lambda x: x[:, 0].where(x[:, 0] > 0, math.nan))
    with pytest.raises(ValueError, match="NaN at row"):
        held_out_value(broken, P.sample(50, 0), Q.sample(50, 0))


@pytest.mark.parametrize("bad", [0.0, -1.0, math.inf, math.nan])
def test_a_bound_and_a_scale_must_be_positive_and_finite(bad):
    with pytest.raises(ValueError, match="bound"):
        Bounded(slanted, bad)
    with pytest.raises(ValueError, match="scale"):
        Bounded(slanted, 1.0, bad)
