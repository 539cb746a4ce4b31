r"""An f-divergence of two laws with weights of their own, by divergences of the laws.

For masses w p and v q, with k = w/v,

    ∫ v q f(wp/(vq)) = v f(k) + v D_{f_k}(p‖q),    f_k(u) = f(ku) − f(k):

what the masses alone say, and the rest. The rest is w KL(p‖q) of KL, w^α v^{1−α}(ρ − 1) of an
affinity, (πw + (1−π)v) JSD of the class prior πw/(πw + (1−π)v) of a JSD; of total variation and
the triangular discrimination it has an f of its own (of variation, the hockey-stick divergence).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import torch

from divkit.divergences.base import FDivergence
from divkit.divergences.elementwise import UpTo
from divkit.divergences.families import alpha, weighted_js
from divkit.divergences.parameter_free import KL, REVERSE_KL, TRIANGULAR, TV
from divkit.divergences.quantities import Family
from divkit.divergences.stable import weighted
from divkit.remade import remade
from divkit.types import Tensor

Term: TypeAlias = tuple[float, FDivergence]
"""A factor, and the divergence D(p‖q) that it multiplies."""


def rest_of(divergence: FDivergence, w: float, v: float) -> tuple[Term, ...]:
    """Return the terms of ∫ v q f(wp/(vq)) − v f(w/v), for masses w, v > 0.

    Raises
    ------
    ValueError
        If the divergence is a multiple of no quantity that this is known of, or the masses are so
        unlike that no float holds their share.
    """
    quantity = divergence.quantity
    if quantity is None:
        raise ValueError(f"{divergence!r} of laws with weights is not known.")
    factor = divergence.factor
    terms = _RESTS[quantity.family](w, v, quantity.parameter)
    return tuple((factor * size, kind) for size, kind in terms)


def _affinity(w: float, v: float, order: float) -> tuple[Term, ...]:
    size = math.exp(order * math.log(w) + (1 - order) * math.log(v))
    if order in (0.0, 1.0):
        return ()
    return ((size * order * (order - 1), alpha(order)),)


def _js(w: float, v: float, prior: float) -> tuple[Term, ...]:
    total = prior * w + (1 - prior) * v
    return ((total, weighted_js(prior * w / total)),)


@dataclass(frozen=True)
class _Variation:
    """½|ku − 1| − ½|k − 1| and what belongs to it."""

    k: float

    def f(self, u: Tensor) -> Tensor:
        return 0.5 * (self.k * u - 1).abs() - 0.5 * abs(self.k - 1)

    def prime(self, u: Tensor) -> Tensor:
        return 0.5 * self.k * torch.sign(self.k * u - 1)

    def conjugate(self, t: Tensor) -> Tensor:
        inside = t.abs() <= 0.5 * self.k
        return torch.where(inside, t / self.k + 0.5 * abs(self.k - 1), math.inf)

    def output(self, l: Tensor) -> Tensor:
        return 0.5 * self.k * torch.tanh(l)

    def witness(self, l: Tensor) -> Tensor:
        return 0.5 * self.k * torch.sign(l + math.log(self.k))

    def conjugate_at(self, l: Tensor) -> Tensor:
        return 0.5 * torch.sign(l + math.log(self.k)) + 0.5 * abs(self.k - 1)

    def integrand(self, lp: Tensor, lq: Tensor) -> Tensor:
        """(q − kp)⁺ where k > 1, (kp − q)⁺ where k < 1."""
        above, below = (lq, lp + math.log(self.k))[:: 1 if self.k > 1 else -1]
        more = above > below
        gap = torch.where(more, below - torch.where(more, above, torch.zeros_like(above)), 0.0)
        return torch.where(more, -weighted(above, torch.expm1(gap)), torch.zeros_like(above))


@remade
@lru_cache(maxsize=4096)
def tilted_tv(k: float) -> FDivergence:
    """½∫|kp − q| − ½|k − 1|, k > 0."""
    if k == 1:
        return TV
    of = _Variation(k)
    return FDivergence(
        f"tilted_tv({k!r})",
        f"½∫|{k:g} p − q| − ½|{k:g} − 1|",
        of.integrand,
        f=of.f,
        prime=of.prime,
        conjugate=of.conjugate,
        output=of.output,
        witness=of.witness,
        conjugate_at=of.conjugate_at,
        at_zero=1.0 if k > 1 else 0.0,
        slope_at_infinity=0.0 if k > 1 else k,
        prime_at_one=0.5 * k * math.copysign(1.0, k - 1),
        curvature=0.0,
        source="Sason and Verdú 2016, section II (E_γ)",
    )


@dataclass(frozen=True)
class _Triangle:
    """(ku − 1)²/(ku + 1) − (k − 1)²/(k + 1) and what belongs to it."""

    k: float

    @property
    def at_one(self) -> float:
        return (self.k - 1) ** 2 / (self.k + 1)

    def f(self, u: Tensor) -> Tensor:
        return (self.k * u - 1) ** 2 / (self.k * u + 1) - self.at_one

    def prime(self, u: Tensor) -> Tensor:
        return self.k * TRIANGULAR.prime(self.k * u)

    def inverse(self, t: Tensor) -> Tensor:
        return TRIANGULAR.conjugate(t / self.k) + self.at_one

    def output(self, l: Tensor) -> Tensor:
        return self.k * TRIANGULAR.output(l)

    def witness(self, l: Tensor) -> Tensor:
        return self.k * TRIANGULAR.witness(l + math.log(self.k))

    def conjugate_at(self, l: Tensor) -> Tensor:
        return TRIANGULAR.conjugate_at(l + math.log(self.k)) + self.at_one

    def integrand(self, lp: Tensor, lq: Tensor) -> Tensor:
        """4k²(p − q)²/((k + 1)²(kp + q))."""
        top = torch.maximum(lp, lq)
        gap = torch.where(lp == lq, torch.zeros_like(lp), (lp - lq).abs())
        least = torch.exp(-gap)
        larger = torch.where(lp >= lq, self.k + least, 1 + self.k * least)
        size = 4 * (self.k / (self.k + 1)) ** 2
        return size * weighted(top, torch.expm1(-gap) ** 2 / larger)


@remade
@lru_cache(maxsize=4096)
def tilted_triangular(k: float) -> FDivergence:
    """∫(kp − q)²/(kp + q) − (k − 1)²/(k + 1), k > 0."""
    if k == 1:
        return TRIANGULAR
    of = _Triangle(k)
    return FDivergence(
        f"tilted_triangular({k!r})",
        f"∫({k:g} p − q)²/({k:g} p + q) − ({k:g} − 1)²/({k:g} + 1)",
        of.integrand,
        f=of.f,
        prime=of.prime,
        conjugate=UpTo(k, of.inverse),
        output=of.output,
        witness=of.witness,
        conjugate_at=of.conjugate_at,
        at_zero=4 * (k / (k + 1)) ** 2,
        slope_at_infinity=4 * k / (k + 1) ** 2,
        prime_at_one=k * (k - 1) * (k + 3) / (k + 1) ** 2,
        curvature=8 * k**2 / (k + 1) ** 3,
    )


_RESTS: Mapping[Family, Callable[[float, float, float], tuple[Term, ...]]] = {
    "kl": lambda w, v, _: ((w, KL),),
    "reverse_kl": lambda w, v, _: ((v, REVERSE_KL),),
    "jeffreys": lambda w, v, _: ((w, KL), (v, REVERSE_KL)),
    "js": _js,
    "affinity": _affinity,
    "tv": lambda w, v, _: ((v, tilted_tv(w / v)),),
    "triangular": lambda w, v, _: ((v, tilted_triangular(w / v)),),
}
