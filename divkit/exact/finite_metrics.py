r"""Metrics between finite laws: sums over atoms, with the errors of their probabilities.

    W1 = Σ |F − G| Δx,      W2² = ∫ (F⁻¹ − G⁻¹)² du over the merged levels, on the line,
    energy = 2 Σ (F − G)² Δx on the line (Székely, Rizzo 2013), and everywhere
    energy = −Σ_ij d_i d_j |x_i − x_j|,      MMD² = Σ_ij d_i d_j k(x_i, x_j),      d = p − q.

Double sums go over blocks of rows. In R^d W1 and W2 are optimal transport (`finite_transport`).
Distances are measured in units of the atoms' spread, so that none overflows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from divkit.distributions.finite.log_weights import UNIT
from divkit.distributions.finite.tables import AtomTable
from divkit.divergences.base import IPM
from divkit.exact.finite_transport import transport
from divkit.exact.method import NotApplicableError
from divkit.lazy import deferred
from divkit.types import FloatArray

distance = deferred("scipy.spatial.distance")

_MOST_ATOMS = 32768  # in a double sum: 10⁹ pairs
_BLOCK = 2**21  # pairs at a time
_PAIRWISE = 64  # roundings of NumPy's sum along a row, which goes by halves
_LEAST = 5e-324
_FINER = float(np.finfo(np.longdouble).eps)


@dataclass(frozen=True, eq=False)
class Masses:
    """Probabilities (K,) and bounds of their errors (K,)."""

    value: FloatArray
    error: FloatArray


def masses(table: AtomTable) -> Masses:
    """The probabilities of a table; what underflows is within the error."""
    value = np.exp(table.logs)
    return Masses(value, value * np.expm1(np.minimum(table.errors + 2 * UNIT, 1.0)) + _LEAST)


def metric(points: FloatArray, p: AtomTable, q: AtomTable, ipm: IPM) -> tuple[float, float, float]:
    """A metric between two laws on the same points (K, d), its error, and the unit of both.

    Raises
    ------
    NotApplicableError
        If there are too many pairs of atoms, or W1 or W2 is asked for off the line without POT.
    """
    with np.errstate(all="ignore"):
        scale, a, b = _spread(points), masses(p), masses(q)
        rows = points / scale
        if points.shape[1] == 1 and ipm.family in _ON_THE_LINE:
            order = np.argsort(rows[:, 0])
            sides = (Masses(m.value[order], m.error[order]) for m in (a, b))
            return *_ON_THE_LINE[ipm.family](rows[order, 0], *sides), scale
        if ipm.family in _BY_TRANSPORT:
            return *_BY_TRANSPORT[ipm.family](rows, a, b), scale
        if len(points) > _MOST_ATOMS:
            raise NotApplicableError(
                f"{ipm!r} sums over all pairs of {len(points)} atoms, more than {_MOST_ATOMS}."
            )
        width = dict(ipm.parameters).get("bandwidth")
        if width is None:
            return *_quadratic(rows, lambda t: -t, a, b), scale
        narrow = scale / width
        return *_quadratic(rows, lambda t: np.exp(-0.5 * (t * narrow) ** 2), a, b), 1.0


def _spread(points: FloatArray) -> float:
    """A power of two near the largest coordinate, 1 where all are 0."""
    largest = float(np.abs(points).max())
    return 2.0 ** min(math.frexp(largest)[1], 1023) if largest > 0 else 1.0


def _quadratic(
    rows: FloatArray, kernel: Callable[[FloatArray], FloatArray], p: Masses, q: Masses
) -> tuple[float, float]:
    """Σ_ij d_i d_j k(|x_i − x_j|) and its error, a block of rows at a time."""
    d, mass = p.value - q.value, p.value + q.value
    slip, size = p.error + q.error, np.abs(d)
    sums: list[float] = []
    bulk, change = 0.0, 0.0
    step = max(1, _BLOCK // len(rows))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        block = kernel(distance.cdist(rows[part], rows))
        sums += ((block * d).sum(axis=1) * d[part]).tolist()
        block = np.abs(block)
        bulk += float(size[part] @ (block @ (size + mass)))
        change += float((size[part] + slip[part]) @ (block @ slip))
    error = _PAIRWISE * UNIT * bulk + (1 + 1e-9) * 2 * change + len(d) ** 2 * _LEAST
    return math.fsum(sums), error


def _slip(p: Masses, q: Masses) -> float:
    """Error bound of a difference of the distribution functions."""
    roundings = UNIT * 16 + _FINER * (8 + len(p.value))
    counts = roundings * float(np.abs(p.value - q.value).sum() + 1)
    return counts + math.fsum(p.error.tolist()) + math.fsum(q.error.tolist())


def _lead(p: Masses, q: Masses) -> FloatArray:
    """F − G between the atoms."""
    return _summed(p.value - q.value)[:-1]


def _summed(values: FloatArray) -> FloatArray:
    """Partial sums, in the longest floats that there are."""
    return np.cumsum(values, dtype=np.longdouble).astype(np.float64)


def _w1(x: FloatArray, p: Masses, q: Masses) -> tuple[float, float]:
    gaps = np.diff(x)
    value = math.fsum((np.abs(_lead(p, q)) * gaps).tolist())
    return value, _slip(p, q) * float(gaps.sum()) + 4 * UNIT * value


def _energy(x: FloatArray, p: Masses, q: Masses) -> tuple[float, float]:
    gaps, slip = np.diff(x), _slip(p, q)
    lead = np.abs(_lead(p, q))
    value = 2 * math.fsum((lead * lead * gaps).tolist())
    moved = 2 * slip * float(((2 * lead + slip) * gaps).sum())
    return value, (1 + 1e-9) * moved + 8 * UNIT * value


def _w2(x: FloatArray, p: Masses, q: Masses) -> tuple[float, float]:
    """∫ (F⁻¹ − G⁻¹)² du; each level of either law may be off by the slip."""
    levels_p, levels_q = _summed(p.value), _summed(q.value)
    levels_p[-1] = levels_q[-1] = 1.0
    levels = np.unique(np.concatenate([[0.0], levels_p, levels_q]))
    levels = levels[levels <= 1.0]
    middle = 0.5 * (levels[1:] + levels[:-1])
    apart = x[np.searchsorted(levels_p, middle)] - x[np.searchsorted(levels_q, middle)]
    square = math.fsum((apart**2 * np.diff(levels)).tolist())
    slip = _slip(p, q)
    jumps = _jumps(x, levels_p, levels_q, slip) + _jumps(x, levels_q, levels_p, slip)
    return _root(square, slip * jumps + 8 * UNIT * square)


def _root(square: float, bound: float) -> tuple[float, float]:
    """√square, and how far it is from the root of what is within the bound."""
    return math.sqrt(square), math.sqrt(square + bound) - math.sqrt(max(square - bound, 0.0))


def _transport_w1(rows: FloatArray, p: Masses, q: Masses) -> tuple[float, float]:
    return transport(rows, (p.value, p.error), (q.value, q.error), squared=False)


def _transport_w2(rows: FloatArray, p: Masses, q: Masses) -> tuple[float, float]:
    return _root(*transport(rows, (p.value, p.error), (q.value, q.error), squared=True))


def _jumps(x: FloatArray, mine: FloatArray, other: FloatArray, slip: float) -> float:
    """Σ of how much the square of the distance jumps where F⁻¹ steps from one atom to the next.

    Where G⁻¹ steps within the slip of that level, the farther of its atoms counts.
    """
    last = len(x) - 1
    gaps, middles = np.diff(x), x[1:] + x[:-1]
    near = [np.searchsorted(other, mine[:-1] + side) for side in (-slip, slip)]
    far = [np.abs(middles - 2 * x[np.minimum(at, last)]) for at in near]
    return float((gaps * np.maximum(*far)).sum())


Sum: TypeAlias = Callable[[FloatArray, Masses, Masses], tuple[float, float]]
_ON_THE_LINE: Mapping[str, Sum] = {"w1": _w1, "w2": _w2, "energy": _energy}
"""Metrics that are sums along the line, by family."""
_BY_TRANSPORT: Mapping[str, Sum] = {"w1": _transport_w1, "w2": _transport_w2}
"""Metrics that are optimal transport in any dimension, by family."""
