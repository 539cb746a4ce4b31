"""Distribution functions of the families on the line in ball arithmetic.

They are evaluated at points of a place, which know the distance to a singular end without
cancellation. A ball that straddles an end of the support, or a centre, gets the union of what
holds on either side.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from flint import arb

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import Mixture1D
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma, LogNormal, Pareto
from divkit.exact.certified.place import Point
from divkit.exact.certified.tails import components
from divkit.exact.method import NotApplicableError

Ball = Any


@singledispatch
def cdf(law: Law, at: Point) -> Ball:
    """P(X ≤ x).

    Raises
    ------
    NotApplicableError
        If the law is none of the families that have one.
    """
    raise NotApplicableError(f"no certified distribution function for {type(law).__name__}.")


def _positive(y: Ball) -> Ball:
    """The part of a ball at or above 0."""
    return y.max(arb(0))


def _two_sided(z: Ball, upper: Ball) -> Ball:
    """F from P(X > |z|) of a law that is symmetric about 0."""
    if z > 0:
        return 1 - upper
    return upper if z < 0 else upper.union(1 - upper)


@cdf.register
def _(law: Normal, at: Point) -> Ball:
    return (-at.minus(law.loc) / (law.scale * arb(2).sqrt())).erfc() / 2


@cdf.register
def _(law: Laplace, at: Point) -> Ball:
    z = at.minus(law.loc) / law.scale
    return _two_sided(z, (-abs(z)).exp() / 2)


@cdf.register
def _(law: Logistic, at: Point) -> Ball:
    return 1 / (1 + (-at.minus(law.loc) / law.scale).exp())


@cdf.register
def _(law: Gumbel, at: Point) -> Ball:
    return (-(-at.minus(law.loc) / law.scale).exp()).exp()


@cdf.register
def _(law: Cauchy, at: Point) -> Ball:
    return (at.minus(law.loc) / law.scale).atan() / arb.pi() + arb(0.5)


@cdf.register
def _(law: StudentT, at: Point) -> Ball:
    z, df = at.minus(law.loc) / law.scale, arb(law.df)
    square = z * z
    if square < df:
        within = (square / (df + square)).beta_lower(arb(0.5), df / 2, regularized=1)
        return _two_sided(z, (1 - within) / 2)
    return _two_sided(z, (df / (df + square)).beta_lower(df / 2, arb(0.5), regularized=1) / 2)


@cdf.register
def _(law: Uniform, at: Point) -> Ball:
    share = _positive(at.minus(law.low)) / (arb(law.high) - law.low)
    return share.min(arb(1))


@cdf.register
def _(law: Exponential, at: Point) -> Ball:
    return -(-law.rate * _positive(at.minus(0.0))).expm1()


@cdf.register
def _(law: Gamma, at: Point) -> Ball:
    x = at.minus(0.0)
    if x <= 0:
        return arb(0)
    return (law.rate * x).gamma_lower(arb(law.shape), regularized=1)


@cdf.register
def _(law: Beta, at: Point) -> Ball:
    x, rest = at.minus(0.0), -at.minus(1.0)
    if x <= 0:
        return arb(0)
    if rest <= 0:
        return arb(1)
    a, b = arb(law.a), arb(law.b)
    if x < rest:
        return x.beta_lower(a, b, regularized=1)
    return 1 - rest.beta_lower(b, a, regularized=1)


@cdf.register
def _(law: LogNormal, at: Point) -> Ball:
    if at.minus(0.0) <= 0:
        return arb(0)
    return (-(at.minus(0.0).log() - law.mu) / (law.sigma * arb(2).sqrt())).erfc() / 2


@cdf.register
def _(law: Pareto, at: Point) -> Ball:
    if at.x <= law.scale:
        return arb(0)
    return -(arb(law.alpha) * -_positive(at.x.log() - arb(law.scale).log())).expm1()


@cdf.register
def _(law: Mixture1D, at: Point) -> Ball:
    return sum((weight * cdf(leaf, at) for weight, leaf in components(law)), arb(0))
