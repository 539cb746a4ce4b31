"""Standard log densities in 80-bit floats, their constants and special functions from mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

LONG = np.longdouble
mp.mp.dps = 30


def number(value: Any) -> Any:
    """A number of mpmath in 80 bits."""
    return LONG(mp.nstr(value, 25))


class Elementary:
    """Functions of 80-bit arrays by the names that mpmath gives them; numbers go to mpmath."""

    pi = number(mp.pi)
    log, log1p, exp, expm1 = np.log, np.log1p, np.exp, np.expm1
    sqrt, cosh, asinh = np.sqrt, np.cosh, np.arcsinh

    @staticmethod
    def each(function: Callable[..., Any], *x: Any) -> Any:
        """A function that only mpmath has, element by element."""
        whole = np.vectorize(lambda *row: number(function(*(mp.mpf(str(v)) for v in row))))
        return whole(*x).astype(LONG)


E = Elementary


def log_phi(x: Any) -> Any:
    return -x * x / 2 - E.log(2 * E.pi) / 2


def log_upper(x: Any) -> Any:
    """log of the normal mass below x."""
    return E.each(lambda v: mp.log(mp.erfc(-v / mp.sqrt(2)) / 2), x)


def log_mass(a: float, b: float) -> Any:
    """log of the normal mass of (a, b)."""
    a, b = (-b, -a) if a > 0 else (a, b)
    root = mp.sqrt(2)
    return number(mp.log((mp.erfc(-b / root) - mp.erfc(-a / root)) / 2))


def log_beta(x: Any, a: float, b: float) -> Any:
    a, b = LONG(a), LONG(b)
    level = number(-mp.log(mp.beta(mp.mpf(float(a)), mp.mpf(float(b)))))
    return (a - 1) * E.log(x) + (b - 1) * E.log1p(-x) + level


def log_student(x: Any, nu: float) -> Any:
    nu = mp.mpf(nu)
    level = mp.loggamma((nu + 1) / 2) - mp.loggamma(nu / 2) - mp.log(nu * mp.pi) / 2
    return number(level) - (number(nu) + 1) / 2 * E.log1p(x * x / number(nu))


def log_gamma(x: Any, a: float) -> Any:
    """Around the mode, where the terms of (a − 1) log x − x − log Γ(a) cancel."""
    b = mp.mpf(a)
    level = number((b - 1) * mp.log(b) - b - mp.loggamma(b))
    w = (x - LONG(a)) / LONG(a)
    return level + (LONG(a) - 1) * E.log1p(w) - LONG(a) * w


def log_triangular(x: Any, c: float) -> Any:
    c = LONG(c)
    return np.where(x <= c, E.log(2 * x / c), E.log(2 * (1 - x) / (1 - c)))


def log_genextreme(x: Any, c: float) -> Any:
    log_t = E.log1p(-LONG(c) * x) / LONG(c)
    return (1 - LONG(c)) * log_t - E.exp(log_t)
