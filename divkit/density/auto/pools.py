r"""Densities of free columns given the atoms beside them, by rows of all cells.

Where each cell has few rows, the free columns y of those with atoms a are taken to be

    y = m(a) + s(a) ε,  or log y, where all are positive,

ε of one law. m is constant, linear in a, or that and what Gaussian kernels over the values of a
(their standard units, or their ranks; of all columns or one) leave beside it; s is constant, or
smoothed by such kernels. Which is chosen by the normal likelihood of rows that a fit left out; ε
has the stack of residuals from fits without the row's fold, which may differ from one level of a
column to the next, and both are taken where left-out rows have a higher density than by a law of
y that does not depend on a.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from divkit.density.auto.recipes import FREE, StackMember, folds_of
from divkit.density.auto.stacking import JOINING, price_unit
from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import MixtureLaw, mixture
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.normal import Normal
from divkit.distributions.maps.scalar import Affine, Exp
from divkit.distributions.maps.space import Linear
from divkit.types import FloatArray

OWN = 40
"""Rows from which a cell may have a density of its own."""
_LABELS = 5
"""Levels up to which each may have residuals of its own."""
_WIDTHS = (0.03, 0.1, 0.2, 0.4, 0.8)
_FOLDS = 5
_OF_MEAN, _OF_SCALE = 1.0, 5.0
"""Rows' worth of the linear mean, and of the common scale."""
_ROUNDING = 1e-10
"""Share of a column's spread that rounding leaves of one that is a function of others."""


class CellDensity(Protocol):
    """A fitted density of some rows: its members, and mean log density at rows left out."""

    left_out_: tuple[float, float]
    members_: tuple[StackMember, ...]

    def as_law(self) -> Law:
        """The law."""
        ...


Fit = Callable[[FloatArray], CellDensity]
Indices = NDArray[np.intp]


@dataclass(eq=False)
class MovedDensity:
    """The density of y = m + s ε, or exp of that, by that of ε."""

    base: CellDensity
    move: Callable[[Law], Law]
    words: str
    left_out_: tuple[float, float] = (math.nan, math.nan)
    members_: tuple[StackMember, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.members_ = tuple(
            replace(m, name=m.name + self.words, law=self.move(m.law)) for m in self.base.members_
        )

    def as_law(self) -> Law:
        """The law."""
        return self.move(self.base.as_law())


@dataclass(frozen=True)
class PooledCells:
    """The density of free columns in each cell by rows of others too.

    Attributes
    ----------
    at : of each cell's number; what it gives does not depend on it where `words` is "".
    words : on what the density depends.
    """

    at: Callable[[int], CellDensity]
    words: str = ""


@dataclass(frozen=True, eq=False)
class Beside:
    """Rows with atoms in some columns and a density in the others.

    Attributes
    ----------
    atoms : of each cell, (U, q).
    names : of their columns.
    cell : of each row (m,).
    y : the free columns (m, p).
    """

    atoms: FloatArray
    names: Sequence[str]
    cell: Indices
    y: FloatArray


@dataclass(frozen=True, eq=False)
class _Shape:
    """A scale of the atoms (U, q), and of kernels over them (U, U) the values, or None."""

    z: FloatArray
    kernel: FloatArray | None = None

    def mean(self, rows: Beside, y: FloatArray, some: Indices) -> FloatArray:
        """The mean of y at each cell (U, p), by some of the rows."""
        cell = rows.cell[some]
        design = np.column_stack([np.ones(len(self.z)), self.z])
        line = design @ np.linalg.lstsq(design[cell], y[some], rcond=None)[0]
        return np.asarray(line + self.smoothed(cell, y[some] - line[cell], _OF_MEAN))

    def smoothed(self, cell: Indices, values: FloatArray, rows_worth: float) -> FloatArray:
        """Means of values about each cell, drawn to 0 as by so many rows there."""
        if self.kernel is None:
            return np.zeros((len(self.z), values.shape[1]))
        total = np.zeros((len(self.z), values.shape[1]))
        np.add.at(total, cell, values)
        near = self.kernel @ np.bincount(cell, minlength=len(self.z))
        return np.asarray(self.kernel @ total / (near + rows_worth)[:, None])

    def scale(self, rows: Beside, residual: FloatArray, some: Indices) -> FloatArray:
        """The root mean square of residuals at each cell (U, p), by some of the rows."""
        squares = residual[some] ** 2
        common = squares.mean(axis=0)
        drawn = self.smoothed(rows.cell[some], squares - common, _OF_SCALE)
        return np.asarray(np.sqrt(common + drawn))


def pool_of(rows: Beside, everyone: CellDensity, fit: Fit) -> PooledCells:
    """Return the density in each cell: of everyone, or one that depends on the atoms.

    Raises
    ------
    ValueError
        If the atoms determine a free column.
    """
    alone = PooledCells(lambda _: everyone)
    if len(rows.atoms) < 2 or len(rows.y) < OWN:
        return alone
    unmoved = float(np.mean(np.asarray(everyone.as_law().log_prob(rows.y))))
    frames = [False] + [True] * bool((rows.y > 0).all())
    best = max((_residuals(rows, logs) for logs in frames), key=lambda each: each.likelihood)
    given = ", ".join(rows.names)
    constant = _Residuals.constant(rows)
    least = least_gain(len(rows.y), JOINING)
    moved = best.likelihood > constant.likelihood + least * len(rows.y)
    found = best if moved else constant
    part = fit(found.epsilon) if moved else everyone
    value = part.left_out_[0] + found.jacobian if moved else unmoved
    if moved and value <= unmoved:
        found, part, value, moved = constant, everyone, unmoved, False
    level, parts = _by_level(rows, found.epsilon, value - found.jacobian, fit)
    if not moved and level is None:
        return alone
    words = f", about {found.words} given {given}" if moved else ""
    words += "" if level is None else f", of each {rows.names[level]}"

    def at(cell: int) -> CellDensity:
        own = part if level is None else parts[float(rows.atoms[cell, level])]
        return MovedDensity(own, found.move(cell), words) if moved else own

    return PooledCells(at, words.removeprefix(", "))


def least_gain(n: int, price: float = FREE) -> float:
    """The gain in mean log density at n rows for which a density of their own is taken.

    The price is that of a free density: members chosen by rows left out flatter themselves.
    """
    return price * price_unit(n) / n


def _by_level(
    rows: Beside, epsilon: FloatArray, least: float, fit: Fit
) -> tuple[int | None, dict[float, CellDensity]]:
    """The column whose levels have residuals of laws of their own, and these."""
    best: tuple[int | None, dict[float, CellDensity]] = (None, {})
    for k in range(rows.atoms.shape[1]):
        value, group, count = np.unique(
            rows.atoms[rows.cell, k], return_inverse=True, return_counts=True
        )
        if not 2 <= len(value) <= _LABELS or len(value) == len(rows.atoms) or count.min() < OWN:
            continue
        parts = [fit(epsilon[group == g]) for g in range(len(value))]
        gains = [part.left_out_[0] - least_gain(n) for part, n in zip(parts, count, strict=True)]
        mean = float(count @ gains) / len(epsilon)
        if mean > least:
            least, best = mean, (k, dict(zip(value.tolist(), parts, strict=True)))
    return best


@dataclass(frozen=True, eq=False)
class _Residuals:
    """ε of rows (m, p) without each one's fold, how y comes of it, and its normal likelihood."""

    epsilon: FloatArray
    jacobian: float
    likelihood: float
    mean: FloatArray
    scale: FloatArray
    logs: bool

    @classmethod
    def constant(cls, rows: Beside) -> _Residuals:
        """Those of a law that does not depend on the atoms: y itself."""
        still = np.zeros((len(rows.atoms), rows.y.shape[1]))
        away = rows.y - _crossed(rows, lambda some: still + rows.y[some].mean(axis=0))
        return cls(rows.y, 0.0, _normal(away), still, still + 1, False)

    @property
    def words(self) -> str:
        """Moments of y that depend on the atoms."""
        spread = " and spread" if bool((self.scale != 1).any()) else ""
        return f"the mean{spread}{' of its logarithm' if self.logs else ''}"

    def move(self, cell: int) -> Callable[[Law], Law]:
        """The map of laws of ε to laws of y at a cell."""
        mean, scale = self.mean[cell], self.scale[cell]

        def moved(law: Law) -> Law:
            found = _affine(law, mean, scale)
            return transformed(found, Exp()) if self.logs else found

        return moved


def _affine(law: Law, mean: FloatArray, scale: FloatArray) -> Law:
    """The law of mean + scale ε; of mixtures one of mixtures, of normal laws a normal one."""
    if isinstance(law, MixtureLaw):
        parts = [_affine(part, mean, scale) for part in law.components]
        return mixture(law.weights, parts, normalize=True)
    if isinstance(law, Normal):
        return Normal(float(mean[0] + scale[0] * law.loc), float(scale[0] * law.scale))
    if len(mean) == 1:
        return transformed(law, Affine(float(mean[0]), float(scale[0])))
    return transformed(
        law, Linear(tuple(map(tuple, np.diag(scale).tolist())), tuple(mean.tolist()))
    )


def _residuals(rows: Beside, logs: bool) -> _Residuals:
    """The best mean, and with it the best scale, by the likelihood of rows left out."""
    y = np.log(rows.y) if logs else rows.y
    unit, everyone = JOINING * price_unit(len(y)), np.arange(len(y))
    best, mean, residual = -math.inf, y, y
    for shape in _shapes(rows):
        away = y - _crossed(rows, partial(shape.mean, rows, y))
        value = _normal(away) - (0 if shape.kernel is None else unit)
        if value > best:
            best, mean, residual = value, shape.mean(rows, y, everyone), away
    if bool((residual.std(axis=0) < _ROUNDING * y.std(axis=0)).any()):
        given = ", ".join(rows.names)
        raise ValueError(f"a column is determined by {given}, and has no density given that.")
    best = _normal(residual)
    scale, of_row, least = np.ones_like(mean), np.ones_like(y), best + unit
    for shape in _shapes(rows):
        if shape.kernel is None:
            continue
        spread = _crossed(rows, partial(shape.scale, rows, residual))
        value = _normal(residual / spread) - float(np.log(spread).sum())
        if value > least:
            best = least = value
            scale, of_row = shape.scale(rows, residual, everyone), spread
    taken = np.log(of_row).sum() + (y.sum() if logs else 0.0)
    likelihood = best - (float(y.sum()) if logs else 0.0)
    return _Residuals(residual / of_row, -float(taken) / len(y), likelihood, mean, scale, logs)


def _crossed(rows: Beside, of: Callable[[Indices], FloatArray]) -> FloatArray:
    """At each row (m, p) what the rows of the other folds give its cell."""
    out = np.empty_like(rows.y)
    for fold in folds_of(len(rows.y), _FOLDS):
        out[fold] = of(np.delete(np.arange(len(rows.y)), fold))[rows.cell[fold]]
    return out


def _normal(z: FloatArray) -> float:
    """The log likelihood of rows (m, p) by normal columns of mean 0 and their mean square."""
    with np.errstate(divide="ignore"):  # nothing is left: refused by `pool_of`
        return float(-0.5 * len(z) * (np.log(2 * math.pi * (z**2).mean(axis=0)) + 1).sum())


def _shapes(rows: Beside) -> Iterable[_Shape]:
    """Linear means in the atoms and their ranks, and such with kernels over all, or one column."""
    held = np.bincount(rows.cell, minlength=len(rows.atoms))
    ranks = np.stack([np.unique(a, return_inverse=True)[1] for a in rows.atoms.T], axis=1)
    for places in (rows.atoms, ranks):
        middle = np.average(places, axis=0, weights=held)
        spread = np.sqrt(np.average((places - middle) ** 2, axis=0, weights=held))
        z = (places - middle) / np.where(spread > 0, spread, 1.0)
        yield _Shape(z)
        axes = np.flatnonzero(spread > 0).tolist()
        for some in [axes, *([k] for k in axes if len(axes) > 1)]:
            squares = sum(np.subtract.outer(z[:, k], z[:, k]) ** 2 for k in some)
            for width in _WIDTHS:
                yield _Shape(z, np.exp(-0.5 * np.asarray(squares) / width**2))
