"""Families by their usual names: the same laws as SciPy's and PyTorch's objects become.

Parameters are checked here; densities are divkit's own (`divkit.distributions.adapt.forms`), and
distribution functions and draws SciPy's.
"""

from __future__ import annotations

import math

import torch
from torch import distributions as td

from divkit.distributions.adapt.api import as_law
from divkit.distributions.base import Law, Law1D, bound, finite, positive
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.compose.truncated import truncated
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Gamma
from divkit.distributions.maps.scalar import Affine
from divkit.lazy import deferred

stats = deferred("scipy.stats")


def _of(family: str, shapes: tuple[float, ...], loc: float, scale: float) -> Law:
    place = {"loc": finite("loc", loc), "scale": positive("scale", scale)}
    return as_law(getattr(stats, family)(*shapes, **place))


def weibull(shape: float, scale: float = 1.0, loc: float = 0.0) -> Law:
    """The Weibull law of minima: p ∝ z^{shape−1} e^{−z^shape}, z = (x − loc)/scale ≥ 0.

    >>> weibull(2.0).log_prob([0.5, 1.0])
    array([-0.25      , -0.30685282])
    """
    return _of("weibull_min", (positive("shape", shape),), loc, scale)


def weibull_max(shape: float, scale: float = 1.0, loc: float = 0.0) -> Law:
    """The Weibull law of maxima: −X is of the law of minima, up to loc.

    >>> weibull_max(2.0).log_prob([-0.5, -1.0])
    array([-0.25      , -0.30685282])
    """
    return _of("weibull_max", (positive("shape", shape),), loc, scale)


def frechet(shape: float, scale: float = 1.0, loc: float = 0.0) -> Law:
    """The Fréchet law: p ∝ z^{−shape−1} e^{−z^{−shape}}, z = (x − loc)/scale > 0.

    >>> frechet(2.0).log_prob([0.5, 1.0])
    array([-1.22741128, -0.30685282])
    """
    return _of("invweibull", (positive("shape", shape),), loc, scale)


def gev(xi: float, loc: float = 0.0, scale: float = 1.0) -> Law:
    """The generalised extreme value law of maxima; its upper tail is heavy where xi > 0.

    >>> gev(0.2).log_prob([0.0, 1.0])
    array([-1.        , -1.49580691])
    """
    return _of("genextreme", (-finite("xi", xi),), loc, scale)


def gumbel_min(loc: float = 0.0, scale: float = 1.0) -> Law:
    """The Gumbel law of minima: log p = z − e^z − log scale, z = (x − loc)/scale.

    >>> gumbel_min().log_prob([0.0, 1.0])
    array([-1.        , -1.71828183])
    """
    return _of("gumbel_l", (), loc, scale)


def halfnormal(scale: float = 1.0, loc: float = 0.0) -> Law:
    """The law of |N(0, scale²)|.

    >>> halfnormal().log_prob([0.0, 1.0])
    array([-0.22579135, -0.72579135])
    """
    return _of("halfnorm", (), loc, scale)


def halfcauchy(scale: float = 1.0, loc: float = 0.0) -> Law:
    """The law of |X| for a Cauchy law around 0.

    >>> halfcauchy().log_prob([0.0, 1.0])
    array([-0.45158271, -1.14472989])
    """
    return _of("halfcauchy", (), loc, scale)


def foldnormal(shape: float, scale: float = 1.0) -> Law:
    """The law of scale·|N(shape, 1)|.

    >>> foldnormal(1.0).log_prob([0.0, 1.0])
    array([-0.72579135, -0.79201052])
    """
    if finite("shape", shape) < 0:
        raise ValueError(f"shape must be at least 0; got {shape!r}.")
    return _of("foldnorm", (shape,), 0.0, scale)


def truncnormal(loc: float, scale: float, low: float, high: float) -> Law:
    """N(loc, scale²) given low ≤ X ≤ high, either of which may be ±inf.

    >>> truncnormal(0.0, 1.0, -1.0, 2.0).log_prob([0.0, 3.0])
    array([-0.71877224,        -inf])
    """
    return truncated(Normal(loc, scale), bound("low", low), bound("high", high))


def cut(law: Law, low: float, high: float) -> Law:
    """A law on the line given low ≤ X ≤ high, either of which may be ±inf."""
    if not isinstance(law, Law1D):
        raise TypeError(f"law must be a law on the line; got {law!r}.")
    return truncated(law, bound("low", low), bound("high", high))


def invgamma(shape: float, scale: float = 1.0, loc: float = 0.0) -> Law:
    """The law of scale/G, G ~ Gamma(shape, 1): p ∝ z^{−shape−1} e^{−1/z}.

    >>> invgamma(3.0).log_prob([0.5, 1.0])
    array([ 0.07944154, -1.69314718])
    """
    return _of("invgamma", (positive("shape", shape),), loc, scale)


def invgauss(mu: float, scale: float = 1.0, loc: float = 0.0) -> Law:
    """The inverse Gaussian (Wald) law of mean mu·scale and shape λ = scale.

    >>> invgauss(1.0).log_prob([0.5, 1.0])
    array([-0.12921776, -0.91893853])
    """
    return _of("invgauss", (positive("mu", mu),), loc, scale)


def gengamma(shape: float, power: float, scale: float = 1.0) -> Law:
    """The law of scale·G^{1/power}, G ~ Gamma(shape, 1); power of either sign.

    >>> gengamma(2.0, 3.0).log_prob([0.5, 1.0])
    array([-2.49212361,  0.09861229])
    """
    if finite("power", power) == 0:
        raise ValueError("power must not be 0.")
    return _of("gengamma", (positive("shape", shape), power), 0.0, scale)


def f(df1: float, df2: float, scale: float = 1.0) -> Law:
    """Fisher's F: the ratio of χ²(df1)/df1 to χ²(df2)/df2.

    >>> f(4.0, 6.0).log_prob([0.5, 1.0])
    array([-0.45758111, -0.88015169])
    """
    return _of("f", (positive("df1", df1), positive("df2", df2)), 0.0, scale)


def betaprime(a: float, b: float, scale: float = 1.0) -> Law:
    """The law of scale·G/H, G ~ Gamma(a, 1), H ~ Gamma(b, 1).

    >>> betaprime(2.0, 3.0).log_prob([0.5, 1.0])
    array([-0.23556607, -0.98082925])
    """
    return _of("betaprime", (positive("a", a), positive("b", b)), 0.0, scale)


def burr(c: float, d: float, scale: float = 1.0) -> Law:
    """The Burr law of type XII: P(Z > z) = (1 + z^c)^{−d}.

    >>> burr(2.0, 1.0).log_prob([0.5, 1.0])
    array([-0.4462871 , -0.69314718])
    """
    return _of("burr12", (positive("c", c), positive("d", d)), 0.0, scale)


def loglogistic(shape: float, scale: float = 1.0) -> Law:
    """The law of e^{L}, L logistic: p ∝ z^{shape−1}/(1 + z^shape)².

    >>> loglogistic(2.0).log_prob([0.5, 1.0])
    array([-0.4462871 , -0.69314718])
    """
    return _of("fisk", (positive("shape", shape),), 0.0, scale)


def lomax(alpha: float, scale: float = 1.0) -> Law:
    """The Pareto law moved to 0: P(Z > z) = (1 + z)^{−alpha}.

    >>> lomax(2.0).log_prob([0.0, 1.0])
    array([ 0.69314718, -1.38629436])
    """
    return _of("lomax", (positive("alpha", alpha),), 0.0, scale)


def genpareto(xi: float, loc: float = 0.0, scale: float = 1.0) -> Law:
    """The generalised Pareto law: P(Z > z) = (1 + xi z)^{−1/xi}.

    >>> genpareto(0.5).log_prob([0.5, 1.0])
    array([-0.66943065, -1.21639532])
    """
    return _of("genpareto", (finite("xi", xi),), loc, scale)


def chi(df: float, scale: float = 1.0) -> Law:
    """The law of the length of a standard normal vector in df dimensions.

    >>> chi(3.0).log_prob([0.5, 1.0])
    array([-1.73708571, -0.72579135])
    """
    return _of("chi", (positive("df", df),), 0.0, scale)


def chi2(df: float) -> Law:
    """The χ² law, Gamma(df/2, ½).

    >>> chi2(3.0).log_prob([0.5, 1.0])
    array([-1.51551212, -1.41893853])
    """
    return Gamma(positive("df", df) / 2, 0.5)


def rayleigh(scale: float = 1.0) -> Law:
    """The law of the length of a normal vector in the plane: p ∝ z e^{−z²/2}.

    >>> rayleigh().log_prob([0.5, 1.0])
    array([-0.81814718, -0.5       ])
    """
    return _of("rayleigh", (), 0.0, scale)


def maxwell(scale: float = 1.0) -> Law:
    """The law of the length of a normal vector in space: p ∝ z² e^{−z²/2}.

    >>> maxwell().log_prob([0.5, 1.0])
    array([-1.73708571, -0.72579135])
    """
    return _of("maxwell", (), 0.0, scale)


def nakagami(shape: float, scale: float = 1.0) -> Law:
    """The root of a gamma law: p ∝ z^{2 shape−1} e^{−shape z²}.

    >>> nakagami(1.5).log_prob([0.5, 1.0])
    array([-0.33916728, -0.07787292])
    """
    return _of("nakagami", (positive("shape", shape),), 0.0, scale)


def levy(scale: float = 1.0, loc: float = 0.0) -> Law:
    """The Lévy law: p ∝ z^{−3/2} e^{−1/(2z)}.

    >>> levy().log_prob([0.5, 1.0])
    array([-0.87921776, -1.41893853])
    """
    return _of("levy", (), loc, scale)


def skewnormal(shape: float, loc: float = 0.0, scale: float = 1.0) -> Law:
    """The skew normal law: p = 2 φ(z) Φ(shape·z)/scale.

    >>> skewnormal(3.0).log_prob([0.0, 1.0])
    array([-0.91893853, -0.72714216])
    """
    return _of("skewnorm", (finite("shape", shape),), loc, scale)


def gennormal(shape: float, loc: float = 0.0, scale: float = 1.0) -> Law:
    """The generalised normal law: p ∝ e^{−|z|^shape}.

    >>> gennormal(1.5).log_prob([0.0, 1.0])
    array([-0.59083235, -1.59083235])
    """
    return _of("gennorm", (positive("shape", shape),), loc, scale)


def contbernoulli(p: float) -> Law:
    """The continuous Bernoulli law on [0, 1]: density ∝ p^x (1 − p)^{1−x}.

    >>> contbernoulli(0.2).log_prob([0.0, 1.0])
    array([ 0.61431633, -0.77197803])
    """
    if not 0 < finite("p", p) < 1:
        raise ValueError(f"p must be in (0, 1); got {p!r}.")
    return as_law(td.ContinuousBernoulli(torch.tensor(p, dtype=torch.float64)))


def kumaraswamy(a: float, b: float) -> Law:
    """P(X ≤ x) = 1 − (1 − x^a)^b on [0, 1].

    >>> kumaraswamy(2.0, 3.0).log_prob([0.5, 0.9])
    array([ 0.52324814, -1.63506346])
    """
    first, second = (
        torch.tensor(positive(name, s), dtype=torch.float64) for name, s in (("a", a), ("b", b))
    )
    return as_law(td.Kumaraswamy(first, second))


def triangular(low: float, mode: float, high: float) -> Law:
    """The density is a triangle over [low, high] with its top at the mode.

    >>> import numpy as np
    >>> np.exp(triangular(0.0, 1.0, 3.0).log_prob([1.0, 2.0])).round(6)
    array([0.666667, 0.333333])
    """
    low, mode, high = finite("low", low), finite("mode", mode), finite("high", high)
    if not (low <= mode <= high and low < high):
        raise ValueError(
            f"low ≤ mode ≤ high and low < high are needed; got {low}, {mode}, {high}."
        )
    return _of("triang", ((mode - low) / (high - low),), low, high - low)


def powerlaw(a: float) -> Law:
    """a x^{a−1} on [0, 1].

    >>> import numpy as np
    >>> np.exp(powerlaw(2.0).log_prob([0.5, 1.0])).round(6)
    array([1., 2.])
    """
    return _of("powerlaw", (positive("a", a),), 0.0, 1.0)


def johnsonsu(a: float, b: float, loc: float = 0.0, scale: float = 1.0) -> Law:
    """Johnson's unbounded law: a + b·arsinh z is standard normal.

    >>> johnsonsu(0.0, 1.0).log_prob([0.0, 1.0])
    array([-0.91893853, -1.65392182])
    """
    return _of("johnsonsu", (finite("a", a), positive("b", b)), loc, scale)


def johnsonsb(a: float, b: float, loc: float = 0.0, scale: float = 1.0) -> Law:
    """Johnson's bounded law: a + b·log(z/(1 − z)) is standard normal.

    >>> johnsonsb(0.0, 1.0).log_prob([0.5, 0.9])
    array([ 0.46735583, -0.92489085])
    """
    return _of("johnsonsb", (finite("a", a), positive("b", b)), loc, scale)


def nct(df: float, nc: float, loc: float = 0.0, scale: float = 1.0) -> Law:
    """The non-central t law, of (N(nc, 1))/√(χ²(df)/df).

    >>> nct(5.0, 1.0).log_prob([0.0, 1.0])
    array([-1.46861959, -1.01521412])
    """
    return _of("nct", (positive("df", df), finite("nc", nc)), loc, scale)


def hypsecant(loc: float = 0.0, scale: float = 1.0) -> Law:
    """The hyperbolic secant law: p = 1/(π cosh z).

    >>> hypsecant().log_prob([0.0, 1.0])
    array([-1.14472989, -1.57851072])
    """
    return _of("hypsecant", (), loc, scale)


def gompertz(shape: float, scale: float = 1.0) -> Law:
    """The Gompertz law: P(Z > z) = e^{−shape (e^z − 1)}.

    >>> gompertz(1.0).log_prob([0.5, 1.0])
    array([-0.14872127, -0.71828183])
    """
    return _of("gompertz", (positive("shape", shape),), 0.0, scale)


def wholly_skewed(alpha: float, beta: float, loc: float, scale: float) -> Law:
    """Lévy's law at index ½, Landau's at 1, of skewness 1; that of −1 is its mirror image."""
    side, shift = (1.0, loc) if beta > 0 else (-1.0, -loc)
    if alpha == 1:
        moved = shift + 2 / math.pi * scale * math.log(scale)  # S1 counts from another place
        base = _of("landau", (), moved, scale)
    else:
        base = _of("levy", (), shift, scale)
    return base if side > 0 else transformed(base, Affine(0.0, -1.0))


def rice(b: float, scale: float = 1.0) -> Law:
    """The law of the length of a normal vector in the plane around a point at distance b.

    >>> rice(1.0).log_prob([0.5, 1.0])
    array([-1.25659746, -0.76408564])
    """
    if finite("b", b) < 0:
        raise ValueError(f"b must be at least 0; got {b!r}.")
    return _of("rice", (b,), 0.0, scale)
