"""Distributions of numpyro: torch's of the same name, with the same parameters.

numpyro names its classes and their arguments as torch does; where it has several for one family,
as CategoricalProbs and CategoricalLogits, `_NAMES` says which. JAX's arrays are read through
NumPy, in their own precision, so that nothing of JAX is imported here. A class that is not known,
or is derived from a known one and writes a log_prob of its own, is read by its methods, with draws
of a key made from the seed.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import distributions as td

from divkit.distributions.adapt.compound import compound_laws
from divkit.distributions.adapt.reading import LawBatch, RoundedLaw
from divkit.distributions.adapt.torch import convert as torch_laws
from divkit.distributions.adapt.torch.families import neighbours as torch_neighbours
from divkit.distributions.base import Law

_NAMES: Mapping[str, str] = MappingProxyType(
    {
        f"{family}{given}": family
        for family in ("Bernoulli", "Binomial", "Categorical", "Geometric", "Multinomial")
        for given in ("Probs", "Logits")
    }
    | {"NegativeBinomialProbs": "NegativeBinomial", "NegativeBinomialLogits": "NegativeBinomial"}
)
_FLOAT = (np.float16, np.float32, np.float64)


def convert(obj: Any) -> Law | None:
    """Return the law of a numpyro distribution, None where it is of no family that is known."""
    found = compound_laws(obj, _flat)
    if found is not None:
        return _only(obj, found)
    twin = _twin(obj)
    return None if twin is None else torch_laws.convert(twin)


def neighbours(obj: Any) -> tuple[Law, ...]:
    """Those of torch's object with the same parameters."""
    twin = _twin(obj)
    return () if twin is None else torch_neighbours(twin)


def unfold(obj: Any) -> LawBatch | None:
    """The laws of a batch, as torch's object with the same parameters holds them."""
    shape = tuple(map(int, obj.batch_shape))
    if 0 in shape:
        return LawBatch(shape, [])
    if shape and (found := compound_laws(obj, _flat)) is not None:
        return LawBatch(shape, found)
    twin = _twin(obj)
    return None if twin is None else torch_laws.unfold(twin)


def _only(obj: Any, laws: list[Law]) -> Law:
    if len(laws) == 1:
        return laws[0]
    raise ValueError(f"{type(obj).__name__} of numpyro holds {len(laws)} laws; pass one of them.")


def _flat(obj: Any) -> list[Law]:
    """The laws of a batch inside of another object, flattened."""
    found = compound_laws(obj, _flat)
    if found is not None:
        return found
    twin: Any = _inner(obj)
    batch = torch_laws.unfold(twin)
    items: Sequence[Any] = [torch_laws.convert(twin)] if batch is None else batch.items
    return [item.law if isinstance(item, RoundedLaw) else item for item in items]


def _twin(obj: Any) -> td.Distribution | None:
    """Torch's object of the same name and parameters; None where there is none."""
    for kind in type(obj).__mro__:
        if kind.__module__.partition(".")[0] != "numpyro":
            if "log_prob" in vars(kind):
                return None
            continue
        maker = _MAKERS.get(kind.__name__)
        if maker is not None:
            made: td.Distribution = maker(obj)
            return made
        return _family(obj, _NAMES.get(kind.__name__, kind.__name__))
    return None


def _family(obj: Any, name: str) -> td.Distribution | None:
    cls = vars(td).get(name)
    if not isinstance(cls, type) or not issubclass(cls, td.Distribution):
        return None
    names = inspect.signature(cls).parameters
    held = {key: getattr(obj, key, None) for key in names if key in _parameters(obj)}
    needed = {k for k, p in names.items() if p.default is inspect.Parameter.empty}
    if not needed <= held.keys():
        return None
    tensors = {key: _tensor(value) for key, value in held.items() if value is not None}
    if "total_count" in tensors and cls is td.Multinomial:
        tensors["total_count"] = int(tensors["total_count"].reshape(-1)[0])
    return _spread(cls(**tensors, validate_args=False), obj)


def _spread(twin: td.Distribution, obj: Any) -> td.Distribution:
    full: td.Distribution = twin.expand(torch.Size(map(int, obj.batch_shape)))
    return full


def _parameters(obj: Any) -> list[str]:
    """The parameters that were given: of forms of one matrix, the first that the object holds."""
    names = [name for name in obj.arg_constraints if name in vars(obj) or name in _ALWAYS]
    forms = [
        name for name in ("covariance_matrix", "precision_matrix", "scale_tril") if name in names
    ]
    return [name for name in names if name not in forms[1:]]


_ALWAYS = ("loc", "scale", "low", "high", "rate", "concentration", "probs", "logits")


def _tensor(value: Any) -> Any:
    array = np.array(value)
    return torch.from_numpy(array if array.dtype in _FLOAT else array.astype(np.float64))


def _inner(obj: Any) -> td.Distribution:
    twin = _twin(obj)
    if twin is None:
        raise TypeError(
            f"{type(obj).__name__} of numpyro is not known inside of another distribution; pass "
            "divkit.law(log_prob, dim=d, sample=...)."
        )
    return twin


def _expanded(obj: Any) -> td.Distribution:
    return _spread(_inner(obj.base_dist), obj)


def _independent(obj: Any) -> td.Distribution:
    return td.Independent(_inner(obj.base_dist), int(obj.reinterpreted_batch_ndims))


def _mixture(obj: Any) -> td.Distribution:
    mixing: Any = _inner(obj.mixing_distribution)
    return td.MixtureSameFamily(mixing, _inner(obj.component_distribution))


_MAKERS = {
    "ExpandedDistribution": _expanded,
    "Independent": _independent,
    "MixtureSameFamily": _mixture,
}
