"""Logistic discriminators fitted to many samples at once by Newton's method.

The value Σ a_i log σ(θᵀφ_i) + b_i log σ(−θᵀφ_i) is concave in θ; from θ = 0 Newton's method
converges quadratically on samples that no plane separates.
"""

from __future__ import annotations

import torch
from torch.nn.functional import logsigmoid

from divkit.types import Tensor

STEPS, SETTLED = 9, 1e-8
"""Newton steps at most; after one that moved by 1e-8 the next would move by 1e-16."""


def with_one(z: Tensor) -> Tensor:
    """(1, z) for slopes z (..., d): an intercept and d slopes, (..., 1 + d)."""
    return torch.cat([torch.ones_like(z[..., :1]), z], dim=-1)


def values(phi: Tensor, theta: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """V of each fit, (R,), for features (R, n, k) or (n, k), parameters (R, k), weights (n,)."""
    logits = (phi @ theta[..., None])[..., 0]
    return logsigmoid(logits) @ a + logsigmoid(-logits) @ b


def best(phi: Tensor, a: Tensor, b: Tensor, steps: int = STEPS) -> Tensor:
    """The maximisers (R, k) on features (R, n, k) with weights a, b (n,).

    Raises
    ------
    ValueError
        If a fit has not converged: its samples are separated, or nearly.
    """
    theta, moved = phi.new_zeros(len(phi), phi.shape[-1]), phi.new_zeros(())
    for _ in range(steps):
        d = torch.sigmoid((phi @ theta[..., None])[..., 0])  # (R, n)
        slope = (phi.mT @ (a - (a + b) * d)[..., None])[..., 0]
        weighted = phi * ((a + b) * d * (1 - d))[..., None]
        step = torch.linalg.solve(weighted.mT @ phi, slope)
        theta, moved = theta + step, step.abs().max()
        if float(moved) < SETTLED:
            break
    if not float(moved) < 1e-6:
        raise ValueError("a logistic fit has not converged; give it larger samples.")
    return theta


def halves(m: int, n: int | None = None) -> tuple[Tensor, Tensor]:
    """The weights (m + n,) of m real points followed by n fakes (n = m unless said)."""
    k = m if n is None else n
    a, b = torch.zeros(m + k, dtype=torch.float64), torch.zeros(m + k, dtype=torch.float64)
    a[:m], b[m:] = 1 / m, 1 / k
    return a, b
