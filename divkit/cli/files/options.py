"""The flags that say how files are read, the same for every verb that reads samples."""

from __future__ import annotations

from typing import Annotated

import typer

_PANEL = "How files are read"

Header = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help="Whether line 1 of a .csv holds names.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        metavar="CHAR",
        help="Between cells of a .csv: one character, or comma, semicolon, tab, bar, space.",
        rich_help_panel=_PANEL,
    ),
]
Decimal = Annotated[
    str | None,
    typer.Option(metavar="CHAR", help="Before the fraction: . or ,.", rich_help_panel=_PANEL),
]
Index = Annotated[
    str | None,
    typer.Option(
        metavar="drop|keep",
        help="A column that names or numbers the rows: leave it out, or take it.",
        rich_help_panel=_PANEL,
    ),
]
Missing = Annotated[
    str | None,
    typer.Option(
        metavar="drop", help="Leave rows with missing cells out.", rich_help_panel=_PANEL
    ),
]
Comment = Annotated[
    str,
    typer.Option(metavar="TEXT", help="Leave lines out that start so.", rich_help_panel=_PANEL),
]
Align = Annotated[
    str,
    typer.Option(
        metavar="name|place", help="How columns of A and B are matched.", rich_help_panel=_PANEL
    ),
]
Rounded = Annotated[
    bool,
    typer.Option(
        "--rounded",
        help="Take the nearest float64 for figures that it does not hold.",
        rich_help_panel=_PANEL,
    ),
]
Labels = Annotated[
    bool,
    typer.Option(
        "--labels", help="With --information: columns of text are labels.", rich_help_panel=_PANEL
    ),
]
