"""Check that every link and picture inside a built documentation leads somewhere.

    python docs/check_links.py docs/_build/html

Addresses of other sites are not asked. Exit status 1 if something is missing, which is listed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ADDRESSES = {"a": "href", "link": "href", "img": "src", "script": "src", "object": "data"}


@dataclass
class Page(HTMLParser):
    """The addresses that a page names, and the ids that it has."""

    addresses: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.ids |= {value for key in ("id", "name") if (value := named.get(key))}
        if address := named.get(ADDRESSES.get(tag, "")):
            self.addresses.append(address)


@cache
def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def missing(folder: Path) -> Iterator[str]:
    """Yield what each page names and the folder lacks."""
    for path in pages_of(folder):
        for address in dict.fromkeys(read(path).addresses):
            if not leads_somewhere(path, address):
                yield f"{path.relative_to(folder)}: {address}"


def pages_of(folder: Path) -> list[Path]:
    """The pages of a documentation; a theme's templates among its static files are none."""
    found = (path.relative_to(folder) for path in sorted(folder.rglob("*.html")))
    return [folder / path for path in found if path.parts[0] != "_static"]


def leads_somewhere(path: Path, address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return True
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.exists():
        return False
    anchor = unquote(parts.fragment)
    return not anchor or target.suffix != ".html" or anchor in read(target).ids


def main() -> None:
    folder = Path(sys.argv[1])
    found = list(missing(folder))
    pages = len(pages_of(folder))
    print("\n".join([*found, f"{len(found)} of the links of {pages} pages lead nowhere"]))
    sys.exit(bool(found) or not pages)


if __name__ == "__main__":
    main()
