r"""The integrands of a divergence at nodes, each with a bound of its own rounding error.

Every divergence here is ∫ g(log p, log q) with g homogeneous of degree one in (p, q), so that

    ∂g/∂log p + ∂g/∂log q = g,      ∂g/∂log p = p [f'(r) − f'(1)],
    ∂g/∂log q = −q [f*(f'(r)) − f*(f'(1))]:

the witness and the conjugate of the divergence carry errors of the log densities into the value.
Of the two forms the one on the denser law's side never overflows before g does; the other follows
from the sum. A log density carries the rounding of its own terms, and that of its argument:

    δ log p ≤ u (4 + 4|log p| + 4 max |log scale|) + u |x − anchor| |d log p/dx|,    u = 2⁻⁵³.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch.nn.functional import logsigmoid

from divkit.distributions.base import Law1D
from divkit.divergences.base import FDivergence
from divkit.divergences.stable import log_ratio, weighted
from divkit.exact.quadrature_rule import Values
from divkit.types import Tensor

ROUNDOFF = 2.0**-53
_SUBNORMAL = 1e-306
Push: TypeAlias = Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""(log p, log q, l, g) -> (∂g/∂log p, ∂g/∂log q)."""


@dataclass(frozen=True, eq=False)
class Integrand:
    """What is integrated: constant + ∫ value(log p, log q) dx.

    `price_p`, `price_q` are what unit mass costs at most where the other law has none; `kinked`
    says that the value has a kink where p = q.
    """

    name: str
    value: Callable[[Tensor, Tensor], Tensor]
    push: Push
    constant: float = 0.0
    price_p: float = math.inf
    price_q: float = math.inf
    kinked: bool = False


def of_divergence(divergence: FDivergence) -> Integrand:
    """Return the integrand of an f-divergence in its non-negative form."""
    at_one = divergence.prime_at_one - divergence.at_one  # f*(f'(1))

    def push(lp: Tensor, lq: Tensor, ratio: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        denser = ratio > 0
        none = torch.zeros_like(ratio)
        witness = divergence.witness(torch.where(denser, ratio, none))
        conjugate = divergence.conjugate_at(torch.where(denser, none, ratio))
        by_p = weighted(lp, witness - divergence.prime_at_one)
        by_q = -weighted(lq, conjugate - at_one)
        return torch.where(denser, by_p, _rest(g, by_q)), torch.where(denser, _rest(g, by_p), by_q)

    return Integrand(
        divergence.name,
        divergence.integrand,
        push,
        divergence.at_one,
        divergence.slope_at_infinity,
        divergence.at_zero,
        math.isinf(divergence.curvature),
    )


def _rest(whole: Tensor, part: Tensor) -> Tensor:
    """The difference, 0 where it is but the rounding of its terms."""
    rest = whole - part
    real = rest.abs() > 8 * ROUNDOFF * part.abs() + _SUBNORMAL
    return torch.where(real, rest, torch.zeros_like(rest))


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
    """Values of [g, p, q, |∂g/∂log p|, |∂g/∂log q|] for two laws; see the module."""

    p: Law1D
    q: Law1D
    integrand: Integrand

    def __call__(self, anchor: float, offset: Tensor) -> Values:
        """The five integrands with their rounding."""
        lp = log_density(self.p, "p", anchor, offset)
        lq = log_density(self.q, "q", anchor, offset)
        ratio = log_ratio(lp, lq)
        g = self.integrand.value(lp, lq)
        by_p, by_q = (part.abs() for part in self.integrand.push(lp, lq, ratio, g))
        density_p, density_q = lp.exp(), lq.exp()
        error_p = log_error(self.p, lp, anchor, offset)
        error_q = log_error(self.q, lq, anchor, offset)
        noise_g = _times(by_p, error_p) + _times(by_q, error_q) + (10 * ROUNDOFF) * g.abs()
        noise_p, noise_q = _times(density_p, error_p), _times(density_q, error_q)
        nothing = torch.zeros_like(g)
        return Values(
            torch.stack([g, density_p, density_q, by_p, by_q]),
            torch.stack([noise_g, noise_p, noise_q, nothing, nothing]),
            ratio if self.integrand.kinked else None,
        )


def _times(size: Tensor, error: Tensor) -> Tensor:
    """size · error with 0 · ∞ = 0."""
    return size * torch.where(size == 0, torch.zeros_like(error), error)


def log_density(law: Law1D, name: str, anchor: float, offset: Tensor) -> Tensor:
    """Log density at anchor + offset; raise a ValueError where it is NaN or +inf."""
    values = law._log_prob_at(anchor, offset)
    if not bool((values < math.inf).all()):
        where = int((~(values < math.inf)).reshape(-1).nonzero()[0, 0])
        point, found = anchor + float(offset.reshape(-1)[where]), float(values.reshape(-1)[where])
        raise ValueError(
            f"{name} = {short(law)} has log density {found!r} at x = {point!r}; a log density "
            "must be a number below inf (−inf where there is no mass)."
        )
    return values


def short(law: Law1D) -> str:
    """How the law prints, cut to two lines."""
    words = repr(law)
    return words if len(words) <= 200 else f"{words[:197]}..."


def log_error(law: Law1D, log_values: Tensor, anchor: float, offset: Tensor) -> Tensor:
    """Bound the rounding error of a log density at nodes (n, k), (n, k); 0 where it is −inf."""
    reachable = log_values > -math.inf
    values = torch.where(reachable, log_values, torch.zeros_like(log_values))
    scales = max(abs(math.log(feature.scale[0])) for feature in law.features)
    terms = 4 * ROUNDOFF * (1 + scales + values.abs())
    position = offset.abs() if law.anchored else offset.abs() + abs(anchor)
    rise, run = values.diff(dim=-1).abs(), offset.diff(dim=-1).abs()
    reach = torch.maximum(position[:, 1:], position[:, :-1])
    slope = torch.where(run > 0, rise * (reach / run), torch.zeros_like(run))
    inner = torch.maximum(slope[:, 1:], slope[:, :-1])
    moved = ROUNDOFF * torch.cat([slope[:, :1], inner, slope[:, -1:]], dim=1)
    return torch.where(reachable, terms + moved, torch.zeros_like(terms))
