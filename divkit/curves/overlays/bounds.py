"""Bounds of a curve's divergences by others: Pinsker, Bretagnolle–Huber, H² and TV, JS and TV, …

Each bound is taken at the end of the other's interval that makes it hold, so that it is a bound
of the truth, whatever the errors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from divkit.curves.entries import Entry, Refusal
from divkit.curves.layers import Form, Layer
from divkit.curves.overlays.spots import walk_of
from divkit.curves.table import Curve, Strand
from divkit.divergences import named
from divkit.divergences.base import Divergence
from divkit.divergences.inequalities import INEQUALITIES, Inequality, bounds_of
from divkit.types import LOWER

_FORMS: dict[bool, Form] = {True: "floor", False: "roof"}


@dataclass(frozen=True)
class Bounds:
    """Bounds of each divergence of a curve by others.

    Parameters
    ----------
    by : names of the others; those of the curve itself where there are none.

    Examples
    --------
    >>> from divkit import curve
    >>> bounds = Bounds(by=("tv",))
    >>> found = curve("normal(0, 1)", "normal(t, 1)", "js", over="t=1:2:2", overlays=[bounds])
    >>> [layer.name for layer in found.layers]
    ['≤ log 2 · TV', '≥ log 2 − h((1 − TV)/2)']
    """

    by: tuple[str, ...] = ()

    def __call__(self, curve: Curve) -> list[Layer]:
        """Return one layer a bound and line.

        Raises
        ------
        ValueError
            If no bound of any divergence of the curve by these is known.
        """
        others = tuple(named(name) for name in self.by) or curve.kinds
        pairs = [(each, by) for each in curve.kinds for by in others]
        known = [(b, by) for each, by in pairs for b in bounds_of(each.name, by.name)]
        if not known:
            shown = ", ".join(kind.name for kind in curve.kinds)
            able = sorted({each.by for each in INEQUALITIES})
            raise ValueError(
                f"no bound of {shown} by {', '.join(by.name for by in others)} is known; "
                f"bounds are by {', '.join(able)}."
            )
        columns = self._columns(curve, others)
        return [
            self._layer(curve, strand, bound, columns[by.name])
            for bound, by in known
            for strand in curve.lines
        ]

    def _columns(
        self, curve: Curve, others: tuple[Divergence, ...]
    ) -> dict[str, tuple[Entry, ...]]:
        rows = walk_of(curve, others)(curve.points)
        return dict(zip((by.name for by in others), zip(*rows, strict=True), strict=True))

    def _layer(
        self, curve: Curve, strand: Strand, bound: Inequality, column: tuple[Entry, ...]
    ) -> Layer:
        values = tuple(_values(bound, column, strand))
        sign = "≥" if bound.side == LOWER else "≤"
        return Layer(
            f"{sign} {bound.formula}",
            bound.of,
            _FORMS[bound.side == LOWER],
            tuple(curve.values[i] for i in strand.at),
            values,
            values,
            values,
            strand.level,
            "",
            repr(self),
            details={"source": bound.source, "by": bound.by},
        )


def _values(bound: Inequality, column: tuple[Entry, ...], strand: Strand) -> Iterator[float]:
    """The bound at each point of a line; NaN where it says nothing."""
    for i in strand.at:
        entry = column[i]
        value = math.nan if isinstance(entry, Refusal) else bound(*entry.interval)
        yield value if math.isfinite(value) else math.nan
