r"""Many classes, two at a time: the information of labels about numbers by a tree of halves.

For any split of the labels into A and B the chain rule says

    I(L; Z) = I(1{L ∈ A}; Z) + π_A I(L; Z | L ∈ A) + π_B I(L; Z | L ∈ B),

and the pointwise informations of a row add along its way down. So K classes take K − 1 fits of two
(`classes`), on n log₂ K rows all together where halves are even. Labels are put in the order of
their means along the direction in which these differ most, so that halves are easy to separate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from divkit.estimators.information.classes import two_classes
from divkit.estimators.information.part import Part, total
from divkit.estimators.information.table_counts import entropy
from divkit.types import FloatArray

RARE = 8
"""Rows of a label below which it is put with others of its kind: what it may add is an error."""
CROWDED = 0.25
"""Effective parameters a row, beyond which the values' bias is not known to cancel."""


def class_part(labels: NDArray[np.int64], z: FloatArray, rng: np.random.Generator) -> Part:
    """The information of labels (n,) about numbers (n, d)."""
    n = len(labels)
    count = np.bincount(labels)
    rare = (count > 0) & (count < RARE)
    merged, lost = labels, 0.0
    if rare.sum() > 1:
        merged = np.where(rare[labels], len(count), labels)
        lost = float(count[rare].sum() / n) * entropy(count[rare] / count[rare].sum())
    order = _order(merged, z)
    parts = list(_halves(merged, z, order, np.arange(n), n, rng))
    part = total("classes", parts, n)
    errors = part.errors | ({"rare labels": lost} if lost else {})
    crowd = part.parameters / n
    reasons = part.reasons
    if crowd > CROWDED:
        reasons = (*reasons, f"the models have {crowd:.2f} parameters a row: too few rows")
    return Part(part.name, part.terms, errors, reasons, part.details, part.parameters)


def _halves(
    labels: NDArray[np.int64],
    z: FloatArray,
    order: list[int],
    rows: NDArray[np.intp],
    n: int,
    rng: np.random.Generator,
) -> list[Part]:
    """The parts of a tree over the labels in this order, from the rows that hold one of them."""
    if len(order) < 2:
        return []
    size = np.array([(labels[rows] == label).sum() for label in order])
    at = 1 + int(np.argmin(np.abs(np.cumsum(size)[:-1] - 0.5 * size.sum())))
    first = np.isin(labels[rows], order[:at])
    here = two_classes(z[rows], first, rng).among(rows, n)
    ways = ((order[:at], rows[first]), (order[at:], rows[~first]))
    return [here, *(part for half, own in ways for part in _halves(labels, z, half, own, n, rng))]


def _order(labels: NDArray[np.int64], z: FloatArray) -> list[int]:
    """The labels that occur, by their means along the direction in which these differ most."""
    present = np.unique(labels)
    if len(present) < 3 or z.shape[1] == 0:
        return [int(label) for label in present]
    ranks = np.argsort(np.argsort(z, axis=0, kind="stable"), axis=0) / len(z) - 0.5
    size = np.array([(labels == label).sum() for label in present])
    means = np.array([ranks[labels == label].mean(axis=0) for label in present])
    weighed = (means - size @ means / size.sum()) * np.sqrt(size)[:, None]
    axis = np.linalg.svd(weighed, full_matrices=False)[2][0]
    return [int(label) for label in present[np.argsort(means @ axis, kind="stable")]]
