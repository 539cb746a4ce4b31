"""Images of torch's known laws under its own maps of each coordinate: divkit's own images.

`AffineTransform`, `ExpTransform`, `SigmoidTransform`, `TanhTransform`, and chains of these, act on
each coordinate alone. So the image of a product is the product of its factors' images, and that of
another law an image under one map; a divergence takes common maps off, and closed forms are left.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import distributions as td
from torch.distributions import transforms

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.product import Product, product
from divkit.distributions.compose.transformed import of_counts, transformed
from divkit.distributions.families.log import LogNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.maps.scalar import Affine, Exp, Log, Sigmoid, Tanh
from divkit.distributions.maps.space import Linear, ScalarMap
from divkit.distributions.support import full_space

_PLAIN = MappingProxyType(
    {
        transforms.ExpTransform: Exp,
        transforms.SigmoidTransform: Sigmoid,
        transforms.TanhTransform: Tanh,
    }
)


def image_laws(
    obj: td.TransformedDistribution, laws_of: Callable[[td.Distribution], Sequence[Law]]
) -> list[Law] | None:
    """The laws of a batch from those of its base, flattened; None where a transform is another."""
    shape = (*obj.base_dist.batch_shape, *obj.base_dist.event_shape)
    chain = [_maps(transform, shape) for transform in obj.transforms]
    known = [maps for maps in chain if maps is not None]
    if len(known) < len(chain):
        return None
    laws = list(laws_of(obj.base_dist))
    size = math.prod(shape) // len(laws)
    for step in itertools.chain(*known):
        rows = [step[k * size : (k + 1) * size] for k in range(len(laws))]
        found = [_image(*pair) for pair in zip(laws, rows, strict=True)]
        laws = [law for law in found if law is not None]
        if len(laws) < len(found):
            return None
    return laws


def _maps(transform: Any, shape: Sequence[int]) -> list[list[ScalarMap]] | None:
    """One after the other, the maps of each coordinate of each law; None of another transform."""
    if type(transform) is transforms.IndependentTransform:
        return _maps(transform.base_transform, shape)
    if type(transform) is transforms.ComposeTransform:
        chain = [_maps(part, shape) for part in transform.parts]
        known = [maps for maps in chain if maps is not None]
        return list(itertools.chain(*known)) if len(known) == len(chain) else None
    size = math.prod(shape)
    if type(transform) is transforms.AffineTransform:
        pairs = zip(*(_numbers(v, shape) for v in (transform.loc, transform.scale)), strict=True)
        return [[Affine(*pair) for pair in pairs]]
    if isinstance(transform, transforms._InverseTransform):
        return [[Log()] * size] if type(transform.inv) is transforms.ExpTransform else None
    plain: Callable[[], ScalarMap] | None = _PLAIN.get(type(transform))
    return None if plain is None else [[plain()] * size]


def _numbers(value: Any, shape: Sequence[int]) -> list[float]:
    given = torch.as_tensor(value).detach().cpu().double()
    flat: list[float] = given.expand(tuple(shape)).reshape(-1).tolist()
    return flat


def _image(law: Law, maps: Sequence[ScalarMap]) -> Law | None:
    """The image of a law, a map for each of its coordinates; None where divkit has none."""
    if isinstance(law, Product):
        pairs = zip(law.factors, law.slices, strict=True)
        parts = [_image(factor, maps[part]) for factor, part in pairs]
        known = [part for part in parts if part is not None]
        return product(known) if len(known) == len(parts) else None
    if isinstance(law, Normal) and maps[0] == Exp():
        return LogNormal(law.loc, law.scale)
    if law.dim == 1 and (isinstance(law, Law1D | FiniteLaw) or of_counts(law)):
        return transformed(law, maps[0])
    if law.support != full_space(law.dim):
        return None
    if all(each == maps[0] for each in maps):
        return transformed(law, maps[0])
    return _stretched(law, [each for each in maps if isinstance(each, Affine)])


def _stretched(law: Law, maps: Sequence[Affine]) -> Law | None:
    if len(maps) < law.dim:
        return None
    matrix = np.diag([each.factor for each in maps]).tolist()
    return transformed(law, Linear(tuple(map(tuple, matrix)), tuple(m.shift for m in maps)))
