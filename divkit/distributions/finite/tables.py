"""Any finite law as a table: atoms, log probabilities, and how far each of these may be off.

Mixtures add probabilities at common atoms, products multiply them, both in logs. A law on
countably many atoms joins by giving the table of those that it keeps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import Mixture
from divkit.distributions.compose.product import MOST_ATOMS, Product
from divkit.distributions.counts.image import CountImage
from divkit.distributions.counts.law import CountLaw
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.finite.log_weights import UNIT, merged, rounding
from divkit.distributions.finite.points import union_of
from divkit.distributions.shapes.compositions import CountsLaw
from divkit.distributions.shapes.weights import logs_at, points_of
from divkit.distributions.support import Atoms
from divkit.types import FloatArray


@dataclass(frozen=True, eq=False)
class AtomTable:
    """Atoms (K, d), log probabilities (K,) and bounds of their errors (K,).

    `shares` are probabilities (K,) where they are known as such, each to 5u of its size.
    """

    points: FloatArray
    logs: FloatArray
    errors: FloatArray
    shares: FloatArray | None = None


@singledispatch
def table(law: Law) -> AtomTable | None:
    """Return the table of a finite law; None if the law is not finite, or has too many atoms."""
    return None


@table.register
def _(law: FiniteLaw) -> AtomTable:
    return AtomTable(law.points, *law.logs, law.shares)


@table.register
def _(law: CountsLaw) -> AtomTable | None:
    points = points_of(law.support)
    return None if points is None else AtomTable(points, *logs_at(law, points))


@table.register
def _(law: CountLaw) -> AtomTable | None:
    if not isinstance(law.support, Atoms):
        return None
    points = law.support.points
    found = law.log_pmf(points[:, 0])
    return AtomTable(points, found.value, found.error)


@table.register
def _(law: CountImage) -> AtomTable | None:
    if not isinstance(law.support, Atoms):
        return None
    low, high = law.base.ends
    counts = np.arange(low, high + 1)[:: 1 if law.factor > 0 else -1]
    found = law.base.log_pmf(counts)
    return AtomTable(law.support.points, found.value, found.error)


@table.register
def _(law: Mixture) -> AtomTable | None:
    parts = [part for component in law.components if (part := table(component)) is not None]
    if len(parts) < len(law.components):
        return None
    weights, slips = law.log_shares
    points, places = union_of([part.points for part in parts])
    logs = np.concatenate([part.logs + w for part, w in zip(parts, weights, strict=True)])
    errors = np.concatenate([part.errors + s for part, s in zip(parts, slips, strict=True)])
    out = merged(logs, errors + UNIT * np.abs(logs), np.concatenate(places), len(points))
    return AtomTable(points, *out)


@table.register
def _(law: Product) -> AtomTable | None:
    parts = [part for factor in law.factors if (part := table(factor)) is not None]
    if len(parts) < len(law.factors) or math.prod(len(p.logs) for p in parts) > MOST_ATOMS:
        return None
    whole = parts[0]
    for part in parts[1:]:
        whole = _times(whole, part)
    return whole


def _times(a: AtomTable, b: AtomTable) -> AtomTable:
    """The table of two independent blocks."""
    n, m = len(a.logs), len(b.logs)
    points = np.concatenate([np.repeat(a.points, m, axis=0), np.tile(b.points, (n, 1))], axis=1)
    logs = np.add.outer(a.logs, b.logs).reshape(-1)
    errors = np.add.outer(a.errors, b.errors).reshape(-1)
    return AtomTable(points, logs, errors + UNIT * np.abs(logs))


def finite_law(atoms: AtomTable, source: str) -> FiniteLaw:
    """The law of a table; its errors go with it."""
    radii = np.maximum(atoms.errors - rounding(atoms.logs), 0.0)
    return FiniteLaw.from_logs(atoms.points, atoms.logs, radii=radii, source=source)


def common(p: AtomTable, q: AtomTable) -> tuple[FloatArray, AtomTable, AtomTable]:
    """The union of the atoms (K, d), and both tables on it: log −inf where a law has no atom."""
    points, places = union_of([p.points, q.points])
    return points, _placed(p, points, places[0]), _placed(q, points, places[1])


def _placed(atoms: AtomTable, points: FloatArray, place: NDArray[np.intp]) -> AtomTable:
    if atoms.points is points:
        return atoms
    logs, errors = np.full(len(points), -math.inf), np.zeros(len(points))
    logs[place], errors[place] = atoms.logs, atoms.errors
    if atoms.shares is None:
        return AtomTable(points, logs, errors)
    shares = np.zeros(len(points))
    shares[place] = atoms.shares
    return AtomTable(points, logs, errors, shares)
