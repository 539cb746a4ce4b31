"""Sums, multiples, powers and functions of batches, entry by entry, as of their results.

What NumPy's function does with two results it does with each pair of entries; what comes out is a
batch again, in which every entry keeps its own interval, warnings and kind. Comparisons are arrays
of bools, and refused where the intervals of one entry do not decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from divkit.arithmetic import Arithmetic
from divkit.ufuncs import CALLED

if TYPE_CHECKING:
    from divkit.batch_results import BatchResult


class BatchArithmetic(NDArrayOperatorsMixin):
    """The operators of a batch of results; what they mean stands in the module."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: np.ufunc, way: str, *given: Any, **options: Any) -> Any:
        """The function of each entry; raises as the results do."""
        if way != CALLED or options:
            parts = [np.asarray(each, dtype=object) if each is self else each for each in given]
            return getattr(ufunc, way)(*parts, **options)
        arrays = np.broadcast_arrays(*map(_entries, given))
        found = [_called(ufunc, *each) for each in zip(*(a.flat for a in arrays), strict=True)]
        if found and all(isinstance(each, Arithmetic) for each in found):
            return _own(self).of(found, arrays[0].shape)
        return np.array(found).reshape(arrays[0].shape)


def _own(batch: Any) -> BatchResult:
    made: BatchResult = batch
    return made


def _entries(given: Any) -> Any:
    """A batch's results, a result, numbers or an array of them, as an array of objects."""
    if isinstance(given, Arithmetic):
        one = np.empty((), dtype=object)
        one[()] = given
        return one
    return np.asarray(given, dtype=object)


def _called(ufunc: np.ufunc, *given: Any) -> Any:
    """The function of one entry: a result takes it itself, and numbers are Python's own."""
    plain = [each.item() if isinstance(each, np.generic) else each for each in given]
    first = next(each for each in plain if isinstance(each, Arithmetic))
    return first.__array_ufunc__(ufunc, CALLED, *plain)
