r"""A Gaussian kernel density estimate in the plane from a table.

The sample is whitened and shared out to a regular grid (`kernel_bins`). The Gaussian kernel is a
product, so that the density at all nodes is K_x W K_yᵀ, two matrix products of positive terms:
unlike an FFT's, their rounding is relative to each value, and the far tail keeps its digits. In
between, log f is interpolated by polynomials of degree 5 on 6 × 6 nodes, which for steps below
h/8 errs by less than 1e-6. Points beyond the table take the sum over the occupied nodes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from divkit.density.base import Labelled
from divkit.density.kernel_bins import PlaneBins, bin_plane
from divkit.density.kernel_space import SpaceKernel, Whitening, kernel_features
from divkit.distributions.base import Feature, Law
from divkit.exact.capabilities import Capabilities, Tame, declare
from divkit.types import FloatArray, Tensor

_SIDE = 1024
_FINEST = 32.0
_COARSEST = 6.0
_MARGIN = 9.0
_NODES = 6


@dataclass(frozen=True, eq=False, repr=False)
class PlaneKernel(Labelled, Law):
    """Σ_j w_j N(g_j, scale² LLᵀ) at the nodes of a grid of whitened coordinates.

    Attributes
    ----------
    frame : the whitening that L is of.
    bins : nodes and weights.
    scale : the components' standard deviation in whitened units.
    label : how it prints.
    """

    frame: Whitening
    bins: PlaneBins
    scale: float
    label: str

    @property
    def dim(self) -> int:
        """2."""
        return 2

    @cached_property
    def table(self) -> Tensor:
        """Log density at the nodes (Gx, Gy)."""
        width = self.bins.step / self.scale
        sides = [np.arange(size) * width for size in self.bins.weights.shape]
        kernels = [np.exp(-0.5 * np.subtract.outer(t, t) ** 2) for t in sides]
        total = kernels[0] @ self.bins.weights @ kernels[1]
        with np.errstate(divide="ignore"):
            logs = np.log(total)
        constant = 2 * math.log(self.scale) + math.log(2 * math.pi) + self.frame.log_volume
        return torch.from_numpy(logs - constant)

    @cached_property
    def occupied(self) -> SpaceKernel:
        """The same law as an exact sum over the occupied nodes."""
        at = np.argwhere(self.bins.weights > 0)
        weights = self.bins.weights[at[:, 0], at[:, 1]]
        centres = self.bins.origin + self.bins.step * at
        return SpaceKernel(self.frame, centres, np.full(len(at), self.scale), weights, self.label)

    def _log_prob(self, x: Tensor) -> Tensor:
        t = (self.frame(x) - torch.from_numpy(self.bins.origin)) / self.bins.step
        size = torch.tensor(self.table.shape)
        low = torch.floor(t.detach()) - (_NODES // 2 - 1)
        inside = ((low >= 0) & (low + _NODES <= size)).all(dim=1)
        out = torch.full_like(t[:, 0], math.nan)
        if bool(inside.any()):
            at = low[inside].to(torch.int64)
            out = out.index_put((inside.nonzero()[:, 0],), self._interpolated(t[inside], at))
        rest = torch.nonzero(~out.detach().isfinite())[:, 0]
        if len(rest):
            out = out.index_put((rest,), self.occupied.log_prob(x[rest]))
        return out

    def _interpolated(self, t: Tensor, at: Tensor) -> Tensor:
        """Log f at grid coordinates t (n, 2), from the nodes at, at + 1, …, at + 5."""
        along = [_lagrange(t[:, k] - at[:, k]) for k in (0, 1)]  # (n, 6) each
        steps = torch.arange(_NODES)
        rows = at[:, 0, None, None] + steps[:, None]
        columns = at[:, 1, None, None] + steps
        return torch.einsum("ni,nj,nij->n", *along, self.table[rows, columns])

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.occupied._sample(n, rng)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Some of the occupied nodes."""
        return kernel_features(self.frame, self.occupied.centres, self.occupied.scales)


declare(PlaneKernel, Capabilities[PlaneKernel](tame=lambda law: Tame(2, math.inf)))


def _lagrange(s: Tensor) -> Tensor:
    """Weights (n, 6) of values at 0, …, 5 in the polynomial through them, at s (n,)."""
    nodes = range(_NODES)
    columns = [
        math.prod(((s - j) / (i - j) for j in nodes if j != i), start=torch.ones_like(s))
        for i in nodes
    ]
    return torch.stack(columns, dim=1)


def fits_a_grid(z: FloatArray, scale: float) -> bool:
    """Whether the table's side is enough for the coarsest step."""
    return bool((np.ptp(z, axis=0).max() / scale + 2 * _MARGIN) * _COARSEST <= _SIDE)


def plane_kernel(frame: Whitening, z: FloatArray, scale: float, label: str) -> PlaneKernel:
    """Return the estimate of whitened points z (n, 2) with kernels of this standard deviation."""
    width = float(np.ptp(z, axis=0).max()) / scale + 2 * _MARGIN
    step = scale / min(_FINEST, _SIDE / width)
    bins = bin_plane(z, step, _MARGIN * scale)
    return PlaneKernel(frame, bins, math.sqrt(scale**2 - step**2 / 6), label)
