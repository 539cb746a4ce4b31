"""Maximisers find the maximum an independent optimiser finds, by every road, and stop at NaN."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from critic_instances import samples, somewhere
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

import divkit
from divkit.critics import (
    LBFGS,
    MLP,
    Adam,
    DivergedError,
    LevenbergMarquardt,
    Nystrom,
    Polynomial,
    TorchModule,
    WeightedPoints,
    fresh,
    from_samples,
    train,
    training_points,
    training_steps,
)
from divkit.critics.adam import minibatches
from divkit.critics.normal_equations import choose, dual, matrix_free, primal
from divkit.critics.payoff import payoffs, rise, slope, slope_and_curvature, value
from divkit.distributions import Normal
from divkit.distributions.adapt import as_law
from divkit.games import GAMES, GAN

P, Q = Normal(0, 1), Normal(1, 1)
NETWORK = MLP((6,))
ROADS = {"primal": primal(7), "dual": dual, "matrix-free": matrix_free(7)}


def network(seed=0):
    points = samples(2)
    model = NETWORK.bind(points)
    return model, points, model.start(np.random.default_rng(seed))[None]


# --- the objective ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(GAMES))
def test_slopes_and_curvatures_are_derivatives_of_the_value(name):
    """Central differences of V in each logit; the curvature is −V'' or, where V is convex, ≥ 0."""
    game = GAMES[name]
    generator = torch.Generator().manual_seed(1)
    a, b = torch.rand(2, 12, dtype=torch.float64, generator=generator)
    a[0], b[1] = 0.0, 0.0
    f = torch.linspace(-1.7, 1.9, 12, dtype=torch.float64)
    g, w = slope_and_curvature(game, f, a, b)
    assert torch.allclose(slope(game, f, a, b), g, rtol=1e-12, atol=1e-14)
    h, one = 1e-4, torch.eye(12, dtype=torch.float64)
    up, down = (value(game, f + s * h * one, a, b) for s in (1, -1))
    assert torch.allclose((up - down) / (2 * h), g, rtol=1e-6, atol=1e-7)
    bend = -(up + down - 2 * value(game, f, a, b)) / h**2
    concave = bend > 1e-5
    assert torch.allclose(w[concave], bend[concave], rtol=1e-4, atol=1e-5)
    assert bool((w >= 0).all())


def test_a_small_rise_keeps_its_digits():
    f = torch.linspace(-3, 3, 9, dtype=torch.float64)
    a, b = torch.full_like(f, 0.1), torch.full_like(f, 0.3)
    moved = f + 1e-12
    wanted = float(((moved - f) * slope(GAN, f, a, b)).sum())
    assert float(rise(GAN, f, moved, a, b)) == pytest.approx(wanted, rel=2e-4)


def test_weightless_points_pay_nothing_even_at_infinity():
    f = torch.tensor([math.inf, -math.inf, 0.0], dtype=torch.float64)
    a = torch.tensor([1.0, 0.0, 0.5], dtype=torch.float64)
    b = torch.tensor([0.0, 1.0, 0.5], dtype=torch.float64)
    assert payoffs(GAN, f, a, b)[:, :2].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert float(value(GAN, f, a, b)) == pytest.approx(-math.log(2))


# --- linear systems --------------------------------------------------------------------------


@pytest.mark.parametrize("damping", [1e-6, 1e-2, 1e2])
def test_three_roads_to_one_step(damping):
    """Each solves (JᵀWJ + λI)δ = r; the matrix comes from the Jacobian, all points at once."""
    model, points, theta = network()
    logits, jacobian = model.linearise(theta[0], points.x)
    g, w = slope_and_curvature(GAN, logits, points.p_weight, points.q_weight)
    matrix = jacobian.T @ (w[:, None] * jacobian) + damping * torch.eye(model.size).double()
    wanted = torch.linalg.solve(matrix, jacobian.T @ g)
    for name, make in ROADS.items():
        system = make(model, points, GAN, theta)
        if name == "matrix-free":
            system = replace(system, residual=1e-12)
        assert torch.allclose(system.gradient[0], jacobian.T @ g, rtol=1e-10, atol=1e-12), name
        assert torch.allclose(system.logits[0], logits), name
        found = system.factor(torch.tensor([damping]).double())(system.gradient)[0]
        assert float((found - wanted).norm() / wanted.norm()) < 1e-6, name


@pytest.mark.parametrize(
    ("size", "words"),
    [((1, 50, 100, 2**28), "dual"), ((1, 500, 100, 2**28), "normal equations"),
     ((4, 500, 100, 2**19), "conjugate"), ((1, 10**5, 10**4, 2**28), "conjugate")],
)  # fmt: skip
def test_the_road_is_chosen_by_size(size, words):
    assert words in choose(*size).label


@pytest.mark.slow
def test_without_a_matrix_the_maximum_is_the_same():
    points = training_points(P, Q)
    explicit = train(points, critic=NETWORK)
    free = train(points, critic=NETWORK, maximiser=LevenbergMarquardt(memory=2**10))
    assert "conjugate gradients" in free.last.how and "conjugate" not in explicit.last.how
    assert free.last.value == pytest.approx(explicit.last.value, abs=1e-9)


# --- maxima ----------------------------------------------------------------------------------


def maximum_by_scipy(points, features, ridge=0.0):
    """The largest GAN value over linear logits, in NumPy, by SciPy's BFGS."""
    phi, a, b = features.numpy(), points.p_weight.numpy(), points.q_weight.numpy()

    def loss(theta):
        f = phi @ theta
        total = a @ np.logaddexp(0, -f) + b @ np.logaddexp(0, f)
        slope = phi.T @ (b / (1 + np.exp(-f)) - a / (1 + np.exp(f)))
        return total, slope

    return -minimize(loss, np.zeros(phi.shape[1]), jac=True, tol=1e-10).fun


@pytest.mark.parametrize("maximiser", [LevenbergMarquardt(), LBFGS()], ids=repr)
@pytest.mark.parametrize("critic", [Polynomial(1), Polynomial(2), Nystrom(4)], ids=repr)
def test_a_linear_class_reaches_the_maximum_of_an_independent_optimiser(critic, maximiser):
    points = samples(2)
    found = train(points, critic=critic, maximiser=maximiser)
    features = found.critic.model.features(points.x)
    assert found.last.value == pytest.approx(maximum_by_scipy(points, features), abs=1e-8)


def test_the_logistic_critic_is_logistic_regression():
    points = samples(2)
    label = (points.p_weight > 0).numpy()
    fit = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000)
    fit.fit(points.x.numpy(), label, sample_weight=points.weight.numpy())
    found = train(points, critic="logistic").critic(points.x)
    assert np.allclose(found.numpy(), fit.decision_function(points.x.numpy()), atol=1e-5)


def test_adam_on_all_points_comes_to_the_same_maximum():
    points = samples(2)
    wanted = train(points, critic="quadratic").last.value
    found = train(points, critic="quadratic", maximiser=Adam(0.03, 3000, batch=None))
    assert found.last.value == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize("acceleration", [False, True])
def test_levenberg_marquardt_never_falls_and_reaches_the_best_logit(acceleration):
    points = training_points(P, Q)
    solver = LevenbergMarquardt(300, acceleration=acceleration)
    steps = list(training_steps(points, critic=MLP((16,)), maximiser=solver))
    values = [step.value for step in steps]
    assert all(after >= before for before, after in itertools.pairwise(values))
    best = float(value(GAN, points.log_ratio, points.p_weight, points.q_weight))
    assert 0 <= best - values[-1] < 1e-9
    assert [step.index for step in steps] == list(range(1, len(steps) + 1))


def test_lbfgs_trains_a_network():
    points = training_points(P, Q)
    found = train(points, critic=MLP((16,)), maximiser=LBFGS(400))
    best = float(value(GAN, points.log_ratio, points.p_weight, points.q_weight))
    assert best - found.last.value < 1e-7


def test_adam_on_fresh_draws_nears_the_best_critic():
    points = training_points(P, Q)
    solver = Adam(0.01, 600, batch=512, source=fresh(P, Q), every=600)
    found = train(points, critic="logistic", maximiser=solver)
    best = float(value(GAN, points.log_ratio, points.p_weight, points.q_weight))
    assert best - found.last.value < 2e-3


# --- minibatches -----------------------------------------------------------------------------


def test_the_mean_gradient_of_minibatches_is_that_of_all_points():
    """20,000 minibatches of one; 5 standard errors in each of 3 coordinates: 1e-6 false alarms."""
    points = samples(2)
    model = Polynomial(1).bind(points)
    theta = somewhere(model)
    draws = minibatches(points)(1, 20_000, np.random.default_rng(0))
    logits, phi = model.linearise(theta, draws.x[0])
    each = len(draws) * slope(GAN, logits, draws.p_weight[0], draws.q_weight[0])[:, None] * phi
    logits, back = model.pullback(theta, points.x)
    wanted = back(slope(GAN, logits, points.p_weight, points.q_weight))
    error = each.std(0) / math.sqrt(len(each))
    assert bool(((each.mean(0) - wanted).abs() < 5.2 * error).all())


def test_weightless_points_are_never_drawn():
    points = samples(1, n=3, m=3)
    points = WeightedPoints(points.x, points.p_weight, torch.zeros_like(points.q_weight))
    draws = minibatches(points)(2, 500, np.random.default_rng(0))
    assert bool((draws.p_weight > 0).all())


def test_fresh_minibatches_differ_between_members_and_repeat_with_their_seed():
    draw = fresh(P, Q)
    one, two = (draw(2, 5, np.random.default_rng(7)) for _ in range(2))
    assert torch.equal(one.x, two.x) and not torch.equal(one.x[0], one.x[1])
    assert one.x.shape == (2, 10, 1)
    assert torch.allclose(one.p_weight.sum(-1), torch.ones(2).double())


def test_gradients_in_single_precision_lead_to_the_same_place():
    points = training_points(P, Q)
    runs = [
        train(points, critic=NETWORK, maximiser=Adam(0.01, 50, batch=64, single=single, every=50))
        for single in (False, True)
    ]
    assert runs[1].critic.theta.dtype == torch.float64
    away = (runs[0].critic.theta - runs[1].critic.theta).abs().max()
    assert 0 < float(away) < 1e-3


# --- faults ----------------------------------------------------------------------------------


def spoiled():
    """Points one of which is NaN."""
    points = samples(2)
    x = points.x.clone()
    x[3, 1] = math.nan
    return WeightedPoints(x, points.p_weight, points.q_weight)


@pytest.mark.parametrize(
    "maximiser", [LevenbergMarquardt(), LBFGS(5), Adam(steps=5, batch=None, every=1)], ids=repr
)
def test_nan_at_the_start_stops_with_no_good_state(maximiser):
    with pytest.raises(DivergedError, match=r"finite|nan") as caught:
        train(spoiled(), critic=NETWORK, maximiser=maximiser)
    assert caught.value.last is None


class Cliff(torch.nn.Module):
    """A logit θ·x that is NaN once θ passes ½."""

    def __init__(self):
        super().__init__()
        self.slope = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return torch.sqrt(0.5 - self.slope) * 0 + self.slope * x[:, 0]


def test_nan_on_the_way_keeps_the_last_good_state():
    points = from_samples(1 + samples(1).x[:20], samples(1).x[20:] - 2)
    with pytest.raises(DivergedError, match="step") as caught:
        train(points, critic=TorchModule(Cliff()), maximiser=Adam(0.1, 50, batch=None, every=1))
    last = caught.value.last
    assert last.index >= 1 and bool(last.values.isfinite().all())
    assert 0 < float(last.best) <= 0.5
    # a damped Newton step into the cliff is refused instead
    kept = train(points, critic=TorchModule(Cliff()), maximiser=LevenbergMarquardt(60))
    assert 0 < float(kept.critic.theta) <= 0.5 and math.isfinite(kept.last.value)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: LevenbergMarquardt(steps=0), "steps"),
        (lambda: LevenbergMarquardt(damping=0.0), "damping"),
        (lambda: LevenbergMarquardt(tolerance=math.nan), "tolerance"),
        (lambda: LBFGS(seconds=0), "seconds"),
        (lambda: LBFGS(history=0), "history"),
        (lambda: LBFGS(tolerance=-1), "tolerance"),
        (lambda: Adam(rate=0.0), "rate"),
        (lambda: Adam(rate=(0.1, -0.1)), "rate"),
        (lambda: Adam(batch=0), "batch"),
        (lambda: Adam(every=0), "every"),
    ],
)
def test_numbers_out_of_range_are_named(make, word):
    with pytest.raises(ValueError, match=word):
        make()


def test_time_and_steps_run_out():
    points = training_points(P, Q)
    assert train(points, maximiser=LevenbergMarquardt(2)).last.index == 2
    hurried = train(points, maximiser=LevenbergMarquardt(10**6, seconds=1e-9))
    assert hurried.last.index == 1


@pytest.mark.parametrize(
    ("p", "q", "degree"),
    [("pareto(1, 2)", "exponential(1)", 1), ("cauchy(0, 1)", "normal(0, 1)", 2)],
)
def test_points_far_out_do_not_pass_for_a_maximum(p, q, degree):
    """Their curvature makes every modelled step too short to tell: V stayed at -2 log 2.

    SciPy's search sees a grid, beyond which D is 1 but for less than the tolerance.
    """
    nodes = np.linspace(-60, 60, 120_001)
    densities = [np.exp(np.asarray(as_law(name).log_prob(nodes[:, None]))) for name in (p, q)]

    def loss(theta):
        f = np.polyval(theta, nodes)
        terms = densities[0] * np.logaddexp(0, -f) + densities[1] * np.logaddexp(0, f)
        return float(np.trapezoid(terms, nodes))

    best = minimize(loss, np.zeros(degree + 1), method="Nelder-Mead")
    found = divkit.maximise_value(p, q, critic=Polynomial(degree))
    assert found.value == pytest.approx(-best.fun, abs=0.01)
    assert found.value > -2 * math.log(2) + 0.1
