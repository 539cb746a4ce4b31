r"""Signs of what smooth models of a log ratio cannot see.

**Neighbours.** Given where rows lie, each is of x with the probability σ_i of the true log ratio,
whatever the others are. So with residuals r_i = [row i is of x] − σ̂_i the sum Σ r_i r_j over
pairs of near neighbours has mean 0 at the truth and variance Σ r_i² r_j² (Moran's statistic, 1950,
of residuals). It is large where the laws differ at a scale below that of the models, as a comb of
many teeth beside a smooth density. A fit that saw the neighbour and not the row errs the other
way, so that the test is on the safe side.

**Dimensions.** Rows near a set of fewer dimensions than they have columns, or than the other
sample's rows (`divkit.samples.dimension`): the laws may be singular to each other, as far apart as
laws can be, where every smooth model finds them closer.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.spatial import cKDTree

from divkit.estimators.common.doubts import Doubt
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import Fit
from divkit.samples.dimension import intrinsic_dimension
from divkit.types import FloatArray

AGREEING = 4.5
"""Standard deviations above which neighbours agree: false alarms of 1e-5 for three ranges."""
_NEIGHBOURS = (1, 3, 8)
_MOST = 16_000  # rows times columns beyond two, of which the neighbours are looked for


def neighbours_agree(pool: Pooled, fits: Iterable[Fit]) -> Doubt | None:
    """Return the doubt where neighbours are of one sample more often than every fit says."""
    part = np.random.default_rng(0).permutation(len(pool.z))  # ties in no order of the labels
    part = part[: _MOST // max(1, pool.dim - 1)]
    pairs = _pairs(pool.z[part])
    of_x, offset = pool.sign > 0, share_odds(pool)
    strength = min(
        max(_agreement((of_x - special.expit(fit.left_out + offset))[part], pairs)) for fit in fits
    )
    if not strength > AGREEING:
        return None
    return Doubt(
        f"near neighbours are of one kind more often than the fitted ratios say ({strength:.1f} "
        "standard deviations): the laws differ at a scale that the models do not resolve",
        False,
    )


def share_odds(pool: Pooled) -> float:
    """Return by how much logits of rows that weigh alike are above those of the pool's."""
    n, m = pool.sizes
    of_x = float(pool.weight[pool.sign > 0].sum())
    return float(np.log(n / m) - np.log(of_x / (pool.weight.sum() - of_x)))


def _pairs(z: FloatArray) -> list[NDArray[np.intp]]:
    """Places (2, pairs) of neighbours, each pair once, for every range."""
    most = min(max(_NEIGHBOURS), len(z) - 1)
    near = cKDTree(z).query(z, k=most + 1)[1]
    own = np.arange(len(z))
    found = []
    for count in {min(k, most) for k in _NEIGHBOURS}:
        first, second = np.repeat(own, count), near[:, 1 : count + 1].ravel()
        low, high = np.minimum(first, second), np.maximum(first, second)
        once = np.unique(low[low < high] * len(z) + high[low < high])
        found.append(np.stack(np.divmod(once, len(z))))
    return found


def _agreement(residual: FloatArray, pairs: list[NDArray[np.intp]]) -> list[float]:
    """Sums over pairs in standard deviations, a range each."""
    products = [residual[first] * residual[second] for first, second in pairs]
    sizes = [float(np.sqrt((each**2).sum())) for each in products]
    return [
        float(e.sum()) / size if size else 0.0 for e, size in zip(products, sizes, strict=True)
    ]


def fewer_dimensions(pool: Pooled) -> Doubt | None:
    """Return the doubt where rows lie in fewer dimensions than the others, or than columns."""
    rows = pool.z if pool.own is None else pool.own
    x, y = (intrinsic_dimension(rows[pool.sign == sign]) for sign in (1, -1))
    both = [(name, own, other) for name, own, other in (("x", x, y), ("y", y, x)) if own]
    for name, own, other in both:
        if other is not None and own.below(other):
            return Doubt(
                f"rows of {name} lie near a set of {own.value:.1f} dimensions, those of the "
                f"other sample in {other.value:.1f}: the laws may have no density to each other",
                False,
            )
    for name, own, _ in both:
        if own.thin:
            return Doubt(
                f"rows of {name} lie near a set of {own.value:.1f} dimensions in {pool.dim} "
                "columns, and sets that differ by less than rows resolve hold laws without a "
                "common density: drop a column that others determine",
                False,
            )
    return None
