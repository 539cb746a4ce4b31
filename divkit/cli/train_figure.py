"""The pictures of `divkit train`: V under its bound beside the last D, and D through training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from divkit.cli.curve import FORMATS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from divkit.training.gan.training import GanTraining
    from divkit.training.run import SavedStep
    from divkit.training.systems.training import SystemTraining
    from divkit.training_config import Config

FRAMES = 48
"""Of an animation, at least, where there are so many steps."""


def keep(steps: list[SavedStep], stride: int | None = None) -> Callable[[SavedStep], None]:
    """Return a function that adds each recorded step to a list, and every stride-th beside it."""

    def watch(step: SavedStep) -> None:
        if step.records or (stride and step.index % stride == 0):
            steps.append(step)

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
    from divkit.plots.animation import encoder
    from divkit.training.entries import training_of

    encoder(animation, "--animation")

    training = training_of(config)
    if drawable(training) is None and _ideal(training) is None:
        raise ValueError(
            "--animation shows a game's D over single points (--pack 1) in the plane, or on the "
            "line beside a generator whose law is known (--generator affine, mlp or mixture), or "
            "the exact D* of --game ideal."
        )


def drawable(training: object) -> GanTraining | None:
    """The game whose D can be drawn over the data; None where there is none."""
    import numpy as np

    from divkit.training.gan.training import GanTraining

    if not isinstance(training, GanTraining) or training.critic.pack > 1 or training.p.dim > 2:
        return None
    if training.p.dim == 2:
        return training
    generator = training.generator
    known = generator.law(generator.start(np.random.default_rng(0)))
    return None if known is None else training


def _ideal(training: object) -> SystemTraining | None:
    """The training of G against the exact D* on the line, G₀ → D₀* → G₁ → …; None of another."""
    from divkit.training.systems.system import Ideal
    from divkit.training.systems.training import SystemTraining

    if isinstance(training, SystemTraining) and isinstance(training.system, Ideal):
        return training
    return None


def draw(steps: list[SavedStep], figure: Path | None, movie: Path | None) -> None:
    """Write the pictures of the first seed: its records, and D at all steps that were kept."""
    if figure is not None:
        _draw_figure(figure, [step for step in steps if step.records])
    if movie is not None:
        from divkit.plots import animate

        animate(
            _with_records(steps),
            lambda drawn, pair: _draw_frame(drawn, *pair),
            movie,
            seconds=0.12,
        )


def _with_records(steps: list[SavedStep]) -> Iterator[tuple[SavedStep, SavedStep]]:
    """Each step with the last one that was recorded."""
    recorded = steps[0]
    for step in steps:
        recorded = step if step.records else recorded
        yield step, recorded


def _draw_frame(drawn: Figure, step: SavedStep, recorded: SavedStep) -> None:
    from divkit.plots import draw_densities

    axes = drawn.subplots()
    ideal = _ideal(step.training)
    if ideal is not None:
        draw_densities(axes, ideal.p, step.law())
    else:
        _draw_critic(axes, replace(step, records=recorded.records))  # whose G it is, they say
    js = recorded.js.value
    axes.set_title(f"step {step.index} (JSD {js:.3g} at step {recorded.index})")


def _draw_figure(path: Path, steps: list[SavedStep]) -> None:
    from matplotlib.figure import Figure

    from divkit.plots import draw_critic_map, draw_game, draw_js, style
    from divkit.plots.saving import save

    records = [step.record for step in steps]
    with style():
        best = _has_best_map(steps[-1])
        drawn = Figure(figsize=(15.6 if best else 10.4, 4.4), layout="constrained")
        left, right, *rest = drawn.subplots(1, 3 if best else 2)
        draw_game(left, records)
        game = drawable(steps[-1].training)
        if game is None:
            draw_js(right, records)
        else:
            _draw_critic(right, steps[-1])
            for axes in rest:
                draw_critic_map(axes, game.p, steps[-1], best=True)
        save(drawn, path)


def _has_best_map(step: SavedStep) -> bool:
    """Whether D* is known in the plane, beside a D that is drawn."""
    from divkit.training.measures.recorder import comparable

    game, law = drawable(step.training), step.law()
    return game is not None and game.p.dim == 2 and law is not None and comparable(game.p, law)


def _draw_critic(axes: Axes, step: SavedStep) -> None:
    from divkit.plots import draw_critic, draw_critic_map

    game = drawable(step.training)
    if game is None:
        raise ValueError("no critic can be drawn over these data.")
    (draw_critic if game.p.dim == 1 else draw_critic_map)(axes, game.p, step)
