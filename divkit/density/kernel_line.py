r"""A Gaussian kernel density estimate on the line whose cost does not grow with the sample.

The law is the mixture Σ_j w_j N(g_j, h²) at the nodes g_j of a fine grid (`kernel_bins`), with

    f(g_k + r) ∝ Σ_j w_j e^{−(D + ρ)²/2} = Σ_p (−ρ)^p/p! Σ_j w_j He_p(D) e^{−D²/2},

D = (g_k − g_j)/h, ρ = r/h. The inner sums are convolutions, one FFT each; |ρ| ≤ 1/256 where k is
the nearest node, so that five terms give f to 1e-12 (a fast Gauss transform: Greengard, Strain
1991). An FFT's rounding is relative to the largest density. Where f is below 1e-7 of that, or
beyond the table, the sum itself is taken over the nodes that matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import fft, special

from divkit.density.base import Labelled
from divkit.density.kernel_bins import LineBins
from divkit.distributions.base import Feature, Law1D
from divkit.distributions.compose.stacks import log_sum_exp
from divkit.distributions.families.normal import Normal
from divkit.distributions.quantile import invert
from divkit.distributions.tails import Tail
from divkit.exact.capabilities import Capabilities, Tame, declare
from divkit.types import FloatArray, Tensor

TERMS = 5
_TABLES, _MOST_OF_IT = (2**17, 2**20), 0.99
"""Places of a table: the first size that holds this share of the weight, the last otherwise."""
_REACH = 8.5  # standard deviations that a convolution's kernel reaches: e^{−36}
_FAINT = 1e-7
_COMMON, _FAR = 1e-3, 2.0**62
"""F and 1 − F from which on the table gives them, and a place beyond all tables."""
_FURTHER = 90.0  # terms below e^{−45} of the largest are left out
_ROWS = 256
_LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)
Block: TypeAlias = tuple[NDArray[np.int64], slice]


@dataclass(frozen=True, eq=False, repr=False)
class LineKernel(Labelled, Law1D):
    """Σ_j w_j N(g_j, scale²) at the nodes of a grid; `label` says what was fitted, for printing.

    Attributes
    ----------
    bins : nodes and weights.
    scale : the components' standard deviation.
    """

    bins: LineBins
    scale: float
    label: str

    @cached_property
    def nodes(self) -> FloatArray:
        """Positions of the nodes (K,), ascending."""
        return self.bins.nodes

    @cached_property
    def table(self) -> tuple[int, Tensor]:
        """The first place of the table, and Σ_j w_j He_p(D) e^{−D²/2} at its places, (G, P)."""
        per_step = self.bins.step / self.scale
        reach = math.ceil(_REACH / per_step)
        first, last = self._window(reach)
        away = per_step * np.arange(-reach, reach + 1, dtype=np.float64)
        columns = self._convolved(first, last, _hermite(away))
        return first, torch.from_numpy(np.stack(columns, axis=1))

    @cached_property
    def _below(self) -> FloatArray:
        """Σ_j w_j Φ(D) at the places of the table (G,)."""
        first, table = self.table
        per_step = self.bins.step / self.scale
        reach = math.ceil(_REACH / per_step)
        at = first + np.arange(len(table))
        rising = special.ndtr(per_step * np.arange(-reach, reach + 1, dtype=np.float64))
        near = self._convolved(first, int(at[-1]), [rising])[0]
        summed = np.concatenate([[0.0], np.cumsum(self.bins.weights)])
        return np.asarray(near + summed[np.searchsorted(self.bins.places, at - reach)])

    def _convolved(self, first: int, last: int, kernels: Iterable[FloatArray]) -> list[FloatArray]:
        """Sums of the weights times kernels (2R + 1,), at the places from first to last."""
        inside = slice(*np.searchsorted(self.bins.places, [first, last + 1]).tolist())
        dense = np.zeros(last - first + 1)
        dense[self.bins.places[inside] - first] = self.bins.weights[inside]
        columns: list[FloatArray] = []
        for kernel in kernels:
            reach = len(kernel) // 2
            size = fft.next_fast_len(len(dense) + 2 * reach, real=True)
            whole = fft.irfft(fft.rfft(dense, size) * fft.rfft(kernel, size), size)
            columns.append(whole[reach : reach + len(dense)])
        return columns

    def _window(self, reach: int) -> tuple[int, int]:
        """The places that the table covers: all, or the middle ones where they are too many."""
        places, summed = self.bins.places, np.cumsum(self.bins.weights)
        middle = int(places[np.searchsorted(summed, 0.5)])
        for size in _TABLES:
            first = max(int(places[0]) - reach, middle - size // 2)
            last = min(int(places[-1]) + reach, middle + size // 2)
            inside = np.searchsorted(places, [first + reach, last - reach])
            if np.ptp(np.r_[0.0, summed][inside]) >= _MOST_OF_IT:
                break
        return first, last

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        flat = ((anchor - self.bins.origin) + offset).reshape(-1)  # from the origin on
        first, table = self.table
        place = torch.floor(flat.detach() / self.bins.step + 0.5)
        row = place - first
        usable = (row >= self._reach_places) & (row < len(table) - self._reach_places)
        at = torch.where(usable, row, 0).to(torch.int64)
        faint = _FAINT * float(table[:, 0].max())
        usable &= table[at, 0] > faint
        out = torch.full_like(flat, -math.inf)
        if bool(usable.any()):
            rho = (flat[usable] - place[usable] * self.bins.step) / self.scale
            out = out.index_put((usable.nonzero()[:, 0],), _expanded(rho, table[at[usable]]))
        left = torch.nonzero(~usable & ~flat.isnan())[:, 0]
        if len(left):
            out = out.index_put((left,), self._summed(flat[left]))
        constant = math.log(self.scale) + _LOG_ROOT_TWO_PI
        return (out - constant).reshape(offset.shape)

    @cached_property
    def _reach_places(self) -> int:
        """Places at a cut-off end of the table whose sums lack nodes beyond it; 0 if none do."""
        reach = math.ceil(_REACH * self.scale / self.bins.step)
        first, table = self.table
        whole = first <= self.bins.places[0] and first + len(table) > self.bins.places[-1]
        return 0 if whole else reach

    def _summed(self, x: Tensor) -> Tensor:
        """Log Σ w e^{−z²/2} at points from the origin on (n,), over the nodes that matter."""
        nodes = torch.from_numpy(self.bins.step * self.bins.places.astype(np.float64))
        logs = torch.from_numpy(np.log(self.bins.weights))
        out = torch.empty_like(x)
        for rows, near in self._blocks(x.detach().numpy()):
            z = (x[rows][:, None] - nodes[near]) / self.scale
            out = out.index_put((torch.from_numpy(rows),), log_sum_exp(logs[near] - 0.5 * z * z))
        return out

    def _blocks(self, x: FloatArray, least: float = 0.0) -> Iterator[Block]:
        """Rows of x that are near each other, and the slice of nodes that matter to them."""
        nodes = self.bins.step * self.bins.places.astype(np.float64)
        order = np.argsort(x, kind="stable")
        tile = np.floor(x[order] / (4 * self.scale))
        cuts = np.flatnonzero(np.diff(tile)) + 1
        for part in np.split(order, cuts):
            for start in range(0, len(part), _ROWS):
                rows = part[start : start + _ROWS]
                ends = x[rows[[0, -1]]]
                after = np.searchsorted(nodes, ends)
                beside = np.clip([after - 1, after], 0, len(nodes) - 1)
                away = float(np.abs(nodes[beside] - ends).min(axis=0).max()) / self.scale
                away += float(ends[1] - ends[0]) / self.scale
                reach = self.scale * max(least, math.hypot(away, math.sqrt(_FURTHER)))
                near = np.searchsorted(nodes, [ends[0] - reach, ends[1] + reach])
                first, last = int(beside.min()), int(beside.max())
                yield rows, slice(min(int(near[0]), first), max(int(near[1]), last + 1))

    def cdf(self, x: Any) -> FloatArray:
        """Σ w_j Φ((x − g_j)/h)."""
        return self._mass(np.asarray(x, float), 1.0)

    def sf(self, x: Any) -> FloatArray:
        """Σ w_j Φ((g_j − x)/h), to full relative accuracy in the upper tail."""
        return self._mass(np.asarray(x, float), -1.0)

    def _mass(self, x: FloatArray, side: float) -> FloatArray:
        flat = x.reshape(-1) - self.bins.origin
        nodes = self.bins.step * self.bins.places.astype(np.float64)
        summed = np.concatenate([[0.0], np.cumsum(self.bins.weights)])
        out = np.where(np.isnan(flat), np.nan, np.where(side * flat > 0, summed[-1], 0.0))
        known = np.flatnonzero(np.isfinite(flat))
        quick, values = self._by_table(flat[known])
        out[known[quick]] = values if side > 0 else summed[-1] - values
        known = known[~quick]
        for rows, near in self._blocks(flat[known], least=9.0):
            z = side * np.subtract.outer(flat[known[rows]], nodes[near]) / self.scale
            whole = summed[near.start] if side > 0 else summed[-1] - summed[near.stop]
            out[known[rows]] = whole + special.ndtr(z) @ self.bins.weights[near]
        return out.reshape(x.shape)

    def _by_table(self, flat: FloatArray) -> tuple[NDArray[np.bool_], FloatArray]:
        """Where the table gives F at points from the origin on to 1e-12 of F and 1 − F, and F.

        F(g_k + r) = F(g_k) + (1/√2π) Σ_p (−1)^p ρ^{p+1}/(p + 1)! Σ_j w_j He_p(D) e^{−D²/2}.
        """
        first, table = self.table
        place = np.floor(flat / self.bins.step + 0.5)
        row = np.where(np.abs(place) < _FAR, place, _FAR) - first
        usable = (row >= self._reach_places) & (row < len(table) - self._reach_places)
        at = np.where(usable, row, 0).astype(np.int64)
        usable &= (self._below[at] > _COMMON) & (self._below[at] < 1 - _COMMON)
        at = at[usable]
        rho = (flat[usable] - place[usable] * self.bins.step) / self.scale
        value, factor = self._below[at], rho / math.sqrt(2 * math.pi)
        for p, sums in enumerate(table.numpy()[at].T):
            value = value + factor * sums
            factor = factor * (-rho / (p + 2))
        return usable, value

    def ppf(self, u: Any) -> FloatArray:
        """The least x with F(x) ≥ u."""
        level = np.asarray(u, float)
        flat = level.reshape(-1)
        shift = self.scale * special.ndtri(flat)
        low, high = self.nodes[0] + shift, self.nodes[-1] + shift
        return invert(self.cdf, self.sf, flat, low, high).reshape(level.shape)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        picked = rng.choice(len(self.nodes), n, p=self.bins.weights / self.bins.weights.sum())
        return self.nodes[picked] + self.scale * rng.normal(size=n)

    @property
    def anchored(self) -> bool:
        """False: the nodes are near the data, and the sum is rounded there."""
        return False

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Nodes at least four standard deviations apart."""
        kept = [float(self.nodes[0])]
        while (at := int(np.searchsorted(self.nodes, kept[-1] + 4 * self.scale))) < len(
            self.nodes
        ):
            kept.append(float(self.nodes[at]))
        return tuple(Feature((center,), (self.scale,)) for center in kept)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Those of the outermost nodes' Gaussians."""
        ends = (float(self.nodes[0]), float(self.nodes[-1]))
        return Normal(ends[0], self.scale).tails[0], Normal(ends[1], self.scale).tails[1]

    @property
    def reach(self) -> tuple[float, float]:
        """40 standard deviations beyond the outermost nodes."""
        return float(self.nodes[0] - 40 * self.scale), float(self.nodes[-1] + 40 * self.scale)

    @cached_property
    def mean(self) -> FloatArray:
        """Σ w g."""
        return np.array([self.bins.weights @ self.nodes])

    @cached_property
    def covariance(self) -> FloatArray:
        """Σ w (g − mean)² + h²."""
        away = self.nodes - self.mean
        return np.array([[self.bins.weights @ away**2 + self.scale**2]])


declare(LineKernel, Capabilities[LineKernel](tame=lambda law: Tame(2, math.inf)))


def _hermite(d: FloatArray) -> Iterator[FloatArray]:
    """He_p(d) e^{−d²/2} for p = 0, …: He_{p+1} = d He_p − p He_{p−1}."""
    bell = np.exp(-0.5 * d * d)
    before, now = np.zeros_like(d), np.ones_like(d)
    for p in range(TERMS):
        yield now * bell
        before, now = now, d * now - p * before


def _expanded(rho: Tensor, sums: Tensor) -> Tensor:
    """Log Σ_p (−ρ)^p/p! sums_p, (n,) from (n, P)."""
    total, factor = torch.zeros_like(rho), torch.ones_like(rho)
    for p in range(TERMS):
        total = total + factor * sums[:, p]
        factor = factor * (-rho / (p + 1))
    return total.log()
