r"""Metrics on the line by quadrature: ∫|F − G|, 2∫(F − G)², and ∫(x − T(x))² p(x) dx.

In the upper half F − G is formed from survival functions, which keep their digits there. W2 is
integrated over x, with T = G⁻¹∘F the monotone map that carries p to q; above the median T solves
1 − G(y) = 1 − F(x) in survival functions, so that a heavy tail is followed beyond 1 − F = 1e-16.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.mixed_line import MixedCurve
from divkit.distributions.quantile import invert
from divkit.distributions.support import Boxes, edges, span
from divkit.distributions.tails import heaviest
from divkit.divergences.base import IPM
from divkit.exact.ipm.beyond import beyond
from divkit.exact.ipm.ends import as_line, has_moment
from divkit.exact.ipm.result import metric_result
from divkit.exact.ipm.slip import NO_SLIP, Slip, slip_of
from divkit.exact.method import NotApplicableError, at_least
from divkit.exact.quadrature.fields import ROUNDOFF, log_density, log_error
from divkit.exact.quadrature.panels import Layout, layout
from divkit.exact.quadrature.refine import Limits, Refined, refine
from divkit.exact.quadrature.rule import Values
from divkit.results import Result
from divkit.types import FloatArray, Tensor

_ORDER = 16
"""Moments up to which tails are followed in the floats of the other law's."""
_LARGEST = 700.0
_SLOW = (
    "the integrand falls off so slowly that what lies beyond the floats is not known: the "
    "distance is larger, and may be infinite"
)
_CURVE = 64 * ROUNDOFF
"""The relative error granted to a distribution function in its smaller tail."""


class DistributionFunction(Protocol):
    """A law on the line by its distribution function."""

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        ...

    def sf(self, x: Any) -> FloatArray:
        """P(X > x)."""
        ...


def w1(p: Law, q: Law, divergence: IPM) -> Result:
    """∫ |F − G|."""
    a, b = as_line(p), as_line(q)
    return gap_integral(a, b, divergence, 1, layout((a, b)))


def energy(p: Law, q: Law, divergence: IPM) -> Result:
    """2 ∫ (F − G)²."""
    a, b = as_line(p), as_line(q)
    return gap_integral(a, b, divergence, 2, layout((a, b)))


def gap_integral(
    p: DistributionFunction, q: DistributionFunction, divergence: IPM, order: int, first: Layout
) -> Result:
    """order · ∫ |F − G|^order, from the panels `first` on."""
    start, slips = time.perf_counter(), (slip_of(p), slip_of(q))
    refined = refine(GapField(p, q, order, slips), first, Limits())
    far = beyond((p, q), slips, order)
    if far is None:
        value, error = _total(refined)
    else:
        value, error = _seen(refined)
        value, error = value + far[0], error + far[1]
    moved = (1 if order == 1 else 4) * (
        _displacement(p) + _displacement(q)
    )  # |F − G|² changes by 2|F − G| at most
    least = order * (value - _seen(refined)[1]) - moved
    return _result(value * order, error * order + moved, least, divergence, refined, start)


def _displacement(law: object) -> float:
    """Displacement of the law from the one that is meant; W1 and W2 move by no more."""
    if isinstance(law, MixedCurve):
        return _displacement(law.law)
    if not isinstance(law, Law1D):
        return 0.0
    ends = edges(law.support) if isinstance(law.support, Boxes) else ()
    points = (*ends, *(feature.center[0] for feature in law.features))
    return max(law.displacement(x) for x in points if math.isfinite(x))


def w2(p: Law, q: Law, divergence: IPM) -> Result:
    """√∫ (x − T(x))² p(x) dx, over the law with the heavier tails."""
    a, b = as_line(p), as_line(q)
    start = time.perf_counter()
    heavier = [_heavier_end(a, b, side) for side in (0, 1)]
    if any(law is b for law in heavier):
        if any(law is a for law in heavier) and not (_is_light(a) and _is_light(b)):
            raise NotApplicableError("p has the heavier tail at one end and q at the other")
        a, b = b, a
    refined = refine(
        TransportField(a, b, (slip_of(a), slip_of(b))), layout((a,), _images(a, b)), Limits()
    )
    square, bound = _total(refined)
    value = math.sqrt(max(square, 0.0))
    low, high = math.sqrt(max(square - bound, 0.0)), math.sqrt(max(square, 0.0) + bound)
    moved = _displacement(a) + _displacement(b)
    error = max(high - value, value - low) + moved
    least = math.sqrt(max(square - _seen(refined)[1], 0.0)) - moved
    return _result(value, error, least, divergence, refined, start)


def _heavier_end(p: Law1D, q: Law1D, side: int) -> Law1D | None:
    """The law that reaches farther at an end; None where neither does, or that is not known."""
    ends = [span(law.support)[side] if isinstance(law.support, Boxes) else None for law in (p, q)]
    if None in ends:
        return None
    infinite = [math.isinf(end) for end in ends if end is not None]
    if infinite != [True, True]:
        return None if infinite == [False, False] else (p, q)[infinite.index(True)]
    tails = [law.tails[side] for law in (p, q)]
    known = [tail for tail in tails if tail is not None]
    if len(known) < 2 or known[0] == known[1]:
        return None
    return (p, q)[known.index(heaviest(known))]


def _is_light(law: Law1D) -> bool:
    """Whether no tail is known to lack a moment of the order `_ORDER`."""
    return has_moment(law, _ORDER) is not False


def _images(p: Law1D, q: Law1D) -> list[float]:
    """Where T has its kinks or jumps: the points that go to kinks, ridges and ends of q."""
    inside = edges(q.support) if isinstance(q.support, Boxes) else ()
    bends = (ridge.center[0] for ridge in q.ridges)
    levels = np.asarray(q.cdf(np.array([*q.kinks, *bends, *inside])))
    levels = levels[(levels > 0) & (levels < 1)]
    return [float(x) for x in p.ppf(levels) if math.isfinite(x)] if len(levels) else []


def _seen(refined: Refined) -> tuple[float, float]:
    """The integral over the panels, with its error there."""
    sums, value = refined.sums, refined.sums.total()
    error = float(sums.error[0].sum() + sums.noise[0].sum())
    return value, error + 4 * ROUNDOFF * abs(value)


def _total(refined: Refined) -> tuple[float, float]:
    """The integral with what may lie beyond the panels in its error, which may have no end."""
    value, error = _seen(refined)
    return value, math.inf if refined.endless else error + float(refined.sums.spill[0].sum())


def _result(
    value: float, error: float, least: float, divergence: IPM, refined: Refined, start: float
) -> Result:
    """The result; where nothing bounds what lies beyond the panels, a limit from below."""
    notes: dict[str, Any] = {"panels": len(refined.sums.panels), "rounds": refined.rounds}
    warnings: tuple[str, ...] = ()
    if not math.isfinite(error):
        warnings = (_SLOW,)
    elif not refined.converged:
        warnings = ("not converged: the error is an estimate of what is left",)
    notes["seconds"] = time.perf_counter() - start
    found = metric_result(value, error, "quadrature", divergence, warnings=warnings, **notes)
    return at_least(found, least) if math.isinf(error) and math.isfinite(value) else found


@dataclass(frozen=True)
class GapField:
    """|F − G|^order."""

    p: DistributionFunction
    q: DistributionFunction
    order: int
    slips: tuple[Slip, Slip] = (NO_SLIP, NO_SLIP)

    def __call__(self, anchor: float, offset: Tensor) -> Values:
        """The integrand with its rounding; its sign is that of F − G."""
        x = anchor + offset.numpy()
        gap, tails = self._gap(x)
        smaller = np.maximum(*tails)
        error = _CURVE * smaller + ROUNDOFF * np.abs(x) * _steepness(gap, offset.numpy())
        error = error + self.slips[0](x, tails[0]) + self.slips[1](x, tails[1])
        size = np.abs(gap)
        value, noise = size, error
        if self.order == 2:
            value, noise = size**2, 2 * size * error + error**2
        rows = torch.from_numpy(value)[None], torch.from_numpy(noise)[None]
        return Values(*rows, torch.from_numpy(gap) if self.order == 1 else None)

    def _gap(self, x: FloatArray) -> tuple[FloatArray, tuple[FloatArray, FloatArray]]:
        """F − G, and the tails of both that it is formed from."""
        f, g = self.p.cdf(x), self.q.cdf(x)
        s, t = self.p.sf(x), self.q.sf(x)
        upper = f + g > 1
        return np.where(upper, t - s, f - g), (np.where(upper, s, f), np.where(upper, t, g))


def _steepness(values: FloatArray, offset: FloatArray) -> FloatArray:
    """|d values/dx| at nodes (n, k), from differences."""
    rise, run = np.abs(np.diff(values)), np.abs(np.diff(offset))
    slope = np.divide(rise, run, out=np.zeros_like(rise), where=run > 0)
    padded = np.pad(slope, ((0, 0), (1, 1)), mode="edge")
    return np.asarray(np.maximum(padded[:, 1:], padded[:, :-1]))


@dataclass(frozen=True)
class TransportField:
    """(x − T(x))² p(x), T = G⁻¹∘F."""

    p: Law1D
    q: Law1D
    slips: tuple[Slip, Slip] = (NO_SLIP, NO_SLIP)

    def __call__(self, anchor: float, offset: Tensor) -> Values:
        """The integrand with its rounding; wholly uncertain where x hides a tail from F."""
        x = anchor + offset.numpy()
        lp = log_density(self.p, "p", anchor, offset)
        density, root = lp.exp().numpy(), (0.5 * lp).exp().numpy()
        image, slip, hidden = self._image(x, density)
        seen = (root > 0) & np.isfinite(image)
        step = np.where(seen, x - np.where(seen, image, 0.0), 0.0)
        value = (step * root) ** 2
        own = log_error(self.p, lp, anchor, offset).numpy()
        moved = np.where(seen, slip, 0.0) + 4 * ROUNDOFF * (np.abs(x) + np.abs(step))
        noise = value * np.where(value > 0, own, 0.0) + 2 * (np.abs(step) * root) * (moved * root)
        with np.errstate(divide="ignore"):  # log 0, of what is beyond the floats of the density
            far = np.exp(np.minimum(2 * np.log(2 * np.abs(x)) + lp.numpy(), _LARGEST))
        lost = np.where(~seen, far, 0.0)
        lost += np.where(hidden, value, 0.0)
        return Values(torch.from_numpy(value)[None], torch.from_numpy(noise + lost)[None])

    def _image(
        self, x: FloatArray, density: FloatArray
    ) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
        """T(x), how far rounding of F and G may move it, and where F has no digit of the tail.

        There, within the spacing of floats of an end, the tail is what one spacing holds.
        """
        flat = x.reshape(-1)
        below, above = self.p.cdf(flat), self.p.sf(flat)
        lower = below <= above
        tail = np.minimum(below, above)
        hidden = tail == 0
        tail = np.where(hidden, np.spacing(np.abs(flat)) * density.reshape(-1), tail)
        image = np.full_like(flat, math.nan)
        left, right = lower & (tail > 0), ~lower & (tail > 0)
        image[left] = self.q.ppf(tail[left])
        image[right] = upper_quantile(self.q, tail[right])
        target = torch.from_numpy(np.where(np.isfinite(image), image, 0.0))
        there = self.q.log_prob_at(0.0, target).exp().numpy()
        off = 2 * _CURVE * tail + self._slipped(flat, target.numpy(), tail, lower)
        slip = np.divide(off, there, out=np.zeros_like(tail), where=there > 0)
        return image.reshape(x.shape), slip.reshape(x.shape), hidden.reshape(x.shape)

    def _slipped(
        self, x: FloatArray, image: FloatArray, tail: FloatArray, lower: NDArray[np.bool_]
    ) -> FloatArray:
        """Part of a tail's error that is due to wrapped distribution and quantile functions."""
        off = self.slips[0](x, tail) + self.slips[1](image, tail)
        if self.q.anchored:
            return off
        back = np.where(lower, self.q.cdf(image), self.q.sf(image))
        return np.asarray(off + np.abs(back - tail))


def upper_quantile(law: Law1D, v: FloatArray) -> FloatArray:
    """The x with P(X > x) = v, to relative accuracy for small v: a quantile of −X."""
    ends = (-1.7e308, 1.7e308)
    if isinstance(law.support, Boxes):
        low_end, high_end = span(law.support)
        ends = (max(low_end, ends[0]), min(high_end, ends[1]))
    low, high = np.full(v.shape, -ends[1]), np.full(v.shape, -ends[0])
    with np.errstate(over="ignore"):  # the first brackets are the ends of the floats
        return -invert(lambda y: law.sf(-y), lambda y: law.cdf(-y), v, low, high)
