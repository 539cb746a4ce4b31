r"""Many pairs of normals at once through the affinity formula.

Up to an affine map a pair N(m₁, s₁²), N(m₂, s₂²) has two parameters, λ = log(s₁/s₂) and
δ² = 2(m₁ − m₂)²/(s₁² + s₂²). With κ = 2 tanh λ and g = ωκ its affinity on the line Re α = ½ is

    log|ρ| = −½ log cosh λ − ¼ log(1 + g²) − e,      e = ½(¼ + ω²) δ²/(1 + g²),
    arg ρ  = ωλ − ½ atan g + e g,

so that 1 − Re ρ = −expm1(log|ρ|) + 2|ρ| sin²(arg ρ/2) is a sum of two non-negative terms: nothing
cancels where the laws nearly agree, and nothing overflows where they do not. One fixed trapezoid
rule in ω serves every pair; its error is proved in `divkit.exact.affinity.kernels`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from divkit.divergences.stable import LOG2
from divkit.exact.affinity.kernels import Kernel
from divkit.exact.batch.laws import NormalBatch
from divkit.types import FloatArray

EPS = float(np.finfo(float).eps)
_SINGULAR = (
    1e4  # |ρ| ≤ e^{−δ²/8} underflows to 0 from here on, so that a larger δ² is the same pair
)
_TINY, _BEYOND = (
    1e-290,
    668.0,
)  # a smaller ratio of scales than e^{−668} is no different: |ρ| < 1e-144
_BLOCK = 64  # pairs: four arrays of 64 × 120 doubles stay in a second-level cache


Add: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class AffinityRule:
    """The trapezoid rule on [−cutoff, cutoff], folded onto ω ≥ 0.

    Attributes
    ----------
    step, cutoff : .085 leaves 7e-15 of aliasing in JSD for any pair of laws; beyond ω = 10 the
        kernel holds less than 1e-15.
    """

    step: float = 0.085
    cutoff: float = 10.2

    @property
    def nodes(self) -> int:
        """Number of nodes ω ≥ 0."""
        return len(self._omega())

    def _omega(self) -> FloatArray:
        return np.arange(0.0, self.cutoff, self.step)

    def __call__(
        self, p: NormalBatch, q: NormalBatch, kernel: Kernel, add: Add | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Return values and errors, (n,) each, of the divergence whose kernel has no shift.

        `add` sums over the nodes: `one_minus_affinity`, or the same in compiled code.
        """
        with np.errstate(over="ignore"):  # an infinite ratio or gap stands for its limit
            lam, gap = _parameters(p, q)
            jeffreys = _jeffreys(p, q, lam)
            omega = self._omega()
            weights = 2 * self.step * kernel.scale * kernel.kappa(omega)
            weights[0] /= 2
            sums = (add or one_minus_affinity)(lam, gap, omega, weights)
        return kernel.at_one + sums, self._error(kernel, lam, jeffreys, sums)

    def _error(
        self, kernel: Kernel, lam: FloatArray, jeffreys: FloatArray, sums: FloatArray
    ) -> FloatArray:
        period = 2 * math.pi / self.step
        aliased = np.minimum(kernel.alias(period), kernel.alias_jeffreys(period) * jeffreys)
        # |1 − ρ| ≤ 2, and 1 − Re ρ ≤ (⅛ + ω²/2) times the Jeffreys divergence
        beyond = 2 * abs(kernel.scale) * kernel.beyond(self.cutoff - self.step)
        cut = beyond * np.minimum(2.0, (0.125 + self.cutoff**2) * jeffreys)
        rounding = EPS * np.abs(sums) * (12 + np.minimum(np.abs(lam), 64))
        return np.asarray(aliased + cut + rounding + 2 * EPS * abs(kernel.at_one))


def one_minus_affinity(
    lam: FloatArray, gap: FloatArray, omega: FloatArray, weights: FloatArray
) -> FloatArray:
    """Return Σ_k weights[k] (1 − Re ρ(½ + iω_k)) for each pair (λ, δ²), as (n,)."""
    out = np.empty(len(lam))
    half_log_cosh = 0.5 * log_cosh(lam)
    kappa, square = 2 * np.tanh(lam), 0.5 * (0.25 + omega * omega)
    room = np.empty((4, _BLOCK, len(omega)))
    for start in range(0, len(lam), _BLOCK):
        rows = slice(start, start + _BLOCK)
        columns = [part[rows, None] for part in (lam, kappa, gap, half_log_cosh)]
        terms = _terms(columns, omega, square, room[:, : len(columns[0])])
        out[rows] = terms @ weights
    return out


def _terms(
    columns: list[FloatArray], omega: FloatArray, square: FloatArray, room: FloatArray
) -> FloatArray:
    """1 − Re ρ at every node, (rows, nodes), worked out in place in four arrays."""
    lam, kappa, gap, half_log_cosh = columns
    g, pull, modulus, other = room
    np.multiply(kappa, omega, out=g)
    np.multiply(g, g, out=other)
    np.log1p(other, out=modulus)
    modulus *= -0.25
    other += 1
    np.multiply(gap, square, out=pull)
    pull /= other
    modulus -= pull
    modulus -= half_log_cosh
    below = np.expm1(modulus, out=modulus)  # |ρ| − 1
    pull *= g
    np.arctan(g, out=g)
    g *= 0.5
    pull -= g
    pull += np.multiply(lam, omega, out=g)  # arg ρ
    pull *= 0.5
    turn = np.tan(pull, out=pull)
    turn *= turn
    turn /= np.add(turn, 1, out=g)  # sin²(arg ρ / 2)
    turn *= 2
    turn *= np.add(below, 1, out=g)
    turn -= below
    return np.asarray(turn)


def _parameters(p: NormalBatch, q: NormalBatch) -> tuple[FloatArray, FloatArray]:
    """λ = log(s₁/s₂) to full relative accuracy, and δ²."""
    larger, smaller = np.maximum(p.scale, q.scale), np.minimum(p.scale, q.scale)
    near = smaller > 0.5 * larger
    close = np.log1p(np.where(near, (p.scale - q.scale) / q.scale, 0.0))
    ratio = smaller / larger
    known = ratio > _TINY
    far = np.log(np.where(known, ratio, 1.0)) + np.where(known, 0.0, -_BEYOND)
    lam = np.where(near, close, np.copysign(far, p.scale - q.scale))
    shift = (p.loc - q.loc) / larger
    gap = 2 * shift * shift / (1 + ratio * ratio)
    return lam, np.minimum(gap, _SINGULAR)


def _jeffreys(p: NormalBatch, q: NormalBatch, lam: FloatArray) -> FloatArray:
    """2 sinh² λ + ½ (m₁ − m₂)² (1/s₁² + 1/s₂²)."""
    shift = p.loc - q.loc
    spread = np.sinh(lam)
    return np.asarray(
        2 * spread * spread + 0.5 * ((shift / p.scale) ** 2 + (shift / q.scale) ** 2)
    )


def log_cosh(x: Any) -> FloatArray:
    """Log of cosh x, to full relative accuracy near 0 and without overflow."""
    size = np.abs(x)
    inner = np.where(size < 1, size, 0.0)
    near = 0.5 * np.log1p(np.sinh(inner) ** 2)
    return np.asarray(np.where(size < 1, near, size + np.log1p(np.exp(-2 * size)) - LOG2))
