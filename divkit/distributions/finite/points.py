"""Finitely many points of R^d: checked, distinct, and put into one order."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.arrays import floats
from divkit.types import FloatArray


def point_rows(atoms: Iterable[object]) -> FloatArray:
    """Points as an array (K, d), −0 as 0; raise a ValueError unless they are finite."""
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
    if atoms.shape[1] == 1 and bool((np.diff(atoms[:, 0]) > 0).all()):
        return
    keys = order_keys(atoms)
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    if same.size:
        first, second = int(order[same[0]]), int(order[same[0] + 1])
        raise ValueError(
            f"atoms must be distinct; row {second} repeats row {first}, {atoms[first].tolist()}. "
            f"Add their probabilities."
        )


def order_keys(points: FloatArray) -> NDArray[np.void] | FloatArray:
    """One comparable value a row: the number itself on the line, else the row's bytes."""
    return points[:, 0] if points.shape[1] == 1 else keys_of(points)


def keys_of(points: FloatArray) -> NDArray[np.void]:
    """Each row as one comparable value: its bytes, with −0 as 0."""
    rows = np.ascontiguousarray(points + 0.0)
    return rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1])))[:, 0]


def union_of(parts: list[FloatArray]) -> tuple[FloatArray, list[NDArray[np.intp]]]:
    """The distinct rows of all parts (K, d), and for each part the place of each of its rows."""
    if all(part is parts[0] or np.array_equal(part, parts[0]) for part in parts[1:]):
        same = np.arange(len(parts[0]))
        return parts[0], [same] * len(parts)
    rows = np.concatenate(parts)
    _, first, place = np.unique(order_keys(rows), return_index=True, return_inverse=True)
    ends = np.cumsum([len(part) for part in parts])[:-1]
    return rows[first], np.split(place.reshape(-1), ends)
