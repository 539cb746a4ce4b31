"""`divkit.curve`: divergences along a path of laws, each with its error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product as combinations
from typing import Any, TypeAlias

import numpy as np

from divkit.curves.axis import Axis, Range, ranges
from divkit.curves.layers import Overlay, overlaid
from divkit.curves.paths import PATHS, Function, Laws, Path, first_name
from divkit.curves.placement import Placement
from divkit.curves.table import Curve
from divkit.curves.walk import AUTO, Observe, Parameters, Walk, require_some
from divkit.distributions.parse.law import is_written
from divkit.divergences import named
from divkit.divergences.base import Divergence
from divkit.exact.method import Method
from divkit.floats import own_rules
from divkit.threads import on_one_thread
from divkit.types import FloatArray

ONLY = "parameter"
"""The name of a path's parameter where it has no other."""
SIDE = 33
"""Values of each parameter of a map where none are given."""
Ranges: TypeAlias = "Mapping[str, Range] | Range"


@own_rules
@on_one_thread
def curve(
    path: Any = "shift",
    q: Any = None,
    kinds: str | Divergence | Sequence[str | Divergence] = ("js",),
    method: str | Method = AUTO,
    *,
    values: Iterable[float] | None = None,
    over: Ranges | None = None,
    by: Mapping[str, Range] | str | None = None,
    overlays: Iterable[Overlay] = (),
    placement: Placement | None = None,
    observe: Observe | None = None,
) -> Curve:
    """Return the exact divergences along a path, each with its error.

    Parameters
    ----------
    path : "shift", "scale", "mixing", "dimension", "df"; a path such as `Shift(scale=2.0)`; the
        law p, as a text with free names ("normal(0, t)") or as an object; or a function of the
        parameters that returns the pair (p, q).
    q : the law q, likewise, where `path` is p. Of a named path, its parameters, as `values`.
    kinds : one divergence, or several, by name or as objects.
    method : as for `divkit.divergence`.
    values : parameters of a named path; the path's own where there are none.
    over : the parameters that are walked, {"t": range}: one makes a line, two make a map. A range
        is "1:100:60:log" (60 values), "1:100" or (1, 100) (placed where the curve bends), or
        values in a list. "t=1:100" says the same as {"t": "1:100"}, and ["a=0:1", "b=1:2"] makes
        a map. Of a function of one parameter the range alone will do.
    by : {"d": [1, 2, 5, 20]}, or "d=1,2,5,20": a parameter that makes a family of lines.
    overlays : what else stands on the axes, of `divkit.curves`: `Estimates()`, `Bounds()`,
        `TrainedCritics()`, `Slopes()`, `Asymptotes()`.
    placement : how points are placed where a range has no count.
    observe : called after each point with how many are done, and how many are known of: where
        points are placed as the curve bends, more may come.

    Returns
    -------
    Curve
        A point that is refused has its reason in place of a result, and `warnings` say so.

    Raises
    ------
    ValueError
        If a name is not known, there are no values or no kinds, a free name has no range, or a
        divergence is not to be had at any point (W1 in dimension 2).

    See Also
    --------
    divkit.plots.curve_figure : the curve drawn for a paper.
    divkit.divergence : at one point.
    divkit.problems : laws with a known truth.

    Examples
    --------
    >>> [round(row["value"], 6) for row in curve("shift", [1, 2], ["js", "w1"]).rows]
    [0.111421, 0.336831, 1.0, 2.0]
    >>> along = curve("normal(0, 1)", "normal(0, t)", "kl", over={"t": [1, 2]})
    >>> along.series("kl")[0].round(6).tolist()
    [0.0, 0.318147]
    """
    several = [kinds] if isinstance(kinds, str) or not isinstance(kinds, Sequence) else kinds
    columns = tuple(named(kind) for kind in several)
    if not columns:
        raise ValueError("a curve needs values and kinds; got no kinds.")
    walked, axes, family = _resolved(path, q, values, over, by)
    walk = Walk(walked, columns, method, observe=observe)
    points, notes = _points(walk, axes, family, placement or Placement())
    entries = walk(points)
    results = tuple(zip(*entries, strict=True))
    require_some(results)
    made = Curve(walked, tuple(points), columns, results, axes, family, notes=notes, method=method)
    return overlaid(made, overlays)


def _resolved(
    path: Any, q: Any, values: Any, over: Ranges | None, by: Mapping[str, Range] | str | None
) -> tuple[Path, tuple[Axis, ...], Axis | None]:
    """The path, the parameters that are walked, and the family's parameter."""
    over, family = _by_name(over), _family(_by_name(by))
    if isinstance(path, str) and not is_written(path):
        path = PATHS[path]
    if isinstance(path, Path):
        return path, (_named_axis(path, q if values is None else values, over, family),), None
    if over is None:
        what = "a law with free names" if q is not None else "a function, or a law p"
        raise ValueError(
            f"{what} needs over, as in over={{'t': '1:10'}}, or --over t=1:10; got {path!r}."
        )
    keywords = isinstance(over, Mapping)
    if not isinstance(over, Mapping):
        over = {first_name(path) if q is None and callable(path) else "t": over}
    axes = _axes(over)
    names = tuple(axis.name for axis in (*axes, *((family,) if family else ())))
    if len(set(names)) < len(names):
        raise ValueError(f"over and by must name different parameters; got {', '.join(names)}.")
    if q is not None:
        return Laws(path, q, names), axes, family
    if not callable(path):
        raise ValueError(f"{path!r} is one law; a curve needs q too, or a function of both.")
    return Function(path, names, keywords), axes, family


def _by_name(over: Ranges | None) -> Ranges | None:
    """Ranges by name where a text, or a list of texts, says the names: "t=1:100"."""
    texts = [over] if isinstance(over, str) else over
    if isinstance(texts, list) and all(isinstance(text, str) and "=" in text for text in texts):
        return ranges(texts, "a range")
    return over


def _axes(over: Mapping[str, Range]) -> tuple[Axis, ...]:
    axes = tuple(Axis.read(name, given) for name, given in over.items())
    if not 1 <= len(axes) <= 2:
        raise ValueError(f"over must name one parameter, or two for a map; got {len(axes)}.")
    return axes if len(axes) == 1 else tuple(map(_filled, axes))


def _family(by: Ranges | None) -> Axis | None:
    if not by:
        return None
    if not isinstance(by, Mapping):
        raise TypeError(f"by must be {{'d': [1, 2, 5]}} or 'd=1,2,5'; got {by!r}.")
    if len(by) > 1:
        raise ValueError(f"by must name one parameter; got {', '.join(by)}.")
    (name, given), *_ = by.items()
    axis = Axis.read(name, given)
    if axis.placed:
        raise ValueError(f"by needs values of {name}, or a count: {name}=1:20:4; got {given!r}.")
    return axis


def _named_axis(path: Path, values: Any, over: Ranges | None, family: Axis | None) -> Axis:
    if family is not None:
        raise ValueError(f"{path!r} has one parameter; by goes with laws that have another.")
    if over is None:
        return Axis.read(ONLY, list(path.values) if values is None else values)
    if values is not None:
        raise ValueError("values and over say two things; give one of them.")
    if not isinstance(over, Mapping):
        return Axis.read(ONLY, over)
    (axis, *more) = _axes(over)
    if more:
        raise ValueError(f"{path!r} has one parameter; got {', '.join(over)}.")
    return axis


def _points(
    walk: Walk, axes: tuple[Axis, ...], family: Axis | None, placement: Placement
) -> tuple[list[Parameters], tuple[str, ...]]:
    if len(axes) > 1:
        if family is not None:
            raise ValueError("by makes a family of lines; over two parameters there is a map.")
        return list(combinations(*(axis.values for axis in axes))), ()
    levels: list[Parameters] = [()] if family is None else [(v,) for v in family.values]
    points: list[Parameters] = []
    notes: list[str] = []
    for level in levels:
        values, said = _along(walk, axes[0], level, placement)
        points += [(t, *level) for t in values]
        notes += said
    return points, tuple(dict.fromkeys(notes))


def _along(
    walk: Walk, axis: Axis, level: Parameters, placement: Placement
) -> tuple[Sequence[float], tuple[str, ...]]:
    if not axis.placed:
        return axis.values, ()

    def evaluate(values: Sequence[float]) -> FloatArray:
        rows = walk([(t, *level) for t in values])
        return np.array([[entry.value for entry in row] for row in rows])

    return placement(axis, evaluate)


def _filled(axis: Axis) -> Axis:
    """A map's parameter: the values given, or SIDE of them."""
    if not axis.placed:
        return axis
    low, high = axis.values[0], axis.values[-1]
    shape = ":".join(word for word, said in (("log", axis.log), ("int", axis.whole)) if said)
    return Axis.read(axis.name, f"{low!r}:{high!r}:{SIDE}" + (f":{shape}" if shape else ""))
