"""Results of many pairs at once, as arrays; each entry is a `Result`, built when asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from divkit.plain import jsonable
from divkit.results import NotANumberError, Result, fields_of
from divkit.types import FloatArray, Kind

_SUMMARIES = frozenset({"warnings", "reason"})
"""Keys that say again what members hold."""


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
        unexplained = [i for i in unbounded.tolist() if i not in self.alone]
        if unexplained:
            raise ValueError(
                f"{self.name} is infinite at index {unexplained[0]}, and nothing says why."
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
        return Result.exact(value, error, self.kind, self.method, name=self.name, unit=self.unit)

    def __repr__(self) -> str:
        warned = sum(bool(result.warnings) for result in self.alone.values())
        words = f", {warned} with warnings" if warned else ""
        return f"{self.name} of {len(self)} pairs ({self.kind}){words}"

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
            "alone": jsonable(self.alone),
            "diagnostics": jsonable(dict(self.diagnostics)),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> BatchResult:
        """Return the BatchResult of which `to_dict` made these values.

        Raises
        ------
        ValueError
            If a field is missing or unknown, or as for the fields themselves.
        """
        said = {key: value for key, value in plain.items() if key not in _SUMMARIES}
        known = fields_of(cls, said)
        alone = {int(i): Result.from_dict(each) for i, each in known["alone"].items()}
        value, error = (np.array(known[key], dtype=float) for key in ("value", "error"))
        return cls(**{**known, "value": value, "error": error, "alone": alone})

    def to_json(self) -> str:
        """Return one line of strict JSON."""
        return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> BatchResult:
        """Return the BatchResult of which `to_json` made this text."""
        return cls.from_dict(json.loads(text))
