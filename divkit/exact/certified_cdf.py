"""Distribution functions of the families on the line in ball arithmetic."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from flint import arb

from divkit.distributions.base import Law
from divkit.distributions.families_bounded import Beta, Uniform
from divkit.distributions.families_heavy import Cauchy, StudentT
from divkit.distributions.families_location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families_positive import Exponential, Gamma, LogNormal, Pareto
from divkit.distributions.mixture import Mixture1D
from divkit.distributions.normal import Normal
from divkit.exact.certified_tails import components
from divkit.exact.method import NotApplicableError

Ball = Any


@singledispatch
def cdf(law: Law, x: Ball) -> Ball:
    """P(X ≤ x).

    Raises
    ------
    NotApplicableError
        If the law is none of the families that have one.
    """
    raise NotApplicableError(f"no certified distribution function for {type(law).__name__}.")


def _within(x: Ball, low: float, high: float) -> Ball | None:
    """0 or 1 off an interval, None inside."""
    if x <= low:
        return arb(0)
    return arb(1) if x >= high else None


def _standard(law: Normal | Laplace | Logistic | Gumbel | StudentT | Cauchy, x: Ball) -> Ball:
    return (x - law.loc) / law.scale


@cdf.register
def _(law: Normal, x: Ball) -> Ball:
    return (-_standard(law, x) / arb(2).sqrt()).erfc() / 2


@cdf.register
def _(law: Laplace, x: Ball) -> Ball:
    z = _standard(law, x)
    half = (-abs(z)).exp() / 2
    return 1 - half if z > 0 else half


@cdf.register
def _(law: Logistic, x: Ball) -> Ball:
    return 1 / (1 + (-_standard(law, x)).exp())


@cdf.register
def _(law: Gumbel, x: Ball) -> Ball:
    return (-(-_standard(law, x)).exp()).exp()


@cdf.register
def _(law: Cauchy, x: Ball) -> Ball:
    return _standard(law, x).atan() / arb.pi() + arb(0.5)


@cdf.register
def _(law: StudentT, x: Ball) -> Ball:
    z, df = _standard(law, x), arb(law.df)
    square = z * z
    if square < df:
        inner = (square / (df + square)).beta_lower(arb(0.5), df / 2, regularized=1) / 2
    else:
        inner = (1 - (df / (df + square)).beta_lower(df / 2, arb(0.5), regularized=1)) / 2
    return arb(0.5) + (inner if z >= 0 else -inner)


@cdf.register
def _(law: Uniform, x: Ball) -> Ball:
    edge = _within(x, law.low, law.high)
    return (x - law.low) / (arb(law.high) - law.low) if edge is None else edge


@cdf.register
def _(law: Exponential, x: Ball) -> Ball:
    return -(-law.rate * x).expm1() if x > 0 else arb(0)


@cdf.register
def _(law: Gamma, x: Ball) -> Ball:
    return (law.rate * x).gamma_lower(arb(law.shape), regularized=1) if x > 0 else arb(0)


@cdf.register
def _(law: Beta, x: Ball) -> Ball:
    edge = _within(x, 0.0, 1.0)
    return x.beta_lower(arb(law.a), arb(law.b), regularized=1) if edge is None else edge


@cdf.register
def _(law: LogNormal, x: Ball) -> Ball:
    if not x > 0:
        return arb(0)
    return (-(x.log() - law.mu) / (law.sigma * arb(2).sqrt())).erfc() / 2


@cdf.register
def _(law: Pareto, x: Ball) -> Ball:
    if not x > law.scale:
        return arb(0)
    return -(arb(law.alpha) * (arb(law.scale).log() - x.log())).expm1()


@cdf.register
def _(law: Mixture1D, x: Ball) -> Ball:
    return sum((weight * cdf(leaf, x) for weight, leaf in components(law)), arb(0))
