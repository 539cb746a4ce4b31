r"""Two plain rules of quadrature that share no node with each other or with the exact engine.

A check needs a second way to an integral. Here are two, each with an error that it measures:

- the trapezoid rule on the whole line, h Σ f(kh), which converges like e^{−2πa/h} where f is
  analytic in a strip of half-width a (Trefethen and Weideman 2014); T(h) is believed to within
  |T(h) − T(2h)|, which is its own error's square root in disguise;
- Gauss–Legendre on panels, where f has kinks, believed to within ten times the change from 20 to
  32 nodes, summed over panels (a kink inside a panel can make one change small by chance).

Both add 16 roundings of Σ|w f|.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
import torch

from divkit.theory.framework.measured import ROUNDING, Measured
from divkit.types import FloatArray, Tensor

Integrand: TypeAlias = Callable[[Tensor], Tensor]


def trapezoid(f: Integrand, low: float, high: float, steps: int = 1024) -> Measured:
    """∫ f over the line, for f analytic and negligible outside (low, high)."""
    x = torch.linspace(low, high, 2 * (steps // 2) + 1, dtype=torch.float64)
    values = f(x) * (x[1] - x[0])
    fine, coarse = float(values.sum()), float(2 * values[::2].sum())
    return Measured(fine, abs(fine - coarse) + _rounding(values))


def panels(f: Integrand, edges: Sequence[float]) -> Measured:
    """∫ f from the first edge to the last, for f smooth between neighbours."""
    fine, coarse = _on_panels(f, edges, 32), _on_panels(f, edges, 20)
    change = float((fine.sum(dim=1) - coarse.sum(dim=1)).abs().sum())
    return Measured(float(fine.sum()), 10 * change + _rounding(fine))


def cuts(low: float, high: float, width: float, *kinks: float) -> list[float]:
    """Edges from low to high no further apart than about `width`, with the kinks among them."""
    grid = np.linspace(low, high, max(2, round((high - low) / width) + 1))
    return sorted({*grid.tolist(), *(k for k in kinks if low < k < high)})


def legendre_nodes(edges: Sequence[float], order: int) -> tuple[Tensor, Tensor]:
    """Nodes and weights (panels · order,) of Gauss–Legendre between neighbouring edges."""
    nodes, weights = _legendre(order)
    ends = torch.tensor(edges, dtype=torch.float64)
    half = 0.5 * ends.diff()[:, None]
    x = ends[:-1, None] + half * (1 + torch.from_numpy(nodes))  # (panels, order)
    return x.reshape(-1), (half * torch.from_numpy(weights)).reshape(-1)


def _on_panels(f: Integrand, edges: Sequence[float], order: int) -> Tensor:
    x, weights = legendre_nodes(edges, order)
    return (f(x) * weights).reshape(-1, order)


@cache
def _legendre(order: int) -> tuple[FloatArray, FloatArray]:
    return np.polynomial.legendre.leggauss(order)


def _rounding(values: Tensor) -> float:
    return 16 * ROUNDING * float(values.abs().sum())
