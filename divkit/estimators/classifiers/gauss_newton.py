r"""A perceptron beside squares by Levenberg–Marquardt, as a classifier of scikit-learn's kind.

The logit is f(z) = β·[1, z, z zᵀ] + Σ_k v_k h_k(z), h the last hidden layer of a tanh perceptron.
It minimises the mean of log(1 + e^{−s_i f_i}) plus (λ/2) θᵀDθ, λ = decay/N, where D is that of
`divkit.estimators.common.design` for squares and 1 for weights. A step solves

    (H + μ tr H/P I) δ = −∇,    H = Σ c_i J_i J_iᵀ + λD,    J_i = ∂f_i/∂θ,

c_i the second derivative of row i's loss, with μ following the fall of the loss.

A sum of few ridge functions of z fits what depends on few directions, or is additive, in many
dimensions, where kernels do not reach. The start forgets rotations and which class is which: the
first layer's directions are differences of rows, its kinks half way between them; deeper weights
are drawn; the output's are 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import linalg, special
from sklearn.utils import ClassifierTags, Tags, TargetTags

from divkit.critics.mlp import MLPModel
from divkit.estimators.common.design import penalties, quadratic
from divkit.types import FloatArray, Tensor

_ENOUGH = 1e-3
"""A descent stops when a step would lower the loss by less than this share of one row's part."""
_MOST_DAMPING = 1e10


@dataclass(frozen=True, eq=False)
class Objective:
    """The penalised loss of a perceptron beside squares, at the rows it is trained on.

    Attributes
    ----------
    model, z : the perceptron, and its inputs (N, d).
    base : features beside it (N, K).
    penalty : λD of the module (K + P,).
    sign : ±1 (N,).
    """

    model: MLPModel
    z: Tensor
    base: FloatArray
    penalty: FloatArray
    sign: FloatArray

    def loss(self, theta: FloatArray) -> float:
        """The mean of log(1 + e^{−sf}), and the penalty."""
        logit = logits(self.model, self.base, self.z, theta)
        fit = np.logaddexp(0.0, -self.sign * logit).mean()
        return float(fit + 0.5 * (self.penalty @ theta**2))

    def expand(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Its gradient (K + P,) and Gauss–Newton matrix."""
        weights = torch.from_numpy(theta[self.base.shape[1] :])
        own, jacobian = self.model.linearise(weights, self.z)
        rows = np.hstack([self.base, jacobian.numpy()])
        logit = self.base @ theta[: self.base.shape[1]] + own.numpy()
        wrong = special.expit(-self.sign * logit) / len(logit)
        scaled = rows * np.sqrt(wrong * special.expit(self.sign * logit))[:, None]
        matrix = scaled.T @ scaled + np.diag(self.penalty)
        return rows.T @ (-self.sign * wrong) + self.penalty * theta, matrix


def logits(model: MLPModel, base: FloatArray, z: Tensor, theta: FloatArray) -> FloatArray:
    """f at each row (N,)."""
    count = base.shape[1]
    own = model.logits(torch.from_numpy(theta[count:]), z).numpy()
    return np.asarray(base @ theta[:count] + own)


def descend(objective: Objective, theta: FloatArray, steps: int) -> FloatArray:
    """Return the weights from which a step gains little, or those of the last step."""
    goal, damping, loss = _ENOUGH / len(objective.sign), 1e-2, objective.loss(theta)
    for _ in range(steps):
        slope, matrix = objective.expand(theta)
        unit = np.trace(matrix) / len(theta) * np.eye(len(theta))
        while True:
            damped = matrix + damping * unit
            step = linalg.solve(damped, slope, assume_a="pos", check_finite=False)
            if slope @ step < goal or damping > _MOST_DAMPING:
                return theta
            ahead = objective.loss(theta - step)
            if ahead < loss:
                break
            damping *= 4
        theta, loss, damping = theta - step, ahead, damping / 5
    return theta


def start(model: MLPModel, z: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Weights (P,) before the first step: see the module."""
    weights = model.start(rng).numpy()
    units, d = model.network.shapes[0]
    pairs = np.stack([rng.choice(len(z), 2, replace=False) for _ in range(units)])
    one, other = z[pairs[:, 0]], z[pairs[:, 1]]
    slant = (one - other) / np.linalg.norm(one - other, axis=1)[:, None]
    weights[: units * d] = slant.ravel()
    weights[units * d : units * (d + 1)] = -0.5 * np.einsum("ij,ij->i", slant, one + other)
    weights[-(model.network.shapes[-1][1] + 1) :] = 0.0
    return weights


@dataclass(eq=False)
class GaussNewtonClassifier:
    """Two classes separated by a perceptron beside squares; scikit-learn clones and knows it.

    Parameters
    ----------
    hidden : widths of the hidden layers.
    decay : λ·N of the module.
    steps : at most so many.
    random_state : of the start.
    """

    hidden: tuple[int, ...] = (8,)
    decay: float = 1.0
    steps: int = 100
    random_state: int = 0

    def __sklearn_tags__(self) -> Tags:
        """Return the tags that scikit-learn asks of a classifier."""
        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(multi_class=False),
        )

    def __sklearn_clone__(self) -> GaussNewtonClassifier:
        """The same, not fitted."""
        return GaussNewtonClassifier(self.hidden, self.decay, self.steps, self.random_state)

    def fit(self, X: FloatArray, y: NDArray[np.intp]) -> GaussNewtonClassifier:
        """Train on rows X (N, d) with two classes y (N,)."""
        z = np.ascontiguousarray(X, dtype=np.float64)
        self.classes_ = np.unique(y)
        if len(self.classes_) != 2:
            raise ValueError(f"y must hold two classes; got {len(self.classes_)}.")
        d = z.shape[1]
        self.model_ = MLPModel((d, *self.hidden, 1))
        base = quadratic(z)
        penalty = np.concatenate([penalties(d), np.ones(self.model_.size)]) * self.decay / len(z)
        sign = np.where(y == self.classes_[1], 1.0, -1.0)
        objective = Objective(self.model_, torch.from_numpy(z), base, penalty, sign)
        weights = start(self.model_, z, np.random.default_rng(self.random_state))
        theta = np.concatenate([np.zeros(base.shape[1]), weights])
        self.theta_ = descend(objective, theta, self.steps)
        return self

    def decision_function(self, X: FloatArray) -> FloatArray:
        """Log odds of the second class at rows X (N, d)."""
        z = np.ascontiguousarray(X, dtype=np.float64)
        return logits(self.model_, quadratic(z), torch.from_numpy(z), self.theta_)

    def predict(self, X: FloatArray) -> NDArray[np.intp]:
        """The likelier class of each row (N,)."""
        return np.asarray(self.classes_[(self.decision_function(X) > 0).astype(np.intp)])
