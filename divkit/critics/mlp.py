r"""Perceptrons with tanh units as critics: f(x) is the network's output at (x − centre)/spread.

tanh z = 2σ(2z) − 1, and torch computes σ four times faster than tanh. Layers of tanh are swept as
layers of σ, whose weights and biases are linear in those of tanh: where units h = 2s − 1 enter,
W h + b = 2W s + (b − W1); where σ follows, both are doubled. Gradients go the same way back, and
factors of two cost no digit. A Jacobian has ∂f/∂W_k = δ_k h_{k−1}ᵀ at each point.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from divkit.critics.activations import SIGMOID
from divkit.critics.model import Pull, Standardiser
from divkit.critics.perceptron import Perceptron, Tape, flat
from divkit.critics.points import Members, WeightedPoints
from divkit.types import Tensor


@dataclass(frozen=True)
class MLP:
    """A perceptron with tanh layers of these widths and one linear output.

    Raises
    ------
    ValueError
        If a width is not a positive int.

    Examples
    --------
    >>> from divkit import maximise_value
    >>> found = maximise_value("normal(0, 1)", "normal(1, 1)", critic=MLP((2,)))
    >>> found.diagnostics["gap"] < 1e-6
    True
    """

    hidden: tuple[int, ...] = (16, 16)

    def __post_init__(self) -> None:
        if not self.hidden or any(int(width) != width or width < 1 for width in self.hidden):
            raise ValueError(
                f"hidden must hold positive widths, as (16, 16); got {self.hidden!r}."
            )

    def bind(self, points: WeightedPoints) -> MLPModel:
        """Centre and scale the inputs by the points' weighted median and spread."""
        return MLPModel((points.dim, *self.hidden, 1), Standardiser(*points.standardiser()))


@dataclass(frozen=True, eq=False)
class MLPModel:
    """A perceptron bound to the scale of its inputs; None takes points as they are."""

    widths: tuple[int, ...]
    scale: Standardiser | None = None

    @property
    def network(self) -> Perceptron:
        """Its shape."""
        return _network(self.widths)

    @property
    def size(self) -> int:
        """Number of weights and biases."""
        return self.network.size

    def start(self, rng: np.random.Generator) -> Tensor:
        """Weights N(0, 1/inputs); first-layer biases N(0, 1), so that kinks cover the data."""
        return self.network.start(rng, first=1.0)

    def outputs(self, theta: Tensor, x: Tensor) -> Tensor:
        """All outputs (..., n, outputs) at points (..., n, d)."""
        return self._sweep(theta, x).output.mT

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """The network's only output, (..., n)."""
        return self._sweep(theta, x).output[..., 0, :]

    def linearise(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (..., n) and Jacobian (..., n, P)."""
        tape = self._sweep(theta, x)
        shape = (*tape.output.shape[:-2], self.size, x.shape[-2])
        rows = torch.empty(shape, dtype=x.dtype, device=x.device)  # (..., P, n)
        delta, stop, last = torch.ones_like(tape.output), self.size, len(tape.layers) - 1
        for k in range(last, -1, -1):
            b, a = self.network.shapes[k]
            h = 2 * tape.inputs[k] - 1 if k else tape.inputs[k]
            own = delta if k == last else 2 * delta
            rows[..., stop - b : stop, :] = own
            block = rows[..., stop - b - b * a : stop - b, :].unflatten(-2, (b, a))
            torch.mul(own[..., :, None, :], h[..., None, :, :], out=block)
            stop -= b + b * a
            if k:
                delta = tape.down(k, delta)
        return tape.output[..., 0, :], rows.mT

    def pullback(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Pull]:
        """Logits (..., n) and one backward sweep to follow."""
        outputs, back = self.pullback_outputs(theta, x)
        return outputs[..., 0], lambda slope: back(slope[..., None])

    def pullback_outputs(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Pull]:
        """All outputs (..., n, outputs), and the map of as many slopes to the gradient."""
        tape = self._sweep(theta, x)
        return tape.output.mT, lambda slope: _gradient(tape, slope.mT)

    def member(self, at: Members) -> MLPModel:
        """The model of one problem, or of some."""
        return self if self.scale is None else MLPModel(self.widths, self.scale.member(at))

    def _sweep(self, theta: Tensor, x: Tensor) -> Tape:
        layers = []
        for k, (weight, bias) in enumerate(self.network.layers(theta)):
            if k:
                weight, bias = 2 * weight, bias - weight.sum(-1, keepdim=True)
            hidden = k < len(self.widths) - 2
            layers.append((2 * weight, 2 * bias) if hidden else (weight, bias))
        return self.network.sweep(layers, (x if self.scale is None else self.scale(x)).mT)


@cache
def _network(widths: tuple[int, ...]) -> Perceptron:
    return Perceptron(widths, SIGMOID, fused=False)


def _gradient(tape: Tape, slope: Tensor) -> Tensor:
    """The gradient (..., P) of Σ slope·output in the parameters of tanh units."""
    parts = []
    for k, (weight, bias) in enumerate(tape.back_layers(slope)):
        if k < len(tape.layers) - 1:
            weight, bias = 2 * weight, 2 * bias
        parts.append((2 * weight - bias if k else weight, bias))
    return flat(parts)
