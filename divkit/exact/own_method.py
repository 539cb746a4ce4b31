"""Laws that bring a method of their own, as those do whose density is a sum over preimages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from divkit.distributions.base import Law
from divkit.divergences.base import Divergence, FDivergence, Transformed
from divkit.exact.method import NotApplicableError, transformed
from divkit.results import Result
from divkit.types import Tensor


@runtime_checkable
class Calculating(Protocol):
    """A law that calculates its f-divergences to another one."""

    def divergence_from(self, p: Law, kind: FDivergence, *, reverse: bool = False) -> Result:
        """D_f(p‖self), or D_f(self‖p) where `reverse`.

        Raises
        ------
        NotApplicableError
            If it does not apply to p.
        """
        ...

    def drawn(self, n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Draws (n, d) with their log density (n,), +∞ where they are of singular mass."""
        ...


@dataclass(frozen=True)
class OwnMethod:
    """The method that p or q brings.

    Raises
    ------
    NotApplicableError
        If neither brings one, the divergence is no f-divergence, or theirs does not apply.
    """

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence with its error."""
        if isinstance(divergence, Transformed):
            return transformed(divergence, self(p, q, divergence.base))
        if not isinstance(divergence, FDivergence):
            raise NotApplicableError(f"OwnMethod() takes f-divergences; got {divergence!r}.")
        if isinstance(q, Calculating):
            return q.divergence_from(p, divergence)
        if isinstance(p, Calculating):
            return p.divergence_from(q, divergence, reverse=True)
        raise NotApplicableError("neither law brings a method of its own")
