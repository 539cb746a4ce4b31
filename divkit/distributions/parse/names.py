"""The laws that can be written, by name; more can be registered.

A line a law: its name, where its constructor stands in `divkit.distributions`, other names for it.
A constructor is imported when its name is read, so that a text pays for the laws in it alone.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from divkit.distributions.base import Law
from divkit.documents import document
from divkit.registry import Registry

Constructor: TypeAlias = Callable[..., Law]

LAWS: Registry[Constructor] = Registry("law", listing="`divkit laws`")
"""Constructors by the names that `parse_law` reads; register more with `LAWS.register`."""

_KNOWN: dict[str, tuple[tuple[str, ...], ...]] = {
    "the line": (
        ("normal", "families.normal:Normal", "gaussian", "norm"),
        ("laplace", "families.location_scale:Laplace"),
        ("logistic", "families.location_scale:Logistic"),
        ("student", "families.heavy:StudentT", "student_t", "studentt", "t"),
        ("cauchy", "families.heavy:Cauchy"),
        ("gumbel", "families.location_scale:Gumbel"),
        ("gumbel_min", "adapt.named:gumbel_min", "gumbel_l"),
        ("stable", "families.stable:stable", "levy_stable"),
        ("skewnormal", "adapt.named:skewnormal", "skewnorm"),
        ("gennormal", "adapt.named:gennormal", "gennorm"),
        ("johnsonsu", "adapt.named:johnsonsu"),
        ("nct", "adapt.named:nct"),
        ("gev", "adapt.named:gev"),
        ("hypsecant", "adapt.named:hypsecant"),
    ),
    "a half-line": (
        ("exponential", "families.positive:Exponential"),
        ("gamma", "families.positive:Gamma"),
        ("lognormal", "families.log:LogNormal", "log_normal"),
        ("pareto", "families.log:Pareto"),
        ("weibull", "adapt.named:weibull"),
        ("weibull_max", "adapt.named:weibull_max"),
        ("frechet", "adapt.named:frechet"),
        ("halfnormal", "adapt.named:halfnormal"),
        ("halfcauchy", "adapt.named:halfcauchy"),
        ("foldnormal", "adapt.named:foldnormal"),
        ("invgamma", "adapt.named:invgamma"),
        ("invgauss", "adapt.named:invgauss"),
        ("gengamma", "adapt.named:gengamma"),
        ("f", "adapt.named:f", "fisher"),
        ("betaprime", "adapt.named:betaprime"),
        ("burr12", "adapt.named:burr"),
        ("loglogistic", "adapt.named:loglogistic"),
        ("lomax", "adapt.named:lomax"),
        ("genpareto", "adapt.named:genpareto"),
        ("chi", "adapt.named:chi"),
        ("chi2", "adapt.named:chi2"),
        ("rayleigh", "adapt.named:rayleigh"),
        ("maxwell", "adapt.named:maxwell"),
        ("nakagami", "adapt.named:nakagami"),
        ("levy", "adapt.named:levy"),
        ("gompertz", "adapt.named:gompertz"),
        ("rice", "adapt.named:rice"),
    ),
    "an interval": (
        ("uniform", "families.bounded:Uniform"),
        ("beta", "families.bounded:Beta"),
        ("truncnormal", "adapt.named:truncnormal"),
        ("kumaraswamy", "adapt.named:kumaraswamy"),
        ("contbernoulli", "adapt.named:contbernoulli", "continuous_bernoulli"),
        ("triangular", "adapt.named:triangular"),
        ("johnsonsb", "adapt.named:johnsonsb"),
        ("powerlaw", "adapt.named:powerlaw"),
    ),
    "R^d": (
        ("mvnormal", "families.multivariate:MultivariateNormal", "multivariate_normal"),
        (
            "mvstudent",
            "families.multivariate:MultivariateStudentT",
            "multivariate_student",
            "multivariate_t",
        ),
    ),
    "the circle": (
        ("vonmises", "shapes.circle:VonMises", "von_mises"),
        ("wrapped_cauchy", "shapes.circle:WrappedCauchy"),
    ),
    "the sphere": (("vonmises_fisher", "shapes.sphere:VonMisesFisher", "von_mises_fisher"),),
    "the simplex": (
        ("dirichlet", "shapes.simplex:Dirichlet"),
        ("logistic_normal", "shapes.simplex:logistic_normal"),
        ("relaxed_one_hot", "shapes.simplex:relaxed_one_hot"),
    ),
    "matrices": (
        ("wishart", "shapes.wishart:Wishart"),
        ("inverse_wishart", "shapes.wishart:InverseWishart", "invwishart"),
        ("matrix_normal", "shapes.matrix_normal:MatrixNormal"),
        ("lkj", "shapes.correlations:LKJ"),
        ("lkj_cholesky", "shapes.correlations:LKJCholesky"),
    ),
    "a flat in R^d": (("singular_normal", "shapes.singular_normal:SingularNormal"),),
    "counts of many cells": (
        ("multinomial", "shapes.compositions:Multinomial"),
        ("dirichlet_multinomial", "shapes.compositions:DirichletMultinomial"),
        (
            "multivariate_hypergeometric",
            "shapes.compositions:MultivariateHypergeometric",
            "multivariate_hypergeom",
        ),
    ),
    "numbers": (
        ("bernoulli", "finite.discrete:bernoulli"),
        ("beta_binomial", "counts.trials:BetaBinomial", "betabinom"),
        ("beta_negative_binomial", "counts.waiting:BetaNegativeBinomial", "betanbinom"),
        ("binomial", "counts.trials:binomial", "binom"),
        ("boltzmann", "counts.decays:Boltzmann"),
        ("categorical", "finite.discrete:categorical"),
        ("discrete_laplace", "counts.decays:DiscreteLaplace", "dlaplace"),
        ("discrete_uniform", "counts.trials:DiscreteUniform"),
        ("finite", "parse.composed:finite"),
        ("dirac", "parse.composed:dirac", "point_mass", "delta"),
        ("finite_logs", "parse.composed:finite_logs"),
        ("geometric", "counts.waiting:Geometric", "geom"),
        ("hypergeometric", "counts.trials:Hypergeometric"),
        ("logarithmic", "counts.powers:Logarithmic", "logseries", "logser"),
        ("negative_binomial", "counts.waiting:NegativeBinomial", "nbinom"),
        ("negative_hypergeometric", "counts.waiting:NegativeHypergeometric", "nhypergeom"),
        ("planck", "counts.decays:Planck"),
        ("poisson", "counts.poisson:Poisson"),
        ("skellam", "counts.poisson:Skellam"),
        ("yule_simon", "counts.powers:YuleSimon", "yulesimon", "yule"),
        ("zipf", "counts.powers:Zipf", "zeta"),
        ("zipfian", "counts.powers:Zipfian"),
    ),
    "images": (
        ("bars_and_stripes", "finite.images:bars_and_stripes"),
        ("ising", "finite.images:ising"),
    ),
    "laws": (
        ("mixture", "parse.composed:mixture"),
        ("product", "parse.composed:product"),
        ("iid", "parse.composed:iid"),
        ("affine", "parse.composed:affine"),
        ("truncated", "adapt.named:cut"),
    ),
    "the plane": (
        ("ring", "toys.targets:ring"),
        ("grid", "toys.targets:grid"),
        ("checkerboard", "toys.targets:checkerboard"),
        ("rings", "toys.targets:rings"),
        ("moons", "toys.targets:moons"),
        ("banana", "toys.targets:banana"),
        ("funnel", "toys.targets:funnel"),
        ("spiral", "toys.targets:spiral"),
        ("pinwheel", "toys.targets:pinwheel"),
    ),
}
"""Spaces of the laws; of each law its name, its home and its other names."""

LISTED: Registry[Callable[[list[Any]], Law]] = Registry("list")
"""Readers of a text that is a list alone."""
LISTED.defer("probabilities", "divkit.distributions.parse.composed:probabilities")

_WRITTEN = {"mixture": "weight: law, ...", "product": "law, ..."}
"""Contents of the parentheses where a signature does not say it."""

for _laws in _KNOWN.values():
    for _name, _home, *_aliases in _laws:
        LAWS.defer(_name, f"divkit.distributions.{_home}", *_aliases)


ELSEWHERE: dict[str, str] = {
    "burr": "burr12",
    "expon": "exponential",
    "fisk": "loglogistic",
    "foldnorm": "foldnormal",
    "halfnorm": "halfnormal",
    "hypergeom": "hypergeometric",
    "invweibull": "frechet",
    "lognorm": "lognormal",
    "truncnorm": "truncnormal",
    "triang": "triangular",
    "wald": "invgauss",
    "weibull_min": "weibull",
    "wrapcauchy": "wrapped_cauchy",
}
"""SciPy's names of laws whose parameters differ here, and the laws' names here."""


@dataclass(frozen=True)
class WrittenLaw:
    """A law that can be written.

    Attributes
    ----------
    name, aliases : its names.
    usage : how it is written.
    on : what its values are; "" where that is not known.
    about : a line.
    """

    name: str
    aliases: tuple[str, ...]
    usage: str
    on: str
    about: str


_LISTS = ("Vector", "Sequence[", "tuple[")
_TABLES = ("Matrix",)


def usage(name: str) -> str:
    """Return how a law is written: "normal(loc=0.0, scale=1.0)"; a list of numbers as […]."""
    if name in _WRITTEN:
        return f"{name}({_WRITTEN[name]})"
    parameters = inspect.signature(LAWS[name]).parameters.values()
    return f"{name}({', '.join(map(_written, parameters))})"


def _written(parameter: inspect.Parameter) -> str:
    """A parameter as it is written; of lists, and of lists of lists, the brackets show."""
    plain = str(parameter.replace(annotation=inspect.Parameter.empty))
    kind = str(parameter.annotation)
    if parameter.default is not inspect.Parameter.empty or not kind.startswith(_LISTS + _TABLES):
        return plain
    return f"{parameter.name}={'[[…]]' if kind.startswith(_TABLES) else '[…]'}"


def entries() -> Iterator[WrittenLaw]:
    """Every law that can be written, in the order of the table; registered ones after it.

    >>> next(entries()).usage
    'normal(loc=0.0, scale=1.0)'
    """
    on = {name: space for space, laws in _KNOWN.items() for name, *_ in laws}
    for name in LAWS:
        about = document(LAWS[name]).partition("\n")[0].removeprefix("Return ")
        about = about[:1].upper() + about[1:]
        yield WrittenLaw(name, LAWS.aliases(name), usage(name), on.get(name, ""), about)
