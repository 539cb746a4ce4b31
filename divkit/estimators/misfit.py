r"""Whether a log ratio fits rows that it was not fitted to, and what it misses.

At the true l = log p − log q, with σ = e^l/(1 + e^l), the means of (1 − σ)φ under p and of σφ
under q are the same, ∫ pq/(p + q) φ, for every φ. So at logits fitted to other rows

    s = mean over x of (1 − σ(l̂))φ − mean over y of σ(l̂)φ

is the score of l̂ in the directions φ, with mean 0 where l̂ is right, and covariance V the sum of
those of the two means. φ holds 1, l̂, the coordinates, their squares and products, and Gaussian
kernels at centres, each of these blocks of mean square one or less. |s|² is tested: as a sum of
squares it is near c χ²_ν with the first two moments, c ν = tr V and c² ν = tr V² (Satterthwaite
1946; Box 1954). sᵀV⁻¹s would weigh directions that a handful of rows make, whose V is not known.

What a fit misses is judged by a correction: logistic regression on φ, ridge and left-out
likelihood as in `auto`, where l̂ is one of the features. The value read there, less the value read
at l̂, is the bias as far as φ shows it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special
from scipy.spatial.distance import pdist

from divkit.divergences.base import FDivergence
from divkit.estimators.common.design import Design, nystrom, polynomial
from divkit.estimators.common.dual import averaged
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import left_out_loss, ridge_path, score_residual
from divkit.estimators.heavy_tails import against_error, of_tails
from divkit.types import FloatArray

LEVEL = 1e-3
"""Of the score test: below it, the log ratio is called misspecified."""
_CENTRES = 60
_RIDGES = tuple(10.0 ** (1 - k) for k in range(5))


@dataclass(frozen=True)
class Misfit:
    """A score test of held-out logits, and the value that a corrected fit adds.

    Attributes
    ----------
    p_value : of the score test.
    missed : the corrected value less the value at the logits.

    Examples
    --------
    >>> Misfit(p_value=1e-5, missed=0.0).notes(error=0.01)
    ['the log ratio is misspecified: score test on rows left out, p = 1e-05']
    """

    p_value: float
    missed: float

    def notes(self, error: float) -> list[str]:
        """Warnings: where the test rejects at `LEVEL`, and where more is missed than `error`."""
        lines = []
        if self.p_value < LEVEL:
            lines.append(
                "the log ratio is misspecified: score test on rows left out, "
                f"p = {self.p_value:.2g}"
            )
        if abs(self.missed) > error:
            lines.append(
                f"bias dominates: a corrected fit moves the value by {self.missed:+.2g}, against "
                f"a sampling error of {error:.2g}; it is in the error"
            )
        return lines


def misfit(divergence: FDivergence, pool: Pooled, logit: FloatArray, value: float) -> Misfit:
    """Judge log ratios (N,) at rows of a pool, each from a fit to other rows, and their value.

    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> from divkit.estimators.common.pooled import pooled
    >>> from divkit.samples import two_samples
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(1, 1).sample(80, rng=1)
    >>> blind = np.zeros(160)  # of a fit that sees no difference
    >>> misfit(JS, pooled(two_samples(x, y)), blind, value=0.0).p_value < 1e-3
    True
    """
    design = _design(pool, logit)
    best = min(
        ridge_path(design, pool, [ridge / len(pool.z) for ridge in _RIDGES]),
        key=lambda fit: left_out_loss(fit, pool),
    )
    missed = averaged(divergence, pool, [best]).value - value
    return Misfit(score_test(pool, logit, design.features), missed)


def judged(
    divergence: FDivergence, pool: Pooled, logit: FloatArray, value: float, error: float
) -> tuple[float, dict[str, Any]]:
    """The error with what the log ratios miss added in quadrature, and diagnostics that say so.

    An error that is infinite, as where a log ratio is, stays as it is. It becomes infinite where
    the payoffs are those of a mean that says nothing (`divkit.estimators.heavy_tails`).
    """
    reasons = against_error(divergence, pool, logit)
    if reasons:
        return math.inf, {"warnings": reasons}
    if not np.isfinite(error):
        return error, {"warnings": ["a log ratio is infinite at a row: no standard error"]}
    missing = misfit(divergence, pool, logit, value)
    return float(np.hypot(error, missing.missed)), {
        "warnings": [*missing.notes(error), *of_tails(divergence, pool, logit)],
        "errors": {"samples": error, "missed": missing.missed},
        "misfit_p_value": missing.p_value,
    }


def score_test(pool: Pooled, logit: FloatArray, features: FloatArray) -> float:
    """The p-value of |s|² in the module's head, for features (N, K).

    >>> from divkit import Normal
    >>> from divkit.estimators.common.pooled import pooled
    >>> from divkit.samples import two_samples
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(1, 1).sample(80, rng=1)
    >>> pool = pooled(two_samples(x, y))
    >>> score_test(pool, np.zeros(160), np.hstack([pool.z, pool.z**2])) < 1e-3
    True
    """
    terms = score_residual(pool, logit)[:, None] * features
    x, y = terms[pool.sign > 0], terms[pool.sign < 0]
    score = x.mean(axis=0) + y.mean(axis=0)
    spread = np.cov(x.T, ddof=1) / len(x) + np.cov(y.T, ddof=1) / len(y)
    first, second = float(np.trace(spread)), float((spread**2).sum())
    return float(special.chdtrc(first**2 / second, score @ score * first / second))


def _design(pool: Pooled, logit: FloatArray) -> Design:
    """[1, z, z zᵀ, kernels, l̂], each block of unit mean square; l̂ has a small penalty.

    Where some l̂ are infinite, tanh(l̂/2) stands for l̂, as in the score. Blocks of z are left out
    where there are fewer than ten rows for each of their features.
    """
    base, penalty = polynomial(pool.z, pool.weight)
    rows, dim = pool.z.shape
    size = max(k for k in (1, 1 + dim, base.shape[1]) if k == 1 or 10 * k <= rows)
    base, penalty = base[:, :size], penalty[:size]
    marks = pool.z[:: -(-rows // min(_CENTRES, max(2, rows // 20)))]
    kernels = nystrom(pool.z, marks, float(np.median(pdist(marks))) * 0.7)
    known = logit if np.isfinite(logit).all() else np.tanh(0.5 * logit)
    spread = np.sqrt(pool.weight @ known**2)
    own = (known / spread if spread > 0 else known)[:, None]
    return Design(
        np.hstack([base, kernels, own]),
        np.concatenate([penalty, np.ones(kernels.shape[1]), [1e-2]]),
        f"squares, {kernels.shape[1]} kernels and the log ratio itself",
    )
