r"""The log density of a family on its own axis z = (x − loc)/scale, with its ends and tails.

A form is handed the distances from z to both ends of its support beside z itself, formed without
cancellation, so that no digit of a point next to an end is lost. Everything stays in logs: a
library's density that underflows at x = 50 (or overflows at x = 1e160) is a number here.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import torch
from torch.nn.functional import logsigmoid

from divkit.distributions.tails import Growth, Tail, make
from divkit.types import Tensor

LogForm: TypeAlias = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(z, z − low, high − z) -> log density at points of the support."""
Terms: TypeAlias = dict[Growth, float | Fraction]

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_MANY = 16.0  # parts below are rounded as every float64 is


@dataclass(frozen=True, eq=False)
class Form:
    """A family's member on its own axis.

    Attributes
    ----------
    log_density : log p from z and the distances to both ends.
    low, high : the ends of the support on that axis.
    tails : growths of −log p at both ends, None where not known.
    kinks : points where the density is not smooth.
    blur : error of the log density in units of 1 + |log p|, beyond the rounding of float64.
    """

    log_density: LogForm
    low: float = 0.0
    high: float = math.inf
    tails: tuple[Tail | None, Tail | None] = (None, None)
    kinks: tuple[float, ...] = ()
    blur: float = 0.0


def near(terms: Terms | None = None) -> Tail:
    """The tail at a finite end, in u = 1/distance; a constant by default."""
    return make({g: Fraction(c) for g, c in (terms or {}).items()}, "endpoint")


def far(terms: Terms) -> Tail:
    """The tail at infinity, in u = |z|."""
    return make({g: Fraction(c) for g, c in terms.items()})


def blur_of_parts(size: float) -> float:
    """The blur of a log density that is of order 1 where its parts are as large as `size`."""
    return 2 * sys.float_info.epsilon * size if size > _MANY else 0.0


def size_of_gamma(shape: float) -> float:
    """The parts of a gamma law's log density where it is largest: shape · log z, z, log Γ."""
    return abs(shape * math.log(shape)) + shape + abs(math.lgamma(shape))


def xlogy(factor: float, x: Tensor) -> Tensor:
    """factor · log x, 0 where the factor is 0."""
    return factor * torch.log(x) if factor else torch.zeros_like(x)


def softplus(t: Tensor) -> Tensor:
    """log(1 + e^t)."""
    return -logsigmoid(-t)


def power(x: Tensor, exponent: float) -> Tensor:
    """x^exponent, for x ≥ 0."""
    return torch.pow(x, exponent)


def log_cosh(z: Tensor) -> Tensor:
    """log cosh z."""
    return z.abs() + torch.log1p(torch.exp(-2 * z.abs())) - math.log(2.0)


def log1m_exp(log_y: Tensor) -> Tensor:
    """log(1 − e^{−y}) from log y."""
    y = torch.exp(log_y)
    tiny = log_y < -20
    plain = torch.log(-torch.expm1(-torch.where(tiny, torch.ones_like(y), y)))
    return torch.where(tiny, log_y - 0.5 * y, plain)
