"""Fewer features that show as much: a kernel density estimate has 10^4 that nearly coincide."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from divkit.distributions.base import Feature

_FEW = 64


def thinned(features: Iterable[Feature]) -> tuple[Feature, ...]:
    """Return the features without repetition and, beyond 64, without near repetition.

    A feature goes if another one that stays lies within that one's scale on every axis, and is at
    most as wide as it and at least half as wide: panels that resolve the one resolve the other.
    """
    distinct = list(dict.fromkeys(features))
    if len(distinct) <= _FEW:
        return tuple(distinct)
    centers = np.array([f.center for f in distinct])
    scales = np.array([f.scale for f in distinct])
    kept: list[int] = []
    for k in np.lexsort((*centers.T, scales.max(axis=1))).tolist():
        near = np.abs(centers[kept] - centers[k]) <= scales[kept]
        alike = (scales[kept] <= scales[k]) & (2 * scales[kept] >= scales[k])
        if not (near & alike).all(axis=1).any():
            kept.append(k)
    return tuple(distinct[k] for k in sorted(kept))
