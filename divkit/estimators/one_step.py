r"""The one-step correction of any estimator that has a log ratio.

Fit p̂ and q̂ to some rows. To first order in p − p̂ and q − q̂ (von Mises)

    D_f(p‖q) = D_f(p̂‖q̂) + E_p φ_p + E_q φ_q + second order,
    φ_p = T̂ − E_p̂ T̂,   φ_q = E_q̂ f*(T̂) − f*(T̂),   T̂ = f'(p̂/q̂),

the influence functions of `efficiency-bound` in `divkit verify`, and the one-step estimate takes
means over rows that were not fitted to for E_p and E_q (Kandasamy, Krishnamurthy, Póczos,
Wasserman, Robins 2015, equation 5; Krishnamurthy, Kandasamy, Póczos, Wasserman 2014, for Rényi's).
As D_f(p̂‖q̂) = E_p̂ T̂ − E_q̂ f*(T̂), all that is of p̂ and q̂ alone cancels:

    D̂ = mean over x of T̂ − mean over y of f*(T̂),

which needs the log ratio only, and no integral. So whatever fits one can be corrected: densities,
classifiers, ratios, critics, neighbours. What is left, the second order, is
−E_q[f(r) − f(r̂) − f'(r̂)(r − r̂)] ≤ 0 (`variational-slack`): the estimate is a lower bound in the
mean, and its bias the square of the log ratio's error; the error holds what of it
`divkit.estimators.misfit` finds. Each row is read by a fit to the other
folds, so that all rows serve both. The standard error is that of the means, as the influence
functions say.
"""

from __future__ import annotations

from dataclasses import dataclass

from divkit.divergences.base import Divergence
from divkit.estimators.cross_fit import LogRatioEstimator
from divkit.estimators.cross_fitted import cross_fitted
from divkit.estimators.registry import ESTIMATORS, Estimator, NotEstimableError
from divkit.plain import require_count
from divkit.results import Result
from divkit.rng import RandomState
from divkit.types import Samples


@dataclass(frozen=True)
class OneStep:
    """Another estimator's log ratio, read by the influence function on rows it has not seen.

    Parameters
    ----------
    of : an estimator with a log ratio, or its name in `ESTIMATORS`, with its own defaults.
    folds : of cross-fitting, at least 2.
    rng : of the folds.
    level : of the interval.

    Raises
    ------
    ValueError
        If folds < 2, or the name is unknown; when called, if the samples are not fit to be used.
    NotEstimableError
        When called, if the estimator has no log ratio, or the divergence is no function of an
        f-divergence.

    Examples
    --------
    >>> import divkit
    >>> x, y = divkit.distributions.Normal(0, 1), divkit.distributions.Normal(1, 1)
    >>> x, y = x.sample(500, 0), y.sample(500, 1)
    >>> round(divkit.estimate(x, y, "js", "one_step", of="plug_in").value, 1)
    0.1
    """

    of: str | Estimator = "plug_in"
    folds: int = 5
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        require_count("folds", self.folds, 2)

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        return cross_fitted(self, x, y, divergence, of=_with_log_ratio(self.of))


def _with_log_ratio(of: str | Estimator) -> LogRatioEstimator:
    estimator = ESTIMATORS[of]() if isinstance(of, str) else of
    if not isinstance(estimator, LogRatioEstimator):
        known = [name for name in ESTIMATORS if isinstance(ESTIMATORS[name], LogRatioEstimator)]
        raise NotEstimableError(
            f"{estimator!r} has no log ratio to correct; {', '.join(known)} have. "
            "Resampled(of=..., bias_rate=1.0) takes the bias of half as many rows off any "
            "estimator."
        )
    return estimator
