r"""A design of more features than rows, in no more coordinates than rows.

Of a loss of the logits Φθ and a penalty θᵀDθ, the least lies where D^{½}θ is a combination of
the rows of Ψ = ΦD^{−½}, as what is orthogonal to them costs penalty and moves no logit (the
representer theorem; Schölkopf, Herbrich, Smola 2001, theorem 1). With ΨΨᵀ = UΛUᵀ and
D^{½}θ = ΨᵀUΛ^{−½}β the features are UΛ^{½}, the penalty |β|², and H⁻¹ is the same on the rows:
fits, left-out logits and numbers of parameters are those of the wide design. Features without a
penalty stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from divkit.estimators.common.design import Design
from divkit.types import FloatArray


@dataclass(frozen=True, eq=False)
class Narrowed:
    """The design of at most N penalised features, and the way back to the wide one's.

    Attributes
    ----------
    design : features [free, UΛ^{½}] (N, F + K) with penalties [0, 1].
    free : which of the wide design's P features have no penalty (P,), F of them.
    basis : D^{−½}ΨᵀUΛ^{−½} of the others (P − F, K).
    """

    design: Design
    free: NDArray[np.bool_]
    basis: FloatArray

    def lifted(self, beta: FloatArray) -> FloatArray:
        """Return the wide design's coefficients θ (P,) of those of the narrow one (F + K,)."""
        count = int(self.free.sum())
        theta = np.empty(len(self.free))
        theta[self.free] = beta[:count]
        theta[~self.free] = self.basis @ beta[count:]
        return theta


def narrowed(design: Design) -> Narrowed | None:
    """Return the design in K ≤ N coordinates, None where its features are no more than its rows.

    >>> wide = Design(np.eye(2, 5), np.array([0.0, 1.0, 1.0, 4.0, 4.0]), "wide")
    >>> narrowed(wide).design.features.shape
    (2, 2)
    """
    free = design.penalty == 0
    if np.count_nonzero(~free) <= len(design.features):
        return None
    root = np.sqrt(design.penalty[~free])
    scaled = design.features[:, ~free] / root
    values, vectors = linalg.eigh(scaled @ scaled.T, check_finite=False)
    kept = values > len(values) * np.finfo(float).eps * values[-1]
    length, axes = np.sqrt(values[kept]), vectors[:, kept]
    few = Design(
        np.hstack([design.features[:, free], axes * length]),
        np.concatenate([np.zeros(int(free.sum())), np.ones(len(length))]),
        design.label,
        design.against,
    )
    return Narrowed(few, free, np.asarray(scaled.T @ (axes / length) / root[:, None]))
