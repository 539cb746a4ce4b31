"""Maximising many concave functions of one variable at once, by bisection on their slopes.

Nothing of the theory's answer enters: autograd gives the slope, and its sign halves a bracket.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from divkit.types import Tensor

HALVINGS = 60
GOLDEN = 0.5 * (5**0.5 - 1)
SECTIONS = 80
"""They leave 2e-17 of a bracket, as 56 halvings do."""


def argmax(f: Callable[[Tensor], Tensor], low: Tensor, high: Tensor) -> Tensor:
    """Elementwise maximiser in [low, high] of a concave f (n,) -> (n,) that acts elementwise."""
    a, b = low.clone(), high.clone()
    for _ in range(HALVINGS):
        middle = (0.5 * (a + b)).requires_grad_()
        (slope,) = torch.autograd.grad(f(middle).sum(), middle)
        middle = middle.detach()
        a, b = torch.where(slope > 0, middle, a), torch.where(slope > 0, b, middle)
    return 0.5 * (a + b)


def supremum(f: Callable[[Tensor], Tensor], low: Tensor, high: Tensor) -> Tensor:
    """Elementwise maximum in [low, high] of f with a single hump, by golden section: no slope.

    Beyond a finite f's domain values that are not finite send the search to the left. Of the two
    points within a bracket one is within the next bracket too: a step asks for one value.
    """
    a, b = low, high
    c, d = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
    at_c, at_d = f(c), f(d)
    for _ in range(SECTIONS):
        left = ~(at_d.isfinite() & (at_d >= at_c))
        a, b = torch.where(left, a, c), torch.where(left, d, b)
        new = torch.where(left, b - GOLDEN * (b - a), a + GOLDEN * (b - a))
        at_new = f(new)
        c, d = torch.where(left, new, d), torch.where(left, c, new)
        at_c, at_d = torch.where(left, at_new, at_d), torch.where(left, at_c, at_new)
    return f(0.5 * (a + b))
