"""Distributions of torch and zuko that divkit does not know, wrapped as they are.

A wrapped object draws in a forked global state seeded from `rng`; points off the support never
reach it. Where its log density is NaN or +inf (it overflows on the way, far out) its density is
taken to be zero, and on the line continued where it is integrated
(`divkit.distributions.callable.dark`); at its own draws a NaN is an error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import distributions as td

from divkit.distributions.adapt.constraints import ends
from divkit.distributions.adapt.torch.double import calculated_blur, doubled
from divkit.distributions.base import Law
from divkit.distributions.callable.custom import as_features
from divkit.distributions.callable.law import CallableLaw, CallableLaw1D, features_of
from divkit.distributions.support import Boxes, full_space
from divkit.rng import seeded
from divkit.types import FloatArray, Tensor

_PILOT = 2000  # draws that say where a wrapped law has its features
_DOUBLE = "build it from float64 parameters, for a network by flow.double()."


def wrapped(given: td.Distribution) -> list[Law]:
    """Laws that evaluate and sample the object itself, in float64 where it can.

    Raises
    ------
    TypeError
        If its points are matrices, it is discrete, its support is no box, or it lacks a density
        or a sampler.
    ValueError
        If it does not work in float64.
    """
    if len(given.event_shape) > 1:
        raise TypeError(_matrices(given))
    obj = doubled(given)
    if _is_discrete(obj):
        raise TypeError(_atoms(given))
    dim = max(obj.event_shape.numel(), 1)
    domains = _domains(obj, dim)
    pilot = _pilot(obj, given, domains)
    blur = calculated_blur(given, obj, pilot)
    draws = has_sampler(given)
    return [
        _TorchMember(given, obj, k, dim, draws).law(domain, pilot, blur)
        for k, domain in enumerate(domains)
    ]


def _matrices(given: td.Distribution) -> str:
    shape, size = tuple(given.event_shape), given.event_shape.numel()
    return (
        f"{given!r} has points of shape {shape}, where divkit takes vectors. Flatten them: pass "
        "torch.distributions.TransformedDistribution(d, "
        f"[torch.distributions.ReshapeTransform({shape}, ({size},))]), d the distribution."
    )


def _atoms(given: td.Distribution) -> str:
    infinite = getattr(given.support, "upper_bound", math.inf) == math.inf
    infinite = infinite and hasattr(given.support, "lower_bound")
    counts = (
        "divkit.distributions.count_law(lambda k: d.log_prob(torch.as_tensor(k)).numpy(), low=0, "
        "ratio_bound=(K, r)), d the distribution, which says what bounds its tail"
    )
    few = "divkit.distributions.FiniteLaw(atoms, probs)"
    return f"{given!r} is discrete, and of no family that divkit knows; pass " + (
        f"{counts}; or {few}, cut where you choose." if infinite else f"{few}."
    )


@dataclass(frozen=True, eq=False)
class _TorchMember:
    """One law of a batch: the object is asked for all of them, and one is kept."""

    given: td.Distribution
    obj: td.Distribution
    place: int
    dim: int
    draws: bool

    def log_density(self, x: Tensor) -> Tensor:
        """Log density at points (n, d), as (n,)."""
        alone = [1] * len(self.obj.batch_shape)
        points = x.reshape(-1, *alone, *self.obj.event_shape)
        full = points.expand(-1, *self.obj.batch_shape, *self.obj.event_shape)
        with torch.set_grad_enabled(x.requires_grad):
            logs: Tensor = self.obj.log_prob(full).reshape(len(x), -1)[:, self.place]
        return logs if self.dim == 1 else torch.where(logs < math.inf, logs, -math.inf)

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n draws (n, d)."""
        drawn = draw_from(self.obj, n, int(rng.integers(2**62)))
        return np.asarray(self.of(drawn).numpy())

    def of(self, draws: Tensor) -> Tensor:
        """Its own of draws (n, *batch, *event), as (n, d)."""
        return draws.reshape(len(draws), -1, self.dim)[:, self.place]

    def law(self, domain: Boxes, pilot: Tensor, blur: float) -> Law:
        """It as a law, with features where the pilot's draws are."""
        draw = self.draw if self.draws else None
        marks = features_of(self.of(pilot).numpy()) if draw else as_features(None, domain, 1, None)
        size = self.obj.batch_shape.numel()
        which = f" [{self.place}]" if size > 1 else ""
        label = f"{' '.join(f'torch.distributions.{self.given!r}'.split())}{which}"
        if self.dim > 1:
            return CallableLaw(label, self.log_density, self.dim, domain, draw, marks, blur)
        loose = isinstance(
            self.given, td.TransformedDistribution
        )  # a transform names its codomain
        known = type(self.given).__module__.partition(".")[0] in ("torch", "zuko", "pyro")
        known = known and not loose
        return CallableLaw1D(
            label,
            self.log_density,
            domain,
            marks,
            draw=draw,
            overflows=True,
            underflows=known,
            known_blur=blur,
        )


def has_sampler(obj: td.Distribution) -> bool:
    """Whether its class, or one that it is derived from, writes how to draw."""
    kinds = type(obj).__mro__[: type(obj).__mro__.index(td.Distribution)]
    return any("sample" in vars(kind) or "rsample" in vars(kind) for kind in kinds)


def _places(obj: td.Distribution, domains: Sequence[Boxes]) -> Tensor:
    """Points (3, *batch, *event) in the middle of each support, where there is no sampler.

    Raises
    ------
    TypeError
        If a point has several coordinates: nothing says where the law is.
    """
    if obj.event_shape.numel() > 1:
        raise TypeError(
            f"{obj!r} has no sampler, which says where a law of {obj.event_shape.numel()} "
            "coordinates is; pass divkit.law(log_prob, dim=d, sample=...)."
        )
    marks = [as_features(None, domain, 1, None)[0] for domain in domains]
    rows = [[m.center[0] + step * m.scale[0] for m in marks] for step in (-0.37, 0.0, 0.37)]
    return torch.tensor(rows, dtype=torch.float64).reshape(3, *obj.batch_shape, *obj.event_shape)


def _pilot(obj: td.Distribution, given: td.Distribution, domains: Sequence[Boxes]) -> Tensor:
    """Points that show where the law has its features, and that its density works in float64."""
    try:
        pilot = draw_from(obj, _PILOT, 0) if has_sampler(given) else _places(obj, domains)
        broken = pilot.dtype != torch.float64 or bool(obj.log_prob(pilot).isnan().any())
    except NotImplementedError as error:
        raise TypeError(
            f"{given!r} has no density that divkit can call, as where a transform is not "
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
    with seeded(seed), torch.no_grad():
        draws: Tensor = obj.sample(torch.Size((n,)))  # (n, *batch, *event)
        return draws


def _domains(obj: td.Distribution, dim: int) -> list[Boxes]:
    """The box that the constraint names, for each law of a batch; of a flow, all of space."""
    size = obj.batch_shape.numel()
    try:
        constraint = obj.support
    except NotImplementedError:
        return [full_space(dim)] * size
    found = ends(constraint)
    if found is None:
        raise TypeError(
            f"{obj!r} has support {constraint!r}, which is no box of R^{dim}; pass "
            f"divkit.law(log_prob, dim={dim}, support=...) of a density on R^{dim}."
        )
    lows, highs = (_each(end, obj.batch_shape) for end in found)
    return [Boxes((((low, high),) * dim,)) for low, high in zip(lows, highs, strict=True)]


def _each(end: Any, batch: torch.Size) -> list[float]:
    """An end of the support of each law of a batch, flattened."""
    given = torch.as_tensor(end, dtype=torch.float64)
    each: list[float] = given.detach().expand(batch).reshape(-1).tolist()
    return each
