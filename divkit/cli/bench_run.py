"""`divkit bench run` and `divkit bench report`: estimators on problems, in a ledger."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from divkit.choices import FOLDER, Names, choice, require_among
from divkit.cli.guard import guarded, words
from divkit.cli.names import ESTIMATORS as ESTIMATORS_AT
from divkit.cli.names import TASKS
from divkit.cli.options import json_choice, require_of_use, with_options, workers_choice
from divkit.cli.output import print_json
from divkit.cli.progress import counted
from divkit.signs import plain_signs

if TYPE_CHECKING:
    from divkit.bench.cells import Row
    from divkit.bench.engine import CellLimits, Engine

bench = typer.Typer(
    name="bench",
    help="Estimators on problems, over sizes and seeds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

PROBLEMS = "shift1:js,bimodal_vs_laplace:js,ring8_vs_matched_normal:js"
LEDGER = Path("divkit-bench.sqlite")
"""The ledger of runs and reports that name none, in the folder where they are called."""
ESTIMATORS = "auto"
SUITE_ESTIMATORS = "auto,knn,density_ratio,telescoping,logistic,boosting,perceptron,one_step,deep"
SIZES, SUITE_SIZES = "1000:40", "1000:10"
"""A named suite is run with many estimators and fewer draws."""


@dataclass(frozen=True)
class RunOptions:
    """Options of `divkit bench run`."""

    ledger: Path = choice(LEDGER, "SQLite file of the rows.", metavar="FILE")
    problems: str = choice(
        PROBLEMS, "problem:divergence pairs with commas.", takes=TASKS.several()
    )
    suite: str | None = choice(
        None,
        "quick, standard, hard or full, in place of --problems.",
        takes=Names(("divkit.problems.suites:SUITES",)),
    )
    estimators: str | None = choice(
        None,
        "Names with commas, see --list, or knn(k=3): auto; with --suite nine of them.",
        takes=ESTIMATORS_AT.several(),
    )
    sizes: str | None = choice(
        None, f"n:seeds pairs with commas: {SIZES}; with --suite {SUITE_SIZES}."
    )
    workers: int = workers_choice()
    engine: str = choice("processes", "What computes cells.", among=("processes", "dask"))
    scheduler: str | None = choice(
        None, "Address of a Dask scheduler, with --engine dask; else one of this machine."
    )
    deadline: float | None = choice(None, "Seconds that a cell may take.", least=0)
    memory: float | None = choice(None, "GiB that a cell may take.", least=0)
    retry: bool = choice(False, "Try failed cells again.")
    keep_old: bool = choice(False, "Rows of other versions of the code count.")
    listed: bool = choice(False, "Name problems and methods.", flags=("--list",))


@bench.command()
@guarded
@with_options
def run(
    asked: RunOptions,
    estimator: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=WHAT",
            help="One of yours: NAME=package.module:function, NAME=sklearn:Classifier or "
            "'NAME=program:COMMAND'; again for more.",
        ),
    ] = [],  # noqa: B006 (typer wants a list)
) -> None:
    """Do what the ledger lacks; a rerun does what is missing or another version's."""
    from divkit.bench.methods import names as known_names
    from divkit.problems import PROBLEMS as KNOWN

    if asked.listed:
        print("\n".join(f"{name}: {problem.note}" for name, problem in KNOWN.items()))
        print("estimators: " + ", ".join(known_names()))
        return
    from divkit.bench.cells import Suite
    from divkit.bench.engine import CellLimits
    from divkit.bench.own import own_of_text
    from divkit.bench.runner import run_suite
    from divkit.problems.suites import problems_of

    own = tuple(own_of_text(name, text) for name, text in map(named, estimator))
    estimators, sizes = (SUITE_ESTIMATORS, SUITE_SIZES) if asked.suite else (ESTIMATORS, SIZES)
    names = (
        *(each.name for each in own),
        *words(estimators if asked.estimators is None else asked.estimators),
    )
    sizes = sizes if asked.sizes is None else asked.sizes
    suite = Suite(problems_of(asked.suite or asked.problems), names, _sizes(sizes))
    if asked.engine != "dask":
        require_of_use(asked, ("scheduler",), "--engine dask")
    memory = None if asked.memory is None else int(asked.memory * 2**30)
    limits = CellLimits(math.inf if asked.deadline is None else asked.deadline, memory)
    count = sum(1 for _ in suite.cells())
    refused: dict[str, list[str]] = {}

    over = itertools.count(1)

    def stored(row: Row) -> None:
        tell(next(over), count)
        if row.failure:
            refused.setdefault(row.cell.estimator, []).append(row.failure)

    with counted("cell", count) as tell:
        done = run_suite(
            suite,
            asked.ledger,
            own=own,
            engine=_engine(asked, limits),
            retry_failed=asked.retry,
            keep_old=asked.keep_old,
            stored=stored,
        )
    typer.echo(f"{done} of {count} cells done now, the others before.", err=True)
    for name, reasons in refused.items():
        typer.echo(f"{name} refused {len(reasons)} of them: {reasons[0]}", err=True)


@dataclass(frozen=True)
class ReportOptions:
    """Options of `divkit bench report`."""

    output: Path | None = choice(
        None, "Write the leaderboard, standings and figures.", metavar="DIR", takes=FOLDER
    )
    format: str = choice(
        "svg",
        "Of the leaderboard's figures, with commas: pdf,svg,png.",
        takes=Names(("divkit.report.leaderboard:FORMATS",), commas=True),
    )
    json: bool = json_choice("a page")


@bench.command()
@guarded
@with_options
def report(
    asked: ReportOptions,
    ledger: Annotated[
        list[Path],
        typer.Option("--ledger", metavar="FILE", help="SQLite file of rows; again for more."),
    ] = [LEDGER],  # noqa: B006 (typer wants a list)
) -> None:
    """Print how far each estimator is from the statistical limit, and whether it covers."""
    from divkit.bench.board import standings
    from divkit.bench.pairing import paired
    from divkit.bench.tables import leaderboard
    from divkit.report.leaderboard import formats_of, write_leaderboard
    from divkit.report.standings import as_records, collected, write_standings

    output = asked.output
    if output is None:
        require_of_use(asked, ("format",), "--output")
    for path in ledger:
        if not path.exists():
            raise ValueError(f"{path} is not there. Make it: divkit bench run --ledger {path}")
    rows, truths = collected(ledger)
    members, ratios = standings(rows, truths), paired(rows, truths)
    if asked.json:
        print_json(as_records(members, ratios))
    else:
        print(leaderboard(members, ratios))
    if output is not None:
        write_leaderboard(ledger, output, formats_of(asked.format))
        typer.echo(f"Report: {write_standings(ledger, output)}", err=True)


def _engine(asked: RunOptions, limits: CellLimits) -> Engine:
    """The engine that was asked for."""
    from divkit.bench.dask_engine import Dask
    from divkit.bench.engine import Processes

    require_among(asked)
    workers = asked.workers or os.cpu_count() or 1
    makers: dict[str, Callable[[], Engine]] = {
        "processes": lambda: Processes(workers, limits),
        "dask": lambda: Dask(asked.scheduler, workers, limits=limits),
    }
    return makers[asked.engine]()


def named(text: str) -> tuple[str, str]:
    """Read "mine=package.module:function".

    Raises
    ------
    ValueError
        If there is no name.
    """
    name, equals, what = text.partition("=")
    if not equals or not what:
        raise ValueError(f"--estimator takes NAME=WHAT, as mine=module:function; got {text!r}.")
    return name, what


def _sizes(text: str) -> tuple[tuple[int, int], ...]:
    """Read "1000:40,10000:10".

    Raises
    ------
    ValueError
        If a part is not two whole numbers with a colon between.
    """
    parts = [part.split(":") for part in words(plain_signs(text))]
    if not parts or any(len(p) != 2 or not all(map(_is_count, p)) for p in parts):
        raise ValueError(f"--sizes takes n:seeds pairs, as 1000:40,10000:10; got {text!r}.")
    return tuple((int(n), int(seeds)) for n, seeds in parts)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18
