"""The permutation test keeps its level for all laws and sizes, and sees what it should."""

import numpy as np
import pytest
from scipy import stats

from divkit.comparison import permutation_test
from divkit.samples import two_samples

REPETITIONS, LEVEL = 200, 0.1
MOST = int(stats.binom.isf(1e-6, REPETITIONS, LEVEL))
"""Rejections of a test of exact level that happen with probability 1e-6: 43 of 200, where a level
of .25 is told from .1 with probability .85."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "m", "draw"),
    [
        (5, 5, lambda rng, n: rng.normal(size=(n, 1))),
        (8, 30, lambda rng, n: rng.standard_cauchy((n, 2))),
        (30, 12, lambda rng, n: np.round(rng.normal(size=(n, 2)), 1)),
    ],
)
def test_the_level_is_kept_at_any_size(n, m, draw):
    rng = np.random.default_rng(20)
    p_values = np.array(
        [
            permutation_test(
                two_samples(draw(rng, n), draw(rng, m), laws="any"), permutations=39, rng=k
            ).p_value
            for k in range(REPETITIONS)
        ]
    )
    assert (p_values <= LEVEL).sum() <= MOST
    assert (p_values <= 0.5).mean() > 0.3  # no test that never rejects: 100 of 200 expected


@pytest.mark.parametrize(
    "far",
    [
        lambda rng: rng.normal(1.0, 1.0, (200, 2)),
        lambda rng: rng.normal(0.0, 2.0, (200, 2)),
        lambda rng: np.sign(rng.normal(size=(200, 2))) + 0.1 * rng.normal(size=(200, 2)),
    ],
    ids=["shift", "scale", "four modes"],
)
def test_different_laws_are_told_apart(far):
    rng = np.random.default_rng(3)
    pair = two_samples(rng.normal(0.0, 1.0, (200, 2)), far(rng))
    assert permutation_test(pair, permutations=199).p_value == 1 / 200


def test_labels_and_units_play_no_part():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(40, 2)), rng.normal(0.3, 1.0, (25, 2))
    turn = np.array([[2.0, 1.0], [-0.5, 3.0]])
    one = permutation_test(two_samples(x, y), rng=1)
    other = permutation_test(two_samples(x @ turn + 7, y @ turn + 7), rng=1)
    assert other.p_value == one.p_value
    assert other.statistic == pytest.approx(one.statistic, rel=1e-9)


def test_many_rows_are_thinned_in_proportion():
    rng = np.random.default_rng(5)
    pair = two_samples(rng.normal(size=900), rng.normal(size=300))
    found = permutation_test(pair, permutations=19, most=400)
    assert found.rows == (300, 100)


def test_too_few_shuffles_are_refused():
    pair = two_samples([1.0, 2.0, 3.0, 5.0], [1.5, 2.5, 4.0, 6.0])
    with pytest.raises(ValueError, match="permutations must be 19 or more; got 3"):
        permutation_test(pair, permutations=3)
    with pytest.raises(ValueError, match="most must be 8"):
        permutation_test(pair, most=2)
