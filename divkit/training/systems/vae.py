r"""The variational auto-encoder, its bound and what the bound lacks.

For any law q(z|x) of codes,

    log p(x) − ELBO(x) = KL(q(z|x) ‖ p(z|x)) ≥ 0,   ELBO = E_q log p(x|z) − KL(q(z|x) ‖ p(z)),

(Kingma, Welling 2014, equations 1 to 3); the bound of K importance weights,
E log (1/K) Σ_k p(x, z_k)/q(z_k|x), rises with K to log p(x) (Burda, Grosse, Salakhutdinov 2016,
theorem 1). Here q(z|x) = N(m(x), diag s(x)²) with a perceptron for (m, log s), and
KL(q ‖ N(0, I)) = ½ Σ (m² + s² − 1) − Σ log s.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from divkit.critics.mlp import MLPModel
from divkit.generators.decoders import Decoder
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class VAE:
    """An encoder beside a decoder; θ is (decoder, encoder).

    Parameters
    ----------
    decoder : p(x|z).
    hidden : widths of the encoder's tanh layers.
    kl_weight : of the KL term; 1 is the ELBO.
    codes : draws of z for each point, K.
    bound : "elbo", or "importance" for the bound of K importance weights.

    Raises
    ------
    ValueError
        If a number is out of range, or an importance bound is asked with a KL weight.

    Examples
    --------
    >>> from divkit.gan import GaussianDecoder
    >>> VAE(GaussianDecoder(hidden=(4,)), hidden=(4,)).kl_weight
    1.0
    """

    decoder: Decoder
    hidden: tuple[int, ...] = (32,)
    kl_weight: float = 1.0
    codes: int = 1
    bound: str = "elbo"

    def __post_init__(self) -> None:
        if not self.kl_weight >= 0 or self.codes < 1:
            raise ValueError(
                f"kl_weight must be at least 0 and codes at least 1; got {self.kl_weight!r} and "
                f"{self.codes!r}."
            )
        if self.bound not in BOUNDS:
            raise ValueError(f"bound must be 'elbo' or 'importance'; got {self.bound!r}.")
        if self.kl_weight != 1 and not BOUNDS[self.bound].has_kl:
            raise ValueError("the importance bound has no KL term to weigh; leave kl_weight at 1.")

    @cached_property
    def encoder(self) -> MLPModel:
        """The perceptron of (m, log s)."""
        return MLPModel((self.decoder.dim, *self.hidden, 2 * self.decoder.code))

    @property
    def size(self) -> int:
        """Parameters of both."""
        return self.decoder.size + self.encoder.size

    def start(self, rng: np.random.Generator) -> Tensor:
        """Random starts of both."""
        return torch.cat([self.decoder.start(rng), self.encoder.start(rng)])

    def decoding(self, theta: Tensor) -> Tensor:
        """The decoder's part of θ."""
        return theta[: self.decoder.size]

    def posterior(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """m and log s of q(z|x), (n, k) each."""
        both = self.encoder.outputs(theta[self.decoder.size :], x)
        return both[..., : self.decoder.code], both[..., self.decoder.code :]

    def terms(self, theta: Tensor, x: Tensor, noise: Tensor) -> Terms:
        """The two terms of the ELBO and the log weights, for noise (K, n, k) ~ N(0, I)."""
        mean, log_sd = self.posterior(theta, x)
        z = mean + log_sd.exp() * noise  # (K, n, k)
        given = self.decoder.log_likelihood(self.decoding(theta), z, x)  # (K, n)
        log_prior = -0.5 * (z**2).sum(-1)
        log_posterior = -(0.5 * noise**2 + log_sd).sum(-1)
        return Terms(given.mean(0), code_kl(mean, log_sd), given + log_prior - log_posterior)

    def objective(self, terms: Terms) -> Tensor:
        """The bound that is ascended, for each point (n,)."""
        return BOUNDS[self.bound].of(self, terms)

    @property
    def objective_name(self) -> str:
        """The name of minus the bound."""
        return BOUNDS[self.bound].name(self)


@dataclass(frozen=True, eq=False)
class Terms:
    """E_q log p(x|z) and KL(q(z|x)‖p(z)) of each point (n,); log p(x, z)/q(z|x) of each code."""

    likelihood: Tensor
    kl: Tensor
    log_weights: Tensor

    @property
    def elbo(self) -> Tensor:
        """Their difference, (n,)."""
        return self.likelihood - self.kl


def code_kl(mean: Tensor, log_sd: Tensor) -> Tensor:
    """KL(N(m, diag s²) ‖ N(0, I)) in nats, from m and log s (..., k), as (...)."""
    return (0.5 * (mean**2 + torch.expm1(2 * log_sd)) - log_sd).sum(-1)


def importance_bound(log_weights: Tensor) -> Tensor:
    """Log of the mean of K importance weights, from their logs (K, ...)."""
    return torch.logsumexp(log_weights, dim=0) - math.log(len(log_weights))


@dataclass(frozen=True)
class VariationalBound:
    """A bound of a VAE: its value for each point, its name, and whether a KL term is in it."""

    of: Callable[[VAE, Terms], Tensor]
    name: Callable[[VAE], str]
    has_kl: bool


BOUNDS: Mapping[str, VariationalBound] = {
    "elbo": VariationalBound(
        lambda vae, terms: terms.likelihood - vae.kl_weight * terms.kl,
        lambda vae: "negative ELBO" + (f", KL × {vae.kl_weight:g}" if vae.kl_weight != 1 else ""),
        has_kl=True,
    ),
    "importance": VariationalBound(
        lambda vae, terms: importance_bound(terms.log_weights),
        lambda vae: f"negative bound of {vae.codes} importance weights",
        has_kl=False,
    ),
}
