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

from flint import arb

from divkit.distributions.base import Law
from divkit.exact.balls.cut import Cut, Decay, Growth, reciprocal
from divkit.exact.balls.place import LogDensity, Place
from divkit.exact.capabilities import (
    components,
    decay,
    end_exponent,
    end_growth,
    growth,
    log_density,
)
from divkit.types import Ball


def mass(law: Law, cut: Cut) -> Ball:
    """An upper bound of the mass of the tail."""
    return sum((top * fall.length(None) for top, fall in _parts(law, cut)), arb(0)).upper()


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


def _cost_against(parts: list[tuple[Ball, Decay]], top: Ball, blow_up: Ball, rise: Growth) -> Ball:
    total = arb(0)
    level = arb(0).max(top + rise.offset) + rise.value
    for density, fall in parts:
        total += density * fall.length(rise) * level
        if blow_up > 0 or not blow_up.is_zero():
            total += density * fall.distance * blow_up * reciprocal(fall.margin) ** 2
    return total.upper()


def _parts(law: Law, cut: Cut) -> Iterator[tuple[Ball, Decay]]:
    """The density's upper bound at the cut, and its decay, for each component in the tail."""
    for weight, leaf in components(law):
        density = log_density(leaf, cut.place)
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
        density = log_density(leaf, cut.place)
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
