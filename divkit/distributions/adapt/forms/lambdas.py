r"""Tukey's lambda law of bounded support, named as in scipy.stats.

It is given by its quantiles, Q(u) = (u^λ − (1 − u)^λ)/λ, so that log p = −log Q'(u), with
Q' = u^{λ−1} + (1 − u)^{λ−1}. The distance of Q(u) to the lower end is a sum of positive terms,

    Q(u) + 1/λ = (u^λ + (1 − (1 − u)^λ))/λ,

which is solved for log u from the nearer end: by halves, then twice by Newton's rule.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import torch

from divkit.distributions.adapt.forms.form import Form, near
from divkit.distributions.tails import LOG
from divkit.types import Tensor

_LEAST = -800.0  # log u below which u is no float
_HALVES = 60


def tukeylambda(shape: float) -> Form:
    """1/(u^{λ−1} + (1 − u)^{λ−1}) at Q(u) = z; beyond λ = 6 all mass is in the middle."""

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return -_log_slope(_solved(torch.minimum(low, high), shape), shape)

    end = near({LOG: 1 / Fraction(shape) - 1} if shape < 1 else {})
    blur = 16 * (1 + shape + 1 / shape) * sys.float_info.epsilon
    return Form(log_density, -1 / shape, 1 / shape, (end, end), blur=blur)


def _log_depth(s: Tensor, shape: float) -> Tensor:
    """log of Q + 1/λ at u = e^s."""
    return torch.log(_risen(s, shape) - torch.expm1(shape * _log_rest(s))) - math.log(shape)


def _risen(s: Tensor, shape: float) -> Tensor:
    return torch.exp(shape * s)


def _log_rest(s: Tensor) -> Tensor:
    """log(1 − u)."""
    return torch.log1p(-torch.exp(s))


def _log_slope(s: Tensor, shape: float) -> Tensor:
    """log Q'."""
    return torch.logaddexp((shape - 1) * s, (shape - 1) * _log_rest(s))


def _solved(depth: Tensor, shape: float) -> Tensor:
    """log u of points at this distance from the nearer end, u ≤ ½."""
    goal, middle = torch.log(depth), math.log(0.5)
    low, high = torch.full_like(depth, _LEAST / min(shape, 1.0)), torch.full_like(depth, middle)
    for _ in range(_HALVES):
        half = 0.5 * (low + high)
        above = _log_depth(half, shape) > goal
        low, high = torch.where(above, low, half), torch.where(above, half, high)
    s = 0.5 * (low + high)
    for _ in range(2):
        found = _log_depth(s, shape)
        s = s - (found - goal) * torch.exp(found - s - _log_slope(s, shape))
    return s
