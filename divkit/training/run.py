"""The loop of every training: `run` moves it on, measures, saves, and calls whoever observes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, is_dataclass, replace
from typing import Any, Protocol, TypeAlias, TypeVar

from divkit import markup
from divkit.results import NotANumberError
from divkit.training.measures.records import Record, as_table
from divkit.training.state import OutOfRangeError, State, TrainingDivergedError
from divkit.training.store.checkpoints import CheckpointError, Checkpoints, Loaded
from divkit.training.store.described import described
from divkit.training.trainable import Reached, Trainable, TrainingStep
from divkit.types import Tensor

S = TypeVar("S", bound=Reached)
S_contra = TypeVar("S_contra", bound=Reached, contravariant=True)
R = TypeVar("R")

_SHOWN = 20
"""Records that a notebook shows, the last ones."""

SavedStep: TypeAlias = TrainingStep[State, Record]
"""A step of a training that can be saved and resumed."""

Observer: TypeAlias = Callable[[TrainingStep[Any, Any]], object]
"""Called with every step, those without records too: a bar, a file of records, a page, a list."""


class StopRequested(KeyboardInterrupt):
    """Raised while a record is measured: the state is saved, and the record made on resuming."""


class Store(Protocol[S_contra]):
    """Where states are kept."""

    def due(self, step: int) -> bool:
        """Whether the state of this step is saved."""
        ...

    def save(self, state: S_contra) -> object:
        """Keep a state."""
        ...


def run(
    training: Trainable[S, R],
    *,
    start: S | None = None,
    every: int = 500,
    store: Store[S] | None = None,
    observers: Iterable[Observer] = (),
    stop: Callable[[], bool] = lambda: False,
    measuring: AbstractContextManager[object] | None = None,
) -> Generator[TrainingStep[S, R]]:
    """Follow a training; yield the steps that are recorded.

    Parameters
    ----------
    training : what is trained.
    start : where it goes on from; its beginning where None.
    every : steps between records; the start and the last step are recorded too, where the
        training does not come to rest before it.
    store : keeps the states that are due, the last one, and the last good one of a divergence.
    observers : called with every step once it is measured, in this order, before it is saved.
    stop : asked after every step; the state is kept where it says so.
    measuring : entered while a record is measured, which can take long; `StopRequested`, raised
        in it, ends the training as `stop` does.

    Returns
    -------
    Generator[TrainingStep, None, None]
        Steps as they are recorded, the start among them.

    Raises
    ------
    TrainingDivergedError
        If a number leaves the range of the floats; the error has the last good state.
    TypeError, ValueError
        If an observer cannot be called, or changes the state in place.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.gan import AffineGenerator, Ideal, train_system
    >>> ideal = Ideal(Normal(1, 1), AffineGenerator())
    >>> training = next(train_system(ideal.p, ideal, steps=4)).training
    >>> [step.index for step in run(training, every=2)]
    [0, 2, 4]
    """
    observers = callables(observers)
    try:
        for state, before in walk(training, start):
            last = state.step == training.steps
            due = last or state.step % every == 0
            kept = store is not None and (last or store.due(state.step))
            if due or kept:
                require_sound(training, state, before)
            records: tuple[R, ...] = ()
            if due:
                with measuring or nullcontext():
                    records = measured(training, state, before)
            step = TrainingStep(training, state, records)
            show(step, observers)
            stopped = not last and stop()
            if stopped and not (due or kept):
                require_sound(training, state, before)
            if store is not None and (kept or stopped):
                store.save(state)
            if step.records:
                yield step
            if stopped:
                return
    except StopRequested:
        if store is not None:
            store.save(state)
    except TrainingDivergedError as fault:
        if store is not None:
            store.save(fault.last)
        raise


def callables(observers: Iterable[Observer]) -> tuple[Observer, ...]:
    """The observers as a tuple.

    Raises
    ------
    TypeError
        If they are none.
    """
    listed = tuple(observers) if isinstance(observers, Iterable) else (None,)
    if not all(map(callable, listed)):
        raise TypeError(
            f"observers must be functions of a TrainingStep, as in [page]; got {observers!r}."
        )
    return listed


def show(step: TrainingStep[Any, Any], observers: tuple[Observer, ...]) -> None:
    """Call every observer with a step.

    Raises
    ------
    ValueError
        If one changes the state in place: the training would go on from that.
    """
    for observe in observers:
        before = _versions(step.state)
        observe(step)
        if _versions(step.state) != before:
            raise ValueError(
                f"observer {observe!r} changed the state of step {step.index} in place, and the "
                "training would go on from that. Let it change a clone."
            )


def _versions(state: Reached) -> list[int]:
    """Counts of changes in place of each tensor of a state."""
    held: list[Any] = (
        [getattr(state, each.name) for each in fields(state)] if is_dataclass(state) else []
    )
    parts = (value if isinstance(value, tuple) else (value,) for value in (state.theta, *held))
    return [t._version for part in parts for t in part if isinstance(t, Tensor)]


def walk(training: Trainable[S, R], start: S | None = None) -> Iterator[tuple[S, S]]:
    """Each state, from the start to the last one, and the state before it.

    Raises
    ------
    TrainingDivergedError
        If a number leaves the range of the floats. What is wrong with the state that was stepped
        from makes the one before it the last good one.
    """
    before = state = training.begin() if start is None else start
    while True:
        yield state, before
        if state.step == training.steps:
            return
        try:
            after = training.step(state)
        except OutOfRangeError as fault:
            raise fault.kept(state if fault.step > state.step else before) from fault.__cause__
        if after is None:
            return
        before, state = state, after


def require_sound(training: Trainable[S, Any], state: S, before: S) -> None:
    """Check a state before it is saved or recorded.

    Raises
    ------
    TrainingDivergedError
        If its points or its critic's outputs are out of range; the state before it is kept.
    """
    if not training.sound(state):
        raise OutOfRangeError(state.step, "what the parameters make").kept(before)


def measured(training: Trainable[S, R], state: S, before: S) -> tuple[R, ...]:
    """The records of a state.

    Raises
    ------
    TrainingDivergedError
        If a number of them is NaN; the state before it is kept.
    """
    try:
        return training.measure(state)
    except NotANumberError as fault:
        what = f"a number of the record ({fault})"
        raise OutOfRangeError(state.step, what).kept(before) from fault


class RecordedSteps(Iterator[SavedStep]):
    """The recorded steps of a training, which moves on as they are asked for.

    A notebook shows the records so far as a table.

    Attributes
    ----------
    records : those of the steps so far, in order.

    Examples
    --------
    >>> from divkit import Normal, train_gan
    >>> steps = train_gan(Normal(1, 1), steps=4, batch=16, every=2)
    >>> steps
    a training of 4 steps, not begun: each is played as the next is asked for
    >>> last = [*steps][-1]
    >>> [record.step for record in steps.records]
    [0, 2, 4]
    """

    def __init__(self, steps: Generator[SavedStep], count: int | None) -> None:
        self._steps, self._count = steps, count
        self.records: list[Record] = []

    def __next__(self) -> SavedStep:
        step = next(self._steps)
        self.records.extend(step.records)
        return step

    def close(self) -> None:
        """End the training where it is."""
        self._steps.close()

    def __repr__(self) -> str:
        if not self.records:
            return f"{self._title}, not begun: each is played as the next is asked for"
        return f"{self._title}, at step {self.records[-1].step}: {self.records[-1]}"

    @property
    def _title(self) -> str:
        return "a training" if self._count is None else f"a training of {self._count} steps"

    def _repr_html_(self) -> str:
        """Every record so far, for a notebook."""
        shown = self.records[-_SHOWN:]
        if not shown:
            return markup.notes([repr(self)], "training")
        return as_table(shown, f"{self._title}, at step {shown[-1].step}")


def followed(
    training: Trainable[State, Record],
    every: int,
    checkpoints: Checkpoints | None,
    save_every: int,
    resume: bool,
    observers: Iterable[Observer],
) -> RecordedSteps:
    """Run a training from its beginning, or from its newest checkpoint.

    Raises
    ------
    ValueError
        If an interval is not positive, or there is nothing to resume from.
    """
    observers = callables(observers)
    if every < 1 or save_every < 1:
        raise ValueError(f"every and save_every must be at least 1; got {every}, {save_every}.")
    if resume and checkpoints is None:
        raise ValueError("resume=True needs checkpoints=Checkpoints(folder, description).")
    store = checkpoints
    if store is not None:
        store = replace(store, every=save_every, training=described(training))
    start = training.begin() if store is None or not resume else resumed_at(training, store).state
    steps = run(training, start=start, every=every, store=store, observers=observers)
    return RecordedSteps(steps, training.steps)


def resumed_at(training: Trainable[State, Any], checkpoints: Checkpoints) -> Loaded:
    """The newest checkpoint, on the training's device, if the training can go on from it.

    Raises
    ------
    CheckpointError
        If there is none, or it is beyond the last step or of other shapes.
    """
    loaded, fresh = checkpoints.load(), training.begin()
    try:
        loaded.state.require_start_of(fresh, training.steps)
    except ValueError as fault:
        raise CheckpointError(
            f"the newest checkpoint in {checkpoints.folder} is not of this training: {fault}. "
            "Resume with the options it was started with, or begin another run."
        ) from None
    return loaded.on(fresh.generator.device)
