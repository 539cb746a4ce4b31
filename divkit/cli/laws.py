"""`divkit laws`: every law that can be written, with its parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from divkit.choices import Names, choice
from divkit.cli.guard import guarded
from divkit.cli.names import BARE_LAWS, offer
from divkit.cli.options import json_choice, with_options
from divkit.cli.output import print_json
from divkit.cli.tables import print_table

if TYPE_CHECKING:
    from divkit.distributions.parse.names import WrittenLaw


@dataclass(frozen=True)
class LawsOptions:
    """Options of `divkit laws`."""

    on: str | None = choice(
        None,
        "Only laws on this, as in --on circle.",
        takes=Names(("divkit.cli.laws:spaces",)),
    )
    json: bool = json_choice()


@guarded
@with_options
def laws(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="Only this one, by any of its names.",
            autocompletion=offer(BARE_LAWS),
        ),
    ] = None,
    *,
    asked: LawsOptions,
) -> None:
    """List the laws that can be written: usage, other names, what they are on."""
    from divkit.distributions.parse.names import LAWS, entries

    found = list(entries()) if asked.on is None else _on(asked.on, list(entries()))
    if name is not None:
        found = [each for each in found if LAWS[each.name] is LAWS[name]]
    if asked.json:
        print_json({"laws": [asdict(each) for each in found]})
        return
    header = dict.fromkeys(("law", "other names", "on", "what it is"), "left")
    rows = ([each.usage, ", ".join(each.aliases), each.on, each.about] for each in found)
    print_table(header, rows)


def _on(space: str, known: Sequence[WrittenLaw]) -> list[WrittenLaw]:
    """The laws on a space, with its article or without: "the circle", "circle"."""
    said = space.strip().lower()
    found = [each for each in known if said in (each.on.lower(), _bare(each.on))]
    if not found:
        spaces = ", ".join(dict.fromkeys(each.on for each in known))
        raise ValueError(f"--on {space!r}: no law is on that; there are {spaces}.")
    return found


def spaces() -> list[str]:
    """Return what laws are on, as --on takes it."""
    from divkit.distributions.parse.names import entries

    return list(dict.fromkeys(_bare(each.on) for each in entries() if each.on))


def _bare(space: str) -> str:
    """A space without its article."""
    return re.sub(r"^(the|an?) ", "", space.lower())
