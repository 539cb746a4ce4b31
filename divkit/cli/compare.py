"""`divkit compare A B`: two files of samples side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from divkit.choices import choice
from divkit.cli.files.rules import LabelRules
from divkit.cli.guard import guarded, words
from divkit.cli.names import ESTIMATORS
from divkit.cli.options import (
    json_choice,
    kinds_choice,
    level_choice,
    method_choice,
    page_choice,
    seed_choice,
    with_options,
)
from divkit.cli.output import figures, number, print_json
from divkit.cli.progress import counted
from divkit.cli.tables import print_table

if TYPE_CHECKING:
    from divkit.cli.files.table import FileTable
    from divkit.comparison import ColumnComparison, Comparison, Extreme

_SHOWN = 8


@dataclass(frozen=True)
class CompareOptions:
    """Options of `divkit compare`."""

    kind: str = kinds_choice("")
    method: str = method_choice(ESTIMATORS)
    level: float = level_choice()
    alpha: float = choice(0.05, "Level of the test of equal laws.")
    permutations: int = choice(999, "Shuffles of the test.", least=19)
    seed: int = seed_choice()
    report: Path | None = page_choice()
    json: bool = json_choice("tables")


@guarded
@with_options
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="Samples: .npy, .csv, .tsv or .parquet.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Other samples, of the same columns.")],
    *,
    asked: CompareOptions,
    rules: LabelRules,
) -> None:
    """Say how far apart two samples are, whether at all, in which columns, and where."""
    from divkit.cli.files.naming import naming_files
    from divkit.cli.files.pair import read_tables, say_marks, warn_of_dropped
    from divkit.comparison import KINDS
    from divkit.comparison import compare as compared

    tables = read_tables(a, b, rules)
    say_marks((a, b), tables)
    warn_of_dropped((a, b), tables)
    for path, table in zip((a, b), tables, strict=True):
        typer.echo(f"{path}: {len(table.rows)} rows, {table.rows.shape[1]} columns.", err=True)
    report = asked.report
    x, y = (table.sample for table in tables)
    with naming_files(a, b), counted("part") as count:
        comparison = compared(
            x,
            y,
            tuple(words(asked.kind)) or KINDS,
            asked.method,
            rng=asked.seed,
            level=asked.level,
            alpha=asked.alpha,
            permutations=asked.permutations,
            observe=count,
        )
    comparison = _numbered(comparison, tables)
    if asked.json:
        print_json({"a": str(a), "b": str(b), **comparison.to_dict()})
    else:
        _print(comparison)
    for warning in comparison.warnings:
        typer.echo(f"Warning: {warning}.", err=True)
    if report is not None:
        from divkit.report.comparison import write_comparison

        page = write_comparison(comparison, report, names=(a.name, b.name))
        typer.echo(f"Report: {page}", err=True)


def _numbered(comparison: Comparison, tables: tuple[FileTable, FileTable]) -> Comparison:
    """The comparison, its rows by their numbers in the files."""
    numbers = dict(zip("xy", (table.numbers for table in tables), strict=True))
    found = (replace(e, row=int(numbers[e.sample][e.row])) for e in comparison.extremes)
    return replace(comparison, extremes=tuple(found))


def _print(comparison: Comparison) -> None:
    print(f"{comparison.verdict}\n")
    header = dict.fromkeys(("divergence",), "left")
    header |= dict.fromkeys(("value", "error", "from", "to"), "right")
    print_table(
        header | dict.fromkeys(("unit", "note"), "left"),
        (
            [r.name, *figures(r), r.unit, words]
            for r, words in zip(comparison.divergences, comparison.cautions, strict=True)
        ),
    )
    print()
    header = {"column": "left"}
    header |= dict.fromkeys(
        ("JSD", "error", "W1 / unit", "unit", "median or mode A", "B"), "right"
    )
    print_table(
        header | {"p-value (Holm)": "right"},
        (
            [
                feature.name,
                *figures(feature.js)[:2],
                _shown(feature.w1, 4),
                _unit(comparison, feature),
                *(_shown(comparison.entry(feature.name, m), 5) for m in feature.medians),
                number(feature.p_value, 3),
            ]
            for feature in comparison.features[:_SHOWN]
        ),
    )
    if len(comparison.features) > _SHOWN:
        print(f"… and {len(comparison.features) - _SHOWN} more columns, of smaller JSD")
    _print_contrasts(comparison)
    _print_extremes(comparison)


def _unit(comparison: Comparison, feature: ColumnComparison) -> str:
    """The unit of W1, in the column's own units: days where it holds dates."""
    return _shown(feature.unit, 5) + (" days" if feature.name in comparison.dates else "")


def _shown(value: float | str | None, digits: int) -> str:
    """A number, a label as it is, a dash for what labels do not have."""
    if value is None:
        return "–"
    return value if isinstance(value, str) else number(value, digits)


def _print_contrasts(comparison: Comparison) -> None:
    if not comparison.contrasts:
        return
    print()
    print_table(
        {"direction": "left", "JSD": "right", "error": "right", "largest weights": "left"},
        (
            [
                contrast.kind,
                *figures(contrast.js)[:2],
                ", ".join(f"{weight:+.2f} {name}" for name, weight in contrast.leading()),
            ]
            for contrast in comparison.contrasts
        ),
    )


def _entries(comparison: Comparison, extreme: Extreme) -> list[float | str]:
    """The row's cells as they are shown."""
    named = zip(comparison.columns, extreme.point, strict=True)
    return [comparison.entry(name, cell) for name, cell in named]


def _print_extremes(comparison: Comparison) -> None:
    print()
    print_table(
        {"row (from 0)": "left", "log p − log q": "right", "point": "left"},
        (
            [
                f"{'A' if extreme.sample == 'x' else 'B'}[{extreme.row}]",
                number(extreme.log_ratio, 3),
                ", ".join(_shown(cell, 6) for cell in _entries(comparison, extreme)[:6])
                + (", …" if len(extreme.point) > 6 else ""),
            ]
            for extreme in comparison.extremes
        ),
    )
