"""One sample or two, checked for what makes an estimate wrong, with notes on what is odd."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from divkit.rng import RandomState, as_generator
from divkit.samples.intake import Rows, as_rows
from divkit.samples.repeats import repeated, shared
from divkit.samples.standard import Standard, standard
from divkit.types import FloatArray, Samples

_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Sample:
    """A sample of one law: x (n, d) float64, the names of its columns, and notes."""

    x: FloatArray
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def dim(self) -> int:
        """Number of coordinates d."""
        return int(self.x.shape[1])


@dataclass(frozen=True, eq=False)
class Pair:
    """Samples x (n, d) of P and y (m, d) of Q, float64, in the units they came in.

    Attributes
    ----------
    x, y : the rows.
    columns : names of the columns, or ().
    notes : warnings for a result's diagnostics: ties, shared rows, dropped rows, shapes.
    """

    x: FloatArray
    y: FloatArray
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def dim(self) -> int:
        """Number of coordinates d."""
        return int(self.x.shape[1])

    @cached_property
    def standard(self) -> Standard:
        """The pooled centre and scale of each column."""
        return standard(self.x, self.y)

    @cached_property
    def standardised(self) -> Pair:
        """The pair in pooled units: centre 0, mean distance from it 1, in each column."""
        return replace(self, x=self.standard(self.x), y=self.standard(self.y))

    @property
    def swapped(self) -> Pair:
        """(y, x)."""
        return replace(self, x=self.y, y=self.x)


def one_sample(
    x: Samples,
    *,
    name: str = "x",
    above: int = 1,
    constant: bool = False,
    ties: bool = True,
    jitter: float | None = None,
    rng: RandomState = 0,
) -> Sample:
    """Return a sample as rows; the arguments and errors are those of `two_samples`."""
    rows = as_rows(x, name)
    _check(rows, name, above, constant)
    values, notes = rows.values, [*rows.notes, *_shape_notes(rows, name)]
    if jitter is not None:
        values = _spread(values, standard(values), jitter, rng)
        notes.append(_jittered(jitter))
    notes += _tie_notes(values, name, ties)
    return Sample(values, rows.columns, tuple(notes))


def two_samples(
    x: Samples,
    y: Samples,
    *,
    above: int = 1,
    constant: bool = False,
    ties: bool = True,
    jitter: float | None = None,
    rng: RandomState = 0,
) -> Pair:
    """Return samples of two laws as rows of one set of columns.

    Parameters
    ----------
    x, y : samples, one a row; see `divkit.samples.intake.as_rows`. Where both have named columns,
        y's are put in the order of x's.
    above : each needs more rows than this (k, for k nearest neighbours).
    constant : whether a column that is constant in x or in y is allowed.
    ties : whether rows may repeat within a sample; if so they are noted.
    jitter : if given, rows are moved by uniform noise of ± this many units of spread (the mean
        distance from the median of each column), which breaks ties.
    rng : of the noise.

    Raises
    ------
    ValueError
        If a sample is not finite or too short, the shapes or the columns do not fit, a column is
        constant, or rows repeat where they must not.
    TypeError
        If a sample does not hold real numbers.

    >>> two_samples([1.0, 2.0, 4.0], [3.0, 2.0]).notes
    ('x and y share 1 distinct row: x[1] = y[1]; they may not be independent',)
    """
    a, b = _aligned(as_rows(x, "x"), as_rows(y, "y"))
    notes = [*a.notes, *b.notes]
    if x is y:
        notes.append("x and y are the same object: a sample is not independent of itself")
    for rows, name in ((a, "x"), (b, "y")):
        _check(rows, name, above, constant)
        notes += _shape_notes(rows, name)
    first, second = a.values, b.values
    if jitter is not None:
        frame, source = standard(first, second), as_generator(rng)
        notes += _sharing(a, b)
        first, second = (_spread(v, frame, jitter, source) for v in (first, second))
        notes.append(_jittered(jitter))
    notes += [*_tie_notes(first, "x", ties), *_tie_notes(second, "y", ties)]
    if jitter is None:
        notes += _sharing(a, b)
    return Pair(first, second, a.columns or b.columns, tuple(notes))


def _aligned(a: Rows, b: Rows) -> tuple[Rows, Rows]:
    """The two with one set of columns, in the order of the first."""
    if a.values.shape[1] != b.values.shape[1]:
        raise ValueError(
            "x and y must have the same columns; got shapes "
            f"{a.values.shape} and {b.values.shape}. Rows are samples."
        )
    if not (a.columns and b.columns) or a.columns == b.columns:
        return a, b
    if sorted(a.columns) != sorted(b.columns) or len(set(a.columns)) < len(a.columns):
        raise ValueError(
            f"x and y must have the same column names; got {list(a.columns)} and "
            f"{list(b.columns)}. Rename them, or pass arrays to take columns by place."
        )
    order = [b.columns.index(column) for column in a.columns]
    note = "the columns of y were put in the order of x's, by name"
    return a, replace(
        b, values=b.values[:, order].copy(), columns=a.columns, notes=(*b.notes, note)
    )


def _check(rows: Rows, name: str, above: int, constant: bool) -> None:
    n = len(rows.values)
    if n <= above:
        raise ValueError(
            f"{name} needs more than {above} rows here; got n = {n} (n_samples={n}). Draw "
            "more, or take a smaller k where the method has one."
        )
    same = (rows.values == rows.values[0]).all(axis=0)
    if same.any() and not constant:
        column = int(same.argmax())
        raise ValueError(
            f"{name} is degenerate: {rows.label(column)} is constant at "
            f"{float(rows.values[0, column])!r}, so that it has no density. Drop the column."
        )


def _shape_notes(rows: Rows, name: str) -> list[str]:
    n, d = rows.values.shape
    if d <= n:
        return []
    return [
        f"{name} has {n} rows and {d} columns: rows are samples. Pass its transpose if columns are"
    ]


def _tie_notes(values: FloatArray, name: str, allowed: bool) -> list[str]:
    extra = int((repeated(values) > 0).sum())
    if extra == 0:
        return []
    n = len(values)
    if not allowed:
        raise ValueError(
            f"{extra} of {n} rows of {name} repeat another, which a density gives with "
            "probability 0, and distances between neighbours are then 0. Pass jitter=, such as "
            "jitter=1e-3, or a method for laws with atoms."
        )
    return [f"{extra} of {n} rows of {name} repeat another: its law has atoms, or was rounded"]


def _sharing(a: Rows, b: Rows) -> list[str]:
    found = shared(a.values, b.values)
    if not found:
        return []
    shown = ", ".join(f"x[{a.kept[i]}] = y[{b.kept[j]}]" for i, j in found[:_SHOWN])
    more = ", …" if len(found) > _SHOWN else ""
    rows = "row" if len(found) == 1 else "rows"
    return [
        f"x and y share {len(found)} distinct {rows}: {shown}{more}; they may not be independent"
    ]


def _spread(values: FloatArray, frame: Standard, jitter: float, rng: RandomState) -> FloatArray:
    if not 0 < jitter < 1:
        raise ValueError(f"jitter must be in (0, 1), in units of spread; got {jitter!r}.")
    noise = as_generator(rng).uniform(-jitter, jitter, values.shape)
    return frame.inverse(frame(values) + noise)


def _jittered(jitter: float) -> str:
    return f"rows were moved by uniform noise of ±{jitter:g} of each column's spread"
