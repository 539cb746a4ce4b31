"""The choice of `auto` for pairs: tables, classes, numbers, by what is in their columns.

Labels go by the chain rule (`chain`). Numbers take kernel logistic regression and Kraskov's
neighbours on columns made normal by rank. Each misses what it does not resolve, neighbours a law
of many coordinates, kernels a curled-up line, and is then too small: the neighbours' value is
taken where it is above the other by more than half of its error.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np

from divkit.estimators.information.assembled import assembled
from divkit.estimators.information.chain import chained
from divkit.estimators.information.groups import grouped_limit
from divkit.estimators.information.neighbours import Kraskov
from divkit.estimators.information.paired_logistic import PairedLogistic
from divkit.estimators.information.pairs import PairedSample, tied_columns
from divkit.estimators.information.result import NAME, no_less
from divkit.estimators.information.side import PairSides, sides, together
from divkit.estimators.information.table_counts import cross_table
from divkit.estimators.information.table_part import read_table
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.types import Samples

ABOVE = 0.5
"""Errors by which neighbours must be above kernels to be taken."""
BEYOND = 3.0
"""Errors by which a table of repeated values must be above kernels to contradict them."""


@dataclass(frozen=True)
class AutoInformation:
    """The estimator that suits the pairs; diagnostics say which, and why.

    Attributes
    ----------
    rng : of the shuffles, kernel centres and drawn tables.
    level : of the interval.

    Examples
    --------
    >>> import numpy as np
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 100, 1))
    >>> found = AutoInformation()(x, x + noise)  # truth ½ log 2
    >>> found.interval[0] < 0.3466 < found.interval[1]
    True
    """

    rng: RandomState = 0
    level: float = 0.95

    def __call__(self, x: Samples, y: Samples) -> Result:
        """Return the mutual information from pairs x (n, d), y (n, e), in nats."""
        start = time.perf_counter()
        both = sides(x, y, above=15)
        if both.x.constant or both.y.constant:
            return self._nothing(both)
        if both.x.count == both.y.count == 1:
            return _kinds(self._numbers(both.pairs), both)
        parts, read = chained(both, self.level, as_generator(self.rng), self._numbers)
        result = assembled(both, parts, read if len(parts) == 1 else None, self, start)
        words = " + ".join(part.name for part in parts)
        return _with_choice(result, f"labels in the columns: {words}", start)

    def _nothing(self, both: PairSides) -> Result:
        """0, of which no interval is known: a constant says nothing, and unseen values may."""
        side = both.x if both.x.constant else both.y
        n = len(side)
        words = (
            f"{side.name} is constant in all {n} rows, which carries no information; values with "
            f"a probability of up to {3 / n:.2g} may be unseen, and what they tell is not known"
        )
        return Result.bound(
            0.0, (0.0, math.inf), repr(self), level=self.level, name=NAME,
            diagnostics={"chosen": "a constant", "n": n}, warnings=both.notes, reason=words,
        )  # fmt: skip

    def _numbers(self, pairs: PairedSample) -> Result:
        """The information of columns of numbers."""
        start = time.perf_counter()
        kernels = PairedLogistic(rng=self.rng, level=self.level)(pairs.x, pairs.y)
        tied = tied_columns(pairs)
        if tied:
            words = f"kernels: values repeat in {', '.join(tied)}"
            return _with_choice(self._as_names(kernels, pairs), words, start)
        if kernels.one_sided:
            return _with_choice(kernels, "kernels, whose value is not to be trusted", start)
        neighbours = Kraskov(k=3, ranks=True, rng=self.rng, level=self.level)(pairs.x, pairs.y)
        return _with_choice(*_larger(kernels, neighbours), start)

    def _as_names(self, kernels: Result, pairs: PairedSample) -> Result:
        """The result for ordered values, or a limit where the same values as names show more."""
        n = len(pairs)
        u, v = (
            together([np.unique(column, return_inverse=True)[1] for column in side.T], n)
            for side in (pairs.x, pairs.y)
        )
        if kernels.one_sided or 4 * max(int(u.max()), int(v.max())) > n:
            return kernels
        read = read_table(cross_table(u, v), as_generator(self.rng))
        if read.value - BEYOND * read.error <= kernels.interval[1]:
            return kernels
        limit = grouped_limit(u, v, self.level, self.rng)
        value, moved = no_less(kernels.value, limit)
        words = (
            "only the lower bound is to be trusted: taken as names the values show "
            f"{read.value:.2g} ± {read.error:.2g}, more than as ordered ones. Pass them as texts "
            "if they are names"
        )
        return replace(
            kernels, value=value, error=math.inf, interval=(limit, math.inf), one_sided="lower",
            warnings=(*kernels.warnings, words, *moved),
        )  # fmt: skip


def _larger(kernels: Result, neighbours: Result) -> tuple[Result, str]:
    gap = neighbours.value - kernels.value
    values = f"kernels {kernels.value:.4g}, neighbours {neighbours.value:.4g}"
    if gap <= ABOVE * kernels.error:
        return kernels, f"{values}: not above by half an error of {kernels.error:.2g}"
    if neighbours.one_sided:
        return neighbours, f"{values}: above by more than half an error"
    return _widened(neighbours, 0.5 * gap), f"{values}: above by more than half an error"


def _widened(result: Result, part: float) -> Result:
    """The result with a further error, in quadrature."""
    error = (result.error**2 + part**2) ** 0.5
    scale = error / result.error
    low, high = (result.value + scale * (end - result.value) for end in result.interval)
    return replace(result, error=error, interval=(low, high))


def _kinds(result: Result, both: PairSides) -> Result:
    """The result with what was seen in the columns and done to the rows."""
    diagnostics = {**result.diagnostics, "columns": [*both.x.kinds, *both.y.kinds]}
    warnings = tuple(dict.fromkeys((*both.notes, *result.warnings)))
    return replace(result, diagnostics=diagnostics, warnings=warnings)


def _with_choice(result: Result, reason: str, start: float) -> Result:
    diagnostics = {**result.diagnostics, "chosen": reason, "seconds": time.perf_counter() - start}
    return replace(result, diagnostics=diagnostics)
