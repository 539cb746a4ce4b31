"""Laws from SciPy: frozen distributions, new-style ones, gaussian_kde.

Where loc and scale do not fit a family they become an affine map of it. Most of SciPy's families
have a log density of divkit's own (`divkit.distributions.adapt.forms.law`) and keep SciPy's
distribution function and sampler; a distribution of no known family keeps SciPy's density too.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from scipy import stats
from scipy.stats._covariance import CovViaCholesky, CovViaEigendecomposition, CovViaPrecision

from divkit.distributions.adapt.forms.law import FORMS
from divkit.distributions.adapt.rounding import around_factor, around_precision
from divkit.distributions.adapt.scipy.curves import (
    ScipyCurves,
    wrapped_line,
)
from divkit.distributions.adapt.scipy.derived import (
    log_density_of,
    old_style,
    own_curves,
    own_draws,
    require_same,
    scipys,
    standard,
    steps_of,
)
from divkit.distributions.adapt.scipy.finite import TABLE, discrete, scalar
from divkit.distributions.adapt.scipy.formulas import WITHIN, of_form, sampler
from divkit.distributions.adapt.scipy.shapes import KINDS, von_mises
from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.multivariate import MultivariateStudentT, normal_law
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.families.stable import stable
from divkit.distributions.families.steps import Steps
from divkit.distributions.maps.scalar import Affine
from divkit.distributions.shapes.singular_normal import SingularNormal
from divkit.types import FloatArray

Maker: TypeAlias = Callable[..., Law]
"""(shape parameters..., loc, scale) -> the law."""


def _shifted(law: Law, loc: float) -> Law:
    return transformed(law, Affine(loc, 1.0)) if loc != 0 else law


def _student(df: float, loc: float, scale: float) -> Law:
    return Normal(loc, scale) if df == math.inf else StudentT(df, loc, scale)


def _beta(a: float, b: float, loc: float, scale: float) -> Law:
    law = Beta(a, b)
    return law if (loc, scale) == (0, 1) else transformed(law, Affine(loc, scale))


def _log_normal(s: float, loc: float, scale: float, up: int = 0) -> Law:
    mu = math.log(scale)
    return _shifted(LogNormal(_above(mu) if up and scale != 1 else mu, s), loc)


def _gibrat(loc: float, scale: float, up: int = 0) -> Law:
    return _log_normal(1.0, loc, scale, up)


def _over(x: float, scale: float, up: int = 0) -> float:
    """x/scale; with `up` the float above it, unless the quotient is exact."""
    quotient = x / scale
    return (
        _above(quotient)
        if up and Fraction(quotient) * Fraction(scale) != Fraction(x)
        else quotient
    )


def _above(x: float) -> float:
    return math.nextafter(x, math.inf)


def _exponential(loc: float, scale: float, up: int = 0) -> Law:
    return _shifted(Exponential(_over(1.0, scale, up)), loc)


def _gamma(a: float, loc: float, scale: float, up: int = 0) -> Law:
    return _shifted(Gamma(a, _over(1.0, scale, up)), loc)


def _chi2(df: float, loc: float, scale: float, up: int = 0) -> Law:
    return _shifted(Gamma(df / 2, _over(0.5, scale, up)), loc)


def _uniform(loc: float, scale: float) -> Law:
    """By its ends, unless the upper one's rounding shows beside the width."""
    missed = abs(Fraction(loc) + Fraction(scale) - Fraction(loc + scale))
    if missed <= Fraction(sys.float_info.epsilon) * Fraction(scale):
        return Uniform(loc, loc + scale)
    return transformed(Uniform(0.0, scale), Affine(loc, 1.0))


def _pearson3(skew: float, loc: float, scale: float, up: int = 0) -> Law:
    """A gamma law of mean 0, variance 1 and this skewness, mirrored where that is negative.

    Shape, rate and shift have up to three roundings each; `up` says which one is moved by four.
    """
    if skew == 0:
        return Normal(loc, scale)
    size = 2 / abs(skew)
    side = math.copysign(1.0, skew)
    parts = [size**2, size / scale, loc - side * size * scale]
    room = (parts[0], parts[1], abs(loc) + size * scale)
    if up:
        parts[up - 1] += 4 * math.ulp(room[up - 1])
    return transformed(Gamma(parts[0], parts[1]), Affine(parts[2], side))


def _stable(alpha: float, beta: float, loc: float, scale: float) -> Law:
    """By SciPy's parameters S1; S0, which a switch of the family's chooses, has another loc."""
    if stats.levy_stable.parameterization != "S1":
        raise ValueError("levy_stable.parameterization must be 'S1', its default; got 'S0'.")
    return stable(alpha, beta, loc, scale)


_FAMILIES: dict[type, Maker] = {
    type(stats.levy_stable): _stable,
    type(stats.norm): Normal,
    type(stats.laplace): Laplace,
    type(stats.logistic): Logistic,
    type(stats.cauchy): Cauchy,
    type(stats.gumbel_r): Gumbel,
    type(stats.gumbel_l): lambda loc, scale: transformed(Gumbel(-loc, scale), Affine(0.0, -1.0)),
    type(stats.t): _student,
    type(stats.uniform): _uniform,
    type(stats.expon): _exponential,
    type(stats.gamma): _gamma,
    type(stats.erlang): _gamma,
    type(stats.chi2): _chi2,
    type(stats.beta): _beta,
    type(stats.lognorm): _log_normal,
    type(stats.gibrat): _gibrat,
    type(stats.pearson3): _pearson3,
    type(stats.pareto): lambda b, loc, scale: _shifted(Pareto(b, scale), loc),
}

_FROZEN_CONTINUOUS = type(stats.norm())
_FROZEN_DISCRETE = type(stats.bernoulli(0.5))
_FROZEN_NORMAL = type(stats.multivariate_normal())
_FROZEN_STUDENT = type(stats.multivariate_t())
_NEW_STYLE = stats.Normal.__base__
_NEW_DISCRETE = stats.Binomial.__base__


def convert(obj: Any) -> Law | None:
    """Return the law that a SciPy object is, None if it is none.

    Raises
    ------
    TypeError
        If it is a family that needs parameters, or has no density or mass.
    ValueError
        If it is a batch of several laws.
    """
    for kind, maker in _KINDS:
        if isinstance(obj, kind):
            return maker(obj)
    return None


_ROUNDED: dict[type, int] = {
    **{type(each): 1 for each in (stats.expon, stats.gamma, stats.erlang, stats.chi2)},
    **{type(each): 1 for each in (stats.lognorm, stats.gibrat)},
    type(stats.pearson3): 3,
}
"""Families whose parameters are calculated from SciPy's, and how many of them are rounded."""


def neighbours(obj: Any) -> tuple[Law, ...]:
    """Laws with parameters moved by all that rounding may have moved them, and more."""
    if isinstance(obj, _FROZEN_NORMAL):
        return _around(np.asarray(obj.mean, dtype=np.float64), obj.cov_object)
    family = type(scipys(obj.dist)) if isinstance(obj, _FROZEN_CONTINUOUS) else None
    if family not in _ROUNDED:
        return ()
    constructor, values = _FAMILIES[family], _values(obj)
    moved = [constructor(*values, up=k + 1) for k in range(_ROUNDED[family])]
    return tuple(law for law in moved if law != constructor(*values))


def _around(mean: FloatArray, given: Any) -> tuple[Law, ...]:
    """By what SciPy's covariance object was made from; () where that was the covariance."""
    if isinstance(given, CovViaCholesky):
        return around_factor(mean, np.asarray(given._factor, dtype=np.float64))
    if isinstance(given, CovViaPrecision):
        return around_precision(mean, np.asarray(given._precision, dtype=np.float64))
    if isinstance(given, CovViaEigendecomposition):
        roots = np.sqrt(np.asarray(given._w, dtype=np.float64))
        return around_factor(mean, np.asarray(given._v, dtype=np.float64) * roots)
    return ()


def _values(obj: Any) -> list[float]:
    shapes, loc, scale = obj.dist._parse_args(*obj.args, **obj.kwds)
    return [scalar(obj.dist.name, v) for v in (*shapes, loc, scale)]


def frozen(obj: Any) -> Law:
    """Return the law that a frozen rv_continuous is."""
    values, family = _values(obj), scipys(obj.dist)
    if family is None:
        return _of_its_own(obj, values)
    law = _of_family(obj, family, values)
    if type(family) is not type(obj.dist) and isinstance(law, Law1D):
        require_same(obj, law)
    return law


def _of_family(obj: Any, family: Any, values: list[float]) -> Law:
    if type(family) in _FAMILIES:
        return _FAMILIES[type(family)](*values)
    if type(family) is type(stats.vonmises) and not np.isfinite(obj.support()).all():
        return von_mises(*values)
    if family.name == "irwinhall" and values[0] > _MOST_SUMMED:
        raise ValueError(
            f"irwinhall({values[0]:g}) is a spline of {values[0]:g}² coefficients in SciPy, and "
            f"takes minutes; at most {_MOST_SUMMED} are taken. Normal(n/2, (n/12)**0.5) is a JS "
            "divergence of 8e-3/n² away."
        )
    curves = ScipyCurves(obj.cdf, obj.sf, obj.ppf)
    name = _ALIASES.get(family.name, family.name)
    if name in FORMS and (name not in WITHIN or WITHIN[name](*values)):
        return of_form(obj, name, values, curves)
    return wrapped_line(_label(obj, values), obj.support(), obj.logpdf, curves, sampler(obj), True)


def _of_its_own(obj: Any, values: list[float]) -> Law:
    """A law with a density of a user's own, or a histogram."""
    if (found := steps_of(obj.dist)) is not None:
        masses, edges = found
        law = Steps(tuple(edges), tuple(masses), f"scipy.stats.rv_histogram of {len(masses)} bins")
        loc, scale = values[-2:]
        return law if (loc, scale) == (0, 1) else transformed(law, Affine(loc, scale))
    curves = ScipyCurves(obj.cdf, obj.sf, obj.ppf) if own_curves(obj.dist) else None
    draw = sampler(obj) if own_draws(obj.dist) else None
    density = log_density_of(obj)
    return wrapped_line(_label(obj, values), obj.support(), density, curves, draw, False)


def _label(obj: Any, values: list[float]) -> str:
    return f"scipy.stats.{obj.dist.name}({', '.join(f'{v:g}' for v in values)})"


def _unfrozen_discrete(obj: Any) -> Law:
    return discrete(obj if isinstance(obj, TABLE) else standard(obj))


def _unfrozen(obj: Any) -> Law:
    return frozen(standard(obj))


_MOST_SUMMED = 1_000
_ALIASES = {"reciprocal": "loguniform"}


def _new_normal(obj: Any) -> Law:
    return Normal(scalar("Normal", obj.mu), scalar("Normal", obj.sigma))


def _new_uniform(obj: Any) -> Law:
    return Uniform(scalar("Uniform", obj.a), scalar("Uniform", obj.b))


def _new_mixture(obj: Any) -> Law:
    return mixture(np.asarray(obj.weights).tolist(), [_component(c) for c in obj.components])


def _component(obj: Any) -> Law:
    law = convert(obj)
    if law is None:
        raise TypeError(f"no law: component {obj!r} of a scipy.stats.Mixture.")
    return law


def _new_discrete(obj: Any) -> Law:
    old = old_style(obj)
    return discrete(obj if old is None else old)


def _new_style(obj: Any) -> Law:
    if (old := old_style(obj)) is not None:
        return frozen(old)
    return new_style(obj, " ".join(f"scipy.stats.{obj}".split()), _is_scipys(obj))


def new_style(obj: Any, label: str, known: bool) -> Law:
    """Return the law of an object with the methods of SciPy's new-style distributions."""
    support = [scalar(repr(obj), end) for end in obj.support()]
    return wrapped_line(
        label,
        support,
        obj.logpdf,
        ScipyCurves(obj.cdf, obj.ccdf, obj.icdf),
        lambda n, rng: obj.sample(n, rng=rng),
        known,
    )


def _is_scipys(obj: Any) -> bool:
    return type(obj).__module__.startswith("scipy.")


def _multivariate_normal(obj: Any) -> Law:
    cov = np.asarray(obj.cov_object.covariance, dtype=np.float64)
    mean = np.asarray(obj.mean, dtype=np.float64)
    if obj.cov_object.rank < mean.size:
        return SingularNormal(tuple(mean.tolist()), tuple(map(tuple, cov.tolist())))
    return normal_law(mean, cov)


def _multivariate_student(obj: Any) -> Law:
    loc, shape = np.asarray(obj.loc, float), np.asarray(obj.shape, float)
    df = scalar("multivariate_t", obj.df)
    if df == math.inf:
        return normal_law(loc, shape)
    if loc.size == 1:
        return StudentT(df, float(loc.reshape(())), math.sqrt(float(shape.reshape(()))))
    return MultivariateStudentT(df, tuple(loc.tolist()), tuple(map(tuple, shape.tolist())))


def _kernel_density(obj: Any) -> Law:
    centers, cov = np.asarray(obj.dataset, float).T, np.asarray(obj.covariance, float)
    return mixture(obj.weights.tolist(), [normal_law(c, cov) for c in centers], normalize=True)


_NEWER = {"Logistic": lambda obj: Logistic()}  # the standard one only; not in SciPy before 1.17

_KINDS: tuple[tuple[Any, Callable[[Any], Law]], ...] = (
    (_FROZEN_CONTINUOUS, frozen),
    (stats.rv_continuous, _unfrozen),
    (_FROZEN_DISCRETE, discrete),
    (stats.rv_discrete, _unfrozen_discrete),
    *KINDS,
    (_FROZEN_NORMAL, _multivariate_normal),
    (_FROZEN_STUDENT, _multivariate_student),
    (stats.gaussian_kde, _kernel_density),
    (stats.Normal, _new_normal),
    (stats.Uniform, _new_uniform),
    (stats.Mixture, _new_mixture),
    *((getattr(stats, name), maker) for name, maker in _NEWER.items() if name in vars(stats)),
    (_NEW_DISCRETE, _new_discrete),
    (_NEW_STYLE, _new_style),
)
