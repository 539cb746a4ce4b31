"""Functions on the line: a density or a log density, told apart by their integral.

A function f is taken where exactly one of ∫f and ∫e^f is 1; how it was read stands in the name of
the law, and in the diagnostics of a result. Where it is both, neither, or has its mass where
nothing says to look, `divkit.law` takes what one knows of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.callable.custom import law

_ROOM = 1e-6
_READINGS: Mapping[str, Callable[[Any], Any]] = {
    "log density": law,
    "density": lambda function: law(density=function),
}
"""The two things that a function may be, and the law that it is then."""


def convert(obj: Callable[[Any], Any]) -> Law:
    """Return the law whose density, or log density, a function is.

    Raises
    ------
    TypeError
        If it integrates to 1 as neither, or as both.
    """
    function = _on_arrays(obj)
    read = {what: make(function) for what, make in _READINGS.items()}
    masses = {what: _mass(line) for what, line in read.items()}
    fitting = [what for what, mass in masses.items() if not isinstance(mass, str) and _is_1(mass)]
    if len(fitting) != 1:
        found = " and ".join(_found(what, mass) for what, mass in masses.items())
        raise TypeError(
            f"no law: the function {_name(obj)} is, over the line, {found}.{_coarse(function)} "
            "Say which it is, and where it lives: divkit.law(log_prob, support=(low, high), "
            "features=[(center, scale)]), divkit.law(density=..., ...); normalize=True divides by "
            "the integral, and dim=d is for points of R^d. Rows of a sample go to "
            "divkit.estimate(x, y)."
        )
    (what,) = fitting
    made: Law = replace(read[what], label=f"{_name(obj)}, read as a {what}")
    return made


def says(read: Any) -> str:
    """Return the words on how the function was read."""
    return repr(read)


def _is_1(mass: float) -> bool:
    return abs(mass - 1) <= _ROOM


def _found(what: str, mass: float | str) -> str:
    if isinstance(mass, str):
        return f"no {what}: {mass.partition('. ')[0].rstrip('.')}"
    return f"of integral {mass:.6g} as a {what}"


def _mass(line: Any) -> float | str:
    """The integral; where the function is no density at all, as where it is negative, why."""
    try:
        with np.errstate(all="ignore"):  # what overflows is no density
            return float(line.cumulative.mass)
    except (ValueError, TypeError, ArithmeticError) as error:
        return str(error)


def _coarse(function: Callable[[Any], Any]) -> str:
    """A word on floats that are too coarse for an integral to be told from another."""
    try:
        values = np.asarray(function(np.array([0.25, 0.5, 0.75])))
    except (TypeError, ValueError):
        return ""  # which the reason above says
    if values.dtype.kind != "f" or values.dtype.itemsize >= 8:
        return ""
    return (
        f" Its values are {values.dtype}, too coarse to tell an integral from 1: let it return "
        "float64, or say what it is."
    )


def _on_arrays(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function, called point by point where it takes no arrays."""
    try:
        function(np.array([0.25, 0.5, 0.75]))
    except (TypeError, ValueError):
        return np.vectorize(function, otypes=[float])
    return function


def _name(obj: Any) -> str:
    return str(getattr(obj, "__name__", type(obj).__name__))
