"""Laws from torch.distributions and zuko.

Torch's warts are wrapped here: it samples from global state, raises or is wrong off the support,
and defaults to float32. A wrapped object draws in a forked global state seeded from `rng`; points
off the support never reach it; its parameters are copied to float64, each the float that it is.
Where its log density is NaN or +inf (it overflows on the way, far out) its density is taken to be
zero, and on the line continued where it is integrated (`divkit.distributions.dark`); at its own
draws a NaN is an error.
"""

from __future__ import annotations

import copy
import functools
import inspect
import math
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import torch
from scipy import stats
from torch import distributions as td
from torch.distributions import constraints
from torch.distributions.relaxed_bernoulli import LogitRelaxedBernoulli
from torch.distributions.relaxed_categorical import ExpRelaxedCategorical

from divkit.distributions.adapt_common import normal_law
from divkit.distributions.adapt_scipy import formula_law
from divkit.distributions.adapt_scipy import frozen as scipy_frozen
from divkit.distributions.adapt_torch_curves import ContinuousBernoulli, Kumaraswamy, by_quantiles
from divkit.distributions.adapt_torch_finite import (
    bernoulli_laws,
    binomial_laws,
    categorical_laws,
    given,
    mixture_of,
    multinomial_laws,
)
from divkit.distributions.adapt_torch_relaxed import (
    continuous_log_odds,
    on_a_surface,
    relaxed,
    relaxed_logits,
)
from divkit.distributions.base import Law
from divkit.distributions.callable_law import CallableLaw, CallableLaw1D, features_of
from divkit.distributions.families_bounded import Beta, Uniform
from divkit.distributions.families_heavy import Cauchy, StudentT
from divkit.distributions.families_location_scale import Gumbel, Laplace
from divkit.distributions.families_log import LogNormal, Pareto
from divkit.distributions.families_positive import Exponential, Gamma
from divkit.distributions.normal import Normal
from divkit.distributions.product import product
from divkit.distributions.support import Boxes, full_space
from divkit.types import FloatArray, Tensor

_PILOT = 2000  # draws that say where a wrapped law has its features


def _of_scipy(name: str) -> Callable[..., Law]:
    """Maker of a law of SciPy's family from (shapes..., loc, scale): torch's own underflows."""
    return lambda *values: scipy_frozen(getattr(stats, name)(*values))


def _without_loc(name: str) -> Callable[..., Law]:
    """As `_of_scipy`, from (shapes..., scale)."""
    return lambda *values: scipy_frozen(getattr(stats, name)(*values[:-1], 0.0, values[-1]))


def _kumaraswamy(a: float, b: float) -> Law:
    curves = Kumaraswamy(a, b)
    return formula_law("kumaraswamy", [a, b, 0.0, 1.0], curves, by_quantiles(curves))


_FAMILIES: dict[type, tuple[Callable[..., Law], tuple[str, ...]]] = {
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


def convert(obj: Any) -> Law | None:
    """Return the law that a torch distribution or a flow is, None if it is none."""
    if isinstance(obj, torch.nn.Module):
        return _flow(obj)
    if not isinstance(obj, td.Distribution):
        return None
    found = _batch(obj)
    if len(found) != 1:
        raise ValueError(
            f"{obj!r} is a batch of {len(found)} laws; pass one of them, or wrap it in "
            f"torch.distributions.Independent to mean their product."
        )
    return found[0]


def _batch(obj: td.Distribution) -> list[Law]:
    """The laws of a batch, flattened."""
    if type(obj) in _FAMILIES:
        maker, names = _FAMILIES[type(obj)]
        columns = [_doubles(getattr(obj, name).expand(obj.batch_shape)) for name in names]
        return [maker(*row) for row in zip(*columns, strict=True)]
    for kind, unfold in _STRUCTURES.items():
        if type(obj) is kind:
            return unfold(obj)
    if obj.batch_shape.numel() != 1:
        raise ValueError(f"{obj!r} is a batch of {obj.batch_shape.numel()} laws; pass one.")
    return [_wrapped(obj)]


def _doubles(parameter: Tensor) -> list[float]:
    flat: list[float] = parameter.detach().cpu().double().reshape(-1).tolist()
    return flat


def _independent(obj: Any) -> list[Law]:
    base, size = _batch(obj.base_dist), obj.batch_shape.numel()
    width = len(base) // size
    if obj.reinterpreted_batch_ndims == 0:
        return base
    return [product(base[k * width : (k + 1) * width]) for k in range(size)]


def _normal(obj: td.MultivariateNormal) -> list[Law]:
    """From the covariance where it was given, else from its Cholesky factor, in float64."""
    given = vars(obj)
    if "covariance_matrix" in given:
        cov = given["covariance_matrix"].double()
    elif "precision_matrix" in given:
        cov = torch.linalg.inv(given["precision_matrix"].double())
        cov = 0.5 * (cov + cov.mT)
    else:
        factor = obj.scale_tril.double()
        cov = factor @ factor.mT
    return _normals(obj, cov)


def _low_rank_normal(obj: td.LowRankMultivariateNormal) -> list[Law]:
    factor = obj.cov_factor.double()
    return _normals(obj, factor @ factor.mT + torch.diag_embed(obj.cov_diag.double()))


def _normals(obj: Any, cov: Tensor) -> list[Law]:
    d = obj.event_shape[0]
    means = obj.loc.detach().double().expand(*obj.batch_shape, d).reshape(-1, d).numpy()
    covs = cov.detach().expand(*obj.batch_shape, d, d).reshape(-1, d, d).numpy()
    return [normal_law(m, c) for m, c in zip(means, covs, strict=True)]


def _mixture(obj: td.MixtureSameFamily) -> list[Law]:
    components, size = _batch(obj.component_distribution), obj.batch_shape.numel()
    k = len(components) // size
    parts = [components[i * k : (i + 1) * k] for i in range(size)]
    return mixture_of(obj.mixture_distribution, obj.batch_shape, parts)


def _continuous_bernoulli(obj: Any) -> list[Law]:
    """From the logits where they were given, else from the probabilities, in float64."""
    laws: list[Law] = []
    for logit in continuous_log_odds(obj):
        curves = ContinuousBernoulli(logit)
        draw = by_quantiles(curves)
        laws.append(formula_law("continuous_bernoulli", [logit, 0.0, 1.0], curves, draw))
    return laws


_STRUCTURES: dict[type, Callable[[Any], list[Law]]] = {
    td.ContinuousBernoulli: _continuous_bernoulli,
    td.Independent: _independent,
    td.MultivariateNormal: _normal,
    td.LowRankMultivariateNormal: _low_rank_normal,
    td.MixtureSameFamily: _mixture,
    td.Categorical: categorical_laws,
    td.OneHotCategorical: categorical_laws,
    td.OneHotCategoricalStraightThrough: categorical_laws,
    td.Bernoulli: bernoulli_laws,
    td.Binomial: binomial_laws,
    td.Multinomial: multinomial_laws,
    td.RelaxedBernoulli: relaxed,
    LogitRelaxedBernoulli: relaxed_logits,
    ExpRelaxedCategorical: on_a_surface,
}


def _flow(module: torch.nn.Module) -> Law:
    """A module that returns a distribution, without a context: copied in float64."""
    twin = copy.deepcopy(module).double().eval().requires_grad_(False)
    try:
        obj = twin()
        if isinstance(obj, td.Distribution):
            obj.log_prob(_draw(obj, 1, 0))
    except (TypeError, RuntimeError, AttributeError) as error:
        raise ValueError(
            f"{type(module).__name__} gives no law without a context ({error}). Pass the "
            f"distribution that flow(context) returns."
        ) from error
    if not isinstance(obj, td.Distribution):
        raise TypeError(
            f"{type(module).__name__} is no law: it returns {type(obj).__name__}, not a "
            f"torch distribution."
        )
    return _batch(obj)[0]


def _wrapped(given: td.Distribution) -> Law:
    """A law that evaluates and samples the object itself, in float64 where it can."""
    if len(given.event_shape) > 1:
        raise TypeError(f"{given!r} has points of shape {tuple(given.event_shape)}; flatten them.")
    obj = _doubled(given)
    if _is_discrete(obj):
        raise TypeError(
            f"{given!r} is discrete; pass divkit.distributions.FiniteLaw(atoms, probs)."
        )
    domain = _domain(obj, max(obj.event_shape.numel(), 1))
    pilot = _pilot(obj, given)
    dim = max(obj.event_shape.numel(), 1)
    point = (*obj.batch_shape, *obj.event_shape)

    def log_density(x: Tensor) -> Tensor:
        with torch.set_grad_enabled(x.requires_grad):
            logs: Tensor = obj.log_prob(x.reshape(-1, *point)).reshape(-1)
        return logs if dim == 1 else torch.where(logs < math.inf, logs, -math.inf)

    def draw(n: int, rng: np.random.Generator) -> FloatArray:
        return np.asarray(_draw(obj, n, int(rng.integers(2**62))).reshape(n, dim).numpy())

    marks = features_of(pilot.reshape(_PILOT, dim).numpy())
    blur = _blur(given, obj, pilot)
    label = " ".join(f"torch.distributions.{given!r}".split())
    if dim == 1:
        loose = isinstance(given, td.TransformedDistribution)  # a transform names its codomain
        known = type(given).__module__.partition(".")[0] in ("torch", "zuko") and not loose
        return CallableLaw1D(
            label,
            log_density,
            domain,
            marks,
            draw=draw,
            overflows=True,
            underflows=known,
            known_blur=blur,
        )
    return CallableLaw(label, log_density, dim, domain, draw, marks, blur)


def _pilot(obj: td.Distribution, given: td.Distribution) -> Tensor:
    """Draws that show where the law has its features, and that its density works in float64."""
    try:
        pilot = _draw(obj, _PILOT, 0)
        broken = pilot.dtype != torch.float64 or bool(obj.log_prob(pilot).isnan().any())
    except NotImplementedError as error:
        raise TypeError(
            f"{given!r} has no density or sampler of its own, as where a transform is not "
            f"one-to-one; pass divkit.law(log_prob, sample=...)."
        ) from error
    except RuntimeError as error:
        raise ValueError(f"{given!r} does not work in float64 ({error}); {_DOUBLE}") from error
    if broken:
        raise ValueError(f"{given!r} is NaN at its own draws, or not in float64; {_DOUBLE}")
    return pilot


_DOUBLE = "build it from float64 parameters, for a network by flow.double()."


def _is_discrete(obj: td.Distribution) -> bool:
    """Whether its support says so; a flow declares none."""
    try:
        return obj.support is not None and bool(obj.support.is_discrete)
    except NotImplementedError:
        return False


def _draw(obj: td.Distribution, n: int, seed: int) -> Tensor:
    """Sample with global state put back afterwards."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.default_generator.manual_seed(seed)
        draws: Tensor = obj.sample(torch.Size((n,)))  # (n, *batch, *event)
        return draws


_Bounds: TypeAlias = Callable[[Any], tuple[float, float]]
_ENDS: dict[type, _Bounds] = {
    type(constraints.real): lambda c: (-math.inf, math.inf),
    type(constraints.positive): lambda c: (float(c.lower_bound), math.inf),
    type(constraints.nonnegative): lambda c: (float(c.lower_bound), math.inf),
    type(constraints.unit_interval): lambda c: (float(c.lower_bound), float(c.upper_bound)),
    type(constraints.less_than(0.0)): lambda c: (-math.inf, float(c.upper_bound)),
    type(constraints.half_open_interval(0.0, 1.0)): lambda c: (
        float(c.lower_bound),
        float(c.upper_bound),
    ),
}


def _domain(obj: td.Distribution, dim: int) -> Boxes:
    """The box that the constraint names; all of space for a flow, a bijection of R^d."""
    if isinstance(obj, td.VonMises):
        return Boxes((((-math.pi, math.pi),),))  # its draws; its density goes on periodically
    try:
        constraint = obj.support
    except NotImplementedError:
        return full_space(dim)
    while isinstance(constraint, type(constraints.real_vector)):
        constraint = constraint.base_constraint
    if type(constraint) not in _ENDS:
        raise TypeError(
            f"{obj!r} has support {constraint!r}, which is no box of R^{dim}; pass "
            f"divkit.law(log_prob, dim={dim}, support=...) of a density on R^{dim}."
        )
    return Boxes((((_ENDS[type(constraint)](constraint)),) * dim,))


def _doubled(obj: Any, spread: Spread | None = None) -> Any:
    """A copy whose tensors are float64, those of networks that it calls too.

    `spread` moves the smaller floats of objects that are not torch's own, which may have been
    calculated: what that changes is what their digits leave open.
    """
    if isinstance(obj, torch.Tensor):
        return obj.detach().double() if obj.is_floating_point() else obj
    if isinstance(obj, torch.nn.Module):
        return copy.deepcopy(obj).double().requires_grad_(False)
    again = functools.partial(_doubled, spread=spread)
    moved = functools.partial(_moved, spread=spread)
    if type(obj) in (list, tuple):
        return type(obj)(moved(part) for part in obj)
    if isinstance(obj, functools.partial):
        keywords = {name: moved(value) for name, value in obj.keywords.items()}
        return functools.partial(again(obj.func), *map(moved, obj.args), **keywords)
    if isinstance(obj, types.MethodType):
        return types.MethodType(obj.__func__, again(obj.__self__))
    if isinstance(obj, td.Distribution) and (given := _given(obj, spread)) is not None:
        return type(obj)(**given)  # what it derives from its parameters is derived anew
    if isinstance(obj, (td.Distribution, td.Transform)):
        twin = copy.copy(obj)
        inverse = isinstance(obj, td.transforms._InverseTransform)  # of the transform `_inv`
        part = moved
        if spread is not None and not type(obj).__module__.startswith("torch."):
            part = functools.partial(_moved, spread=replace(spread, calculated=True))
        for name, value in vars(obj).items():  # where it is that of another, a cache, and cyclic
            twin.__dict__[name] = None if name == "_inv" and not inverse else part(value)
        twin.__dict__["_validate_args"] = False
        return twin
    return obj


def _moved(obj: Any, spread: Spread | None) -> Any:
    if spread is None or not spread.calculated or not isinstance(obj, torch.Tensor):
        return _doubled(obj, spread)
    return spread(obj.detach())


@dataclass(frozen=True)
class Spread:
    """Moves the floats of a tensor by a few of their roundings, at random.

    `calculated` says that an object which is not torch's own has been entered.
    """

    generator: torch.Generator
    calculated: bool = False

    def __call__(self, values: Tensor) -> Tensor:
        """The values in float64; floats of 64 bits as they are."""
        if not values.is_floating_point() or values.dtype.itemsize >= 8:
            return _doubled(values)
        wide = values.double()
        noise = torch.rand(wide.shape, generator=self.generator, dtype=torch.float64) - 0.5
        return wide * (1 + 8 * torch.finfo(values.dtype).eps * noise)


_TWINS = 4


def _blur(given: td.Distribution, obj: td.Distribution, points: Tensor) -> float:
    """What the float32 numbers of a law that a library calculated leave open of log p."""
    logs, generator = obj.log_prob(points), torch.Generator().manual_seed(0)
    twins = [_doubled(given, Spread(generator)) for _ in range(_TWINS)]
    moved = torch.stack([twin.log_prob(points) for twin in twins])
    shares = ((moved - logs).abs() / (1 + logs.abs())).reshape(_TWINS, -1)
    shares = shares[:, shares.isfinite().all(dim=0)]
    return 4 * float(shares.square().mean(dim=1).max().sqrt()) if shares.numel() else 0.0


def _given(obj: td.Distribution, spread: Spread | None = None) -> dict[str, Any] | None:
    """The arguments of one of torch's own distributions in float64, None if they are not known."""
    known = obj.arg_constraints
    if not type(obj).__module__.startswith("torch.distributions") or not isinstance(known, dict):
        return None
    parameters = inspect.signature(type(obj)).parameters
    needed = {name for name, p in parameters.items() if p.default is inspect.Parameter.empty}
    if not known or not needed <= known.keys() or not known.keys() <= parameters.keys():
        return None
    if "precision_matrix" in known:  # one of three forms was given, and which is not said
        return None
    chosen = set(known) - _derived(obj)
    arguments = {name: _moved(getattr(obj, name), spread) for name in chosen}
    return {**arguments, "validate_args": False}  # a law is asked on its closed support only


def _derived(obj: Any) -> set[str]:
    """Whichever of probs and logits was not given."""
    both = {"probs", "logits"}
    if not both <= obj.arg_constraints.keys():
        return set()
    return both - {given(obj).name}
