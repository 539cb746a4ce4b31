r"""Critics as a trainer wants them: one sweep, then derivatives in θ, in x, and crosswise.

A trainer asks a critic f_θ for Jᵀu in θ (to raise V), u_i ∂f/∂x_i (to move fakes), and for a
penalty on slopes ∂/∂θ Σ v_i·∂f/∂x_i. `NetworkCritic` writes them out; `AutogradCritic` gets them
for any `divkit.critics.model.Model` from autograd, and is what those are tested against.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import torch

from divkit.critics.activations import TANH, Activation
from divkit.critics.model import Model
from divkit.critics.module import ModuleModel
from divkit.critics.perceptron import Perceptron, Tape
from divkit.plain import require_positive
from divkit.types import Tensor


class CriticSweep(Protocol):
    """A critic's numbers after one forward sweep over points (..., n, d)."""

    @property
    def logits(self) -> Tensor:
        """f (..., n)."""
        ...

    def pull(self, u: Tensor) -> Tensor:
        """Jᵀu in θ, (..., P)."""
        ...

    def points(self, u: Tensor) -> Tensor:
        """u_i ∂f/∂x_i, (..., n, d)."""
        ...

    def curve(self, v: Tensor) -> Tensor:
        """∂/∂θ Σ_i v_i·∂f/∂x_i, (..., P), v (..., n, d)."""
        ...


@runtime_checkable
class PlayedCritic(Protocol):
    """A class of critics with flat parameters θ (..., P), of packs of `pack` points.

    Logits are one a pack: f (..., n/pack) at points (..., n, d).
    """

    @property
    def size(self) -> int:
        """Number of parameters P."""
        ...

    @property
    def pack(self) -> int:
        """Points that it sees at once."""
        ...

    @property
    def slope(self) -> float | None:
        """The largest |∂f/∂x| of any member of the class; None where it has no limit."""
        ...

    def start(self, rng: np.random.Generator) -> Tensor:
        """A random start (P,)."""
        ...

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """f (..., n/pack), by operations that autograd can follow."""
        ...

    def sweep(self, theta: Tensor, x: Tensor) -> CriticSweep:
        """One forward sweep, without a graph."""
        ...


@dataclass(frozen=True)
class NetworkCritic:
    """A perceptron on packs of points in the plane or elsewhere, points scaled by fixed numbers.

    Parameters
    ----------
    dim : coordinates d of a point.
    hidden : widths of the hidden layers.
    activation : of the hidden units.
    centre, spread : the network sees (x − centre)/spread; one number for all coordinates, so that
        its slope in x is known from its weights.
    waves : frequencies ω; sin ωx and cos ωx of every coordinate are shown beside x.
    pack : points seen at once, concatenated (Lin et al. 2018, PacGAN).

    Raises
    ------
    ValueError
        If dim, a width or pack is not a positive int, or the spread is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> NetworkCritic(1, hidden=(4,)).start(np.random.default_rng(0)).shape
    torch.Size([13])
    """

    dim: int
    hidden: tuple[int, ...] = (64, 64)
    activation: Activation = TANH
    centre: float = 0.0
    spread: float = 1.0
    waves: tuple[float, ...] = ()
    pack: int = 1
    network: Perceptron = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.pack < 1 or self.dim < 1:
            raise ValueError(f"dim and pack must be at least 1; got {self.dim}, {self.pack}.")
        require_positive("spread", self.spread)
        inputs = self.dim * self.pack * (1 + 2 * len(self.waves))
        object.__setattr__(self, "network", Perceptron((inputs, *self.hidden, 1), self.activation))

    @property
    def size(self) -> int:
        """Number of weights and biases."""
        return self.network.size

    @property
    def slope(self) -> None:
        """No limit."""
        return None

    def start(self, rng: np.random.Generator) -> Tensor:
        """A random start (P,)."""
        return self.network.start(rng)

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """f (..., n/pack)."""
        return self.sweep(theta, x).logits

    def sweep(self, theta: Tensor, x: Tensor) -> NetworkSweep:
        """Scale, show the waves, sweep forward."""
        if self.pack > 1:
            x = x.unflatten(-2, (-1, self.pack)).flatten(-2)  # (..., n/pack, pack·d)
        x = x.mT  # (..., pack·d, n/pack)
        if self.centre or self.spread != 1:
            x = (x - self.centre) / self.spread
        shown = [x, *(wave(w * x) for w in self.waves for wave in (torch.sin, torch.cos))]
        inputs = shown[0] if len(shown) == 1 else torch.cat(shown, -2)
        return NetworkSweep(self, shown, self.network(theta, inputs))


@dataclass(frozen=True, eq=False)
class NetworkSweep:
    """A forward sweep of a `NetworkCritic`."""

    critic: NetworkCritic
    shown: list[Tensor]
    tape: Tape

    @property
    def logits(self) -> Tensor:
        """f (..., n/pack)."""
        return self.tape.output[..., 0, :]

    def pull(self, u: Tensor) -> Tensor:
        """Jᵀu (..., P)."""
        return self.tape.back_theta(u.unsqueeze(-2))

    def points(self, u: Tensor) -> Tensor:
        """u_i ∂f/∂x_i (..., n, d)."""
        return self._to_points(self.tape.back_points(u.unsqueeze(-2)))

    def curve(self, v: Tensor) -> Tensor:
        """∂/∂θ Σ v_i·∂f/∂x_i (..., P)."""
        c = self.critic
        v = v.unflatten(-2, (-1, c.pack)).flatten(-2).mT / c.spread
        moved = [v, *(slope * v for slope in self._wave_slopes())]
        return self.tape.curve(torch.cat(moved, -2))

    def _wave_slopes(self) -> list[Tensor]:
        """Derivatives of sin ωx and cos ωx, in the order in which they are shown."""
        slopes = []
        for k, w in enumerate(self.critic.waves):
            sine, cosine = self.shown[1 + 2 * k], self.shown[2 + 2 * k]
            slopes += [w * cosine, -w * sine]
        return slopes

    def _to_points(self, moved: Tensor) -> Tensor:
        c = self.critic
        parts = moved.split(c.dim * c.pack, -2)
        total: Tensor = parts[0]
        for part, slope in zip(parts[1:], self._wave_slopes(), strict=True):
            total = total + part * slope
        if c.spread != 1:
            total = total / c.spread
        total = total.mT  # (..., n/pack, pack·d)
        return total.unflatten(-1, (c.pack, c.dim)).flatten(-3, -2) if c.pack > 1 else total


@dataclass(frozen=True, eq=False)
class AutogradCritic:
    """Any critic class of divkit.critics, with derivatives by autograd.

    >>> import numpy as np
    >>> from divkit import critics
    >>> x = torch.linspace(-1, 1, 5, dtype=torch.float64)[:, None]
    >>> model = critics.Polynomial(degree=2).bind(critics.from_samples(x, x + 1))
    >>> AutogradCritic(model).start(np.random.default_rng(0)).shape
    torch.Size([3])
    """

    model: Model
    pack: int = 1

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.model.size

    @property
    def slope(self) -> None:
        """Not known."""
        return None

    def start(self, rng: np.random.Generator) -> Tensor:
        """A start of the model."""
        return self.model.start(rng)

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """The model's logits."""
        if self.pack > 1:
            x = x.unflatten(-2, (-1, self.pack)).flatten(-2)
        return self.model.logits(theta, x)

    def sweep(self, theta: Tensor, x: Tensor) -> AutogradSweep:
        """Build the graph."""
        with torch.enable_grad():
            free, x = theta.detach().requires_grad_(True), x.detach().requires_grad_(True)
            return AutogradSweep(theta.shape, (free,), x, self.logits(free, x))


@dataclass(frozen=True, eq=False)
class ModuleCritic(AutogradCritic):
    """A torch module; one member's graph starts at its parameters, no views of a flat vector."""

    model: ModuleModel

    def sweep(self, theta: Tensor, x: Tensor) -> AutogradSweep:
        """Build the graph."""
        if theta.ndim != 2 or len(theta) > 1 or x.ndim != 3:
            return AutogradCritic(self.model).sweep(theta, x)
        with torch.enable_grad():
            free, x = self.model.call.leaves(theta[0]), x.detach().requires_grad_(True)
            return AutogradSweep(theta.shape, tuple(free), x, self.model.at(free, x[0])[None])


@dataclass(frozen=True, eq=False)
class AutogradSweep:
    """A graph from θ and points to logits.

    Attributes
    ----------
    shape : of θ.
    free : where the graph starts: θ, or the parameters that it is made of.
    """

    shape: torch.Size
    free: tuple[Tensor, ...]
    x: Tensor
    graph: Tensor

    @property
    def logits(self) -> Tensor:
        """f (..., n/pack)."""
        return self.graph.detach()

    def pull(self, u: Tensor) -> Tensor:
        """Jᵀu (..., P)."""
        return self._flat(
            torch.autograd.grad(
                self.graph, self.free, u, retain_graph=True, materialize_grads=True
            )
        )

    def points(self, u: Tensor) -> Tensor:
        """u_i ∂f/∂x_i (..., n, d)."""
        return torch.autograd.grad(self.graph, self.x, u, retain_graph=True)[0]

    def curve(self, v: Tensor) -> Tensor:
        """∂/∂θ Σ v_i·∂f/∂x_i (..., P)."""
        one = torch.ones_like(self.graph)
        with torch.enable_grad():
            (slopes,) = torch.autograd.grad(
                self.graph, self.x, one, create_graph=True, retain_graph=True
            )
        return self._flat(
            torch.autograd.grad(slopes, self.free, v, retain_graph=True, materialize_grads=True)
        )

    def _flat(self, slopes: tuple[Tensor, ...]) -> Tensor:
        """Slopes where the graph starts as one in θ."""
        return torch.cat([slope.reshape(-1) for slope in slopes]).reshape(self.shape)
