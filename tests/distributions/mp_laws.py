"""Densities and distribution functions of the 1-D families in mpmath, at its working precision."""

import mpmath as mp

from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma


def m(value):
    return mp.mpf(float(value))


def _location_scale(standard):
    def log_density(law, x):
        return standard((x - m(law.loc)) / m(law.scale)) - mp.log(m(law.scale))

    return log_density


def _student(law, x):
    df, z = m(law.df), (x - m(law.loc)) / m(law.scale)
    constant = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(mp.pi * df) / 2
    return constant - (df + 1) / 2 * mp.log1p(z * z / df) - mp.log(m(law.scale))


def _gamma(law, x):
    a, rate = m(law.shape), m(law.rate)
    return (a - 1) * mp.log(x) - rate * x + a * mp.log(rate) - mp.loggamma(a)


def _beta(law, x):
    a, b = m(law.a), m(law.b)
    normaliser = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    return (a - 1) * mp.log(x) + (b - 1) * mp.log(1 - x) - normaliser


def _log_normal(law, x):
    z = (mp.log(x) - m(law.mu)) / m(law.sigma)
    return -z * z / 2 - mp.log(x * m(law.sigma) * mp.sqrt(2 * mp.pi))


TRUTH = {
    Normal: _location_scale(lambda z: -z * z / 2 - mp.log(2 * mp.pi) / 2),
    Laplace: _location_scale(lambda z: -abs(z) - mp.log(2)),
    Logistic: _location_scale(lambda z: -abs(z) - 2 * mp.log1p(mp.exp(-abs(z)))),
    Gumbel: _location_scale(lambda z: -z - mp.exp(-z)),
    Cauchy: _location_scale(lambda z: -mp.log1p(z * z) - mp.log(mp.pi)),
    StudentT: _student,
    Exponential: lambda law, x: mp.log(m(law.rate)) - m(law.rate) * x,
    Gamma: _gamma,
    Beta: _beta,
    LogNormal: _log_normal,
    Pareto: lambda law, x: (
        mp.log(m(law.alpha) / m(law.scale)) - (m(law.alpha) + 1) * mp.log(x / m(law.scale))
    ),
    Uniform: lambda law, x: -mp.log(m(law.high) - m(law.low)),
}


def lower(law, x):
    """P(X ≤ x), to 50 digits."""
    if isinstance(law, Normal):
        return mp.ncdf((x - m(law.loc)) / m(law.scale))
    if isinstance(law, Laplace):
        z = (x - m(law.loc)) / m(law.scale)
        return mp.exp(z) / 2 if z < 0 else 1 - mp.exp(-z) / 2
    if isinstance(law, Logistic):
        return 1 / (1 + mp.exp(-(x - m(law.loc)) / m(law.scale)))
    if isinstance(law, Gumbel):
        return mp.exp(-mp.exp(-(x - m(law.loc)) / m(law.scale)))
    if isinstance(law, Cauchy):
        return mp.atan2(m(law.scale), m(law.loc) - x) / mp.pi
    if isinstance(law, StudentT):
        df, z = m(law.df), (x - m(law.loc)) / m(law.scale)
        half = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + z * z), regularized=True) / 2
        return half if z < 0 else 1 - half
    if isinstance(law, Exponential):
        return -mp.expm1(-m(law.rate) * x)
    if isinstance(law, Gamma):
        return mp.gammainc(m(law.shape), 0, m(law.rate) * x, regularized=True)
    if isinstance(law, Beta):
        return mp.betainc(m(law.a), m(law.b), 0, x, regularized=True)
    if isinstance(law, LogNormal):
        return mp.ncdf((mp.log(x) - m(law.mu)) / m(law.sigma))
    if isinstance(law, Pareto):
        return 1 - (m(law.scale) / x) ** m(law.alpha)
    return (x - m(law.low)) / (m(law.high) - m(law.low))
