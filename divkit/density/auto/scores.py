r"""Margins of a sample in space, so that its columns have normal scores.

Each column has a stack of its own, of members that rows left out speak for; it is fitted again to
the rows of a fold, members and weights as they are. What is fitted to the scores then knows
nothing of scales, ends and tails of the columns: a normal law of the scores is a Gaussian copula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from divkit.density.auto.beyond import opened
from divkit.density.auto.line import on_line
from divkit.density.auto.recipes import Fit, Recipe, folds_of, left_out, made
from divkit.density.auto.stacking import stacked
from divkit.density.auto.support import support_of
from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.coupled import Coupled, scores_of
from divkit.distributions.compose.mixture import mixture
from divkit.types import FloatArray

_ROWS, _FOLDS = 1000, 2
_ROUGH = ("arsinh", "blocks", " 0.12 ", " 0.25 ")
"""Words of members that are too rough, or too dear, for margins."""


@dataclass(frozen=True)
class Margin:
    """Members of a column's stack: recipes, their places among a recipe's laws, weights."""

    recipes: tuple[Recipe, ...]
    places: tuple[int, ...]
    weights: tuple[float, ...]

    def __call__(self, x: FloatArray) -> Law1D:
        """Fit to points (n,)."""
        laws = [
            made(recipe.fit(x[:, None])[place])
            for recipe, place in zip(self.recipes, self.places, strict=True)
        ]
        law = laws[0] if len(laws) == 1 else mixture(self.weights, laws, normalize=True)
        if not isinstance(law, Law1D):
            raise ValueError(f"a margin must be a density on the line; got {law!r}.")
        return law


class Scores:
    """Margins fitted to rows, and the rows' scores; the last rows' are kept for all who ask."""

    def __init__(self, margins: Sequence[Margin]) -> None:
        self.margins = tuple(margins)
        self._last: tuple[FloatArray, tuple[Law1D, ...], FloatArray] | None = None

    def of(self, rows: FloatArray) -> tuple[tuple[Law1D, ...], FloatArray]:
        """Return the margins of rows (n, d), and the scores.

        Raises
        ------
        ValueError
            If a margin does not fit, or a row has an infinite score.
        """
        if self._last is None or self._last[0] is not rows:
            self._last = (rows, *scored(self.margins, rows))
        return self._last[1:]


@dataclass(frozen=True)
class Scored:
    """A fit of the normal scores of rows, and the margins that make it a law of the rows."""

    scores: Scores
    fit: Fit

    def __call__(self, rows: FloatArray) -> list[Law]:
        """Fit margins and scores to rows (n, d)."""
        laws, z = self.scores.of(rows)
        return [Coupled(laws, made(law)) for law in self.fit(z)]


def scores_in(rows: FloatArray) -> Scores:
    """Return the scores by margins that are chosen on rows (n, d)."""
    return Scores(margins_of(rows))


def margins_of(rows: FloatArray) -> tuple[Margin, ...]:
    """Return a stack for each column of rows (n, d), chosen on a thousand of them."""
    return tuple(_margin(column) for column in rows.T)


def scored(margins: Sequence[Margin], rows: FloatArray) -> tuple[tuple[Law1D, ...], FloatArray]:
    """Return the margins fitted to rows (n, d), and the rows' scores.

    Raises
    ------
    ValueError
        If a margin does not fit, or a row has an infinite score.
    """
    laws = tuple(margin(column) for margin, column in zip(margins, rows.T, strict=True))
    pairs = zip(laws, rows.T, strict=True)
    z = np.stack([scores_of(law, column) for law, column in pairs], axis=1)
    if not np.isfinite(z).all():
        raise ValueError("a row lies where the distribution function of its margin is 0 or 1.")
    return laws, z


def _margin(x: FloatArray) -> Margin:
    support = support_of(x)
    order = np.random.default_rng(0).permutation(len(x))[:_ROWS]
    rows = x[np.sort(order)][:, None]
    offered = on_line(rows, support).recipes
    smooth = [r for r in offered if not any(word in r.names[0] for word in _ROUGH)]
    seen = left_out(rows, smooth, folds_of(len(rows), _FOLDS))
    best = opened(stacked(seen.logs, seen.prices), seen, [support.known], len(x))
    recipes, places = zip(*(seen.sources[at] for at in best.members), strict=True)
    return Margin(recipes, places, best.weights)
