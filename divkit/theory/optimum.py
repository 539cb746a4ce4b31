"""Maximising many concave functions of one variable at once, by bisection on their slopes.

Nothing of the theory's answer enters: autograd gives the slope, and its sign halves a bracket.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from divkit.types import Tensor

HALVINGS = 60


def argmax(f: Callable[[Tensor], Tensor], low: Tensor, high: Tensor) -> Tensor:
    """Elementwise maximiser in [low, high] of a concave f (n,) -> (n,) that acts elementwise."""
    a, b = low.clone(), high.clone()
    for _ in range(HALVINGS):
        middle = (0.5 * (a + b)).requires_grad_()
        (slope,) = torch.autograd.grad(f(middle).sum(), middle)
        middle = middle.detach()
        a, b = torch.where(slope > 0, middle, a), torch.where(slope > 0, b, middle)
    return 0.5 * (a + b)
