r"""Bounds of one divergence by another, as data.

Each is an increasing function of the divergence that it bounds by, so that an interval of that one
gives a bound: a lower one from the lower end, an upper one from the upper end. H² = 1 − ∫√(pq),
h(x) = −x log x − (1−x) log(1−x), all in nats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from divkit.types import LOWER, UPPER, OneSided

LOG2 = math.log(2)


@dataclass(frozen=True)
class Inequality:
    """D ≥ g(E), a lower bound, or D ≤ g(E), an upper one.

    Attributes
    ----------
    of, by : names of D and E.
    side : "lower" or "upper".
    formula : g(E), as text.
    bound : g, increasing on the values that E can have.
    most : the largest value of E.
    source : where it is proved.
    """

    of: str
    by: str
    side: OneSided
    formula: str
    bound: Callable[[float], float]
    most: float = math.inf
    source: str = ""

    def __call__(self, low: float, high: float) -> float:
        """Return the bound of D where E lies in [low, high].

        >>> round(PINSKER(0.5, 0.5), 6)
        0.5
        """
        end = low if self.side == LOWER else high
        return self.bound(min(max(end, 0.0), self.most))


def _entropy(x: float) -> float:
    return 0.0 if x <= 0 or x >= 1 else -x * math.log(x) - (1 - x) * math.log1p(-x)


def _log_of_rest(x: float) -> float:
    """−log(1 − x), inf at 1."""
    return math.inf if x >= 1 else -math.log1p(-x)


def _expm1(x: float) -> float:
    return math.expm1(x) if x < 709 else math.inf


PINSKER = Inequality("kl", "tv", LOWER, "2 TV²", lambda v: 2 * v * v, 1.0, "Pinsker; Csiszár 1967")
_HUBER = "Bretagnolle, Huber 1979, lemma 2.1"
_LIN = "Lin 1991, theorems 3 and 4"
_TSYBAKOV = "Tsybakov 2009, lemma 2.3"
_TOPSOE = "Topsøe 2000, theorem 2"

INEQUALITIES: tuple[Inequality, ...] = (
    PINSKER,
    Inequality("kl", "tv", LOWER, "−log(1 − TV²)", lambda v: _log_of_rest(v * v), 1.0, _HUBER),
    Inequality(
        "kl", "hellinger2", LOWER, "−2 log(1 − H²)", lambda h: 2 * _log_of_rest(h), 1.0, _TSYBAKOV
    ),
    Inequality("kl", "chi2", UPPER, "log(1 + χ²)", math.log1p, source="Tsybakov 2009, lemma 2.7"),
    Inequality(
        "kl", "js", LOWER, "2 JSD/log 2", lambda j: 2 * j / LOG2, LOG2, "f_JS ≤ ½ log 2 · f_KL"
    ),
    Inequality("tv", "kl", UPPER, "√(KL/2)", lambda k: math.sqrt(0.5 * k), source="Pinsker"),
    Inequality(
        "tv", "kl", UPPER, "√(1 − e^−KL)", lambda k: math.sqrt(-math.expm1(-k)), source=_HUBER
    ),
    Inequality("tv", "hellinger2", LOWER, "H²", lambda h: h, 1.0, _TSYBAKOV),
    Inequality(
        "tv",
        "hellinger2",
        UPPER,
        "√(1 − (1 − H²)²)",
        lambda h: math.sqrt(h * (2 - h)),
        1.0,
        _TSYBAKOV,
    ),
    Inequality("tv", "chi2", UPPER, "½√χ²", lambda c: 0.5 * math.sqrt(c), source="Cauchy–Schwarz"),
    Inequality("tv", "js", LOWER, "JSD/log 2", lambda j: j / LOG2, LOG2, _LIN),
    Inequality("hellinger2", "tv", UPPER, "TV", lambda v: v, 1.0, _TSYBAKOV),
    Inequality(
        "hellinger2",
        "tv",
        LOWER,
        "1 − √(1 − TV²)",
        lambda v: 1 - math.sqrt((1 - v) * (1 + v)),
        1.0,
        _TSYBAKOV,
    ),
    Inequality(
        "hellinger2",
        "kl",
        UPPER,
        "1 − e^(−KL/2)",
        lambda k: -math.expm1(-0.5 * k),
        source=_TSYBAKOV,
    ),
    Inequality("hellinger2", "js", LOWER, "JSD", lambda j: j, LOG2, _TOPSOE),
    Inequality("hellinger2", "js", UPPER, "JSD/log 2", lambda j: j / LOG2, LOG2, _TOPSOE),
    Inequality("js", "tv", UPPER, "log 2 · TV", lambda v: LOG2 * v, 1.0, _LIN),
    Inequality(
        "js",
        "tv",
        LOWER,
        "log 2 − h((1 − TV)/2)",
        lambda v: LOG2 - _entropy(0.5 * (1 - v)),
        1.0,
        _LIN,
    ),
    Inequality("js", "hellinger2", UPPER, "H²", lambda h: h, 1.0, _TOPSOE),
    Inequality("js", "hellinger2", LOWER, "log 2 · H²", lambda h: LOG2 * h, 1.0, _TOPSOE),
    Inequality("js", "jeffreys", UPPER, "J/4", lambda j: 0.25 * j, source=_LIN),
    Inequality("chi2", "kl", LOWER, "e^KL − 1", _expm1, source="Tsybakov 2009, lemma 2.7"),
    Inequality("chi2", "tv", LOWER, "4 TV²", lambda v: 4 * v * v, 1.0, "Cauchy–Schwarz"),
)
"""All bounds that are known here."""


def bounds_of(kind: str, by: str) -> tuple[Inequality, ...]:
    """Return the bounds of one divergence by another, by their names."""
    return tuple(each for each in INEQUALITIES if (each.of, each.by) == (kind, by))
