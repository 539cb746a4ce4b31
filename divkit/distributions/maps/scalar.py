r"""Monotone maps of the line: affine, exp, log, sigmoid, tanh, sinh, arsinh, odd powers.

Each gives T⁻¹(T(x₀) + δ) − x₀ in a form without cancellation, so that a law keeps its digits next
to the ends of its support and far from the origin, and says what it does to a tail.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from torch.nn.functional import logsigmoid

from divkit.distributions.base import finite
from divkit.distributions.maps import tails as tail_maps
from divkit.distributions.maps.space import ScalarMap
from divkit.distributions.tails import LOG, Tail, power
from divkit.types import FloatArray, Tensor

_ONE = Fraction(1)


@dataclass(frozen=True)
class Affine(ScalarMap):
    """y = shift + factor·x on every coordinate.

    Raises
    ------
    ValueError
        If a parameter is not finite, or factor is 0.

    Examples
    --------
    >>> from divkit.distributions import Normal, transformed
    >>> transformed(Normal(0, 1), Affine(1.0, 2.0))
    Transformed1D(base=Normal(loc=0.0, scale=1.0), map=Affine(shift=1.0, factor=2.0))
    """

    shift: float = 0.0
    factor: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "shift", finite("shift", self.shift))
        object.__setattr__(self, "factor", finite("factor", self.factor))
        if self.factor == 0:
            raise ValueError("factor must not be 0; the image would be a point.")

    @property
    def increasing(self) -> bool:
        """Whether factor is positive."""
        return self.factor > 0

    def value(self, x: Tensor) -> Tensor:
        """shift + factor·x."""
        return self.shift + self.factor * x

    def preimage(self, y: Tensor) -> Tensor:
        """(y − shift)/factor."""
        return (y - self.shift) / self.factor

    def step_back(self, x0: float, offset: Tensor) -> Tensor:
        """offset/factor."""
        return offset / self.factor

    def log_slope(self, x: Tensor) -> Tensor:
        """log |factor|."""
        return torch.full_like(x, math.log(abs(self.factor)))

    def affine(self, dim: int) -> tuple[FloatArray, FloatArray]:
        """(factor·I, shift·1)."""
        return self.factor * np.eye(dim), np.full(dim, self.shift)

    def tail(self, tail: Tail, end: float) -> Tail | None:
        """Exact where factor^k is rational for every power u^k in the tail."""
        size = Fraction(abs(self.factor))
        if math.isfinite(end):
            return tail_maps.change(tail, tail_maps.scaled(size), {}, "endpoint")
        upwards = (end > 0) == self.increasing
        shift = Fraction(self.shift) if upwards else -Fraction(self.shift)
        return tail_maps.change(tail, tail_maps.scaled_and_shifted(size, shift), {}, "infinity")


@dataclass(frozen=True)
class Exp(ScalarMap):
    """y = e^x.

    >>> from divkit.distributions import Normal, transformed
    >>> transformed(Normal(0, 1), Exp())
    Transformed1D(base=Normal(loc=0.0, scale=1.0), map=Exp())
    """

    def value(self, x: Tensor) -> Tensor:
        """e^x."""
        return x.exp()

    def preimage(self, y: Tensor) -> Tensor:
        """log y."""
        return y.log()

    def step_back(self, x0: float, offset: Tensor) -> Tensor:
        """log(1 + offset·e^{−x0})."""
        return torch.log1p(offset * math.exp(-x0))

    def log_slope(self, x: Tensor) -> Tensor:
        """x."""
        return x

    def tail(self, tail: Tail, end: float) -> Tail | None:
        """At ±∞ the new variable is e^{|x|}; log T' = x."""
        if math.isfinite(end):
            return tail_maps.change(tail, tail_maps.only_logarithm, {}, "endpoint")
        sign = 1 if end > 0 else -1
        place: tail_maps.End = "infinity" if end > 0 else "endpoint"
        return tail_maps.change(tail, tail_maps.logarithm, {LOG: sign * _ONE}, place)


@dataclass(frozen=True)
class Log(ScalarMap):
    """y = log x, for laws on (0, ∞).

    >>> from divkit.distributions import LogNormal, transformed
    >>> transformed(LogNormal(0, 1), Log()).log_prob([0.0])
    array([-0.91893853])
    """

    domain = (0.0, math.inf)

    def value(self, x: Tensor) -> Tensor:
        """log x."""
        return x.log()

    def preimage(self, y: Tensor) -> Tensor:
        """e^y."""
        return y.exp()

    def step_back(self, x0: float, offset: Tensor) -> Tensor:
        """x0·(e^offset − 1)."""
        return x0 * torch.expm1(offset)

    def log_slope(self, x: Tensor) -> Tensor:
        """−log x."""
        return -x.log()

    def tail(self, tail: Tail, end: float) -> Tail | None:
        """At 0 and at ∞ the old variable is e^v; log T' = −log x."""
        if 0 < end < math.inf:
            return tail_maps.change(tail, tail_maps.only_logarithm, {}, "endpoint")
        sign = -1 if end > 0 else 1
        slope = {power(1): sign * _ONE}
        return tail_maps.change(tail, tail_maps.exponential_of, slope, "infinity")


@dataclass(frozen=True)
class Sigmoid(ScalarMap):
    """y = 1/(1 + e^{−x}), onto (0, 1).

    >>> from divkit.distributions import Logistic, transformed
    >>> transformed(Logistic(), Sigmoid()).cdf(0.7).round(9)
    np.float64(0.7)
    """

    def value(self, x: Tensor) -> Tensor:
        """1/(1 + e^{−x})."""
        return torch.sigmoid(x)

    def preimage(self, y: Tensor) -> Tensor:
        """log y − log(1 − y)."""
        return self.preimage_from(0.0, y)

    def preimage_from(self, anchor: float, offset: Tensor) -> Tensor:
        """log y − log(1 − y), 1 − y formed from the anchor."""
        return torch.log(anchor + offset) - torch.log((1.0 - anchor) - offset)

    def step_back(self, x0: float, offset: Tensor) -> Tensor:
        """log(1 + δ/σ(x0)) − log(1 − δ/σ(−x0))."""
        return _logit_step(offset, x0)

    def log_slope(self, x: Tensor) -> Tensor:
        """log σ(x) + log σ(−x)."""
        return logsigmoid(x) + logsigmoid(-x)

    def tail(self, tail: Tail, end: float) -> Tail | None:
        """At ±∞ the new variable is 1 + e^{|x|}; log T' = −log of it."""
        if math.isfinite(end):
            return tail_maps.change(tail, tail_maps.only_logarithm, {}, "endpoint")
        return tail_maps.change(tail, tail_maps.logistic, {LOG: -_ONE}, "endpoint")


@dataclass(frozen=True)
class Tanh(ScalarMap):
    """y = tanh x, onto (−1, 1).

    >>> from divkit.distributions import Normal, transformed
    >>> transformed(Normal(0, 1), Tanh()).log_prob([0.0, 0.5])
    array([-0.91893853, -0.78212508])
    """

    def value(self, x: Tensor) -> Tensor:
        """tanh x."""
        return torch.tanh(x)

    def preimage(self, y: Tensor) -> Tensor:
        """½[log(1 + y) − log(1 − y)]."""
        return torch.atanh(y)

    def preimage_from(self, anchor: float, offset: Tensor) -> Tensor:
        """½[log(1 + y) − log(1 − y)], both formed from the anchor."""
        return 0.5 * (torch.log((1.0 + anchor) + offset) - torch.log((1.0 - anchor) - offset))

    def step_back(self, x0: float, offset: Tensor) -> Tensor:
        """As the sigmoid's: tanh x = 2σ(2x) − 1."""
        return 0.5 * _logit_step(0.5 * offset, 2 * x0)

    def log_slope(self, x: Tensor) -> Tensor:
        """log 4 + log σ(2x) + log σ(−2x)."""
        return math.log(4.0) + logsigmoid(2 * x) + logsigmoid(-2 * x)

    def tail(self, tail: Tail, end: float) -> Tail | None:
        """At ±∞ the new variable is (1 + e^{2|x|})/2; log T' = −log of it."""
        if math.isfinite(end):
            return tail_maps.change(tail, tail_maps.only_logarithm, {}, "endpoint")
        return tail_maps.change(tail, tail_maps.hyperbolic, {LOG: -_ONE}, "endpoint")


@dataclass(frozen=True)
class Sinh(ScalarMap):
    """y = sinh x.

    >>> from divkit.distributions import Normal, transformed
    >>> transformed(Normal(0, 1), Sinh()).log_prob([0.0])
    array([-0.91893853])
    """

    def value(self, x: Tensor) -> Tensor:
        """sinh x."""
        return torch.sinh(x)

    def preimage(self, y: Tensor) -> Tensor:
        """arsinh y."""
        return _arsinh(y)

    def step_back(self, x0: float, offset: Tensor) -> Tensor:
        """log(1 + δ·[1 + (y + y0)/(c + c0)]·e^{−x0}) for x0 ≥ 0, c = √(1 + y²); else mirrored."""
        sign = math.copysign(1.0, x0)
        y0, c0, delta = math.sinh(abs(x0)), math.cosh(x0), sign * offset
        near = delta.abs() < 0.5 * c0
        step = torch.where(near, delta, torch.zeros_like(delta))
        y = y0 + step
        ratio = (y + y0) / (torch.hypot(torch.ones_like(y), y) + c0)
        close = torch.log1p(step * (1 + ratio) * math.exp(-abs(x0)))
        return sign * torch.where(near, close, _arsinh(y0 + delta) - abs(x0))

    def log_slope(self, x: Tensor) -> Tensor:
        """log cosh x."""
        return x.abs() + torch.log1p(torch.exp(-2 * x.abs())) - math.log(2.0)

    def tail(self, tail: Tail, end: float) -> Tail | None:
        """At ±∞ the new variable is sinh |x|; log T' = log of it."""
        if math.isfinite(end):
            return tail_maps.change(tail, tail_maps.only_logarithm, {}, "endpoint")
        return tail_maps.change(tail, tail_maps.inverse_sinh, {LOG: _ONE}, "infinity")


@dataclass(frozen=True)
class Asinh(ScalarMap):
    """y = arsinh x: tames heavy tails.

    >>> from divkit.distributions import Cauchy, transformed
    >>> transformed(Cauchy(), Asinh()).log_prob([0.0])
    array([-1.14472989])
    """

    def value(self, x: Tensor) -> Tensor:
        """arsinh x."""
        return _arsinh(x)

    def preimage(self, y: Tensor) -> Tensor:
        """sinh y."""
        return torch.sinh(y)

    def step_back(self, x0: float, offset: Tensor) -> Tensor:
        """2 cosh(y0 + δ/2) sinh(δ/2)."""
        half = 0.5 * offset
        return 2 * torch.cosh(math.asinh(x0) + half) * torch.sinh(half)

    def log_slope(self, x: Tensor) -> Tensor:
        """−log √(1 + x²)."""
        return -torch.hypot(torch.ones_like(x), x).log()

    def tail(self, tail: Tail, end: float) -> Tail | None:
        """At ±∞ the old variable is sinh v; log T' = −v."""
        if math.isfinite(end):
            return tail_maps.change(tail, tail_maps.only_logarithm, {}, "endpoint")
        return tail_maps.change(tail, tail_maps.sinh, {power(1): -_ONE}, "infinity")


@dataclass(frozen=True)
class Power(ScalarMap):
    """y = x^k, k odd and ≥ 3; the image of a density that is positive at 0 has a pole there.

    Raises
    ------
    ValueError
        If k is not an odd integer of at least 3.

    Examples
    --------
    >>> from divkit.distributions import Uniform, transformed
    >>> transformed(Uniform(1, 2), Power(3)).log_prob([1.0])
    array([-1.09861229])
    """

    exponent: int = 3

    def __post_init__(self) -> None:
        if self.exponent != int(self.exponent) or self.exponent < 3 or self.exponent % 2 == 0:
            raise ValueError(
                f"exponent must be an odd integer of at least 3, so that the map is one to one "
                f"on the line; got {self.exponent!r}."
            )
        object.__setattr__(self, "exponent", int(self.exponent))

    def value(self, x: Tensor) -> Tensor:
        """x^k."""
        return x**self.exponent

    def preimage(self, y: Tensor) -> Tensor:
        """±|y|^{1/k}, of the sign of y."""
        size = y.abs() ** (1 / self.exponent)
        return torch.where(y < 0, -size, size)

    def step_back(self, x0: float, offset: Tensor) -> Tensor:
        """x0·(e^{log(1 + δ/y0)/k} − 1) near y0 ≠ 0."""
        y0 = x0**self.exponent
        if y0 == 0:
            return self.preimage(offset) - x0
        near = offset.abs() < 0.5 * abs(y0)
        ratio = torch.where(near, offset, torch.zeros_like(offset)) / y0
        close = x0 * torch.expm1(torch.log1p(ratio) / self.exponent)
        return torch.where(near, close, self.preimage(y0 + offset) - x0)

    def log_slope(self, x: Tensor) -> Tensor:
        """log k + (k − 1) log |x|."""
        return math.log(self.exponent) + (self.exponent - 1) * x.abs().log()

    def kinks(self) -> tuple[float, ...]:
        """0."""
        return (0.0,)

    def tail(self, tail: Tail, end: float) -> Tail | None:
        """At ±∞ and at 0 the old variable is v^{1/k}; log T' = ±(1 − 1/k) log v."""
        if math.isfinite(end) and end != 0:
            return tail_maps.change(tail, tail_maps.only_logarithm, {}, "endpoint")
        place: tail_maps.End = "endpoint" if end == 0 else "infinity"
        sign = -1 if end == 0 else 1
        slope = {LOG: sign * Fraction(self.exponent - 1, self.exponent)}
        return tail_maps.change(tail, tail_maps.root(self.exponent), slope, place)


def _arsinh(x: Tensor) -> Tensor:
    """±log(|x| + √(1 + x²)): by log1p, and log |x| + log 2 where x² is all there is."""
    size = x.abs()
    large = size > 1e8
    near = torch.where(large, torch.zeros_like(size), size)
    small = torch.log1p(near + near * near / (1 + torch.sqrt(1 + near * near)))
    far = torch.where(large, size, torch.ones_like(size)).log() + math.log(2.0)
    root = torch.where(large, far, small)
    return torch.where(x < 0, -root, root)


def _logit_step(delta: Tensor, x0: float) -> Tensor:
    """logit(σ(x0) + δ) − x0."""
    rise, fall = 1 + math.exp(-x0), 1 + math.exp(x0)  # 1/σ(x0), 1/σ(−x0)
    return torch.log1p(delta * rise) - torch.log1p(-delta * fall)
