"""The named laws that are trained on, and the laws that a user writes."""

from __future__ import annotations

from collections.abc import Callable

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.normal import Normal
from divkit.distributions.finite.images import bars_and_stripes
from divkit.distributions.parse.law import is_written, parse_law
from divkit.distributions.toys import (
    banana,
    checkerboard,
    grid,
    moons,
    pinwheel,
    ring,
    rings,
    spiral,
)
from divkit.registry import Registry

TARGETS: Registry[Callable[[], Law]] = Registry("target")
_MAKERS: dict[str, Callable[[], Law]] = {
    "normal": lambda: Normal(1.0, 1.0),
    "fgan": lambda: mixture((0.33, 0.67), (Normal(-1, 0.25), Normal(2, 2**0.5))),
    "ring8": lambda: ring(8, 1.0, 0.01),
    "grid25": lambda: grid(5, 2.0, 0.05),
    "ring8-wide": ring,
    "bars3": lambda: bars_and_stripes(3),
    "banana": banana,
    "checkerboard": checkerboard,
    "moons": moons,
    "pinwheel": pinwheel,
    "rings": rings,
    "spiral": spiral,
}
for _name, _make in _MAKERS.items():
    TARGETS.register(_name, _make)


def target(text: str) -> Law:
    """A named target, or a law written as "normal(0, 1)".

    Raises
    ------
    ValueError
        If it is neither; the message offers the nearest name.
    """
    return parse_law(text) if is_written(text) else TARGETS[text]()
