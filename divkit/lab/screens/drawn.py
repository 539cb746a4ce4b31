"""Places at which pictures of laws of the line are calculated, and what is said of them in words.

Curves are calculated at evenly spaced places, at the round ones of the axis, and where a law has
mass that those miss: a picture of a narrow spike has the spike. The words are numbers, each with
its error: where the middle half of a law lies, and how much of it lies beyond the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
import torch
from scipy import special

from divkit.distributions.base import Law1D
from divkit.lab.protocol.frames import curve
from divkit.lab.screens.laws import handles
from divkit.lab.screens.screen import Known, known
from divkit.results import Result
from divkit.types import FloatArray, Tensor

POINTS = 321
"""Of a curve, evenly spaced."""
ROUND = 5
"""Round places along the axis, about."""
CELLS = 4
"""Cells at most that have more places, where the even ones miss mass."""
CENTRES = 12
"""Centres of normals among the places: the tops of spikes."""
LEVELS = special.ndtr(np.linspace(-3.7, 3.7, 17))
"""Shares of the mass of such a cell at its places: from end to end of a spike."""
_MISSED = 1e-3
_SLACK = 1e-7
"""Of a distribution function, at most: quantiles are bracketed by so much more."""
QUARTERS = (0.25, 0.75)

View = tuple[float, float]


def ticks(low: float, high: float, count: int) -> FloatArray:
    """Return about `count` round places of a stretch, as the page finds them for its axes."""
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(m for m in (1, 2, 5, 10) if m * power >= 0.75 * raw or m == 10)
    first, last = math.ceil(low / step), math.floor(high / step + 1e-9)
    return step * np.arange(first, last + 1, dtype=float)


def places(view: View, *laws: Law1D) -> Tensor:
    """Return the places (n, 1) at which curves over a view are calculated, in their order."""
    low, high = view
    even = np.linspace(low, high, POINTS)
    more = [part for law in laws for part in _between(law, even)]
    found = np.concatenate([even, *(part for _, part in sorted(more, key=_first)[:CELLS])])
    # As the page has them, shares in single precision; round ones and tops are as they are.
    inner = found[(found >= low) & (found <= high)]
    shown = low + (high - low) * share(inner, view).astype(float)
    centres = [c for law in laws for _, c, _ in handles(law) or []][:CENTRES]
    made = np.unique(np.concatenate([shown, ticks(low, high, ROUND), centres]))
    return torch.from_numpy(made[(made >= low) & (made <= high)])[:, None]


def errors_of(errors: Iterable[float]) -> float | None:
    """Return the largest error of a curve's heights; None where one is not known."""
    most = max(errors)
    return most if math.isfinite(most) else None


def share(x: FloatArray, view: View) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return places as shares of a view, in single precision: what a frame holds of them."""
    return np.asarray(curve((x - view[0]) / (view[1] - view[0])))


def _first(cell: tuple[float, FloatArray]) -> float:
    return -cell[0]


def _between(law: Law1D, even: FloatArray) -> Iterator[tuple[float, FloatArray]]:
    """Yield the mass that straight lines between the places miss in a cell, and finer places."""
    with np.errstate(all="ignore"):
        height = law.log_prob(torch.from_numpy(even)[:, None]).exp().numpy()
        below = law.cdf(even)
        drawn = 0.5 * (height[1:] + height[:-1]) * np.diff(even)
    missed = np.abs(np.diff(below) - drawn)
    for k in np.flatnonzero(np.isfinite(missed) & (missed > _MISSED)):
        levels = below[k] + (below[k + 1] - below[k]) * LEVELS
        yield float(missed[k]), law.ppf(levels)


def described(view: View, **laws: Law1D) -> Known:
    """Return where the middle half of each law lies, and its mass outside a view, by name."""
    return dict(chain.from_iterable(_of(name, law, view).items() for name, law in laws.items()))


def _of(name: str, law: Law1D, view: View) -> Known:
    names = f"{name}_from", f"{name}_to", f"{name}_outside"

    def found() -> Known:
        ends = [_quantile(law, u, each) for u, each in zip(QUARTERS, names, strict=False)]
        beyond = float(law.cdf(view[0]) + law.sf(view[1]))
        way = "distribution function at the ends of the picture"
        outside = Result.exact(beyond, _SLACK, "closed form", way, name=names[2], unit="")
        return dict(zip(names, [*ends, outside], strict=True))

    return known(names, found)


def _quantile(law: Law1D, level: float, name: str) -> Result:
    """A quantile, which the distribution function brackets.

    Raises
    ------
    ArithmeticError
        If it does not.
    """
    low, middle, high = map(float, law.ppf([level - 2 * _SLACK, level, level + 2 * _SLACK]))
    error = max(middle - low, high - middle, 4 * math.ulp(middle))
    for _ in range(60):
        if law.cdf(middle - error) <= level - _SLACK and law.cdf(middle + error) >= level + _SLACK:
            way = f"quantile at {level:g}, between places where the distribution function is apart"
            return Result.exact(middle, error, "closed form", way, name=name, unit="length")
        error *= 4
    raise ArithmeticError(f"the quantile of {law!r} at {level:g} is not known.")


def script_of_words(view: View, names: Iterable[str] = ("p", "q")) -> str:
    """Return Python that prints what is said of laws with these names."""
    return (
        f"for name, law in {{{', '.join(f'{each!r}: {each}' for each in names)}}}.items():\n"
        f"    low, high = law.ppf({list(QUARTERS)})\n"
        f"    outside = law.cdf({view[0]!r}) + law.sf({view[1]!r})\n"
        '    print(f"{name}_from = {float(low)!r}")\n'
        '    print(f"{name}_to = {float(high)!r}")\n'
        '    print(f"{name}_outside = {float(outside)!r}")\n'
    )
