"""Textbook densities in mpmath of families whose density divkit takes from SciPy, or sums itself.

Each is evaluated point by point, to 25 digits; where a density is below e^−300 it is taken as 0,
which `wrapped_truth` allows for in the truth's own error.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

import mpmath
import numpy as np
import scipy.stats as ss
from mpmath import mpf

F = np.longdouble


def _ncx2(k, shift):
    def density(x):
        bessel = mpmath.besseli(k / 2 - 1, mpmath.sqrt(shift * x))
        return mpmath.exp(-(x + shift) / 2) / 2 * (x / shift) ** (k / 4 - mpf(1) / 2) * bessel

    return density


def _nct(n, m):
    def density(x):
        z, square = m * m * x * x / (2 * (n + x * x)), n + x * x
        odd = mpmath.sqrt(2) * m * x / square * mpmath.rgamma((n + 1) / 2)
        odd *= mpmath.hyp1f1(n / 2 + 1, mpf(3) / 2, z)
        even = mpmath.hyp1f1((n + 1) / 2, mpf(1) / 2, z) * mpmath.rgamma(n / 2 + 1)
        logs = n * mpmath.log(n) / 2 + mpmath.loggamma(n + 1) - n * mpmath.log(2) - m * m / 2
        logs -= n * mpmath.log(square) / 2 + mpmath.loggamma(n / 2)
        return mpmath.exp(logs) * (odd + even / mpmath.sqrt(square))

    return density


def _ncf(a, b, shift):
    def density(x):
        central = (a / b) ** (a / 2) * x ** (a / 2 - 1) * (1 + a * x / b) ** (-(a + b) / 2)
        powers = mpmath.hyp1f1((a + b) / 2, a / 2, shift * a * x / (2 * (b + a * x)))
        return mpmath.exp(-shift / 2) * central / mpmath.beta(a / 2, b / 2) * powers

    return density


def _genhyperbolic(p, a, b):
    g = mpmath.sqrt(a * a - b * b)
    size = (g / a) ** p * mpmath.sqrt(a / (2 * mpmath.pi)) / mpmath.besselk(p, g)

    def density(x):
        r = mpmath.sqrt(1 + x * x)
        return size * mpmath.exp(b * x) * mpmath.besselk(p - mpf(1) / 2, a * r) * r ** (p - 0.5)

    return density


def _kappa4(h, k):
    def density(x):
        y = 1 - k * x if k else mpmath.exp(-x)
        power = y ** (1 / k) if k else y
        rest = (1 - h * power) ** (1 / h - 1) if h else mpmath.exp(-power)
        return power / (y if k else 1) * rest

    return density


def _powerlognorm(c, s):
    def density(x):
        z = mpmath.log(x) / s
        return c / (x * s) * mpmath.npdf(z) * (mpmath.erfc(z / mpmath.sqrt(2)) / 2) ** (c - 1)

    return density


def _irwinhall(n):
    n = int(n)

    def density(x):
        x = min(x, n - x)
        terms = ((-1) ** j * mpmath.binomial(n, j) * (x - j) ** (n - 1) for j in range(int(x) + 1))
        return mpmath.fsum(terms) / mpmath.factorial(n - 1)

    return density


def _kstwobign():
    def density(x):
        if x > 0.8:
            return mpmath.fsum(
                (-1) ** (k - 1) * 8 * x * k * k * mpmath.exp(-2 * k * k * x * x)
                for k in range(1, 20)
            )
        root = mpmath.sqrt(2 * mpmath.pi)
        c = mpmath.pi**2 / 8
        terms = (
            mpmath.exp(-j * j * c / x**2) * (2 * j * j * c / x**4 - 1 / x**2)
            for j in range(1, 40, 2)
        )
        return root * mpmath.fsum(terms)

    return density


def _tukeylambda(shape):
    def density(x):
        u = mpf(float(ss.tukeylambda.cdf(float(x), float(shape))))
        for _ in range(8):  # of Newton's rule, from SciPy's own digits
            slope = u ** (shape - 1) + (1 - u) ** (shape - 1)
            u = min(max(u - ((u**shape - (1 - u) ** shape) / shape - x) / slope, 0), 1)
        return 1 / (u ** (shape - 1) + (1 - u) ** (shape - 1))

    return density


def _dpareto_lognorm(u, s, a, b):
    def mills(t):
        return mpmath.erfc(t / mpmath.sqrt(2)) / 2 / mpmath.npdf(t)

    def density(x):
        z = (mpmath.log(x) - u) / s
        return a * b / (a + b) / x * mpmath.npdf(z) * (mills(a * s - z) + mills(b * s + z))

    return density


def _steck(n, d):
    """P(D < d) n draws: n! det[(v_i − u_j)₊^{j−i+1}/(j − i + 1)!] (Steck 1971)."""
    low = [max(mpf(i) / n - d, 0) for i in range(1, n + 1)]
    high = [min(mpf(i - 1) / n + d, 1) for i in range(1, n + 1)]
    rows = mpmath.matrix(n, n)
    for i, j in itertools.product(range(n), repeat=2):
        order = j - i + 1
        if order >= 0:
            power = max(high[i] - low[j], 0) ** order if order else 1
            rows[i, j] = power / mpmath.factorial(order)
    return mpmath.factorial(n) * mpmath.det(rows)


@lru_cache
def _kstwo_piece(n, cell):
    """Coefficients about the middle of a cell, of the derivative of a polynomial of degree n."""
    with mpmath.workdps(80):
        width = mpf(1) / (2 * n)
        middle = (cell + mpf(1) / 2) * width
        places = [middle + width * (mpf(j) / n - mpf(1) / 2) for j in range(n + 1)]
        rows = mpmath.matrix([[(x - middle) ** j for j in range(n + 1)] for x in places])
        found = mpmath.lu_solve(rows, mpmath.matrix([_steck(n, x) for x in places]))
        return middle, [j * found[j] for j in range(n, 0, -1)]


def _kstwo(n):
    n = int(n)

    def density(x):
        middle, slopes = _kstwo_piece(n, min(int(2 * n * x), 2 * n - 1))
        return mpmath.polyval(slopes, x - middle)

    return density


DENSITIES = {
    "ncx2": _ncx2,
    "nct": _nct,
    "ncf": _ncf,
    "genhyperbolic": _genhyperbolic,
    "kappa4": _kappa4,
    "powerlognorm": _powerlognorm,
    "irwinhall": _irwinhall,
    "kstwobign": _kstwobign,
    "tukeylambda": _tukeylambda,
    "dpareto_lognorm": _dpareto_lognorm,
    "kstwo": _kstwo,
}


@lru_cache(maxsize=500_000)
def _log_at(name, shapes, z):
    with mpmath.workdps(30):
        value = DENSITIES[name](*map(mpf, shapes))(mpf(z))
        value = mpmath.re(value)
        return float(mpmath.log(value)) if value > 0 else -np.inf


def log_density(name, shapes, z):
    """Log densities at standard points (n,), −inf where SciPy's own is below e^−300."""
    family, at = getattr(ss, name), np.asarray(z, float)
    with np.errstate(all="ignore"):
        rough = family.logpdf(at, *map(float, shapes))
    found = [
        _log_at(name, tuple(map(float, shapes)), float(x)) if r > -300 else -np.inf
        for x, r in zip(at, rough, strict=True)
    ]
    return np.asarray(found, F)


def moved(name, shapes, loc, scale):
    """As `wrapped_truth.Truth` takes it, of loc + scale times a standard variable."""
    size = np.log(F(scale))
    return lambda x, u, v: log_density(name, shapes, (x - F(loc)) / F(scale)) - size
