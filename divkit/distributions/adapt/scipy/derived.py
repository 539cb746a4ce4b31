"""SciPy's families, and classes of a user's own that are derived from them or from rv_continuous.

A class that writes no density anew is its parent, if it also draws like it. One with a density of
its own is wrapped, with what it inherited from the parent left out: a parent's distribution
function, quantiles and sampler are another law's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from inspect import ismethod
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy import stats

from divkit.distributions.adapt.reading import overridden
from divkit.distributions.base import Law1D
from divkit.types import FloatArray

GENERIC = stats.rv_continuous
_DENSITY = ("_pdf", "_logpdf", "_get_support", "pdf", "logpdf", "support")
_CURVES = ("_cdf", "_logcdf", "_sf", "_logsf", "_ppf", "_isf", "cdf", "sf", "ppf")
_DRAWS = ("_rvs", "rvs")
_LEVELS = np.array([0.01, 0.2, 0.5, 0.8, 0.99])
_SAME = 1e-6
_FALSE_ALARM = 1e-9


@cache
def _instances() -> Mapping[type, Any]:
    """SciPy's own instance of each of its classes of continuous laws."""
    return MappingProxyType({type(v): v for v in vars(stats).values() if isinstance(v, GENERIC)})


def scipys(dist: Any) -> Any | None:
    """SciPy's family whose density `dist` has, None if it has one of its own.

    An instance with another name is the same family; one with other ends of its support is not.
    """
    known = _instances()
    kind = next((each for each in type(dist).__mro__ if each in known), None)
    if kind is None or (kind is not type(dist) and overridden(dist, kind, _DENSITY)):
        return None
    standard: Any = known[kind]
    if kind is type(stats.vonmises):  # the circle and the line share one class
        standard = _von_mises(dist)
    return standard if (standard.a, standard.b) == (dist.a, dist.b) else None


def _von_mises(dist: Any) -> Any:
    """Of SciPy's two instances of one class the one on the same interval."""
    circle: Any = stats.vonmises
    return circle if circle.a == dist.a else stats.vonmises_line


def require_same(obj: Any, law: Law1D) -> None:
    """Refuse a derived class whose distribution function or draws are not those of its density.

    Draws are tested by Kolmogorov and Smirnov: a right class fails one time in 10⁹.

    Raises
    ------
    TypeError
        If they are another law's.
    """
    dist = obj.dist
    kind = type(scipys(dist))
    if overridden(dist, kind, _CURVES):
        off = np.abs(np.asarray(obj.cdf(law.ppf(_LEVELS))) - _LEVELS).max()
        if not off <= _SAME:
            raise TypeError(_other(dist, kind, "distribution function"))
    if overridden(dist, kind, _DRAWS):
        draws = np.asarray(obj.rvs(size=4000, random_state=np.random.default_rng(0)), dtype=float)
        if stats.kstest(draws, law.cdf).pvalue < _FALSE_ALARM:
            raise TypeError(_other(dist, kind, "sampler"))


def _other(dist: Any, kind: type, what: str) -> str:
    return (
        f"{type(dist).__name__} has a {what} of another law than the density that it inherits of "
        f"{kind.__name__}. Write its _pdf too, or pass divkit.law(density=...)."
    )


def log_density_of(obj: Any) -> Callable[[Any], Any]:
    """The log density of a frozen law, from whichever of _logpdf and _pdf its class wrote last.

    Raises
    ------
    TypeError
        If it wrote neither: SciPy then differentiates its distribution function numerically.
    """
    owner = _owner(obj.dist, ("_pdf", "_logpdf"))
    if owner is None:
        raise TypeError(
            f"{type(obj.dist).__name__} has no _pdf: SciPy differentiates its _cdf numerically, "
            "which is too coarse for a divergence with an error. Write its _pdf, or pass "
            "divkit.law(density=...)."
        )
    if "_logpdf" in vars(owner) or _owner(obj.dist, ("_logpdf",)) is None:
        return obj.logpdf  # type: ignore[no-any-return]
    return lambda x: _log(obj.pdf(x))


def _log(density: Any) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(density))


def own_curves(dist: Any) -> bool:
    """Whether the distribution function belongs to the density, and not to a parent's."""
    return _belongs(dist, ("_cdf", "_sf", "_ppf"))


def own_draws(dist: Any) -> bool:
    """Whether the sampler belongs to the density."""
    return _belongs(dist, ("_rvs",)) and own_curves(dist)


def _belongs(dist: Any, names: Sequence[str]) -> bool:
    """Whether no parent of the class that wrote the density wrote one of these."""
    kinds, density = type(dist).__mro__, _owner(dist, ("_pdf", "_logpdf"))
    owner = _owner(dist, names)
    return owner is None or density is None or kinds.index(owner) <= kinds.index(density)


def _owner(dist: Any, names: Sequence[str]) -> type | None:
    """The class that wrote one of these methods last; None if that is SciPy's general one."""
    before = type(dist).__mro__[: type(dist).__mro__.index(GENERIC)]
    return next((kind for kind in before if not vars(kind).keys().isdisjoint(names)), None)


def standard(dist: Any) -> Any:
    """A family without shape parameters, frozen at loc 0 and scale 1.

    Raises
    ------
    TypeError
        If it has shape parameters.
    """
    if dist.numargs:
        given = ", ".join(f"{name}=..." for name in dist.shapes.split(", "))
        raise TypeError(
            f"scipy.stats.{dist.name} is a family: a law needs {dist.shapes}. Pass "
            f"scipy.stats.{dist.name}({given})."
        )
    return dist()


def steps_of(dist: Any) -> tuple[FloatArray, FloatArray] | None:
    """Masses and edges of an rv_histogram, None of another law."""
    if not isinstance(dist, stats.rv_histogram) or overridden(dist, stats.rv_histogram, _DENSITY):
        return None
    edges = np.asarray(dist._hbins, dtype=np.float64)
    masses = np.asarray(dist._hpdf, dtype=np.float64)[1:-1] * np.diff(edges)
    return masses / math.fsum(masses.tolist()), edges


def old_style(obj: Any) -> Any | None:
    """The frozen law of SciPy's own family that `make_distribution` made an object of, or None."""
    methods = [f for f in vars(type(obj)).values() if ismethod(f)]
    owners: dict[int, Any] = {id(f.__self__): f.__self__ for f in methods}
    families = [dist for dist in owners.values() if _is_family(dist)]
    if len(families) != 1:
        return None
    (family,) = families
    names = family.shapes.split(", ") if family.shapes else []
    return family(**{name: getattr(obj, name) for name in names})


def _is_family(dist: Any) -> bool:
    known = isinstance(dist, (stats.rv_continuous, stats.rv_discrete))
    return known and type(dist).__module__.startswith("scipy.")
