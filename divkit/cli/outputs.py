"""Paths that a verb writes to, checked before it does any work.

A choice that is such a path says so (`divkit.choices.Writes`), and `divkit.cli.options` asks here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from divkit.choices import Writes


def require_writable(asked: Iterable[tuple[str, Path, Writes]]) -> None:
    """Check that every output can be written, and that no two are one file.

    Parameters
    ----------
    asked : of each its flag, its path, and what is written there.

    Raises
    ------
    ValueError
        If a file ends otherwise than it may, a folder is missing or closed, or two flags name one
        file.
    """
    from divkit.storage import folder_obstacle, obstacle

    seen: dict[Path, str] = {}
    for flag, path, writes in asked:
        if writes.suffixes and path.suffix.lower() not in writes.suffixes:
            raise ValueError(
                f"{flag} must end in {', '.join(writes.suffixes)}; got {str(path)!r}."
            )
        found = folder_obstacle(path) if writes.folder else obstacle(path)
        if found is not None:
            raise ValueError(f"{flag} {path}: {found}.")
        if not writes.folder:
            other = seen.setdefault(path.absolute(), flag)
            if other != flag:
                raise ValueError(f"{other} and {flag} are one file, {path}: give it one of them.")
