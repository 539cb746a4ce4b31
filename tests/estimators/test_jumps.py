"""Laws that differ where several columns cross at once, and values that grow with the rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

import divkit
from divkit.estimators.common.jumps import (
    Jumps,
    jumps_unseen,
    placed,
    strongest,
    threshold,
)
from divkit.estimators.common.learning import still_learning
from divkit.estimators.common.pooled import pooled
from divkit.estimators.common.ridge_path import Fit
from divkit.samples import two_samples


def signs(n, d, side, rng, flipped=0.0):
    """Rows of a normal law whose product of signs is `side`, but for a share that is flipped."""
    x = rng.normal(size=(n, d))
    wrong = np.prod(np.sign(x), axis=1) != np.where(rng.random(n) < flipped, -side, side)
    x[wrong, 0] *= -1
    return x


def board(n, cells, colour, d, rng):
    u = rng.random((4 * n, d))
    return u[np.floor(u * cells).sum(axis=1) % 2 == colour][:n]


SOFT = math.log(2) + 0.2 * math.log(0.2) + 0.8 * math.log(0.8)  # one row in five is flipped


@pytest.mark.parametrize("d", [3, 6])
def test_the_product_of_signs_is_found(d):
    """Of laws with JSD log 2 the values were .6, .1 and .0 with errors of .02 and less."""
    rng = np.random.default_rng(d)
    found = divkit.estimate(signs(500, d, 1, rng), signs(500, d, -1, rng), "js")
    assert found.interval[0] <= math.log(2) <= found.interval[1] + 1e-12
    assert found.value == pytest.approx(math.log(2), abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("d", [3, 7])
def test_its_value_with_flipped_rows_is_right_in_five_errors(d):
    """False alarms 6e-7 a case; cuts that are moved to the rows add no more than an error."""
    rng = np.random.default_rng(10 + d)
    found = divkit.estimate(signs(500, d, 1, rng, 0.2), signs(500, d, -1, rng, 0.2), "js")
    assert abs(found.value - SOFT) < 6 * found.error < 0.15


@pytest.mark.parametrize(("cells", "d"), [(10, 2), (3, 3)])
def test_boards_of_two_colours_are_as_far_apart_as_laws_can_be(cells, d):
    rng = np.random.default_rng(cells)
    found = divkit.estimate(board(600, cells, 0, d, rng), board(600, cells, 1, d, rng), "js")
    assert found.interval[0] <= math.log(2) <= found.interval[1] + 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("cells", [4, 8])
def test_a_board_against_the_square(cells):
    """False alarms 6e-7 a case."""
    rng = np.random.default_rng(20 + cells)
    x, y = board(800, cells, 0, 2, rng), rng.random((800, 2))
    truth = 0.5 * math.log(4 / 3) + 0.5 * (0.5 * math.log(2 / 3) + 0.5 * math.log(2))
    found = divkit.estimate(x, y, "js")
    assert abs(found.value - truth) < 6 * found.error < 0.12


def test_a_turned_board_is_a_lower_limit():
    """Of jumps along no column: fits grow with the rows, .66 ± .005 was stated for log 2."""
    rng = np.random.default_rng(1)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    x, y = (board(600, 4, colour, 2, rng) @ turn for colour in (0, 1))
    found = divkit.estimate(x, y, "js")
    assert found.one_sided == "lower" and math.isinf(found.error)
    assert found.interval[0] <= math.log(2) <= found.interval[1] + 1e-12
    assert any("grows with the rows" in line for line in found.warnings)


def flat_fit(pool):
    zero = np.zeros(len(pool.z))
    return Fit("nothing", 1.0, zero, zero, zero + 1, 1.0, np.zeros(1))


def test_the_score_of_a_product_that_a_fit_leaves_out():
    rng = np.random.default_rng(2)
    pool = pooled(two_samples(signs(400, 4, 1, rng), signs(400, 4, -1, rng)))
    cells, strength = strongest(pool, np.zeros(800))
    assert cells == (2, 2, 2, 2) and strength > 15
    assert "columns 0×1×2×3" in jumps_unseen(pool, [flat_fit(pool)]).reason
    jumps = placed(pool, np.zeros(800), cells)
    assert str(jumps) == "0×1×2×3"
    agree = jumps(pool) == pool.sign
    assert agree.mean() in (pytest.approx(0, abs=0.02), pytest.approx(1, abs=0.02))


def test_cuts_lie_between_rows_and_the_wave_turns_there():
    pool = pooled(two_samples(np.array([[0.0], [1], [4]]), np.array([[2.0], [3], [5]])))
    own = pool.own[:, 0]
    middle = 0.5 * (np.sort(own)[1] + np.sort(own)[2])
    assert Jumps(((0, (middle,)),))(pool).tolist() == np.where(own <= middle, 1.0, -1.0).tolist()


@pytest.mark.slow
@pytest.mark.parametrize("d", [1, 5])
def test_at_the_true_ratio_no_product_speaks(d):
    """Labels by chance: of 15 samples at a level of 1e-4 each three and more have 5e-10.

    The score is studentised, and its bounded terms leave it near the normal law's tail.
    """
    rng = np.random.default_rng(d)
    spoken = 0
    for _ in range(15):
        pool = pooled(two_samples(rng.normal(size=(200, d)), rng.normal(size=(200, d))))
        spoken += strongest(pool, np.zeros(400))[1] > threshold(pool)
    assert spoken <= 2


@pytest.mark.slow
def test_smooth_pairs_keep_their_intervals():
    """Normal laws and Student's: no doubt of jumps or of rows to come, seeds as they are."""
    rng = np.random.default_rng(4)
    for d in (2, 10):
        x = rng.normal(size=(250, d))
        for y in (rng.normal(size=(250, d)) + 0.6 / d**0.5, rng.standard_t(5, size=(250, d))):
            words = divkit.estimate(x, y, "js").warnings
            assert not any("jumps" in w or "grows with the rows" in w for w in words)


def test_what_is_learnt_is_not_asked_where_the_gap_is_small():
    rng = np.random.default_rng(5)
    pool = pooled(two_samples(rng.normal(size=(100, 1)), rng.normal(size=(100, 1))))
    assert still_learning(pool, [flat_fit(pool)]) is None


@pytest.mark.parametrize(
    ("a", "b"),
    [((100, 100, 101), (50, 50, 50)), ((400, 300, 1), (40, 30, 0)), ((50,) * 4, (25,) * 4)],
)
def test_labels_as_often_in_both_samples_leave_no_jump(a, b):
    """The constant's score had next to no variance, and 21.7 of its errors "in columns  "."""
    x, y = (np.repeat(list("abcd")[: len(each)], each).astype(object) for each in (a, b))
    found = divkit.estimate(x, y, "js")
    assert not any("jumps" in words for words in found.warnings)
    assert found.error < 0.01
    assert found.interval[0] <= 0 <= found.interval[1]


def test_a_wave_that_is_the_same_at_every_row_has_no_score():
    """Of three labels a third each, the ranks 1/6, 1/2 and 5/6 lie in odd cells of six."""
    x, y = np.repeat([0.0, 1.0, 2.0], 100), np.repeat([0.0, 1.0, 2.0], 50)
    pool = pooled(two_samples(x, y, laws="mixed"))
    _, strength = strongest(pool, 0.01 * pool.sign)
    assert strength < 1
