r"""Mutual information by kernel logistic regression between pairs and pairs put together anew.

The logit l̂ of (x_i, y_i) against (x_i, y_π(i)) estimates the pointwise information i(x, y) =
log p(x, y) − log p(x) p(y), whose mean is I. The influence function of I(P) is i − I: with s the
score of a path through P, its margins' scores are s_x = E[s|x] and s_y = E[s|y], and

    dI = E[s i] + E[s − s_x − s_y] = E[s (i − I)],

as scores have mean 0. So no regular estimator from n pairs beats the variance Var(i)/n, which the
mean of i over the pairs attains: there is no term χ²/m as of a KL between two samples. Shuffled
pairs are no second sample: their mean of r = e^i is a degenerate U-statistic, E r(x, Y) = 1 for
every x, and where there are many shuffles it costs 1/n² only.

The value is the mean over the pairs of l̂ − c, l̂ halfway between the fitted and the left-out logit
(`common.dual`). The constant c makes e^{l̂−c} a ratio to the product law Q. A mean of
e^{l̂} over Q is at the mercy of single rows, so bounded functions meet at c instead (Meng, Wong
1996, equation 4.1, for s rows of Q to one of P):

    E_P[1/(s + e^{l̂−c})] = E_Q[e^{l̂−c}/(s + e^{l̂−c})],   at the truth both ∫ pq/(p + sq),

over shuffled pairs that no model was fitted to.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from divkit.estimators.common.design import Design
from divkit.estimators.common.dual import steadiness
from divkit.estimators.common.pooled import Pooled
from divkit.estimators.common.ridge_path import Fit, left_out_loss, ridge_path
from divkit.estimators.information.designs import coordinates, pair_designs
from divkit.estimators.information.pairs import PairedSample, paired
from divkit.estimators.information.result import information
from divkit.estimators.kernel_logistic.choice import keep, until_worse
from divkit.estimators.kernel_logistic.method import describe
from divkit.estimators.kernel_logistic.models import RIDGES, WIDTHS
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray, Samples

BRIDGE = 4.0
"""Rows of the product law to one of the pairs, in the normalisation."""
PILOT, FINALISTS = 2000, 2
"""Beyond this many pairs, this many designs are fitted to all: the best on the first rows."""
UNRESOLVED, CLEAR = 0.6, 2.0
"""Half the gap of fitted and left-out value, as a share of the value, from which only a limit is
claimed, if the left-out value is so many standard errors above 0: a weak dependence's is not."""
MANY = 6
"""Columns from which kernels may not resolve a law: the interval reaches higher."""
CROWDED = 0.2
"""Effective parameters per fitted row beyond which the value's bias is not known to cancel."""


@dataclass(frozen=True, eq=False)
class _Model:
    """A fit, the rows that it was fitted to, and its logits at shuffled pairs not among them."""

    fit: Fit
    pool: Pooled
    fresh: FloatArray


@dataclass(frozen=True)
class PairedLogistic:
    """Mutual information of x and y from pairs, by kernel logistic regression.

    Attributes
    ----------
    shuffles : how often the pairs are put together anew to fit; None for 3, and 1 from 3,000 on.
    centres : number of kernel centres; None for one that grows like n^¼, 250 at n = 1,000.
    widths : of the kernels, multiples of the centres' median distance.
    ridges : penalties, multiples of 1/(number of rows), falling.
    within : how near to the best left-out likelihood a model must be, in standard errors.
    rng : of the shuffles and centres.
    level : of the interval.

    Raises
    ------
    ValueError
        If shuffles or centres are not positive; when called, if the pairs are not fit to be used
        or fewer than 16.

    Examples
    --------
    >>> import numpy as np
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 60, 1))
    >>> PairedLogistic(shuffles=1, centres=20)(x, x + noise).kind
    'standard error'
    """

    shuffles: int | None = None
    centres: int | None = None
    widths: tuple[float, ...] = WIDTHS
    ridges: tuple[float, ...] = RIDGES
    within: float = 1.0
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        for name, value in (("shuffles", self.shuffles), ("centres", self.centres)):
            if value is not None and value < 1:
                raise ValueError(f"{name} must be a positive int or None; got {value!r}.")

    def __call__(self, x: Samples, y: Samples) -> Result:
        """Return the estimate from x (n, d) and y (n, e), row by row pairs, in nats."""
        start = time.perf_counter()
        pairs = paired(x, y, above=15)
        generator = as_generator(self.rng)
        order = _canonical(pairs, generator)
        rows = PairedSample(pairs.x[order], pairs.y[order], pairs.notes)
        models = self._models(rows, generator)
        pool = models[0].pool
        kept = keep([model.fit for model in models], pool, self.within, regularised=True)
        share = steadiness(pool, kept)
        read = [_read(model, len(rows)) for model in models if any(model.fit is f for f in kept)]
        terms = np.array([each for each, _ in read])  # (K, n)
        values = terms.mean(axis=1)
        value = float(share @ values)
        parts = {
            "fit": float(share @ [gap for _, gap in read]),
            "models": float(np.sqrt(share @ (values - value) ** 2)),
        }
        crowd = float(np.mean([fit.parameters for fit in kept])) / len(pool.z)
        result = information(
            share @ terms, self, rows, start, parts=tuple(parts.values()), errors=parts,
            reason=_against(crowd, share @ terms, parts["fit"]),
            models=[describe(fit) for fit in kept],
        )  # fmt: skip
        return _higher(result, parts["fit"]) if rows.joint.shape[1] >= MANY else result

    def _models(self, pairs: PairedSample, rng: np.random.Generator) -> list[_Model]:
        seed = int(rng.integers(2**32))
        chosen = None if len(pairs) <= PILOT else self._best_designs(pairs, seed)
        return [
            model
            for place, (design, pool) in enumerate(self._designs(pairs, seed))
            if chosen is None or place in chosen
            for model in self._path(design, pool)
        ]

    def _best_designs(self, pairs: PairedSample, seed: int) -> list[int]:
        """Places of the designs that do best on the first rows."""
        part = PairedSample(pairs.x[:PILOT], pairs.y[:PILOT])
        losses = [
            min(left_out_loss(model.fit, pool) for model in self._path(design, pool))
            for design, pool in self._designs(part, seed)
        ]
        return [int(place) for place in np.argsort(losses, kind="stable")[:FINALISTS]]

    def _designs(self, pairs: PairedSample, seed: int) -> Iterator[tuple[Design, Pooled]]:
        """Each design on all rows, and the rows to fit, which come first."""
        rng, n = np.random.default_rng(seed), len(pairs)
        times = self.shuffles or (3 if n < 3000 else 1)
        fresh = max(2, 12_000 // n)
        shifts = rng.choice(np.arange(1, n), min(times + fresh, n - 1), replace=False)
        centres = self.centres or round(250 * (n / 1000) ** 0.25)
        fitted = (1 + times) * n
        sign = np.concatenate([np.ones(n), -np.ones(times * n)])
        weight = np.where(sign > 0, 0.5 / n, 0.5 / (times * n))
        every = np.full((1 + len(shifts)) * n, 0.5 / (len(shifts) * n))
        every[:n] = 0.5 / n
        for name, each in coordinates(pairs):
            z = np.concatenate([_apart(each, int(shift)) for shift in (0, *shifts)])
            pool = Pooled(z[:fitted], weight, sign, np.arange(fitted))
            for design in pair_designs(z, every, name, centres, self.widths, rng):
                yield design, pool

    def _path(self, design: Design, pool: Pooled) -> Iterator[_Model]:
        fitted = len(pool.z)
        seen = Design(design.features[:fitted], design.penalty, design.label)
        ridges = [ridge / fitted for ridge in self.ridges]
        for fit in until_worse(ridge_path(seen, pool, ridges), pool):
            yield _Model(fit, pool, design.features[fitted:] @ fit.coefficients)


def _against(crowd: float, terms: FloatArray, fit: float) -> str | None:
    """Reason against the value: too many parameters, or more of it fitted than left out."""
    if crowd > CROWDED:
        return f"the models have {crowd:.2f} parameters a row: too few rows"
    value, spread = float(terms.mean()), float(terms.std(ddof=1)) / math.sqrt(len(terms))
    if fit > UNRESOLVED * value and value - fit > CLEAR * spread:
        return (
            f"pairs left out show {value - fit:.2g} where the fit shows "
            f"{value + fit:.2g}: the models do not resolve the law"
        )
    return None


def _higher(result: Result, fit: float) -> Result:
    """The interval with its upper end raised by what is unresolved: models miss, never add."""
    if result.one_sided:
        return result
    return replace(result, interval=(result.interval[0], result.interval[1] + fit))


def _canonical(pairs: PairedSample, rng: np.random.Generator) -> NDArray[np.intp]:
    """An order that does not depend on the one in which the pairs came, but for those that tie."""
    return np.lexsort(pairs.joint.T)[rng.permutation(len(pairs))]


def _apart(pairs: PairedSample, shift: int) -> FloatArray:
    """(x_i, y_{i+shift})."""
    return np.hstack([pairs.x, np.roll(pairs.y, shift, axis=0)])


def _read(model: _Model, n: int) -> tuple[FloatArray, float]:
    """Pointwise informations of the pairs (n,), and what leaving them out takes off."""
    inside, outside = model.fit.logit[:n], model.fit.left_out[:n]
    halfway = 0.5 * (inside + outside)
    return halfway - bridge(halfway, model.fresh), abs(float((inside - outside).mean()))


def bridge(on_p: FloatArray, on_q: FloatArray, s: float = BRIDGE) -> float:
    """The constant c of the module, from logits at rows of P and of Q."""
    shift = math.log(s)

    def excess(c: float) -> float:
        of_p = float(special.expit(shift - (on_p - c)).mean())
        return of_p - s * float(special.expit(on_q - c - shift).mean())

    low = min(float(on_p.min()), float(on_q.min())) - 50.0
    high = max(float(on_p.max()), float(on_q.max())) + 50.0
    return float(optimize.brentq(excess, low, high, xtol=1e-12))
