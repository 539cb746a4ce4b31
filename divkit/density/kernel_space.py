r"""Gaussian kernel density estimates in R^d: an exact sum, or a grid in the plane.

Both are mixtures Σ_i w_i N(x_i, s_i² LLᵀ), with one shape LLᵀ and a scale s_i each. Points are
whitened first, z = L⁻¹(x − centre), so that squared distances keep their digits at any offset.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.density.base import Labelled
from divkit.distributions.base import Feature, Law
from divkit.distributions.compose.stacks import log_sum_exp
from divkit.distributions.compose.thinning import thinned
from divkit.exact.capabilities import Capabilities, Tame, declare
from divkit.samples import blocks
from divkit.types import FloatArray, Tensor

Mask: TypeAlias = NDArray[np.bool_]
_MOST_FEATURES = 64


@dataclass(frozen=True, eq=False)
class Whitening:
    """z = L⁻¹(x − centre), L lower triangular.

    Attributes
    ----------
    centre : (d,).
    factor : L (d, d).
    """

    centre: FloatArray
    factor: FloatArray

    def __call__(self, x: Tensor) -> Tensor:
        """Whitened points (n, d); autograd follows."""
        moved = x - torch.from_numpy(self.centre).to(x)
        solved: Tensor = torch.linalg.solve_triangular(
            torch.from_numpy(self.factor).to(x), moved.mT, upper=False
        )
        return solved.mT

    def of(self, x: FloatArray) -> FloatArray:
        """Whitened rows (n, d) of an array."""
        return self(torch.from_numpy(x)).numpy()

    def inverse(self, z: FloatArray) -> FloatArray:
        """Points (n, d) in the units of the sample."""
        return np.asarray(self.centre + z @ self.factor.T)

    @property
    def log_volume(self) -> float:
        """Log det L."""
        return float(np.log(np.diag(self.factor)).sum())


def whitening(x: FloatArray) -> Whitening:
    """Return the whitening of a sample (n, d) by its mean and covariance.

    Raises
    ------
    ValueError
        If the columns are linearly dependent.
    """
    centre = x.mean(axis=0)
    away = x - centre
    spread = np.sqrt((away**2).mean(axis=0))
    scaled = away / spread
    correlation = scaled.T @ scaled / len(x)
    if np.linalg.eigvalsh(correlation)[0] <= 1e-12 * len(correlation):
        raise ValueError(
            f"X of shape {x.shape} has linearly dependent columns, so that it has no density. "
            "Drop some, or project it first."
        )
    return Whitening(centre, spread[:, None] * np.linalg.cholesky(correlation))


@dataclass(frozen=True, eq=False, repr=False)
class SpaceKernel(Labelled, Law):
    """Σ_i w_i N(x_i, s_i² LLᵀ) by an exact sum, in blocks of bounded memory.

    Attributes
    ----------
    frame : the whitening that L is of.
    centres : whitened x_i (n, d).
    scales : s_i (n,).
    weights : w_i (n,), of sum 1.
    label : how it prints.
    """

    frame: Whitening
    centres: FloatArray
    scales: FloatArray
    weights: FloatArray
    label: str

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return int(self.centres.shape[1])

    @cached_property
    def peaks(self) -> Tensor:
        """Log of each component's density at its centre (n,)."""
        constant = 0.5 * self.dim * math.log(2 * math.pi) + self.frame.log_volume
        levels = np.log(self.weights) - self.dim * np.log(self.scales)
        return torch.from_numpy(levels - constant)

    def _log_prob(self, x: Tensor) -> Tensor:
        z = self.frame(x)
        parts = [
            log_sum_exp(self._logs(z[rows])) for rows in blocks(len(z), 24 * len(self.centres))
        ]
        return torch.cat(parts) if parts else z[:, 0]

    def _logs(self, z: Tensor) -> Tensor:
        """Log of every component's density at whitened points, (m, n)."""
        return self.peaks.to(z) - 0.5 * self._squares(z)

    def _squares(self, z: Tensor) -> Tensor:
        """|z − c_i|²/s_i², (m, n), far points as inf."""
        away = torch.cdist(
            z, torch.from_numpy(self.centres).to(z), compute_mode="donot_use_mm_for_euclid_dist"
        )
        squares = (away / torch.from_numpy(self.scales).to(z)) ** 2
        return torch.where(squares.isnan(), math.inf, squares)

    def left_out(self, rows: NDArray[np.intp] | None = None) -> FloatArray:
        """Log density without component i at x_i, of equal weights, for all i or those given."""
        n = len(self.centres)
        chosen = np.arange(n) if rows is None else rows
        out = np.empty(len(chosen))
        for part in blocks(len(chosen), 24 * n):
            at = chosen[part]
            logs = self._logs(torch.from_numpy(self.centres[at]))
            logs[torch.arange(len(at)), torch.from_numpy(at)] = -math.inf
            out[part] = log_sum_exp(logs).numpy()
        return np.asarray(out + math.log(n / (n - 1)))

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        picked = rng.choice(len(self.centres), n, p=self.weights / self.weights.sum())
        noise = rng.normal(size=(n, self.dim)) * self.scales[picked, None]
        return self.frame.inverse(self.centres[picked] + noise)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Some of the components, thinned."""
        return kernel_features(self.frame, self.centres, self.scales)


def kernel_features(
    frame: Whitening, centres: FloatArray, scales: FloatArray
) -> tuple[Feature, ...]:
    """Return components far enough apart, widest and outermost kept, as features."""
    keep = np.arange(len(centres))
    if len(keep) > _MOST_FEATURES:
        outer = np.unique(np.r_[centres.argmin(axis=0), centres.argmax(axis=0)])
        keep = np.unique(np.r_[outer, np.linspace(0, len(keep) - 1, _MOST_FEATURES, dtype=int)])
    widths = np.sqrt((frame.factor**2).sum(axis=1))
    places = frame.inverse(centres[keep])
    return thinned(
        Feature(tuple(c), tuple((s * widths).tolist()))
        for c, s in zip(places.tolist(), scales[keep].tolist(), strict=True)
    )


declare(SpaceKernel, Capabilities[SpaceKernel](tame=lambda law: Tame(2, math.inf)))
