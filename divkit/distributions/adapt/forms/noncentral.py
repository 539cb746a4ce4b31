r"""The non-central t law of T = (Z + δ)/S, ν S² a χ² variable of ν degrees of freedom.

With c = 2 (ν/2)^{ν/2}/Γ(ν/2) and φ the standard normal density,

    f(t) = E[S φ(tS − δ)] = c ∫ s^{n−1} e^{−νs²/2} φ(ts − δ) ds,      n = ν + 1.

The integrand in log s has its only mode where (ν + t²) s² = n + tδs. There, with y² = n + tδs and
s e^v for s, it is its largest value times

    exp(n (v − q) − y² q²/2),      q = e^v − 1.

It is entire and falls off on both sides, so that the trapezoidal rule in v converges
exponentially. All terms are positive, and no two parts of an exponent cancel: no digit is lost in
a tail, nor where ν is large.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from functools import lru_cache

import flint
import torch

from divkit.distributions.adapt.forms.form import HALF_LOG_2PI, Form, far
from divkit.distributions.adapt.forms.peaked import DEEP, PeakedIntegral
from divkit.distributions.families.numerics import log_excess, rounded
from divkit.distributions.tails import LOG
from divkit.distributions.tails import power as growth
from divkit.types import Tensor

MOST_NONCENTRALITY = 1e4  # SciPy's quantiles, which say where the law lies, end not far beyond
_SERIES = 1000.0  # from this n on, v − q is summed: |v| < 0.35 in the window
_TERMS = 13
_CHUNK = 1_000_000
_BLUR = 32 * sys.float_info.epsilon


def nct(df: float, nc: float) -> Form:
    """f above; a normal density around δ where ν is infinite."""
    if abs(nc) > MOST_NONCENTRALITY:
        raise ValueError(
            f"scipy.stats.nct must have nc in [{-MOST_NONCENTRALITY:g}, {MOST_NONCENTRALITY:g}]; "
            f"got {nc!r}. With other ones pass divkit.law(log_p, support=(-inf, inf), "
            f"features=...), whose features say where its mass lies."
        )
    if math.isinf(df):
        tails = far({growth(2): 0.5, growth(1): nc}), far({growth(2): 0.5, growth(1): -nc})
        return Form(lambda z, low, high: _normal(z - nc), -math.inf, math.inf, tails)
    law = _NoncentralT(df, nc)
    tail = far({LOG: Fraction(df) + 1})
    return Form(law, -math.inf, math.inf, (tail, tail), blur=_BLUR)


def _normal(gap: Tensor) -> Tensor:
    return -0.5 * gap * gap - HALF_LOG_2PI


class _NoncentralT(PeakedIntegral):
    """log f."""

    halvings = 16

    def __init__(self, df: float, nc: float) -> None:
        self.df, self.nc, self.order = df, nc, df + 1
        self.count = 64 + math.ceil(360 / self.order)

    def __call__(self, z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        """log f at t = `z`."""
        parts = z.split(max(_CHUNK // self.count, 1))
        return torch.cat([self._log_density(part) for part in parts])

    def _log_density(self, t: Tensor) -> Tensor:
        r = torch.hypot(t, torch.full_like(t, math.sqrt(self.df)))
        pull = self.nc * (t / r)
        root = torch.hypot(pull, torch.full_like(t, 2 * math.sqrt(self.order)))
        y = torch.where(pull > 0, 0.5 * (root + pull), 2 * self.order / (root - pull))
        return _log_scale(self.df) + self._at_mode(t, r, y, root - pull) + self._log_integral(y)

    def _at_mode(self, t: Tensor, r: Tensor, y: Tensor, rest: Tensor) -> Tensor:
        """log of s (s e^{−(s² − 1)/2})^ν φ(ts − δ) at the mode s = y/r, by s − 1 near 1."""
        off = 2 * (1 / r / r - (t / r) * ((t - self.nc) / r)) / (2 + rest / r)
        near = off.abs() < 0.3
        s = torch.where(near, 1 + off, y / r)
        off = torch.where(near, off, s - 1)
        gap = torch.where(near, (t - self.nc) + t * off, t * s - self.nc)
        excess = log_excess(s, off, 1.0)
        return excess + off + self.df * (excess - 0.5 * off * off) + _normal(gap)

    def _bracket(self, t: Tensor) -> tuple[Tensor, Tensor]:
        inner = torch.log(1 / torch.hypot(t, torch.full_like(t, math.sqrt(self.order))))
        return inner, torch.full_like(t, math.log(2 + DEEP / self.order))

    def _depth(self, s: Tensor, t: Tensor) -> Tensor:
        """n (q − v) + t² q²/2, v = s, t the y of the module."""
        q = torch.expm1(s)
        bend = q - s if self.order < _SERIES else _excess(s)
        return self.order * bend + 0.5 * (t * q) ** 2


def _excess(v: Tensor) -> Tensor:
    """e^v − 1 − v of a small v."""
    total = torch.ones_like(v)
    for k in range(_TERMS, 2, -1):
        total = 1 + total * v / k
    return 0.5 * v * v * total


@lru_cache(4096)
def _log_scale(df: float) -> float:
    """log of c e^{−ν/2}."""

    def formula() -> flint.arb:
        half = flint.arb(df) / 2
        return half * half.log() - half - half.lgamma() + flint.arb(2).log()

    return rounded(formula)
