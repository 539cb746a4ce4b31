"""`AutoDensity`: a stack of many fits, weighted by the likelihood of rows that they left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from divkit.density.auto.account import dropped_lines, law_lines, left_out_lines, member_lines
from divkit.density.auto.beyond import BEYOND_WORDS, Known, opened
from divkit.density.auto.cells import cells_of, law_of_cells
from divkit.density.auto.check import RowsCheck, checked
from divkit.density.auto.circles import circles
from divkit.density.auto.counts import are_counts, on_counts, words_of_counts
from divkit.density.auto.distance import Price
from divkit.density.auto.grain import grain, spread_rows
from divkit.density.auto.jackknife import StackJackknife
from divkit.density.auto.left_rows import left_of_members, left_of_refits, places_of
from divkit.density.auto.line import on_line
from divkit.density.auto.members import (
    law_of,
    members_of,
    members_of_cells,
    without_folds,
    words_of_cells,
)
from divkit.density.auto.recipes import (
    Candidates,
    FitsCounted,
    Recipe,
    StackMember,
    enough,
    folds_of,
    left_out,
    require_rows,
)
from divkit.density.auto.space import in_space
from divkit.density.auto.stacking import price_unit, stacked
from divkit.density.auto.support import Support, Told, require_between, support_of
from divkit.density.auto.unseen import are_tabled
from divkit.density.base import DensityEstimator
from divkit.density.kernel_space import whitening
from divkit.density.options import Either, NoValue, TwoEnds, WholeNumber, options
from divkit.distributions.base import Law
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import Column, Sample, column, columns, distinct
from divkit.samples.dimension import thin_notes
from divkit.types import FloatArray, Samples

CHOOSING = 20_000
"""Rows on which members are chosen; they are fitted to all."""


class AutoDensity(DensityEstimator):
    r"""A convex stack Σ w_m f_m of the fits that rows left out speak for.

    On the line: normal mixtures of 1 to 12 components, families of maximum likelihood that a
    Kolmogorov–Smirnov test does not refuse, log-splines of penalised likelihood, ones of few
    knots, and kernels of several widths, mirrored at hard ends of the support, all on
    logarithmic, logit and arsinh scales too, and Bayesian blocks. In space: normal
    mixtures whose covariances are free, drawn together or common, the best of some starts and
    their mean, kernels, and kernels as wide as the way to near neighbours, of the rows and of
    normal scores under a stack for each column, where normal laws are a Gaussian copula; vines of
    pair copulas, of the scores; Student's t; steps on grids in the plane. The weights maximise

        Σ_i log Σ_m w_m f_m^{(−i)}(x_i),

    f^{(−i)} fitted without the fold of row i, over members that join one at a time while they
    gain log n nats, ⅔ log n in space (Smyth and Wolpert 1999). Members are fitted again to all
    rows. Copies of rows count once.

    Columns with atoms, values that rows repeat, make a table of cells, each with the density of
    the other columns there: a `FiniteLaw` or a `MixedLaw`. A column of whole numbers has a law of
    counts: families that χ² does not refuse, and tables. Rounded rows are spread over their steps.

    Parameters
    ----------
    folds : parts of the sample that are left out in turn.
    ends : of one column, those that are known, beyond which the density is 0: infinite where
        there is none, None where the rows shall say. No n rows show an end: where members have one
        that nobody told, or leave out an interval, the best of those that have none keeps weight
        1/(n + 1), the probability of a row beyond all n at one end. Positive rows that come near
        to 0, and rows in (0, 1) to 1, are taken at their word.

    Attributes
    ----------
    law_ : the law: a mixture, its one member, or that of cells where the sample has atoms.
    members_ : what it is made of, in the order of joining.
    refused_ : families that the rows refuse.
    support_ : on the line, the ends that were seen; None elsewhere.
    left_out_ : mean log density at rows left out, and its standard error, in nats; NaN of cells.
        Where the rows alone show an end of the support it is too high, and its error infinite.

    Raises
    ------
    ValueError
        At `fit`, if there are fewer than two rows a fold, or a cell has too few for a density; if
        ends are no interval around the rows of one column.

    Examples
    --------
    >>> import numpy as np
    >>> fitted = AutoDensity().fit(np.random.default_rng(0).exponential(size=(500, 1)))
    >>> [member.name for member in fitted.members_]
    ['exponential from 0']
    """

    squares = True
    has_steps = True
    asks = options(folds=WholeNumber(2), ends=Either(NoValue(), TwoEnds()))
    members_: tuple[StackMember, ...]
    refused_: tuple[str, ...]
    support_: Support | None
    left_out_: tuple[float, float]
    _fitted = FitsCounted()

    def __init__(self, folds: int = 5, ends: Told | None = None) -> None:
        self.folds = folds
        self.ends = ends

    def observed(self, observe: Callable[[int, int], None]) -> Self:
        """Have `observe` called with (done, total) after each fit; `total` may grow."""
        self._fitted = FitsCounted(observe)
        return self

    def _fit(self, sample: Sample) -> Law:
        self._forget()
        places = ["X"] if sample.dim == 1 else map("column {}".format, range(sample.dim))
        self._names = tuple(sample.columns or places)
        labels = ["X"] if sample.dim == 1 else [
            f"column {name} of X" for name in sample.columns or range(sample.dim)
        ]  # fmt: skip
        parts = zip(sample.x.T, columns(sample.x), labels, strict=True)
        self._grains = tuple(grain(*part) for part in parts)
        rows = self._own_rows = self._once(self._snapped(sample.x))
        facts = columns(rows)
        whole = are_tabled(rows, facts)
        pairs = zip(self._grains, whole, strict=True)
        self._grains = tuple(replace(g, step=None) if counts else g for g, counts in pairs)
        if self.ends is not None:
            require_between(self.ends, rows, facts, counts=any(whole))
        if whole == [True]:
            return self._counted(rows)
        if any(whole) or any(each.has_atoms for each in facts):
            return self._by_cells(rows, facts, whole, labels)
        require_rows(len(rows), self.folds)
        return self._stack(self._spread(rows, facts, labels))

    def _forget(self) -> None:
        self._sources: tuple[tuple[Recipe, int], ...] = ()
        self.support_, self.refused_, self.left_out_ = None, (), (math.nan, math.nan)
        self._jackknife: StackJackknife | None = None
        self._beyond = False
        self._dropped: tuple[tuple[str, str], ...] = ()

    def _snapped(self, rows: FloatArray) -> FloatArray:
        """The rows, those that rounding sets apart from an atom on it."""
        pairs = zip(self._grains, rows.T, strict=True)
        return np.stack([each.snapped(x) for each, x in pairs], axis=1)

    def _rows(self, X: Samples) -> FloatArray:
        return self._snapped(super()._rows(X))

    def _once(self, rows: FloatArray) -> FloatArray:
        """The rows without copies; whole numbers on the line repeat without being any."""
        try:
            unique = distinct(rows, "X")
        except ValueError:
            if rows.shape[1] == 1 and are_counts(rows[:, 0], column(rows[:, 0])):
                self._of_row = np.arange(len(rows))
                return rows
            raise
        self.notes_ = (*self.notes_, *unique.note("X"))
        self._of_row = places_of(rows, unique.kept)
        return rows[unique.kept]

    def _counted(self, rows: FloatArray) -> Law:
        """The stack for whole numbers."""
        require_rows(len(rows), self.folds)
        law = self._stacked(rows, rows, on_counts(rows), folds_of(len(rows), self.folds))
        self.notes_ += words_of_counts(law)
        return law

    def _by_cells(
        self,
        rows: FloatArray,
        facts: Sequence[Column],
        whole: Sequence[bool],
        labels: Sequence[str],
    ) -> Law:
        """The table of cells, each with the density of its free columns."""
        atoms = [
            np.unique(x) if counts else each.atoms if each.has_atoms else x[:0]
            for x, each, counts in zip(rows.T, facts, whole, strict=True)
        ]
        found = cells_of(self._spread(rows, facts, labels), atoms, self._of_cell, self._names)
        law = law_of_cells(found)
        self.members_ = tuple(members_of_cells(found, law, self._names))
        self.notes_ += words_of_cells(found, self._names)
        return law

    def _of_cell(self, rows: FloatArray) -> AutoDensity:
        """The density of rows of which no column has atoms any more."""
        part = AutoDensity(self.folds, self.ends)
        part._fitted = self._fitted
        part._forget()
        part.notes_ = ()
        require_rows(len(rows), self.folds)
        part.law_ = part._stack(rows)
        return part

    def _spread(
        self, rows: FloatArray, facts: Sequence[Column], labels: Sequence[str]
    ) -> FloatArray:
        spread, notes = spread_rows(self._grains, rows, facts, labels)
        self.notes_ += (*notes, *circles(spread, labels))
        return spread

    def _stack(self, rows: FloatArray) -> Law:
        self.notes_ += thin_notes(rows)
        chosen = rows
        if len(rows) > CHOOSING:
            order = np.random.default_rng(0).permutation(len(rows))
            chosen = rows[np.sort(order[:CHOOSING])]
            self.notes_ += (f"members were chosen on {CHOOSING} of {len(rows)} rows",)
        if rows.shape[1] == 1:
            self.support_ = support_of(rows[:, 0], self.ends or (None, None))
        else:
            whitening(rows)  # dependent columns are refused here, and not in a fold
        found = in_space(chosen) if self.support_ is None else on_line(chosen, self.support_)
        folds = folds_of(len(chosen), self.folds)
        few = folds if rows.shape[1] == 1 else enough(folds)
        seen = [self.support_] if self.support_ else [support_of(x) for x in rows.T]
        return self._stacked(rows, chosen, found, few, [each.known for each in seen])

    def _stacked(
        self,
        rows: FloatArray,
        chosen: FloatArray,
        found: Candidates,
        folds: Sequence[NDArray[np.intp]],
        known: Sequence[Known] = (),
    ) -> Law:
        """Choose members on some rows by folds of these, and fit them to all."""
        self.refused_ = found.refused
        seen = left_out(chosen, found.recipes, folds, self._fitted)
        self._dropped = (*found.dropped, *seen.dropped)
        best = stacked(seen.logs, seen.prices, found.joining)
        if known:
            best = opened(best, seen, known, len(rows))
            self._beyond = best.beyond
        error = math.inf if best.beyond else float(best.logs.std() / math.sqrt(len(best.logs)))
        self.left_out_ = float(best.logs.mean()), error
        self.members_ = tuple(members_of(rows, seen, best))
        self._sources = tuple(seen.sources[at] for at in best.members)
        self._own_rows = rows
        if self.support_ is not None:
            own = self._sources[:-1] if best.beyond else self._sources
            self._jackknife = StackJackknife(
                rows, self.folds, self.members_, self._sources,
                sum(recipe.freedom(place) for recipe, place in own),
                Price(found.joining * price_unit(len(chosen)), len(chosen)),
                tuple(without_folds(seen, best, self.folds)) if chosen is rows else (),
            )  # fmt: skip
        return law_of(self.members_)

    def _moved(self, what: str, instead: str) -> StackJackknife:
        if self._jackknife is None:
            raise ValueError(
                f"{what}() is for densities of one column, and this law is a table of atoms, one "
                f"of counts, or of several columns: {instead}."
            )
        return self._jackknife

    def distance(self, level: float = 0.95, rng: RandomState = 0) -> Result:
        """Estimate the Jensen–Shannon divergence of the fit from the law of the rows, in nats.

        By how the fit moves when a fold is left out (a jackknife; `divkit.density.auto.distance`
        derives it), what the choice of members may miss, and what counts in cells do not show,
        1/(16 √n). Only the upper end of the interval is claimed, for laws whose features the rows
        can show; `benchmarks/results/densities.md` counts how many hold.

        Parameters
        ----------
        level : confidence that the divergence is not above the upper end.
        rng : of the draws that the fits are compared at.

        Raises
        ------
        ValueError
            If the law is a table, has several columns or fewer than 50 rows; or at a wrong level.

        Examples
        --------
        >>> x = np.random.default_rng(0).normal(size=(1000, 1))
        >>> found = AutoDensity().fit(x).distance()
        >>> found.one_sided, found.interval[1] < 0.01
        ('upper', True)
        """
        law = self.as_law()
        moved = self._moved("distance", "take divkit.estimate(fit, rows that came later)")
        return moved.distance(law, level, rng, repr(self))

    def standard_error(self, points: FloatArray) -> FloatArray:
        """Return the jackknife's standard error of the density at points (n,) of the line, (n,).

        √((K − 1)/K Σ_k (f^{(−k)}(x) − f(x))²), f^{(−k)} being the same members and weights fitted
        without fold k: how far the sample moves the fit. What the fit is missing in the mean, that
        other rows choose other members, and that they show other ends of the support is not in it,
        so it makes no interval that is known to cover; next to such an end it is far too small.

        Raises
        ------
        ValueError
            If the law is a table of atoms or has several columns, or the points are not (n,).

        Examples
        --------
        >>> x = np.random.default_rng(0).normal(size=1000)
        >>> error = AutoDensity().fit(x[:, None]).standard_error(np.array([0.0, 1.0]))
        >>> bool((error > 0).all() and (error < 0.05).all())
        True
        """
        law, at = self.as_law(), np.asarray(points, dtype=float)
        moved = self._moved("standard_error", "fit to rows drawn with replacement")
        if at.ndim != 1:
            raise ValueError(f"points must have shape (n,); got {at.shape}.")
        return moved.error(law, at)

    def left_out(self) -> FloatArray:
        """Return the log density of the fit without the fold of row i at row i, (n,), in nats.

        Members, weights and ends of the support are those of all rows, so that where these alone
        show an end it is too high; where columns have atoms, cells are fitted anew.

        Raises
        ------
        ValueError
            If a member does not allow the rows of all folds but one.
        """
        self.as_law()
        shares = [member.weight for member in self.members_]
        if not self._sources:
            logs = left_of_refits(
                self._own_rows, self.folds, lambda: AutoDensity(self.folds, self.ends)
            )
        else:
            rows, folds = self._own_rows, folds_of(len(self._own_rows), self.folds)
            logs = left_of_members(rows, self._sources, shares, folds)
        return logs[self._of_row]

    def check(self, X: Samples, alpha: float = 0.05, rng: RandomState = 0) -> RowsCheck:
        """Test whether rows that the fit has not seen refute it, at exact level α.

        Rows of rounded columns are spread over their steps, as those of the fit were (statistics:
        `divkit.density.auto.check`).

        Parameters
        ----------
        X : new rows (n, d), or (n,) on the line, independent of those of the fit.
        alpha : probability with which rows of the fitted law itself would refute it, at most.
        rng : of the draws, in space and for atoms.

        Returns
        -------
        RowsCheck
            A fit is never the truth, so that enough rows may refute it: how far it is from them is
            `divkit.estimate(fit, X)`.

        Raises
        ------
        ValueError
            If alpha is not in (0, 1), below .001 for several columns or atoms, or the rows are not
            of the fit's dimension.
        """
        rows, source = self._rows(X), as_generator(rng)
        pairs = zip(self._grains, rows.T, strict=True)
        spread = np.stack([each.spread(x, source) for each, x in pairs], axis=1)
        return checked(self.as_law(), spread, alpha, source)

    def describe(self) -> str:
        """Say what the law is made of, and why: members, ends of the support, refused families."""
        check_is_fitted(self)
        notes = map("note: {}".format, self.notes_)
        return "\n".join([*member_lines(self.members_), *self.remarks(), *notes])

    def remarks(self) -> list[str]:
        """Return what `describe` says beside members and notes, a line each."""
        check_is_fitted(self)
        lines = left_out_lines(self.left_out_) + (self.support_.account() if self.support_ else [])
        lines += law_lines(self.law_, law_of(self.members_[:-1]) if self._beyond else None)
        lines += [BEYOND_WORDS] * self._beyond + dropped_lines(self._dropped)
        return lines + [f"refused by the rows: {', '.join(self.refused_)}"] * bool(self.refused_)
