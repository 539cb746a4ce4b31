"""Files to read that are named on the command line, looked at before any work is done for them.

A choice that is such a path says so (`divkit.choices.READ`), and a verb's arguments that are paths
are files to read; `divkit.cli.options` asks here. Nothing heavy is imported: a misspelt name costs
no more than --help.
"""

from __future__ import annotations

from pathlib import Path


def require_read(name: str, path: Path) -> None:
    """Refuse a file to read that is not there; `name` is the argument's.

    Raises
    ------
    ValueError
        With names that are near, if there are any.
    """
    if not path.exists():
        raise ValueError(f"{name}: there is no file {str(path)!r}.{_near(path)}")
    if path.is_dir():
        raise ValueError(f"{name}: {str(path)!r} is a folder; a file is needed.")


def _near(path: Path) -> str:
    """The names in its folder that are near; of a folder that is not there, that it is not."""
    from difflib import get_close_matches

    if not path.absolute().parent.is_dir():
        return f" The folder {path.parent} does not exist."
    here = sorted(each.name for each in path.absolute().parent.iterdir() if each.is_file())
    near = get_close_matches(path.name, here, n=3)
    return f" Near are {', '.join(map(repr, near))}." if near else ""
