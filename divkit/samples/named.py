"""Rows under names, in the manner of a data frame and without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class NamedRows:
    """Rows (n, d) under the names of their columns: a `divkit.samples.intake.Frame`.

    Cells are float64, or objects (floats and texts) where a column holds labels. Columns named in
    `dates` count days from 1970-01-01 on.
    """

    rows: NDArray[Any]
    columns: tuple[str, ...]
    dates: tuple[str, ...] = ()

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The kind of each column."""
        return tuple("object" if holds_text(column) else "float64" for column in self.rows.T)

    def to_numpy(self) -> NDArray[Any]:
        """The cells."""
        return self.rows


def holds_text(column: NDArray[Any]) -> bool:
    """Whether a column of cells (n,) has labels among them."""
    return column.dtype == np.object_ and any(isinstance(cell, str) for cell in column)
