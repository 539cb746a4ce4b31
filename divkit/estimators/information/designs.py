r"""Features of pairs, for the logit log p(x, y) − log p(x) p(y).

Columns are made normal by rank, which no divergence sees, and x and y whitened apart: the product
law is then white. On these rows stand [1, z, z zᵀ, kernels], z = (x, y), which hold the exact
logit of a Gaussian copula; a second set of coordinates adds the radii |x| and |y|, made normal by
rank, whose products hold a common scale, as of a Student-t law.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import linalg
from scipy.spatial.distance import pdist

from divkit.estimators.common.design import Design, kernel_designs, polynomial
from divkit.estimators.information.pairs import PairedSample, gaussian_margins
from divkit.samples import require_memory
from divkit.types import FloatArray

_MOST_BYTES = 2**33


def coordinates(pairs: PairedSample) -> Iterator[tuple[str, PairedSample]]:
    """Yield each set of coordinates of the pairs, with its name."""
    x, y = (_white(gaussian_margins(rows)) for rows in (pairs.x, pairs.y))
    yield "normal margins", PairedSample(x, y)
    yield "normal margins and radii", PairedSample(_with_radius(x), _with_radius(y))


def pair_designs(
    rows: FloatArray,
    weight: FloatArray,
    name: str,
    centres: int,
    widths: Sequence[float],
    rng: np.random.Generator,
) -> Iterator[Design]:
    """Yield one design of the rows (N, d + e) for each kernel width, a multiple of the median."""
    features = centres + 2 + 2 * rows.shape[1] + rows.shape[1] ** 2 // 2
    require_memory(
        8 * 3 * len(rows) * features,
        f"kernel logistic regression of {len(rows):,} pairs with {features:,} features",
        "Take a random 20,000 rows, or a method of neighbours (--list names them).",
        _MOST_BYTES,
    )
    marks = rows[rng.choice(len(rows), min(centres, len(rows)), replace=False)]
    median = float(np.median(pdist(marks)))
    yield from kernel_designs(name, rows, polynomial(rows, weight), marks, median, widths)


def _white(z: FloatArray) -> FloatArray:
    """Rows of unit covariance; a column that is a function of others raises an error."""
    try:
        root = linalg.cholesky(np.atleast_2d(np.cov(z.T)), lower=True)
    except linalg.LinAlgError as error:
        raise ValueError(
            "the columns of x or of y have ranks that are linear functions of one another. "
            "Drop the columns that repeat others."
        ) from error
    return np.asarray(linalg.solve_triangular(root, (z - z.mean(axis=0)).T, lower=True).T)


def _with_radius(z: FloatArray) -> FloatArray:
    radius = np.sqrt(np.einsum("ij,ij->i", z, z))
    return np.hstack([z, gaussian_margins(radius[:, None])])
