"""Figures of checks as data: what to draw, not how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from divkit.plain import reals
from divkit.theory.framework.measured import Measured
from divkit.types import Tensor

Style: TypeAlias = Literal["line", "dashes", "marks"]
Values: TypeAlias = Iterable[float] | Tensor


@dataclass(frozen=True)
class Line:
    """One curve of a figure; `marks` draws points, `low` and `high` a band around it."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    style: Style = "line"
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("x", "y", "low", "high"):
            object.__setattr__(self, name, reals(name, getattr(self, name)))


@dataclass(frozen=True)
class Figure:
    """A figure as data: what to draw, not how."""

    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    log_x: bool = False
    log_y: bool = False
    caption: str = ""


def line(
    label: str, x: Values, y: Values, style: Style = "line", low: Values = (), high: Values = ()
) -> Line:
    """Return the curve through points in sequences, arrays or tensors."""
    x, y, low, high = (_numbers(values) for values in (x, y, low, high))
    return Line(label, x, y, style, low, high)


def marks(label: str, x: Values, y: Sequence[Measured]) -> Line:
    """Return points at measured values, with a band as wide as their errors."""
    at, low, high = zip(*((m.value, m.value - m.error, m.value + m.error) for m in y), strict=True)
    return Line(label, _numbers(x), at, "marks", low, high)


def _numbers(values: Values) -> tuple[float, ...]:
    return tuple(values.tolist() if isinstance(values, Tensor) else values)
