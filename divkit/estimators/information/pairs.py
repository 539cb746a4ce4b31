"""Rows of x and of y that belong together, and coordinates that forget their margins.

Mutual information is the same after an invertible map of x alone or of y alone. A monotone map of
each coordinate is one: every column may be made normal by its ranks, whatever its units and its
tails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from divkit.samples import one_sample
from divkit.samples.columns import ColumnKind, column
from divkit.samples.copies import distinct
from divkit.samples.serial import paired_serial_notes
from divkit.types import FloatArray, Samples

TIED = 0.1
"""Share of a column's rows that repeat another's from which it is taken for discrete in part."""


@dataclass(frozen=True, eq=False)
class PairedSample:
    """n pairs.

    Attributes
    ----------
    x, y : (n, d) and (n, e), row by row.
    notes : warnings for a result's diagnostics.
    """

    x: FloatArray
    y: FloatArray
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x)

    @property
    def joint(self) -> FloatArray:
        """(n, d + e)."""
        return np.hstack([self.x, self.y])


def paired(x: Samples, y: Samples, *, above: int = 1) -> PairedSample:
    """Return the pairs (x_i, y_i) of two samples with one row for each other.

    Raises
    ------
    ValueError
        If the numbers of rows differ, there are not more than `above`, a value is not finite, or
        a column is constant. Copies of pairs are left out, with a note.
    TypeError
        If a sample does not hold real numbers.

    Examples
    --------
    >>> len(paired([1.0, 2.0, 4.0], [[3.0, 2.0], [1.0, 5.0], [0.0, 1.0]]))
    3
    """
    a = one_sample(x, name="x", above=above)
    b = one_sample(y, name="y", above=above)
    if len(a.x) != len(b.x):
        raise ValueError(f"x and y are pairs, row by row; got {len(a.x)} and {len(b.x)} rows.")
    unique = distinct(np.hstack([a.x, b.x]), "(x, y)")
    if unique.copies and len(unique.kept) <= above:
        raise ValueError(
            f"mutual information needs more than {above} pairs here; got {len(unique.kept)} "
            "distinct ones. Draw more."
        )
    x, y = a.x[unique.kept], b.x[unique.kept]
    notes = (*a.notes, *b.notes, *unique.note("(x, y)"), *paired_serial_notes(x, y))
    return PairedSample(x, y, notes)


def gaussian_margins(z: FloatArray) -> FloatArray:
    """Each column's ranks (n, d) as normal scores Φ⁻¹((rank − ½)/n); rows that tie share one."""
    return np.asarray(special.ndtri((stats.rankdata(z, axis=0) - 0.5) / len(z)))


def tied_columns(pairs: PairedSample) -> list[str]:
    """The columns that are discrete at least in part, in words."""
    return _named(pairs, lambda values: _repeats(values) >= TIED)


def refuse_labels(pairs: PairedSample, why: str) -> None:
    """Refuse columns with values of a probability of their own; `why` follows their names.

    Raises
    ------
    ValueError
        If there are such.
    """
    labels = _named(pairs, _has_labels)
    if labels:
        raise ValueError(f"values repeat in {', '.join(labels)}{why}")


def _named(pairs: PairedSample, such: Callable[[FloatArray], bool]) -> list[str]:
    """The columns (n,) that are such, in words."""
    return [
        f"column {place} of {name}"
        for name, rows in (("x", pairs.x), ("y", pairs.y))
        for place, values in enumerate(rows.T)
        if such(values)
    ]


def _has_labels(values: FloatArray) -> bool:
    facts = column(values)
    return facts.has_atoms or facts.kind is ColumnKind.LATTICE


def _repeats(column: FloatArray) -> float:
    """Share of rows whose value another row has too."""
    _, counts = np.unique(column, return_counts=True)
    return float(counts[counts > 1].sum() / len(column))
