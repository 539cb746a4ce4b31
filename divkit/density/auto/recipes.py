"""Recipes for members of a stack: fits that give one law or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divkit.distributions.base import Law
from divkit.types import FloatArray

FREE = 4.0
"""Price of a density that no parameters describe."""
LEFT_OUT = 2000
"""Rows in space after which weights are known well enough."""


@dataclass(frozen=True)
class Recipe:
    """A fit of one law or several, each with its name.

    Attributes
    ----------
    names : of the laws, in order; a fit may give fewer.
    fit : rows (n, d) to laws. A ValueError says that the rows do not allow it.
    prices : what each law costs, in the units of `stacking`; 0 for all where there are none.
    checked : whether the law of all rows is refused where its distribution function is too far.
    """

    names: tuple[str, ...]
    fit: Callable[[FloatArray], Sequence[Law]]
    prices: tuple[float, ...] = ()
    checked: bool = False

    @property
    def costs(self) -> tuple[float, ...]:
        """Return the price of each law."""
        return self.prices or (0.0,) * len(self.names)


@dataclass(frozen=True)
class Candidates:
    """Recipes to choose from, and the names of those that the rows refused."""

    recipes: tuple[Recipe, ...]
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Log densities at rows that the fits did not see.

    Attributes
    ----------
    logs : (n, M), a column for each law of the recipes that every fold allows.
    prices : of the columns.
    sources : of each column the recipe and the place among its laws.
    """

    logs: FloatArray
    prices: tuple[float, ...]
    sources: tuple[tuple[Recipe, int], ...]


def left_out(
    rows: FloatArray, recipes: Sequence[Recipe], folds: Sequence[NDArray[np.intp]]
) -> LeftOut:
    """Fit every recipe without each fold in turn, and ask for the log density there.

    Folds may leave rows out, which then have no part in the logs.
    """
    columns = {recipe: np.full((len(rows), len(recipe.names)), -np.inf) for recipe in recipes}
    for fold in folds:
        rest = np.delete(rows, fold, axis=0)
        for recipe in list(columns):
            try:
                for k, law in enumerate(recipe.fit(rest)):
                    columns[recipe][fold, k] = np.asarray(law.log_prob(rows[fold]))
            except ValueError:  # a fold of few or like rows does not allow it: no member
                del columns[recipe]
    sources = tuple((recipe, k) for recipe in columns for k in range(len(recipe.names)))
    seen = np.sort(np.concatenate(folds))
    logs = np.concatenate([each[seen] for each in columns.values()], axis=1)
    return LeftOut(logs, tuple(recipe.costs[k] for recipe, k in sources), sources)


def folds_of(n: int, count: int) -> list[NDArray[np.intp]]:
    """Return `count` random parts of n rows, the same for the same n."""
    order = np.random.default_rng(0).permutation(n)
    return [np.sort(part) for part in np.array_split(order, count)]


def enough(folds: Sequence[NDArray[np.intp]]) -> Sequence[NDArray[np.intp]]:
    """Return the first folds that leave out `LEFT_OUT` rows, or all."""
    ends = np.cumsum([len(fold) for fold in folds])
    return folds[: int(np.searchsorted(ends, LEFT_OUT)) + 1]
