r"""W1 of many pairs of normal mixtures, from where their distribution functions cross.

With F, G the distribution functions of p, q, and f = F − G, the integral of f is elementary:

    H(x) = ∫_{−∞}^x f = Σ_k ±w_k σ_k h(z_k),   h(z) = zΦ(z) + φ(z),   z_k = (x − μ_k)/σ_k.

If f changes its sign at x_1 < … < x_m, and has the sign s_0 before x_1, …, s_m after x_m,

    W1 = ∫ |f| = Σ_j 2 s_{j−1} H(x_j) + s_m (E_q x − E_p x).

An interval of width h, on which |f''| ≤ B, holds no such point if f has one sign at its ends and
exceeds h²B/8 there, and at most one if |f'| > hB/2 in its middle. Other intervals are halved
until what two points more would weigh is of no account; that is in the error, with the rounding
of f and of H, and what is left of a bracket around each point.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from divkit.exact.batch.panels import EPS, MixturePairs
from divkit.types import FloatArray

Rows = NDArray[np.intp]
_REACH = 9  # scales: of what is farther out, less than 1e-20 of a scale is in the integral
_ROOT = 1 / math.sqrt(2 * math.pi)
_LEVELS = 40
_MOST = 400
"""Intervals of a pair that are halved at once; one that takes more is left to other ways."""
_STEPS = 20


@dataclass(frozen=True, eq=False)
class Gap:
    """f = F − G at points (m,): its value, a bound of its rounding, and f'."""

    value: FloatArray
    rounding: FloatArray
    slope: FloatArray


@dataclass(frozen=True, eq=False)
class Brackets:
    """Intervals (m,) of the pairs `rows`, with f at both ends."""

    rows: Rows
    low: FloatArray
    high: FloatArray
    at_low: Gap
    at_high: Gap


def w1_of_mixtures(pairs: MixturePairs) -> tuple[FloatArray, FloatArray, int]:
    """Return W1 and its error, (n,) each, and how many points were looked at.

    The error is inf where a pair takes too many, as one of nearly equal laws.
    """
    signed = np.where(np.arange(pairs.locs.shape[1]) < pairs.split, 1.0, -1.0) * pairs.weights
    functions = _Functions(signed, pairs.locs, pairs.scales)
    error = _outside(pairs)
    nodes, last = 0, np.ones(len(pairs))
    changes = []
    left = _first(functions, last)
    unit = EPS / 32 * (pairs.weights * pairs.scales).sum(axis=1)
    for _ in range(_LEVELS):
        nodes += 2 * len(left.rows)
        settled, cost = _settled(functions, left, unit)
        np.add.at(error, left.rows[settled], cost[settled])
        changes.append(_chosen(left, settled & _changes(left)))
        left = _halved(functions, left, ~settled)
        crowded = np.bincount(left.rows, minlength=len(error)) > _MOST
        error[crowded] = np.inf
        left = _chosen(left, ~crowded[left.rows])
        if not len(left.rows):
            break
    error[left.rows] = np.inf
    value = last * functions.mean_gap
    for found in changes:
        _add(functions, found, value, error)
    return value, error + 4 * EPS * np.abs(value), nodes


@dataclass(frozen=True, eq=False)
class _Functions:
    """F − G of each pair and what follows from it; weights of q's components are negative."""

    weights: FloatArray
    locs: FloatArray
    scales: FloatArray

    @property
    def mean_gap(self) -> FloatArray:
        """E_q x − E_p x, (n,)."""
        return np.asarray(-(self.weights * (self.locs - self.locs[:, :1])).sum(axis=1))

    def standard(self, rows: Rows, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Signed weights and z of each component at x, and φ(z), (m, k) each."""
        z = (x[:, None] - self.locs[rows]) / self.scales[rows]
        return self.weights[rows], z, _ROOT * np.exp(-0.5 * z * z)

    def gap(self, rows: Rows, x: FloatArray) -> Gap:
        """F − G, formed from the smaller tails."""
        weights, z, bell = self.standard(rows, x)
        size = np.abs(weights)
        below, above = ndtr(z), ndtr(-z)
        lower, upper = (size * below).sum(axis=1), (size * above).sum(axis=1)
        value = np.where(
            lower <= upper, (weights * below).sum(axis=1), -(weights * above).sum(axis=1)
        )
        moved = (size * np.abs(z) * bell).sum(axis=1)
        rounding = EPS * (6 * np.minimum(lower, upper) + 2 * moved)
        return Gap(value, rounding, (weights * bell / self.scales[rows]).sum(axis=1))

    def integral(self, rows: Rows, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """H at x and its rounding, from the nearer end of the line."""
        weights, z, bell = self.standard(rows, x)
        own = weights * self.scales[rows]
        below, above = z * ndtr(z) + bell, bell - z * ndtr(-z)
        lower = (np.abs(own) * (np.abs(z) * ndtr(z) + bell)).sum(axis=1)
        upper = (np.abs(own) * (np.abs(z) * ndtr(-z) + bell)).sum(axis=1)
        whole = self.mean_gap[rows]
        value = np.where(
            lower <= upper, (own * below).sum(axis=1), whole + (own * above).sum(axis=1)
        )
        return value, 8 * EPS * np.minimum(lower, upper + np.abs(whole))

    def bend(self, rows: Rows, low: FloatArray, high: FloatArray) -> FloatArray:
        """A bound of |f''| on intervals: |zφ(z)| has its only top at |z| = 1."""
        locs, scales = self.locs[rows], self.scales[rows]
        a, b = ((end[:, None] - locs) / scales for end in (low, high))
        nearest = np.where((a < 0) & (b > 0), 0.0, np.minimum(np.abs(a), np.abs(b)))
        top = np.clip(1.0, nearest, np.maximum(np.abs(a), np.abs(b)))
        bell = _ROOT * np.exp(-0.5 * top * top)
        tops = np.abs(self.weights[rows]) * top * bell / scales**2
        return np.asarray(1.001 * tops.sum(axis=1))


def _first(functions: _Functions, last: FloatArray) -> Brackets:
    """Intervals of at most a scale around every component; the signs at the end go to `last`."""
    steps = np.arange(-_REACH, _REACH + 1.0)
    x = functions.locs[..., None] + functions.scales[..., None] * steps
    x = np.sort(x.reshape(len(x), -1), axis=1)
    rows = np.repeat(np.arange(len(x)), x.shape[1])
    found = functions.gap(rows, x.ravel())
    at_low, at_high = (
        Gap(*(part.reshape(x.shape)[:, ends].ravel() for part in vars(found).values()))
        for ends in (slice(None, -1), slice(1, None))
    )
    last[:] = _sign(found.value.reshape(x.shape)[:, -1])
    owners = np.repeat(np.arange(len(x)), x.shape[1] - 1)
    return Brackets(owners, x[:, :-1].ravel(), x[:, 1:].ravel(), at_low, at_high)


def _sign(values: FloatArray) -> FloatArray:
    return np.where(values >= 0, 1.0, -1.0)


def _changes(found: Brackets) -> NDArray[np.bool_]:
    return np.asarray((found.at_low.value >= 0) != (found.at_high.value >= 0))


def _settled(
    functions: _Functions, left: Brackets, unit: FloatArray
) -> tuple[NDArray[np.bool_], FloatArray]:
    """Which intervals hold at most the one change that their ends show, and what is in doubt."""
    width = left.high - left.low
    bend = functions.bend(left.rows, left.low, left.high)
    ends = np.abs(left.at_low.value), np.abs(left.at_high.value)
    rounding = np.maximum(left.at_low.rounding, left.at_high.rounding)
    least, dip = np.minimum(*ends), width**2 * bend / 8
    apart = ~_changes(left) & (least > dip + rounding)
    middle = functions.gap(left.rows, left.low + width / 2)
    monotone = np.abs(middle.slope) > width * bend / 2
    unsure = np.where(least <= rounding, 2 * width * rounding, 0.0)
    missed = 2 * width * (np.where(_changes(left), np.maximum(*ends), 0.0) + dip)
    small = missed <= unit[left.rows]
    cost = np.where(apart, 0.0, unsure + np.where(monotone, 0.0, missed))
    return apart | monotone | small, cost


def _chosen(found: Brackets, which: NDArray[np.bool_]) -> Brackets:
    at_low, at_high = (
        Gap(*(part[which] for part in vars(gap).values())) for gap in (found.at_low, found.at_high)
    )
    return Brackets(found.rows[which], found.low[which], found.high[which], at_low, at_high)


def _halved(functions: _Functions, found: Brackets, which: NDArray[np.bool_]) -> Brackets:
    left = _chosen(found, which)
    middle = left.low + (left.high - left.low) / 2
    there = functions.gap(left.rows, middle)
    return Brackets(
        np.concatenate([left.rows, left.rows]),
        np.concatenate([left.low, middle]),
        np.concatenate([middle, left.high]),
        _joined(left.at_low, there),
        _joined(there, left.at_high),
    )


def _joined(first: Gap, second: Gap) -> Gap:
    pairs = zip(vars(first).values(), vars(second).values(), strict=True)
    return Gap(*(np.concatenate(both) for both in pairs))


def _add(functions: _Functions, found: Brackets, value: FloatArray, error: FloatArray) -> None:
    """Add 2 s H at the change of each bracket, with what the bracket leaves open."""
    if not len(found.rows):
        return
    x, rest = _change(functions, found)
    integral, rounding = functions.integral(found.rows, x)
    np.add.at(value, found.rows, 2 * _sign(found.at_low.value) * integral)
    np.add.at(error, found.rows, 2 * rounding + rest)


def _change(functions: _Functions, found: Brackets) -> tuple[FloatArray, FloatArray]:
    """Where f changes its sign, by Newton's steps or halves; and twice what lies between."""
    low, high, before = found.low.copy(), found.high.copy(), found.at_low.value >= 0
    share = np.abs(found.at_low.value) + np.abs(found.at_high.value)
    x = np.where(
        share > 0, low + (high - low) * np.abs(found.at_low.value) / share, (low + high) / 2
    )
    here = functions.gap(found.rows, x)
    for _ in range(_STEPS):
        going = np.abs(here.value) > here.rounding
        if not going.any():
            break
        left = (here.value >= 0) == before
        low, high = np.where(left, x, low), np.where(left, high, x)
        newton = x - here.value / np.where(here.slope != 0, here.slope, np.nan)
        inside = (newton > low) & (newton < high)
        x = np.where(going, np.where(inside, newton, low + (high - low) / 2), x)
        here = functions.gap(found.rows, x)
    return x, 2 * (np.abs(here.value) + here.rounding) * (high - low)


def _outside(pairs: MixturePairs) -> FloatArray:
    """A bound of what lies beyond the intervals, and of what weights that miss 1 are worth."""
    low, high = pairs.locs.min(axis=1), pairs.locs.max(axis=1)
    widest = pairs.scales.max(axis=1)
    sides = pairs.weights[:, : pairs.split], pairs.weights[:, pairs.split :]
    missing = sum(np.abs(side.sum(axis=1) - 1) for side in sides)
    return np.asarray(
        1e-19 * widest + (missing + 4 * EPS) * (high - low) + missing * widest, dtype=float
    )
