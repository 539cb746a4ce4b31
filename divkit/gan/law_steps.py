"""What a system whose law is known exactly yields: parameters, objective, and the truth beside it.

The ideal game and maximum likelihood move the same generators on the same targets by exact
gradients, and report alike, so that their paths can be laid over one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from divkit.distributions.base import Law
from divkit.divergences.base import Divergence
from divkit.divergences.table import JS
from divkit.exact.api import divergence
from divkit.plain import jsonable
from divkit.results import Result
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class LawStep:
    """A generator with a known law, after `index` steps.

    Attributes
    ----------
    index : steps so far.
    theta : its parameters (P,).
    objective : what the system improves, by its own name: V against the best D, or E_p[−log p_θ].
    slope, slope_error : gradient of the objective (P,), and a bound on each entry's error.
    divergences : exact divergences of the data and the law, by name; JSD is among them.
    """

    index: int
    theta: Tensor
    objective: Result
    slope: Tensor
    slope_error: float
    divergences: Mapping[str, Result]

    @property
    def js(self) -> Result:
        """The true JSD."""
        return self.divergences[JS.name]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "step": self.index,
            "theta": self.theta.tolist(),
            "objective": self.objective.to_dict(),
            "slope": self.slope.tolist(),
            "slope_error": jsonable(self.slope_error),
            "divergences": {name: r.to_dict() for name, r in self.divergences.items()},
        }

    def __repr__(self) -> str:
        return f"LawStep({self.index}: {self.objective!r}, js = {self.js.value:.6g})"


def truths(p: Law, q: Law, kinds: Sequence[Divergence]) -> dict[str, Result]:
    """JSD and these divergences of p and q by the exact engine, by name."""
    return {kind.name: divergence(p, q, kind) for kind in dict.fromkeys((JS, *kinds))}


def start_of(theta: Tensor, size: int) -> Tensor:
    """A start (P,) as float64, apart from its maker.

    Raises
    ------
    ValueError
        If it has another shape, or is not finite.
    """
    flat = theta.detach().to("cpu", torch.float64).clone()
    if flat.shape != (size,) or not bool(flat.isfinite().all()):
        raise ValueError(
            f"theta must hold {size} finite parameters of one generator; got "
            f"{flat.tolist() if flat.numel() <= 8 else tuple(flat.shape)}."
        )
    return flat
