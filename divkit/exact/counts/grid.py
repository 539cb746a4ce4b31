"""Grids for sums over counts: stretches that halve until two rules agree on each.

Breaks lie around each leaf's bulk at distances that double, at the ends of leaves, and around
every atom of a finite part, so that a law that falls like a power is summed to 1e300 in a few
thousand stretches. A stretch of up to 256 counts is summed term by term; so is everything where
there are few counts. Two rules may agree and both miss a kink that lies next to an end: where an
integrand has one at p = q, a stretch in which log p − log q changes its sign misses all its sum.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.distributions.counts.alignment import CountClass, Extra, mixed
from divkit.distributions.counts.gammas import Sized
from divkit.distributions.finite.log_weights import UNIT
from divkit.exact.counts.rule import MOST_TAKEN, rule
from divkit.exact.quadrature.fields import Integrand
from divkit.exact.quadrature.push import Nodes
from divkit.types import FloatArray

MOST_LISTED = 2**14
_MOST_STRETCHES = 12_000
_FARTHEST = 1e300
_TOLERANCE = 2.0**-56
_WEIGHTS = 2.0**-50
_FIRST_REACH = 8.0


@dataclass(frozen=True, eq=False)
class Stretches:
    """`count` neighbouring counts from `start`, many times."""

    start: FloatArray
    count: FloatArray

    def __len__(self) -> int:
        return len(self.start)

    def halves(self) -> Stretches:
        """Each as two, one after the other."""
        first = np.floor(self.count / 2)
        start = np.stack([self.start, self.start + first], axis=1).ravel()
        return Stretches(start, np.stack([first, self.count - first], axis=1).ravel())

    def take(self, rows: NDArray[np.bool_]) -> Stretches:
        """Some of them."""
        return Stretches(self.start[rows], self.count[rows])

    def nodes(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Counts and weights, and to which stretch each belongs."""
        parts: list[tuple[FloatArray, FloatArray, FloatArray]] = []
        for n in np.unique(self.count):
            rows = np.flatnonzero(self.count == n)
            offsets, weights = rule(float(n))
            places = (self.start[rows, None] + offsets).ravel()
            parts.append((places, np.tile(weights, len(rows)), np.repeat(rows, len(offsets))))
        return tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]


@dataclass(frozen=True, eq=False)
class CountNodes:
    """Counts of one class with weights, and log probabilities of both laws there."""

    places: FloatArray
    weights: FloatArray
    p: Sized
    q: Sized


@dataclass(frozen=True, eq=False)
class Grid:
    """CountNodes of a class, relative error of each functional's sum, and the ends of the sum."""

    nodes: CountNodes
    errors: FloatArray
    ends: tuple[float, float]
    exact: bool


class Summands(Protocol):
    """The rows that a grid sums at once."""

    @property
    def kinked(self) -> bool:
        """Whether the row of number 2 has a kink where p = q."""

    def __call__(self, nodes: CountNodes) -> tuple[FloatArray, FloatArray]:
        """The values at nodes (k, n), and what rounding of the logs may move them by (k, n)."""


@dataclass(eq=False)
class Functionals:
    """The sums that a grid holds: both probabilities, the integrand, p^α q^{1−α} if there is an α.

    Powers are divided by the largest that the first call saw, so that they are floats.
    """

    integrand: Integrand
    order: float | None = None
    top: float | None = None

    @property
    def kinked(self) -> bool:
        """Whether the integrand has a kink where p = q."""
        return self.integrand.kinked

    def __call__(self, nodes: CountNodes) -> tuple[FloatArray, FloatArray]:
        """The values at nodes (k, n), and what rounding of the logs may move them by (k, n)."""
        pair = Nodes(torch.from_numpy(nodes.p.value), torch.from_numpy(nodes.q.value))
        ep, eq = nodes.p.error, nodes.q.error
        g = self.integrand.at(pair)
        by_p, by_q = (each.numpy() for each in self.integrand.push(pair, g))
        with np.errstate(all="ignore"):
            p, q = np.exp(nodes.p.value), np.exp(nodes.q.value)
            rows = [p, q, g.numpy()]
            noise = [p * ep, q * eq, np.abs(by_p) * ep + np.abs(by_q) * eq]
            if self.order is not None:
                rows.append(self._power(nodes.p.value, nodes.q.value, self.order))
                noise.append(rows[-1] * (abs(self.order) * ep + abs(1 - self.order) * eq))
        values, slips = np.stack(rows), np.stack(noise)
        held = np.isfinite(values) & np.isfinite(slips)
        return np.where(held, values, 0.0), np.where(held, slips + 8 * UNIT * np.abs(values), 0.0)

    def _power(self, lp: FloatArray, lq: FloatArray, order: float) -> FloatArray:
        both = (lp > -math.inf) & (lq > -math.inf)
        power = order * np.where(both, lp, 0.0) + (1 - order) * np.where(both, lq, 0.0)
        if self.top is None:
            self.top = float(power[both].max()) if both.any() else 0.0
        return np.where(both, np.exp(np.minimum(power - self.top, 600.0)), 0.0)


def log_values(found: CountClass, j: FloatArray) -> tuple[Sized, Sized]:
    """Logs of both laws at counts, finite parts added."""
    p, q = found.logs(j)
    extra = found.extra
    if len(extra.places) == 0:
        return p, q
    order = np.argsort(extra.places)
    place = np.clip(np.searchsorted(extra.places[order], j), 0, len(order) - 1)
    at = order[place]
    here = np.flatnonzero(extra.places[at] == j)
    for own, more in ((p, extra.p), (q, extra.q)):
        parts = [Sized(s.value[r], s.error[r]) for s, r in ((own, here), (more, at[here]))]
        joined = mixed(parts, j[here])
        own.value[here], own.error[here] = joined.value, joined.error
    return p, q


def nodes_at(found: CountClass, places: FloatArray, weights: FloatArray) -> CountNodes:
    """CountNodes with the logs of both laws."""
    return CountNodes(places, weights, *log_values(found, places))


def ends_of(found: CountClass, small: Callable[[int, float], bool]) -> tuple[float, float]:
    """Where to end a sum on each side: at the laws' own end, or where what is left is small."""
    centers = [leaf.center for leaf in (*found.p, *found.q)]
    ends = []
    for side, own in zip((-1, 1), found.ends, strict=True):
        edge = max(side * place for place, _ in centers)
        width = max(scale for _, scale in centers)
        reach = _FIRST_REACH * width
        while True:
            cut: float = side * math.ceil(max(edge + min(reach, _FARTHEST), 2.0))
            beyond = cut >= own if side > 0 else cut <= own
            if beyond:
                cut = own
            if beyond or reach >= _FARTHEST or small(side, cut):
                break
            reach *= 1.5 if reach < 64 * width else max(2.0, math.sqrt(reach / width))
        ends.append(float(cut))
    places = found.extra.places
    low = min(ends[0], float(places.min())) if len(places) else ends[0]
    return low, max(ends[1], float(places.max())) if len(places) else ends[1]


def grid(found: CountClass, ends: tuple[float, float], values: Functionals) -> Grid:
    """The nodes of a class from one end to the other."""
    low, high = ends
    if high - low < MOST_LISTED:
        places = np.arange(low, high + 1)
        nodes = nodes_at(found, places, np.ones(len(places)))
        return Grid(nodes, np.zeros(3 if values.order is None else 4), ends, True)
    return _refined(found, _broken(found, low, high), ends, values)


def _broken(found: CountClass, low: float, high: float) -> Stretches:
    """Stretches from low to high, broken where the laws bend."""
    firm = {low, high + 1}
    loose: set[float] = set()
    centers = [leaf.center for leaf in (*found.p, *found.q)]
    for (center, scale), leaf in zip(centers, (*found.p, *found.q), strict=True):
        farthest = 2 * max(abs(low - center), abs(high - center)) + 2
        steps = scale * 2.0 ** np.arange(-1, math.ceil(math.log2(farthest / scale)) + 1)
        loose |= set(np.floor(center + steps).tolist()) | set(np.floor(center - steps).tolist())
        firm |= {math.floor(center), leaf.ends[0], leaf.ends[1] + 1}
    for place in found.extra.places.tolist():
        firm |= {place, place + 1}
    inside = sorted((x, x in firm) for x in firm | loose if low <= x <= high + 1)
    edges = np.array(_spread(inside, [center for center, _ in centers]))
    return Stretches(edges[:-1], np.diff(edges))


def _spread(breaks: list[tuple[float, bool]], centers: Sequence[float]) -> list[float]:
    """Breaks without those that lie close to one before, as seen from the nearest bulk."""
    kept: list[float] = []
    for x, firm in breaks:
        room = 0.3 * min(abs(x - center) for center in centers)
        if firm or not kept or x - kept[-1] >= room:
            kept.append(x)
    return kept


@dataclass(frozen=True, eq=False)
class StretchPool:
    """Stretches with their sums, the noise of these, and what they may miss, (k, n) each."""

    stretches: Stretches
    sums: FloatArray
    noise: FloatArray
    missed: FloatArray

    def take(self, rows: NDArray[np.bool_]) -> StretchPool:
        """Some of them."""
        return StretchPool(
            self.stretches.take(rows),
            self.sums[:, rows],
            self.noise[:, rows],
            self.missed[:, rows],
        )

    def hard(self) -> NDArray[np.bool_]:
        """Those that miss more than the whole, or their own noise, allows."""
        total = np.abs(self.sums).sum(axis=1, keepdims=True)
        allowed = np.maximum(_TOLERANCE * total, self.noise)
        return np.asarray((self.missed > allowed).any(axis=0))


def _refined(
    found: CountClass, start: Stretches, ends: tuple[float, float], values: Functionals
) -> Grid:
    """Nodes and weights on stretches that two rules agree on."""
    pool = _settled(found, start, values)
    kept = pool.stretches
    places, weights, _ = kept.nodes()
    places, weights = places[weights != 0], weights[weights != 0]
    size = np.abs(pool.sums).sum(axis=1)
    exact = not (kept.count > MOST_TAKEN).any()
    with np.errstate(all="ignore"):
        relative = np.where(size > 0, pool.missed.sum(axis=1) / size, 0.0)
    return Grid(
        nodes_at(found, places, weights), relative + (0.0 if exact else _WEIGHTS), ends, exact
    )


def pooled(found: CountClass, ends: tuple[float, float], values: Summands) -> StretchPool:
    """The stretches of a class from one end to the other, with their sums."""
    return _settled(found, _broken(found, *ends), values)


def _settled(found: CountClass, start: Stretches, values: Summands) -> StretchPool:
    """Halve the stretches on which a rule and that of its halves differ."""
    sums, noise, _ = _sums(found, start, values)
    unknown = np.where(start.count > MOST_TAKEN, np.inf, 0.0)
    pool = StretchPool(start, sums, noise, np.broadcast_to(unknown, sums.shape))
    while (hard := pool.hard()).any() and len(hard) < _MOST_STRETCHES:
        pool = _together(pool.take(~hard), _halved(found, pool.take(hard), values))
    return pool


def _halved(found: CountClass, pool: StretchPool, values: Summands) -> StretchPool:
    halves = pool.stretches.halves()
    sums, noise, crossed = _sums(found, halves, values)
    gap = np.repeat(np.abs(pool.sums - sums[:, 0::2] - sums[:, 1::2]), 2, axis=1)
    if values.kinked:
        gap[2] = np.where(crossed, np.maximum(gap[2], np.abs(sums[2]) + 2 * noise[2]), gap[2])
    return StretchPool(halves, sums, noise, np.where(halves.count > MOST_TAKEN, gap, 0.0))


def _together(a: StretchPool, b: StretchPool) -> StretchPool:
    start, count = (
        np.concatenate([getattr(p.stretches, name) for p in (a, b)]) for name in ("start", "count")
    )
    rows = (
        np.concatenate([getattr(p, n) for p in (a, b)], axis=1)
        for n in ("sums", "noise", "missed")
    )
    return StretchPool(Stretches(start, count), *rows)


def _sums(
    found: CountClass, stretches: Stretches, values: Summands
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """The functionals' sums over each stretch, their noise, and whether p and q cross there."""
    places, weights, owner = stretches.nodes()
    nodes = nodes_at(found, places, weights)
    rows, noise = values(nodes)
    group, n = owner.astype(np.intp), len(stretches)
    with np.errstate(all="ignore"):
        both = [[np.bincount(group, row * weights, n) for row in part] for part in (rows, noise)]
    signs = [np.bincount(group, sign, n) > 0 for sign in _signs(nodes)]
    return np.stack(both[0]), np.stack(both[1]), signs[0] & signs[1]


def _signs(nodes: CountNodes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where p may be larger, and where q may."""
    slip = nodes.p.error + nodes.q.error
    with np.errstate(invalid="ignore"):
        return nodes.p.value + slip >= nodes.q.value, nodes.q.value + slip >= nodes.p.value


def listed(extra: Extra) -> CountNodes:
    """Atoms beside the lattice."""
    return CountNodes(extra.places, np.ones(len(extra.places)), extra.p, extra.q)


def joined(parts: Sequence[CountNodes]) -> CountNodes:
    """Nodes of all classes."""

    def sized(pick: Callable[[CountNodes], Sized]) -> Sized:
        own = [pick(part) for part in parts]
        return Sized(
            np.concatenate([s.value for s in own]), np.concatenate([s.error for s in own])
        )

    return CountNodes(
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.weights for part in parts]),
        sized(lambda n: n.p),
        sized(lambda n: n.q),
    )


def with_mass(nodes: CountNodes) -> CountNodes:
    """The nodes at which a law has mass: between mixed laws there may be gaps."""
    p, q = nodes.p, nodes.q
    there = (p.value > -math.inf) | (q.value > -math.inf)
    return CountNodes(
        nodes.places[there],
        nodes.weights[there],
        Sized(p.value[there], p.error[there]),
        Sized(q.value[there], q.error[there]),
    )
