r"""The spectral kernels of the affinity formula, with the proved errors of its trapezoid rule.

With ρ(ω) = ∫ p^{½−iω} q^{½+iω} dx, a symmetric kernel κ and a shift λ,

    D = at_one + scale ∫_R [1 − ρ(ω)] e^{−iωλ} κ(ω) dω = upper − scale ∫_R ρ(ω) e^{−iωλ} κ(ω) dω.

The second factor is the Fourier transform of a function of l = log p − log q that decays like
e^{−|l|/2}, so the trapezoid rule of step h adds its copies at l + kA, A = 2π/h, k ≠ 0, and the
sum of the copies is bounded for every pair of laws: by `alias(A)`, and, since each copy is itself
an f-divergence, by `alias_jeffreys(A)` times the Jeffreys divergence, which keeps the *relative*
error small where the laws nearly agree. Both are derived in docs/numerics.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from divkit.divergences.stable import LOG2
from divkit.types import FloatArray


@dataclass(frozen=True)
class Kernel:
    """One divergence as an integral of the affinity along the line Re α = ½.

    Attributes
    ----------
    kappa : κ(ω) ≥ 0, decreasing for ω ≥ 0.
    beyond : a bound on ∫_Ω^∞ κ as a function of Ω > 0.
    scale, shift, at_one, upper : see the module; `upper` is the value at singular laws.
    alias, alias_jeffreys : bounds on the trapezoid error as functions of A = 2π/h, the second to
        be multiplied by the Jeffreys divergence of the pair.
    """

    kappa: Callable[[FloatArray], FloatArray]
    beyond: Callable[[float], float]
    scale: float
    upper: float
    alias: Callable[[float], float]
    alias_jeffreys: Callable[[float], float]
    shift: float = 0.0
    at_one: float = 0.0


def copies(period: float, constant: float, slope: float) -> float:
    """Return Σ_{k≥1} (slope·kA + constant) e^{−kA/2} in closed form."""
    x = math.exp(-0.5 * period)
    return slope * period * x / (1 - x) ** 2 + constant * x / (1 - x)


def logarithmic(omega: FloatArray) -> FloatArray:
    """1/[(¼ + ω²) cosh πω], the transform of e^{l/2} log(1+e^{−l}) + e^{−l/2} log(1+e^l)."""
    return _sech(omega) / (0.25 + omega * omega)


def _sech(omega: FloatArray) -> FloatArray:
    decay = np.exp(-math.pi * np.abs(omega))
    return np.asarray(2 * decay / (1 + decay * decay), dtype=np.float64)


def _beyond_logarithmic(cutoff: float) -> float:
    return _beyond_sech(cutoff) / (0.25 + cutoff * cutoff)


def _beyond_sech(cutoff: float) -> float:
    return 2 * math.exp(-math.pi * cutoff) / math.pi


def weighted_js(prior: float, scale: float = 1.0, at_one: float = 0.0) -> Kernel:
    """`scale` times the JSD with class prior π, plus `at_one`; JSD itself is π = ½.

    JSD_π = ½√(π(1−π)) ∫ [1 − ρ] e^{−iωλ} / [(¼ + ω²) cosh πω] dω,  λ = log π − log(1 − π).
    """
    entropy = LOG2 if prior == 0.5 else -prior * math.log(prior) - (1 - prior) * math.log1p(-prior)
    return Kernel(
        kappa=logarithmic,
        beyond=_beyond_logarithmic,
        scale=0.5 * scale * math.sqrt(prior * (1 - prior)),
        upper=at_one + scale * entropy,
        alias=lambda period: scale * copies(period, 1 + entropy, 1.0),
        alias_jeffreys=lambda period: scale * max(prior, 1 - prior) * copies(period, 1.0, 0.0),
        shift=0.0 if prior == 0.5 else math.log(prior) - math.log1p(-prior),
        at_one=at_one,
    )


def triangular(scale: float = 1.0, at_one: float = 0.0) -> Kernel:
    """`scale` times Δ = ∫(p−q)²/(p+q) = 2∫ [1 − ρ] / cosh(πω) dω, plus `at_one`."""
    return Kernel(
        kappa=_sech,
        beyond=_beyond_sech,
        scale=2 * scale,
        upper=at_one + 2 * scale,
        alias=lambda period: abs(scale) * copies(period, 8.0, 0.0),
        alias_jeffreys=lambda period: abs(scale) * copies(period, 32 / 27, 0.0),
        at_one=at_one,
    )
