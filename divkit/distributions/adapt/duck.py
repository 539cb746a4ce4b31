"""Objects that know a log density and how to draw, of whatever library: read by their methods.

The log density is `log_prob`, `logpdf` or `score_samples`, the sampler `sample`, `rvs` or
`resample`; either may be made for NumPy arrays or for tensors, which is tried at the object's
own draws, and `event_shape`, or a draw, says how many coordinates a point has. Draws come from
copies of the global state that a library may use, seeded from `rng` and put back.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from divkit.distributions.adapt.constraints import Domain, is_constraint, read
from divkit.distributions.adapt.looks import DENSITIES, method_of
from divkit.distributions.base import Law
from divkit.distributions.callable.custom import as_features, as_support
from divkit.distributions.callable.law import (
    CallableLaw,
    CallableLaw1D,
    LogDensity,
    features_of,
    on_numpy,
)
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.support import Boxes, Support, full_space
from divkit.rng import seeded
from divkit.types import FloatArray

_SAMPLERS = ("sample", "rvs", "resample")
_SEEDED = ("rng", "random_state", "seed", "generator")
_PILOT = 1000
_REPEATED = 0.05
_MOST_ATOMS = 2.0**20
_NONE = ((-math.inf, math.inf),)
_WAYS_OUT = (
    "Pass divkit.law(log_prob, dim=d, support=..., sample=...), which is told what this object "
    "does not say; or the library's rows to divkit.estimate(x, y)."
)


def convert(obj: Any) -> Law:
    """Return the law that an object's methods describe.

    Raises
    ------
    TypeError
        If it has no sampler and is not on the line, or takes neither arrays nor tensors.
    ValueError
        If it holds several laws.
    """
    shape = getattr(obj, "batch_shape", None)
    if shape is not None and math.prod(map(int, shape)) != 1:
        raise ValueError(f"{obj!r} holds {math.prod(map(int, shape))} laws; pass one at a time.")
    draw = _sampler(obj)
    event = _event(obj, draw)
    dim = max(math.prod(event), 1)
    if draw is None and dim > 1:
        raise TypeError(f"{obj!r} has no sampler that divkit can call. {_WAYS_OUT}")
    domain = _domain(obj, dim)
    pilot = None if draw is None else draw(_PILOT, np.random.default_rng(0)).reshape(-1, dim)
    density = _density(obj, event, pilot)
    label = f"{type(obj).__module__}.{type(obj).__qualname__} by its methods"
    if domain.whole:
        return _of_counts(obj, domain.support, density)
    _refuse_atoms(obj, pilot)
    held, told = domain.support, domain.told
    marks = as_features(None, held, dim, None) if pilot is None else features_of(pilot)
    if dim == 1 and isinstance(held, Boxes):
        return CallableLaw1D(label, density, held, marks, draw=draw, overflows=True, told=told)
    return CallableLaw(label, density, dim, held, draw, marks, told=told)


def _of_counts(obj: Any, support: Support, density: LogDensity) -> Law:
    """The finite law on the whole numbers of an interval."""
    ((low, high),) = support.boxes[0] if isinstance(support, Boxes) and support.dim == 1 else _NONE
    if not high - low < _MOST_ATOMS:
        raise TypeError(
            f"{obj!r} is a law of whole numbers, of which divkit knows no more than its "
            "probabilities: pass divkit.distributions.count_law(log_pmf, ratio_bound=(K, r)), "
            "which is told what bounds its tail, or FiniteLaw.from_logs(atoms, logs)."
        )
    atoms = np.arange(math.ceil(low), math.floor(high) + 1.0)
    logs = density(torch.from_numpy(atoms[:, None])).detach().numpy().astype(np.float64)
    return FiniteLaw.from_logs(atoms, logs)


def _refuse_atoms(obj: Any, pilot: FloatArray | None) -> None:
    """Refuse a law whose draws repeat: it has atoms, and no density."""
    if pilot is None:
        return
    different = len(np.unique(pilot, axis=0))
    if different < (1 - _REPEATED) * len(pilot):
        raise TypeError(
            f"{obj!r} has atoms: {len(pilot) - different} of {len(pilot)} draws repeat, and its "
            f"log_prob is no log density. Pass FiniteLaw(atoms, probs), "
            "divkit.distributions.count_law(log_pmf, ...), or the rows to divkit.estimate(x, y)."
        )


def _event(obj: Any, draw: _Draws | None) -> tuple[int, ...]:
    """The shape of a point: as said, or as drawn."""
    said = getattr(obj, "event_shape", None)
    if said is not None:
        return tuple(map(int, said))
    if draw is None:
        return ()
    return tuple(draw.points(3, np.random.default_rng(0)).shape[1:])


def _domain(obj: Any, dim: int) -> Domain:
    """The support where an object says it as divkit or torch does, or by two ends.

    Raises
    ------
    TypeError
        If it is said, and is no box of R^d.
    """
    said = getattr(obj, "support", None)
    ends = said() if inspect.ismethod(said) else said
    if isinstance(ends, Boxes):
        return Domain(ends)
    if is_constraint(ends):
        found = read(ends, dim)
        if found is None:
            raise TypeError(f"{obj!r} lives on {ends!r}, which is no box of R^{dim}. {_WAYS_OUT}")
        return found
    try:
        pair = np.asarray(ends, dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError):
        return Domain(full_space(dim), told=False)
    return Domain(as_support(pair, dim))


@dataclass(frozen=True, eq=False)
class _Draws:
    """(n, generator) -> n draws (n, d) of an object's own sampler."""

    call: Callable[[int, np.random.Generator], Any]

    def __call__(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.points(n, rng).reshape(n, -1)

    def points(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draws in the object's own shape, (n, …)."""
        with seeded(int(rng.integers(2**32))), torch.no_grad():
            drawn = self.call(n, rng)
        return _numbers(drawn[0] if isinstance(drawn, tuple) else drawn)


def _numbers(values: Any) -> FloatArray:
    held = values.detach().cpu() if isinstance(values, torch.Tensor) else values
    return np.asarray(held, dtype=np.float64)


def _sampler(obj: Any) -> _Draws | None:
    """The object's sampler in the first of the ways of calling it that gives n finite points."""
    method = method_of(obj, _SAMPLERS)
    if method is None:
        return None
    for call in _calls(method):
        try:
            found = [_Draws(call).points(n, np.random.default_rng(0)) for n in (3, 2)]
        except (TypeError, ValueError, AttributeError, RuntimeError, IndexError):
            continue
        if [len(points) if points.ndim else 1 for points in found] == [3, 2] and all(
            np.isfinite(points).all() for points in found
        ):
            return _Draws(call)
    return None


def _calls(method: Callable[..., Any]) -> list[Callable[[int, np.random.Generator], Any]]:
    names = _parameters(method)
    seeded = next((name for name in _SEEDED if name in names), None)

    def extra(rng: np.random.Generator) -> dict[str, Any]:
        values = {"random_state": int(rng.integers(2**32)), "seed": int(rng.integers(2**31))}
        return {} if seeded is None else {seeded: values.get(seeded, rng)}

    ways: list[Callable[[int, np.random.Generator], Any]] = [
        *([lambda n, rng: method(_key(rng), (n,))] if "key" in names else []),
        lambda n, rng: method(n, **extra(rng)),
        lambda n, rng: method((n,), **extra(rng)),
        lambda n, rng: method(size=n, **extra(rng)),
        lambda n, rng: method(n, rng),
        lambda n, rng: method(n),
        lambda n, rng: method(torch.Size((n,))),
    ]
    return ways


def _key(rng: np.random.Generator) -> Any:
    """A key of JAX's first generator."""
    return np.array([0, rng.integers(2**32)], dtype=np.uint32)


def _parameters(method: Callable[..., Any]) -> frozenset[str]:
    try:
        return frozenset(inspect.signature(method).parameters)
    except (TypeError, ValueError):
        return frozenset()


def _density(obj: Any, event: tuple[int, ...], pilot: FloatArray | None) -> LogDensity:
    """The log density of points (n, d), or (n,) on the line, by arrays or by tensors.

    Raises
    ------
    TypeError
        If the method gives no finite number a point for either.
    """
    method = method_of(obj, DENSITIES)
    dim = max(math.prod(event), 1)
    shape = (1,) if callable(getattr(obj, "score_samples", None)) and not event else event
    places = np.full((3, dim), 0.5) if pilot is None else pilot[:3]
    given = torch.from_numpy(np.ascontiguousarray(places)).reshape(3, *([] if dim == 1 else [dim]))
    failures = []
    for wrap in (_by_arrays, _by_tensors):
        function = wrap(method, shape)
        try:
            values = function(given)
        except (TypeError, ValueError, AttributeError, RuntimeError) as failure:
            failures.append(f"{type(failure).__name__}: {failure}")
            continue
        if values.shape in ((3,), (3, 1)) and not bool(values.isnan().any()):
            return function
        failures.append(f"{tuple(values.shape)} numbers for 3 points, or NaN at its own draws")
    raise TypeError(
        f"{obj!r} gives no log density at its points ({'; '.join(failures)}). {_WAYS_OUT}"
    )


def _by_arrays(method: Any, event: tuple[int, ...]) -> LogDensity:
    return on_numpy(lambda x: _held(method(x.reshape(-1, *event))))


def _held(values: Any) -> Any:
    return (
        values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
    )


def _by_tensors(method: Any, event: tuple[int, ...]) -> LogDensity:
    return lambda x: torch.as_tensor(method(x.reshape(-1, *event)))
