"""Distributions of torch and zuko that divkit does not know, wrapped as they are.

A wrapped object draws in a forked global state seeded from `rng`; points off the support never
reach it. Where its log density is NaN or +inf (it overflows on the way, far out) its density is
taken to be zero, and on the line continued where it is integrated
(`divkit.distributions.callable.dark`); at its own draws a NaN is an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import distributions as td
from torch.distributions import constraints

from divkit.distributions.adapt.torch.double import calculated_blur, doubled
from divkit.distributions.base import Law
from divkit.distributions.callable.law import CallableLaw, CallableLaw1D, features_of
from divkit.distributions.support import Boxes, full_space
from divkit.types import FloatArray, Tensor

_PILOT = 2000  # draws that say where a wrapped law has its features
_DOUBLE = "build it from float64 parameters, for a network by flow.double()."


def wrapped(given: td.Distribution) -> Law:
    """A law that evaluates and samples the object itself, in float64 where it can.

    Raises
    ------
    TypeError
        If its points are matrices, it is discrete, its support is no box, or it lacks a density
        or a sampler.
    ValueError
        If it does not work in float64.
    """
    if len(given.event_shape) > 1:
        raise TypeError(f"{given!r} has points of shape {tuple(given.event_shape)}; flatten them.")
    obj = doubled(given)
    if _is_discrete(obj):
        raise TypeError(
            f"{given!r} is discrete; pass divkit.distributions.FiniteLaw(atoms, probs)."
        )
    domain = _domain(obj, max(obj.event_shape.numel(), 1))
    pilot = _pilot(obj, given)
    dim = max(obj.event_shape.numel(), 1)
    point = (*obj.batch_shape, *obj.event_shape)

    def log_density(x: Tensor) -> Tensor:
        with torch.set_grad_enabled(x.requires_grad):
            logs: Tensor = obj.log_prob(x.reshape(-1, *point)).reshape(-1)
        return logs if dim == 1 else torch.where(logs < math.inf, logs, -math.inf)

    def draw(n: int, rng: np.random.Generator) -> FloatArray:
        return np.asarray(draw_from(obj, n, int(rng.integers(2**62))).reshape(n, dim).numpy())

    marks = features_of(pilot.reshape(_PILOT, dim).numpy())
    blur = calculated_blur(given, obj, pilot)
    label = " ".join(f"torch.distributions.{given!r}".split())
    if dim == 1:
        loose = isinstance(given, td.TransformedDistribution)  # a transform names its codomain
        known = type(given).__module__.partition(".")[0] in ("torch", "zuko") and not loose
        return CallableLaw1D(
            label,
            log_density,
            domain,
            marks,
            draw=draw,
            overflows=True,
            underflows=known,
            known_blur=blur,
        )
    return CallableLaw(label, log_density, dim, domain, draw, marks, blur)


def _pilot(obj: td.Distribution, given: td.Distribution) -> Tensor:
    """Draws that show where the law has its features, and that its density works in float64."""
    try:
        pilot = draw_from(obj, _PILOT, 0)
        broken = pilot.dtype != torch.float64 or bool(obj.log_prob(pilot).isnan().any())
    except NotImplementedError as error:
        raise TypeError(
            f"{given!r} has no density or sampler of its own, as where a transform is not "
            f"one-to-one; pass divkit.law(log_prob, sample=...)."
        ) from error
    except RuntimeError as error:
        raise ValueError(f"{given!r} does not work in float64 ({error}); {_DOUBLE}") from error
    if broken:
        raise ValueError(f"{given!r} is NaN at its own draws, or not in float64; {_DOUBLE}")
    return pilot


def _is_discrete(obj: td.Distribution) -> bool:
    """Whether its support says so; a flow declares none."""
    try:
        return obj.support is not None and bool(obj.support.is_discrete)
    except NotImplementedError:
        return False


def draw_from(obj: td.Distribution, n: int, seed: int) -> Tensor:
    """Draw n points, (n, *batch, *event), with global state put back afterwards."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.default_generator.manual_seed(seed)
        draws: Tensor = obj.sample(torch.Size((n,)))  # (n, *batch, *event)
        return draws


_Bounds: TypeAlias = Callable[[Any], tuple[float, float]]
_ENDS: dict[type, _Bounds] = {
    type(constraints.real): lambda c: (-math.inf, math.inf),
    type(constraints.positive): lambda c: (float(c.lower_bound), math.inf),
    type(constraints.nonnegative): lambda c: (float(c.lower_bound), math.inf),
    type(constraints.unit_interval): lambda c: (float(c.lower_bound), float(c.upper_bound)),
    type(constraints.less_than(0.0)): lambda c: (-math.inf, float(c.upper_bound)),
    type(constraints.half_open_interval(0.0, 1.0)): lambda c: (
        float(c.lower_bound),
        float(c.upper_bound),
    ),
}


def _domain(obj: td.Distribution, dim: int) -> Boxes:
    """The box that the constraint names; all of space for a flow, a bijection of R^d."""
    try:
        constraint = obj.support
    except NotImplementedError:
        return full_space(dim)
    while isinstance(constraint, type(constraints.real_vector)):
        constraint = constraint.base_constraint
    if type(constraint) not in _ENDS:
        raise TypeError(
            f"{obj!r} has support {constraint!r}, which is no box of R^{dim}; pass "
            f"divkit.law(log_prob, dim={dim}, support=...) of a density on R^{dim}."
        )
    return Boxes((((_ENDS[type(constraint)](constraint)),) * dim,))
