"""Laws of counts and finite laws from SciPy: each from its parameters, not from rounded masses.

SciPy's pmf underflows to 0 far out, and its logpmf differences log-gammas of thousands. A known
family becomes divkit's own law of counts, with its tails and closed forms; a table of values is
taken as it was given; any other finite law keeps SciPy's logpmf, at the accuracy that can be
vouched for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np
from flint import arb, arb_poly
from scipy import stats

from divkit.distributions.adapt.reading import known_as, overridden
from divkit.distributions.ball_precision import own_precision
from divkit.distributions.base import Law
from divkit.distributions.counts.decays import Boltzmann, DiscreteLaplace, Planck
from divkit.distributions.counts.image import count_image
from divkit.distributions.counts.poisson import Poisson, Skellam
from divkit.distributions.counts.powers import Logarithmic, YuleSimon, Zipf, Zipfian
from divkit.distributions.counts.trials import (
    BetaBinomial,
    DiscreteUniform,
    Hypergeometric,
    binomial,
)
from divkit.distributions.counts.waiting import (
    BetaNegativeBinomial,
    Geometric,
    NegativeBinomial,
    NegativeHypergeometric,
)
from divkit.distributions.finite.discrete import FiniteLaw, bernoulli
from divkit.distributions.finite.multinomial import logs_of
from divkit.distributions.finite.urn import wallenius
from divkit.types import FloatArray

MOST_ATOMS = 2**16
_MOST_TRIALS = 4096
_VOUCHED = 2.0**-33
"""Relative accuracy of a mass that SciPy integrates or sums itself: 1e-10."""

_FROZEN = type(stats.bernoulli(0.5))
TABLE = type(stats.rv_discrete(values=([0], [1.0])))
_NEW_BINOMIAL = stats.Binomial


def point(x: float) -> FiniteLaw:
    """All mass in one point."""
    return FiniteLaw(((x,),), (1.0,))


def _randint(low: float, high: float) -> Law:
    law = DiscreteUniform(_whole("randint", high - low))
    return count_image(law, Fraction(low), Fraction(1))


def _geometric(p: float) -> Law:
    return Geometric(p) if p != 1 else point(1.0)


def _negative_binomial(n: float, p: float) -> Law:
    return NegativeBinomial(n, p) if n > 0 and p != 1 else point(0.0)


def _hypergeometric(total: float, good: float, draws: float, odds: float = 1.0) -> Law:
    name = "hypergeom"
    return Hypergeometric(_whole(name, total), _whole(name, good), _whole(name, draws), odds)


def _wallenius(total: float, good: float, draws: float, odds: float) -> FiniteLaw:
    name = "nchypergeom_wallenius"
    return wallenius(_whole(name, total), _whole(name, good), _whole(name, draws), odds)


def _negative_hypergeometric(total: float, good: float, bad: float) -> Law:
    return NegativeHypergeometric(*(_whole("nhypergeom", n) for n in (total, good, bad)))


def poisson_binomial(probs: Sequence[float]) -> FiniteLaw:
    """The number of successes in trials of these probabilities, each product of them in balls."""
    if len(probs) > _MOST_TRIALS:
        raise ValueError(f"scipy.stats.poisson_binom may have {_MOST_TRIALS} trials.")
    with own_precision(192):
        factors = [arb_poly([1 - arb(p), arb(p)]) for p in probs]
        while len(factors) > 1:
            pairs = zip(factors[::2], factors[1::2], strict=False)
            factors = [a * b for a, b in pairs] + factors[len(factors) // 2 * 2 :]
        weights = factors[0].coeffs()
        kept = [k for k, w in enumerate(weights) if not w.is_zero()]
        logs, radii = logs_of([weights[k] for k in kept])
    source = f"poisson_binomial({[float(p) for p in probs]!r})"
    return FiniteLaw.from_logs([float(k) for k in kept], logs, radii=radii, source=source)


_COUNTS: Mapping[type, Callable[..., Law]] = MappingProxyType(
    {
        type(stats.bernoulli): bernoulli,
        type(stats.poisson): lambda mu: Poisson(mu) if mu else point(0.0),
        type(stats.geom): _geometric,
        type(stats.nbinom): _negative_binomial,
        type(stats.betanbinom): BetaNegativeBinomial,
        type(stats.binom): lambda n, p: binomial(_whole("binom", n), p),
        type(stats.betabinom): lambda n, a, b: BetaBinomial(_whole("betabinom", n), a, b),
        type(stats.randint): _randint,
        type(stats.hypergeom): _hypergeometric,
        type(stats.nchypergeom_fisher): _hypergeometric,
        type(stats.nchypergeom_wallenius): _wallenius,
        type(stats.nhypergeom): _negative_hypergeometric,
        type(stats.boltzmann): lambda rate, count: Boltzmann(rate, _whole("boltzmann", count)),
        type(stats.planck): Planck,
        type(stats.dlaplace): DiscreteLaplace,
        type(stats.zipf): Zipf,
        type(stats.zipfian): lambda a, count: Zipfian(a, _whole("zipfian", count)),
        type(stats.logser): Logarithmic,
        type(stats.skellam): Skellam,
        type(stats.yulesimon): YuleSimon,
        type(stats.poisson_binom): lambda *probs: poisson_binomial(probs),
    }
)
"""(shape parameters...) -> the law, before it is moved by loc."""


_OF_A_LAW = ("_pmf", "_logpmf", "_get_support", "pmf", "logpmf", "_cdf", "_sf", "_rvs")
"""Methods that make a derived class another law than its parent."""


def discrete(obj: Any) -> Law:
    """Return the law that a frozen or new-style discrete distribution is.

    Raises
    ------
    ValueError
        If it is of no known family and not finite, has too many atoms, holds several laws, or its
        mass underflows.
    """
    maker = obj.dist if isinstance(obj, _FROZEN) else obj
    family = known_as(maker, _COUNTS) if isinstance(obj, _FROZEN) else None
    if family is not None and not overridden(maker, family, _OF_A_LAW):
        *shapes, loc = _parameters(obj)
        return moved(_COUNTS[family](*shapes), loc)
    if isinstance(obj, _NEW_BINOMIAL):
        return binomial(_whole("Binomial", scalar("Binomial", obj.n)), scalar("Binomial", obj.p))
    low, high = (float(np.asarray(end).reshape(())) for end in obj.support())
    if not high - low < MOST_ATOMS:
        raise ValueError(
            f"{obj!r} has atoms from {low:g} to {high:g}, and is of no family that divkit knows. "
            "Pass divkit.distributions.count_law(obj.logpmf, low=..., ratio_bound=(K, r)), which "
            "says what bounds its tail, or FiniteLaw(atoms, probs), cut where you choose."
        )
    if isinstance(maker, TABLE):
        return _table(maker, low)
    return _evaluated(obj, maker, np.arange(low, high + 1))


def _parameters(obj: Any) -> list[float]:
    """Shapes and loc of a frozen law."""
    shapes, loc, _ = obj.dist._parse_args(*obj.args, **obj.kwds)
    if type(obj.dist) is type(stats.poisson_binom):
        (probs,) = shapes if len(shapes) == 1 else (shapes,)
        shapes = np.asarray(probs, dtype=np.float64).reshape(-1)
    return [scalar(obj.dist.name, v) for v in (*shapes, loc)]


def moved(law: Law, loc: float) -> Law:
    """The law moved by loc."""
    if loc == 0:
        return law
    if isinstance(law, FiniteLaw):
        return FiniteLaw(law.points + loc, law.masses, log_weights=law.log_weights)  # type: ignore[arg-type]
    return count_image(law, Fraction(loc), Fraction(1))  # type: ignore[arg-type]


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
