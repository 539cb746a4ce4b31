"""`divkit density FILE`: the density of a file of samples, what it is made of, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from divkit.choices import FIGURE, READ, choice
from divkit.cli.files.rules import NumberRules
from divkit.cli.guard import guarded
from divkit.cli.options import json_choice, page_choice, with_options
from divkit.cli.output import print_json
from divkit.cli.progress import counted
from divkit.cli.widths import require_width, width_choice
from divkit.signs import plain_signs

if TYPE_CHECKING:
    from divkit.cli.files.table import FileTable
    from divkit.density import AutoDensity
    from divkit.density.auto.check import RowsCheck
    from divkit.results import Result
    from divkit.types import FloatArray


@dataclass(frozen=True)
class DensityOptions:
    """Options of `divkit density`."""

    folds: int = choice(5, "Parts of the rows that are left out in turn.", least=2)
    ends: str | None = choice(
        None,
        "Known ends of one column, LOW,HIGH; an empty one is not known: 0, for what is positive.",
        metavar="LOW,HIGH",
    )
    check: Path | None = choice(
        None, "Test whether the rows of another file refute the fit.", takes=READ
    )
    report: Path | None = page_choice()
    figure: Path | None = choice(None, "Draw columns and quantiles beside the fit.", takes=FIGURE)
    json: bool = json_choice("text")
    width: str = width_choice()


@guarded
@with_options
def density(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".npy, .csv, .tsv or .parquet.")],
    *,
    asked: DensityOptions,
    rules: NumberRules,
) -> None:
    """Fit a density to samples: a stack of fits that rows left out speak for."""
    from divkit.cli.files.pair import read_alone, say_marks, warn_of_dropped
    from divkit.density import AutoDensity
    from divkit.samples.named import NamedRows

    require_width(asked, asked.figure is not None)
    table = read_alone(file, rules)
    say_marks((file,), (table,))
    warn_of_dropped((file,), (table,))
    width = table.rows.shape[1]
    typer.echo(f"{file}: {len(table.rows)} rows, {width} column{'s' * (width > 1)}.", err=True)
    later = None if asked.check is None else _later(table, file, asked.check, rules)
    named = NamedRows(table.rows, tuple(table.names)) if table.names else table.rows
    with counted("fit") as count:
        fitted = AutoDensity(asked.folds, _ends(asked.ends)).observed(count).fit(named)
    found = None if later is None else fitted.check(later)
    names = list(table.names) or [f"column {k}" for k in range(table.rows.shape[1])]
    dates = [name for name, is_date in zip(names, table.dates, strict=False) if is_date]
    if asked.json:
        print_json({"file": str(file), **_plain(fitted), **_checked(found)})
    else:
        print(fitted.describe())
        if dates:
            print(f"{', '.join(dates)}: in days from 1970-01-01 on")
        if fitted.support_ is not None:
            print(f"distance from the law of the rows: {_distance(fitted)}")
        if found is not None:
            verdict = "refute" if found.refuted else "do not refute"
            print(
                f"{asked.check}: {found.rows} rows {verdict} the fit at level 0.05 "
                f"(p = {found.p_value:.3g}, {found.test})"
            )
    if asked.report is not None:
        from divkit.report.density import write_density

        page = write_density(
            fitted, table.rows, asked.report, names=names, title=file.name, dates=dates
        )
        typer.echo(f"Report: {page}", err=True)
    if asked.figure is not None:
        from divkit.plots.saving import save
        from divkit.report.density import figure_of

        save(figure_of(fitted, table.rows, names, dates, width=asked.width), asked.figure)
        typer.echo(f"Figure: {asked.figure}", err=True)


def _ends(given: str | None) -> tuple[float | None, float | None] | None:
    """The ends of LOW,HIGH."""
    if given is None:
        return None
    parts = plain_signs(given).split(",")
    try:
        low, high = (float(part) if part.strip() else None for part in parts)
    except ValueError:
        raise ValueError(
            f"--ends must be LOW,HIGH, each a number or empty, such as 0, or 0,1; got {given!r}."
        ) from None
    return low, high


def _later(table: FileTable, file: Path, other: Path, rules: NumberRules) -> FloatArray:
    """The rows of another file of the same columns."""
    from divkit.cli.files.pair import read_tables, warn_of_dropped

    _, second = read_tables(file, other, rules, constant=True)
    warn_of_dropped((other,), (second,))
    if second.rows.shape[1] != table.rows.shape[1]:
        raise ValueError(
            f"--check {other} has {second.rows.shape[1]} columns; {file} has "
            f"{table.rows.shape[1]}."
        )
    return second.rows


def _checked(found: RowsCheck | None) -> dict[str, Any]:
    return {} if found is None else {"check": asdict(found)}


def _distance(fitted: AutoDensity) -> Result | str:
    """The limit, or why there is none."""
    try:
        return fitted.distance()
    except ValueError as refused:
        return str(refused)


def _plain(fitted: AutoDensity) -> dict[str, Any]:
    value, error = fitted.left_out_
    return {
        "members": [
            {"name": m.name, "weight": m.weight, "gain": m.gain, "law": repr(m.law)}
            for m in fitted.members_
        ],
        "left_out": None if value != value else {"mean_log_density": value, "error": error},
        "refused": list(fitted.refused_),
        "notes": list(fitted.notes_),
        "distance": None if isinstance(found := _distance(fitted), str) else found.to_dict(),
    }
