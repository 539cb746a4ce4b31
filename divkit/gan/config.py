"""A training in plain values, as the command line and a checkpoint hold it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch

from divkit.distributions.base import Law
from divkit.distributions.images import BinaryImages
from divkit.divergences import named
from divkit.gan.api import place_of, set_up
from divkit.gan.critic import NetworkCritic
from divkit.gan.decoders import BinaryDecoder, GaussianDecoder
from divkit.gan.duels import DUELS, Duel, smoothed
from divkit.gan.generators import AffineGenerator, MixtureGenerator, MLPGenerator
from divkit.gan.generators.generator import Generator, standard_normal
from divkit.gan.network import NetworkGenerator
from divkit.gan.optimisers import SGD, Adam, Optimiser
from divkit.gan.options import Options, Penalties, Ramp
from divkit.gan.perceptron import ACTIVATIONS
from divkit.gan.records import Recorder
from divkit.gan.targets import target
from divkit.gan.trainer import Setup
from divkit.gan.truth import Truth
from divkit.registry import Registry

DTYPES: Registry[torch.dtype] = Registry("dtype")
DTYPES.register("float32", torch.float32)
DTYPES.register("float64", torch.float64)


@dataclass(frozen=True)
class Config:
    """Every choice of a training; `build` makes it. Names are those of `divkit train`.

    Raises
    ------
    ValueError
        (at `build`) if a name is not known or a number is out of its range.
    """

    target: str = "ring8"
    game: str = "gan"
    generator: str = "auto"
    latent: int = 0
    hidden: tuple[int, ...] = (64, 64)
    critic_hidden: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    components: int = 8
    pack: int = 1
    steps: int = 5000
    batch: int = 256
    seeds: tuple[int, ...] = (0,)
    n_critic: int = 1
    order: str = "alternating"
    optimiser: str = "adam"
    rate: float = 1e-3
    critic_rate: float = 1e-3
    beta1: float = 0.5
    decay: float = 1.0
    r1: float = 0.0
    r2: float = 0.0
    gradient_penalty: float = 0.0
    clip: float | None = None
    spectral: bool = False
    noise: float = 0.0
    label_smoothing: float = 0.0
    unroll: int = 0
    unroll_rate: float = 0.1
    average: float = 0.0
    data: int | None = None
    kinds: tuple[str, ...] = ()
    every: int = 500
    save_every: int = 1000
    dtype: str = "float64"
    device: str = "cpu"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
        }

    def build(self) -> tuple[Law, Setup]:
        """The law of the data, and who plays what."""
        p, options = target(self.target), self.options()
        return p, set_up(p, self._duel(), self._generator(p), self._critic(p), options, self.data)

    def recorder(self) -> Recorder:
        """What is measured: JSD, and the divergences that `kinds` names."""
        return Recorder(truth=Truth(tuple(named(kind) for kind in self.kinds)))

    def _duel(self) -> Duel:
        duel = DUELS[self.game]
        if not self.label_smoothing:
            return duel
        if self.game != "gan":
            raise ValueError(f"label smoothing is the GAN's; game is {self.game!r}.")
        return smoothed(self.label_smoothing)

    def options(self) -> Options:
        """The choices that are not the game, the generator or the critic."""
        penalties = Penalties(self.r1, self.r2, self.gradient_penalty, self.clip, self.spectral)
        return Options(
            steps=self.steps,
            batch=self.batch,
            seeds=self.seeds,
            n_critic=self.n_critic,
            order=self.order,
            generator_rate=self._optimiser(self.rate),
            critic_rate=self._optimiser(self.critic_rate),
            decay=Ramp(1.0, self.decay, shape="cosine"),
            penalties=penalties,
            noise=Ramp(self.noise, 0.0, at=0.8) if self.noise else Ramp(0.0, 0.0),
            unroll=self.unroll,
            unroll_rate=self.unroll_rate,
            average=self.average,
            dtype=DTYPES[self.dtype],
            device=self.device,
        )

    def _optimiser(self, rate: float) -> Optimiser:
        made = OPTIMISERS[self.optimiser](rate, self.beta1)
        if not isinstance(made, Adam) and self.beta1 != Config.beta1:
            raise ValueError(
                f"beta1 is Adam's, and optimiser is {self.optimiser!r}; got {self.beta1!r}. "
                "Leave it out."
            )
        return made

    def _generator(self, p: Law) -> Generator:
        return GENERATORS[self.generator](self, p)

    def _critic(self, p: Law) -> NetworkCritic:
        centre, spread = place_of(p)
        return NetworkCritic(
            p.dim, self.critic_hidden, ACTIVATIONS[self.activation], centre, spread, (), self.pack
        )

    def latent_of(self, p: Law) -> Law:
        """Standard normal noise, of as many coordinates as the data where `latent` is 0."""
        return standard_normal(self.latent or p.dim)


def from_dict(values: Mapping[str, Any]) -> Config:
    """The configuration whose `to_dict` this is.

    Raises
    ------
    ValueError
        If it has a key that no configuration has, or a value of another type.
    """
    unknown = sorted(set(values) - {f.name for f in fields(Config)})
    if unknown:
        raise ValueError(f"a configuration has no {', '.join(map(repr, unknown))}.")
    made: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    config = Config(**made)
    for f in fields(Config):
        _require_type(f.name, getattr(config, f.name), f.default)
    return config


def _require_type(name: str, value: Any, default: Any) -> None:
    """Refuse a value of another type than its default; None stands for a number that is off."""
    known = {bool: (bool,), int: (int,), float: (float, int), str: (str,), tuple: (tuple,)}
    wanted = known.get(type(default), (float, int, type(None)))
    if type(value) not in wanted:
        raise ValueError(f"a configuration's {name} cannot be {value!r}.")
    if isinstance(value, tuple) and not all(type(part) in (int, str) for part in value):
        raise ValueError(f"a configuration's {name} cannot be {value!r}.")


def resumed(kept: Config, asked: Config, named: Collection[str] | None = None) -> Config:
    """The kept configuration, if none other is asked.

    `named` are the choices that were asked for, even where they are the defaults; where None, a
    value left at its default asks nothing.

    Raises
    ------
    ValueError
        If a value that was asked for is not the kept one.
    """
    for name, default in asdict(Config()).items():
        given, there = getattr(asked, name), getattr(kept, name)
        if (given != default if named is None else name in named) and given != there:
            raise ValueError(
                f"{name} = {given!r}, but the run to resume has {there!r}. A run keeps its "
                "choices: leave it out, or begin another run."
            )
    return kept


OPTIMISERS: Registry[Callable[[float, float], Optimiser]] = Registry("optimiser")
OPTIMISERS.register("adam", lambda rate, beta1: Adam(rate, (beta1, 0.999)))
OPTIMISERS.register("sgd", lambda rate, beta1: SGD(rate))
GENERATORS: Registry[Callable[[Config, Law], Generator]] = Registry("generator")


def _network(c: Config, p: Law) -> Generator:
    centre, spread = place_of(p)
    return NetworkGenerator(
        c.latent_of(p), p.dim, c.hidden, ACTIVATIONS[c.activation], centre, spread
    )


def _auto(c: Config, p: Law) -> Generator:
    if isinstance(p, BinaryImages):
        return GENERATORS["binary"](c, p)
    return MLPGenerator(c.latent_of(p), 1, c.hidden) if p.dim == 1 else _network(c, p)


USED: Mapping[str, frozenset[str]] = {
    "affine": frozenset({"latent"}),
    "mlp": frozenset({"latent", "hidden"}),
    "network": frozenset({"latent", "hidden", "activation"}),
    "mixture": frozenset({"components"}),
    "gaussian": frozenset({"latent", "hidden"}),
    "binary": frozenset({"latent", "hidden"}),
}
"""The choices that a generator is made from."""

GENERATORS.register("auto", _auto)
GENERATORS.register("network", _network)
GENERATORS.register("affine", lambda c, p: AffineGenerator(c.latent_of(p), p.dim, p.dim > 1))
GENERATORS.register("mlp", lambda c, p: MLPGenerator(c.latent_of(p), p.dim, c.hidden))
GENERATORS.register("gaussian", lambda c, p: GaussianDecoder(p.dim, c.latent or 1, c.hidden, 0.2))
GENERATORS.register("binary", lambda c, p: BinaryDecoder(p.dim, c.latent or 2, c.hidden))
GENERATORS.register("mixture", lambda c, p: MixtureGenerator(c.components, p.dim))
