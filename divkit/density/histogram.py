"""Histograms as densities."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

import numpy as np

from divkit.density.base import DensityEstimator
from divkit.density.histogram_bins import bayesian_blocks, equal, freedman_diaconis, knuth
from divkit.density.histogram_space import GridSteps, cells
from divkit.density.options import Either, OneOf, WholeNumber, options
from divkit.distributions.base import Law
from divkit.distributions.families.steps import Steps
from divkit.samples import Sample
from divkit.types import FloatArray

Rule: TypeAlias = Literal["freedman_diaconis", "knuth", "bayesian_blocks"]
_RULES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "freedman_diaconis": freedman_diaconis,
    "knuth": knuth,
    "bayesian_blocks": bayesian_blocks,
}


class Histogram(DensityEstimator):
    """A histogram from the least to the largest point of each column.

    Parameters
    ----------
    bins : "knuth", "freedman_diaconis", "bayesian_blocks" (unequal widths), or their number. In
        space a rule means ⌈n^{1/(d+2)}⌉ equal bins an axis, the order that balances bias against
        variance, and a number is that of each axis.

    Attributes
    ----------
    edges_ : ends of the bins (K + 1,), of each axis in space.
    law_ : the fitted law, `Steps` or `GridSteps`.

    Raises
    ------
    ValueError
        At `fit`, if bins is no rule and no positive int, or the rule does not fit the sample.

    Examples
    --------
    >>> import numpy as np
    >>> fit = Histogram(bins=2).fit([[0.0], [0.5], [1.0], [1.0]])
    >>> np.exp(fit.score_samples([[0.25], [0.75]]))
    array([0.5, 1.5])
    """

    asks = options(bins=Either(OneOf(get_args(Rule)), WholeNumber()))
    edges_: FloatArray | tuple[FloatArray, ...]

    def __init__(self, bins: Rule | int = "knuth") -> None:
        self.bins = bins

    def _fit(self, sample: Sample) -> Law:
        label = f"{self!r} fitted to {len(sample.x)} points"
        if sample.dim > 1:
            return self._in_space(sample.x, label)
        x = sample.x[:, 0]
        ends = self._ends(x)
        self.edges_ = ends
        return Steps(tuple(ends), tuple(np.histogram(x, ends)[0] / len(x)), label)

    def _in_space(self, x: FloatArray, label: str) -> GridSteps:
        n, dim = x.shape
        rule = self._rule()
        count = rule if isinstance(rule, int) else math.ceil(n ** (1 / (dim + 2)))
        ends = tuple(equal(column, count) for column in x.T)
        self.edges_ = ends
        places, masses = cells(x, ends)
        return GridSteps(ends, places, masses, label)

    def _ends(self, x: FloatArray) -> FloatArray:
        rule = self._rule()
        return equal(x, rule) if isinstance(rule, int) else _RULES[rule](x)

    def _rule(self) -> str | int:
        given = self.bins
        return given if isinstance(given, str) else int(given)
