"""Divergences at the points of a path: a line, a family of lines, or a map; one table for all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from divkit import markup
from divkit.curves.axis import Axis
from divkit.curves.entries import Entry, entry_from, words_of
from divkit.curves.layers import Layer
from divkit.curves.paths import Path, Recorded
from divkit.divergences import named
from divkit.divergences.base import Divergence
from divkit.plain import fields_of, jsonable
from divkit.registry import Registry
from divkit.signatures import listed
from divkit.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Point = tuple[float, ...]
DRAWINGS: Registry[Callable[..., Any]] = Registry("drawing")
"""Functions that draw a curve: plots stand above curves, and are looked up when one is drawn."""
DRAWINGS.defer("line", "divkit.plots.curves:draw_curve")
DRAWINGS.defer("axes", "divkit.plots.curve_shown:new_axes")
DRAWINGS.defer("picture", "divkit.plots.curve_shown:picture")
DRAWINGS.defer("map", "divkit.plots.curve_map:draw_map")
_SUMMARIES = frozenset({"rows", "values", "names", "warnings"})
"""Keys that say again what others hold."""


class CurveStyle(TypedDict, total=False):
    """Options of a curve's figure: bands, ceiling and log of a line; levels and log of a map.

    See Also
    --------
    divkit.plots.draw_curve : a line.
    divkit.plots.draw_map : a map.

    Examples
    --------
    >>> CurveStyle(log=True)
    {'log': True}
    """

    bands: Mapping[str, tuple[FloatArray, FloatArray]] | None
    ceiling: bool
    levels: int
    log: bool | None


@dataclass(frozen=True)
class Strand:
    """One line of a curve: its level of the family's parameter, and where its points stand.

    `level` is None where there is no family; `at` are positions in the curve's points.
    """

    level: float | None
    at: npt.NDArray[np.intp]


@dataclass(frozen=True)
class Curve:
    """Divergences along a path, a Result (or a Refusal) at every point.

    Attributes
    ----------
    path : what was walked.
    points : the parameters of each point, in the order of `names`.
    kinds : the divergences.
    results : one tuple of entries a kind, in the order of `points`.
    over : the parameters that are walked: one of a line, two of a map.
    by : the parameter that tells the lines of a family apart; None of a single line.
    layers : what stands on the same axes: estimates, bounds, slopes, …
    notes : how points were placed, and what else a reader must know, a sentence each.
    method : the method that computed the results.

    Examples
    --------
    >>> from divkit import curve
    >>> found = curve("normal(0, 1)", "normal(t, 1)", "kl", over={"t": [0.0, 1.0, 2.0]})
    >>> [round(entry.value, 9) for entry in found.results[0]]
    [0.0, 0.5, 2.0]
    """

    path: Path
    points: tuple[Point, ...]
    kinds: tuple[Divergence, ...]
    results: tuple[tuple[Entry, ...], ...] = field(repr=False)
    over: tuple[Axis, ...]
    by: Axis | None = None
    layers: tuple[Layer, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    method: Any = "auto"

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters."""
        return tuple(axis.name for axis in (*self.over, *((self.by,) if self.by else ())))

    @property
    def values(self) -> tuple[float, ...]:
        """The first parameter at each point."""
        return tuple(point[0] for point in self.points)

    @property
    def is_map(self) -> bool:
        """Whether two parameters are walked."""
        return len(self.over) > 1

    @property
    def lines(self) -> tuple[Strand, ...]:
        """The lines, one for each level of the family's parameter; a map has none."""
        if self.is_map:
            return ()
        if self.by is None:
            return (Strand(None, np.arange(len(self.points))),)
        level = np.array([point[-1] for point in self.points])
        return tuple(Strand(v, np.flatnonzero(level == v)) for v in self.by.values)

    def series(self, kind: str | Divergence, **level: float) -> tuple[FloatArray, FloatArray]:
        """Return values and errors of one divergence, (n,) each; NaN where it was refused.

        Parameters
        ----------
        **level : of a family, the line that is meant, as d=5; all points otherwise.

        Raises
        ------
        ValueError
            If the curve does not hold this divergence, or no such line.
        """
        column, at = self.column(kind), self._chosen(level)
        numbers = np.array([(column[i].value, column[i].error) for i in at]).reshape(-1, 2)
        return numbers[:, 0], numbers[:, 1]

    def column(self, kind: str | Divergence) -> tuple[Entry, ...]:
        """Return the entries of one divergence; raises as `series` does."""
        wanted = named(kind).name
        names = [each.name for each in self.kinds]
        if wanted not in names:
            raise ValueError(f"this curve has {', '.join(names)}; got {wanted!r}.")
        return self.results[names.index(wanted)]

    def _chosen(self, level: Mapping[str, float]) -> Sequence[int]:
        if not level:
            return range(len(self.points))
        known = {} if self.by is None else {self.by.name: self.by.values}
        (name, value), *rest = level.items()
        if rest or value not in known.get(name, ()):
            has = "; ".join(f"{k} = {', '.join(f'{v:g}' for v in vs)}" for k, vs in known.items())
            raise ValueError(f"this curve has {has or 'one line'}; got {name}={value!r}.")
        return [i for i, point in enumerate(self.points) if point[-1] == value]

    def grid(self, kind: str | Divergence) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return a map's two axes, (n,) and (m,), and the values of one divergence, (m, n).

        Raises
        ------
        ValueError
            If this curve is no map.
        """
        if not self.is_map:
            raise ValueError("this curve is a line; `series` has its values.")
        x, y = (np.array(axis.values) for axis in self.over)
        return x, y, self.series(kind)[0].reshape(len(x), len(y)).T

    def place(self, i: int) -> str:
        """A point in words: "t = 3, d = 5"."""
        pairs = zip(self.names, self.points[i], strict=True)
        return ", ".join(f"{name} = {value:g}" for name, value in pairs)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings for the reader: of the points, of the layers, of how points were placed."""
        places = [self.place(i) for i in range(len(self.points))]
        of_points = (words for column in self.results for words in words_of(column, places))
        of_layers = (
            f"{layer.kind} {layer.name}: {words}"
            for layer in self.layers
            for words in layer.warnings
        )
        return tuple(dict.fromkeys((*of_points, *of_layers, *self.notes)))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row a point and divergence, with all that its Result says; then the layers'."""
        return [*self._own_rows(), *(row for layer in self.layers for row in self._of(layer))]

    def _own_rows(self) -> Iterator[dict[str, Any]]:
        for kind, column in zip(self.kinds, self.results, strict=True):
            for point, entry in zip(self.points, column, strict=True):
                yield {
                    **dict(zip(self.names, point, strict=True)),
                    "kind": kind.name,
                    "value": entry.value,
                    "error": entry.error,
                    "low": entry.interval[0],
                    "high": entry.interval[1],
                    "unit": entry.unit,
                    "one_sided": entry.one_sided,
                    "reason": entry.reason,
                    "warnings": list(entry.warnings),
                    "method": entry.method,
                    "layer": "",
                }

    def _of(self, layer: Layer) -> Iterator[dict[str, Any]]:
        names = dict.fromkeys(self.names)
        if self.by is not None:
            names |= {self.by.name: layer.level}
        rest: dict[str, Any] = {"unit": layer.unit, "one_sided": None, "reason": None}
        rest |= {"warnings": [], "method": layer.how, "layer": layer.name}
        for t, value, low, high in zip(layer.at, layer.value, layer.low, layer.high, strict=True):
            yield {
                **names,
                self.over[0].name: t,
                "kind": layer.kind,
                "value": value,
                "error": 0.5 * (high - low),
                "low": low,
                "high": high,
                **rest,
            }

    def to_table(self) -> dict[str, npt.NDArray[Any]]:
        """Return the rows as columns, (n,) each, which a DataFrame takes as they are."""
        rows = self.rows
        return {name: _column([row[name] for row in rows]) for name in rows[0]}

    def to_frame(self) -> Any:
        """Return the rows as a `pandas.DataFrame`.

        Raises
        ------
        ModuleNotFoundError
            If pandas is not installed; `to_table` needs none.
        """
        import pandas as pd  # an extra, needed here alone

        return pd.DataFrame(self.to_table())

    def _repr_html_(self) -> str:
        """The picture, and every warning, for a notebook; matplotlib is imported for it."""
        return str(DRAWINGS["picture"](self)) + markup.notes(self.warnings)

    @listed
    def plot(
        self, axes: Axes | Sequence[Axes] | None = None, **options: Unpack[CurveStyle]
    ) -> Any:
        """Draw the curve into matplotlib's Axes.

        Parameters
        ----------
        axes : one, or two of a curve with slopes; of a map, one a divergence. A new figure of
            pyplot's where there are none.
        **options : bands, ceiling and log of `divkit.plots.draw_curve`; of a map, levels and log
            of `divkit.plots.draw_map`.

        Returns
        -------
        Axes
            Those that it is drawn into.

        See Also
        --------
        divkit.plots.curve_figure : a figure of a paper's width.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from divkit import curve
        >>> curve("shift", values=[0.5, 1.0]).plot(Figure().subplots()).get_ylabel()
        'JSD (nats)'
        """
        if axes is None:
            axes = DRAWINGS["axes"](self)
        return DRAWINGS["map" if self.is_map else "line"](axes, self, **options)

    def with_layers(self, *layers: Layer) -> Curve:
        """Return the curve with more on its axes."""
        return replace(self, layers=(*self.layers, *layers))

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON; inf and NaN become strings."""
        return {
            "path": repr(self.path),
            "label": self.path.label,
            "pair": self.path.statement,
            "names": list(self.names),
            "values": list(self.values),
            "points": [list(point) for point in self.points],
            "kinds": [repr(kind) for kind in self.kinds],
            "over": [axis.to_dict() for axis in self.over],
            "by": None if self.by is None else self.by.to_dict(),
            "method": str(self.method),
            "notes": list(self.notes),
            "warnings": list(self.warnings),
            "layers": jsonable(self.layers),
            "rows": jsonable(self.rows),
            "results": jsonable(self.results),
        }

    def to_json(self) -> str:
        """Return one line of strict JSON."""
        return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Curve:
        """Return the curve of which `to_dict` made these values; its path is words alone.

        Raises
        ------
        ValueError
            If a field is missing or unknown, or as for the results themselves.
        """
        said = {key: value for key, value in plain.items() if key not in _SUMMARIES}
        words = {key: said.pop(key, "") for key in ("label", "pair")}
        known = fields_of(cls, said)
        path = Recorded(known["path"], words["label"], words["pair"])
        return cls(
            path,
            tuple(tuple(map(float, point)) for point in known["points"]),
            tuple(named(_name(kind)) for kind in known["kinds"]),
            tuple(tuple(entry_from(each) for each in column) for column in known["results"]),
            tuple(Axis.from_dict(axis) for axis in known["over"]),
            None if known["by"] is None else Axis.from_dict(known["by"]),
            tuple(Layer.from_dict(layer) for layer in known["layers"]),
            tuple(known["notes"]),
            known["method"],
        )

    @classmethod
    def from_json(cls, text: str) -> Curve:
        """Return the curve of which `to_json` made this text."""
        return cls.from_dict(json.loads(text))


def _name(words: str) -> str:
    """The name of a divergence from its repr: mmd2(1.0) of mmd2(bandwidth=1.0)."""
    return re.sub(r"\w+=", "", words)


def _column(cells: list[Any]) -> npt.NDArray[Any]:
    """Numbers as floats, all else as objects."""
    if all(isinstance(cell, float) for cell in cells):
        return np.array(cells, dtype=float)
    return np.array(["; ".join(c) if isinstance(c, list) else c for c in cells], dtype=object)
