r"""The rows where two samples differ most: where D, left out, is nearest to 1 and to 0.

The logit of each row is read from kernel logistic regression with that row left out, a mean over
the models that were kept, so that a row does not vouch for itself. Rows of x with the largest
logit are unlike anything in y; rows of y with the smallest are unlike anything in x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from divkit.estimators.kernel_logistic.choice import keep
from divkit.estimators.kernel_logistic.method import KernelLogistic
from divkit.plain import PlainFields
from divkit.samples import Pair
from divkit.types import FloatArray


@dataclass(frozen=True)
class Extreme(PlainFields):
    """A row that separates the samples.

    Attributes
    ----------
    sample : "x" or "y".
    row : its number in the sample as it was handed over, from 0.
    log_ratio : log p − log q estimated there without it.
    point : its coordinates, labels as texts.

    Examples
    --------
    >>> import numpy as np
    >>> from divkit.comparison import extremes
    >>> from divkit.samples import two_samples
    >>> pair = two_samples([[0.0], [1.0]], [[3.0], [4.0]])
    >>> extremes(pair, np.array([2.0, 1.0, -1.0, -2.0]), count=1)[1].sample
    'y'
    """

    sample: str
    row: int
    log_ratio: float
    point: tuple[float | str, ...]


def log_ratios(pair: Pair, model: KernelLogistic) -> FloatArray:
    """log p − log q at each row of x followed by y (n + m,), each left out of its own fit."""
    seen = model.models(pair)
    pool = seen.pool
    kept = keep(seen.fits, pool, model.within)
    ratios = np.empty(len(pool.z))
    ratios[pool.place] = np.mean([fit.left_out for fit in kept], axis=0)
    return ratios


def extremes(pair: Pair, ratios: FloatArray, count: int = 5) -> tuple[Extreme, ...]:
    """Return the `count` rows of x with the largest ratio, then those of y with the smallest.

    >>> import numpy as np
    >>> from divkit.samples import two_samples
    >>> pair = two_samples([[0.0], [1.0], [2.0]], [[3.0], [4.0]])
    >>> first = extremes(pair, np.array([2.0, 1.0, -1.0, -2.0, -3.0]), count=1)[0]
    >>> first.sample, first.row, first.log_ratio
    ('x', 0, 2.0)
    """
    n, (x, y) = len(pair.x), pair.cells()
    top = np.argsort(-ratios[:n], kind="stable")[:count]
    bottom = np.argsort(ratios[n:], kind="stable")[:count]
    of_x, of_y = pair.given or (np.arange(n), np.arange(len(pair.y)))
    return (
        *(_extreme("x", int(of_x[k]), ratios[k], x[k]) for k in top),
        *(_extreme("y", int(of_y[k]), ratios[n + k], y[k]) for k in bottom),
    )


def _extreme(sample: str, row: int, ratio: float, point: NDArray[Any]) -> Extreme:
    return Extreme(sample, row, float(ratio), tuple(point.tolist()))
