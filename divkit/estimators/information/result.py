"""A mutual information as a Result, with a flag where n pairs cannot show so much.

No distribution-free lower bound of high confidence from n pairs exceeds about 2 log n + 5
(McAllester, Stratos 2020), and no estimator is to be believed well below that: beyond ½ log n the
error is infinite, and the interval runs from a limit that holds for all laws to inf. For that
limit half of the pairs stand against x of one quarter put together with y of another, which makes
two samples that are independent, as shuffled pairs are not.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from divkit.critics.lower_limit import lower_bound
from divkit.divergences import KL
from divkit.estimators.common.critic_menu import critic_menu
from divkit.estimators.common.outcome import outcome
from divkit.estimators.information.pairs import PairedSample
from divkit.estimators.information.unseen import more_by_neighbours
from divkit.games import f_gan
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import Pair
from divkit.samples.dimension import intrinsic_dimension
from divkit.types import FloatArray, Samples

NAME = "mutual information"
_LEAST = 32
_BET_ON = 128


class InformationEstimator(Protocol):
    """Pairs to their mutual information, with an interval.

    >>> import numpy as np
    >>> from divkit.estimators.information.api import INFORMATION
    >>> estimator: InformationEstimator = INFORMATION["ksg"]()
    >>> x = np.random.default_rng(0).normal(size=40)
    >>> estimator(x, x + 1 + np.random.default_rng(1).normal(size=40)).unit
    'nats'
    """

    def __call__(self, x: Samples, y: Samples) -> Result:
        """Return the estimate from x (n, d) and y (n, e), row by row pairs, in nats."""
        ...


def information(
    terms: FloatArray,
    method: Any,
    pairs: PairedSample,
    start: float,
    *,
    value: float | None = None,
    parts: tuple[float, ...] = (),
    reason: str | None = None,
    **diagnostics: Any,
) -> Result:
    """The mean of pointwise informations (n,), or `value`, with their standard error.

    `parts` are further errors, added in quadrature; `reason` speaks against the error, as a value
    above ½ log n, fewer than 32 pairs, a side that is a function of the other and neighbours that
    show more (`information.unseen`) do. `method` has
    `level` and `rng`.
    """
    n = len(terms)
    estimate = float(terms.mean()) if value is None else value
    error = math.hypot(float(terms.std(ddof=1)) / math.sqrt(n), *parts)
    doubt = reason or _beyond_rows(estimate, n) or _of_a_function(pairs)
    plain = outcome(estimate, error, KL, method, method.level,
                    Pair(pairs.x, pairs.y, notes=pairs.notes), start, **diagnostics)  # fmt: skip
    named = replace(plain, name=NAME)
    doubt = doubt or more_by_neighbours(pairs, named.interval[1])
    return named if doubt is None else _from_below(named, pairs, method, doubt, start)


def _beyond_rows(value: float, n: int) -> str | None:
    if n < _LEAST:
        return f"{n} pairs are too few for a standard error"
    most = 0.5 * math.log(n)
    if value > most:
        return f"a value above {most:.2f}, ½ log n, is more than {n} pairs can show"
    return None


def _of_a_function(pairs: PairedSample) -> str | None:
    """The reason where pairs lie near a set of fewer dimensions than both sides together."""
    both = intrinsic_dimension(np.hstack([pairs.x, pairs.y]))
    if both is None or not both.thin:
        return None
    sides = [intrinsic_dimension(side) for side in (pairs.x, pairs.y)]
    alone = sum(1.0 if side is None else side.value for side in sides)
    if not both.fills_less_than(alone):
        return None
    return (
        f"pairs lie near a set of {both.value:.1f} dimensions, where independent ones fill "
        f"{alone:.1f}: the information is infinite if one side is a function of the other"
    )


def _from_below(
    plain: Result, pairs: PairedSample, method: Any, doubt: str, start: float
) -> Result:
    limit = information_limit(pairs, plain.level, method.rng)
    notes = (*plain.warnings, f"only the lower bound is to be trusted: {doubt}")
    value, words = no_less(plain.value, limit)
    diagnostics = {**plain.diagnostics, "seconds": time.perf_counter() - start}
    return replace(
        plain,
        value=value,
        error=math.inf,
        interval=(limit, math.inf),
        diagnostics=diagnostics,
        warnings=(*notes, *words),
        one_sided="lower",
    )


def no_less(value: float, limit: float) -> tuple[float, tuple[str, ...]]:
    """Return a value and no words, or a lower limit above it and the warning that says so."""
    if not value < limit:
        return value, ()
    return limit, (f"the limit takes the place of {value:.3g}, which is below it",)


def information_limit(pairs: PairedSample, level: float, rng: RandomState) -> float:
    """A value that the information exceeds with confidence `level`, whatever the law; 0 at least.

    Critics are trained on some rows and bet on others (`divkit.critics.lower_bound`).
    """
    n = len(pairs)
    if n < _BET_ON:
        return 0.0
    generator = as_generator(rng)
    order, half, part = generator.permutation(n), n // 2, n // 4
    first, second = order[half : half + part], order[half + part : half + 2 * part]
    apart = PairedSample(pairs.x[first], pairs.y[second])
    limit = lower_bound(
        pairs.joint[order[:half]],
        apart.joint,
        critic=critic_menu(),
        game=f_gan(KL),
        level=level,
        rng=generator,
    )
    return max(0.0, limit.interval[0])
