"""Results of many pairs at once, as arrays; each entry is a `Result`, built when asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from divkit import markup
from divkit.arithmetic import WEAKEST_LAST
from divkit.batch_arithmetic import BatchArithmetic
from divkit.digits import of_error, supported
from divkit.plain import fields_of, jsonable
from divkit.results import NotANumberError, Result
from divkit.types import FloatArray, Kind

_SHOWN = 10
"""Entries that a notebook shows."""
_SUMMARIES = frozenset({"warnings", "reason"})
"""Keys that say again what members hold."""


@dataclass(frozen=True, eq=False)  # == is entry by entry, as of arrays, which have no hash
class BatchResult(BatchArithmetic):
    """Arrays of values and errors for many pairs at once; `result[i]` is one of them, whole.

    Where the pairs have several axes, `result[i, j]` is one, `result[i]` a row of them.

    Attributes
    ----------
    value, error : float64 arrays of one shape: (n,), or that of the batches of laws.
    kind : the weakest among the pairs.
    method : the ways that were taken.
    diagnostics : how many pairs went each way, nodes, seconds.
    name, unit : of every entry.
    alone : the results, by index in the order of `value.ravel()`, of the pairs that were computed
        one at a time: their interval, warnings, reason and method are kept.

    Raises
    ------
    NotANumberError
        If a value or an error is NaN; the message says at which index.
    ValueError
        If shapes differ, an error is negative, or a value or an error is infinite at an index
        that `alone` does not explain.

    See Also
    --------
    divkit.Result : of one pair.
    divkit.divergence_batch : makes them.

    Examples
    --------
    >>> from divkit import kl_divergence
    >>> batch = kl_divergence([[0.5, 0.5], [0.25, 0.75]], [[0.5, 0.5], [0.5, 0.5]])
    >>> print(batch)
    kl of 2 pairs in nats (closed form)
     value [0.         0.13081204]
     error [0.0e+00 1.4e-15]
    >>> batch[0].value
    0.0
    >>> print((2 * batch)[1])
    2 · kl = 0.2616240718822739 ± 2.8e-15 (closed form)
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
                place = self._place(int(missing[0]))
                raise NotANumberError(f"the {name} of {self.name} is NaN at index {place}.")
        if bool((self.error < 0).any()):
            raise ValueError(f"error must be at least 0; got {self.error.min()!r}.")
        unbounded = np.flatnonzero(np.isinf(self.value) | np.isinf(self.error))
        unexplained = [i for i in unbounded.tolist() if i not in self.alone]
        if unexplained:
            place = self._place(unexplained[0])
            raise ValueError(f"{self.name} is infinite at index {place}, and nothing says why.")

    @classmethod
    def of(cls, results: Iterable[Result], shape: tuple[int, ...]) -> BatchResult:
        """Return these results, of one unit, as a batch; each keeps all that it says.

        Raises
        ------
        ValueError
            If there are none, they differ in unit, or the shape holds another number of them.

        Examples
        --------
        >>> one = Result.exact(0.5, 1e-9, "quadrature", "by hand", name="kl")
        >>> BatchResult.of([one, 2 * one], (2,)).value
        array([0.5, 1. ])
        """
        alone = dict(enumerate(results))
        name, unit, method = (
            [*dict.fromkeys(getattr(r, word) for r in alone.values())]
            for word in ("name", "unit", "method")
        )
        if len(unit) != 1:
            raise ValueError(f"a batch needs one result or more, of one unit; got units {unit}.")
        return cls(
            np.array([r.value for r in alone.values()]).reshape(shape),
            np.array([r.error for r in alone.values()]).reshape(shape),
            max((r.kind for r in alone.values()), key=WEAKEST_LAST.index),
            ", ".join(method),
            name=name[0] if len(name) == 1 else f"{name[0]}, …",
            unit=unit[0],
            alone=alone,
        )

    def _place(self, flat: int) -> int | tuple[int, ...]:
        """An index as a user writes it: a number where there is one axis."""
        place = tuple(map(int, np.unravel_index(flat, self.shape)))
        return place[0] if len(place) == 1 else place

    @property
    def shape(self) -> tuple[int, ...]:
        """Of `value` and `error`."""
        return self.value.shape

    @property
    def size(self) -> int:
        """The number of pairs."""
        return self.value.size

    @property
    def warnings(self) -> tuple[tuple[str, ...], ...]:
        """The warnings of each entry, as many tuples, in the order of `value.ravel()`."""
        return tuple(self.alone[i].warnings if i in self.alone else () for i in range(self.size))

    @property
    def reason(self) -> tuple[str | None, ...]:
        """The reason of each entry, in the order of `value.ravel()`."""
        return tuple(self.alone[i].reason if i in self.alone else None for i in range(self.size))

    def __len__(self) -> int:
        return len(self.value)

    @overload
    def __getitem__(self, at: int) -> Result: ...

    @overload
    def __getitem__(self, at: Any) -> Result | BatchResult: ...

    def __getitem__(self, at: Any) -> Any:
        """One entry, whole, where the index names one; else those that it names, as a batch."""
        flat = np.arange(self.size).reshape(self.shape)[at]
        return self._entry(int(flat)) if np.ndim(flat) == 0 else self._taken(flat)

    def _entry(self, flat: int) -> Result:
        if flat in self.alone:
            return self.alone[flat]
        value, error = float(self.value.flat[flat]), float(self.error.flat[flat])
        return Result.exact(value, error, self.kind, self.method, name=self.name, unit=self.unit)

    def _taken(self, flat: NDArray[np.intp]) -> BatchResult:
        alone = {k: self.alone[i] for k, i in enumerate(flat.ravel().tolist()) if i in self.alone}
        value, error = self.value.ravel()[flat], self.error.ravel()[flat]
        return replace(self, value=value, error=error, alone=alone)

    def reshape(self, *shape: Any) -> BatchResult:
        """Return the same entries in another shape, as NumPy's method does."""
        value, error = self.value.reshape(*shape), self.error.reshape(*shape)
        return replace(self, value=value, error=error)

    def _title(self) -> str:
        warned = sum(bool(result.warnings) for result in self.alone.values())
        words = f", {warned} with warnings" if warned else ""
        number = " × ".join(map(str, self.shape))
        unit = f" in {self.unit}" if self.unit else ""
        return f"{self.name} of {number} pairs{unit} ({self.kind}){words}"

    def __repr__(self) -> str:
        """The first and the last entries, as NumPy prints them, each above its error."""
        value = np.array2string(self.value, prefix=" value ", threshold=_SHOWN)
        error = np.array2string(self.error, prefix=" error ", threshold=_SHOWN, precision=1)
        return f"{self._title()}\n value {value}\n error {error}"

    def __format__(self, spec: str) -> str:
        """The values in a format for floats, or the whole text where there is none.

        >>> from divkit import kl_divergence
        >>> format(kl_divergence([[0.5, 0.5], [0.25, 0.75]], [[0.5, 0.5], [0.5, 0.5]]), ".3f")
        '[0.000 0.131]'
        """
        if not spec:
            return str(self)
        written: Any = {"float_kind": lambda number: format(number, spec)}
        return np.array2string(self.value, threshold=_SHOWN, formatter=written)

    def _repr_html_(self) -> str:
        """The first entries, and how all were got, for a notebook."""
        count = min(self.size, _SHOWN)
        entries = [(self._entry(i), self._place(i)) for i in range(count)]
        rows = [
            [str(at), supported(r.value, r.error), of_error(r.error), r.way] for r, at in entries
        ]
        title = self._title() + (f", the first {count}" if count < self.size else "")
        words = dict.fromkeys(w for each in self.warnings for w in each)
        return markup.table(("at", "value", "error", "method"), rows, title) + markup.notes(words)

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
