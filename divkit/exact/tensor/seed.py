"""Which boxes a tensor quadrature looks at first: no mode, kink or face hides from them."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import torch

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.mixture import MixtureLaw
from divkit.distributions.compose.product import Product
from divkit.distributions.support import Boxes, bounding_box, edges
from divkit.exact.method import NotApplicableError
from divkit.exact.tensor.rule import halve
from divkit.types import Tensor

_SPREAD = 8.0
Pair: TypeAlias = tuple[Tensor, Tensor]
"""Lower and upper corners, or centres and scales."""


def graded(
    low: Tensor, high: Tensor, centers: Tensor, scales: Tensor, axiswise: bool, most: int = 200_000
) -> Pair:
    """Halve boxes until no side exceeds 2 scales of a feature plus half of the distance to it.

    The distance is the largest over the axes, in scales, or, if `axiswise`, that along the side.
    """
    done: list[Pair] = []
    while 0 < len(low) <= most:
        ratio = torch.zeros_like(low)
        for center, scale in zip(centers, scales, strict=True):
            gap = torch.maximum(low - center, center - high).clamp(min=0.0) / scale
            reach = gap if axiswise else gap.amax(dim=1, keepdim=True)
            ratio = torch.maximum(ratio, (high - low) / (scale * (2 + 0.5 * reach)))
        worst, axis = ratio.max(dim=1)
        fine = worst <= 1
        done.append((low[fine], high[fine]))
        low, high = halve(low[~fine], high[~fine], axis[~fine])
    done.append((low, high))
    return torch.cat([pair[0] for pair in done]), torch.cat([pair[1] for pair in done])


def features(p: Law, q: Law) -> Pair:
    """Centres and scales of the features of both laws, (m, d) each."""
    try:
        both = list(dict.fromkeys([*p.features, *q.features]))
    except NotImplementedError as missing:
        raise NotApplicableError(f"tensor quadrature needs features: {missing}") from missing
    centers = torch.tensor([f.center for f in both], dtype=torch.float64)
    return centers, torch.tensor([f.scale for f in both], dtype=torch.float64)


def core(centers: Tensor, scales: Tensor, hull: Tensor) -> Pair:
    """The box around all features and 8 of their scales, within the hull."""
    low = (centers - _SPREAD * scales).amin(dim=0)
    high = (centers + _SPREAD * scales).amax(dim=0)
    return torch.maximum(low, hull[:, 0]), torch.minimum(high, hull[:, 1])


def hull(p: Law, q: Law) -> Tensor:
    """The smallest box (d, 2) around both supports, infinite where one is not known."""
    everywhere = np.tile([-math.inf, math.inf], (p.dim, 1))
    ends = [
        bounding_box(law.support) if isinstance(law.support, Boxes) else everywhere
        for law in (p, q)
    ]
    low, high = np.minimum(ends[0], ends[1])[:, 0], np.maximum(ends[0], ends[1])[:, 1]
    return torch.from_numpy(np.stack([low, high], axis=1))


def faces(p: Law, q: Law) -> list[list[float]]:
    """Where the densities jump or bend along each axis: cuts of the first boxes."""
    return [sorted(a | b) for a, b in zip(_corners(p), _corners(q), strict=True)]


def _corners(law: Law) -> list[set[float]]:
    breaks: list[set[float]] = [set() for _ in range(law.dim)]
    if isinstance(law.support, Boxes):
        for axis in range(law.dim):
            breaks[axis].update(edges(law.support, axis))
    for part in law.components if isinstance(law, MixtureLaw) else ():
        for axis, values in enumerate(_corners(part)):
            breaks[axis] |= values
    if isinstance(law, Product):
        for factor, place in zip(law.factors, law.slices, strict=True):
            breaks[place.start] |= set(factor.kinks) if isinstance(factor, Law1D) else set()
    return breaks
