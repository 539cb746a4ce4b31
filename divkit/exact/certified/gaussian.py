r"""Affinities of two Gaussians through an approximate simultaneous diagonalisation, in balls.

For any invertible V let A = VᵀΣpV, B = VᵀΣqV and d = Vᵀ(μq − μp). The affinity of order α is

    log ρ(α) = ½ [α log|A| + (1−α) log|B| − log|C| − α(1−α) dᵀC⁻¹d],   C = αA + (1−α)B.

V comes from LAPACK, taken as an exact matrix, and is corrected until A and B are diagonal to the
wanted digits; A and B are enclosed, so V need not be orthogonal or exact. Let δ be C's diagonal
and C = δ^{½}(I + X)δ^{½}. On Re α = ½, |δ_j| ≥ ½(A_jj + B_jj) ≥ r_j = min(A_jj, B_jj), so that

    ‖X‖ ≤ x = |α| η,   η² = Σ_{i≠j} (|A_ij| + |B_ij|)² / (r_i r_j),
    |log|C| − Σ log δ_j| ≤ x²/(2(1−x)),   |dᵀC⁻¹d − Σ d_j²/δ_j| ≤ Σ (d_j²/r_j) · x/(1−x),

because tr X = 0; with x = η the same holds of log|A| and log|B|. Every Re δ_j > 0, so that
principal roots, one for each pair of the δ_j, follow the branch that is continuous along
Re α = ½.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import acb, arb, arb_mat

from divkit.distributions.base import Law
from divkit.distributions.compose.product import Product
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.exact.certified.simultaneous_diagonalisation import diagonalise
from divkit.exact.method import NotApplicableError
from divkit.types import Ball

Moments = tuple[list[Ball], list[list[Ball]]]


def moments(law: Law) -> Moments | None:
    """Mean and covariance of a Gaussian or of a product of Gaussians; None for other laws."""
    if isinstance(law, Normal):
        return [arb(law.loc)], [[arb(law.scale) ** 2]]
    if isinstance(law, MultivariateNormal):
        cov = law.cov
        half = [[(arb(cov[i][j]) + cov[j][i]) / 2 for j in range(law.dim)] for i in range(law.dim)]
        return [arb(x) for x in law.loc], half
    if not isinstance(law, Product):
        return None
    blocks = [moments(factor) for factor in law.factors]
    known = [block for block in blocks if block is not None]
    return _stacked(known) if len(known) == len(blocks) else None


def gaussian_moments(law: Law) -> Moments:
    """Mean and covariance of a Gaussian.

    Raises
    ------
    NotApplicableError
        If the law is none.
    """
    known = moments(law)
    if known is None:
        raise NotApplicableError(f"{type(law).__name__} is not Gaussian.")
    return known


def _stacked(blocks: list[Moments]) -> Moments:
    mean = [x for block, _ in blocks for x in block]
    cov = [[arb(0)] * len(mean) for _ in mean]
    start = 0
    for block, part in blocks:
        for i, row in enumerate(part):
            cov[start + i][start : start + len(block)] = row
        start += len(block)
    return mean, cov


def gaussian_kl(p: Moments, q: Moments) -> Ball:
    """KL = ½ [tr(Σq⁻¹Σp) − d + (μq − μp)ᵀΣq⁻¹(μq − μp) + log|Σq| − log|Σp|]."""
    sigma, tau, shift = arb_mat(p[1]), arb_mat(q[1]), _shift(p, q)
    form = (shift.transpose() * tau.solve(shift))[0, 0]
    logs = tau.det().log() - sigma.det().log()
    return (tau.solve(sigma).trace() - len(p[0]) + form + logs) / 2


def _shift(p: Moments, q: Moments) -> Any:
    return arb_mat([[y - x] for x, y in zip(p[0], q[0], strict=True)])


@dataclass(frozen=True, eq=False)
class Pencil:
    """Diagonals of A and B, squares of d, and η: all that an affinity needs."""

    a: list[Ball]
    b: list[Ball]
    squares: list[Ball]
    eta: Ball

    def prepare(self) -> tuple[Ball, Ball, Ball]:
        """log|A|, log|B| and Σ d_j²/r_j."""
        logs = [sum((x.log() for x in side), arb(0)) for side in (self.a, self.b)]
        spread = (self.eta**2 / (2 * (1 - self.eta))).upper()
        r = (x.min(y) for x, y in zip(self.a, self.b, strict=True))
        weight = sum((s / x for s, x in zip(self.squares, r, strict=True)), arb(0))
        return logs[0] + arb(0, spread), logs[1] + arb(0, spread), weight

    def affinities(self, omegas: list[Ball]) -> list[Ball]:
        """ρ(½ + iω) for each ω."""
        rest = self.prepare()
        halves = [(x + y) / 2 for x, y in zip(self.a, self.b, strict=True)]
        gaps = [x - y for x, y in zip(self.a, self.b, strict=True)]
        return [self._affinity(omega, halves, gaps, *rest) for omega in omegas]

    def _affinity(
        self, omega: Ball, halves: list[Ball], gaps: list[Ball], log_a: Ball, log_b: Ball, w: Ball
    ) -> Ball:
        alpha = acb(arb(0.5), omega)
        beta = alpha.conjugate()
        deltas = [acb(r, omega * g) for r, g in zip(halves, gaps, strict=True)]
        roots = acb(1)
        for one, two in zip(deltas[::2], [*deltas[1::2], acb(1)], strict=False):
            roots = roots * (one * two).sqrt()
        form = acb(0)
        for square, delta in zip(self.squares, deltas, strict=True):
            form += square / delta
        size = abs(alpha)
        x = size * self.eta
        if not x < 1:
            return acb(arb.nan())
        slack = x * x / (4 * (1 - x)) + size * size / 2 * w * x / (1 - x)
        exponent = (alpha * log_a + beta * log_b - alpha * beta * form) / 2
        return (exponent + _disc(slack)).exp() / roots


def _disc(radius: Ball) -> Ball:
    side = arb(0, radius.upper())
    return acb(side, side)


def _unit(product: Ball) -> Ball:
    """A power of two near the inverse fourth root of a product of two variances."""
    mantissa, exponent = product.mid().man_exp()
    return arb(2) ** (-(int(exponent) + int(mantissa).bit_length()) // 4)


def pencil(p: Moments, q: Moments, tolerance: Ball) -> Pencil:
    """Diagonalise a pair of Gaussians until η is below the tolerance.

    Coordinates are scaled by powers of two first, so that float64 holds the covariances.

    Raises
    ------
    NotApplicableError
        If a covariance is not shown to be positive definite, or the diagonalisation stalls.
    """
    n = len(p[0])
    unit = [_unit(p[1][i][i] * q[1][i][i]) for i in range(n)]
    sigma, tau = (
        arb_mat([[m[i][j] * unit[i] * unit[j] for j in range(n)] for i in range(n)])
        for m in (p[1], q[1])
    )
    left, right, v, eta = diagonalise(sigma, tau, tolerance)
    d = v.transpose() * arb_mat([[unit[i] * (q[0][i] - p[0][i])] for i in range(n)])
    a, b = ([m[i, i] for i in range(n)] for m in (left, right))
    return Pencil(a, b, [d[i, 0] ** 2 for i in range(n)], eta)
