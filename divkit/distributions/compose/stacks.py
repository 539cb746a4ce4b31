"""The components of a mixture, evaluated together: one tensor operation where all are normal.

log Σ_k w_k p_k(x) is a log-sum-exp over (log w_k + log p_k(x)); a matrix of n points by K
components is walked in pieces of bounded memory, so that a kernel density estimate of 10^4
components is a mixture like any other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from divkit.distributions.base import Law, Law1D
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")

_CELLS = 2**17
"""Entries of a points × components matrix held at once: 1 MiB of float64, which caches hold."""
_LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)


class Stack(Protocol):
    """Weighted components on the line."""

    def log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        """Log of the mixture's density at anchor + offset, offset of shape (n,)."""
        ...

    def cdf(self, x: FloatArray) -> FloatArray:
        """Σ w_k P_k(X ≤ x), x of shape (n,)."""
        ...

    def sf(self, x: FloatArray) -> FloatArray:
        """Σ w_k P_k(X > x)."""
        ...

    def quantile_range(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The least and the largest of the components' quantiles at each level u (n,)."""
        ...


def log_sum_exp(logs: Tensor) -> Tensor:
    """Return log Σ exp over the last axis; −inf (with gradient 0) where all terms are −inf."""
    top = logs.detach().amax(dim=-1, keepdim=True)
    top = torch.where(top.isfinite(), top, torch.zeros_like(top))
    total = (logs - top).exp().sum(dim=-1)
    empty = total == 0
    inner = torch.where(empty, torch.ones_like(total), total).log() + top[..., 0]
    return torch.where(empty, torch.full_like(inner, -math.inf), inner)


def in_pieces(function: Callable[[Tensor], Tensor], x: Tensor, width: int) -> Tensor:
    """Apply a rowwise function that needs `width` numbers a row, in pieces of bounded memory."""
    rows = max(1, _CELLS // width)
    if x.shape[0] <= rows:
        return function(x)
    return torch.cat([function(piece) for piece in torch.split(x, rows)])


def _in_array_pieces(
    function: Callable[[FloatArray], FloatArray], x: FloatArray, width: int
) -> FloatArray:
    rows = max(1, _CELLS // width)
    if x.shape[0] <= rows:
        return function(x)
    return np.concatenate([function(x[i : i + rows]) for i in range(0, x.shape[0], rows)])


@dataclass(frozen=True, eq=False)
class NormalStack:
    """Normal components: weights, means, standard deviations, logs of the weights, each (K,)."""

    weights: FloatArray
    loc: FloatArray
    scale: FloatArray
    log_weights: FloatArray

    def log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        """Log density at anchor + offset; (anchor − loc) is formed before the offset is added."""
        shift = torch.as_tensor(anchor - self.loc).to(offset)
        scale = torch.as_tensor(self.scale).to(offset)
        level = self.log_weights - np.log(self.scale) - _LOG_ROOT_TWO_PI
        levels = torch.as_tensor(level).to(offset)

        def piece(part: Tensor) -> Tensor:
            z = (part[:, None] + shift) / scale  # (n, K)
            return log_sum_exp(levels - 0.5 * z * z)

        return in_pieces(piece, offset, len(self.loc))

    def cdf(self, x: FloatArray) -> FloatArray:
        """Σ w_k Φ((x − loc_k)/scale_k)."""
        return self._blend(x, 1.0)

    def sf(self, x: FloatArray) -> FloatArray:
        """Σ w_k Φ((loc_k − x)/scale_k)."""
        return self._blend(x, -1.0)

    def quantile_range(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Least and largest of loc_k + scale_k Φ⁻¹(u)."""
        z = special.ndtri(u)

        def ends(part: FloatArray) -> FloatArray:
            quantiles = self.loc + np.multiply.outer(part, self.scale)
            return np.stack([quantiles.min(axis=1), quantiles.max(axis=1)], axis=1)

        both = _in_array_pieces(ends, z, len(self.loc))
        return both[:, 0], both[:, 1]

    def _blend(self, x: FloatArray, sign: float) -> FloatArray:
        def piece(part: FloatArray) -> FloatArray:
            z = np.subtract.outer(part, self.loc) / (sign * self.scale)
            return np.asarray(special.ndtr(z) @ self.weights)

        return _in_array_pieces(piece, x, len(self.loc))


@dataclass(frozen=True, eq=False)
class LawStack:
    """Components of any family on the line, one call each."""

    weights: FloatArray
    components: tuple[Law1D, ...]
    log_weights: FloatArray

    def log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        """Log density at anchor + offset."""
        log_weights = self.log_weights

        def piece(part: Tensor) -> Tensor:
            logs = [c._log_prob_at(anchor, part) for c in self.components]
            return log_sum_exp(torch.stack(logs, dim=-1) + torch.as_tensor(log_weights).to(part))

        return in_pieces(piece, offset, len(self.components))

    def cdf(self, x: FloatArray) -> FloatArray:
        """Σ w_k F_k(x)."""
        return self._total(x, lambda c: c.cdf)

    def sf(self, x: FloatArray) -> FloatArray:
        """Σ w_k (1 − F_k(x))."""
        return self._total(x, lambda c: c.sf)

    def quantile_range(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Least and largest of the components' quantiles."""
        quantiles = np.stack([component.ppf(u) for component in self.components])
        return quantiles.min(axis=0), quantiles.max(axis=0)

    def _total(
        self, x: FloatArray, curve: Callable[[Law1D], Callable[[Any], FloatArray]]
    ) -> FloatArray:
        pairs = zip(self.weights, self.components, strict=True)
        return np.asarray(sum(weight * curve(component)(x) for weight, component in pairs))


@dataclass(frozen=True, eq=False)
class GaussianStack:
    """Multivariate normal components as tensors: means (K, d), Cholesky factors (K, d, d)."""

    levels: Tensor
    loc: Tensor
    cholesky: Tensor

    def log_prob(self, x: Tensor) -> Tensor:
        """Log density at points (n, d)."""
        levels, loc, cholesky = (t.to(x) for t in (self.levels, self.loc, self.cholesky))

        def piece(part: Tensor) -> Tensor:
            squares = _squares(part, loc, cholesky)  # (n, K)
            return log_sum_exp(levels - 0.5 * squares)

        return in_pieces(piece, x, loc.numel())


def _squares(x: Tensor, loc: Tensor, cholesky: Tensor) -> Tensor:
    """|L_k⁻¹(x_i − loc_k)|², (n, K), by forward substitution on all pairs at once.

    Coordinates are subtracted before they are scaled, so that far offsets cost no digits.
    """
    solved: list[Tensor] = []
    total = x.new_zeros(x.shape[0], loc.shape[0])
    for i in range(x.shape[1]):
        rest = x[:, i, None] - loc[:, i]
        for j, z in enumerate(solved):
            if bool(cholesky[:, i, j].any()):
                rest = rest - cholesky[:, i, j] * z
        solved.append(rest / cholesky[:, i, i])
        total = total + solved[-1] ** 2
    return torch.where(total.isnan(), torch.full_like(total, math.inf), total)


@dataclass(frozen=True, eq=False)
class SpaceStack:
    """Components of any family in R^d, one call each."""

    log_weights: Tensor
    components: tuple[Law, ...]

    def log_prob(self, x: Tensor) -> Tensor:
        """Log density at points (n, d)."""
        logs = torch.stack([component.log_prob(x) for component in self.components], dim=-1)
        return log_sum_exp(logs + self.log_weights.to(x))


def stack_in_space(
    log_shares: FloatArray, components: tuple[Law, ...]
) -> GaussianStack | SpaceStack:
    """Return the fastest stack for these components in R^d, given the logs of their weights."""
    log_weights = torch.from_numpy(log_shares)
    gaussians = [c for c in components if isinstance(c, MultivariateNormal)]
    if len(gaussians) < len(components):
        return SpaceStack(log_weights, components)
    levels = log_weights - torch.tensor([c.log_normalizer for c in gaussians], dtype=torch.float64)
    loc = torch.tensor([c.loc for c in gaussians], dtype=torch.float64)
    return GaussianStack(levels, loc, torch.stack([c.cholesky for c in gaussians]))


def stack(
    weights: tuple[float, ...], components: tuple[Law1D, ...], log_weights: FloatArray
) -> Stack:
    """Return the fastest stack for these components: a weight may underflow, its log does not."""
    normals = [c for c in components if isinstance(c, Normal)]
    if len(normals) < len(components):
        return LawStack(np.array(weights), components, log_weights)
    loc, scale = np.array([c.loc for c in normals]), np.array([c.scale for c in normals])
    return NormalStack(np.array(weights), loc, scale, log_weights)


def sample(
    weights: tuple[float, ...], components: tuple[Law, ...], n: int, rng: np.random.Generator
) -> Tensor:
    """Draw n points (n, d): a component by its weight, then a point of it."""
    total = math.fsum(weights)
    label = rng.choice(len(weights), size=n, p=np.array(weights) / total)
    if all(isinstance(c, Normal) for c in components):
        return _sample_normals([c for c in components if isinstance(c, Normal)], label, rng)
    order = np.argsort(label, kind="stable")
    present, counts = np.unique(label, return_counts=True)
    draws = [components[k].sample(int(m), rng) for k, m in zip(present, counts, strict=True)]
    out = torch.empty((n, components[0].dim), dtype=torch.float64)
    if draws:
        out[torch.as_tensor(order)] = torch.cat(draws)
    return out


def _sample_normals(components: list[Normal], label: Any, rng: np.random.Generator) -> Tensor:
    loc, scale = np.array([c.loc for c in components]), np.array([c.scale for c in components])
    draws = loc[label] + scale[label] * rng.standard_normal(len(label))
    return torch.as_tensor(draws)[:, None]
