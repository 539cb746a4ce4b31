"""`divkit curve PATH`: divergences along a path of laws, as rows and a figure."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from divkit.choices import choice
from divkit.cli.guard import guarded, words
from divkit.cli.options import json_choice, with_options
from divkit.cli.output import number, print_json, print_table, warn, write_csv
from divkit.storage import write_whole

if TYPE_CHECKING:
    from divkit.exact.curves import Curve

FORMATS = (".pdf", ".png", ".svg")
MOST = 100_000
COLUMNS = ("parameter", "kind", "value", "error", "unit", "reason", "warnings", "method")


@dataclass(frozen=True)
class CurveOptions:
    """Options of `divkit curve`."""

    values: str | None = choice(None, "start:stop:count, or numbers with commas.")
    kinds: str | None = choice(None, "With commas; js,w1 by default.", flags=("--kinds", "--kind"))
    output: Path | None = choice(
        None, "Figure: .png, .svg or .pdf.", flags=("--output", "--figure")
    )
    csv: Path | None = choice(None, "Write the rows to this file.")
    json: bool = json_choice()


@guarded
@with_options
def curve(
    path: Annotated[
        str, typer.Argument(help="shift, scale, mixing, dimension or df (degrees of freedom).")
    ] = "shift",
    *,
    asked: CurveOptions,
) -> None:
    """Print exact divergences along a path; by default JSD's saturation beside W1's line."""
    from divkit.exact.curves import PATHS
    from divkit.exact.curves import curve as along

    output, csv, values = asked.output, asked.csv, asked.values
    if output is not None and output.suffix.lower() not in FORMATS:
        raise ValueError(f"--output must end in {', '.join(FORMATS)}; got {str(output)!r}.")
    walked = PATHS[path]
    names = _kinds(path, asked.kinds)
    result = along(walked, None if values is None else parameters(values), names)
    if asked.json:
        print_json(result.to_dict())
    else:
        _print(result)
    warn(each for column in result.results for each in column)
    if csv is not None:
        stream = io.StringIO(newline="")
        rows = ([_cell(row[name]) for name in COLUMNS] for row in result.rows)
        write_csv(COLUMNS, rows, stream)
        write_whole(csv, stream.getvalue())
        typer.echo(f"Rows: {csv}", err=True)
    if output is not None:
        _draw(result, output)
        typer.echo(f"Figure: {output}", err=True)


def parameters(text: str) -> list[float]:
    """Read "0:10:41" or "1, 2, 4".

    Raises
    ------
    ValueError
        If it is neither, a number is not finite, or the count is not in 1 to 100,000.

    >>> parameters("0:1:3"), parameters("1, 2.5")
    ([0.0, 0.5, 1.0], [1.0, 2.5])
    """
    import numpy as np

    parts = text.split(":")
    if len(parts) == 1:
        return [_number(word, text) for word in words(text)]
    if len(parts) != 3 or not parts[2].strip().isdecimal() or len(parts[2]) > 9:
        raise ValueError(f"--values must be start:stop:count or numbers; got {text!r}.")
    count = int(parts[2])
    if not 1 <= count <= MOST:
        raise ValueError(f"--values: the count must be in 1 to {MOST:,}; got {count}.")
    ends = [_number(part, text) for part in parts[:2]]
    return [float(x) for x in np.linspace(ends[0], ends[1], count)]


def _number(word: str, text: str) -> float:
    import math

    try:
        value = float(word)
    except ValueError:
        raise ValueError(f"--values: {word!r} in {text!r} is no number.") from None
    if not math.isfinite(value):
        raise ValueError(f"--values must be finite; got {word!r} in {text!r}.")
    return value


def _kinds(path: str, kinds: str | None) -> list[str]:
    if kinds is not None:
        return words(kinds)
    return ["js", "kl"] if path.startswith("dim") else ["js", "w1"]  # no W1 in d dimensions


def _cell(entry: object) -> object:
    """A cell of the rows' file: warnings in one text, nothing as an empty one."""
    if isinstance(entry, list):
        return "; ".join(entry)
    return "" if entry is None else entry


def _print(curve: Curve) -> None:
    header = {"parameter": "right"} | {kind.name: "right" for kind in curve.kinds}
    columns = [[number(result.value, 12) for result in column] for column in curve.results]
    parameter = [number(t, 6) for t in curve.values]
    print_table(header, (list(row) for row in zip(parameter, *columns, strict=True)))


def _draw(curve: Curve, output: Path) -> None:
    from matplotlib.figure import Figure

    from divkit.plots import draw_curve, style
    from divkit.plots.saving import save

    with style():
        figure = Figure(figsize=(7.2, 4.2), layout="constrained")
        draw_curve(figure.subplots(), curve)
        save(figure, output)
