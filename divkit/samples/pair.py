"""One sample or two, checked for what makes an estimate wrong, with notes on what is odd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from divkit.floats import own_rules
from divkit.rng import RandomState, as_generator
from divkit.samples.categories import Categories, categories
from divkit.samples.columns import chance_pairs
from divkit.samples.copies import distinct
from divkit.samples.intake import Judged, Rows, as_rows
from divkit.samples.jitter import jittered, require_jitter, spread
from divkit.samples.labels import coded
from divkit.samples.levels import levels
from divkit.samples.repeats import repeated, shared
from divkit.samples.serial import serial_notes
from divkit.samples.standard import Standard, standard
from divkit.types import FloatArray, Samples

Laws = Literal["density", "mixed", "any"]
"""Laws that a caller can treat: densities; densities beside atoms; all, atoms and steps alike."""


@dataclass(frozen=True)
class Treatment:
    """Columns that a caller can treat: atoms beside a density, labels, and all numbers."""

    atoms: bool
    everything: bool
    labels: bool = False


_TREATMENTS: dict[Laws, Treatment] = {
    "density": Treatment(atoms=False, everything=False),
    "mixed": Treatment(atoms=True, everything=False, labels=True),
    "any": Treatment(atoms=True, everything=True),
}
_SHOWN = 5
_SHARED = 0.01
"""Share of rows that two independent samples of a continuous law do not have in common."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A sample of one law: x (n, d) float64, the names of its columns, and notes.

    >>> Sample(np.zeros((5, 2))).dim
    2
    """

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
    notes : warnings for a result: ties, copies, shared rows, dropped rows, shapes.
    atoms : which atom each row has in each column; None where none has any or is rounded.
    dependent : why x and y cannot be independent, so that no interval holds; "" where they may.
    texts : for each column its labels, of which x and y have the places, or (); () without any.
    given : numbers of the rows of x and of y in what was handed over, before copies and masked
        rows were left out; None where not known.

    Examples
    --------
    >>> pair = two_samples([[1.0], [2.0]], [[3.0], [4.0], [5.0]])
    >>> pair.x.shape, pair.y.shape
    ((2, 1), (3, 1))
    """

    x: FloatArray
    y: FloatArray
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    atoms: Categories | None = None
    dependent: str = ""
    texts: tuple[tuple[str, ...], ...] = ()
    given: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

    @property
    def dim(self) -> int:
        """Number of coordinates d."""
        return int(self.x.shape[1])

    def labels_of(self, column: int) -> tuple[str, ...]:
        """The labels of a column, in the order of their places; () where it holds numbers."""
        return self.texts[column] if self.texts else ()

    def cells(self, columns: Sequence[int] | None = None) -> tuple[NDArray[Any], NDArray[Any]]:
        """Some columns of x and of y, or all, labels as texts: objects where there are any."""
        which = list(range(self.dim) if columns is None else columns)
        words = [self.labels_of(k) for k in which]
        return _with_texts(self.x[:, which], words), _with_texts(self.y[:, which], words)

    @cached_property
    def standard(self) -> Standard:
        """The pooled centre and scale of each column."""
        return standard(self.x, self.y)

    @cached_property
    def standardised(self) -> Pair:
        """The pair in pooled units: centre 0, mean distance from it 1, in each column."""
        return replace(self, x=self.standard(self.x), y=self.standard(self.y))

    def in_one_unit(self) -> tuple[FloatArray, FloatArray, float]:
        """Return x and y about the pooled medians, divided by their largest entry, and that."""
        centre = np.median(np.concatenate([self.x, self.y]), axis=0)
        x, y = self.x - centre, self.y - centre
        unit = max(float(np.abs(x).max()), float(np.abs(y).max())) or 1.0
        return x / unit, y / unit, unit

    @property
    def swapped(self) -> Pair:
        """(y, x)."""
        return replace(self, x=self.y, y=self.x, given=self.given and self.given[::-1])


def _with_texts(rows: FloatArray, texts: Sequence[tuple[str, ...]]) -> NDArray[Any]:
    """Rows (n, d) with labels in place of their places: objects where a column holds any."""
    if not any(texts):
        return rows
    cells = rows.astype(object)
    for k, words in enumerate(texts):
        if words:
            cells[:, k] = np.array(words, dtype=object)[rows[:, k].astype(np.int64)]
    return cells


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
    """Return a sample as rows; the arguments and errors are those of `two_samples`.

    >>> one_sample([[1.0, 2.0], [3.0, 4.0]]).x.shape
    (2, 2)
    """
    rows = as_rows(x, name)
    _check(rows, name, above, constant)
    values, notes = rows.values, [*rows.notes, *_shape_notes(rows, name)]
    if jitter is not None:
        values = spread(values, standard(values), jitter, rng)
        notes.append(jittered(jitter))
    notes += _tie_notes(values, name, ties)
    return Sample(values, rows.columns, tuple(notes))


@own_rules
def two_samples(
    x: Samples,
    y: Samples,
    *,
    above: int = 1,
    constant: bool = False,
    ties: bool = True,
    laws: Laws = "density",
    jitter: float | None = None,
    rng: RandomState = 0,
) -> Pair:
    """Return samples of two laws as rows of one set of columns, each copy of a row counted once.

    Parameters
    ----------
    x, y : samples, one a row; see `divkit.samples.intake.as_rows`. Where both have named columns,
        y's are put in the order of x's.
    above : each needs more rows than this (k, for k nearest neighbours).
    constant : whether a column that is constant in x or in y is allowed, and with it any law.
    ties : whether rows may repeat within a sample; if so they are noted.
    laws : which laws the caller can treat: "density", columns without atoms, and "mixed", columns
        with or without, in both of which rounded beside unrounded is refused, and columns of
        labels (texts, booleans); or "any".
    jitter : if given, rows are moved by uniform noise of ± this many units of spread (the mean
        distance from the median of each column), which breaks ties.
    rng : of the noise.

    Raises
    ------
    ValueError
        If a sample is not finite or too short, the shapes or the columns do not fit, a column is
        constant, rows repeat where they must not, a column has atoms or steps that `laws` leaves
        out, or the jitter is too little to blur them.
    TypeError
        If a sample does not hold real numbers, or labels where the caller can treat them.

    Examples
    --------
    >>> two_samples([1.0, 2.0, 4.0], [3.0, 2.0]).notes
    ('x and y share 1 distinct row: x[1] = y[1]; they may not be independent',)
    """
    judged = isinstance(x, Judged) or isinstance(y, Judged)
    same, texts = x is y, tuple[tuple[str, ...], ...]()
    if _TREATMENTS[laws].labels and not judged:
        x, y, texts = coded(x, y)
    if texts and jitter is not None:
        raise ValueError("jitter= moves numbers, and a column holds labels: leave one out.")
    a, b = _aligned(as_rows(x, "x"), as_rows(y, "y"))
    notes = [*a.notes, *b.notes]
    if same:
        notes.append("x and y are the same object: a sample is not independent of itself")
    if not judged:
        a, b = _once(a, "x", notes), _once(b, "y", notes)
        notes += [*serial_notes(a.values, "x"), *serial_notes(b.values, "y")]
    fixed = constant or (_TREATMENTS[laws].atoms and not _constant_alike(a.values, b.values))
    for rows, name in ((a, "x"), (b, "y")):
        _check(rows, name, above, fixed, texts)
        notes += _shape_notes(rows, name)
    atoms = None if judged else categories(a.values, b.values, _labels(a), texts)
    frame, dependent, source = standard(a.values, b.values), "", as_generator(rng)
    if jitter is not None:
        require_jitter(jitter)
        notes += _sharing(a, b)
        if atoms is not None:
            _require_blurred(atoms, jitter)
        a, b = (replace(r, values=spread(r.values, frame, jitter, source)) for r in (a, b))
        notes.append(jittered(jitter))
        atoms = None
    if atoms is not None:
        _require(atoms, "any" if constant else laws)
        notes += atoms.notes
        dependent = _dependent(a, b, atoms)
    if not texts or (atoms is not None and atoms.continuous):  # labels repeat by design
        tied = [*_tie_notes(a.values, "x", ties), *_tie_notes(b.values, "y", ties)]
        notes += [] if judged else tied
    if jitter is None and not judged and (atoms is None or atoms.continuous):
        notes += _sharing(a, b)  # others share rows by design, and judged rows were told of
    known = atoms if atoms is not None and (atoms.any or atoms.rounded) else None
    columns, given = a.columns or b.columns, (a.kept, b.kept)
    return Pair(a.values, b.values, columns, tuple(notes), known, dependent, texts, given)


def _once(rows: Rows, name: str, notes: list[str]) -> Rows:
    """The rows without copies, which are noted."""
    unique = distinct(rows.values, name)
    notes += unique.note(name)
    if not unique.copies:
        return rows
    return replace(rows, values=rows.values[unique.kept], kept=rows.kept[unique.kept])


def _labels(rows: Rows) -> tuple[str, ...]:
    return tuple(rows.label(k) for k in range(rows.values.shape[1]))


def _require(atoms: Categories, laws: Laws) -> None:
    """Refuse columns that are not of such laws."""
    if _TREATMENTS[laws].everything:
        return
    if atoms.refused:
        raise ValueError(f"{atoms.refused[0]}.")
    if _TREATMENTS[laws].atoms:
        return
    for each in atoms.columns:
        if len(each.atoms):
            shown = ", ".join(f"{value:.6g}" for value in each.atoms[:_SHOWN])
            more = ", …" if len(each.atoms) > _SHOWN else ""
            raise ValueError(
                f"{each.label} has atoms, values that rows repeat ({shown}{more}), and this "
                "method is for laws with a density. Take method='auto', which treats them as "
                f"categories, drop the column, or pass jitter= of at least "
                f"{each.blur:.3g} to blur them."
            )


def _require_blurred(atoms: Categories, jitter: float) -> None:
    """Refuse noise that leaves atoms or steps to be seen, as values close by instead of equal."""
    for each in atoms.columns:
        least = each.blur
        if jitter < least * (1 - 1e-9):
            what = "atoms" if len(each.atoms) else "steps or repeated values"
            raise ValueError(
                f"jitter={jitter:g} leaves the {what} of {each.label} to be seen: it takes "
                f"{least:.3g} to blur them."
                + ("" if least < 1 else " That is above 1: drop the column, or take it apart.")
            )


def _dependent(a: Rows, b: Rows, atoms: Categories) -> str:
    """A reason why the samples cannot be independent: continuous rows in common."""
    common = shared(a.values, b.values)
    least = min(len(a.values), len(b.values))
    continuous = atoms.continuous
    if len(common) <= max(3.0, _SHARED * least) or not continuous:
        return ""
    places = atoms.x[[i for i, _ in common]][:, list(continuous)]
    both = np.concatenate([a.values, b.values])
    chance = min(chance_pairs(levels(both[:, k]), None) for k in continuous)
    count = int((places < 0).any(axis=1).sum())
    if count <= max(3.0, _SHARED * least) or chance > 0.1 * count:
        return ""
    return (
        f"{count} rows of continuous values are in x and in y: the samples are not independent, "
        "and no interval holds"
    )


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


def _check(
    rows: Rows, name: str, above: int, constant: bool, texts: tuple[tuple[str, ...], ...] = ()
) -> None:
    n = len(rows.values)
    if n <= above:
        raise ValueError(
            f"{name} needs more than {above} rows here; got n = {n} (n_samples={n}). Draw "
            "more, or take a smaller k where the method has one."
        )
    same = (rows.values == rows.values[0]).all(axis=0)
    if same.any() and not constant:
        column = int(same.argmax())
        first: float | str = float(rows.values[0, column])
        if texts and texts[column]:
            first = texts[column][int(first)]
        raise ValueError(
            f"{name} is degenerate: {rows.label(column)} is constant at {first!r}, so that it "
            "has no density. Drop the column."
        )


def _constant_alike(x: FloatArray, y: FloatArray) -> bool:
    """Whether a column has one value, the same, in both samples."""
    return bool(((x == x[0]).all(axis=0) & (y == x[0]).all(axis=0)).any())


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
    both = shared(a.values, b.values)
    if not both:
        return []
    shown = ", ".join(f"x[{a.kept[i]}] = y[{b.kept[j]}]" for i, j in both[:_SHOWN])
    more = ", …" if len(both) > _SHOWN else ""
    rows = "row" if len(both) == 1 else "rows"
    return [
        f"x and y share {len(both)} distinct {rows}: {shown}{more}; they may not be independent"
    ]
