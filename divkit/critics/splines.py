"""Cubic splines on the line as critics that are linear in their parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.interpolate import BSpline

from divkit.critics.model import LinearModel
from divkit.critics.points import Members, WeightedPoints, quantiles
from divkit.types import FloatArray, Tensor


@dataclass(frozen=True)
class Spline:
    """Cubic B-splines on the line with knots at quantiles of m, linear beyond the last knots.

    Raises
    ------
    ValueError
        If there are fewer than 4 knots, or (at training) the points are not on the line, are
        stacked, or have fewer than 2 distinct quantiles.
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
        """Values of points (n, 1), (n, P)."""
        at: FloatArray = x[..., 0].detach().cpu().numpy()
        low, high = self.inner[0], self.inner[-1]
        spline = BSpline(np.array([low] * 3 + [*self.inner] + [high] * 3), np.eye(self.size), 3)
        near = np.clip(at, low, high)
        columns = spline(near) + spline.derivative()(near) * (at - near)[..., None]
        return torch.from_numpy(columns).to(x)

    def member(self, at: Members) -> BSplines:
        """Itself."""
        return self
