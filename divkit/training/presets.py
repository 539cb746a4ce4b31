r"""Presets: for a target the choices with which a network comes near it, tested.

Those of the plane have one recipe. The generator is a mixture of small networks with learned
weights, so that no bridge need lie between modes. Instance noise falls by equal factors from the
distance of modes to their width or below, as in annealing: networks spread over the modes while
these are blurred, and keep to them. The critic sees sines and cosines of x down to the width of a
mode. As this sharpens, slopes grow by orders of magnitude, which Adam follows with a short memory
(betas 0 and 0.99). Rates fall by a cosine, and the G that is measured is an average. G is slow
beside D: a faster one runs ahead of what D has seen, modes end too narrow and beside their places,
and more steps make it worse.

On the line and on images one network does, with Adam's usual memory; on the line under noise too,
without which one of eighteen starts ended with its upper tail pressed into a point. Images are a
finite set, on which every ratio p/q is finite: there the game of KL(p‖q) is played, whose slope at
the best critic is that of likelihood, which pays most for an image left out.

Measurements of each are in benchmarks/results/gan_recipes.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from divkit.registry import Registry
from divkit.training.config import GENERATORS
from divkit.training.losses import LOSSES
from divkit.training_config import NO_PRESET, Config

AUTO = "auto"
WORDS = (AUTO, NO_PRESET)
"""Words that stand beside the names of presets."""
"""The target's preset, where nothing is chosen that a preset chooses."""
FREE = frozenset(
    {"target", "steps", "seeds", "every", "save_every", "kinds", "device", "data", "preset"}
)
"""Choices that leave a preset what it is."""


@dataclass(frozen=True)
class Preset:
    """Choices that are tested on a target.

    Attributes
    ----------
    label : one line on them.
    options : fields of `divkit.training_config.Config` with their values.
    """

    label: str
    options: Mapping[str, Any]


PRESETS: Registry[Preset] = Registry("preset")

_AVERAGED: Mapping[str, Any] = {
    "beta1": 0.0,
    "beta2": 0.99,
    "decay": 0.02,
    "average": 0.999,
    "critic_activation": "tanh",
    "dtype": "float32",
}


def _plane(
    name: str, components: int, noise: tuple[float, float], waves: tuple[float, ...], **more: Any
) -> None:
    """Register a target of the plane."""
    options = {
        "target": name,
        "generator": "networks",
        "components": components,
        "hidden": (8,),
        "waves": waves,
        "noise": noise[0],
        "noise_end": noise[1],
        "rate": 7e-5,
        "critic_rate": 4e-3,
        "steps": 10_000,
        "every": 1000,
    }
    label = f"{components} networks, instance noise {noise[0]:g} to {noise[1]:g}"
    PRESETS.register(name, Preset(label, {**options, **_AVERAGED, **more}))


_plane("ring8", 24, (0.5, 0.006), (1.5, 6.0, 24.0, 96.0))
_plane(
    "grid25", 80, (1.2, 0.05), (1.5, 4.5, 16.0, 64.0), width=0.15, batch=320,
    critic_hidden=(128, 128), rate=5e-5, critic_rate=3e-3, average=0.9993,
)  # fmt: skip
_plane("moons", 16, (0.5, 0.03), (1.5, 6.0))
_plane("spiral", 32, (1.0, 0.05), (1.5, 6.0))
_plane("checkerboard", 48, (1.0, 0.05), (1.5, 4.5, 12.0))

_LINE: Mapping[str, Any] = {
    "generator": "mlp",
    "hidden": (16, 16),
    "rate": 3e-4,
    "critic_rate": 4e-3,
    "steps": 8000,
    "every": 1000,
    **_AVERAGED,
    "beta2": 0.999,
}
PRESETS.register(
    "normal",
    Preset(
        "a small tanh network, instance noise 0.5 to 0.02",
        {"target": "normal", "noise": 0.5, "noise_end": 0.02, **_LINE},
    ),
)
PRESETS.register(
    "fgan",
    Preset("a small tanh network", {"target": "fgan", "waves": (2.0,), **_LINE}),
    "mixture",
)
PRESETS.register(
    "bars3",
    Preset(
        "a decoder of pixels, summed over all images, and the game of KL",
        {
            "target": "bars3",
            "generator": "binary",
            "game": "f-gan(kl)",
            "rate": 3e-3,
            "critic_rate": 8e-3,
            "steps": 12_000,
            "every": 1000,
            **_AVERAGED,
            "beta2": 0.999,
        },
    ),
    "images",
)


def with_preset(config: Config, name: str, given: Collection[str]) -> Config:
    """Return a configuration with a preset's choices where none are given.

    Parameters
    ----------
    config : with what is given; everything else at its default.
    name : of a preset, "none", or "auto": the target's, where there is one and nothing is given
        that it chooses.
    given : names of the fields that are given, even at their defaults.

    Raises
    ------
    ValueError
        If there is no such preset, or it is asked for with a game that has no critic.

    Examples
    --------
    >>> config = Config(target="moons", components=12)
    >>> with_preset(config, "moons", {"target", "components"}).components
    12
    """
    named = auto_name(config, given) if name == AUTO else name
    if named == NO_PRESET:
        return replace(config, preset=NO_PRESET)
    options = {key: value for key, value in PRESETS[named].options.items() if key not in given}
    made = replace(config, **options, preset=named)
    if made.game not in LOSSES:
        raise ValueError(
            f"preset {named!r} is of a game with a critic; {made.game!r} has none. Pass preset "
            f"{NO_PRESET!r}."
        )
    plain = {key: getattr(Config(), key) for key in _useless(made) if key not in given}
    return replace(made, **plain)


def auto_name(config: Config, given: Collection[str]) -> str:
    """Return the preset that "auto" stands for."""
    free = not deciding(given)
    return config.target if free and config.target in PRESETS else NO_PRESET


def deciding(given: Collection[str]) -> list[str]:
    """Return those of the names given that are choices a preset makes, in the order of fields."""
    return [each.name for each in fields(Config) if each.name in given and each.name not in FREE]


def _useless(config: Config) -> frozenset[str]:
    """Choices that are no generator's but another's."""
    every = frozenset[str]().union(*(entry.used for entry in GENERATORS.values()))
    return every - GENERATORS[config.generator].used - {"activation"}
