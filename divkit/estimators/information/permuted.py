"""Mutual information as KL(p_xy‖p_x p_y), by any estimator of a divergence from two samples.

The product law's sample is x put together with y in another order: every pair (x_i, y_j), j ≠ i,
has that law, and `times` shuffles make a sample of times · n of them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from divkit.divergences import KL
from divkit.estimators.api import as_estimator
from divkit.estimators.information.pairs import paired, refuse_labels
from divkit.estimators.information.result import NAME
from divkit.estimators.registry import Estimator
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import judged
from divkit.types import Samples


@dataclass(frozen=True)
class Permuted:
    """Mutual information by an estimator of KL on the pairs and on pairs put together anew.

    The interval is that of the estimator, which takes the two samples for independent: they are
    not, and where they were the error would have a term of the product law's rows in it that
    mutual information has not (`divkit.estimators.information.paired_logistic`).

    Attributes
    ----------
    of : name of an estimator of `ESTIMATORS`, or an estimator.
    times : shuffles; each gives n rows of the product law.
    options : of the named estimator.
    rng : of the shuffles.
    level : of the interval.

    Raises
    ------
    ValueError
        If times is not positive; when called, if there are not more pairs than `times`, the
        pairs are not fit to be used, or values repeat in a column and times is above 1.

    Examples
    --------
    >>> import numpy as np
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 100, 1))
    >>> Permuted(of="knn")(x, x + noise).name
    'mutual information'
    """

    of: str | Estimator = "auto"
    times: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if int(self.times) != self.times or self.times < 1:
            raise ValueError(f"times must be a positive int; got {self.times!r}.")

    def __call__(self, x: Samples, y: Samples) -> Result:
        """Return the mutual information from pairs x (n, d), y (n, e), in nats."""
        start = time.perf_counter()
        pairs = paired(x, y, above=max(2, self.times))
        rng = as_generator(self.rng)
        order = rng.permutation(len(pairs))
        u, v = pairs.x[order], pairs.y[order]
        shifts = rng.choice(np.arange(1, len(u)), self.times, replace=False)
        apart = np.concatenate([np.hstack([u, np.roll(v, s, axis=0)]) for s in shifts])
        estimator = as_estimator(self.of, rng=rng, level=self.level, **self.options)
        rows = np.hstack([u, v])
        if self.times > 1:  # every shuffle repeats the columns of the pairs
            refuse_labels(pairs, ', which several shuffles hide. Take times=1, or method="auto".')
            rows, apart = judged(rows), judged(apart)
        result = estimator(rows, apart, KL)
        diagnostics = {**result.diagnostics, "seconds": time.perf_counter() - start}
        return replace(
            result, name=NAME, diagnostics=diagnostics, warnings=(*pairs.notes, *result.warnings),
            method=f"Permuted(of={result.method}, times={self.times})",
        )  # fmt: skip
