"""Capabilities of uniform and beta laws."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from flint import arb

from divkit.distributions.families.bounded import Beta, Uniform
from divkit.exact.affinity.family import LogAffinity, log_gamma_gap
from divkit.exact.balls.affinity import normalised
from divkit.exact.balls.cut import NO_DECAY, NO_GROWTH, Cut, Growth, power_growth
from divkit.exact.balls.place import LogDensity, Place, Point, log_power, positive_part
from divkit.exact.capabilities.base import Balls, Capabilities, Shape, declare
from divkit.exact.capabilities.positive import PEAKED
from divkit.exact.closed_form.shapes import DirichletMember
from divkit.exact.closed_form.spaces import UniformMember
from divkit.types import Ball, FloatArray


def _uniform_density(law: Uniform, place: Place) -> LogDensity | None:
    if not place.within(law.low, law.high):
        return None
    constant = -(arb(law.high) - law.low).log()
    return lambda at: 0 * at.x + constant


def _uniform_cdf(law: Uniform, at: Point) -> Ball:
    share = positive_part(at.minus(law.low)) / (arb(law.high) - law.low)
    return share.min(arb(1))


def _uniform_shape(law: Uniform) -> Shape:
    return Shape(Uniform(0.0, 1.0), Fraction(law.low), Fraction(law.high) - Fraction(law.low))


declare(
    Uniform,
    Capabilities[Uniform](
        member=lambda law: UniformMember(law.low, law.high),
        balls=Balls[Uniform](
            _uniform_density,
            _uniform_cdf,
            decay=lambda law, cut: NO_DECAY,
            growth=lambda law, cut: Growth((arb(law.high) - law.low).log(), arb(0)),
        ),
        shape=_uniform_shape,
    ),
)


def _affinity(p: Beta, q: Beta, omega: FloatArray) -> LogAffinity:
    da, db = q.a - p.a, q.b - p.b
    first, error_a = log_gamma_gap(p.a, q.a, da, omega)
    second, error_b = log_gamma_gap(p.b, q.b, db, omega)
    total, error = log_gamma_gap(p.a + p.b, q.a + q.b, da + db, omega)
    return LogAffinity(first + second - total, error_a + error_b + error, np.inf)


def _log_integral(a: Ball, b: Ball) -> Ball:
    return a.lgamma() + b.lgamma() - (a + b).lgamma()


def _log_density(law: Beta, place: Place) -> LogDensity | None:
    if not place.within(0.0, 1.0):
        return None
    a, b = arb(law.a), arb(law.b)
    constant = (a + b).lgamma() - a.lgamma() - b.lgamma()
    if min(law.a, law.b) <= PEAKED:
        rise, fall = log_power(a - 1, 0.0), log_power(b - 1, 1.0)
        return lambda at: rise(at) + fall(at) + constant
    mode = (a - 1) / (a + b - 2)
    top = (a - 1) * mode.log() + (b - 1) * (1 - mode).log() + constant
    return lambda at: (a - 1) * at.log_excess(0.0, mode) + (b - 1) * at.log_excess(1.0, mode) + top


def _cdf(law: Beta, at: Point) -> Ball:
    x, rest = at.minus(0.0), -at.minus(1.0)
    if x <= 0:
        return arb(0)
    if rest <= 0:
        return arb(1)
    a, b = arb(law.a), arb(law.b)
    if x < rest:
        return x.beta_lower(a, b, regularized=1)
    return 1 - rest.beta_lower(b, a, regularized=1)


def _end_exponent(law: Beta, cut: Cut) -> Ball | None:
    if cut.end not in (0, 1):
        return None
    near, far = (law.a, law.b) if cut.end == 0 else (law.b, law.a)
    return arb(near) - 1 - arb(0).max(arb(far) - 1) * cut.distance / (1 - cut.distance)


def _end_growth(law: Beta, cut: Cut) -> Growth:
    a, b = (arb(law.a), arb(law.b)) if cut.end == 0 else (arb(law.b), arb(law.a))
    rest = arb(0).max((1 - b) * (1 - cut.distance).log())
    exponent = law.a if cut.end == 0 else law.b
    return power_growth(exponent, a.lgamma() + b.lgamma() - (a + b).lgamma() + rest, cut)


declare(
    Beta,
    Capabilities[Beta](
        member=lambda law: DirichletMember((law.a, law.b)),
        affinity=_affinity,
        balls=Balls[Beta](
            _log_density,
            _cdf,
            decay=lambda law, cut: NO_DECAY,
            growth=lambda law, cut: NO_GROWTH,
            end_exponent=_end_exponent,
            end_growth=_end_growth,
            singular_ends=lambda law: tuple(
                end for end, power in ((0.0, law.a), (1.0, law.b)) if power != 1
            ),
            affinity=lambda p, q: normalised(_log_integral, (p.a, p.b), (q.a, q.b)),
        ),
    ),
)
