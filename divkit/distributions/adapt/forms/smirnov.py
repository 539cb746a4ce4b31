r"""The law of Smirnov's one-sided statistic of n draws, named as in scipy.stats.

    P(Z > z) = z Σ_j C(n, j) (z + j/n)^{j−1} (1 − z − j/n)^{n−j},    j < n(1 − z)

(Smirnov 1944), differentiated term by term. Logs of the factors are as large as n log n, so that
the density is known to some n roundings.
"""

from __future__ import annotations

import math
import sys

import torch

from divkit.distributions.adapt.forms.form import Form, near
from divkit.distributions.tails import LOG
from divkit.types import Tensor

_MOST = 4_000_000
"""Terms that are held at once."""


def ksone(n: float) -> Form:
    """The derivative of the sum above."""
    count = int(n)
    j = torch.arange(count, dtype=torch.float64)
    whole = math.lgamma(count + 1)
    choices = whole - torch.lgamma(j + 1) - torch.lgamma(count - j + 1)

    def of_part(z: Tensor, high: Tensor) -> Tensor:
        t, v = z[:, None] + j / count, high[:, None] - j / count
        inside = v > 0
        rest = torch.where(inside, v, 1.0)
        logs = choices + (j - 1) * torch.log(t) + (count - j) * torch.log(rest)
        logs = torch.where(inside, logs, -math.inf)
        top = logs.amax(dim=1, keepdim=True)
        slope = (count - j) / rest - (j - 1) / t - 1 / z[:, None]
        total = (torch.exp(logs - top) * slope).sum(dim=1)
        return torch.log(total * z) + top[:, 0]

    def log_density(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
        size = max(_MOST // count, 1)
        parts = zip(low.split(size), high.split(size), strict=True)
        return torch.cat([of_part(a, b) for a, b in parts])

    ends = near(), near({LOG: count - 1})
    return Form(log_density, 0.0, 1.0, ends, blur=32 * count * sys.float_info.epsilon)
