"""`divkit curve PATH`: divergences along a path of laws, as rows and a figure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from divkit.cli.guard import guarded


@guarded
def curve(
    path: Annotated[str, typer.Argument(help="shift, scale, mixing, dimension or df.")] = "shift",
    values: Annotated[
        str, typer.Option(help="start:stop:count, or numbers with commas.")
    ] = "0:10:41",
    kinds: Annotated[str, typer.Option(help="Divergences, with commas.")] = "js,w1",
    output: Annotated[Path | None, typer.Option(help="Figure: .png, .svg or .pdf.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the rows to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Strict JSON instead of a table.")] = False,
) -> None:
    """Print exact divergences along a path; by default JSD's saturation beside W1's line."""
    raise NotImplementedError
