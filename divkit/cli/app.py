"""The command line: `divkit VERB`. Verbs import what they need when they run, so --help is quick.

stdout is data, stderr is progress and advice. Exit status: 0 done and all holds, 1 some statement
does not hold, 2 usage, 70 a fault of divkit's own, 130 interrupted.
"""

from __future__ import annotations

from typing import Annotated

import typer

from divkit.cli.bench import bench
from divkit.cli.compare import compare
from divkit.cli.curve import curve
from divkit.cli.divergence import divergence
from divkit.cli.estimate import estimate
from divkit.cli.train import train
from divkit.cli.value import value
from divkit.cli.verify import verify

app = typer.Typer(
    name="divkit",
    help="Divergences between probability laws, with an error on every number.",
    epilog="Example: divkit divergence 'normal(0, 1)' 'normal(1, 1)' --kind js,kl",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(verify)
app.command()(divergence)
app.command()(value)
app.command()(estimate)
app.command()(compare)
app.command()(curve)
app.command()(train)
app.add_typer(bench)


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
