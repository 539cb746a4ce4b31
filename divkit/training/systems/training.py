"""A system without a critic in training: each member from streams of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch

from divkit.distributions.adapt import settle
from divkit.distributions.base import Law
from divkit.floats import own_rules
from divkit.generators.noise import UnresolvedError
from divkit.rng import as_generator
from divkit.threads import on_one_thread
from divkit.training.batches import Batches, PointBatch
from divkit.training.measures.recorder import Recorder, stream_of
from divkit.training.measures.records import Record
from divkit.training.options import Options, descended, require_no_critic
from divkit.training.state import OutOfRangeError, State, in_range
from divkit.training.systems.measures import law_record, mean_loss
from divkit.training.systems.system import System
from divkit.training.trainable import Trainable
from divkit.types import Tensor

_CPU = torch.device("cpu")


@dataclass(frozen=True, eq=False)
class SystemTraining(Trainable[State, Record]):
    """A system on data from p; its options are a GAN's less what is the critic's.

    Attributes
    ----------
    p : the law of the data.
    system : what is trained.
    batches : the points of each step, for all members or one of each.
    options : steps, batch, seeds, generator_rate, decay, average.
    recorder : what is measured.

    Raises
    ------
    ValueError
        If dimensions differ, another precision than float64 on the processor is asked, or one of
        the options is a critic's.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.gan import AffineGenerator, Likelihood, train_system
    >>> p = Normal(1, 1)
    >>> first = next(train_system(p, Likelihood(AffineGenerator()), steps=1, every=1))
    >>> isinstance(first.training, SystemTraining)
    True
    """

    p: Law
    system: System
    batches: Batches | tuple[Batches, ...]
    options: Options
    recorder: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        settle(self, "p")
        if self.system.generator.dim != self.p.dim:
            raise ValueError(
                f"the data have {self.p.dim} coordinates, the generator's points "
                f"{self.system.generator.dim}."
            )
        if self.options.dtype != torch.float64 or torch.device(self.options.device) != _CPU:
            raise ValueError("systems without a critic are computed in float64 with device='cpu'.")
        require_no_critic(self.options, f"the system {type(self.system).__name__}")

    @property
    def steps(self) -> int:
        """Number of steps."""
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
        slope = self._slope(state)
        if not in_range(slope):
            raise OutOfRangeError(state.step, "a slope", "lower the rate")
        return descended(state, self.options, slope, state.critic, advice="lower the rate")

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
        """Points that a member sees at a step, from a stream of its own."""
        seeds = np.random.SeedSequence((self._seed(member), step), spawn_key=(2,))
        rng = as_generator(seeds)
        own = self.batches[member] if isinstance(self.batches, tuple) else self.batches
        x, weight = own(rng)
        return PointBatch(x, weight, self.system.noise(len(x), rng))

    @own_rules
    @on_one_thread
    def measure(self, state: State) -> tuple[Record, ...]:
        """A record of each member, from a stream of its own."""
        with torch.no_grad():
            return tuple(self._record(state, e) for e in range(len(state.generator)))

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

    def _record(self, state: State, e: int) -> Record:
        seed, theta, measure = self._seed(e), state.average[e], self.recorder
        rng = stream_of(seed, state.step)
        fresh = self._fresh(measure.held_out, rng)
        record = law_record(
            self.p,
            self.system.generator,
            self._generating(theta, fresh),
            fresh.x,
            measure,
            rng,
            step=state.step,
            seed=seed,
            objective=mean_loss(self.system, theta, fresh),
        )
        return replace(record, generator=self.options.measured)
