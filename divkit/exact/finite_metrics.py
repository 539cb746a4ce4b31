r"""Metrics between finite laws: sums over atoms, with the errors of their probabilities.

    W1 = Σ |F − G| Δx,      W2² = ∫ (F⁻¹ − G⁻¹)² du over the merged levels, on the line,
    energy = −Σ_ij d_i d_j |x_i − x_j|,      MMD² = Σ_ij d_i d_j k(x_i, x_j),      d = p − q.

Distances are measured in units of the atoms' spread, so that none overflows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from divkit.distributions.finite.log_weights import UNIT
from divkit.distributions.finite.tables import AtomTable
from divkit.divergences.base import IPM
from divkit.exact.method import NotApplicableError
from divkit.types import FloatArray

_MOST_PAIRS = 4096
_LEAST = 5e-324


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
        If W1 or W2 is asked for off the line, or there are too many pairs of atoms.
    """
    with np.errstate(all="ignore"):
        if ipm.family in _ON_THE_LINE:
            return _on_the_line(points, masses(p), masses(q), ipm)
        if len(points) > _MOST_PAIRS:
            raise NotApplicableError(
                f"{ipm!r} sums over all pairs of {len(points)} atoms, more than {_MOST_PAIRS}."
            )
        scale = _spread(points)
        rows = points / scale
        distance = np.linalg.norm(rows[:, None, :] - rows[None, :, :], axis=2)
        parameters = dict(ipm.parameters)
        if "bandwidth" not in parameters:
            value, error = _quadratic(-distance, masses(p), masses(q))
            return value, error, scale
        kernel = np.exp(-0.5 * (distance * (scale / parameters["bandwidth"])) ** 2)
        return *_quadratic(kernel, masses(p), masses(q)), 1.0


def _spread(points: FloatArray) -> float:
    """A power of two near the largest coordinate, 1 where all are 0."""
    largest = float(np.abs(points).max())
    return 2.0 ** min(math.frexp(largest)[1], 1023) if largest > 0 else 1.0


def _quadratic(kernel: FloatArray, p: Masses, q: Masses) -> tuple[float, float]:
    d, mass = p.value - q.value, p.value + q.value
    slip = p.error + q.error
    value = math.fsum((kernel * np.outer(d, d)).ravel().tolist())
    size = math.fsum((np.abs(kernel) * np.outer(np.abs(d), np.abs(d) + mass)).ravel().tolist())
    moved = np.abs(d) + slip
    change = float(moved @ (np.abs(kernel) @ slip)) * 2
    return value, 32 * UNIT * size + (1 + 1e-9) * change + len(d) ** 2 * _LEAST


def _on_the_line(points: FloatArray, p: Masses, q: Masses, ipm: IPM) -> tuple[float, float, float]:
    if points.shape[1] != 1:
        raise NotApplicableError(f"{ipm!r} of finite laws is summed on the line only.")
    order = np.argsort(points[:, 0])
    scale = _spread(points)
    a, b = (Masses(m.value[order], m.error[order]) for m in (p, q))
    value, error = _ON_THE_LINE[ipm.family](points[order, 0] / scale, a, b)
    return value, error, scale


def _slip(p: Masses, q: Masses) -> float:
    """Error bound of a difference of the distribution functions."""
    counts = UNIT * (8 + len(p.value)) * float(np.abs(p.value - q.value).sum() + 1)
    return counts + math.fsum(p.error.tolist()) + math.fsum(q.error.tolist())


def _w1(x: FloatArray, p: Masses, q: Masses) -> tuple[float, float]:
    gaps = np.diff(x)
    lead = np.cumsum(p.value - q.value)[:-1]
    value = math.fsum((np.abs(lead) * gaps).tolist())
    return value, _slip(p, q) * float(gaps.sum()) + 4 * UNIT * value


def _w2(x: FloatArray, p: Masses, q: Masses) -> tuple[float, float]:
    """∫ (F⁻¹ − G⁻¹)² du; each level of either law may be off by the slip."""
    levels_p, levels_q = np.cumsum(p.value), np.cumsum(q.value)
    levels_p[-1] = levels_q[-1] = 1.0
    levels = np.unique(np.concatenate([[0.0], levels_p, levels_q]))
    levels = levels[levels <= 1.0]
    middle = 0.5 * (levels[1:] + levels[:-1])
    apart = x[np.searchsorted(levels_p, middle)] - x[np.searchsorted(levels_q, middle)]
    square = math.fsum((apart**2 * np.diff(levels)).tolist())
    slip = _slip(p, q)
    jumps = _jumps(x, levels_p, levels_q, slip) + _jumps(x, levels_q, levels_p, slip)
    bound = slip * jumps + 8 * UNIT * square
    value = math.sqrt(square)
    return value, math.sqrt(square + bound) - math.sqrt(max(square - bound, 0.0))


def _jumps(x: FloatArray, mine: FloatArray, other: FloatArray, slip: float) -> float:
    """Σ of how much the square of the distance jumps where F⁻¹ steps from one atom to the next.

    Where G⁻¹ steps within the slip of that level, the farther of its atoms counts.
    """
    last = len(x) - 1
    gaps, middles = np.diff(x), x[1:] + x[:-1]
    near = [np.searchsorted(other, mine[:-1] + side) for side in (-slip, slip)]
    far = [np.abs(middles - 2 * x[np.minimum(at, last)]) for at in near]
    return float((gaps * np.maximum(*far)).sum())


_ON_THE_LINE: Mapping[str, Callable[[FloatArray, Masses, Masses], tuple[float, float]]] = {
    "w1": _w1,
    "w2": _w2,
}
"""Metrics that are sums along the line, by family."""
