r"""A two-sample test by a classifier: does it separate held-out rows?

A classifier is fitted to half of the rows; on the other half its accuracy, balanced over the two
samples, is ½ in the mean if p = q (Lopez-Paz, Oquab 2017). Under p = q the labels of the second
half are exchangeable given its rows, so that permuting them gives a p-value whose level is exact:
(1 + #{permuted accuracy ≥ observed})/(1 + permutations).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from divkit.rng import RandomState, as_generator
from divkit.samples import two_samples
from divkit.types import Samples


def _quadratic() -> Any:
    return make_pipeline(StandardScaler(), PolynomialFeatures(2), LogisticRegression(max_iter=500))


@dataclass(frozen=True)
class TestOutcome:
    """Outcome of a two-sample test.

    Attributes
    ----------
    statistic : balanced accuracy on rows that were not fitted to, ½ in the mean if p = q.
    p_value : exact in level.
    notes : warnings on the samples.

    Examples
    --------
    >>> TestOutcome(statistic=0.52, p_value=0.4, notes=()).p_value
    0.4
    """

    __test__ = False  # no test of pytest's

    statistic: float
    p_value: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ClassifierTest:
    """Classifier two-sample test with an exact permutation p-value.

    Parameters
    ----------
    classifier : any of scikit-learn's; logistic regression on squares and products by default.
    permutations : of the labels of the test rows.
    rng : of the halves and the permutations.

    Raises
    ------
    ValueError
        If permutations is less than 1; when called, if a sample has fewer than 4 rows.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.random.default_rng(0).normal(size=(2, 100, 1))
    >>> ClassifierTest()(x, y + 2).p_value < 0.01
    True
    """

    classifier: Any = field(default_factory=_quadratic)
    permutations: int = 999
    rng: RandomState = 0

    def __post_init__(self) -> None:
        if self.permutations < 1:
            raise ValueError(f"permutations must be at least 1; got {self.permutations!r}.")

    def __call__(self, x: Samples, y: Samples) -> TestOutcome:
        """Test p = q from x (n, d) and y (m, d)."""
        pair = two_samples(x, y, above=3, constant=True, laws="any").standardised
        rng = as_generator(self.rng)
        places = rng.permutation(len(pair.x)), rng.permutation(len(pair.y))
        cuts = len(pair.x) // 2, len(pair.y) // 2
        rows = [s[p] for s, p in zip((pair.x, pair.y), places, strict=True)]
        train = np.concatenate([s[:c] for s, c in zip(rows, cuts, strict=True)])
        test = np.concatenate([s[c:] for s, c in zip(rows, cuts, strict=True)])
        fitted = clone(self.classifier).fit(train, np.r_[np.ones(cuts[0]), np.zeros(cuts[1])])
        predicted = np.asarray(fitted.predict(test), dtype=np.float64)
        held = len(pair.x) - cuts[0], len(pair.y) - cuts[1]
        weight = np.r_[np.full(held[0], 0.5 / held[0]), np.full(held[1], -0.5 / held[1])]
        excess = float(predicted @ weight)
        null = np.array([predicted @ rng.permutation(weight) for _ in range(self.permutations)])
        ties = 1e-12  # sums of equal shares in another order
        p_value = (1 + int((null >= excess - ties).sum())) / (1 + self.permutations)
        return TestOutcome(0.5 + excess, p_value, pair.notes)
