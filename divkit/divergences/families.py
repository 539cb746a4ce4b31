"""The f-divergences with one parameter: JSD with a class prior, and the α-divergences."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import logsigmoid

from divkit.divergences import stable
from divkit.divergences.base import Elementwise, FDivergence
from divkit.divergences.elementwise import FGAN, identity, power_finite, starting_at, up_to, xlogx
from divkit.divergences.stable import softplus
from divkit.remade import remade
from divkit.types import Tensor


@dataclass(frozen=True, eq=False, repr=False)
class WeightedJS(FDivergence):
    """A row that remembers the class prior it was made for."""

    prior: float = 0.5


@remade
def weighted_js(prior: float) -> WeightedJS:
    """JSD with class prior π: π KL(p‖m) + (1−π) KL(q‖m), m = πp + (1−π)q.

    Raises
    ------
    ValueError
        If prior is not in (0, 1).
    """
    if not 0 < prior < 1:
        raise ValueError(f"prior must be in (0, 1); got {prior!r}.")
    w, low, high = prior, math.log1p(-prior), math.log(prior)
    return WeightedJS(
        f"weighted_js({prior!r})",
        f"JSD with class prior {prior:g}",
        stable.weighted_js(prior),
        f=lambda u: w * xlogx(u) - (1 + w * (u - 1)) * torch.log1p(w * (u - 1)),
        prime=lambda u: w * (u.log() - torch.log1p(w * (u - 1))),
        conjugate=up_to(
            -w * high, lambda t: (1 - w) * (low - torch.log(-torch.expm1((t + w * high) / w)))
        ),
        output=lambda v: -w * high + logsigmoid(v),
        witness=lambda v: w * (logsigmoid(v + high - low) - high),
        conjugate_at=lambda v: (1 - w) * (low + softplus(v + high - low)),
        at_zero=-(1 - w) * low,
        slope_at_infinity=-w * high,
        prime_at_one=0.0,
        curvature=w * (1 - w),
        symmetric=w == 0.5,
        source=FGAN,
        prior=float(prior),
    )


@remade
def alpha(order: float) -> FDivergence:
    """The α-divergence, f(u) = (u^α − 1 − α(u−1))/(α(α−1)).

    α → 1 is KL, α → 0 reverse KL (ask for those by name); α = ½ is 4H², α = 2 half of Pearson's.

    Raises
    ------
    ValueError
        If order is 0 or 1, not finite, or so large that powers of ordinary ratios overflow.
    """
    a = order
    if not abs(a - 0.5) <= 100 or a in (0, 1):
        raise ValueError(
            f"order must be in [-99.5, 100.5], not 0 or 1 (these are reverse_kl, kl); got {a!r}."
        )
    b, c = a - 1, 1 / (a - 1)
    outputs: Elementwise = (lambda v: -c + logsigmoid(v)) if a < 1 else identity
    return FDivergence(
        f"alpha({a!r})",
        f"α-divergence, α = {a:g}",
        stable.alpha(a),
        f=lambda u: _alpha_f(u, a),
        prime=lambda u: torch.expm1(b * u.log()) / b,
        conjugate=_alpha_conjugate(a),
        output=outputs,
        witness=lambda v: torch.expm1(b * v) / b,
        conjugate_at=lambda v: torch.expm1(a * v) / a,
        at_zero=1 / a if a > 0 else math.inf,
        slope_at_infinity=-c if a < 1 else math.inf,
        prime_at_one=0.0,
        curvature=1.0,
        symmetric=a == 0.5,
        finite_if=power_finite(a) if not 0 < a < 1 else (lambda p, q: True),
        source=FGAN,
        order=a,
        gain=1 / (a * b),
    )


def _alpha_f(u: Tensor, a: float) -> Tensor:
    """f in the form that goes over into u log u − u + 1 (α → 1) or u − 1 − log u (α → 0)."""
    if a < 0.5:
        return (u - 1 - torch.expm1(a * u.log()) / a) / (1 - a)
    return (u * torch.expm1((a - 1) * u.log()) / (a - 1) - (u - 1)) / a


def _alpha_conjugate(a: float) -> Elementwise:
    """[(1 + t(α−1))^{α/(α−1)} − 1]/α where the base is positive."""
    b = a - 1

    def conjugate(t: Tensor) -> Tensor:
        return torch.expm1(a / b * torch.log1p(t * b)) / a

    return up_to(-1 / b, conjugate) if a < 1 else starting_at(-1 / b, -1 / a, conjugate)
