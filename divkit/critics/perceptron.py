r"""Perceptrons with every derivative that training a critic or a generator asks for, written out.

h_0 = x, z_k = W_k h_{k−1} + b_k, h_k = s(z_k), and the last layer is linear. One forward sweep
keeps every h_k; backward sweeps from δ at the output give

    ∂/∂W_k = δ_k h_{k−1}ᵀ,  ∂/∂b_k = δ_k,  δ_{k−1} = (W_kᵀ δ_k) ∘ s'(z_{k−1}),  ∂/∂x = W_1ᵀ δ_1.

A penalty on the slope in x asks for ∂/∂θ of Σ_i v_i·∂f/∂x_i. That is the derivative of the tangent
ḟ of f along v: ḣ_0 = v, ż_k = W_k ḣ_{k−1}, ḣ_k = s'(z_k) ż_k, of which a backward sweep carries
two adjoints, δ̇ of ż (the δ above) and ε of z:

    ∂/∂W_k = δ̇_k ḣ_{k−1}ᵀ + ε_k h_{k−1}ᵀ,   ε_{k−1} = (W_kᵀ ε_k) s' + (W_kᵀ δ̇_k) ż_{k−1} s''.

Tensors have ensemble dimensions in front and the points last, along which memory is contiguous. No
graph is built; sweeps are made of plain operations, so that autograd can follow them where more is
wanted (unrolling, products with a Jacobian).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch

from divkit.critics.activations import TANH, Activation
from divkit.types import Tensor

Layer: TypeAlias = tuple[Tensor, Tensor]
"""A weight (..., b, a) and a bias (..., b, 1)."""


@dataclass(frozen=True)
class Perceptron:
    """The shape of a network: widths from the input to the output, and its hidden units.

    Attributes
    ----------
    fused : a layer is one `baddbmm` and a sum over points a product with ones, as is fast for the
        minibatches of one network; else plain products and sums, as for whole populations.
    """

    widths: tuple[int, ...]
    activation: Activation = TANH
    fused: bool = True

    def __post_init__(self) -> None:
        if len(self.widths) < 2 or any(int(w) != w or w < 1 for w in self.widths):
            raise ValueError(f"widths must be positive ints, at least two; got {self.widths!r}.")

    @cached_property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """(outputs, inputs) of each layer."""
        return tuple((b, a) for a, b in itertools.pairwise(self.widths))

    @cached_property
    def _sizes(self) -> list[int]:
        """Lengths of weights and biases in the flat vector."""
        return [part for b, a in self.shapes for part in (b * a, b)]

    @property
    def size(self) -> int:
        """Number of weights and biases P."""
        return sum(self._sizes)

    def start(self, rng: np.random.Generator, first: float = 0.1) -> Tensor:
        """Weights N(0, gain²/inputs), biases N(0, 0.01), in the first layer N(0, first²); (P,)."""
        parts: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []
        for k, (b, a) in enumerate(self.shapes):
            gain = self.activation.gain if k < len(self.shapes) - 1 else 1.0
            spread = 0.1 if k else first
            parts += [rng.normal(0.0, gain / math.sqrt(a), b * a), rng.normal(0.0, spread, b)]
        return torch.from_numpy(np.concatenate(parts))

    def layers(self, theta: Tensor) -> list[Layer]:
        """The flat vector (..., P) as (weight (..., b, a), bias (..., b, 1)) of each layer."""
        parts, front = theta.split_with_sizes(self._sizes, -1), theta.shape[:-1]
        return [
            (weight.view(*front, *shape), bias.unsqueeze(-1))
            for weight, bias, shape in zip(parts[::2], parts[1::2], self.shapes, strict=True)
        ]

    def __call__(self, theta: Tensor, x: Tensor) -> Tape:
        """Sweep forward over inputs x (..., a, n)."""
        return self.sweep(self.layers(theta), x)

    def sweep(self, layers: list[Layer], x: Tensor) -> Tape:
        """Sweep forward through these layers over inputs x (..., a, n)."""
        inputs, affine = [x], _fused_affine if self.fused else _affine
        for weight, bias in layers[:-1]:
            inputs.append(self.activation.value(affine(weight, bias, inputs[-1])))
        return Tape(self, layers, inputs, affine(*layers[-1], inputs[-1]))


@dataclass(frozen=True, eq=False)
class Tape:
    """The record of a forward sweep: layers, the input of each, and the output (..., b, n)."""

    network: Perceptron
    layers: list[Layer]
    inputs: list[Tensor]
    output: Tensor

    @cached_property
    def ones(self) -> Tensor:
        """A column (..., n, 1), whose products are sums over the points."""
        return self.output.new_ones((*self.output.shape[:-2], self.output.shape[-1], 1))

    def back_theta(self, delta: Tensor) -> Tensor:
        """∂/∂θ (..., P) of Σ δ·output, δ (..., b, n)."""
        return flat(self.back_layers(delta))

    def back_layers(self, delta: Tensor) -> list[Layer]:
        """∂/∂W_k (..., b, a) and ∂/∂b_k (..., b, 1) of Σ δ·output, from the first layer on."""
        parts: list[Layer] = []
        for k in range(len(self.layers) - 1, -1, -1):
            parts.append(self._slopes(k, delta))
            if k == 1 and delta.shape[-2] == 1 and self.network.activation.slope:
                parts.append(self._first(self.network.activation.slope(self.inputs[1]), delta))
                break
            if k:
                delta = self.down(k, delta)
        return parts[::-1]

    def back_points(self, delta: Tensor) -> Tensor:
        """∂/∂x (..., a, n) of Σ δ·output."""
        for k in range(len(self.layers) - 1, 0, -1):
            delta = self.down(k, delta)
        return self._times(self.layers[0][0].mT, delta)

    def down(self, k: int, delta: Tensor) -> Tensor:
        """δ one layer down from the k-th, counted from 0."""
        return self.network.activation.pull(
            self._times(self.layers[k][0].mT, delta), self.inputs[k]
        )

    def _slopes(self, k: int, delta: Tensor) -> Layer:
        """∂/∂W_k and ∂/∂b_k."""
        if self.network.fused:
            return _bmm(delta, self.inputs[k].mT), _bmm(delta, self.ones)
        total, h = delta.sum(-1, keepdim=True), self.inputs[k]
        return (delta * h).sum(-1, keepdim=True) if h.shape[-2] == 1 else delta @ h.mT, total

    def _first(self, slope: Tensor, delta: Tensor) -> Layer:
        """The first layer's slopes where one row δ comes through a second layer of weights w.

        They are Σ (wᵀ δ) ∘ s' xᵀ = wᵀ ∘ s' (δ x)ᵀ: one product of matrices, whose sums over the
        points come with it from a row of ones in x.
        """
        seen = torch.cat([delta, delta * self.inputs[0]], dim=-2)
        both = (self.layers[1][0] * (seen @ slope.mT)).mT  # (..., width, 1 + d)
        return both[..., 1:], both[..., :1]

    def _times(self, a: Tensor, b: Tensor) -> Tensor:
        return _bmm(a, b) if self.network.fused else _product(a, b)

    def curve(self, v: Tensor) -> Tensor:
        """∂/∂θ of Σ_i v_i·∂f/∂x_i, (..., P), for one output f and v (..., a, n)."""
        act, last = self.network.activation, len(self.layers) - 1
        moves, tangents = [], [v]  # ż_k and ḣ_k
        for k in range(last):
            moves.append(self._times(self.layers[k][0], tangents[-1]))
            tangents.append(act.pull(moves[-1], self.inputs[k + 1]))
        dot, eps, parts = torch.ones_like(self.output), None, []
        for k in range(last, -1, -1):
            grad = self._times(dot, tangents[k].mT)
            if eps is not None:
                grad = grad + self._times(eps, self.inputs[k].mT)
            total = torch.zeros_like(dot[..., :1]) if eps is None else eps.sum(-1, keepdim=True)
            parts.append((grad, total))
            if k:
                eps, dot = self._adjoints(k, eps, dot, moves[k - 1])
        return flat(parts[::-1])

    def _adjoints(
        self, k: int, eps: Tensor | None, dot: Tensor, move: Tensor
    ) -> tuple[Tensor | None, Tensor]:
        """ε and δ̇ one layer down."""
        below, act, h = self.layers[k][0].mT, self.network.activation, self.inputs[k]
        through = self._times(below, dot)
        out = None if eps is None else act.pull(self._times(below, eps), h)
        if act.bend is not None:
            bent = act.bend(through * move, h)
            out = bent if out is None else out + bent
        return out, act.pull(through, h)


def flat(layers: list[Layer]) -> Tensor:
    """Weights and biases of all layers as one vector (..., P)."""
    return torch.cat([part.flatten(-2) for layer in layers for part in layer], -1)


def _fused_affine(weight: Tensor, bias: Tensor, h: Tensor) -> Tensor:
    """W h + b, of stacks of matrices in one call."""
    if weight.ndim == 3 and h.ndim == 3:
        return torch.baddbmm(bias, weight, h)
    return weight @ h + bias


def _affine(weight: Tensor, bias: Tensor, h: Tensor) -> Tensor:
    """W h + b."""
    return _product(weight, h).add_(bias)


def _bmm(a: Tensor, b: Tensor) -> Tensor:
    """A matrix product; of stacks of matrices without the broadcasting that costs as much."""
    return torch.bmm(a, b) if a.ndim == 3 and b.ndim == 3 else a @ b


def _product(a: Tensor, b: Tensor) -> Tensor:
    """A matrix product; of a column and a row it is none."""
    return a * b if a.shape[-1] == 1 else a @ b
