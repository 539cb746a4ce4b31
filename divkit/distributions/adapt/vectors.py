r"""Laws that are given as numbers: probabilities, and histograms.

Probabilities are a finite law at 0, 1, 2, …, or at their labels: the index of a Series, the keys
of a dictionary, where tuples of d numbers are points of R^d. A `collections.Counter` holds counts,
which are divided by their sum. Others must sum to 1, but for the rounding of their own type; a
list of numbers that do not is a sample, or counts, and is refused.
In float32 a probability is off by 2⁻²⁴ of itself: that is in the law's error.

A histogram (counts, edges) is constant on each bin: masses c_k/Σc, or c_k (e_{k+1} − e_k) where
these sum to 1, as with `density=True`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch

from divkit.distributions.adapt.looks import WithLabels, array, labelled
from divkit.distributions.adapt.reading import LawBatch
from divkit.distributions.adapt.torch.finite import Given, categorical_law
from divkit.distributions.base import Law
from divkit.distributions.families.steps import Steps
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.finite.named import NamedLaw, codes
from divkit.distributions.finite.points import counts_to
from divkit.distributions.nominal import ELSEWHERE
from divkit.types import FloatArray

_ROOM = 1e-12  # what the sum of probabilities in float64 may be off by
_DENSE = 1e-9  # and the sum of a histogram's areas


def probabilities(obj: Any) -> FiniteLaw:
    """Return the finite law at 0, 1, 2, …, or at the numbers that label the probabilities.

    Raises
    ------
    ValueError
        If they do not sum to 1, one is negative, there are several rows of them, or labels are
        no numbers.
    """
    obj = labelled(obj)
    values = _whole(obj)
    if values.ndim != 1:
        raise ValueError(
            f"an array of shape {values.shape} holds {math.prod(values.shape[:-1])} laws, one a "
            "row; pass one row, or two such arrays to a divergence; a joint table is one law as "
            "table.ravel(). Rows of a sample go to divkit.estimate(x, y)."
        )
    points = _places(obj, len(values))
    return _law(points, values)


def _whole(obj: Any) -> Any:
    """The numbers as an array; a masked one has all of them, or is refused."""
    if isinstance(obj, np.ma.MaskedArray) and np.ma.getmaskarray(obj).any():
        raise ValueError(
            "probabilities are masked: fill them, p.filled(0), where a class has none, or leave "
            "the classes out of both laws, p.compressed()."
        )
    found = array(obj)
    if found.shape == (0,):  # (0, k) are no vectors of k
        raise ValueError("it is empty: probabilities are one number or more, and sum to 1.")
    return found


def _places(obj: Any, n: int) -> FloatArray:
    """The labels as points; 0, 1, 2, … where there are none."""
    if not isinstance(obj, WithLabels):
        return counts_to(n)
    labels = list(obj.index)
    points = _points(labels)
    if points is None:
        name = next((label for label in labels if _points([label]) is None), labels[0])
        raise ValueError(f"labels such as {name!r} are no points. {ELSEWHERE}")
    return points


def _law(points: FloatArray, values: Any) -> FiniteLaw:
    numbers = values.astype(np.float64)
    coarse = values.dtype.kind == "f" and values.dtype.itemsize < 8
    room = 4 * math.sqrt(len(numbers)) * float(np.finfo(values.dtype).eps) if coarse else _ROOM
    total = float(numbers.sum()) if np.isfinite(numbers).all() else math.nan
    if not (abs(total - 1) <= room and numbers.min() >= 0):
        negative = ", some of them negative" if (numbers < 0).any() else ""
        raise ValueError(
            f"{len(numbers)} numbers that sum to {total!r}{negative}: no probabilities. Of "
            "counts or weights w pass w / w.sum(), or a collections.Counter; of two samples, "
            "divkit.estimate(x, y) states the error that few rows leave."
        )
    if coarse:
        return categorical_law(points, numbers.tolist(), Given("probs", torch.tensor(values)))
    return FiniteLaw.from_probs(points, numbers)


def unfold(obj: Any) -> LawBatch | None:
    """Rows of probabilities (…, K) as the laws of a batch."""
    values = _whole(obj)
    if values.ndim < 2:
        return None
    rows = values.reshape(math.prod(values.shape[:-1]), values.shape[-1])
    if (
        rows.size
        and values.min() >= 0
        and abs(values.sum() - 1) <= _DENSE < abs(rows[0].sum() - 1)
    ):
        raise ValueError(
            f"an array of shape {values.shape} is read as {len(rows)} laws, one a row, and this "
            "one sums to 1 as a whole: a joint table is one law as table.ravel(), both tables in "
            "the same order."
        )
    return LawBatch(values.shape[:-1], [_law(counts_to(rows.shape[1]), row) for row in rows])


def aligned(objects: Sequence[Any]) -> tuple[Law, ...]:
    """Several vectors of probabilities as laws at the same points.

    Raises
    ------
    ValueError
        If they are of different number and have no labels, or have no label in common.
    """
    objects = list(map(labelled, objects))
    if all(isinstance(each, WithLabels) for each in objects):
        return _by_labels(objects)
    values = [_whole(each) for each in objects]
    if len(set(map(len, values))) > 1:
        raise ValueError(
            f"{' and '.join(str(len(each)) for each in values)} probabilities; pass as many of "
            "each law, with 0 where a class is missing, or dictionaries or pandas Series, which "
            "are aligned by their labels."
        )
    for each in objects:
        if isinstance(each, WithLabels) and list(each.index) != list(range(len(values[0]))):
            raise ValueError(
                "some probabilities have labels, others have none; pass all as Series or "
                "dictionaries, or all without labels: series.to_numpy()."
            )
    points = counts_to(len(values[0]))
    return tuple(_law(points, each) for each in values)


def _by_labels(objects: Sequence[WithLabels]) -> tuple[Law, ...]:
    labels = [list(each.index) for each in objects]
    place = {label: k for k, label in enumerate(dict.fromkeys(chain(*labels)))}
    if any(len(set(own)) < len(own) for own in labels):
        raise ValueError("a label occurs twice in a Series; add up what belongs together first.")
    points = _points(place)
    if len(place) == sum(map(len, labels)):
        apart = "" if points is None else "; of points that differ, FiniteLaw(atoms, probs) each"
        raise ValueError(
            f"the laws have no label in common, such as {labels[0][0]!r} and {labels[1][0]!r}; "
            f"give them the same labels, or pass their numbers alone: series.to_numpy(){apart}."
        )
    if points is None:
        return tuple(map(_on_names, objects))
    rows = ([place[label] for label in own] for own in labels)
    return tuple(_law(points[k], _whole(o)) for k, o in zip(rows, objects, strict=True))


def _points(labels: Iterable[Any]) -> FloatArray | None:
    """Labels that are numbers, or tuples of as many each, as points (K,) or (K, d); None of names.

    A whole number beyond 2⁵³ that no float holds, as a key of a table may be, is a name.
    """
    rows = [label if isinstance(label, tuple) else (label,) for label in labels]
    if len(set(map(len, rows))) > 1 or not all(map(_is_place, chain(*rows))):
        return None
    return np.array(rows, dtype=np.float64)


def _is_place(label: Any) -> bool:
    return isinstance(label, (int, float, np.number)) and (label != label or float(label) == label)


def _on_names(obj: WithLabels) -> NamedLaw:
    found = _law(codes(obj.index), _whole(obj))
    return NamedLaw(found.atoms, found.probs, log_weights=found.log_weights)


def beside_names(obj: Any) -> FiniteLaw:
    """Return the law of probabilities, on their labels where these are names: beside such laws.

    Raises
    ------
    ValueError
        As `probabilities`.
    """
    given = labelled(obj)
    if not isinstance(given, WithLabels) or _points(list(given.index)) is not None:
        return probabilities(given)
    return _on_names(given)


def histogram(obj: Any) -> Steps:
    """Return the law that is constant on each bin of (counts, edges).

    Raises
    ------
    ValueError
        If a count is negative, all are 0, or the edges do not increase.
    """
    given, edges = (np.asarray(_whole(part)) for part in obj)
    label = f"histogram of {len(given)} bins"
    whole = given.dtype.kind in "biu"
    unit = 0.0 if whole else float(np.finfo(given.dtype).eps)
    room = max(4 * unit, _DENSE)
    numbers = given.astype(np.float64), edges.astype(np.float64)
    return steps(*numbers, label, counted=whole, room=room)


@np.errstate(over="ignore", invalid="ignore")  # an area that overflows is not 1
def steps(
    counts: FloatArray,
    edges: FloatArray,
    label: str,
    *,
    counted: bool = False,
    room: float = _DENSE,
) -> Steps:
    """The law of `histogram`, with a label; `counted` says that the numbers are no densities.

    They may be densities where their areas sum to 1 within `room`.
    """
    width = np.diff(edges)
    if not ((counts >= 0).all() and np.isfinite(counts).all() and counts.any()):
        raise ValueError("counts of a histogram must be finite, at least 0, and not all 0.")
    if not (np.isfinite(edges).all() and (width > 0).all()):
        raise ValueError("edges of a histogram must be finite and increase.")
    areas = counts * width
    dense = not counted and abs(areas.sum() - 1) <= room
    shares = abs(counts.sum() - 1) <= room or bool((counts == np.floor(counts)).all())
    if dense and shares and not np.allclose(width, width[0]):
        raise ValueError(
            "the numbers of a histogram may be counts or shares of the bins, or densities: their "
            "areas sum to 1 as well. Pass counts as whole numbers (dtype int), or "
            "(densities * numpy.diff(edges) * 2, edges)."
        )
    parts = areas if dense else np.ldexp(counts, -np.frexp(counts.max())[1])  # none above 1
    masses = parts / parts.sum()
    return Steps(tuple(edges), tuple(masses), label)
