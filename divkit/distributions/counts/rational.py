r"""Laws of counts whose ratio r(k) = p(k+1)/p(k) is a product of linear factors.

With an anchor m near the mode, log p(k) = log p(m) + (k − m) log θ + Σ ± power · [log Γ(y) − log
Γ(x)], x = offset ± m, y = offset ± k, which `gammas` adds without cancellation in two ways: every
gamma function from its own anchor, or in pairs, one over another. Each way bounds its error, and
the better one is taken at each k. Next to a finite end, where arguments are small, and next to the
anchor, log p is a product of ratios in balls, rounded once.

Whatever is exact comes first: log p at the ends and at the anchor, and log θ + Σ power log x, are
balls, made of the parameters as the floats that they are.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from flint import arb

from divkit.distributions.ball_precision import own_precision
from divkit.distributions.counts.gammas import Sized, anchored, paired
from divkit.distributions.counts.law import CountLaw
from divkit.distributions.counts.ratio import Between, Factor, Ratio, theta_ball
from divkit.distributions.finite.log_weights import UNIT
from divkit.distributions.logarithms import ball_of
from divkit.types import Ball, FloatArray

_BITS = 192
_LISTED = 96
_ENOUGH = 64


@dataclass(frozen=True, eq=False)
class Listed:
    """Logs of p at `start`, `start` + 1, …, each rounded once from a ball."""

    start: int
    logs: FloatArray
    errors: FloatArray

    def places(self, k: FloatArray) -> FloatArray:
        """Which entry a count is."""
        return _plus(-self.start, k)


@dataclass(frozen=True)
class GammaPair:
    """Γ(upper)/Γ(lower), both arguments offset + slope·k (+1 where they fall), to a power."""

    upper: Factor
    lower: Factor
    power: float


class RationalLaw(CountLaw):
    """A leaf writes its ratio, its ends, log p at its first atom, and where its bulk is."""

    @cached_property
    @abstractmethod
    def ratio(self) -> Ratio:
        """p(k+1)/p(k)."""

    @abstractmethod
    def log_first(self) -> Ball:
        """log p(ends[0]), in balls of the present precision."""

    def asymptote(self, side: int) -> Ratio | None:
        """The ratio itself."""
        return self.ratio if math.isinf(self.ends[1]) and side > 0 else None

    def between(self, side: int) -> Between | None:
        """The ratio itself."""
        unending = math.isinf(self.ends[1]) and side > 0
        return Between(self.ratio, self.ratio, self.ends[0]) if unending else None

    def log_ball(self, k: float) -> Ball:
        """log p(k) in balls of the present precision."""
        first, count = self.ends[0], int(k) - int(self.ends[0])
        if count <= _ENOUGH:
            theta = theta_ball(self.ratio.log_theta).exp()
            product = arb(1)
            for i in range(count):
                product *= self.ratio.ball(first + i, theta)
            return self.log_first() + product.log()
        total = self.log_first() + count * theta_ball(self.ratio.log_theta)
        for f in self.ratio.factors:
            x, y = (ball_of(_argument(f, at)) for at in (first, k))
            total += f.slope * ball_of(f.power) * (y.lgamma() - x.lgamma())
        return total

    @cached_property
    def anchor(self) -> float:
        """The place that log probabilities are computed from, away from both ends."""
        low, high = self.ends
        place = float(math.floor(self.center[0]))
        return max(min(place, high - _LISTED), low + _LISTED)

    @cached_property
    def _lists(self) -> tuple[Listed, ...]:
        low, high = self.ends
        if high - low < 3 * _LISTED:
            return (self._listed(low, high),)
        starts = [low, self.anchor - _LISTED // 2, high - _LISTED]
        return tuple(self._listed(at, at + _LISTED) for at in starts if math.isfinite(at))

    def _listed(self, start: float, end: float) -> Listed:
        with own_precision(_BITS):
            theta = theta_ball(self.ratio.log_theta).exp()
            log, product, balls = self.log_ball(start), arb(1), []
            for k in range(int(start), int(end) + 1):
                balls.append(log + product.log())
                product *= self.ratio.ball(k, theta) if k < end else 1
            logs = np.array([float(b) for b in balls])
            wide = np.array([float(b.rad()) for b in balls])
        return Listed(int(start), logs, 2 * UNIT * np.abs(logs) + 2 * wide + 1e-300)

    @cached_property
    def _base(self) -> tuple[float, float, float]:
        """log p at the anchor; log r there less nothing for pairs, and with all anchored."""
        with own_precision(_BITS):
            alone = theta_ball(self.ratio.log_theta)
            for f in self._alone:
                alone += ball_of(f.power) * ball_of(_argument(f, self.anchor)).log()
            whole = alone
            for pair in self._pairs:
                for f in _opened(pair):
                    whole += ball_of(f.power) * ball_of(_argument(f, self.anchor)).log()
            return float(self.log_ball(self.anchor)), float(alone), float(whole)

    @cached_property
    def _pairs(self) -> tuple[GammaPair, ...]:
        return self._matched[0]

    @cached_property
    def _alone(self) -> tuple[Factor, ...]:
        return self._matched[1]

    @cached_property
    def _matched(self) -> tuple[tuple[GammaPair, ...], tuple[Factor, ...]]:
        """Factors of opposite powers and one slope in pairs, and the others."""
        pairs: list[GammaPair] = []
        alone: list[Factor] = []
        for slope in (1, -1):
            own = sorted((f for f in self.ratio.factors if f.slope == slope), key=_offset)
            ups, downs = ([f for f in own if (f.power > 0) == up] for up in (True, False))
            while ups and downs:  # equal factors came as one of a higher power
                power = min(ups[0].power, -downs[0].power)
                pairs.append(_pair(replace(ups[0], power=power), replace(downs[0], power=-power)))
                ups, downs = _less(ups, power), _less(downs, -power)
            alone += ups + downs
        return tuple(pairs), tuple(alone)

    def _log_pmf(self, k: FloatArray) -> Sized:
        out = np.empty_like(k)
        errors = np.empty_like(k)
        left = np.ones(k.shape, dtype=bool)
        for listed in self._lists:
            place = listed.places(k)
            here = left & (place >= 0) & (place < len(listed.logs))
            at = place[here].astype(np.int64)
            out[here], errors[here] = listed.logs[at], listed.errors[at]
            left &= ~here
        if left.any():
            far = self._formula(k[left])
            out[left], errors[left] = far.value, far.error
        return Sized(out, errors)

    def _formula(self, k: FloatArray) -> Sized:
        d = k - self.anchor
        log, alone, whole = self._base
        single = self._anchored_sum(k, d, self._alone)
        if not self._pairs:
            return _joined(log, alone, d, single)
        both = tuple(f for pair in self._pairs for f in _opened(pair))
        first = _joined(log, whole, d, single + self._anchored_sum(k, d, both))
        second = _joined(log, alone, d, single + self._paired_sum(k, d))
        better = first.error <= second.error
        return Sized(
            np.where(better, first.value, second.value),
            np.where(better, first.error, second.error),
        )

    def _anchored_sum(self, k: FloatArray, d: FloatArray, factors: tuple[Factor, ...]) -> Sized:
        total = Sized(np.zeros_like(k), np.zeros_like(k))
        for f in factors:
            x, y = float(_argument(f, self.anchor)), _arguments(f, k)
            total = total + anchored(y, x, f.slope * d).times(f.slope * float(f.power))
        return total

    def _paired_sum(self, k: FloatArray, d: FloatArray) -> Sized:
        total = Sized(np.zeros_like(k), np.zeros_like(k))
        for pair in self._pairs:
            low, slope = pair.lower, pair.lower.slope
            x, y = float(_argument(low, self.anchor)), _arguments(low, k)
            gap = float(pair.upper.offset - low.offset)
            total = total + paired(y, x, slope * d, gap).times(pair.power)
        return total


def _less(factors: list[Factor], power: Fraction) -> list[Factor]:
    """The factors after the first has lost a power, or all."""
    left = factors[0].power - power
    return [replace(factors[0], power=left), *factors[1:]] if left else factors[1:]


def _offset(f: Factor) -> Fraction:
    return f.offset


def _argument(f: Factor, k: float) -> Fraction:
    """Of the gamma function that a factor adds up to: Γ(offset + k), or 1/Γ(offset + 1 − k)."""
    return f.at(k) + (1 if f.slope < 0 else 0)


def _arguments(f: Factor, k: FloatArray) -> FloatArray:
    """The arguments at many counts; the fraction is added last, so that small ones keep it."""
    shift = f.offset + (1 if f.slope < 0 else 0)
    return _plus(math.floor(shift), f.slope * k) + float(shift - math.floor(shift))


def _plus(whole: int, k: FloatArray) -> FloatArray:
    """Add an int which may have more digits than a float; they matter where little is left."""
    return np.asarray((float(whole) + k) + float(whole - int(float(whole))))


def _pair(up: Factor, down: Factor) -> GammaPair:
    """Γ(larger)/Γ(smaller) to the power with which it enters log p."""
    upper, lower = (up, down) if up.offset > down.offset else (down, up)
    return GammaPair(upper, lower, float(upper.slope * upper.power))


def _opened(pair: GammaPair) -> tuple[Factor, Factor]:
    return pair.upper, pair.lower


def _joined(log: float, linear: float, d: FloatArray, rest: Sized) -> Sized:
    steep = linear * d
    value = log + (steep + rest.value)
    error = UNIT * (2 * abs(log) + 4 * np.abs(steep) + 2 * np.abs(value))
    return Sized(value, error + rest.error)
