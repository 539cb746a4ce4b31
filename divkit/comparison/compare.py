"""Compare two samples: divergences, a test of p = q, columns, directions and extreme rows."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, TypeVar

from divkit import markup
from divkit.comparison.contrasts import Contrast, contrasts
from divkit.comparison.extremes import Extreme, extremes, log_ratios
from divkit.comparison.features import ColumnComparison, features, name_of, named_rows
from divkit.comparison.permutation import Permutation, permutation_test, require_room
from divkit.comparison.table import table_of
from divkit.comparison.trust import caution, rows_for, shuffled
from divkit.digits import of_error, supported, supported_ends
from divkit.divergences import named
from divkit.divergences.base import IPM, Divergence
from divkit.estimators.api import estimate
from divkit.estimators.kernel_logistic.method import KernelLogistic
from divkit.floats import own_rules
from divkit.plain import jsonable
from divkit.results import Result, warnings_of
from divkit.rng import spawn
from divkit.samples import Pair, dated, day_words, two_samples
from divkit.threads import on_one_thread
from divkit.types import FloatArray, Samples

T = TypeVar("T")
_REST = 5
"""Parts beside the divergences: the test, shuffled labels, log ratios, columns, directions."""
KINDS = ("js", "kl", "reverse_kl", "tv", "hellinger2")
"""The divergences of a comparison by default."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two samples compared.

    Attributes
    ----------
    pair : the rows, as they were used: copies of a row once.
    divergences : estimates with intervals, in the order asked.
    null : the same with labels shuffled, where each is 0; () where many rows and a test that
        rejects leave no doubt (`divkit.comparison.trust`).
    cautions : why a divergence's interval is not to be trusted, "" where it is; one for each.
    test : the permutation test of p = q.
    features : column by column, the greatest JSD first.
    contrasts : the directions of the greatest difference; () on the line or of few rows.
    extremes : the rows that separate the samples best.
    log_ratios : log p − log q at the rows of x, then of y (n + m,), each left out of its own fit;
        infinite on atoms that one sample alone has.
    warnings : what a reader should know.
    alpha : level of the test's verdict.
    seconds : time taken.
    dates : names of the columns that are dates, calculated with as days from 1970-01-01 on.

    See Also
    --------
    divkit.compare : makes it.
    divkit.plots.draw_column : one of its columns, drawn.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> found = compare(rng.normal(size=40), rng.normal(2, 1, 30), ["tv"], permutations=19)
    >>> found.test.p_value
    0.05
    """

    pair: Pair
    divergences: tuple[Result, ...]
    null: tuple[Result, ...]
    cautions: tuple[str, ...]
    test: Permutation
    features: tuple[ColumnComparison, ...]
    contrasts: tuple[Contrast, ...]
    extremes: tuple[Extreme, ...]
    log_ratios: FloatArray
    warnings: tuple[str, ...]
    alpha: float
    seconds: float
    dates: tuple[str, ...] = ()

    @property
    def differ(self) -> bool:
        """Whether the test rejects p = q at level alpha."""
        return self.test.rejects(self.alpha)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(name_of(self.pair, k) for k in range(self.pair.dim))

    def entry(self, column: str, cell: float | str) -> float | str:
        """A column's cell as a reader is shown it: of a date the date, else the cell itself."""
        return cell if isinstance(cell, str) or column not in self.dates else day_words(cell)

    @property
    def verdict(self) -> str:
        """One sentence."""
        p_value = f"p-value {self.test.p_value:.3g}, level {self.alpha:g}"
        if self.differ:
            return f"The samples come from different laws ({p_value})."
        return f"No difference between the laws is shown ({p_value})."

    def __repr__(self) -> str:
        cautioned = zip(self.divergences, self.cautions, strict=True)
        lines = [self.verdict, *(f"{r!r}{words and f': {words}'}" for r, words in cautioned)]
        return "\n".join([*lines, *(f"warning: {words}" for words in self.warnings)])

    def _repr_html_(self) -> str:
        """The verdict, the divergences and the columns, for a notebook."""
        rows = [
            [r.name, *_figures(r), *supported_ends(r.interval, r.error), words]
            for r, words in zip(self.divergences, self.cautions, strict=True)
        ]
        columns = [
            [f.name, *_figures(f.js),
             "–" if f.w1 is None else markup.number(f.w1, 4), markup.number(f.p_value, 3)]
            for f in self.features
        ]  # fmt: skip
        return (
            markup.table(
                ("divergence", "value", "error", "from", "to", "note"), rows, self.verdict
            )
            + markup.table(("column", "JSD", "error", "W1 / unit", "p-value (Holm)"), columns)
            + markup.notes(self.warnings)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON."""
        n, m = len(self.pair.x), len(self.pair.y)
        plain: dict[str, Any] = jsonable(
            {
                "n": n,
                "m": m,
                "columns": self.columns,
                "verdict": self.verdict,
                "alpha": self.alpha,
                "differ": self.differ,
                "test": self.test,
                "divergences": self.divergences,
                "shuffled": self.null,
                "cautions": [words or None for words in self.cautions],
                "features": self.features,
                "dates": self.dates,
                "contrasts": self.contrasts,
                "extremes": self.extremes,
                "warnings": self.warnings,
                "seconds": self.seconds,
            }
        )
        return plain

    def to_table(self) -> dict[str, list[Any]]:
        """Return columns of equal length: a row a divergence of the rows, a column, a direction.

        Examples
        --------
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> x, y = rng.normal(size=40), rng.normal(2, 1, 30)
        >>> table = compare(x, y, ["tv"], permutations=19).to_table()
        >>> table["of"], table["name"], table["divergence"]
        (['rows', 'column'], ['', 'column 0'], ['tv', 'js'])
        """
        return table_of(self)

    def to_frame(self) -> Any:
        """Return the rows of `to_table` as a `pandas.DataFrame`.

        Raises
        ------
        ModuleNotFoundError
            If pandas is not installed; `to_table` needs none.
        """
        import pandas as pd  # an extra, needed here alone

        return pd.DataFrame(self.to_table())


@own_rules
@on_one_thread
def compare(
    x: Samples,
    y: Samples,
    divergences: Sequence[str | Divergence] = KINDS,
    method: str = "auto",
    *,
    rng: int = 0,
    level: float = 0.95,
    alpha: float = 0.05,
    permutations: int = 999,
    jitter: float | None = None,
    observe: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Compare two samples: how far apart, whether at all, in which columns, and where.

    Parameters
    ----------
    x, y : samples (n, d) and (m, d), rows are points: arrays, tensors, data frames, lists. Columns
        of texts or booleans are labels: categories without order or distance. Columns of dates in
        a data frame are taken as days.
    divergences : names or objects, each estimated by `method`.
    method : of `divkit.estimate`.
    rng : seed; the same seed, the same comparison.
    level : confidence of the intervals.
    alpha : level of the test of p = q.
    permutations : of the test.
    observe : called after each part with how many are done, and how many there are.
    jitter : noise that blurs atoms and steps first; see `divkit.estimate`.

    Returns
    -------
    Comparison
        Divergences with intervals, the test, columns, directions and rows that differ; a notebook
        shows it as tables, `divkit.report.comparison.write_comparison` as a page.

    Raises
    ------
    ValueError
        If a sample is not fit to be used (`divkit.samples.two_samples`), alpha is not in (0, 1),
        the test could not reject with so few permutations, or a metric is asked for and a column
        holds labels.
    TypeError
        If a cell is neither a real number nor a label.

    See Also
    --------
    divkit.estimate : one divergence, with its interval.
    divkit.fit_density : a density of one of the samples.
    divkit.mutual_information : of two columns of one sample.

    Examples
    --------
    >>> from divkit.distributions import Normal
    >>> x, y = Normal(0, 1).sample(30, rng=0), Normal(3, 1).sample(25, rng=1)
    >>> compare(x, y, ("js",), permutations=99).verdict
    'The samples come from different laws (p-value 0.01, level 0.05).'
    """
    began = time.perf_counter()
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be in (0, 1); got {alpha!r}.")
    if alpha * (1 + permutations) < 1:
        raise ValueError(
            f"with permutations={permutations} no p-value is below {1 / (1 + permutations):.3g}: "
            f"the test could not reject at alpha={alpha:g}. Take more."
        )
    for_test, for_halves, for_null = spawn(rng, 3)
    (x, dates), (y, dates_of_y) = dated(x, "x"), dated(y, "y")
    if set(dates) != set(dates_of_y):
        odd = sorted({*dates} ^ {*dates_of_y})[0]
        raise ValueError(f"column {odd!r} holds dates in one sample and none in the other.")
    pair = two_samples(x, y, above=2, laws="mixed", jitter=jitter, rng=rng)
    require_room(len(pair.x) + len(pair.y), permutations)
    _require_distances(pair, [named(kind) for kind in divergences])
    done = _steps(len(divergences) + _REST, observe)
    results = tuple(
        done(
            estimate(
                *named_rows(rows_for(pair, named(kind))), named(kind), method, rng=rng, level=level
            )
        )
        for kind in divergences
    )
    test = done(permutation_test(pair, permutations=permutations, rng=for_test))
    differ = test.rejects(alpha)
    doubtful = not differ or _few(pair)
    null = done(shuffled(pair, divergences, method, rng=for_null, level=level) if doubtful else ())
    ratios = done(log_ratios(pair, KernelLogistic(rng=rng)))
    by_column = done(features(pair, method=method, rng=rng, level=level))
    along = done(contrasts(pair, method=method, rng=for_halves, level=level))
    return Comparison(
        pair,
        results,
        null,
        tuple(caution(r, z, differ) for r, z in zip_longest(results, null)),
        test,
        by_column,
        along,
        extremes(pair, ratios),
        ratios,
        _warnings(pair, (*results, *_parts(by_column, along))),
        alpha,
        time.perf_counter() - began,
        dates,
    )


def _figures(result: Result) -> tuple[str, str]:
    """Value and error, to the digits that the error supports."""
    return supported(result.value, result.error), of_error(result.error)


def _require_distances(pair: Pair, divergences: Sequence[Divergence]) -> None:
    """Refuse metrics between rows that hold labels."""
    metric = next((each for each in divergences if isinstance(each, IPM)), None)
    if metric is not None and pair.texts:
        holds = next(k for k, words in enumerate(pair.texts) if words)
        raise ValueError(
            f"{metric.name} needs distances, and {name_of(pair, holds)} holds labels, which have "
            "none. Take divergences such as js, kl, tv, or leave the column out."
        )


def _steps(total: int, observe: Callable[[int, int], None] | None) -> Callable[[T], T]:
    """A function to pass each part's result through, which counts it."""
    parts = iter(range(1, total + 1))

    def done(result: T) -> T:
        if observe is not None:
            observe(next(parts), total)
        return result

    return done


def _few(pair: Pair) -> bool:
    """Whether there are fewer rows than 20 for each coordinate and one more."""
    return min(len(pair.x), len(pair.y)) < 20 * (1 + pair.dim)


def _parts(by_column: Sequence[ColumnComparison], along: Sequence[Contrast]) -> Iterator[Result]:
    """The JSD of each column and direction, by its name."""
    for feature in by_column:
        yield replace(feature.js, name=f"{feature.js.name} of {feature.name}")
    for contrast in along:
        yield replace(contrast.js, name=f"{contrast.js.name} along a direction of {contrast.kind}")


_COUNTED = re.compile(r"(\d+) (of \d+ rows .*)", re.DOTALL)
"""A note that counts rows: columns that differ in the count alone share one line."""
_STEPS = re.compile(r" \([\d.e+-]+\)")
"""Steps of rounded columns, which depend on the columns' units."""


def _warnings(pair: Pair, results: Sequence[Result]) -> tuple[str, ...]:
    fresh = [
        (result, words)
        for result in results
        for words in result.warnings
        if not _is_told(words, pair.notes)
    ]
    counts: dict[str, list[int]] = {}
    for _, words in fresh:
        if counted := _COUNTED.fullmatch(words):
            counts.setdefault(counted[2], []).append(int(counted[1]))
    one = [replace(result, warnings=(_ranged(words, counts),)) for result, words in fresh]
    lines = [*pair.notes, *warnings_of(one)]
    if _few(pair):
        lines.append(
            f"{min(len(pair.x), len(pair.y))} rows in {pair.dim} dimensions are few: intervals "
            "rest on approximations that need many more"
        )
    return tuple(dict.fromkeys(lines))


def _is_told(words: str, notes: Sequence[str]) -> bool:
    """Whether a note on the pair says it of this column, among others."""
    head, _, columns = _STEPS.sub("", words).rpartition(": ")
    return any(head in note and columns in note for note in (_STEPS.sub("", n) for n in notes))


def _ranged(words: str, counts: Mapping[str, Sequence[int]]) -> str:
    """The note with the least and the greatest count of those that say the same."""
    counted = _COUNTED.fullmatch(words)
    if counted is None:
        return words
    low, high = min(counts[counted[2]]), max(counts[counted[2]])
    return f"{low if low == high else f'{low} to {high}'} {counted[2]}"
