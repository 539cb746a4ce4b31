"""Finite laws and laws of counts from torch, from the parameter that was given, not a derived one.

Of probs and logits one is given, the other derived when it is asked for, and torch derives logits
from clamped probs: a probability of 0 becomes 2e-16, in log_prob as well. So log_prob is never
asked. Categorical parameters are divided by their sum when the object is made, in their own
precision; that rounding is part of the law's error.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import distributions as td
from torch.distributions.utils import probs_to_logits

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture, mixture_from_logs
from divkit.distributions.counts.chance import Chance, Logit
from divkit.distributions.counts.poisson import Poisson
from divkit.distributions.counts.trials import binomial
from divkit.distributions.counts.waiting import Geometric, NegativeBinomial
from divkit.distributions.finite.discrete import FiniteLaw, bernoulli
from divkit.distributions.finite.weights import normalized
from divkit.types import Tensor

_NORMAL = sys.float_info.min
_COARSE = 2.0**12


@dataclass(frozen=True, eq=False)
class Given:
    """The parameter that was given: "probs" or "logits", and its values in their precision."""

    name: str
    values: Tensor

    def rows(self, size: int) -> list[list[float]]:
        """The values of each law of a batch, in float64, each the float that it is."""
        flat: list[list[float]] = self.values.detach().cpu().double().reshape(size, -1).tolist()
        return flat

    @property
    def spacing(self) -> float:
        """Half the spacing of floats next to 1 in the precision of the values."""
        return 0.5 * float(torch.finfo(self.values.dtype).eps)

    @property
    def unit(self) -> float:
        """`spacing`, 0 in float64, whose roundings the sums count anyway."""
        return 0.0 if self.values.dtype == torch.float64 else self.spacing


def given(obj: Any) -> Given:
    """Return the one of probs and logits that was given, broadcast to the batch.

    Where both are held, as after the other was asked for and the object expanded, probs were given
    if the logits are what torch makes of them.
    """
    held = vars(vars(obj).get("_categorical", obj))
    names = [name for name in ("probs", "logits") if name in held]
    if len(names) == 2:
        binary = not isinstance(vars(obj).get("_categorical", obj), td.Categorical)
        derived = probs_to_logits(held["probs"], is_binary=binary)
        names = ["probs" if torch.equal(derived, held["logits"]) else "logits"]
    return Given(names[0], held[names[0]])


def categorical_laws(obj: Any) -> list[Law]:
    """Categorical, and OneHotCategorical on the corners of a simplex."""
    parameter, size = given(obj), obj.batch_shape.numel()
    k = parameter.values.shape[-1]
    points = np.eye(k) if isinstance(obj, td.OneHotCategorical) else np.arange(float(k))
    spread = Given(parameter.name, parameter.values.expand(*obj.batch_shape, k))
    return [categorical_law(points, row, spread) for row in spread.rows(size)]


def categorical_law(points: Any, row: Sequence[float], parameter: Given) -> FiniteLaw:
    """The law of one row of probs or logits at these points."""
    if parameter.name == "probs" and is_exact(row, parameter):
        return FiniteLaw.from_probs(points, normalized(row))
    logs, radii = logs_and_radii(row, parameter)
    return FiniteLaw.from_logs(points, logs, radii=radii)


def is_exact(row: Sequence[float], parameter: Given) -> bool:
    """Whether torch's division by the sum costs no more than a rounding in float64.

    In float32 it shows in every quotient, but for those with so few digits that they were given.
    """
    if parameter.unit == 0:
        return min(filter(None, row)) >= _NORMAL
    return math.fsum(row) == 1 and all((w * _COARSE).is_integer() for w in row)


def logs_and_radii(row: Sequence[float], parameter: Given) -> tuple[list[float], list[float]]:
    """Logs of the weights, and what torch's own division by their sum rounded."""
    if parameter.name == "logits":
        return list(row), [parameter.unit * abs(l) if l > -math.inf else 0.0 for l in row]
    logs = [math.log(w) if w > 0 else -math.inf for w in row]
    least = float(torch.finfo(parameter.values.dtype).smallest_normal) * 2 * parameter.spacing
    pairs = zip(row, logs, strict=True)
    return logs, [_radius(parameter.unit, least / w, l) if w > 0 else 0.0 for w, l in pairs]


def _radius(unit: float, subnormal: float, log: float) -> float:
    """The rounding of a quotient, which is absolute among subnormal floats, and of its log."""
    return 2 * unit - math.log1p(-min(subnormal, 0.75)) + 2.0**-52 * abs(log)


def bernoulli_laws(obj: td.Bernoulli) -> list[Law]:
    """Bernoulli: logits as they are, l and −l both in logs."""
    parameter = given(obj)
    values = parameter.rows(1)[0]
    return [bernoulli(v) if parameter.name == "probs" else _of_logit(v) for v in values]


def _of_logit(logit: float) -> FiniteLaw:
    if math.isinf(logit):
        return bernoulli(1.0 if logit > 0 else 0.0)
    return FiniteLaw.from_logs((0, 1), (0.0, logit))


def binomial_laws(obj: td.Binomial) -> list[Law]:
    """Binomial, whose number of trials may differ over the batch."""
    trials = _doubles(obj.total_count, obj)
    return [binomial(int(n), v) for n, v in zip(trials, _chances(obj), strict=True)]


def poisson_laws(obj: td.Poisson) -> list[Law]:
    """Poisson; a rate of 0 is a point."""
    return [Poisson(rate) if rate else _at(0.0) for rate in _doubles(obj.rate, obj)]


def geometric_laws(obj: td.Geometric) -> list[Law]:
    """Geometric: failures before the first success, from 0 on."""
    return [Geometric(p, 0) if _open(p) else _at(0.0) for p in _chances(obj)]


def negative_binomial_laws(obj: td.NegativeBinomial) -> list[Law]:
    """Negative binomial, whose probs are those of what is counted."""
    sizes = _doubles(obj.total_count, obj)
    pairs = zip(sizes, _chances(obj), strict=True)
    return [NegativeBinomial(n, 1 - p) if n and _open(p) else _at(0.0) for n, p in pairs]


def _chances(obj: Any) -> list[Chance]:
    """The probabilities of a batch, of which 1 − p is exact: rationals, or log odds."""
    parameter = given(obj)
    values = Given(parameter.name, parameter.values.expand(obj.batch_shape)).rows(1)[0]
    if parameter.name == "probs":
        return [Fraction(v) for v in values]
    return [Logit(v) if math.isfinite(v) else Fraction(int(v > 0)) for v in values]


def _open(p: Chance) -> bool:
    return isinstance(p, Logit) or 0 < p < 1


def _doubles(parameter: Tensor, obj: Any) -> list[float]:
    spread = parameter.detach().cpu().double().expand(obj.batch_shape)
    flat: list[float] = spread.reshape(-1).tolist()
    return flat


def _at(x: float) -> FiniteLaw:
    """All mass in one point."""
    return FiniteLaw(((x,),), (1.0,))


def mixture_of(weights: td.Categorical, shape: Sequence[int], parts: list[list[Law]]) -> list[Law]:
    """One mixture for each row of weights; a weight of 0 leaves its component out."""
    parameter = given(weights)
    k = parameter.values.shape[-1]
    rows = Given(parameter.name, parameter.values.expand(*shape, k)).rows(len(parts))
    return [_mixed(row, laws, parameter) for row, laws in zip(rows, parts, strict=True)]


def _mixed(row: Sequence[float], laws: Sequence[Law], parameter: Given) -> Law:
    if parameter.name == "probs" and is_exact(row, parameter):
        return mixture(row, laws, normalize=True)
    logs, radii = logs_and_radii(row, parameter)
    return mixture_from_logs(logs, laws, radii)
