r"""Columns of two samples side by side: which have atoms, which are rounded, which are refused.

A law with atoms and a continuous part has a density with respect to counting plus length. The
density ratio at a row is then that of the *cells*, the pattern of atoms that a row has in such
columns, times that of the other coordinates given the cell. A column is

- discrete or mixed where a value has a probability of its own in x or in y: all such values of
  both are its atoms;
- rounded where both samples are on one step with many levels, or with few rows on each: its
  values are taken in their order, with a warning;
- discrete as well where the counts of at most `MOST` levels jump as those of names do; with few
  rows on each they are taken in their order, which is then in doubt;
- discrete in any case where it holds labels, whose order and distances say nothing;
- refused where one sample is rounded and the other is not, or to another step: the laws have no
  ratio there, though samples would look alike; where values repeat in no pattern; and where there
  are more than `MOST` atoms.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special

from divkit.samples.columns import FEW, WITH_DENSITY, Column, ColumnKind, column
from divkit.samples.levels import Levels, common_step, levels
from divkit.types import FloatArray

MOST = 60
"""Atoms of a column beyond which they are too many to be categories."""
RARE, THIN = 10, 0.2
"""Levels of fewer rows, together of more than this share, are too thin to be categories."""
_ROUGH, _LEVELS, _HELD = 1.8, 8, 2.0
"""Middle square of a jump from which levels are names; of so many levels, of so many rows."""
_JUMPS, _BY_CHANCE = 0.18, 1e-3
"""Chance that one of a smooth law's levels jumps so, and that so many of them do."""
OFF = 40
"""Rows of each sample off the atoms of a rounded column, for these to be set apart."""
_ALIKE, _SAID = 0.01, 6
_SURE, _DECIMALS = 20, range(3, 13)
"""Rows that share decimals by rounding alone, and numbers of decimals that are asked for."""
_WAY_OUT = "pass jitter= to blur it, or drop the column"


@dataclass(frozen=True, eq=False)
class Shared:
    """A column of two samples.

    Attributes
    ----------
    label : how messages call it.
    atoms : values with a probability of their own in x or in y, ascending; () where none has.
    rest : whether rows of x or y have other values.
    step : that both are rounded to; None where they are not.
    refused : why the two have no density ratio here; "" where they have one.
    blur : jitter, in units of spread, that leaves no atom and no step to be seen.
    names : whether the levels may be names, too few rows on each for categories: their order is
        taken, and the interval must not rest on it.
    finer : what is to be said of steps of one sample that are too fine to be seen.
    """

    label: str
    atoms: FloatArray = field(default_factory=lambda: np.empty(0))
    rest: bool = True
    step: float | None = None
    refused: str = ""
    blur: float = 0.0
    names: bool = False
    finer: str = ""


def shared_column(x: FloatArray, y: FloatArray, label: str) -> Shared:
    """Return what a column is in x (n,) and y (m,) together."""
    of_x, of_y = column(x), column(y)
    if _plain(of_x) and _plain(of_y):
        return Shared(label, finer=_finer(label, x, y))
    for name, facts in (("x", of_x), ("y", of_y)):
        if facts.scattered:
            return Shared(label, refused=_scattered(label, name, facts), blur=0.5)
    both = levels(np.concatenate([x, y]))
    step = common_step(both.value)
    alone = step is None and (both.count == 1).any()  # a few values of a continuous part
    if len(both.value) <= FEW and not alone and (step is None or not _thin(both, x, y)):
        return _discrete(x, y, both.value, False, label)
    loose = [f for f in (of_x, of_y) if f.kind in WITH_DENSITY and f.step is None]
    if step is None or loose:
        return _unrounded(x, y, (of_x, of_y), label)
    return _on_steps(x, y, (of_x, of_y), step, label)


def _finer(label: str, x: FloatArray, y: FloatArray) -> str:
    """The note where one sample has few decimals, too many to repeat, and the other all."""
    of_x, of_y = _decimals(x), _decimals(y)
    if (of_x is None) == (of_y is None):
        return ""
    name, other = ("x", "y") if of_y is None else ("y", "x")
    return (
        f"{label} of {name} is rounded to {of_x or of_y} decimals, and that of {other} is not: "
        "the laws as they are have no density ratio, and the value is that of the laws before "
        "rounding, as fine steps are not seen. Round both alike to be sure"
    )


def _decimals(values: FloatArray) -> int | None:
    """Decimals that all values are rounded to; None where they are few, or fill the floats."""
    if len(values) < _SURE:
        return None
    fine = 400 * float(np.spacing(np.abs(values).max()))
    for count in _DECIMALS:
        if 10.0**-count > fine and (np.round(values, count) == values).all():
            return count
    return None


def _plain(facts: Column) -> bool:
    """Whether a column is that of a continuous law, with no repeats but chance's."""
    return facts.kind is ColumnKind.CONTINUOUS and not facts.scattered


def _rounded(facts: Column) -> bool:
    """Whether a sample is rounded beside its atoms."""
    mixed = facts.kind is ColumnKind.MIXED and facts.step is not None
    return mixed or facts.kind is ColumnKind.LATTICE


def _scattered(label: str, name: str, facts: Column) -> str:
    return (
        f"{label} of {name} repeats values in no pattern: {facts.scattered:.0%} of its rows have "
        f"a value of a few others, on no common step; {_WAY_OUT}"
    )


def _thin(both: Levels, x: FloatArray, y: FloatArray) -> bool:
    """Whether levels hold too few rows to be categories, and are no other sample's gaps."""
    rare = both.count[both.count < RARE].sum() > THIN * both.count.sum()
    meet = min(_meeting(x, y), _meeting(y, x)) > 0
    return bool(rare) and (meet or not (_among(x, y) or _among(y, x)))


def _meeting(x: FloatArray, y: FloatArray) -> float:
    """Share of the values of x that y has too."""
    return float((_places(x, levels(y).value) >= 0).mean())


def _among(x: FloatArray, y: FloatArray) -> bool:
    """Whether a value of x lies in the range of y."""
    return bool(((x > y.min()) & (x < y.max())).any())


def _of_labels(count: int, label: str) -> Shared:
    """A column of labels: categories, whatever their counts."""
    if count <= MOST:
        return Shared(label, np.arange(float(count)), False)
    return Shared(
        label,
        refused=f"{label} has {count} labels, too many to be categories (at most {MOST}): join "
        "those that are alike, or drop the column",
    )


def _discrete(x: FloatArray, y: FloatArray, atoms: FloatArray, rest: bool, label: str) -> Shared:
    """Atoms, with or without other values."""
    blur = max(_gap(atoms) / _spread(x, y), 0.5 if rest else 0.0)
    if len(atoms) > MOST:
        words = f"{label} has {len(atoms)} atoms, too many to be categories"
        return Shared(label, refused=f"{words}; {_WAY_OUT}", blur=blur)
    return Shared(label, atoms, rest, blur=blur)


def _unrounded(x: FloatArray, y: FloatArray, sides: tuple[Column, Column], label: str) -> Shared:
    """Classify a column of which one sample at least has values on no step."""
    for name, facts in zip("xy", sides, strict=True):
        if _rounded(facts):
            blur = 0.5 * float(facts.step or 0.0) / _spread(x, y)
            return Shared(
                label, refused=_uneven(label, name, facts, "is not rounded", blur), blur=blur
            )
    rest = any(facts.kind in WITH_DENSITY for facts in sides)
    return _discrete(x, y, _union(*(facts.atoms for facts in sides)), rest, label)


def _on_steps(
    x: FloatArray, y: FloatArray, sides: tuple[Column, Column], step: float, label: str
) -> Shared:
    """Classify a column of one step, of many levels or of levels with few rows."""
    apart = [
        facts.kind is ColumnKind.DISCRETE and _meeting(*pair) == 0 and _among(*pair)
        for facts, pair in zip(sides, ((x, y), (y, x)), strict=True)
    ]
    if any(apart):  # no value of the one is one of the other
        atoms = _union(*(f.atoms for f, alone in zip(sides, apart, strict=True) if alone))
        return _discrete(x, y, atoms, not all(apart), label)
    blur = 0.5 * step / _spread(x, y)
    for name, facts, own, other in zip("xy", sides, (x, y), (y, x), strict=True):
        coarse = (
            facts.kind is ColumnKind.LATTICE and float(facts.step or 0.0) > (1 + _ALIKE) * step
        )
        if coarse and _share_on(other, float(own[0]), float(facts.step or 1.0)) < 0.5:
            blur = 0.5 * float(facts.step or 0.0) / _spread(x, y)
            how = "has finer steps or another origin"
            return Shared(label, refused=_uneven(label, name, facts, how, blur), blur=blur)
    both = levels(np.concatenate([x, y]))
    names = len(both.value) <= MOST and rough(both, step)  # whose order would say nothing
    if names and not _thin(both, x, y):
        return _discrete(x, y, both.value, False, label)
    atoms = _union(*(facts.atoms for facts in sides if facts.kind is ColumnKind.MIXED))
    off = min(int((_places(s, atoms) < 0).sum()) for s in (x, y))
    known = len(atoms) <= FEW and off >= OFF  # else the order of the levels shows more
    return Shared(label, atoms if known else atoms[:0], True, step, blur=blur, names=names)


def rough(both: Levels, step: float) -> bool:
    """Whether counts jump from level to level as those of names do, not of a rounded quantity.

    Of a smooth law c_v − [4(c_{v−1} + c_{v+1}) − c_{v−2} − c_{v+2}]/6 is near 0, with variance
    c_v + [16(c_{v−1} + c_{v+1}) + c_{v−2} + c_{v+2}]/36. The middle square over the variance is
    that of χ²₁, .455, and as many jumps as were seen must be no chance.
    """
    place = np.round((both.value - both.value[0]) / step).astype(np.int64)
    c = np.bincount(place, both.count, minlength=5).astype(np.float64)
    far, near = c[:-4] + c[4:], c[1:-3] + c[3:-1]
    gap, variance = c[2:-2] - (4 * near - far) / 6, c[2:-2] + (16 * near + far) / 36
    held = variance > _HELD
    if held.sum() < _LEVELS:
        return False
    square = gap[held] ** 2 / variance[held]
    jumps = int((square > _ROUGH).sum())
    chance = float(special.betainc(jumps, len(square) - jumps + 1, _JUMPS))  # P(at least so many)
    return bool(np.median(square) > _ROUGH and chance < _BY_CHANCE)


def _share_on(values: FloatArray, origin: float, step: float) -> float:
    """Share of values that are whole numbers of steps from the origin."""
    place = (values - origin) / step
    return float((np.abs(place - np.round(place)) < _ALIKE).mean())


def _uneven(label: str, name: str, facts: Column, how: str, blur: float) -> str:
    other = {"x": "y", "y": "x"}[name]
    return (
        f"{label} of {name} is rounded to steps of {facts.step:.6g}, and that of {other} {how}: "
        "the laws have no density ratio there. Round both alike, or pass jitter= of at least "
        f"{blur:.3g}, half a step in units of spread, to blur the steps"
    )


def _union(*atoms: FloatArray) -> FloatArray:
    return levels(np.concatenate(atoms)).value if sum(map(len, atoms)) else np.empty(0)


def _gap(atoms: FloatArray) -> float:
    """Half of the widest gap between neighbours."""
    return 0.5 * float(np.diff(atoms).max()) if len(atoms) > 1 else 0.0


def _spread(x: FloatArray, y: FloatArray) -> float:
    both = np.concatenate([x, y])
    return float(np.abs(both - np.median(both)).mean()) or 1.0


@dataclass(frozen=True, eq=False)
class Categories:
    """The atom of each row, in the columns that have any.

    Attributes
    ----------
    columns : every column of the samples.
    x, y : (n, d) and (m, d), the place of the row's value among the column's atoms, −1 for none.
    """

    columns: tuple[Shared, ...]
    x: NDArray[np.int64]
    y: NDArray[np.int64]

    @property
    def any(self) -> bool:
        """Whether a column has atoms."""
        return any(len(each.atoms) for each in self.columns)

    def on_atoms(self, column: int) -> bool:
        """Whether this column has atoms."""
        return len(self.columns[column].atoms) > 0

    @property
    def refused(self) -> list[str]:
        """Reasons why columns have no density ratio."""
        return [each.refused for each in self.columns if each.refused]

    @property
    def notes(self) -> list[str]:
        """Warnings for a result: a sentence on all columns that are rounded, and on fine steps."""
        finer = [each.finer for each in self.columns if each.finer]
        rounded = [self.columns[k] for k in self.rounded if not self.columns[k].refused]
        if not rounded:
            return finer
        named = ", ".join(f"{each.label} ({each.step:.6g})" for each in rounded[:_SAID])
        more = f" and {len(rounded) - _SAID} more" if len(rounded) > _SAID else ""
        words = f"rounded in x and y, so that values are taken in their order: {named}{more}"
        return [words, *finer]

    @property
    def continuous(self) -> tuple[int, ...]:
        """The columns with values that a density gives to no two rows."""
        return tuple(
            k for k, c in enumerate(self.columns) if c.rest and c.step is None and not c.refused
        )

    @property
    def rounded(self) -> tuple[int, ...]:
        """The columns that are taken in their order though values repeat."""
        return tuple(k for k, c in enumerate(self.columns) if c.step is not None and c.rest)


def categories(
    x: FloatArray,
    y: FloatArray,
    labels: tuple[str, ...],
    texts: tuple[tuple[str, ...], ...] = (),
) -> Categories:
    """Return the atoms of each row of x (n, d) and y (m, d); columns with `texts` hold labels."""
    columns = tuple(
        _of_labels(len(words), label) if words else shared_column(a, b, label)
        for a, b, label, words in zip(x.T, y.T, labels, texts or ((),) * len(labels), strict=True)
    )
    places = [
        np.stack([_places(values, each.atoms) for values, each in zip(s.T, columns, strict=True)])
        for s in (x, y)
    ]
    return Categories(columns, places[0].T, places[1].T)


def _places(values: FloatArray, atoms: FloatArray) -> NDArray[np.int64]:
    """The place of each value among the atoms, −1 where it is none of them."""
    out = np.full(len(values), -1, dtype=np.int64)
    if len(atoms) == 0:
        return out
    together = levels(np.concatenate([atoms, values]))
    place = np.full(len(together.value), -1, dtype=np.int64)
    place[together.of_row[: len(atoms)]] = np.arange(len(atoms))
    return np.asarray(place[together.of_row[len(atoms) :]])
