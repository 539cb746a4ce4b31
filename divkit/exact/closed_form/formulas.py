r"""Closed forms of families of other libraries: roots of gamma laws, inverse Gaussian ones, kin.

X = scale·(G/b)^{1/k}, G of the gamma law of shape a, is Weibull, half normal, chi, inverse gamma,
Fréchet, Lévy, …; with E log z = (ψ(a) − log b)/k and E z^m = b^{−m/k} Γ(a + m/k)/Γ(a), the
Kullback–Leibler divergence of any two of them is closed form (Bauckhage 2014, for equal signs of
k), and ∫ p^α q^{1−α} of two with one k is that of gamma laws of x^k. In inverse Gaussian laws the
terms in E log x cancel. Where one function of x is exponential, or beta, in both laws, they are
members of that family.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from divkit.exact.closed_form.members import ExponentialMember, Member
from divkit.exact.closed_form.numbers import exact
from divkit.exact.method import NotApplicableError
from divkit.types import Ball


@dataclass(frozen=True)
class RootOfGammaMember(Member):
    """The law of scale·(G/rate)^{1/power}, or of it and its mirror image."""

    shape: Fraction
    power: Fraction
    rate: float
    scale: float

    def _constant(self) -> Ball:
        """Log of the factor of z^{ka−1} e^{−b z^k}."""
        a = exact(self.shape)
        return exact(abs(self.power)).log() + a * exact(self.rate).log() - a.lgamma()

    def kl(self, other: Any) -> Ball:
        """E_p log p − E_p log q, infinite where E_p z^{k'} is."""
        order = other.power / self.power
        if self.shape + order <= 0:
            return arb.pos_inf()
        a, b, k = exact(self.shape), exact(self.rate), exact(self.power)
        log_mean = (a.digamma() - b.log()) / k
        own = self._constant() + (k * a - 1) * log_mean - a
        stretch = (exact(self.scale) / exact(other.scale)).log()
        m, later = exact(other.power), exact(self.shape + order).lgamma() - a.lgamma()
        moment = (later - exact(order) * b.log() + m * stretch).exp()
        rise = m * exact(other.shape) - 1
        theirs = other._constant() + rise * (log_mean + stretch) - exact(other.rate) * moment
        return own - theirs - stretch

    def _rate_of_power(self) -> Ball:
        """The rate of the gamma law of x^k."""
        return exact(self.rate) * (-exact(self.power) * exact(self.scale).log()).exp()

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """That of the gamma laws of x^k, for one k."""
        if self.power != other.power:
            raise NotApplicableError("no closed form of ∫ p^α q^(1−α) for different powers.")
        shape = order * self.shape + (1 - order) * other.shape
        alpha, beta = exact(order), exact(1 - order)
        rates = self._rate_of_power(), other._rate_of_power()
        rate = alpha * rates[0] + beta * rates[1]
        if shape <= 0 or rate < 0 or self._is_flat(other, order):
            return arb.pos_inf()
        total = exact(shape).lgamma() - exact(shape) * rate.log()
        for share, law, own in ((alpha, self, rates[0]), (beta, other, rates[1])):
            total += share * (exact(law.shape) * own.log() - exact(law.shape).lgamma())
        return total

    def _is_flat(self, other: RootOfGammaMember, order: Fraction) -> bool:
        """Whether the mixed rate is 0, where it is decided without roots."""
        same = self.scale == other.scale
        return same and order * Fraction(self.rate) + (1 - order) * Fraction(other.rate) <= 0

    def tv(self, other: Any) -> Ball:
        """|P(a, r u) − P(a, s u)| at u = a log(r/s)/(r − s), for one a and k."""
        if (self.shape, self.power) != (other.shape, other.power):
            return super().tv(other)
        if (self.rate, self.scale) == (other.rate, other.scale):
            return arb(0)
        r, s, a = self._rate_of_power(), other._rate_of_power(), exact(self.shape)
        u = a * (r / s).log() / (r - s)
        shares = [(rate * u).gamma_lower(a, regularized=1) for rate in (r, s)]
        return abs(shares[0] - shares[1])


@dataclass(frozen=True)
class InverseGaussianMember(Member):
    """The inverse Gaussian law of mean mu·scale and shape λ = scale."""

    mu: float
    scale: float

    @property
    def mean(self) -> Fraction:
        """mu·scale, exactly."""
        return Fraction(self.mu) * Fraction(self.scale)

    def kl(self, other: Any) -> Ball:
        """½ log(λ/κ) − ½ + ½κ (m/n² − 2/n + 1/m + 1/λ), means m and n, shapes λ and κ."""
        m, n = self.mean, other.mean
        own, theirs = Fraction(self.scale), Fraction(other.scale)
        rational = theirs * (m / n**2 - 2 / n + 1 / m + 1 / own) - 1
        return ((exact(own) / exact(theirs)).log() + exact(rational)) / 2

    def _falls(self) -> tuple[Fraction, Fraction]:
        """A and D of e^{−A x − D/x}."""
        shape = Fraction(self.scale)
        return shape / (2 * self.mean**2), shape / 2

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """∫ x^{−3/2} e^{−A x − D/x} dx = √(π/D) e^{−2√(AD)}, for A ≥ 0 and D > 0."""
        pairs = zip(self._falls(), other._falls(), strict=True)
        out, down = (order * a + (1 - order) * b for a, b in pairs)
        if out < 0 or down <= 0:
            return arb.pos_inf()
        total = -exact(down).log() / 2 - 2 * (exact(out) * exact(down)).sqrt()
        for share, law in ((order, self), (1 - order, other)):
            shape = exact(law.scale)
            total += exact(share) * ((shape / 2).log() / 2 + shape / exact(law.mean))
        return total


@dataclass(frozen=True)
class ContinuousBernoulliMember(ExponentialMember):
    """Density ∝ e^{t z} on [0, 1]."""

    logit: float

    def natural(self) -> list[Ball]:
        """(t,)."""
        return [exact(self.logit)]

    def means(self) -> list[Ball]:
        """(1/(1 − e^{−t}) − 1/t,)."""
        t = exact(self.logit)
        return [-1 / (-t).expm1() - 1 / t if self.logit else arb(0.5)]

    def positive(self) -> list[Fraction]:
        """Nothing: every t is a law."""
        return []

    def normaliser(self, theta: Any) -> Ball:
        """log((e^t − 1)/t)."""
        return (theta[0].expm1() / theta[0]).log() if not theta[0].is_zero() else arb(0)


@dataclass(frozen=True)
class Keyed(Member):
    """A member that has closed forms with those of one key only: one place, or one function of x.

    `inner` is the law, or that of the function of x which the key names.
    """

    inner: Member
    key: tuple[Any, ...]

    def _of(self, other: Keyed) -> Member:
        if self.key != other.key or type(self.inner) is not type(other.inner):
            raise NotApplicableError("no closed form between laws of different fixed parameters.")
        return other.inner

    def kl(self, other: Any) -> Ball:
        """That of the inner laws."""
        return self.inner.kl(self._of(other))

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """That of the inner laws."""
        return self.inner.log_affinity(self._of(other), order)

    def tv(self, other: Any) -> Ball:
        """That of the inner laws."""
        return self.inner.tv(self._of(other))
