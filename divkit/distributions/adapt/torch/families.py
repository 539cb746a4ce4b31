"""Continuous families of torch that are divkit's own laws, from their parameters in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from scipy import stats
from torch import distributions as td

from divkit.distributions.adapt.reading import known_as
from divkit.distributions.adapt.rounding import around_factor, around_precision
from divkit.distributions.adapt.scipy.convert import frozen as scipy_frozen
from divkit.distributions.adapt.scipy.formulas import formula_law
from divkit.distributions.adapt.torch.curves import ContinuousBernoulli, Kumaraswamy, by_quantiles
from divkit.distributions.adapt.torch.relaxed import continuous_log_odds
from divkit.distributions.base import Law
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.multivariate import normal_law
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.types import FloatArray, Tensor


def _of_scipy(name: str) -> Callable[..., Law]:
    """Maker of a law of SciPy's family from (shapes..., loc, scale): torch's own underflows."""
    return lambda *values: scipy_frozen(getattr(stats, name)(*values))


def _without_loc(name: str) -> Callable[..., Law]:
    """As `_of_scipy`, from (shapes..., scale)."""
    return lambda *values: scipy_frozen(getattr(stats, name)(*values[:-1], 0.0, values[-1]))


def _kumaraswamy(a: float, b: float) -> Law:
    curves = Kumaraswamy(a, b)
    return formula_law("kumaraswamy", [a, b, 0.0, 1.0], curves, by_quantiles(curves))


FAMILIES: dict[type, tuple[Callable[..., Law], tuple[str, ...]]] = {
    td.Normal: (Normal, ("loc", "scale")),
    td.Laplace: (Laplace, ("loc", "scale")),
    td.Cauchy: (Cauchy, ("loc", "scale")),
    td.Gumbel: (Gumbel, ("loc", "scale")),
    td.StudentT: (StudentT, ("df", "loc", "scale")),
    td.Uniform: (Uniform, ("low", "high")),
    td.Exponential: (Exponential, ("rate",)),
    td.Gamma: (Gamma, ("concentration", "rate")),
    td.Chi2: (Gamma, ("concentration", "rate")),
    td.Beta: (Beta, ("concentration1", "concentration0")),
    td.LogNormal: (LogNormal, ("loc", "scale")),
    td.Pareto: (Pareto, ("alpha", "scale")),
    td.GeneralizedPareto: (_of_scipy("genpareto"), ("concentration", "loc", "scale")),
    td.HalfNormal: (_without_loc("halfnorm"), ("scale",)),
    td.HalfCauchy: (_without_loc("halfcauchy"), ("scale",)),
    td.InverseGamma: (_without_loc("invgamma"), ("concentration", "rate")),
    td.Weibull: (_without_loc("weibull_min"), ("concentration", "scale")),
    td.FisherSnedecor: (_of_scipy("f"), ("df1", "df2")),
    td.Kumaraswamy: (_kumaraswamy, ("concentration1", "concentration0")),
}


def family_laws(obj: Any) -> list[Law]:
    """The laws of a batch of one of `FAMILIES`, flattened."""
    family = known_as(obj, FAMILIES)
    if family is None:
        raise TypeError(f"{obj!r} is of no known family.")
    maker, names = FAMILIES[family]
    columns = [_doubles(getattr(obj, name).expand(obj.batch_shape)) for name in names]
    return [maker(*row) for row in zip(*columns, strict=True)]


def _doubles(parameter: Tensor) -> list[float]:
    flat: list[float] = parameter.detach().cpu().double().reshape(-1).tolist()
    return flat


def normal_laws(obj: td.MultivariateNormal) -> list[Law]:
    """From the covariance where it was given, else from its Cholesky factor, in float64."""
    return _normals(obj, covariances(obj))


def covariances(obj: Any) -> Tensor:
    """The covariance that was given, else of its Cholesky factor or its inverse, in float64."""
    given = vars(obj)
    if "covariance_matrix" in given:
        return torch.as_tensor(given["covariance_matrix"].double())
    if "precision_matrix" in given:
        cov: Tensor = torch.linalg.inv(given["precision_matrix"].double())
        return 0.5 * (cov + cov.mT)
    factor = obj.scale_tril.double()
    return torch.as_tensor(factor @ factor.mT)


def neighbours(obj: Any) -> tuple[Law, ...]:
    """Normal laws whose covariance is off by as much as it may be; () where it came as it is."""
    each = neighbours_of_each(obj)
    return each[0] if len(each) == 1 else ()


def neighbours_of_each(obj: Any) -> list[tuple[Law, ...]]:
    """As `neighbours`, for each law of a batch, flattened; [] where nothing was rounded."""
    if isinstance(obj, td.LowRankMultivariateNormal):
        means, factors = _rows(obj, obj.loc, 1), _rows(obj, obj.cov_factor, 2)
        return list(map(around_factor, means, factors, _rows(obj, obj.cov_diag, 1)))
    if not isinstance(obj, td.MultivariateNormal):
        return []
    known = [name for name in _GIVEN if name in vars(obj)]
    if known == ["covariance_matrix"]:
        return []
    around, name = (
        (around_precision, "precision_matrix")
        if known == ["precision_matrix"]
        else (around_factor, "scale_tril")
    )
    return list(map(around, _rows(obj, obj.loc, 1), _rows(obj, getattr(obj, name), 2)))


_GIVEN = ("covariance_matrix", "precision_matrix", "scale_tril")


def _rows(obj: Any, parameter: Tensor, dims: int) -> list[FloatArray]:
    """A parameter of each law of a batch, float64, with so many dimensions."""
    shape = parameter.shape[parameter.ndim - dims :]
    full = parameter.detach().cpu().double().expand(*obj.batch_shape, *shape)
    return list(full.reshape(-1, *shape).numpy())


def low_rank_normal_laws(obj: td.LowRankMultivariateNormal) -> list[Law]:
    """From the factor W and the diagonal D: the covariance W Wᵀ + D, in float64."""
    factor = obj.cov_factor.double()
    return _normals(obj, factor @ factor.mT + torch.diag_embed(obj.cov_diag.double()))


def _normals(obj: Any, cov: Tensor) -> list[Law]:
    d = obj.event_shape[0]
    means = obj.loc.detach().double().expand(*obj.batch_shape, d).reshape(-1, d).numpy()
    covs = cov.detach().expand(*obj.batch_shape, d, d).reshape(-1, d, d).numpy()
    return [normal_law(m, c) for m, c in zip(means, covs, strict=True)]


def continuous_bernoulli_laws(obj: Any) -> list[Law]:
    """From the logits where they were given, else from the probabilities, in float64."""
    laws: list[Law] = []
    for logit in continuous_log_odds(obj):
        curves = ContinuousBernoulli(logit)
        draw = by_quantiles(curves)
        laws.append(formula_law("continuous_bernoulli", [logit, 0.0, 1.0], curves, draw))
    return laws
