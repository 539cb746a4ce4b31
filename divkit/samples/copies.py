r"""Rows that are copies of each other, as against rows of a law with atoms.

A law with atoms gives a row many times, in counts that scatter as a multinomial's do. Copies of
rows, as from a table joined to itself, a bootstrap, or a file read twice, give none that was not
there before, and an estimate that counts them claims more rows than it has. Two signs:

- *Folds.* The counts of all u distinct rows are multiples of k ≥ 2. Of counts that scatter freely
  at most k^{−u} do so; rows are copies if that is below `CHANCE`, whatever their law, and one in k
  of each is kept. Counts of a few values may be multiples since somebody chose them, as of a
  design or rounded ones, and all rows count: where these are unequal a note says what they may be.
- *Copies of a continuous law.* Among distinct rows some column is continuous, or is beside its
  atoms, and gives fewer equal pairs by chance (by its precision or step) than there are. A row
  that occurs again with a value of that part is a copy. Of more than `HEAVY` rows alike it is an
  atom of the joint law (all columns 0 together, say) if few rows repeat; if many do, nothing is
  clear, and the sample is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divkit.samples.columns import (
    FEW,
    WITH_DENSITY,
    Column,
    ColumnKind,
    chance_pairs,
    column,
    columns,
)
from divkit.samples.levels import levels
from divkit.samples.repeats import earlier, grouped
from divkit.types import FloatArray

CHANCE = 1e-5
LIKELY = 0.3
"""Share of the pairs of equal rows up to which chance, in one column, may have given them."""
HEAVY = 8
"""Rows alike, up to which they are copies: a bootstrap of 10⁵ rows takes none more often."""


@dataclass(frozen=True, eq=False)
class Distinct:
    """The rows of a sample that count.

    Attributes
    ----------
    kept : numbers of the rows that are no copies of one kept, ascending (u,).
    given : how many rows there were.
    why : what shows that the others are copies; "" where none is.
    doubt : what else all rows may be, where they are kept; "" where nothing.
    """

    kept: NDArray[np.int64]
    given: int
    why: str = ""
    doubt: str = ""

    @property
    def copies(self) -> int:
        """Return the number of rows that are copies."""
        return self.given - len(self.kept)

    def note(self, name: str) -> list[str]:
        """A warning for a result, or none; `name` is the sample's."""
        if not self.copies:
            return [self.doubt.format(name)] if self.doubt else []
        return [
            f"{self.copies} of {self.given} rows of {name} are copies ({self.why}): each distinct "
            f"row is counted once, and the sample has {len(self.kept)} rows"
        ]


def distinct(rows: FloatArray, name: str = "x") -> Distinct:
    """Return which of the rows (n, d) count, copies counted once.

    Rows that a law with atoms repeats all count: of integers, labels, rounded values.

    Raises
    ------
    ValueError
        If rows repeat both as copies and as atoms do.

    Examples
    --------
    >>> z = np.random.default_rng(0).normal(size=(40, 2))
    >>> distinct(np.repeat(z, 5, axis=0)).note("x")[0][:67]
    '160 of 200 rows of x are copies (every row occurs 5 times): each di'
    """
    n = len(rows)
    group = grouped(rows)
    first, of_row, count = np.unique(group, return_index=True, return_inverse=True,
                                     return_counts=True)[1:]  # fmt: skip
    if len(first) == n:
        return Distinct(np.arange(n), n)
    fold = int(np.gcd.reduce(count))
    equal = bool((count == fold).all())
    if fold > 1 and len(first) * math.log(fold) >= -math.log(CHANCE):
        if len(first) <= FEW:
            return Distinct(np.arange(n), n, doubt="" if equal else _doubt(fold))
        alike = "times" if equal else "times or a multiple of that"
        kept = np.flatnonzero(earlier(of_row) < (count // fold)[of_row])
        return Distinct(kept, n, f"every row occurs {fold} {alike}")
    return _of_continuous(rows, first, of_row, count, name)


def _doubt(fold: int) -> str:
    return (
        f"the counts of all distinct rows of {{}} are multiples of {fold}, which chance hardly "
        "gives. They are taken as chosen, as in a design, and every row counts; if rows are "
        f"copies, {fold} of each, pass one of each: errors are then {math.sqrt(fold):.2g} times "
        "as large"
    )


def _of_continuous(
    rows: FloatArray,
    first: NDArray[np.intp],
    of_row: NDArray[np.intp],
    count: NDArray[np.intp],
    name: str,
) -> Distinct:
    n, own = len(rows), rows[first]
    pairs = float(0.5 * count @ (count - 1))
    unlikely = np.zeros(len(own), dtype=bool)
    for values, facts, all_of_them in zip(own.T, columns(own), rows.T, strict=True):
        free = _off_atoms(all_of_them, facts.step)
        held = count[free[first]]
        beside = pairs if free.all() else float(0.5 * held @ (held - 1))
        if chance_pairs(levels(all_of_them[free]), facts.step) <= LIKELY * beside:
            unlikely |= _alone(values, facts)
    repeated = unlikely & (count > 1)
    heavy = repeated & (count > HEAVY)
    light = int((repeated & ~heavy).sum())
    if not light or len(own) <= FEW:
        return Distinct(np.arange(n), n)
    if heavy.any() and light > FEW:
        raise ValueError(_unclear(name, light, count[heavy]))
    allowed = np.where(repeated & ~heavy, 1, count)
    kept = np.flatnonzero(earlier(of_row) < allowed[of_row])
    most = int(count[repeated & ~heavy].max())
    return Distinct(kept, n, f"{light} rows of continuous values occur up to {most} times")


def _off_atoms(values: FloatArray, step: float | None) -> NDArray[np.bool_]:
    """The rows (n,) on no atom of a rounded column, where chance repeats values; else all.

    A rounded column beside an atom, rain in tenths of a millimetre, has rows alike of both kinds,
    and those on the atom say nothing of the others. All rows of one that has atoms alone are kept.
    """
    whole = column(values) if step is not None else None
    if whole is None or whole.kind is not ColumnKind.MIXED:
        return np.ones(len(values), dtype=bool)
    seen = levels(values)
    return ~np.isin(seen.value[seen.of_row], whole.atoms)


def _unclear(name: str, light: int, heavy: NDArray[np.intp]) -> str:
    return (
        f"rows of {name} repeat in no clear way: {light} rows occur 2 to {HEAVY} times, as copies "
        f"do, and {len(heavy)} up to {int(heavy.max())} times, as atoms do. Pass distinct rows, "
        "such as numpy.unique(rows, axis=0), if they are copies."
    )


def _alone(values: FloatArray, facts: Column) -> NDArray[np.bool_]:
    """The values of a column (u,) that are of a continuous part and of one row alone."""
    seen = levels(values)
    if facts.kind not in WITH_DENSITY or facts.scattered:
        return np.zeros(len(values), dtype=bool)
    return np.asarray(seen.count[seen.of_row] == 1)
