"""Laws from torch.distributions and zuko.

Torch's warts are wrapped here: it samples from global state, raises or is wrong off the support,
and defaults to float32; an object's parameters are copied to float64, each the float that it is.
A known family becomes divkit's own law, a product, mixture or finite law is built from its parts,
and anything else is wrapped (`divkit.distributions.adapt.torch.wrapped`). A class derived from a
known one is that one, unless it has a density or a sampler of its own (`torch.derived`).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import distributions as td
from torch.distributions.relaxed_bernoulli import LogitRelaxedBernoulli
from torch.distributions.relaxed_categorical import ExpRelaxedCategorical

from divkit.distributions.adapt import duck
from divkit.distributions.adapt.compound import compound_laws
from divkit.distributions.adapt.looks import has_density
from divkit.distributions.adapt.reading import LawBatch, RoundedLaw, known_as, overridden
from divkit.distributions.adapt.torch.derived import enumerated, require_same_draws
from divkit.distributions.adapt.torch.families import (
    FAMILIES,
    continuous_bernoulli_laws,
    family_laws,
    low_rank_normal_laws,
    neighbours_of_each,
    normal_laws,
)
from divkit.distributions.adapt.torch.finite import (
    bernoulli_laws,
    binomial_laws,
    categorical_laws,
    geometric_laws,
    mixture_of,
    negative_binomial_laws,
    poisson_laws,
)
from divkit.distributions.adapt.torch.images import image_laws
from divkit.distributions.adapt.torch.relaxed import relaxed, relaxed_logits
from divkit.distributions.adapt.torch.shapes import (
    dirichlet_laws,
    lkj_laws,
    multinomial_laws,
    relaxed_one_hot_laws,
    von_mises_laws,
    wishart_laws,
)
from divkit.distributions.adapt.torch.wrapped import draw_from, wrapped
from divkit.distributions.base import Law
from divkit.distributions.compose.product import product
from divkit.distributions.shapes.charts import StickBreaks
from divkit.distributions.shapes.coordinates import ChartImage


def convert(obj: Any) -> Law | None:
    """Return the law that a torch distribution or a flow is, None if it is none."""
    if isinstance(obj, torch.nn.Module):
        twin = copy.deepcopy(obj).double().eval().requires_grad_(False)
        return duck.convert(twin) if has_density(twin) else _flow(obj, twin)
    if not isinstance(obj, td.Distribution):
        return None
    size = math.prod(obj.batch_shape)
    if size != 1:
        raise ValueError(
            f"{obj!r} is a batch of {size} laws: a divergence takes it whole, and gives a "
            "BatchResult. Here, pass one of them, or wrap it in torch.distributions.Independent "
            "to mean their product."
        )
    return _batch(obj)[0]


def unfold(obj: Any) -> LawBatch | None:
    """The laws of a batch with its shape, as the object broadcasts it; None of a single law."""
    if not isinstance(obj, td.Distribution) or obj.batch_shape == ():
        return None
    if 0 in obj.batch_shape:
        return LawBatch(tuple(obj.batch_shape), [])
    laws = _batch(obj)
    moved = neighbours_of_each(obj)
    items = [RoundedLaw(*pair) for pair in zip(laws, moved, strict=True)] if moved else laws
    return LawBatch(tuple(obj.batch_shape), items)


def _batch(obj: td.Distribution) -> list[Law]:
    """The laws of a batch, flattened."""
    kind = known_as(obj, _MAKERS)
    if kind is None:
        found = compound_laws(obj, _batch)
        return _by_its_own(obj) if found is None else found
    own = overridden(obj, kind, ("log_prob", "support"), trusted="pyro")
    if own:
        return _by_its_own(obj)
    if drawn := overridden(obj, kind, ("sample", "rsample"), trusted="pyro"):
        require_same_draws(obj, kind, drawn[-1])
    return _MAKERS[kind](obj)


def _by_its_own(obj: td.Distribution) -> list[Law]:
    """A class with a density of its own."""
    return enumerated(obj) if obj.has_enumerate_support else wrapped(obj)


def _independent(obj: Any) -> list[Law]:
    base, size = _batch(obj.base_dist), obj.batch_shape.numel()
    width = len(base) // size
    if obj.reinterpreted_batch_ndims == 0:
        return base
    return [product(base[k * width : (k + 1) * width]) for k in range(size)]


def _images(obj: td.TransformedDistribution) -> list[Law]:
    """Images of a known base under known maps; else the object itself."""
    if known_as(obj.base_dist, _MAKERS) is None:
        return wrapped(obj)
    return image_laws(obj, _batch) or wrapped(obj)


def _mixture(obj: td.MixtureSameFamily) -> list[Law]:
    components, size = _batch(obj.component_distribution), obj.batch_shape.numel()
    k = len(components) // size
    parts = [components[i * k : (i + 1) * k] for i in range(size)]
    return mixture_of(obj.mixture_distribution, obj.batch_shape, parts)


def _logistic_normal(obj: td.LogisticNormal) -> list[Law]:
    chart = StickBreaks(obj.event_shape[0])
    return [ChartImage(base, chart) for base in _batch(obj.base_dist)]


_STRUCTURES: dict[type, Callable[[Any], list[Law]]] = {
    td.ContinuousBernoulli: continuous_bernoulli_laws,
    td.Independent: _independent,
    td.TransformedDistribution: _images,
    td.MultivariateNormal: normal_laws,
    td.LowRankMultivariateNormal: low_rank_normal_laws,
    td.MixtureSameFamily: _mixture,
    td.Categorical: categorical_laws,
    td.OneHotCategorical: categorical_laws,
    td.OneHotCategoricalStraightThrough: categorical_laws,
    td.Bernoulli: bernoulli_laws,
    td.Binomial: binomial_laws,
    td.Poisson: poisson_laws,
    td.Geometric: geometric_laws,
    td.NegativeBinomial: negative_binomial_laws,
    td.Multinomial: multinomial_laws,
    td.RelaxedBernoulli: relaxed,
    LogitRelaxedBernoulli: relaxed_logits,
    ExpRelaxedCategorical: relaxed_one_hot_laws,
    td.RelaxedOneHotCategorical: relaxed_one_hot_laws,
    td.LogisticNormal: _logistic_normal,
    td.Dirichlet: dirichlet_laws,
    td.VonMises: von_mises_laws,
    td.Wishart: wishart_laws,
    td.LKJCholesky: lkj_laws,
}
_MAKERS: dict[type, Callable[[Any], list[Law]]] = {
    **dict.fromkeys(FAMILIES, family_laws),
    **_STRUCTURES,
}


def _flow(module: torch.nn.Module, twin: torch.nn.Module) -> Law:
    """A module that returns a distribution, without a context, by its copy in float64."""
    try:
        obj = twin()
        if isinstance(obj, td.Distribution):
            obj.log_prob(draw_from(obj, 1, 0))
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
