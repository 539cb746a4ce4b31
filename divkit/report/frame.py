"""The frame of every page: one self-contained HTML file, stored whole or not at all."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from divkit.report.numbers import text
from divkit.storage import write_whole

NAME = "index.html"


def document(title: str, body: str) -> str:
    """The page as text: no script, no font, no request."""
    css = resources.files("divkit.report").joinpath("page.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>\n{css}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def store(page: str, folder: Path | str) -> Path:
    """Write the page into a folder, which is made if need be; return its path.

    Raises
    ------
    OSError
        If the folder cannot be written; an older page is left as it was.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    path = target / NAME
    write_whole(path, page)
    return path
