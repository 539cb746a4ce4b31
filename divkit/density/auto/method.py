"""`AutoDensity`: a stack of many fits, weighted by the likelihood of rows that they left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from divkit.density.auto.account import tail_words
from divkit.density.auto.check import RowsCheck, checked
from divkit.density.auto.distance import distance_of
from divkit.density.auto.line import on_line
from divkit.density.auto.recipes import (
    LeftOut,
    Recipe,
    Unmade,
    enough,
    folds_of,
    left_out,
    made,
)
from divkit.density.auto.space import in_space
from divkit.density.auto.stacking import Stacked, price_unit, stacked
from divkit.density.auto.support import Support, support_of
from divkit.density.base import DensityEstimator
from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.mixture import MixtureLaw, mixture
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.results import Result
from divkit.rng import RandomState
from divkit.samples import Column, ColumnKind, Sample, column, distinct, levels
from divkit.types import FloatArray, Samples

CHOOSING = 20_000
"""Rows on which members are chosen; they are fitted to all."""


@dataclass(frozen=True)
class StackMember:
    """A law of the stack: its name, weight, the nats it gained when it joined, and itself."""

    name: str
    weight: float
    gain: float
    law: Law


class AutoDensity(DensityEstimator):
    r"""A convex stack Σ w_m f_m of the fits that rows left out speak for.

    On the line: normal mixtures of 1 to 12 components, families of maximum likelihood that a
    Kolmogorov–Smirnov test does not refuse, log-splines of penalised likelihood and kernels of
    several widths, mirrored at hard ends of the support, both on logarithmic, logit and arsinh
    scales too, and Bayesian blocks. In space: normal
    mixtures whose covariances are free, drawn together or common, the best of some starts and
    their mean, kernels, and kernels as wide as the way to near neighbours, of the rows and of
    normal scores under a stack for each column, which with normal scores are a Gaussian copula;
    Student's t; steps on grids in the plane. The weights maximise

        Σ_i log Σ_m w_m f_m^{(−i)}(x_i),

    f^{(−i)} fitted without the fold of row i, over members that join one at a time while they
    gain log n nats, ⅔ log n in space (Smyth and Wolpert 1999). Members are fitted again to all
    rows. Copies of rows count once. A column of few values, each of many rows, is given a table
    of atoms.

    Parameters
    ----------
    folds : parts of the sample that are left out in turn.

    Attributes
    ----------
    law_ : the law: a mixture, its one member, or a `FiniteLaw` where the sample has atoms.
    members_ : what it is made of, in the order of joining.
    refused_ : families that the rows refuse.
    support_ : on the line, the ends that were seen; None elsewhere.
    left_out_ : mean log density at rows left out, and its standard error, in nats; NaN for atoms.

    Raises
    ------
    ValueError
        At `fit`, if there are fewer than two rows a fold, or a column has atoms beside a density.

    >>> import numpy as np
    >>> fitted = AutoDensity().fit(np.random.default_rng(0).exponential(size=(500, 1)))
    >>> [member.name for member in fitted.members_]
    ['exponential from 0']
    """

    members_: tuple[StackMember, ...]
    refused_: tuple[str, ...]
    support_: Support | None
    left_out_: tuple[float, float]

    def __init__(self, folds: int = 5) -> None:
        self.folds = folds

    def _fit(self, sample: Sample) -> Law:
        unique = distinct(sample.x, "X")
        rows = sample.x[unique.kept]
        self.notes_ = (*self.notes_, *unique.note("X"))
        self.support_, self.refused_, self.left_out_ = None, (), (math.nan, math.nan)
        self._without: tuple[Law, ...] = ()
        if sample.dim == 1:
            facts = column(rows[:, 0])
            self._note(facts)
            if facts.kind is ColumnKind.DISCRETE:
                return self._table(rows[:, 0])
        self._require_rows(len(rows))
        return self._stack(rows)

    def _require_rows(self, n: int) -> None:
        if isinstance(self.folds, bool) or not isinstance(self.folds, int) or self.folds < 2:
            raise ValueError(f"folds must be an int of at least 2; got {self.folds!r}.")
        if n < 2 * self.folds:
            raise ValueError(
                f"method='auto' with folds={self.folds} needs at least {2 * self.folds} distinct "
                f"rows; got n = {n} (n_samples={n}). Pass fewer folds, draw more, or take "
                "method='kde' or 'maximum_likelihood'."
            )

    def _note(self, facts: Column) -> None:
        """Say what a column that is not simply continuous needs to have said."""
        if facts.kind is ColumnKind.MIXED:
            shown = ", ".join(f"{value:.6g}" for value in facts.atoms[:5])
            raise ValueError(
                f"X has atoms, values that rows repeat ({shown}), beside a density. Fit the rows "
                "that are on none of them, and the share of each atom apart."
            )
        if facts.kind is ColumnKind.LATTICE:
            self.notes_ += (
                f"X is rounded to steps of {facts.step:.6g} with {facts.levels} levels: the "
                "density is that of the quantity before rounding, not of the levels",
            )
        if facts.scattered:
            self.notes_ += (
                f"{facts.scattered:.0%} of the rows repeat a value in no pattern: the density is "
                "smooth there, and their law may not be",
            )

    def _table(self, x: FloatArray) -> Law:
        seen = levels(x)
        law = FiniteLaw(seen.value.tolist(), (seen.count / seen.count.sum()).tolist())
        self.members_ = (StackMember(f"atoms at {len(seen.value)} values", 1.0, 0.0, law),)
        self.notes_ += (
            f"X has {len(seen.value)} values, each of many rows: the law is a table of atoms",
        )
        return law

    def _stack(self, rows: FloatArray) -> Law:
        chosen = rows
        if len(rows) > CHOOSING:
            order = np.random.default_rng(0).permutation(len(rows))
            chosen = rows[np.sort(order[:CHOOSING])]
            self.notes_ += (f"members were chosen on {CHOOSING} of {len(rows)} rows",)
        if rows.shape[1] == 1:
            self.support_ = support_of(rows[:, 0])
        found = in_space(chosen) if self.support_ is None else on_line(chosen, self.support_)
        self.refused_ = found.refused
        folds = folds_of(len(chosen), self.folds)
        seen = left_out(chosen, found.recipes, folds if rows.shape[1] == 1 else enough(folds))
        best = stacked(seen.logs, seen.prices, found.joining)
        error = float(best.logs.std() / math.sqrt(len(best.logs)))
        self.left_out_ = float(best.logs.mean()), error
        self.members_ = tuple(_members(rows, seen, best))
        if self.support_ is not None:
            self._without = tuple(_without(seen, best, self.folds))
            sources = [seen.sources[at] for at in best.members]
            self._free = sum(recipe.freedom(place) for recipe, place in sources)
            self._unseen = found.joining * price_unit(len(chosen)) / (4 * len(chosen))
        return _law(self.members_)

    def distance(self, level: float = 0.95, rng: RandomState = 0) -> Result:
        """Estimate the Jensen–Shannon divergence of the fit from the law of the rows, in nats.

        By how the fit moves when a fold is left out (a jackknife; `divkit.density.auto.distance`
        derives it), and what the choice of members may miss. Only the upper end of the interval
        is claimed: `check` refutes a fit, by rows that came later.

        Parameters
        ----------
        level : confidence that the divergence is not above the upper end.
        rng : of the draws that the fits are compared at.

        Raises
        ------
        ValueError
            If the law is a table of atoms or has several columns, or the level is not in (0, 1).

        >>> x = np.random.default_rng(0).normal(size=(1000, 1))
        >>> found = AutoDensity().fit(x).distance()
        >>> found.one_sided, found.interval[1] < 0.006
        ('upper', True)
        """
        law = self.as_law()
        if not self._without:
            raise ValueError(
                "distance() is for densities of one column, and this law is a table of atoms or "
                "of several: divkit.estimate(fit, rows that came later) has its interval."
            )
        return distance_of(
            law, self._without, self._free, self._unseen, level=level, rng=rng, method=repr(self)
        )

    def check(self, X: Samples, alpha: float = 0.05, rng: RandomState = 0) -> RowsCheck:
        """Test whether rows that the fit has not seen refute it, at exact level α.

        Parameters
        ----------
        X : new rows (n, d), or (n,) on the line, independent of those of the fit.
        alpha : probability with which rows of the fitted law itself would refute it, at most.
        rng : of the draws, in space and for atoms.

        Returns
        -------
        RowsCheck
            A fit is never the truth, so that enough rows refute it: how far it is from them is
            `divkit.estimate(fit, X)`.

        Raises
        ------
        ValueError
            If alpha is not in (0, 1), or the rows are not of the fit's dimension.
        """
        return checked(self.as_law(), self._rows(X), alpha, rng)

    def describe(self) -> str:
        """Say what the law is made of, and why: members, ends of the support, refused families."""
        lines = [f"{'weight':>7}  {'gain/nats':>9}  member"]
        lines += [f"{m.weight:7.4f}  {m.gain:9.2f}  {m.name}" for m in self.members_]
        value, error = self.left_out_
        if math.isfinite(value):
            lines.append(f"mean log density of rows left out: {value:.4f} ± {error:.4f} nats")
        if self.support_ is not None:
            lines += self.support_.account()
        if isinstance(self.law_, Law1D):
            both = zip(("lower", "upper"), self.law_.tails, strict=True)
            lines += [tail_words(side, tail) for side, tail in both]
        if self.refused_:
            lines.append("refused by the rows: " + ", ".join(self.refused_))
        lines += [f"note: {note}" for note in self.notes_]
        return "\n".join(lines)


def _members(rows: FloatArray, seen: LeftOut, best: Stacked) -> Iterable[StackMember]:
    """The members of a stack, fitted to all rows."""
    fits: dict[Recipe, Sequence[Law | Unmade]] = {}
    for at, weight, gain in zip(best.members, best.weights, best.gains, strict=True):
        recipe, place = seen.sources[at]
        if recipe not in fits:
            fits[recipe] = recipe.fit(rows)
        yield StackMember(recipe.names[place], weight, gain, made(fits[recipe][place]))


def _without(seen: LeftOut, best: Stacked, folds: int) -> Iterable[Law]:
    """The stacks of the same weights without each fold."""
    places = [seen.sources[at] for at in best.members]
    for fold in range(folds):
        laws = [made(seen.laws[recipe][fold][k]) for recipe, k in places]
        yield _law(tuple(map(StackMember, ("",) * len(laws), best.weights, best.gains, laws)))


def _law(members: tuple[StackMember, ...]) -> Law:
    """The mixture, mixtures among the members opened, so that normal components stay together."""
    weights, parts = [], []
    for member in members:
        opened = member.law if isinstance(member.law, MixtureLaw) else None
        own = opened.weights if opened else (1.0,)
        parts += list(opened.components if opened else (member.law,))
        weights += [member.weight * share for share in own]
    return parts[0] if len(parts) == 1 else mixture(weights, parts, normalize=True)
