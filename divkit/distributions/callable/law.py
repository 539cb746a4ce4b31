r"""Laws whose density is a callable: what `divkit.law` and the adapters make.

Whatever the callable returns is checked at every point: NaN is an error with the point.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.arrays import underived
from divkit.distributions.base import Feature, Law, Law1D
from divkit.distributions.callable.blur import blur_of
from divkit.distributions.callable.cumulative import Cumulative
from divkit.distributions.callable.dark import Darkness, darkness
from divkit.distributions.support import Boxes, Support, span
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
    known_blur : how wrong the log density is in units of 1 + |log p|, beyond what its type says.
    told : whether the domain is as the author says; else R^d is assumed.
    """

    label: str
    log_density: LogDensity = field(repr=False)
    coordinates: int = field(repr=False)
    domain: Support = field(repr=False)
    draw: Sampler | None = field(repr=False, default=None)
    marks: tuple[Feature, ...] = field(repr=False, default=())
    known_blur: float = field(repr=False, default=0.0)
    told: bool = field(repr=False, default=True)

    @property
    def support_is_known(self) -> bool:
        """Whether it was told."""
        return self.told

    @property
    def dim(self) -> int:
        """Number of coordinates d."""
        return self.coordinates

    @cached_property
    def blur(self) -> float:
        """As known, or as the type of the log density shows."""
        places = [(m.center, m.scale) for m in self.marks]
        if not places:
            return self.known_blur
        centers, scales = torch.tensor(places, dtype=torch.float64).unbind(1)
        return max(self.known_blur, blur_of(self.log_density, centers + 0.37 * scales))

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
    overflows : whether NaN and +inf are a library's failures, not the author's: then the density
        is 0 to `log_prob` there, and continued where it is integrated (see `dark`).
    underflows : whether −inf inside the support is one as well, even where the density jumps.
    known_blur : how wrong the log density is in units of 1 + |log p|, beyond what its type says.
    told : whether the domain is as the author says. Else the line is assumed, and the density of a
        library's object ends where its logarithm is NaN from there on: the mass of what is left is
        checked where it is used.
    """

    label: str
    log_density: LogDensity = field(repr=False)
    domain: Boxes = field(repr=False)
    marks: tuple[Feature, ...] = field(repr=False)
    breaks: tuple[float, ...] = field(repr=False, default=())
    draw: Sampler | None = field(repr=False, default=None)
    curves: Curves | None = field(repr=False, default=None)
    overflows: bool = field(repr=False, default=False)
    underflows: bool = field(repr=False, default=False)
    known_blur: float = field(repr=False, default=0.0)
    told: bool = field(repr=False, default=True)

    @property
    def support_is_known(self) -> bool:
        """Whether it was told."""
        return self.told

    @cached_property
    def blur(self) -> float:
        """As known, or as the type of the log density shows."""
        places = [
            m.center[0] + step * m.scale[0] for m in self.marks for step in (-0.37, 0.0, 0.37)
        ]
        points = torch.tensor(places, dtype=torch.float64)
        points = points[self.domain.contains(points[:, None])]
        if not len(points):
            return self.known_blur
        return max(self.known_blur, blur_of(self.log_density, points))

    @property
    def _asked(self) -> Boxes:
        return self.domain

    @cached_property
    def support(self) -> Boxes:
        """As given, without the parts where the author's density jumps to zero."""
        if self.underflows or len(self.domain.boxes) != 1:
            return self.domain
        pieces = self._all_dark.pieces(*self.domain.boxes[0][0])
        return Boxes(tuple((piece,) for piece in pieces))

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
        return span(self.domain)

    @cached_property
    def _all_dark(self) -> Darkness:
        """Where the log density fails; nothing where it is NaN at the author's own word."""
        box = self.domain.boxes
        ends = (min(low for ((low, _),) in box), max(high for ((_, high),) in box))
        places = [(mark.center[0], mark.scale[0]) for mark in self.marks]
        assumed = self.overflows and not self.told
        return darkness(self._raw, *ends, places, self._is_nan if assumed else None)

    @cached_property
    def _dark(self) -> Darkness:
        return self._all_dark if self.underflows else self._all_dark.without_zeros()

    def _given(self, x: FloatArray) -> FloatArray:
        """The log density at points of the domain, as it comes."""
        points = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float64))
        inside = self.domain.contains(points[:, None]) & points.isfinite()
        return np.asarray(evaluated(self.log_density, points, inside).detach().numpy())

    def _is_nan(self, x: FloatArray) -> NDArray[np.bool_]:
        return np.isnan(self._given(x))

    def _raw(self, x: FloatArray) -> FloatArray:
        """As `_given`; a library's NaN counts as −inf."""
        values = self._given(x)
        return np.where(np.isnan(values), -math.inf, values) if self.overflows else values

    @property
    def doubtful(self) -> bool:
        """Whether its log density fails somewhere inside the support, and is continued there."""
        return bool(self._dark)

    def _log_prob(self, x: Tensor) -> Tensor:
        return self._plain(x[:, 0])

    def _plain(self, x: Tensor) -> Tensor:
        inside = self.domain.contains(x[:, None]) & x.isfinite()
        if not self.overflows:
            return scattered(self.log_density, x, inside)
        values = evaluated(self.log_density, x, inside)
        return torch.where(values < math.inf, values, -math.inf)

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        x = (anchor + offset).reshape(-1)
        values = self._plain(x)
        if self._dark and not bool((values > -math.inf).all()):
            filled = self._filled(x)[0]
            values = torch.where(values > -math.inf, values, filled)
        return values.reshape(offset.shape)

    def _doubt_at(self, anchor: float, offset: Tensor) -> Tensor:
        x = (anchor + offset).reshape(-1)
        dark = self._plain(x) == -math.inf
        return torch.where(dark, self._filled(x)[1], 0.0).reshape(offset.shape)

    def _filled(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """−inf as continued, with its doubt; where nothing is known of a failure, −inf and 0."""
        points = x.detach().numpy()
        logs, doubt = self._dark.fill(points, np.full(points.shape, -math.inf))
        inside = self.domain.contains(x[:, None]) & x.isfinite()
        filled = torch.where(inside, torch.from_numpy(logs), -math.inf)
        return filled, torch.where(inside, torch.from_numpy(doubt), 0.0)

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
    values = evaluated(log_density, x, inside)
    refuse(values.isnan(), x, "the density is NaN")
    return values


def evaluated(log_density: LogDensity, x: Tensor, inside: Tensor) -> Tensor:
    """As `scattered`, NaN as it comes."""
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
    return out.index_put((inside.nonzero()[:, 0],), values)


def refuse(wrong: Tensor, points: Tensor, what: str) -> None:
    """Raise a ValueError with the first point where `wrong` holds, if there is one."""
    if bool(wrong.any()):
        point = points[int(wrong.int().argmax())].tolist()
        raise ValueError(f"{what} at x = {point}. Make it zero (log density −inf) there.")


_BY_NUMPY = (
    "It is computed by NumPy: pass a density written with torch functions, or a law of divkit's."
)


def on_numpy(function: Callable[[Any], Any]) -> LogDensity:
    """Return a function of tensors that calls one of NumPy arrays.

    Its derivative is not known: to ask autograd for it is an error, where 0 would be a wrong one.
    """

    def on_tensors(x: Tensor) -> Tensor:
        with np.errstate(all="ignore"):  # far points overflow; what comes out is checked
            found = function(x.detach().cpu().numpy().copy())
        values = found.detach().cpu().numpy() if isinstance(found, Tensor) else np.array(found)
        if values.dtype not in (np.float32, np.float16):  # these say how few digits there are
            values = values.astype(np.float64)
        return underived(x, torch.from_numpy(values).to(x.device), _BY_NUMPY)

    return on_tensors


def features_of(draws: FloatArray) -> tuple[Feature, ...]:
    """Return features at deciles of draws (n, d): centres with the width to the next decile."""
    levels = np.linspace(0.1, 0.9, 5)
    grid = np.quantile(draws, levels, axis=0)
    width = np.maximum(np.gradient(grid, axis=0), 1e-9 * (1e-9 + np.ptp(draws, axis=0)))
    return tuple(
        Feature(tuple(c.tolist()), tuple(s.tolist())) for c, s in zip(grid, width, strict=True)
    )
