"""Lower limits on divergences from samples: valid for every critic, useful for a good one."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from divkit.critics.features import Polynomial
from divkit.critics.held_out import Bounded
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.lower_bound_choice import tune
from divkit.critics.lower_limit import held_out_lower_bound, lower_bound
from divkit.distributions import Normal
from divkit.distributions.parse import parse_law
from divkit.divergences import JS
from divkit.exact.api import divergence
from divkit.games import GAN, RELATIVISTIC, f_gan, smoothed_gan

P, Q = Normal(0, 1), Normal(1, 1)
JSD = 0.111421482185
QUICK, HASTY = LevenbergMarquardt(steps=8), LevenbergMarquardt(steps=2)
PAIRS = {
    "equal laws": ("normal(0, 1)", "normal(0, 1)"),
    "unit shift": ("normal(0, 1)", "normal(1, 1)"),
    "heavy tails": ("cauchy(0, 1)", "cauchy(0.5, 2)"),
}


def oracle(x):
    return 0.5 - x[:, 0]


def opposite(x):
    return x[:, 0] - 0.5


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_staged_limits_cover(pair):
    """90 repetitions at n = 48, level .8; false alarm 1e-7 (binomial)."""
    p, q = map(parse_law, pair)
    truth, rng, covered = divergence(p, q, "js").value, np.random.default_rng(2), 0
    for _ in range(90):
        x, y = p.sample(48, rng), q.sample(48, rng)
        found = lower_bound(x, y, level=0.8, stages=2, maximiser=HASTY, rng=rng)
        covered += found.diagnostics["limit"] <= truth
    assert covered >= stats.binom.ppf(1e-7, 90, 0.8)


def test_a_fixed_critics_limit_covers_its_own_value():
    """V of the oracle is the largest; 600 repetitions at level .9, n = 60 against 150: 1e-8."""
    rng, covered, critic = np.random.default_rng(1), 0, Bounded(oracle, 1.5)
    big = P.sample(400_000, 5), Q.sample(400_000, 6)
    value = float(GAN.on_p(critic(big[0])).mean() + GAN.on_q(critic(big[1])).mean())
    for _ in range(600):
        found = held_out_lower_bound(critic, P.sample(60, rng), Q.sample(150, rng), level=0.9)
        covered += found.diagnostics["value_limit"] <= value + 0.005  # five errors of `value`
    assert covered >= stats.binom.ppf(1e-8, 600, 0.9)


def test_no_critic_makes_the_limit_false():
    """A critic that takes P for Q, and one that says nothing."""
    x, y = P.sample(4000, 0), Q.sample(4000, 1)
    for critic in (opposite, lambda z: 0 * z[:, 0]):
        found = held_out_lower_bound(Bounded(critic, 3.0), x, y)
        assert found.diagnostics["limit"] < 0 == found.interval[0]
        assert found.interval[1] == math.log(2)


@pytest.mark.slow
def test_the_limit_rises_to_the_divergence_with_n():
    """Shares of the JSD that the mean of five limits reaches, with fixed seeds.

    Single limits spread by .2, .04, .01 of the JSD: the ends are 5 errors of a mean away.
    """
    sizes, shares = (200, 2000, 20_000), []
    for n in sizes:
        found = [
            lower_bound(P.sample(n, k), Q.sample(n, k + 9), maximiser=QUICK) for k in range(5)
        ]
        shares.append(np.mean([one.diagnostics["limit"] for one in found]) / JSD)
    assert 0.05 < shares[0] < 0.75 < shares[1] < 0.93 < shares[2] < 1


@pytest.mark.slow
def test_stages_beat_one_split():
    rng, gain = np.random.default_rng(3), []
    for _ in range(10):
        x, y = P.sample(400, rng), Q.sample(400, rng)
        one, three = (
            lower_bound(x, y, stages=k, maximiser=QUICK).diagnostics["limit"] for k in (1, 3)
        )
        gain.append(three - one)
    assert np.mean(gain) > 0.002


@pytest.mark.sweep(2)
@pytest.mark.parametrize("game", [smoothed_gan(0.2), f_gan(JS), "f-gan(tv)", "f-gan(hellinger2)"])
def test_every_bounded_divergence_has_a_limit(game):
    found = lower_bound(P.sample(3000, 0), Q.sample(3000, 1), game=game, level=0.99)
    row = (game if not isinstance(game, str) else f_gan(JS)).divergence
    truth = divergence(P, Q, row if not isinstance(game, str) else game[6:-1]).value
    assert 0.5 * truth < found.interval[0] < truth
    assert found.name.endswith("from below")


def test_an_unbounded_divergence_has_one_too():
    """KL = ½: T = f′ of a bounded logit is bounded, so its limit is as valid."""
    found = lower_bound(P.sample(5000, 0), Q.sample(5000, 1), game="f-gan(kl)")
    assert 0.3 < found.interval[0] < 0.5
    assert found.interval[1] == math.inf


def test_pairs_bound_the_divergence_of_products():
    def difference(z):
        return oracle(z[:, :1]) - oracle(z[:, 1:])

    truth = divergence(*RELATIVISTIC.lifting.laws(P, Q), "js").value
    found = held_out_lower_bound(
        Bounded(difference, 4.0), P.sample(5000, 0), Q.sample(5000, 1), game=RELATIVISTIC
    )
    assert 0.8 * truth < found.interval[0] < truth
    assert truth > JSD


def test_unequal_sizes_and_dimensions():
    x, y = (
        np.random.default_rng(0).normal(size=(900, 3)),
        np.random.default_rng(1).normal(size=(250, 3)),
    )
    y[:, 1] += 1.5
    found = lower_bound(x, y, critic=Polynomial(1))
    assert found.diagnostics["n"] == 900 and found.diagnostics["m"] == 250
    assert 0.05 < found.interval[0] < 0.2189  # JSD of a shift by 1.5: .218972
    assert len(found.diagnostics["critics"]) == 3


def test_same_state_same_limit_and_order_does_not_decide():
    x, y = P.sample(300, 0), Q.sample(300, 1)
    assert lower_bound(x, y, rng=4).interval == lower_bound(x, y, rng=4).interval
    inwards = x.sort(dim=0).values, y.sort(dim=0).values
    sorted_limit = lower_bound(*inwards, rng=4).diagnostics["limit"]
    assert sorted_limit == pytest.approx(lower_bound(x, y, rng=5).diagnostics["limit"], abs=0.04)


def test_tuning_takes_small_bounds_for_few_draws():
    x, y = oracle(P.sample(2000, 0)), oracle(Q.sample(2000, 1))
    few, many = (tune(GAN, x, y, n, 0.95) for n in (30, 30_000))
    assert few.bound < many.bound and few.forecast < many.forecast < 2 * JSD - math.log(4)


def test_p_equals_q_never_looks_apart():
    """The same 2-D law, level 1 − 1e-6: a positive limit would be a false alarm of 1e-6."""
    rng = np.random.default_rng(7)
    found = lower_bound(rng.normal(size=(500, 2)), rng.normal(size=(500, 2)), level=1 - 1e-6)
    assert found.interval[0] == 0.0 > found.diagnostics["limit"]


def test_disjoint_supports_and_one_repeated_point():
    apart = lower_bound(P.sample(400, 0), 1000 + Q.sample(400, 1))
    assert 0.6 < apart.interval[0] < math.log(2)
    same = lower_bound(torch.zeros(100, 1), torch.zeros(100, 1))
    assert same.interval[0] == 0.0 and math.isfinite(same.value)


def test_errors_name_the_argument():
    x, y = P.sample(40, 0), Q.sample(40, 1)
    with pytest.raises(ValueError, match="3 stages need 32 rows"):
        lower_bound(x[:31], y)
    with pytest.raises(ValueError, match="1 stages need 8 rows"):
        lower_bound(x[:2], y[:2], stages=1)
    for bad in (0, 1.5, True):
        with pytest.raises(ValueError, match="stages"):
            lower_bound(x, y, stages=bad)
    for bad in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="level"):
            lower_bound(x, y, level=bad)
    y[3] = math.nan
    with pytest.raises(ValueError, match="y must be finite; row 3"):
        lower_bound(x, y)
