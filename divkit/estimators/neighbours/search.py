"""Exact nearest neighbours: a tree in few dimensions, all distances in blocks in many."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from divkit.density.kernel_space import whitening
from divkit.samples import Pair, blocks
from divkit.types import FloatArray

BRUTE_FROM = 8
"""Dimensions from which a tree visits nearly all points anyway."""


def whitened(pair: Pair) -> tuple[FloatArray, FloatArray]:
    """The pair in units of its pooled covariance: distances do not change with an affine map.

    Raises
    ------
    ValueError
        If the pooled columns are linearly dependent.
    """
    z = pair.standardised
    frame = whitening(np.concatenate([z.x, z.y]))
    return frame.of(z.x), frame.of(z.y)


def nearest(at: FloatArray, among: FloatArray, k: int) -> tuple[FloatArray, NDArray[np.int64]]:
    """Distances (n, k), ascending, and rows of the k nearest of `among` to each of `at`."""
    if at.shape[1] >= BRUTE_FROM:
        return _brute(at, among, k)
    away, rows = cKDTree(among).query(at, range(1, k + 1))
    return np.asarray(away, dtype=np.float64), np.asarray(rows, dtype=np.int64)


def _brute(at: FloatArray, among: FloatArray, k: int) -> tuple[FloatArray, NDArray[np.int64]]:
    there = torch.from_numpy(among)
    away, rows = [], []
    for part in blocks(len(at), 16 * len(among)):
        gaps = torch.cdist(
            torch.from_numpy(at[part]), there, compute_mode="donot_use_mm_for_euclid_dist"
        )
        nearest_rows = gaps.topk(k, dim=1, largest=False, sorted=True)
        away.append(nearest_rows.values.numpy())
        rows.append(nearest_rows.indices.numpy())
    return np.concatenate(away), np.concatenate(rows)


def within(at: FloatArray, among: FloatArray, radius: FloatArray) -> FloatArray:
    """Return how many of `among` lie closer to each of `at` than its radius, as floats (n,)."""
    if at.shape[1] < BRUTE_FROM:
        tree: Any = cKDTree(among)
        inside = np.nextafter(radius, 0.0)
        return np.asarray(tree.query_ball_point(at, inside, return_length=True), dtype=np.float64)
    out = np.empty(len(at))
    there = torch.from_numpy(among)
    for part in blocks(len(at), 16 * len(among)):
        gaps = torch.cdist(
            torch.from_numpy(at[part]), there, compute_mode="donot_use_mm_for_euclid_dist"
        )
        out[part] = (gaps < torch.from_numpy(radius[part])[:, None]).sum(dim=1).numpy()
    return out
