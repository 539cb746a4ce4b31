"""The values of a game's critic at a recorded step: V three times, D against D*, G's slopes."""

from __future__ import annotations

import numpy as np
import torch

from divkit.critics.judging import judges
from divkit.critics.population import line_points
from divkit.distributions.base import Law, Law1D
from divkit.exact.calculating import calculates
from divkit.games import Game
from divkit.generators.fakes import pushing
from divkit.training.gan.setup import Setup
from divkit.training.losses import MINIMAX, NON_SATURATING
from divkit.training.measures.recorder import comparable, stream_of
from divkit.training.measures.records import (
    CHANCE,
    CriticScores,
    GameValues,
    Record,
    alarmed,
)
from divkit.training.measures.truth import bound, entering, fresh_fakes, is_dear
from divkit.training.state import State
from divkit.types import STANDARD_ERROR, Tensor

_DRAWS, _MORE = 2**14, 2**17
"""Of (p+q)/2, where no rule resolves both densities; fewer of densities that are dear."""


def member_record(training: Setup, state: State, e: int) -> Record:
    """One member's record."""
    p, generator, measure = training.p, training.generator, training.recorder
    seed = training.options.seeds[e]
    rng = stream_of(seed, state.step)
    theta, critic = state.average[e].double().cpu(), state.critic[e].double().cpu()
    known = measure.truth.known(p, generator, theta, rng)
    law = known.law
    x = p.sample(measure.held_out, rng)
    y = fresh_fakes(generator, theta, measure.held_out, rng)
    value, spread = held_out(training, critic, x, y)
    nodes, error, l2, sup = judged(training, critic, p, law)
    minimax, non_saturating = generator_slopes(training, theta, critic, rng, measure.held_out)
    side = training.critic
    record = Record(
        step=state.step,
        seed=seed,
        js=known.js,
        bound=bound(training.loss, p, known, pack=side.pack, slope=side.slope),
        divergences=measure.truth.others(p, law),
        values=GameValues(
            minibatch=trained_value(training, state, e),
            held_out=value,
            held_out_error=spread,
            nodes=nodes,
            nodes_error=error,
        ),
        critic=CriticScores(
            l2=l2, sup=sup, slope_minimax=minimax, slope_non_saturating=non_saturating
        ),
        samples=measure.scores(generator, theta, p, rng),
        generator=training.options.measured,
        bounded=training.loss.theorem is not None,
    )
    return alarmed(record)


def outputs(training: Setup, critic: Tensor, x: Tensor) -> Tensor:
    """The critic's outputs (n/pack,), the rows beyond the last full pack left out."""
    rows = len(x) // training.critic.pack * training.critic.pack
    return training.critic.logits(critic, x[:rows])


def held_out(training: Setup, critic: Tensor, x: Tensor, y: Tensor) -> tuple[float, float | None]:
    """V on points that were not trained on, and its standard error."""
    real, fake = outputs(training, critic, x), outputs(training, critic, y)
    return training.loss.estimate(real, fake, training.options.batch // training.critic.pack)


def trained_value(training: Setup, state: State, e: int) -> float:
    """V on the last minibatch, at the critic that came of it and the generator of the record."""
    batch = training.draws(max(state.step - 1, 0))[-1]
    y, b = training.generator.push(state.average, batch.latent)
    x, pack = batch.real, training.critic.pack
    a = x.new_full((x.shape[-2] // pack,), pack / x.shape[-2])
    real, fake = training.critic.logits(state.critic, x), training.critic.logits(state.critic, y)
    return float(training.loss.value(real, fake, a, a if pack > 1 else b)[e])


def judged(
    training: Setup, critic: Tensor, p: Law, law: Law | None
) -> tuple[float | None, float | None, float | None, float | None]:
    """V with its error, and D against D* in L² and sup; None where no nodes carry both laws."""
    game = training.loss.theorem
    if game is None or law is None or not comparable(p, law):
        return None, None, None, None
    if not isinstance(game, Game):
        return (*mean_difference(training, critic, p, law), None, None)
    dear = calculates(law) or is_dear(law)
    laws, draws = entering(training.loss, p, law, training.critic.pack), _DRAWS if dear else _MORE
    look = judges(*laws, game, draws=draws, on_boxes=not dear)[0]

    def seen(x: Tensor) -> Tensor:
        if training.loss.paired:
            first, second = x[:, : p.dim], x[:, p.dim :]
            return outputs(training, critic, first) - outputs(training, critic, second)
        return outputs(training, critic, x.reshape(-1, p.dim))

    found = look(seen)
    times = CHANCE if found.kind == STANDARD_ERROR else 1.0
    return found.value, times * found.value_error, found.l2, found.sup


def mean_difference(
    training: Setup, critic: Tensor, p: Law, law: Law
) -> tuple[float | None, float | None]:
    """E_p T − E_q T on the line by two orders of a rule, their difference the error."""
    if not isinstance(p, Law1D) or not isinstance(law, Law1D) or training.critic.pack > 1:
        return None, None
    found = []
    for order in (16, 25):
        points = line_points(p, law, order)
        paid = (points.p_weight - points.q_weight) * outputs(training, critic, points.x)
        found.append(float(paid.sum()))
    return found[1], abs(found[1] - found[0]) + 1e-13 * (1 + abs(found[1]))


def generator_slopes(
    training: Setup, theta: Tensor, critic: Tensor, rng: np.random.Generator, n: int
) -> tuple[float, float]:
    """|∇_θ| of E_q log(1 − D) and of −E_q log D, on fresh noise."""
    noise, pack = training.generator.draw(n, rng).to(theta), training.critic.pack
    sizes = []
    for loss in (MINIMAX, NON_SATURATING):
        fakes = pushing(training.generator)(theta, noise)
        rows = len(fakes.x) // pack * pack
        sweep = training.critic.sweep(critic, fakes.x[:rows])
        logits = sweep.logits
        weight = fakes.weight if pack == 1 else torch.full_like(logits, 1 / len(logits))
        u = torch.zeros_like(fakes.x)
        u[:rows] = sweep.points(loss.descend(logits, logits, weight))
        paid = loss.on_g(logits) if pack == 1 else fakes.weight
        sizes.append(float(fakes.back(u, paid).norm()))
    return sizes[0], sizes[1]
