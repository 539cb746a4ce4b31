"""The f-divergences with one parameter: JSD with a class prior, and the α-divergences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch.nn.functional import logsigmoid

from divkit.divergences import stable
from divkit.divergences.base import FDivergence, always_finite
from divkit.divergences.elementwise import (
    FGAN,
    StartingAt,
    UpTo,
    power_finite,
    xlogx,
)
from divkit.divergences.quantities import Multiple, Quantity
from divkit.divergences.stable import softplus
from divkit.remade import remade
from divkit.types import Tensor


@dataclass(frozen=True)
class _ClassPrior:
    """The functions of JSD with class prior π, and the logarithms of π and 1 − π."""

    prior: float

    @property
    def high(self) -> float:
        return math.log(self.prior)

    @property
    def low(self) -> float:
        return math.log1p(-self.prior)

    def f(self, u: Tensor) -> Tensor:
        mixed = self.prior * (u - 1)
        return self.prior * xlogx(u) - (1 + mixed) * torch.log1p(mixed)

    def prime(self, u: Tensor) -> Tensor:
        return self.prior * (u.log() - torch.log1p(self.prior * (u - 1)))

    def conjugate(self, t: Tensor) -> Tensor:
        inner = -torch.expm1((t + self.prior * self.high) / self.prior)
        return (1 - self.prior) * (self.low - torch.log(inner))

    def output(self, v: Tensor) -> Tensor:
        return -self.prior * self.high + logsigmoid(v)

    def witness(self, v: Tensor) -> Tensor:
        return self.prior * (logsigmoid(v + self.high - self.low) - self.high)

    def conjugate_at(self, v: Tensor) -> Tensor:
        return (1 - self.prior) * (self.low + softplus(v + self.high - self.low))


@remade
@lru_cache(maxsize=None, typed=True)
def weighted_js(prior: float) -> FDivergence:
    """JSD with class prior π: π KL(p‖m) + (1−π) KL(q‖m), m = πp + (1−π)q.

    Raises
    ------
    ValueError
        If prior is not in (0, 1).

    Examples
    --------
    >>> from divkit import divergence
    >>> round(divergence("normal(0, 1)", "normal(1, 1)", weighted_js(0.3)).value, 9)
    0.094910474
    """
    if not 0 < prior < 1:
        raise ValueError(f"prior must be in (0, 1); got {prior!r}.")
    of = _ClassPrior(prior)
    return FDivergence(
        f"weighted_js({prior!r})",
        f"JSD with class prior {prior:g}",
        stable.weighted_js(prior),
        f=of.f,
        prime=of.prime,
        conjugate=UpTo(-prior * of.high, of.conjugate),
        output=of.output,
        witness=of.witness,
        conjugate_at=of.conjugate_at,
        at_zero=-(1 - prior) * of.low,
        slope_at_infinity=-prior * of.high,
        prime_at_one=0.0,
        curvature=prior * (1 - prior),
        symmetric=prior == 0.5,
        source=FGAN,
        unit="nats",
        multiple=Multiple(Quantity("js", float(prior))),
    )


@dataclass(frozen=True)
class _Alpha:
    """The functions of the α-divergence."""

    order: float

    def f(self, u: Tensor) -> Tensor:
        """f in the form that goes over into u log u − u + 1 (α → 1) or u − 1 − log u (α → 0)."""
        a = self.order
        if a < 0.5:
            return (u - 1 - torch.expm1(a * u.log()) / a) / (1 - a)
        return (u * torch.expm1((a - 1) * u.log()) / (a - 1) - (u - 1)) / a

    def prime(self, u: Tensor) -> Tensor:
        return self.witness(u.log())

    def conjugate(self, t: Tensor) -> Tensor:
        """[(1 + t(α−1))^{α/(α−1)} − 1]/α where the base is positive."""
        a, b = self.order, self.order - 1
        return torch.expm1(a / b * torch.log1p(t * b)) / a

    def output(self, v: Tensor) -> Tensor:
        return -1 / (self.order - 1) + logsigmoid(v) if self.order < 1 else v

    def witness(self, v: Tensor) -> Tensor:
        b = self.order - 1
        return torch.expm1(b * v) / b

    def conjugate_at(self, v: Tensor) -> Tensor:
        return torch.expm1(self.order * v) / self.order


@remade
@lru_cache(maxsize=None, typed=True)
def alpha(order: float) -> FDivergence:
    """The α-divergence, f(u) = (u^α − 1 − α(u−1))/(α(α−1)).

    α → 1 is KL, α → 0 reverse KL (ask for those by name); α = ½ is 4H², α = 2 half of Pearson's.

    Raises
    ------
    ValueError
        If order is 0 or 1, not finite, or so large that powers of ordinary ratios overflow.

    Examples
    --------
    >>> from divkit import divergence
    >>> round(divergence("normal(0, 1)", "normal(1, 1)", alpha(0.5)).value, 9)
    0.47001239
    """
    a = order
    if not abs(a - 0.5) <= 100 or a in (0, 1):
        raise ValueError(
            f"order must be in [-99.5, 100.5], not 0 or 1 (these are reverse_kl, kl); got {a!r}."
        )
    of, b = _Alpha(a), a - 1
    end = -1 / b
    return FDivergence(
        f"alpha({a!r})",
        f"α-divergence, α = {a:g}",
        stable.alpha(a),
        f=of.f,
        prime=of.prime,
        conjugate=(UpTo(end, of.conjugate) if a < 1 else StartingAt(end, -1 / a, of.conjugate)),
        output=of.output,
        witness=of.witness,
        conjugate_at=of.conjugate_at,
        at_zero=1 / a if a > 0 else math.inf,
        slope_at_infinity=end if a < 1 else math.inf,
        prime_at_one=0.0,
        curvature=1.0,
        symmetric=a == 0.5,
        finite_if=always_finite if 0 < a < 1 else power_finite(a),
        source=FGAN,
        multiple=Multiple(Quantity("affinity", a), 1 / (a * b)),
    )
