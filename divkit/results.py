"""Every number that divkit returns carries its error, its kind and the way it was got."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from divkit.types import FloatArray, Kind


@dataclass(frozen=True)
class Result:
    """A value with its error.

    Attributes
    ----------
    value : the number, in nats unless `unit` says otherwise; may be inf.
    error : a bound, an estimate or a standard error, as `kind` says; 0 for an exact symbol.
    kind : "closed form" (error bounds the rounding), "enclosure" (proved), "quadrature"
        (estimated) or "standard error" (sampling spread).
    interval : where the truth lies, at confidence `level` (1 where the bound is no probability).
    method : the repr of what made it, hyper-parameters included.
    diagnostics : nodes, seconds, seed, reason of an infinity, warnings, …
    name : what was computed, for printing ("js", "gan value").
    unit : "nats", "bits", "" for a length or a probability.
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

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        return f"{self.name} = {self.value!r} ± {self.error:.2g} ({self.kind})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON; inf and NaN become strings."""
        return {
            "name": self.name,
            "value": jsonable(self.value),
            "error": jsonable(self.error),
            "kind": self.kind,
            "interval": [jsonable(end) for end in self.interval],
            "level": self.level,
            "unit": self.unit,
            "method": self.method,
            "diagnostics": jsonable(dict(self.diagnostics)),
        }

    def to_json(self) -> str:
        """Return one line of strict JSON."""
        return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False)


@dataclass(frozen=True)
class BatchResult:
    """Arrays of values and errors for many pairs at once; `result[i]` is one of them."""

    value: FloatArray
    error: FloatArray
    kind: Kind
    method: str
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    name: str = "value"

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, i: int) -> Result:
        return deterministic(
            float(self.value[i]), float(self.error[i]), self.kind, self.method, name=self.name
        )


def deterministic(
    value: float,
    error: float,
    kind: Kind,
    method: str,
    *,
    name: str = "value",
    unit: str = "nats",
    **diagnostics: Any,
) -> Result:
    """Return a Result whose error is no probability: its interval is value ± error, level 1."""
    ends = (value, value) if math.isinf(value) else (value - error, value + error)
    return Result(value, error, kind, ends, 1.0, method, diagnostics, name, unit)


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
