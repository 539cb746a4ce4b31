r"""The systems that the game is set against, as losses of points: no critic, the same generators.

    maximum likelihood   −log p_θ(x)
    VAE                  −ELBO(x), or minus the bound of K importance weights
    auto-encoder         |x − d(e(x))|²
    ideal game           V(D*, G_θ), D* the exact best critic of the generator as it is

Each holds a generator among its parameters θ, so that the law of its points can be compared with
the data's as a GAN's is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from divkit.distributions.adapt import settle
from divkit.distributions.base import Law, Law1D
from divkit.games import GAN, Game
from divkit.generators.categorical import CategoricalGenerator
from divkit.generators.decoders import Decoder
from divkit.generators.generator import Generator
from divkit.training.batches import PointBatch
from divkit.training.systems.autoencoder import AutoEncoder
from divkit.training.systems.ideal import IdealGame, best_critic
from divkit.training.systems.likelihood import Explicit
from divkit.training.systems.marginal import log_marginal
from divkit.training.systems.vae import VAE
from divkit.types import Tensor


class System(Protocol):
    """Parameters θ (P,) that descend on a loss, a generator's among them."""

    @property
    def objective(self) -> tuple[str, str]:
        """Name and unit of what is lowered."""
        ...

    @property
    def generator(self) -> Generator:
        """Whose law is compared with the data's."""
        ...

    def start(self, rng: np.random.Generator) -> Tensor:
        """A random start (P,)."""
        ...

    def noise(self, n: int, rng: np.random.Generator) -> Tensor:
        """Draws for the loss of n points; empty where it draws nothing."""
        ...

    def terms(self, theta: Tensor, batch: PointBatch) -> Mapping[str, Tensor]:
        """The "loss" of each point (n,), and its parts; empty where it is no mean over points."""
        ...

    def slope(self, theta: Tensor, batch: PointBatch) -> Tensor:
        """Gradient of the loss in θ (P,)."""
        ...

    def generating(self, theta: Tensor, loss: Callable[[], float]) -> Tensor:
        """The generator's parameters; `loss` is the mean loss, computed where it is asked."""
        ...


class LossOfPoints:
    """Parts of most systems: no noise, a slope by autograd, a θ that is the generator's."""

    def start(self: System, rng: np.random.Generator) -> Tensor:
        """The generator's."""
        return self.generator.start(rng)

    def noise(self, n: int, rng: np.random.Generator) -> Tensor:
        """None is needed."""
        return torch.empty(0, n, 0, dtype=torch.float64)

    def slope(self: System, theta: Tensor, batch: PointBatch) -> Tensor:
        """Gradient of the weighted mean of the losses, by autograd."""
        free = theta.detach().requires_grad_()
        with torch.enable_grad():
            loss = self.terms(free, batch)["loss"] @ batch.weight
            (slope,) = torch.autograd.grad(loss, free)
        return slope

    def generating(self, theta: Tensor, loss: Callable[[], float]) -> Tensor:
        """All of θ."""
        return theta


@dataclass(frozen=True)
class Likelihood(LossOfPoints):
    """−log p_θ(x) of a generator whose log density is written in θ.

    >>> from divkit import Normal
    >>> from divkit.gan import AffineGenerator, train_system
    >>> likelihood = Likelihood(AffineGenerator())
    >>> [step.index for step in train_system(Normal(1, 1), likelihood, steps=4, every=2)]
    [0, 2, 4]
    """

    generator: Explicit

    @property
    def objective(self) -> tuple[str, str]:
        """E_p[−log p_θ] = H(p) + KL(p‖p_θ)."""
        return "negative log likelihood", "nats"

    def terms(self, theta: Tensor, batch: PointBatch) -> Mapping[str, Tensor]:
        """−log p_θ(x)."""
        return {"loss": -self.generator.log_density(theta, batch.x)}


@dataclass(frozen=True)
class MarginalLikelihood(LossOfPoints):
    """−log p_θ(x) of a decoder, summed over `grid` codes along each axis.

    >>> from divkit.gan import GaussianDecoder
    >>> MarginalLikelihood(GaussianDecoder(dim=1, hidden=(4,)), grid=16).objective
    ('negative log likelihood', 'nats')
    """

    generator: Decoder
    grid: int = 128

    @property
    def objective(self) -> tuple[str, str]:
        """As for any likelihood."""
        return "negative log likelihood", "nats"

    def terms(self, theta: Tensor, batch: PointBatch) -> Mapping[str, Tensor]:
        """−log Σ_j w_j p_θ(x|z_j)."""
        return {"loss": -log_marginal(self.generator, theta, batch.x, self.grid)}


@dataclass(frozen=True, eq=False)
class VariationalSystem(LossOfPoints):
    """A VAE whose decoder is the generator.

    >>> from divkit.gan import GaussianDecoder
    >>> decoder = GaussianDecoder(dim=1, hidden=(4,))
    >>> VariationalSystem(VAE(decoder, hidden=(4,)), decoder).objective
    ('negative ELBO', 'nats')
    """

    vae: VAE
    generator: Decoder

    @property
    def objective(self) -> tuple[str, str]:
        """Minus the bound that the VAE ascends."""
        return self.vae.objective_name, "nats"

    def start(self, rng: np.random.Generator) -> Tensor:
        """Decoder and encoder."""
        return self.vae.start(rng)

    def noise(self, n: int, rng: np.random.Generator) -> Tensor:
        """Draws of N(0, I) for the codes (K, n, k)."""
        shape = (self.vae.codes, n, self.vae.decoder.code)
        return torch.from_numpy(rng.normal(size=shape))

    def terms(self, theta: Tensor, batch: PointBatch) -> Mapping[str, Tensor]:
        """Minus the bound of each point, and the ELBO's two terms."""
        terms = self.vae.terms(theta, batch.x, batch.noise)
        loss = -self.vae.objective(terms)
        return {"loss": loss, "likelihood": terms.likelihood, "kl": terms.kl}

    def generating(self, theta: Tensor, loss: Callable[[], float]) -> Tensor:
        """The decoder's part."""
        return self.vae.decoding(theta)


@dataclass(frozen=True, eq=False)
class Copying(LossOfPoints):
    """An auto-encoder whose decoder, fed with codes from N(0, I), is the generator.

    >>> from divkit.gan import GaussianDecoder
    >>> decoder = GaussianDecoder(dim=1, hidden=(4,))
    >>> Copying(AutoEncoder(decoder, hidden=(4,)), decoder).objective
    ('squared error', '')
    """

    model: AutoEncoder
    generator: Decoder

    @property
    def objective(self) -> tuple[str, str]:
        """E|x − d(e(x))|²."""
        return "squared error", ""

    def start(self, rng: np.random.Generator) -> Tensor:
        """Decoder and encoder."""
        return self.model.start(rng)

    def terms(self, theta: Tensor, batch: PointBatch) -> Mapping[str, Tensor]:
        """|x − d(e(x))|²."""
        return {"loss": self.model.errors(theta, batch.x)}

    def generating(self, theta: Tensor, loss: Callable[[], float]) -> Tensor:
        """The decoder's part; a Gaussian one's noise is s² = (mean squared error)/d."""
        return self.model.decoding(theta, loss)


@dataclass(frozen=True)
class Ideal(LossOfPoints):
    """The generator against the exact best critic, made anew at each step.

    Raises
    ------
    ValueError
        If the generator's noise is not on the line: its gradient is a sum over nodes of noise.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.gan import AffineGenerator, train_system
    >>> ideal = Ideal(Normal(1, 1), AffineGenerator())
    >>> [step.index for step in train_system(ideal.p, ideal, steps=4, every=2)]
    [0, 2, 4]
    """

    p: Law
    generator: Generator
    game: Game = GAN

    def __post_init__(self) -> None:
        settle(self, "p")
        if isinstance(self.generator, CategoricalGenerator):
            return
        if not isinstance(self.generator.latent, Law1D):
            raise ValueError(
                f"the ideal game needs noise on the line; the generator's has "
                f"{self.generator.latent.dim} coordinates. Take a target on the line."
            )

    @property
    def objective(self) -> tuple[str, str]:
        """V(D*, G): the bound itself."""
        return f"max V of {self.game.name}", "nats"

    def terms(self, theta: Tensor, batch: PointBatch) -> Mapping[str, Tensor]:
        """None: the record's bound is the objective."""
        return {}

    def slope(self, theta: Tensor, batch: PointBatch) -> Tensor:
        """That of the divergence (envelope theorem), by quadrature over the noise."""
        critic = best_critic(self.game, self.p, self.generator, theta)
        return IdealGame(self.game).slope(critic, self.generator, theta).gradient
