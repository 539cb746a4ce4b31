"""What other libraries answer for the standard pairs of the coverage page.

torch and SciPy are asked. TensorFlow Probability, NumPyro and Distributions.jl are not installed
with divkit: what they have is written here, from the sources named in `SOURCES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import scipy.spatial.distance
import scipy.stats
import torch

import divkit
from divkit.distributions import FiniteLaw

Peer: TypeAlias = dict[str, Any]
T = torch.distributions

SOURCES = {
    "TFP": "TensorFlow Probability 0.25.0, the registrations by `RegisterKL` in its wheel",
    "NumPyro": "NumPyro 0.22.0, its module distributions.kl, in its wheel",
    "Julia": "Distributions.jl 0.25, the methods of `kldivergence` and the generic one "
    "of its functionals",
}
READ = "30 November 2026"


def _tensor(value: Any) -> Any:
    return torch.tensor(value, dtype=torch.float64) if isinstance(value, float | list) else value


def _law(name: str, *values: Any, **named: Any) -> Any:
    """torch's object with float64 parameters."""
    given = {key: _tensor(value) for key, value in named.items()}
    return getattr(T, name)(*map(_tensor, values), **given)


def _two(name: str, first: tuple[Any, ...], second: tuple[Any, ...]) -> Callable[[], Any]:
    return lambda: (_law(name, *first), _law(name, *second))


def _mixture(weights: list[float], locs: list[float], scales: list[float]) -> Any:
    return T.MixtureSameFamily(_law("Categorical", weights), _law("Normal", locs, scales))


def _repeated(shape: float) -> Any:
    return T.Independent(_law("Gamma", [shape] * 10, [1.0] * 10), 1)


def _moved(df: float, loc: float, scale: float) -> Any:
    return T.TransformedDistribution(
        _law("StudentT", df), [T.AffineTransform(_tensor(loc), _tensor(scale))]
    )


TORCH: dict[str, Callable[[], Any]] = {
    "normal": _two("Normal", (0.0, 1.0), (1.0, 1.5)),
    "laplace": _two("Laplace", (0.0, 1.0), (1.0, 1.5)),
    "student": _two("StudentT", (4.0,), (6.0, 1.0, 1.5)),
    "cauchy": _two("Cauchy", (0.0, 1.0), (1.0, 1.5)),
    "gumbel": _two("Gumbel", (0.0, 1.0), (1.0, 1.5)),
    "exponential": _two("Exponential", (1.0,), (1.6,)),
    "gamma": _two("Gamma", (2.0, 1.0), (3.0, 1.5)),
    "lognormal": _two("LogNormal", (0.0, 0.5), (0.4, 0.7)),
    "pareto": _two("Pareto", (1.0, 3.0), (1.0, 2.0)),
    "weibull": _two("Weibull", (1.0, 1.5), (1.5, 1.2)),
    "halfnormal": _two("HalfNormal", (1.0,), (1.5,)),
    "halfcauchy": _two("HalfCauchy", (1.0,), (1.5,)),
    "invgamma": _two("InverseGamma", (3.0, 1.0), (2.5, 1.5)),
    "f": _two("FisherSnedecor", (5.0, 8.0), (6.0, 7.0)),
    "genpareto": _two("GeneralizedPareto", (0.0, 1.0, 0.2), (0.0, 1.3, 0.3)),
    "chi2": _two("Chi2", (3.0,), (4.0,)),
    "uniform": _two("Uniform", (0.0, 1.0), (-0.5, 1.5)),
    "beta": _two("Beta", (2.0, 3.0), (3.0, 2.5)),
    "kumaraswamy": _two("Kumaraswamy", (2.0, 3.0), (1.5, 2.0)),
    "contbernoulli": _two("ContinuousBernoulli", (0.3,), (0.6,)),
    "mvnormal": _two(
        "MultivariateNormal",
        ([0.0, 0.0, 0.0], [[1.0, 0.3, 0.0], [0.3, 1.0, 0.2], [0.0, 0.2, 1.0]]),
        ([1.0, 0.0, 0.5], [[1.5, 0.0, 0.0], [0.0, 1.2, 0.4], [0.0, 0.4, 2.0]]),
    ),
    "vonmises": _two("VonMises", (0.0, 2.0), (1.0, 1.0)),
    "dirichlet": _two("Dirichlet", ([2.0, 3.0, 4.0],), ([3.0, 2.5, 3.0],)),
    "logistic_normal": _two(
        "LogisticNormal", ([0.0, 0.0], [1.0, 1.0]), ([0.5, 0.0], [1.5**0.5, 1.2**0.5])
    ),
    "relaxed_one_hot": lambda: (
        _law("RelaxedOneHotCategorical", 0.8, logits=[0.0, 0.5, 1.0]),
        _law("RelaxedOneHotCategorical", 1.0, logits=[0.5, 0.0, 0.5]),
    ),
    "wishart": _two("Wishart", (4.0, [[1.0, 0.3], [0.3, 1.0]]), (5.0, [[0.8, 0.0], [0.0, 1.2]])),
    "lkj_cholesky": _two("LKJCholesky", (3, 1.5), (3, 2.5)),
    "multinomial": _two("Multinomial", (10, [0.2, 0.3, 0.5]), (10, [0.3, 0.3, 0.4])),
    "bernoulli": _two("Bernoulli", (0.3,), (0.5,)),
    "binomial": _two("Binomial", (40, 0.3), (40, 0.4)),
    "categorical": _two("Categorical", ([0.2, 0.3, 0.5],), ([0.3, 0.3, 0.4],)),
    "finite": _two("Categorical", ([0.2, 0.3, 0.5],), ([0.3, 0.3, 0.4],)),
    "finite_logs": lambda: (
        _law("Categorical", logits=[0.0, -1.0, -800.0]),
        _law("Categorical", logits=[0.0, -2.0, -900.0]),
    ),
    "geometric": _two("Geometric", (0.3,), (0.4,)),
    "negative_binomial": _two("NegativeBinomial", (5, 0.7), (8, 0.6)),
    "poisson": _two("Poisson", (3.0,), (5.0,)),
    "mixture": lambda: (
        _mixture([0.3, 0.7], [-3.0, 0.0], [0.5, 1.0]),
        _mixture([0.5, 0.5], [-2.0, 1.0], [1.0, 1.0]),
    ),
    "iid": lambda: (_repeated(2.0), _repeated(2.2)),
    "affine": lambda: (_moved(4.0, 1.0, 2.0), _moved(6.0, 0.0, 1.5)),
}
"""torch's objects for the standard pairs, or pairs of one class near them."""

NEAR = frozenset({"f", "logistic_normal"})
"""Laws of which torch has no such pair, and another is asked: the values are not compared."""


def torch_answers(name: str, kl: float | None) -> Peer:
    """KL by torch: "closed", "none" of a law that has no KL, "" where there is no such law."""
    if name not in TORCH:
        return {"how": ""}
    try:
        value = T.kl_divergence(*TORCH[name]()).item()
    except NotImplementedError:
        return {"how": "none"}
    answer = {"how": "closed", "value": value}
    if kl is not None and name not in NEAR and not math.isclose(value, kl, rel_tol=1e-9):
        answer["off"] = abs(value - kl)
    return answer


def scipy_answers(p: str, q: str) -> dict[str, float]:
    """What SciPy computes of two finite tables on the line: kl, js and w1, without an error."""
    a, b = divkit.parse_law(p), divkit.parse_law(q)
    if not (isinstance(a, FiniteLaw) and isinstance(b, FiniteLaw)):
        return {}
    tables = [dict(zip(map(tuple, law.atoms), law.probs, strict=True)) for law in (a, b)]
    atoms = sorted(set().union(*tables))
    weights = [np.array([table.get(atom, 0.0) for atom in atoms]) for table in tables]
    found = {
        "kl": float(scipy.stats.entropy(*weights)),
        "js": float(scipy.spatial.distance.jensenshannon(*weights)) ** 2,
    }
    if a.dim == 1:
        line = np.array(atoms)[:, 0]
        found["w1"] = float(scipy.stats.wasserstein_distance(line, line, *weights))
    return found


_TFP_KL = (
    "normal laplace cauchy gumbel exponential gamma lognormal pareto weibull halfnormal chi chi2 "
    "uniform beta contbernoulli mvnormal vonmises dirichlet logistic_normal matrix_normal "
    "bernoulli categorical finite finite_logs iid"
)
_TFP_LAWS = (
    "logistic student gennormal johnsonsu gev halfcauchy invgamma invgauss loglogistic genpareto "
    "truncnormal kumaraswamy triangular mvstudent vonmises_fisher relaxed_one_hot wishart lkj "
    "lkj_cholesky multinomial dirichlet_multinomial beta_binomial binomial geometric "
    "negative_binomial poisson skellam zipf mixture product affine"
)
_NUMPYRO_KL = "normal mvnormal beta categorical finite dirichlet gamma chi2 iid"
_NUMPYRO_LAWS = (
    "laplace logistic student cauchy gumbel exponential lognormal pareto weibull halfnormal "
    "halfcauchy foldnormal invgamma gompertz levy uniform truncnormal kumaraswamy mvstudent "
    "vonmises wishart inverse_wishart matrix_normal lkj lkj_cholesky multinomial finite_logs "
    "dirichlet_multinomial bernoulli beta_binomial beta_negative_binomial binomial "
    "discrete_uniform geometric negative_binomial poisson mixture affine"
)
_JULIA_KL = (
    "normal laplace exponential gamma lognormal invgamma chi chi2 beta mvnormal binomial "
    "categorical geometric poisson"
)
_JULIA_LINE = (
    "logistic student cauchy gumbel skewnormal gennormal johnsonsu nct gev pareto weibull frechet "
    "invgauss f betaprime genpareto rayleigh levy rice uniform truncnormal kumaraswamy triangular "
    "vonmises bernoulli beta_binomial negative_binomial discrete_uniform finite hypergeometric "
    "skellam mixture affine truncated"
)
_JULIA_DRAWS = (
    "mvstudent dirichlet logistic_normal vonmises_fisher multinomial dirichlet_multinomial "
    "product iid"
)
_JULIA_LAWS = "wishart inverse_wishart matrix_normal lkj lkj_cholesky"


def _said(**words: str) -> dict[str, str]:
    return {name: how for how, names in words.items() for name in names.split()}


FACTS: dict[str, dict[str, str]] = {
    "TFP": _said(none=_TFP_LAWS, closed=_TFP_KL),
    "NumPyro": _said(none=_NUMPYRO_LAWS, closed=_NUMPYRO_KL),
    "Julia": _said(quadrature=_JULIA_LINE, draws=_JULIA_DRAWS, closed=_JULIA_KL, none=_JULIA_LAWS),
}
"""Of each library and law: a formula, a generic way, or the law without a KL ("none")."""


def answers(name: str, p: str, q: str, kl: float | None) -> dict[str, Any]:
    """Every library's answer for the pair."""
    facts = {library: known.get(name, "") for library, known in FACTS.items()}
    return {"torch": torch_answers(name, kl), "SciPy": scipy_answers(p, q), **facts}
