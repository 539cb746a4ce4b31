"""Known families fitted by maximum likelihood."""

from __future__ import annotations

from divkit.density.base import DensityEstimator
from divkit.density.likelihood_fits import FAMILIES, OF_ANY_DIMENSION
from divkit.density.options import OneOf, options
from divkit.distributions.base import Law
from divkit.samples import Sample


class MaximumLikelihood(DensityEstimator):
    """The member of a family under which the sample is the most likely.

    Parameters
    ----------
    family : "normal" (of any dimension), or for one column "laplace", "uniform", "exponential",
        "lognormal", "pareto", "gamma", "cauchy", "logistic", "gumbel", "student_t".

    Attributes
    ----------
    law_ : the fitted law, one of divkit's own, so that closed forms apply.

    Raises
    ------
    ValueError
        At `fit`, if the family is unknown, or the sample not in its support or dimension.

    Examples
    --------
    >>> MaximumLikelihood("exponential").fit([[1.0], [3.0]]).law_
    Exponential(rate=0.5)
    """

    asks = options(family=OneOf(FAMILIES))

    def __init__(self, family: str = "normal") -> None:
        self.family = family

    def _fit(self, sample: Sample) -> Law:
        if sample.dim > 1 and self.family not in OF_ANY_DIMENSION:
            raise ValueError(
                f"family={self.family!r} is for samples of one column; got {sample.dim}. Pass "
                "family='normal'."
            )
        return FAMILIES[self.family](sample.x)
