r"""Two laws of counts on one lattice: classes of it on which both are smooth functions of j.

Leaves of a mixture are laws of counts, each with shift and factor, and finite laws. The coarsest
lattice that holds all leaves has step g, and a leaf every m-th of its points. In a residue class
modulo M = lcm(m) each leaf has all points or none: there its count is k = start + stride·j. Atoms
of finite laws are placed among them, or lie beside.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import MixtureLaw
from divkit.distributions.counts.gammas import Sized
from divkit.distributions.counts.image import CountImage
from divkit.distributions.counts.law import CountLaw
from divkit.distributions.counts.ratio import Between
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.finite.log_weights import UNIT
from divkit.distributions.progressions import gcd
from divkit.distributions.tails import Tail
from divkit.types import FloatArray

_MOST_CLASSES = 256
Share = tuple[float, float]
"""A log weight and its error."""


class NoLatticeError(ValueError):
    """Two laws are not both of counts, or on lattices that share no lattice near their own."""


@dataclass(frozen=True)
class CountLeaf:
    """weight · law of shift + factor·K."""

    weight: Share
    law: CountLaw
    shift: Fraction
    factor: Fraction


@dataclass(frozen=True)
class Placed:
    """A leaf in a class: its count is start + stride·j; it is the `order`-th leaf of its law."""

    weight: Share
    law: CountLaw
    start: int
    stride: int
    order: int = 0

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest j at which it has mass."""
        low, high = self.law.ends
        if self.stride < 0:
            low, high = -high, -low
        start, stride = (self.start if self.stride > 0 else -self.start), abs(self.stride)
        first = -(-(int(low) - start) // stride) if math.isfinite(low) else low
        last = (int(high) - start) // stride if math.isfinite(high) else high
        return first, last

    @property
    def center(self) -> tuple[float, float]:
        """Its bulk in j."""
        place, scale = self.law.center
        return (place - self.start) / self.stride, max(1.0, scale / abs(self.stride))

    def logs(self, j: FloatArray) -> Sized:
        """Log of weight · probability."""
        found = self.law.log_pmf(self.start + self.stride * j)
        value = found.value + self.weight[0]
        held = value > -math.inf
        slip = self.weight[1] + UNIT * np.where(held, np.abs(value), 0.0)
        return Sized(value, np.where(held, found.error + slip, 0.0))

    def _side(self, side: int) -> int:
        return side if self.stride > 0 else -side

    def tail(self, side: int) -> Tail | None:
        """Its tail in v = side·j, where the law has one on that side."""
        own = self._side(side)
        found = self.law.asymptote(own)
        return None if found is None else found.strided(own * self.start, abs(self.stride)).tail()

    def between(self, side: int) -> Between | None:
        """Its ratio in v = side·j."""
        own = self._side(side)
        bounds = self.law.between(own)
        return None if bounds is None else bounds.strided(own * self.start, abs(self.stride))


@dataclass(frozen=True, eq=False)
class Extra:
    """Finite parts: logs and errors of p and of q at some j, or at points beside the lattice."""

    places: FloatArray
    p: Sized
    q: Sized


@dataclass(frozen=True, eq=False)
class CountClass:
    """Leaves of p and of q in one residue class: point x = origin + step·j."""

    p: tuple[Placed, ...]
    q: tuple[Placed, ...]
    origin: Fraction
    step: Fraction
    extra: Extra

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest j of any leaf."""
        ends = [leaf.ends for leaf in (*self.p, *self.q)]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def logs(self, j: FloatArray) -> tuple[Sized, Sized]:
        """Log probabilities of both laws at j, without their finite parts."""
        return mixed([leaf.logs(j) for leaf in self.p], j), mixed(
            [leaf.logs(j) for leaf in self.q], j
        )

    def points(self, j: FloatArray) -> FloatArray:
        """The points of some j."""
        return float(self.origin) + float(self.step) * j


@dataclass(frozen=True, eq=False)
class Alignment:
    """Two laws, class by class, and the atoms that lie on no class."""

    classes: tuple[CountClass, ...]
    beside: Extra
    finite: bool = field(default=False)


def leaves(law: Law, weight: Share = (0.0, 0.0)) -> Iterator[CountLeaf | tuple[Share, FiniteLaw]]:
    """The counts and finite laws that a law is a mixture of, with their log weights.

    Raises
    ------
    NoLatticeError
        If it holds another one.
    """
    if isinstance(law, CountLaw):
        yield CountLeaf(weight, law, Fraction(0), Fraction(1))
    elif isinstance(law, CountImage):
        yield CountLeaf(weight, law.base, law.shift, law.factor)
    elif isinstance(law, FiniteLaw) and law.dim == 1:
        yield weight, law
    elif isinstance(law, MixtureLaw):
        shares, slips = law.log_shares
        for share, slip, component in zip(
            shares.tolist(), slips.tolist(), law.components, strict=True
        ):
            yield from leaves(component, (weight[0] + share, weight[1] + slip + UNIT * abs(share)))
    else:
        raise NoLatticeError(f"{type(law).__name__} is no law of counts, and no mixture of such.")


def mixed(parts: Sequence[Sized], like: FloatArray) -> Sized:
    """Log of the sum of exponentials, −inf of none."""
    if not parts:
        return Sized(np.full(like.shape, -math.inf), np.zeros(like.shape))
    if len(parts) == 1:
        return parts[0]
    logs = np.stack([part.value for part in parts])
    top = logs.max(axis=0)
    base = np.where(top > -math.inf, top, 0.0)
    with np.errstate(all="ignore"):
        shares = np.exp(logs - base)
        total = shares.sum(axis=0)
        value = np.where(total > 0, base + np.log(total), -math.inf)
        slips = np.stack([part.error for part in parts]) + UNIT * (2 + np.abs(logs - base))
        error = (np.where(shares > 0, shares * slips, 0.0)).sum(axis=0) / np.where(
            total > 0, total, 1.0
        )
        error = error * 1.0001 + UNIT * (len(parts) + np.abs(value))
    return Sized(value, np.where(value > -math.inf, error, 0.0))


def align(p: Law, q: Law) -> Alignment:
    """Both laws on one lattice.

    Raises
    ------
    NoLatticeError
        If they are no laws of counts, or take over 256 classes.
    """
    parts = [list(leaves(law)) for law in (p, q)]
    counts = [[leaf for leaf in own if isinstance(leaf, CountLeaf)] for own in parts]
    finite = [[leaf for leaf in own if not isinstance(leaf, CountLeaf)] for own in parts]
    every = [*counts[0], *counts[1]]
    if not every:
        raise NoLatticeError("both laws are finite.")
    origin, step = every[0].shift, abs(every[0].factor)
    for leaf in every[1:]:
        step = gcd(step, abs(leaf.factor))
        if leaf.shift != origin:
            step = gcd(step, abs(leaf.shift - origin))
    cycle = math.lcm(*(int(abs(leaf.factor) / step) for leaf in every))
    if cycle > _MOST_CLASSES:
        raise NoLatticeError(
            f"the lattices of p and q have steps that fit no common lattice of {_MOST_CLASSES} "
            "classes; scale both to whole numbers."
        )
    found = _Finder(origin, step, cycle, finite)
    classes = [found.make(counts, r) for r in range(cycle)]
    kept = tuple(c for c in classes if c.p or c.q or len(c.extra.places))
    return Alignment(kept, found.beside())


class _Finder:
    """Puts finite atoms into classes, and leaves into residues."""

    def __init__(
        self,
        origin: Fraction,
        step: Fraction,
        cycle: int,
        finite: list[list[tuple[Share, FiniteLaw]]],
    ) -> None:
        self.origin, self.step, self.cycle = origin, step, cycle
        self.atoms: list[dict[float, list[Share]]] = [{}, {}]
        for side, parts in enumerate(finite):
            for weight, law in parts:
                logs, errors = law.logs
                for (x,), log, error in zip(
                    law.atoms, logs.tolist(), errors.tolist(), strict=True
                ):
                    own = self.atoms[side].setdefault(x, [])
                    own.append((weight[0] + log, weight[1] + error + UNIT * abs(weight[0] + log)))
        self.places = {x: self._index(x) for x in sorted({*self.atoms[0], *self.atoms[1]})}

    def _index(self, x: float) -> int | None:
        k = round((Fraction(x) - self.origin) / self.step)
        return k if float(self.origin + self.step * k) == x else None

    def make(self, counts: list[list[CountLeaf]], residue: int) -> CountClass:
        sides = [
            tuple(self._placed(leaf, residue, k) for k, leaf in enumerate(own)) for own in counts
        ]
        held = [tuple(leaf for leaf in side if leaf is not None) for side in sides]
        here = {
            x: (k - residue) // self.cycle
            for x, k in self.places.items()
            if k is not None and k % self.cycle == residue
        }
        origin = self.origin + self.step * residue
        return CountClass(held[0], held[1], origin, self.step * self.cycle, self._extra(here))

    def _placed(self, leaf: CountLeaf, residue: int, order: int) -> Placed | None:
        offset, stride = (leaf.shift - self.origin) / self.step, leaf.factor / self.step
        start = (residue - offset) / stride
        if start.denominator != 1:
            return None
        return Placed(leaf.weight, leaf.law, int(start), int(self.cycle / stride), order)

    def beside(self) -> Extra:
        return self._extra({x: x for x, k in self.places.items() if k is None})

    def _extra(self, here: dict[float, float] | dict[float, int]) -> Extra:
        places = np.array(list(here.values()), dtype=np.float64)
        sides = []
        for atoms in self.atoms:
            own = [_added(atoms.get(x, [])) for x in here]
            sides.append(Sized(np.array([v for v, _ in own]), np.array([e for _, e in own])))
        return Extra(places, *sides)


def _added(parts: list[Share]) -> Share:
    whole = mixed([Sized(np.array([v]), np.array([e])) for v, e in parts], np.zeros(1))
    return float(whole.value[0]), float(whole.error[0])
