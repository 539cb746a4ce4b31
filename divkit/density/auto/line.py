"""Recipes for a sample on the line, those that its rows refuse left out."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from divkit.density.auto.families import families, refused
from divkit.density.auto.kernels import kernels
from divkit.density.auto.knot_deletion import few_knots
from divkit.density.auto.log_splines import splines
from divkit.density.auto.normal_mixtures import mixtures
from divkit.density.auto.recipes import Candidates, Recipe, made
from divkit.density.auto.support import Support
from divkit.distributions.base import Law1D
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


def on_line(rows: FloatArray, support: Support) -> Candidates:
    """Return the recipes for rows (n, 1): a family is left out where they speak against it."""
    x = rows[:, 0]
    most = len(mixtures(x, _MOST, _PATIENCE))
    names = ("normal", *(f"{k} normals" for k in range(2, most + 1)))
    recipes = [Recipe(names, Mixtures(most), tuple(_COMPONENT * k for k in range(most)),
                      free=tuple(3 * k + 2 for k in range(most)))]  # fmt: skip
    tried = [*families(support), *kernels(x, support), *splines(support), *few_knots(support)]
    possible = [_possible(recipe, rows) for recipe in tried]
    recipes += itertools.compress(tried, possible)
    gone = [r.names[0] for r, fits in zip(tried, possible, strict=True) if not fits]
    return Candidates(tuple(recipes), tuple(gone), _JOINING)


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
