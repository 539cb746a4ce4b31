"""The ideal game: exact gradients, the envelope theorem, monotone descent, the runaway."""

import itertools
import math

import pytest
import torch

from divkit.distributions import (
    Exponential,
    FiniteLaw,
    Gamma,
    Normal,
    StudentT,
    Uniform,
    mixture,
    parse_law,
)
from divkit.divergences import JS, KL, named
from divkit.exact.named import js_divergence
from divkit.games import GAMES, GAN
from divkit.generators import (
    AffineGenerator,
    CategoricalGenerator,
    MixtureGenerator,
    MLPGenerator,
    PolynomialGenerator,
    standard_normal,
)
from divkit.generators.noise import expectation
from divkit.training.systems.ideal import IdealGame, best_critic, non_saturating

DATA = Normal(0.0, 1.0)
TWO = mixture((0.33, 0.67), (Normal(-1.0, 0.25), Normal(2.0, 2**0.5)))
GAUSS = AffineGenerator()


def at(*numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def slope(theta, p=DATA, generator=GAUSS, game=GAN, loss=None):
    ideal = IdealGame(game=game, loss=loss)
    return ideal.slope(best_critic(game, p, generator, theta), generator, theta)


def by_scores(theta, p, game=GAN):
    """∇ scale·D_f from ∂q/∂θ in x: ∫ ∂_θ q · [f(r) − r f′(r)] dx by the trapezoid rule."""
    mu, sigma = theta.tolist()
    q, x = Normal(mu, sigma), torch.linspace(-45.0, 45.0, 200_001, dtype=torch.float64)
    lp, lq = p.log_prob(x), q.log_prob(x)
    z = (x - mu) / sigma
    weight = -game.scale * game.divergence.conjugate_at(lp - lq) * lq.exp() * (x[1] - x[0])
    return torch.stack([(weight * z / sigma).sum(), (weight * (z * z - 1) / sigma).sum()])


@pytest.mark.parametrize("p", [DATA, TWO], ids=["normal", "mixture"])
@pytest.mark.parametrize("theta", [(1.0, 1.0), (2.0, 1.6), (-1.5, 0.5), (0.3, 1.1)])
def test_the_envelope_identity_holds_to_1e_10(p, theta):
    found = slope(at(*theta), p)
    truth = by_scores(at(*theta), p)
    assert (found.gradient - truth).abs().max() < 1e-10
    assert found.error < 1e-12


def test_the_gradient_is_that_of_differences_of_the_engines_jsd():
    theta, h = (1.2, 0.8), 1e-3
    for k in range(2):
        moved = [[t + s * h * (i == k) for i, t in enumerate(theta)] for s in (-2, -1, 1, 2)]
        a, b, c, d = (2 * js_divergence(TWO, Normal(*m)).value for m in moved)
        wanted = (a - 8 * b + 8 * c - d) / (12 * h)
        assert slope(at(*theta), TWO).gradient[k] == pytest.approx(wanted, abs=1e-10)


def test_away_from_where_d_was_best_the_gradients_differ():
    frozen = best_critic(GAN, DATA, GAUSS, at(2.0, 1.0))
    elsewhere = IdealGame().slope(frozen, GAUSS, at(0.5, 1.0)).gradient
    assert (elsewhere - by_scores(at(0.5, 1.0), DATA)).abs().max() > 0.1


@pytest.mark.parametrize(
    "name", ["f-gan(kl)", "f-gan(reverse_kl)", "f-gan(jeffreys)", "lsgan(-1, 1)"]
)
def test_the_envelope_identity_holds_for_other_games(name):
    game = GAMES[name]
    found = slope(at(0.4, 1.2), DATA, game=game)
    assert (found.gradient - by_scores(at(0.4, 1.2), DATA, game)).abs().max() < 1e-10


@pytest.mark.parametrize("mu", [0.1, 1.0, 4.0, 8.0])
def test_both_losses_have_the_published_slopes(mu):
    """|∇| is μe under minimax and μ(1 − e) under the non-saturating loss, e = E_q D*."""
    e = {0.1: 0.4987531121, 1.0: 0.3979728672, 4.0: 0.0342987044, 8.0: 4.910934e-5}[mu]
    theta = at(mu, 1.0)
    assert slope(theta).gradient[0] == pytest.approx(mu * e, rel=1e-6)
    assert slope(theta, loss=non_saturating).gradient[0] == pytest.approx(mu * (1 - e), rel=1e-9)


@pytest.mark.sweep(2)
@pytest.mark.parametrize("theta", [(3.0, 1.6), (1.0, 1.0), (-2.0, 0.6), (0.5, 2.5)])
def test_the_true_jsd_falls_at_every_step_to_1e_8(theta):
    path = [step.js.value for step in IdealGame(rate=0.5, steps=60)(DATA, GAUSS, at(*theta))]
    assert all(after < before for before, after in itertools.pairwise(path))
    assert path[-1] < 1e-8


@pytest.mark.slow
def test_it_ends_at_the_best_fit_where_the_family_misses_the_data():
    last = list(IdealGame(rate=2.0, steps=80)(TWO, GAUSS, at(0.0, 1.0)))[-1]
    assert last.theta.tolist() == pytest.approx([1.3125, 1.7525], abs=1e-4)
    assert 2 * last.js.value == pytest.approx(0.1298, abs=5e-5)


def test_minimising_against_one_d_to_the_end_runs_away():
    path = list(IdealGame(rate=0.5, steps=30, inner=30)(DATA, GAUSS, at(2.0, 1.0)))
    first, near, last = path[0], min(path, key=lambda s: s.js.value), path[-1]
    assert near.js.value < 0.5 * first.js.value  # it passes the data
    assert last.js.value > first.js.value and last.theta[0] < -20  # and leaves


@pytest.mark.slow
def test_mixtures_and_finite_laws_play_it_too():
    generator = MixtureGenerator(2)
    start = at(0.0, 0.0, -0.5, 1.0, -0.5, 0.2)
    path = [s.js.value for s in IdealGame(rate=0.3, steps=60)(TWO, generator, start)]
    assert all(after < before for before, after in itertools.pairwise(path))
    assert path[-1] < 1e-3 < path[0]
    die = FiniteLaw((0.0, 1.0, 2.0), (0.5, 0.2, 0.3))
    steps = IdealGame(rate=4.0, steps=80)(die, CategoricalGenerator((0.0, 1.0, 2.0)), at(0, 1, -1))
    assert list(steps)[-1].js.value < 1e-12


def test_a_steps_objective_is_the_best_value_and_kinds_are_added():
    step = next(iter(IdealGame(kinds=(KL,))(DATA, GAUSS, at(1.0, 1.0))))
    assert step.objective.value == pytest.approx(-1.163451396750, abs=1e-12)
    assert step.divergences["kl"].value == pytest.approx(0.5, abs=1e-14)
    assert step.js is step.divergences[JS.name]
    assert step.to_dict()["theta"] == [1.0, 1.0] and named("js") is JS


def test_expectations_without_noise_are_exact():
    cube = expectation(PolynomialGenerator(degree=3), at(0, 0, 0, 1.0), lambda x: x[:, 0] ** 2)
    assert cube.value == pytest.approx(15.0, abs=1e-12)
    assert cube.gradient.tolist() == pytest.approx([0.0, 6.0, 0.0, 30.0], abs=1e-11)
    law = MLPGenerator(hidden=(3,))
    theta = at(*torch.linspace(-1, 1, law.size).tolist())
    mean = expectation(law, theta, lambda x: x[:, 0]).value
    x = law.push(theta, law.draw(200_000, 0))[0]
    assert abs(mean - float(x.mean())) < 5.1 * float(x.std()) / 200_000**0.5  # 1e-6 false alarms


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: IdealGame(rate=0.0), "rate"),
        (lambda: IdealGame(steps=0), "steps"),
        (lambda: IdealGame(game=GAMES["relativistic"]), "pairs"),
        (lambda: next(IdealGame()(DATA, GAUSS, at(0.0, math.nan))), "finite"),
        (lambda: next(IdealGame()(DATA, GAUSS, at(0.0))), "2 finite parameters"),
        (
            lambda: slope(at(*[0.3] * 5), Normal(), MLPGenerator(standard_normal(2), hidden=(1,))),
            "noise on the line",
        ),
        (lambda: slope(at(0.0, 1.0), generator=AffineGenerator(StudentT(3.0))), "ends"),
        (lambda: slope(at(0, 2), Exponential(1), AffineGenerator(Exponential(1))), "meet at x"),
    ],
)
def test_what_cannot_be_played_is_refused(make, word):
    with pytest.raises(ValueError, match=word):
        make()


def test_a_prior_with_an_end_is_followed_to_it():
    generator = AffineGenerator(Gamma(2.0, 1.0))
    value = expectation(generator, at(0.0, 1.0), lambda x: x[:, 0] ** 2).value
    assert value == pytest.approx(6.0, abs=1e-12)


def test_the_slope_of_a_folded_generator_is_that_of_the_divergence():
    """The envelope theorem, against differences of 2 JSD; ∂ log q/∂x was left out once."""
    p, generator, theta = Normal(0.5, 1), MLPGenerator(hidden=(1,)), at(0.3, 0.1, 4.0, 0.2)
    found = slope(theta, p, generator)
    for k, step in enumerate(1e-4 * torch.eye(4, dtype=torch.float64)):
        ends = [js_divergence(p, generator.law(theta + s * step)).value for s in (1, -1)]
        assert float(found.gradient[k]) == pytest.approx(2 * (ends[0] - ends[1]) / 2e-4, rel=1e-5)


@pytest.mark.parametrize(
    ("p", "generator", "theta"),
    [
        ("laplace(1, 2)", GAUSS, (0.5, 1.0)),
        ("uniform(0, 1)", GAUSS, (0.5, 1.0)),
        ("beta(0.5, 0.5)", GAUSS, (0.3, 1.0)),
        ("gamma(2, 1)", GAUSS, (0.5, -1.0)),
        ("student_t(3)", GAUSS, (0.5, 1.0)),
        ("mixture(0.5: uniform(-1, 1), 0.5: normal(0, 1))", GAUSS, (0.5, 1.0)),
        ("mixture(0.5: laplace(0, 1), 0.5: dirac(0))", GAUSS, (0.5, 1.0)),
        ("exponential(1)", MixtureGenerator(2), (0.1, 0.0, -0.5, 1.0, -0.5, 0.2)),
        ("uniform(0, 1)", PolynomialGenerator(degree=3), (0.0, 1.0, 0.1, 0.1)),
        ("normal(0, 1)", AffineGenerator(Uniform(0, 1)), (0.3, 1.2)),  # jumps of q move
        ("exponential(1)", AffineGenerator(Exponential(1)), (0.3, 1.2)),
        ("laplace(0, 1)", AffineGenerator(Gamma(2, 1)), (0.3, 1.2)),
    ],
)
def test_kinks_ends_and_jumps_of_either_law_are_followed(p, generator, theta):
    """Differences of the engine's JSD are the truth: it knows nothing of the noise."""
    found, h = slope(at(*theta), p := parse_law(p), generator), 2e-4
    for k, step in enumerate(h * torch.eye(len(theta), dtype=torch.float64)):
        laws = [generator.law(at(*theta) + s * step) for s in (-2, -1, 1, 2)]
        a, b, c, d = (2 * js_divergence(p, q).value for q in laws)
        wanted = (a - 8 * b + 8 * c - d) / (12 * h)
        assert float(found.gradient[k]) == pytest.approx(wanted, abs=1e-10)


def test_a_step_too_long_for_the_theorem_is_told():
    start = torch.tensor([1.0, 1.0], dtype=torch.float64)
    told = {
        rate: [
            (step.record.objective.value, step.record.objective.warnings)
            for step in IdealGame(rate=rate, steps=6)(Normal(0, 1), AffineGenerator(), start)
        ]
        for rate in (0.2, 8.0)
    }
    assert not any(words for _, words in told[0.2])
    for (before, _), (after, words) in itertools.pairwise(told[8.0]):
        assert bool(words) is (after > before + 1e-12)
    assert any("lower the rate" in said for _, words in told[8.0] for said in words)
