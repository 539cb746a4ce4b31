"""A density that is constant on intervals of the line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Feature, Law1D
from divkit.distributions.support import Boxes
from divkit.distributions.tails import LOG, Tail, make
from divkit.types import FloatArray, Tensor


@dataclass(frozen=True, repr=False)
class Steps(Law1D):
    """The density w_k/(e_{k+1} − e_k) between the edges e_k and e_{k+1}.

    Attributes
    ----------
    ends : e, K + 1 numbers, increasing.
    weights : w, K numbers of sum 1; 0 where a bin is empty.
    label : how it prints.
    """

    ends: tuple[float, ...]
    weights: tuple[float, ...]
    label: str

    def __post_init__(self) -> None:
        for name in ("ends", "weights"):  # arrays too
            object.__setattr__(self, name, tuple(map(float, getattr(self, name))))

    @cached_property
    def edges(self) -> FloatArray:
        """The ends as an array (K + 1,)."""
        return np.array(self.ends)

    @cached_property
    def masses(self) -> FloatArray:
        """The weights as an array (K,)."""
        return np.array(self.weights)

    def __repr__(self) -> str:
        return self.label

    @cached_property
    def support(self) -> Boxes:
        """The bins that are not empty, neighbours joined."""
        full = np.r_[False, self.masses > 0, False]
        starts = np.flatnonzero(full[1:] & ~full[:-1])
        stops = np.flatnonzero(~full[1:] & full[:-1])
        ends = zip(self.edges[starts].tolist(), self.edges[stops].tolist(), strict=True)
        return Boxes(tuple(((low, high),) for low, high in ends))

    @property
    def kinks(self) -> tuple[float, ...]:
        """Every edge inside."""
        return tuple(self.edges[1:-1].tolist())

    @property
    def features(self) -> tuple[Feature, ...]:
        """One, as wide as all: the kinks show the rest."""
        half = 0.5 * float(self.edges[-1] - self.edges[0])
        return (Feature((float(self.edges[0]) + half,), (half,)),)

    @property
    def reach(self) -> tuple[float, float]:
        """From the first edge to the last."""
        return float(self.edges[0]), float(self.edges[-1])

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Constant at both ends."""
        flat = make({LOG: 0}, "endpoint")
        return flat, flat

    @cached_property
    def heights(self) -> FloatArray:
        """Log density in each bin (K,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.masses / np.diff(self.edges)))

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        """The bin is found from the offset, so that a point next to an edge is on its side."""
        edges = torch.from_numpy(self.edges - anchor)
        at = torch.searchsorted(edges, offset.detach().contiguous(), right=True) - 1
        at = torch.where(offset.detach() == edges[-1], len(self.masses) - 1, at)
        inside = (at >= 0) & (at < len(self.masses)) & ~offset.isnan()
        logs = torch.from_numpy(self.heights)[at.clamp(0, len(self.masses) - 1)]
        return torch.where(inside, logs, -math.inf) + 0.0 * torch.where(inside, offset, 0.0)

    @cached_property
    def _summed(self) -> FloatArray:
        return np.asarray(np.r_[0.0, np.cumsum(self.masses)], dtype=np.float64)

    def cdf(self, x: Any) -> FloatArray:
        """Linear between the edges."""
        return np.asarray(np.interp(np.asarray(x, float), self.edges, self._summed))

    def sf(self, x: Any) -> FloatArray:
        """Linear between the edges, summed from above."""
        above = np.r_[np.cumsum(self.masses[::-1])[::-1], 0.0]
        return np.asarray(np.interp(np.asarray(x, float), self.edges, above))

    def ppf(self, u: Any) -> FloatArray:
        """Linear between the cumulated masses of the bins that are not empty."""
        full = np.flatnonzero(self.masses > 0)
        level = np.asarray(u, float)
        at = np.searchsorted(self._summed[full + 1], level * self._summed[-1]).clip(
            0, len(full) - 1
        )
        k = full[at]
        share = (level * self._summed[-1] - self._summed[k]) / self.masses[k]
        value = self.edges[k] + np.clip(share, 0.0, 1.0) * (self.edges[k + 1] - self.edges[k])
        return np.where((level >= 0) & (level <= 1), value, np.nan)

    @property
    def mean(self) -> FloatArray:
        """Σ w_k times the middle of the bin."""
        return np.array([self.masses @ (0.5 * (self.edges[1:] + self.edges[:-1]))])
