"""`divkit laws`: every law that can be written, with its parameters."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from divkit.choices import choice
from divkit.cli.guard import guarded
from divkit.cli.options import json_choice, with_options
from divkit.cli.output import print_json, print_table


@dataclass(frozen=True)
class LawsOptions:
    """Options of `divkit laws`."""

    on: str | None = choice(None, "Only laws on this, as in --on 'a half-line'.")
    json: bool = json_choice()


@guarded
@with_options
def laws(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Only this one, by any of its names.")
    ] = None,
    *,
    asked: LawsOptions,
) -> None:
    """List the laws that can be written: usage, other names, what they are on."""
    from divkit.distributions.parse.names import LAWS, entries

    found = [each for each in entries() if asked.on in (None, each.on)]
    if not found:
        spaces = ", ".join(dict.fromkeys(each.on for each in entries()))
        raise ValueError(f"--on {asked.on!r}: no law is on that; there are {spaces}.")
    if name is not None:
        found = [each for each in found if LAWS[each.name] is LAWS[name]]
    if asked.json:
        print_json({"laws": [asdict(each) for each in found]})
        return
    header = dict.fromkeys(("law", "other names", "on", "what it is"), "left")
    rows = ([each.usage, ", ".join(each.aliases), each.on, each.about] for each in found)
    print_table(header, rows)
