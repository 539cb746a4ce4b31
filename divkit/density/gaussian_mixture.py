r"""Gaussian mixtures whose number of components a criterion chooses."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as Fitter

from divkit.density.atoms import require_squares
from divkit.density.base import DensityEstimator
from divkit.density.options import Either, NoValue, OneOf, WholeNumber, options
from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.multivariate import normal_law
from divkit.distributions.families.normal import Normal
from divkit.rng import RandomState, as_generator
from divkit.samples import Sample, Standard, standard
from divkit.types import FloatArray

_MOST = 12
_FLOORS = 3.0
"""Times the least variance within which a component is no wider than the floor."""
_CRITERIA: dict[str, Callable[[Fitter, FloatArray], float]] = {
    "bic": lambda fitter, z: float(fitter.bic(z)),
    "aic": lambda fitter, z: float(fitter.aic(z)),
}


class GaussianMixture(DensityEstimator):
    """A mixture of Gaussians with full covariances, fitted by expectation–maximisation.

    Orders are tried upwards from 1 until the criterion has risen twice in a row. Covariances get
    1e-6 of the sample's spread squared, which keeps the likelihood bounded. Each component of a
    search has 2(d + 1) rows at least in the mean, where fewer make spikes of single rows; notes
    say where one is a spike nevertheless, and where the steps ended before the likelihood did.

    Parameters
    ----------
    criterion : "bic" (Schwarz 1978) or "aic" (Akaike 1974); the least is taken.
    most : the largest number of components to try.
    components : a number of components to take instead.
    starts : k-means starts for each order.
    random_state : of the starts.

    Attributes
    ----------
    criteria_ : the criterion of each order tried.
    law_ : the fitted mixture.

    Raises
    ------
    ValueError
        At `fit`, if a parameter is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(100, 1)) + np.repeat([[0], [9]], 50, axis=0)
    >>> len(GaussianMixture(most=3).fit(x).as_law().components)
    2
    """

    smooth = True
    asks = options(
        criterion=OneOf(_CRITERIA),
        most=WholeNumber(),
        components=Either(NoValue(), WholeNumber()),
        starts=WholeNumber(),
    )
    criteria_: dict[int, float]

    def __init__(
        self,
        criterion: Literal["bic", "aic"] = "bic",
        most: int = _MOST,
        components: int | None = None,
        starts: int = 2,
        random_state: RandomState = 0,
    ) -> None:
        self.criterion = criterion
        self.most = most
        self.components = components
        self.starts = starts
        self.random_state = random_state

    def _fit(self, sample: Sample) -> Law:
        if sample.dim > 1:  # covariances are in the units of the sample
            require_squares(sample)
        frame = standard(sample.x)
        z = frame(sample.x)
        best = self._chosen(z)
        self.notes_ += tuple(_doubts(best))
        return _law(best, frame)

    def _orders(self, n: int, dim: int) -> range:
        """The numbers of components: of each at least twice the rows that a covariance asks."""
        if self.components is not None:
            if self.components * (dim + 1) > n:
                raise ValueError(
                    f"components = {self.components!r} of {dim} column{'s' * (dim > 1)} need at "
                    f"least {self.components * (dim + 1)} rows, {dim + 1} for each covariance; "
                    f"got n = {n}. Take fewer, or method='kde'."
                )
            if self.most != _MOST:
                raise ValueError(
                    f"most = {self.most!r} bounds a search, and components={self.components!r} "
                    "leaves none: give one of them."
                )
            return range(self.components, self.components + 1)
        return range(1, max(1, min(self.most, n // (2 * dim + 2))) + 1)

    def _chosen(self, z: FloatArray) -> Fitter:
        rng = as_generator(self.random_state, name="random_state")
        fits: dict[int, Fitter] = {}
        self.criteria_ = {}
        for order in self._orders(*z.shape):
            seed = int(rng.integers(2**31))
            fitter = Fitter(order, n_init=self.starts, random_state=seed, max_iter=500)
            with warnings.catch_warnings():  # a note says it of the one that is taken
                warnings.simplefilter("ignore", ConvergenceWarning)
                fits[order] = fitter.fit(z)
            self.criteria_[order] = _CRITERIA[self.criterion](fits[order], z)
            best = min(self.criteria_, key=lambda k: self.criteria_[k])
            if order >= best + 2:
                break
        return fits[best]


def _doubts(fitter: Fitter) -> Iterator[str]:
    """Say that the steps ended early, or that a component is as narrow as it can be."""
    if not fitter.converged_:
        yield (
            f"the likelihood of {fitter.n_components} components still rose after "
            f"{fitter.max_iter} steps: starts= tries more starts"
        )
    narrowest = float(np.linalg.eigvalsh(fitter.covariances_).min())
    if narrowest < _FLOORS * fitter.reg_covar:
        yield (
            f"a component has a standard deviation of {math.sqrt(narrowest):.1g} of the sample's, "
            "the least that is allowed: it is a spike at rows that lie on a point or a plane. "
            "Take fewer components, or method='auto'"
        )


def _law(fitter: Fitter, frame: Standard) -> Law:
    """The mixture in the units of the sample."""
    scale = frame.unit
    means = frame.inverse(fitter.means_)
    parts: list[Law] = []
    for mean, cov in zip(means, fitter.covariances_, strict=True):
        if len(scale) == 1:
            parts.append(Normal(float(mean[0]), float(scale[0] * np.sqrt(cov[0, 0]))))
        else:
            parts.append(normal_law(mean, cov * np.outer(scale, scale)))
    return mixture(fitter.weights_.tolist(), parts, normalize=True)
