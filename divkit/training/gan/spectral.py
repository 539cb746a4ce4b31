"""A critic whose weight matrices are divided by their largest singular values."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from divkit.critics.model import WithInner
from divkit.critics.perceptron import Perceptron
from divkit.training.gan.critic import NetworkCritic, NetworkSweep
from divkit.types import Tensor


@dataclass(frozen=True)
class SpectralCritic(WithInner):
    """A network critic of slope at most 1/spread: hidden units of slope ≤ 1, matrices of norm 1.

    The singular value is exact, no power iteration's estimate (Miyato et al. 2018, equation 8).

    >>> import numpy as np
    >>> from divkit.gan import NetworkCritic
    >>> critic = SpectralCritic(NetworkCritic(dim=1, hidden=(4,)))
    >>> critic.start(np.random.default_rng(0)).shape
    torch.Size([13])
    """

    inner: NetworkCritic

    @property
    def slope(self) -> float:
        """1/spread."""
        return 1 / self.inner.spread

    @property
    def pack(self) -> int:
        """Points seen at once."""
        return self.inner.pack

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """f (..., n/pack)."""
        return self.inner.logits(normalised(self.inner.network, theta), x)

    def sweep(self, theta: Tensor, x: Tensor) -> SpectralSweep:
        """Normalise, then sweep."""
        with torch.enable_grad():
            free = theta.detach().requires_grad_(True)
            held = normalised(self.inner.network, free)
        return SpectralSweep(free, held, self.inner.sweep(held.detach(), x))


@dataclass(frozen=True, eq=False)
class SpectralSweep:
    """A sweep of the normalised critic; slopes in θ go through the normalisation."""

    free: Tensor
    held: Tensor
    inner: NetworkSweep

    @property
    def logits(self) -> Tensor:
        """f (..., n/pack)."""
        return self.inner.logits

    def pull(self, u: Tensor) -> Tensor:
        """Jᵀu (..., P)."""
        return self._through(self.inner.pull(u))

    def points(self, u: Tensor) -> Tensor:
        """u_i ∂f/∂x_i (..., n, d)."""
        return self.inner.points(u)

    def curve(self, v: Tensor) -> Tensor:
        """∂/∂θ Σ v_i·∂f/∂x_i (..., P)."""
        return self._through(self.inner.curve(v))

    def _through(self, slope: Tensor) -> Tensor:
        return torch.autograd.grad(self.held, self.free, slope, retain_graph=True)[0]


def normalised(network: Perceptron, theta: Tensor) -> Tensor:
    """θ with each weight matrix over its largest singular value; autograd can follow it."""
    parts = []
    for weight, bias in network.layers(theta):
        largest = torch.linalg.matrix_norm(weight, ord=2)[..., None, None]
        parts += [(weight / largest).flatten(-2), bias.squeeze(-1)]
    return torch.cat(parts, -1)
