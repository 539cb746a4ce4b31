r"""Laws by their coordinates in a chart, and the laws of coordinates.

Between a point and its coordinates digits may be lost, as where a share underflows whose logarithm
is a number like any other. A law that knows the law of its coordinates says so (`Charted`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
import torch

from divkit.distributions.base import Law, Law1D
from divkit.distributions.callable.law import CallableLaw, CallableLaw1D, features_of
from divkit.distributions.compose.mixture import Mixture, Mixture1D
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.maps.scalar import Sigmoid
from divkit.distributions.nominal import require_points
from divkit.distributions.shapes.charts import Chart, FirstShare
from divkit.distributions.support import Support, Unknown
from divkit.types import FloatArray, Tensor

_PILOT = 2000  # draws that say where a law has its features


@runtime_checkable
class Charted(Protocol):
    """A law on a manifold that knows the law of its coordinates."""

    def coordinates_in(self, chart: Chart) -> Law | None:
        """The law of the coordinates, or None where it is not known in this chart."""
        ...


@dataclass(frozen=True)
class ChartImage(Law):
    """The law on a manifold whose coordinates have a law on R^k.

    Parameters
    ----------
    base : the law of the coordinates.
    chart : what they are.

    Raises
    ------
    ValueError
        If the base has another number of coordinates.
    """

    is_image: ClassVar[bool] = True

    base: Law
    chart: Chart

    def __post_init__(self) -> None:
        require_points(self.base, f"{self.chart!r} moves points")
        wanted = self.chart.manifold.intrinsic
        if self.base.dim != wanted:
            raise ValueError(f"base must have {wanted} coordinates; got {self.base.dim}.")

    @property
    def nominal(self) -> frozenset[int]:
        """None: a base on names is refused."""
        return frozenset()

    @property
    def dim(self) -> int:
        """Number of coordinates of a point of the manifold."""
        return self.chart.manifold.dim

    @property
    def support(self) -> Support:
        """The manifold: the base should have mass in all of its coordinates."""
        return self.chart.manifold if self.base.support == self.chart.domain else Unknown(self.dim)

    @property
    def blur(self) -> float:
        """The base's."""
        return self.base.blur

    def _log_prob(self, x: Tensor) -> Tensor:
        slope = self.chart.log_slope(x)
        inside = slope.isfinite()
        logs = torch.full_like(slope, -math.inf)
        held = self.base.log_prob(self.chart.coordinates(x[inside])) - slope[inside]
        return logs.index_put((inside.nonzero()[:, 0],), held)

    def coordinates_in(self, chart: Chart) -> Law | None:
        """The base in its own chart; of two shares also in that of the first."""
        if chart == self.chart:
            return self.base
        if chart == FirstShare() and isinstance(self.base, Law1D):
            return transformed(self.base, Sigmoid())
        return None

    def push(self, y: FloatArray) -> FloatArray:
        """The points of coordinates (n, k)."""
        return np.asarray(self.chart.point(torch.from_numpy(y)).numpy())

    def _sample(self, n: int, rng: np.random.Generator) -> Tensor:
        return self.chart.point(self.base.sample(n, rng))


def in_chart(law: Law, chart: Chart) -> Law:
    """The law of the coordinates of a law on a manifold; of a mixture, that of its components'."""
    if isinstance(law, Mixture):
        parts = tuple(in_chart(component, chart) for component in law.components)
        kind = Mixture1D if all(isinstance(part, Law1D) for part in parts) else Mixture
        return kind(law.weights, parts, log_weights=law.log_weights)
    known = law.coordinates_in(chart) if isinstance(law, Charted) else None
    return known if known is not None else _by_points(law, chart)


def _by_points(law: Law, chart: Chart) -> Law:
    def log_density(y: Tensor) -> Tensor:
        x = chart.point(y.reshape(len(y), -1))
        logs: Tensor = law.log_prob(x) + chart.log_slope(x)
        return logs

    dim = chart.domain.dim
    marks = features_of(chart.coordinates(law.sample(_PILOT, 0)).numpy())
    label = f"coordinates of {law!r}"
    if dim == 1:
        return CallableLaw1D(label, log_density, chart.domain, marks)

    def draw(n: int, rng: np.random.Generator) -> Tensor:
        return chart.coordinates(law.sample(n, rng))

    return CallableLaw(label, log_density, dim, chart.domain, draw, marks, law.blur)
