r"""Log affinities in closed form: ρ(ω) = ∫ p^{½−iω} q^{½+iω} within one family.

Within an exponential family with log-normaliser A(θ), ρ = exp[A(αθ_q + (1−α)θ_p) − αA(θ_q) −
(1−α)A(θ_p)] at α = ½ + iω. Rates, scales and covariances enter through one function,

    C(τ, ω) = log[cosh(τ/2) + 2iω sinh(τ/2)] − iωτ ≈ (¼ + ω²) τ²/2,

τ the log of their ratio. The logarithm's argument has a positive real part, so the principal
branch is the continuous one; written in tanh(τ/2) it keeps its relative accuracy as τ → 0.
For Gaussians τ_i are the logs of the eigenvalues of Σp⁻¹Σq, so that log det is followed along ω
as a sum of principal logarithms, each of which is the right branch:

    log ρ = −½ Σ_i [ C(−τ_i, ω) + (¼ + ω²) c_i² / (½ + iω + (½ − iω) e^{τ_i}) ],

c the difference of means in the coordinates that make Σp the identity and Σq diagonal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divkit.lazy import deferred
from divkit.types import FloatArray

linalg = deferred("scipy.linalg")
special = deferred("scipy.special")

Complex = NDArray[np.complex128]
EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class LogAffinity:
    """log ρ on a grid of ω, with what is known of its error.

    Attributes
    ----------
    log_rho : log ρ(ω) on any branch.
    slack : log(1 + e/|ρ|), where e bounds or estimates the error of ρ; adds over factors.
    jeffreys : an upper bound on the Jeffreys divergence of the pair, inf where none is known.
    """

    log_rho: Complex
    slack: FloatArray
    jeffreys: float

    def __add__(self, other: LogAffinity) -> LogAffinity:
        """The affinity of the product laws."""
        return LogAffinity(
            self.log_rho + other.log_rho,
            self.slack + other.slack,
            self.jeffreys + other.jeffreys,
        )

    def power(self, n: int) -> LogAffinity:
        """The affinity of n independent copies."""
        return LogAffinity(n * self.log_rho, n * self.slack, n * self.jeffreys)


def from_defect(defect: FloatArray, error: FloatArray) -> LogAffinity:
    """Return log ρ from 1 − ρ; where ρ is lost in its error, the error itself stands for it."""
    size = np.abs(1 - defect)
    lost = size <= error
    held = np.where(lost, 0.0, defect)
    log_rho = np.where(lost, np.log(np.where(lost, error, 1.0)), np.log1p(-held))
    slack = np.where(lost, np.log(3.0), np.log1p(error / np.where(lost, 1.0, size)))
    return LogAffinity(log_rho, slack, np.inf)


def identical(omega: FloatArray) -> LogAffinity:
    """ρ = 1: a law against itself."""
    return LogAffinity(np.zeros(omega.shape, complex), np.zeros(omega.shape), 0.0)


def log_quotient(b: float, a: float) -> float:
    """Return log(b/a), to full relative accuracy near b = a (b − a is then exact)."""
    return math.log1p((b - a) / a) if 0.5 * a < b < 2 * a else math.log(b) - math.log(a)


def gap(tau: Any, omega: FloatArray) -> Complex:
    """C(τ, ω) of the module, for τ and ω that broadcast."""
    tau = np.asarray(tau, float)
    t = np.tanh(0.5 * tau)
    size = np.abs(tau)
    near = -0.5 * np.log1p(-np.square(np.where(size < 1, t, 0.0)))
    log_cosh = np.where(size < 1, near, 0.5 * size + np.log1p(np.exp(-size)) - math.log(2))
    tilt = 2 * omega * t
    return np.asarray(
        log_cosh + 0.5 * np.log1p(tilt * tilt) + 1j * (np.arctan(tilt) - omega * tau)
    )


def gap_error(tau: Any, tau_error: Any, omega: FloatArray) -> FloatArray:
    """Bound the error of `gap` where τ is known to ± tau_error: |∂C/∂τ| = (¼+ω²)·2|t|/|1+2iωt|."""
    size, t = np.abs(np.asarray(tau, float)), np.tanh(0.5 * np.abs(tau))
    curvature = 2 * (0.25 + omega * omega)
    slope = curvature * t / np.hypot(1.0, 2 * omega * t)
    own = 4 * EPS * (np.abs(gap(tau, omega)) + omega * size)
    return np.asarray(own + slope * tau_error + curvature * np.square(tau_error))


def rate_family(tau: float, omega: FloatArray) -> LogAffinity:
    """Laws e^{−rate·T(x)} of one statistic T, τ = log(rate_q/rate_p): log ρ = −C(τ, ω)."""
    jeffreys = 4 * math.sinh(0.5 * tau) ** 2 if abs(tau) < 700 else math.inf
    return LogAffinity(-gap(tau, omega), gap_error(tau, 3 * EPS * abs(tau), omega), jeffreys)


def normal(
    loc_p: float, scale_p: float, loc_q: float, scale_q: float, omega: FloatArray
) -> LogAffinity:
    """Two normals on the line."""
    tau, unit = 2 * log_quotient(scale_q, scale_p), max(scale_p, scale_q)
    a, b, shift = (scale_p / unit) ** 2, (scale_q / unit) ** 2, (loc_q - loc_p) / unit
    quadratic = (
        0.5 * (0.25 + omega**2) * shift**2 / ((0.5 + 1j * omega) * a + (0.5 - 1j * omega) * b)
    )
    error = 0.5 * gap_error(-tau, 3 * EPS * abs(tau), omega)
    moved = 12 * EPS * np.abs(quadratic) * np.sqrt(1 + omega**2)
    smaller = min(a, b)
    jeffreys = 2 * math.sinh(0.5 * tau) ** 2 if abs(tau) < 700 else math.inf
    jeffreys += shift**2 / smaller if smaller > 0 else math.inf
    return LogAffinity(-0.5 * gap(-tau, omega) - quadratic, error + moved, jeffreys)


def gaussian(
    mean_p: FloatArray, cov_p: FloatArray, mean_q: FloatArray, cov_q: FloatArray, omega: FloatArray
) -> LogAffinity:
    """Two Gaussians in any dimension; the error grows with the condition of the covariances."""
    unit = np.sqrt(np.diag(cov_p))
    a, b = cov_p / np.outer(unit, unit), cov_q / np.outer(unit, unit)
    root = np.linalg.cholesky(a)
    loss = len(unit) * EPS * (_condition(a) + _condition(b))
    tau, tau_error, axes = _spectrum(root, b - a, b, loss)
    shift = axes.T @ linalg.solve_triangular(root, (mean_q - mean_p) / unit, lower=True)
    w = omega[:, None]  # (k, d) below
    ratio = np.exp(tau)
    pull = 0.5 * (0.25 + w * w) * shift**2 / ((0.5 + 1j * w) + (0.5 - 1j * w) * ratio)
    log_rho = -(0.5 * gap(-tau, w) + pull).sum(axis=1)
    lost = 4 * (loss + EPS) * np.abs(pull).sum(axis=1) * np.sqrt(1 + omega**2)
    error = (
        0.5 * gap_error(-tau, tau_error, w).sum(axis=1) + lost + len(unit) * EPS * np.abs(log_rho)
    )
    jeffreys = float((2 * np.sinh(0.5 * tau) ** 2 + 0.5 * shift**2 * (1 + 1 / ratio)).sum())
    return LogAffinity(log_rho, error, jeffreys)


def _condition(matrix: FloatArray) -> float:
    scale = np.sqrt(np.diag(matrix))
    return float(np.linalg.cond(matrix / np.outer(scale, scale)))


def _spectrum(
    root: FloatArray, change: FloatArray, cov: FloatArray, loss: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Logs of the eigenvalues of Σp⁻¹Σq with their errors, and axes, in Σp's coordinates.

    Nearly equal covariances are compared through their difference; others by singular values of
    the quotient of the two Cholesky factors, which keep twice the range of the eigenvalues.
    """
    inner = linalg.solve_triangular(root, change, lower=True)
    inner = linalg.solve_triangular(root, inner.T, lower=True)
    if np.linalg.norm(inner, 2) < 0.5:
        values, axes = np.linalg.eigh(0.5 * (inner + inner.T))
        error = 4 * (loss + len(root) * EPS) * np.abs(values).max(initial=0.0)
        return np.log1p(values), np.full(len(values), error), axes
    factor = linalg.solve_triangular(root, np.linalg.cholesky(cov), lower=True)
    axes, singular, _ = np.linalg.svd(factor)
    error = loss + 4 * len(root) * EPS * singular.max() / singular
    return 2 * np.log(singular), error, axes


def log_gamma_gap(a: float, b: float, d: float, omega: FloatArray) -> tuple[Complex, FloatArray]:
    """log Γ(k) − (½ − iω) log Γ(a) − (½ + iω) log Γ(b), k = (½−iω)a + (½+iω)b, with its error.

    d is b − a, which a caller may know to more digits than the difference of two sums has.

    For b near a the three terms cancel to second order; there it is the Taylor series at the
    middle m, Σ_{j≥2} ψ^{(j−1)}(m) dʲ/j! · [(iω)ʲ − (½−iω)(−½)ʲ − (½+iω)(½)ʲ].
    """
    middle = 0.5 * (a + b)
    if abs(d) * (1 + np.max(omega)) < 0.02 * middle:
        return _gamma_series(middle, d, omega)
    left, right = 0.5 - 1j * omega, 0.5 + 1j * omega
    top = special.loggamma(middle + 1j * omega * d)
    ends = left * special.gammaln(a), right * special.gammaln(b)
    # a relative error of 4 EPS in the argument moves log Γ by |k ψ(k)| times that
    moved = np.abs(middle + 1j * omega * d) * np.abs(special.psi(middle + 1j * omega * d))
    error = 8 * EPS * (np.abs(top) + np.abs(ends[0]) + np.abs(ends[1]) + moved)
    return top - ends[0] - ends[1], error


def _gamma_series(m: float, d: float, omega: FloatArray) -> tuple[Complex, FloatArray]:
    left, right, step = 0.5 - 1j * omega, 0.5 + 1j * omega, 1j * omega
    total, term = np.zeros(omega.shape, complex), np.zeros(omega.shape, complex)
    for j in range(2, 13):
        coefficient = float(special.polygamma(j - 1, m)) * d**j / math.factorial(j)
        term = coefficient * (step**j - left * (-0.5) ** j - right * 0.5**j)
        total = total + term
    return total, np.abs(term) + 16 * EPS * np.abs(total)
