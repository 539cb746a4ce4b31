"""Random laws of counts with their log probabilities from formulas in log-gammas, by mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

from divkit.distributions import (
    BetaBinomial,
    Binomial,
    Boltzmann,
    DiscreteLaplace,
    DiscreteUniform,
    Geometric,
    Hypergeometric,
    Law,
    Logarithmic,
    NegativeBinomial,
    NegativeHypergeometric,
    Planck,
    Poisson,
    Skellam,
    Zipfian,
)

Rng = np.random.Generator
LogMass = Callable[[int], Any]
log, gamma = mpmath.log, mpmath.loggamma


@dataclass(frozen=True)
class Drawn:
    """A law and its log probability at k, −inf off its range; `reach` bounds where it matters."""

    law: Law
    log_mass: LogMass
    reach: tuple[int, int]


def choose(n: Any, k: Any) -> Any:
    """log C(n, k)."""
    return gamma(mpf(n) + 1) - gamma(mpf(k) + 1) - gamma(mpf(n) - k + 1)


def log_beta(a: Any, b: Any) -> Any:
    """log B(a, b)."""
    return gamma(a) + gamma(b) - gamma(a + b)


def size(rng: Rng, low: float, high: float) -> float:
    """A number between two powers of ten."""
    return float(10 ** rng.uniform(low, high))


def chance(rng: Rng) -> float:
    """A probability, near 0 or 1 in a third of the cases."""
    if rng.random() < 0.3:
        near = size(rng, -3, -1)
        return near if rng.random() < 0.5 else 1 - near
    return float(rng.uniform(0.05, 0.95))


def light(mean: float, spread: float, low: int = 0) -> tuple[int, int]:
    """A range that holds all but e^−110 of a law whose tail falls at least like e^{−k/spread}."""
    return max(low, math.floor(mean - 140 * spread)), math.ceil(mean + 140 * spread) + 20


def poisson(rng: Rng) -> Drawn:
    """Of rates from 1e-3 to 1e5."""
    rate = size(rng, -3, 5)
    m = mpf(rate)
    root = math.sqrt(rate)
    reach = max(0, math.floor(rate - 18 * root - 20)), math.ceil(rate + 18 * root + 120)
    return Drawn(Poisson(rate), lambda k: k * log(m) - m - gamma(mpf(k) + 1), reach)


def geometric(rng: Rng) -> Drawn:
    """From 0 or from 1."""
    p, start = max(chance(rng), 4e-3), int(rng.integers(0, 2))
    fall = -1 / math.log1p(-p)
    m = mpf(p)
    return Drawn(
        Geometric(p, start),
        lambda k: log(m) + (k - start) * log(1 - m),
        (start, start + math.ceil(115 * fall) + 5),
    )


def negative_binomial(rng: Rng) -> Drawn:
    """Of sizes from 0.01 to 1e4."""
    n, p = size(rng, -2, 4), max(chance(rng), 5e-3)
    a, m = mpf(n), mpf(p)
    mean, spread = n * (1 - p) / p, -1 / math.log1p(-p)
    deviation = math.sqrt(n * (1 - p)) / p
    top = math.ceil(mean + 17 * deviation + 115 * spread) + 30
    low = max(0, math.floor(mean - 20 * deviation))
    return Drawn(
        NegativeBinomial(n, p),
        lambda k: gamma(a + k) - gamma(a) - gamma(mpf(k) + 1) + a * log(m) + k * log(1 - m),
        (low, top),
    )


def binomial(rng: Rng) -> Drawn:
    """Up to 20,000 trials."""
    n, p = math.ceil(size(rng, 0, 4.3)), chance(rng)
    m = mpf(p)
    return Drawn(
        Binomial(n, p), lambda k: choose(n, k) + k * log(m) + (n - k) * log(1 - m), (0, n)
    )


def beta_binomial(rng: Rng) -> Drawn:
    """Up to 5,000 trials."""
    n, a, b = math.ceil(size(rng, 0, 3.7)), size(rng, -2, 3), size(rng, -2, 3)
    x, y = mpf(a), mpf(b)
    return Drawn(
        BetaBinomial(n, a, b),
        lambda k: choose(n, k) + log_beta(k + x, n - k + y) - log_beta(x, y),
        (0, n),
    )


def hypergeometric(rng: Rng) -> Drawn:
    """From up to 1e5 balls."""
    total = math.ceil(size(rng, 0.5, 5))
    good, draws = (int(rng.integers(1, total + 1)) for _ in range(2))
    draws = min(draws, 5000)
    law = Hypergeometric(total, good, draws)
    low, high = (int(end) for end in law.ends)
    return Drawn(
        law,
        lambda k: choose(good, k) + choose(total - good, draws - k) - choose(total, draws),
        (low, high),
    )


def negative_hypergeometric(rng: Rng) -> Drawn:
    """From up to 3,000 balls."""
    total = math.ceil(size(rng, 0.7, 3.5))
    good = int(rng.integers(1, total))
    bad = int(rng.integers(1, total - good + 1))
    return Drawn(
        NegativeHypergeometric(total, good, bad),
        lambda k: choose(k + bad - 1, k) + choose(total - bad - k, good - k) - choose(total, good),
        (0, good),
    )


def logarithmic(rng: Rng) -> Drawn:
    """The log-series law."""
    p = min(chance(rng), 0.996)
    m = mpf(p)
    return Drawn(
        Logarithmic(p),
        lambda k: k * log(m) - log(k) - log(-log(1 - m)),
        (1, math.ceil(-115 / math.log(p)) + 5),
    )


def planck(rng: Rng) -> Drawn:
    """Exponential decay."""
    rate = size(rng, -2, 1)
    m = mpf(rate)
    return Drawn(
        Planck(rate), lambda k: log(-mpmath.expm1(-m)) - m * k, (0, math.ceil(115 / rate) + 5)
    )


def boltzmann(rng: Rng) -> Drawn:
    """Exponential decay, cut off."""
    rate, count = size(rng, -3, 0.5), math.ceil(size(rng, 0, 3.5))
    m = mpf(rate)
    total = log(mpmath.expm1(-m * count) / mpmath.expm1(-m))
    return Drawn(Boltzmann(rate, count), lambda k: -m * k - total, (0, count - 1))


def discrete_laplace(rng: Rng) -> Drawn:
    """Two sides."""
    rate = size(rng, -1.7, 1)
    m, end = mpf(rate), math.ceil(115 / rate) + 5
    return Drawn(
        DiscreteLaplace(rate), lambda k: log(mpmath.tanh(m / 2)) - m * abs(k), (-end, end)
    )


def skellam(rng: Rng) -> Drawn:
    """The difference of two Poisson counts."""
    first, second = size(rng, -1, 2), size(rng, -1, 2)
    a, b = mpf(first), mpf(second)
    root, tilt = 2 * mpmath.sqrt(a * b), log(a / b) / 2
    end = math.ceil(abs(first - second) + 18 * math.sqrt(first + second)) + 110
    return Drawn(
        Skellam(first, second),
        lambda k: k * tilt - a - b + log(mpmath.besseli(abs(k), root, maxterms=10**6)),
        (-end, end),
    )


def zipfian(rng: Rng) -> Drawn:
    """A power, cut off."""
    a, count = float(rng.uniform(0, 4)), math.ceil(size(rng, 0, 3.7))
    m = mpf(a)
    total = log(mpmath.fsum(mpf(k) ** -m for k in range(1, count + 1)))
    return Drawn(Zipfian(a, count), lambda k: -m * log(k) - total, (1, count))


def uniform(rng: Rng) -> Drawn:
    """All alike."""
    count = math.ceil(size(rng, 0, 3.7))
    return Drawn(DiscreteUniform(count), lambda k: -log(mpf(count)), (0, count - 1))


LIGHT = (
    poisson,
    geometric,
    negative_binomial,
    binomial,
    beta_binomial,
    hypergeometric,
    negative_hypergeometric,
    logarithmic,
    planck,
    boltzmann,
    discrete_laplace,
    skellam,
    zipfian,
    uniform,
)
