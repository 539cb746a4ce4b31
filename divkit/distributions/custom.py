r"""A law from a density of one's own.

`law` takes log p, or p itself, as a callable on NumPy arrays (or on tensors, where autograd is to
follow). What it returns is checked at every point: NaN or a negative density is an error with the
point. Its mass is checked where it is used: a divergence of a density that does not integrate to
1 is an error with the mass found, and `normalize=True` is an explicit choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import torch

from divkit.distributions.base import Feature, Law, Law1D
from divkit.distributions.cumulative import Cumulative
from divkit.distributions.support import Boxes, Support, full_space
from divkit.types import FloatArray, Tensor

LogDensity: TypeAlias = Callable[[Tensor], Tensor]
Sampler: TypeAlias = Callable[[int, np.random.Generator], Any]
_MASS_TOLERANCE = 1e-6


class Curves(Protocol):
    """Distribution function, survival function and quantile function, elementwise."""

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        ...

    def sf(self, x: Any) -> FloatArray:
        """P(X > x)."""
        ...

    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        ...


@dataclass(frozen=True, eq=False)
class CallableLaw(Law):
    """A law on R^d from a callable; make one by `law` or `divkit.as_law`.

    Attributes
    ----------
    label : how it prints.
    log_density : log p at finite points (n, d) of the support, as (n,).
    coordinates : d.
    domain : the support.
    draw : (n, generator) -> draws, or None.
    marks : features.
    """

    label: str
    log_density: LogDensity = field(repr=False)
    coordinates: int = field(repr=False)
    domain: Support = field(repr=False)
    draw: Sampler | None = field(repr=False, default=None)
    marks: tuple[Feature, ...] = field(repr=False, default=())

    @property
    def dim(self) -> int:
        """Number of coordinates d."""
        return self.coordinates

    @property
    def support(self) -> Support:
        """As given."""
        return self.domain

    @property
    def features(self) -> tuple[Feature, ...]:
        """As given."""
        return self.marks

    def _log_prob(self, x: Tensor) -> Tensor:
        return scattered(self.log_density, x, x.isfinite().all(dim=1))

    def _sample(self, n: int, rng: np.random.Generator) -> Any:
        if self.draw is None:
            raise ValueError(f"{self.label} has no sampler; pass sample= when it is made.")
        return self.draw(n, rng)


@dataclass(frozen=True, eq=False)
class CallableLaw1D(Law1D):
    """A law on the line from a callable; make one by `law` or `divkit.as_law`.

    Attributes
    ----------
    label : how it prints.
    log_density : log p at finite points (n,) of the support, as (n,).
    domain : the support.
    marks : features.
    breaks : kinks.
    draw : (n, generator) -> draws (n,), or None for quantiles of uniform draws.
    curves : distribution and quantile functions, or None for quadrature of the density.
    """

    label: str
    log_density: LogDensity = field(repr=False)
    domain: Boxes = field(repr=False)
    marks: tuple[Feature, ...] = field(repr=False)
    breaks: tuple[float, ...] = field(repr=False, default=())
    draw: Sampler | None = field(repr=False, default=None)
    curves: Curves | None = field(repr=False, default=None)

    @property
    def support(self) -> Boxes:
        """As given."""
        return self.domain

    @property
    def features(self) -> tuple[Feature, ...]:
        """As given."""
        return self.marks

    @property
    def kinks(self) -> tuple[float, ...]:
        """As given."""
        return self.breaks

    @property
    def anchored(self) -> bool:
        """False: the callable sees anchor + offset, rounded."""
        return False

    @property
    def reach(self) -> tuple[float, float]:
        """The ends of the support."""
        ends = [end for box in self.domain.boxes for end in box[0]]
        return (min(ends), max(ends))

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        x = (anchor + offset).reshape(-1)
        inside = self.domain.contains(x[:, None]) & x.isfinite()
        return scattered(self.log_density, x, inside).reshape(offset.shape)

    @cached_property
    def _curves(self) -> Curves:
        return self.curves or self._checked(self.cumulative)

    @cached_property
    def cumulative(self) -> Cumulative:
        """The density integrated, whatever its mass."""
        return Cumulative(self._values, self.domain, self.marks, self.breaks)

    def _values(self, x: FloatArray) -> FloatArray:
        return np.asarray(self._log_prob_at(0.0, torch.from_numpy(x)).detach().numpy())

    def _checked(self, cumulative: Cumulative) -> Cumulative:
        if abs(cumulative.mass - 1) > _MASS_TOLERANCE:
            raise ValueError(
                f"{self.label} integrates to {cumulative.mass:.9g}, not to 1. Check that it is "
                f"(the logarithm of) a density, name its peaks by features=, or pass "
                f"normalize=True."
            )
        return cumulative

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return self._curves.cdf(x)

    def sf(self, x: Any) -> FloatArray:
        """P(X > x)."""
        return self._curves.sf(x)

    def ppf(self, u: Any) -> FloatArray:
        """The quantile function."""
        return self._curves.ppf(u)

    def _sample(self, n: int, rng: np.random.Generator) -> Any:
        return self.ppf(rng.random(n)) if self.draw is None else self.draw(n, rng)


def scattered(log_density: LogDensity, x: Tensor, inside: Tensor) -> Tensor:
    """Return log densities at the points `inside`, −inf at the others, which are not evaluated.

    Raises
    ------
    ValueError
        If the callable returns NaN, or not one number a point.
    """
    out = torch.full_like(inside, -math.inf, dtype=torch.float64)
    if not bool(inside.any()):
        return out
    points = x[inside]
    values = log_density(points).to(torch.float64)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 0:
        values = values.expand(len(points))
    if values.shape != (len(points),):
        raise ValueError(
            f"the density must return one number a point, shape ({len(points)},); "
            f"got {tuple(values.shape)} for points {tuple(points.shape)}."
        )
    _refuse(values.isnan(), points, "the density is NaN")
    return out.index_put((inside.nonzero()[:, 0],), values)


def _refuse(wrong: Tensor, points: Tensor, what: str) -> None:
    if bool(wrong.any()):
        point = points[int(wrong.int().argmax())].tolist()
        raise ValueError(f"{what} at x = {point}. Make it zero (log density −inf) there.")


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

    Raises
    ------
    ValueError
        If an argument does not fit; later, if the density is NaN or negative at a point.
    TypeError
        If neither or both of log_prob and density are given.

    >>> triangle = law(density=lambda x: 2 * x, support=(0, 1))
    >>> round(float(triangle.cdf(0.5)), 12)
    0.25
    """
    function = _log_density(log_prob, density, arrays)
    if dim < 1:
        raise ValueError(f"dim must be at least 1; got {dim!r}.")
    domain = as_support(support, dim)
    label = f"law({getattr(log_prob or density, '__name__', 'callable')}, dim={dim})"
    marks = _features(features, domain, dim, sample)
    if dim > 1 or not isinstance(domain, Boxes):
        if normalize:
            raise ValueError("normalize=True needs dim=1 and a support of intervals.")
        return CallableLaw(label, function, dim, domain, sample, marks)
    line = CallableLaw1D(label, function, domain, marks, tuple(map(float, kinks)), sample)
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
    )


def _log_density(
    log_prob: Callable[[Any], Any] | None, density: Callable[[Any], Any] | None, arrays: str
) -> LogDensity:
    if arrays not in ("numpy", "torch"):
        raise ValueError(f"arrays must be 'numpy' or 'torch'; got {arrays!r}.")
    given = log_prob if density is None else density
    if not callable(given) or (log_prob is not None and density is not None):
        raise TypeError("give one callable: log_prob, or density=.")
    on_tensors = given if arrays == "torch" else on_numpy(given)
    return on_tensors if density is None else _log_of(on_tensors)


def on_numpy(function: Callable[[Any], Any]) -> LogDensity:
    """Return a function of tensors that calls one of NumPy arrays; autograd stops there."""

    def on_tensors(x: Tensor) -> Tensor:
        values = function(x.detach().cpu().numpy().copy())
        return torch.from_numpy(np.array(values, dtype=np.float64)).to(x.device)

    return on_tensors


def _log_of(density: LogDensity) -> LogDensity:
    def log_density(x: Tensor) -> Tensor:
        values = density(x)
        _refuse(
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


def _features(
    given: Sequence[Any] | None, domain: Support, dim: int, sample: Sampler | None
) -> tuple[Feature, ...]:
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


def features_of(draws: FloatArray) -> tuple[Feature, ...]:
    """Return features at deciles of draws (n, d): centres with the width to the next decile."""
    levels = np.linspace(0.1, 0.9, 5)
    grid = np.quantile(draws, levels, axis=0)
    width = np.maximum(np.gradient(grid, axis=0), 1e-9 * (1e-9 + np.ptp(draws, axis=0)))
    return tuple(
        Feature(tuple(c.tolist()), tuple(s.tolist())) for c, s in zip(grid, width, strict=True)
    )


def _place(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = ends
    if math.isfinite(high - low):
        return (low + 0.5 * (high - low), 0.5 * (high - low))
    if math.isfinite(low):
        return (low + 1.0, 1.0)
    return (high - 1.0, 1.0) if math.isfinite(high) else (0.0, 1.0)
