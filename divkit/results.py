"""Every number that divkit returns carries its error, its kind and the way it was got.

What a reader must know is a field, not a diagnostic: warnings, the reason of an infinity, and
whether the number is a limit from one side. A `Result` that is not a number, or that hides one of
these words among its diagnostics, cannot be made.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from divkit.types import FloatArray, Kind, OneSided

SAID_AS_FIELDS = frozenset({"warning", "warnings", "reason", "lower_bound", "one_sided"})
"""Keys that diagnostics may not have: readers look for these words in the fields of a Result."""


class NotANumberError(ArithmeticError):
    """A value, error or end of an interval came out as NaN: a fault of the calculation."""


@dataclass(frozen=True)
class Result:
    """A value with its error.

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

    >>> Result(0.5, 0.1, "standard error", (0.3, 0.7), 0.95, "by hand", warnings=("few rows",))
    value = 0.5 ± 0.1 (standard error), 1 warning
    >>> print(_)
    value = 0.5 ± 0.1 (standard error)
      warning: few rows
    """

    value: float
    error: float
    kind: Kind
    interval: tuple[float, float]
    level: float
    method: str
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    name: str = "value"
    unit: str = "nats"
    warnings: tuple[str, ...] = ()
    reason: str | None = None
    one_sided: OneSided | None = None

    def __post_init__(self) -> None:
        _check_numbers(self)
        _check_words(self)

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        count = len(self.warnings)
        told = f", {count} warning{'s' if count > 1 else ''}" if count else ""
        return self._line() + told

    def __str__(self) -> str:
        """The line of `repr`, then the reason and every warning, a line each."""
        reason = [] if self.reason is None else [f"  reason: {self.reason}"]
        return "\n".join([self._line(), *reason, *(f"  warning: {w}" for w in self.warnings)])

    def _line(self) -> str:
        side = f", {self.side()}" if self.one_sided else ""
        return f"{self.name} = {self.value!r} ± {self.error:.2g} ({self.kind}){side}"

    def side(self) -> str:
        """Return what a one-sided result claims, "at least 0.31"; empty for one with two sides."""
        if self.one_sided is None:
            return ""
        lower = self.one_sided == "lower"
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
    told = bool(warnings) or result.reason is not None
    if math.isinf(result.value) and not told:
        raise ValueError(f"{result.name} is infinite: say why, in reason or in warnings.")
    if math.isinf(result.error) and not (told or result.one_sided):
        raise ValueError(f"{result.name} has no error that is known: say why, in warnings.")


@dataclass(frozen=True)
class BatchResult:
    """Arrays of values and errors for many pairs at once; `result[i]` is one of them, whole.

    Attributes
    ----------
    value, error : (n,) float64.
    kind : the weakest among the pairs.
    method : the ways that were taken.
    diagnostics : how many pairs went each way, nodes, seconds.
    name, unit : of every entry.
    alone : the results, by index, of the pairs that were computed one at a time: their interval,
        warnings, reason and method are kept.

    Raises
    ------
    NotANumberError
        If a value or an error is NaN; the message says at which index.
    ValueError
        If lengths differ, an error is negative, or a value or an error is infinite at an index
        that `alone` does not explain.
    """

    value: FloatArray
    error: FloatArray
    kind: Kind
    method: str
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    name: str = "value"
    unit: str = "nats"
    alone: Mapping[int, Result] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.value.shape != self.error.shape:
            raise ValueError(
                f"value and error must have one shape; got {self.value.shape} and "
                f"{self.error.shape}."
            )
        for name, numbers in (("value", self.value), ("error", self.error)):
            missing = np.flatnonzero(np.isnan(numbers))
            if len(missing):
                raise NotANumberError(f"the {name} of {self.name} is NaN at index {missing[0]}.")
        if bool((self.error < 0).any()):
            raise ValueError(f"error must be at least 0; got {self.error.min()!r}.")
        unbounded = np.flatnonzero(np.isinf(self.value) | np.isinf(self.error))
        untold = [i for i in unbounded.tolist() if i not in self.alone]
        if untold:
            raise ValueError(
                f"{self.name} is infinite at index {untold[0]}, and nothing says why."
            )

    @property
    def warnings(self) -> tuple[tuple[str, ...], ...]:
        """The warnings of each entry, (n,) tuples."""
        return tuple(self.alone[i].warnings if i in self.alone else () for i in range(len(self)))

    @property
    def reason(self) -> tuple[str | None, ...]:
        """The reason of each entry, (n,)."""
        return tuple(self.alone[i].reason if i in self.alone else None for i in range(len(self)))

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, i: int) -> Result:
        at = range(len(self))[i]
        if at in self.alone:
            return self.alone[at]
        value, error = float(self.value[at]), float(self.error[at])
        return deterministic(value, error, self.kind, self.method, name=self.name, unit=self.unit)

    def __repr__(self) -> str:
        warned = sum(bool(result.warnings) for result in self.alone.values())
        told = f", {warned} with warnings" if warned else ""
        return f"{self.name} of {len(self)} pairs ({self.kind}){told}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON, with every entry's words."""
        return {
            "name": self.name,
            "unit": self.unit,
            "kind": self.kind,
            "method": self.method,
            "value": jsonable(self.value),
            "error": jsonable(self.error),
            "warnings": jsonable(self.warnings),
            "reason": jsonable(self.reason),
            "diagnostics": jsonable(dict(self.diagnostics)),
        }


def deterministic(
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

    An infinite value of no error is the interval [value, value]; one of unknown error, the line.
    """
    if math.isinf(value):
        ends = (value, value) if error == 0 else (-math.inf, math.inf)
    else:
        ends = (value - error, value + error)
    return Result(
        value, error, kind, ends, 1.0, method, diagnostics, name, unit, tuple(warnings), reason
    )


def told(results: Iterable[Result]) -> tuple[str, ...]:
    """Return every warning of the results once, with the name of the result that it is of."""
    lines = [f"{result.name}: {words}" for result in results for words in result.warnings]
    return tuple(dict.fromkeys(lines))


@runtime_checkable
class Plain(Protocol):
    """What knows its own form in plain values."""

    def to_dict(self) -> dict[str, Any]:
        """The object as a mapping of names to values."""
        ...


def jsonable(value: Any) -> Any:
    """Return `value` as strict JSON holds it: floats that are not finite become strings."""
    if isinstance(value, Plain) and not isinstance(value, type):
        return jsonable(value.to_dict())
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist())
    if isinstance(value, np.generic):
        return jsonable(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return str(value)
