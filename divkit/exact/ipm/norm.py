r"""The mean distance of two Gaussians from each other, for any covariance.

With X ~ N(δ, S), λ the eigenvalues of S and g = Uᵀδ in its eigenbasis, the Laplace transform of
|X|² is

    φ(t) = E e^{−t|X|²} = Π_i (1 + 2tλ_i)^{−½} exp(−t g_i²/(1 + 2tλ_i)),

    E|X| = 1/(2√π) ∫₀^∞ [1 − φ(t)] t^{−3/2} dt,      E 1/|X| = 1/√π ∫₀^∞ φ(t) t^{−½} dt.

In s = log t the integrands are analytic for |Im s| < π. On |Im s| ≤ π/2 the real part of
t/(1 + 2tλ) is not negative, so that |φ| ≤ 1 and, with M = E|X|², |1 − φ| ≤ min(2, |t|M): the
integral of the first integrand's modulus along such a line is at most 4√(2M), and the trapezoid
rule of step h errs by at most 2 · 4√(2M)/(e^{π²/h} − 1) (Trefethen, Weideman, SIAM Review 56
(2014), theorem 5.1). What lies beyond |s + log M| = L weighs at most 4√M e^{−L/2}.

Eigenvalues are those of a matrix S + E with ‖E‖ of the order of d ε ‖S‖, which moves E|X| by at
most ½ ‖E‖_tr E 1/|X|.
"""

from __future__ import annotations

import math

import numpy as np

from divkit.distributions.base import Law
from divkit.divergences.base import IPM
from divkit.exact.capabilities import Component
from divkit.exact.ipm.gaussian import signed
from divkit.exact.ipm.result import metric_result
from divkit.results import Result
from divkit.types import FloatArray

_STEP, _HALF_LENGTH = 0.25, 80.0
_NODES = np.arange(-_HALF_LENGTH, _HALF_LENGTH + _STEP / 2, _STEP)
_EPS = 2.0**-52


def correlated_energy(p: Law, q: Law, divergence: IPM) -> Result:
    """−Σ_ij c_i c_j E|X_i − X_j| over the signed components of p − q, mixtures of Gaussians."""
    parts = signed(p, q)
    value = error = 0.0
    for i, a in enumerate(parts):
        for j, b in enumerate(parts[: i + 1]):
            factor = float(a.weight * b.weight) * (1 if i == j else 2)
            mean, bound = mean_norm(*_difference(a, b))
            value -= factor * mean
            error += abs(factor) * (bound + 4 * _EPS * mean)
    error += len(parts) * _EPS * error
    route = "Laplace transform of |X|²"
    return metric_result(
        value, error, "quadrature", divergence, route=route, components=len(parts)
    )


def _difference(a: Component, b: Component) -> tuple[FloatArray, FloatArray]:
    """Mean and covariance of the difference of two independent Gaussians."""
    gap = [float(x - y) for x, y in zip(a.loc, b.loc, strict=True)]
    rows = zip(a.cov, b.cov, strict=True)
    cov = [[float(x + y) for x, y in zip(r, s, strict=True)] for r, s in rows]
    return np.array(gap), np.array(cov)


def mean_norm(gap: FloatArray, cov: FloatArray) -> tuple[float, float]:
    """Return E|N(gap, cov)| and a bound of its error.

    Parameters
    ----------
    gap : (d,), d ≥ 2; both scaled by the largest variance, so that no square overflows.
    cov : (d, d), symmetric and positive definite.
    """
    d, unit = len(gap), float(cov.diagonal().max())
    values, vectors = np.linalg.eigh(cov / unit)
    turned = vectors.T @ gap / math.sqrt(unit)
    square = float(values.sum() + turned @ turned)
    t = np.exp(_NODES) / square  # (nodes,)
    spread = 2 * t[:, None] * values  # (nodes, d)
    exponent = -(np.log1p(spread) / 2 + t[:, None] * turned**2 / (1 + spread)).sum(axis=1)
    mean = _STEP * float((-np.expm1(exponent) / np.sqrt(t)).sum()) / (2 * math.sqrt(math.pi))
    inverse = _STEP * float((np.exp(exponent) * np.sqrt(t)).sum()) / math.sqrt(math.pi)
    root = math.sqrt(square)
    rule = 8 * math.sqrt(2) * root / math.expm1(math.pi**2 / _STEP)
    cut = 4 * root * math.exp(-_HALF_LENGTH / 2)
    perturbed = 4 * d * d * _EPS * (0.5 * inverse + math.sqrt(float(turned @ turned)))
    error = rule + cut + perturbed + (d + 8) * _EPS * mean
    return math.sqrt(unit) * mean, math.sqrt(unit) * error
