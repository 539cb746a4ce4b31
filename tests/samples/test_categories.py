"""Columns of two samples that may be names, or a quantity that was rounded."""

import numpy as np
import pytest
from sklearn.datasets import load_iris, load_wine

from divkit.samples import two_samples
from divkit.samples.categories import categories, shared_column


def test_levels_of_few_rows_whose_counts_jump_are_taken_in_their_order_and_doubted():
    """Petal widths: 50 + 50 rows on 15 levels, .2 alone with 29 of them."""
    rows, label = load_iris(return_X_y=True)
    found = shared_column(rows[label == 0, 3], rows[label == 1, 3], "width")
    assert not len(found.atoms) and found.step == pytest.approx(0.1) and found.names
    many = shared_column(
        np.repeat(rows[label == 0, 3], 20), np.repeat(rows[label == 1, 3], 20), "w"
    )
    assert len(many.atoms) == 15


def test_a_few_jumps_are_no_names():
    """Alcohol of 30 and 29 wines: digits that people prefer make no categories of 40 levels."""
    rows, label = load_wine(return_X_y=True)
    rows = np.random.default_rng(0).permutation(rows[label == 0])
    found = categories(rows[:30], rows[30:], tuple(map(str, range(13))))
    assert not found.any and len(found.notes) == 1 and "in their order" in found.notes[0]


def test_rows_that_tables_of_levels_share_are_no_sign_of_dependence():
    """Ages and counts repeat in any two tables; a row of fractions in both is told."""
    rng = np.random.default_rng(0)
    x, y = (np.column_stack([rng.integers(20, 60, 300), rng.poisson(2, 300)]) for _ in range(2))
    assert not any("share" in words for words in two_samples(x, y, laws="any").notes)
    x, y = rng.normal(size=(50, 2)), rng.normal(size=(50, 2))
    y[3] = x[7]
    assert any("x[7] = y[3]" in words for words in two_samples(x, y).notes)


@pytest.mark.parametrize("decimals", [5, 6, 8])
def test_steps_too_fine_to_repeat_are_told_where_one_sample_alone_has_them(decimals):
    x, y = np.random.default_rng(decimals).normal(size=(2, 100, 1))
    words = f"rounded to {decimals} decimals"
    for pair in ((np.round(x, decimals), y), (y, np.round(x, decimals))):
        assert any(words in note for note in two_samples(*pair).notes)
    for pair in ((x, y), (np.round(x, decimals), np.round(y, decimals)), (x.astype("f4"), y)):
        assert not any("decimals" in note for note in two_samples(*pair).notes)
