"""Copies of torch's objects in float64: parameters, networks, what calls them.

One of torch's own distributions is made anew from its parameters, so that what it derives from
them is derived in float64; anything else is copied attribute by attribute. Of an object that is
not torch's own, float32 numbers may have been calculated: what their last digits leave open of a
log density is its blur.
"""

from __future__ import annotations

import copy
import functools
import inspect
import types
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import distributions as td

from divkit.distributions.adapt.torch.finite import given
from divkit.types import Tensor

_TWINS = 4  # copies that are moved


def doubled(obj: Any, spread: Spread | None = None) -> Any:
    """A copy whose tensors are float64, those of networks that it calls too.

    `spread` moves the smaller floats of objects that are not torch's own, which may have been
    calculated: what that changes is what their digits leave open.
    """
    if isinstance(obj, torch.Tensor):
        return obj.detach().double() if obj.is_floating_point() else obj
    if isinstance(obj, torch.nn.Module):
        return copy.deepcopy(obj).double().requires_grad_(False)
    again = functools.partial(doubled, spread=spread)
    moved = functools.partial(_moved, spread=spread)
    if type(obj) in (list, tuple):
        return type(obj)(moved(part) for part in obj)
    if isinstance(obj, functools.partial):
        keywords = {name: moved(value) for name, value in obj.keywords.items()}
        return functools.partial(again(obj.func), *map(moved, obj.args), **keywords)
    if isinstance(obj, types.MethodType):
        return types.MethodType(obj.__func__, again(obj.__self__))
    if isinstance(obj, td.Distribution) and (found := _arguments(obj, spread)) is not None:
        return type(obj)(**found)  # what it derives from its parameters is derived anew
    if isinstance(obj, (td.Distribution, td.Transform)):
        twin = copy.copy(obj)
        inverse = isinstance(obj, td.transforms._InverseTransform)  # of the transform `_inv`
        part = moved
        if spread is not None and not type(obj).__module__.startswith("torch."):
            part = functools.partial(_moved, spread=replace(spread, calculated=True))
        for name, value in vars(obj).items():  # where it is that of another, a cache, and cyclic
            twin.__dict__[name] = None if name == "_inv" and not inverse else part(value)
        twin.__dict__["_validate_args"] = False
        return twin
    return obj


def _moved(obj: Any, spread: Spread | None) -> Any:
    if spread is None or not spread.calculated or not isinstance(obj, torch.Tensor):
        return doubled(obj, spread)
    return spread(obj.detach())


@dataclass(frozen=True)
class Spread:
    """Moves the floats of a tensor by a few of their roundings, at random.

    `calculated` says that an object which is not torch's own has been entered.
    """

    generator: torch.Generator
    calculated: bool = False

    def __call__(self, values: Tensor) -> Tensor:
        """The values in float64; floats of 64 bits as they are."""
        if not values.is_floating_point() or values.dtype.itemsize >= 8:
            same: Tensor = doubled(values)
            return same
        wide = values.double()
        noise = torch.rand(wide.shape, generator=self.generator, dtype=torch.float64) - 0.5
        return wide * (1 + 8 * torch.finfo(values.dtype).eps * noise)


def _arguments(obj: td.Distribution, spread: Spread | None = None) -> dict[str, Any] | None:
    """The arguments of one of torch's own distributions in float64, None if they are not known."""
    known = obj.arg_constraints
    if not type(obj).__module__.startswith("torch.distributions") or not isinstance(known, dict):
        return None
    parameters = inspect.signature(type(obj)).parameters
    needed = {name for name, p in parameters.items() if p.default is inspect.Parameter.empty}
    if not known or not needed <= known.keys() or not known.keys() <= parameters.keys():
        return None
    if "precision_matrix" in known:  # one of three forms was given, and which is not said
        return None
    chosen = set(known) - _derived(obj)
    arguments = {name: _moved(getattr(obj, name), spread) for name in chosen}
    return {**arguments, "validate_args": False}  # a law is asked on its closed support only


def _derived(obj: Any) -> set[str]:
    """Whichever of probs and logits was not given."""
    both = {"probs", "logits"}
    if not both <= obj.arg_constraints.keys():
        return set()
    return both - {given(obj).name}


def calculated_blur(source: td.Distribution, obj: td.Distribution, points: Tensor) -> float:
    """The error of log p that float32 numbers of a law that a library calculated leave open.

    In units of 1 + |log p|, at `points`; `obj` is `source` in float64.
    """
    logs, generator = obj.log_prob(points), torch.Generator().manual_seed(0)
    twins = [doubled(source, Spread(generator)) for _ in range(_TWINS)]
    moved = torch.stack([twin.log_prob(points) for twin in twins])
    shares = ((moved - logs).abs() / (1 + logs.abs())).reshape(_TWINS, -1)
    shares = shares[:, shares.isfinite().all(dim=0)]
    return 4 * float(shares.square().mean(dim=1).max().sqrt()) if shares.numel() else 0.0
