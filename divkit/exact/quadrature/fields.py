r"""The integrands of a divergence at nodes, each with a bound of its own rounding error.

An error of a log density reaches the integrand through its derivatives (`quadrature.push`). A log
density carries the rounding of its own terms, and that of its argument:

    δ log p ≤ 4u (1 + |log p| + max |log scale|) + 2u |log p| log(1 + |log p|/100)
              + u |x − anchor| |d log p/dx|,    u = 2⁻⁵³

(the second term is for log densities like −e^{−z}, whose relative error is that of z). A wrapped
law may be computed from terms far larger than log p; their rounding is measured by differences
between close points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import torch
from torch.nn.functional import logsigmoid

from divkit.distributions.base import Law, Law1D
from divkit.distributions.support import Boxes, edges
from divkit.divergences.base import FDivergence
from divkit.divergences.stable import OfDensities, log_ratio, times, weighted
from divkit.exact.quadrature.push import Nodes, push_of
from divkit.types import Tensor

ROUNDOFF = 2.0**-53
_PROBES = 2
_FOURTH = torch.tensor([1.0, -4.0, -4.0, 1.0], dtype=torch.float64)  # and 6 in the middle
Derivatives: TypeAlias = Callable[[Nodes, Tensor], tuple[Tensor, Tensor]]
"""(nodes, g) -> (∂g/∂log p, ∂g/∂log q)."""


@dataclass(frozen=True, eq=False)
class Integrand:
    """The integral: constant + ∫ value(log p, log q) dx.

    `price_p`, `price_q` are what unit mass costs at most where the other law has none; `kinked`
    says that the value has a kink where p = q; `last` is the largest value that the
    total can have. Where no price is known the value is nowhere negative.
    """

    name: str
    value: Callable[[Tensor, Tensor], Tensor]
    push: Derivatives
    constant: float = 0.0
    price_p: float = math.inf
    price_q: float = math.inf
    kinked: bool = False
    curvature: float = 0.0
    last: float = math.inf

    def at(self, nodes: Nodes) -> Tensor:
        """The values at nodes, with what other integrands have asked of them already."""
        if isinstance(self.value, OfDensities):
            return self.value.at(nodes.of)
        return self.value(nodes.lp, nodes.lq)

    def unseen(self, hidden: tuple[Tensor, Tensor] | None) -> Tensor | float:
        """Part that a wrong ratio may add where p = q and first derivatives vanish.

        ½ f''(1) error² in units of the density; ½ error for total variation, which has a kink.
        Elsewhere the first derivatives say more. `hidden` is that of the nodes.
        """
        if hidden is None:
            return 0.0
        first, second = hidden
        return 0.5 * first if self.kinked else 0.5 * self.curvature * second


@lru_cache(maxsize=128)
def of_divergence(divergence: FDivergence) -> Integrand:
    """Return the integrand of an f-divergence in its non-negative form."""
    kinked = math.isinf(divergence.curvature)
    return Integrand(
        divergence.name,
        divergence.integrand,
        push_of(divergence),
        divergence.at_one,
        divergence.slope_at_infinity,
        divergence.at_zero,
        kinked,
        0.0 if kinked else divergence.curvature,
        last=divergence.upper,
    )


def gan_definition() -> Integrand:
    """p log D* + q log(1 − D*) with D* = σ(log p − log q): the GAN value as it is defined."""

    def value(lp: Tensor, lq: Tensor) -> Tensor:
        ratio = log_ratio(lp, lq)
        return weighted(lp, logsigmoid(ratio)) + weighted(lq, logsigmoid(-ratio))

    def push(nodes: Nodes, g: Tensor) -> tuple[Tensor, Tensor]:
        ratio = nodes.ratio
        return times(nodes.p, logsigmoid(ratio)), times(nodes.q, logsigmoid(-ratio))

    return Integrand("gan value", value, push, price_p=math.log(2), price_q=math.log(2))


def log_density(law: Law1D, name: str, anchor: float, offset: Tensor) -> Tensor:
    """Log density at anchor + offset; raise a ValueError where it is NaN or +inf."""
    values = law.log_prob_at(anchor, offset)
    if not bool((values < math.inf).all()):
        where = int((~(values < math.inf)).reshape(-1).nonzero()[0, 0])
        point, log_density = (
            anchor + float(offset.reshape(-1)[where]),
            float(values.reshape(-1)[where]),
        )
        raise ValueError(
            f"{name} = {short(law)} has log density {log_density!r} at x = {point!r}; a log "
            "density must be a number below inf (−inf where there is no mass)."
        )
    return values


def lacks(name: str, law: Law, missing: float) -> str:
    """Return what is said of a density that lacks mass, where that may be worth any amount."""
    return (
        f"{name} = {short(law)} lacks a mass of {missing:.1g}, which may lie in a peak that no "
        "feature names and be worth any amount: name it by features=, or pass normalize=True "
        "where a constant is rounded"
    )


def short(law: Law) -> str:
    """The law as it prints, cut to two lines."""
    words = repr(law)
    return words if len(words) <= 200 else f"{words[:197]}..."


def _scales(law: Law1D) -> list[float]:
    """The scales of its features, all positive."""
    scales = [feature.scale[0] for feature in law.features]
    if not min(scales) > 0:
        raise ValueError(f"the width of {short(law)} is 0 in floats; scale both laws up.")
    return scales


def log_error(law: Law1D, log_values: Tensor, anchor: float, offset: Tensor) -> Tensor:
    """Bound the rounding error of a log density at nodes (n, k), (n, k); 0 where it is −inf."""
    reachable = log_values > -math.inf
    values = torch.where(reachable, log_values, torch.zeros_like(log_values))
    scales = max(map(abs, map(math.log, _scales(law))))
    size = values.abs()
    terms = ROUNDOFF * (4 * (1 + scales + size) + 2 * size * torch.log1p(size / 100))
    position = offset.abs() if law.anchored else offset.abs() + abs(anchor)
    rise, run = values.diff(dim=-1).abs(), offset.diff(dim=-1).abs()
    reach = torch.maximum(position[:, 1:], position[:, :-1])
    seen = (run > 0) & reachable[:, 1:] & reachable[:, :-1]
    slope = torch.where(seen, rise * (reach / run), torch.zeros_like(run))
    moved = ROUNDOFF * _nearby(slope)
    away = law.displacement(anchor)
    if away:
        steep = torch.where(seen, rise / run, torch.zeros_like(run))
        moved = moved + _displaced(law, away * _nearby(steep), anchor, offset, away)
    if not law.anchored:
        terms = torch.maximum(terms, _jitter(law, log_values, anchor, offset, moved))
    blurred = law.blur * (1 + size)
    return torch.where(reachable, terms + moved + blurred, torch.zeros_like(terms))


def _displaced(law: Law1D, change: Tensor, anchor: float, offset: Tensor, away: float) -> Tensor:
    """The change of log p at nodes, at most 4 within 8 displacements of an end of the support.

    There the mass itself is what may be lost. With p ~ u^{a−1} that of 5 displacements r from the
    end is at most 5/4 of that of 4; four times the latter is above the two masses that change.
    """
    ends = edges(law.support) if isinstance(law.support, Boxes) else ()
    for end in ends:
        near = ((anchor - end) + offset).abs() <= 8 * away
        change = torch.where(near, change.clamp(max=4.0), change)
    return change


def _nearby(slopes: Tensor) -> Tensor:
    """The larger of the slopes to both sides of each node: (n, k − 1) to (n, k)."""
    inner = torch.maximum(slopes[:, 1:], slopes[:, :-1])
    return torch.cat([slopes[:, :1], inner, slopes[:, -1:]], dim=1)


def _jitter(
    law: Law1D, log_values: Tensor, anchor: float, offset: Tensor, moved: Tensor
) -> Tensor:
    """A fourth difference of f = log p at some nodes of each row, (n, 1): its jitter.

    Over steps of a 1e-4th of the way to the nearer node, or of a few floats, a smooth f has none:
    what is seen is the rounding of the terms that f is computed from, 70^½ times, and of five
    arguments, each of which may have `moved` f.
    """
    at = torch.linspace(0, offset.shape[1] - 1, _PROBES + 2)[1:-1].long()
    gap = offset.diff(dim=1).abs()
    floats = 8 * ROUNDOFF * (anchor + offset[:, at]).abs()
    step = torch.maximum(1e-4 * torch.minimum(gap[:, at], gap[:, at - 1]), floats)
    sides = torch.tensor([-2.0, -1.0, 1.0, 2.0], dtype=torch.float64)
    around = law.log_prob_at(anchor, offset[:, at, None] + step[..., None] * sides)  # (n, m, 4)
    centre = log_values[:, at, None]
    change = ((around - centre) * _FOURTH).sum(dim=-1).abs()
    seen = torch.where(change.isfinite(), change, 0.0) - 16 * moved[:, at]
    return 0.25 * seen.clamp(min=0.0).amax(dim=1, keepdim=True)
