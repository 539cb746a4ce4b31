r"""The ratio r = p/q itself, r(x) = Σ_j α_j φ_j(x) with α ≥ 0, by least squares or likelihood.

φ_0 = 1 and φ_j are Gaussian kernels at some of the x. Least squares (LSIF; Kanamori, Hido,
Sugiyama 2009) minimises ½E_q r² − E_p r + ½λ|α|², a quadratic form H with a linear one h, by
non-negative least squares. KLIEP (Sugiyama et al. 2008) maximises E_p log r under E_q r = 1: with
b_j = E_q φ_j the β_j = α_j b_j are weights of a mixture, and EM finds its maximum. Width and
penalty are those of the best score on rows left out; the divergence is read from cross-fitted
ratios by its dual form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import optimize
from scipy.spatial import distance

from divkit.divergences.base import Divergence, FDivergence
from divkit.estimators.cross_fit import LogRatio
from divkit.estimators.cross_fitted import cross_fitted
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray, Samples

_EM_STEPS = 200
_TUNED_ON = 5


@dataclass(frozen=True)
class DensityRatio:
    """Any f-divergence from a density ratio fitted directly.

    Parameters
    ----------
    loss : "least_squares" or "likelihood" (KLIEP).
    centres : kernels at most.
    widths : of the kernels, in multiples of the median distance of the centres.
    penalties : λ of least squares.
    folds : of cross-fitting.
    rng : of centres and folds.
    level : of the interval.

    Raises
    ------
    ValueError
        If loss is unknown, or a number is not positive.
    NotEstimableError
        When called, if the divergence is no function of an f-divergence.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import KL
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(1, 1).sample(80, rng=1)
    >>> found = DensityRatio(centres=20)(x, y, KL)
    >>> found.interval[0] < 0.5 < found.interval[1]
    True
    """

    loss: Literal["least_squares", "likelihood"] = "least_squares"
    centres: int = 100
    widths: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0)
    penalties: tuple[float, ...] = (1e-3, 1e-2, 1e-1)
    folds: int = 5
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.loss not in _LOSSES:
            raise ValueError(f"loss must be 'least_squares' or 'likelihood'; got {self.loss!r}.")
        if self.centres < 1 or not all(v > 0 for v in (*self.widths, *self.penalties)):
            raise ValueError(f"centres, widths and penalties must be positive; got {self!r}.")

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        return cross_fitted(self, x, y, divergence)

    def log_ratio(self, x: FloatArray, y: FloatArray, divergence: FDivergence) -> LogRatio:
        """Return the log of the ratio fitted to x (n, d) and y (m, d)."""
        del divergence
        rng, loss = as_generator(self.rng), _LOSSES[self.loss]
        marks = x[rng.permutation(len(x))[: self.centres]]
        gaps = distance.pdist(marks)
        median = float(np.median(gaps)) if len(gaps) else 1.0
        held_x, held_y = (rng.permutation(len(s)) % _TUNED_ON == 0 for s in (x, y))
        best: tuple[float, float, float] | None = None
        for width in (factor * median for factor in self.widths):
            phi_x, phi_y = (_features(s, marks, width) for s in (x, y))
            for penalty in self.penalties if loss.penalised else (0.0,):
                alpha = loss.solve(phi_x[~held_x], phi_y[~held_y], penalty)
                score = loss.score(phi_x[held_x] @ alpha, phi_y[held_y] @ alpha)
                if best is None or score > best[0]:
                    best = (score, width, penalty)
        if best is None:
            raise ValueError("widths and penalties must not be empty.")
        _, width, penalty = best
        alpha = loss.solve(_features(x, marks, width), _features(y, marks, width), penalty)

        def ratio(z: FloatArray) -> FloatArray:
            with np.errstate(divide="ignore"):  # a ratio may be 0 away from all kernels kept
                return np.asarray(np.log(_features(z, marks, width) @ alpha))

        return ratio


def _features(z: FloatArray, marks: FloatArray, width: float) -> FloatArray:
    """[1, kernels at the marks], (n, 1 + K)."""
    squares = distance.cdist(z, marks, "sqeuclidean")
    return np.concatenate([np.ones((len(z), 1)), np.exp(-0.5 * squares / width**2)], axis=1)


def _least_squares(phi_x: FloatArray, phi_y: FloatArray, penalty: float) -> FloatArray:
    """argmin ½αᵀ(H + λI)α − hᵀα, α ≥ 0."""
    size = phi_y.shape[1]
    root = np.linalg.cholesky(phi_y.T @ phi_y / len(phi_y) + penalty * np.eye(size))
    target = np.linalg.solve(root, phi_x.mean(axis=0))
    return np.asarray(optimize.nnls(root.T, target, maxiter=20 * size)[0])


def _likelihood(phi_x: FloatArray, phi_y: FloatArray, penalty: float) -> FloatArray:
    """argmax mean log(φ(x)α) with mean φ(y)α = 1, α ≥ 0, by EM on the simplex.

    Kernels of which the rows of y hold less than one in all are left out: their mean over q is
    not known, and the next row of y near them would have a ratio of thousands.
    """
    del penalty
    held = phi_y.mean(axis=0)
    keep = phi_y.sum(axis=0) >= 1
    shapes = phi_x[:, keep] / held[keep]
    weight = np.full(shapes.shape[1], 1 / shapes.shape[1])
    for _ in range(_EM_STEPS):
        weight = weight * (shapes / (shapes @ weight)[:, None]).mean(axis=0)
    alpha = np.zeros(len(held))
    alpha[keep] = weight / held[keep]
    return alpha


def _least_squares_score(on_x: FloatArray, on_y: FloatArray) -> float:
    return float(on_x.mean() - 0.5 * (on_y**2).mean())


def _likelihood_score(on_x: FloatArray, on_y: FloatArray) -> float:
    if not (on_x > 0).all():
        return -math.inf
    return float(np.log(on_x).mean() - math.log(float(on_y.mean())))


@dataclass(frozen=True)
class DensityRatioLoss:
    """A loss of a ratio.

    Attributes
    ----------
    solve : α from features of x, those of y and λ.
    score : of ratios at rows left out of x and of y; the larger the better.
    penalised : whether λ enters.
    """

    solve: Callable[[FloatArray, FloatArray, float], FloatArray]
    score: Callable[[FloatArray, FloatArray], float]
    penalised: bool


_LOSSES: Mapping[str, DensityRatioLoss] = {
    "least_squares": DensityRatioLoss(_least_squares, _least_squares_score, penalised=True),
    "likelihood": DensityRatioLoss(_likelihood, _likelihood_score, penalised=False),
}
