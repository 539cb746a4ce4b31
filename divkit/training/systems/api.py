"""`train_system`: a system without a critic in training, with the record of a GAN."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Unpack

from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.signatures import with_defaults
from divkit.training.batches import Batches, every_atom, fixed_sample, fresh_draws, rows_of
from divkit.training.measures.recorder import Recorder
from divkit.training.options import OptionFields, Options, chosen
from divkit.training.run import Observer, RecordedSteps, followed
from divkit.training.store.checkpoints import Checkpoints
from divkit.training.systems.system import Ideal, System
from divkit.training.systems.training import SystemTraining


@with_defaults(Options)
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
    **choices: Unpack[OptionFields],
) -> RecordedSteps:
    """Train a system that has no critic; yield a step whenever one is recorded.

    Parameters
    ----------
    p : the law of the data.
    system : of `divkit.training.systems.system`.
    options : see `divkit.gan.Options`; or its fields by name in `choices`.
    recorder, every, data, checkpoints, save_every, resume, observers : as for
        `divkit.gan.train_gan`.

    Returns
    -------
    RecordedSteps
        An iterator over steps; the training goes on as they are asked for.

    Raises
    ------
    TrainingDivergedError
        If a parameter becomes infinite or NaN; the last good state is saved and in the error.
    TypeError
        If a choice is no option.
    ValueError
        If dimensions differ, or there is nothing to resume from.

    Examples
    --------
    >>> from divkit.distributions import Normal
    >>> from divkit.generators import AffineGenerator
    >>> from divkit.training.systems.system import Ideal
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


def batches_of(p: Law, options: Options, data: int | None) -> tuple[Batches, ...]:
    """For each member rows of `data` points drawn once; else all atoms of a finite law, or draws.

    Raises
    ------
    ValueError
        If data is not positive.
    """
    if data is not None:
        return tuple(rows_of(fixed_sample(p, data, s), options.batch) for s in options.seeds)
    shared = every_atom(p) if isinstance(p, FiniteLaw) else fresh_draws(p, options.batch)
    return (shared,) * len(options.seeds)
