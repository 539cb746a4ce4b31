"""`divkit bench run` and `divkit bench report`: estimators on problems, in a ledger."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from divkit.cli.guard import guarded, words
from divkit.cli.output import number, print_json, print_table

if TYPE_CHECKING:
    from divkit.bench.board import Standing

bench = typer.Typer(
    name="bench", help="Estimators on problems, over sizes and seeds.", no_args_is_help=True
)

Ledger = Annotated[Path, typer.Option("--ledger", metavar="FILE", help="SQLite file of the rows.")]
PROBLEMS = "shift1:js,bimodal_vs_laplace:js,ring8_vs_matched_normal:js"


@bench.command()
@guarded
def run(
    ledger: Ledger,
    problems: Annotated[
        str, typer.Option(help="problem:divergence pairs with commas.")
    ] = PROBLEMS,
    estimators: Annotated[
        str, typer.Option(help="Names with commas, see --list; with options: knn(k=3).")
    ] = "auto",
    sizes: Annotated[str, typer.Option(help="n:seeds pairs with commas.")] = "1000:40",
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 for one a core.")] = 0,
    retry: Annotated[bool, typer.Option("--retry", help="Try failed cells again.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Name problems and methods.")] = False,
) -> None:
    """Do what the ledger lacks; a rerun does only what is missing."""
    from divkit.estimators.registry import ESTIMATORS
    from divkit.problems import PROBLEMS as KNOWN

    if listed:
        print("\n".join(f"{name}: {problem.note}" for name, problem in KNOWN.items()))
        print("estimators: auto, " + ", ".join(ESTIMATORS))
        return
    from tqdm import tqdm

    from divkit.bench.cells import Suite
    from divkit.bench.methods import method
    from divkit.bench.run import run_suite

    suite = Suite(_problems(problems), tuple(words(estimators)), _sizes(sizes))
    for name in suite.estimators:
        method(name)  # an unknown name is refused before any work
    count = sum(1 for _ in suite.cells())
    with tqdm(total=count, unit="cell", desc="cells") as bar:
        done = run_suite(
            suite,
            ledger,
            workers=workers or os.cpu_count() or 1,
            retry_failed=retry,
            told=lambda row: bar.update(),
        )
        bar.update(count - done)
    typer.echo(f"{done} of {count} cells done now, the others before.", err=True)


@bench.command()
@guarded
def report(
    ledger: Ledger,
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw a figure for each problem.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Strict JSON instead of a table.")] = False,
) -> None:
    """Print how far each estimator is from the statistical limit, and whether it covers."""
    from divkit.results import jsonable

    found = _standings(ledger)
    if json:
        print_json([jsonable(dataclasses.asdict(standing)) for standing in found])
    else:
        header = dict.fromkeys(("problem", "divergence", "estimator"), "left")
        columns = (
            "n",
            "seeds",
            "failed",
            "plain",
            "common",
            "bias",
            "RMSE",
            "typical",
            "coverage",
            "flagged",
            "CPU s",
        )
        print_table(header | dict.fromkeys(columns, "right"), map(_row, found))
    if figures is not None:
        _draw(found, figures)


def _standings(path: Path) -> tuple[Standing, ...]:
    from divkit.bench.board import standings
    from divkit.bench.ledger import Ledger as Base

    if not path.exists():
        raise ValueError(f"{path} is not there. Make it with: divkit bench run --ledger {path}")
    base = Base(path)
    rows = base.rows()
    keys = {(row.cell.problem, row.cell.divergence) for row in rows}
    truths = {key: base.truth(*key) for key in keys}
    base.close()
    return standings(rows, {key: truth for key, truth in truths.items() if truth is not None})


def _row(s: Standing) -> list[str]:
    figures = (s.plain, s.common, s.bias, s.rmse, s.typical, s.coverage)
    return [
        s.problem,
        s.divergence,
        s.estimator,
        *(str(count) for count in (s.n, s.seeds, s.failures)),
        *(number(figure, 3) for figure in figures),
        str(s.flagged),
        number(s.seconds, 3),
    ]


def _draw(found: Sequence[Standing], folder: Path) -> None:
    from matplotlib.figure import Figure

    from divkit.plots import draw_standings, style

    folder.mkdir(parents=True, exist_ok=True)
    groups: dict[tuple[str, str], list[Any]] = {}
    for standing in found:
        groups.setdefault((standing.problem, standing.divergence), []).append(standing)
    for (problem, divergence), members in groups.items():
        with style():
            figure = Figure(figsize=(6.4, 4.2), layout="constrained")
            draw_standings(figure.subplots(), members)
            path = folder / f"{problem}-{_safe(divergence)}.png"
            figure.savefig(path)
        typer.echo(f"Figure: {path}", err=True)


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)


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
    if not parts or any(len(p) != 2 or not all(map(str.isdecimal, p)) for p in parts):
        raise ValueError(f"--sizes takes n:seeds pairs, as 1000:40,10000:10; got {text!r}.")
    return tuple((int(n), int(seeds)) for n, seeds in parts)
