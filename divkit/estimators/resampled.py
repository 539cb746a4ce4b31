r"""A standard error for any estimator, by half-samples.

Of half of the rows, drawn without repeats, an estimate that is a mean of payoffs to first order
differs from that of all rows by a variance of σ²(2/n − 1/n) = σ²/n: the estimate's own (the
delete-half jackknife; Shao, Wu 1989). No row is repeated, so that neighbours meet no ties, as
they would in a bootstrap. The spread is taken about the half-samples' mean: the bias of half as
many rows does not enter it, and neither does that of the estimate, which no resampling shows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from divkit.divergences.base import Divergence
from divkit.estimators.outcome import outcome
from divkit.estimators.registry import ESTIMATORS, Estimator
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import two_samples
from divkit.types import Samples


@dataclass(frozen=True)
class Resampled:
    """The value of another estimator, with the error and interval that half-samples give.

    Parameters
    ----------
    of : an estimator, or its name in `ESTIMATORS`, with its own defaults.
    resamples : half-samples, at least 10.
    rng : of the half-samples.
    level : of the interval.

    Raises
    ------
    ValueError
        If resamples is less than 10, or the name is unknown; when called, as the estimator says
        of half as many rows.
    """

    of: str | Estimator = "knn"
    resamples: int = 50
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if isinstance(self.resamples, bool) or self.resamples < 10:
            raise ValueError(f"resamples must be an int of at least 10; got {self.resamples!r}.")

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        start = time.perf_counter()
        estimator = ESTIMATORS[self.of]() if isinstance(self.of, str) else self.of
        pair = two_samples(x, y, above=3, constant=True)
        rng = as_generator(self.rng)
        whole = estimator(pair.x, pair.y, divergence)
        found = []
        for _ in range(self.resamples):
            a, b = (s[rng.permutation(len(s))[: len(s) // 2]] for s in (pair.x, pair.y))
            found.append(estimator(a, b, divergence).value)
        error = float(np.std(found, ddof=1))
        return outcome(
            whole.value, error, divergence, self, self.level, pair, start, of=whole.method
        )
