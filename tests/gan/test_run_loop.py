"""The loop of every training: who is told what and when, what is kept, where it ends."""

from dataclasses import dataclass, field

import pytest
import torch

from divkit.distributions import Normal
from divkit.gan import (
    AffineGenerator,
    Checkpoints,
    IdealGame,
    LikelihoodDescent,
    Recorder,
    Trainable,
    TrainingDivergedError,
    TrainingStep,
    play_dirac,
    run,
    train_gan,
)
from divkit.training.dirac.games import gan
from divkit.training.state import OutOfRangeError

START = torch.tensor([3.0, 1.6])


@dataclass(frozen=True)
class Count:
    """A state that is its step."""

    step: int

    @property
    def theta(self):
        return torch.tensor([float(self.step)])


@dataclass(frozen=True)
class Counting(Trainable[Count, str]):
    """Counts to `steps`; what it meets on its way is given by step."""

    steps: int | None = 6
    rests: int | None = None
    leaves: int | None = None
    unsound: frozenset[int] = frozenset()

    def begin(self):
        return Count(0)

    def step(self, state):
        if state.step == self.rests:
            return None
        if state.step + 1 == self.leaves:
            raise OutOfRangeError(state.step + 1, "a count", "count less")
        return Count(state.step + 1)

    def measure(self, state):
        return (f"at {state.step}",)

    def sound(self, state):
        return state.step not in self.unsound


@dataclass
class Kept:
    """A store that writes down what it keeps."""

    every: int = 4
    seen: list[int] = field(default_factory=list)

    def due(self, step):
        return step % self.every == 0

    def save(self, state):
        self.seen.append(state.step)


def test_records_are_due_at_the_start_each_interval_and_the_end():
    steps = list(run(Counting(7), every=3))
    assert [step.index for step in steps] == [0, 3, 6, 7]
    assert all(step.record == f"at {step.index}" for step in steps)
    assert repr(steps[1]) == "TrainingStep(3: at 3)"


def test_observers_are_told_of_every_step_in_their_order_before_it_is_saved():
    kept, told = Kept(), []
    observers = [
        lambda step: told.append(("first", step.index, step.records, len(kept.seen))),
        lambda step: told.append(("second", step.index, step.records, len(kept.seen))),
    ]
    list(run(Counting(4), every=2, store=kept, observers=observers))
    assert [name for name, *_ in told] == ["first", "second"] * 5
    assert [records for _, _, records, _ in told[::2]] == [("at 0",), (), ("at 2",), (), ("at 4",)]
    assert [saved for *_, saved in told[::2]] == [0, 1, 1, 1, 1]
    assert kept.seen == [0, 4]


def test_a_stop_keeps_the_state_and_a_start_goes_on_from_it():
    kept, told = Kept(), []
    steps = run(
        Counting(), every=3, store=kept, observers=(told.append,), stop=lambda: len(told) == 3
    )
    assert [step.index for step in steps] == [0]
    assert kept.seen == [0, 2]
    assert [step.index for step in run(Counting(), start=Count(2), every=3)] == [3, 6]


def test_what_a_state_makes_is_looked_at_before_it_is_kept():
    kept = Kept()
    with pytest.raises(
        TrainingDivergedError, match=r"step 4: what the parameters make .* step 3 is kept"
    ):
        list(run(Counting(unsound=frozenset({4})), every=5, store=kept))
    assert kept.seen == [0, 3]
    assert len(list(run(Counting(unsound=frozenset({4})), every=5))) == 3


def test_a_divergence_keeps_the_last_good_state():
    kept = Kept()
    with pytest.raises(
        TrainingDivergedError, match=r"step 3: a count .* step 2 is kept; count less\.$"
    ):
        list(run(Counting(leaves=3), every=1, store=kept))
    assert kept.seen == [0, 2]


def test_a_training_that_rests_ends():
    assert [step.index for step in run(Counting(None, rests=2), every=1)] == [0, 1, 2]


def test_every_training_yields_steps_of_one_kind():
    quick = Recorder(16, 16, 0)
    for steps in (
        train_gan(Normal(1, 1), steps=1, batch=8, recorder=quick),
        IdealGame(steps=1)(Normal(0, 1), AffineGenerator(), START),
        LikelihoodDescent(steps=1)(Normal(0, 1), AffineGenerator(), START),
        play_dirac(gan()),
    ):
        step = next(steps)
        assert type(step) is TrainingStep
        assert step.index == 0 and step.training.begin().step == 0
        assert torch.equal(step.theta, step.state.theta)


def test_a_users_observer_sees_a_gans_steps():
    seen = []
    quick = Recorder(16, 16, 0)
    *_, last = train_gan(
        Normal(1, 1), steps=3, every=3, batch=8, recorder=quick, observers=(seen.append,)
    )
    assert [step.index for step in seen] == [0, 1, 2, 3]
    assert [bool(step.records) for step in seen] == [True, False, False, True]
    assert seen[-1] is last and last.setup is last.training


@pytest.mark.parametrize("part", ["generator", "critic", "average"])
def test_an_observer_that_changes_the_state_is_refused(part):
    """The training would go on from what it left, and its records would be of something else."""

    def page(step):
        getattr(step.state, part).add_(1.0)

    steps = train_gan(
        Normal(0, 1), steps=2, batch=8, recorder=Recorder(8, 8, 0), observers=[page], average=0.9
    )
    with pytest.raises(ValueError, match="changed the state of step 0 in place"):
        next(steps)


@pytest.mark.parametrize("wrong", [[3], "page", print, None])
def test_what_is_no_list_of_observers_is_refused_at_once(wrong):
    with pytest.raises(TypeError, match="observers must be functions of a TrainingStep"):
        train_gan(Normal(0, 1), observers=wrong)
    with pytest.raises(TypeError, match="observers must be functions of a TrainingStep"):
        next(run(Counting(), observers=wrong))


def test_an_observer_that_fails_ends_the_training_and_the_run_resumes(tmp_path):
    def page(step):
        if step.index == 3:
            raise OSError("the page is closed")

    def follow(**more):
        return list(
            train_gan(
                Normal(0, 1), steps=4, every=1, batch=8, recorder=Recorder(8, 8, 0), save_every=2,
                checkpoints=Checkpoints(tmp_path, {}), **more,
            )
        )  # fmt: skip

    with pytest.raises(OSError, match="page is closed"):
        follow(observers=[page])
    rest = follow(resume=True)
    assert [step.index for step in rest] == [2, 3, 4]
    whole = list(train_gan(Normal(0, 1), steps=4, batch=8, recorder=Recorder(8, 8, 0)))
    assert torch.equal(rest[-1].state.generator, whole[-1].state.generator)
