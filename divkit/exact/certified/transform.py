r"""The affinity ρ(½ + iω) = ∫ p^{½−iω} q^{½+iω} dx of a pair of laws, enclosed at many ω at once.

Within a family that is exponential (for the parameters that the pair shares) it is closed form,
with α = ½ + iω, β = 1 − α and θ mixed as βθ_p + αθ_q:

    exponential, also log of Pareto and |x| of Laplace:   λp^β λq^α / λ,  λ mixed,
    gamma:         Γ(a) b^{−a} · [bp^{ap}/Γ(ap)]^β [bq^{aq}/Γ(aq)]^α,     a, b mixed,
    beta:          B(a, b) / [B(ap, bp)^β B(aq, bq)^α],                   a, b mixed,
    normal, log-normal:  the Gaussian formula of `certified.gaussian` in one dimension.

Blocks of a product multiply. Any other pair on the line is integrated: on each panel one pass over
the nodes serves all ω, e^{−iωl} by repeated multiplication. In a complex ball
|√(pq) e^{−iωl}| ≤ |√(pq)| e^{ω|Im l|}, so that where |Im l| ≤ π a panel's error for ω is at most
e^{πω} times that for ω = 0, which the kernels' 1/cosh πω takes back.
"""

from __future__ import annotations

from collections import Counter

from flint import acb, arb

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.product import Product
from divkit.distributions.families.log import LogNormal
from divkit.distributions.families.normal import Normal
from divkit.exact.balls.place import LogDensity
from divkit.exact.certified.affinity import Transform
from divkit.exact.certified.families import family_affinity
from divkit.exact.certified.forms import affinity_form
from divkit.exact.certified.gaussian import moments, pencil
from divkit.exact.certified.integral import cut_up
from divkit.exact.certified.pieces import Piece
from divkit.exact.certified.quadrature import plan
from divkit.exact.method import NotApplicableError
from divkit.types import Ball


def transform(p: Law, q: Law) -> Transform:
    """Return the affinity of a pair as a function of many ω.

    Raises
    ------
    NotApplicableError
        If the pair has none that can be enclosed.
    """
    known = gaussian(p, q) or closed_form(p, q)
    if known is not None:
        return known
    if isinstance(p, Product) and isinstance(q, Product):
        return _product(p, q)
    if isinstance(p, Law1D) and isinstance(q, Law1D):
        return lambda omegas, tolerance: tabulate(p, q, omegas, tolerance)
    raise NotApplicableError(
        f"no certified affinity for {type(p).__name__} and {type(q).__name__}."
    )


def gaussian(p: Law, q: Law) -> Transform | None:
    """The affinity of two Gaussians, or of log-normal laws through their logarithms."""
    if isinstance(p, LogNormal) and isinstance(q, LogNormal):
        return gaussian(Normal(p.mu, p.sigma), Normal(q.mu, q.sigma))
    first, second = moments(p), moments(q)
    if first is None or second is None or p.dim != q.dim:
        return None
    return lambda omegas, tolerance: pencil(first, second, tolerance / 64).affinities(omegas)


def closed_form(p: Law, q: Law) -> Transform | None:
    """The affinity within an exponential family on the line, or None."""
    rho = family_affinity(p, q)
    if rho is None:
        return None
    return lambda omegas, tolerance: [rho(acb(arb(0.5), w)) for w in omegas]


def _product(p: Product, q: Product) -> Transform:
    if p.slices != q.slices:
        raise NotApplicableError("the two products do not split the coordinates alike.")
    pairs = Counter(zip(p.factors, q.factors, strict=True))
    parts = [(transform(a, b), count) for (a, b), count in pairs.items() if a != b]

    def value(omegas: list[Ball], tolerance: Ball) -> list[Ball]:
        share = tolerance / (2 * sum(count for _, count in parts))
        tables = [(part(omegas, share), count) for part, count in parts]
        return [
            multiply([(values[n], count) for values, count in tables]) for n in range(len(omegas))
        ]

    return value


def multiply(factors: list[tuple[Ball, int]]) -> Ball:
    """Π ρ^count over enclosures of numbers in the unit disc.

    |Π ρ − Π v| ≤ Σ |ρ − v| for ρ, v in the disc: radii add, where a product of balls that are
    wider than the disc would explode.
    """
    total, error = acb(1), arb(0)
    for z, count in factors:
        centre = acb(z.real.mid(), z.imag.mid())
        radius = (z - centre).abs_upper()
        size = abs(centre)
        if not size <= 1:
            centre = centre / size  # the nearest point of the disc
        total = total * centre**count
        error += count * radius
    if not error < 1:
        return acb(arb(0, 1), arb(0, 1))
    disc = arb(0, error.upper())
    return total + acb(disc, disc)


def tabulate(p: Law1D, q: Law1D, omegas: list[Ball], tolerance: Ball) -> list[Ball]:
    """ρ(½ + iω) of laws on the line by quadrature, for equally spaced ω that start at 0."""
    kept, left_out = cut_up(affinity_form(), p, q, tolerance / 4)
    step = omegas[1] if len(omegas) > 1 else arb(0)
    totals, slack = [acb(0)] * len(omegas), arb(0)
    for piece in kept:
        if piece.log_p is not None and piece.log_q is not None:
            share = tolerance / (2 * len(kept))
            totals, error = _add(piece, piece.log_p, piece.log_q, step, totals, omegas[-1], share)
            slack += error
    growth = [(arb.pi() * w).exp() * slack + left_out for w in omegas]
    discs = (arb(0, g.upper()) for g in growth)
    return [t + acb(d, d) for t, d in zip(totals, discs, strict=True)]


def _add(
    piece: Piece,
    log_p: LogDensity,
    log_q: LogDensity,
    step: Ball,
    totals: list[Ball],
    last: Ball,
    share: Ball,
) -> tuple[list[Ball], Ball]:
    """Add a piece's part to the totals; return them and the sum of the panels' errors at ω = 0."""

    def bound(z: Ball) -> Ball:
        at = piece.place.point(z)
        lp, lq = log_p(at), log_q(at)
        size = (((lp + lq) / 2).exp() * at.jacobian).abs_upper()
        excess = arb(0).max((lp - lq).imag.abs_upper() - arb.pi())
        return (size * (excess * last).exp()).upper()

    slack = arb(0)
    for rule in plan(bound, [(piece.low, piece.high)], share):
        slack += rule.error
        for t, weight in rule.points():
            at = piece.place.point(t)
            lp, lq = log_p(at), log_q(at)
            term = acb(((lp + lq) / 2).exp() * at.jacobian * weight)
            turn = acb(0, step * (lq - lp)).exp()
            for n in range(len(totals)):
                totals[n] += term
                term = term * turn
    return totals, slack
