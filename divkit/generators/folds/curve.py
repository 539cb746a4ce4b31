"""A function on the line as the search for preimages asks of it."""

from __future__ import annotations

from typing import Protocol

from divkit.generators.folds.intervals import Interval
from divkit.types import FloatArray


class LineMap(Protocol):
    """A smooth function G of the line, with its derivatives, as a frozen value."""

    def jet(self, z: FloatArray, order: int) -> tuple[FloatArray, ...]:
        """G, G′, … up to this order, at most the third, at points (n,)."""
        ...

    def change(self, start: float, step: FloatArray) -> FloatArray:
        """G(start + step) − G(start) without cancellation, (n,).

        From start = ±inf, where G has a finite limit, `step` is the point itself.
        """
        ...

    def bounds(self, low: FloatArray, high: FloatArray) -> tuple[Interval, Interval]:
        """Enclosures of G′ and of G″ on intervals [low, high] (n,)."""
        ...

    def limit(self, side: int) -> float:
        """G at side · ∞, which may be infinite itself."""
        ...

    def extent(self) -> float:
        """A bound beyond which, on either side, G′ has no root; inf where none is known."""
        ...
