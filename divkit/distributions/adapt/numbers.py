r"""Laws that are given as numbers: probabilities, and histograms.

Probabilities are a finite law at 0, 1, 2, …, or at their labels. They must sum to 1, but for the
rounding of their own type; a list of numbers that do not is a sample, or counts, and is refused.
In float32 a probability is off by 2⁻²⁴ of itself: that is in the law's error.

A histogram (counts, edges) is constant on each bin: masses c_k/Σc, or c_k (e_{k+1} − e_k) where
these sum to 1, as with `density=True`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch

from divkit.distributions.adapt.reading import LawBatch
from divkit.distributions.adapt.torch.finite import Given, categorical_law
from divkit.distributions.base import Law
from divkit.distributions.families.steps import Steps
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.finite.points import counts_to
from divkit.types import FloatArray

_ROOM = 1e-12  # what the sum of probabilities in float64 may be off by


@runtime_checkable
class WithLabels(Protocol):
    """Numbers with labels, as a pandas Series."""

    index: Any

    def to_numpy(self) -> Any:
        """The numbers."""
        ...


def is_numbers(obj: Any) -> bool:
    """Whether an object is a list, an array, a tensor or a Series of numbers."""
    if isinstance(obj, torch.Tensor):
        return obj.dtype != torch.bool and not obj.is_complex()
    if isinstance(obj, (list, tuple)) and not _plain(obj):
        return False
    if not isinstance(obj, (list, tuple, np.ndarray, WithLabels)):
        return False
    return _array(obj).dtype.kind in "iuf"


def _plain(items: Sequence[Any]) -> bool:
    """Whether a list holds numbers, or such lists of one length, and at least one."""
    inner = [item for item in items if isinstance(item, (list, tuple))]
    if inner:
        same = len(inner) == len(items) and len(set(map(len, inner))) == 1
        return same and all(map(_plain, inner))
    return bool(items) and all(isinstance(item, (int, float, np.number)) for item in items)


def _array(obj: Any) -> Any:
    if isinstance(obj, torch.Tensor):
        held = obj.detach().cpu()
        return (held.float() if held.dtype == torch.bfloat16 else held).numpy()
    return obj.to_numpy() if isinstance(obj, WithLabels) else np.asarray(obj)


def probabilities(obj: Any) -> FiniteLaw:
    """Return the finite law at 0, 1, 2, …, or at the numbers that label the probabilities.

    Raises
    ------
    ValueError
        If they do not sum to 1, one is negative, or there are several rows of them.
    """
    values = _array(obj)
    if values.ndim != 1:
        raise ValueError(
            f"an array of shape {values.shape} holds {math.prod(values.shape[:-1])} laws, one a "
            "row; pass one row, or two such arrays to a divergence. Rows of a sample go to "
            "divkit.estimate(x, y)."
        )
    points = _places(obj)
    return _law(counts_to(len(values)) if points is None else points, values)


def _places(obj: Any) -> FloatArray | None:
    """The labels as points, None where they only count, or are no numbers."""
    if not isinstance(obj, WithLabels):
        return None
    labels = np.asarray(obj.index)
    return labels.astype(np.float64) if labels.dtype.kind in "iuf" else None


def _law(points: FloatArray, values: Any) -> FiniteLaw:
    numbers = values.astype(np.float64)
    coarse = values.dtype.kind == "f" and values.dtype.itemsize < 8
    room = 4 * math.sqrt(len(numbers)) * float(np.finfo(values.dtype).eps) if coarse else _ROOM
    total = float(numbers.sum()) if np.isfinite(numbers).all() else math.nan
    if not (abs(total - 1) <= room and numbers.min() >= 0):
        negative = ", some of them negative" if (numbers < 0).any() else ""
        raise ValueError(
            f"{len(numbers)} numbers that sum to {total!r}{negative}: no probabilities. Of "
            "counts or weights w pass w / w.sum(); of two samples, divkit.estimate(x, y) states "
            "the error that few rows leave."
        )
    if coarse:
        return categorical_law(points, numbers.tolist(), Given("probs", torch.as_tensor(values)))
    return FiniteLaw.from_probs(points, numbers)


def unfold(obj: Any) -> LawBatch | None:
    """Rows of probabilities (…, K) as the laws of a batch."""
    values = _array(obj)
    if values.ndim < 2:
        return None
    rows = values.reshape(-1, values.shape[-1])
    return LawBatch(values.shape[:-1], [_law(counts_to(rows.shape[1]), row) for row in rows])


def aligned(p: Any, q: Any) -> tuple[Law, Law] | None:
    """Two vectors of probabilities as laws at the same points; None unless both are such.

    Raises
    ------
    ValueError
        If they are of different number and have no labels, or have no label in common.
    """
    if not (_is_row(p) and _is_row(q)):
        return None
    if isinstance(p, WithLabels) and isinstance(q, WithLabels):
        return _by_labels(p, q)
    values = _array(p), _array(q)
    if len(values[0]) != len(values[1]):
        raise ValueError(
            f"p has {len(values[0])} probabilities and q has {len(values[1])}; pass as many, with "
            "0 where a class is missing, or pandas Series, which are aligned by their labels."
        )
    for one in (p, q):
        if isinstance(one, WithLabels) and list(one.index) != list(range(len(one.to_numpy()))):
            raise ValueError(
                "one of p and q has labels, the other has none; pass both as Series, or both "
                "without labels: series.to_numpy()."
            )
    points = counts_to(len(values[0]))
    return _law(points, values[0]), _law(points, values[1])


def _is_row(obj: Any) -> bool:
    return is_numbers(obj) and _array(obj).ndim == 1


def _by_labels(p: WithLabels, q: WithLabels) -> tuple[Law, Law]:
    first, second = list(p.index), list(q.index)
    place = {label: k for k, label in enumerate(dict.fromkeys([*first, *second]))}
    if any(len(set(labels)) < len(labels) for labels in (first, second)):
        raise ValueError("a label of p or q occurs twice; add up what belongs together first.")
    if len(place) == len(first) + len(second):
        raise ValueError(
            f"p and q have no label in common, such as {first[0]!r} and {second[0]!r}; give both "
            "the same labels, or pass series.to_numpy()."
        )
    numeric = all(isinstance(label, (int, float, np.number)) for label in place)
    points = {label: float(label if numeric else k) for label, k in place.items()}
    at = [np.array([points[label] for label in labels]) for labels in (first, second)]
    return _law(at[0], p.to_numpy()), _law(at[1], q.to_numpy())


def is_histogram(obj: Any) -> bool:
    """Whether an object is a tuple of counts and of edges, one more."""
    if not isinstance(obj, tuple) or len(obj) != 2 or not all(map(is_numbers, obj)):
        return False
    counts, edges = map(_array, obj)
    return counts.ndim == edges.ndim == 1 and len(edges) == len(counts) + 1


def histogram(obj: Any) -> Steps:
    """Return the law that is constant on each bin of (counts, edges).

    Raises
    ------
    ValueError
        If a count is negative, all are 0, or the edges do not increase.
    """
    counts, edges = (np.asarray(_array(part), dtype=np.float64) for part in obj)
    return steps(counts, edges, f"histogram of {len(counts)} bins")


def steps(counts: FloatArray, edges: FloatArray, label: str) -> Steps:
    """The law of `histogram`, with a label."""
    width = np.diff(edges)
    if not ((counts >= 0).all() and np.isfinite(counts).all() and counts.sum() > 0):
        raise ValueError("counts of a histogram must be finite, at least 0, and not all 0.")
    if not (np.isfinite(edges).all() and (width > 0).all()):
        raise ValueError("edges of a histogram must be finite and increase.")
    areas, total = counts * width, counts.sum()
    dense = abs(math.fsum(areas.tolist()) - 1) <= 1e-9
    if dense and abs(total - 1) <= 1e-9 and not np.allclose(width, width[0]):
        raise ValueError(
            "counts may be shares of the bins or densities: both sum to 1. Pass "
            "(counts * numpy.diff(edges), edges) of densities times any number but 1, to say."
        )
    masses = areas / areas.sum() if dense else counts / total
    return Steps(tuple(edges), tuple(masses), label)
