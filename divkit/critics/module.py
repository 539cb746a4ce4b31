r"""Any torch module as a critic, and a permutation-invariant one for packing.

The Jacobian comes from torch.func (one backward pass a point, vectorised); the module's own
buffers and modes are left as they are, and its parameters are only the start.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch.func import functional_call, jacrev, vmap

from divkit.critics.mlp import MLP, MLPModel
from divkit.critics.points import WeightedPoints
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class TorchModule:
    """A user's module: (n, d) -> (n,) or (n, 1) logits. It is copied, in float64."""

    module: torch.nn.Module

    def bind(self, points: WeightedPoints) -> ModuleModel:
        """Copy the module to the points' device and count its parameters."""
        module = copy.deepcopy(self.module).to(points.x)
        names = tuple(name for name, _ in module.named_parameters())
        if not names:
            raise ValueError("module has no parameters to train.")
        return ModuleModel(module, names)


@dataclass(frozen=True, eq=False)
class ModuleModel:
    """A torch module with its parameters as one flat vector."""

    module: torch.nn.Module
    names: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(p.numel() for p in self.module.parameters())

    def start(self, rng: np.random.Generator) -> Tensor:
        """The module's own parameters; its author chose them, so `rng` is not used."""
        return torch.cat([p.detach().reshape(-1) for p in self.module.parameters()])

    def _named(self, theta: Tensor) -> dict[str, Tensor]:
        sizes = [p.numel() for p in self.module.parameters()]
        shapes = [p.shape for p in self.module.parameters()]
        parts = theta.split(sizes)
        return {n: t.reshape(s) for n, t, s in zip(self.names, parts, shapes, strict=True)}

    def _one(self, theta: Tensor, x: Tensor) -> Tensor:
        out = functional_call(self.module, self._named(theta), (x,))
        return torch.as_tensor(out).reshape(x.shape[:-1])

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """The module's output, (n,), or (E, n) for parameters (E, P)."""
        if theta.ndim == 1:
            return self._one(theta, x)
        return torch.stack([self._one(member, x) for member in theta])

    def linearise(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and Jacobian."""
        if theta.ndim == 1:
            rows = vmap(jacrev(lambda t, z: self._one(t, z[None])[0]), (None, 0))(theta, x)
            return self._one(theta, x), rows
        pairs = [self.linearise(member, x) for member in theta]
        return torch.stack([f for f, _ in pairs]), torch.stack([j for _, j in pairs])


@dataclass(frozen=True)
class DeepSet:
    """A critic of packs of `pack` points that does not care for their order.

    f(x_1, …, x_k) = Σ_i g(x_i), g a perceptron: log of a product of ratios is a sum, so the best
    critic of packed laws p^k against q^k is of this form (Lin et al. 2018, PacGAN).

    Raises
    ------
    ValueError
        If (at training) the dimension is not a multiple of the pack.
    """

    pack: int
    hidden: tuple[int, ...] = (24, 24)

    def bind(self, points: WeightedPoints) -> DeepSetModel:
        """Scale the inputs of g by the pooled coordinates."""
        if points.dim % self.pack:
            raise ValueError(f"packs of {self.pack} need d to be its multiple; got {points.dim}.")
        d = points.dim // self.pack
        each = points.x.reshape(-1, d)
        a, b = (w.repeat_interleave(self.pack) for w in (points.p_weight, points.q_weight))
        return DeepSetModel(self.pack, MLP(self.hidden).bind(WeightedPoints(each, a, b)))


@dataclass(frozen=True, eq=False)
class DeepSetModel:
    """Σ_i g(x_i) over the points of a pack."""

    pack: int
    inner: MLPModel

    @property
    def size(self) -> int:
        """Number of parameters of g."""
        return self.inner.size

    def start(self, rng: np.random.Generator) -> Tensor:
        """A random g."""
        return self.inner.start(rng)

    def _each(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.pack, -1)).flatten(-3, -2)  # (..., n·pack, d)

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """The sum of g over each pack, (..., n)."""
        return self.inner.logits(theta, self._each(x)).unflatten(-1, (-1, self.pack)).sum(-1)

    def linearise(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and Jacobian, summed over each pack."""
        f, jacobian = self.inner.linearise(theta, self._each(x))
        return (
            f.unflatten(-1, (-1, self.pack)).sum(-1),
            jacobian.unflatten(-2, (-1, self.pack)).sum(-2),
        )


@dataclass(frozen=True, eq=False)
class DifferenceModel:
    """f(x, y) = c(x) − c(y) for games on pairs: the additive constant of c plays no part."""

    inner: MLPModel

    @property
    def size(self) -> int:
        """Number of parameters of c."""
        return self.inner.size

    def start(self, rng: np.random.Generator) -> Tensor:
        """A random c."""
        return self.inner.start(rng)

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """c(x) − c(y) for rows (x, y)."""
        first, second = x.chunk(2, dim=-1)
        return self.inner.logits(theta, first) - self.inner.logits(theta, second)

    def linearise(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and Jacobian."""
        first, second = (self.inner.linearise(theta, part) for part in x.chunk(2, dim=-1))
        return first[0] - second[0], first[1] - second[1]
