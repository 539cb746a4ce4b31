r"""Families on the line with closed forms: KL, the affinity ρ(α) = ∫ p^α q^{1−α}, total variation.

In an exponential family with log-normaliser A, natural parameters θ and mean parameters ∇A,

    KL(p‖q) = A(θ_q) − A(θ_p) − ⟨θ_q − θ_p, ∇A(θ_p)⟩,
    log ρ(α) = A(α θ_p + (1−α) θ_q) − α A(θ_p) − (1−α) A(θ_q),

and ρ(α) = ∞ iff the mixed parameter leaves the natural space (Nielsen, Nock 2011), which exact
fractions of the parameters decide. Everything is a ball; see `divkit.exact.closed_form.numbers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from divkit.exact.closed_form.numbers import exact
from divkit.exact.method import NotApplicableError
from divkit.types import Ball


class Member:
    """One law of a family; `other` is always of the same class."""

    def kl(self, other: Any) -> Ball:
        """KL(self ‖ other), or +inf."""
        raise NotApplicableError(f"no closed form of KL for {type(self).__name__}")

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """log ∫ p^order q^{1−order}, or +inf."""
        raise NotApplicableError(f"no closed form of ∫ p^α q^(1−α) for {type(self).__name__}")

    def log_rho(self, other: Any, alpha: Any) -> Any:
        """log ∫ p^{1−α} q^α on Re α = ½, on any branch; every log that is multiplied principal."""
        raise NotApplicableError(f"no affinity at complex order for {type(self).__name__}")

    def js(self, other: Any) -> Ball:
        """Jensen–Shannon divergence."""
        raise NotApplicableError(f"no closed form of JS for {type(self).__name__}")

    def tv(self, other: Any) -> Ball:
        """Total variation."""
        raise NotApplicableError(f"no closed form of TV for {type(self).__name__}")

    def triangular(self, other: Any) -> Ball:
        """Triangular discrimination."""
        raise NotApplicableError(f"no closed form of triangular Δ for {type(self).__name__}")


class ExponentialMember(Member):
    """A law of an exponential family."""

    def natural(self) -> Sequence[Ball]:
        """θ."""
        raise NotImplementedError

    def means(self) -> Sequence[Ball]:
        """∇A(θ)."""
        raise NotImplementedError

    def positive(self) -> Sequence[Fraction]:
        """Linear functions of θ that are positive exactly on the natural space."""
        raise NotImplementedError

    def mixes(self, other: Any, order: Fraction) -> bool:
        """Whether order·θ_p + (1 − order)·θ_q is in the natural space."""
        pairs = zip(self.positive(), other.positive(), strict=True)
        return all(order * a + (1 - order) * b > 0 for a, b in pairs)

    def normaliser(self, theta: Sequence[Ball]) -> Ball:
        """A(θ)."""
        raise NotImplementedError

    def kl(self, other: Any) -> Ball:
        """The Bregman divergence of A."""
        mine, theirs = self.natural(), other.natural()
        slope = sum(
            ((b - a) * m for a, b, m in zip(mine, theirs, self.means(), strict=True)), arb(0)
        )
        return self.normaliser(theirs) - self.normaliser(mine) - slope

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """The Jensen gap of A, negated."""
        if not self.mixes(other, order):
            return arb.pos_inf()
        return self._gap(other, exact(order), exact(1 - order))

    def log_rho(self, other: Any, alpha: Any) -> Any:
        """The same at complex order."""
        return self._gap(other, 1 - alpha, alpha)

    def _gap(self, other: ExponentialMember, a: Any, b: Any) -> Any:
        mine, theirs = self.natural(), other.natural()
        mixed = [a * x + b * y for x, y in zip(mine, theirs, strict=True)]
        return self.normaliser(mixed) - a * self.normaliser(mine) - b * self.normaliser(theirs)


@dataclass(frozen=True)
class NormalMember(ExponentialMember):
    """N(loc, scale²)."""

    loc: float
    scale: float

    def natural(self) -> Sequence[Ball]:
        """(μ/σ², −1/(2σ²))."""
        precision = 1 / exact(self.scale) ** 2
        return (exact(self.loc) * precision, -precision / 2)

    def means(self) -> Sequence[Ball]:
        """(μ, μ² + σ²)."""
        loc = exact(self.loc)
        return (loc, loc**2 + exact(self.scale) ** 2)

    def positive(self) -> Sequence[Fraction]:
        """1/σ²."""
        return (1 / Fraction(self.scale) ** 2,)

    def normaliser(self, theta: Sequence[Ball]) -> Ball:
        """−θ₁²/(4θ₂) − ½ log(−2θ₂)."""
        return -(theta[0] ** 2) / (4 * theta[1]) - (-2 * theta[1]).log() / 2

    def tv(self, other: Any) -> Ball:
        """erf(|Δ|/(2√2 σ)) for equal σ, else by the two points where the densities agree.

        With x from the first mean and A = 1/σ_q² − 1/σ_p², they solve
        ½A x² − Δ x/σ_q² + Δ²/(2σ_q²) = log(σ_p/σ_q).
        """
        s, t = exact(self.scale), exact(other.scale)
        gap = exact(other.loc) - exact(self.loc)
        root_two = arb(2).sqrt()
        if self.scale == other.scale:
            return (abs(gap) / (2 * root_two * s)).erf()
        bend, logs = 1 / t**2 - 1 / s**2, (s / t).log()
        spread = (gap**2 / (s * t) ** 2 + 2 * bend * logs).sqrt()
        ends = [(gap / t**2 + side * spread) / bend for side in (1, -1)]
        inner = [(x / (root_two * s)).erf() - ((x - gap) / (root_two * t)).erf() for x in ends]
        return abs(inner[0] - inner[1]) / 2


@dataclass(frozen=True)
class LogNormalMember(NormalMember):
    """A log-normal law: normal in log x."""


@dataclass(frozen=True)
class GammaMember(ExponentialMember):
    """Gamma(shape, rate); the exponential law has shape 1, and Pareto's is one in log(x/scale)."""

    shape: float
    rate: float

    def natural(self) -> Sequence[Ball]:
        """(shape, −rate)."""
        return (exact(self.shape), -exact(self.rate))

    def means(self) -> Sequence[Ball]:
        """(ψ(shape) − log rate, shape/rate)."""
        shape, rate = exact(self.shape), exact(self.rate)
        return (shape.digamma() - rate.log(), shape / rate)

    def positive(self) -> Sequence[Fraction]:
        """Shape and rate."""
        return (Fraction(self.shape), Fraction(self.rate))

    def normaliser(self, theta: Sequence[Ball]) -> Ball:
        """log Γ(θ₁) − θ₁ log(−θ₂)."""
        return theta[0].lgamma() - theta[0] * (-theta[1]).log()

    def tv(self, other: Any) -> Ball:
        """|e^{−r x} − e^{−s x}| at x = log(r/s)/(r − s), for exponential laws."""
        if self.shape != 1 or other.shape != 1:
            return super().tv(other)
        r, s = exact(self.rate), exact(other.rate)
        if self.rate == other.rate:
            return arb(0)
        x = (r / s).log() / (r - s)
        return abs((-r * x).exp() - (-s * x).exp())


@dataclass(frozen=True)
class LocationScaleMember(Member):
    """The law of loc + scale·Z."""

    loc: float
    scale: float

    def gap(self, other: Any) -> Ball:
        """|Δ|, how far the locations are apart."""
        return abs(exact(self.loc) - exact(other.loc))


@dataclass(frozen=True)
class LaplaceMember(LocationScaleMember):
    """Laplace(loc, scale)."""

    def kl(self, other: Any) -> Ball:
        """log(t/s) + (s e^{−|Δ|/s} + |Δ|)/t − 1."""
        s, t, gap = exact(self.scale), exact(other.scale), self.gap(other)
        return (t / s).log() + (s * (-gap / s).exp() + gap) / t - 1

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """log of ∫ e^{−a|x| − b|x−Δ|} / ((2s)^α (2t)^{1−α}), a = α/s, b = (1−α)/t, if a + b > 0.

        The integral is [2a e^{−bΔ} − 2b e^{−aΔ}]/(a² − b²), and e^{−aΔ}(1/a + Δ) for a = b.
        """
        rate_p, rate_q = order / Fraction(self.scale), (1 - order) / Fraction(other.scale)
        if rate_p + rate_q <= 0:
            return arb.pos_inf()
        a, b, gap = exact(rate_p), exact(rate_q), self.gap(other)
        if rate_p == rate_q:
            integral = (-a * gap).exp() * (1 / a + gap)
        else:
            integral = 2 * (a * (-b * gap).exp() - b * (-a * gap).exp()) / (a**2 - b**2)
        scales = exact(order) * (2 * exact(self.scale)).log()
        return integral.log() - scales - exact(1 - order) * (2 * exact(other.scale)).log()

    def tv(self, other: Any) -> Ball:
        """1 − e^{−|Δ|/(2s)} for equal scales."""
        if self.scale != other.scale:
            return super().tv(other)
        gap = self.gap(other)
        return -(-gap / (2 * exact(self.scale))).expm1()


@dataclass(frozen=True)
class CauchyMember(LocationScaleMember):
    """Cauchy(loc, scale): every f-divergence is a function of χ² (Nielsen, Okamura 2023)."""

    def _chi2(self, other: CauchyMember) -> Ball:
        """[Δ² + (s − t)²]/(2st)."""
        s, t = exact(self.scale), exact(other.scale)
        gap = exact(self.loc) - exact(other.loc)
        return (gap**2 + (s - t) ** 2) / (2 * s * t)

    def kl(self, other: Any) -> Ball:
        """log(1 + χ²/2) = log of [(s+t)² + Δ²]/(4st)."""
        return (self._chi2(other) / 2).log1p()

    def js(self, other: Any) -> Ball:
        """log 2 − log(1 + (1 + χ²/2)^{−½})."""
        return arb.const_log2() - (1 / (1 + self._chi2(other) / 2).sqrt()).log1p()

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """The log of Legendre's function P_{α−1}(1 + χ²): the spherical function of SL(2)."""
        chi2 = self._chi2(other)
        if order in (2, -1):
            return chi2.log1p()
        return (1 + chi2).legendre_p(exact(order - 1), type=3).log()

    def tv(self, other: Any) -> Ball:
        """(2/π) arctan √(χ²/2)."""
        return 2 * (self._chi2(other) / 2).sqrt().atan() / arb.pi()


@dataclass(frozen=True)
class LogisticMember(LocationScaleMember):
    """Logistic(loc, scale)."""

    def tv(self, other: Any) -> Ball:
        """tanh(|Δ|/(4s)) for equal scales."""
        if self.scale != other.scale:
            return super().tv(other)
        return (self.gap(other) / (4 * exact(self.scale))).tanh()


@dataclass(frozen=True)
class GumbelMember(LocationScaleMember):
    """Gumbel(loc, scale), the law of a maximum."""

    def kl(self, other: Any) -> Ball:
        """log(t/s) + Δ + γ(s/t − 1) + e^{−Δ} Γ(1 + s/t) − 1, Δ = (m − n)/t, γ Euler's constant."""
        s, t = exact(self.scale), exact(other.scale)
        gap = (exact(self.loc) - exact(other.loc)) / t
        tilt = gap + arb.const_euler() * (s / t - 1)
        return (t / s).log() + tilt + (-gap).exp() * (1 + s / t).gamma() - 1


@dataclass(frozen=True)
class ParetoMember(Member):
    """Pareto(alpha, scale), with density alpha·scale^alpha/x^{alpha+1} from `scale` on."""

    alpha: float
    scale: float

    def kl(self, other: Any) -> Ball:
        """log(a/b) + b log(m/n) + b/a − 1 where m ≥ n, else ∞."""
        if self.scale < other.scale:
            return arb.pos_inf()
        a, b = exact(self.alpha), exact(other.alpha)
        return (a / b).log() + b * (exact(self.scale) / exact(other.scale)).log() + b / a - 1

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """log of a^α b^{1−α} m^{αa} n^{(1−α)b} max(m, n)^{−c}/c, c = αa + (1−α)b > 0."""
        mixed = order * Fraction(self.alpha) + (1 - order) * Fraction(other.alpha)
        uncovered = (order > 1 and self.scale < other.scale) or (
            order < 0 and other.scale < self.scale
        )
        if mixed <= 0 or uncovered:
            return arb.pos_inf()
        total = -exact(mixed).log() - exact(mixed) * exact(max(self.scale, other.scale)).log()
        for share, law in ((order, self), (1 - order, other)):
            alpha = exact(law.alpha)
            total += exact(share) * (alpha.log() + alpha * exact(law.scale).log())
        return total

    def tv(self, other: Any) -> Ball:
        """That of exponential laws of log(x/scale), for equal scales."""
        if self.scale != other.scale:
            return super().tv(other)
        return GammaMember(1.0, self.alpha).tv(GammaMember(1.0, other.alpha))
