"""Parts that trainings by exact gradients share: a checked start, a law, and the truth beside it.

The ideal game and maximum likelihood move the same generators on the same targets, and record
alike, so that their paths can be laid over one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import torch

from divkit.distributions.base import Law
from divkit.divergences import JS
from divkit.divergences.base import Divergence
from divkit.exact.api import divergence
from divkit.generators.generator import Generator
from divkit.results import Result
from divkit.training.measures.records import Gradient, Record
from divkit.training.trainable import TrainingStep
from divkit.types import Tensor

ExactStep: TypeAlias = TrainingStep[Any, Record]


def truths(p: Law, q: Law, kinds: Sequence[Divergence]) -> dict[str, Result]:
    """JSD and these divergences of p and q by the exact engine, by name."""
    asked = tuple(dict.fromkeys((JS, *kinds)))
    return {kind.name: value for kind, value in zip(asked, divergence(p, q, asked), strict=True)}


def exact_record(
    step: int, found: Mapping[str, Result], objective: Result, gradient: Gradient
) -> Record:
    """A record of exact divergences by name; nothing is drawn, so that its seed is 0."""
    return Record(
        step=step,
        seed=0,
        js=found[JS.name],
        divergences=found,
        objective=objective,
        gradient=gradient,
    )


def checked_start(theta: Tensor, size: int) -> Tensor:
    """A start (P,) as float64, apart from its maker.

    Raises
    ------
    ValueError
        If it has another shape, or is not finite.
    """
    flat = theta.detach().to("cpu", torch.float64).clone()
    if flat.shape != (size,) or not bool(flat.isfinite().all()):
        raise ValueError(
            f"theta must hold {size} finite parameters of one generator; got "
            f"{flat.tolist() if flat.numel() <= 8 else tuple(flat.shape)}."
        )
    return flat


def law_of(generator: Generator, theta: Tensor) -> Law:
    """Return the law of G_θ.

    Raises
    ------
    ValueError
        If it is not known.
    """
    law = generator.law(theta)
    if law is None:
        raise ValueError(f"the law of {generator!r} is not known.")
    return law
