"""The families of other libraries that have a formula in balls, by SciPy's names."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flint import arb

from divkit.exact.balls import curved
from divkit.exact.balls.curved import half_log_two_pi
from divkit.exact.balls.formulas import Formula, Moved, Symmetric, mirrored
from divkit.exact.balls.powers import Powers, Ratios, generalised_gamma
from divkit.exact.balls.seen import OwnAxis
from divkit.types import Ball

ONE, HALF = Fraction(1), Fraction(1, 2)


def inverse_gaussian(mu: float) -> Powers:
    """(2π z³)^{−½} e^{−(z − μ)²/(2μ² z)}."""

    def share(z: Ball) -> Ball:
        root, gap = z.sqrt(), z / arb(mu)
        lower = curved.below((gap - 1) / root)
        return lower + (2 / arb(mu)).exp() * curved.below(-(gap + 1) / root)

    return Powers(
        lambda: 1 / arb(mu) - half_log_two_pi(),
        Fraction(-3, 2),
        lambda: 1 / (2 * arb(mu) ** 2),
        ONE,
        lambda: arb(0.5),
        ONE,
        share,
    )


def reciprocal_inverse_gaussian(mu: float) -> Powers:
    """(2π z)^{−½} e^{−(1 − μz)²/(2μ² z)}."""
    inner = inverse_gaussian(mu)

    def share(z: Ball) -> Ball:
        return 1 - inner.share(1 / z) if inner.share else arb.nan()

    return Powers(inner.constant, Fraction(-1, 2), inner.down, ONE, inner.up, ONE, share)


def generalised_inverse_gaussian(p: float, b: float) -> Powers:
    """z^{p−1} e^{−b(z + 1/z)/2}/(2 K_p(b))."""
    return Powers(
        lambda: -(2 * arb(b).bessel_k(arb(p))).log(),
        Fraction(p) - 1,
        lambda: arb(b) / 2,
        ONE,
        lambda: arb(b) / 2,
        ONE,
    )


def extreme_value(c: float) -> Formula | None:
    """With y = 1 − cz: y^{1/c} is exponential."""
    if c == 0:
        return None
    return Moved(
        generalised_gamma(ONE, 1 / Fraction(c)), OwnAxis(1 / Fraction(c), -1 / Fraction(c))
    )


def generalised_pareto(c: float) -> Formula | None:
    """A Lomax law, for c > 0."""
    return Ratios(ONE, 1 / Fraction(c), ONE, Fraction(c)) if c > 0 else None


def _triangular(c: float) -> Formula | None:
    return curved.triangular(c) if 0 < c < 1 else None


ROOTS_OF_GAMMA: dict[str, Callable[..., tuple[Fraction, Fraction, float]]] = {
    "weibull_min": lambda c: (ONE, Fraction(c), 1.0),
    "gengamma": lambda a, c: (Fraction(a), Fraction(c), 1.0),
    "invgamma": lambda a: (Fraction(a), Fraction(-1), 1.0),
    "invweibull": lambda c: (ONE, -Fraction(c), 1.0),
    "levy": lambda: (HALF, Fraction(-1), 0.5),
    "chi": lambda df: (Fraction(df) / 2, Fraction(2), 0.5),
    "rayleigh": lambda: (ONE, Fraction(2), 0.5),
    "maxwell": lambda: (Fraction(3, 2), Fraction(2), 0.5),
    "halfnorm": lambda: (HALF, Fraction(2), 0.5),
    "nakagami": lambda nu: (Fraction(nu), Fraction(2), nu),
    "halfgennorm": lambda beta: (1 / Fraction(beta), Fraction(beta), 1.0),
}
"""(shape parameters...) -> shape, power and rate of z = (G/rate)^{1/power}."""

MIRRORED = {"weibull_max": "weibull_min", "levy_l": "levy"}
TWO_SIDED: dict[str, Callable[..., tuple[Fraction, Fraction, float]]] = {
    "gennorm": ROOTS_OF_GAMMA["halfgennorm"],
    "dgamma": lambda a: (Fraction(a), ONE, 1.0),
    "dweibull": ROOTS_OF_GAMMA["weibull_min"],
}

FORMULAS: dict[str, Callable[..., Formula | None]] = {
    "invgauss": inverse_gaussian,
    "wald": lambda: inverse_gaussian(1.0),
    "recipinvgauss": reciprocal_inverse_gaussian,
    "geninvgauss": generalised_inverse_gaussian,
    "genextreme": extreme_value,
    "betaprime": lambda a, b: Ratios(Fraction(a), Fraction(b)),
    "f": lambda m, n: Ratios(Fraction(m) / 2, Fraction(n) / 2, ONE, Fraction(m) / Fraction(n)),
    "burr": lambda c, d: Ratios(Fraction(d), ONE, Fraction(c)),
    "burr12": lambda c, d: Ratios(ONE, Fraction(d), Fraction(c)),
    "fisk": lambda c: Ratios(ONE, ONE, Fraction(c)),
    "mielke": lambda k, s: Ratios(Fraction(k) / Fraction(s), ONE, Fraction(s)),
    "lomax": lambda c: Ratios(ONE, Fraction(c)),
    "genpareto": generalised_pareto,
    "halfcauchy": lambda: Ratios(HALF, HALF, Fraction(2)),
    "kappa3": lambda a: Ratios(1 / Fraction(a), ONE, Fraction(a), 1 / Fraction(a)),
    "truncnorm": curved.TruncatedNormal,
    "skewnorm": curved.SkewNormal,
    "johnsonsu": curved.JohnsonUnbounded,
    "johnsonsb": curved.JohnsonBounded,
    "kumaraswamy": curved.KumaraswamyFormula,
    "triang": _triangular,
    "continuous_bernoulli": curved.continuous_bernoulli,
    "truncexpon": curved.truncated_exponential,
    "powerlaw": curved.power_law,
}


def _roots(
    makers: dict[str, Callable[..., tuple[Fraction, Fraction, float]]],
    wrap: Callable[[Formula], Formula] = lambda inner: inner,
) -> dict[str, Callable[..., Formula | None]]:
    """Formulas of families by shape, power and rate."""

    def of(maker: Callable[..., tuple[Fraction, Fraction, float]]) -> Callable[..., Formula]:
        return lambda *shapes: wrap(generalised_gamma(*maker(*shapes)))

    return {name: of(maker) for name, maker in makers.items()}


FORMULAS |= _roots(ROOTS_OF_GAMMA) | _roots(TWO_SIDED, Symmetric)
FORMULAS |= _roots({name: ROOTS_OF_GAMMA[of] for name, of in MIRRORED.items()}, mirrored)
"""(shape parameters...) -> the formula on the family's axis; None for shapes without one."""
