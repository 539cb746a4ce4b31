"""Estimate mutual information with its interval from pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from divkit.divergences import KL
from divkit.estimators.information.auto import AutoInformation
from divkit.estimators.information.copula import GaussianCopula
from divkit.estimators.information.neighbour_kin import BiasImproved, MixedNeighbour
from divkit.estimators.information.neighbours import Kraskov
from divkit.estimators.information.paired_logistic import PairedLogistic
from divkit.estimators.information.permuted import Permuted
from divkit.estimators.information.result import InformationEstimator
from divkit.estimators.registry import Estimator
from divkit.exact.units import in_base
from divkit.floats import own_rules
from divkit.moved import names_of
from divkit.registry import Registry, resolve
from divkit.results import Result, require_level
from divkit.rng import RandomState
from divkit.signatures import listed
from divkit.threads import on_one_thread
from divkit.types import Samples

if not TYPE_CHECKING:
    __getattr__ = names_of(__name__)

INFORMATION: Registry[Callable[..., InformationEstimator]] = Registry("information estimator")
"""Makers by name."""
INFORMATION.register("auto", AutoInformation)
INFORMATION.register("kernel_logistic", PairedLogistic, "klr")
INFORMATION.register("ksg", Kraskov, "kraskov")
INFORMATION.register("bi_ksg", BiasImproved)
INFORMATION.register("mixed", MixedNeighbour)
INFORMATION.register("copula", GaussianCopula, "gaussian_copula", "rank")
INFORMATION.register("permuted", Permuted)


class InformationOptions(TypedDict, total=False):
    """Every option of an estimator of mutual information that a name means.

    - "ksg": k, variant, ranks, jitter; "bi_ksg": k, ranks, jitter; "mixed": k
    - "kernel_logistic": shuffles, centres, widths, ridges, within
    - "permuted": of, times, options

    See Also
    --------
    mutual_information : which takes them.

    Examples
    --------
    >>> import numpy as np
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 200))
    >>> options = InformationOptions(k=3, variant=2)
    >>> mutual_information(x, x + noise, "ksg", **options).method
    'Kraskov(k=3, variant=2, ranks=False, jitter=None, rng=0, level=0.95)'
    """

    k: int
    variant: Literal[1, 2]
    ranks: bool
    jitter: float | None
    shuffles: int | None
    centres: int | None
    widths: tuple[float, ...]
    ridges: tuple[float, ...]
    within: float
    of: str | Estimator
    times: int
    options: Mapping[str, Any]


@listed
@own_rules
@on_one_thread
def mutual_information(
    x: Samples,
    y: Samples,
    method: str | InformationEstimator = "auto",
    *,
    rng: RandomState = 0,
    level: float = 0.95,
    base: float | None = None,
    **options: Unpack[InformationOptions],
) -> Result:
    """Estimate I(x; y) = KL(p_xy‖p_x p_y) from pairs.

    Parameters
    ----------
    x, y : samples (n, d) and (n, e), row by row pairs: arrays, tensors, frames, lists. For "auto"
        columns may hold labels: texts, booleans, categories, numbers that repeat.
    method : "auto", "kernel_logistic", "ksg" (Kraskov et al. 2004; `variant` 1 or 2, `k`,
        `ranks`), "bi_ksg" (Gao et al. 2018), "mixed" (rows that tie; Gao et al. 2017), "copula"
        (closed form of a Gaussian copula), "permuted" (`of` any estimator of
        `divkit.estimate`), or an estimator object.
    rng : for methods that draw at random: the same state, the same estimate.
    level : confidence of the interval, in (0, 1).
    base : of the logarithm: 2 gives bits; nats otherwise.
    **options : of the named method, such as k=5 for "ksg"; `InformationOptions` has all.

    Returns
    -------
    Result
        `value` is as estimated and may be below 0; `error` a standard error, bounded from below
        by √(Var(log p(x, y)/(p(x) p(y)))/n). Above ½ log n, `one_sided` is "lower", the error
        infinite, and the interval runs from a limit that holds for all laws.
        `diagnostics["chosen"]` says what "auto" took and why.

    Raises
    ------
    ValueError
        If x and y have not one row for each other, are not finite, are too few, or a name is not
        known.
    TypeError
        If they are not real numbers, or the method has no such option.

    See Also
    --------
    divkit.estimate : a divergence of two samples.
    divkit.estimators.information : the methods.

    Examples
    --------
    >>> import numpy as np
    >>> z = np.random.default_rng(0).normal(size=(1000, 2))
    >>> mutual_information(z[:, 0], z[:, 0] + z[:, 1], "copula").value  # truth ½ log 2 = .347
    0.3...
    """
    require_level(level)
    estimator = resolve(INFORMATION, method, options, {"rng": rng, "level": level})
    return in_base(estimator(x, y), KL, base)
