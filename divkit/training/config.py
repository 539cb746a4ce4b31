"""Makers of what a configuration names: the data's law, the players, options, the recorder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from divkit.critics.activations import ACTIVATIONS
from divkit.distributions.base import Law
from divkit.distributions.compose.labelled import by_mode, label_count
from divkit.distributions.compose.mixed import MixedLaw
from divkit.distributions.finite.images import BinaryImages
from divkit.divergences import named
from divkit.generators import (
    AffineGenerator,
    ConditionalGenerator,
    MixtureGenerator,
    MLPGenerator,
)
from divkit.generators.decoders import BinaryDecoder, GaussianDecoder
from divkit.generators.generator import Generator, standard_normal
from divkit.generators.network import NetworkGenerator
from divkit.generators.network_mixture import NetworkMixtureGenerator
from divkit.generators.targets import target
from divkit.registry import Registry
from divkit.training.gan.api import place_of, set_up
from divkit.training.gan.critic import NetworkCritic
from divkit.training.gan.training import GanTraining
from divkit.training.losses import LOSSES, Loss, smoothed
from divkit.training.measures.recorder import Recorder
from divkit.training.measures.truth import Truth
from divkit.training.optimisers import SGD, AdamOptimiser, Optimiser, Optimistic
from divkit.training.options import Options, Penalties, Ramp
from divkit.training_config import Config

DTYPES: Registry[torch.dtype] = Registry("dtype")
DTYPES.register("float32", torch.float32)
DTYPES.register("float64", torch.float64)


def game_of(config: Config) -> tuple[Law, GanTraining]:
    """Return the law of the data, and who plays what.

    Raises
    ------
    ValueError
        If a name is not known or a number is out of its range.
    """
    p, options = target(config.target), options_of(config)
    p = by_mode(p) if config.conditional else p
    generator = GENERATORS[config.generator].make(config, p)
    return p, set_up(p, _loss(config), generator, _critic(config, p), options, config.data)


def recorder_of(config: Config) -> Recorder:
    """Return what measures: JSD, and the divergences that `kinds` names."""
    return Recorder(truth=Truth(tuple(named(kind) for kind in config.kinds)))


def options_of(config: Config) -> Options:
    """Return the choices that are not the game, the generator or the critic."""
    c = config
    return Options(
        **c.schedule(),
        generator_rate=_optimiser(c, c.rate),
        critic_rate=_optimiser(c, c.critic_rate),
        decay=Ramp(1.0, c.decay, shape="cosine"),
        penalties=Penalties(c.r1, c.r2, c.gradient_penalty, c.clip, c.spectral),
        noise=_instance_noise(c),
        dtype=DTYPES[c.dtype],
    )


def _instance_noise(config: Config) -> Ramp:
    """Falling to 0 in a line, or by equal factors to where it stays."""
    start, end = config.noise, config.noise_end
    if not end:
        return Ramp(start, 0.0, at=0.8) if start else Ramp(0.0, 0.0)
    if start <= 0:
        raise ValueError(
            f"noise_end is where instance noise ends, and noise is {start!r}; got {end!r}. Give "
            "noise, too, or leave noise_end out."
        )
    return Ramp(start, end, at=0.6, shape="geometric")


def _loss(config: Config) -> Loss:
    loss = LOSSES[config.game]
    if not config.label_smoothing:
        return loss
    if loss != LOSSES["gan"]:
        raise ValueError(f"label smoothing is the GAN's; game is {config.game!r}.")
    return smoothed(config.label_smoothing)


def _optimiser(config: Config, rate: float) -> Optimiser:
    made = OPTIMISERS[config.optimiser](rate, (config.beta1, config.beta2))
    inner = made.inner if isinstance(made, Optimistic) else made
    for name in () if isinstance(inner, AdamOptimiser) else ("beta1", "beta2"):
        given = getattr(config, name)
        if given != getattr(Config, name):
            raise ValueError(
                f"{name} is Adam's, and optimiser is {config.optimiser!r}; got {given!r}. "
                "Leave it out."
            )
    return made


def _critic(config: Config, p: Law) -> NetworkCritic:
    c, activation = config, ACTIVATIONS[config.critic_activation or config.activation]
    return NetworkCritic(p.dim, c.critic_hidden, activation, *place_of(p), c.waves, c.pack)


OPTIMISERS: Registry[Callable[[float, tuple[float, float]], Optimiser]] = Registry("optimiser")
OPTIMISERS.register("adam", AdamOptimiser)
OPTIMISERS.register("sgd", lambda rate, betas: SGD(rate))
for _name in tuple(OPTIMISERS):
    OPTIMISERS.register(
        f"optimistic-{_name}",
        lambda rate, betas, inner=OPTIMISERS[_name]: Optimistic(inner(rate, betas)),  # type: ignore[misc]  # a default that is bound now
    )


@dataclass(frozen=True)
class GeneratorEntry:
    """A generator by name: how it is made, and the choices that it is made from."""

    make: Callable[[Config, Law], Generator]
    used: frozenset[str] = frozenset()


GENERATORS: Registry[GeneratorEntry] = Registry("generator")


def _noise(c: Config, p: Law) -> Law:
    """Standard normal noise, of as many coordinates as the data where `latent` is 0."""
    return standard_normal(c.latent or p.dim - label_count(p))


def _network(c: Config, p: Law) -> Generator:
    activation = ACTIVATIONS[c.activation]
    return NetworkGenerator(_noise(c, p), p.dim, c.hidden, activation, *place_of(p))


def _networks(c: Config, p: Law) -> Generator:
    activation = ACTIVATIONS[c.activation]
    return NetworkMixtureGenerator(
        c.components, _noise(c, p), p.dim, c.hidden, activation, *place_of(p), c.width
    )


def _conditional(c: Config, p: Law) -> Generator:
    if not isinstance(p, MixedLaw):
        raise ValueError("a conditional generator needs labelled data: pass conditional, too.")
    activation, dim = ACTIVATIONS[c.activation], p.dim - label_count(p)
    return ConditionalGenerator.network(
        dim, p.weights, _noise(c, p), c.hidden, activation, *place_of(p)
    )


def affine(c: Config, p: Law) -> AffineGenerator:
    """Return an affine map of the noise; diagonal on the line."""
    return AffineGenerator(_noise(c, p), p.dim, p.dim > 1)


def generator_for(p: Law) -> str:
    """Return the generator that "auto" stands for in a game on data from p."""
    if label_count(p):
        return "conditional"
    return "binary" if isinstance(p, BinaryImages) else "mlp" if p.dim == 1 else "network"


def _register(name: str, make: Callable[[Config, Law], Generator], *used: str) -> None:
    GENERATORS.register(name, GeneratorEntry(make, frozenset(used)))


_register("auto", lambda c, p: GENERATORS[generator_for(p)].make(c, p))
_register("network", _network, "latent", "hidden", "activation")
_register("networks", _networks, "latent", "hidden", "activation", "components", "width")
_register("conditional", _conditional, "latent", "hidden", "activation")
_register("affine", affine, "latent")
_register("mlp", lambda c, p: MLPGenerator(_noise(c, p), p.dim, c.hidden), "latent", "hidden")
_register(
    "gaussian",
    lambda c, p: GaussianDecoder(p.dim, c.latent or 1, c.hidden, 0.2),
    "latent",
    "hidden",
)
_register("binary", lambda c, p: BinaryDecoder(p.dim, c.latent or 2, c.hidden), "latent", "hidden")
_register("mixture", lambda c, p: MixtureGenerator(c.components, p.dim), "components")
