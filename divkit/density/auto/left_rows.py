"""Log densities of a stack at its own rows, each by fits without the fold that the row is in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from divkit.density.auto.recipes import Recipe, Unmade, folds_of
from divkit.distributions.base import Law
from divkit.types import FloatArray


class Refitted(Protocol):
    """An estimator that can be fitted anew."""

    def fit(self, X: FloatArray) -> Self:
        """Fit to rows (n, d)."""
        ...

    def score_samples(self, X: FloatArray) -> FloatArray:
        """Log density at rows (n, d)."""
        ...


def laws_without(
    rows: FloatArray, sources: Sequence[tuple[Recipe, int]], folds: Sequence[NDArray[np.intp]]
) -> Iterator[Sequence[Law | Unmade]]:
    """Yield what each member is when it is fitted anew to rows (n, d) without each fold."""
    for fold in folds:
        rest = np.delete(rows, fold, axis=0)
        fits = {recipe: recipe.fit(rest) for recipe in dict.fromkeys(r for r, _ in sources)}
        yield [fits[recipe][place] for recipe, place in sources]


def left_of_members(
    rows: FloatArray,
    sources: Sequence[tuple[Recipe, int]],
    weights: Sequence[float],
    folds: Sequence[NDArray[np.intp]],
) -> FloatArray:
    """Return log Σ_m w_m f_m^{(−i)}(x_i), (n,), members fitted anew without each fold.

    Parameters
    ----------
    rows : the sample (n, d).
    sources : of each member its recipe, and the place among the laws of that.
    weights : of the members.
    folds : numbers of the rows of each.

    Raises
    ------
    ValueError
        If a recipe does not allow the rows of all folds but one.
    """
    out = np.empty(len(rows))
    for fold, laws in zip(folds, laws_without(rows, sources, folds), strict=True):
        logs = [np.asarray(law.log_prob(rows[fold])) for law in laws]
        out[fold] = special.logsumexp(logs, axis=0, b=np.asarray(weights)[:, None])
    return out


def left_of_refits(rows: FloatArray, folds: int, make: Callable[[], Refitted]) -> FloatArray:
    """Return the log density at each row (n,) of an estimator fitted without the row's fold."""
    out = np.empty(len(rows))
    for fold in folds_of(len(rows), folds):
        out[fold] = make().fit(np.delete(rows, fold, axis=0)).score_samples(rows[fold])
    return out


def places_of(rows: FloatArray, kept: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return of each row (n, d) the place, among the rows that are kept, of its like."""
    like = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    place = np.empty(int(like.max()) + 1, dtype=np.intp)
    place[like[kept]] = np.arange(len(kept))
    places = place[like]
    places[kept] = np.arange(len(kept))
    return np.asarray(places)
