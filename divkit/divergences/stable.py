r"""Integrands of f-divergences in logs, each exact to a few roundings for every pair of densities.

With l = log p − log q the formulas below never form p/q. Where l is small they use a series, so
that a difference of second order is not lost: h(r) = ½[(1+r)log(1+r) + (1−r)log(1−r)] and
φ(l) = l e^l − e^l + 1. Infinite logs are zero densities, and 0 · anything = 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch.nn.functional import logsigmoid

from divkit.types import Tensor

LOG2 = math.log(2.0)
_SERIES_BELOW = 0.5
_TERMS = 18


def log_ratio(lp: Tensor, lq: Tensor) -> Tensor:
    """log p − log q, and 0 where both densities are 0."""
    both = (lp == -math.inf) & (lq == -math.inf)
    return torch.where(both, torch.zeros_like(lp), lp - lq)


def weighted(log_weight: Tensor, value: Tensor) -> Tensor:
    """exp(log_weight)·value with 0 · anything = 0: the one helper for that convention."""
    weight = log_weight.exp()
    return torch.where(weight == 0, torch.zeros_like(weight), weight * value)


def softplus(t: Tensor) -> Tensor:
    """log(1 + e^t) without the threshold that torch.nn.functional.softplus has."""
    return -logsigmoid(-t)


def _polynomial(coefficients: list[float], x: Tensor) -> Tensor:
    total = torch.zeros_like(x)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


_PHI = [(k - 1) / math.factorial(k) for k in range(2, 2 + _TERMS)]
_H = [1 / (2 * k * (2 * k - 1)) for k in range(1, 1 + _TERMS)]


def kl(lp: Tensor, lq: Tensor) -> Tensor:
    """p log(p/q) − p + q."""
    return kl_from_ratio(lp, lq, log_ratio(lp, lq))


def kl_from_ratio(lp: Tensor, lq: Tensor, ratio: Tensor) -> Tensor:
    """p log(p/q) − p + q, where log p − log q is known better than by subtraction."""
    small = ratio.abs() < _SERIES_BELOW
    near = torch.where(small, ratio, torch.zeros_like(ratio))
    series = near * near * _polynomial(_PHI, near)
    return torch.where(
        small, weighted(lq, series), weighted(lp, ratio) - (lp.exp() - lq.exp())
    )


def js(lp: Tensor, lq: Tensor) -> Tensor:
    """½ p log(2p/(p+q)) + ½ q log(2q/(p+q)) = m h(tanh(l/2))."""
    ratio = log_ratio(lp, lq)
    small = ratio.abs() < _SERIES_BELOW
    r = torch.tanh(0.5 * torch.where(small, ratio, torch.zeros_like(ratio)))
    series = r * r * _polynomial(_H, r * r)
    mixture = torch.logaddexp(lp, lq) - LOG2
    far = weighted(lp, LOG2 + logsigmoid(ratio)) + weighted(lq, LOG2 + logsigmoid(-ratio))
    return torch.where(small, weighted(mixture, series), 0.5 * far)


def weighted_js(prior: float) -> Callable[[Tensor, Tensor], Tensor]:
    """π p log(p/m) + (1−π) q log(q/m), m = πp + (1−π)q, for class prior π."""
    shift_p, shift_q = math.log(prior), math.log1p(-prior)

    def integrand(lp: Tensor, lq: Tensor) -> Tensor:
        ratio = log_ratio(lp, lq)
        lm = torch.logaddexp(lp + shift_p, lq + shift_q)
        tilt = torch.log1p(prior * torch.expm1(ratio.clamp(-1, 1)))  # log(m/q) where l is small
        small = ratio.abs() < _SERIES_BELOW
        over_p = torch.where(small, ratio - tilt, log_ratio(lp, lm))
        over_q = torch.where(small, -tilt, log_ratio(lq, lm))
        return prior * kl_from_ratio(lp, lm, over_p) + (1 - prior) * kl_from_ratio(lq, lm, over_q)

    return integrand


def tv(lp: Tensor, lq: Tensor) -> Tensor:
    """½|p − q|."""
    return -0.5 * weighted(torch.maximum(lp, lq), torch.expm1(-log_ratio(lp, lq).abs()))


def hellinger(lp: Tensor, lq: Tensor) -> Tensor:
    """(√p − √q)²."""
    return weighted(torch.maximum(lp, lq), torch.expm1(-0.5 * log_ratio(lp, lq).abs()) ** 2)


def jeffreys(lp: Tensor, lq: Tensor) -> Tensor:
    """(p − q) log(p/q)."""
    gap = log_ratio(lp, lq).abs()
    return weighted(torch.maximum(lp, lq), -torch.expm1(-gap) * gap)


def triangular(lp: Tensor, lq: Tensor) -> Tensor:
    """(p − q)²/(p + q)."""
    return weighted(torch.logaddexp(lp, lq), torch.tanh(0.5 * log_ratio(lp, lq)) ** 2)


def pearson(lp: Tensor, lq: Tensor) -> Tensor:
    """(p − q)²/q, formed in logs so that only the result can overflow."""
    gap = log_ratio(lp, lq)
    magnitude = torch.log(-torch.expm1(-gap.abs()))  # log(1 − e^{−|l|}); −inf at 0
    top = torch.maximum(gap, torch.zeros_like(gap))
    exponent = torch.where(lp == -math.inf, lq, lq + 2 * (top + magnitude))
    empty = (lp == -math.inf) & (lq == -math.inf)
    only_p = (lq == -math.inf) & ~empty
    value = torch.where(gap == 0, torch.zeros_like(gap), exponent.exp())
    return torch.where(only_p, torch.full_like(gap, math.inf), torch.where(empty, 0 * value, value))


def alpha(order: float) -> Callable[[Tensor, Tensor], Tensor]:
    """[p^α q^{1−α} − αp − (1−α)q] / (α(α−1))."""
    scale = order * (order - 1)
    series_c = [(order**k - order) / (math.factorial(k) * scale) for k in range(2, 2 + _TERMS)]
    below = min(_SERIES_BELOW, _SERIES_BELOW / abs(order))

    def integrand(lp: Tensor, lq: Tensor) -> Tensor:
        ratio = log_ratio(lp, lq)
        small = ratio.abs() < below
        near = torch.where(small, ratio, torch.zeros_like(ratio))
        series = weighted(lq, near * near * _polynomial(series_c, near))
        tilted = _tilted(lp, lq, order).exp()
        far = (tilted - order * lp.exp() - (1 - order) * lq.exp()) / scale
        return torch.where(small, series, far)

    return integrand


def _tilted(lp: Tensor, lq: Tensor, order: float) -> Tensor:
    """log p^α q^{1−α}; a zero density to a positive power is 0, to a negative power inf."""
    empty = (lp == -math.inf) & (lq == -math.inf)
    left = torch.where(lp == -math.inf, lp * math.copysign(1.0, order), order * lp)
    right = torch.where(lq == -math.inf, lq * math.copysign(1.0, 1 - order), (1 - order) * lq)
    mixed = left + right
    return torch.where(empty | mixed.isnan(), torch.full_like(mixed, -math.inf), mixed)
