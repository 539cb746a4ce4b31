"""The choice of an estimator, in the open.

A metric goes to the first of its methods that applies: W1 on the line, kernel metrics, Sinkhorn
divergences. An f-divergence is read from fitted log ratios. Where a sign speaks against their
standard error (`divkit.estimators.common.doubts`) the error is infinite, and the interval runs
from a distribution-free limit to the divergence's largest value. Where the value itself is
doubtful, or below that limit, a telescoped one takes its place
(`divkit.estimators.telescoping.stand_in`), or where something speaks against that, the mean of
critics on held-out rows. Diagnostics say which method was chosen, and why each one before it was
not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from divkit.divergences.base import IPM, Divergence, FDivergence
from divkit.estimators.common.doubts import Doubts
from divkit.estimators.common.outcome import (
    base_divergence,
    flagged,
    independent,
    mapped,
    without_error,
)
from divkit.estimators.heavy_tails import heavy_distances
from divkit.estimators.held_out_limit import LowerBound, held_out_limit
from divkit.estimators.kernel_logistic.fitted import FittedModels
from divkit.estimators.kernel_logistic.method import KernelLogistic, ModelReading, doubt_of
from divkit.estimators.kernel_metrics import KernelMetric
from divkit.estimators.registry import Estimator, NotEstimableError
from divkit.estimators.telescoping.method import Telescoping
from divkit.estimators.telescoping.stand_in import stand_in
from divkit.estimators.transport import Sinkhorn, WassersteinLine
from divkit.results import Result
from divkit.rng import RandomState
from divkit.samples import Pair, two_samples
from divkit.types import Samples
from divkit.work import part

_FITTED, _DOUBTED = 0.6, 0.7
"""Shares of the work that are done once models are fitted, and once they are doubted."""
_LIMIT = "only the lower bound is to be trusted: "


@dataclass(frozen=True)
class AutoEstimator:
    """The estimator that suits the divergence and the samples.

    Attributes
    ----------
    fit : what fits log ratios, its level unused; None for `KernelLogistic` with this `rng`.
    doubts : the signs against a standard error, with their thresholds.
    stand_in : what gives a value that rows cannot show; None for `Telescoping` with this `rng`.
    rng : of all that is drawn.
    level : of the interval.

    Raises
    ------
    NotEstimableError
        When called, if no method applies; the message lists every method's reason.
    ValueError
        When called, if the samples are not fit to be used.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import KL
    >>> x, y = Normal(0, 1).sample(60, rng=0), Normal(1, 1).sample(60, rng=1)
    >>> AutoEstimator()(x, y, KL).diagnostics["chosen"].partition("(")[0]
    'KernelLogistic'
    """

    fit: KernelLogistic | None = None
    doubts: Doubts = field(default_factory=Doubts)
    stand_in: Telescoping | None = None
    rng: RandomState = 0
    level: float = 0.95

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        if isinstance(divergence, IPM):
            return self._metric(x, y, divergence)
        start = time.perf_counter()
        base = base_divergence(divergence, self)
        pair = two_samples(x, y, above=2, laws="mixed")
        fit = replace(self.fit or KernelLogistic(rng=self.rng), level=self.level)
        with part(0.0, _FITTED):
            models = fit.models(pair)
        if models.infinite(base):
            result = self._infinite(base, pair, models, fit)
        else:
            result = self._judged(base, pair, models, fit, start)
        seconds = {"seconds": time.perf_counter() - start}
        result = replace(result, diagnostics={**result.diagnostics, **seconds})
        return mapped(divergence, independent(flagged(result, base), pair, base))

    def metrics(self) -> tuple[Estimator, ...]:
        """Return the methods to try for a metric, in order."""
        return WassersteinLine(self.level), KernelMetric(self.level), Sinkhorn(level=self.level)

    def _metric(self, x: Samples, y: Samples, divergence: IPM) -> Result:
        """The first method that applies; a warning says where its value is a relative."""
        refusals: dict[str, str] = {}
        for method in self.metrics():
            try:
                result = method(x, y, divergence)
            except NotEstimableError as refusal:
                refusals[repr(method)] = str(refusal)
                continue
            doubts = [*heavy_distances(x, y, divergence)]
            if doubts:
                result = without_error(result, divergence, doubts)
            return _chosen(result, method, refusals)
        reasons = " ".join(f"{name}: {why.rstrip('.')}." for name, why in refusals.items())
        raise NotEstimableError(f"no method estimates {divergence!r} here. {reasons}")

    def _judged(
        self,
        divergence: FDivergence,
        pair: Pair,
        models: FittedModels,
        fit: KernelLogistic,
        start: float,
    ) -> Result:
        """The value of the models, or what takes its place."""
        read = fit.read(divergence, pair, models)
        result = fit.result(divergence, pair, models, read, start)
        with part(_FITTED, _DOUBTED):
            doubt = doubt_of(self.doubts, divergence, pair, models, read)
        if doubt is None:
            return _chosen(result, fit, {})
        with part(_DOUBTED, 1.0):
            limit = held_out_limit(divergence, models.rows, self.level, self.rng)
        limited = replace(
            result,
            error=math.inf,
            interval=limit.interval,
            diagnostics={**result.diagnostics, "limit_critics": limit.critics},
            warnings=(*result.warnings, _LIMIT + doubt.reason),
            one_sided="lower",
        )
        reason, refuted = doubt.reason, result.value < limit.interval[0]
        if refuted:
            reason += f"; its value {result.value:.3g} is below the lower limit"
        if not (doubt.of_value or refuted):
            return _chosen(limited, fit, {})
        return self._in_place(divergence, models, read, limited, limit.value, {repr(fit): reason})

    def _in_place(
        self,
        divergence: FDivergence,
        models: FittedModels,
        read: ModelReading,
        limited: Result,
        below: float,
        refusals: Mapping[str, str],
    ) -> Result:
        """The telescoped value, or `below`, that of critics on held-out rows."""
        method = self.stand_in or Telescoping(rng=self.rng)
        fits = read[0].plausible
        try:
            if not models.continuous:
                raise NotEstimableError("telescoping is for columns without atoms")
            telescoped = stand_in(method, divergence, models.pool, fits, limited.interval[0])
        except NotEstimableError as refusal:
            words = (
                "the value is that of critics on held-out rows, below the truth on average "
                f"({refusal})"
            )
            critics = LowerBound(rng=self.rng, level=self.level)
            refusals = {**refusals, repr(method): str(refusal)}
            return _chosen(_moved(limited, below, "held-out critics", words), critics, refusals)
        words = (
            f"the value is the sum over {len(telescoped.over.bridges)} bridges between waymarks, "
            "whose log ratios are continued as quadratic functions: only the interval's lower end "
            "is sure"
        )
        return _chosen(_moved(limited, telescoped.value, "telescoping", words), method, refusals)

    def _infinite(
        self, divergence: FDivergence, pair: Pair, models: FittedModels, fit: KernelLogistic
    ) -> Result:
        """The limit where an atom that one sample alone has makes the divergence infinite."""
        with part(_FITTED, 1.0):
            limit = held_out_limit(divergence, models.rows, self.level, self.rng)
        whole = models.separate
        reason = (
            f"{divergence.name} is infinite where one law has atoms that the other has not; rows "
            f"cannot exclude that it has them with little mass: {_LIMIT.rstrip(': ')}"
        )
        result = Result.bound(
            math.inf if whole else limit.value,
            limit.interval,
            repr(fit),
            level=self.level,
            diagnostics={
                "limit_critics": limit.critics,
                "value_from": "atoms" if whole else "held-out critics",
                "n": len(pair.x),
                "m": len(pair.y),
                "choice": "none: a log ratio is infinite",
                "models": [],
                "errors": {},
            },
            name=divergence.name,
            warnings=(*pair.notes, *models.warnings()),
            reason=reason,
        )
        critics = LowerBound(rng=self.rng, level=self.level)
        return _chosen(result, critics, {repr(fit): "a log ratio is infinite"})


def _chosen(result: Result, method: object, refusals: Mapping[str, str]) -> Result:
    """The result with the method that gave its value, and why those before did not."""
    notes: dict[str, Any] = {"chosen": repr(method), "not_applicable": dict(refusals)}
    return replace(result, diagnostics={**result.diagnostics, **notes})


def _moved(result: Result, value: float, source: str, words: str) -> Result:
    """The result with another value, its source and what is to be known of it."""
    return replace(
        result,
        value=value,
        diagnostics={**result.diagnostics, "value_from": source},
        warnings=(*result.warnings, words),
    )
