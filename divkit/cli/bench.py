"""`divkit bench run` and `divkit bench report`: estimators on problems, in a ledger."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from divkit.choices import choice
from divkit.cli.guard import guarded, words
from divkit.cli.options import with_options, workers_choice
from divkit.cli.output import print_json

bench = typer.Typer(
    name="bench", help="Estimators on problems, over sizes and seeds.", no_args_is_help=True
)

PROBLEMS = "shift1:js,bimodal_vs_laplace:js,ring8_vs_matched_normal:js"


@dataclass(frozen=True)
class RunOptions:
    """Options of `divkit bench run`."""

    ledger: Path | None = choice(None, "SQLite file of the rows.", metavar="FILE")
    problems: str = choice(PROBLEMS, "problem:divergence pairs with commas.")
    estimators: str = choice("auto", "Names with commas, see --list; with options: knn(k=3).")
    sizes: str = choice("1000:40", "n:seeds pairs with commas.")
    workers: int = workers_choice()
    retry: bool = choice(False, "Try failed cells again.")
    keep_old: bool = choice(False, "Rows of other versions of the code count.")
    listed: bool = choice(False, "Name problems and methods.", flags=("--list",))


@bench.command()
@guarded
@with_options
def run(asked: RunOptions) -> None:
    """Do what the ledger lacks; a rerun does what is missing or another version's."""
    from divkit.bench.methods import names
    from divkit.problems import PROBLEMS as KNOWN

    if asked.listed:
        print("\n".join(f"{name}: {problem.note}" for name, problem in KNOWN.items()))
        print("estimators: " + ", ".join(names()))
        return
    if asked.ledger is None:
        raise ValueError("a file for the rows is needed: divkit bench run --ledger rows.sqlite.")
    from tqdm import tqdm

    from divkit.bench.cells import Suite
    from divkit.bench.engine import Processes
    from divkit.bench.run import run_suite

    suite = Suite(_problems(asked.problems), tuple(words(asked.estimators)), _sizes(asked.sizes))
    count = sum(1 for _ in suite.cells())
    with tqdm(total=count, unit="cell", desc="cells") as bar:
        done = run_suite(
            suite,
            asked.ledger,
            engine=Processes(asked.workers or os.cpu_count() or 1),
            retry_failed=asked.retry,
            keep_old=asked.keep_old,
            stored=lambda row: bar.update(),
        )
        bar.update(count - done)
    typer.echo(f"{done} of {count} cells done now, the others before.", err=True)


@bench.command()
@guarded
def report(
    ledger: Annotated[
        list[Path],
        typer.Option("--ledger", metavar="FILE", help="SQLite file of rows; again for more."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write standings.md, standings.json and figures."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Strict JSON instead of a page.")] = False,
) -> None:
    """Print how far each estimator is from the statistical limit, and whether it covers."""
    from divkit.bench.board import standings
    from divkit.bench.pairing import paired
    from divkit.bench.tables import leaderboard
    from divkit.report.standings import as_records, collected, write_standings

    for path in ledger:
        if not path.exists():
            raise ValueError(f"{path} is not there. Make it: divkit bench run --ledger {path}")
    rows, truths = collected(ledger)
    members, ratios = standings(rows, truths), paired(rows, truths)
    if json:
        print_json(as_records(members, ratios))
    else:
        print(leaderboard(members, ratios))
    if output is not None:
        typer.echo(f"Report: {write_standings(ledger, output)}", err=True)


def _problems(text: str) -> tuple[tuple[str, str], ...]:
    """Read "shift1:js,shift1:kl".

    Raises
    ------
    ValueError
        If a part is not a problem, a colon and a divergence.
    """
    pairs = [tuple(part.split(":")) for part in words(text)]
    wrong = [":".join(pair) for pair in pairs if len(pair) != 2]
    if wrong or not pairs:
        raise ValueError(f"--problems takes problem:divergence pairs; got {text!r}.")
    return tuple((problem, divergence) for problem, divergence in pairs)


def _sizes(text: str) -> tuple[tuple[int, int], ...]:
    """Read "1000:40,10000:10".

    Raises
    ------
    ValueError
        If a part is not two whole numbers with a colon between.
    """
    parts = [part.split(":") for part in words(text)]
    if not parts or any(len(p) != 2 or not all(map(_is_count, p)) for p in parts):
        raise ValueError(f"--sizes takes n:seeds pairs, as 1000:40,10000:10; got {text!r}.")
    return tuple((int(n), int(seeds)) for n, seeds in parts)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18
