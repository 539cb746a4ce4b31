r"""The non-central χ² law of k degrees of freedom and noncentrality λ, named as in scipy.stats.

By Poisson's integral for I_ν, ν = k/2 − 1, with m = k − 1 and z = √(λx),

    f(x) = χ²_m(x) √(x/2π) e^{−λ/2} ∫ (cosh u)^{−m} e^{z tanh u} du.

The integrand has its only mode at tanh u = t, m t = z (1 − t²). There, with u + s for u, it is its
largest value times

    exp(m [t T/(1 + t T) − log(cosh s + t sinh s)]),      T = tanh s.

It is analytic for |Im s| < π/2, so that the trapezoidal rule in s converges exponentially. All
terms are positive: scaled Bessel functions of large order underflow, this does not.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import torch

from divkit.distributions.adapt.forms.form import HALF_LOG_2PI, Form, far, near
from divkit.distributions.adapt.forms.peaked import DEEP, PeakedIntegral
from divkit.distributions.families.positive import Gamma
from divkit.distributions.tails import LOG
from divkit.distributions.tails import power as growth
from divkit.types import Tensor

LEAST_FREEDOM = 2.0
_CHUNK = 1_000_000
_EPS = sys.float_info.epsilon


def ncx2(df: float, nc: float) -> Form:
    """f above, for df ≥ 2."""
    law = _NoncentralChi2(df, nc)
    rise = Fraction(df) / 2 - 1
    upper = far({growth(1): 0.5, growth(0.5): -math.sqrt(nc), LOG: (3 - Fraction(df)) / 4})
    # parts as large as these cancel to order 1 where the law has its mass
    blur = _EPS * (16 + nc + math.sqrt(df) + nc * nc / (df + nc))
    return Form(law, tails=(near({LOG: rise}), upper), blur=blur)


class _NoncentralChi2(PeakedIntegral):
    """log f."""

    halvings = 24

    def __init__(self, df: float, nc: float) -> None:
        self.order, self.nc = df - 1, nc
        self.central = Gamma(0.5 * self.order, 0.5)
        self.count = 64 + math.ceil(360 / self.order)

    def __call__(self, z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        """log f at x = `low`."""
        parts = low.split(max(_CHUNK // self.count, 1))
        return torch.cat([self._log_density(part) for part in parts])

    def _log_density(self, x: Tensor) -> Tensor:
        m, pull = self.order, torch.sqrt(self.nc * x)
        root = torch.hypot(2 * pull, torch.full_like(x, m))
        t = 2 * pull / (m + root)
        bend = 2 * (pull / m) * (pull / (root + m))  # cosh² u − 1 at the mode
        peak = -0.5 * m * torch.log1p(bend) + (pull * t - 0.5 * self.nc)
        plain = self.central._log_prob_at(0.0, x) + 0.5 * torch.log(x) - HALF_LOG_2PI
        return plain + peak + self._log_integral(t)

    def _bracket(self, t: Tensor) -> tuple[Tensor, Tensor]:
        inner = torch.full_like(t, math.log(1e-3 / math.sqrt(self.order)))
        return inner, torch.full_like(t, math.log(4 + 2 * DEEP / self.order))

    def _depth(self, s: Tensor, t: Tensor) -> Tensor:
        """m [log(cosh s + t sinh s) − t T/(1 + t T)], by e^{−2|s|} far out."""
        slope = torch.tanh(s)
        y = t * slope
        # log cosh s, with all digits at small and at large s
        half_log = torch.where(
            s.abs() < 1,
            torch.log1p(torch.sinh(s) ** 2) / 2,
            s.abs() + torch.log1p(torch.exp(-2 * s.abs())) - math.log(2.0),
        )
        return self.order * (half_log + torch.log1p(y) - y / (1 + y))
