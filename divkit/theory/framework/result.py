"""Results of checks: pairs of numbers that a statement relates, and whether they obey it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from divkit import markup
from divkit.plain import jsonable, real, text, whole
from divkit.theory.framework.figure import Figure
from divkit.theory.framework.measured import Quantity, measured
from divkit.theory.framework.verdict import Decision, counted

Relation: TypeAlias = Literal["=", "≤", "<"]


@dataclass(frozen=True)
class Comparison:
    """One instance of a statement: left and right, and how far they may be from their relation.

    "=" asks |left − right| ≤ allowed, "≤" asks left − right ≤ allowed, "<" asks that right
    exceed left by more than `allowed` (a gap that the errors cannot explain). NaN obeys nothing,
    and where anything is allowed nothing was shown: under an infinite allowance no finite pair
    holds or fails. NumPy's numbers become Python's, so that `holds` is a bool.

    A comparison with an `unknown` side, whose word says why (`undecided` makes it), is neither:
    its verdict is that it is not decided, and a side that is not known is NaN.

    Raises
    ------
    TypeError
        If a number is none, or the case is no text.
    ValueError
        If the allowance is negative, or the relation is not known.

    Examples
    --------
    >>> Comparison("a case", left=1.0, right=1.0 + 1e-12, allowed=1e-9).holds
    True
    """

    case: str
    left: float
    right: float
    allowed: float
    relation: Relation = "="
    unknown: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "case", text("case", self.case))
        object.__setattr__(self, "unknown", text("unknown", self.unknown))
        for name in ("left", "right", "allowed"):
            object.__setattr__(self, name, real(name, getattr(self, name)))
        if self.allowed < 0:
            raise ValueError(f"allowed must be at least 0; got {self.allowed!r}.")
        if self.relation not in get_args(Relation):
            raise ValueError(f"relation must be '=', '≤' or '<'; got {self.relation!r}.")

    @property
    def difference(self) -> float:
        """Left minus right; 0 where both are the same infinity."""
        return 0.0 if self.left == self.right else self.left - self.right

    @property
    def strain(self) -> float:
        """Share of the allowance that is used up: above 1 the statement fails."""
        gap = self.difference
        if self.unknown or math.isnan(gap) or not math.isfinite(self.allowed):
            return math.inf
        return _RULES[self.relation].strain(gap, self.allowed)

    @property
    def holds(self) -> bool:
        """Whether left and right obey the relation."""
        return self.strain < 1 if _RULES[self.relation].strict else self.strain <= 1

    @property
    def verdict(self) -> Decision:
        """Whether it holds, fails, or is not decided: a side is not known, or its error is not."""
        if self.unknown or (math.isinf(self.allowed) and math.isfinite(self.difference)):
            return Decision.UNDECIDED
        return Decision.HOLDS if self.holds else Decision.FAILS

    @property
    def slack(self) -> str:
        """Addition to right by which left ≤ right holds where left is above it: " + 0.06", or "".

        >>> Comparison("a case", 0.02, 0.0, 0.06, "≤").slack
        ' + 0.06'
        """
        leans = self.holds and _RULES[self.relation].leans and self.difference > 0
        return f" + {self.allowed:.2g}" if leans else ""

    @property
    def is_equality(self) -> bool:
        """True where left should equal right."""
        return _RULES[self.relation].equality

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "case": self.case,
            "left": self._said(self.left),
            "relation": self.relation,
            "right": self._said(self.right),
            "difference": self._said(self.difference),
            "allowed": self._said(self.allowed),
            "holds": self.holds,
            "verdict": self.verdict.words,
            "unknown": self.unknown or None,
        }

    def _said(self, number: float) -> Any:
        """A number ready for JSON; None of a side that is not known."""
        return None if self.unknown and math.isnan(number) else jsonable(number)


def _ratio(a: float, b: float) -> float:
    if a == 0:
        return 0.0
    return math.inf if b == 0 else a / b


@dataclass(frozen=True)
class RelationRule:
    """A relation: the share of the allowance that a gap uses up, from (gap, allowed).

    Of one that `leans`, left may be above right and is shown to be at most right + allowed.
    """

    strain: Callable[[float, float], float]
    strict: bool = False
    equality: bool = False
    leans: bool = False


_RULES: Mapping[str, RelationRule] = {
    "=": RelationRule(lambda gap, allowed: _ratio(abs(gap), allowed), equality=True),
    "≤": RelationRule(lambda gap, allowed: _ratio(max(gap, 0.0), allowed), leans=True),
    "<": RelationRule(
        lambda gap, allowed: _ratio(allowed, -gap) if gap < 0 else math.inf, strict=True
    ),
}


def equal(case: str, left: Quantity, right: Quantity, extra: float = 0.0) -> Comparison:
    """Left = right within both errors, and `extra` where theory itself leaves a remainder."""
    return _compare(case, left, right, extra, "=")


def at_most(case: str, left: Quantity, right: Quantity, extra: float = 0.0) -> Comparison:
    """Left ≤ right within both errors and `extra`."""
    return _compare(case, left, right, extra, "≤")


def below(case: str, left: Quantity, right: Quantity, extra: float = 0.0) -> Comparison:
    """Left < right by more than both errors and `extra`."""
    return _compare(case, left, right, extra, "<")


def undecided(
    case: str,
    relation: Relation,
    why: str,
    left: Quantity | None = None,
    right: Quantity | None = None,
) -> Comparison:
    """Return a comparison on which there is no verdict, with why, and the side that is known."""
    sides = [math.nan if side is None else measured(side).value for side in (left, right)]
    return Comparison(case, sides[0], sides[1], math.nan, relation, why)


def _compare(
    case: str, left: Quantity, right: Quantity, extra: float, relation: Relation
) -> Comparison:
    a, b = measured(left), measured(right)
    return Comparison(case, a.value, b.value, a.error + b.error + extra, relation)


@dataclass(frozen=True)
class Evidence:
    """The outcome of a check: its comparisons, and a figure where one says more.

    A figure may be a function that makes it: it is called only where figures are wanted.

    >>> Evidence((Comparison("a case", 1.0, 1.0, 0.0),)).rows[0].holds
    True
    """

    rows: tuple[Comparison, ...]
    figure: Figure | Callable[[], Figure] | None = None
    note: str = ""


@dataclass(frozen=True)
class CheckResult:
    """A statement with its verdict.

    Attributes
    ----------
    id, group, equation, statement, formula : which statement (formula in TeX).
    left_label, right_label : what the two numbers are, and how each was calculated.
    left, right, difference, allowed : of the first instance, or of the one that fails worst.
    allowed_because : where the allowance comes from: both sides' errors, or a stated probability.
    holds : whether every instance obeys.
    verdict : that all hold, that one fails, or that none fails and one is not decided.
    rows : every instance.
    worst : the instance nearest to failing.
    seconds : time taken.

    Examples
    --------
    >>> from divkit import verify
    >>> (result,) = verify("js-tv-bounds", figures=False)
    >>> result.holds, result.id
    (True, 'js-tv-bounds')
    """

    id: str
    group: str
    equation: str
    statement: str
    formula: str
    left_label: str
    right_label: str
    allowed_because: str
    rows: tuple[Comparison, ...]
    seconds: float = 0.0
    figure: Figure | None = None
    note: str = ""
    seed: int = 0
    worst: Comparison = field(init=False)

    def __post_init__(self) -> None:
        if not self.rows:
            raise ValueError(
                f"check {self.id!r} compared nothing; a check needs at least one comparison."
            )
        object.__setattr__(self, "rows", tuple(self.rows))
        object.__setattr__(self, "seconds", real("seconds", self.seconds))
        object.__setattr__(self, "seed", whole("seed", self.seed))
        object.__setattr__(self, "worst", max(self.rows, key=_tightness))

    @property
    def headline(self) -> Comparison:
        """The instance to show: the first if all hold, else the one that fails worst."""
        return self.rows[0] if self.holds else self.worst

    @property
    def left(self) -> float:
        """Left side, of the headline."""
        return self.headline.left

    @property
    def right(self) -> float:
        """Right side, of the headline."""
        return self.headline.right

    @property
    def difference(self) -> float:
        """Left minus right."""
        return self.headline.difference

    @property
    def allowed(self) -> float:
        """The largest difference that the errors, or the stated probability, explain."""
        return self.headline.allowed

    @property
    def holds(self) -> bool:
        """Whether every instance obeys."""
        return all(each.holds for each in self.rows)

    @property
    def verdict(self) -> Decision:
        """The worst verdict on an instance."""
        return Decision.of(each.verdict for each in self.rows)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Why instances are not decided, "case: reason" each."""
        return tuple(f"{each.case}: {each.unknown}" for each in self.rows if each.unknown)

    def _repr_html_(self) -> str:
        """Every instance of the statement, for a notebook."""
        rows = [
            [row.case, markup.number(row.left), row.relation, markup.number(row.right) + row.slack,
             markup.number(row.allowed, 2), row.verdict.words]
            for row in self.rows
        ]  # fmt: skip
        header = ("case", self.left_label, "", self.right_label, "allowed", "verdict")
        return markup.table(header, rows, f"{self.id}: {self.statement}") + markup.notes(
            self.unknown
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; the figure's data is left out."""
        return {
            "id": self.id,
            "group": self.group,
            "equation": self.equation,
            "statement": self.statement,
            "formula": self.formula,
            "left_label": self.left_label,
            "right_label": self.right_label,
            **self.headline.to_dict(),
            "holds": self.holds,
            "verdict": self.verdict.words,
            "strain": jsonable(self.worst.strain),
            "allowed_because": self.allowed_because,
            "seconds": self.seconds,
            "seed": self.seed,
            "note": self.note,
            "rows": [each.to_dict() for each in self.rows],
        }


class CheckResults(list[CheckResult]):
    """Results of checks: a list, shown as a table."""

    def __repr__(self) -> str:
        """A line a statement, and how many hold."""
        lines = [
            f"{r.id}: {r.left:.10g} {r.headline.relation} {r.right:.10g}{r.headline.slack}, "
            f"{_SHOUTED.get(r.verdict, r.verdict.words)}: {r.statement}"
            for r in self
        ]
        return "\n".join([*lines, self.summary])

    @property
    def summary(self) -> str:
        """The number of those that hold, and of those that are not decided."""
        return counted(r.verdict for r in self)

    def _repr_html_(self) -> str:
        """The table, for a notebook."""
        header = ("id", "statement", "left", "", "right", "difference", "allowed", "verdict")
        return markup.table(header, map(_cells, self), self.summary)


def _cells(r: CheckResult) -> list[str]:
    left, right = markup.number(r.left, 10), markup.number(r.right, 10)
    gaps = [markup.number(x, 2) for x in (r.difference, r.allowed)]
    right += r.headline.slack
    return [r.id, r.statement, left, r.headline.relation, right, *gaps, r.verdict.words]


_SHOUTED = {Decision.FAILS: "FAILS"}


def _tightness(comparison: Comparison) -> tuple[int, float, float]:
    """The verdict first, then strain; among inequalities that hold with room, the least room."""
    gap, rank = comparison.difference, comparison.verdict.rank
    return rank, comparison.strain, -math.inf if math.isnan(gap) or comparison.is_equality else gap


def evidence(
    rows: Iterable[Comparison], figure: Figure | Callable[[], Figure] | None = None, note: str = ""
) -> Evidence:
    """Gather comparisons into evidence.

    Returns
    -------
    Evidence
        The comparisons with what left and right are, as a check returns them.
    """
    return Evidence(tuple(rows), figure, note)
