"""Log densities and log ratios of laws on the line, as tensors that autograd can follow."""

from __future__ import annotations

from divkit.distributions.base import Law1D
from divkit.types import Tensor


def log_density(law: Law1D, x: Tensor) -> Tensor:
    """log p at points x (n,)."""
    values: Tensor = law.log_prob(x)
    return values


def density(law: Law1D, x: Tensor) -> Tensor:
    """p at points x (n,)."""
    return log_density(law, x).exp()


def log_ratio(p: Law1D, q: Law1D, x: Tensor) -> Tensor:
    """log p − log q at points x (n,) where both are positive."""
    return log_density(p, x) - log_density(q, x)
