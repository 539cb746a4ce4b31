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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import torch
from torch.nn.functional import logsigmoid

from divkit.distributions.base import Law, Law1D
from divkit.divergences.base import FDivergence
from divkit.divergences.stable import log_ratio, times, weighted
from divkit.exact.quadrature.push import push_of
from divkit.exact.quadrature.rule import Values
from divkit.types import Tensor

ROUNDOFF = 2.0**-53
_PROBES = 2
_FOURTH = torch.tensor([1.0, -4.0, -4.0, 1.0], dtype=torch.float64)  # and 6 in the middle
Derivatives: TypeAlias = Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""(log p, log q, l, g) -> (∂g/∂log p, ∂g/∂log q)."""


@dataclass(frozen=True, eq=False)
class Integrand:
    """The integral: constant + ∫ value(log p, log q) dx.

    `price_p`, `price_q` are what unit mass costs at most where the other law has none; `kinked`
    says that the value has a kink where p = q.
    """

    name: str
    value: Callable[[Tensor, Tensor], Tensor]
    push: Derivatives
    constant: float = 0.0
    price_p: float = math.inf
    price_q: float = math.inf
    kinked: bool = False
    curvature: float = 0.0

    def unseen(self, top: Tensor, ratio: Tensor, error: Tensor) -> Tensor:
        """Part that a ratio wrong by `error` may add where p = q and first derivatives vanish.

        ½ f''(1) error² in units of the density; ½ error for total variation, which has a kink.
        Elsewhere the first derivatives say more.
        """
        near = (ratio.abs() <= error) & (ratio.abs() < 1e-6) & (error < 1e-6)
        hidden = torch.where(near, error, torch.zeros_like(error))
        if self.kinked:
            return 0.5 * times(top, hidden)
        return 0.5 * self.curvature * times(top, hidden**2)


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
    )


def gan_definition() -> Integrand:
    """p log D* + q log(1 − D*) with D* = σ(log p − log q): the GAN value as it is defined."""

    def value(lp: Tensor, lq: Tensor) -> Tensor:
        ratio = log_ratio(lp, lq)
        return weighted(lp, logsigmoid(ratio)) + weighted(lq, logsigmoid(-ratio))

    def push(lp: Tensor, lq: Tensor, ratio: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        return weighted(lp, logsigmoid(ratio)), weighted(lq, logsigmoid(-ratio))

    return Integrand("gan value", value, push, price_p=math.log(2), price_q=math.log(2))


@dataclass(frozen=True)
class PairField:
    """Values of m integrands g of two laws: [g …, p, q, (|∂g/∂log p|, |∂g/∂log q|) …].

    Where a law is doubtful, two more for each: how wrong g may be, and g itself where it is in
    doubt. The densities, which cost most, are computed once for all.
    """

    p: Law1D
    q: Law1D
    integrands: tuple[Integrand, ...]

    @property
    def doubtful(self) -> bool:
        """Whether either law's log density may fail inside its support."""
        return self.p.doubtful or self.q.doubtful

    @property
    def groups(self) -> list[list[int]]:
        """The rows [g, p, q, |∂g/∂log p|, |∂g/∂log q|] of each integrand, and the two of doubt."""
        m = len(self.integrands)
        pairs = [m + 2, 3 * m + 2][: 1 + self.doubtful]
        return [
            [k, m, m + 1, *(at + 2 * k + side for at in pairs for side in (0, 1))]
            for k in range(m)
        ]

    def only(self, which: Sequence[int]) -> PairField:
        """The field of those integrands."""
        return replace(self, integrands=tuple(self.integrands[k] for k in which))

    def __call__(self, anchor: float, offset: Tensor) -> Values:
        """The integrands with their rounding."""
        lp = log_density(self.p, "p", anchor, offset)
        lq = log_density(self.q, "q", anchor, offset)
        ratio, density_p, density_q = log_ratio(lp, lq), lp.exp(), lq.exp()
        error_p = log_error(self.p, lp, anchor, offset)
        error_q = log_error(self.q, lq, anchor, offset)
        top, error = torch.maximum(density_p, density_q), error_p + error_q
        heights, slopes, noises = [], [], []
        for each in self.integrands:
            g = each.value(lp, lq)
            by_p, by_q = (part.abs() for part in each.push(lp, lq, ratio, g))
            noise = times(by_p, error_p) + times(by_q, error_q) + (10 * ROUNDOFF) * g.abs()
            noises.append(noise + each.unseen(top, ratio, error))
            heights.append(g)
            slopes += [by_p, by_q]
        dark = self._in_doubt(anchor, offset, lp, lq, heights) if self.doubtful else []
        noises += [times(density_p, error_p), times(density_q, error_q)]
        nothing = torch.zeros_like(lp)
        kinks = tuple(k for k, each in enumerate(self.integrands) if each.kinked)
        return Values(
            torch.stack([*heights, density_p, density_q, *slopes, *dark]),
            torch.stack([*noises, *(nothing for _ in (*slopes, *dark))]),
            ratio if kinks else None,
            kinks,
        )

    def _in_doubt(
        self, anchor: float, offset: Tensor, lp: Tensor, lq: Tensor, heights: list[Tensor]
    ) -> list[Tensor]:
        doubts = self.p._doubt_at(anchor, offset), self.q._doubt_at(anchor, offset)
        pairs = zip(self.integrands, heights, strict=True)
        return [row for each, g in pairs for row in in_doubt(each.value, lp, lq, g, *doubts)]


def in_doubt(
    value: Callable[[Tensor, Tensor], Tensor],
    lp: Tensor,
    lq: Tensor,
    g: Tensor,
    doubt_p: Tensor,
    doubt_q: Tensor,
) -> tuple[Tensor, Tensor]:
    """Distance of g from its values with both log densities moved by their doubts; g in doubt.

    A doubt reaches down in full, and up by a tenth: a continued tail is known to be a tail. An
    infinite one reaches down only: the density is not known to be positive there.
    """
    moved = [value(lp + up_p, lq + up_q) for up_p in _moves(doubt_p) for up_q in _moves(doubt_q)]
    gaps = [torch.where(other == g, torch.zeros_like(g), (other - g).abs()) for other in moved]
    doubted = (doubt_p > 0) | (doubt_q > 0)
    nothing = torch.zeros_like(g)
    return (
        torch.where(doubted, torch.stack(gaps).amax(dim=0), nothing),
        torch.where(doubted, g, nothing),
    )


def _moves(doubt: Tensor) -> tuple[Tensor, Tensor]:
    return torch.where(doubt < math.inf, 0.1 * doubt, torch.zeros_like(doubt)), -doubt


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


def short(law: Law) -> str:
    """The law as it prints, cut to two lines."""
    words = repr(law)
    return words if len(words) <= 200 else f"{words[:197]}..."


def log_error(law: Law1D, log_values: Tensor, anchor: float, offset: Tensor) -> Tensor:
    """Bound the rounding error of a log density at nodes (n, k), (n, k); 0 where it is −inf."""
    reachable = log_values > -math.inf
    values = torch.where(reachable, log_values, torch.zeros_like(log_values))
    scales = max(abs(math.log(feature.scale[0])) for feature in law.features)
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
        moved = moved + away * _nearby(steep)
    if not law.anchored:
        terms = torch.maximum(terms, _jitter(law, log_values, anchor, offset, moved))
    blurred = law.blur * (1 + size)
    return torch.where(reachable, terms + moved + blurred, torch.zeros_like(terms))


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
