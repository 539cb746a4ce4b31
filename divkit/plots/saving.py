"""Figures as files, whole or not at all, without a date: the same figure, the same bytes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from divkit.storage import write_whole

_UNDATED: dict[str, dict[str, None]] = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}

_AS_FILES: Any = {"svg.hashsalt": "divkit", "pdf.fonttype": 42}
"""Letters of a PDF are letters, TrueType, as journals ask."""


def save(figure: Figure, path: Path) -> None:
    """Write a figure to `path`, whose ending says how: .png, .svg or .pdf.

    Raises
    ------
    OSError
        If the file cannot be written; an older one is left as it was.
    """
    kind = path.suffix.lower()
    content = io.BytesIO()
    with matplotlib.rc_context(_AS_FILES):
        figure.savefig(content, format=kind[1:], metadata=_UNDATED.get(kind, {}))
    write_whole(path, content.getvalue())
