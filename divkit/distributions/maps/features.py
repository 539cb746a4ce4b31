"""Features of the image of a law: where a map sends centres, and how it stretches scales."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch.autograd.functional import jacobian

from divkit.distributions.base import Feature
from divkit.distributions.maps.space import Map, ScalarMap
from divkit.types import FloatArray, Tensor

_STEPS = (0.0, -2.0, 2.0, -4.0, 4.0, -6.0, 6.0)
_MOST_AXES = 3


def pushed(
    map: Map, features: Iterable[Feature], inside: Callable[[tuple[float, ...]], bool]
) -> tuple[Feature, ...]:
    """Return the images of features under a map.

    An affine map sends each to one. Under a curved map one centre would not show where the mass
    goes, so points up to 6 scales away on each axis are followed too, if they lie `inside` the
    base's support; scales are |T'|·scale there. In more than three dimensions, where no grid of
    panels is laid, centres alone are followed.

    Raises
    ------
    ValueError
        If all of them go to infinity, or shrink to a point.
    """
    originals = tuple(features)
    parts = map.affine(len(originals[0].center))
    if parts is not None:
        return tuple(_affine(feature, *parts) for feature in originals)
    near = (_moved(f, step) for f in originals for step in _cross(len(f.center)))
    moved = (_image(map, feature) for feature in near if inside(feature.center))
    images = tuple(dict.fromkeys(feature for feature in moved if _is_proper(feature)))
    if not images:
        raise ValueError(
            f"{map!r} sends the law's features, {originals}, where float64 cannot tell points "
            f"apart; rescale the law first."
        )
    return images


def _cross(dim: int) -> list[tuple[float, ...]]:
    """Steps, in scales, along each axis in turn; the centre alone in high dimension."""
    if dim > _MOST_AXES:
        return [(0.0,) * dim]
    return [
        tuple(step if i == axis else 0.0 for i in range(dim))
        for axis in range(dim)
        for step in _STEPS
    ]


def _moved(feature: Feature, steps: tuple[float, ...]) -> Feature:
    parts = zip(feature.center, steps, feature.scale, strict=True)
    return Feature(tuple(c + k * s for c, k, s in parts), feature.scale)


def _image(map: Map, feature: Feature) -> Feature:
    point = torch.tensor(feature.center, dtype=torch.float64)
    widths = _stretched(map, point, torch.tensor(feature.scale, dtype=torch.float64))
    return Feature(tuple(map.forward(point[None])[0].tolist()), tuple(widths.tolist()))


def _stretched(map: Map, point: Tensor, scale: Tensor) -> Tensor:
    """|T'|·scale; from log |T'| where T acts on each coordinate, for slopes such as e^{−50}."""
    if isinstance(map, ScalarMap):
        return map.log_slope(point).exp() * scale
    slopes: Any = jacobian(lambda x: map.forward(x[None])[0], point)
    widths: Tensor = slopes.abs() @ scale
    return widths


def _is_proper(feature: Feature) -> bool:
    finite = all(math.isfinite(number) for number in (*feature.center, *feature.scale))
    return finite and all(s > 0 for s in feature.scale)


def _affine(feature: Feature, matrix: FloatArray, shift: FloatArray) -> Feature:
    center = matrix @ np.array(feature.center) + shift
    scale = np.sqrt(matrix**2 @ np.array(feature.scale) ** 2)
    return Feature(tuple(center.tolist()), tuple(scale.tolist()))
