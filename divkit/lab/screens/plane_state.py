"""The state of the plane's screen, and the training of `divkit train` that it describes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from divkit.choices import choice
from divkit.lab.screens.plane_laws import TARGETS, target_text
from divkit.training_config import Config

GAMES = (
    "gan", "gan-minimax", "wgan", "lsgan", "hinge", "relativistic", "f-gan(kl)",
    "f-gan(reverse_kl)", "f-gan(chi2)",
)  # fmt: skip
MOST_STEPS = 100_000
MAPS = ("d", "best", "away", "none")
_S = tuple(
    round(each, 3)
    for k in range(24)
    for t in (k / 23,)
    for each in (1.6 * math.cos(5.2 * (t - 0.5)) * (1 - 2 * (t > 0.5)), 4.4 * (t - 0.5))
)
"""A stroke in the shape of an S."""


@dataclass(frozen=True)
class PlaneState:
    """The data, who plays what and how, and what is drawn."""

    target: str = choice("ring8-wide", "The law of the data.", among=TARGETS)
    strokes: tuple[float, ...] = choice(_S, "Places of drawn strokes.", least=-100.0, most=100.0)
    stroke: float = choice(0.25, "Width of the strokes.", least=0.02, most=3.0)
    game: str = choice("gan", "What D climbs and G descends.", among=GAMES)
    generator: str = choice("mixture", "The class of G.", among=("mixture", "network", "affine"))
    components: int = choice(8, "Of a mixture.", least=1, most=32)
    latent: int = choice(2, "Coordinates of a network's noise.", least=1, most=2)
    width: int = choice(32, "Units of a layer of G.", least=1, most=128)
    critic_width: int = choice(32, "Units of a layer of D.", least=1, most=128)
    layers: int = choice(2, "Hidden layers of both; with 0 they are linear.", least=0, most=3)
    activation: str = choice("tanh", "Of hidden units.", among=("tanh", "relu"))
    batch: int = choice(128, "Points a minibatch.", least=32, most=1024)
    n_critic: int = choice(1, "Steps of D for one of G.", least=1, most=10)
    optimiser: str = choice("adam", "Of both.", among=("adam", "sgd", "optimistic-adam"))
    rate: float = choice(0.003, "Step size of G.", least=1e-6, most=10.0)
    critic_rate: float = choice(0.003, "Step size of D.", least=1e-6, most=10.0)
    r1: float = choice(0.0, "R1, on data.", least=0.0, most=100.0)
    r2: float = choice(0.0, "R2, on fakes.", least=0.0, most=100.0)
    noise: float = choice(0.0, "Instance noise.", least=0.0, most=10.0)
    pack: int = choice(1, "Points that D sees at once.", least=1, most=4)
    seed: int = choice(0, "Of all that is drawn.", least=0, most=1_000_000)
    map: str = choice("d", "What colours the plane.", among=MAPS)
    speed: int = choice(4, "Steps a picture.", least=1, most=50)


DRAWN = ("map", "speed")
"""Fields that leave the training as it is."""


def same_training(state: PlaneState, other: PlaneState) -> bool:
    """Whether two states differ in nothing but what is drawn."""
    drawn: dict[str, Any] = {name: getattr(other, name) for name in DRAWN}
    return replace(state, **drawn) == other


def config_of(state: PlaneState) -> Config:
    """Return the training that a state describes."""
    text = target_text(state.target, state.strokes, state.stroke)
    return Config(
        target=text, game=state.game, generator=state.generator,
        critic_hidden=(state.critic_width,) * state.layers, activation=state.activation,
        batch=state.batch, n_critic=state.n_critic, optimiser=state.optimiser, rate=state.rate,
        critic_rate=state.critic_rate, r1=state.r1, r2=state.r2, noise=state.noise,
        pack=state.pack, seeds=(state.seed,), steps=MOST_STEPS,
        **_GENERATORS[state.generator](state),
    )  # fmt: skip


_GENERATORS: dict[str, Any] = {
    "mixture": lambda state: {"components": state.components},
    "network": lambda state: {"latent": state.latent, "hidden": (state.width,) * state.layers},
    "affine": lambda state: {},
}
"""Choices that a generator is made from."""


SHOWING = (
    "def shown(name, result):  # of a number with one side the end that is claimed\n"
    '    ends = dict(zip(("lower", "upper"), result.interval))\n'
    '    print(f"{name} = {ends.get(result.one_sided, result.value)!r} ± {result.error!r}")\n\n\n'
)
"""A function of scripts: it prints a result as the page shows it."""


def given(config: Config) -> str:
    """Return the choices that are not the defaults, as a call's arguments."""
    plain = vars(Config())
    return ", ".join(f"{name}={x!r}" for name, x in vars(config).items() if x != plain[name])
