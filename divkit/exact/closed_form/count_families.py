r"""Exponential families of counts: P(k) ∝ h(k) e^{θ T(k)}, one natural parameter, in balls.

With the log-normaliser A(θ) = log Σ h(k) e^{θ T(k)} and the mean A′(θ) of T,

    KL(p‖q) = A(θ_q) − A(θ_p) − (θ_q − θ_p) A′(θ_p),
    log ρ(α) = A(α θ_p + (1−α) θ_q) − α A(θ_p) − (1−α) A(θ_q),

as for densities. log p − log q = (θ_p − θ_q) T(k) − A(θ_p) + A(θ_q) changes its sign once, at T*,
so that total variation is the difference of the two distribution functions there. θ is exact, a
rational or a sum of logs, so that the natural space is decided; members compare if they share all
but θ (`kin`).

    Poisson              θ = log rate           A = e^θ
    negative binomial    θ = log(1 − p)         A = −size log(1 − e^θ)
    binomial             θ = log p/(1 − p)      A = n log(1 + e^θ)
    logarithmic          θ = log p              A = log(−log(1 − e^θ))
    Zipf, T = log k      θ = −a                 A = log ζ(−θ)
    discrete Laplace     θ = −rate, T = |k|     A = log coth(−θ/2)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, arb_series

from divkit.distributions.counts.ratio import theta_ball
from divkit.distributions.exponents import Coefficient, sign
from divkit.exact.closed_form.members import Member
from divkit.exact.closed_form.numbers import exact
from divkit.exact.method import NotApplicableError
from divkit.types import Ball


@dataclass(frozen=True)
class CountFamily:
    """All that the members of a family of counts share.

    Attributes
    ----------
    normaliser : A, of real and complex balls.
    mean : A′.
    bound : the natural space is θ < bound; None where it is the line.
    cdf : (θ, k) -> P(X ≤ k); None where no closed form is known.
    count : the largest k with T(k) ≤ T*, from a ball, as a real ball to be floored.
    """

    normaliser: Callable[[Ball], Ball]
    mean: Callable[[Ball], Ball]
    bound: Fraction | None = None
    cdf: Callable[[Ball, int], Ball] | None = None
    count: Callable[[Ball], Ball] = lambda t: t


@dataclass(frozen=True)
class CountMember(Member):
    """A law of an exponential family of counts: `family`, made of the numbers in `kin`, and θ."""

    kin: tuple[object, ...]
    family: CountFamily
    theta: Coefficient

    def _kindred(self, other: Any) -> None:
        if self.kin != other.kin:
            raise NotApplicableError(
                f"the laws differ in more than one parameter: {self.kin}, {other.kin}"
            )

    def _balls(self, other: Any) -> tuple[Ball, Ball]:
        self._kindred(other)
        return theta_ball(self.theta), theta_ball(other.theta)

    def kl(self, other: Any) -> Ball:
        """The Bregman divergence of A."""
        mine, theirs = self._balls(other)
        a = self.family.normaliser
        return a(theirs) - a(mine) - (theirs - mine) * self.family.mean(mine)

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """The Jensen gap of A, negated; +inf where the mixed θ leaves the natural space."""
        mine, theirs = self._balls(other)
        mixed, bound = order * self.theta + (1 - order) * other.theta, self.family.bound
        if bound is not None and sign(mixed + -1 * bound) >= 0:
            return arb.pos_inf()
        a = self.family.normaliser
        return a(theta_ball(mixed)) - exact(order) * a(mine) - exact(1 - order) * a(theirs)

    def log_rho(self, other: Any, alpha: Any) -> Any:
        """log Σ p^{1−α} q^α on Re α = ½: the Jensen gap of A at complex order, negated."""
        mine, theirs = self._balls(other)
        a, beta = self.family.normaliser, 1 - alpha
        return a(beta * mine + alpha * theirs) - beta * a(mine) - alpha * a(theirs)

    def tv(self, other: Any) -> Ball:
        """|F_p − F_q| at the last count where log p − log q has its first sign."""
        mine, theirs = self._balls(other)
        cdf = self.family.cdf
        if cdf is None:
            return super().tv(other)
        if sign(self.theta + -1 * other.theta) == 0:
            return arb(0)
        a = self.family.normaliser
        place = self.family.count((a(mine) - a(theirs)) / (mine - theirs))
        low, high = (int(end.floor().unique_fmpz()) for end in (place.lower(), place.upper()))
        values = [abs(cdf(mine, k) - cdf(theirs, k)) for k in sorted({low, high})]
        return values[0] if len(values) == 1 else values[0].union(values[1])


def _one_minus_exp(theta: Ball) -> Ball:
    """1 − e^θ."""
    return -theta.expm1()


def _poisson_cdf(theta: Ball, k: int) -> Ball:
    return theta.exp().gamma_upper(arb(k + 1), regularized=1) if k >= 0 else arb(0)


POISSON = CountFamily(lambda t: t.exp(), lambda t: t.exp(), cdf=_poisson_cdf)


def waiting(size: Ball) -> CountFamily:
    """Negative binomial laws of one size."""

    def cdf(theta: Ball, k: int) -> Ball:
        p = _one_minus_exp(theta)
        return p.beta_lower(size, arb(k + 1), regularized=1) if k >= 0 else arb(0)

    return CountFamily(
        lambda t: -size * _one_minus_exp(t).log(),
        lambda t: size * t.exp() / _one_minus_exp(t),
        Fraction(0),
        cdf,
    )


def trials(n: int) -> CountFamily:
    """Binomial laws of n trials."""

    def cdf(theta: Ball, k: int) -> Ball:
        if not 0 <= k < n:
            return arb(0 if k < 0 else 1)
        return (1 / (1 + theta.exp())).beta_lower(arb(n - k), arb(k + 1), regularized=1)

    return CountFamily(lambda t: n * (1 + t.exp()).log(), lambda t: n / (1 + (-t).exp()), cdf=cdf)


LOGARITHMIC = CountFamily(
    lambda t: (-_one_minus_exp(t).log()).log(),
    lambda t: -t.exp() / (_one_minus_exp(t) * _one_minus_exp(t).log()),
    Fraction(0),
)


def _zeta_slope(a: Ball) -> Ball:
    """ζ′(a)/ζ(a)."""
    series = arb_series([a, 1], 2).zeta()
    return series[1] / series[0]


ZIPF = CountFamily(
    lambda t: (-t).zeta().log(),
    lambda t: -_zeta_slope(-t),
    Fraction(-1),
    lambda t, k: 1 - (-t).zeta(arb(k + 1)) / (-t).zeta() if k >= 1 else arb(0),
    lambda t: t.exp(),
)


def _two_sided(theta: Ball, k: int) -> Ball:
    """P(|X| ≤ k)."""
    return 1 - 2 * ((k + 1) * theta).exp() / (1 + theta.exp()) if k >= 0 else arb(0)


LAPLACE = CountFamily(
    lambda t: -(-t / 2).tanh().log(), lambda t: 1 / (-t).sinh(), Fraction(0), _two_sided
)
