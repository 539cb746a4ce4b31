r"""Proved bounds of what lies beyond the range of a quadrature.

Let a `Cut` separate a tail from the rest: everything beyond x towards ±∞, or everything between x
and a finite end e of the support. In the tail every family obeys one of

    (d/dx) log p ≤ −r                       (p falls at least like e^{−ru}),
    d log p / d log u ≤ −Λ, u = |x − c|     (towards ±∞: at least like u^{−Λ}),
    d log p / d log u ≥ A, u = |x − e|      (towards e: at least like u^A),

with r, Λ, A that are valid from the cut on because the left sides are monotone there. Hence
∫_tail p ≤ p(cut) · length, length = 1/r, u/(Λ − 1), u/(1 + A).

For KL let −log q ≤ offset + g in the tail, g > 0, d log g ≤ κ dx, or ≤ k d log y, y = |x − c'|.
The same integral with the weight g converges at a rate that is smaller by that slope:

    ∫_tail p (log p − log q)⁺ ≤ p(cut) · length' · [(sup log p + offset)⁺ + g(cut)],

length' = 1/(r − κ), 1/(r − k/y), u/(Λ − 1 − k max(1, u/y)), u/(1 + A − k). Where p blows up at e,
sup log p is replaced by log p(cut) + a⁻ log(u(cut)/u), whose integral adds p(cut) u a⁻/(1 + A)².
Mixtures p sum over their components; for a mixture q one component bounds −log q from above.

The bounds of an infinite tail hold for the formula that is valid at the cut, continued to ±∞. So
they also bound a part of the tail in which that formula holds: a stretch next to the cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
from divkit.exact.certified_laws import (
    LogDensity,
    Place,
    half_log_two_pi,
    log_density,
    student_constant,
)
from divkit.exact.method import NotApplicableError

Ball = Any


@dataclass(frozen=True)
class Cut:
    """Where a tail begins.

    Attributes
    ----------
    place : a stretch that holds the tail and in which no law has a break point.
    x : the cut.
    side : the tail lies to the right (1) or to the left (−1) of x.
    end : the finite end of the support where the tail stops, or None for an infinite tail.
    distance : |x − end|, for a finite end.
    """

    place: Place
    x: Ball
    side: int
    end: float | None = None
    distance: Ball = None

    def beyond(self, c: float) -> Ball:
        """How far the cut lies beyond c, towards the tail."""
        return self.side * (self.x - c)

    def density(self, law: Law) -> LogDensity | None:
        """Log density in the tail."""
        return log_density(law, self.place)


@dataclass(frozen=True)
class Growth:
    """−log q ≤ offset + value in the tail: value is at the cut, `power` and `rate` its slopes."""

    offset: Ball
    value: Ball
    power: Ball = 0
    distance: Ball = 1
    rate: Ball = 0


@dataclass(frozen=True)
class Decay:
    """How p falls in the tail: by `rate` per unit of x, or by `margin` per unit of log u."""

    rate: Ball = None
    margin: Ball = None
    distance: Ball = None

    def length(self, growth: Growth | None) -> Ball:
        """∫_tail p g ≤ p(cut) g(cut) · length; infinite where that is not shown."""
        power, y, kappa = (growth.power, growth.distance, growth.rate) if growth else (0, 1, 0)
        if self.rate is not None:
            return _reciprocal(self.rate - kappa - power / y)
        if kappa != 0:
            return arb.pos_inf()
        margin = self.margin - power * arb(1).max(self.distance / y)
        return self.distance / margin if margin > 0 and self.distance > 0 else arb.pos_inf()


_NONE = Decay(arb(0))
"""A density that is not shown to fall."""


def _reciprocal(x: Ball) -> Ball:
    return 1 / x if x > 0 else arb.pos_inf()


def mass(law: Law, cut: Cut) -> Ball:
    """An upper bound of the mass of the tail."""
    return sum((top * decay.length(None) for top, decay in _parts(law, cut)), arb(0)).upper()


def cost(p: Law, q: Law, cut: Cut) -> Ball:
    """An upper bound of ∫_tail p (log p − log q)⁺."""
    parts = list(_parts(p, cut))
    if not parts:
        return arb(0)
    top = sum((t for t, _ in parts), arb(0)).upper().log()
    blow_up = arb(0)
    if cut.end is not None:
        for _, fall in parts:
            blow_up = blow_up.max(1 - fall.margin)
    bounds = [_cost_against(parts, top, blow_up, g) for g in _growths(q, cut)]
    return min((b for b in bounds if b.is_finite()), default=arb.pos_inf(), key=float)


def _cost_against(
    parts: list[tuple[Ball, Decay]], top: Ball, blow_up: Ball, growth: Growth
) -> Ball:
    total = arb(0)
    level = arb(0).max(top + growth.offset) + growth.value
    for density, decay in parts:
        total += density * decay.length(growth) * level
        if blow_up > 0 or not blow_up.is_zero():
            total += density * decay.distance * blow_up * _reciprocal(decay.margin) ** 2
    return total.upper()


def components(law: Law) -> Iterator[tuple[Ball, Law]]:
    """Weight and law of each component, weights divided by their sum; a plain law is its own."""
    if not isinstance(law, Mixture1D):
        yield arb(1), law
        return
    total = sum((arb(w) for w in law.weights), arb(0))
    for weight, component in zip(law.weights, law.components, strict=True):
        for inner, leaf in components(component):
            yield inner * arb(weight) / total, leaf


def _parts(law: Law, cut: Cut) -> Iterator[tuple[Ball, Decay]]:
    """The density's upper bound at the cut, and its decay, for each component in the tail."""
    for weight, leaf in components(law):
        density = cut.density(leaf)
        if density is None:
            continue
        if cut.end is None:
            yield (weight * density(cut.place.point(cut.x)).exp()).upper(), decay(leaf, cut)
            continue
        exponent = end_exponent(leaf, cut)
        if exponent is None:
            yield (
                weight * _over_tail(density, cut).exp().upper(),
                Decay(None, arb(1), cut.distance),
            )
        else:
            here = density(cut.place.point(cut.distance.log())).exp().upper()
            yield weight * here, Decay(None, 1 + exponent, cut.distance)


def _growths(law: Law, cut: Cut) -> Iterator[Growth]:
    for weight, leaf in components(law):
        density = cut.density(leaf)
        if density is None:
            continue
        if cut.end is None:
            known = growth(leaf, cut)
        elif end_exponent(leaf, cut) is None:
            known = Growth(-_over_tail(density, cut).lower(), arb(0))
        else:
            known = end_growth(leaf, cut)
        yield Growth(
            known.offset - weight.log(), known.value, known.power, known.distance, known.rate
        )


def _over_tail(density: LogDensity, cut: Cut) -> Ball:
    """Log density on a ball that covers the tail of a law that is regular at its end."""
    plain = Place(cut.place.inside)
    half = cut.distance / 2
    return density(plain.point(cut.end - cut.side * half + arb(0, half.upper())))


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
    return _NONE


@decay.register
def _(law: Beta, cut: Cut) -> Decay:
    return _NONE


@decay.register
def _(law: Exponential, cut: Cut) -> Decay:
    return Decay(arb(law.rate)) if cut.side > 0 else _NONE


@growth.register
def _(law: Exponential, cut: Cut) -> Growth:
    return _from(cut.x, -arb(law.rate).log(), law.rate * cut.x, 1)


@decay.register
def _(law: Gamma, cut: Cut) -> Decay:
    if cut.side < 0:
        return _NONE
    return Decay(law.rate - arb(0).max(arb(law.shape) - 1) / cut.x)


@growth.register
def _(law: Gamma, cut: Cut) -> Growth:
    a, b, x = arb(law.shape), arb(law.rate), cut.x
    offset = a.lgamma() - a * b.log() - (a - 1) * x.log()
    if law.shape >= 1:
        return _from(x, offset, b * x, 1)
    return _from(x, offset - (1 - a), b * x + (1 - a), 1)


@decay.register
def _(law: LogNormal, cut: Cut) -> Decay:
    if cut.side < 0:
        return _NONE
    slope = (cut.x.log() - law.mu) / arb(law.sigma) ** 2
    return Decay(None, slope, cut.x)


@growth.register
def _(law: LogNormal, cut: Cut) -> Growth:
    v, s = cut.x.log() - law.mu, arb(law.sigma)
    offset = law.mu + s.log() + half_log_two_pi()
    if not v > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, v + (v / s) ** 2 / 2, 2 / v, cut.x)


@decay.register
def _(law: Pareto, cut: Cut) -> Decay:
    return Decay(None, arb(law.alpha), cut.x) if cut.side > 0 else _NONE


@growth.register
def _(law: Pareto, cut: Cut) -> Growth:
    v = cut.x.log() - arb(law.scale).log()
    offset = arb(law.scale).log() - arb(law.alpha).log()
    if not v > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, (arb(law.alpha) + 1) * v, 1 / v, cut.x)


@singledispatch
def end_exponent(law: Law, cut: Cut) -> Ball | None:
    """A with d log p / d log u ≥ A in the tail, or None where log p is analytic at the end."""
    return None


@end_exponent.register
def _(law: Gamma, cut: Cut) -> Ball | None:
    return law.shape - 1 - law.rate * cut.distance if cut.end == 0 else None


@end_exponent.register
def _(law: Beta, cut: Cut) -> Ball | None:
    if cut.end not in (0, 1):
        return None
    near, far = (law.a, law.b) if cut.end == 0 else (law.b, law.a)
    return arb(near) - 1 - arb(0).max(arb(far) - 1) * cut.distance / (1 - cut.distance)


@end_exponent.register
def _(law: LogNormal, cut: Cut) -> Ball | None:
    if cut.end != 0:
        return None
    return (law.mu - cut.distance.log()) / arb(law.sigma) ** 2 - 1


@singledispatch
def end_growth(law: Law, cut: Cut) -> Growth:
    """How −log q grows towards the finite end of the tail, where `end_exponent` is not None."""
    raise NotApplicableError(f"no certified tail for {type(law).__name__}.")


@end_growth.register
def _(law: Gamma, cut: Cut) -> Growth:
    a, b = arb(law.shape), arb(law.rate)
    return _power_growth(law.shape, a.lgamma() - a * b.log() + b * cut.distance, cut)


@end_growth.register
def _(law: Beta, cut: Cut) -> Growth:
    a, b = (arb(law.a), arb(law.b)) if cut.end == 0 else (arb(law.b), arb(law.a))
    rest = arb(0).max((1 - b) * (1 - cut.distance).log())
    exponent = law.a if cut.end == 0 else law.b
    return _power_growth(exponent, a.lgamma() + b.lgamma() - (a + b).lgamma() + rest, cut)


def _power_growth(exponent: float, offset: Ball, cut: Cut) -> Growth:
    """The growth of −(exponent − 1) log u + offset."""
    depth = -cut.distance.log()
    if exponent <= 1:
        return Growth(offset + (exponent - 1) * depth, arb(0))
    if not depth > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, (arb(exponent) - 1) * depth, 1 / depth, cut.distance)


@end_growth.register
def _(law: LogNormal, cut: Cut) -> Growth:
    depth, s = law.mu - cut.distance.log(), arb(law.sigma)
    offset = cut.distance.log() + s.log() + half_log_two_pi()
    if not depth > 0:
        return Growth(offset, arb.pos_inf())
    return Growth(offset, (depth / s) ** 2 / 2, 2 / depth, cut.distance)
