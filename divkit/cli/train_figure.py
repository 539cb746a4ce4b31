"""The pictures of `divkit train`: V under its bound beside the last D, and D through training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from divkit.training.gan.training import GanTraining
    from divkit.training.run import SavedStep
    from divkit.training.systems.system import Ideal
    from divkit.training_config import Config

FRAMES = 48
"""Of an animation, at least, where there are so many steps."""
MOMENTS = 3
"""Of a strip, at most."""


def keep(steps: list[SavedStep], stride: int | None = None) -> Callable[[SavedStep], None]:
    """Return a function that adds each recorded step to a list, and every stride-th beside it."""

    def watch(step: SavedStep) -> None:
        if step.records or (stride and step.index % stride == 0):
            steps.append(step)

    return watch


@dataclass(frozen=True)
class Files:
    """Files that are asked for: the records, D through the training, and a few of its moments."""

    figure: Path | None
    animation: Path | None
    strip: Path | None
    width: str = "screen"

    @property
    def paths(self) -> tuple[Path | None, ...]:
        """In this order."""
        return self.figure, self.animation, self.strip

    def check(self, config: Config) -> None:
        """Refuse a film that cannot be made, and pictures that do not exist, before the training.

        Raises
        ------
        ValueError
            If an encoder is missing, or D over the data cannot be drawn through the training.
        """
        if self.animation is not None:
            from divkit.plots.animation import encoder

            encoder(self.animation, "--animation")
        from divkit.plots.style import width_of

        width_of(self.width)
        for name, path in (("--animation", self.animation), ("--strip", self.strip)):
            if path is not None:
                _require_critic(config, name)

    def draw(self, steps: list[SavedStep]) -> None:
        """Write the pictures of the first seed: its records, and D at the steps that were kept."""
        recorded = [step for step in steps if step.records]
        if self.figure is not None:
            _draw_figure(self.figure, recorded, self.width)
        if self.strip is not None:
            _draw_strip(self.strip, recorded)
        if self.animation is not None:
            from divkit.plots import animate

            animate(
                _with_records(steps),
                lambda drawn, pair: _draw_frame(drawn.subplots(), *pair),
                self.animation,
                seconds=0.12,
            )


def _require_critic(config: Config, name: str) -> None:
    from divkit.training.entries import training_of

    training = training_of(config)
    if drawable(training) is None and _ideal(training) is None:
        raise ValueError(f"{name} {_undrawable(training, config)}")


def _undrawable(training: object, config: Config) -> str:
    """Why no D of a training can be drawn, and what could."""
    from divkit.training.gan.training import GanTraining
    from divkit.training.systems.system import Ideal
    from divkit.training.systems.training import SystemTraining

    if isinstance(training, SystemTraining) and isinstance(training.system, Ideal):
        return (
            f"draws the densities and the exact D* of --game ideal on the line; {config.target} "
            "has no density there. Take a target with one, such as 'gamma(3, 1)'."
        )
    if not isinstance(training, GanTraining):
        return (
            f"shows a critic D, and --game {config.game} has none. Take a game, or --game ideal."
        )
    if training.critic.pack > 1:
        return f"shows D over single points; --pack is {training.critic.pack}. Take --pack 1."
    if training.p.dim > 2:
        return (
            f"shows D on the line or in the plane; {config.target} has {training.p.dim} "
            "coordinates. Take --figure, which draws V and the JSD."
        )
    return (
        "shows D on the line beside a generator whose law is known. Take --generator affine, mlp "
        "or mixture."
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


def _ideal(training: object) -> Ideal | None:
    """G against the exact D* on the line, G₀ → D₀* → G₁ → …; None of another training."""
    from divkit.distributions.base import Law1D
    from divkit.training.systems.system import Ideal
    from divkit.training.systems.training import SystemTraining

    if not isinstance(training, SystemTraining) or not isinstance(training.system, Ideal):
        return None
    return training.system if isinstance(training.p, Law1D) else None


def _with_records(steps: list[SavedStep]) -> Iterator[tuple[SavedStep, SavedStep]]:
    """Each step with the last one that was recorded."""
    recorded = steps[0]
    for step in steps:
        recorded = step if step.records else recorded
        yield step, recorded


def _draw_frame(axes: Axes, step: SavedStep, recorded: SavedStep) -> None:
    from divkit.plots import draw_densities

    ideal = _ideal(step.training)
    if ideal is not None:
        draw_densities(axes, ideal.p, step.law())
    else:
        _draw_critic(axes, replace(step, records=recorded.records))  # whose G it is, they say
    js = recorded.js.value
    axes.set_title(f"step {step.index} (JSD {js:.3g} at step {recorded.index})")


def _draw_strip(path: Path, recorded: list[SavedStep]) -> None:
    """The exact D* row by row, or a trained D at moments beside each other."""
    import numpy as np
    from matplotlib.figure import Figure

    from divkit.plots import draw_strip, style
    from divkit.plots.saving import save

    at = np.linspace(0, len(recorded) - 1, min(MOMENTS, len(recorded))).round().astype(int)
    steps = [recorded[k] for k in at]
    ideal = _ideal(steps[0].training)
    with style():
        if ideal is None:
            drawn = Figure(figsize=(5.2 * len(steps), 4.4), layout="constrained")
            row = drawn.subplots(1, len(steps), squeeze=False)[0]
            for axes, step in zip(row, steps, strict=True):
                _draw_frame(axes, step, step)
        else:
            laws, js = [step.law() for step in steps], [step.record.js for step in steps]
            drawn = draw_strip(
                ideal.p, laws, js, indices=[s.index for s in steps], game=ideal.game
            )
        save(drawn, path)


def _draw_figure(path: Path, steps: list[SavedStep], width: str) -> None:
    from matplotlib.figure import Figure

    from divkit.plots import draw_critic_map, draw_game, draw_js, style
    from divkit.plots.saving import save
    from divkit.plots.sheets import sheet

    records = [step.record for step in steps]
    with style(width):
        best = _has_best_map(steps[-1])
        drawn = Figure(layout="constrained")
        left, right, *rest = sheet(drawn, 3 if best else 2, width)
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
