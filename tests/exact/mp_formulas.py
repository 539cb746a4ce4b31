"""Textbook densities of the families that have certified values, in mpmath, with random shapes."""

from __future__ import annotations

import mpmath as mp
from mpmath import mpf

SQRT2PI = lambda: mp.sqrt(2 * mp.pi)  # noqa: E731  (at the precision of the moment)


def gengamma(a, c):
    return lambda z: abs(c) * z ** (c * a - 1) * mp.exp(-(z**c)) / mp.gamma(a)


def two_sided(inner):
    return lambda z: inner(abs(z)) / 2


def betaprime(a, b):
    return lambda z: z ** (a - 1) * (1 + z) ** (-a - b) / mp.beta(a, b)


def chi(k):
    return lambda z: z ** (k - 1) * mp.exp(-z * z / 2) * 2 ** (1 - k / 2) / mp.gamma(k / 2)


def fisher(m, n):
    return lambda z: (m / n) * betaprime(m / 2, n / 2)(m * z / n)


def invgauss(mu):
    return lambda z: mp.exp(-((z - mu) ** 2) / (2 * mu**2 * z)) / (SQRT2PI() * z ** mpf(1.5))


def geninvgauss(p, b):
    mass = 2 * mp.besselk(p, b)
    return lambda z: z ** (p - 1) * mp.exp(-b * (z + 1 / z) / 2) / mass


def genextreme(c):
    return lambda z: (1 - c * z) ** (1 / c - 1) * mp.exp(-((1 - c * z) ** (1 / c)))


def kumaraswamy(a, b):
    return lambda z: a * b * z ** (a - 1) * (1 - z**a) ** (b - 1)


def truncnorm(a, b):
    mass = mp.ncdf(b) - mp.ncdf(a)
    return lambda z: mp.npdf(z) / mass


def johnsonsb(a, b):
    return lambda z: b * mp.npdf(a + b * mp.log(z / (1 - z))) / (z * (1 - z))


def johnsonsu(a, b):
    return lambda z: b * mp.npdf(a + b * mp.asinh(z)) / mp.sqrt(1 + z * z)


def triang(c):
    return lambda z: 2 * z / c if z < c else 2 * (1 - z) / (1 - c)


def continuous_bernoulli(t):
    return lambda z: t * mp.exp(t * z) / mp.expm1(t)


DENSITIES = {
    "weibull_min": lambda c: gengamma(1, c),
    "weibull_max": lambda c: lambda z: gengamma(1, c)(-z),
    "gengamma": gengamma,
    "invgamma": lambda a: lambda z: z ** (-a - 1) * mp.exp(-1 / z) / mp.gamma(a),
    "invweibull": lambda c: lambda z: c * z ** (-c - 1) * mp.exp(-(z**-c)),
    "levy": lambda: lambda z: mp.exp(-1 / (2 * z)) / (SQRT2PI() * z ** mpf(1.5)),
    "levy_l": lambda: lambda z: mp.exp(1 / (2 * z)) / (SQRT2PI() * (-z) ** mpf(1.5)),
    "chi": chi,
    "rayleigh": lambda: lambda z: z * mp.exp(-z * z / 2),
    "maxwell": lambda: lambda z: mp.sqrt(2 / mp.pi) * z * z * mp.exp(-z * z / 2),
    "halfnorm": lambda: lambda z: 2 * mp.npdf(z),
    "nakagami": lambda n: lambda z: 2 * n**n * z ** (2 * n - 1) * mp.exp(-n * z * z) / mp.gamma(n),
    "halfgennorm": lambda b: lambda z: b * mp.exp(-(z**b)) / mp.gamma(1 / b),
    "gennorm": lambda b: two_sided(lambda z: b * mp.exp(-(z**b)) / mp.gamma(1 / b)),
    "dgamma": lambda a: two_sided(gengamma(a, 1)),
    "dweibull": lambda c: two_sided(gengamma(1, c)),
    "invgauss": invgauss,
    "wald": lambda: invgauss(mpf(1)),
    "recipinvgauss": lambda mu: lambda z: invgauss(mu)(1 / z) / z**2,
    "geninvgauss": geninvgauss,
    "genextreme": genextreme,
    "betaprime": betaprime,
    "f": fisher,
    "burr": lambda c, d: lambda z: c * d * z ** (-c - 1) * (1 + z**-c) ** (-d - 1),
    "burr12": lambda c, d: lambda z: c * d * z ** (c - 1) * (1 + z**c) ** (-d - 1),
    "fisk": lambda c: lambda z: c * z ** (c - 1) / (1 + z**c) ** 2,
    "mielke": lambda k, s: lambda z: k * z ** (k - 1) / (1 + z**s) ** (1 + k / s),
    "lomax": lambda c: lambda z: c / (1 + z) ** (c + 1),
    "genpareto": lambda c: lambda z: (1 + c * z) ** (-1 - 1 / c),
    "halfcauchy": lambda: lambda z: 2 / (mp.pi * (1 + z * z)),
    "kappa3": lambda a: lambda z: a * (a + z**a) ** (-(a + 1) / a),
    "truncnorm": truncnorm,
    "skewnorm": lambda a: lambda z: 2 * mp.npdf(z) * mp.ncdf(a * z),
    "johnsonsu": johnsonsu,
    "johnsonsb": johnsonsb,
    "kumaraswamy": kumaraswamy,
    "triang": triang,
    "continuous_bernoulli": continuous_bernoulli,
    "truncexpon": lambda b: lambda z: mp.exp(-z) / -mp.expm1(-b),
    "powerlaw": lambda a: lambda z: a * z ** (a - 1),
}

SHAPES = {
    "weibull_min": ((0.4, 4.0),),
    "weibull_max": ((0.4, 4.0),),
    "gengamma": ((0.3, 6.0), (0.4, 3.0)),
    "invgamma": ((0.5, 6.0),),
    "invweibull": ((0.6, 4.0),),
    "chi": ((0.5, 9.0),),
    "nakagami": ((0.3, 5.0),),
    "halfgennorm": ((0.5, 4.0),),
    "gennorm": ((0.5, 4.0),),
    "dgamma": ((0.4, 3.0),),
    "dweibull": ((0.6, 3.0),),
    "invgauss": ((0.2, 4.0),),
    "recipinvgauss": ((0.2, 4.0),),
    "geninvgauss": ((-2.0, 3.0), (0.3, 4.0)),
    "betaprime": ((0.4, 5.0), (0.8, 5.0)),
    "f": ((0.8, 9.0), (2.0, 9.0)),
    "burr": ((0.8, 4.0), (0.4, 3.0)),
    "burr12": ((0.6, 4.0), (0.8, 3.0)),
    "fisk": ((0.8, 5.0),),
    "mielke": ((0.5, 4.0), (0.8, 4.0)),
    "lomax": ((0.7, 5.0),),
    "genpareto": ((0.1, 1.2),),
    "kappa3": ((0.6, 4.0),),
    "truncnorm": ((-3.0, 0.5), (1.0, 4.0)),
    "skewnorm": ((-5.0, 5.0),),
    "johnsonsu": ((-2.0, 2.0), (0.5, 3.0)),
    "johnsonsb": ((-2.0, 2.0), (0.5, 3.0)),
    "kumaraswamy": ((0.4, 5.0), (0.4, 5.0)),
    "triang": ((0.1, 0.9),),
    "continuous_bernoulli": ((-6.0, 6.0),),
    "truncexpon": ((0.3, 8.0),),
    "powerlaw": ((0.3, 5.0),),
}
"""Between which numbers shapes are drawn."""

ENDS = ("truncnorm", "truncexpon")
"""Families whose shapes are ends of the support, which are to be floats."""

FIXED = {"genextreme": [(-0.5,), (0.25,), (0.5,)]}
"""Shapes for which the end of the support is a float."""


def shapes_of(name, rng, count):
    """Shape parameters, drawn or fixed."""
    if name in FIXED:
        return FIXED[name][:count]
    ends = SHAPES.get(name, ())
    if not ends:
        return [()]
    drawn = [tuple(float(rng.uniform(*pair)) for pair in ends) for _ in range(count)]
    if name in ENDS:
        return [tuple(round(64 * s) / 64 for s in shapes) for shapes in drawn]
    return drawn
