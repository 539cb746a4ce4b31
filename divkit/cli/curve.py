"""`divkit curve P Q --over t=1:100` or `divkit curve PATH`: divergences along a family of laws."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from divkit.choices import FIGURE, FILE, choice
from divkit.cli.guard import guarded, words
from divkit.cli.names import CRITICS, ESTIMATORS, LAWS, METHODS, PATHS, offer
from divkit.cli.options import (
    json_choice,
    kinds_choice,
    method_choice,
    require_of_use,
    seed_choice,
    with_options,
)
from divkit.cli.output import number, print_json, write_csv
from divkit.cli.progress import counted
from divkit.cli.tables import print_table
from divkit.cli.widths import require_width, width_choice

if TYPE_CHECKING:
    from divkit.curves import Curve, Overlay
    from divkit.curves.entries import Entry

BESIDE = "On the same axes"
_AFTER = (
    *("kind", "value", "error", "low", "high", "one_sided", "unit", "reason", "warnings"),
    *("method", "layer"),
)
"""Columns after the parameters."""


@dataclass(frozen=True)
class CurveOptions:
    """Options of `divkit curve`: what is computed, and where it goes."""

    over: list[str] | None = choice(
        None,
        "NAME=low:high[:count][:log][:int] or numbers; twice for a map.",
        metavar="NAME=RANGE",
    )
    by: str | None = choice(
        None, "NAME=1,2,5: a family of lines, one a value.", metavar="NAME=VALUES"
    )
    values: str | None = choice(
        None, "Of a named path: start:stop[:count], or numbers with commas."
    )
    kinds: str | None = kinds_choice(
        None, "With commas; js,w1 by default.", flags=("--kinds", "--kind")
    )
    method: str = method_choice(METHODS)
    output: Path | None = choice(
        None, "Figure: .png, .svg or .pdf.", flags=("--output", "--figure"), takes=FIGURE
    )
    width: str = width_choice()
    log: bool = choice(False, "Draw values in the logarithm.", flags=("--log",))
    csv: Path | None = choice(None, "Write the rows to this file.", takes=FILE)
    json: bool = json_choice()


@dataclass(frozen=True)
class OverlayOptions:
    """Options of `divkit curve`: what stands on the same axes."""

    samples: int | None = choice(
        None, "Estimate from so many rows of each law.", least=2, group=BESIDE
    )
    estimator: str = choice(
        "auto",
        "Estimators, with commas: auto,knn.",
        group=BESIDE,
        takes=ESTIMATORS.several(),
    )
    seeds: int = choice(20, "Samples drawn at each point.", least=1, group=BESIDE)
    trained: str | None = choice(
        None,
        "Critics to train, with commas: quadratic,mlp.",
        group=BESIDE,
        takes=CRITICS.several(),
    )
    bounds: str | None = kinds_choice(
        None, "Bounds by these divergences: tv,hellinger2.", group=BESIDE
    )
    gradient: bool = choice(
        False, "The slope in the parameter.", flags=("--gradient",), group=BESIDE
    )
    asymptote: bool = choice(
        False, "Name what lines tend to.", flags=("--asymptote",), group=BESIDE
    )
    spots: int = choice(9, "Points at which to sample or train.", least=1, group=BESIDE)
    seed: int = seed_choice()

    @property
    def overlays(self) -> list[Overlay]:
        """The overlays that are asked for."""
        from divkit.curves import Asymptotes, Bounds, Estimates, Slopes, TrainedCritics

        asked: list[Overlay] = []
        if self.bounds is not None:
            asked.append(Bounds(tuple(words(self.bounds))))
        if self.samples is not None:
            names = tuple(words(self.estimator))
            asked.append(Estimates(self.samples, names, self.seeds, self.spots, self.seed))
        if self.trained is not None:
            asked.append(TrainedCritics(tuple(words(self.trained)), self.spots, self.seed))
        if self.gradient:
            asked.append(Slopes())
        return [*asked, Asymptotes()] if self.asymptote else asked


@guarded
@with_options
def curve(
    path: Annotated[
        str,
        typer.Argument(
            metavar="P|PATH",
            help="A law with a free name, as 'normal(0, t)'; or shift, scale, mixing, dimension, "
            "df (degrees of freedom).",
            autocompletion=offer(PATHS),
        ),
    ] = "shift",
    q: Annotated[
        str | None, typer.Argument(metavar="Q", help="The other law.", autocompletion=offer(LAWS))
    ] = None,
    *,
    asked: CurveOptions,
    beside: OverlayOptions,
) -> None:
    """Print exact divergences along a path; by default JSD's saturation beside W1's line."""
    require_width(asked, asked.output is not None)
    if beside.samples is None:
        require_of_use(beside, ("estimator", "seeds"), "--samples")
        if beside.trained is None:
            require_of_use(beside, ("spots",), "--samples or --trained")
    result = _computed(path, q, asked, beside)
    if asked.json:
        print_json(result.to_dict())
    else:
        _print(result)
    for line in result.warnings:
        typer.echo(f"Warning: {line}", err=True)
    if asked.csv is not None:
        _write_rows(result, asked.csv)
    if asked.output is not None:
        _draw(result, asked.output, asked)


def _computed(path: str, q: str | None, asked: CurveOptions, beside: OverlayOptions) -> Curve:
    from divkit.curves import Estimates, Placement, TrainedCritics
    from divkit.curves import curve as along
    from divkit.curves.axis import ranges
    from divkit.curves.layers import overlaid

    if q is not None and asked.values is not None:
        raise ValueError("--values goes with a named path; two laws need --over NAME=low:high.")
    with counted("point") as count:
        computed = along(
            path,
            q,
            _kinds(path, asked.kinds),
            asked.method,
            values=None if asked.values is None else _values(asked.values),
            over=ranges(asked.over or [], "--over") or None,
            by=ranges([] if asked.by is None else [asked.by], "--by"),
            placement=Placement(log=asked.log),
            observe=count,
        )
    for overlay in beside.overlays:
        with counted("estimate") as count:
            if isinstance(overlay, Estimates | TrainedCritics):
                overlay = replace(overlay, observe=count)
            computed = overlaid(computed, [overlay])
    return computed


def _values(text: str) -> Any:
    from divkit.curves import Axis

    return Axis.read("--values", text)


def _kinds(path: str, kinds: str | None) -> list[str]:
    if kinds is not None:
        return words(kinds)
    return ["js", "kl"] if path.startswith("dim") else ["js", "w1"]  # W1 is √d / 2 there


def _write_rows(result: Curve, file: Path) -> None:
    from divkit.storage import write_whole

    stream = io.StringIO(newline="")
    columns = (*result.names, *_AFTER)
    rows = ([_cell(row[name]) for name in columns] for row in result.rows)
    write_csv(columns, rows, stream)
    write_whole(file, stream.getvalue())
    typer.echo(f"Rows: {file}", err=True)


def _cell(entry: object) -> object:
    """A cell of the rows' file: warnings in one text, nothing as an empty one."""
    if isinstance(entry, list):
        return "; ".join(entry)
    return "" if entry is None else entry


def _print(result: Curve) -> None:
    names = (*result.names, *(kind.name for kind in result.kinds))
    columns = [[_shown(entry) for entry in column] for column in result.results]
    parameters = [[number(t, 6) for t in point] for point in result.points]
    cells = zip(parameters, zip(*columns, strict=True), strict=True)
    print_table(dict.fromkeys(names, "right"), ([*point, *row] for point, row in cells))
    print()
    header = {"divergence": "left", "largest error": "right", "at": "left", "infinite": "right"}
    print_table(header, (_errors(result, i) for i in range(len(result.kinds))))
    for layer in result.layers:
        _print_layer(result, layer)


def _shown(entry: Entry) -> str:
    """A value's digits; with its sign where it is a limit, with ± inf where no error is known."""
    from divkit.digits import supported
    from divkit.types import LOWER

    if entry.one_sided is not None:
        low, high = entry.interval
        return f"≥ {number(low)}" if entry.one_sided == LOWER else f"≤ {number(high)}"
    if entry.value != entry.value:
        return "none"
    if math.isinf(entry.error) and math.isfinite(entry.value):
        return f"{number(entry.value)} ± inf"
    return supported(entry.value, entry.error, 12)


def _errors(result: Curve, i: int) -> list[str]:
    """A divergence's largest error, where it stands, and how many of its values are infinite."""
    column = result.results[i]
    finite = [k for k, entry in enumerate(column) if math.isfinite(entry.value)]
    worst = max(finite, key=lambda k: column[k].error, default=None)
    found = (
        ["none", ""] if worst is None else [number(column[worst].error, 2), result.place(worst)]
    )
    infinite = sum(math.isinf(entry.value) for entry in column)
    return [result.kinds[i].name, *found, f"{infinite} of {len(column)}" if infinite else "none"]


def _print_layer(result: Curve, layer: Any) -> None:
    level = "" if result.by is None else f", {result.by.name} = {layer.level:g}"
    print(f"\n{layer.kind} {layer.name}{level}")
    rows = zip(layer.at, layer.value, layer.low, layer.high, strict=True)
    header = dict.fromkeys((result.names[0], "value", "from", "to"), "right")
    cells = [[number(t, 6), *(_number(v, 7) for v in row)] for t, *row in rows]
    if any(layer.sides):
        header |= {"limits among them": "left"}
        cells = [[*row, side] for row, side in zip(cells, layer.sides, strict=True)]
    print_table(header, cells)


def _number(value: float, digits: int = 12) -> str:
    return "none" if value != value else number(value, digits)


def _draw(result: Curve, output: Path, asked: CurveOptions) -> None:
    from divkit.plots import curve_figure
    from divkit.plots.saving import save

    figure = curve_figure(result, width=asked.width, log=True if asked.log else None)
    save(figure, output)
    typer.echo(f"Figure: {output}", err=True)
