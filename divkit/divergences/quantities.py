"""Integrals of two laws that methods have formulas for, and divergences as multiples of them.

A method asks a divergence for its multiple, never for its name: a divergence of another name, or
of another scale, is computed by the same formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

import torch

from divkit.divergences.stable import LOG2
from divkit.types import Tensor

Family: TypeAlias = Literal["kl", "reverse_kl", "jeffreys", "js", "tv", "triangular", "affinity"]


def _js(u: Tensor, prior: float) -> Tensor:
    mixed = torch.log1p(prior * (u - 1))
    return prior * u * (u.log() - mixed) - (1 - prior) * mixed


_F: Mapping[Family, Callable[[Tensor, float], Tensor]] = MappingProxyType(
    {
        "kl": lambda u, _: u * u.log(),
        "reverse_kl": lambda u, _: -u.log(),
        "jeffreys": lambda u, _: (u - 1) * u.log(),
        "js": _js,
        "tv": lambda u, _: 0.5 * (u - 1).abs(),
        "triangular": lambda u, _: (u - 1) ** 2 / (u + 1),
        "affinity": lambda u, order: torch.expm1(order * u.log()),
    }
)


@dataclass(frozen=True)
class Quantity:
    """An integral ∫ q F(p/q) with formulas of its own.

    Attributes
    ----------
    family : "kl" F = u log u, "reverse_kl" −log u, "jeffreys" (u − 1) log u, "js" the JSD with
        class prior π, "tv" ½|u − 1|, "triangular" (u − 1)²/(u + 1), "affinity" u^α − 1.
    parameter : the class prior π of "js", the order α of "affinity"; 0 of the others.
    """

    family: Family
    parameter: float = 0.0

    def f(self, u: Tensor) -> Tensor:
        """F(u), u > 0."""
        return _F[self.family](u, self.parameter)


KULLBACK = Quantity("kl")
REVERSE_KULLBACK = Quantity("reverse_kl")
BOTH_KULLBACKS = Quantity("jeffreys")
JENSEN_SHANNON = Quantity("js", 0.5)
VARIATION = Quantity("tv")
TRIANGLE = Quantity("triangular")
BHATTACHARYYA_DEFECT = Quantity("affinity", 0.5)


@dataclass(frozen=True)
class Multiple:
    """D = factor · quantity + log2s · log 2."""

    quantity: Quantity
    factor: float = 1.0
    log2s: float = 0.0

    def f(self, u: Tensor) -> Tensor:
        """An f of the divergence; its linear term in u − 1 is free."""
        return self.factor * self.quantity.f(u) + self.log2s * LOG2
