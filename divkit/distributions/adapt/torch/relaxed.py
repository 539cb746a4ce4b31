r"""Relaxed laws from torch, whose probabilities torch clamps to [2⁻⁵², 1 − 2⁻⁵²].

The logit of a relaxed Bernoulli law is (logit u + log odds)/T, u uniform: a logistic law. Its log
odds come from what was given. A continuous Bernoulli law forgets a probability that it clamped.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import distributions as td

from divkit.distributions.adapt.torch.finite import Given, given
from divkit.distributions.base import Law
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.location_scale import Logistic
from divkit.distributions.maps.scalar import Sigmoid


def log_odds(obj: Any) -> list[float]:
    """Log odds of each law of a batch, in float64.

    Raises
    ------
    ValueError
        If a probability is 0 or 1: the law has no density.
    """
    parameter = given(obj)
    values = Given(parameter.name, parameter.values.expand(obj.batch_shape)).rows(1)[0]
    return values if parameter.name == "logits" else [_logit(p, obj) for p in values]


def _logit(p: float, obj: Any) -> float:
    if p in (0.0, 1.0):
        raise ValueError(f"{obj!r} has probability {p!r}: it is a point, and has no density.")
    return math.log(p) - math.log1p(-p)


def relaxed_logits(obj: Any) -> list[Law]:
    """LogitRelaxedBernoulli: Logistic(log odds/T, 1/T)."""
    heats = obj.temperature.detach().double().expand(obj.batch_shape).reshape(-1).tolist()
    return [Logistic(l / t, 1 / t) for l, t in zip(log_odds(obj), heats, strict=True)]


def relaxed(obj: td.RelaxedBernoulli) -> list[Law]:
    """RelaxedBernoulli: the sigmoid of that."""
    return [transformed(law, Sigmoid()) for law in relaxed_logits(obj.base_dist)]


def continuous_log_odds(obj: td.ContinuousBernoulli) -> list[float]:
    """Log odds of a continuous Bernoulli law.

    Raises
    ------
    ValueError
        If torch clamped the probability.
    """
    parameter = given(obj)
    eps = float(torch.finfo(parameter.values.dtype).eps)
    if parameter.name == "probs" and bool(
        ((parameter.values == eps) | (parameter.values == 1 - eps)).any()
    ):
        raise ValueError(
            f"{obj!r}: torch keeps probabilities in [{eps:.3g}, 1 − {eps:.3g}], and has replaced "
            "one. Pass logits=."
        )
    return log_odds(obj)
