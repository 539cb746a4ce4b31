"""Every number that divkit returns carries its error, its kind and the way it was got.

What a reader must know is a field, not a diagnostic: warnings, the reason of an infinity, and
whether the number is a limit from one side. A `Result` that is not a number, or that hides one of
these words among its diagnostics, cannot be made.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from divkit import markup
from divkit.arithmetic import Arithmetic
from divkit.digits import of_error, supported
from divkit.lazy import deferred
from divkit.moved import names_of
from divkit.plain import fields_of, jsonable
from divkit.signatures import listed
from divkit.types import LOWER, STANDARD_ERROR, Kind, OneSided

if not TYPE_CHECKING:
    __getattr__ = names_of(__name__)

special = deferred("scipy.special")

SAID_AS_FIELDS = frozenset({"warning", "warnings", "reason", "lower_bound", "one_sided"})
"""Keys that diagnostics may not have: readers look for these words in the fields of a Result."""
LINE = (-math.inf, math.inf)
"""The interval that claims nothing."""
_CALL = re.compile(r"(\w+)\(.*\)", re.DOTALL)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def way_of(method: str) -> str:
    """Return a method's name without its options; words that are no call stay as they are.

    >>> way_of("ClosedForm()"), way_of("Quadrature(rounds=120)"), way_of("by hand")
    ('closed_form', 'quadrature', 'by hand')
    """
    called = _CALL.fullmatch(method)
    return _HUMP.sub("_", called[1]).lower() if called else method


class NotANumberError(ArithmeticError):
    """A value, error or end of an interval came out as NaN: a fault of the calculation."""


class Words(TypedDict, total=False):
    """The words of a `Result` beside its numbers: fields of it, all with a default."""

    diagnostics: Mapping[str, Any]
    name: str
    unit: str
    warnings: tuple[str, ...]
    reason: str | None


def z_of(level: float) -> float:
    """Return z with P(|N(0, 1)| ≤ z) = level: 1.96 at 0.95.

    >>> round(z_of(0.95), 6)
    1.959964
    """
    return float(special.ndtri(0.5 + 0.5 * level))


def require_level(level: float) -> None:
    """Refuse a confidence that is not in (0, 1)."""
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1); got {level!r}.")


def normal_interval(
    value: float, error: float, level: float, span: tuple[float, float] = LINE
) -> tuple[float, float]:
    """Return value ± z·error, a normal estimate's interval; `span` where that is infinite.

    >>> low, high = normal_interval(1.0, 0.5, 0.95)
    >>> round(low, 4), round(high, 4)
    (0.02, 1.98)
    """
    half = z_of(level) * error
    return (value - half, value + half) if math.isfinite(half) else span


@dataclass(frozen=True)
class Result(Arithmetic):
    """A value with its error; sums, products, powers and NumPy's functions carry it through.

    Attributes
    ----------
    value : the number, in nats unless `unit` says otherwise; may be inf.
    error : a bound, an estimate or a standard error, as `kind` says; 0 for an exact symbol, inf
        where none is known.
    kind : "closed form" (error bounds the rounding), "enclosure" (proved), "quadrature"
        (estimated) or "standard error" (sampling spread).
    interval : where the truth lies, at confidence `level` (1 where the bound is no probability).
    method : the repr of what made it, hyper-parameters included.
    diagnostics : nodes, seconds, seed, …: what a reader may want, and nothing that he must know.
    name : what was computed, for printing ("js", "gan value").
    unit : "nats", "bits", "" for a length or a probability.
    warnings : what a reader must know, a sentence each; every printer shows them.
    reason : why the value is infinite, or what else proves it; None where nothing is to be said.
    one_sided : "lower" if only the interval's lower end is claimed, "upper" if only its upper one;
        the other end is then the last possible value. None for a value with two sides.

    Raises
    ------
    NotANumberError
        If the value, the error or an end of the interval is NaN.
    ValueError
        If the error is negative, the interval's ends are in the wrong order, the level is not in
        (0, 1], an infinite value comes without reason and warning, or an infinite error without a
        word on it; if diagnostics hold what is a field (`SAID_AS_FIELDS`).
    TypeError
        If warnings are no tuple of texts.

    See Also
    --------
    divkit.BatchResult : of many pairs.
    divkit.divergence : makes them.

    Examples
    --------
    >>> import numpy as np
    >>> Result(0.5, 0.1, "standard error", (0.3, 0.7), 0.95, "by hand", warnings=("few rows",))
    value = 0.5 ± 0.1 (standard error), 1 warning
    >>> print(_)
    value = 0.50 ± 0.10 (standard error)
      warning: few rows
    >>> js, kl = (Result.exact(v, 1e-9, "quadrature", "by hand", name=n) for n, v in
    ...           (("js", 0.25), ("kl", 0.5)))
    >>> 2 * js - kl
    (2 · js) − kl = 0.0 ± 3e-09 (quadrature)
    >>> f"{js:.3f}"
    '0.250'
    >>> np.sqrt(js)
    js^0.5 = 0.5 ± 1e-09 (quadrature)
    """

    value: float
    error: float
    kind: Kind
    interval: tuple[float, float]
    level: float
    method: str
    diagnostics: Mapping[str, Any] = field(default_factory=dict, hash=False)  # a dict
    name: str = "value"
    unit: str = "nats"
    warnings: tuple[str, ...] = ()
    reason: str | None = None
    one_sided: OneSided | None = None

    def __post_init__(self) -> None:
        _check_numbers(self)
        _check_words(self)

    @classmethod
    def exact(
        cls,
        value: float,
        error: float,
        kind: Kind,
        method: str,
        *,
        name: str = "value",
        unit: str = "nats",
        warnings: tuple[str, ...] = (),
        reason: str | None = None,
        **diagnostics: Any,
    ) -> Result:
        """Return a Result whose error is no probability: its interval is value ± error, level 1.

        An infinite value of no error has [value, value]; one of unknown error, the line.
        """
        if math.isinf(value):
            ends = (value, value) if error == 0 else LINE
        else:
            ends = (value - error, value + error)
        return cls(
            value, error, kind, ends, 1.0, method, diagnostics, name, unit, tuple(warnings), reason
        )

    @classmethod
    @listed
    def normal(
        cls,
        value: float,
        error: float,
        method: str,
        *,
        level: float,
        span: tuple[float, float] = LINE,
        **words: Unpack[Words],
    ) -> Result:
        """Return an estimate with its standard error and the interval value ± z·error.

        Of an infinite error the interval is `span`, where the truth must lie.

        >>> Result.normal(0.5, 0.1, "by hand", level=0.95).interval
        (0.3040036015459946, 0.6959963984540054)
        """
        ends = normal_interval(value, error, level, span)
        return cls(value, error, "standard error", ends, level, method, **words)

    @classmethod
    @listed
    def bound(
        cls,
        value: float,
        interval: tuple[float, float],
        method: str,
        *,
        side: OneSided = "lower",
        error: float = math.inf,
        kind: Kind = "standard error",
        level: float = 1.0,
        **words: Unpack[Words],
    ) -> Result:
        """Return a value of which only one end of the interval is claimed, the lower by default.

        The other end is the last possible value; the error is unknown unless it is given.
        """
        return cls(value, error, kind, interval, level, method, one_sided=side, **words)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Result:
        """Return the Result of which `to_dict` made these values.

        Diagnostics stay the plain values that they were written as.

        Raises
        ------
        ValueError
            If a field is missing or unknown, or as for the fields themselves.
        """
        known = fields_of(cls, plain)
        numbers = {name: float(known[name]) for name in ("value", "error")}
        low, high = map(float, known["interval"])
        known |= {"interval": (low, high), "warnings": tuple(known["warnings"])}
        return cls(**known | numbers)

    @classmethod
    def from_json(cls, text: str) -> Result:
        """Return the Result of which `to_json` made this text."""
        return cls.from_dict(json.loads(text))

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        line, count = self._line(repr(self.value), f"{self.error:.2g}"), len(self.warnings)
        return f"{line}, {count} warning{'s' if count > 1 else ''}" if count else line

    def __str__(self) -> str:
        """A line of the digits that the error supports, then the reason and every warning."""
        reason = [] if self.reason is None else [f"  reason: {self.reason}"]
        line = self._line(supported(self.value, self.error), of_error(self.error))
        return "\n".join([line, *reason, *(f"  warning: {w}" for w in self.warnings)])

    def _repr_html_(self) -> str:
        """The value with its error, how it was got, and every warning, for a notebook."""
        shown = f"{supported(self.value, self.error)} ± {of_error(self.error)} {self.unit}"
        rows = [("value", shown.rstrip())]
        rows += [("claimed", self.side())] if self.one_sided else []
        low, high = (markup.number(end, self._digits()) for end in self.interval)
        level = f" at level {self.level:g}" if self.level < 1 else ""
        rows += [("interval", f"[{low}, {high}]{level}")]
        rows += [("kind", self.kind), ("method", self.way)]
        rows += [("reason", self.reason)] if self.reason else []
        return markup.facts(rows, self.name) + markup.notes(self.warnings)

    def _digits(self) -> int:
        """Digits with which the ends of the interval can be told apart, 17 at most."""
        low, high = self.interval
        size = max(abs(low), abs(high))
        if not 0 < high - low < math.inf or not math.isfinite(size):
            return 12
        return min(17, max(6, 2 + math.ceil(math.log10(size / (high - low)))))

    def _line(self, value: str, error: str) -> str:
        line = f"{self.name} = {value} ± {error} ({self.kind})"
        return f"{line}, {self.side()}" if self.one_sided else line

    @property
    def way(self) -> str:
        """The method's name without its options: "quadrature"."""
        return way_of(self.method)

    @property
    def is_estimate(self) -> bool:
        """True where the error is a standard error, one that chance can exceed."""
        return self.kind == STANDARD_ERROR

    @property
    def is_lower_bound(self) -> bool:
        """True where only the lower end of the interval is claimed."""
        return self.one_sided == LOWER

    def side(self) -> str:
        """Return what a one-sided result claims, "at least 0.31"; empty for one with two sides."""
        if self.one_sided is None:
            return ""
        lower = self.is_lower_bound
        return f"at {'least' if lower else 'most'} {self.interval[0 if lower else 1]:.6g}"

    def affine(self, scale: float, shift: float = 0.0, *, name: str | None = None) -> Result:
        """Return shift + scale · value, scale > 0, with its error, interval and words."""
        low, high = (shift + scale * end for end in self.interval)
        return replace(
            self,
            value=shift + scale * self.value,
            error=scale * self.error,
            interval=(low, high),
            name=self.name if name is None else name,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON; infinities become strings."""
        return {
            "name": self.name,
            "value": jsonable(self.value),
            "error": jsonable(self.error),
            "kind": self.kind,
            "interval": [jsonable(end) for end in self.interval],
            "level": self.level,
            "unit": self.unit,
            "one_sided": self.one_sided,
            "reason": self.reason,
            "warnings": list(self.warnings),
            "method": self.method,
            "diagnostics": jsonable(dict(self.diagnostics)),
        }

    def to_json(self) -> str:
        """Return one line of strict JSON."""
        return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False)


def _check_numbers(result: Result) -> None:
    numbers = {
        "value": result.value,
        "error": result.error,
        "lower end": result.interval[0],
        "upper end": result.interval[1],
    }
    for name, number in numbers.items():
        if math.isnan(number):
            raise NotANumberError(
                f"the {name} of {result.name} is NaN: {result.value!r} ± {result.error!r}, "
                f"interval {result.interval!r}, by {result.method}."
            )
    if result.error < 0:
        raise ValueError(f"error must be at least 0; got {result.error!r}.")
    if result.interval[0] > result.interval[1]:
        raise ValueError(f"interval must run from low to high; got {result.interval!r}.")
    if not 0 < result.level <= 1:
        raise ValueError(f"level must be in (0, 1]; got {result.level!r}.")


def _check_words(result: Result) -> None:
    warnings = result.warnings
    if not isinstance(warnings, tuple) or not all(isinstance(w, str) and w for w in warnings):
        raise TypeError(f"warnings must be a tuple of texts; got {warnings!r}.")
    hidden = SAID_AS_FIELDS.intersection(result.diagnostics)
    if hidden:
        raise ValueError(
            f"diagnostics may not hold {sorted(hidden)}: they are fields of a Result."
        )
    if result.one_sided not in (None, "lower", "upper"):
        raise ValueError(f"one_sided must be 'lower', 'upper' or None; got {result.one_sided!r}.")
    explained = bool(warnings) or result.reason is not None
    if math.isinf(result.value) and not explained:
        raise ValueError(f"{result.name} is infinite: say why, in reason or in warnings.")
    if math.isinf(result.error) and not (explained or result.one_sided):
        raise ValueError(f"{result.name} has no error that is known: say why, in warnings.")


def warnings_of(results: Iterable[Result]) -> tuple[str, ...]:
    """Return every warning once, with the names of the results that it is of: "js, kl: …".

    >>> from dataclasses import replace
    >>> sure = Result.normal(0.1, 0.01, "a sample", level=0.95, name="js")
    >>> warnings_of([sure, replace(sure, warnings=("few rows",))])
    ('js: few rows',)
    """
    names: dict[str, dict[str, None]] = {}
    for result in results:
        for words in result.warnings:
            names.setdefault(words, {})[result.name] = None
    return tuple(f"{', '.join(of)}: {words}" for words, of in names.items())
