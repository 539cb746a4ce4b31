r"""A two-sample test whose level is exact for every n: the labels of the pooled rows are shuffled.

If p = q and rows are independent, every assignment of the n + m rows to the two samples is equally
likely. With T the statistic of the given labels and T_1 … T_B those of random ones,

    p-value = (1 + #{b : T_b ≥ T}) / (1 + B),       P(p-value ≤ α) ≤ α

for all laws, n, m and B (Phipson and Smyth 2010, equation 2). It is a test of p = q given that
rows are independent; repeated rows do no harm.

The statistic looks at several scales at once. With weights s_i = 1/n on rows of x, −1/m on rows of
y, each kernel K gives sᵀKs: the squared MMD with Gaussian kernels of half, one and two times the
median distance, and the energy distance with K = −|z_i − z_j|/2 (Székely and Rizzo 2004), all on
rows whitened together, in which the sample that a row is of plays no part. A column of labels
enters as indicators of all but its last. Each is centred and scaled by its own mean
and spread over the B + 1 assignments, which treats all of them alike and so keeps the level exact;
T is the greatest of the four.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.spatial.distance import pdist, squareform

from divkit.estimators.common.pooled import scatter
from divkit.floats import own_rules
from divkit.plain import PlainFields
from divkit.rng import RandomState, as_generator
from divkit.samples import Pair, require_memory
from divkit.threads import on_one_thread
from divkit.types import FloatArray

WIDTHS = (0.5, 1.0, 2.0)
_MOST_ROWS = 4000
_CELL, _MOST_BYTES = 33, 2**32
_DEPENDENT = 1e-9


@dataclass(frozen=True)
class Permutation(PlainFields):
    """The outcome of a permutation test of p = q.

    Attributes
    ----------
    p_value : (1 + #{T_b ≥ T})/(1 + B), at least 1/(1 + B).
    statistic : T, in spreads of its own permutation law.
    scale : which kernel gave it.
    permutations : B.
    rows : how many rows of x and of y took part.
    seconds : time taken.

    Examples
    --------
    >>> import numpy as np
    >>> from divkit.samples import two_samples
    >>> x, y = np.random.default_rng(0).normal(size=(2, 30))
    >>> permutation_test(two_samples(x, y + 2), permutations=19).p_value
    0.05
    """

    p_value: float
    statistic: float
    scale: str
    permutations: int
    rows: tuple[int, int]
    seconds: float

    def rejects(self, alpha: float) -> bool:
        """Whether p = q is rejected at level α."""
        return self.p_value <= alpha


@own_rules
@on_one_thread
def permutation_test(
    pair: Pair, *, permutations: int = 999, rng: RandomState = 0, most: int = _MOST_ROWS
) -> Permutation:
    """Test p = q by shuffling labels.

    Parameters
    ----------
    pair : checked samples (`divkit.samples.two_samples`).
    permutations : B; the smallest p-value is 1/(1 + B).
    rng : of the shuffles, and of the rows taken where there are more than `most`.
    most : rows of both samples together that take part, drawn at random in proportion; time and
        memory grow with the square.

    Returns
    -------
    Permutation
        The p-value, exact for every number of rows, and the scale at which the samples differ
        most.

    Raises
    ------
    ValueError
        If permutations or most is too small, or the rows lie in a subspace.

    Examples
    --------
    >>> from divkit.samples import two_samples
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(0, 1, 60), rng.normal(3, 1, 60)
    >>> permutation_test(two_samples(x, y), permutations=99).p_value
    0.01
    """
    if permutations < 19:
        raise ValueError(f"permutations must be 19 or more; got {permutations!r}.")
    if most < 8:
        raise ValueError(f"most must be 8 rows or more; got {most!r}.")
    require_room(min(most, len(pair.x) + len(pair.y)), permutations)
    began, generator = time.perf_counter(), as_generator(rng)
    part = _part(pair, most, generator)
    n, m = len(part.x), len(part.y)
    labels = _assignments(np.arange(n + m) < n, permutations, generator)
    weights = np.where(labels, 1 / n, -1 / m)
    distance = squareform(pdist(_whitened(part)))
    names, scores = _scores(distance, weights)
    spread = scores.std(axis=1, keepdims=True)
    level = np.where(spread > 0, spread, 1.0)
    standing = (scores - scores.mean(axis=1, keepdims=True)) / level
    greatest = standing.max(axis=0)
    beaten = int((greatest[1:] >= greatest[0] - 1e-12 * abs(greatest[0])).sum())
    return Permutation(
        (1 + beaten) / (1 + permutations),
        float(greatest[0]),
        names[int(standing[:, 0].argmax())],
        permutations,
        (n, m),
        time.perf_counter() - began,
    )


def require_room(rows: int, permutations: int) -> None:
    """Refuse assignments that would not fit: 33 bytes for each row and shuffle.

    Raises
    ------
    ValueError
        With the size, and how many shuffles fit.
    """
    rows = min(rows, _MOST_ROWS)
    fit = _MOST_BYTES // (_CELL * rows)
    require_memory(
        _CELL * rows * (1 + permutations),
        f"permutations={permutations:,} of {rows:,} rows",
        f"Take {fit:,} or fewer: they give p-values down to {1 / (1 + fit):.2g}.",
        _MOST_BYTES,
    )


def _part(pair: Pair, most: int, generator: np.random.Generator) -> Pair:
    n, m = len(pair.x), len(pair.y)
    if n + m <= most:
        return pair
    share = most / (n + m)
    x, y = (
        rows[generator.permutation(len(rows))[: max(4, round(share * len(rows)))]]
        for rows in (pair.x, pair.y)
    )
    return Pair(x, y, pair.columns, pair.notes, texts=pair.texts)


def _whitened(pair: Pair) -> FloatArray:
    """Pooled rows (N, d) of unit scatter; every row weighs the same, whichever its label."""
    rows = pair.standardised
    z = np.concatenate([rows.x, rows.y])
    if pair.texts:
        z = _with_indicators(z, np.concatenate([pair.x, pair.y]), pair.texts)
    centre, root = scatter(z, np.full(len(z), 1 / len(z)))
    return np.asarray(linalg.solve_triangular(root, (z - centre).T, lower=True).T)


def _with_indicators(
    z: FloatArray, rows: FloatArray, texts: tuple[tuple[str, ...], ...]
) -> FloatArray:
    """Rows z (N, d) with columns of labels as indicators, those that others give left out."""
    columns = [z[:, k] for k, words in enumerate(texts) if not words]
    for k, words in enumerate(texts):
        columns += [rows[:, k] == place for place in range(len(words) - 1)]
    whole = np.stack(columns, axis=1).astype(np.float64)
    centred = whole - whole.mean(axis=0)
    upper, order = linalg.qr(centred, mode="r", pivoting=True)[-2:]
    size = np.abs(np.diag(upper))
    kept = np.sort(order[: len(size)][size > _DEPENDENT * size[0]])
    return np.asarray(whole[:, kept])


def _assignments(
    given: NDArray[np.bool_], count: int, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """The labels as given in column 0, and `count` shuffles of them: (N, 1 + count) bools."""
    drawn = generator.permuted(np.tile(given, (count, 1)), axis=1)
    return np.concatenate([given[None], drawn]).T


def _scores(distance: FloatArray, weights: FloatArray) -> tuple[list[str], FloatArray]:
    """sᵀKs for each kernel and each assignment: (kernels, 1 + B)."""
    middle = float(np.median(distance[np.triu_indices(len(distance), 1)]))
    names, scores = ["energy"], [_form(-0.5 * distance, weights)]
    for width in WIDTHS:
        kernel = np.exp(-0.5 * (distance / (width * middle)) ** 2)
        names.append(f"MMD, width {width:g}")
        scores.append(_form(kernel, weights))
    return names, np.array(scores)


def _form(kernel: FloatArray, weights: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ik,ik->k", weights, kernel @ weights))
