r"""Cubic splines on the line as critics that are linear in their parameters.

B-splines of degree k on knots t by de Boor's recursion,

    B_{i,k}(x) = (x − t_i)/(t_{i+k} − t_i) B_{i,k−1}(x)
               + (t_{i+k+1} − x)/(t_{i+k+1} − t_{i+1}) B_{i+1,k−1}(x),

with 0 for terms of no width, and

    B_{i,3}'(x) = 3 B_{i,2}(x)/(t_{i+3} − t_i) − 3 B_{i+1,2}(x)/(t_{i+4} − t_{i+1})

(de Boor 1978, chapter X).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from divkit.critics.model import LinearModel
from divkit.critics.points import Members, WeightedPoints, quantiles
from divkit.types import Tensor


@dataclass(frozen=True)
class Spline:
    """Cubic B-splines on the line with knots at quantiles of m, linear beyond the last knots.

    Raises
    ------
    ValueError
        If there are fewer than 4 knots, or (at training) the points are not on the line, are
        stacked, or have fewer than 2 distinct quantiles.

    Examples
    --------
    >>> from divkit import maximise_value
    >>> found = maximise_value("normal(0, 1)", "laplace(0, 1)", critic=Spline(8))
    >>> found.diagnostics["gap"] < 1e-3
    True
    """

    knots: int = 12

    def __post_init__(self) -> None:
        if int(self.knots) != self.knots or self.knots < 4:
            raise ValueError(f"knots must be an int of at least 4; got {self.knots!r}.")

    def bind(self, points: WeightedPoints) -> LinearModel:
        """Place the knots at weighted quantiles of the points."""
        if points.dim != 1 or points.stacked:
            shape = tuple(points.x.shape)
            raise ValueError(f"Spline is for one set of points with d = 1; got shape {shape}.")
        levels = np.linspace(0.002, 0.998, self.knots).tolist()
        mass = points.weight / points.weight.sum()
        inner = torch.cat(quantiles(points.x, mass, levels)).unique().cpu().numpy()
        if len(inner) < 2:
            raise ValueError(
                "Spline needs two distinct points or more; all lie at "
                f"{float(inner[0])!r}. Take critic='logistic'."
            )
        return LinearModel(BSplines(tuple(inner.tolist())))


@dataclass(frozen=True)
class BSplines:
    """Cubic B-splines with these knots (the ends taken four times), linear beyond the ends."""

    inner: tuple[float, ...]

    @property
    def size(self) -> int:
        """Two more than the knots."""
        return len(self.inner) + 2

    def __call__(self, x: Tensor) -> Tensor:
        """Values of points (..., n, 1), (..., n, P)."""
        ends = [self.inner[0]] * 3, [self.inner[-1]] * 3
        knots = x.new_tensor([*ends[0], *self.inner, *ends[1]])
        near = x.clamp(self.inner[0], self.inner[-1])
        low = _steps(near, knots)
        for degree in (1, 2):
            low = _raised(near, knots, low, degree)
        rise = 3 * (_over(low, _widths(knots, 3)))
        slope = rise[..., :-1] - rise[..., 1:]
        return _raised(near, knots, low, 3) + slope * (x - near)

    def member(self, at: Members) -> BSplines:
        """Itself."""
        return self


def _steps(x: Tensor, knots: Tensor) -> Tensor:
    """B_{i,0}: 1 where t_i ≤ x < t_{i+1}; the last interval holds its right end."""
    count = len(knots) - 1
    at = torch.searchsorted(knots, x.detach().contiguous(), right=True) - 1
    at = at.clamp(max=count - 4)
    return (torch.arange(count, device=x.device) == at).to(x.dtype)


def _widths(knots: Tensor, degree: int) -> Tensor:
    return knots[degree:] - knots[:-degree]


def _over(values: Tensor, widths: Tensor) -> Tensor:
    """Values/widths, 0 where there is no width (and so no value)."""
    wide = widths > 0
    return torch.where(wide, values / torch.where(wide, widths, 1.0), 0.0)


def _raised(x: Tensor, knots: Tensor, low: Tensor, degree: int) -> Tensor:
    """The splines of one degree from those of the degree below."""
    share = _over(low, _widths(knots, degree))
    rising = (x - knots[: share.shape[-1] - 1]) * share[..., :-1]
    return rising + (knots[degree + 1 :] - x) * share[..., 1:]
