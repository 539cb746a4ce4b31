"""`divkit estimate A B`: divergences of two laws from files of samples, with intervals.

With `--information`, the mutual information of A's columns and B's, pairs row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from divkit.choices import choice
from divkit.cli.files.rules import LabelRules, Rules
from divkit.cli.guard import guarded, words
from divkit.cli.names import ESTIMATES
from divkit.cli.options import (
    base_choice,
    json_choice,
    kinds_choice,
    level_choice,
    method_choice,
    seed_choice,
    verbose_choice,
    with_options,
)
from divkit.cli.output import claims, figures, print_json, warn
from divkit.cli.progress import counted, each_of
from divkit.cli.tables import print_table

if TYPE_CHECKING:
    from divkit.results import Result


@dataclass(frozen=True)
class EstimateOptions:
    """Options of `divkit estimate`."""

    kind: str | None = kinds_choice(
        None, "Names with commas: js,kl,tv,renyi(0.5),w1; js otherwise."
    )
    method: str = method_choice(ESTIMATES)
    level: float = level_choice()
    base: float | None = base_choice()
    seed: int = seed_choice()
    json: bool = json_choice()
    verbose: bool = verbose_choice()
    information: bool = choice(False, "Mutual information: row i of A goes with row i of B.")
    listed: bool = choice(False, "Name the methods and stop.", flags=("--list",))

    @property
    def drawn(self) -> dict[str, Any]:
        """Arguments of an estimator beside the samples and the method."""
        return {"rng": self.seed, "level": self.level, "base": self.base}


@guarded
@with_options
def estimate(
    a: Annotated[
        Path | None, typer.Argument(metavar="A", help="Samples: .npy, .csv, .tsv or .parquet.")
    ] = None,
    b: Annotated[Path | None, typer.Argument(metavar="B", help="Other samples.")] = None,
    *,
    asked: EstimateOptions,
    rules: LabelRules,
) -> None:
    """Print estimates of divergences with their intervals."""
    if asked.listed:
        print("\n".join(_methods(asked.information)))
        return
    if a is None or b is None:
        raise ValueError("two files of samples are needed: divkit estimate A B.")
    if asked.information:
        if asked.kind is not None:
            raise ValueError("--information is one number; leave --kind out.")
        names, results = ["mutual information"], [_information(a, b, asked, rules)]
    else:
        names = words("js" if asked.kind is None else asked.kind)
        results = _divergences(a, b, names, asked, rules)
    if asked.json:
        print_json({"a": str(a), "b": str(b), "results": [r.to_dict() for r in results]})
    else:
        _print(names, results, asked.verbose)
    warn(results)


def _print(names: list[str], results: list[Result], verbose: bool) -> None:
    columns = {"divergence": "left"} | dict.fromkeys(("value", "error", "from", "to"), "right")
    columns |= {"unit": "left", "method": "left"}
    rows = [_row(name, result, verbose) for name, result in zip(names, results, strict=True)]
    sides = claims(results)
    if sides:
        columns |= {"claim": "left"}
        rows = [[*row, side] for row, side in zip(rows, sides, strict=True)]
    print_table(columns, rows)


def _methods(information: bool) -> list[str]:
    from divkit.estimators.information.api import INFORMATION
    from divkit.estimators.registry import ESTIMATORS

    return list(INFORMATION if information else ESTIMATORS)


def _divergences(
    a: Path, b: Path, names: list[str], asked: EstimateOptions, rules: Rules
) -> list[Result]:
    if not names:
        raise ValueError("--kind names no divergence; try --kind js,kl.")
    from divkit.cli.files.naming import naming_files
    from divkit.cli.files.pair import read_tables, say_marks, warn_of_dropped
    from divkit.divergences import named
    from divkit.divergences.base import IPM
    from divkit.estimators.api import estimate as estimated

    metrics = all(isinstance(named(name), IPM) for name in names)
    tables = read_tables(a, b, rules, constant=metrics)
    say_marks((a, b), tables)
    warn_of_dropped((a, b), tables)
    x, y = (table.sample for table in tables)
    with naming_files(a, b), counted("divergence", len(names)) as count:
        return [
            estimated(x, y, name, asked.method, **asked.drawn) for name in each_of(names, count)
        ]


def _information(a: Path, b: Path, asked: EstimateOptions, rules: Rules) -> Result:
    from divkit.cli.files.naming import naming_files
    from divkit.cli.files.needed import with_every_flag
    from divkit.cli.files.pair import read_paired, say_marks, warn_of_dropped
    from divkit.estimators.information.api import mutual_information

    if rules.align != "name":
        raise ValueError("--align matches columns of A and B; with --information they stay.")
    x, y = tables = with_every_flag(lambda own: read_paired(a, b, own), rules)
    say_marks((a, b), tables)
    warn_of_dropped((a, b), tables)
    with naming_files(a, b), counted("estimate", 1):
        return mutual_information(x.sample, y.sample, asked.method, **asked.drawn)


def _row(name: str, result: Result, verbose: bool) -> list[str]:
    return [
        name,
        *figures(result),
        result.unit,
        _way(result) if verbose else result.way,
    ]


def _way(result: Result) -> str:
    """The method with its options, and the critics that a lower limit is from."""
    critics = result.diagnostics.get("limit_critics")
    return f"{result.method}; limit by {', then '.join(critics)}" if critics else result.method
