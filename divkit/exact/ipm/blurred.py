r"""Errors of a metric where a law is known to fewer than 64 bits.

Where |log p̃ − log p| ≤ b at every point, |p̃ − p| ≤ b p up to b², and moving that mass costs

    W1(p, p̃) ≤ b E_p|x − μ|,      W2(p, p̃)² ≤ 2 b E_p|x − μ|²

(Villani 2003, proposition 7.10); by the triangle inequality the distance to q changes by no more.
The energy distance 2 E|x − y| − E|x − x'| − E|y − y'| changes by 2b (E|x − y| + E|x − x'|), MMD²
of a kernel of at most 1 by 4b. Moments of first order are bounded by those of the second.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from divkit.distributions.base import Law
from divkit.divergences.base import IPM
from divkit.exact.method import LOG_SIZE
from divkit.results import Result


def with_blur(found: Result, p: Law, q: Law, metric: IPM) -> Result:
    """Return the metric with what the blurs of p and q leave open in its error."""
    if p.blur == q.blur == 0 or not math.isfinite(found.value):
        return found
    gap = math.fsum(_gap(law, other, metric) for law, other in ((p, q), (q, p)) if law.blur > 0)
    if math.isinf(gap):
        words = "a law is known to fewer than 64 bits and has no variance: no error is known"
        ends = (0.0, math.inf)
        told = (*found.warnings, words)
        return replace(found, error=math.inf, interval=ends, warnings=told)
    low, high = found.interval
    return replace(found, error=found.error + gap, interval=(low - gap, high + gap))


def _gap(law: Law, other: Law, metric: IPM) -> float:
    """Worth of the blur of `law`."""
    b = LOG_SIZE * law.blur
    match metric.family:
        case "mmd2":
            return 4 * b
        case "w1":
            return b * _spread(law)
        case "w2":
            return math.sqrt(2 * b) * _spread(law)
    if law.mean is None or other.mean is None:
        return math.inf
    between = float(np.linalg.norm(law.mean - other.mean))
    return 2 * b * (between + 3 * _spread(law) + _spread(other))


def _spread(law: Law) -> float:
    """The root of the mean square distance from the mean, inf where it is not known."""
    if law.covariance is None:
        return math.inf
    square = float(np.trace(law.covariance))
    return math.sqrt(square) if square < math.inf else math.inf
