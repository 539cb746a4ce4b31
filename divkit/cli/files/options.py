"""The flags that say how files are read, the same for every verb that reads samples.

A verb declares `rules: Rules` and is decorated with `reads_files()`: the command line sees one
flag for each field of `Rules` in its place.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Annotated, Any

import typer

from divkit.cli.files.rules import Rules

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

_FLAGS = {
    "header": Header,
    "delimiter": Delimiter,
    "decimal": Decimal,
    "index": Index,
    "missing": Missing,
    "comment": Comment,
    "align": Align,
    "rounded": Rounded,
    "labels": Labels,
}


def reads_files(*, labels: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a verb the flags of `Rules` in place of its parameter `rules`; --labels if asked."""
    known = [each for each in fields(Rules) if labels or each.name != "labels"]

    def decorated(verb: Callable[..., None]) -> Callable[..., None]:
        @wraps(verb)
        def run(*args: Any, **kwargs: Any) -> None:
            given = {each.name: kwargs.pop(each.name) for each in known if each.name in kwargs}
            verb(*args, rules=Rules(**given), **kwargs)

        own = inspect.signature(verb, eval_str=True)
        kept = [each for name, each in own.parameters.items() if name != "rules"]
        flags = [
            inspect.Parameter(
                each.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=each.default,
                annotation=_FLAGS[each.name],
            )
            for each in known
        ]
        signature = own.replace(parameters=[*kept, *flags])
        vars(run)["__signature__"] = signature
        run.__annotations__ = {n: each.annotation for n, each in signature.parameters.items()}
        return run

    return decorated
