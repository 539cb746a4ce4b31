"""Recipes for members of a stack: fits that give one law or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from divkit.density.auto.stacking import JOINING
from divkit.distributions.base import Law
from divkit.types import FloatArray

FREE = 4.0
"""Price of a density that no parameters describe."""
LEFT_OUT = 2000
"""Rows in space after which weights are known well enough."""
FREE_DIRECTIONS = 5
"""Directions in which such a density is free, counted low: it has more."""


class Unmade(Protocol):
    """A density that can be asked, of which the law is made when it is taken."""

    def log_prob(self, rows: FloatArray) -> FloatArray:
        """Return log densities at rows (n, d) inside the support."""
        ...

    def law(self) -> Law:
        """Return the law."""
        ...


Fit: TypeAlias = Callable[[FloatArray], Sequence[Law | Unmade]]
"""Rows (n, d) to laws."""


def made(fitted: Law | Unmade) -> Law:
    """Return the law of what a recipe gave."""
    return fitted if isinstance(fitted, Law) else fitted.law()


@dataclass(frozen=True)
class Recipe:
    """A fit of one law or several, each with its name.

    Attributes
    ----------
    names : of the laws, in order; a fit may give fewer.
    fit : rows (n, d) to laws. A ValueError says that the rows do not allow it.
    prices : what each law costs, in the units of `stacking`; 0 for all where there are none.
    checked : whether the law of all rows is refused where its distribution function is too far.
    free : how many parameters each law has; `FREE_DIRECTIONS` where none are counted.
    everywhere : whether the laws are positive everywhere, with tails of a family.
    """

    names: tuple[str, ...]
    fit: Fit
    prices: tuple[float, ...] = ()
    checked: bool = False
    free: tuple[int, ...] = ()
    everywhere: bool = False

    @property
    def costs(self) -> tuple[float, ...]:
        """Return the price of each law."""
        return self.prices or (0.0,) * len(self.names)

    def freedom(self, place: int) -> int:
        """Return the number of directions in which one of the laws is free."""
        return self.free[place] if self.free else FREE_DIRECTIONS


@dataclass(frozen=True)
class StackMember:
    """A law of the stack: its name, weight, the nats it gained when it joined, and itself.

    >>> from divkit import Normal
    >>> StackMember("normal", weight=1.0, gain=0.0, law=Normal(0.1, 0.9)).law.loc
    0.1
    """

    name: str
    weight: float
    gain: float
    law: Law


@dataclass(frozen=True)
class Candidates:
    """Recipes to choose from.

    Attributes
    ----------
    recipes : those that the rows allow.
    refused : names of those that the rows refused.
    joining : the gain for which a further member joins, in the units of `stacking`.
    dropped : what could not be tried, each with the reason.
    """

    recipes: tuple[Recipe, ...]
    refused: tuple[str, ...] = ()
    joining: float = JOINING
    dropped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Log densities at rows that the fits did not see.

    Attributes
    ----------
    logs : (n, M), a column for each law of the recipes that every fold allows.
    prices : of the columns.
    sources : of each column the recipe and the place among its laws.
    laws : of each recipe what it gave without each fold.
    dropped : recipes that some fold did not allow, each with the reason.
    """

    logs: FloatArray
    prices: tuple[float, ...]
    sources: tuple[tuple[Recipe, int], ...]
    laws: Mapping[Recipe, Sequence[Sequence[Law | Unmade]]]
    dropped: tuple[tuple[str, str], ...] = ()


@dataclass
class FitsCounted:
    """A count of the fits that are over, of those that are known to come; told to an observer."""

    observe: Callable[[int, int], None] = lambda done, total: None
    done: int = 0
    total: int = 0

    def over(self) -> None:
        """Count one more."""
        self.done += 1
        self.observe(self.done, self.total)


def left_out(
    rows: FloatArray,
    recipes: Sequence[Recipe],
    folds: Sequence[NDArray[np.intp]],
    fitted: FitsCounted | None = None,
) -> LeftOut:
    """Fit every recipe without each fold in turn, and ask for the log density there.

    Folds may leave rows out, which then have no part in the logs.
    """
    fitted = fitted or FitsCounted()
    fitted.total += len(folds) * len(recipes)
    columns = {recipe: np.full((len(rows), len(recipe.names)), -np.inf) for recipe in recipes}
    fits: dict[Recipe, list[Sequence[Law | Unmade]]] = {recipe: [] for recipe in recipes}
    dropped: list[tuple[str, str]] = []
    for fold in folds:
        rest = np.delete(rows, fold, axis=0)
        for recipe in list(columns):
            try:
                fits[recipe].append(recipe.fit(rest))
                for k, law in enumerate(fits[recipe][-1]):
                    columns[recipe][fold, k] = np.asarray(law.log_prob(rows[fold]))
            except ValueError as error:  # a fold of few or like rows does not allow it
                dropped.append((recipe.names[0], str(error)))
                del columns[recipe], fits[recipe]
            fitted.over()
    common = {recipe: min(map(len, fits[recipe])) for recipe in columns}  # of all folds
    sources = tuple((recipe, k) for recipe, count in common.items() for k in range(count))
    seen = np.sort(np.concatenate(folds))
    logs = np.concatenate([columns[r][seen, :count] for r, count in common.items()], axis=1)
    prices = tuple(recipe.costs[k] for recipe, k in sources)
    return LeftOut(logs, prices, sources, fits, tuple(dropped))


def require_rows(n: int, folds: int) -> None:
    """Refuse fewer than two rows a fold.

    Raises
    ------
    ValueError
        If there are.
    """
    if n < 2 * folds:
        raise ValueError(
            f"method='auto' with folds={folds} needs at least {2 * folds} distinct rows; got "
            f"n = {n} (n_samples={n}). Pass fewer folds, draw more, or take method='kde' or "
            "'maximum_likelihood'."
        )


def folds_of(n: int, count: int) -> list[NDArray[np.intp]]:
    """Return `count` random parts of n rows, the same for the same n."""
    order = np.random.default_rng(0).permutation(n)
    return [np.sort(part) for part in np.array_split(order, count)]


def enough(folds: Sequence[NDArray[np.intp]]) -> Sequence[NDArray[np.intp]]:
    """Return the first folds that leave out `LEFT_OUT` rows, or all."""
    ends = np.cumsum([len(fold) for fold in folds])
    return folds[: int(np.searchsorted(ends, LEFT_OUT)) + 1]
