"""Laws as users hand them over, for what the adapters themselves stand on.

Mixtures, products and images are made by the adapters, and take whatever these read. So `as_laws`
is imported when something that is no `Law` arrives.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from divkit.distributions.base import Law
from divkit.distributions.nominal import require_agreement
from divkit.lazy import deferred

_adapt = deferred("divkit.distributions.adapt")


def given_laws(objects: Iterable[Any], name: str) -> tuple[Law, ...]:
    """Return the laws that objects are; probabilities with labels are aligned by them.

    Raises
    ------
    TypeError
        If one is no law; the message has its place in `name`.
    ValueError
        As `divkit.as_law`.
    """
    found = tuple(objects)
    if all(isinstance(each, Law) for each in found):
        require_agreement(found)
        return found
    for k, each in enumerate(found):
        _require_read(each, f"{name} must be laws; place {k} holds")
    laws: tuple[Law, ...] = _adapt.as_laws(*found)
    return laws


def given_law(obj: Any, words: str) -> Law:
    """Return the law that one object is, as `divkit.as_law`.

    Raises
    ------
    TypeError
        If it is none: `words`, and what came.
    ValueError
        As `divkit.as_law`.
    """
    if isinstance(obj, Law):
        return obj
    _require_read(obj, words)
    law: Law = _adapt.as_law(obj)
    return law


def _require_read(obj: Any, words: str) -> None:
    if not _adapt.is_read(obj):
        raise TypeError(f"{words} {obj!r}. Pass what divkit.as_law reads.")
