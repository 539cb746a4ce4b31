"""The pictures of `divkit train`: V under its bound beside the last D, and D through training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from divkit.cli.curve import FORMATS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from divkit.distributions.base import Law
    from divkit.gan.api import GanStep
    from divkit.gan.records import Record
    from divkit.gan.state import State
    from divkit.training_config import Config

    Moment: TypeAlias = tuple[State, tuple[Record, ...]]


def keep(moments: list[Moment]) -> Callable[[State, tuple[Record, ...]], None]:
    """What adds each recorded step to a list."""

    def watch(state: State, records: tuple[Record, ...]) -> None:
        moments.append((state, records))

    return watch


def check(config: Config, figure: Path | None, animation: Path | None) -> None:
    """Refuse files of other kinds, and pictures that do not exist, before the training.

    Raises
    ------
    ValueError
        If a file ends otherwise, or D over the data cannot be drawn through the training.
    """
    if figure is not None and figure.suffix.lower() not in FORMATS:
        raise ValueError(f"--figure must end in {', '.join(FORMATS)}; got {str(figure)!r}.")
    if animation is None:
        return
    if animation.suffix.lower() != ".gif":
        raise ValueError(f"--animation must end in .gif; got {str(animation)!r}.")
    if not drawable(config):
        raise ValueError(
            "--animation shows a game's D over single points (--pack 1) in the plane, or on the "
            "line beside a generator whose law is known (--generator affine, mlp or mixture)."
        )


def drawable(config: Config) -> bool:
    """Whether there is a D that can be drawn over the data."""
    import numpy as np

    from divkit.gan.entries import training_of
    from divkit.gan.training import Match

    training = training_of(config)
    if not isinstance(training, Match) or config.pack > 1 or training.p.dim > 2:
        return False
    generator = training.setup.generator
    return (
        training.p.dim == 2 or generator.law(generator.start(np.random.default_rng(0))) is not None
    )


def draw(config: Config, moments: list[Moment], figure: Path | None, movie: Path | None) -> None:
    """Write the pictures of the first seed's recorded steps."""
    from divkit.gan.api import GanStep
    from divkit.gan.config import game_of

    if figure is not None and not drawable(config):
        _draw_figure(figure, [records[0] for _, records in moments], None)
    elif figure is not None or movie is not None:
        p, setup = game_of(config)
        steps = [GanStep(*moment, setup) for moment in moments]
        if figure is not None:
            _draw_figure(figure, [step.record for step in steps], (p, steps[-1]))
        if movie is not None:
            _animate(movie, p, steps)


def _draw_figure(path: Path, records: list[Record], last: tuple[Law, GanStep] | None) -> None:
    from matplotlib.figure import Figure

    from divkit.plots import draw_game, draw_js, style
    from divkit.plots.saving import save

    with style():
        drawn = Figure(figsize=(10.4, 4.4), layout="constrained")
        left, right = drawn.subplots(1, 2)
        draw_game(left, records)
        if last is None:
            draw_js(right, records)
        else:
            _draw_critic(right, *last)
        save(drawn, path)


def _animate(path: Path, p: Law, steps: list[GanStep]) -> None:
    from divkit.plots import animate

    animate(steps, lambda figure, step: _draw_critic(figure.subplots(), p, step), path)


def _draw_critic(axes: Axes, p: Law, step: GanStep) -> None:
    from divkit.plots import draw_critic, draw_critic_map

    (draw_critic if p.dim == 1 else draw_critic_map)(axes, p, step)
