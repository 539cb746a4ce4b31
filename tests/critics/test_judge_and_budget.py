"""What a critic lacks: two formulas and two judges agree, and every nat of it has a name."""

import math

import numpy as np
import pytest
import torch

from divkit.critics import (
    MLP,
    Adam,
    LevenbergMarquardt,
    Polynomial,
    Spline,
    from_samples,
    judge,
    maximise_value,
    train,
    train_ensemble,
    training_points,
)
from divkit.critics.budget import Account
from divkit.critics.gap import bernoulli_kl, pointwise_gap
from divkit.critics.judging import judges
from divkit.distributions import Cauchy, MultivariateNormal, Normal, Uniform, categorical
from divkit.exact.api import divergence
from divkit.games import GAMES, GAN, HINGE, LSGAN

P, Q = Normal(0, 1), Normal(1, 1)
QUICK = LevenbergMarquardt(25)


def normal(dim, shift=0.0):
    return MultivariateNormal([shift] * dim, np.eye(dim))


def off_by(p, q, amount=0.3):
    """The best logit and a wave."""
    return lambda x: p.log_prob(x) - q.log_prob(x) + amount * torch.sin(2 * x[:, 0])


PAIRS = {
    "line": (P, Q),
    "unlike supports": (Uniform(0, 2), Normal(0, 1)),
    "plane": (normal(2), normal(2, 0.5)),
    "atoms": (categorical([0.2, 0.3, 0.5]), categorical([0.5, 0.4, 0.1])),
    "six dimensions": (normal(6), normal(6, 0.3)),
}


def test_the_bernoulli_divergence_keeps_its_digits():
    """KL(Ber σ(l) ‖ Ber σ(f)) ≈ ½ σ(l)σ(−l)(f − l)² for near ones, and exact values far off."""
    best = torch.tensor([0.0, 2.0, -30.0, 40.0], dtype=torch.float64)
    move = torch.full_like(best, 2.0**-20)
    wanted = 0.5 * torch.sigmoid(best) * torch.sigmoid(-best) * move**2
    assert torch.allclose(bernoulli_kl(best, best + move), wanted, rtol=1e-5, atol=0)
    ends = torch.tensor([math.inf, -math.inf], dtype=torch.float64)
    f = torch.tensor([1.0, -700.0], dtype=torch.float64)
    exact = torch.nn.functional.softplus(torch.tensor([-1.0, -700.0], dtype=torch.float64))
    assert torch.allclose(bernoulli_kl(ends, f), exact, rtol=1e-14)


@pytest.mark.parametrize("game", [GAN, LSGAN, GAMES["f-gan(kl)"]], ids=repr)
def test_the_pointwise_gap_is_a_loss_of_value(game):
    ratio, f = torch.linspace(-3, 3, 7).double(), torch.linspace(2, -2, 7).double()
    a, b = torch.sigmoid(ratio), torch.sigmoid(-ratio)
    best = game.optimal(ratio)
    wanted = a * (game.on_p(best) - game.on_p(f)) + b * (game.on_q(best) - game.on_q(f))
    assert torch.allclose(pointwise_gap(game, ratio, f, a, b), wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", PAIRS)
def test_the_best_critic_lacks_nothing(name):
    p, q = PAIRS[name]
    found = judge(p, q, lambda x: p.log_prob(x) - q.log_prob(x), GAN, draws=2**12)
    assert (found.gap, found.l2, found.sup) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("name", PAIRS)
def test_both_formulas_and_both_judges_agree(name):
    """V* of the exact engine less V(D), and the integral of losses; draws within 6 errors."""
    p, q = PAIRS[name]
    star = divergence(p, q, "js")
    wide = 6.0 if p.dim > 3 else 1.0
    seen = [one(off_by(p, q)) for one in judges(p, q, GAN, draws=2**13)]
    for found in seen:
        assert found.gap > 1e-4
        apart = abs(GAN.bound(star.value) - found.value - found.gap)
        assert apart <= wide * (2 * star.error + found.value_error + found.gap_error)
    assert abs(seen[0].gap - seen[1].gap) <= wide * (seen[0].gap_error + seen[1].gap_error)
    assert name == "atoms" or seen[0].sup != seen[1].sup  # other nodes


@pytest.mark.parametrize("steepness", [1e2, 1e4, 1e6])
def test_a_critic_that_bends_between_the_nodes_is_resolved(steepness):
    """The logit tanh(s(x − .3)) is nearly a step, whose value the normal distribution tells."""
    verdicts = [
        one(lambda x: torch.tanh(steepness * (x[:, 0] - 0.3))) for one in judges(P, Q, GAN)
    ]
    for found in verdicts:
        assert found.gap_error < 1e-10
        exact = GAN.bound(divergence(P, Q, "js").value)
        assert exact - found.value == pytest.approx(found.gap, abs=1e-10)
    assert verdicts[0].gap == pytest.approx(verdicts[1].gap, abs=1e-10)
    wanted = step_value(0.3)
    assert verdicts[0].value == pytest.approx(wanted, abs=2 / steepness)


def step_value(at):
    """V of the logit sign(x − at) for N(0,1) against N(1,1), by the normal distribution."""
    below_p, below_q = (0.5 * math.erfc((mu - at) / math.sqrt(2)) for mu in (0, 1))
    low, high = -math.log1p(math.e), -math.log1p(math.exp(-1))
    return below_p * low + (1 - below_p) * high + below_q * high + (1 - below_q) * low


def test_the_distance_to_the_best_critic():
    """Of D = ½: E_m(½ − D*)² = ¼∫(p−q)²/(p+q)² m dx = Δ/8."""
    found = judge(P, Q, lambda x: torch.zeros(len(x), dtype=torch.float64), GAN)
    triangular = divergence(P, Q, "triangular").value
    assert found.l2 == pytest.approx(math.sqrt(triangular / 8), rel=1e-10)
    assert 0.49 < found.sup < 0.5


@pytest.mark.parametrize("game", [LSGAN, HINGE, GAMES["f-gan(kl)"]], ids=repr)
def test_games_are_judged_by_their_own_payoffs(game):
    found = judge(P, Q, off_by(P, Q), game)
    bound = game.bound(divergence(P, Q, game.divergence).value)
    assert bound - found.value == pytest.approx(found.gap, abs=1e-9)


# --- the budget ------------------------------------------------------------------------------


@pytest.mark.sweep(3)
@pytest.mark.parametrize(
    ("critic", "on", "maximiser"),
    [
        (MLP((6,)), "population", QUICK),
        (MLP((6,)), 60, LevenbergMarquardt(60)),
        (Spline(6), 200, None),
        (Polynomial(1), 200, Adam(0.05, 20, batch=None)),
        (MLP((6,)), 2, LevenbergMarquardt(60)),
    ],
    ids=["population", "overfitted", "spline", "stopped", "two points"],
)
def test_the_parts_sum_to_the_measured_gap(critic, on, maximiser):
    """To 1e-9 however steep the critic: the parts and the gap come from other nodes."""
    p, q = Normal(0, 1), Normal(1, 1.5)
    found = maximise_value(p, q, critic=critic, on=on, maximiser=maximiser, account=QUICK)
    notes, budget = found.diagnostics, found.diagnostics["budget"]
    assert budget.total == pytest.approx(notes["gap"], abs=1e-9)
    assert notes["gap_by_difference"] == pytest.approx(notes["gap"], abs=1e-9)
    assert budget.error < 1e-9
    assert budget.approximation >= 0 and budget.estimation >= 0
    assert budget.to_dict()["total"] == budget.total


def test_each_part_measures_what_it_names():
    p, q = Normal(0, 1), Normal(1, 1.5)
    stopped = maximise_value(p, q, critic="logistic", on=300, maximiser=Adam(0.05, 15, batch=None))
    parts = stopped.diagnostics["budget"]
    assert parts.optimisation > 1e-3  # 15 steps of Adam are too few
    whole = maximise_value(p, q, critic="logistic", on=300)
    done = whole.diagnostics["budget"]
    assert abs(done.optimisation) < 1e-12
    # the same class and sample: what the class lacks and what the sample costs do not change
    assert done.approximation == pytest.approx(parts.approximation, abs=1e-10)
    assert done.estimation == pytest.approx(parts.estimation, abs=1e-7)
    population = maximise_value(p, q, critic="logistic").diagnostics["budget"]
    assert population.estimation == 0
    assert population.approximation == pytest.approx(done.approximation, abs=1e-12)
    rich = maximise_value(p, q, critic="quadratic", on=300).diagnostics["budget"]
    assert rich.approximation < 1e-12 < done.approximation  # the best logit is a quadratic


@pytest.mark.slow
def test_estimation_falls_as_one_over_m():
    """The mean cost of m samples, 200 critics at m = 100 and at 1600: 16 times less, ± 6 errors.

    The class holds the best logit, so that the whole gap is estimation.
    """
    judged, means = training_points(P, Q), []
    for m in (100, 1600):
        rng = np.random.default_rng(m)
        sets = [from_samples(P.sample(m, rng), Q.sample(m, rng)) for _ in range(200)]
        costs = [
            float((judged.weight * bernoulli_kl(judged.log_ratio, one.critic(judged.x))).sum())
            for one in train_ensemble(sets, critic="logistic")
        ]
        means.append((np.mean(costs), np.std(costs) / math.sqrt(200)))
    ratio = means[0][0] / means[1][0]
    spread = ratio * math.hypot(*(error / mean for mean, error in means))
    assert abs(ratio - 16) < 6 * spread and spread < 2.5


@pytest.mark.sweep(3)
@pytest.mark.parametrize("dim", [2, 3, 5])
def test_beyond_the_line_parts_sum_on_their_own_nodes_and_another_judge_agrees(dim):
    """However steep the critic; draws within 6 standard errors (two-sided 2e-9), rules in one."""
    p, q = normal(dim), normal(dim, 0.3)
    found = maximise_value(p, q, critic=MLP((6,)), on=60, maximiser=QUICK, account=QUICK)
    notes, budget = found.diagnostics, found.diagnostics["budget"]
    assert abs(budget.total - budget.gap) <= budget.error < 1e-12
    wide = 6.0 if dim > 3 else 1.0
    apart = notes["gap_error"] + budget.gap_error
    assert 0 < abs(notes["gap"] - budget.gap) <= wide * apart
    assert budget.estimation > 1e-3 and notes["gap"] > 0


def test_the_difference_has_its_own_error():
    """V's own draws are noisy where the gap is not: the best critic in five dimensions."""
    found = maximise_value(normal(5), normal(5, 0.3), critic="logistic").diagnostics
    assert abs(found["gap"]) < 1e-12 and found["gap_error"] < 1e-12
    off = abs(found["gap_by_difference"])
    assert 1e-6 < off < 6 * found["gap_by_difference_error"]


def test_a_search_that_starts_at_infinite_value_is_left_out():
    """Payoffs −e^(−f) overflow at a critic of samples; the class's best is found from 0."""
    p, q = Cauchy(0, 1), Cauchy(1, 2)
    with pytest.raises(ValueError, match=r"overflow where the laws have mass.*Squashed"):
        maximise_value(p, q, critic="quadratic", game="f-gan(reverse_kl)", on=200)
    points, game = training_points(p, q), GAMES["f-gan(reverse_kl)"]
    steep = train(from_samples(p.sample(200, 0), q.sample(200, 1)), critic="quadratic", game=game)
    account = Account(steep, points, game, 0.0, 0.0, judges(p, q, game)[1], QUICK)
    assert account._starts().abs().sum() == 0


def test_an_account_is_made_by_newton_whoever_trained():
    points = training_points(P, Q)
    slow = Adam(0.02, 30, batch=None)
    assert train(points, critic="quadratic", maximiser=slow).last.value < -1.2
    found = maximise_value(P, Q, critic="quadratic", maximiser=slow)
    assert found.diagnostics["budget"].approximation < 1e-12
    assert "budget" not in maximise_value(P, Q, critic="logistic", account=False).diagnostics
