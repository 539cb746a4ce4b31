"""Cheap questions to an object about what it can do: they import no library.

A reader's `takes` is asked about everything; what reads the object is imported when one comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch

from divkit.arrays import held
from divkit.lazy import deferred
from divkit.plain import as_float, is_number, unwrapped

frames = deferred("divkit.frames")

DENSITIES = ("log_prob", "logpdf", "score_samples")


@runtime_checkable
class WithLabels(Protocol):
    """Numbers with labels, as a pandas Series."""

    index: Any

    def to_numpy(self) -> Any:
        """The numbers."""
        ...


@dataclass(frozen=True, eq=False)
class NamedNumbers:
    """Numbers of a dictionary under its keys, as a Series has them."""

    index: Any
    numbers: Any

    def to_numpy(self) -> Any:
        """The numbers."""
        return np.asarray(self.numbers)


def labelled(obj: Any) -> Any:
    """A dictionary as numbers with labels, a `collections.Counter` as shares; else the object."""
    if not isinstance(obj, Mapping):
        return obj
    numbers = array(list(obj.values()))
    if isinstance(obj, Counter) and numbers.size and numbers.min() >= 0 < numbers.max() < np.inf:
        numbers = numbers / numbers.sum()
    return NamedNumbers(list(obj), numbers)


def is_numbers(obj: Any) -> bool:
    """Whether an object is a list, an array, a tensor, a Series or a dictionary of numbers."""
    if isinstance(obj, str):
        return False
    if isinstance(obj, Mapping):
        return _plain(list(obj.values())) and array(obj).ndim == 1
    if hasattr(obj, "columns") and frames.is_frame(obj):
        return array(obj).dtype.kind in "iuf"
    if isinstance(obj, torch.Tensor):
        return obj.dtype != torch.bool and not obj.is_complex()
    if isinstance(obj, (list, tuple)) and not _plain(obj):
        return False
    if not isinstance(obj, (list, tuple, np.ndarray, WithLabels)):
        return False
    return array(obj).dtype.kind in "iuf"


def _plain(items: Sequence[Any]) -> bool:
    """Whether a list holds numbers, or such lists of one length, and at least one."""
    inner = [item for item in items if isinstance(item, (list, tuple))]
    if inner:
        same = len(inner) == len(items) and len(set(map(len, inner))) == 1
        return same and all(map(_plain, inner))
    return bool(items) and all(is_number(unwrapped(item)) for item in items)


def array(obj: Any) -> Any:
    """The numbers as an array; floats that NumPy lacks, as bfloat16, as float32.

    Raises
    ------
    TypeError
        If it is a tensor that holds none.
    ValueError
        If a number is too large for a float.
    """
    if isinstance(obj, torch.Tensor):
        found = held(obj)
        lacks = found.dtype == torch.bfloat16 or found.element_size() < 2
        return (found.float() if found.is_floating_point() and lacks else found).numpy()
    found = _cells(labelled(obj))
    if not found.dtype.hasobject or not _are_numbers(found):
        return found
    numbers = [as_float("each number", unwrapped(cell)) for cell in found.flat]
    return np.array(numbers).reshape(found.shape)


def _cells(obj: Any) -> Any:
    """Numbers as an array, in a dtype of their own."""
    if hasattr(obj, "columns") and frames.is_frame(obj):
        return _side_by_side(frames.columns_of(obj))
    return np.asarray(obj.to_numpy() if isinstance(obj, WithLabels) else obj)


def _side_by_side(columns: list[Any]) -> Any:
    if columns and all(column.dtype.kind in "iuf" for column in columns):
        return np.stack(columns, axis=1)
    cells = np.empty((len(columns[0]) if columns else 0, len(columns)), dtype=object)
    for k, column in enumerate(columns):
        cells[:, k] = column
    return cells


def _are_numbers(cells: Any) -> bool:
    return bool(cells.size) and all(map(is_number, map(unwrapped, cells.flat)))


def is_histogram(obj: Any) -> bool:
    """Whether an object is a tuple of counts and of edges, one more."""
    if not isinstance(obj, tuple) or len(obj) != 2 or not all(map(is_numbers, obj)):
        return False
    counts, edges = map(array, obj)
    return counts.ndim == edges.ndim == 1 and len(edges) == len(counts) + 1


def is_row(obj: Any) -> bool:
    """Whether an object is one row of numbers."""
    return is_numbers(obj) and array(obj).ndim == 1


def has_density(obj: Any) -> bool:
    """Whether an object, not a class, has one of the methods that give a log density."""
    return not isinstance(obj, type) and method_of(obj, DENSITIES) is not None


def method_of(obj: Any, names: Sequence[str]) -> Callable[..., Any] | None:
    """The first of these methods that an object has."""
    found = (getattr(obj, name, None) for name in names)
    return next((method for method in found if callable(method)), None)


def is_plain(obj: Any) -> bool:
    """Whether an object is a function, or is called like one."""
    return callable(obj) and not isinstance(obj, type)
