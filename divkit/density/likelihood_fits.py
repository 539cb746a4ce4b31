r"""Maximum-likelihood fits of known families: in closed form, by one equation, or by L-BFGS.

Each takes a sample (n, d) in any units and returns a law. Iterative fits run on the standardised
sample with derivatives from autograd, so that the optimum is exact to the optimiser's 1e-9.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch
from scipy import optimize, special

from divkit.distributions.base import Law
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.multivariate import normal_law
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.samples import standard
from divkit.types import FloatArray, Tensor

Fit: TypeAlias = Callable[[FloatArray], Law]
Shape: TypeAlias = Callable[[Tensor, Tensor], Tensor]
_FLAT = 1e-4
"""Slope of a mean log likelihood, in standardised units, at what is taken for its top."""
_DF = (0.2, 1e4)


def normal(x: FloatArray) -> Law:
    """Mean and covariance with divisor n; multivariate where there are several columns."""
    if x.shape[1] == 1:
        frame = standard(x)
        z = frame(x)
        loc = float(frame.inverse(z.mean(axis=0, keepdims=True))[0, 0])
        return Normal(loc, float(z.std()) * _unit(x))
    centre = x.mean(axis=0)
    away = x - centre
    return normal_law(centre, away.T @ away / len(x))


def laplace(x: FloatArray) -> Law:
    """Median and mean distance from it."""
    loc = float(np.median(x))
    return Laplace(loc, float(np.abs(x - loc).mean()))


def uniform(x: FloatArray) -> Law:
    """Least and largest."""
    return Uniform(float(x.min()), float(x.max()))


def exponential(x: FloatArray) -> Law:
    """The rate 1/mean."""
    return Exponential(1 / float(_positive(x, "exponential").mean()))


def lognormal(x: FloatArray) -> Law:
    """Mean and standard deviation of the logarithms."""
    logs = np.log(_positive(x, "lognormal"))
    return LogNormal(float(logs.mean()), float(logs.std()))


def pareto(x: FloatArray) -> Law:
    """The least value, and n/Σ log(x/least)."""
    least = float(_positive(x, "pareto").min())
    return Pareto(1 / float(np.log(x / least).mean()), least)


def gamma(x: FloatArray) -> Law:
    """The root k of log k − ψ(k) = log mean − mean log, and the rate k/mean."""
    mean = float(_positive(x, "gamma").mean())
    gap = float(-np.log(x / mean).mean())
    upper, lower = 1 / gap, 0.25 / gap  # ½ < k (log k − ψ(k)) < 1
    shape = optimize.brentq(
        lambda k: math.log(k) - float(special.digamma(k)) - gap, lower, upper, rtol=1e-14
    )
    return Gamma(shape, shape / mean)


def cauchy(x: FloatArray) -> Law:
    """Location and scale of largest likelihood."""
    loc, scale, _ = _maximised(x, lambda z, _: -torch.log1p(z * z), free=False)
    return Cauchy(loc, scale)


def logistic(x: FloatArray) -> Law:
    """Location and scale of largest likelihood."""
    loc, scale, _ = _maximised(
        x, lambda z, _: torch.nn.functional.logsigmoid(z) + torch.nn.functional.logsigmoid(-z),
        free=False,
    )  # fmt: skip
    return Logistic(loc, scale)


def gumbel(x: FloatArray) -> Law:
    """The scale σ = mean x − Σ x e^{−x/σ}/Σ e^{−x/σ}, location −σ log mean e^{−x/σ}."""
    frame = standard(x)
    z = frame(x)[:, 0]
    most = float(z.mean() - z.min())  # from there on the left side is the larger

    def excess(scale: float) -> float:
        return scale - float(z.mean()) + float(special.softmax(-z / scale) @ z)

    scale = float(optimize.brentq(excess, 1e-12 * most, most, rtol=1e-12))
    loc = -scale * float(special.logsumexp(-z / scale) - math.log(len(z)))
    return Gumbel(float(frame.inverse(np.array([[loc]]))[0, 0]), scale * _unit(x))


def student_t(x: FloatArray) -> Law:
    """Location, scale and degrees of freedom, these in [0.2, 10⁴]: a normal sample has no best."""

    def shape(z: Tensor, log_df: Tensor) -> Tensor:
        df = log_df.exp()
        level = torch.lgamma(0.5 * (df + 1)) - torch.lgamma(0.5 * df) - 0.5 * log_df
        return level - 0.5 * (df + 1) * torch.log1p(z * z / df)

    loc, scale, log_df = _maximised(x, shape, free=True)
    return StudentT(math.exp(log_df), loc, scale)


FAMILIES: dict[str, Fit] = {
    fit.__name__: fit
    for fit in (
        normal,
        laplace,
        uniform,
        exponential,
        lognormal,
        pareto,
        gamma,
        cauchy,
        logistic,
        gumbel,
        student_t,
    )
}
"""Fits by the family's name."""
OF_ANY_DIMENSION = frozenset({"normal"})


def _maximised(x: FloatArray, shape: Shape, *, free: bool) -> tuple[float, float, float]:
    """Location, scale and, if `free`, a third parameter of the largest mean log likelihood."""
    frame = standard(x)
    z = frame(x)[:, 0]
    middle, spread = float(np.median(z)), _middle_spread(z)  # rows far out have no part in them
    points = torch.from_numpy((z - middle) / spread)

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        t = torch.tensor(theta, requires_grad=True)
        value = t[1] - shape((points - t[0]) / t[1].exp(), t[2]).mean()
        (slope,) = torch.autograd.grad(value, t)
        return float(value.detach()), slope.numpy()

    third = (math.log(_DF[0]), math.log(_DF[1])) if free else (1.0, 1.0)
    optimum = optimize.minimize(
        loss, [0.0, 0.0, 1.0], jac=True, method="L-BFGS-B", bounds=[(None, None)] * 2 + [third],
        options={"gtol": 1e-9, "ftol": 1e-15, "maxiter": 1000},
    )  # fmt: skip
    _require_top(optimum, third)
    loc, log_scale, other = optimum.x.tolist()
    place = float(frame.inverse(np.array([[middle + spread * loc]]))[0, 0])
    return place, math.exp(log_scale) * spread * _unit(x), other


def _middle_spread(z: FloatArray) -> float:
    """Half of the distance between the quartiles; 1 where half of the rows are one value."""
    low, high = np.quantile(z, [0.25, 0.75])
    return 0.5 * float(high - low) if high > low else 1.0


def _require_top(optimum: optimize.OptimizeResult, bounds: tuple[float, float]) -> None:
    """Refuse an optimum of the third parameter between bounds at which the likelihood rises."""
    slope = np.array(optimum.jac, dtype=np.float64)
    at = optimum.x[2]
    if (at <= bounds[0] and slope[2] > 0) or (at >= bounds[1] and slope[2] < 0):
        slope[2] = 0.0  # it rises only beyond the bound
    steepest = float(np.abs(slope).max())
    if not steepest < _FLAT:
        raise ValueError(
            f"the likelihood of X was not maximised: after {optimum.nit} steps it still changes "
            f"by {steepest:.1g} nats a row for a spread moved. Rows far out, or all but a few at "
            "one place, do that; method='auto' fits others."
        )


def _unit(x: FloatArray) -> float:
    """The spread of a column, in its own units."""
    frame = standard(x)
    return float(np.ldexp(frame.spread, frame.exponent)[0])


def _positive(x: FloatArray, family: str) -> FloatArray:
    if not (x > 0).all():
        at = int((x <= 0).any(axis=1).argmax())
        raise ValueError(
            f"the {family} family is for positive samples; row {at} of X is {x[at].tolist()}."
        )
    return x
