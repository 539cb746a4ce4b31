r"""Conditional generators: noise and a label in, a point with its label out.

Noise is a row (z, e_y), z from a law and the label's unit vector e_y beside it; the network makes
x = G(z, e_y), and the row (x, e_y) is the point (Mirza, Osindero 2014). For one label y

    G(z, e_y) = s(W_z z + W_y e_y + b) … = the same network with its first bias moved by W_y e_y,

so that each conditional law is known wherever that of a network without labels is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import nn

from divkit.critics.activations import RELU, Activation
from divkit.critics.model import Pull
from divkit.distributions.base import Law
from divkit.distributions.compose.labelled import label_count, labelled
from divkit.distributions.compose.mixed import MixedLaw, Stratum
from divkit.distributions.support import Singular
from divkit.generators.drawn import noise_law
from divkit.generators.generator import FromNoise, one_member
from divkit.generators.mesh import Layers, mesh_law
from divkit.generators.modules import ModuleGenerator
from divkit.generators.network import NetworkGenerator
from divkit.types import Tensor

_KNOWN = (1, 2)
"""Coordinates of noise of which a network's law is known."""


@dataclass(frozen=True)
class ConditionalGenerator(FromNoise):
    """(x, e_y) = (inner(z, e_y), e_y).

    Parameters
    ----------
    inner : a network, or a torch module, of rows (z, e_y): its latent law is
        `divkit.distributions.labelled`, and gives labels their probabilities.

    Raises
    ------
    ValueError
        If its noise has no labels.

    Examples
    --------
    >>> generator = ConditionalGenerator.network(1, (0.5, 0.5), hidden=(4,))
    >>> generator.dim  # a point and a label of two
    3
    """

    inner: NetworkGenerator | ModuleGenerator

    def __post_init__(self) -> None:
        if not label_count(self.inner.latent):
            raise ValueError(
                "a conditional generator's noise must hold labels: latent=labelled([noise] * K, "
                f"probabilities); got {self.inner.latent!r}."
            )

    @classmethod
    def network(
        cls,
        dim: int,
        weights: tuple[float, ...],
        noise: Any = None,
        hidden: tuple[int, ...] = (64, 64),
        activation: Activation = RELU,
        centre: float = 0.0,
        spread: float = 1.0,
    ) -> ConditionalGenerator:
        """Return a network of noise and labels of these probabilities; see `NetworkGenerator`.

        `noise` is a number of coordinates of N(0, I), a law, or a function; dim where None.
        """
        latent = labelled_noise(dim if noise is None else noise, weights)
        return cls(NetworkGenerator(latent, dim, hidden, activation, centre, spread))

    @classmethod
    def of(
        cls, module: nn.Module, dim: int, weights: tuple[float, ...], noise: Any = None
    ) -> ConditionalGenerator:
        """Return a torch module of rows (z, e_y) that gives x (n, dim), as it is.

        Raises
        ------
        ValueError
            If noise is None and no linear layer tells how many coordinates z has.
        """
        if noise is None:
            widths = (part.in_features for part in module.modules() if isinstance(part, nn.Linear))
            noise = next(widths, 0) - len(weights)
        if isinstance(noise, int) and noise < 1:
            raise ValueError(
                f"the generator's first layer must take noise and {len(weights)} labels, in this "
                f"order; {type(module).__name__} leaves {noise} coordinates of noise. Pass noise=."
            )
        return cls(ModuleGenerator.of(module, dim, labelled_noise(noise, weights)))

    @property
    def latent(self) -> Law:
        """Noise with labels."""
        return self.inner.latent

    @property
    def labels(self) -> int:
        """Number of labels K."""
        return label_count(self.inner.latent)

    @property
    def dim(self) -> int:
        """Coordinates of x, and one a label."""
        return self.inner.dim + self.labels

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.inner.size

    @cached_property
    def _points(self) -> int:
        return self.inner.dim

    def start(self, rng: np.random.Generator) -> Tensor:
        """A random start (P,)."""
        return self.inner.start(rng)

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """Rows (x, e_y) (..., n, d + K), and weights 1/n."""
        x, weight = self.inner.push(theta, z)
        return torch.cat([x, self._hot(x, z)], -1), weight

    def pullback(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Pull]:
        """Rows, and the map of slopes u (..., n, d + K) to ∂(Σ u·x)/∂θ (..., P)."""
        x, back = self.inner.pullback(theta, z)
        rows = torch.cat([x, self._hot(x, z)], -1)
        return rows, lambda u: back(u[..., : self._points].contiguous())

    def _hot(self, x: Tensor, z: Tensor) -> Tensor:
        hot = z[..., z.shape[-1] - self.labels :]
        return hot.to(x.dtype).expand(*x.shape[:-1], self.labels)

    def law(self, theta: Tensor) -> Law | None:
        """The law of (x, e_y), label by label; None where one has no density that is known."""
        flat, latent = one_member(theta, self.size), self.inner.latent
        if not isinstance(latent, MixedLaw) or latent.dim - self.labels not in _KNOWN:
            return None
        layers = self.inner.layers(flat)
        if layers is None:
            return None
        strata = [self._stratum(layers, each) for each in latent.strata]
        known = [each for each in strata if each is not None]
        return MixedLaw(latent.weights, tuple(known)) if len(known) == len(strata) else None

    def _stratum(self, layers: Layers, noise: Stratum) -> Stratum | None:
        """The law of x given the label whose noise it is; None where it has no known density."""
        split = self.latent.dim - self.labels
        hot = np.array([value or 0.0 for value in noise.place])
        assert noise.law is not None  # labelled noise has a density at each label
        law = mesh_law(noise.law, layers.after(np.eye(self.latent.dim)[:, :split], hot))
        if law is None or isinstance(law.support, Singular):
            return None
        return Stratum((None,) * self.inner.dim + noise.place[split:], law)


def labelled_noise(noise: Any, weights: tuple[float, ...]) -> MixedLaw:
    """Return noise with labels of these probabilities, independent of it."""
    return labelled([noise_law(noise)] * len(weights), weights)
