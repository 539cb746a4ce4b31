"""A run on the disk, followed to its end or to the first ask to stop."""

from __future__ import annotations

from collections.abc import Callable

from divkit.gan.checkpoints import Checkpoints
from divkit.gan.entries import training_of
from divkit.gan.records import Record, Recorder
from divkit.gan.runs import Run
from divkit.gan.state import State
from divkit.gan.trainer import DivergedError
from divkit.gan.training import measured, require_sound, resumed_at, watched
from divkit.training_config import Config

Show = Callable[[int, tuple[Record, ...]], None]
Watch = Callable[[State, tuple[Record, ...]], None]


def follow(
    run: Run,
    config: Config,
    resume: bool,
    show: Show,
    stop: Callable[[], bool],
    warn: Callable[[str], None],
    recorder: Recorder | None = None,
    watch: Watch | None = None,
) -> bool:
    """Train, record and save; return whether the run came to its end.

    A resumed run makes anew the records from its checkpoint on, so that what is on the disk at the
    end is that of a run that was never stopped.

    Parameters
    ----------
    show : told of every step, and of the records where there are some.
    stop : asked after every step; the state is saved before this returns False.
    warn : told of damaged checkpoints that were passed over.
    recorder : what is measured; the configuration's where None.
    watch : given the state and records of every recorded step, for pictures.

    Raises
    ------
    DivergedError
        If a parameter becomes infinite or NaN, the last good state being saved.
    CheckpointError
        If there is nothing to resume from, or the disk is full.
    """
    training = training_of(config, recorder)
    kept = Checkpoints(run.folder, config.to_dict())
    if resume:
        loaded = resumed_at(training, kept)
        start = loaded.state
        for fault in loaded.passed_over:
            warn(f"{fault} Resumed from step {start.step}.")
    else:
        start = training.begin()
        run.begin(config.to_dict())
    run.rewind(start.step)
    try:
        for state, before in watched(training, start):
            last, records = state.step == config.steps, tuple[Record, ...]()
            due = last or state.step % config.every == 0
            if due or state.step % config.save_every == 0:
                require_sound(training, state, before)
            if due:
                records = measured(training, state, before)
                run.append([record.to_dict() for record in records])
                if watch is not None:
                    watch(state, records)
            show(state.step, records)
            stopped = stop() and not last
            if stopped:
                require_sound(training, state, before)
            if last or stopped or state.step % config.save_every == 0:
                kept.save(state)
            if stopped:
                return False
    except DivergedError as fault:
        kept.save(fault.last)
        raise
    return True
