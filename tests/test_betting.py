"""Limits by betting: they cover at every n, follow batches, and use what was known before."""

import math

import numpy as np
import pytest
from scipy import stats

from divkit.betting import Batch, forecast, interval, lower_limit

RNG = np.random.default_rng


def fewest_covers(reps, level, alarm=1e-7):
    """The count that covers fall below with probability `alarm` if each has probability level."""
    return int(stats.binom.ppf(alarm, reps, level))


@pytest.mark.sweep(2)
@pytest.mark.parametrize("level", [0.9, 0.99])
@pytest.mark.parametrize("chance", [0.02, 0.5, 0.98])
def test_the_limit_is_below_the_mean_as_often_as_it_says(chance, level):
    """Bernoulli draws, 500 repetitions of n = 40; false alarm 1e-7 (binomial)."""
    rng, reps = RNG(3), 500
    draws = (rng.random((reps, 40)) < chance).astype(float)
    covered = sum(lower_limit([Batch(x, 0.0, 1.0)], level) <= chance for x in draws)
    assert covered >= fewest_covers(reps, level)


@pytest.mark.sweep(4)
@pytest.mark.parametrize("guess", [None, (0.5, 0.2), (0.01, 1e-5), (0.9, 5.0)])
def test_a_wrong_guess_costs_width_but_not_coverage(guess):
    """Beta(1/2, 1) draws, n = 60, 500 repetitions; false alarm 1e-7."""
    rng, reps = RNG(4), 500
    mean = 1 / 3
    draws = rng.beta(0.5, 1, (reps, 60))
    covered = sum(lower_limit([Batch(x, 0.0, 1.0, guess)], 0.9) <= mean for x in draws)
    assert covered >= fewest_covers(reps, 0.9)


@pytest.mark.slow
def test_batches_of_different_means_bound_the_largest():
    """Means .2, .6, .5 and ranges that differ, 500 repetitions; false alarm 1e-7."""
    rng, reps = RNG(5), 500
    covered = 0
    for _ in range(reps):
        batches = [
            Batch(0.4 * rng.random(20), 0.0, 0.4),
            Batch(0.6 + 4 * (rng.random(30) - 0.5), -1.4, 2.6, (0.6, 1.0)),
            Batch(rng.random(40), 0.0, 1.0),
        ]
        covered += lower_limit(batches, 0.9) <= 0.6
    assert covered >= fewest_covers(reps, 0.9)


def test_many_draws_in_batches_are_worth_as_much_as_at_once():
    x = RNG(6).random(4000)
    whole = lower_limit([Batch(x, 0.0, 1.0)], 0.95)
    parts = lower_limit([Batch(part, 0.0, 1.0) for part in np.split(x, 4)], 0.95)
    assert abs(whole - parts) < 0.1 * (0.5 - whole)
    # the best that the method can do at large n is √(2 log(1/α) σ²/n)
    ideal = x.mean() - math.sqrt(2 * math.log(20) / 12 / 4000)
    assert ideal - 0.004 < whole < ideal + 0.002


def test_units_do_not_matter():
    x = RNG(7).random(200)
    plain = lower_limit([Batch(x, 0.0, 1.0, (0.5, 0.08))], 0.95)
    moved = lower_limit([Batch(10 * x - 3, -3.0, 7.0, (2.0, 8.0))], 0.95)
    assert moved == pytest.approx(10 * plain - 3, abs=1e-9)


def test_a_good_guess_helps_where_draws_are_few():
    rng = RNG(8)
    gain = []
    for _ in range(50):
        x = rng.beta(50, 50, 30)
        told = lower_limit([Batch(x, 0.0, 1.0, (0.5, 0.0025))], 0.95)
        gain.append(told - lower_limit([Batch(x, 0.0, 1.0)], 0.95))
    assert np.mean(gain) > 0.01


def test_the_forecast_is_about_what_comes():
    rng = RNG(9)
    x = rng.beta(2, 5, 4000)
    told = forecast(x, 0.0, 1.0, 300, 0.95)
    came = [
        lower_limit([Batch(rng.beta(2, 5, 300), 0.0, 1.0, (2 / 7, 0.026))], 0.95)
        for _ in range(100)
    ]
    assert told == pytest.approx(np.mean(came), abs=0.004)


def test_an_interval_is_two_limits():
    x = RNG(10).random(300)
    low, high = interval(x, 0.9)
    assert low == lower_limit([Batch(x, 0.0, 1.0)], 0.95)
    assert 1 - high == pytest.approx(lower_limit([Batch(1 - x, 0.0, 1.0)], 0.95), abs=1e-15)


def test_draws_that_never_vary():
    assert lower_limit([Batch(np.zeros(10), 0.0, 1.0)], 0.95) == 0.0
    high = lower_limit([Batch(np.ones(1000), 0.0, 1.0)], 0.95)
    assert 0.98 < high < 1


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        Batch(np.array([0.5, 1.5]), 0.0, 1.0)
    with pytest.raises(ValueError, match="in"):
        Batch(np.array([math.nan]), 0.0, 1.0)
    with pytest.raises(ValueError, match="at least one draw"):
        Batch(np.array([]), 0.0, 1.0)
    with pytest.raises(ValueError, match="guess"):
        Batch(np.ones(3), 0.0, 1.0, (0.5, 0.0))
    with pytest.raises(ValueError, match="at least one batch"):
        lower_limit([], 0.9)
