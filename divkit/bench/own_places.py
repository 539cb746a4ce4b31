"""Objects that an installed package holds: they count, and travel, by the place where they stand.

`scipy.special.digamma` and `scipy.stats.norm` are no classes or functions, so that pickle copies
them or gives up. What a package that is installed holds under a name is imported where it is
needed, and its version is the package's. So are the generators of `random`, NumPy and torch that
everybody shares, which start anew in each cell: a copy of one would not.
"""

from __future__ import annotations

import importlib
import io
import random
import re
import sys
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import cloudpickle
import numpy as np
import torch

from divkit.bench.own_modules import is_local

SHARED = (
    np.random.Generator, np.random.RandomState, np.random.BitGenerator, torch.Generator,
    random.Random, np.random.SeedSequence,
)  # fmt: skip
"""Kinds of generators, and of what gives them their seeds: a draw changes them."""
_EVERYBODYS = (
    ("random", "_inst"),
    ("numpy.random.mtrand", "_rand"),
    ("numpy.random.mtrand", "_rand._bit_generator"),
    ("torch", "default_generator"),
)
_BENEATH = ("numpy", "scipy", "sklearn", "torch")
_BY_VALUE = (
    bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, type(None), type,
    FunctionType, ModuleType, re.Pattern, np.ndarray, torch.Tensor, *SHARED,
)  # fmt: skip
"""Kinds that are read and sent in another way."""


def place_of(part: object) -> tuple[str, str] | None:
    """Return the module and the name where an object stands; None where no package holds it.

    Examples
    --------
    >>> import scipy.stats
    >>> place_of(scipy.stats.norm)[1], place_of(object())
    ('norm', None)
    """
    for module, path in _EVERYBODYS:
        if isinstance(part, SHARED) and at_place(module, path) is part:
            return module, path
    if isinstance(part, _BY_VALUE):
        return None
    found = _held(len(sys.modules)).get(id(part))
    if found is None or vars(sys.modules[found[0]]).get(found[1]) is not part:
        return None
    return found


def at_place(module: str, path: str) -> Any:
    """Return what stands at a place.

    Raises
    ------
    AttributeError
        If nothing does.
    """
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found


@cache
def _held(modules: int) -> dict[int, tuple[str, str]]:
    """Where objects of installed packages stand, by their id; anew when more is imported.

    Of several places the one that does not hang on what else is imported: in the package of the
    object's class, in one beneath all others, in the outermost module.
    """
    del modules
    found: dict[int, tuple[tuple[object, ...], str, str]] = {}
    for module, held in tuple(sys.modules.items()):
        if isinstance(held, ModuleType) and not is_local(module):
            for name, value in tuple(vars(held).items()):
                if not issubclass(type(value), _BY_VALUE):  # a proxy warns
                    place = (_order(module, type(value).__module__), module, name)
                    found[id(value)] = min(place, found.get(id(value), place))
    return {key: (module, name) for key, (_, module, name) in found.items()}


def _order(module: str, of_class: object) -> tuple[object, ...]:
    top = module.partition(".")[0]
    inside = top == str(of_class).partition(".")[0]
    return not inside, top not in _BENEATH, module.count("."), top


class PlacePickler(cloudpickle.Pickler):  # type: ignore[misc]
    """A pickler by value, but for what `place_of` finds."""

    def reducer_override(self, part: Any) -> Any:
        """Say how an object is brought back."""
        place = place_of(part)
        return super().reducer_override(part) if place is None else (at_place, place)


def packed_by_place(part: object) -> bytes:
    """Return an object by cloudpickle, parts of installed packages by their places.

    Raises
    ------
    TypeError, pickle.PicklingError
        If a part cannot be sent.
    """
    held = io.BytesIO()
    PlacePickler(held).dump(part)
    return held.getvalue()
