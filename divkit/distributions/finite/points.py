"""Finitely many points of R^d: checked, distinct, put into one order, and sought in others."""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakValueDictionary

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.arrays import floats
from divkit.distributions.held import frozen, same
from divkit.types import FloatArray

_COUNTS: WeakValueDictionary[int, FloatArray] = WeakValueDictionary()


def counts_to(n: int) -> FloatArray:
    """0, 1, …, n − 1 as points (n, 1): one array for all who hold it, so that `is` compares."""
    found = _COUNTS.get(n)
    if found is None:
        found = _COUNTS[n] = frozen(np.arange(float(n))[:, None])
    return found


def _are_counts(points: object) -> bool:
    return isinstance(points, np.ndarray) and _COUNTS.get(len(points)) is points


def point_rows(atoms: Iterable[object]) -> FloatArray:
    """Points as an array (K, d), −0 as 0; raise a ValueError unless they are finite."""
    if isinstance(atoms, np.ndarray) and atoms.size and _are_counts(atoms):
        return atoms
    given = atoms if isinstance(atoms, (np.ndarray, torch.Tensor)) else list(atoms)
    array = floats(given, "atoms")
    if array.ndim == 1 and array.size:
        array = array[:, None]
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"atoms must have shape (K, d); got {array.shape}.")
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise ValueError(f"atoms must be finite; row {row} is {array[row].tolist()}.")
    return np.asarray(array + 0.0)  # −0 becomes 0


def check_distinct(atoms: FloatArray) -> None:
    """Raise a ValueError that names the first row that repeats another."""
    if _are_counts(atoms) or (atoms.shape[1] == 1 and _increase(atoms[:, 0])):
        return
    keys = order_keys(atoms)
    order = np.argsort(keys, kind="stable")
    repeated = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    if repeated.size:
        first, second = int(order[repeated[0]]), int(order[repeated[0] + 1])
        raise ValueError(
            f"atoms must be distinct; row {second} repeats row {first}, {atoms[first].tolist()}. "
            f"Add their probabilities."
        )


def _increase(numbers: FloatArray) -> bool:
    return bool((numbers[1:] > numbers[:-1]).all())


def order_keys(points: FloatArray) -> NDArray[np.void] | FloatArray:
    """One comparable value a row: the number itself on the line, else the row's bytes."""
    return points[:, 0] if points.shape[1] == 1 else keys_of(points)


def keys_of(points: FloatArray) -> NDArray[np.void]:
    """Each row as one comparable value: its bytes, with −0 as 0."""
    rows = np.ascontiguousarray(points + 0.0)
    return rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1])))[:, 0]


def union_of(parts: list[FloatArray]) -> tuple[FloatArray, list[NDArray[np.intp]]]:
    """The distinct rows of all parts (K, d), and for each part the place of each of its rows."""
    if all(same(part, parts[0]) for part in parts[1:]):
        own = np.arange(len(parts[0]))
        return parts[0], [own] * len(parts)
    rows = np.concatenate(parts)
    if rows.shape[1] == 1:
        line = np.sort(rows[:, 0], kind="stable")  # linear in time where each part increases
        line = line[np.concatenate([[True], line[1:] > line[:-1]])]
        return line[:, None], [np.searchsorted(line, part[:, 0]) for part in parts]
    _, first, place = np.unique(order_keys(rows), return_index=True, return_inverse=True)
    ends = np.cumsum([len(part) for part in parts])[:-1]
    return rows[first], np.split(place.reshape(-1), ends)


def all_among(some: FloatArray, whole: FloatArray) -> bool:
    """Whether every row of one is a row of the other."""
    return same(some, whole) or bool(_among(some, whole).all())


def any_among(some: FloatArray, whole: FloatArray) -> bool:
    """Whether a row of one is a row of the other."""
    return same(some, whole) or bool(_among(some, whole).any())


def _among(some: FloatArray, whole: FloatArray) -> NDArray[np.bool_]:
    """Which rows of one are rows of the other."""
    if some.shape[1] != whole.shape[1]:
        return np.zeros(len(some), dtype=bool)
    wanted, keys = order_keys(some), np.sort(order_keys(whole), kind="stable")
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.asarray(keys[place] == wanted)
