"""The command line: `divkit VERB`. Verbs import what they need when they run, so --help is quick.

stdout is data, stderr is progress and advice. Exit status: 0 done and all holds, 1 some statement
does not hold or is not decided, 2 usage, 70 a fault of divkit's own, 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from divkit.documents import document

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

VERBS = (
    "verify",
    "divergence",
    "value",
    "estimate",
    "compare",
    "density",
    "curve",
    "train",
    "lab",
    "laws",
    "bench",
    "completion",
)
"""Each is a function, or a group, of the module of its name."""
COMPLETE = "_DIVKIT_COMPLETE"
"""The variable by which a shell's script asks for completions."""


def _verb(name: str) -> Any:
    return getattr(importlib.import_module(f"divkit.cli.{name}"), name)


def _sentence(name: str, width: int) -> str:
    """Return what the verb does, in one line: its options are not made for that."""
    verb = _verb(name)
    text = verb.info.help if isinstance(verb, typer.Typer) else document(verb)
    return TyperCommand(name, help=text).get_short_help_str(width)


class Imported(Mapping[str, Any]):
    """Commands by name, each imported and made when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        if name not in VERBS:
            raise KeyError(name)
        verb = _verb(name)
        from divkit.cli.help import Grouped, examples_of

        if isinstance(verb, typer.Typer):
            group = cast("TyperGroup", typer.main.get_command(verb))
            group.epilog = examples_of(name)
            for part, command in group.commands.items():
                command.epilog = examples_of(name, part)
                if command.help is None and command.callback is not None:  # python -OO
                    command.help = document(command.callback)
            return group
        alone = typer.Typer(
            add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
        )
        alone.command(name, cls=Grouped, help=document(verb), epilog=examples_of(name))(verb)
        return typer.main.get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(VERBS)

    def __len__(self) -> int:
        return len(VERBS)


class Verbs(TyperGroup):
    """The group of all verbs: one that is not typed costs nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "commands": {}})
        self.commands = cast("Any", Imported())
        if COMPLETE in os.environ:  # a shell asks for what may be typed next
            from divkit.cli.shells import register

            register()

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write a line for each verb."""
        room = formatter.width - 6 - max(map(len, VERBS))
        with formatter.section("Commands"):
            formatter.write_dl([(name, _sentence(name, room)) for name in VERBS])


app = typer.Typer(
    name="divkit",
    cls=Verbs,
    help="Divergences between probability laws, with an error on every number.",
    epilog="Example: divkit divergence 'normal(0, 1)' 'normal(1, 1)' --kind js,kl",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from divkit import __version__

        typer.echo(f"divkit {__version__}")
        raise typer.Exit()


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Divergences between probability laws, with an error on every number."""
