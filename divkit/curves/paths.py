r"""Families of pairs of laws with one parameter or more: what a curve walks.

| path | p | q at parameter t | at the far end |
|---|---|---|---|
| shift | N(0, 1) | N(t, 1) | JSD → log 2, W1 = \|t\| |
| scale | N(0, 1) | N(0, t²) | JSD → log 2, KL(p‖q) ~ log t |
| mixing | N(0, 1) | (1−t) N(0, 1) + t N(4, 1) | JSD(p, N(4, 1)) at t = 1 |
| dimension | N(0, I) on R^d | N(δ·1, I) on R^d, d = t | a shift of δ√d |
| df | N(0, 1) | Student-t with t degrees of freedom | → 0 as 1/t² |

A path is a frozen value, called with the parameter; any other value with the same attributes will
do. Its repr shows what makes the pairs, and not the parameters that it proposes. Along `dimension`
KL is d δ²/2 and W2 is δ√d, while JSD stays below log 2. `Laws` are two law expressions with free
names, `Function` is a function of the parameters.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol, runtime_checkable

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.heavy import StudentT
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.parse import LawExpression
from divkit.registry import Registry
from divkit.samples import require_memory

_ENTRY, _MOST_BYTES = 64, 2**28
"""Bytes of an entry of a covariance as an exact law holds it, and the most that one may take."""


@runtime_checkable
class Path(Protocol):
    """A family of pairs of laws; one with several parameters is called with all of them.

    Attributes
    ----------
    label : the axis label, with the unit.
    statement : the pair, as text.
    values : parameters worth drawing.

    Examples
    --------
    >>> from divkit.curves import Shift
    >>> Shift()(2.0)
    (Normal(loc=0.0, scale=1.0), Normal(loc=2.0, scale=1.0))
    """

    @property
    def label(self) -> str: ...  # noqa: D102

    @property
    def statement(self) -> str: ...  # noqa: D102

    @property
    def values(self) -> tuple[float, ...]: ...  # noqa: D102

    @property
    def __call__(self) -> Callable[..., tuple[Any, Any]]:
        """Takes the parameters, returns p and q there."""
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


def _text(law: Any) -> str:
    return law.text if isinstance(law, LawExpression) else repr(law)


def _at(law: Any, values: Mapping[str, float]) -> Any:
    if not isinstance(law, LawExpression):
        return law
    return law(**{name: values[name] for name in law.names})


@dataclass(frozen=True)
class Laws:
    """Two laws, one of them at least a text with free names.

    Parameters
    ----------
    p, q : texts as `divkit.parse_law` reads them, or laws.
    names : the free names, in the order in which values come.

    Raises
    ------
    ValueError
        If a free name has no values, or a name is not free in either law.

    Examples
    --------
    >>> path = Laws("normal(0, 1)", "normal(t, 1)", ("t",))
    >>> path(2.0)
    (Normal(loc=0.0, scale=1.0), Normal(loc=2.0, scale=1.0))
    """

    p: Any
    q: Any
    names: tuple[str, ...]
    values: tuple[float, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        for side in ("p", "q"):
            law = getattr(self, side)
            if isinstance(law, str):
                object.__setattr__(self, side, LawExpression(law))
        laws = (law for law in (self.p, self.q) if isinstance(law, LawExpression))
        free = dict.fromkeys(name for law in laws for name in law.names)
        self._require_all(list(free))
        self._require_as_many()

    def _require_as_many(self) -> None:
        """Refuse two lists of different length, as they are refused anywhere."""
        counts = [law.count for law in (self.p, self.q) if isinstance(law, LawExpression)]
        if len(set(counts) - {None}) > 1:
            raise ValueError(
                f"{_text(self.p)} has {counts[0]} probabilities and {_text(self.q)} has "
                f"{counts[1]}; give as many of each law, with 0 where a class is missing."
            )

    def _require_all(self, free: list[str]) -> None:
        pair = f"{_text(self.p)} against {_text(self.q)}"
        for name in free:
            if name not in self.names:
                raise ValueError(
                    f"{name!r} in {pair} has no values: give over={{'{name}': 'low:high'}}, or "
                    f"--over {name}=low:high in a shell."
                )
        for name in self.names:
            if name not in free:
                has = f"they have {', '.join(free)}" if free else "they have none"
                raise ValueError(f"no law of {pair} has the free name {name!r}; {has}.")

    @property
    def label(self) -> str:
        """The first name."""
        return self.names[0]

    @property
    def statement(self) -> str:
        """The pair, as text."""
        return f"{_text(self.p)} against {_text(self.q)}"

    def __call__(self, *parameters: float) -> tuple[Any, Any]:
        """Return p and q there."""
        values = dict(zip(self.names, parameters, strict=True))
        return _at(self.p, values), _at(self.q, values)


@dataclass(frozen=True)
class Function:
    """A function of the parameters that returns the pair (p, q).

    Parameters
    ----------
    pair : the function; called with keywords where it was given names, else by order.
    names : of the parameters.
    keywords : whether the names are those of its arguments.

    Examples
    --------
    >>> path = Function(lambda t: ("normal(0, 1)", f"normal({t}, 1)"), ("t",))
    >>> path(2.0)
    ('normal(0, 1)', 'normal(2.0, 1)')
    """

    pair: Callable[..., tuple[Any, Any]]
    names: tuple[str, ...]
    keywords: bool = False
    values: tuple[float, ...] = field(default=(), repr=False)

    @property
    def label(self) -> str:
        """The first name."""
        return self.names[0]

    @property
    def statement(self) -> str:
        """The function's own name; empty for a lambda."""
        name = getattr(self.pair, "__name__", type(self.pair).__name__)
        return f"{name}({', '.join(self.names)})" if name.isidentifier() else ""

    def __call__(self, *parameters: float) -> tuple[Any, Any]:
        """Return p and q there.

        Raises
        ------
        TypeError
            If the function does not return a pair.
        """
        values = dict(zip(self.names, parameters, strict=True))
        made: Any = self.pair(**values) if self.keywords else self.pair(*parameters)
        if not isinstance(made, (tuple, list)) or len(made) != 2:
            raise TypeError(f"the function must return a pair (p, q) of laws; got {made!r}.")
        return made[0], made[1]


def first_name(pair: Callable[..., Any]) -> str:
    """The name of a function's first argument, "t" where it has none."""
    named = [*inspect.signature(pair).parameters]
    return named[0] if named else "t"


@dataclass(frozen=True)
class Recorded:
    """A path of a curve that was read from a file: its words are left.

    Its repr is that of the path.
    """

    words: str
    label: str
    statement: str
    values: tuple[float, ...] = ()

    def __repr__(self) -> str:
        return self.words

    def __call__(self, *parameters: float) -> NoReturn:
        """Refuse: the laws are not in the file."""
        raise ValueError(
            f"this curve was read from a file, which holds no laws; make {self.words} again to "
            "compute more points of it."
        )
