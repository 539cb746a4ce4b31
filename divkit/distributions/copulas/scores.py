r"""Normal scores and the scales of logarithms on which both ends of (0, 1) keep their digits.

A probability p is known by its score z = Φ⁻¹(p), or by its double logarithm m = log(−log p), which
is −∞ at p = 1 and ∞ at p = 0: z of 30 and of −30 are as far from an end as floats tell. With
x = e^m = −log p,

    log(e^x − 1) = x + log(1 − e^{−x}),   and m + x/2 + O(x²) where x is small.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")

_LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)
_SMALL = 1e-8
"""Arguments whose squares are lost beside 1."""
_FAR = 8.0
"""A score from which −log p is 1 − p to all digits."""
_LARGE = 40.0
"""A logarithm whose exponential is lost beside 1, and its inverse's square, too."""


def log_normal(z: Tensor) -> Tensor:
    """Return log φ(z)."""
    return -0.5 * z * z - _LOG_ROOT_TWO_PI


def level(z: Tensor) -> Tensor:
    """Return Φ(z)."""
    below: Tensor = torch.special.ndtr(z)
    return below


def softplus(t: Tensor) -> Tensor:
    """Return log(1 + e^t), to all digits for negative t (torch's own has a threshold)."""
    return torch.logaddexp(t, torch.zeros_like(t))


def log_softplus(t: Tensor) -> Tensor:
    """Return log log(1 + e^t)."""
    small = t < -_LARGE
    safe = torch.where(small, torch.zeros_like(t), t)
    return torch.where(small, t, softplus(safe).log())


def log_expm1(m: Tensor) -> Tensor:
    """Return log(e^x − 1) for x = e^m."""
    x = m.exp()
    small = x < _SMALL
    safe = torch.where(small, torch.ones_like(x), x)
    return torch.where(small, m + 0.5 * x, safe + (-torch.expm1(-safe)).log())


def log_unit_minus_exp(m: Tensor) -> Tensor:
    """Return log(1 − e^{−x}) for x = e^m."""
    x = m.exp()
    small, large = x < _SMALL, x > math.log(2)
    safe = torch.where(small, torch.ones_like(x), x)
    middle = torch.where(large, torch.log1p(-(-safe).exp()), (-torch.expm1(-safe)).log())
    return torch.where(small, m - 0.5 * x, middle)


def complement(m: Tensor) -> Tensor:
    """Return log(−log(1 − p)) for m = log(−log p)."""
    x = m.exp()
    large = x > _LARGE
    safe = torch.where(large, torch.zeros_like(m), m)
    return torch.where(large, -x, (-log_unit_minus_exp(safe)).log())


def double_log(z: Tensor) -> Tensor:
    """Return log(−log Φ(z))."""
    far = z > _FAR
    safe = torch.where(far, torch.zeros_like(z), z)
    upper = torch.where(far, z, torch.full_like(z, _FAR))
    near = (-torch.special.log_ndtr(safe)).log()
    return torch.where(far, torch.special.log_ndtr(-upper), near)


def score_of_double_log(m: Tensor) -> Tensor:
    """Return z of log(−log Φ(z)) = m."""
    return score_of_logs(-m.exp(), log_unit_minus_exp(m))


def score_of_logs(below: Tensor, above: Tensor) -> Tensor:
    """Return z of log Φ(z) and log(1 − Φ(z)): by the smaller, which has the digits."""
    low = below < above
    least = torch.where(low, below, above)
    sign = torch.where(low, 1.0, -1.0).to(least)
    away = torch.from_numpy(np.asarray(special.ndtri_exp(_numpy(least)))).to(least)
    if least.requires_grad:
        away = followed(away, least, (least.detach() - log_normal(away)).exp())
    return sign * away


def followed(value: Tensor, of: Tensor, slope: Tensor) -> Tensor:
    """Return a value that autograd follows by its slope in `of`."""
    return value + slope * (of - of.detach())


def student_of_score(z: Tensor, df: float) -> Tensor:
    """Return the Student quantile of Φ(z), from the nearer tail; infinite beyond 37."""
    far = -z.detach().abs()
    x = special.stdtrit(df, special.ndtr(_numpy(far)))
    value = torch.from_numpy(np.asarray(x)).to(z) * -torch.sign(z.detach())
    if not z.requires_grad:
        return value
    return followed(value, z, (log_normal(z.detach()) - log_student(value, df)).exp())


def score_of_student(x: Tensor, df: float) -> Tensor:
    """Return z of Φ(z) = T(x), T Student's distribution function."""
    far = -x.detach().abs()
    z = special.ndtri(special.stdtr(df, _numpy(far)))
    value = torch.from_numpy(np.asarray(z)).to(x) * -torch.sign(x.detach())
    if not x.requires_grad:
        return value
    return followed(value, x, (log_student(x.detach(), df) - log_normal(value)).exp())


def log_student(x: Tensor, df: float) -> Tensor:
    """Return the log density of Student's t of `df` degrees of freedom."""
    level = math.lgamma(0.5 * (df + 1)) - math.lgamma(0.5 * df) - 0.5 * math.log(df * math.pi)
    return level - (df + 1) * log_root(x, df)


def log_root(x: Tensor, df: float) -> Tensor:
    """Return ½ log(1 + x²/ν), which does not overflow."""
    root = math.sqrt(df)
    return (torch.hypot(x, torch.full_like(x, root)) / root).log()


def _numpy(x: Tensor) -> FloatArray:
    return np.asarray(x.detach().cpu().numpy())
