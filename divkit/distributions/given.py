"""Laws as users hand them over, for what the adapters themselves stand on.

Mixtures, products and images are made by the adapters, and take whatever these read. So `as_laws`
is imported when something that is no `Law` arrives.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from divkit.distributions.base import Law
from divkit.lazy import deferred

_adapt = deferred("divkit.distributions.adapt")


def given_laws(objects: Iterable[Any]) -> tuple[Law, ...]:
    """Return the laws that objects are; probabilities with labels are aligned by them.

    Raises
    ------
    TypeError, ValueError
        As `divkit.as_law`.
    """
    found = tuple(objects)
    if all(isinstance(each, Law) for each in found):
        return found
    laws: tuple[Law, ...] = _adapt.as_laws(*found)
    return laws


def given_law(obj: Any) -> Law:
    """Return the law that one object is, as `given_laws`."""
    return given_laws((obj,))[0]
