r"""What is measured of a training at a recorded step: V beside its bound, and the truth.

V is taken three times: on the last minibatch, on held-out points (with a standard error), and
where both laws are known on nodes of the judge (`divkit.critics.judge`), which trains nothing.
The bound is that of the duel's theorem at the true divergence: for the GAN −2 log 2 + 2 JSD.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import torch

from divkit.critics.judge import judges
from divkit.critics.population import line_points
from divkit.distributions.base import Law, Law1D
from divkit.distributions.support import Atoms, Singular
from divkit.floats import own_rules
from divkit.games import Game
from divkit.gan.duels import MINIMAX, NON_SATURATING
from divkit.gan.fakes import pushing
from divkit.gan.generators.generator import Generator
from divkit.gan.modes import manifold, modes_of
from divkit.gan.state import State
from divkit.gan.trainer import Setup
from divkit.gan.truth import Truth, bound, entering, fresh_fakes
from divkit.plain import jsonable
from divkit.results import NotANumberError, Result
from divkit.rng import as_generator
from divkit.types import Tensor


@dataclass(frozen=True)
class Record:
    """One member at one step; None where a number has no meaning or is not known, never NaN.

    Attributes
    ----------
    step, seed : which.
    train_value : V on the last minibatch.
    held_out_value, held_out_error : V on fresh points, with its standard error.
    value, value_error : V itself, by the judge's nodes.
    bound : max V against the current generator, with its error.
    js : the true JSD, or an estimate that says so.
    divergences : others, by name.
    critic_l2, critic_sup : D against D* in L²(m), and the largest difference at the nodes.
    slope_minimax, slope_non_saturating : |∇_θ| of G under both losses of the GAN at this critic.
    modes, high_quality : see `divkit.gan.modes`, on 2500 fakes.
    precision, recall, density, coverage : the same.
    objective : what a system without a critic lowers; its V is taken at the exact best critic.
    """

    step: int
    seed: int
    train_value: float | None
    held_out_value: float | None
    held_out_error: float | None
    value: float | None
    value_error: float | None
    bound: Result | None
    js: Result
    divergences: Mapping[str, Result]
    critic_l2: float | None
    critic_sup: float | None
    slope_minimax: float | None
    slope_non_saturating: float | None
    modes: int | None
    high_quality: float | None
    precision: float | None
    recall: float | None
    density: float | None
    coverage: float | None
    objective: Result | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for f in fields(self):
            number = getattr(self, f.name)
            if isinstance(number, float) and math.isnan(number):
                raise NotANumberError(f"{f.name} of step {self.step} is NaN.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {f.name: jsonable(getattr(self, f.name)) for f in fields(self)}

    @property
    def excess(self) -> float | None:
        """V less its bound, in units of their stated errors; at most 1 if the theorem holds."""
        if self.bound is None or self.value is None or self.value_error is None:
            return None
        allowed = self.value_error + self.bound.error
        over = self.value - self.bound.value
        return over / allowed if allowed else math.copysign(math.inf, over) if over else 0.0


@dataclass(frozen=True)
class Recorder:
    """What to record: sizes, and which divergences.

    Parameters
    ----------
    held_out : fresh points of each law.
    fakes : points on which modes are counted.
    neighbourhood : points for precision, recall, density and coverage; 0 leaves them out.
    truth : how divergences are got.
    """

    held_out: int = 2048
    fakes: int = 2500
    neighbourhood: int = 1000
    truth: Truth = field(default_factory=Truth)

    @own_rules
    def __call__(self, setup: Setup, state: State, p: Law) -> tuple[Record, ...]:
        """A record of each member, from a stream of its own."""
        with torch.no_grad():
            return tuple(self._member(setup, state, p, e) for e in range(len(state.generator)))

    def _member(self, setup: Setup, state: State, p: Law, e: int) -> Record:
        o = setup.options
        rng = as_generator(np.random.SeedSequence((o.seeds[e], state.step), spawn_key=(1,)))
        theta, critic = state.average[e].double().cpu(), state.critic[e].double().cpu()
        js, law = self.truth.js(p, setup.generator, theta, rng)
        x, y = (
            p.sample(self.held_out, rng),
            fresh_fakes(setup.generator, theta, self.held_out, rng),
        )
        value, spread = held_out(setup, critic, x, y)
        verdict = judged(setup, critic, p, law)
        slopes = generator_slopes(setup, theta, critic, rng, self.held_out)
        return Record(
            state.step,
            o.seeds[e],
            trained_value(setup, state, e),
            value,
            spread,
            *verdict[:2],
            bound(setup.duel, p, law, js, pack=setup.critic.pack, slope=setup.critic.slope),
            js,
            self.truth.others(p, law),
            *verdict[2:],
            *slopes,
            *self.scores(setup.generator, theta, p, rng),
        )

    def scores(
        self, generator: Generator, theta: Tensor, p: Law, rng: np.random.Generator
    ) -> tuple[Any, ...]:
        """Modes, high quality, precision, recall, density and coverage of fresh fakes."""
        found: tuple[Any, ...] = (None, None)
        modes = modes_of(p)
        if modes is not None:
            found = modes(fresh_fakes(generator, theta, self.fakes, rng))
        if not self.neighbourhood:
            return (*found, None, None, None, None)
        x = p.sample(self.neighbourhood, rng)
        m = manifold(x, fresh_fakes(generator, theta, self.neighbourhood, rng))
        return (*found, m.precision, m.recall, m.density, m.coverage)


def outputs(setup: Setup, critic: Tensor, x: Tensor) -> Tensor:
    """The critic's outputs (n/pack,), the rows beyond the last full pack left out."""
    rows = len(x) // setup.critic.pack * setup.critic.pack
    return setup.critic.logits(critic, x[:rows])


def held_out(setup: Setup, critic: Tensor, x: Tensor, y: Tensor) -> tuple[float, float]:
    """V on points that were not trained on, and its standard error."""
    duel = setup.duel
    on, off = duel.outputs(outputs(setup, critic, x), outputs(setup, critic, y))
    a, b = duel.on_p(on), duel.on_q(off)
    if duel.paired:  # the two payoffs of a pair are one draw
        return float((a + b).mean()), float((a + b).std()) / math.sqrt(len(a))
    return float(a.mean() + b.mean()), math.sqrt(float(a.var() / len(a) + b.var() / len(b)))


def trained_value(setup: Setup, state: State, e: int) -> float:
    """V on the last minibatch, at the critic and generator that came of it."""
    batch = setup.draws(max(state.step - 1, 0))[-1]
    y, b = setup.generator.push(state.generator, batch.latent)
    x, pack = batch.real, setup.critic.pack
    a = x.new_full((x.shape[-2] // pack,), pack / x.shape[-2])
    real, fake = setup.critic.logits(state.critic, x), setup.critic.logits(state.critic, y)
    return float(setup.duel.value(real, fake, a, a if pack > 1 else b)[e])


def judged(
    setup: Setup, critic: Tensor, p: Law, law: Law | None
) -> tuple[float | None, float | None, float | None, float | None]:
    """V with its error, and D against D* in L² and sup; None where no nodes carry both laws."""
    game, nothing = setup.duel.theorem, (None, None, None, None)
    if law is None or isinstance(law.support, Singular):
        return nothing
    if isinstance(p.support, Atoms) != isinstance(law.support, Atoms):
        return nothing
    if not isinstance(game, Game):
        return (*mean_difference(setup, critic, p, law), None, None)
    look = judges(*entering(setup.duel, p, law, setup.critic.pack), game)[0]

    def seen(x: Tensor) -> Tensor:
        if setup.duel.paired:
            first, second = x[:, : p.dim], x[:, p.dim :]
            return outputs(setup, critic, first) - outputs(setup, critic, second)
        return outputs(setup, critic, x.reshape(-1, p.dim))

    found = look(seen)
    return found.value, found.value_error, found.l2, found.sup


def mean_difference(
    setup: Setup, critic: Tensor, p: Law, law: Law
) -> tuple[float | None, float | None]:
    """E_p T − E_q T on the line by two orders of a rule, their difference the error."""
    if not isinstance(p, Law1D) or not isinstance(law, Law1D) or setup.critic.pack > 1:
        return None, None
    found = []
    for order in (16, 25):
        points = line_points(p, law, order)
        paid = (points.p_weight - points.q_weight) * outputs(setup, critic, points.x)
        found.append(float(paid.sum()))
    return found[1], abs(found[1] - found[0]) + 1e-13 * (1 + abs(found[1]))


def generator_slopes(
    setup: Setup, theta: Tensor, critic: Tensor, rng: np.random.Generator, n: int
) -> tuple[float, float]:
    """|∇_θ| of E_q log(1 − D) and of −E_q log D, on fresh noise."""
    noise, pack = setup.generator.draw(n, rng).to(theta), setup.critic.pack
    sizes = []
    for duel in (MINIMAX, NON_SATURATING):
        fakes = pushing(setup.generator)(theta, noise)
        rows = len(fakes.x) // pack * pack
        sweep = setup.critic.sweep(critic, fakes.x[:rows])
        logits = sweep.logits
        weight = fakes.weight if pack == 1 else torch.full_like(logits, 1 / len(logits))
        u = torch.zeros_like(fakes.x)
        u[:rows] = sweep.points(duel.descend(logits, logits, weight))
        paid = duel.on_g(logits) if pack == 1 else fakes.weight
        sizes.append(float(fakes.back(u, paid).norm()))
    return sizes[0], sizes[1]
