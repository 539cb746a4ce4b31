r"""Multilayer perceptrons with their derivatives written out.

h_0 = (x − centre)/spread, h_k = tanh(W_k h_{k−1} + b_k), f = W_L h_{L−1} + b_L. The derivatives of
the scalar output are one backward sweep, δ_L = 1, δ_k = (W_{k+1}ᵀ δ_{k+1}) ∘ (1 − h_k²), with
∂f/∂W_k = δ_k h_{k−1}ᵀ: a Jacobian costs little more than a gradient. All tensors carry leading
ensemble dimensions, so that many networks train as one batched computation.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch

from divkit.critics.model import Pull, Scale
from divkit.critics.points import WeightedPoints
from divkit.types import Tensor


@dataclass(frozen=True)
class MLP:
    """A perceptron with tanh layers of these widths and one linear output.

    Raises
    ------
    ValueError
        If a width is not a positive int.
    """

    hidden: tuple[int, ...] = (24, 24)

    def __post_init__(self) -> None:
        if not self.hidden or any(int(width) != width or width < 1 for width in self.hidden):
            raise ValueError(
                f"hidden must hold positive widths, as (24, 24); got {self.hidden!r}."
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

    def _activations(self, layers: list[tuple[Tensor, Tensor]], x: Tensor) -> list[Tensor]:
        h = self.scale(x)
        out = [h]
        for k, (weight, bias) in enumerate(layers):
            z = h @ weight.mT + bias[..., None, :]
            h = torch.tanh(z) if k < len(layers) - 1 else z
            out.append(h)
        return out

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """The network's output, (..., n)."""
        return self._activations(self.layers(theta), x)[-1][..., 0]

    def linearise(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (..., n) and Jacobian (..., n, P)."""
        layers = self.layers(theta)
        acts = self._activations(layers, x)
        jacobian = torch.empty(*acts[-1].shape[:-1], self.size, dtype=x.dtype, device=x.device)
        delta = torch.ones_like(acts[-1])  # (..., n, 1)
        stop = self.size
        for k in range(len(layers) - 1, -1, -1):
            b, a = self.shapes[k]
            jacobian[..., stop - b : stop] = delta
            block = jacobian[..., stop - b - b * a : stop - b].unflatten(-1, (b, a))
            torch.mul(delta[..., :, None], acts[k][..., None, :], out=block)
            stop -= b + b * a
            if k:
                delta = (delta @ layers[k][0]) * (1 - acts[k] ** 2)
        return acts[-1][..., 0], jacobian

    def pullback(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Pull]:
        """Logits (..., n) and one backward sweep to follow."""
        layers = self.layers(theta)
        acts = self._activations(layers, x)

        def back(slope: Tensor) -> Tensor:
            delta, parts = slope[..., None], []  # (..., n, 1)
            for k in range(len(layers) - 1, -1, -1):
                parts += [delta.sum(-2), (delta.mT @ acts[k]).flatten(-2)]
                if k:
                    delta = (delta @ layers[k][0]) * (1 - acts[k] ** 2)
            return torch.cat(parts[::-1], dim=-1)

        return acts[-1][..., 0], back

    def member(self, i: int) -> MLPModel:
        """The model of the i-th problem."""
        return MLPModel(self.widths, self.scale.member(i))
