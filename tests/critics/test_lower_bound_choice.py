"""Stages that choose their critic's class, and bets that end at a mean."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from divkit.betting import Batch, lower_limit
from divkit.critics import Polynomial, lower_bound
from divkit.critics.learners import BoostedTrees, CellCounts, CriticLearner, KernelMachine
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.lower_bound_choice import cross_validated
from divkit.critics.lower_bound_stages import Trainer, in_stages
from divkit.critics.steps import DivergedError
from divkit.games import GAN

HASTY = LevenbergMarquardt(steps=2)
QUICK = (Polynomial(1), KernelMachine(0.4, centres=8), CellCounts())


class Diverging(CriticLearner):
    """A class whose training fails."""

    def suits(self, x, y):
        return True

    def logit(self, x, y):
        raise DivergedError("no step was finite.", None)


class Unsuited(CriticLearner):
    """A class that must not be asked."""

    def suits(self, x, y):
        return False

    def logit(self, x, y):
        raise AssertionError("a class that does not suit was trained.")


def ring(rng, n):
    angle, radius = rng.uniform(0, 2 * np.pi, n), 2 + 0.2 * rng.normal(size=n)
    return radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])


@pytest.mark.slow
@pytest.mark.parametrize("discrete", [False, True])
def test_chosen_critics_of_equal_laws_stay_below_nought(discrete):
    """2,000 draws of 32 rows, level .8: at most 20 % are above 0; false alarm 1e-7 (binomial)."""
    rng, above = np.random.default_rng(11), 0
    for _ in range(2000):
        both = rng.integers(0, 3, (64, 2)) if discrete else rng.normal(size=(64, 2))
        rows = both.astype(float)
        found = lower_bound(
            rows[:32], rows[32:], critic=QUICK, level=0.8, stages=2, maximiser=HASTY, rng=rng
        )
        above += found.diagnostics["limit"] > 0
    assert above <= stats.binom.isf(1e-7, 2000, 0.2)


def test_bets_that_end_cover_the_largest_mean():
    """2,000 draws at level .9 of means .2, .5, the first bet on to its guess; false alarm 1e-7."""
    rng, covered = np.random.default_rng(12), 0
    for _ in range(2000):
        guess = float(rng.uniform(0.0, 0.6))  # of earlier rows: of these it knows nothing
        first = Batch((rng.uniform(size=40) < 0.2) * 1.0, 0.0, 1.0, (guess, 0.2), until=guess)
        second = Batch((rng.uniform(size=60) < 0.5) * 1.0, 0.0, 1.0)
        covered += lower_limit([first, second], 0.9) <= 0.5
    assert covered >= stats.binom.ppf(1e-7, 2000, 0.9)


def test_a_batch_of_low_mean_costs_nothing_above_where_its_bets_end():
    rng = np.random.default_rng(13)
    low, high = 0.1 * rng.uniform(size=200), 0.8 + 0.1 * rng.uniform(size=200)
    alone = lower_limit([Batch(high, 0.0, 1.0)], 0.95)
    ended = lower_limit([Batch(low, 0.0, 1.0, until=0.1), Batch(high, 0.0, 1.0)], 0.95)
    played = lower_limit([Batch(low, 0.0, 1.0), Batch(high, 0.0, 1.0)], 0.95)
    assert played < 0.5 < 0.7 < ended <= alone


def test_a_limit_does_not_pass_a_mean_that_was_not_refused():
    """Bets on 0 up to .5 lose from just above 0 on: what lies beyond .5 must not be the limit."""
    lost = Batch(np.zeros(400), 0.0, 1.0, until=0.5)
    won = Batch(np.full(400, 0.9), 0.0, 1.0)
    alone = lower_limit([won], 0.95)
    assert lower_limit([lost, won], 0.95) < 0.5 < alone


def test_bets_that_never_end_are_those_of_before():
    x = np.random.default_rng(14).uniform(size=100)
    assert lower_limit([Batch(x, 0.0, 1.0, until=2.0)], 0.9) == lower_limit(
        [Batch(x, 0.0, 1.0)], 0.9
    )


def test_a_ring_is_found_by_kernels_and_not_by_quadratic_functions():
    rng = np.random.default_rng(15)
    x, y = ring(rng, 500), math.sqrt(2) * rng.normal(size=(500, 2))
    before = lower_bound(x, y, critic="quadratic")
    now = lower_bound(x, y, critic=("quadratic", KernelMachine(0.4)))
    assert before.interval[0] == 0.0 < 0.1 < now.interval[0] < now.value
    assert "KernelMachine" in now.diagnostics["chosen"][-1]


def test_the_choice_is_made_of_the_rows_that_were_seen(rng):
    """Later rows of other laws change neither class, bound, critic nor end of the first stage."""
    x, y = (torch.from_numpy(rng.normal(k, 1, (160, 2))) for k in (0, 1))
    learners = [Trainer(Polynomial(1), GAN, HASTY), KernelMachine(0.8), BoostedTrees(rounds=3)]
    other = torch.cat([x[:40], 5 - 3 * x[40:]]), torch.cat([y[:40], torch.round(y[40:])])
    (one, *_, last), (two, *_, moved) = (
        in_stages(*rows, learners, GAN, 0.9, 2) for rows in ((x, y), other)
    )
    assert (one.learner, one.critic.bound, one.critic.scale) == (
        two.learner, two.critic.bound, two.critic.scale
    )  # fmt: skip
    assert (one.batch.guess, one.batch.until) == (two.batch.guess, two.batch.until)
    assert torch.equal(one.critic(x), two.critic(x))
    assert last.batch.until == math.inf and last.batch.guess != moved.batch.guess


def test_cross_validated_logits_are_of_critics_that_did_not_see_the_row():
    """Tables of rows that occur once know nothing of a row in the other half."""
    x, y = (torch.arange(k, k + 8, dtype=torch.float64)[:, None] for k in (0, 100))
    for logits in cross_validated(CellCounts(), x, y):
        assert not logits.any()


def test_classes_that_diverge_or_do_not_suit_are_passed_over():
    rng = np.random.default_rng(17)
    x, y = rng.normal(size=(60, 1)), rng.normal(2, 1, (60, 1))
    found = lower_bound(x, y, critic=(Diverging(), Unsuited(), Polynomial(1)))
    assert set(found.diagnostics["chosen"]) == {"Polynomial(degree=1)"}
    with pytest.raises(DivergedError, match="no step"):
        lower_bound(x, y, critic=(Diverging(), Diverging()))
    with pytest.raises(ValueError, match="at least one class"):
        lower_bound(x, y, critic=())


def test_the_value_is_no_less_than_the_limit(rng):
    for _ in range(30):
        x, y = rng.normal(size=(40, 1)), rng.normal(0.5, 1, (40, 1))
        found = lower_bound(x, y, critic=QUICK, level=0.5, stages=2, maximiser=HASTY, rng=rng)
        assert found.value >= found.diagnostics["limit"]


def test_tables_and_names_of_columns():
    """Two leaves hold 0, 2, 4 and 1, 3, 5 where numbers are names; new ones are missing values."""
    rng = np.random.default_rng(18)
    x = rng.choice([0.0, 2.0, 4.0], (300, 1))
    y = rng.choice([1.0, 3.0, 5.0], (300, 1))
    for learner in (CellCounts(), BoostedTrees(rounds=5, leaves=2, categories=8)):
        assert learner.suits(x, y)
        logits = learner.logit(x, y)(np.arange(6.0)[:, None])
        assert np.array_equal(np.sign(logits), [1, -1, 1, -1, 1, -1])
        assert np.isfinite(learner.logit(x, y)(np.array([[9.0], [-9.0]]))).all()
    plain = rng.normal(size=(2, 40, 2))
    assert not CellCounts().suits(*plain)
    assert not BoostedTrees(categories=8).suits(*plain) and BoostedTrees().suits(*plain)


def test_kernels_do_not_depend_on_units(rng):
    x, y, at = (rng.normal(size=(60, 2)) for _ in range(3))
    plain = KernelMachine(0.5).logit(x, y + 1)(at + 0.5)
    scale, shift = np.array([2.0, 0.25]), np.array([4.0, -1.0])
    moved = KernelMachine(0.5).logit(shift + scale * x, shift + scale * (y + 1))(
        shift + scale * (at + 0.5)
    )
    np.testing.assert_allclose(moved, plain, atol=1e-7)


@pytest.mark.parametrize(
    "learner", [KernelMachine(), BoostedTrees(rounds=2), CellCounts()], ids=repr
)
def test_learners_take_constant_columns_and_few_rows(learner):
    x, y = np.zeros((4, 2)), np.zeros((2, 2))
    np.testing.assert_allclose(learner.logit(x, y)(np.zeros((3, 2))), 0.0, atol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda: KernelMachine(0.0),
        lambda: KernelMachine(centres=0),
        lambda: CellCounts(0.0),
        lambda: BoostedTrees(categories=256),
    ],
)
def test_options_of_learners_are_checked(make):
    with pytest.raises(ValueError, match="must be"):
        make()
