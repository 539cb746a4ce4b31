"""The figure of `divkit value`: D beside D*, the budget, and V on its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

    from divkit.cli.value_task import ValueTask
    from divkit.critics.trace import Mark
    from divkit.results import Result


def draw(task: ValueTask, result: Result, marks: Sequence[Mark], path: Path) -> None:
    """Draw what can be drawn of the task: on the line and in the plane, D itself too."""
    from matplotlib.figure import Figure

    from divkit.plots import style
    from divkit.plots.saving import save

    with style():
        figure = Figure(figsize=(9.6, 6.6), layout="constrained")
        _panels(figure, task, result, marks)
        save(figure, path)


def _panels(figure: Figure, task: ValueTask, result: Result, marks: Sequence[Mark]) -> None:
    from divkit.plots import draw_budget, draw_training

    below: Figure | SubFigure
    notes, known = result.diagnostics, task.laws is not None
    shown = _shown(task)
    if shown:
        grid = figure.add_gridspec(2, 1, height_ratios=(1.35, 1.0))
        shown(figure.add_subfigure(grid[0]), task, notes["critic"])
        below = figure.add_subfigure(grid[1])
    else:
        figure.set_size_inches(9.6, 3.0)
        below = figure
    axes = below.subplots(1, 2 if known else 1, squeeze=False)[0]
    draw_training(axes[0], {"training": marks}, star=notes.get("v_star"))
    axes[0].set_title("V on its way")
    if known:
        draw_budget(axes[1], notes["budget"])
        axes[1].set_title("where the gap went")


def _shown(task: ValueTask) -> Callable[[Any, ValueTask, Any], None] | None:
    """Choose the picture of D; None beyond the plane, and for finite laws."""
    from divkit.distributions.base import Law1D
    from divkit.distributions.support import is_discrete
    from divkit.games import IDENTITY

    if task.laws is None:
        on_line = task.given is not None and task.given[0].shape[1] == 1
        return _over_samples if on_line and task.game.lifting == IDENTITY else None
    p, q = _entering(task)
    if is_discrete(p.support) or is_discrete(q.support):
        return None
    if isinstance(p, Law1D) and isinstance(q, Law1D):
        return _on_the_line
    return _in_the_plane if p.dim == 2 else None


def _over_samples(figure: Any, task: ValueTask, critic: Any) -> None:
    from divkit.plots import draw_on_samples

    draw_on_samples(figure.subplots(), critic, *(task.given or ()))


def _on_the_line(figure: Any, task: ValueTask, critic: Any) -> None:
    from divkit.plots import draw_discriminator

    axes = figure.subplots()
    draw_discriminator(axes, critic, *_entering(task))
    axes.set_title(f"D as trained, and D*: game {task.game}")


def _in_the_plane(figure: Any, task: ValueTask, critic: Any) -> None:
    from divkit.plots import draw_discriminator_map

    left, right = figure.subplots(1, 2)
    draw_discriminator_map(left, critic, *_entering(task))
    draw_discriminator_map(right, None, *_entering(task))


def _entering(task: ValueTask) -> tuple[Any, Any]:
    """The laws that the critic sees.

    Raises
    ------
    ValueError
        If they are not known.
    """
    if task.laws is None:
        raise ValueError("the laws are not known: there are samples only.")
    return task.game.lifting.laws(*task.laws)
