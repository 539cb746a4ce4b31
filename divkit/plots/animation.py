"""Frames into an animated GIF, by pillow; nothing else is needed to make or to see it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from matplotlib.figure import Figure
from PIL import Image

from divkit.plots.style import style
from divkit.storage import write_whole

_SUFFIX = ".gif"

T = TypeVar("T")


def animate(
    moments: Iterable[T],
    draw: Callable[[Figure, T], object],
    path: str | Path,
    *,
    size: tuple[float, float] = (5.4, 4.4),
    seconds: float = 0.25,
    hold: float = 1.5,
) -> int:
    """Draw each moment into a fresh figure and write them as one GIF; return the number of frames.

    Parameters
    ----------
    moments : the steps of a training, say; drawn one by one, so that an iterator will do.
    draw : called with an empty figure and a moment.
    path : the file, which must end in .gif.
    size : of the figure, in inches.
    seconds, hold : how long a frame stays, and the last one.

    Raises
    ------
    ValueError
        If the path does not end in .gif, or there is no moment.
    """
    file = Path(path)
    if file.suffix.lower() != _SUFFIX:
        raise ValueError(f"path must end in .gif; got {str(path)!r}.")
    frames = [_frame(draw, moment, size) for moment in moments]
    if not frames:
        raise ValueError("there is no moment to draw.")
    times = [round(1000 * seconds)] * (len(frames) - 1) + [round(1000 * hold)]
    content = io.BytesIO()
    frames[0].save(
        content, format="gif", save_all=True, append_images=frames[1:], duration=times, loop=0
    )
    write_whole(file, content.getvalue())
    return len(frames)


def _frame(
    draw: Callable[[Figure, T], object], moment: T, size: tuple[float, float]
) -> Image.Image:
    with style():
        figure = Figure(figsize=size, layout="constrained", dpi=100)
        draw(figure, moment)
        content = io.BytesIO()
        figure.savefig(content, format="png", dpi=100)
    return Image.open(content).convert("P", palette=Image.Palette.ADAPTIVE)
