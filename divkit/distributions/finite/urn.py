r"""Wallenius's law: balls drawn one by one, each colour by its weight, from an urn that empties.

After k draws, x of them good, the next is good with probability

    ω (G − x) / (ω (G − x) + (B − k + x)),

G and B good and bad balls, ω the odds of one good ball against one bad (Wallenius 1963). The law
of x after n draws follows draw by draw: terms are positive, so that every probability keeps its
digits, and each is held with an exponent of its own, so that none underflows.
"""

from __future__ import annotations

import math

import numpy as np

from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.finite.sums import UNIT
from divkit.types import FloatArray

_MOST_DRAWS = 2**13
_NEVER = -(2**40)  # exponent of a probability of 0
_LOWEST = -1100  # 2^−1100 of a sum is none of its digits
_WIDEST_ODDS = 1e290
_ROUNDINGS = 8  # of a step: three of a chance, one of its product, one of the sum, and to spare


def wallenius(total: int, good: int, draws: int, odds: float) -> FiniteLaw:
    """The law of the number of good balls among `draws`, without return, from `total`.

    Parameters
    ----------
    total, good : balls, and good ones among them.
    draws : at most 8192 and at most total.
    odds : weight of a good ball against that of another, in [1e-290, 1e290].

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> wallenius(3, 1, 1, 2.0).probs
    (0.5, 0.5)
    """
    _check(total, good, draws, odds)
    mass, exponent = _drawn(good, total - good, draws, odds)
    kept = np.flatnonzero(mass > 0)
    logs = np.log(mass[kept]) + exponent[kept] * math.log(2)
    radii = UNIT * (_ROUNDINGS * (draws + 1) + 4 * np.abs(exponent[kept]))
    source = f"wallenius({total}, {good}, {draws}, {odds!r})"
    return FiniteLaw.from_logs(kept.astype(float), logs, radii=radii, source=source)


def _check(total: int, good: int, draws: int, odds: float) -> None:
    if not (0 <= good <= total and 0 <= draws <= min(total, _MOST_DRAWS)):
        raise ValueError(
            f"0 <= good <= total and 0 <= draws <= total must hold, and draws at most "
            f"{_MOST_DRAWS}; got total = {total}, good = {good}, draws = {draws}."
        )
    if not 1 / _WIDEST_ODDS <= odds <= _WIDEST_ODDS:
        raise ValueError(f"odds must be in [1e-290, 1e290]; got {odds!r}.")


def _drawn(good: int, bad: int, draws: int, odds: float) -> tuple[FloatArray, FloatArray]:
    """Probabilities of 0, 1, … good balls as m · 2^e, ½ ≤ m < 1 or m = 0."""
    count = np.arange(min(good, draws) + 1, dtype=np.float64)
    weight = odds * (good - count)
    mass, exponent = np.zeros_like(count), np.full(len(count), _NEVER)
    mass[0], exponent[0] = 0.5, 1
    for k in range(draws):
        others = np.maximum(bad - k + count, 0.0)
        every = weight + others
        every[every == 0] = 1.0
        mass, exponent = _step(mass, exponent, weight / every, others / every)
    return mass, exponent


def _step(
    mass: FloatArray, exponent: FloatArray, rise: FloatArray, stay: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """One more draw: m_x stays with one chance, and rises to x + 1 with the other."""
    risen, its = np.zeros_like(mass), np.full_like(exponent, _NEVER)
    risen[1:], its[1:] = (mass * rise)[:-1], exponent[:-1]
    kept = mass * stay
    top = np.maximum(np.where(kept > 0, exponent, _NEVER), np.where(risen > 0, its, _NEVER))
    parts = ((kept, exponent), (risen, its))
    summed = sum(np.ldexp(m, np.maximum(e - top, _LOWEST).clip(max=0)) for m, e in parts)
    mantissa, shift = np.frexp(summed)
    return mantissa, np.where(mantissa > 0, top + shift, _NEVER)
