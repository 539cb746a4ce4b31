r"""Perceptrons with every derivative that adversarial training asks for, written out.

h_0 = x, z_k = W_k h_{k−1} + b_k, h_k = s(z_k), and the last layer is linear. One forward sweep
keeps every h_k; backward sweeps from δ at the output give

    ∂/∂W_k = δ_k h_{k−1}ᵀ,  ∂/∂b_k = δ_k,  δ_{k−1} = (W_kᵀ δ_k) ∘ s'(z_{k−1}),  ∂/∂x = W_1ᵀ δ_1.

A penalty on the slope in x asks for ∂/∂θ of Σ_i v_i·∂f/∂x_i. That is the derivative of the tangent
ḟ of f along v: ḣ_0 = v, ż_k = W_k ḣ_{k−1}, ḣ_k = s'(z_k) ż_k, of which a backward sweep carries
two adjoints, δ̇ of ż (the δ above) and ε of z:

    ∂/∂W_k = δ̇_k ḣ_{k−1}ᵀ + ε_k h_{k−1}ᵀ,   ε_{k−1} = (W_kᵀ ε_k) s' + (W_kᵀ δ̇_k) ż_{k−1} s''.

Tensors have ensemble dimensions in front and the points last. No graph is built; the forward sweep
is made of plain operations, so that autograd can follow it where more is wanted (unrolling).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch.nn.functional import leaky_relu

from divkit.registry import Registry
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class Activation:
    """A hidden unit h = s(z).

    Attributes
    ----------
    value : s(z).
    pull : (δ, h) ↦ δ s'(z).
    bend : (δ, h) ↦ δ s''(z); None where s'' is 0 almost everywhere.
    gain : factor on the standard deviation of a start's weights.
    """

    name: str
    value: Callable[[Tensor], Tensor]
    pull: Callable[[Tensor, Tensor], Tensor]
    bend: Callable[[Tensor, Tensor], Tensor] | None
    gain: float

    def __repr__(self) -> str:
        return self.name


_LEAK = 0.2
TANH = Activation(
    "tanh",
    torch.tanh,
    torch.ops.aten.tanh_backward,
    lambda delta, h: torch.ops.aten.tanh_backward(-2 * h * delta, h),
    1.0,
)
RELU = Activation(
    "relu",
    lambda z: leaky_relu(z, _LEAK),
    lambda delta, h: torch.ops.aten.leaky_relu_backward(delta, h, _LEAK, True),
    None,
    math.sqrt(2 / (1 + _LEAK**2)),
)
ACTIVATIONS: Registry[Activation] = Registry("activation")
ACTIVATIONS.register("tanh", TANH)
ACTIVATIONS.register("relu", RELU, "leaky_relu")


@dataclass(frozen=True)
class Perceptron:
    """The shape of a network: widths from the input to the output, and its hidden units."""

    widths: tuple[int, ...]
    activation: Activation = TANH

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
        """Number of weights and biases."""
        return sum(b * a + b for b, a in self.shapes)

    def start(self, rng: np.random.Generator, spread: float = 0.1) -> Tensor:
        """Weights N(0, gain²/inputs), biases N(0, spread²), (P,)."""
        parts: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []
        for k, (b, a) in enumerate(self.shapes):
            gain = self.activation.gain if k < len(self.shapes) - 1 else 1.0
            parts += [rng.normal(0.0, gain / math.sqrt(a), b * a), rng.normal(0.0, spread, b)]
        return torch.from_numpy(np.concatenate(parts))

    def layers(self, theta: Tensor) -> list[tuple[Tensor, Tensor]]:
        """The flat vector (..., P) as (weight (..., b, a), bias (..., b, 1)) of each layer."""
        parts, front = theta.split_with_sizes(self._sizes, -1), theta.shape[:-1]
        return [
            (weight.view(*front, *shape), bias.unsqueeze(-1))
            for weight, bias, shape in zip(parts[::2], parts[1::2], self.shapes, strict=True)
        ]

    def __call__(self, theta: Tensor, x: Tensor) -> Tape:
        """Sweep forward over inputs x (..., a, n)."""
        layers = self.layers(theta)
        inputs = [x]
        for weight, bias in layers[:-1]:
            inputs.append(self.activation.value(_affine(weight, bias, inputs[-1])))
        return Tape(self, layers, inputs, _affine(*layers[-1], inputs[-1]))


@dataclass(frozen=True, eq=False)
class Tape:
    """What a forward sweep leaves: the layers, the input of each, and the output (..., b, n)."""

    shape: Perceptron
    layers: list[tuple[Tensor, Tensor]]
    inputs: list[Tensor]
    output: Tensor

    @cached_property
    def ones(self) -> Tensor:
        """A column (..., n, 1): a product with it sums over the points faster than a sum."""
        return self.output.new_ones((*self.output.shape[:-2], self.output.shape[-1], 1))

    def back_theta(self, delta: Tensor) -> Tensor:
        """∂/∂θ (..., P) of Σ δ·output, δ (..., b, n)."""
        parts: list[Tensor] = []
        for k in range(len(self.layers) - 1, -1, -1):
            parts += self._weights(k, delta)
            if k:
                delta = self._down(k, delta)
        return torch.cat(parts[::-1], -1)

    def back_points(self, delta: Tensor) -> Tensor:
        """∂/∂x (..., a, n) of Σ δ·output."""
        for k in range(len(self.layers) - 1, 0, -1):
            delta = self._down(k, delta)
        return _times(self.layers[0][0].mT, delta)

    def _weights(self, k: int, delta: Tensor) -> list[Tensor]:
        """∂/∂b_k and ∂/∂W_k, flat, in this order: the vector is built from its end."""
        return [_times(delta, self.ones).flatten(-2), _times(delta, self.inputs[k].mT).flatten(-2)]

    def _down(self, k: int, delta: Tensor) -> Tensor:
        """δ one layer down."""
        return self.shape.activation.pull(_times(self.layers[k][0].mT, delta), self.inputs[k])

    def curve(self, v: Tensor) -> Tensor:
        """∂/∂θ of Σ_i v_i·∂f/∂x_i, (..., P), for one output f and v (..., a, n)."""
        act, last = self.shape.activation, len(self.layers) - 1
        moves, tangents = [], [v]  # ż_k and ḣ_k
        for k in range(last):
            moves.append(_times(self.layers[k][0], tangents[-1]))
            tangents.append(act.pull(moves[-1], self.inputs[k + 1]))
        dot, eps, parts = torch.ones_like(self.output), None, []
        for k in range(last, -1, -1):
            grad = _times(dot, tangents[k].mT)
            if eps is not None:
                grad = grad + _times(eps, self.inputs[k].mT)
            total = torch.zeros_like(dot[..., 0]) if eps is None else eps.sum(-1)
            parts += [total, grad.flatten(-2)]
            if k:
                eps, dot = self._adjoints(k, eps, dot, moves[k - 1])
        return torch.cat(parts[::-1], -1)

    def _adjoints(
        self, k: int, eps: Tensor | None, dot: Tensor, move: Tensor
    ) -> tuple[Tensor | None, Tensor]:
        """ε and δ̇ one layer down."""
        down, act, h = self.layers[k][0].mT, self.shape.activation, self.inputs[k]
        through = _times(down, dot)
        out = None if eps is None else act.pull(_times(down, eps), h)
        if act.bend is not None:
            bent = act.bend(through * move, h)
            out = bent if out is None else out + bent
        return out, act.pull(through, h)


def _affine(weight: Tensor, bias: Tensor, h: Tensor) -> Tensor:
    """W h + b."""
    if weight.ndim == 3 and h.ndim == 3:
        return torch.baddbmm(bias, weight, h)
    return weight @ h + bias


def _times(a: Tensor, b: Tensor) -> Tensor:
    """A matrix product; of stacks of matrices without the broadcasting that costs as much."""
    return torch.bmm(a, b) if a.ndim == 3 and b.ndim == 3 else a @ b
