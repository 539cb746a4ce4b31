r"""Closed forms beyond single families on the line: Gaussians in d dimensions, uniform laws.

With M = (1−α)Σ_p + αΣ_q and δ = μ_p − μ_q (van Erven, Harremoës 2014; Gil et al. 2013),

    KL(p‖q) = ½[tr Σ_q⁻¹Σ_p + δᵀΣ_q⁻¹δ − d + log det Σ_q − log det Σ_p],
    log ρ(α) = ½[(1−α) log det Σ_p + α log det Σ_q − log det M − α(1−α) δᵀM⁻¹δ],

and ρ(α) = ∞ unless M is positive definite. For χ² that is 2Σ_q − Σ_p ≻ 0, as 2Σ_p⁻¹ − Σ_q⁻¹ ≻ 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat

from divkit.exact.closed_form.members import Member
from divkit.exact.closed_form.numbers import exact
from divkit.types import Ball


@dataclass(frozen=True)
class GaussianMember(Member):
    """N(loc, cov) in R^d."""

    loc: tuple[float | Fraction, ...]
    cov: tuple[tuple[float | Fraction, ...], ...]

    def _gap(self, other: GaussianMember) -> arb_mat:
        pairs = zip(self.loc, other.loc, strict=True)
        return arb_mat([[exact(a) - exact(b)] for a, b in pairs])

    def kl(self, other: Any) -> Ball:
        """See the module."""
        mine, theirs, gap = arb_mat(_rows(self.cov)), arb_mat(_rows(other.cov)), self._gap(other)
        spread = theirs.solve(mine).trace() + (gap.transpose() * theirs.solve(gap))[0, 0]
        return (spread - len(self.loc) + (theirs.det() / mine.det()).log()) / 2

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """See the module; +inf unless the mixed covariance is positive definite."""
        a, b = exact(order), exact(1 - order)
        mine, theirs, gap = arb_mat(_rows(self.cov)), arb_mat(_rows(other.cov)), self._gap(other)
        mixed = b * mine + a * theirs
        if not 0 <= order <= 1 and not is_definite(self.cov, other.cov, order):
            return arb.pos_inf()
        quadratic = (gap.transpose() * mixed.solve(gap))[0, 0]
        logs = b * mine.det().log() + a * theirs.det().log() - mixed.det().log()
        return (logs - a * b * quadratic) / 2

    def tv(self, other: Any) -> Ball:
        """erf(√(δᵀΣ⁻¹δ)/(2√2)) for equal covariances."""
        if self.cov != other.cov:
            return super().tv(other)
        gap = self._gap(other)
        square = (gap.transpose() * arb_mat(_rows(self.cov)).solve(gap))[0, 0]
        return ((square / 8).sqrt()).erf()


def _rows(matrix: tuple[tuple[float | Fraction, ...], ...]) -> list[list[Any]]:
    return [[exact(entry) for entry in row] for row in matrix]


def is_definite(p: Any, q: Any, order: Fraction) -> bool:
    """Whether (1−order)·p + order·q ≻ 0: by eigenvalues where they are clear, else exactly."""
    share = float(order)
    first, second = np.array(p, dtype=float), np.array(q, dtype=float)
    lowest = float(np.linalg.eigvalsh((1 - share) * first + share * second)[0])
    size = abs(1 - share) * float(np.linalg.norm(first)) + abs(share) * float(
        np.linalg.norm(second)
    )
    if abs(lowest) > 2.0**-40 * len(p) * size:
        return lowest > 0
    return _has_positive_pivots(p, q, order)


def _has_positive_pivots(p: Any, q: Any, order: Fraction) -> bool:
    rows = [
        [(1 - order) * Fraction(a) + order * Fraction(b) for a, b in zip(x, y, strict=True)]
        for x, y in zip(p, q, strict=True)
    ]
    for k, pivot in enumerate(rows):
        if pivot[k] <= 0:
            return False
        for row in rows[k + 1 :]:
            factor = row[k] / pivot[k]
            row[k + 1 :] = [
                x - factor * y for x, y in zip(row[k + 1 :], pivot[k + 1 :], strict=True)
            ]
    return True


@dataclass(frozen=True)
class UniformMember(Member):
    """U[low, high]: p and q are constant on the overlap, so that every integral is a product."""

    low: float
    high: float

    def overlap(self, other: UniformMember) -> tuple[Ball, Ball, Ball]:
        """The length of the overlap and both densities."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        length = exact(high) - exact(low) if high > low else arb(0)
        return length, 1 / exact(_width(self)), 1 / exact(_width(other))

    def kl(self, other: Any) -> Ball:
        """log of the widths' ratio where q covers p, else ∞."""
        _, p, q = self.overlap(other)
        return (p / q).log() if self.within(other) else arb.pos_inf()

    def within(self, other: UniformMember) -> bool:
        """Whether the other interval covers this one."""
        return other.low <= self.low and self.high <= other.high

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """log of overlap·p^α q^{1−α}; ∞ where a negative power meets a zero."""
        if (order > 1 and not self.within(other)) or (order < 0 and not other.within(self)):
            return arb.pos_inf()
        length, p, q = self.overlap(other)
        if length == 0:
            return arb.neg_inf()
        return length.log() + exact(order) * p.log() + exact(1 - order) * q.log()

    def tv(self, other: Any) -> Ball:
        """1 − overlap·min(p, q)."""
        length, p, q = self.overlap(other)
        wider = _width(self) > _width(other)
        return 1 - length * (p if wider else q)

    def js(self, other: Any) -> Ball:
        """log 2 − overlap·½[(p+q) log(p+q) − p log p − q log q]."""
        length, p, q = self.overlap(other)
        lost = (p + q) * (p + q).log() - p * p.log() - q * q.log()
        return arb.const_log2() - length * lost / 2

    def triangular(self, other: Any) -> Ball:
        """2 − 4·overlap·pq/(p + q)."""
        length, p, q = self.overlap(other)
        return 2 - 4 * length * p * q / (p + q)


def _width(law: UniformMember) -> Fraction:
    return Fraction(law.high) - Fraction(law.low)
