r"""The affinity ρ = ∫ p^α q^{1−α} where it is far below, or above, what a float can hold.

The exponent α log p + (1−α) log q is climbed first: panels that hold the highest nodes are split
until the exponent varies little between them. Its height c is taken out, and log ρ = c + log ∫
e^{exponent − c}. Between two needles a million scales apart the mass of √(pq) sits halfway, in a
peak that no feature of p or q names.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch

from divkit.distributions.base import Law1D
from divkit.exact.quadrature.fields import ROUNDOFF, Integrand, log_density
from divkit.exact.quadrature.panels import Layout, join
from divkit.exact.quadrature.push import Nodes
from divkit.exact.quadrature.rule import SMOOTH, Values, evaluate
from divkit.results import Result
from divkit.types import UPPER, FloatArray, Tensor

_CLIMBS = 200
_TOP = 4  # panels split a time: the summit may sit between two of them
_GENTLE = 20.0  # the exponent's range over a panel, below which its summit is seen


def tilt(order: float, lp: Tensor, lq: Tensor) -> Tensor:
    """log p^order q^{1−order}; 0 to a negative power is inf, and −inf where both are zero."""
    none = torch.full_like(lp, -math.inf)
    left = torch.where(lp == none, math.copysign(1.0, order) * lp, order * lp)
    right = torch.where(lq == none, math.copysign(1.0, 1 - order) * lq, (1 - order) * lq)
    empty = (lp == none) & (lq == none)
    return torch.where(empty, none, left + torch.where(empty, torch.zeros_like(lq), right))


def affinity(order: float, shift: float) -> Integrand:
    """p^order q^{1−order} e^{−shift}, for an order that is neither 0 nor 1."""

    def value(lp: Tensor, lq: Tensor) -> Tensor:
        return torch.exp(tilt(order, lp, lq) - shift)

    def push(_: Nodes, g: Tensor) -> tuple[Tensor, Tensor]:
        return order * g, (1 - order) * g

    return Integrand(f"affinity({order!r})", value, push)


@dataclass(frozen=True)
class TiltField:
    """log p^order q^{1−order} as a field: where it is largest, the affinity has its mass."""

    p: Law1D
    q: Law1D
    order: float

    def __call__(self, anchor: float, offset: Tensor) -> Values:
        """The exponent alone, without noise."""
        lp = log_density(self.p, "p", anchor, offset)
        lq = log_density(self.q, "q", anchor, offset)
        exponent = tilt(self.order, lp, lq)[None]
        return Values(exponent, torch.zeros_like(exponent))


def climb(field: TiltField, first: Layout) -> tuple[float, Layout]:
    """Return the highest exponent that nodes see, and panels that resolve its surroundings."""
    panels = first.panels
    for _ in range(_CLIMBS):
        exponents = _exponents(field, replace(first, panels=panels))
        tops = exponents.max(axis=1)
        highest = float(tops.max())
        best = np.argsort(tops)[-_TOP:]
        steep = best[exponents[best].min(axis=1) < highest - _GENTLE]
        steep = steep[tops[steep] > -math.inf]
        if not math.isfinite(highest) or not len(steep) or steep[-1] != best[-1]:
            break
        others = np.setdiff1d(np.arange(len(panels)), steep)
        pieces = panels.take(steep).split(np.zeros((1, len(steep))), first.nearest)
        panels = join([panels.take(others), pieces])
    return highest, replace(first, panels=panels)


def _exponents(field: TiltField, where: Layout) -> FloatArray:
    offsets = where.panels.offsets(SMOOTH[0])
    values = evaluate(field, where.anchors, where.panels, offsets)
    return np.asarray(values.integrands[0].numpy())


def log_of(integral: Result, shift: float, gain: float) -> Result:
    """gain · (shift + log integral), with the integral's error."""
    if not (math.isfinite(shift) and math.isfinite(integral.value) and integral.value > 0):
        notes = (*integral.warnings, "the affinity is 0 or inf at every node seen")
        return _read(integral, math.copysign(math.inf, gain * shift), math.inf, notes)
    value = gain * (shift + math.log(integral.value))
    if integral.one_sided is not None:
        return _limit(integral, value, shift, gain)
    relative = integral.error / integral.value
    spread = -math.log1p(-relative) if relative < 1 else math.inf
    error = abs(gain) * (spread + 4 * ROUNDOFF * abs(shift)) + 4 * ROUNDOFF * abs(value)
    return _read(integral, value, error, integral.warnings)


def _limit(integral: Result, value: float, shift: float, gain: float) -> Result:
    """The log of an affinity that is known from below, which a negative gain turns over."""
    logs = [math.log(end) if end > 0 else -math.inf for end in integral.interval]
    low, high = sorted(gain * (shift + log) for log in logs)
    rounding = 4 * ROUNDOFF * (abs(gain * shift) + abs(value))
    ends = (low - rounding, high) if gain > 0 else (max(low, 0.0), high + rounding)
    side = integral.one_sided if gain > 0 else UPPER
    return replace(
        _read(integral, value, math.inf, integral.warnings), interval=ends, one_sided=side
    )


def _read(integral: Result, value: float, error: float, warnings: tuple[str, ...]) -> Result:
    return Result.exact(
        value, error, "quadrature", integral.method, warnings=warnings, **integral.diagnostics
    )
