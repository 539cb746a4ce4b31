"""The families whose stated errors are searched: log density, support and shapes of each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np
from stated_densities import (
    LONG,
    E,
    log_beta,
    log_gamma,
    log_genextreme,
    log_mass,
    log_phi,
    log_student,
    log_triangular,
    log_upper,
    number,
)

Log = Callable[..., Any]
INF = math.inf


@dataclass(frozen=True)
class Family:
    """A law of SciPy: standard log density, shapes, support, the name in PyTorch."""

    log_density: Log
    shapes: tuple[tuple[float, ...], ...] = ((),)
    support: Callable[..., tuple[float, float]] = lambda *_: (-INF, INF)
    torch: str | None = None


def _line(*_: float) -> tuple[float, float]:
    return (-INF, INF)


def _half(*_: float) -> tuple[float, float]:
    return (0.0, INF)


def _unit(*_: float) -> tuple[float, float]:
    return (0.0, 1.0)


FAMILIES: dict[str, Family] = {
    "truncnorm": Family(
        lambda x, a, b: log_phi(x) - log_mass(a, b),
        (
            (-60.0, -59.0),
            (-60.0, -59.5),
            (59.0, 60.0),
            (-2.0, 1.0),
            (30.0, 31.0),
            (-9.0, -8.0),
            (200.0, 201.0),
        ),
        lambda a, b: (a, b),
    ),
    "triang": Family(log_triangular, ((0.158,), (0.5,), (1e-6,), (0.999,)), _unit),
    "invgamma": Family(
        lambda x, a: log_gamma(1 / x, a) - 2 * E.log(x),
        ((3.0,), (4.0,), (40.0,), (1e4,), (1.2,)),
        _half,
        "InverseGamma",
    ),
    "weibull_min": Family(
        lambda x, c: E.log(LONG(c)) + (LONG(c) - 1) * E.log(x) - x ** LONG(c),
        ((0.7,), (1.7,), (30.0,), (2.0,)),
        _half,
    ),
    "gamma": Family(log_gamma, ((0.3,), (2.0,), (1e4,), (1e8,)), _half, "Gamma"),
    "chi2": Family(
        lambda x, k: log_gamma(x / 2, k / 2) - E.log(LONG(2)), ((3.0,), (1e5,)), _half, "Chi2"
    ),
    "beta": Family(log_beta, ((2.0, 3.0), (1e4, 2e4), (0.4, 0.7), (1.0, 300.0)), _unit, "Beta"),
    "t": Family(log_student, ((3.0,), (1e6,), (2.5,)), _line, "StudentT"),
    "betaprime": Family(
        lambda x, a, b: (
            (LONG(a) - 1) * E.log(x) - (LONG(a) + b) * E.log1p(x) - number(mp.log(mp.beta(a, b)))
        ),
        ((2.0, 5.0), (50.0, 60.0)),
        _half,
    ),
    "nakagami": Family(
        lambda x, v: log_gamma(v * x * x, v) + E.log(2 * v * x),
        ((1.5,), (300.0,)),
        _half,
    ),
    "invgauss": Family(
        lambda x, m: -E.log(2 * E.pi * x**3) / 2 - (x - m) ** 2 / (2 * x * LONG(m) ** 2),
        ((1.0,), (0.01,), (20.0,)),
        _half,
    ),
    "lomax": Family(
        lambda x, c: E.log(LONG(c)) - (LONG(c) + 1) * E.log1p(x), ((2.5,), (40.0,)), _half
    ),
    "fisk": Family(
        lambda x, c: E.log(LONG(c)) + (LONG(c) - 1) * E.log(x) - 2 * E.log1p(x ** LONG(c)),
        ((2.5,), (40.0,)),
        _half,
    ),
    "burr12": Family(
        lambda x, c, d: (
            E.log(LONG(c) * d) + (LONG(c) - 1) * E.log(x) - (LONG(d) + 1) * E.log1p(x ** LONG(c))
        ),
        ((2.0, 3.0), (10.0, 0.5)),
        _half,
    ),
    "halfnorm": Family(lambda x: log_phi(x) + E.log(LONG(2)), ((),), _half, "HalfNormal"),
    "rayleigh": Family(lambda x: E.log(x) - x * x / 2, ((),), _half),
    "maxwell": Family(lambda x: E.log(2 / E.pi) / 2 + 2 * E.log(x) - x * x / 2, ((),), _half),
    "gumbel_r": Family(lambda x: -x - E.exp(-x), ((),), _line, "Gumbel"),
    "gumbel_l": Family(lambda x: x - E.exp(x), ((),), _line),
    "logistic": Family(lambda x: -x - 2 * E.log1p(E.exp(-x)), ((),), _line),
    "hypsecant": Family(lambda x: -E.log(E.pi * E.cosh(x)), ((),), _line),
    "moyal": Family(lambda x: -(x + E.exp(-x)) / 2 - E.log(2 * E.pi) / 2, ((),), _line),
    "genlogistic": Family(
        lambda x, c: E.log(LONG(c)) - x - (LONG(c) + 1) * E.log1p(E.exp(-x)),
        ((0.5,), (30.0,)),
        _line,
    ),
    "gennorm": Family(
        lambda x, b: E.log(LONG(b) / 2) - number(mp.loggamma(1 / mp.mpf(b))) - abs(x) ** LONG(b),
        ((1.5,), (8.0,), (0.7,)),
        _line,
    ),
    "dweibull": Family(
        lambda x, c: E.log(LONG(c) / 2) + (LONG(c) - 1) * E.log(abs(x)) - abs(x) ** LONG(c),
        ((1.5,), (3.0,)),
        _line,
    ),
    "powerlaw": Family(
        lambda x, a: E.log(LONG(a)) + (LONG(a) - 1) * E.log(x), ((0.5,), (30.0,)), _unit
    ),
    "arcsine": Family(lambda x: -E.log(E.pi) - E.log(x) / 2 - E.log1p(-x) / 2, ((),), _unit),
    "semicircular": Family(
        lambda x: E.log(2 / E.pi) + E.log1p(-x) / 2 + E.log1p(x) / 2,
        ((),),
        lambda: (-1.0, 1.0),
    ),
    "genpareto": Family(
        lambda x, c: -(1 + 1 / LONG(c)) * E.log1p(c * x),
        ((0.3,), (1e-6,)),
        _half,
    ),
    "genextreme": Family(
        log_genextreme, ((0.3,), (-0.3,)), lambda c: (-INF, 1 / c) if c > 0 else (1 / c, INF)
    ),
    "gompertz": Family(lambda x, c: E.log(LONG(c)) + x - c * E.expm1(x), ((0.5,), (1e-3,)), _half),
    "exponweib": Family(
        lambda x, a, c: (
            E.log(LONG(a) * c) + (a - 1) * E.log(-E.expm1(-(x**c))) - x**c + (c - 1) * E.log(x)
        ),
        ((2.0, 1.5),),
        _half,
    ),
    "exponnorm": Family(
        lambda x, k: -E.log(LONG(k)) + 1 / (2 * LONG(k) ** 2) - x / k + log_upper(x - 1 / LONG(k)),
        ((1.5,), (0.05,), (30.0,)),
        _line,
    ),
    "skewnorm": Family(
        lambda x, a: E.log(LONG(2)) + log_phi(x) + log_upper(a * x),
        ((2.0,), (-30.0,)),
        _line,
    ),
    "foldnorm": Family(
        lambda x, c: np.logaddexp(log_phi(x - c), log_phi(x + c)), ((2.0,), (30.0,)), _half
    ),
    "johnsonsu": Family(
        lambda x, a, b: E.log(LONG(b)) - E.log1p(x * x) / 2 + log_phi(a + b * E.asinh(x)),
        ((1.0, 2.0), (-8.0, 3.0)),
        _line,
    ),
    "loguniform": Family(
        lambda x, a, b: -E.log(x) - E.log(E.log(LONG(b) / LONG(a))),
        ((1e-3, 10.0), (1.0, 1.001)),
        lambda a, b: (a, b),
    ),
    "truncexpon": Family(
        lambda x, b: -x - E.log(-E.expm1(-LONG(b))), ((2.0,), (1e-5,)), lambda b: (0.0, b)
    ),
    "geninvgauss": Family(
        lambda x, p, b: (
            (p - 1) * E.log(x) - b * (x + 1 / x) / 2 - number(mp.log(2 * mp.besselk(p, b)))
        ),
        ((2.0, 1.5),),
        _half,
    ),
    "recipinvgauss": Family(
        lambda x, m: -E.log(2 * E.pi * x) / 2 - (1 - m * x) ** 2 / (2 * x * LONG(m) ** 2),
        ((0.6,),),
        _half,
    ),
}
SLOW = ("exponnorm", "skewnorm")  # by mpmath, and with light tails
