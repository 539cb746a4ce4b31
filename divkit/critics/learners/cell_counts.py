r"""The table of discrete rows: the logit of a cell is that of its counts.

A row that n_P rows of P and n_Q of Q equal in every column has the logit
log((w n_P + ½)/(v n_Q + ½)), with w and v the weights that make both samples as large; one that
was not seen has 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divkit.critics.learners.learner import CriticLearner, Logit, labelled
from divkit.types import FloatArray


@dataclass(frozen=True)
class CellCounts(CriticLearner):
    """Counts of equal rows.

    Parameters
    ----------
    added : to each count, positive.

    Raises
    ------
    ValueError
        If it is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> logit = CellCounts().logit(np.array([[0.0], [0.0]]), np.array([[0.0], [1.0]]))
    >>> logit(np.array([[0.0], [1.0], [2.0]])).round(3)
    array([ 0.511, -1.099,  0.   ])
    """

    added: float = 0.5

    def __post_init__(self) -> None:
        if not self.added > 0:
            raise ValueError(f"added must be positive; got {self.added!r}.")

    def suits(self, x: FloatArray, y: FloatArray) -> bool:
        """Say whether any row is that of another."""
        keys = _keys(np.concatenate([x, y]))
        return len(np.unique(keys)) < len(keys)

    def logit(self, x: FloatArray, y: FloatArray) -> Logit:
        """Return the logit of the module."""
        rows, sign, weight = labelled(x, y)
        cells, place = np.unique(_keys(rows), return_inverse=True)
        counts = (np.bincount(place, weight * (sign == s), len(cells)) for s in (1, -1))
        of_p, of_q = (np.log(count + self.added) for count in counts)
        known = of_p - of_q

        def logit(points: FloatArray) -> FloatArray:
            keys = _keys(points)
            at = np.minimum(np.searchsorted(cells, keys), len(cells) - 1)
            return np.where(cells[at] == keys, known[at], 0.0)

        return logit


def _keys(rows: FloatArray) -> NDArray[np.void]:
    """One value for each row (n,), equal where the rows are: their bytes, −0 as 0."""
    plain = np.ascontiguousarray(rows + 0.0)
    return plain.view(np.dtype((np.void, plain.itemsize * plain.shape[1])))[:, 0]
