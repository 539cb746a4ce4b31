r"""Integrands of f-divergences in logs, each exact to a few roundings at every pair of densities.

With l = log p − log q the formulas below never form p/q. A difference of second order is not lost
where l is small: a series replaces φ(l) = l e^l − e^l + 1 and
h(r) = ½[(1+r)log(1+r) + (1−r)log(1−r)], r = tanh(l/2). Sums of densities are formed as such, since
the log of a sum loses the digits that its magnitude takes. Infinite logs are zero densities, and
0 · anything = 0.

What several integrands of one pair ask of it is computed once, in `Densities`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import torch
from torch.nn.functional import logsigmoid

from divkit.types import Tensor

LOG2 = math.log(2.0)
_SERIES_BELOW = 0.8
_TERMS = 18
_EXP_BELOW = 300.0  # e^l and its square are far from overflow
_LOG_TINY = -700.0  # below, a density is about to lose digits as a subnormal number


def log_ratio(lp: Tensor, lq: Tensor) -> Tensor:
    """log p − log q, and 0 where both densities are 0.

    >>> import torch
    >>> log_ratio(torch.tensor([0.0, -torch.inf]), torch.tensor([-1.0, -torch.inf]))
    tensor([1., 0.])
    """
    ratio = lp - lq
    if not math.isnan(float(ratio.detach().sum())):
        return ratio
    both = (lp == -math.inf) & (lq == -math.inf)
    return torch.where(both, torch.zeros_like(lp), ratio)


def weighted(log_weight: Tensor, value: Tensor) -> Tensor:
    """exp(log_weight)·value with 0 · anything = 0.

    >>> import torch
    >>> weighted(torch.tensor([0.0, -torch.inf]), torch.tensor([2.0, torch.inf]))
    tensor([2., 0.])
    """
    return times(log_weight.exp(), value)


def times(weight: Tensor, value: Tensor) -> Tensor:
    """weight·value with 0 · anything = 0."""
    product = weight * value
    if not math.isnan(float(product.detach().sum())):
        return product
    return weight * torch.where(weight == 0, torch.zeros_like(value), value)


def softplus(t: Tensor) -> Tensor:
    """log(1 + e^t) without the threshold that torch.nn.functional.softplus has.

    >>> import torch
    >>> softplus(torch.tensor([0.0, 50.0], dtype=torch.float64))
    tensor([ 0.6931, 50.0000], dtype=torch.float64)
    """
    return -logsigmoid(-t)


def _polynomial(coefficients: tuple[float, ...], x: Tensor) -> Tensor:
    total = torch.full_like(x, coefficients[-1])
    for coefficient in _falling(coefficients):
        total = torch.addcmul(coefficient, total, x)
    return total


@lru_cache(maxsize=64)
def _falling(coefficients: tuple[float, ...]) -> tuple[Tensor, ...]:
    """All coefficients but the last, from high to low, as tensors: one operation a term."""
    return tuple(torch.tensor(c, dtype=torch.float64) for c in reversed(coefficients[:-1]))


def _where(condition: Tensor, value: Tensor) -> Tensor:
    """`value` where the condition holds, else 0: keeps a branch that is not taken finite."""
    return torch.where(condition, value, torch.zeros_like(value))


KULLBACK_GAP = tuple((k - 1) / math.factorial(k) for k in range(2, 2 + _TERMS))
HALF_ENTROPY_GAP = tuple(1 / (2 * k * (2 * k - 1)) for k in range(1, 1 + _TERMS))


class Densities:
    """Two log densities at points, and what integrands ask of them, each computed when asked.

    `ratio` is log p − log q, `gap` its size, `top` the denser density; `linear` says that the
    ratio is finite everywhere, so that 0 · ratio is 0.
    """

    def __init__(self, lp: Tensor, lq: Tensor) -> None:
        self.lp, self.lq, self.ratio = lp, lq, lp - lq
        total = float(self.ratio.detach().sum())
        self.linear = math.isfinite(total)
        if math.isnan(total):
            self.ratio = log_ratio(lp, lq)

    @cached_property
    def p(self) -> Tensor:
        """The density p."""
        return self.lp.exp()

    @cached_property
    def q(self) -> Tensor:
        """The density q."""
        return self.lq.exp()

    @cached_property
    def top(self) -> Tensor:
        """The denser of the two."""
        return torch.maximum(self.p, self.q)

    @cached_property
    def gap(self) -> Tensor:
        """The size of the ratio."""
        return self.ratio.abs()

    @cached_property
    def near(self) -> tuple[Tensor, Tensor]:
        """Where |l| is so small that series are summed, and l there, else 0."""
        small = self.gap < _SERIES_BELOW
        return small, _where(small, self.ratio)

    def times(self, weight: Tensor, linear: Tensor) -> Tensor:
        """weight·value of a value that is finite where the ratio is."""
        return weight * linear if self.linear else times(weight, linear)


@dataclass(frozen=True)
class OfDensities:
    """An integrand, (log p, log q) -> values, that several may be computed of one `Densities`."""

    at: Callable[[Densities], Tensor]

    def __call__(self, lp: Tensor, lq: Tensor) -> Tensor:
        """The integrand of two log densities."""
        return self.at(Densities(lp, lq))


def _kl(of: Densities) -> Tensor:
    """p log(p/q) − p + q."""
    small, near = of.near
    series = near * near * _polynomial(KULLBACK_GAP, near)
    return torch.where(small, of.q * series, of.times(of.p, of.ratio) - (of.p - of.q))


def kl_from_ratio(lp: Tensor, lq: Tensor, ratio: Tensor) -> Tensor:
    """p log(p/q) − p + q, where log p − log q is known better than by subtraction.

    >>> import torch
    >>> lp, lq = torch.tensor(0.5).log(), torch.tensor(0.25).log()
    >>> kl_from_ratio(lp, lq, lp - lq)
    tensor(0.0966, dtype=torch.float64)
    """
    return kl_of_densities(lp.exp(), lq.exp(), ratio)


def kl_of_densities(p: Tensor, q: Tensor, ratio: Tensor) -> Tensor:
    """p log(p/q) − p + q of densities, where log p − log q is known better than by division."""
    small = ratio.abs() < _SERIES_BELOW
    near = _where(small, ratio)
    series = near * near * _polynomial(KULLBACK_GAP, near)
    return torch.where(small, q * series, times(p, ratio) - (p - q))


def _js(of: Densities) -> Tensor:
    """½ p log(2p/(p+q)) + ½ q log(2q/(p+q)) = m h(tanh(l/2))."""
    small, near = of.near
    r = torch.tanh(0.5 * near)
    square = r * r
    series = square * _polynomial(HALF_ENTROPY_GAP, square)
    of_p = of.times(of.p, LOG2 + logsigmoid(of.ratio))
    far = of_p + of.times(of.q, LOG2 + logsigmoid(-of.ratio))
    return 0.5 * torch.where(small, (of.p + of.q) * series, far)


def weighted_js(prior: float) -> Callable[[Tensor, Tensor], Tensor]:
    """π p log(p/m) + (1−π) q log(q/m), m = πp + (1−π)q, for class prior π.

    >>> import torch
    >>> lp, lq = torch.tensor(0.5).log(), torch.tensor(0.25).log()
    >>> weighted_js(0.5)(lp, lq)
    tensor(0.0212, dtype=torch.float64)
    """
    return partial(_weighted_js, prior)


def _weighted_js(prior: float, lp: Tensor, lq: Tensor) -> Tensor:
    if prior > 0.5:  # exchange the classes: 1 − prior is exact there
        return _weighted_js(1 - prior, lq, lp)
    p, q = lp.exp(), lq.exp()
    m = prior * p + (1 - prior) * q
    over_p, over_q = _ratios_to_mixture(log_ratio(lp, lq), prior)
    return prior * kl_of_densities(p, m, over_p) + (1 - prior) * kl_of_densities(q, m, over_q)


def _ratios_to_mixture(ratio: Tensor, prior: float) -> tuple[Tensor, Tensor]:
    """log(p/m) and log(q/m) from l, for π ≤ ½.

    m/q = 1 + π(e^l − 1) ≥ ½ is free of cancellation, and so is p/m = 1/(π + (1−π)e^{−l}) away
    from l = 0; the other one of the two differs by l.
    """
    moderate = ratio < _EXP_BELOW
    over_q = -torch.log1p(prior * torch.expm1(_where(moderate, ratio)))
    above = ratio > 1
    over_p = -torch.log(prior + (1 - prior) * torch.exp(-_where(above, ratio)))
    far_q = _where(~moderate, over_p) - _where(~moderate, ratio)
    near_p = _where(moderate, ratio) + over_q
    return torch.where(above, over_p, near_p), torch.where(moderate, over_q, far_q)


def _tv(of: Densities) -> Tensor:
    """½|p − q|."""
    return -0.5 * of.top * torch.expm1(-of.gap)


def _hellinger(of: Densities) -> Tensor:
    """(√p − √q)²."""
    return of.top * torch.expm1(-0.5 * of.gap) ** 2


def _jeffreys(of: Densities) -> Tensor:
    """(p − q) log(p/q)."""
    return of.times(of.top, -torch.expm1(-of.gap) * of.gap)


def _triangular(of: Densities) -> Tensor:
    """(p − q)²/(p + q)."""
    return (of.p + of.q) * torch.tanh(0.5 * of.ratio) ** 2


kl, js, tv = OfDensities(_kl), OfDensities(_js), OfDensities(_tv)
hellinger, jeffreys = OfDensities(_hellinger), OfDensities(_jeffreys)
triangular = OfDensities(_triangular)


def pearson(lp: Tensor, lq: Tensor) -> Tensor:
    """(p − q)²/q, formed in logs where e^{2l} may overflow or q underflow and the result not.

    >>> import torch
    >>> pearson(torch.tensor(0.5).log(), torch.tensor(0.25).log())
    tensor(0.2500)
    """
    ratio = log_ratio(lp, lq)
    moderate = (ratio < _EXP_BELOW) & ((lq > _LOG_TINY) | (ratio <= 0))
    near = weighted(lq, torch.expm1(_where(moderate, ratio)) ** 2)
    gap = torch.where(moderate, torch.ones_like(ratio), ratio)
    return torch.where(moderate, near, torch.exp(lp + gap + 2 * torch.log(-torch.expm1(-gap))))


def alpha(order: float) -> Callable[[Tensor, Tensor], Tensor]:
    r"""[p^α q^{1−α} − αp − (1−α)q] / (α(α−1)).

    Exchanging p and q sends α to 1 − α, so let α ≥ ½ and b = α − 1. Then the integrand is

        [p (e^{bl} − 1)/b − (p − q)] / α,

    which goes over into KL's as b → 0 with no loss; its series in l has the coefficients
    (1 + α + … + α^{k−2})/k!.

    >>> import torch
    >>> alpha(0.5)(torch.tensor(0.5).log(), torch.tensor(0.25).log())
    tensor(0.0858, dtype=torch.float64)
    """
    larger = order if order >= 0.5 else 1 - order
    sums = [math.fsum(larger**j for j in range(k - 1)) for k in range(2, 2 + _TERMS)]
    coefficients = tuple(total / math.factorial(k) for k, total in enumerate(sums, start=2))
    return partial(_alpha if order >= 0.5 else _alpha_below_half, order, coefficients)


def _alpha(order: float, coefficients: tuple[float, ...], lp: Tensor, lq: Tensor) -> Tensor:
    return _alpha_integrand(order, order - 1, coefficients, lp, lq)


def _alpha_below_half(
    order: float, coefficients: tuple[float, ...], lp: Tensor, lq: Tensor
) -> Tensor:
    return _alpha_integrand(1 - order, -order, coefficients, lq, lp)


def _alpha_integrand(
    order: float, b: float, coefficients: tuple[float, ...], lp: Tensor, lq: Tensor
) -> Tensor:
    """The integrand for order ≥ ½, with b = order − 1 given, since it may be known better."""
    ratio = log_ratio(lp, lq)
    small = ratio.abs() < min(_SERIES_BELOW, _SERIES_BELOW / order)
    near = _where(small, ratio)
    series = weighted(lq, near * near * _polynomial(coefficients, near))
    far = _power_gain(lp, lq, order, b) - (lp.exp() - lq.exp()) / order
    return torch.where(small, series, far)


def _power_gain(lp: Tensor, lq: Tensor, order: float, b: float) -> Tensor:
    """p (e^{bl} − 1)/(bα), where e^{bl} may overflow and p·e^{bl} = p^α q^{−b} not."""
    tilt = b * log_ratio(lp, lq)
    moderate = tilt < _EXP_BELOW
    near = weighted(lp, torch.expm1(_where(moderate, tilt)) / (b * order))
    log_power = lp + tilt if b > 0 else order * lp - b * lq
    scale = math.log(abs(b)) + math.log(order)
    far = torch.exp(_where(~moderate, log_power) - scale)
    return torch.where(moderate, near, math.copysign(1.0, b) * far)
