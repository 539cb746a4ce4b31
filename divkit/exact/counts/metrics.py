r"""Metrics between laws of counts: sums over the atoms that matter, and a bound of the rest.

With D = F − G from the left up to the middle, and of the upper tails from the right beyond it,

    W1 = Σ |D| Δx,      energy = 2 Σ D² Δx,

where D keeps its digits in both tails: it is added up in the longest floats that the machine has.
W2 and MMD are those of the finite laws that the atoms make. What lies beyond a cut moves W1 and
the energy distance by at most its first moment, W2 by the root of its second, MMD² by four times
its mass. Where the atoms are more than 2^20, `wide` adds stretches of them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.counts.alignment import NoLatticeError, align
from divkit.distributions.finite.tables import AtomTable
from divkit.distributions.tails import power
from divkit.divergences.base import IPM
from divkit.exact.counts.grid import joined, listed, nodes_at
from divkit.exact.counts.wide import WIDE_SUMS, ended
from divkit.exact.finite_metrics import masses, metric
from divkit.exact.method import NotApplicableError
from divkit.results import Result
from divkit.types import FloatArray

MOST_ATOMS = 2**20
_LONG = np.longdouble
_LONG_UNIT = float(np.finfo(_LONG).eps)
_UNIT = 2.0**-53


class TooManyAtomsError(NotApplicableError):
    """A table of all atoms would be too long."""


@dataclass(frozen=True)
class Table:
    """Points in order, probabilities and errors of both laws, and the log of what is left out."""

    points: FloatArray
    p: AtomTable
    q: AtomTable
    rest: float


def metric_of_counts(p: Law, q: Law, ipm: IPM, method: str) -> Result:
    """Return the metric with its error.

    Raises
    ------
    NotApplicableError
        If the laws are none of counts on one lattice; if W2 or MMD takes more than 2^20 atoms.
    """
    start = time.perf_counter()
    moment = _MOMENTS[ipm.family]
    ordered = ipm.family in _ORDERED
    if ordered and (reason := _infinite(p, q, moment)) is not None:
        return Result.exact(
            math.inf, 0.0, "closed form", method, name=repr(ipm), unit=ipm.unit, reason=reason
        )
    value, error, facts = _summed(p, q, ipm)
    facts["seconds"] = time.perf_counter() - start
    return Result.exact(
        value, error, "closed form", method, name=repr(ipm), unit=ipm.unit, **facts
    )


def _summed(p: Law, q: Law, ipm: IPM) -> tuple[float, float, dict[str, Any]]:
    """The value and its error from a table of all atoms, else from stretches of them."""
    try:
        table = tabulated(p, q, _MOMENTS[ipm.family])
    except TooManyAtomsError:
        whole = align(p, q)
        if ipm.family not in WIDE_SUMS or len(whole.classes) > 1 or len(whole.beside.places):
            raise
        wide = WIDE_SUMS[ipm.family](whole.classes[0])
        return wide.value, wide.error, {"stretches": wide.stretches}
    with np.errstate(all="ignore"):
        value, error = _SUMS[ipm.family](table, ipm)
    return value, error, {"atoms": len(table.points)}


def tabulated(p: Law, q: Law, moment: int) -> Table:
    """Both laws on all atoms up to where the moment of what lies beyond is negligible.

    Raises
    ------
    NotApplicableError
        If that takes more than 2^20 atoms.
    """
    try:
        whole = align(p, q)
    except NoLatticeError as fault:
        raise NotApplicableError(str(fault)) from fault
    parts, points, rests, count = [], [whole.beside.places], [], 0.0
    for found in whole.classes:
        ends, rest = ended(found, moment)
        count += ends[1] - ends[0] + 1
        if count > MOST_ATOMS:
            raise TooManyAtomsError(
                f"this sums over all atoms, here over more than {MOST_ATOMS}: their moments fall "
                "too slowly, or the laws are too wide. W1 and the energy distance of two laws on "
                "one lattice have no such limit, nor have f-divergences."
            )
        places = np.arange(ends[0], ends[1] + 1)
        parts.append(nodes_at(found, places, np.ones(len(places))))
        points.append(found.points(places))
        rests.append(rest)
    nodes, x = joined([listed(whole.beside), *parts]), np.concatenate(points)
    order = np.argsort(x)
    rows = x[order][:, None]
    first, second = (
        AtomTable(rows, own.value[order], own.error[order]) for own in (nodes.p, nodes.q)
    )
    return Table(x[order], first, second, max(rests, default=-math.inf))


def _infinite(p: Law, q: Law, moment: int) -> str | None:
    """Why a metric is infinite: one law has the moment, and the other has not."""
    try:
        lack = lacking(p, q, moment)
    except NoLatticeError:
        return None
    if lack[0] == lack[1]:
        return None
    return f"E|X|^{moment} is finite for one of the laws only: {'p' if lack[0] else 'q'} has none"


def lacking(p: Law, q: Law, moment: int) -> tuple[bool, bool]:
    """Whether E|X|^moment is infinite, for each law, from its tails.

    Raises
    ------
    NoLatticeError
        If the laws are none of counts on one lattice.
    """
    lack = [False, False]
    for found in align(p, q).classes:
        for side in (-1, 1):
            for k, leaves in enumerate((found.p, found.q)):
                tails = [leaf.tail(side) for leaf in leaves]
                lack[k] |= any(
                    t is not None and not t.mean_is_finite(power(moment)) for t in tails
                )
    return lack[0], lack[1]


def _differences(table: Table) -> tuple[FloatArray, FloatArray]:
    """|F − G| between neighbouring points (K − 1,), and bounds of its errors."""
    p, q = masses(table.p), masses(table.q)
    d, slip = p.value.astype(_LONG) - q.value.astype(_LONG), p.error + q.error
    size = p.value + q.value
    left, right = np.cumsum(d)[:-1], -np.cumsum(d[::-1])[::-1][1:]
    weight = [np.cumsum(size)[:-1], np.cumsum(size[::-1])[::-1][1:]]
    slips = [np.cumsum(slip)[:-1], np.cumsum(slip[::-1])[::-1][1:]]
    lower = weight[0] < weight[1]
    unit = (len(d) + 4) * _LONG_UNIT
    gap = np.abs(np.where(lower, left, right)).astype(np.float64)
    rounding = unit * np.where(lower, *weight) + _UNIT * gap
    return gap, np.where(lower, *slips) * (1 + 1e-9) + rounding + math.exp(table.rest)


def _w1(table: Table, ipm: IPM) -> tuple[float, float]:
    gap, slip = _differences(table)
    steps = np.diff(table.points)
    value = math.fsum((gap * steps).tolist())
    return value, math.fsum((slip * steps).tolist()) + 4 * _UNIT * value + beyond(table)


def _energy(table: Table, ipm: IPM) -> tuple[float, float]:
    gap, slip = _differences(table)
    steps = np.diff(table.points)
    value = 2 * math.fsum((gap * gap * steps).tolist())
    missed = 2 * math.fsum(((2 * gap + slip) * slip * steps).tolist())
    return value, missed + 8 * _UNIT * value + 2 * beyond(table)


def _w2(table: Table, ipm: IPM) -> tuple[float, float]:
    value, error, unit = metric(table.points[:, None], table.p, table.q, ipm)
    span = float(table.points[-1] - table.points[0])
    return value * unit, error * unit + 4 * math.exp(0.5 * table.rest) * (1 + span)


def _kernel(table: Table, ipm: IPM) -> tuple[float, float]:
    value, error, unit = metric(table.points[:, None], table.p, table.q, ipm)
    return value * unit, error * unit + 8 * math.exp(table.rest)


def beyond(table: Table) -> float:
    """Return the first moments of what lies beyond, from the nearest point on."""
    return 2 * math.exp(table.rest) * (1 + float(np.abs(table.points[[0, -1]]).max()))


_SUMS: Mapping[str, Callable[[Table, IPM], tuple[float, float]]] = {
    "w1": _w1,
    "w2": _w2,
    "energy": _energy,
    "mmd2": _kernel,
}
_MOMENTS: Mapping[str, int] = {"w1": 1, "w2": 2, "energy": 1, "mmd2": 0}
"""Moments that are summed, by family."""
_ORDERED = frozenset({"w1", "w2"})
"""Metrics that are infinite where one law only has the moment."""
