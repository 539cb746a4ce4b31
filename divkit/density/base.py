"""The base of density estimators: scikit-learn's fit, score_samples, sample; a law once fitted.

A leaf writes `_fit`, which turns a sample into a `Law`. The fitted object hands every question
about the density on to that law, so that it is itself a `divkit.types.Distribution`, and
`divkit.as_law` takes it for the law that it is.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from divkit.density.atoms import require_no_atoms, require_squares, steps_of
from divkit.density.options import AllowedValue, options, require_option
from divkit.distributions.base import Feature, Law, Law1D
from divkit.distributions.compose.mixed import MixedLaw
from divkit.distributions.support import Support
from divkit.frames import is_frame
from divkit.rng import RandomState, as_generator
from divkit.samples import Sample, as_rows, one_sample
from divkit.samples.serial import serial_notes
from divkit.threads import on_one_thread
from divkit.types import FloatArray, Samples, Tensor


class DensityEstimator(DensityMixin, BaseEstimator):
    """The part that density estimators share.

    Attributes
    ----------
    law_ : the fitted law.
    notes_ : what was odd about the sample: ties, dropped rows.
    n_features_in_ : number of columns.

    Examples
    --------
    >>> import numpy as np
    >>> from divkit.density import KernelDensity
    >>> fit = KernelDensity().fit(np.random.default_rng(0).normal(size=(50, 1)))
    >>> fit.sample(3, random_state=0).shape
    torch.Size([3, 1])
    """

    law_: Law
    notes_: tuple[str, ...]
    n_features_in_: int
    smooth: ClassVar[bool] = False
    """Whether values with a probability of their own would be smoothed, and are refused."""
    squares: ClassVar[bool] = False
    """Whether a fit squares distances in units of the sample, so that floats must hold them."""
    has_steps: ClassVar[bool] = False
    """Whether steps and atoms are seen and told by the fit itself."""
    asks: ClassVar[Mapping[str, AllowedValue]] = options()
    """The values that options may have: `fit` refuses all else."""

    @abstractmethod
    def _fit(self, sample: Sample) -> Law:
        """The law that a sample gives."""

    @on_one_thread
    def fit(self, X: Samples, y: None = None) -> Self:
        """Fit the density to a sample (n, d); `divkit.fit_density` takes (n,) as well.

        Raises
        ------
        ValueError
            If an option is none of what it may be; if the sample has no two axes, is empty, not
            finite, too short or constant in a column.
        TypeError
            If it does not hold real numbers.
        """
        del y
        for name, option in self.asks.items():
            require_option(name, getattr(self, name), option)
        if not is_frame(X) and np.ndim(X) == 1:
            raise ValueError(
                f"X must have shape (n, d); got {np.shape(X)}. Pass X.reshape(-1, 1), or take "
                "divkit.fit_density(X, ...)."
            )
        sample = one_sample(X, name="X")
        self.n_features_in_ = sample.dim
        validate_data(self, X, skip_check_array=True)
        self.notes_ = (*sample.notes, *(() if self.has_steps else steps_of(sample)))
        self.notes_ += tuple(serial_notes(sample.x, "X"))
        if self.squares:
            require_squares(sample)
        if self.smooth:
            require_no_atoms(sample)
        self.law_ = self._fit(sample)
        return self

    def as_law(self) -> Law:
        """The fitted law itself."""
        check_is_fitted(self)
        return self.law_

    def score_samples(self, X: Samples) -> FloatArray:
        """Log density in nats at each row, (n,)."""
        rows = self._rows(X)
        return np.asarray(self.law_.log_prob(rows), dtype=np.float64)

    def score(self, X: Samples, y: None = None) -> float:
        """Total log likelihood of the rows, in nats, as in scikit-learn's KernelDensity."""
        del y
        return float(self.score_samples(X).sum())

    def sample(self, n_samples: int = 1, random_state: RandomState = None) -> Tensor:
        """Draw n points, (n, d) float64."""
        return self.as_law().sample(n_samples, as_generator(random_state, name="random_state"))

    def log_prob(self, x: Samples) -> Any:
        """Log density at points (n, d), (n,); −inf off the support."""
        return self.as_law().log_prob(x)

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x), elementwise, of one column with a density; a ValueError elsewhere."""
        return self._curve().cdf(x)

    def sf(self, x: Any) -> FloatArray:
        """P(X > x), elementwise, of one column with a density; a ValueError elsewhere."""
        return self._curve().sf(x)

    def ppf(self, u: Any) -> FloatArray:
        """inf {x : P(X ≤ x) ≥ u}, elementwise, of one column with a density; else a ValueError."""
        return self._curve().ppf(u)

    def _curve(self) -> Law1D | MixedLaw:
        law = self.as_law()
        if isinstance(law, Law1D | MixedLaw):
            return law
        raise ValueError(
            "cdf, sf and ppf are those of one column with a density; this law is a table of "
            "atoms, one of counts, or of several columns. log_prob() and sample() ask it, and "
            "as_law() is the law itself."
        )

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return self.as_law().dim

    @property
    def support(self) -> Support:
        """Return where the fitted density is positive."""
        return self.as_law().support

    @property
    def features(self) -> tuple[Feature, ...]:
        """Return where the fitted density varies."""
        return self.as_law().features

    def _rows(self, X: Samples) -> FloatArray:
        check_is_fitted(self)
        rows = as_rows(X, name="X", one_scale=False).values
        validate_data(self, X if np.ndim(X) == 2 else rows, reset=False, skip_check_array=True)
        return rows


class Labelled:
    """A fitted law that prints as its `label`."""

    label: str

    def __repr__(self) -> str:
        return self.label


@runtime_checkable
class LeaveOneOut(Protocol):
    """A fitted density that knows its log density at each of its rows had that been left out."""

    def left_out(self) -> FloatArray:
        """Log density of the fit without row i at row i, (n,)."""
        ...
