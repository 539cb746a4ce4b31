"""Dataclasses of arrays whose rows belong together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from divkit.generators.mesh.polygons import BoolArray, IntArray


@dataclass(frozen=True, eq=False)
class Aligned:
    """Arrays with a row for each of the same things, and other such dataclasses."""

    def take(self, rows: IntArray | BoolArray) -> Self:
        """Those that an index or a mask picks."""
        return self._of([self], lambda parts: parts[0][rows])

    def __add__(self, other: Self) -> Self:
        return self.joined([self, other])

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """All of them, in their order."""
        return cls._of(parts, np.concatenate)

    @classmethod
    def _of(cls, tables: Sequence[Aligned], column: Callable[[list[Any]], Any]) -> Self:
        """The dataclass whose arrays are `column` of the tables'."""
        columns = [[getattr(table, each.name) for table in tables] for each in fields(cls)]
        return cls(
            *(
                parts[0]._of(parts, column) if isinstance(parts[0], Aligned) else column(parts)
                for parts in columns
            )
        )
