"""A training in plain values, as the command line and a checkpoint hold it.

Nothing heavy is imported here: the options of `divkit train` are the fields of `Config`.
`divkit.training.config` makes the law, the players and the recorder of one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import Field, asdict, dataclass, fields
from typing import Any

from divkit.choices import Names, choice

SIMULTANEOUS = "simultaneous"
EXTRAGRADIENT = "extragradient"
CRITICS = "critics"
"""Marks a choice that is the critic's: a training without one refuses it."""
TRAINED, STEPS = "What is trained", "Steps and step sizes"
PENALTIES, RECORDS = "Penalties and noise", "Records"
"""Headings of choices."""
NO_PRESET = "none"
DEVICES = ("cpu", "cuda")
"""Where a training may be; cuda:0 and further ones name a card."""


@dataclass(frozen=True)
class Schedule:
    """The choices that a configuration and `divkit.gan.Options` have in common."""

    steps: int = choice(5000, "Of the generator.", least=1, group=STEPS)
    batch: int = choice(256, "Points a minibatch.", least=1, group=STEPS)
    seeds: tuple[int, ...] = choice(
        (0,), "One run a seed, trained at once: 0 or 0,1,2.", flags=("--seed",), group=STEPS
    )
    n_critic: int = choice(1, "Critic steps for one of G.", least=1, critics=True, group=STEPS)
    order: str = choice(
        "alternating",
        "alternating (G answers the new D), simultaneous or extragradient.",
        metavar="MODE",
        among=("alternating", SIMULTANEOUS, EXTRAGRADIENT),
        critics=True,
        group=STEPS,
    )
    unroll: int = choice(0, "Critic steps that G looks ahead.", least=0, critics=True, group=STEPS)
    unroll_rate: float = choice(0.1, "Their step size.", critics=True, group=STEPS)
    average: float = choice(0.0, "Decay of the moving average of G.", group=STEPS)
    device: str = choice(
        "cpu", "cpu, cuda, cuda:0.", group=STEPS, takes=Names(("divkit.training_config:DEVICES",))
    )

    @property
    def simultaneous(self) -> bool:
        """Whether both sides move at once, from one state."""
        return self.order in (SIMULTANEOUS, EXTRAGRADIENT)

    @property
    def extrapolates(self) -> bool:
        """Whether a step is taken with the slopes at the end of a trial step."""
        return self.order == EXTRAGRADIENT

    @property
    def looks(self) -> int:
        """Minibatches of a step of G."""
        return 2 if self.extrapolates else self.n_critic

    @property
    def measured(self) -> str:
        """Which G records are of: the moving average where one is kept, else the last."""
        return "average" if self.average else "last"


@dataclass(frozen=True)
class Config(Schedule):
    """Every choice of a training. Names are those of `divkit train`.

    It is checked where a training is made of it (`divkit.training.entries.training_of`).
    """

    target: str = choice(
        "ring8",
        "A name from --list, or a law such as 'normal(1, 2)'.",
        group=TRAINED,
        takes=Names(
            ("divkit.generators.targets:TARGETS", "divkit.distributions.parse.names:LAWS(")
        ),
    )
    conditional: bool = choice(
        False,
        "Points with labels: a mixture's components, a board's squares.",
        critics=True,
        group=TRAINED,
    )
    game: str = choice(
        "gan",
        "A game or system from --list.",
        group=TRAINED,
        takes=Names(("divkit.training.losses:LOSSES", "divkit.training.entries:SYSTEMS")),
    )
    generator: str = choice(
        "auto",
        "auto, affine, mlp, mixture, gaussian, binary (exact laws), network, networks, "
        "conditional.",
        group=TRAINED,
        takes=Names(("divkit.training.config:GENERATORS",)),
    )
    latent: int = choice(
        0, "Coordinates of z; 0: the data's, a decoder's few.", least=0, group=TRAINED
    )
    hidden: tuple[int, ...] = choice((64, 64), "Widths of the generator's layers.", group=TRAINED)
    critic_hidden: tuple[int, ...] = choice(
        (64, 64), "Widths of the critic's layers.", critics=True, group=TRAINED
    )
    activation: str = choice(
        "relu",
        "relu (leaky) or tanh.",
        group=TRAINED,
        takes=Names(("divkit.critics.activations:ACTIVATIONS",)),
    )
    critic_activation: str = choice(
        "",
        "The critic's; as --activation if none.",
        critics=True,
        group=TRAINED,
        takes=Names(("divkit.critics.activations:ACTIVATIONS",)),
    )
    waves: tuple[float, ...] = choice(
        (), "ω: D sees sin ωx and cos ωx beside x, x at unit scale.", critics=True, group=TRAINED
    )
    components: int = choice(8, "Of a mixture, or networks.", least=1, group=TRAINED)
    width: float = choice(0.3, "Of each of --generator networks at the start.", group=TRAINED)
    pack: int = choice(
        1, "Points that the critic sees at once.", least=1, critics=True, group=TRAINED
    )
    optimiser: str = choice(
        "adam",
        "adam, sgd, optimistic-adam, optimistic-sgd.",
        group=STEPS,
        takes=Names(("divkit.training.config:OPTIMISERS",)),
    )
    rate: float = choice(1e-3, "Step size of G.", group=STEPS)
    critic_rate: float = choice(1e-3, "Step size of D.", critics=True, group=STEPS)
    beta1: float = choice(0.5, "Adam's first decay.", group=STEPS)
    beta2: float = choice(0.999, "Adam's second decay.", group=STEPS)
    decay: float = choice(1.0, "Factor on both rates at the end.", group=STEPS)
    r1: float = choice(0.0, "γ of ½γE|∇D|² on data.", critics=True, group=PENALTIES)
    r2: float = choice(0.0, "γ of ½γE|∇D|² on fakes.", critics=True, group=PENALTIES)
    gradient_penalty: float = choice(0.0, "λ of λE(|∇D| − 1)².", critics=True, group=PENALTIES)
    clip: float | None = choice(None, "Cut weights of D to ± this.", critics=True, group=PENALTIES)
    spectral: bool = choice(False, "Spectral norm.", critics=True, group=PENALTIES)
    noise: float = choice(0.0, "Instance noise, fading to 0.", critics=True, group=PENALTIES)
    noise_end: float = choice(
        0.0,
        "Instance noise from 0.6 of the steps on, come to by equal factors.",
        critics=True,
        group=PENALTIES,
    )
    label_smoothing: float = choice(0.0, "α: real label 1 − α.", critics=True, group=PENALTIES)
    data: int | None = choice(
        None, "Train on so many points; fresh draws otherwise.", least=1, group=TRAINED
    )
    kinds: tuple[str, ...] = choice(
        (),
        "Divergences beside JSD: kl,tv,w1.",
        flags=("--kinds", "--kind"),
        group=RECORDS,
        takes=Names(
            ("divkit.divergences.table:DIVERGENCES", "divkit.divergences.table:FAMILIES("),
            commas=True,
        ),
    )
    every: int = choice(500, "Steps between records.", least=1, group=RECORDS)
    save_every: int = choice(1000, "Steps between checkpoints.", least=1, group=RECORDS)
    dtype: str = choice(
        "float64",
        "float64 or float32.",
        group=STEPS,
        takes=Names(("divkit.training.config:DTYPES",)),
    )
    preset: str = NO_PRESET
    """The preset that choices were taken from, beside those that were given."""

    def schedule(self) -> dict[str, Any]:
        """The choices that `divkit.gan.Options` has too."""
        return {each.name: getattr(self, each.name) for each in fields(Schedule)}

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
        }


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
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    config = Config(**plain)
    for f in fields(Config):
        _require_type(f, getattr(config, f.name))
    return config


_PARTS: Mapping[Any, tuple[type, ...]] = {
    "tuple[int, ...]": (int,),
    "tuple[float, ...]": (float, int),
    "tuple[str, ...]": (str,),
}
"""Types of what is in a tuple, by the words of its annotation."""


def _require_type(each: Field[Any], value: Any) -> None:
    """Refuse a value of another type than its default; None stands for a number that is off."""
    name, default = each.name, each.default
    known = {bool: (bool,), int: (int,), float: (float, int), str: (str,), tuple: (tuple,)}
    wanted = known.get(type(default), (float, int, type(None)))
    if type(value) not in wanted:
        raise ValueError(f"a configuration's {name} cannot be {value!r}.")
    if isinstance(value, tuple) and not all(type(part) in _PARTS[each.type] for part in value):
        raise ValueError(f"a configuration's {name} cannot be {value!r}.")


def resumed(kept: Config, asked: Config, named: Collection[str]) -> Config:
    """The kept configuration, if none other is asked.

    `named` are the choices that were asked for, even where they are the defaults.

    Raises
    ------
    ValueError
        If a value that was asked for is not the kept one.
    """
    for each in fields(Config):
        given, there = getattr(asked, each.name), getattr(kept, each.name)
        if each.name in named and given != there:
            raise ValueError(
                f"{each.name} = {given!r}, but the run to resume has {there!r}. A run keeps its "
                "choices: leave it out, or begin another run."
            )
    return kept
