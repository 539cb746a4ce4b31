"""`divkit bench export`, `import` and `rerun`: rows that go from one machine to another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from divkit.choices import FILE, choice
from divkit.cli.bench_run import LEDGER, bench, named
from divkit.cli.guard import guarded
from divkit.cli.names import KEYS, offer
from divkit.cli.options import with_options
from divkit.cli.paths import require_read

_Ledger = Annotated[Path, typer.Option("--ledger", metavar="FILE", help="SQLite file of rows.")]


@dataclass(frozen=True)
class ExportOptions:
    """Options of `divkit bench export`."""

    output: Path = choice(..., "The bundle, a zip of JSON.", metavar="FILE", takes=FILE)


@bench.command()
@guarded
@with_options
def export(
    asked: ExportOptions,
    ledger: _Ledger = LEDGER,
) -> None:
    """Write rows, truths, versions and digests as one bundle."""
    require_read("--ledger", ledger)
    from divkit.bench.bundle import write_bundle

    count = write_bundle(ledger, asked.output)
    typer.echo(f"{count} rows in {asked.output}.", err=True)


@bench.command("import")
@guarded
def import_(
    bundles: Annotated[list[Path], typer.Argument(help="Bundles of `divkit bench export`.")],
    ledger: _Ledger = LEDGER,
) -> None:
    """Merge bundles into a ledger: the same key and code once, what differs told."""
    for path in bundles:
        require_read("BUNDLES", path)
    from divkit.bench.bundle import merge

    done = merge(ledger, bundles)
    print(
        f"{done.added} rows added, {done.known} were known, {done.other_code} are of other code "
        f"than the ledger's, {len(done.conflicts)} conflict, {len(done.truths)} truths differ"
    )
    conflicts = (*done.conflicts, *done.truths)
    for conflict in conflicts:
        print(f"conflict: {conflict}")
    for problem, count in done.unknown.items():
        print(f"left out: {count} rows of {problem}, which this divkit does not know")
    raise typer.Exit(1 if conflicts or done.unknown else 0)


@bench.command()
@guarded
def rerun(
    key: Annotated[
        str, typer.Argument(help="problem:divergence:estimator:n:seed", autocompletion=offer(KEYS))
    ],
    ledger: _Ledger = LEDGER,
    estimator: Annotated[
        list[str], typer.Option(metavar="NAME=WHAT", help="As in `divkit bench run`.")
    ] = [],  # noqa: B006 (typer wants a list)
) -> None:
    """Compute a row once more: the same value, or which version differs."""
    require_read("--ledger", ledger)
    from divkit.bench.again import rerun as again
    from divkit.bench.own import own_of_text

    own = [own_of_text(name, text) for name, text in map(named, estimator)]
    found = again(ledger, key, own)
    print(found)
    raise typer.Exit(0 if found.agrees else 1)
