r"""Gaussian mixtures whose number of components a criterion chooses."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as Fitter

from divkit.density.atoms import require_squares
from divkit.density.base import DensityEstimator
from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.multivariate import normal_law
from divkit.distributions.families.normal import Normal
from divkit.rng import RandomState, as_generator
from divkit.samples import Sample, Standard, standard
from divkit.types import FloatArray

_MOST = 12
_CRITERIA: dict[str, Callable[[Fitter, FloatArray], float]] = {
    "bic": lambda fitter, z: float(fitter.bic(z)),
    "aic": lambda fitter, z: float(fitter.aic(z)),
}


class GaussianMixture(DensityEstimator):
    """A mixture of Gaussians with full covariances, fitted by expectation–maximisation.

    Orders are tried upwards from 1 until the criterion has risen twice in a row. Covariances get
    1e-6 of the sample's spread squared, which keeps the likelihood bounded.

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
        if self.criterion not in _CRITERIA:
            raise ValueError(
                f"criterion must be one of {list(_CRITERIA)}; got {self.criterion!r}."
            )
        if sample.dim > 1:  # covariances are in the units of the sample
            require_squares(sample)
        frame = standard(sample.x)
        z = frame(sample.x)
        best = self._chosen(z)
        return _law(best, frame)

    def _orders(self, n: int) -> range:
        if self.components is not None:
            if not 1 <= self.components <= n:
                raise ValueError(f"components must be in [1, n = {n}]; got {self.components!r}.")
            if self.most != _MOST:
                raise ValueError(
                    f"most = {self.most!r} bounds a search, and components={self.components!r} "
                    "leaves none: give one of them."
                )
            return range(self.components, self.components + 1)
        if self.most < 1:
            raise ValueError(f"most must be at least 1; got {self.most!r}.")
        return range(1, min(self.most, n) + 1)

    def _chosen(self, z: FloatArray) -> Fitter:
        rng = as_generator(self.random_state)
        fits: dict[int, Fitter] = {}
        self.criteria_ = {}
        for order in self._orders(len(z)):
            seed = int(rng.integers(2**31))
            fitter = Fitter(order, n_init=self.starts, random_state=seed, max_iter=500)
            with warnings.catch_warnings():  # what has not converged is judged by the criterion
                warnings.simplefilter("ignore", ConvergenceWarning)
                fits[order] = fitter.fit(z)
            self.criteria_[order] = _CRITERIA[self.criterion](fits[order], z)
            best = min(self.criteria_, key=lambda k: self.criteria_[k])
            if order >= best + 2:
                break
        return fits[best]


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
