"""The held-out value of a critic: its interval covers, narrows, and refuses nonsense."""

import math

import numpy as np
import pytest
import torch

from divkit.critics.held_out import Bounded, held_out_value
from divkit.distributions.normal import Normal
from divkit.theory.identity import value_of

P, Q = Normal(0, 1), Normal(1, 1)


def slanted(x):
    return 0.3 - 0.8 * x[:, 0]


CRITIC = Bounded(slanted, 2.0)


def test_outputs_stay_within_the_bound_and_small_ones_hardly_move():
    x = torch.linspace(-1e6, 1e6, 101, dtype=torch.float64)[:, None]
    assert float(CRITIC(x).abs().max()) <= 2.0
    near = torch.linspace(-0.1, 0.1, 5, dtype=torch.float64)[:, None]
    assert torch.allclose(Bounded(slanted, 1e4)(near), slanted(near), rtol=1e-8)


def test_the_interval_covers():
    """A fixed critic, 400 repetitions at level 0.9.

    Empirical Bernstein is conservative: its coverage is at least 0.9. The chance that fewer than
    320 of 400 cover when 0.9 do is below 1e-8 (binomial).
    """
    truth = value_of(P, Q, CRITIC).value
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        held = held_out_value(CRITIC, P.sample(300, rng), Q.sample(300, rng), level=0.9)
        covered += held.interval[0] <= truth <= held.interval[1]
    assert covered >= 320


def test_the_interval_narrows_and_its_error_is_the_spread():
    few = held_out_value(CRITIC, P.sample(500, 0), Q.sample(500, 1))
    many = held_out_value(CRITIC, P.sample(50_000, 0), Q.sample(50_000, 1))
    assert many.error == pytest.approx(few.error / 10, rel=0.2)
    assert few.level == 0.99
    assert many.interval[1] - many.interval[0] < few.interval[1] - few.interval[0]


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, math.nan])
def test_a_level_outside_0_1_is_an_error(level):
    with pytest.raises(ValueError, match="level"):
        held_out_value(CRITIC, P.sample(5, 0), Q.sample(5, 0), level=level)


def test_one_row_is_not_enough():
    with pytest.raises(ValueError, match="two rows"):
        held_out_value(CRITIC, P.sample(1, 0), Q.sample(5, 0))


@pytest.mark.parametrize("bound", [0.0, -1.0, math.inf, math.nan])
def test_a_bound_must_be_positive_and_finite(bound):
    with pytest.raises(ValueError, match="bound"):
        Bounded(slanted, bound)
