r"""Families on circles, spheres, simplices and matrices with closed forms.

    Dirichlet            A(a) = Σ log Γ(a_k) − log Γ(Σ a_k),                 T = log x
    von Mises–Fisher     A(θ) = log ∫ e^{⟨θ, x⟩},  a function of ⟨θ, θ⟩,     T = x
    Wishart              A(a, R) = log Γ_n(a) − a log |R|,                   T = (log |x|, −x)
    LKJ                  A(η) = Σ_k log Γ(η + (n−1−k)/2) − (n−1) log Γ(η + (n−1)/2),  T = log |x|

Every log is the principal one where A is taken at complex parameters: the arguments have positive
real parts, those of |R| as pivots, one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, arb_mat

from divkit.distributions.shapes.sphere import log_normaliser, mean_over_parameter
from divkit.exact.closed_form.members import CauchyMember, ExponentialMember
from divkit.exact.closed_form.numbers import exact
from divkit.exact.closed_form.spaces import is_definite
from divkit.types import Ball

Rates = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class DirichletMember(ExponentialMember):
    """Dirichlet(concentration); of two entries, Beta."""

    concentration: tuple[float, ...]

    def natural(self) -> Sequence[Ball]:
        """The concentration."""
        return [exact(a) for a in self.concentration]

    def means(self) -> Sequence[Ball]:
        """ψ(a_k) − ψ(Σ a)."""
        values = self.natural()
        top = sum(values, arb(0)).digamma()
        return [a.digamma() - top for a in values]

    def positive(self) -> Sequence[Fraction]:
        """The concentration."""
        return [Fraction(a) for a in self.concentration]

    def normaliser(self, theta: Sequence[Ball]) -> Ball:
        """log B(θ)."""
        logs = sum((a.lgamma() for a in theta), arb(0))
        return logs - sum(theta, arb(0)).lgamma()


@dataclass(frozen=True)
class VonMisesFisherMember(ExponentialMember):
    """Concentration kappa around a direction, which need not have unit length."""

    mu: tuple[float, ...]
    kappa: float

    def natural(self) -> Sequence[Ball]:
        """κ μ/|μ|."""
        mu = [exact(m) for m in self.mu]
        length = sum((m * m for m in mu), arb(0)).sqrt()
        return [exact(self.kappa) * m / length for m in mu]

    def means(self) -> Sequence[Ball]:
        """A_d(κ) μ/|μ|."""
        theta = self.natural()
        share = mean_over_parameter(exact(self.kappa) ** 2, len(theta))
        return [share * t for t in theta]

    def positive(self) -> Sequence[Fraction]:
        """Every θ has a law."""
        return []

    def normaliser(self, theta: Sequence[Ball]) -> Ball:
        """See the module."""
        return log_normaliser(sum((t * t for t in theta), arb(0)), len(theta))


@dataclass(frozen=True)
class VonMisesMember(VonMisesFisherMember):
    """The same in the plane, by the angle `mu[0]`."""

    def natural(self) -> Sequence[Ball]:
        """κ (cos μ, sin μ)."""
        angle, kappa = exact(self.mu[0]), exact(self.kappa)
        return [kappa * angle.cos(), kappa * angle.sin()]


@dataclass(frozen=True)
class WrappedCauchyMember(CauchyMember):
    """Cauchy on the circle, scale its ρ: tan(x/2) is Cauchy on the line, so all is as there."""

    def _chi2(self, other: CauchyMember) -> Ball:
        """2|w − v|²/((1 − |w|²)(1 − |v|²)), w = ρ e^{iμ}: 2 sinh² of half the disc's distance."""
        r, s = exact(self.scale), exact(other.scale)
        turn = ((exact(self.loc) - exact(other.loc)) / 2).sin()
        square = (r - s) ** 2 + 4 * r * s * turn**2
        return 2 * square / ((1 - r**2) * (1 - s**2))


@dataclass(frozen=True)
class WishartMember(ExponentialMember):
    """Density ∝ |x|^{(ν−n−1)/2} e^{−tr(Px)/2}, P the rate."""

    df: float
    rate: Rates

    def natural(self) -> Sequence[Ball]:
        """ν/2, and −P/2 by rows."""
        return [exact(self.df) / 2, *(-exact(entry) / 2 for row in self.rate for entry in row)]

    def means(self) -> Sequence[Ball]:
        """ψ_n(ν/2) − log |P/2|, and ν P⁻¹ by rows."""
        n, half = len(self.rate), exact(self.df) / 2
        rate = [[exact(entry) / 2 for entry in row] for row in self.rate]
        first = sum(((half - arb(j) / 2).digamma() for j in range(n)), arb(0)) - log_det(rate)
        inverse = arb_mat(rate).solve(arb_mat([[int(i == j) for j in range(n)] for i in range(n)]))
        return [first, *(half * inverse[i, j] for i in range(n) for j in range(n))]

    def mixes(self, other: Any, order: Fraction) -> bool:
        """Whether the mixed ν exceeds n − 1 and the mixed rate is positive definite."""
        mixed = order * Fraction(self.df) + (1 - order) * Fraction(other.df)
        if mixed <= len(self.rate) - 1:
            return False
        return 0 <= order <= 1 or is_definite(other.rate, self.rate, order)

    def normaliser(self, theta: Sequence[Ball]) -> Ball:
        """log Γ_n(θ₁) − θ₁ log |−θ₂|."""
        n, entries = len(self.rate), [-entry for entry in theta[1:]]
        rows = [entries[n * i : n * (i + 1)] for i in range(n)]
        gammas = sum(((theta[0] - arb(j) / 2).lgamma() for j in range(n)), arb(0))
        return arb(n * (n - 1)) / 4 * arb.pi().log() + gammas - theta[0] * log_det(rows)


@dataclass(frozen=True)
class InverseWishartMember(WishartMember):
    """The inverse of a Wishart matrix, of the same rate."""


def log_det(rows: Sequence[Sequence[Any]]) -> Any:
    """Log |M| of a symmetric matrix with positive definite real part, by its pivots.

    Those have positive real parts, as has every Schur complement of such a matrix.
    """
    rest, total = [list(row) for row in rows], arb(0)
    while rest:
        pivot, *row = rest[0]
        total = total + pivot.log()
        rest = [
            [x - left * right / pivot for x, right in zip(below[1:], row, strict=True)]
            for below, left in zip(rest[1:], row, strict=True)
        ]
    return total


@dataclass(frozen=True)
class LKJMember(ExponentialMember):
    """LKJ(order, eta)."""

    order: int
    eta: float

    def natural(self) -> Sequence[Ball]:
        """η."""
        return [exact(self.eta)]

    def _halves(self) -> list[Ball]:
        return [arb(self.order - 1 - k) / 2 for k in range(1, self.order)]

    def means(self) -> Sequence[Ball]:
        """A′(η)."""
        eta, top = exact(self.eta), arb(self.order - 1)
        inner = sum(((eta + half).digamma() for half in self._halves()), arb(0))
        return [inner - top * (eta + top / 2).digamma()]

    def positive(self) -> Sequence[Fraction]:
        """η."""
        return [Fraction(self.eta)]

    def normaliser(self, theta: Sequence[Ball]) -> Ball:
        """See the module."""
        top = arb(self.order - 1)
        inner = sum(((theta[0] + half).lgamma() for half in self._halves()), arb(0))
        return inner - top * (theta[0] + top / 2).lgamma()


@dataclass(frozen=True)
class LKJCholeskyMember(LKJMember):
    """The Cholesky factor of an LKJ matrix."""
