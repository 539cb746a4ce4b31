"""Messages on samples that came from files: x and y are named as the files that they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAMED = re.compile(r"\b(of|in) ([xy])\b(?!\[)|^([xy])(?= (?:is|needs|has|must|holds)\b)")


@contextmanager
def naming_files(x: Path, y: Path) -> Iterator[None]:
    """Let the message of a ValueError or TypeError from within name the files."""
    names = {"x": str(x), "y": str(y)}

    def named(found: re.Match[str]) -> str:
        return names[found[3]] if found[3] else f"{found[1]} {names[found[2]]}"

    try:
        yield
    except (ValueError, TypeError) as error:
        first, *rest = error.args or ("",)
        if isinstance(first, str):
            error.args = (_NAMED.sub(named, first), *rest)
        raise
