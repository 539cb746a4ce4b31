r"""Signs of a dependence that is too rough for a model: neighbours that are alike.

For f of y with |f| ≤ 1, the mean m(x) = E[f|x] − E f is at most twice the total variation between
the law of y at x and that of all y, so that by Pinsker's inequality KL ≥ m(x)²/2 there, and

    I(x, y) ≥ ½ E m(x)² ≥ ½ E[f̃_i f̃_j],   f̃ = f − E f,  j a near neighbour of i in x,

where the last is the first for near neighbours i, j, and smaller otherwise (Cauchy, Schwarz).
Products of pairs that share a row have a covariance of at most 2 I, so that where I is small
their mean has the variance of independent ones. A function of x that turns within a few rows,
which no model of so many rows follows, still leaves neighbours alike. f are square waves of the
ranks of y's columns; x and y change places, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import cKDTree

from divkit.estimators.information.pairs import PairedSample
from divkit.types import FloatArray

SURE = 5.0
"""Standard errors below the mean over neighbours: false alarms of 1e-5 for two columns."""
NEIGHBOURS = (1, 3)
CELLS = (2, 3, 4)
_MOST = 16_000


def more_by_neighbours(pairs: PairedSample, most: float) -> str | None:
    """Return the reason against a value whose interval ends at `most`, where neighbours show more.

    >>> x = np.random.default_rng(0).uniform(size=(400, 1))
    >>> more_by_neighbours(PairedSample(x, np.sin(100 * x)), most=0.02)[:33]
    'neighbours of x are alike in y: t'
    """
    part = np.random.default_rng(0).permutation(len(pairs))[:_MOST]  # ties in no order of values
    x, y = pairs.x[part], pairs.y[part]
    top = max(most, 0.0)
    shown = {"x are alike in y": _shown(x, y, top), "y are alike in x": _shown(y, x, top)}
    words = max(shown, key=lambda each: shown[each])
    if not shown[words] > top:
        return None
    return (
        f"neighbours of {words}: they show at least {shown[words]:.2g}, and the models at most "
        f"{most:.2g}: the law is too rough for models of so many pairs"
    )


def _shown(x: FloatArray, y: FloatArray, most: float) -> float:
    """The largest limit of the module, over ranges and waves, if the information is at most so.

    Neighbours in all columns of x, and in each alone, as I(x_j, y) ≤ I(x, y): one that says
    nothing keeps apart what is near in the others.
    """
    ranks, waves = _ranks(x), list(_waves(_ranks(y)))
    alone = [column[:, None] for column in ranks.T] if ranks.shape[1] > 1 else []
    return max(_shown_by(part, waves, most) for part in (ranks, *alone))


def _shown_by(ranks: FloatArray, waves: list[FloatArray], most: float) -> float:
    near = cKDTree(ranks).query(ranks, k=max(NEIGHBOURS) + 1)[1]
    return max(_limit(*_pairs(near[:, : k + 1]), waves, most) for k in NEIGHBOURS)


def _limit(
    first: NDArray[np.intp], second: NDArray[np.intp], waves: list[FloatArray], most: float
) -> float:
    shared = 4 * len(first) / len(waves[0])  # twice the mean number of pairs of a row
    spread = SURE * math.sqrt((1 + shared * min(1.0, 2 * most)) / len(first))
    return max(
        0.5 * float((wave[first] * wave[second]).mean() - spread * wave.var()) for wave in waves
    )


def _pairs(near: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and their neighbours, each pair once."""
    count = len(near)
    own = np.repeat(np.arange(count), near.shape[1])
    low, high = np.minimum(own, near.ravel()), np.maximum(own, near.ravel())
    low, high = np.divmod(np.unique(low[low < high] * count + high[low < high]), count)
    return low, high


def _ranks(rows: FloatArray) -> FloatArray:
    """Each column's shares in (0, 1)."""
    return np.asarray((stats.rankdata(rows, axis=0) - 0.5) / len(rows))


def _waves(share: FloatArray) -> Iterator[FloatArray]:
    """Square waves of each column less their means."""
    for cells in CELLS:
        for column in share.T:
            wave = 1.0 - 2.0 * (np.floor(cells * column) % 2)
            yield wave - wave.mean()
