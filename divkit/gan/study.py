r"""A system without a critic in training, with the record of a GAN: `train_system`.

The bound of the record, −2 log 2 + 2 JSD, is what the best critic D* would reach against the
system's generator. Where both densities are known, so is D*: V at D* is taken on held-out points,
and the gradient of the generator's parameters under both losses of the GAN is that at D*.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.floats import own_rules
from divkit.games import GAN
from divkit.gan.batches import (
    Batches,
    PointBatch,
    every_atom,
    fixed_sample,
    fresh_draws,
    rows_of,
)
from divkit.gan.checkpoints import Checkpoints
from divkit.gan.duels import MINIMAX, NON_SATURATING
from divkit.gan.measure import Recorder, comparable, stream_of
from divkit.gan.noise import UnresolvedError
from divkit.gan.options import Options, chosen, require_no_critic
from divkit.gan.records import CriticScores, GameValues, Record
from divkit.gan.run import Observer, SavedStep, followed
from divkit.gan.state import OutOfRangeError, State, in_range
from divkit.gan.systems import Ideal, System
from divkit.gan.trainable import Trainable
from divkit.gan.truth import bound, fresh_fakes
from divkit.results import Result
from divkit.rng import as_generator
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class SystemTraining(Trainable[State, Record]):
    """A system on data from p; its options are a GAN's less what is the critic's.

    Attributes
    ----------
    p : the law of the data.
    system : what is trained.
    batches : the points of each step; all atoms of a finite law.
    options : steps, batch, seeds, generator_rate, decay, average.
    recorder : what is measured.

    Raises
    ------
    ValueError
        If dimensions differ, another precision than float64 on the processor is asked, or one of
        the options is a critic's.
    """

    p: Law
    system: System
    batches: Batches
    options: Options
    recorder: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        if self.system.generator.dim != self.p.dim:
            raise ValueError(
                f"the data have {self.p.dim} coordinates, the generator's points "
                f"{self.system.generator.dim}."
            )
        if self.options.dtype != torch.float64 or self.options.device != "cpu":
            raise ValueError("systems without a critic are computed in float64 with device='cpu'.")
        require_no_critic(self.options, f"the system {type(self.system).__name__}")

    @property
    def steps(self) -> int:
        """How many there are."""
        return self.options.steps

    def begin(self) -> State:
        """A random start for each seed; there is no critic."""
        starts = [self.system.start(as_generator(s).spawn(1)[0]) for s in self.options.seeds]
        theta = torch.stack(starts)
        nobody = theta.new_empty(len(theta), 0)
        return State(0, theta, nobody, theta, self.options.generator_rate.begin(theta), ())

    def step(self, state: State) -> State:
        """The state after one more step.

        Raises
        ------
        OutOfRangeError
            If a parameter or a slope leaves the range, or an exact gradient is not resolved.
        """
        o, k = self.options, state.step
        slope = self._slope(state)
        if not in_range(slope):
            raise OutOfRangeError(k, "a slope", "lower the rate")
        theta, moments = o.generator_rate.step(
            state.generator,
            slope,
            state.generator_moments,
            k + 1,
            o.decay(k / o.steps) * o.generator_rate.rate,
        )
        average = torch.lerp(theta, state.average, o.average) if o.average else theta
        after = State(k + 1, theta, state.critic, average, moments, ())
        if not after.finite:
            raise OutOfRangeError(k + 1, "a parameter", "lower the rate")
        return after

    def sound(self, state: State) -> bool:
        """Whether the generator's points are in range at a state, on a batch of its own."""
        fresh = self._fresh(256, as_generator(0))
        with torch.no_grad():
            for average in state.average:
                theta = self._generating(average, fresh)
                y, weight = self.system.generator.push(
                    theta, self.system.generator.draw(256, as_generator(0))
                )
                if not in_range(theta, y, weight):
                    return False
        return True

    def law(self, state: State, member: int = 0) -> Law | None:
        """The generator's law, what it reads off points being read off those of a record."""
        fresh = self._fresh(self.recorder.held_out, stream_of(self._seed(member), state.step))
        return self.system.generator.law(self._generating(state.average[member], fresh))

    def batch(self, step: int, member: int) -> PointBatch:
        """What a member sees at a step, from a stream of its own."""
        seeds = np.random.SeedSequence((self._seed(member), step), spawn_key=(2,))
        rng = as_generator(seeds)
        x, weight = self.batches(rng)
        return PointBatch(x, weight, self.system.noise(len(x), rng))

    @own_rules
    def measure(self, state: State) -> tuple[Record, ...]:
        """A record of each member, from a stream of its own."""
        with torch.no_grad():
            return tuple(self._member(state, e) for e in range(len(state.generator)))

    def _seed(self, member: int) -> int:
        return self.options.seeds[member]

    def _fresh(self, n: int, rng: np.random.Generator) -> PointBatch:
        x = self.p.sample(n, rng)
        return PointBatch(x, x.new_full((n,), 1 / n), self.system.noise(n, rng))

    def _generating(self, theta: Tensor, batch: PointBatch) -> Tensor:
        """The generator's parameters, with the mean loss of a batch for what is read off it."""

        def loss() -> float:
            return float(self.system.terms(theta.detach(), batch)["loss"] @ batch.weight)

        return self.system.generating(theta, loss)

    @own_rules
    def _slope(self, state: State) -> Tensor:
        k, rows = state.step, enumerate(state.generator)
        try:
            return torch.stack([self.system.slope(row, self.batch(k, e)) for e, row in rows])
        except UnresolvedError as fault:
            raise OutOfRangeError(
                k + 1, str(fault), "take another generator or start, or a lower rate"
            ) from fault

    def _member(self, state: State, e: int) -> Record:
        seed, measure, generator = self._seed(e), self.recorder, self.system.generator
        rng = stream_of(seed, state.step)
        fresh = self._fresh(measure.held_out, rng)
        theta = self._generating(state.average[e], fresh)
        js, law = measure.truth.js(self.p, generator, theta, rng)
        best = bound(NON_SATURATING, self.p, law, js)
        objective = mean_loss(self.system, state.average[e], fresh)
        y = fresh_fakes(generator, theta, measure.held_out, rng)
        values, critic = GameValues(), CriticScores()
        if law is not None and comparable(self.p, law):
            value, spread = at_best(self.p, law, fresh.x, y)
            values = GameValues(held_out=value, held_out_error=spread)
            critic = self._slopes(theta, law, rng)
        return Record(
            step=state.step,
            seed=seed,
            js=js,
            bound=best,
            divergences=measure.truth.others(self.p, law),
            objective=best if objective is None else objective,
            values=values,
            critic=critic,
            samples=measure.scores(generator, theta, self.p, rng),
        )

    def _slopes(self, theta: Tensor, law: Law, rng: np.random.Generator) -> CriticScores:
        """|∇_θ| of E_q log(1 − D*) and of −E_q log D*, on fresh noise; None where it is inf."""
        generator, sizes = self.system.generator, list[float | None]()
        noise = generator.draw(self.recorder.held_out, rng)
        for duel in (MINIMAX, NON_SATURATING):
            free = theta.detach().requires_grad_()
            with torch.enable_grad():
                y, weight = generator.push(free, noise)
                paid = duel.on_g(GAN.optimal(self.p.log_prob(y) - law.log_prob(y)))
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


def train_system(
    p: Any,
    system: System,
    *,
    options: Options | None = None,
    recorder: Recorder | None = None,
    every: int = 500,
    data: int | None = None,
    checkpoints: Checkpoints | None = None,
    save_every: int = 1000,
    resume: bool = False,
    observers: Iterable[Observer] = (),
    **choices: Any,
) -> Iterator[SavedStep]:
    """Train a system that has no critic; yield a step whenever one is recorded.

    Parameters
    ----------
    p : the law of the data.
    system : of `divkit.gan.systems`.
    options : see `divkit.gan.Options`; or its fields by name in `choices`.
    recorder, every, data, checkpoints, save_every, resume, observers : as for
        `divkit.gan.train_gan`.

    Raises
    ------
    DivergedError
        If a parameter becomes infinite or NaN; the last good state is saved and in the error.
    TypeError
        If a choice is no option.
    ValueError
        If dimensions differ, or there is nothing to resume from.

    >>> from divkit.distributions import Normal
    >>> from divkit.gan.generators import AffineGenerator
    >>> from divkit.gan.systems import Ideal
    >>> ideal = Ideal(Normal(1, 1), AffineGenerator())
    >>> [round(s.js.value, 3) for s in train_system(ideal.p, ideal, steps=200, every=100)]
    [0.072, 0.04, 0.021]
    """
    made, law = chosen(options, choices), as_law(p)
    require_points(law, system, made, data)
    measure = Recorder() if recorder is None else recorder
    training = SystemTraining(law, system, batches_of(law, made, data), made, measure)
    return followed(training, every, checkpoints, save_every, resume, observers)


def require_points(p: Law, system: System, options: Options, data: int | None) -> None:
    """Check that a batch or a sample that is asked for will be seen.

    Raises
    ------
    ValueError
        If the system sees the law of the data itself, or every atom of it at each step.
    """
    if isinstance(system, Ideal) and data is not None:
        raise ValueError(f"the ideal game sees the law itself, no points; got data = {data!r}.")
    whole = isinstance(p, FiniteLaw) and data is None
    if (whole or isinstance(system, Ideal)) and options.batch != Options().batch:
        seen = "the law itself" if isinstance(system, Ideal) else "every atom at each step"
        raise ValueError(f"a batch is of no use: {seen} is seen; got batch = {options.batch}.")


def batches_of(p: Law, options: Options, data: int | None) -> Batches:
    """Rows of `data` points drawn once; else all atoms of a finite law, or fresh draws.

    Raises
    ------
    ValueError
        If data is not positive.
    """
    if data is not None:
        return rows_of(fixed_sample(p, data, options.seeds[0]), options.batch)
    return every_atom(p) if isinstance(p, FiniteLaw) else fresh_draws(p, options.batch)
