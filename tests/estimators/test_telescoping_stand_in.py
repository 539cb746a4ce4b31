"""When a telescoped value stands in for one that rows cannot show, and when not."""

from __future__ import annotations

import numpy as np
import pytest

from divkit.divergences import JS, KL, named
from divkit.estimators.common.pooled import pooled
from divkit.estimators.kernel_logistic.choice import keep
from divkit.estimators.kernel_logistic.method import KernelLogistic
from divkit.estimators.registry import NotEstimableError
from divkit.estimators.telescoping.method import Telescoping
from divkit.estimators.telescoping.stand_in import WORSE, stand_in, worse
from divkit.samples import two_samples


def pool_of(x, y):
    return pooled(two_samples(x, y))


def far(n=300, d=1, shift=5.0):
    rng = np.random.default_rng(0)
    return pool_of(rng.normal(size=(n, d)), shift + rng.normal(size=(n, d)))


def models(pool):
    return keep(KernelLogistic(centres=50).fits(pool), pool, 1.0)


def test_a_value_without_faults_is_taken():
    pool = far()
    found = stand_in(Telescoping(), KL, pool, models(pool), 2.0)
    assert 9 < found.value < 17
    assert found.value == Telescoping(rng=0).across(KL, pool).value


@pytest.mark.sweep(3)
@pytest.mark.parametrize(
    ("row", "pool", "limit", "words"),
    [
        (JS, far(), 0.2, "without a largest value"),
        (KL, far(100, 5), 2.0, "take 105 rows"),
        (KL, far(), 40.0, "below the lower limit"),
        (named("pearson"), far(shift=50.0), 2.0, "beyond floating point"),
        (KL, far(shift=500.0), 2.0, "too far apart"),
    ],
)
def test_otherwise_it_is_refused_and_the_words_say_why(row, pool, limit, words):
    with pytest.raises(NotEstimableError, match=words):
        stand_in(Telescoping(), row, pool, models(pool), limit)


def test_log_ratios_that_are_not_quadratic_where_the_samples_meet_are_seen():
    """Two modes against one, equal moments: squares see nothing, kernels do."""
    rng = np.random.default_rng(0)
    modes = rng.choice([-1.0, 1.0], 600) + 0.3 * rng.normal(size=600)
    two = pool_of(modes, 1.044 * rng.normal(size=600))
    assert worse(Telescoping().across(KL, two), two, models(two)) > WORSE
    rng = np.random.default_rng(1)
    alike = pool_of(rng.normal(size=600), 1 + rng.normal(size=600))
    assert worse(Telescoping().across(KL, alike), alike, models(alike)) < WORSE
