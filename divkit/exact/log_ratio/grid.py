r"""Total variation of a product by the law of its log ratio on a grid, with a proved interval.

Under P the log ratio L is a sum of independent terms. Each atom is split between the two points of
a grid of step h next to its own term, so that both its p and its q = p e^{−l} are kept: the split
laws P', Q' have P, Q as images, so that their divergence is no smaller (as in Doroshenko, Ghazi,
Kamath, Kumar, Manurangsi 2022, "Connect the dots"), and L' lies on the grid, where its law is a
product of Fourier transforms (Koskela, Jälkö, Honkela 2020). Given an atom of the product,
e^{−L'} has mean e^{−L}, whence

    TV(P', Q') − TV(P, Q) ≤ E_{P'} |1 − e^{−L'}| 1{|L'| ≤ |L' − L|};

L' − L is a sum of n independent terms within h, of means at most h²/8 in size (Hoeffding's lemma),
so that it exceeds B = h √(½ n log(2/δ)) + n h²/8 with probability at most δ, under P' as under Q'.
What lies beyond the grid is bounded by Chernoff's bound, the rounding of the transforms in the
mean square (Higham 2002, theorem 24.2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft

from divkit.exact.log_ratio.blocks import RatioTable
from divkit.types import FloatArray

_DELTA = 1e-13
_UNIT = 2.0**-53
_TRANSFORM = 8.0  # units that a level of a transform rounds by, at most
_SLOPES = np.logspace(-2, 2, 49)


@dataclass(frozen=True, eq=False)
class _Increments:
    """Probabilities (K,) of the values (K,) of one term of L under P, where q > 0."""

    log_mass: FloatArray
    value: FloatArray
    count: int

    @property
    def mass(self) -> float:
        """Of P where q > 0."""
        return min(float(np.exp(self.log_mass).sum()), 1.0)

    def spread(self) -> float:
        weights = np.exp(self.log_mass)
        mean = float(weights @ self.value)
        return self.count * float(weights @ (self.value - mean) ** 2)


def variation_on_grid(
    parts: Sequence[RatioTable], few: Sequence[RatioTable], points: int
) -> tuple[float, float]:
    """The middle of an interval that holds the total variation, and half its width.

    Parameters
    ----------
    parts : independent blocks.
    few : the same, multiplied together: each is rounded to the grid once.
    points : of the grid, a power of two.
    """
    single = [_terms(part) for part in parts]
    alone = -math.expm1(math.fsum(t.count * math.log(t.mass) for t in single))
    low, high = _window(single)
    terms = [_terms(part) for part in few]
    many = sum(t.count for t in terms)
    step = (high - low) / (points - 4 * many - 8)
    law = _law_of_sum(terms, step, points)
    at = step * _places(low, many, step, points)
    upper = alone + float(np.where(at > 0, -np.expm1(-at), 0.0) @ law)
    bend = step * math.sqrt(0.5 * many * math.log(2 / _DELTA)) + many * step**2 / 8
    near = np.abs(at) <= min(bend, many * step)
    gap = float(np.abs(np.expm1(-at[near])) @ np.abs(law[near]))
    slip = math.fsum(part.count * part.slip for part in few)
    rounded = _TRANSFORM * _UNIT * math.log2(points) * (many + 2) * math.sqrt(points)
    missed = 4 * slip + rounded + 6 * _DELTA + 2 * gap * rounded
    return min(max(upper - 0.5 * gap, 0.0), 1.0), 0.5 * gap + missed


def _terms(part: RatioTable) -> _Increments:
    there = (part.lp > -math.inf) & (part.lq > -math.inf)
    lp, lq = part.lp[there], part.lq[there]
    return _Increments(lp, lp - lq, part.count)


def _window(terms: Sequence[_Increments]) -> tuple[float, float]:
    """Ends beyond which L is with probability at most δ, on either side."""
    slopes = _SLOPES / max(math.sqrt(math.fsum(t.spread() for t in terms)), 1e-300)
    ends = []
    for side in (-1.0, 1.0):
        growth = sum(t.count * _log_mean(t, side * slopes) for t in terms)
        ends.append(side * float(np.min((growth - math.log(_DELTA)) / slopes)))
    low, high = ends
    return min(low, -1e-12), max(high, 1e-12)


def _log_mean(term: _Increments, slopes: FloatArray) -> FloatArray:
    """log E e^{t l} for each slope t."""
    logs = term.log_mass + np.multiply.outer(slopes, term.value)
    top = logs.max(axis=1, keepdims=True)
    return np.asarray(top[:, 0] + np.log(np.exp(logs - top).sum(axis=1)))


def _law_of_sum(terms: Sequence[_Increments], step: float, points: int) -> FloatArray:
    """P' of each residue of L'/h."""
    whole = np.ones(points // 2 + 1, dtype=np.complex128)
    for term in terms:
        found = fft.rfft(_split(term, step, points))
        whole *= found**term.count if term.count > 1 else found
    return np.asarray(fft.irfft(whole, points))


def _split(term: _Increments, step: float, points: int) -> FloatArray:
    """The masses of a term on the grid, by residues, that keep P and Q."""
    place = np.floor(term.value / step)
    beside = term.value - place * step
    masses = np.exp(term.log_mass)
    upper = masses * np.clip(np.expm1(-beside) / math.expm1(-step), 0.0, 1.0)
    residue = np.mod(place, points).astype(np.intp)
    own = np.bincount(residue, masses - upper, points)
    return np.asarray(own + np.bincount((residue + 1) % points, upper, points))


def _places(low: float, many: int, step: float, points: int) -> FloatArray:
    """L'/h of each residue: the one in the window."""
    start = math.floor(low / step) - 2 * many - 2
    return start + np.mod(np.arange(points) - start, points).astype(np.float64)
