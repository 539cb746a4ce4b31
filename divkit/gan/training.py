"""What every training is to those who follow one: a start, steps, and a record of each member."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Protocol

from divkit.distributions.base import Law
from divkit.gan.checkpoints import CheckpointError, Checkpoints, Loaded
from divkit.gan.records import Record, Recorder
from divkit.gan.state import State, begin
from divkit.gan.trainer import DivergedError, Setup, left_range, play, sound
from divkit.results import NotANumberError, Result


class Training(Protocol):
    """A GAN, or a system that it is set against. The random state is the step itself."""

    @property
    def steps(self) -> int:
        """How many there are."""
        ...

    @property
    def device(self) -> str:
        """Where its tensors are."""
        ...

    def begin(self) -> State:
        """The state before the first step."""
        ...

    def play(self, state: State) -> Iterator[State]:
        """The state after each further step."""
        ...

    def record(self, state: State) -> tuple[Record, ...]:
        """What is measured of each member."""
        ...

    def sound(self, state: State) -> bool:
        """Whether what the state makes is in the range of the floats."""
        ...


@dataclass(frozen=True, eq=False)
class Moment:
    """What a training yields: its state, and a record of each member.

    Attributes
    ----------
    state : parameters and optimisers, of every member.
    records : one a seed.
    """

    state: State
    records: tuple[Record, ...]

    @property
    def index(self) -> int:
        """Steps so far, of the generator where two play."""
        return self.state.step

    @property
    def record(self) -> Record:
        """The first member's record."""
        return self.records[0]

    @property
    def js(self) -> Result:
        """The true JSD of the first member, or an estimate that says so."""
        return self.record.js


@dataclass(frozen=True, eq=False)
class Match:
    """A GAN on data from p."""

    p: Law
    setup: Setup
    recorder: Recorder = field(default_factory=Recorder)

    @property
    def steps(self) -> int:
        """Of the generator."""
        return self.setup.options.steps

    @property
    def device(self) -> str:
        """Of both sides."""
        return self.setup.options.device

    def begin(self) -> State:
        """Random starts of generator and critic."""
        return begin(self.setup.generator, self.setup.critic, self.setup.options)

    def play(self, state: State) -> Iterator[State]:
        """See `divkit.gan.trainer.play`."""
        return play(self.setup, state)

    def record(self, state: State) -> tuple[Record, ...]:
        """See `divkit.gan.records.Recorder`."""
        return self.recorder(self.setup, state, self.p)

    def sound(self, state: State) -> bool:
        """See `divkit.gan.trainer.sound`."""
        return sound(self.setup, state)


def recorded(
    training: Training,
    start: State,
    every: int,
    checkpoints: Checkpoints | None,
    save_every: int,
) -> Iterator[tuple[State, tuple[Record, ...]]]:
    """Follow a training; yield the states that are recorded, and save those that are due.

    Raises
    ------
    DivergedError
        If a parameter becomes infinite or NaN, the last good state being saved.
    """
    try:
        for state, before in watched(training, start):
            last = state.step == training.steps
            kept = checkpoints is not None and (last or state.step % save_every == 0)
            due = last or state.step % every == 0
            if kept or due:
                require_sound(training, state, before)
            records = measured(training, state, before) if due else ()
            if checkpoints is not None and kept:
                checkpoints.save(state)
            if due:
                yield state, records
    except DivergedError as fault:
        if checkpoints is not None:
            checkpoints.save(fault.last)
        raise


def watched(training: Training, start: State) -> Iterator[tuple[State, State]]:
    """Each state, from the start on, and the one before it."""
    before = start
    for state in chain([start], training.play(start)):
        yield state, before
        before = state


def require_sound(training: Training, state: State, before: State) -> None:
    """Check a state before it is saved or recorded.

    Raises
    ------
    DivergedError
        If its points or its critic's outputs are out of range; the state before it is kept.
    """
    if not training.sound(state):
        raise left_range(state.step, before, "what the parameters make")


def measured(training: Training, state: State, before: State) -> tuple[Record, ...]:
    """The records of a state.

    Raises
    ------
    DivergedError
        If a number of them is NaN; the state before it is kept.
    """
    try:
        return training.record(state)
    except NotANumberError as fault:
        raise left_range(state.step, before, f"a number of the record ({fault})") from fault


def start_of(training: Training, checkpoints: Checkpoints | None, resume: bool) -> State:
    """A fresh start, or the newest checkpoint.

    Raises
    ------
    ValueError
        If there is nothing to resume from.
    """
    if not resume:
        return training.begin()
    if checkpoints is None:
        raise ValueError("resume=True needs checkpoints=Checkpoints(folder, description).")
    return resumed_at(training, checkpoints).state


def resumed_at(training: Training, checkpoints: Checkpoints) -> Loaded:
    """The newest checkpoint, on the training's device, if the training can go on from it.

    Raises
    ------
    CheckpointError
        If there is none, or it is beyond the last step or of other shapes.
    """
    loaded = checkpoints.load()
    try:
        loaded.state.require_start_of(training.begin(), training.steps)
    except ValueError as fault:
        raise CheckpointError(
            f"the newest checkpoint in {checkpoints.folder} is not of this training: {fault}. "
            "Resume with the options it was started with, or begin another run."
        ) from None
    return replace(loaded, state=loaded.state.to(training.device))
