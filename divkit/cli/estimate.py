"""`divkit estimate A B`: divergences of two laws from files of samples, with intervals.

With `--information`, the mutual information of A's columns and B's, pairs row by row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from divkit.cli.files.options import reads_files
from divkit.cli.files.rules import Rules
from divkit.cli.guard import guarded, words
from divkit.cli.output import claims, number, print_json, print_table, warn

WIDEST = 60
"""Characters of a method in the table."""


@guarded
@reads_files(labels=True)
def estimate(
    a: Annotated[
        Path | None, typer.Argument(metavar="A", help="Samples: .npy, .csv or .parquet.")
    ] = None,
    b: Annotated[Path | None, typer.Argument(metavar="B", help="Other samples.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="Names with commas: js,kl,tv,renyi(0.5); js otherwise.")
    ] = None,
    method: Annotated[str, typer.Option(help="How: auto chooses and says so.")] = "auto",
    level: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    base: Annotated[
        float | None, typer.Option(help="Base of the logarithm: 2 for bits; nats otherwise.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all that is drawn.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Strict JSON instead of a table.")] = False,
    information: Annotated[
        bool,
        typer.Option("--information", help="Mutual information: row i of A goes with row i of B."),
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="Name the methods and stop.")] = False,
    *,
    rules: Rules,
) -> None:
    """Print estimates of divergences with their intervals."""
    if listed:
        print("\n".join(_methods(information)))
        return
    if a is None or b is None:
        raise ValueError("two files of samples are needed: divkit estimate A B.")
    if rules.labels and not information:
        raise ValueError("--labels goes with --information: divergences are between numbers.")
    drawn = {"rng": seed, "level": level, "base": base}
    if information:
        if kind is not None:
            raise ValueError("--information is one number; leave --kind out.")
        names, found = ["mutual information"], [_information(a, b, method, drawn, rules)]
    else:
        names = words("js" if kind is None else kind)
        found = _divergences(a, b, names, method, drawn, rules)
    if json:
        print_json({"a": str(a), "b": str(b), "results": [r.to_dict() for r in found]})
    else:
        columns = {"divergence": "left"} | dict.fromkeys(("value", "error", "from", "to"), "right")
        columns |= {"unit": "left", "method": "left"}
        rows = [_row(name, result) for name, result in zip(names, found, strict=True)]
        sides = claims(found)
        if sides:
            columns |= {"claim": "left"}
            rows = [[*row, side] for row, side in zip(rows, sides, strict=True)]
        print_table(columns, rows)
    warn(found)


def _methods(information: bool) -> list[str]:
    from divkit.estimators.information.api import INFORMATION
    from divkit.estimators.registry import ESTIMATORS

    names = INFORMATION if information else ESTIMATORS
    return ["auto", *(name for name in names if name != "auto")]


def _divergences(
    a: Path, b: Path, names: list[str], method: str, drawn: dict[str, Any], rules: Rules
) -> list[Any]:
    if not names:
        raise ValueError("--kind names no divergence; try --kind js,kl.")
    from divkit.cli.files.pair import read_tables, told_of_dropped
    from divkit.estimators.api import estimate as estimated

    tables = read_tables(a, b, rules)
    told_of_dropped((a, b), tables)
    x, y = (table.sample for table in tables)
    return [estimated(x, y, name, method, **drawn) for name in names]


def _information(a: Path, b: Path, method: str, drawn: dict[str, Any], rules: Rules) -> Any:
    from divkit.cli.files.pair import read_paired, told_of_dropped
    from divkit.estimators.information.api import mutual_information

    x, y = tables = read_paired(a, b, rules)
    told_of_dropped((a, b), tables)
    return mutual_information(x.sample, y.sample, method, **drawn)


def _row(name: str, result: Any) -> list[str]:
    figures = (result.value, result.error, *result.interval)
    return [name, *(number(v, 7) for v in figures), result.unit, _short(result.method)]


def _short(method: str) -> str:
    """A method's repr, or its name alone where the options fill lines; --json has them all."""
    return method if len(method) <= WIDEST else f"{method.partition('(')[0]}(…)"
