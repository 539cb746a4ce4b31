"""The functions of NumPy, and the conversions of Python, of a result.

A function that has a meaning for intervals carries the error through: `np.sqrt(js)` is what
`js ** 0.5` is. NumPy asks each object of an array for a method by the function's name, and calls
its operators; so arrays and lists of results work as one result does. A function that would lose
the error in silence is refused, by a message that says how to leave it behind: `float(result)`.
The truth value of a result is that of any object, that there is one: `js > 0` asks of the number.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

if TYPE_CHECKING:
    from divkit.monotone import Monotone
    from divkit.results import Result

CALLED = "__call__"
"""The way in which a function of NumPy is called entry by entry, and neither reduced nor outer."""
_NAMED = frozenset({"sqrt", "square", "log", "log2", "log10", "log1p", "exp", "exp2", "expm1"})
"""Those of one result that a refusal names."""
_OPERATORS = frozenset({"add", "subtract", "multiply", "divide", "power", "negative", "positive"})
_ORDER = frozenset({"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"})
_CHOICES = frozenset({"absolute", "reciprocal", "maximum", "minimum", "sign"})
CARRIED = _NAMED | _OPERATORS | _ORDER | _CHOICES
"""Functions of NumPy that mean for results what their operators and methods do."""
_OF_VALUES = frozenset({"isfinite", "isinf", "isnan", "signbit", "rint", "floor", "ceil", "trunc"})
"""Functions that ask for the number alone, or round it, as `round` does."""


class NumpyFunctions:
    """The methods by which NumPy's functions take results."""

    def __array_ufunc__(self, ufunc: np.ufunc, way: str, *given: Any, **options: Any) -> Any:
        """The function of results and numbers, entry by entry, or a refusal that names a way."""
        if any(map(_asks_itself, given)):
            return NotImplemented
        name = ufunc.__name__
        if way != CALLED or options or name not in CARRIED | _OF_VALUES:
            raise TypeError(_refusal(name if way == CALLED else f"{name}.{way}", options))
        if name in _OF_VALUES:
            return ufunc(*(np.asarray(_entries(each), dtype=float) for each in given))
        if ufunc is np.square:
            return np.power(_entries(given[0]), 2)
        return ufunc(*map(_entries, given))

    def sqrt(self) -> Result:
        """The root, as `result ** 0.5`."""
        return _own(self) ** 0.5

    def log(self) -> Result:
        """The natural logarithm; refused where the interval reaches 0."""
        return _monotone("LOG")(_own(self))

    def log2(self) -> Result:
        """The logarithm to base 2."""
        return _monotone("LOG2")(_own(self))

    def log10(self) -> Result:
        """The logarithm to base 10."""
        return _monotone("LOG10")(_own(self))

    def log1p(self) -> Result:
        """The logarithm of 1 + the result."""
        return _monotone("LOG1P")(_own(self))

    def exp(self) -> Result:
        """The exponential: of an entropy in nats, a perplexity."""
        return _monotone("EXP")(_own(self))

    def exp2(self) -> Result:
        """Two to the power of the result: of an entropy in bits, a perplexity."""
        return 2 ** _own(self)

    def expm1(self) -> Result:
        """The exponential less 1."""
        return _monotone("EXPM1")(_own(self))

    def conjugate(self) -> Result:
        """The result itself: it is real."""
        return _own(self)

    def rint(self) -> float:
        """The value, rounded to a whole number; the error is left behind, as by `round`."""
        value = _own(self).value
        return float(round(value)) if math.isfinite(value) else value

    def __int__(self) -> int:
        """The value towards 0; the error is left behind, as by `float`."""
        return int(_own(self).value)

    def as_integer_ratio(self) -> NoReturn:
        """Refused: a ratio of integers, as `statistics.mean` sums it, has no error.

        Raises
        ------
        TypeError
            Always.
        """
        raise TypeError(
            "exact ratios carry no error: take `sum(results) / len(results)` or "
            "`numpy.mean(results)` for a mean with its error, `float(result)` for the value alone."
        )


def _own(result: Any) -> Result:
    made: Result = result
    return made


def _monotone(name: str) -> Monotone:
    from divkit import monotone  # few results meet functions

    function: Monotone = getattr(monotone, name)
    return function


def _asks_itself(given: Any) -> bool:
    """Whether it has its own way with NumPy's functions, as batches and tables have."""
    if isinstance(given, NumpyFunctions | np.ndarray | np.generic):
        return False
    return getattr(type(given), "__array_ufunc__", None) is not None


def _entries(given: Any) -> Any:
    """The given as an array of objects, Python's own numbers where they are NumPy's.

    NumPy then asks each object for its operators; its own numbers would ask it again.
    """
    return np.asarray(given.item() if isinstance(given, np.generic) else given, dtype=object)


def _refusal(name: str, options: dict[str, Any]) -> str:
    """The message on a function that carries no error."""
    what = f"numpy.{name}" + (f" with {', '.join(options)}" if options else "")
    return (
        f"{what} does not carry the error of a Result. Take float(result) for the value alone; "
        "with errors there are + − · / and powers (result ** 0.5), and numpy's "
        f"{', '.join(sorted(_NAMED))}."
    )
