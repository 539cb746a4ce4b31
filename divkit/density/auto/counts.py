r"""Laws of a column of whole numbers: families of counts, a table, and a table smoothed.

The smoothed one is the mass that Gaussian kernels, at rows spread evenly over [k − ½, k + ½], give
that interval; what they put below 0, where no row is, comes back mirrored. A family is refused
where Pearson's χ² over cells of five rows or more, in expectation, says so at p < 10⁻³. Members
and weights are chosen as those of the stack of densities are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from divkit.density.auto.recipes import FREE, Candidates, Recipe
from divkit.density.bandwidth import silverman
from divkit.density.kde import line_kernel, robust_spread
from divkit.distributions.base import Law
from divkit.distributions.counts.poisson import Poisson
from divkit.distributions.counts.trials import Binomial
from divkit.distributions.counts.waiting import Geometric, NegativeBinomial
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.support import Atoms, Lattice
from divkit.samples import Column
from divkit.types import FloatArray

FEW = 5
"""Levels up to which whole numbers are labels, and no counts."""
_MOST_PLACES = 2**14
_SPARSE = 20
_LEAST = 1e-14
_REFUSED = 1e-3
_EXPECTED = 5.0
_HALF = 0.5


def are_counts(x: FloatArray, facts: Column) -> bool:
    """Whether a column (n,) of such kind is of whole numbers that are no labels."""
    if facts.step != 1.0 or facts.levels <= FEW or bool((x != np.round(x)).any()):
        return False
    places = float(np.ptp(x)) + 1
    return places <= min(_MOST_PLACES, _SPARSE * len(x))


def on_counts(rows: FloatArray) -> Candidates:
    """Return the recipes for whole numbers (n, 1), families that they refuse left out."""
    x = rows[:, 0]
    recipes = [
        Recipe(("table of frequencies",), _table, (FREE,)),
        *(
            Recipe((f"smoothed table, {f:g} of Silverman's",), Smoothed(f), (FREE,))
            for f in (0.5, 1)
        ),
    ]
    gone = []
    for name, (fit, price) in _FAMILIES.items():
        try:
            law = fit(x)
        except ValueError:  # negative numbers, or a variance that no member of it has
            continue
        if refused(law, x):
            gone.append(name)
        else:
            recipes.insert(0, Recipe((name,), OfCounts(fit), (price,)))
    return Candidates(tuple(recipes), tuple(gone))


@dataclass(frozen=True)
class OfCounts:
    """The member of a family of counts."""

    fit: Callable[[FloatArray], Law]

    def __call__(self, rows: FloatArray) -> Sequence[Law]:
        """Fit to rows (n, 1)."""
        return [self.fit(rows[:, 0])]


@dataclass(frozen=True)
class Smoothed:
    """A table smoothed by kernels of so many of Silverman's widths."""

    factor: float

    def __call__(self, rows: FloatArray) -> Sequence[Law]:
        """Fit to rows (n, 1)."""
        x = rows[:, 0]
        spread = np.sort(x)
        spread = spread + (np.arange(len(x)) * _golden() % 1 - _HALF)
        width = self.factor * silverman(len(x), 1) * robust_spread(spread)
        law = line_kernel(spread, width, "smoothed")
        reach = math.ceil(9 * width)
        low, high = int(x.min()) - reach, int(x.max()) + reach
        at = np.arange(low, high + 1.0)
        mass = np.diff(law.cdf(np.r_[at - _HALF, at[-1] + _HALF]))
        if x.min() >= 0 > low:
            mirrored = mass[at < 0][::-1]  # −1 goes to 0
            mass, at = mass[at >= 0], at[at >= 0]
            mass[: len(mirrored)] += mirrored[: len(mass)]
        kept = mass > _LEAST
        return [_finite(at[kept], mass[kept])]


def words_of_counts(law: Law) -> tuple[str, ...]:
    """Say that a law is one of counts, and which numbers it holds, where they end."""
    counts = "X holds whole numbers: the law is one of counts, and not a density"
    support = law.support
    assert isinstance(support, Atoms | Lattice)
    ends = support.ends if isinstance(support, Lattice) else np.ravel(support.atoms)
    low, high = float(min(ends)), float(max(ends))
    if math.isinf(high):
        return (counts,)
    held = high - low + 1 if isinstance(support, Lattice) else len(ends)
    return (
        counts,
        f"the law holds {held:.0f} numbers from {low:g} to {high:g}: any other has probability 0, "
        "a log score of -inf, though a row that comes later may be one",
    )


def refused(law: Law, x: FloatArray) -> bool:
    """Whether Pearson's χ² over cells of enough expected rows refuses a law of counts."""
    at = np.arange(x.min(), x.max() + 1)
    seen = np.bincount((x - x.min()).astype(int), minlength=len(at)).astype(float)
    expected = len(x) * np.exp(np.asarray(law.log_prob(at)))
    beyond = max(len(x) - float(expected.sum()), 0.0)
    cell = np.floor(np.cumsum(expected) / _EXPECTED).astype(int)
    cell = np.minimum(cell, cell.max() - 1) if cell.max() > 0 else cell
    wanted, had = np.bincount(cell, expected), np.bincount(cell, seen)
    full = wanted > 0
    wanted = np.r_[wanted[full], beyond] if beyond >= _EXPECTED else wanted[full]
    had = np.r_[had[full], 0.0] if beyond >= _EXPECTED else had[full]
    if len(wanted) < 4:
        return False
    square = float(((had - wanted) ** 2 / wanted).sum())
    return bool(stats.chi2.sf(square, len(wanted) - 3) < _REFUSED)


def _golden() -> float:
    return 0.5 * (math.sqrt(5) - 1)


def _table(rows: FloatArray) -> Sequence[Law]:
    value, count = np.unique(rows[:, 0], return_counts=True)
    return [_finite(value, count.astype(np.float64))]


def _finite(at: FloatArray, mass: FloatArray) -> FiniteLaw:
    places = tuple((float(x),) for x in at)
    return FiniteLaw(places, tuple((mass / mass.sum()).tolist()))


def _mean(x: FloatArray) -> float:
    if x.min() < 0 or x.max() == 0:
        raise ValueError("counts must be at least 0, and not all 0.")
    return float(x.mean())


def _poisson(x: FloatArray) -> Law:
    return Poisson(_mean(x))


def _geometric(x: FloatArray) -> Law:
    start = int(x.min())
    above = float(x.mean()) - start
    if above <= 0:
        raise ValueError("all counts are one.")
    return Geometric(1 / (1 + above), start)


def _negative_binomial(x: FloatArray) -> Law:
    mean = _mean(x)
    if x.var() <= mean:
        raise ValueError("the variance of a negative binomial law is above its mean.")

    def loss(log_size: float) -> float:
        size = math.exp(log_size)
        p = size / (size + mean)
        terms = special.gammaln(size + x) - special.gammaln(size)
        return -float((terms + size * math.log(p) + x * math.log1p(-p)).mean())

    best = optimize.minimize_scalar(loss, bounds=(-6.0, 12.0), method="bounded")
    size = math.exp(float(best.x))
    return NegativeBinomial(size, size / (size + mean))


def _binomial(x: FloatArray) -> Law:
    mean, most = _mean(x), int(x.max())
    if x.var() >= mean:
        raise ValueError("the variance of a binomial law is below its mean.")
    guess = mean**2 / (mean - x.var())
    tried = np.unique(np.clip(np.round(guess * np.geomspace(0.5, 2, 41)), most, 2**20))

    def value(trials: float) -> float:
        p = mean / trials
        if p >= 1:
            return -math.inf
        return float(stats.binom.logpmf(x, trials, p).mean())

    trials = max(tried.tolist(), key=value)
    if mean >= trials:
        raise ValueError("all counts are the largest.")
    return Binomial(int(trials), mean / trials)


_FAMILIES: dict[str, tuple[Callable[[FloatArray], Law], float]] = {
    "binomial": (_binomial, 1.0),
    "negative binomial": (_negative_binomial, 1.0),
    "geometric": (_geometric, 0.0),
    "Poisson": (_poisson, 0.0),
}
