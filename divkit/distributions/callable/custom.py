r"""A law from a density of one's own.

`law` takes log p, or p itself, as a callable on NumPy arrays (or on tensors, where autograd is to
follow). What it returns is checked at every point: NaN or a negative density is an error with the
point. Its mass is checked where it is used: a divergence of a density that does not integrate to
1 is an error with the mass found, and `normalize=True` is an explicit choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from divkit.distributions.base import Feature, Law
from divkit.distributions.callable.law import (
    CallableLaw,
    CallableLaw1D,
    LogDensity,
    Sampler,
    features_of,
    on_numpy,
    refuse,
)
from divkit.distributions.support import Boxes, Support, full_space
from divkit.floats import own_rules
from divkit.remade import remade
from divkit.types import Tensor


@remade
@own_rules
def law(
    log_prob: Callable[[Any], Any] | None = None,
    *,
    density: Callable[[Any], Any] | None = None,
    dim: int = 1,
    support: Any = None,
    sample: Sampler | None = None,
    features: Sequence[Any] | None = None,
    kinks: Sequence[float] = (),
    normalize: bool = False,
    arrays: Literal["numpy", "torch"] = "numpy",
) -> Law:
    """Return the law with this (log) density.

    Parameters
    ----------
    log_prob : log density in nats at points (n,) where dim = 1, else (n, d); returns (n,). It is
        called at finite points of the support only.
    density : the density itself instead; give one of the two.
    dim : number of coordinates d.
    support : (low, high) where dim = 1, d such pairs otherwise, or a Support; R^d by default.
    sample : (n, numpy Generator) -> n draws; where dim = 1, quantiles do without.
    features : (center, scale) pairs that a quadrature must resolve, scalars or d numbers each. By
        default quantiles of a thousand draws of `sample`, else the origin or the support.
    kinks : points of the line where the density is not smooth.
    normalize : divide the density by its integral (dim = 1).
    arrays : what the callable is handed: NumPy arrays, or torch tensors that autograd follows.

    Returns
    -------
    Law
        On the line or in R^dim.

    Raises
    ------
    ValueError
        If an argument does not fit; later, if the density is NaN or negative at a point.
    TypeError
        If neither or both of log_prob and density are given.

    See Also
    --------
    divkit.as_law : objects of other libraries.
    divkit.parse_law : a law from words.
    divkit.count_law : of counts.
    divkit.transformed : images of a law.

    Examples
    --------
    >>> triangle = law(density=lambda x: 2 * x, support=(0, 1))
    >>> round(float(triangle.cdf(0.5)), 12)
    0.25
    """
    function = _log_density(log_prob, density, arrays)
    if dim < 1:
        raise ValueError(f"dim must be at least 1; got {dim!r}.")
    domain, told = as_support(support, dim), support is not None
    label = f"law({getattr(log_prob or density, '__name__', 'callable')}, dim={dim})"
    marks = as_features(features, domain, dim, sample)
    if dim > 1 or not isinstance(domain, Boxes):
        if normalize:
            raise ValueError("normalize=True needs dim=1 and a support of intervals.")
        return CallableLaw(label, function, dim, domain, sample, marks, told=told)
    breaks = tuple(map(float, kinks))
    line = CallableLaw1D(label, function, domain, marks, breaks, sample, told=told)
    return _normalized(line) if normalize else line


def _normalized(line: CallableLaw1D) -> CallableLaw1D:
    mass = line.cumulative.mass
    if not mass > 0:
        raise ValueError(f"{line.label} has no mass to normalise; its integral is {mass!r}.")
    shift = math.log(mass)
    return CallableLaw1D(
        f"{line.label[:-1]}, normalize=True)",
        lambda x: line.log_density(x) - shift,
        line.domain,
        line.marks,
        line.breaks,
        line.draw,
        told=line.told,
    )


_ON_TENSORS: Mapping[str, Callable[[Callable[[Any], Any]], LogDensity]] = {
    "numpy": on_numpy,
    "torch": lambda given: given,
}


def _log_density(
    log_prob: Callable[[Any], Any] | None, density: Callable[[Any], Any] | None, arrays: str
) -> LogDensity:
    if arrays not in _ON_TENSORS:
        raise ValueError(f"arrays must be 'numpy' or 'torch'; got {arrays!r}.")
    given = log_prob if density is None else density
    if not callable(given) or (log_prob is not None and density is not None):
        raise TypeError("give one callable: log_prob, or density=.")
    on_tensors = _ON_TENSORS[arrays](given)
    return on_tensors if density is None else _log_of(on_tensors)


def _log_of(density: LogDensity) -> LogDensity:
    def log_density(x: Tensor) -> Tensor:
        values = density(x)
        refuse(
            (values < 0).expand(len(x)) if values.ndim == 0 else values < 0,
            x,
            "the density is negative",
        )
        return values.log()

    return log_density


def as_support(support: Any, dim: int) -> Support:
    """Return the support that (low, high), d such pairs, or a Support means; None is R^d.

    Raises
    ------
    ValueError
        If an interval is empty, or the number of coordinates is not dim.
    """
    if support is None:
        return full_space(dim)
    if hasattr(support, "dim"):
        return _of_dimension(support, dim)
    pairs = np.asarray(support, dtype=np.float64).reshape(-1, 2)
    if not (pairs[:, 0] < pairs[:, 1]).all():
        raise ValueError(f"support must be intervals (low, high), low < high; got {support!r}.")
    return _of_dimension(Boxes((tuple((float(a), float(b)) for a, b in pairs),)), dim)


def _of_dimension(support: Support, dim: int) -> Support:
    if support.dim != dim:
        raise ValueError(f"support must have {dim} coordinates; got {support.dim}.")
    return support


def as_features(
    given: Sequence[Any] | None, domain: Support, dim: int, sample: Sampler | None
) -> tuple[Feature, ...]:
    """Features as given, or from draws, or where the support is."""
    if given is not None:
        return tuple(_feature(item, dim) for item in given)
    if sample is not None:
        draws = np.asarray(sample(1000, np.random.default_rng(0)), dtype=np.float64)
        return features_of(draws.reshape(1000, dim))
    if isinstance(domain, Boxes):
        return tuple(Feature(*zip(*map(_place, box), strict=True)) for box in domain.boxes)
    return (Feature((0.0,) * dim, (1.0,) * dim),)


def _feature(item: Any, dim: int) -> Feature:
    if isinstance(item, Feature):
        return item
    center, scale = (np.broadcast_to(np.asarray(part, float), (dim,)) for part in item)
    if not (np.isfinite(center).all() and (scale > 0).all() and np.isfinite(scale).all()):
        raise ValueError(f"features must be (center, scale > 0), finite; got {item!r}.")
    return Feature(tuple(center.tolist()), tuple(scale.tolist()))


def _place(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = ends
    if math.isfinite(high - low):
        return (low + 0.5 * (high - low), 0.5 * (high - low))
    if math.isfinite(low):
        return (low + 1.0, 1.0)
    return (high - 1.0, 1.0) if math.isfinite(high) else (0.0, 1.0)
