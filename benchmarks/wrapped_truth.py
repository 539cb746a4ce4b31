"""Independent truth for divergences of laws of SciPy and torch on the line.

Textbook densities in 80-bit floats, whose exponents reach to 1e±4932 so that nothing underflows,
integrated by the double exponential rule between the ends and kinks of both laws. Nothing here
comes from divkit. Families without a line here use SciPy's own log density, in float64.
"""

# ruff: noqa: E501  (a density a line)
from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import catalogue_densities
import mpmath
import numpy as np
import scipy.stats as ss

F = np.longdouble
PI = F("3.14159265358979323846264338327950288")
INF = math.inf


def num(formula):
    """An mpmath number as an 80-bit float."""
    with mpmath.workdps(40):
        return F(mpmath.nstr(formula(), 30))


def lgam(a):
    return num(lambda: mpmath.loggamma(a))


def lbeta(a, b):
    return num(lambda: mpmath.log(mpmath.beta(a, b)))


def log1pexp(t):
    return np.maximum(t, 0) + np.log1p(np.exp(-np.abs(t)))


L2PI = np.log(2 * PI) / 2
log, exp = np.log, np.exp

HALF = {
    "alpha": lambda a: (
        lambda z: (
            -((a - 1 / z) ** 2) / 2 - 2 * log(z) - L2PI - num(lambda: mpmath.log(mpmath.ncdf(a)))
        )
    ),
    "betaprime": lambda a, b: lambda z: (a - 1) * log(z) - (a + b) * np.log1p(z) - lbeta(a, b),
    "burr": lambda c, d: (
        lambda z: log(F(c) * d) - (c + F(1)) * log(z) - (d + F(1)) * np.log1p(z ** (-F(c)))
    ),
    "burr12": lambda c, d: (
        lambda z: log(F(c) * d) + (c - F(1)) * log(z) - (d + F(1)) * np.log1p(z ** F(c))
    ),
    "chi": lambda k: (
        lambda z: (k - F(1)) * log(z) - z * z / 2 - (F(k) / 2 - 1) * log(F(2)) - lgam(F(k) / 2)
    ),
    "chi2": lambda k: (
        lambda z: (F(k) / 2 - 1) * log(z) - z / 2 - F(k) / 2 * log(F(2)) - lgam(F(k) / 2)
    ),
    "expon": lambda: lambda z: -z,
    "exponpow": lambda b: (
        lambda z: log(F(b)) + (b - F(1)) * log(z) + 1 + z ** F(b) - exp(z ** F(b))
    ),
    "exponweib": lambda a, c: (
        lambda z: (
            log(F(a) * c)
            + (c - F(1)) * log(z)
            - z ** F(c)
            + (a - F(1)) * log(-np.expm1(-(z ** F(c))))
        )
    ),
    "f": lambda m, n: (
        lambda z: (
            F(m) / 2 * log(F(m) / n)
            + (F(m) / 2 - 1) * log(z)
            - (F(m) + n) / 2 * np.log1p(F(m) / n * z)
            - lbeta(F(m) / 2, F(n) / 2)
        )
    ),
    "fatiguelife": lambda c: (
        lambda z: (
            log((z + 1) / (2 * F(c)))
            - L2PI
            - F(3) / 2 * log(z)
            - (z - 1) ** 2 / (2 * z * F(c) ** 2)
        )
    ),
    "fisk": lambda c: lambda z: log(F(c)) + (c - F(1)) * log(z) - 2 * np.log1p(z ** F(c)),
    "foldcauchy": lambda c: (
        lambda z: log(1 / (1 + (z - c) ** 2) + 1 / (1 + (z + c) ** 2)) - log(PI)
    ),
    "foldnorm": lambda c: lambda z: np.logaddexp(-((z - c) ** 2) / 2, -((z + c) ** 2) / 2) - L2PI,
    "gamma": lambda a: lambda z: (a - F(1)) * log(z) - z - lgam(a),
    "genexpon": lambda a, b, c: (
        lambda z: log(a - b * np.expm1(-c * z)) - (F(a) + b) * z - F(b) / c * np.expm1(-c * z)
    ),
    "gengamma": lambda a, c: (
        lambda z: log(abs(F(c))) + (F(c) * a - 1) * log(z) - z ** F(c) - lgam(a)
    ),
    "genpareto": lambda c: lambda z: -(1 / F(c) + 1) * np.log1p(c * z),
    "geninvgauss": lambda p, b: (
        lambda z: (
            (p - F(1)) * log(z)
            - F(b) * (z + 1 / z) / 2
            - num(lambda: mpmath.log(2 * mpmath.besselk(p, b)))
        )
    ),
    "gompertz": lambda c: lambda z: log(F(c)) + z - c * np.expm1(z),
    "halfcauchy": lambda: lambda z: log(2 / PI) - np.log1p(z * z),
    "halfgennorm": lambda b: lambda z: log(F(b)) - z ** F(b) - lgam(1 / F(b)),
    "halflogistic": lambda: lambda z: log(F(2)) - z - 2 * np.log1p(exp(-z)),
    "halfnorm": lambda: lambda z: log(F(2)) - L2PI - z * z / 2,
    "invgamma": lambda a: lambda z: -(a + F(1)) * log(z) - 1 / z - lgam(a),
    "invgauss": lambda m: lambda z: -L2PI - F(3) / 2 * log(z) - (z - m) ** 2 / (2 * F(m) ** 2 * z),
    "invweibull": lambda c: lambda z: log(F(c)) - (c + F(1)) * log(z) - z ** (-F(c)),
    "kappa3": lambda a: lambda z: log(F(a)) - (1 + 1 / F(a)) * log(a + z ** F(a)),
    "levy": lambda: lambda z: -L2PI - F(3) / 2 * log(z) - 1 / (2 * z),
    "lognorm": lambda s: lambda z: -((log(z) / s) ** 2) / 2 - log(F(s) * z) - L2PI,
    "lomax": lambda c: lambda z: log(F(c)) - (c + F(1)) * np.log1p(z),
    "maxwell": lambda: lambda z: log(2 / PI) / 2 + 2 * log(z) - z * z / 2,
    "mielke": lambda k, s: (
        lambda z: log(F(k)) + (k - F(1)) * log(z) - (1 + F(k) / s) * np.log1p(z ** F(s))
    ),
    "nakagami": lambda n: (
        lambda z: log(F(2)) + n * log(F(n)) - lgam(n) + (2 * F(n) - 1) * log(z) - n * z * z
    ),
    "rayleigh": lambda: lambda z: log(z) - z * z / 2,
    "recipinvgauss": lambda m: (
        lambda z: -L2PI - log(z) / 2 - (1 - m * z) ** 2 / (2 * F(m) ** 2 * z)
    ),
    "rel_breitwigner": lambda r: (
        lambda z: (
            num(
                lambda: mpmath.log(
                    2
                    * mpmath.sqrt(2)
                    * mpmath.mpf(float(r)) ** 2
                    * mpmath.sqrt(1 + mpmath.mpf(float(r)) ** 2)
                    / (
                        mpmath.pi
                        * mpmath.sqrt(
                            mpmath.mpf(float(r)) ** 2
                            + float(r) * mpmath.sqrt(1 + mpmath.mpf(float(r)) ** 2)
                        )
                    )
                )
            )
            - log((z * z - F(r) ** 2) ** 2 + F(r) ** 2)
        )
    ),
    "wald": lambda: lambda z: -L2PI - F(3) / 2 * log(z) - (z - 1) ** 2 / (2 * z),
    "weibull_min": lambda c: lambda z: log(F(c)) + (c - F(1)) * log(z) - z ** F(c),
    "pareto": lambda b: lambda u: log(F(b)) - (b + F(1)) * np.log1p(u),
    "gibrat": lambda: lambda z: -(log(z) ** 2) / 2 - log(z) - L2PI,
    "loglaplace": lambda c: lambda z: log(F(c) / 2) - log(z) - c * np.abs(log(z)),
}
LINE = {
    "cauchy": lambda: lambda z: -log(PI) - np.log1p(z * z),
    "dgamma": lambda a: lambda z: (a - F(1)) * log(np.abs(z)) - np.abs(z) - log(F(2)) - lgam(a),
    "dweibull": lambda c: (
        lambda z: log(F(c) / 2) + (c - F(1)) * log(np.abs(z)) - np.abs(z) ** F(c)
    ),
    "genlogistic": lambda c: lambda z: log(F(c)) - z - (c + F(1)) * log1pexp(-z),
    "gennorm": lambda b: lambda z: log(F(b) / 2) - lgam(1 / F(b)) - np.abs(z) ** F(b),
    "gumbel_l": lambda: lambda z: z - exp(z),
    "gumbel_r": lambda: lambda z: -z - exp(-z),
    "hypsecant": lambda: (
        lambda z: -log(PI) - np.abs(z) - np.log1p(exp(-2 * np.abs(z))) + log(F(2))
    ),
    "jf_skew_t": lambda a, b: lambda z: _jones_faddy(F(a), F(b), z),
    "johnsonsu": lambda a, b: (
        lambda z: log(F(b)) - np.log1p(z * z) / 2 - L2PI - (a + b * np.arcsinh(z)) ** 2 / 2
    ),
    "laplace": lambda: lambda z: -np.abs(z) - log(F(2)),
    "laplace_asymmetric": lambda k: (
        lambda z: np.where(z < 0, z / F(k), -z * F(k)) - log(k + 1 / F(k))
    ),
    "loggamma": lambda c: lambda z: c * z - exp(z) - lgam(c),
    "logistic": lambda: lambda z: -z - 2 * log1pexp(-z),
    "moyal": lambda: lambda z: -(z + exp(-z)) / 2 - L2PI,
    "norm": lambda: lambda z: -z * z / 2 - L2PI,
    "skewcauchy": lambda a: lambda z: -log(PI) - np.log1p((z / (1 + a * np.sign(z))) ** 2),
    "t": lambda n: (
        lambda z: -(n + F(1)) / 2 * np.log1p(z * z / n) - lbeta(F(n) / 2, F(1) / 2) - log(F(n)) / 2
    ),
}
BOUNDED = {
    "anglit": (lambda: lambda z, u, v: log(np.sin(2 * np.minimum(u, v))), -0.25, 0.25),
    "arcsine": (lambda: lambda z, u, v: -log(PI) - log(u * v) / 2, 0, 1),
    "beta": (lambda a, b: lambda z, u, v: (a - F(1)) * log(u) + (b - F(1)) * log(v) - lbeta(a, b), 0, 1),
    "bradford": (lambda c: lambda z, u, v: log(F(c)) - log(np.log1p(F(c))) - np.log1p(c * u), 0, 1),
    "cosine": (lambda: lambda z, u, v: 2 * log(np.sin(np.minimum(u, v) / 2)) - log(PI), -1, 1),
    "johnsonsb": (lambda a, b: lambda z, u, v: log(F(b)) - log(u * v) - L2PI - (a + b * log(u / v)) ** 2 / 2, 0, 1),
    "powerlaw": (lambda a: lambda z, u, v: log(F(a)) + (a - F(1)) * log(u), 0, 1),
    "rdist": (lambda c: lambda z, u, v: (F(c) / 2 - 1) * log(u * v) - lbeta(F(1) / 2, F(c) / 2), -1, 1),
    "semicircular": (lambda: lambda z, u, v: log(2 / PI) + log(u * v) / 2, -1, 1),
    "triang": (lambda c: lambda z, u, v: log(F(2)) + np.where(u < c, log(u / c), log(v / (1 - c))), 0, 1),
    "trapezoid": (lambda c, d: lambda z, u, v: log(2 / (d - c + 1)) + np.where(u < c, log(u / c), np.where(v < 1 - d, log(v / (1 - d)), 0)), 0, 1),
    "truncexpon": (lambda b: lambda z, u, v: -u - log(-np.expm1(-b)), 0, 1),
    "genhalflogistic": (lambda c: lambda z, u, v: log(F(2)) + (1 / c - 1) * log(c * v) - 2 * np.log1p((c * v) ** (1 / c)), 0, 1),
    "uniform": (lambda: lambda z, u, v: 0 * z, 0, 1),
    "kumaraswamy": (lambda a, b: lambda z, u, v: log(F(a) * b) + (a - F(1)) * log(u) + (b - F(1)) * log(np.where(v < 0.5, -np.expm1(a * np.log1p(-v)), 1 - u ** F(a))), 0, 1),
}  # fmt: skip
KINKS = {"dgamma": 0.0, "dweibull": 0.0, "gennorm": 0.0, "laplace": 0.0, "skewcauchy": 0.0, "laplace_asymmetric": 0.0, "loglaplace": 1.0}  # fmt: skip


def _jones_faddy(a, b, z):
    root = np.sqrt(a + b + z * z)
    up = np.where(z > 0, np.log1p(z / root), log((a + b) / (root * (root - np.minimum(z, 0)))))
    down = np.where(z < 0, np.log1p(-z / root), log((a + b) / (root * (root + np.maximum(z, 0)))))
    constant = (a + b - 1) * log(F(2)) + lbeta(a, b) + log(a + b) / 2
    return (a + F(0.5)) * up + (b + F(0.5)) * down - constant


@dataclass(frozen=True)
class Truth:
    """One law: log density at (x, distance to its low end, distance to its high end)."""

    log_density: object
    low: float
    high: float
    kinks: tuple
    center: float
    width: float
    exact: bool


def law(name, shapes, loc, scale):
    """The law of a family of SciPy, with its quantiles for the placing of nodes only."""
    name = {"erlang": "gamma", "reciprocal": "loguniform"}.get(name, name)  # the same laws
    given = (
        getattr(ss, name)(*shapes, loc=loc, scale=scale)
        if name != "kumaraswamy"
        else ss.beta(*shapes)
    )
    low, high = (float(end) for end in given.support())
    quartiles = given.ppf([0.25, 0.5, 0.75])
    kinks = (loc + scale * KINKS[name],) if name in KINKS else ()
    if name in ("triang", "trapezoid"):
        kinks = tuple(loc + scale * s for s in shapes)
    if name == "kstwo":  # a polynomial between multiples of 1/(2n)
        last = min(2 * shapes[0], 2 * shapes[0] * (float(given.ppf(1 - 1e-15)) - loc) / scale)
        kinks = tuple(loc + scale * 0.5 * j / shapes[0] for j in range(1, int(last) + 1))
    if name == "crystalball":
        kinks = (loc - scale * shapes[0],)
    spread = float(quartiles[2] - quartiles[0])
    shape = tuple(F(s) for s in shapes)
    if name == "pearson3":
        size, side = 2 / abs(shapes[0]), math.copysign(1.0, shapes[0])
        end = loc - side * scale * size
        low, high = (end, INF) if side > 0 else (-INF, end)
        inner, factor = HALF["gamma"](F(size) ** 2), F(size) / F(scale)
        density, exact = (
            (lambda x, u, v: inner(factor * (u if side > 0 else v)) + log(factor)),
            True,
        )
    elif name in HALF and not (name == "genpareto" and shapes[0] <= 0):
        inner = HALF[name](*shape)
        density, exact = (lambda x, u, v: inner(u / F(scale)) - log(F(scale))), True
    elif name in LINE:
        inner = LINE[name](*shape)
        density, exact = (lambda x, u, v: inner((x - F(loc)) / F(scale)) - log(F(scale))), True
    elif name in BOUNDED:
        inner = BOUNDED[name][0](*shape)
        density, exact = (
            (
                lambda x, u, v: (
                    inner((x - F(loc)) / F(scale), u / F(scale), v / F(scale)) - log(F(scale))
                )
            ),
            True,
        )
    elif name in catalogue_densities.DENSITIES:
        density, exact = catalogue_densities.moved(name, shapes, loc, scale), False
    else:
        density, exact = (lambda x, u, v: np.asarray(given.logpdf(x.astype(float)), F)), False
    return Truth(density, low, high, kinks, float(quartiles[1]), spread, exact)


def _nodes(h, span):
    t = F(h) * np.arange(-int(span / h), int(span / h) + 1).astype(F)
    return t, PI / 2 * np.sinh(t)


def _segment(a, b, center, width, h):
    """x, x − a, b − x and weights of the double exponential rule on (a, b)."""
    if math.isfinite(a) and math.isfinite(b):
        t, s = _nodes(h, 4.2)
        length = F(b) - F(a)
        left = length / (1 + exp(-2 * s))
        right = length / (1 + exp(2 * s))
        w = length * PI / 4 * np.cosh(t) / np.cosh(s) ** 2
        return np.where(s < 0, F(a) + left, F(b) - right), left, right, w * F(h)
    if math.isfinite(a) or math.isfinite(b):
        t, s = _nodes(h, 6.7)
        away = F(width) * exp(s)
        w = away * PI / 2 * np.cosh(t) * F(h)
        none = np.full_like(away, np.inf)
        return (F(a) + away, away, none, w) if math.isfinite(a) else (F(b) - away, none, away, w)
    t, s = _nodes(h, 6.7)
    x = F(center) + F(width) * np.sinh(s)
    w = F(width) * np.cosh(s) * PI / 2 * np.cosh(t) * F(h)
    none = np.full_like(x, np.inf)
    return x, none, none, w


def _at(law_, x, a, b, left, right):
    u = left if law_.low == a else x - F(law_.low)
    v = right if law_.high == b else F(law_.high) - x
    mid = 0.5 * (max(a, -1e308) + min(b, 1e308))
    if not (law_.low <= mid <= law_.high):
        return np.full_like(x, -np.inf)
    out = law_.log_density(x, u, v)
    return np.where(np.isnan(out), -np.inf, out)


def _integrand(kind, lp, lq):
    p, q = exp(lp), exp(lq)
    gap = lp - lq
    if kind == "kl":
        return np.where(p > 0, p * gap - p + q, q)
    if kind == "js":
        m = np.logaddexp(lp, lq) - log(F(2))
        return (np.where(p > 0, p * (lp - m), 0) + np.where(q > 0, q * (lq - m), 0)) / 2
    if kind == "tv":
        return np.abs(p - q) / 2
    return (exp(lp / 2) - exp(lq / 2)) ** 2 / 2


def _gap(p, q, x):
    """log p − log q at points, and the greater of both logs."""
    sides = []
    for law_ in (p, q):
        u, v = x - F(law_.low), F(law_.high) - x
        logs = law_.log_density(x, u, v)
        sides.append(np.where((u > 0) & (v > 0) & ~np.isnan(logs), logs, -np.inf))
    return sides[0] - sides[1], np.maximum(*sides)


def crossings(p, q, marks):
    """Where the densities are equal: |p − q| has a corner there."""
    found = []
    for a, b in itertools.pairwise(marks):
        x, _, _, w = _segment(a, b, p.center, math.sqrt(p.width * q.width), 1 / 64)
        inside = (x > a) & (x < b) & (w > 0)
        x, w = x[inside], w[inside]
        gap, top = _gap(p, q, x)
        sign = np.sign(gap)
        turns = np.flatnonzero((sign[1:] * sign[:-1] < 0) & (exp(top[1:]) * w[1:] > 1e-22))
        low, high, left = x[turns], x[turns + 1], sign[turns]
        for _ in range(70 if len(turns) else 0):
            middle = (low + high) / 2
            same = np.sign(_gap(p, q, middle)[0]) == left
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        found += [float(point) for point in low]
    return found if len(found) < 50 else []  # more are the noise of a library's density


def divergence(kind, p, q):
    """kl, rkl, js, tv or hellinger2 and a bound of its error, inf where it does not settle."""
    if kind == "rkl":
        return divergence("kl", q, p)
    if kind == "kl" and not (q.low <= p.low and p.high <= q.high):
        return INF, 0.0
    ends = {p.low, p.high, q.low, q.high, *p.kinks, *q.kinks}
    marks = sorted({p.center, q.center, *ends})
    low, high = min(p.low, q.low), max(p.high, q.high)
    marks = [m for m in marks if low <= m <= high]
    if kind == "tv":
        with np.errstate(all="ignore"):
            marks = sorted({*marks, *crossings(p, q, marks)})
    width = math.sqrt(p.width * q.width)
    totals, rest = [], 0.0
    with np.errstate(all="ignore"):
        for h in (1 / 64, 1 / 128):
            total = F(0)
            for a, b in itertools.pairwise(marks):
                x, left, right, w = _segment(a, b, p.center, width, h)
                lp, lq = _at(p, x, a, b, left, right), _at(q, x, a, b, left, right)
                values = _integrand(kind, lp, lq) * w
                keep = (w > 0) & ((lp > -np.inf) | (lq > -np.inf)) & ~np.isnan(values)
                keep &= ~(np.isinf(values) & ((x == F(a)) | (x == F(b))))  # of 1e-19 of the mass
                if not (p.exact and q.exact):  # SciPy's own density fails where it underflows
                    thin = (exp(lp) * w < 1e-13) & (exp(lq) * w < 1e-13)
                    keep &= ~(np.isinf(values) & thin)
                total += np.sum(values[keep])
                kept = np.where(keep, np.abs(values), 0)
                outer = int(0.05 * len(kept)) + 1  # what is left there says that more lies beyond
                rest = max(rest, float(kept[:outer].sum() + kept[-outer:].sum()))
            totals.append(total)
    value = float(totals[1])
    floor = 1e-17 if p.exact and q.exact else 1e-8
    error = float(abs(totals[1] - totals[0])) + 100 * rest + floor * (1 + abs(value))
    return value, error if math.isfinite(value) else INF
