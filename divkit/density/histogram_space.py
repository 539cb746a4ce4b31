"""A density that is constant on the cells of a grid in R^d; only cells with points are held."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.density.base import Labelled
from divkit.distributions.base import Feature, Law
from divkit.distributions.support import Boxes, Support, Unknown
from divkit.types import FloatArray, Tensor

_MOST_BOXES = 512


def cells(x: FloatArray, edges: tuple[FloatArray, ...]) -> tuple[NDArray[np.int64], FloatArray]:
    """Return the cells that hold points (K, d), in lexical order, and their shares (K,)."""
    places, counts = np.unique(locate(x, edges), axis=0, return_counts=True)
    return places, counts / len(x)


def locate(x: FloatArray, edges: tuple[FloatArray, ...]) -> NDArray[np.int64]:
    """The cell of each row (n, d): the last one for a point on the last edge; −1 or K outside."""
    columns = []
    for column, ends in zip(x.T, edges, strict=True):
        at = np.searchsorted(ends, column, side="right") - 1
        columns.append(np.where(column == ends[-1], len(ends) - 2, at))
    return np.stack(columns, axis=1).astype(np.int64)


@dataclass(frozen=True, eq=False, repr=False)
class GridSteps(Labelled, Law):
    """The density w_k/volume on the cells of a grid.

    Attributes
    ----------
    edges : of each axis, increasing.
    places : the cells that hold mass (K, d), in lexical order.
    masses : w (K,), of sum 1.
    label : how it prints.
    """

    edges: tuple[FloatArray, ...]
    places: NDArray[np.int64]
    masses: FloatArray
    label: str

    @property
    def dim(self) -> int:
        """Number of axes."""
        return len(self.edges)

    @cached_property
    def corners(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper corners of the cells that hold mass, (K, d) each."""
        pairs = list(zip(self.edges, self.places.T, strict=True))
        low = np.stack([ends[k] for ends, k in pairs], axis=1)
        return low, np.stack([ends[k + 1] for ends, k in pairs], axis=1)

    @cached_property
    def support(self) -> Support:
        """The cells that hold mass; unknown where they are more than 512."""
        if len(self.places) > _MOST_BOXES:
            return Unknown(self.dim)
        low, high = self.corners
        boxes = np.stack([low, high], axis=2).tolist()
        return Boxes(tuple(tuple((a, b) for a, b in box) for box in boxes))

    @cached_property
    def _codes(self) -> NDArray[np.int64]:
        return self._code(self.places)

    def _code(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        sizes = [len(ends) - 1 for ends in self.edges]
        if math.prod(sizes) >= 2**62:
            raise ValueError(f"{math.prod(sizes)} cells are too many. Pass fewer bins.")
        return np.asarray(np.ravel_multi_index(tuple(places.T), sizes), dtype=np.int64)

    def _log_prob(self, x: Tensor) -> Tensor:
        places = locate(x.detach().numpy(), self.edges)
        sizes = np.array([len(ends) - 1 for ends in self.edges])
        inside: NDArray[np.bool_] = np.all((places >= 0) & (places < sizes), axis=1)
        code = self._code(np.where(np.expand_dims(inside, 1), places, 0))
        at = np.searchsorted(self._codes, code).clip(0, len(self._codes) - 1)
        held = inside & (self._codes[at] == code)
        low, high = self.corners
        heights = np.log(self.masses) - np.log(high - low).sum(axis=1)
        return torch.from_numpy(np.where(held, heights[at], -math.inf))

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        low, high = self.corners
        picked = rng.choice(len(self.masses), n, p=self.masses / self.masses.sum())
        return np.asarray(rng.uniform(low[picked], high[picked]))

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """One, as wide as the grid."""
        ends = [(float(e[0]), float(e[-1])) for e in self.edges]
        half = tuple(0.5 * (b - a) for a, b in ends)
        return (Feature(tuple(a + h for (a, _), h in zip(ends, half, strict=True)), half),)
