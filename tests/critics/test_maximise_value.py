"""maximise_value: right values or clear errors, on the population, on samples, of unknown laws."""

import math
import warnings

import numpy as np
import pytest
import torch

import divkit
from divkit.critics import (
    MLP,
    DeepSet,
    DivergedError,
    EarlyStopping,
    LevenbergMarquardt,
    Progress,
    Split,
    from_samples,
    maximise_value,
    train,
    training_points,
    training_steps,
)
from divkit.distributions.compose.product import Product
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.families.heavy import Cauchy
from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.distributions.families.normal import Normal
from divkit.distributions.finite.discrete import categorical
from divkit.games import GAMES, packed

P, Q = Normal(0, 1), Normal(1, 1)
LOG4 = 2 * math.log(2)
QUICK = LevenbergMarquardt(60)
SATURATED = (Normal(0, 1), Normal(32, 1))  # KL = 512 nats
KINDS = ("mlp", "logistic", "quadratic", "spline", "kernel", "random_features")


def quick(*laws, **options):
    return maximise_value(*laws, maximiser=QUICK, **{"account": False, **options})


def finite(result):
    """Whether no number of a result, its budget included, is NaN or infinite."""
    notes = result.diagnostics
    keys = ("v_star", "gap", "gap_error", "gap_by_difference", "l2", "sup", "limit")
    numbers = [result.value, result.error, *result.interval]
    numbers += [notes[key] for key in keys if key in notes]
    if "budget" in notes:
        numbers += list(notes["budget"].to_dict().values())
    return all(math.isfinite(x) for x in numbers)


# --- what it promises ------------------------------------------------------------------------


def test_the_maximum_meets_the_exact_divergence_and_its_gap_by_both_formulas():
    found = maximise_value(P, Q, maximiser=QUICK)
    notes = found.diagnostics
    star = -LOG4 + 2 * divkit.js_divergence(P, Q).value
    assert notes["v_star"] == pytest.approx(star, abs=1e-14)
    assert found.value == pytest.approx(star, abs=1e-8) and found.value <= star + found.error
    assert notes["gap"] == pytest.approx(notes["gap_by_difference"], abs=1e-12)
    assert 0 < notes["gap"] < 1e-8 and notes["l2"] < 1e-4 and notes["sup"] < 1e-2
    assert notes["l2"] ** 2 < notes["gap"]  # 2(D − D*)² ≤ KL(Ber D* ‖ Ber D), Pinsker
    assert found.interval[0] <= found.value <= found.interval[1] and finite(found)
    assert torch.equal(notes["critic"](torch.zeros(1, 1).double()) > 0, torch.tensor([True]))


@pytest.mark.parametrize("on", ["samples", "number"])
def test_samples_of_known_laws_are_judged_on_the_population(on):
    given = 400 if on == "number" else (P.sample(400, 0), Q.sample(300, 1))
    found = quick(P, Q, critic="quadratic", on=given, account=True)
    budget = found.diagnostics["budget"]
    assert 0 < found.diagnostics["gap"] < 0.05
    assert budget.estimation == pytest.approx(found.diagnostics["gap"], rel=1e-6)
    again = quick(P, Q, critic="quadratic", on=given)
    assert again.value == found.value


def test_samples_of_unknown_laws_promise_a_lower_bound():
    found = quick(on=(P.sample(4000, 0), Q.sample(4000, 1)), critic="quadratic")
    notes = found.diagnostics
    truth = divkit.js_divergence(P, Q).value
    assert 0.5 * truth < notes["limit"] < truth
    assert found.interval[0] < -LOG4 + 2 * truth and found.kind == "standard error"
    assert notes["split"] == {"x": [2000, 800, 1200], "y": [2000, 800, 1200]}
    assert notes["critic"].bound == notes["bound"] and not found.warnings


def test_separated_samples_have_a_useful_lower_bound():
    """A critic that separates its rows without end claims no more than its rows can show."""
    found = quick(on=(SATURATED[0].sample(200, 0), SATURATED[1].sample(200, 1)))
    assert 0.3 < found.diagnostics["limit"] < math.log(2)
    assert finite(found)


@pytest.mark.slow
def test_pairs_of_a_relativistic_game_are_made_once():
    x, y = P.sample(2000, 0), Q.sample(2000, 1)
    found = quick(on=(x, y), game="relativistic", critic="quadratic")
    known = maximise_value(P, Q, game="relativistic", critic="difference", account=False)
    assert found.diagnostics["limit"] < (known.value + math.log(2)) + 1e-6
    with pytest.raises(ValueError, match="2, 1, 1"):
        quick(on=(x[:10], y[:10]), game="relativistic")


def test_a_deep_set_plays_with_packs():
    """Two points at once: max V is that of P×P against Q×Q, a shift by √2."""
    found = quick(P, Q, game=packed(2), critic=DeepSet(2, (8,)))
    wanted = -LOG4 + 2 * divkit.js_divergence(Normal(0, 1), Normal(math.sqrt(2), 1)).value
    assert found.value == pytest.approx(wanted, abs=1e-4)
    assert found.diagnostics["v_star"] == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("name", ["gan", "lsgan(-1, 1)", "f-gan(kl)", "f-gan(hellinger2)"])
def test_other_games_reach_their_own_bound(name):
    found = quick(P, Q, critic="quadratic", game=name)
    bound = GAMES[name].bound(divkit.divergence(P, Q, GAMES[name].divergence).value)
    assert found.value == pytest.approx(bound, abs=1e-7)


# --- what it must survive --------------------------------------------------------------------


@pytest.mark.sweep(2)
@pytest.mark.parametrize("critic", KINDS)
def test_saturated_discriminators_reach_zero_from_below(critic):
    """KL = 512 nats: V* is −0 to fifteen digits, and so is V; no logit is clamped."""
    found = quick(*SATURATED, critic=critic, account=True)
    assert -1e-9 < found.value <= 0 and finite(found)
    budget = found.diagnostics["budget"]
    assert budget.total == pytest.approx(found.diagnostics["gap"], abs=1e-9)


@pytest.mark.parametrize("critic", KINDS)
def test_equal_laws_leave_the_value_at_minus_log_four(critic):
    found = quick(P, P, critic=critic, account=True)
    assert found.value == pytest.approx(-LOG4, abs=1e-12) and finite(found)
    assert found.diagnostics["sup"] < 1e-2


@pytest.mark.sweep(2)
@pytest.mark.parametrize("critic", KINDS)
@pytest.mark.parametrize(
    "laws",
    [
        (Uniform(0, 1), Uniform(2, 3)),
        (categorical([1.0, 0.0]), categorical([0.0, 1.0])),
    ],
    ids=["intervals", "atoms"],
)
def test_disjoint_supports_are_told_apart(laws, critic):
    if critic == "spline" and "categorical" in repr(laws[0]):
        pytest.skip("two atoms are too few for quantiles")
    found = quick(*laws, critic=critic)
    assert found.diagnostics["v_star"] == 0.0
    assert -1e-3 < found.value <= 0 and finite(found)


@pytest.mark.sweep(4)
@pytest.mark.parametrize("laws", [SATURATED, (P, P), (Uniform(0, 1), Uniform(2, 3)), (P, Q)])
@pytest.mark.parametrize("critic", KINDS)
@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_samples_of_known_laws(laws, critic, n):
    """The maximum on so few points says little of the population, and the judge says so."""
    if critic == "spline" and n == 1 and laws == (P, P):
        pytest.skip("covered by the errors")
    found = quick(*laws, critic=critic, on=n)
    assert finite(found)
    assert found.diagnostics["gap"] >= 0
    assert found.value <= found.diagnostics["v_star"] + found.error


@pytest.mark.parametrize("n", [1, 2, 6])
def test_too_few_samples_of_unknown_laws_are_an_error_that_counts(n):
    with pytest.raises(ValueError, match=f"{n} rows"):
        quick(on=(P.sample(n, 0), Q.sample(100, 1)))


@pytest.mark.sweep(5)
@pytest.mark.parametrize("critic", [kind for kind in KINDS if kind != "spline"])
def test_one_point_repeated(critic):
    """Of a constant sample nothing can be learned but that it is constant."""
    one = np.zeros((50, 1))
    known = quick(P, Q, critic=critic, on=(one, one))
    assert finite(known) and known.value <= known.diagnostics["v_star"]
    unknown = quick(on=(one, one), critic=critic)
    assert unknown.value == pytest.approx(-LOG4, abs=1e-9)
    assert unknown.diagnostics["limit"] <= 0
    assert any("repeat" in words for words in unknown.warnings)
    assert any("share" in words for words in unknown.warnings)
    apart = quick(on=(one, one + 1), critic=critic)
    assert finite(apart) and 0 < apart.diagnostics["limit"] < math.log(2)


def test_a_spline_says_that_it_needs_two_points():
    one = np.zeros((50, 1))
    for options in ({}, {"p": P, "q": Q}):
        with pytest.raises(ValueError, match="two distinct points"):
            quick(critic="spline", on=(one, one), **options)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"p": P}, "both be given"),
        ({}, "pair of samples"),
        ({"p": P, "q": Q, "on": "samples"}, "population"),
        ({"p": P, "q": Q, "on": 0}, "at least 1"),
        ({"p": P, "q": Product((Q, Q))}, "dimension"),
        ({"p": Cauchy(0, 1), "q": Normal(0, 1), "game": "f-gan(kl)"}, "infinite"),
        ({"p": P, "q": Q, "on": (np.zeros((3, 2)), np.zeros((3, 2)))}, "x"),
        ({"on": (np.array([0.0, math.nan] * 9), np.zeros(9))}, "row 1"),
        ({"on": (np.zeros((9, 2)), np.zeros((9, 3)))}, "one dimension"),
        ({"p": P, "q": Q, "device": "cuda:99"}, "'cpu'"),
        ({"on": (np.zeros(20), np.ones(20)), "device": "cuda:99"}, "'cpu'"),
    ],
)
def test_what_cannot_be_is_said(arguments, words):
    with pytest.raises(ValueError, match=words):
        maximise_value(**arguments)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_gpu_the_processor_is_offered():
    with pytest.raises(ValueError, match=r"no CUDA device is here\. Pass device='cpu'"):
        maximise_value(P, Q, device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_the_maximum_is_the_same():
    here, there = (quick(P, Q, device=d) for d in ("cpu", "cuda"))
    assert here.value == pytest.approx(there.value, abs=1e-9)


@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.0), (0.5, 0.2, 0.2), (1.2, -0.1, -0.1)])
def test_shares_of_a_split_sum_to_one(shares):
    with pytest.raises(ValueError, match="sum to 1"):
        Split(*shares)


# --- steps, bars and early stopping ----------------------------------------------------------


def test_steps_are_yielded_so_that_a_callback_is_a_loop():
    seen = []
    for step in training_steps(training_points(P, Q), critic=MLP((4,)), maximiser=QUICK):
        seen.append(step.value)
        if step.value > -1.1636:
            break
    assert len(seen) < 20 and "V = -1.16" in repr(step)
    assert step.values.shape == (1,) and step.theta.shape == (1, MLP((4,)).bind(points()).size)


def points():
    return from_samples(P.sample(30, 0), Q.sample(30, 1))


def test_early_stopping_goes_back_to_the_best_held_out_value():
    held = from_samples(P.sample(2000, 2), Q.sample(2000, 3))
    inner = LevenbergMarquardt(60)
    solver = EarlyStopping(inner, held, patience=5)
    stopped, whole = (train(points(), maximiser=m) for m in (solver, inner))

    def on_held(critic):
        f = critic(held.x)
        logs = torch.nn.functional.logsigmoid(f), torch.nn.functional.logsigmoid(-f)
        return float((held.p_weight * logs[0] + held.q_weight * logs[1]).sum())

    assert on_held(stopped.critic) > on_held(whole.critic) + 0.05
    assert stopped.last.value == pytest.approx(on_held(stopped.critic), rel=1e-12)
    assert stopped.last.index < whole.last.index and "held-out" in stopped.last.how
    states = [step.theta[0] for step in solver(*bound(), GAMES["gan"], start())]
    best = max(states, key=lambda theta: on_held(lambda x: bound()[0].logits(theta, x)))
    assert on_held(lambda x: bound()[0].logits(states[-1], x)) == pytest.approx(
        on_held(lambda x: bound()[0].logits(best, x))
    )
    with pytest.raises(ValueError, match="patience"):
        EarlyStopping(inner, held, patience=0)


def bound():
    return MLP().bind(points()), points()


def start():
    return bound()[0].start(np.random.default_rng(0))


def test_a_progress_bar_shows_v_on_stderr_and_changes_nothing(capsys):
    with_bar = train(points(), maximiser=Progress(LevenbergMarquardt(5), "learning"))
    without = train(points(), maximiser=LevenbergMarquardt(5))
    shown = capsys.readouterr()
    assert "learning" in shown.err and not shown.out
    assert torch.equal(with_bar.critic.theta, without.critic.theta)


def test_training_that_diverges_says_so_through_the_front_door():
    class Broken(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bias = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x):
            return (self.bias + x[:, 0]) / torch.zeros_like(x[:, 0])

    with pytest.raises(DivergedError, match="not finite at step 1"):
        maximise_value(P, Q, critic=Broken())


def test_no_warning_is_raised_on_the_way():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quick(P, Q, critic="mlp", account=True)


@pytest.mark.parametrize(
    ("options", "error", "advice"),
    [
        ({"on": 1.5}, ValueError, "'population', a number or a pair"),
        ({"on": None}, ValueError, "got a NoneType"),
        ({"on": True}, ValueError, "got True"),
        ({"on": (np.zeros(3),)}, ValueError, "a number or a pair"),
        ({"critic": 3}, TypeError, "critic must be a name.*got 3"),
        ({"maximiser": 3}, TypeError, "maximiser must be.*lm or lbfgs or adam; got 3"),
        ({"maximiser": "adm"}, ValueError, "Did you mean 'adam'"),
        ({"account": 3}, TypeError, "account must be"),
        ({"split": 3}, TypeError, "split must be"),
        ({"level": 2}, ValueError, "level must be"),
        ({"level": "a"}, ValueError, "level must be"),
        ({"device": "abacus"}, ValueError, "device='cpu'"),
    ],
    ids=repr,
)
def test_a_wrong_argument_is_named(options, error, advice):
    with pytest.raises(error, match=advice):
        maximise_value(P, Q, **{"critic": "logistic", **options})


def test_maximisers_answer_to_names():
    found = maximise_value(P, Q, critic="logistic", maximiser="lbfgs", account="lm")
    assert found.diagnostics["gap"] < 1e-12 and found.diagnostics["budget"].approximation < 1e-12


@pytest.mark.parametrize("game", ["f-gan(kl)", "f-gan(jeffreys)", "f-gan(alpha(-0.5))"])
def test_payoffs_that_overflow_are_an_error_not_nan(game):
    """KL = 512 nats, D_alpha = 1e162: e^f overflows beside the nodes that were trained on."""
    with pytest.raises(ValueError, match=r"overflow where the laws have mass.*Squashed"):
        quick(*SATURATED, critic="quadratic", game=game)


@pytest.mark.slow
def test_the_level_is_that_of_intervals_by_draws():
    """Student's t in five dimensions is judged on draws; on the line V has level 1."""
    eye = tuple(map(tuple, np.eye(5).tolist()))
    p, q = MultivariateNormal((0.0,) * 5, eye), MultivariateStudentT(5.0, (0.5,) * 5, eye)
    wide, narrow = (
        divkit.maximise_value(p, q, critic="logistic", account=False, level=level)
        for level in (0.99, 0.5)
    )
    assert wide.kind == "standard error" and (wide.level, narrow.level) == (0.99, 0.5)
    assert np.ptp(wide.interval) == pytest.approx(3.8189 * np.ptp(narrow.interval), rel=1e-4)
    assert divkit.maximise_value(P, Q, critic="logistic", account=False, level=0.5).level == 1.0


def test_a_split_is_of_unknown_laws():
    with pytest.raises(ValueError, match="split shares out samples of unknown laws"):
        divkit.maximise_value(P, Q, split=Split())
