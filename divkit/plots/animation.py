"""Frames into an animated GIF, by pillow alone, or into an MP4 where ffmpeg is installed."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias, TypeVar

from matplotlib.figure import Figure
from PIL import Image

from divkit.plots.style import style
from divkit.storage import write_whole

SUFFIXES = (".gif", ".mp4")
_ENCODER = "ffmpeg"

T = TypeVar("T")
Encoder: TypeAlias = Callable[[list[Image.Image], float, float], bytes]
"""(frames, seconds a frame, seconds of the last) -> the file."""


def animate(
    moments: Iterable[T],
    draw: Callable[[Figure, T], object],
    path: str | Path,
    *,
    size: tuple[float, float] = (5.4, 4.4),
    seconds: float = 0.25,
    hold: float = 1.5,
) -> int:
    """Draw each moment into a fresh figure and write them as one film; return how many there are.

    Parameters
    ----------
    moments : the steps of a training, say; drawn one by one, so that an iterator will do.
    draw : called with an empty figure and a moment.
    path : the file, which must end in .gif or .mp4; the latter is encoded by ffmpeg.
    size : of the figure, in inches.
    seconds, hold : how long a frame stays, and the last one.

    Raises
    ------
    ValueError
        If the path ends otherwise, ffmpeg is needed and not installed, or there is no moment.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     film = Path(folder) / "a.gif"
    ...     animate([1, 2], lambda figure, k: figure.subplots().plot([0, k]), film)
    2
    """
    file = Path(path)
    encode = encoder(file, "path")
    frames = [_frame(draw, moment, size) for moment in moments]
    if not frames:
        raise ValueError("there is no moment to draw.")
    write_whole(file, encode(frames, seconds, hold))
    return len(frames)


def encoder(file: Path, name: str) -> Encoder:
    """Return what makes a file of frames, by the file's ending.

    Raises
    ------
    ValueError
        If it ends otherwise, or ffmpeg is needed and not installed; `name` is the argument's.
    """
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"{name} must end in {' or '.join(SUFFIXES)}; got {str(file)!r}.")
    made = dict(zip(SUFFIXES, (_gif, _mp4), strict=True))[suffix]
    if made is _mp4 and shutil.which(_ENCODER) is None:
        raise ValueError(
            f"{name}: {str(file)!r} needs {_ENCODER}, which is not installed; a .gif does not."
        )
    return made


def _gif(frames: list[Image.Image], seconds: float, hold: float) -> bytes:
    drawn = [frame.convert("P", palette=Image.Palette.ADAPTIVE) for frame in frames]
    times = [round(1000 * seconds)] * (len(frames) - 1) + [round(1000 * hold)]
    content = io.BytesIO()
    drawn[0].save(
        content, format="gif", save_all=True, append_images=drawn[1:], duration=times, loop=0
    )
    return content.getvalue()


def _mp4(frames: list[Image.Image], seconds: float, hold: float) -> bytes:
    """H.264 in even sizes, as every player takes it; the last frame is repeated to hold it."""
    pictures = io.BytesIO()
    for frame in [*frames, *frames[-1:] * round(hold / seconds)]:
        frame.save(pictures, format="png")
    command = (
        *(_ENCODER, "-loglevel", "error", "-f", "image2pipe", "-framerate", f"{1 / seconds:g}"),
        *("-i", "pipe:0", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"),
        *("-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "pipe:1"),
    )
    done = subprocess.run(command, input=pictures.getvalue(), capture_output=True, check=False)
    if done.returncode:
        raise ValueError(f"{_ENCODER} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _frame(
    draw: Callable[[Figure, T], object], moment: T, size: tuple[float, float]
) -> Image.Image:
    with style():
        figure = Figure(figsize=size, layout="constrained", dpi=100)
        draw(figure, moment)
        content = io.BytesIO()
        figure.savefig(content, format="png", dpi=100)
    return Image.open(content).convert("RGB")
