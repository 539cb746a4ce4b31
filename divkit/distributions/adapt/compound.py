r"""Laws of counts that pyro and numpyro have and torch has not, by their names and parameters.

    BetaBinomial(concentration1, concentration0, total_count), DirichletMultinomial(concentration,
    total_count), GammaPoisson(concentration, rate), which is negative binomial of success
    probability rate/(1 + rate), and zero-inflated laws: gate·δ₀ + (1 − gate)·base.

Both libraries name them and their parameters alike. NegativeBinomial2(mean, concentration) of
numpyro keeps the rate alone, and is a GammaPoisson.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from divkit.distributions.adapt.looks import array
from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture, mixture_from_logs
from divkit.distributions.counts.trials import BetaBinomial
from divkit.distributions.counts.waiting import NegativeBinomial
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.shapes.compositions import DirichletMultinomial

Read: TypeAlias = Callable[[Any], list[Law]]
"""An object of the library -> the laws of its batch, flattened."""

_LIBRARIES = ("pyro", "numpyro")


def compound_laws(obj: Any, read: Read) -> list[Law] | None:
    """The laws of a batch, flattened; None where the object is of no such family.

    `read` gives those of a base. A class that writes a log_prob of its own is none.
    """
    for kind in type(obj).__mro__:
        ours = kind.__module__.partition(".")[0] in _LIBRARIES
        if ours and kind.__name__ in _MAKERS:
            return _MAKERS[kind.__name__](obj, read)
        if not ours and "log_prob" in vars(kind):
            return None
    return None


def _beta_binomial(obj: Any, read: Read) -> list[Law]:
    names = ("total_count", "concentration1", "concentration0")
    columns = [_numbers(obj, name) for name in names]
    return [BetaBinomial(int(n), a, b) for n, a, b in zip(*columns, strict=True)]


def _dirichlet_multinomial(obj: Any, read: Read) -> list[Law]:
    rows = _numbers(obj, "concentration", *map(int, obj.event_shape))
    pairs = zip(_numbers(obj, "total_count"), rows, strict=True)
    return [DirichletMultinomial(int(n), tuple(row)) for n, row in pairs]


def _gamma_poisson(obj: Any, read: Read) -> list[Law]:
    pairs = zip(_numbers(obj, "concentration"), _numbers(obj, "rate"), strict=True)
    return [_negative_binomial(*pair) for pair in pairs]


def _negative_binomial(size: float, rate: float) -> Law:
    if rate == math.inf:  # of mean 0
        return _NOTHING
    exact = Fraction(rate)
    return NegativeBinomial(size, exact / (1 + exact))


def _inflated(obj: Any, read: Read) -> list[Law]:
    base = read(obj.base_dist)
    if "gate_logits" in vars(obj) and ("gate" not in vars(obj) or _has_logits(obj)):
        gates = _numbers(obj, "gate_logits")
        return [_by_odds(*pair) for pair in zip(gates, base, strict=True)]
    return [_by_gate(*pair) for pair in zip(_numbers(obj, "gate"), base, strict=True)]


def _has_logits(obj: Any) -> bool:
    """Whether numpyro's gate was derived from logits."""
    return any(kind.__name__ == "ZeroInflatedLogits" for kind in type(obj).__mro__)


def _by_gate(gate: float, base: Law) -> Law:
    if gate in (0.0, 1.0):
        return _NOTHING if gate else base
    return mixture([gate, 1 - gate], [_NOTHING, base])


def _by_odds(logit: float, base: Law) -> Law:
    return mixture_from_logs([logit, 0.0], [_NOTHING, base], [0.0, 0.0])


def _numbers(obj: Any, name: str, *own: int) -> list[Any]:
    """A parameter for each law of the batch, of shape `own`, in float64."""
    values = np.asarray(array(getattr(obj, name)), dtype=np.float64)
    full = np.broadcast_to(values, (*map(int, obj.batch_shape), *own))
    flat: list[Any] = full.reshape(-1, *own).tolist()
    return flat


_NOTHING = FiniteLaw(((0.0,),), (1.0,))
"""No count at all."""

_MAKERS: Mapping[str, Callable[[Any, Read], list[Law]]] = MappingProxyType(
    {
        "BetaBinomial": _beta_binomial,
        "DirichletMultinomial": _dirichlet_multinomial,
        "GammaPoisson": _gamma_poisson,
        "ZeroInflatedDistribution": _inflated,
        "ZeroInflatedProbs": _inflated,
    }
)
