"""Rows that are copies, and counts that somebody chose."""

import numpy as np
import pytest

import divkit
from divkit.samples.copies import distinct

DESIGNS = [
    (200, 100, 100),
    (150, 100, 50),
    (100, 200, 300),
    (300, 200, 100, 100, 100),
    (128, 64, 64),
]


def labelled(counts):
    return np.repeat(np.arange(float(len(counts)))[:, None], counts, axis=0)


@pytest.mark.parametrize("counts", DESIGNS, ids=str)
def test_round_counts_of_a_few_labels_are_a_design_and_said(counts):
    """One row more or less, which ends the common factor, must not change the answer by much."""
    rows = labelled(counts)
    found = distinct(rows)
    assert found.copies == 0
    assert f"multiples of {np.gcd.reduce(counts)}" in found.note("y")[0]
    x = labelled((100, 100, 101))
    of_design, of_any = (divkit.estimate(x, y, "js") for y in (rows, rows[1:]))
    assert of_design.value == pytest.approx(of_any.value, abs=0.2 * of_any.error)
    assert of_design.error == pytest.approx(of_any.error, rel=0.2)
    assert any("one of each" in words for words in of_design.warnings)


def test_equal_counts_of_a_few_and_free_ones_are_plain():
    for counts in ((100, 100, 100), (101, 99, 100), (8, 4, 4)):
        assert not distinct(labelled(counts)).note("x")


def test_many_distinct_rows_with_one_factor_are_copies(rng):
    rows = rng.poisson(30, size=400).astype(float)[:, None]
    found = distinct(np.repeat(rows, 3, axis=0))
    assert len(found.kept) == 400
    assert "occurs 3 times or a multiple" in found.note("x")[0]
