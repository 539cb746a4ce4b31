r"""The shape of a sample's upper tail, by the generalised Pareto law of its largest values.

Above a high cut the excesses of almost any law follow F(t) = 1 − (1 + k t/σ)^{−1/k} (Pickands
1975). With shape k ≥ ½ the variance is infinite, with k ≥ 1 the mean. Of m values the largest
min(m/5, 3√m) are fitted, by the empirical Bayes estimate of Zhang and Stephens (2009), with the
weak prior at ½, of the weight of ten values, of Vehtari, Simpson, Gelman, Yao, Gabry (2024,
appendix G): means with k̂ above .7 are not to be used.
"""

from __future__ import annotations

import math

import numpy as np

from divkit.types import FloatArray

PRIOR_WEIGHT, PRIOR_SHAPE = 10, 0.5
LEAST = 5
"""Excesses without which no shape is fitted."""


def tail_shape(values: FloatArray) -> float:
    """The shape k̂ of the upper tail of values (m,); −inf where the largest values are equal.

    Raises
    ------
    ValueError
        If there are fewer than 25 values, whose largest fifth has not five.
    """
    count = math.ceil(min(len(values) / 5, 3 * math.sqrt(len(values))))
    if count < LEAST:
        raise ValueError(f"a tail's shape takes at least 25 values; got {len(values)}.")
    ordered = np.sort(values)
    excess = ordered[-count:] - ordered[-count - 1]
    return pareto_shape(excess[excess > 0]) if (excess > 0).sum() >= LEAST else -math.inf


def pareto_shape(excess: FloatArray) -> float:
    """The shape of a generalised Pareto law from its positive draws (n,), any order."""
    ordered = np.sort(excess / excess.max())
    n = len(ordered)
    points = 30 + int(math.sqrt(n))
    quartile = ordered[int(n / 4 + 0.5) - 1]
    theta = 1 + (1 - np.sqrt(points / (np.arange(points) + 0.5))) / (3 * quartile)
    shape = np.log1p(-theta[:, None] * ordered).mean(axis=1)
    profile = n * (np.log(-theta / shape) - shape - 1)
    weight = np.exp(profile - profile.max())
    mean = float(weight @ theta / weight.sum())
    estimate = float(np.log1p(-mean * ordered).mean())
    return (n * estimate + PRIOR_WEIGHT * PRIOR_SHAPE) / (n + PRIOR_WEIGHT)
