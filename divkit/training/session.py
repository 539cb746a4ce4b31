"""A run on the disk, followed to its end or to the first request to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from divkit.training.entries import training_of
from divkit.training.measures.recorder import Recorder
from divkit.training.run import Observer, SavedStep, resumed_at, run
from divkit.training.store.checkpoints import Checkpoints
from divkit.training.store.runs import Run
from divkit.training_config import Config


def follow(
    kept: Run,
    config: Config,
    resume: bool,
    observers: Iterable[Observer],
    stop: Callable[[], bool],
    warn: Callable[[str], None],
    recorder: Recorder | None = None,
    measuring: AbstractContextManager[object] | None = None,
    begins: Callable[[], None] = lambda: None,
) -> bool:
    """Train, record and save; return whether the run came to its end.

    A resumed run makes anew the records from its checkpoint on, so that what is on the disk at the
    end is that of a run that was never stopped.

    Parameters
    ----------
    observers : called with every step, its records being on the disk.
    stop : asked after every step; the state is saved before this returns False.
    warn : called with what is wrong with damaged checkpoints that were passed over.
    recorder : what is measured; the configuration's where None.
    measuring : see `divkit.training.run.run`.
    begins : called once every choice is found good, before the first step.

    Raises
    ------
    TrainingDivergedError
        If a parameter becomes infinite or NaN, the last good state being saved.
    CheckpointError
        If there is nothing to resume from, or the disk is full.
    """
    training = training_of(config, recorder)
    store = Checkpoints(
        kept.folder, config.to_dict(), config.save_every, unsaid=Config().to_dict()
    )
    if resume:
        loaded = resumed_at(training, store)
        start = loaded.state
        for fault in loaded.passed_over:
            warn(f"{fault} Resumed from step {start.step}.")
    else:
        start = training.begin()
        kept.begin(config.to_dict())
    kept.rewind(start.step)
    begins()

    def write(step: SavedStep) -> None:
        kept.append([record.to_dict() for record in step.records])

    end: int | None = None

    def count(step: SavedStep) -> None:
        nonlocal end
        end = step.index

    for _ in run(
        training,
        start=start,
        every=config.every,
        store=store,
        observers=(write, *observers, count),
        stop=stop,
        measuring=measuring,
    ):
        pass
    return end == config.steps
