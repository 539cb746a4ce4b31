"""Three classifiers made ready: splines with logistic regression, boosted trees, a perceptron.

Each is `classifiers.method.Classifier` with a model of scikit-learn's and settings that
suit log ratios: smooth where the model allows it, and never stopped on a split of their own, so
that the same rows give the same logits whatever their order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import PolynomialFeatures, SplineTransformer, StandardScaler

from divkit.divergences.base import Divergence, FDivergence
from divkit.estimators.classifiers.method import Classifier
from divkit.estimators.cross_fit import LogRatio
from divkit.moved import names_of
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray, Samples

if not TYPE_CHECKING:
    __getattr__ = names_of(__name__)


class Learner(ABC):
    """A classifier with settings of its own."""

    @abstractmethod
    def classifier(self) -> Classifier:
        """Return the classifier with its settings."""

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        return replace(self.classifier()(x, y, divergence), method=repr(self))

    def log_ratio(self, x: FloatArray, y: FloatArray, divergence: FDivergence) -> LogRatio:
        """Return the logit fitted to whitened x (n, d) and y (m, d)."""
        return self.classifier().log_ratio(x, y, divergence)


@dataclass(frozen=True)
class LogisticClassifier(Learner):
    """Logistic regression on squares, products, and a spline of each whitened coordinate.

    Squares and products hold the exact log ratio of two Gaussians; the splines, cubic with knots
    at quantiles and straight beyond the last, what is additive. The value is averaged with that
    of a fit to all rows.

    Parameters
    ----------
    knots : of each spline, at least 2.
    penalty : weight of ½|θ|² beside the sum of losses, features scaled to unit variance.
    folds, rng, level : of `Classifier`.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(2, 1).sample(80, rng=1)
    >>> found = LogisticClassifier(folds=2)(x, y, JS)
    >>> found.interval[0] < 0.3327 < found.interval[1]
    True
    """

    knots: int = 6
    penalty: float = 1.0
    folds: int = 10
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.knots < 2 or not self.penalty > 0:
            raise ValueError(
                f"knots must be at least 2 and penalty positive; got {self.knots!r}, "
                f"{self.penalty!r}."
            )

    def classifier(self) -> Classifier:
        """Return the classifier with its settings."""
        spline = SplineTransformer(
            self.knots, knots="quantile", extrapolation="linear", include_bias=False
        )
        model = make_pipeline(
            make_union(PolynomialFeatures(2, include_bias=False), spline),
            StandardScaler(),
            LogisticRegression(C=1 / self.penalty, tol=1e-6, max_iter=10_000),
        )
        return Classifier(
            model, self.folds, calibrated=False, averaged=True, odds="decision",
            rng=self.rng, level=self.level,
        )  # fmt: skip


@dataclass(frozen=True)
class Boosting(Learner):
    """Gradient-boosted trees on histograms (scikit-learn's), cross-fitted and calibrated.

    Parameters
    ----------
    rounds, rate, leaves, smallest : trees, learning rate, leaves of a tree, rows of a leaf.
    folds, rng, level : of `Classifier`.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(2, 1).sample(80, rng=1)
    >>> Boosting(rounds=10, folds=2)(x, y, JS).kind
    'standard error'
    """

    rounds: int = 100
    rate: float = 0.05
    leaves: int = 8
    smallest: int = 20
    folds: int = 5
    rng: RandomState = 0
    level: float = 0.95

    def classifier(self) -> Classifier:
        """Return the classifier with its settings."""
        model = HistGradientBoostingClassifier(
            learning_rate=self.rate,
            max_iter=self.rounds,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.smallest,
            early_stopping=False,
            random_state=0,
        )
        return Classifier(model, self.folds, odds="decision", rng=self.rng, level=self.level)


@dataclass(frozen=True)
class PerceptronClassifier(Learner):
    """A multilayer perceptron (scikit-learn's), cross-fitted and calibrated.

    Parameters
    ----------
    widths : of the hidden layers, tanh units.
    decay : weight of the penalty on squared weights.
    steps : of L-BFGS, at most.
    folds, rng, level : of `Classifier`; rng starts the weights, too.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(2, 1).sample(80, rng=1)
    >>> PerceptronClassifier(widths=(4,), folds=2)(x, y, JS).kind
    'standard error'
    """

    widths: tuple[int, ...] = (16,)
    decay: float = 1.0
    steps: int = 5000
    folds: int = 5
    rng: RandomState = 0
    level: float = 0.95

    def classifier(self) -> Classifier:
        """Return the classifier with its settings."""
        generator = as_generator(self.rng)
        model: Any = MLPClassifier(
            self.widths,
            activation="tanh",
            solver="lbfgs",
            alpha=self.decay,
            tol=1e-7,
            max_iter=self.steps,
            random_state=int(generator.integers(2**31)),
        )
        return Classifier(model, self.folds, rng=generator, level=self.level)
