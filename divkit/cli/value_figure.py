"""The figure of `divkit value`: D beside D*, the budget, and V on its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from divkit.cli.value_task import ValueTask
    from divkit.critics.trace import Mark
    from divkit.results import Result


def draw(
    task: ValueTask, result: Result, marks: Sequence[Mark], path: Path, width: str = "screen"
) -> None:
    """Draw what can be drawn of the task: on the line and in the plane, D itself too."""
    from matplotlib.figure import Figure

    from divkit.plots import style
    from divkit.plots.saving import save

    with style(width):
        figure = Figure(layout="constrained")
        _panels(figure, task, result, marks, width)
        save(figure, path)


def _panels(
    figure: Figure, task: ValueTask, result: Result, marks: Sequence[Mark], width: str
) -> None:
    from divkit.plots import draw_budget, draw_training
    from divkit.plots.sheets import sheet

    notes, known = result.diagnostics, task.laws is not None
    shown = _shown(task)
    count = _PICTURES[shown] if shown else 0
    axes = iter(sheet(figure, count + (2 if known else 1), width, wide=count == 1))
    if shown:
        shown([next(axes) for _ in range(count)], task, notes["critic"])
    first = draw_training(next(axes), {"training": marks}, star=notes.get("v_star"))
    first.set_title("V on its way")
    if known:
        draw_budget(next(axes), notes["budget"]).set_title("where the gap went")


def _shown(task: ValueTask) -> Callable[[list[Any], ValueTask, Any], None] | None:
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


def _over_samples(axes: list[Any], task: ValueTask, critic: Any) -> None:
    from divkit.plots import draw_on_samples

    draw_on_samples(axes[0], critic, *(task.given or ()))


def _on_the_line(axes: list[Any], task: ValueTask, critic: Any) -> None:
    from divkit.plots import draw_discriminator

    draw_discriminator(axes[0], critic, *_entering(task))
    axes[0].set_title(f"D as trained, and D*: game {task.game}")


def _in_the_plane(axes: list[Any], task: ValueTask, critic: Any) -> None:
    from divkit.plots import draw_discriminator_map

    left, right = axes
    draw_discriminator_map(left, critic, *_entering(task))
    draw_discriminator_map(right, None, *_entering(task))


_PICTURES: dict[Callable[[list[Any], ValueTask, Any], None], int] = {
    _over_samples: 1,
    _on_the_line: 1,
    _in_the_plane: 2,
}
"""The number of axes that each picture of D takes."""


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
