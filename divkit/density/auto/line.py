"""Recipes for a sample on the line, those that its rows refuse left out."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

from divkit.density.auto.families import families, refused
from divkit.density.auto.kernels import kernels
from divkit.density.auto.knot_deletion import few_knots
from divkit.density.auto.log_splines import splines
from divkit.density.auto.normal_mixtures import mixtures
from divkit.density.auto.recipes import Candidates, Fit, Recipe, Unmade, made
from divkit.density.auto.support import Support
from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.truncated import truncated
from divkit.distributions.support import span
from divkit.types import FloatArray

_MOST, _PATIENCE = 12, 3
_COMPONENT = 2.0
"""Price of each component but one."""
_JOINING = 3.0


@dataclass(frozen=True)
class Mixtures:
    """Normal mixtures of 1 to `most` components."""

    most: int

    def __call__(self, rows: FloatArray) -> list[Law1D]:
        """Fit to rows (n, 1)."""
        return mixtures(rows[:, 0], self.most)


@dataclass(frozen=True)
class Within:
    """The laws of a fit, given that a row lies between ends that a user told."""

    fit: Fit
    low: float
    high: float

    def __call__(self, rows: FloatArray) -> list[Law | Unmade]:
        """Fit to rows (n, 1)."""
        return [self._cut(fitted) for fitted in self.fit(rows)]

    def _cut(self, fitted: Law | Unmade) -> Law | Unmade:
        law = made(fitted)
        low, high = span(law.support)  # type: ignore[arg-type]  # on the line all are boxes
        if self.low <= low and high <= self.high:
            return fitted
        return truncated(law, self.low, self.high)


def on_line(rows: FloatArray, support: Support) -> Candidates:
    """Return the recipes for rows (n, 1): a family is left out where they speak against it."""
    x = rows[:, 0]
    most = len(mixtures(x, _MOST, _PATIENCE))
    names = ("normal", *(f"{k} normals" for k in range(2, most + 1)))
    recipes = [Recipe(names, Mixtures(most), tuple(_COMPONENT * k for k in range(most)),
                      free=tuple(3 * k + 2 for k in range(most)), everywhere=True)]  # fmt: skip
    of_kernels, dropped = kernels(x, support)
    tried = [
        *families(support, len(x)),
        *of_kernels,
        *splines(support),
        *few_knots(support),
    ]
    possible = [_possible(recipe, rows) for recipe in tried]
    recipes += itertools.compress(tried, possible)
    gone = [r.names[0] for r, fits in zip(tried, possible, strict=True) if not fits]
    if support.told != (-math.inf, math.inf):
        recipes = [replace(each, fit=Within(each.fit, *support.told)) for each in recipes]
    return Candidates(tuple(recipes), tuple(gone), _JOINING, tuple(dropped))


def _possible(recipe: Recipe, rows: FloatArray) -> bool:
    """Whether all rows allow the fit, and do not refuse it."""
    if not recipe.checked:
        return True
    try:
        found = recipe.fit(rows)
    except ValueError:  # rows off the support of the family, or no optimum
        return False
    laws = map(made, found)
    return not any(isinstance(law, Law1D) and refused(law, rows[:, 0]) for law in laws)
