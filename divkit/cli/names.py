"""Names that a shell offers for a value: those of the registries, without importing them.

An option says where its names stand (`divkit.choices.Names`). To import a registry
takes a second, as NumPy and torch come with it, and a shell asks at every tab: so `names.json`
beside this module has the names of every home that an option says. A test makes them anew; where
they differ,

    python -m divkit.cli.names

writes them.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import typer

from divkit.choices import Names

KINDS = Names(
    ("divkit.divergences.table:DIVERGENCES", "divkit.divergences.table:FAMILIES(")
).several()
LAWS = Names(("divkit.distributions.parse.names:LAWS(",))
BARE_LAWS = Names(("divkit.distributions.parse.names:LAWS",))
METHODS = Names(("divkit.exact.api:METHODS",))
ESTIMATORS = Names(("divkit.estimators.registry:ESTIMATORS",))
ESTIMATES = Names(
    ESTIMATORS.homes, instead={"information": ("divkit.estimators.information.api:INFORMATION",)}
)
CRITICS = Names(("divkit.critics.classes:CRITICS",))
PATHS = Names(("divkit.curves.paths:PATHS", *LAWS.homes))
TASKS = Names(("divkit.problems.suites:tasks",))
KEYS = Names(("divkit.problems.suites:tasks:",))
"""Homes that more than one option has; a bracket or colon at the end of one follows each name."""
_ASKED: set[str] = set()
"""Homes of all the options that were made."""
FILE = Path(__file__).with_name("names.json")


def known(home: str) -> list[str]:
    """Return the names at a home, as they are typed.

    >>> known("divkit.divergences.table:FAMILIES(")[0]
    'weighted_js('
    """
    names: list[str] = json.loads(FILE.read_text(encoding="utf-8"))[home]
    return names


def read(home: str) -> list[str]:
    """Import a home and return its names."""
    after = home[-1] if home[-1] in "(:" else ""
    module, name = home.removesuffix(after).split(":")
    found: Any = getattr(importlib.import_module(module), name)
    return [f"{each}{after}" for each in (found() if callable(found) else found)]


def offer(
    names: Names | None, among: Sequence[str] = ()
) -> Callable[[typer.Context, str], list[str]] | None:
    """Return what answers a shell with every value that what is typed may become.

    None where any text may stand: shells then complete names of files.
    """
    if names is None and not among:
        return None
    asked = Names(()) if names is None else names
    _ASKED.update(asked.homes, *asked.instead.values())

    def values(ctx: typer.Context, incomplete: str) -> list[str]:
        made = (homes for choice, homes in asked.instead.items() if ctx.params.get(choice))
        words = [name for home in next(made, asked.homes) for name in known(home)]
        return completions(incomplete, [*among, *words], asked.commas)

    return values


def completions(incomplete: str, names: Iterable[str], commas: bool = False) -> list[str]:
    """Return the values that begin as what is typed; of a list none that it has already.

    >>> completions("auto,k", ["auto", "knn", "kernel_logistic"], commas=True)
    ['auto,knn', 'auto,kernel_logistic']
    """
    before, last = _cut(incomplete) if commas else ("", incomplete)
    taken = set(before.split(","))
    return [before + name for name in names if name.startswith(last) and name not in taken]


def _cut(text: str) -> tuple[str, str]:
    """A list up to its last comma outside brackets, and what follows that."""
    depth, cut = 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            cut = at + 1
    return text[:cut], text[cut:]


def made() -> dict[str, list[str]]:
    """Return the names of every home that an option or argument of a verb says."""
    from divkit.cli.app import VERBS

    for verb in VERBS:
        importlib.import_module(f"divkit.cli.{verb}")
    return {home: read(home) for home in sorted(_ASKED)}


if __name__ == "__main__":
    from divkit.cli import names as own  # the module as verbs know it

    FILE.write_text(json.dumps(own.made(), indent=1) + "\n", encoding="utf-8")
