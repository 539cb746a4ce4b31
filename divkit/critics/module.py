"""Any torch module as a critic.

Derivatives come from autograd: the Jacobian by one backward pass a point, vectorised; products
with it by one pass for all. The module's buffers and modes are left as they are, and its
parameters are only the start. What can be no critic is refused (`divkit.critics.module_probe`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch.func import jacrev, vmap

from divkit.critics.model import Pull
from divkit.critics.module_call import ModuleCall, module_copy
from divkit.critics.module_probe import probe, require_real
from divkit.critics.points import Members, WeightedPoints
from divkit.types import Tensor


@dataclass(frozen=True, eq=False, repr=False)
class TorchModule:
    """A user's module: (n, d) -> (n,) or (n, 1) logits. It is copied, in float64.

    Raises
    ------
    ValueError
        At training, if it has no parameters, or is no function of a point alone with one real
        output that follows its parameters.

    Examples
    --------
    >>> import torch
    >>> from divkit import critics
    >>> critics.critic_class(torch.nn.Linear(1, 1))
    TorchModule(Linear)
    """

    module: torch.nn.Module

    def __repr__(self) -> str:
        return f"TorchModule({type(self.module).__name__})"

    def bind(self, points: WeightedPoints) -> ModuleModel:
        """Copy the module to the points' device and count its parameters."""
        require_real(self.module, repr(self))
        module = module_copy(self.module).to(points.x)
        names = tuple(name for name, _ in module.named_parameters())
        if not names:
            raise ValueError(f"{self!r} has no parameters to train.")
        one = points.x.reshape(-1, points.dim)[[0, -1, -1]]
        probe(module, one + one.new_tensor([[0.0], [0.0], [1.0]]), repr(self))
        return ModuleModel(module, names)


@dataclass(frozen=True, eq=False)
class ModuleModel:
    """A torch module with its parameters as one flat vector."""

    module: torch.nn.Module
    names: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(self.call.sizes)

    def start(self, rng: np.random.Generator) -> Tensor:
        """The module's own parameters; its author chose them, so `rng` is not used."""
        return torch.cat([p.detach().reshape(-1) for p in self.module.parameters()])

    @cached_property
    def call(self) -> ModuleCall:
        """The module as a function of its parameters."""
        return ModuleCall(self.module)

    def at(self, parts: Sequence[Tensor], x: Tensor) -> Tensor:
        """The output (n,) at points (n, d), with these parameters."""
        return torch.as_tensor(self.call(parts, x)).reshape(x.shape[:-1])

    def _one(self, theta: Tensor, x: Tensor) -> Tensor:
        return self.at(self.call.parts(theta), x)

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """The module's output, (n,), or (E, n) for parameters (E, P)."""
        if theta.ndim == 1:
            return self._one(theta, x)
        return torch.stack([self._one(t, z) for t, z in _pairs(theta, x)])

    def linearise(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and Jacobian."""
        if theta.ndim == 1:
            logits = self._one(theta, x).detach()  # first, since no copy is made in a transform
            rows = vmap(jacrev(lambda t, z: self._one(t, z[None])[0]), (None, 0))(theta, x)
            return logits, rows.detach()
        pairs = [self.linearise(t, z) for t, z in _pairs(theta, x)]
        return torch.stack([f for f, _ in pairs]), torch.stack([j for _, j in pairs])

    def pullback(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Pull]:
        """Logits with the graph behind them, to be walked as often as wanted.

        The map is differentiable in u, as those of other models are.
        """
        free = theta.detach().requires_grad_(True)
        with torch.enable_grad():
            logits = self.logits(free, x)

        def back(u: Tensor) -> Tensor:
            keep = u.requires_grad
            return torch.autograd.grad(logits, free, u, retain_graph=True, create_graph=keep)[0]

        return logits.detach(), back

    def member(self, at: Members) -> ModuleModel:
        """Itself."""
        return self


def _pairs(theta: Tensor, x: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Each member's parameters with its points."""
    return list(zip(theta, x if x.ndim == 3 else [x] * len(theta), strict=True))
