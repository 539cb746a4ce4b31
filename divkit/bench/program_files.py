"""Files that a command stands on: its program, those that it names, and the sources around them.

A word names a file of the folder where the command is run, or a module there (`python -m mine`); a
word with spaces is read as a command of its own (`bash -c 'python own.py'`). Around a script count
the sources of any language below its folder, the nearest first, to a bound. Not seen are other
files that the program opens, those elsewhere, its language's packages, and the environment.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

_SOURCES = frozenset({
    ".awk", ".bash", ".c", ".cc", ".cpp", ".cu", ".f", ".f90", ".go", ".h", ".hpp", ".java", ".jl",
    ".js", ".lua", ".m", ".mjs", ".nim", ".pl", ".pm", ".py", ".pyx", ".r", ".rb", ".rs", ".scala",
    ".sh", ".sql", ".stan", ".ts", ".wl", ".zsh",
})  # fmt: skip
"""Endings of sources, in small letters."""
_FOLDERS, _FILES = 500, 2000
"""Looked through below a script's folder, at most."""
_OTHERS = frozenset({"__pycache__", "node_modules", "site-packages", "renv"})


def texts_of(words: Sequence[str], folder: Path) -> Iterator[str]:
    """Yield "name:bytes" of the files that a command stands on, in a fixed order."""
    named = set(_named(words, folder))
    roots = {path.parent for path in named if _is_script(path)}
    around = {path for root in roots for path in islice(_sources(root), _FILES)}
    program = shutil.which(words[0]) if words else None
    for path in sorted({*named, *around, *([Path(program)] if program else [])}):
        if path.is_file():
            yield f"{_label(path)}:{path.read_bytes().hex()}"


def _label(path: Path) -> str:
    """The name of a file, without its folder: elsewhere it is the same program."""
    return re.sub(r"[^\w.-]", "_", path.name)


def _named(words: Sequence[str], folder: Path) -> Iterator[Path]:
    """The files of a folder that words name, those within words too."""
    for before, word in zip(("", *words), words, strict=False):
        if (folder / word).is_file():
            yield folder / word
        elif len(inside := _split(word)) > 1:
            yield from _named(inside, folder)
        if before.endswith("-m"):
            place = folder.joinpath(*word.split("."))
            files = (place.with_name(f"{place.name}.py"), place / "__main__.py")
            yield from (path for path in files if path.is_file())


def _split(word: str) -> list[str]:
    """The words of a command within a word; none where its quotes do not match."""
    try:
        lexer = shlex.shlex(word, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        return list(lexer)
    except ValueError:
        return []


def _is_script(path: Path) -> bool:
    """Whether a file is a source, by its ending or its first two letters."""
    if path.suffix.lower() in _SOURCES:
        return True
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def _sources(root: Path) -> Iterator[Path]:
    """Sources below a folder, those of outer folders first."""
    waiting, left = [root], _FOLDERS
    while waiting and left:
        folder, left = waiting.pop(0), left - 1
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:  # a folder that may not be read
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(".") and entry.name not in _OTHERS:
                    waiting.append(Path(entry.path))
            elif Path(entry.name).suffix.lower() in _SOURCES and entry.is_file():
                yield Path(entry.path)
