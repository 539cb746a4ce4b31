r"""Allowances for chance, at a stated probability of a false alarm.

For a mean of n terms, z·(standard error) with z the normal quantile (asymptotic). For an
empirical distribution function, Massart's form of the Dvoretzky–Kiefer–Wolfowitz inequality,
which holds for every n:

    P(sup |F_n − F| > ε) ≤ 2 e^{−2nε²},   so ε = √(log(2/α)/(2n)).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from divkit.theory.framework.measured import Measured
from divkit.theory.framework.registry import FALSE_ALARM
from divkit.types import FloatArray


def normal_quantile(alarm: float = FALSE_ALARM) -> float:
    """z with P(|N(0, 1)| > z) = alarm."""
    return float(-special.ndtri(0.5 * alarm))


def mean_of(values: FloatArray, alarm: float = FALSE_ALARM) -> Measured:
    """The mean of independent values, with z standard errors as its error."""
    spread = float(values.std(ddof=1)) / math.sqrt(len(values))
    return Measured(float(values.mean()), normal_quantile(alarm) * spread)


def mean_of_two(first: FloatArray, second: FloatArray, alarm: float = FALSE_ALARM) -> Measured:
    """The sum of two samples' means: independent, so that their variances add."""
    spread = math.hypot(*(v.std(ddof=1) / math.sqrt(len(v)) for v in (first, second)))
    value = float(first.mean()) + float(second.mean())
    return Measured(value, normal_quantile(alarm) * spread)


def kolmogorov(
    values: FloatArray, cdf: Callable[[FloatArray], FloatArray], alarm: float = FALSE_ALARM
) -> tuple[float, float]:
    """(sup |F_n − F|, what chance allows) for independent values of a continuous law F."""
    n = len(values)
    f = cdf(np.sort(values))
    k = np.arange(1, n + 1)
    distance = float(max((k / n - f).max(), (f - (k - 1) / n).max()))
    return distance, math.sqrt(math.log(2 / alarm) / (2 * n))
