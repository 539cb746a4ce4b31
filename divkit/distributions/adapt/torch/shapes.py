"""Laws on simplices, circles and matrices, and multinomial ones, from torch's parameters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from torch import distributions as td

from divkit.distributions.adapt.torch.families import covariances
from divkit.distributions.adapt.torch.finite import Given, given, is_exact, logs_and_radii
from divkit.distributions.base import Law
from divkit.distributions.finite.multinomial import MOST_CELLS, multinomial_of_logits
from divkit.distributions.shapes.circle import VonMises
from divkit.distributions.shapes.compositions import SUM_SLIP, Multinomial
from divkit.distributions.shapes.correlations import LKJCholesky
from divkit.distributions.shapes.simplex import Dirichlet, relaxed_one_hot
from divkit.distributions.shapes.wishart import Wishart
from divkit.types import Tensor


def _rows(parameter: Tensor, obj: Any, *own: int) -> list[Any]:
    """A parameter for each law of the batch, of shape `own`, as float64."""
    values = parameter.detach().cpu().double().expand((*obj.batch_shape, *own))
    flat: list[Any] = values.reshape(-1, *own).tolist()
    return flat


def dirichlet_laws(obj: td.Dirichlet) -> list[Law]:
    """From the concentration."""
    return [Dirichlet(tuple(a)) for a in _rows(obj.concentration, obj, *obj.event_shape)]


def von_mises_laws(obj: td.VonMises) -> list[Law]:
    """On the circle: torch's density is that of angles mod 2π."""
    pairs = zip(_rows(obj.loc, obj), _rows(obj.concentration, obj), strict=True)
    return [VonMises(loc, kappa) for loc, kappa in pairs]


def wishart_laws(obj: td.Wishart) -> list[Law]:
    """From the scale matrix where it was given, else from its factor or inverse, in float64."""
    scales = _rows(covariances(obj), obj, *obj.event_shape)
    pairs = zip(_rows(obj.df, obj), scales, strict=True)
    return [Wishart(df, tuple(map(tuple, scale))) for df, scale in pairs]


def lkj_laws(obj: td.LKJCholesky) -> list[Law]:
    """Cholesky factors of correlation matrices."""
    return [LKJCholesky(obj.dim, eta) for eta in _rows(obj.concentration, obj)]


def relaxed_one_hot_laws(obj: Any) -> list[Law]:
    """On the simplex, or of the logs of its shares, from the probs or logits that were given."""
    parameter = given(obj.base_dist if isinstance(obj, td.TransformedDistribution) else obj)
    k = parameter.values.shape[-1]
    rows = _rows(parameter.values, obj, k)
    if parameter.name == "probs":
        rows = [[math.log(p) if p > 0 else -math.inf for p in row] for row in rows]
    logs = not isinstance(obj, td.TransformedDistribution)
    heats = _rows(obj.temperature, obj)
    return [relaxed_one_hot(t, row, logs) for t, row in zip(heats, rows, strict=True)]


def multinomial_laws(obj: td.Multinomial) -> list[Law]:
    """By the family; where torch has rounded what was given and atoms are few, with that.

    Of logits it keeps what is left when their sum is taken off, which rounds in float64 as well.
    """
    parameter, size = given(obj), obj.batch_shape.numel()
    values = parameter.values.expand(*obj.batch_shape, parameter.values.shape[-1])
    rows = Given(parameter.name, values).rows(size)
    return [_multinomial(obj.total_count, row, parameter) for row in rows]


def _multinomial(n: int, row: list[float], parameter: Given) -> Law:
    few = math.comb(n + len(row) - 1, len(row) - 1) <= MOST_CELLS
    exact = parameter.name == "probs" and (parameter.unit == 0 or is_exact(row, parameter))
    if not np.isfinite(row).all() or (few and not exact):
        return multinomial_of_logits(n, *logs_and_radii(row, parameter))
    if parameter.name == "logits":
        return Multinomial(n, tuple(row), logits=True)
    total = math.fsum(row)  # 16 bits leave more than a law takes for a rounding
    return Multinomial(n, tuple(p / total if abs(total - 1) > SUM_SLIP else p for p in row))
