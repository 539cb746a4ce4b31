r"""A small perceptron whose output is bounded, so that its held-out value has a proved interval.

    c(x) = B tanh(g(x)/B),   g(x) = w·tanh(W₂ tanh(W₁ (x − shift)/scale + b₁) + b₂) + b

|c| < B, hence log σ(±c) lies in an interval of length B whatever the weights are.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray, Tensor


class Perceptron(nn.Module):
    """A critic (n, d) -> (n,) in float64, with tanh layers and outputs in (−bound, bound).

    Parameters
    ----------
    dim : d.
    widths : of the hidden layers.
    bound : B.
    rng : draws the first weights; torch's global state is not touched.

    Raises
    ------
    ValueError
        If a width or the bound is not positive.
    """

    shift: Tensor
    scale: Tensor

    def __init__(
        self,
        dim: int,
        widths: Sequence[int] = (32, 32),
        bound: float = 12.0,
        rng: RandomState = None,
    ) -> None:
        super().__init__()
        if min(widths) < 1 or not bound > 0:
            raise ValueError(f"widths and bound must be positive; got {widths!r}, {bound!r}.")
        generator = as_generator(rng)
        sizes = (dim, *widths, 1)
        pairs = itertools.pairwise(sizes)
        self.weights = nn.ParameterList([_uniform((a, b), a, generator) for a, b in pairs])
        pairs = itertools.pairwise(sizes)
        self.biases = nn.ParameterList([_uniform((b,), a, generator) for a, b in pairs])
        self.bound = float(bound)
        self.register_buffer("shift", torch.zeros(dim, dtype=torch.float64))
        self.register_buffer("scale", torch.ones(dim, dtype=torch.float64))

    def standardise(self, x: Tensor) -> Perceptron:
        """Centre and scale inputs by the mean and standard deviation of points x (n, d)."""
        self.shift, self.scale = x.mean(dim=0), x.std(dim=0)
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (n,) at points (n, d)."""
        h = (x - self.shift) / self.scale
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            h = torch.tanh(h @ weight + bias)
        g = (h @ self.weights[-1] + self.biases[-1])[:, 0]
        return self.bound * torch.tanh(g / self.bound)


def _uniform(shape: tuple[int, ...], fan_in: int, rng: np.random.Generator) -> nn.Parameter:
    """Uniform on ±1/√(fan in), as torch's own linear layers."""
    limit = 1 / math.sqrt(fan_in)
    draws: FloatArray = rng.uniform(-limit, limit, shape)
    return nn.Parameter(torch.from_numpy(draws))
