r"""Laws of a point with its label: rows (x, e_y), y from π and x given y from p_y.

e_y is the unit vector of the label among K: d + K coordinates, on K flats of dimension d. Where
two such laws P and Q have the same label probabilities,

    D_f(P‖Q) = Σ_y π_y D_f(p_y‖q_y),

since p/q at (x, e_y) is p_y(x)/q_y(x): the conditional divergence is that of the joint laws. Where
label probabilities differ the joint laws' divergence holds what the labels tell, too. Conditional
GANs play on such rows (Mirza, Osindero 2014): max V is that of the joint laws.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.distributions.compose.mixed import MixedLaw, Stratum
from divkit.distributions.compose.mixture import MixtureLaw
from divkit.distributions.finite.weights import check_weights
from divkit.distributions.strata import Place, fixed
from divkit.distributions.toys.laws import UniformBoxes
from divkit.types import FloatArray

_MOST = 64


def labelled(laws: Iterable[Any], weights: Sequence[float] | None = None) -> MixedLaw:
    r"""Return the law of (x, e_y), y of probability `weights[y]` and x given y of `laws[y]`.

    Parameters
    ----------
    laws : one a label, at least two, densities on one R^d; whatever `as_law` takes.
    weights : probabilities of the labels, all positive; equal ones where None.

    Raises
    ------
    ValueError
        If there are fewer than two laws, weights do not fit, or a law has no density.

    Examples
    --------
    >>> from divkit import js_divergence
    >>> from divkit.distributions import Normal
    >>> p, q = labelled([Normal(0, 1), Normal(4, 1)]), labelled([Normal(1, 1), Normal(4, 1)])
    >>> half = 0.5 * js_divergence(Normal(0, 1), Normal(1, 1)).value
    >>> p.dim, abs(js_divergence(p, q).value - half) < 1e-14
    (3, True)
    """
    given = [as_law(law) for law in laws]
    if len(given) < 2:
        raise ValueError(f"labelled needs at least two laws, one a label; got {len(given)}.")
    shares = check_weights([1 / len(given)] * len(given) if weights is None else weights)
    if len(shares) != len(given) or min(shares) == 0:
        raise ValueError(
            f"weights must be {len(given)} positive numbers, one a label; got {list(shares)}."
        )
    rows = np.eye(len(given)).tolist()
    strata = [
        Stratum(((None,) * law.dim + tuple(row)), law)
        for law, row in zip(given, rows, strict=True)
    ]
    return MixedLaw(shares, tuple(strata))


def by_mode(law: Any) -> MixedLaw:
    """Return a mixture with its component as the label, a uniform law on boxes with its box.

    Raises
    ------
    ValueError
        If the law is neither, or has more than 64 of them.

    Examples
    --------
    >>> from divkit.distributions import ring
    >>> by_mode(ring(8)).dim
    10
    """
    read = as_law(law)
    if isinstance(read, MixtureLaw):
        parts: list[tuple[float, Law]] = list(zip(read.weights, read.components, strict=True))
    elif isinstance(read, UniformBoxes):
        boxes = [UniformBoxes((box,)) for box in read.boxes]
        sizes = np.prod(np.diff(np.array(read.boxes), axis=2)[..., 0], axis=1)
        parts = list(zip((sizes / sizes.sum()).tolist(), boxes, strict=True))
    else:
        raise ValueError(
            f"labels are a mixture's components or boxes; {read!r} has none. Give each label its "
            "law: divkit.distributions.labelled([...])."
        )
    if len(parts) > _MOST:
        raise ValueError(
            f"labels would be the {len(parts)} components of a curve; at most {_MOST} are. Give "
            "each label its law: divkit.distributions.labelled([...])."
        )
    return labelled([part for _, part in parts], [share for share, _ in parts])


def label_count(law: Law) -> int:
    """Return the number of labels K of a law of rows (x, e_y); 0 of any other law."""
    if not isinstance(law, MixedLaw):
        return 0
    places = [stratum.place for stratum in law.strata]
    at = {fixed(place) for place in places}
    count = len(at.pop()) if len(at) == 1 else 0
    hot = all(_is_hot(place, count) for place in places)
    return count if 1 < count < law.dim and hot else 0


def _is_hot(place: Place, count: int) -> bool:
    """Whether the last coordinates are a unit vector, and the others free."""
    head, tail = place[: len(place) - count], place[len(place) - count :]
    return set(head) == {None} and sorted(v or 0.0 for v in tail) == [0.0] * (count - 1) + [1.0]


def one_hot(labels: Any, count: int | None = None) -> FloatArray:
    """Return the unit vectors (n, K) of labels 0 … K − 1.

    Raises
    ------
    ValueError
        If labels are no whole numbers from 0, one a row, or fewer than two are known.
    """
    given = np.asarray(labels)
    whole = np.issubdtype(given.dtype, np.number) and bool((given == np.floor(given)).all())
    if given.ndim != 1 or not len(given) or not whole or given.min() < 0:
        raise ValueError(
            "labels must be whole numbers from 0, one a row: sklearn's LabelEncoder makes them."
        )
    most = int(given.max()) + 1
    size = most if count is None else count
    if size < max(most, 2):
        raise ValueError(f"labels must be of at least two kinds, 0 … {size - 1}; got {most - 1}.")
    return np.eye(size)[given.astype(np.intp)]
