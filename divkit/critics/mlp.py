r"""Multilayer perceptrons with their derivatives written out.

h_0 = (x − centre)/spread, h_k = tanh(W_k h_{k−1} + b_k), f = W_L h_{L−1} + b_L. The derivatives of
the scalar output are one backward sweep, δ_L = 1, δ_k = (W_{k+1}ᵀ δ_{k+1}) ∘ (1 − h_k²), with
∂f/∂W_k = δ_k h_{k−1}ᵀ: a Jacobian costs little more than a gradient. All tensors carry leading
ensemble dimensions, so that many networks train as one batched computation, and have the points
last, along which memory is contiguous. tanh z = 2σ(2z) − 1 and torch computes σ four times faster
than tanh, so that hidden units are kept as s = σ(2z) and 1 − h² = 4s(1 − s).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch

from divkit.critics.model import Pull, Scale
from divkit.critics.points import Members, WeightedPoints
from divkit.types import Tensor


@dataclass(frozen=True)
class MLP:
    """A perceptron with tanh layers of these widths and one linear output.

    Raises
    ------
    ValueError
        If a width is not a positive int.
    """

    hidden: tuple[int, ...] = (16, 16)

    def __post_init__(self) -> None:
        if not self.hidden or any(int(width) != width or width < 1 for width in self.hidden):
            raise ValueError(
                f"hidden must hold positive widths, as (16, 16); got {self.hidden!r}."
            )

    def bind(self, points: WeightedPoints) -> MLPModel:
        """Centre and scale the inputs by the points' weighted median and spread."""
        return MLPModel((points.dim, *self.hidden, 1), Scale(*points.standardiser()))


@dataclass(frozen=True, eq=False)
class MLPModel:
    """A perceptron bound to the scale of its inputs."""

    widths: tuple[int, ...]
    scale: Scale

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """(outputs, inputs) of each layer."""
        return [(b, a) for a, b in itertools.pairwise(self.widths)]

    @property
    def size(self) -> int:
        """Number of weights and biases."""
        return sum(b * a + b for b, a in self.shapes)

    def start(self, rng: np.random.Generator) -> Tensor:
        """Weights N(0, 1/inputs); first-layer biases N(0, 1), so that kinks cover the data."""
        parts: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []
        for k, (b, a) in enumerate(self.shapes):
            parts.append(rng.normal(0.0, 1 / math.sqrt(a), b * a))
            parts.append(rng.normal(0.0, 1.0 if k == 0 else 0.1, b))
        return torch.from_numpy(np.concatenate(parts))

    def layers(self, theta: Tensor) -> list[tuple[Tensor, Tensor]]:
        """The flat vector as (weight, bias) of each layer."""
        out, k = [], 0
        for b, a in self.shapes:
            weight = theta[..., k : k + b * a].unflatten(-1, (b, a))
            out.append((weight, theta[..., k + b * a : k + b * a + b]))
            k += b * a + b
        return out

    def activations(self, layers: list[tuple[Tensor, Tensor]], x: Tensor) -> list[Tensor]:
        """Inputs, σ(2z) of the hidden units, output: each (..., width, n)."""
        out = [self.scale(x).mT]
        for k, (weight, bias) in enumerate(layers):
            hidden = k < len(layers) - 1
            if k:  # W(2s − 1) + b
                weight, bias = 2 * weight, bias - weight.sum(-1)
            if hidden:
                weight, bias = 2 * weight, 2 * bias
            z = _affine(weight, bias, out[-1])
            out.append(torch.sigmoid(z) if hidden else z)
        return out

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """The network's output, (..., n)."""
        return self.activations(self.layers(theta), x)[-1][..., 0, :]

    def linearise(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (..., n) and Jacobian (..., n, P)."""
        layers = self.layers(theta)
        acts = self.activations(layers, x)
        shape = (*acts[-1].shape[:-2], self.size, x.shape[-2])
        rows = torch.empty(shape, dtype=x.dtype, device=x.device)  # (..., P, n)
        delta, stop = torch.ones_like(acts[-1]), self.size
        for k in range(len(layers) - 1, -1, -1):
            b, a = self.shapes[k]
            h = 2 * acts[k] - 1 if k else acts[k]
            rows[..., stop - b : stop, :] = delta
            block = rows[..., stop - b - b * a : stop - b, :].unflatten(-2, (b, a))
            torch.mul(delta[..., :, None, :], h[..., None, :, :], out=block)
            stop -= b + b * a
            if k:
                delta = _through(layers[k][0], delta, acts[k])
        return acts[-1][..., 0, :], rows.mT

    def pullback(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Pull]:
        """Logits (..., n) and one backward sweep to follow."""
        layers = self.layers(theta)
        acts = self.activations(layers, x)
        return acts[-1][..., 0, :], lambda slope: _swept(layers, acts, slope[..., None, :])

    def pullback_rows(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Pull]:
        """All outputs (..., outputs, n), and the map of as many slopes to the gradient."""
        layers = self.layers(theta)
        acts = self.activations(layers, x)
        return acts[-1], lambda slope: _swept(layers, acts, slope)

    def member(self, at: Members) -> MLPModel:
        """The model of one problem, or of some."""
        return MLPModel(self.widths, self.scale.member(at))


def _swept(layers: list[tuple[Tensor, Tensor]], acts: list[Tensor], slope: Tensor) -> Tensor:
    """The gradient (..., P) of Σ slope·output, for slopes (..., outputs, n), in one sweep."""
    delta, parts = slope, []
    for k in range(len(layers) - 1, -1, -1):
        total = delta.sum(-1)
        products = _products(delta, acts[k])
        if k:  # with 2s − 1 for s
            products = 2 * products - total[..., None]
        parts += [total, products.flatten(-2)]
        if k == 1 and delta.shape[-2] == 1:
            parts += _first(layers[1][0], delta, acts)
            break
        if k:
            delta = _through(layers[k][0], delta, acts[k])
    return torch.cat(parts[::-1], dim=-1)


def _first(weight: Tensor, delta: Tensor, acts: list[Tensor]) -> list[Tensor]:
    """The first layer's share where one slope g comes through a second of weights w.

    δ = 4w ∘ s(1 − s) g, so that Σ δ xᵀ = 4w ∘ [s(1 − s)] (g xᵀ) is one product of matrices.
    """
    x, s = acts[0], acts[1]
    right = torch.cat([delta, delta * x], dim=-2)
    sums = 4 * weight * (right @ torch.addcmul(s, s, s, value=-1).mT)  # (..., 1 + d, width)
    return [sums[..., 0, :], sums[..., 1:, :].mT.flatten(-2)]


def _affine(weight: Tensor, bias: Tensor, h: Tensor) -> Tensor:
    """W h + b; with one input it is no matrix product."""
    product = weight * h if h.shape[-2] == 1 else weight @ h
    return product.add_(bias[..., None])


def _through(weight: Tensor, delta: Tensor, s: Tensor) -> Tensor:
    """(Wᵀδ) ∘ (1 − h²), which is (4Wᵀδ) ∘ s(1 − s)."""
    four = 4 * weight.mT
    back = four * delta if delta.shape[-2] == 1 else four @ delta
    back = back * s
    return torch.addcmul(back, back, s, value=-1)


def _products(delta: Tensor, h: Tensor) -> Tensor:
    """Σ over the points of δ hᵀ, (..., outputs, inputs)."""
    if h.shape[-2] == 1:
        return (delta * h).sum(-1, keepdim=True)
    return delta @ h.mT
