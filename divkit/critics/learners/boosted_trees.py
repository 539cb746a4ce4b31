"""Gradient-boosted trees on histograms: logits that jump, of few columns among many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from divkit.critics.learners.learner import CriticLearner, Logit, labelled
from divkit.types import FloatArray


@dataclass(frozen=True)
class BoostedTrees(CriticLearner):
    """scikit-learn's histogram boosting, never stopped on a split of its own.

    Parameters
    ----------
    rounds, rate, leaves, smallest : trees, learning rate, leaves of a tree, rows of a leaf.
    categories : take columns of at most so many values, three at least and each of them seen
        twice or more on average, for names without an order; 0 takes none.
    most : at most so many rows of each law are learnt from.

    Raises
    ------
    ValueError
        If `categories` is beyond the 255 that histograms have.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> logit = BoostedTrees(rounds=10).logit(rng.normal(size=(50, 1)), rng.normal(3, 1, (50, 1)))
    >>> np.sign(logit(np.array([[-1.0], [4.0]])))
    array([ 1., -1.])
    """

    rounds: int = 100
    rate: float = 0.1
    leaves: int = 16
    smallest: int = 10
    categories: int = 0
    most: int = 20_000

    def __post_init__(self) -> None:
        if not 0 <= self.categories <= 255:
            raise ValueError(f"categories must be from 0 to 255; got {self.categories!r}.")

    def suits(self, x: FloatArray, y: FloatArray) -> bool:
        """Say whether rows fill some leaves, and a column holds names where they are meant."""
        rows = np.concatenate([x, y])
        names = not self.categories or any(self._names(column) is not None for column in rows.T)
        return names and len(rows) >= 4 * self.smallest

    def logit(self, x: FloatArray, y: FloatArray) -> Logit:
        """Return the sum of the trees."""
        rows, sign, weight = labelled(x[: self.most], y[: self.most])
        names = [self._names(column) for column in rows.T]
        model = HistGradientBoostingClassifier(
            learning_rate=self.rate,
            max_iter=self.rounds,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.smallest,
            categorical_features=[k for k, some in enumerate(names) if some is not None] or None,
            early_stopping=False,
            random_state=0,
        )
        model.fit(_placed(rows, names), sign > 0, weight)
        return lambda points: np.asarray(model.decision_function(_placed(points, names)))

    def _names(self, column: FloatArray) -> FloatArray | None:
        """The values of a column of names; None where it holds numbers."""
        if not self.categories:
            return None
        values = np.unique(column)
        few = 2 < len(values) <= min(self.categories, 0.5 * len(column))
        return values if few else None


def _placed(rows: FloatArray, names: list[FloatArray | None]) -> FloatArray:
    """Rows with places in the place of names; a name that was not seen is a missing value."""
    placed = rows.copy()
    for k, values in enumerate(names):
        if values is not None:
            at = np.minimum(np.searchsorted(values, rows[:, k]), len(values) - 1)
            placed[:, k] = np.where(values[at] == rows[:, k], at, np.nan)
    return placed
