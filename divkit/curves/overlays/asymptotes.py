r"""The behaviour of a curve beyond its last point, measured and named.

Divergences are computed at T, 2T, 4T, …, T the last value of the parameter. With v_k the values
and d_k = v_{k+1} − v_k, the first of these that holds over the last three steps is named:

| name | holds where |
|---|---|
| → log 2, → 1: the largest value | v is within 1/1000 of it |
| ≈ c tᵃ | log v_{k+1} − log v_k is constant, a log 2 |
| ≈ c log t | d_k is constant, c log 2 |
| → L | r = d_{k+1}/d_k is in [0, .8]; L = v + d r/(1 − r), Aitken's extrapolation |

It is a measurement and no proof: the layer's details say up to which t. What has a ceiling does
not grow. L is written to the digits in which the last two extrapolations agree, and as the ceiling
where they leave no difference from it; if they differ by more than 1/50 there is no name.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from divkit.curves.layers import Layer
from divkit.curves.overlays.spots import beside, walk_of
from divkit.curves.table import Curve, Strand
from divkit.divergences.base import Divergence
from divkit.results import Result

_CONSTANT = 0.02
_NEAR = 1e-3
_SHRINKING = 0.8
_NOISE = 1e-12
_SURE = 0.002
_UNSURE = 0.02
_DIGITS = str.maketrans("-0123456789.", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹·")


@dataclass(frozen=True)
class Asymptotes:
    """Names what each line tends to as its parameter grows.

    Parameters
    ----------
    doublings : how often the last parameter is doubled.

    Examples
    --------
    >>> from divkit import curve
    >>> ends = Asymptotes()
    >>> found = curve("normal(0, 1)", "normal(t, 1)", "js", over="t=1:9:5", overlays=[ends])
    >>> [layer.name for layer in found.layers]
    ['→ log 2']
    """

    doublings: int = 6

    def __call__(self, curve: Curve) -> list[Layer]:
        """Return one layer a line: its last point, with the name of what it tends to."""
        walk = walk_of(curve)
        return [
            layer
            for strand in curve.lines
            for layer in self._of(curve, strand, walk)
            if len(strand.at)
        ]

    def _of(self, curve: Curve, strand: Strand, walk: object) -> list[Layer]:
        last = curve.values[strand.at[-1]]
        if last <= 0:
            return []
        far = [last * 2.0**k for k in range(self.doublings + 1)]
        entries = walk([beside(strand, t) for t in far])  # type: ignore[operator]
        columns = zip(*entries, strict=True)
        return [
            self._layer(curve, strand, kind, far, column)
            for kind, column in zip(curve.kinds, columns, strict=True)
        ]

    def _layer(
        self,
        curve: Curve,
        strand: Strand,
        kind: Divergence,
        far: Sequence[float],
        column: Sequence[object],
    ) -> Layer:
        results = _finite(column)
        axis = curve.over[0].name
        name = tendency(
            far[: len(results)], [r.value for r in results], getattr(kind, "upper", math.inf),
            "t" if len(axis) > 8 else axis,
        )  # fmt: skip
        seen = bool(results) and bool(name)
        value = results[0].value if seen else math.nan
        at, numbers = ((far[0],), (value,)) if seen else ((), ())
        return Layer(
            name or "end",
            kind.name,
            "end",
            at,
            numbers,
            numbers,
            numbers,
            strand.level,
            results[0].unit if results else "",
            repr(self),
            () if seen else (f"no simple limit is seen up to {axis} = {far[-1]:g}",),
            {"up_to": far[len(results) - 1] if results else far[0]},
        )


def _finite(column: Sequence[object]) -> list[Result]:
    """The results before the first that is refused or infinite."""
    found = []
    for entry in column:
        if not isinstance(entry, Result) or not math.isfinite(entry.value):
            break
        found.append(entry)
    return found


def tendency(t: Sequence[float], v: Sequence[float], upper: float, name: str) -> str:
    """Return the name of what values tend to, or nothing; t doubles from one to the next.

    >>> tendency([1, 2, 4, 8], [0.5, 2, 8, 32], math.inf, "t")
    '≈ 0.5 t²'
    """
    if len(v) < 4:
        return ""
    if math.isfinite(upper) and abs(v[-1] - upper) <= _NEAR * upper:
        return f"→ {_called(upper)}"
    steps = [b - a for a, b in itertools.pairwise(v[-4:])]
    if not any(steps):
        return f"→ {_called(v[-1])}"
    growth = _power(t, v, name) or _logarithm(steps, name)
    if growth and not (math.isfinite(upper) and steps[-1] > 0):
        return growth
    return _limit(v, upper)


def _power(t: Sequence[float], v: Sequence[float], name: str) -> str:
    if min(v[-4:]) <= 0:
        return ""
    slopes = [math.log2(b / a) for a, b in itertools.pairwise(v[-4:])]
    if max(slopes) - min(slopes) > _CONSTANT or abs(slopes[-1]) < 5 * _CONSTANT:
        return ""
    near = round(2 * slopes[-1]) / 2
    power = near if abs(near - slopes[-1]) < _CONSTANT else slopes[-1]
    return f"≈ {_times(v[-1] / t[-1] ** power)}{name}{_raised(power)}"


def _logarithm(steps: Sequence[float], name: str) -> str:
    if max(steps) - min(steps) > _CONSTANT * abs(steps[-1]):
        return ""
    return f"≈ {_times(steps[-1] / math.log(2))}log {name}"


def _limit(v: Sequence[float], upper: float) -> str:
    """The limit of values whose steps fall, all to one side, to the digits that are seen."""
    size = max(map(abs, v))
    ends = [_extrapolated(v[-4:-1], size), _extrapolated(v[-3:], size)]
    if not all(map(math.isfinite, ends)):
        return ""
    end, doubt = ends[-1], abs(ends[-1] - ends[0])
    if abs(end) <= _NEAR * size >= doubt:
        return "→ 0"
    if doubt > _UNSURE * abs(end) or end - doubt > upper:
        return ""
    if end + doubt >= upper:
        return f"→ {_called(upper)}"
    return f"→ {_called(end, 3 if doubt < _SURE * abs(end) else 2)}"


def _extrapolated(v: Sequence[float], size: float) -> float:
    """Return Aitken's limit of three values, NaN unless their steps fall, to one side."""
    first, second = (
        b - a if abs(b - a) > _NOISE * size else 0.0 for a, b in itertools.pairwise(v)
    )
    ratio = second / first if first else 0.0
    if (second and not first) or not 0 <= ratio <= _SHRINKING:
        return math.nan
    return v[-1] + second * ratio / (1 - ratio)


def _called(value: float, digits: int = 3) -> str:
    return "log 2" if math.isclose(value, math.log(2), rel_tol=1e-6) else f"{value:.{digits}g}"


def _times(factor: float) -> str:
    return "" if math.isclose(factor, 1, rel_tol=5e-3) else f"{factor:.3g} "


def _raised(power: float) -> str:
    return "" if power == 1 else f"{power:.3g}".translate(_DIGITS)
