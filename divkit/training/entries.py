"""The names of `divkit train`'s games and systems, and how a configuration becomes a training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from divkit.choices import require_default
from divkit.distributions.base import Law
from divkit.distributions.finite.images import BinaryImages
from divkit.generators.decoders import BinaryDecoder, GaussianDecoder
from divkit.generators.generator import Generator
from divkit.generators.targets import target
from divkit.registry import Registry
from divkit.training.config import GENERATORS, game_of, generator_for, options_of, recorder_of
from divkit.training.losses import LOSSES
from divkit.training.measures.recorder import Recorder
from divkit.training.measures.records import Record
from divkit.training.room import require_room
from divkit.training.state import State
from divkit.training.systems.api import batches_of, require_points
from divkit.training.systems.autoencoder import AutoEncoder
from divkit.training.systems.likelihood import Explicit
from divkit.training.systems.system import (
    Copying,
    Ideal,
    Likelihood,
    MarginalLikelihood,
    System,
    VariationalSystem,
)
from divkit.training.systems.training import SystemTraining
from divkit.training.systems.vae import VAE
from divkit.training.trainable import Trainable
from divkit.training_config import CRITICS, Config


@dataclass(frozen=True)
class Entry:
    """A system by name.

    Attributes
    ----------
    label : one line on it.
    make : the system, from a configuration whose generator is named.
    auto : the generator that "auto" stands for on data from a law.
    falls : whether its objective falls at every step that is small enough.
    """

    label: str
    make: Callable[[Config, Law], System]
    auto: Callable[[Law], str]
    falls: bool = False


SYSTEMS: Registry[Entry] = Registry("game")


def training_of(config: Config, recorder: Recorder | None = None) -> Trainable[State, Record]:
    """The training that a configuration describes.

    Raises
    ------
    ValueError
        If a name is not known, a number is out of its range, or an option is of no use to it.
    """
    require_room(config)
    measure = recorder_of(config) if recorder is None else recorder
    if config.game not in SYSTEMS:
        require_game(config.game)
        p, setup = game_of(config)
        require_used(config, p)
        return replace(setup, recorder=measure)
    require_default(
        config,
        CRITICS,
        lambda name, value: (
            f"{name} is a critic's, and {config.game!r} has none; got {value!r}. Leave it out."
        ),
    )
    p, options = target(config.target), options_of(config)
    system = SYSTEMS[config.game].make(resolved(config, p), p)
    require_used(config, p)
    require_points(p, system, options, config.data)
    return SystemTraining(p, system, batches_of(p, options, config.data), options, measure)


def falls(config: Config) -> bool:
    """Whether the objective of a training falls at every step that is small enough."""
    return config.game in SYSTEMS and SYSTEMS[config.game].falls


def require_used(config: Config, p: Law) -> None:
    """Check that no choice is made that the generator, critic or encoder is not made from.

    Raises
    ------
    ValueError
        If there is one: it would do nothing.
    """
    name = resolved(config, p).generator
    critics = config.game not in SYSTEMS and not config.critic_activation
    used = GENERATORS[name].used | ({"activation"} if critics else set())
    every = frozenset[str]().union(*(entry.used for entry in GENERATORS.values()))
    for choice in sorted(every - used):
        given = getattr(config, choice)
        if given != getattr(Config(), choice):
            raise ValueError(
                f"{choice} is of no use: the generator is {name!r}; got {given!r}. Leave it out, "
                f"or take a generator that is made from it."
            )


def resolved(config: Config, p: Law) -> Config:
    """Return the configuration with the generator that "auto" stands for by name."""
    auto = SYSTEMS[config.game].auto if config.game in SYSTEMS else generator_for
    return replace(config, generator={"auto": auto(p)}.get(config.generator, config.generator))


def require_game(name: str) -> None:
    """Check a name against games and systems.

    Raises
    ------
    ValueError
        If it is neither; the message offers the nearest.
    """
    both: Registry[str] = Registry("game")
    for known in (*LOSSES, *SYSTEMS):
        both.register(known, known)
    if name not in LOSSES:
        both[name]


def _decoder(c: Config, p: Law) -> BinaryDecoder | GaussianDecoder:
    generator = GENERATORS[c.generator].make(c, p)
    if not isinstance(generator, BinaryDecoder | GaussianDecoder):
        raise ValueError(
            f"{c.game!r} needs a decoder: generator='gaussian' or 'binary'; got {c.generator!r}."
        )
    return generator


def _likelihood(c: Config, p: Law) -> System:
    generator = GENERATORS[c.generator].make(c, p)
    if isinstance(generator, BinaryDecoder | GaussianDecoder):
        return MarginalLikelihood(generator, 256 if generator.code == 1 else 64)
    return Likelihood(_explicit(generator))


def _explicit(made: Generator) -> Explicit:
    if not isinstance(made, Explicit):
        raise ValueError(
            f"likelihood needs a density that is written in θ; {made!r} has none. Take generator "
            "affine, mixture, gaussian or binary."
        )
    return made


def _vae(c: Config, p: Law) -> System:
    decoder = _decoder(c, p)
    return VariationalSystem(VAE(decoder, c.hidden), decoder)


def _autoencoder(c: Config, p: Law) -> System:
    decoder = _decoder(c, p)
    return Copying(AutoEncoder(decoder, c.hidden), decoder)


def _images_or(other: str) -> Callable[[Law], str]:
    return lambda p: "binary" if isinstance(p, BinaryImages) else other


SYSTEMS.register(
    "ideal",
    Entry(
        "no critic but the exact best D*: gradient flow on 2 JSD (line)",
        lambda c, p: Ideal(p, GENERATORS[c.generator].make(c, p)),
        lambda p: "affine",
        falls=True,
    ),
)
SYSTEMS.register(
    "likelihood",
    Entry("E_p[−log p_θ], a decoder's summed over codes", _likelihood, _images_or("mixture")),
)
SYSTEMS.register(
    "vae", Entry("−ELBO of a decoder with a Gaussian encoder", _vae, _images_or("gaussian"))
)
SYSTEMS.register(
    "autoencoder",
    Entry("E|x − d(e(x))|², codes then from N(0, I)", _autoencoder, _images_or("gaussian")),
)
