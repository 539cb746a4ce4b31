"""Finite laws from SciPy: each from its parameters in logs, not from a table of rounded masses.

SciPy's pmf underflows to 0 far out, and its logpmf differences log-gammas of thousands. Families
with a known ratio of neighbours are counted exactly (`counting`); a table of values is taken as it
was given; any other law keeps SciPy's logpmf, at the accuracy that can be vouched for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy import stats

from divkit.distributions.finite.counting import (
    beta_binomial,
    binomial,
    geometric_decay,
    hypergeometric,
    negative_hypergeometric,
    power_decay,
)
from divkit.distributions.finite.discrete import FiniteLaw, bernoulli
from divkit.types import FloatArray

MOST_ATOMS = 2**16
_VOUCHED = 2.0**-33
"""Relative accuracy of a mass that SciPy integrates or sums itself: 1e-10."""

_FROZEN = type(stats.bernoulli(0.5))
_TABLE = type(stats.rv_discrete(values=([0], [1.0])))
_NEW_BINOMIAL = stats.Binomial


def _randint(low: float, high: float, loc: float) -> FiniteLaw:
    count = _whole("randint", high - low)
    return FiniteLaw.from_probs([loc + low + k for k in range(count)], (1 / count,) * count)


def _bernoulli(p: float, loc: float) -> FiniteLaw:
    law = bernoulli(p)
    return FiniteLaw.from_probs(law.points + loc, law.probs) if loc else law


def _hypergeometric(total: float, good: float, draws: float, loc: float) -> FiniteLaw:
    return _fisher(total, good, draws, 1.0, loc)


def _fisher(total: float, good: float, draws: float, odds: float, loc: float) -> FiniteLaw:
    name = "hypergeom"
    return hypergeometric(_whole(name, total), _whole(name, good), _whole(name, draws), odds, loc)


def _negative_hypergeometric(total: float, good: float, bad: float, loc: float) -> FiniteLaw:
    name = "nhypergeom"
    return negative_hypergeometric(_whole(name, total), _whole(name, good), _whole(name, bad), loc)


_COUNTS: Mapping[type, Callable[..., FiniteLaw]] = MappingProxyType(
    {
        type(stats.bernoulli): _bernoulli,
        type(stats.binom): lambda n, p, loc: binomial(_whole("binom", n), p, loc),
        type(stats.randint): _randint,
        type(stats.betabinom): lambda n, a, b, loc: beta_binomial(
            _whole("betabinom", n), a, b, loc
        ),
        type(stats.hypergeom): _hypergeometric,
        type(stats.nchypergeom_fisher): _fisher,
        type(stats.nhypergeom): _negative_hypergeometric,
        type(stats.boltzmann): lambda rate, count, loc: geometric_decay(
            rate, _whole("boltzmann", count), loc
        ),
        type(stats.zipfian): lambda a, count, loc: power_decay(a, _whole("zipfian", count), loc),
    }
)
"""(shape parameters..., loc) -> the law."""


def finite(obj: Any) -> FiniteLaw:
    """Return the law that a frozen or new-style discrete distribution is.

    Raises
    ------
    ValueError
        If it is not finite, has too many atoms, holds several laws, or its mass underflows.
    """
    low, high = (float(np.asarray(end).reshape(())) for end in obj.support())
    if not high - low < MOST_ATOMS:
        raise ValueError(
            f"{obj!r} has atoms from {low:g} to {high:g}; a finite law may span at most "
            f"{MOST_ATOMS}. Pass FiniteLaw(atoms, probs), cut where you choose."
        )
    maker = obj.dist if isinstance(obj, _FROZEN) else obj
    if isinstance(maker, _TABLE):
        return _table(maker, low)
    if isinstance(obj, _NEW_BINOMIAL):
        return binomial(_whole("Binomial", scalar("Binomial", obj.n)), scalar("Binomial", obj.p))
    if isinstance(obj, _FROZEN) and type(maker) in _COUNTS:
        shapes, loc, _ = maker._parse_args(*obj.args, **obj.kwds)
        return _COUNTS[type(maker)](*(scalar(maker.name, v) for v in (*shapes, loc)))
    return _evaluated(obj, maker, np.arange(low, high + 1))


def _table(maker: Any, low: float) -> FiniteLaw:
    """The values and masses that the law was made from, shifted by its loc."""
    points = np.asarray(maker.xk, dtype=np.float64).reshape(-1)
    probs = np.asarray(maker.pk, dtype=np.float64).reshape(-1)
    return FiniteLaw.from_probs(points + (low - points.min()), probs.tolist())


def _evaluated(obj: Any, maker: Any, atoms: FloatArray) -> FiniteLaw:
    """SciPy's own mass: a user's pmf as it is, SciPy's numbers at the accuracy vouched for."""
    with np.errstate(all="ignore"):
        logs = np.asarray(obj.logpmf(atoms), dtype=np.float64)
        probs = np.asarray(obj.pmf(atoms), dtype=np.float64)
    own = not type(maker).__module__.startswith("scipy.")
    in_logs = own and getattr(type(maker), "_logpmf", None) is not stats.rv_discrete._logpmf
    lost = np.flatnonzero((logs == -math.inf) | (probs == 0))
    if lost.size and not in_logs:
        raise ValueError(
            f"{obj!r} has mass {float(probs[lost[0]])!r} at {atoms[lost[0]]:g}, inside its "
            "support: zero, or too small for a float? Pass FiniteLaw(atoms, probs), or "
            "FiniteLaw.from_logs(atoms, logs), which say."
        )
    if own and not in_logs:
        return FiniteLaw.from_probs(atoms, probs.tolist())
    radii = np.where(logs > -math.inf, _VOUCHED * (1 + np.abs(logs)), 0.0)
    return FiniteLaw.from_logs(atoms, logs.tolist(), radii=radii.tolist(), source=f"{obj!r}")


def scalar(name: str, value: Any) -> float:
    """A parameter as one float; a ValueError where it is an array of several."""
    array = np.asarray(value)
    if array.size != 1:
        raise ValueError(
            f"scipy.stats.{name} holds {array.size} laws, of parameters {array.tolist()}; pass "
            "one law at a time."
        )
    return float(array.reshape(()))


def _whole(name: str, value: float) -> int:
    if value != int(value):
        raise ValueError(f"scipy.stats.{name} must have whole counts; got {value!r}.")
    return int(value)
