"""Names of parameters as they are written: which a law takes, and which was meant."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping

from divkit.distributions.parse.names import LAWS, usage

_OTHERS: Mapping[str, tuple[str, ...]] = {
    "mean": ("loc", "mu"),
    "mu": ("loc",),
    "location": ("loc",),
    "median": ("loc",),
    "sd": ("scale",),
    "std": ("scale", "sd"),
    "sigma": ("scale", "sd"),
    "theta": ("scale", "rate"),
    "nu": ("df",),
    "dof": ("df",),
    "lambda": ("rate", "mu"),
    "lam": ("rate", "mu"),
    "n": ("trials", "total", "count"),
    "r": ("count", "n", "size"),
    "k": ("shape", "df", "n"),
    "alpha": ("shape", "concentration", "a"),
    "beta": ("rate", "b"),
    "a": ("low", "alpha", "shape"),
    "b": ("high", "beta"),
    "prob": ("p", "probs"),
    "probability": ("p", "probs"),
    "weights": ("probs",),
    "dimension": ("dim",),
}
"""Other words for parameters, from books and libraries, with the names that divkit may use."""
_FREE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def parameters(law: str) -> tuple[str, ...]:
    """Return the names that a law's values can be given by.

    >>> parameters("student")
    ('df', 'loc', 'scale')
    """
    every = inspect.signature(LAWS[law]).parameters.values()
    return tuple(one.name for one in every if one.kind not in _FREE)


def takes(law: str, name: str) -> bool:
    """Whether a law has a parameter of this name, or takes any."""
    every = inspect.signature(LAWS[law]).parameters.values()
    return name in parameters(law) or any(p.kind is p.VAR_KEYWORD for p in every)


def no_parameter(law: str, name: str) -> str:
    """Return what is said of a name that is no parameter: those that are, and which was meant.

    >>> no_parameter("student", "scal")
    "student has no parameter 'scal'; did you mean 'scale'? Usage: student(df, loc=0.0, scale=1.0)"
    """
    known = parameters(law)
    meant = [other for other in _OTHERS.get(name.lower(), ()) if other in known]
    meant = meant[:1] or difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    hint = f"; did you mean {meant[0]!r}?" if meant else "."
    return f"{law} has no parameter {name!r}{hint} Usage: {usage(law)}"
