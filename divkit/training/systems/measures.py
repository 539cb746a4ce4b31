r"""Records of a generator without a critic: V at the exact best one, and its slopes.

The bound of the record, −2 log 2 + 2 JSD, is what the best critic D* would reach against the
generator. Where both densities are known, so is D*: V at D* is taken on held-out points, and the
gradient of the generator's parameters under both losses of the GAN is that at D*.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.exact.own_method import Calculating
from divkit.games import GAN
from divkit.generators.generator import Generator
from divkit.results import Result
from divkit.training.batches import PointBatch
from divkit.training.losses import MINIMAX, NON_SATURATING
from divkit.training.measures.recorder import Recorder, comparable
from divkit.training.measures.records import CriticScores, GameValues, Record, alarmed
from divkit.training.measures.truth import bound, fresh_fakes
from divkit.training.systems.system import System
from divkit.types import Tensor


def law_record(
    p: Law,
    generator: Generator,
    theta: Tensor,
    x: Tensor,
    measure: Recorder,
    rng: np.random.Generator,
    *,
    step: int,
    seed: int,
    objective: Result | None,
) -> Record:
    """The record of a generator at θ against p, of which x are held-out points.

    Where no objective is given, the bound is what is lowered.
    """
    known = measure.truth.known(p, generator, theta, rng)
    law = known.law
    y = fresh_fakes(generator, theta, measure.held_out, rng)
    values, critic = GameValues(), CriticScores()
    if law is not None and comparable(p, law):
        value, spread = at_best(p, law, x, y)
        values = GameValues(held_out=value, held_out_error=spread)
        if not isinstance(law, Calculating):  # of those no slope in x is known
            noise = generator.draw(measure.held_out, rng)
            critic = best_slopes(p, generator, theta, law, noise)
    best = bound(NON_SATURATING, p, known)
    record = Record(
        step=step,
        seed=seed,
        js=known.js,
        bound=best,
        objective=best if objective is None else objective,
        divergences=measure.truth.others(p, law),
        values=values,
        critic=critic,
        samples=measure.scores(generator, theta, p, rng),
    )
    return alarmed(record)


def best_slopes(
    p: Law, generator: Generator, theta: Tensor, law: Law, noise: Tensor
) -> CriticScores:
    """|∇_θ| of E_q log(1 − D*) and of −E_q log D*, on noise; None where it is inf."""
    sizes = list[float | None]()
    for loss in (MINIMAX, NON_SATURATING):
        free = theta.detach().requires_grad_()
        with torch.enable_grad():
            y, weight = generator.push(free, noise)
            paid = loss.on_g(GAN.optimal(p.log_prob(y) - law.log_prob(y)))
            lost = (weight * paid).sum()
            if not bool(lost.isfinite()):  # a fake lies where p has no mass: −log D* is inf
                sizes.append(None)
                continue
            (slope,) = torch.autograd.grad(lost, free, allow_unused=True)
        sizes.append(None if slope is None else float(slope.norm()))
    return CriticScores(slope_minimax=sizes[0], slope_non_saturating=sizes[1])


def at_best(p: Law, q: Law, x: Tensor, y: Tensor) -> tuple[float, float]:
    """V at D* on points of p and of q, and its standard error."""
    on, off = (GAN.optimal(p.log_prob(z) - q.log_prob(z)) for z in (x, y))
    a, b = GAN.on_p(on), GAN.on_q(off)
    return float(a.mean() + b.mean()), math.sqrt(float(a.var() / len(a) + b.var() / len(b)))


def mean_loss(system: System, theta: Tensor, batch: PointBatch) -> Result | None:
    """A system's objective on held-out points; None where it is no mean over points."""
    losses = system.terms(theta, batch).get("loss")
    if losses is None:
        return None
    value, error = float(losses.mean()), float(losses.std()) / math.sqrt(len(losses))
    name, unit = system.objective
    how = f"mean of {len(losses)} held-out points"
    return Result.normal(value, error, how, level=0.95, name=name, unit=unit)
