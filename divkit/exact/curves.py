r"""Exact divergences along a one-parameter family of pairs: what saturates, and what does not.

| path | p | q at parameter t | at the far end |
|---|---|---|---|
| shift | N(0, 1) | N(t, 1) | JSD → log 2, W1 = \|t\| |
| scale | N(0, 1) | N(0, t²) | JSD → log 2, KL(p‖q) ~ log t |
| mixing | N(0, 1) | (1−t) N(0, 1) + t N(4, 1) | JSD(p, N(4, 1)) at t = 1 |
| dimension | N(0, I) on R^d | N(δ·1, I) on R^d, d = t | a shift of δ√d |
| df | N(0, 1) | Student-t with t degrees of freedom | → 0 as 1/t² |

A path is a frozen value, called with the parameter; any other value with the same attributes will
do. Its repr shows what makes the pairs, and not the parameters that it proposes. Along `dimension`
KL is d δ²/2 and W2 is δ√d, while JSD stays below log 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.heavy import StudentT
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.divergences import named
from divkit.divergences.base import Divergence
from divkit.exact.api import divergence
from divkit.exact.method import Method
from divkit.floats import own_rules
from divkit.plain import jsonable
from divkit.registry import Registry
from divkit.results import Result
from divkit.samples import require_memory
from divkit.types import FloatArray

_ENTRY, _MOST_BYTES = 64, 2**28
"""Bytes of an entry of a covariance as an exact law holds it, and the most that one may take."""


class Path(Protocol):
    """A family of pairs of laws with one parameter.

    Attributes
    ----------
    label : the axis label, with the unit.
    statement : the pair, as text.
    values : parameters worth drawing.
    """

    @property
    def label(self) -> str: ...  # noqa: D102

    @property
    def statement(self) -> str: ...  # noqa: D102

    @property
    def values(self) -> tuple[float, ...]: ...  # noqa: D102

    def __call__(self, t: float) -> tuple[Law, Law]:
        """Return p and q at parameter t."""
        ...


def _square(scale: float) -> str:
    return "1" if scale == 1 else f"{scale:g}²"


def _grid(low: float, high: float, count: int) -> tuple[float, ...]:
    return tuple(np.linspace(low, high, count).tolist())


@dataclass(frozen=True)
class Shift:
    """N(0, scale²) against N(t, scale²)."""

    scale: float = 1.0
    label: str = field(default="shift t", repr=False)
    values: tuple[float, ...] = field(default=_grid(0.0, 10.0, 41), repr=False)

    @property
    def statement(self) -> str:
        """The pair, as text."""
        return f"N(0, {_square(self.scale)}) against N(t, {_square(self.scale)})"

    def __call__(self, t: float) -> tuple[Law, Law]:
        """Return p and q at parameter t."""
        return Normal(0.0, self.scale), Normal(t, self.scale)


@dataclass(frozen=True)
class Scale:
    """N(0, 1) against N(0, t²), t > 0."""

    label: str = field(default="standard deviation t", repr=False)
    statement: str = field(default="N(0, 1) against N(0, t²)", repr=False)
    values: tuple[float, ...] = field(
        default=tuple(np.geomspace(0.1, 10.0, 41).tolist()), repr=False
    )

    def __call__(self, t: float) -> tuple[Law, Law]:
        """Return p and q at parameter t."""
        return Normal(0.0, 1.0), Normal(0.0, t)


@dataclass(frozen=True)
class Mixing:
    """N(0, 1) against (1−t) N(0, 1) + t N(shift, 1), t in [0, 1]."""

    shift: float = 4.0
    label: str = field(default="share t of the second component", repr=False)
    values: tuple[float, ...] = field(default=_grid(0.0, 1.0, 41), repr=False)

    @property
    def statement(self) -> str:
        """The pair, as text."""
        return f"N(0, 1) against (1−t) N(0, 1) + t N({self.shift:g}, 1)"

    def __call__(self, t: float) -> tuple[Law, Law]:
        """Return p and q at parameter t."""
        if not 0 <= t <= 1:
            raise ValueError(f"along 'mixing' t must be in [0, 1]; got {t!r}.")
        start = Normal(0.0, 1.0)
        ends = {0.0: start, 1.0: Normal(self.shift, 1.0)}
        return start, ends.get(t) or mixture([1 - t, t], [start, Normal(self.shift, 1.0)])


@dataclass(frozen=True)
class Dimension:
    """N(0, I) against N(δ·1, I) on R^d, d = t a positive whole number."""

    shift: float = 0.5
    label: str = field(default="dimension d", repr=False)
    values: tuple[float, ...] = field(
        default=tuple(float(d) for d in (*range(1, 11), *range(12, 52, 2))), repr=False
    )

    @property
    def statement(self) -> str:
        """The pair, as text."""
        return f"N(0, I) against N({self.shift:g}·1, I) on Rᵈ"

    def __call__(self, t: float) -> tuple[Law, Law]:
        """Return p and q at parameter t."""
        if not 1 <= t < math.inf or t != int(t):
            raise ValueError(f"along 'dimension' d must be a positive whole number; got {t!r}.")
        require_memory(
            _ENTRY * int(t) ** 2,
            f"a covariance of dimension {t:g}",
            "Along 'dimension' the divergences depend on δ√d: shift shows larger ones.",
            _MOST_BYTES,
        )
        d = int(t)
        eye = tuple(map(tuple, np.eye(d).tolist()))
        start = MultivariateNormal((0.0,) * d, eye)
        return start, MultivariateNormal((self.shift,) * d, eye)


@dataclass(frozen=True)
class DegreesOfFreedom:
    """N(0, 1) against Student's t with t degrees of freedom."""

    label: str = field(default="degrees of freedom", repr=False)
    statement: str = field(default="N(0, 1) against Student's t", repr=False)
    values: tuple[float, ...] = field(
        default=tuple(np.geomspace(0.5, 100.0, 41).tolist()), repr=False
    )

    def __call__(self, t: float) -> tuple[Law, Law]:
        """Return p and q at parameter t."""
        return Normal(0.0, 1.0), StudentT(t)


PATHS: Registry[Path] = Registry("path")
PATHS.register("shift", Shift())
PATHS.register("scale", Scale())
PATHS.register("mixing", Mixing(), "mixing_weight")
PATHS.register("dimension", Dimension(), "dim")
PATHS.register("df", DegreesOfFreedom(), "degrees_of_freedom")


@dataclass(frozen=True)
class Curve:
    """Divergences along a path, a Result at every parameter.

    Attributes
    ----------
    path : what was walked.
    values : the parameters.
    kinds : the divergences.
    results : one tuple of Results a kind, in the order of `values`.
    """

    path: Path
    values: tuple[float, ...]
    kinds: tuple[Divergence, ...]
    results: tuple[tuple[Result, ...], ...] = field(repr=False)

    def series(self, kind: str | Divergence) -> tuple[FloatArray, FloatArray]:
        """Return values and errors of one divergence, (n,) each.

        Raises
        ------
        ValueError
            If the curve does not hold this divergence.
        """
        wanted = named(kind).name
        names = [each.name for each in self.kinds]
        if wanted not in names:
            raise ValueError(f"this curve has {', '.join(names)}; got {wanted!r}.")
        column = self.results[names.index(wanted)]
        return np.array([r.value for r in column]), np.array([r.error for r in column])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row a parameter and divergence, with all that its Result says."""
        return [
            {
                "parameter": t,
                "kind": kind.name,
                "value": result.value,
                "error": result.error,
                "unit": result.unit,
                "one_sided": result.one_sided,
                "reason": result.reason,
                "warnings": list(result.warnings),
                "method": result.method,
            }
            for kind, column in zip(self.kinds, self.results, strict=True)
            for t, result in zip(self.values, column, strict=True)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON; inf becomes a string."""
        return {
            "path": repr(self.path),
            "label": self.path.label,
            "pair": self.path.statement,
            "values": list(self.values),
            "rows": jsonable(self.rows),
        }


@own_rules
def curve(
    path: str | Path = "shift",
    values: Iterable[float] | None = None,
    kinds: str | Divergence | Sequence[str | Divergence] = ("js",),
    method: str | Method = "auto",
) -> Curve:
    """Return the exact divergences along a path, each with its error.

    Parameters
    ----------
    path : "shift", "scale", "mixing", "dimension", "df", or a path such as `Shift(scale=2.0)`.
    values : parameters; the path's own where None.
    kinds : one divergence, or several, by name or as objects.
    method : as for `divkit.divergence`.

    Raises
    ------
    ValueError
        If a name is not known, there are no values or no kinds, a parameter is outside the
        path's range, or a divergence is not to be had for a pair (W1 in dimension 2).

    >>> [round(row["value"], 6) for row in curve("shift", [1, 2], ["js", "w1"]).rows]
    [0.111421, 0.336831, 1.0, 2.0]
    """
    walked = PATHS[path] if isinstance(path, str) else path
    several = [kinds] if isinstance(kinds, str) or not isinstance(kinds, Sequence) else kinds
    rows = tuple(named(kind) for kind in several)
    points = tuple(float(t) for t in (walked.values if values is None else values))
    if not points or not rows:
        raise ValueError(f"a curve needs values and kinds; got {len(points)} and {len(rows)}.")
    pairs = [walked(t) for t in points]
    columns = [divergence(p, q, rows, method) for p, q in pairs]
    results = tuple(zip(*columns, strict=True))
    return Curve(walked, points, rows, results)
