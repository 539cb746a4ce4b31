"""The base of every law of divkit: shapes, supports and errors live here, formulas in the leaves.

A new law writes `_log_prob` and `_sample`. A law on the line says more, because the exact engine
uses it: its distribution function, its tails, and where its features (modes, kinks) lie.
"""

from __future__ import annotations

import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import torch

from divkit.arrays import like, points
from divkit.distributions.support import Boxes, MeasuredSet, Support, full_space
from divkit.distributions.tails import Tail
from divkit.floats import own_rules
from divkit.plain import as_float, unwrapped
from divkit.remade import Remade
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray, Samples, Tensor

_LEAST = sys.float_info.min


@dataclass(frozen=True)
class Feature:
    """A place where the density varies, with its extent along each axis: a mode, a component.

    >>> from divkit import Normal
    >>> Normal(1, 2).features
    (Feature(center=(1.0,), scale=(2.0,)),)
    """

    center: tuple[float, ...]
    scale: tuple[float, ...]


class NoFeaturesError(NotImplementedError, AttributeError):
    """A law that names no features, as one of atoms: `hasattr(law, "features")` is False.

    >>> from divkit.distributions import bernoulli
    >>> hasattr(bernoulli(0.3), "features")
    False
    """


class Law(Remade, ABC):
    """A probability law on R^d with a known density (or probability mass) and a sampler.

    What a caller asks of it is computed under NumPy's default rules, whatever the caller has set.

    >>> from divkit import Normal
    >>> law = Normal(0, 1)
    >>> law.dim, law.log_prob([0.0]), law.sample(3, rng=0).shape
    (1, array([-0.91893853]), torch.Size([3, 1]))
    """

    is_image: ClassVar[bool] = False
    """Whether it is the law of a map of another."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in ("cdf", "sf", "ppf"):
            if name in cls.__dict__:
                setattr(cls, name, own_rules(cls.__dict__[name]))

    @property
    @abstractmethod
    def dim(self) -> int:
        """Number of coordinates d."""

    @property
    def support(self) -> Support:
        """Where the density is positive; all of R^d unless a law says otherwise."""
        return full_space(self.dim)

    @property
    def support_is_known(self) -> bool:
        """Whether the support is that of a family, or told by an author, and not assumed."""
        return True

    @property
    def nominal(self) -> frozenset[int]:
        """Coordinates that hold codes of names, which have neither order nor distance."""
        return frozenset()

    @property
    def features(self) -> tuple[Feature, ...]:
        """Centres and scales that a quadrature must resolve; at least one."""
        raise NoFeaturesError(f"{type(self).__name__} names no features.")

    @own_rules
    def log_prob(self, x: Samples) -> Any:
        """Log density in nats at points (n, d), as (n,): −inf off the support, never NaN.

        A tensor gives a tensor that autograd can follow; anything else gives a NumPy array.

        Raises
        ------
        ValueError
            If the points do not have d coordinates.
        """
        z = points(x, self.dim)
        support = self._asked
        if isinstance(support, Boxes | MeasuredSet):
            inside = support.contains(z)
        else:
            inside = ~z.isnan().any(dim=1)
        if bool(inside.all()):
            return like(x)(self._log_prob(z))
        out = torch.full_like(z[:, 0], -math.inf)
        return like(x)(out.index_put((inside.nonzero()[:, 0],), self._log_prob(z[inside])))

    @own_rules
    def sample(self, n: int, rng: RandomState = None) -> Tensor:
        """Draw n points, (n, d) float64; the same state of `rng` gives the same draws.

        Raises
        ------
        ValueError
            If n is negative.
        TypeError
            If n is not an int.
        """
        if not isinstance(n, Integral) or isinstance(n, bool):
            raise TypeError(f"n must be an int; got {n!r}.")
        if n < 0:
            raise ValueError(f"n must be at least 0; got {n}.")
        draws = self._sample(int(n), as_generator(rng))
        return torch.as_tensor(draws, dtype=torch.float64).reshape(n, self.dim)

    @property
    def _asked(self) -> Support:
        """Where `_log_prob` may be asked: the support, if a leaf does not say otherwise."""
        return self.support

    @abstractmethod
    def _log_prob(self, x: Tensor) -> Tensor:
        """Log density at points (n, d) of the closed support, as (n,)."""

    @abstractmethod
    def _sample(self, n: int, rng: np.random.Generator) -> Tensor | FloatArray:
        """Draws of shape (n,) or (n, d)."""

    def _repr_html_(self) -> str:
        """Its name, and on the line its density, for a notebook."""
        from divkit.distributions.thumbnail import shown

        return shown(self)

    @property
    def mean(self) -> FloatArray | None:
        """The mean (d,), where it is known; NaN where it does not exist."""
        return None

    @property
    def covariance(self) -> FloatArray | None:
        """The covariance (d, d), where it is known; inf or NaN where it does not exist."""
        return None

    @property
    def blur(self) -> float:
        """Error of the log density in units of 1 + |log p|, beyond the rounding of float64."""
        return 0.0

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The law's parameters by name."""
        return {name: getattr(self, name) for name in getattr(self, "__dataclass_fields__", {})}


class Law1D(Law):
    """A law on the line with a density.

    Leaves write `_log_prob_at(anchor, offset)`, the log density at anchor + offset: an offset from
    a nearby anchor keeps the digits that x = 1e4 + 1e-5 loses, and those next to an end of the
    support.

    >>> from divkit import Normal
    >>> law = Normal(0, 1)
    >>> float(law.cdf(0.0)), round(float(law.ppf(0.975)), 6)
    (0.5, 1.959964)
    """

    @property
    def dim(self) -> int:
        """Always 1."""
        return 1

    @property
    def tails(self) -> tuple[Tail | None, Tail | None]:
        """The tail at the lower and at the upper end of the support; None where not known."""
        return (None, None)

    @property
    def kinks(self) -> tuple[float, ...]:
        """Points where the density is not smooth (the support's ends need not be named)."""
        return ()

    @property
    def ridges(self) -> tuple[Feature, ...]:
        """Where the log density bends more sharply than the features say, each with its width."""
        return ()

    @property
    def reach(self) -> tuple[float, float]:
        """An interval outside of which the density underflows in float64; infinite if heavy."""
        return (-math.inf, math.inf)

    @property
    def anchored(self) -> bool:
        """Whether `log_prob_at` keeps an offset's digits; False where it rounds the sum."""
        return True

    def displacement(self, anchor: float) -> float:
        """Distance of the law from its place where offsets from this anchor are computed.

        Where loc + scale · end is no float, the nearest one is taken for it; so is a preimage.
        """
        return 0.0

    @property
    def doubtful(self) -> bool:
        """Whether the log density fails somewhere inside the support, and is continued there."""
        return False

    def _doubt_at(self, anchor: float, offset: Tensor) -> Tensor:
        """Error of a continued log density at anchor + offset, at most; 0 where it is none."""
        return torch.zeros_like(offset)

    @own_rules
    def log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        """Log density in nats at anchor + offset, in the shape of `offset` (float64).

        −inf off the support, never NaN.
        """
        return self._log_prob_at(anchor, offset)

    @abstractmethod
    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        """Log density at anchor + offset, offset of any shape; −inf off the support, never NaN."""

    def _log_prob(self, x: Tensor) -> Tensor:
        return self._log_prob_at(0.0, x[:, 0])

    @abstractmethod
    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x), elementwise on an array of any shape."""

    def sf(self, x: Any) -> FloatArray:
        """P(X > x), elementwise, to full relative accuracy in the upper tail where a leaf says."""
        return 1.0 - self.cdf(x)

    @abstractmethod
    def ppf(self, u: Any) -> FloatArray:
        """The quantile function, elementwise."""

    def _sample(self, n: int, rng: np.random.Generator) -> Tensor | FloatArray:
        return self.ppf(rng.random(n))


def positive(name: str, value: float) -> float:
    """Return `value` as a float if it is positive, finite and normal, else raise a ValueError."""
    number = finite(name, value)
    if number <= 0:
        raise ValueError(f"{name} must be in (0, inf); got {value!r}.")
    if number < _LEAST:
        raise ValueError(
            f"{name} must be at least {_LEAST:.3g}, below which floats lose digits; got "
            f"{value!r}. Take a smaller unit of length for both laws."
        )
    return number


def finite(name: str, value: float) -> float:
    """Return `value` as a float if it is a finite number, else raise."""
    number = _real(name, value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite; got {value!r}.")
    return number


def bound(name: str, value: float) -> float:
    """Return the end of an interval as a float, ±inf where there is none, else raise."""
    number = _real(name, value)
    if math.isnan(number):
        raise ValueError(f"{name} must be a number, or inf; got {value!r}.")
    return number


def _real(name: str, value: float) -> float:
    if isinstance(value, (str, bytes, complex)):
        raise TypeError(f"{name} must be a real number; got {value!r}.")
    try:
        found = float(unwrapped(value))
    except OverflowError:
        found = as_float(name, value)  # which says so
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} must be one real number; got {value!r}.") from None
    return found
