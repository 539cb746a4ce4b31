"""The laws that can be written, by name; more can be registered."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import TypeAlias

from divkit.distributions import toys
from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.product import product
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.bounded import Beta, Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.log import LogNormal, Pareto
from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.positive import Exponential, Gamma
from divkit.distributions.finite import images
from divkit.distributions.finite.counting import binomial
from divkit.distributions.finite.discrete import FiniteLaw, bernoulli, categorical
from divkit.distributions.maps.scalar import Affine
from divkit.plain import require_count
from divkit.registry import Registry

Constructor: TypeAlias = Callable[..., Law]

LAWS: Registry[Constructor] = Registry("law")
"""Constructors by the names that `parse_law` reads; register more with `LAWS.register`."""


def usage(name: str) -> str:
    """Return how a law is written: "normal(loc=0.0, scale=1.0)"."""
    if LAWS[name] is _mixture:
        return f"{name}(weight: law, ...)"
    parameters = inspect.signature(LAWS[name]).parameters.values()
    words = (str(p.replace(annotation=inspect.Parameter.empty)) for p in parameters)
    return f"{name}({', '.join(words)})"


def _mixture(*components: tuple[float, Law]) -> Law:
    if not components or not all(isinstance(part, tuple) for part in components):
        raise ValueError("components are written weight: law, such as 0.3: normal(0, 1)")
    total = math.fsum(weight for weight, _ in components)
    if abs(total - 1) > 1e-12:
        raise ValueError(f"weights must sum to 1 within 1e-12; they sum to {total!r}")
    return mixture([w for w, _ in components], [law for _, law in components])


def _product(*factors: Law) -> Law:
    return product(factors)


def _iid(law: Law, n: int) -> Law:
    """n independent draws of a law, side by side."""
    require_count("n", n, 1)
    return product([law] * n)


def _affine(law: Law, shift: float = 0.0, factor: float = 1.0) -> Law:
    return transformed(law, Affine(shift, factor))


def _finite(atoms: tuple[object, ...], probs: tuple[float, ...]) -> Law:
    return FiniteLaw(atoms, probs)  # type: ignore[arg-type]  # checked when it is made


def _finite_logs(atoms: tuple[object, ...], logs: tuple[float, ...]) -> Law:
    return FiniteLaw.from_logs(atoms, logs)


def _binomial(n: float, p: float) -> Law:
    if n != int(n) or n < 0:
        raise ValueError(f"n must be a whole number of trials; got {n!r}")
    return binomial(int(n), p)


_KNOWN: tuple[tuple[Constructor, tuple[str, ...]], ...] = (
    (Normal, ("normal", "gaussian", "norm")),
    (Laplace, ("laplace",)),
    (Logistic, ("logistic",)),
    (StudentT, ("student", "student_t", "studentt", "t")),
    (Cauchy, ("cauchy",)),
    (Gumbel, ("gumbel",)),
    (Uniform, ("uniform",)),
    (Exponential, ("exponential", "expon")),
    (Gamma, ("gamma",)),
    (Beta, ("beta",)),
    (LogNormal, ("lognormal", "log_normal", "lognorm")),
    (Pareto, ("pareto",)),
    (MultivariateNormal, ("mvnormal", "multivariate_normal")),
    (MultivariateStudentT, ("mvstudent", "multivariate_student", "multivariate_t")),
    (_mixture, ("mixture",)),
    (_product, ("product",)),
    (_iid, ("iid",)),
    (_affine, ("affine",)),
    (categorical, ("categorical",)),
    (bernoulli, ("bernoulli",)),
    (_binomial, ("binomial", "binom")),
    (_finite, ("finite",)),
    (_finite_logs, ("finite_logs",)),
    (images.bars_and_stripes, ("bars_and_stripes",)),
    (images.ising, ("ising",)),
    *((toy, (toy.__name__,)) for toy in toys.TOYS),
)
for _constructor, (_name, *_aliases) in _KNOWN:
    LAWS.register(_name, _constructor, *_aliases)
