"""Logistic discriminators fitted to many samples at once by Newton's method.

The value Σ a_i log σ(θᵀφ_i) + b_i log σ(−θᵀφ_i) is concave in θ: wherever Newton's method starts,
if it converges it has the maximiser, and quadratically on samples that no plane separates.
"""

from __future__ import annotations

import torch
from torch.nn.functional import logsigmoid

from divkit.types import Tensor

STEPS, SETTLED = 9, 1e-6
"""Newton steps at most; after one that moved by 1e-6 the next moves by 1e-12, and V by 1e-24."""


def with_one(z: Tensor) -> Tensor:
    """(1, z) for slopes z (..., d): an intercept and d slopes, (..., 1 + d)."""
    return torch.cat([torch.ones_like(z[..., :1]), z], dim=-1)


def values(phi: Tensor, theta: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """V of each fit, (R,), for features (R, n, k) or (n, k), parameters (R, k), weights (n,)."""
    logits = (phi @ theta[..., None])[..., 0]
    return logsigmoid(logits) @ (a + b) - logits @ b  # log σ(−c) = log σ(c) − c


def best(phi: Tensor, a: Tensor, b: Tensor, start: Tensor | None = None) -> Tensor:
    """The maximisers (R, k) on features (R, n, k) with weights a, b (n,), from a start (k,) or 0.

    Raises
    ------
    ValueError
        If a fit has not converged: its samples are separated, or nearly.
    """
    theta = phi.new_zeros(phi.shape[-1]) if start is None else start
    theta, moved = theta.expand(len(phi), -1), phi.new_zeros(())
    columns = phi.mT.contiguous()  # (R, k, n)
    for _ in range(STEPS):
        d = torch.sigmoid((theta[:, None] @ columns)[:, 0])  # (R, n)
        slope = (columns @ (a - (a + b) * d)[..., None])[..., 0]
        weighted = columns * ((a + b) * d * (1 - d))[:, None]
        step = torch.linalg.solve(weighted @ columns.mT, slope)
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
