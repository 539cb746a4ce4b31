"""`divkit compare A B`: two files of samples side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from divkit.cli.files.options import reads_files
from divkit.cli.files.rules import Rules
from divkit.cli.guard import guarded, words
from divkit.cli.output import number, print_json, print_table

if TYPE_CHECKING:
    from divkit.comparison import Comparison

_SHOWN = 8


@guarded
@reads_files()
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="Samples: .npy, .csv or .parquet.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Other samples, of the same columns.")],
    kind: Annotated[str, typer.Option(help="Names with commas: js,kl,tv,renyi(0.5).")] = "",
    method: Annotated[str, typer.Option(help="How: auto chooses and says so.")] = "auto",
    level: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    alpha: Annotated[float, typer.Option(help="Level of the test of equal laws.")] = 0.05,
    permutations: Annotated[int, typer.Option(min=19, help="Shuffles of the test.")] = 999,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all that is drawn.")] = 0,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write one HTML page into this folder.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Strict JSON instead of tables.")] = False,
    *,
    rules: Rules,
) -> None:
    """Say how far apart two samples are, whether at all, in which columns, and where."""
    from divkit.cli.files.pair import read_tables, told_of_dropped
    from divkit.comparison import KINDS
    from divkit.comparison import compare as compared

    tables = read_tables(a, b, rules)
    told_of_dropped((a, b), tables)
    for path, table in zip((a, b), tables, strict=True):
        typer.echo(f"{path}: {len(table.rows)} rows, {table.rows.shape[1]} columns.", err=True)
    if report is not None:
        report.mkdir(parents=True, exist_ok=True)
    x, y = (table.sample for table in tables)
    found = compared(
        x,
        y,
        tuple(words(kind)) or KINDS,
        method,
        rng=seed,
        level=level,
        alpha=alpha,
        permutations=permutations,
    )
    if json:
        print_json({"a": str(a), "b": str(b), **found.to_dict()})
    else:
        _print(found)
    for warning in found.warnings:
        typer.echo(f"Warning: {warning}.", err=True)
    if report is not None:
        from divkit.report.comparison import write_comparison

        page = write_comparison(found, report, names=(a.name, b.name))
        typer.echo(f"Report: {page}", err=True)


def _print(found: Comparison) -> None:
    print(f"{found.verdict}\n")
    header = dict.fromkeys(("divergence",), "left")
    header |= dict.fromkeys(("value", "error", "from", "to"), "right")
    print_table(
        header | dict.fromkeys(("unit", "note"), "left"),
        (
            [r.name, *(number(v, 6) for v in (r.value, r.error, *r.interval)), r.unit, words]
            for r, words in zip(found.divergences, found.cautions, strict=True)
        ),
    )
    print()
    header = {"column": "left"}
    header |= dict.fromkeys(("JSD", "error", "W1 / unit", "unit", "median A", "median B"), "right")
    print_table(
        header | {"p-value (Holm)": "right"},
        (
            [
                feature.name,
                number(feature.js.value, 4),
                number(feature.js.error, 2),
                number(feature.w1, 4),
                *(number(v, 5) for v in (feature.unit, *feature.medians)),
                number(feature.p_value, 3),
            ]
            for feature in found.features[:_SHOWN]
        ),
    )
    if len(found.features) > _SHOWN:
        print(f"… and {len(found.features) - _SHOWN} more columns, of smaller JSD")
    _print_contrasts(found)
    _print_extremes(found)


def _print_contrasts(found: Comparison) -> None:
    if not found.contrasts:
        return
    print()
    print_table(
        {"direction": "left", "JSD": "right", "error": "right", "largest weights": "left"},
        (
            [
                contrast.kind,
                number(contrast.js.value, 4),
                number(contrast.js.error, 2),
                ", ".join(f"{weight:+.2f} {name}" for name, weight in contrast.leading()),
            ]
            for contrast in found.contrasts
        ),
    )


def _print_extremes(found: Comparison) -> None:
    print()
    print_table(
        {"row": "left", "log p − log q": "right", "point": "left"},
        (
            [
                f"{'A' if extreme.sample == 'x' else 'B'}[{extreme.row}]",
                number(extreme.log_ratio, 3),
                ", ".join(number(value, 4) for value in extreme.point[:6])
                + (", …" if len(extreme.point) > 6 else ""),
            ]
            for extreme in found.extremes
        ),
    )
