"""Cheap questions to an object about what it can do: they import nothing.

A reader's `takes` is asked about everything; what reads the object is imported when one comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch

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
    numbers = np.asarray(list(obj.values()))
    if isinstance(obj, Counter) and numbers.min() >= 0 < numbers.max() < np.inf:
        numbers = numbers / numbers.sum()
    return NamedNumbers(list(obj), numbers)


def is_numbers(obj: Any) -> bool:
    """Whether an object is a list, an array, a tensor, a Series or a dictionary of numbers."""
    if isinstance(obj, Mapping):
        return _plain(list(obj.values())) and array(obj).ndim == 1
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
    return bool(items) and all(isinstance(item, (int, float, np.number)) for item in items)


def array(obj: Any) -> Any:
    """The numbers as an array; bfloat16, which NumPy lacks, as float32."""
    if isinstance(obj, torch.Tensor):
        held = obj.detach().cpu()
        return (held.float() if held.dtype == torch.bfloat16 else held).numpy()
    obj = labelled(obj)
    return obj.to_numpy() if isinstance(obj, WithLabels) else np.asarray(obj)


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
