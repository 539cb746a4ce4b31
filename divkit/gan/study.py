r"""A system without a critic in training, with the record of a GAN: `train_system`.

The bound of the record, −2 log 2 + 2 JSD, is what the best critic D* would reach against the
system's generator. Where both densities are known, so is D*: V at D* is taken on held-out points,
and the gradient of the generator's parameters under both losses of the GAN is that at D*.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.support import Atoms, Singular
from divkit.floats import own_rules
from divkit.games import GAN
from divkit.gan.batches import Batches, every_atom, fresh_draws, rows_of
from divkit.gan.checkpoints import Checkpoints
from divkit.gan.duels import MINIMAX, NON_SATURATING
from divkit.gan.noise import UnresolvedError
from divkit.gan.options import Options, chosen, require_no_critic
from divkit.gan.records import Record, Recorder
from divkit.gan.state import State, in_range
from divkit.gan.systems import Ideal, Sight, System
from divkit.gan.trainer import DivergedError, left_range
from divkit.gan.training import Moment, recorded, start_of
from divkit.gan.truth import bound, fresh_fakes
from divkit.results import Result
from divkit.rng import as_generator
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class Study:
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

    @property
    def device(self) -> str:
        """The processor."""
        return self.options.device

    def begin(self) -> State:
        """A random start for each seed; there is no critic."""
        starts = [self.system.start(as_generator(s).spawn(1)[0]) for s in self.options.seeds]
        theta = torch.stack(starts)
        nobody = theta.new_empty(len(theta), 0)
        return State(0, theta, nobody, theta, self.options.generator_rate.begin(theta), ())

    def play(self, state: State) -> Iterator[State]:
        """The state after each further step.

        Raises
        ------
        DivergedError
            If a parameter or a slope leaves the range, or an exact gradient is not resolved; the
            error keeps the last good state.
        """
        o, last = self.options, state
        while state.step < o.steps:
            k, rate = state.step, o.decay(state.step / o.steps) * o.generator_rate.rate
            slope = self._slope(state)
            if not in_range(slope):
                raise left_range(k, last, "a slope", "lower the rate")
            theta, moments = o.generator_rate.step(
                state.generator, slope, state.generator_moments, k + 1, rate
            )
            average = torch.lerp(theta, state.average, o.average) if o.average else theta
            last, state = state, State(k + 1, theta, state.critic, average, moments, ())
            if not state.finite:
                raise left_range(k + 1, last, "a parameter", "lower the rate")
            yield state

    def sound(self, state: State) -> bool:
        """Whether the generator's points are in range at a state, on a sight of its own."""
        fresh = self._fresh(256, as_generator(0))
        with torch.no_grad():
            for e in range(len(state.average)):
                theta = self.system.generating(state.average[e], fresh)
                y, weight = self.system.generator.push(
                    theta, self.system.generator.draw(256, as_generator(0))
                )
                if not in_range(theta, y, weight):
                    return False
        return True

    def _fresh(self, n: int, rng: np.random.Generator) -> Sight:
        x = self.p.sample(n, rng)
        return Sight(x, x.new_full((n,), 1 / n), self.system.noise(n, rng))

    @own_rules
    def _slope(self, state: State) -> Tensor:
        k, rows = state.step, enumerate(state.generator)
        try:
            return torch.stack([self.system.slope(row, self.sight(k, e)) for e, row in rows])
        except UnresolvedError as fault:
            raise DivergedError(
                f"step {k + 1}: {fault} The state of step {k} is kept; take another generator "
                "or start, or a lower rate.",
                state,
            ) from fault

    def sight(self, step: int, e: int) -> Sight:
        """What a member sees at a step, from a stream of its own."""
        seeds = np.random.SeedSequence((self.options.seeds[e], step), spawn_key=(2,))
        rng = as_generator(seeds)
        x, weight = self.batches(rng)
        return Sight(x, weight, self.system.noise(len(x), rng))

    @own_rules
    def record(self, state: State) -> tuple[Record, ...]:
        """A record of each member, from a stream of its own."""
        with torch.no_grad():
            return tuple(self._member(state, e) for e in range(len(state.generator)))

    def _member(self, state: State, e: int) -> Record:
        seed, measure, generator = self.options.seeds[e], self.recorder, self.system.generator
        rng = as_generator(np.random.SeedSequence((seed, state.step), spawn_key=(1,)))
        n = measure.held_out
        fresh = self._fresh(n, rng)
        x = fresh.x
        theta = self.system.generating(state.average[e], fresh)
        js, law = measure.truth.js(self.p, generator, theta, rng)
        best = bound(NON_SATURATING, self.p, law, js)
        objective = mean_loss(self.system, state.average[e], fresh)
        known = law if law is not None and comparable(self.p, law) else None
        y = fresh_fakes(generator, theta, n, rng)
        value, spread = (None, None) if known is None else at_best(self.p, known, x, y)
        slopes = (None, None) if known is None else self._slopes(theta, known, rng)
        return Record(
            state.step, seed, None, value, spread, None, None, best, js,
            measure.truth.others(self.p, law), None, None, *slopes,
            *measure.scores(generator, theta, self.p, rng),
            objective=best if objective is None else objective,
        )  # fmt: skip

    def _slopes(
        self, theta: Tensor, law: Law, rng: np.random.Generator
    ) -> tuple[float | None, float | None]:
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
        return sizes[0], sizes[1]


def comparable(p: Law, q: Law) -> bool:
    """Whether one measure carries densities of both laws."""
    if isinstance(q.support, Singular):
        return False
    return isinstance(p.support, Atoms) == isinstance(q.support, Atoms)


def at_best(p: Law, q: Law, x: Tensor, y: Tensor) -> tuple[float, float]:
    """V at D* on points of p and of q, and its standard error."""
    on, off = (GAN.optimal(p.log_prob(z) - q.log_prob(z)) for z in (x, y))
    a, b = GAN.on_p(on), GAN.on_q(off)
    return float(a.mean() + b.mean()), math.sqrt(float(a.var() / len(a) + b.var() / len(b)))


def mean_loss(system: System, theta: Tensor, sight: Sight) -> Result | None:
    """A system's objective on held-out points; None where it is no mean over points."""
    losses = system.losses(theta, sight)
    if losses is None:
        return None
    value, error = float(losses.mean()), float(losses.std()) / math.sqrt(len(losses))
    name, unit = system.objective
    how = f"mean of {len(losses)} held-out points"
    return Result.normal(value, error, how, level=0.95, name=name, unit=unit)


@dataclass(frozen=True, eq=False, repr=False)
class SystemStep(Moment):
    """A moment of a system's training.

    Attributes
    ----------
    study : what is trained on what.
    """

    study: Study

    def __repr__(self) -> str:
        shown = "; ".join(f"{r.objective!r}, {r.js!r}" for r in self.records[:3])
        return f"SystemStep({self.index}: {shown})"


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
    **choices: Any,
) -> Iterator[SystemStep]:
    """Train a system that has no critic; yield a step whenever one is recorded.

    Parameters
    ----------
    p : the law of the data.
    system : of `divkit.gan.systems`.
    options : see `divkit.gan.Options`; or its fields by name in `choices`.
    recorder, every, data, checkpoints, save_every, resume : as for `divkit.gan.train_gan`.

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
    if every < 1 or save_every < 1:
        raise ValueError(f"every and save_every must be at least 1; got {every}, {save_every}.")
    made = chosen(options, choices)
    law, measure = as_law(p), Recorder() if recorder is None else recorder
    require_points(law, system, made, data)
    study = Study(law, system, batches_of(law, made, data), made, measure)
    start = start_of(study, checkpoints, resume)
    found = recorded(study, start, every, checkpoints, save_every)
    return (SystemStep(state, records, study) for state, records in found)


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
        if data < 1:
            raise ValueError(f"data must be at least 1 point; got {data}.")
        points = p.sample(data, as_generator(options.seeds[0]).spawn(3)[2])
        return rows_of(points, options.batch)
    return every_atom(p) if isinstance(p, FiniteLaw) else fresh_draws(p, options.batch)
