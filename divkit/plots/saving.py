"""Figures as files, whole or not at all, without a date: the same figure, the same bytes."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from divkit.storage import write_whole

_UNDATED: dict[str, dict[str, None]] = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}


def save(figure: Figure, path: Path) -> None:
    """Write a figure to `path`, whose ending says how: .png, .svg or .pdf.

    Raises
    ------
    OSError
        If the file cannot be written; an older one is left as it was.
    """
    kind = path.suffix.lower()
    content = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "divkit"}):
        figure.savefig(content, format=kind[1:], metadata=_UNDATED.get(kind, {}))
    write_whole(path, content.getvalue())
