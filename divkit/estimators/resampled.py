r"""A standard error and an interval for any estimator, by estimates of parts of the rows.

An estimate that is a mean of payoffs to first order has a variance σ²/n. Of a share ρ of the rows,
drawn without repeats, it differs from that of all rows by σ²(1/(ρn) − 1/n), so that

    √(ρ/(1 − ρ)) (θ_ρn − θ_n)

has the law of the estimate's own error: with ρ = ½ the delete-half jackknife (Shao, Wu 1989), with
ρ → 0 subsampling (Politis, Romano 1994), which needs no more than that there is such a limit law.
No row is repeated, so that neighbours meet no ties. The bootstrap (Efron 1979) draws n of n with
repeats; θ* − θ_n stands for the error. It is right for functions of the empirical law alone, and
wrong for what leaves rows out, holds rows out or counts neighbours, as a row's copies remain:
where doubling all rows moves the value by more than the error found, it is refused.

Intervals: "normal", value ± z × the spread of these deviations about their mean; "basic", value
less their quantiles about the value, so that a bias that shrinks like n^{−1/2} is taken off;
"percentile", value plus their quantiles.

A bias c n^{−γ} shows between sizes: θ_ρn − θ_n estimates c n^{−γ}(ρ^{−γ} − 1), and
`bias_rate` γ takes it off the value; γ = 1 is the jackknife's (Quenouille 1956).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from divkit.divergences.base import Divergence
from divkit.estimators.common.outcome import outcome
from divkit.estimators.registry import ESTIMATORS, Estimator, NotEstimableError
from divkit.registry import require_of_use
from divkit.results import Result, normal_interval
from divkit.rng import RandomState, as_generator
from divkit.samples import Pair, judged, two_samples
from divkit.types import FloatArray, Samples
from divkit.work import parts

Scheme = Literal["half", "subsample", "bootstrap"]
Interval = Literal["normal", "basic", "percentile"]


@dataclass(frozen=True)
class ResamplingScheme:
    """A way to draw parts.

    Attributes
    ----------
    repeats : whether rows are drawn with repeats, as many as there are.
    share : the share of the rows drawn; None where the user names it.
    """

    repeats: bool = False
    share: float | None = None


_SCHEMES: Mapping[str, ResamplingScheme] = {
    "half": ResamplingScheme(share=0.5),
    "subsample": ResamplingScheme(),
    "bootstrap": ResamplingScheme(repeats=True, share=1.0),
}
_ADVICE = "Pass scheme='half' or 'subsample', which repeat no row."


@dataclass(frozen=True)
class Resampled:
    """The value of another estimator, with the error and interval that parts of the rows give.

    Parameters
    ----------
    of : an estimator, or its name in `ESTIMATORS`, with its own defaults.
    resamples : parts drawn, at least 10; quantiles of 95% want 200.
    scheme : "half", "subsample" (without repeats) or "bootstrap" (with repeats).
    share : ρ of "subsample", in (0, ½].
    interval : "normal", "basic" or "percentile".
    bias_rate : γ > 0 of a bias n^{−γ} to be taken off the value, or None.
    rng : of the draws.
    level : of the interval.

    Raises
    ------
    ValueError
        If an option is out of range, or the name is unknown; when called, as the estimator says
        of so many rows.
    NotEstimableError
        When called, if a bootstrap does not suit the estimator, or all parts have one value.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import KL
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(1, 1).sample(80, rng=1)
    >>> found = Resampled(of="knn", resamples=20)(x, y, KL)
    >>> found.interval[0] < 0.5 < found.interval[1]
    True
    """

    of: str | Estimator = "knn"
    resamples: int = 50
    scheme: Scheme = "half"
    share: float = 0.25
    interval: Interval = "normal"
    bias_rate: float | None = None
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if isinstance(self.resamples, bool) or self.resamples < 10:
            raise ValueError(f"resamples must be an int of at least 10; got {self.resamples!r}.")
        if self.scheme not in _SCHEMES:
            raise ValueError(
                f"scheme must be 'half', 'subsample' or 'bootstrap'; got {self.scheme!r}."
            )
        if self.interval not in _INTERVALS:
            raise ValueError(
                f"interval must be 'normal', 'basic' or 'percentile'; got {self.interval!r}."
            )
        if not 0 < self.share <= 0.5:
            raise ValueError(f"share must be in (0, 0.5]; got {self.share!r}.")
        scheme = _SCHEMES[self.scheme]
        require_of_use(self, "share", scheme.share is None, "scheme='subsample'")
        if self.bias_rate is not None and not self.bias_rate > 0:
            raise ValueError(f"bias_rate must be positive or None; got {self.bias_rate!r}.")
        if self.bias_rate is not None and scheme.repeats:
            raise ValueError("bias_rate compares sizes: pass scheme='half' or 'subsample'.")

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        start = time.perf_counter()
        estimator = ESTIMATORS[self.of]() if isinstance(self.of, str) else self.of
        pair = two_samples(x, y, above=3, constant=True, laws="any")
        whole = estimator(pair.x, pair.y, divergence)
        moved, repeats = 0.0, _SCHEMES[self.scheme].repeats
        if repeats:
            moved = abs(_doubled(estimator, pair, divergence) - whole.value)
        away = self._values(estimator, pair, divergence) - whole.value
        if not repeats:
            away = away * np.sqrt(self._share / (1 - self._share))
        error = float(np.std(away, ddof=1))
        if error == 0:
            raise NotEstimableError(
                f"{estimator!r} gives {whole.value:.6g} for {divergence.name} on every part of "
                "the rows: it is as far as it can go, and a spread that is 0 is no error. Method "
                "'auto' has a lower limit."
            )
        if not moved <= error:
            raise NotEstimableError(
                f"{estimator!r} is no function of the empirical law: with every row doubled its "
                f"value moves by {moved:.3g}, and the bootstrap's error is {error:.3g}. {_ADVICE}"
            )
        shift = self._bias(away)
        result = outcome(
            whole.value - shift, error, divergence, self, self.level, pair, start,
            warnings=[words for words in whole.warnings if words not in pair.notes],
            of=whole.method, bias=shift,
        )  # fmt: skip
        if whole.one_sided:  # resampling shows how a value moves, not how far off it is
            return replace(
                result, error=math.inf, interval=whole.interval, one_sided=whole.one_sided
            )
        centre = 0.0 if self.bias_rate is None else away.mean()
        return replace(result, interval=self._ends(result, away - centre))

    @property
    def _share(self) -> float:
        share = _SCHEMES[self.scheme].share
        return self.share if share is None else share

    def _values(self, estimator: Estimator, pair: Pair, divergence: Divergence) -> FloatArray:
        """The estimates of the parts, (resamples,)."""
        rng = as_generator(self.rng)
        drawn = ((self._part(pair.x, rng), self._part(pair.y, rng)) for _ in range(self.resamples))
        repeats = _SCHEMES[self.scheme].repeats
        samples = ((judged(x), judged(y)) if repeats else (x, y) for x, y in drawn)
        each = parts(samples, self.resamples)
        return np.array([estimator(x, y, divergence).value for x, y in each])

    def _part(self, rows: FloatArray, rng: np.random.Generator) -> FloatArray:
        n = len(rows)
        if _SCHEMES[self.scheme].repeats:
            return rows[rng.integers(n, size=n)]
        return rows[rng.permutation(n)[: int(self._share * n)]]

    def _bias(self, away: FloatArray) -> float:
        """The bias that the sizes show; 0 where it is not asked for."""
        if self.bias_rate is None:
            return 0.0
        rho = self._share
        return float(away.mean() * np.sqrt((1 - rho) / rho) / (rho**-self.bias_rate - 1))

    def _ends(self, result: Result, away: FloatArray) -> tuple[float, float]:
        return _INTERVALS[self.interval](result, away, self.level)


def _quantiles(away: FloatArray, level: float) -> tuple[float, float]:
    low, high = (float(q) for q in np.quantile(away, (0.5 - 0.5 * level, 0.5 + 0.5 * level)))
    return low, high


def _basic(result: Result, away: FloatArray, level: float) -> tuple[float, float]:
    low, high = _quantiles(away, level)
    return result.value - high, result.value - low


def _percentile(result: Result, away: FloatArray, level: float) -> tuple[float, float]:
    low, high = _quantiles(away, level)
    return result.value + low, result.value + high


_INTERVALS: Mapping[str, Callable[[Result, FloatArray, float], tuple[float, float]]] = {
    "normal": lambda result, away, level: normal_interval(result.value, result.error, level),
    "basic": _basic,
    "percentile": _percentile,
}


def _doubled(estimator: Estimator, pair: Pair, divergence: Divergence) -> float:
    """The value of every row taken twice: the empirical laws are the same.

    Raises
    ------
    NotEstimableError
        If the estimator refuses rows that repeat.
    """
    x, y = (judged(np.repeat(s, 2, axis=0)) for s in (pair.x, pair.y))
    try:
        return float(estimator(x, y, divergence))
    except ValueError as error:
        raise NotEstimableError(
            f"{estimator!r} refuses rows that repeat, as a bootstrap's do: {error} {_ADVICE}"
        ) from error
