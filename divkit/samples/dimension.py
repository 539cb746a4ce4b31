r"""In how many dimensions rows lie, read from their nearest neighbours.

Where rows have a density in d dimensions that is flat over the way to the second neighbour, the
ratio of the distances r₂ ≥ r₁ to the two nearest is a Pareto variable, P(r₂/r₁ > t) = t^{−d}, so
that d̂ = (n − 1)/Σ log(r₂/r₁), with a standard error of d̂/√n (Facco, d'Errico, Rodriguez, Laio
2017, equations 3 and 5, the estimate by maximum likelihood). It sees no scale and no density, and
is close to d in few columns, and below it in many. Rows on a curve in the plane have 1, whatever
the curve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from divkit.types import FloatArray

MOST = 4000
"""Rows that are looked at."""
FULL = 3
"""Most columns that a density's rows are sure to fill: of more, heavy edges alone show fewer."""
_LESS, _FAR_LESS = 0.7, 0.6  # of another's dimension, in up to FULL columns and in more
_APART = 0.9
_ERRORS = 5.0


@dataclass(frozen=True)
class IntrinsicDimension:
    """An estimate of the dimension of the set that rows (n, columns) lie near, with its error.

    An error of 0 is that of a rank: columns are linear functions of others, to rounding.
    """

    value: float
    error: float
    columns: int

    @property
    def thin(self) -> bool:
        """Whether rows of a density in all columns are refuted, five errors below d − ½."""
        known = self.columns <= FULL or self.error == 0
        return known and self.fills_less_than(self.columns)

    def fills_less_than(self, dimensions: float) -> bool:
        """Whether so many dimensions are refuted: it is five errors and ½ below."""
        return self.value + _ERRORS * self.error < dimensions - 0.5

    def below(self, other: IntrinsicDimension) -> bool:
        """Whether it is less by five errors and a third of the other's (of many columns, more)."""
        gap = 1 / self.value - 1 / other.value
        error = math.hypot(self.error / self.value**2, other.error / other.value**2)
        if self.error == other.error == 0:
            return self.value < other.value
        if self.error == 0:
            return True
        share = _LESS if self.columns <= FULL else _FAR_LESS
        return gap > _ERRORS * error and self.value < share * other.value


def intrinsic_dimension(rows: FloatArray) -> IntrinsicDimension | None:
    """Return the dimension of rows (n, d); None where too few of them are apart to say.

    Columns are taken by their medians and spreads, far values by their logs, and then whitened:
    heavy tails would look like thin sets. Where more than a tenth of the rows repeat a value
    of a column, as counts and rounded values do, neighbours lie on lattices: no answer.

    >>> t = np.random.default_rng(0).normal(size=1000)
    >>> circle = intrinsic_dimension(np.column_stack([np.cos(t), np.sin(t)]))
    >>> round(circle.value, 1), circle.thin
    (1.0, True)
    """
    n, columns = rows.shape
    if columns < 2 or n < 3:
        return None
    rows = rows[:: -(-n // MOST)]
    if any(len(np.unique(column)) < _APART * len(rows) for column in rows.T):
        return None
    rank = _rank(rows)
    if rank < columns:
        return IntrinsicDimension(float(rank), 0.0, columns)
    rows = _tamed(rows)
    _, size, axes = np.linalg.svd(centred := rows - rows.mean(axis=0), full_matrices=False)
    if not size[-1] > 1e-12 * size[0]:
        return None
    even = centred @ (axes.T / size)
    first, second = cKDTree(even).query(even, k=3)[0][:, 1:].T
    apart = first > 1e-12 * np.abs(even).max(axis=1)
    logs = np.log(second[apart] / first[apart])
    total = float(logs.sum())
    if not total > 0:
        return None
    value = (len(logs) - 1) / total
    return IntrinsicDimension(value, value / math.sqrt(len(logs)), columns)


def _rank(rows: FloatArray) -> int:
    """The number of columns that are no linear functions of others, to rounding."""
    centred = rows - rows.mean(axis=0)
    unit = np.abs(centred).max(axis=0)
    sizes = np.linalg.svd(centred / np.where(unit > 0, unit, 1.0), compute_uv=False)
    return int((sizes > 1e-12 * sizes[0]).sum())


def thin_notes(rows: FloatArray) -> tuple[str, ...]:
    """Return a note where rows lie near a set of fewer dimensions than they have columns."""
    found = intrinsic_dimension(rows)
    if found is None or not found.thin:
        return ()
    return (
        f"rows lie near a set of {found.value:.1f} dimensions in {found.columns} columns: their "
        "law may have no density (drop a column that others determine)",
    )


def _tamed(rows: FloatArray) -> FloatArray:
    """Arsinh of columns about their medians, in units of half the quartiles' distance."""
    low, middle, high = np.quantile(rows, [0.25, 0.5, 0.75], axis=0)
    unit = np.where(high > low, 0.5 * (high - low), 1.0)
    return np.asarray(np.arcsinh((rows - middle) / unit))
