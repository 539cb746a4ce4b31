r"""The affinity of two laws of counts at complex order, by sums.

    1 − ρ(ω) = Σ ½(√p − √q)² + √(pq) [2 sin²(ωl/2) + i sin(ωl)],   l = log p − log q,

over the nodes of `method.summed`: nothing cancels where the laws nearly agree.
"""

from __future__ import annotations

import math

import numpy as np

from divkit.distributions.base import Law
from divkit.divergences import JS
from divkit.exact.affinity.family import EPS, LogAffinity, from_defect
from divkit.exact.counts.method import summed
from divkit.exact.counts.remainder import costs_of
from divkit.exact.quadrature.fields import of_divergence
from divkit.types import FloatArray


def by_sums(p: Law, q: Law, omega: FloatArray) -> LogAffinity:
    """log ρ(½ + iω) of two laws of counts, with its error."""
    found = summed(p, q, of_divergence(JS), costs_of(JS), 0.5)
    lp, lq = found.logs.p.numpy(), found.logs.q.numpy()
    ep, eq = found.logs.error_p.numpy(), found.logs.error_q.numpy()
    both = (lp > -math.inf) & (lq > -math.inf)
    with np.errstate(all="ignore"):
        ratio = np.where(both, lp - lq, 0.0)
        root = np.where(both, np.exp(0.5 * (lp + lq)), 0.0)
        top = np.exp(np.maximum(lp, lq))
        square = 0.5 * top * np.where(both, np.expm1(-0.5 * np.abs(ratio)) ** 2, 1.0)
        level = 0.5 * (ep * np.abs(np.exp(lp) - root) + eq * np.abs(np.exp(lq) - root)).sum()
        slope = float((root * (ep + eq)).sum())
    half = 0.5 * np.multiply.outer(omega, ratio)
    sine = np.sin(half)
    wave = 2 * root * sine
    defect = square.sum() + (wave * sine).sum(axis=1) + 1j * (wave * np.cos(half)).sum(axis=1)
    size = square.sum() + np.abs(wave).sum(axis=1)
    missed = max(found.relative) * (2 + omega) + math.exp(min(found.masses, 0.0))
    error = level + slope * omega + 8 * EPS * (size + np.abs(defect)) + missed
    return from_defect(defect, error)
