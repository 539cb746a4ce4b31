r"""How each family falls, and how −log p grows, towards ±∞; `certified.tails` has the notation.

Every rate is valid from the cut on: (d/dx) log p is monotone for the log-concave families, and
d log p / d log u for the others. The formulas hold for the branch of the density at the cut,
continued to ±∞; a law that is not shown to fall there says so.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from flint import arb

from divkit.distributions.base import Law
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma, LogNormal, Pareto
from divkit.exact.certified.cut import NO_DECAY, NO_GROWTH, Cut, Decay, Growth
from divkit.exact.certified.laws import half_log_two_pi, student_constant
from divkit.exact.method import NotApplicableError

Ball = Any


@singledispatch
def decay(law: Law, cut: Cut) -> Decay:
    """How the law falls towards ±∞, from the cut on."""
    raise NotApplicableError(f"no certified tail for {type(law).__name__}.")


@singledispatch
def growth(law: Law, cut: Cut) -> Growth:
    """How −log q grows towards ±∞, from the cut on."""
    raise NotApplicableError(f"no certified tail for {type(law).__name__}.")


@decay.register
def _(law: Normal, cut: Cut) -> Decay:
    return Decay(cut.beyond(law.loc) / arb(law.scale) ** 2)


@growth.register
def _(law: Normal, cut: Cut) -> Growth:
    y = cut.beyond(law.loc)
    offset = arb(law.scale).log() + half_log_two_pi()
    return _from(y, offset, (y / law.scale) ** 2 / 2, 2)


def _from(y: Ball, offset: Ball, value: Ball, power: Ball) -> Growth:
    """A growth that is valid where y > 0."""
    return Growth(offset, value if y > 0 else arb.pos_inf(), power, y if y > 0 else arb(1))


@decay.register
def _(law: Laplace, cut: Cut) -> Decay:
    return Decay((1 if cut.beyond(law.loc) >= 0 else -1) / arb(law.scale))


@growth.register
def _(law: Laplace, cut: Cut) -> Growth:
    y = cut.beyond(law.loc)
    return _from(y, (2 * arb(law.scale)).log(), y / law.scale, 1)


@decay.register
def _(law: Logistic, cut: Cut) -> Decay:
    s = arb(law.scale)
    return Decay((cut.beyond(law.loc) / (2 * s)).tanh() / s)


@growth.register
def _(law: Logistic, cut: Cut) -> Growth:
    y, s = cut.beyond(law.loc), arb(law.scale)
    return _from(y, s.log() + 2 * (-y / s).exp().log1p(), y / s, 1)


@decay.register
def _(law: Gumbel, cut: Cut) -> Decay:
    s = arb(law.scale)
    z = cut.beyond(law.loc) / s
    return Decay((1 - (-z).exp()) / s if cut.side > 0 else (z.exp() - 1) / s)


@growth.register
def _(law: Gumbel, cut: Cut) -> Growth:
    s = arb(law.scale)
    y = cut.beyond(law.loc)
    if cut.side > 0:
        return _from(y, s.log() + (-y / s).exp(), y / s, 1)
    return Growth(s.log(), (y / s).exp() if y > 0 else arb.pos_inf(), rate=1 / s)


@decay.register
def _(law: StudentT, cut: Cut) -> Decay:
    return _student_decay(cut.beyond(law.loc), law.scale, arb(law.df))


@decay.register
def _(law: Cauchy, cut: Cut) -> Decay:
    return _student_decay(cut.beyond(law.loc), law.scale, arb(1))


def _student_decay(y: Ball, scale: float, df: Ball) -> Decay:
    slope = (df + 1) * y * y / (df * arb(scale) ** 2 + y * y)
    return Decay(None, slope - 1 if y > 0 else arb(-1), y)


@growth.register
def _(law: StudentT, cut: Cut) -> Growth:
    return _student_growth(cut.beyond(law.loc), law.scale, arb(law.df))


@growth.register
def _(law: Cauchy, cut: Cut) -> Growth:
    return _student_growth(cut.beyond(law.loc), law.scale, arb(1))


def _student_growth(y: Ball, scale: float, df: Ball) -> Growth:
    spread = (y * y / (df * arb(scale) ** 2)).log1p()
    return _from(y, student_constant(df, scale), (df + 1) / 2 * spread, 2 / spread)


@decay.register
def _(law: Uniform, cut: Cut) -> Decay:
    return NO_DECAY


@growth.register
def _(law: Uniform, cut: Cut) -> Growth:
    return Growth((arb(law.high) - law.low).log(), arb(0))


@decay.register
def _(law: Beta, cut: Cut) -> Decay:
    return NO_DECAY


@growth.register
def _(law: Beta, cut: Cut) -> Growth:
    return NO_GROWTH


@decay.register
def _(law: Exponential, cut: Cut) -> Decay:
    return Decay(arb(law.rate)) if cut.side > 0 else NO_DECAY


@growth.register
def _(law: Exponential, cut: Cut) -> Growth:
    if cut.side < 0:
        return NO_GROWTH
    return _from(cut.x, -arb(law.rate).log(), law.rate * cut.x, 1)


@decay.register
def _(law: Gamma, cut: Cut) -> Decay:
    if cut.side < 0:
        return NO_DECAY
    return Decay(law.rate - arb(0).max(arb(law.shape) - 1) / cut.x)


@growth.register
def _(law: Gamma, cut: Cut) -> Growth:
    if cut.side < 0:
        return NO_GROWTH
    a, b, x = arb(law.shape), arb(law.rate), cut.x
    offset = a.lgamma() - a * b.log() - (a - 1) * x.log()
    if law.shape >= 1:
        return _from(x, offset, b * x, 1)
    return _from(x, offset - (1 - a), b * x + (1 - a), 1)


@decay.register
def _(law: LogNormal, cut: Cut) -> Decay:
    if cut.side < 0:
        return NO_DECAY
    slope = (cut.x.log() - law.mu) / arb(law.sigma) ** 2
    return Decay(None, slope, cut.x)


@growth.register
def _(law: LogNormal, cut: Cut) -> Growth:
    if cut.side < 0:
        return NO_GROWTH
    v, s = cut.x.log() - law.mu, arb(law.sigma)
    offset = law.mu + s.log() + half_log_two_pi()
    if not v > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, v + (v / s) ** 2 / 2, 2 / v, cut.x)


@decay.register
def _(law: Pareto, cut: Cut) -> Decay:
    return Decay(None, arb(law.alpha), cut.x) if cut.side > 0 else NO_DECAY


@growth.register
def _(law: Pareto, cut: Cut) -> Growth:
    if cut.side < 0:
        return NO_GROWTH
    v = cut.x.log() - arb(law.scale).log()
    offset = arb(law.scale).log() - arb(law.alpha).log()
    if not v > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, (arb(law.alpha) + 1) * v, 1 / v, cut.x)
