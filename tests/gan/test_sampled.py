"""Lower limits of the JSD against laws that can only be drawn from.

A limit at the level 1 − 1e-8 exceeds the truth with probability 1e-8 at most.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from divkit import divergence, js_divergence
from divkit.distributions import Beta, MultivariateNormal, Normal
from divkit.distributions.toys import ring
from divkit.divergences import named
from divkit.games import f_gan
from divkit.gan import Options, Record, Recorder, SampledJS, sampled_js, train_gan
from divkit.generators.generator import standard_normal
from divkit.generators.network import NetworkGenerator
from divkit.plots.gan_record import draw_game, draw_js
from divkit.results import Result
from divkit.training.measures.records import GameValues, alarmed

SURE = 1 - 1e-8


def gaussian(d: int, scales: float | list[float] = 1.0) -> MultivariateNormal:
    return MultivariateNormal(np.zeros(d), np.diag(np.broadcast_to(np.square(scales), d)))


PAIRS = {
    "equal": (gaussian(2), gaussian(2), 0.01),
    "thin": (gaussian(2), gaussian(2, [1.0, 0.01]), 0.01),
    "narrow in 8": (gaussian(8), gaussian(8, 0.7), 0.02),
    "supports": (Beta(2, 2), Normal(1, 1), 0.02),
    "rings": (ring(8, 1.0, 0.01), ring(8, 1.0, 0.02), 0.03),
}


@pytest.mark.parametrize(
    "name", ["thin", *(pytest.param(k, marks=pytest.mark.slow) for k in PAIRS if k != "thin")]
)
def test_the_limit_is_below_the_truth_and_the_value_is_near_it(name):
    """The value is within its allowance and 6 standard errors below the truth: 2e-9."""
    p, q, short = PAIRS[name]
    found = sampled_js(p, q.sample, rng=3, level=SURE)
    truth = (
        js_divergence(ring(1, 1.0, 0.01), ring(1, 1.0, 0.02))
        if name == "rings"
        else js_divergence(p, q)
    )
    assert found.is_lower_bound and found.interval[1] == math.log(2)
    assert found.interval[0] <= truth.value
    assert -6 * found.error - short < found.value - truth.value < 6 * found.error + 1e-3


def test_laws_that_do_not_meet_come_near_log_2():
    found = sampled_js(Beta(2, 2), lambda n, rng: 5 + rng.random((n, 1)), fakes=2000, fresh=5000)
    assert math.log(2) - 0.01 < found.interval[0] <= math.log(2)


def test_q_may_lie_on_a_line_or_be_an_atom():
    """Both are singular against the plane, so that the truth is log 2."""
    sizes = {"fakes": 4000, "fresh": 10_000, "level": SURE}
    for draw in (
        lambda n, rng: np.outer(rng.normal(size=n), [1.0, 2.0]),
        lambda n, rng: np.ones((n, 2)),
    ):
        assert 0.6 < sampled_js(gaussian(2), draw, **sizes).interval[0] <= math.log(2)


def test_bad_draws_and_sizes_are_refused():
    with pytest.raises(ValueError, match=r"draw\(20000, rng\) must be \(20000, 2\)"):
        sampled_js(gaussian(2), lambda n, rng: np.zeros((n, 3)))
    with pytest.raises(ValueError, match="not finite"):
        sampled_js(gaussian(1), lambda n, rng: np.full((n, 1), math.inf))
    for again in (
        lambda n, rng: np.random.default_rng(0).normal(size=(n, 2)),
        lambda n, rng: np.random.default_rng(n).normal(size=(n, 2)),
    ):
        with pytest.raises(ValueError, match=r"draw\(500, rng\) gave the same points"):
            sampled_js(gaussian(2), again, fakes=1000, fresh=600, trees=2)
    for sizes in ({"fakes": 10}, {"fresh": True}, {"level": 1.0}, {"trees": 0}):
        with pytest.raises(ValueError, match=next(iter(sizes))):
            SampledJS(**sizes)
    with pytest.raises(TypeError, match="no law"):
        sampled_js(object(), lambda n, rng: np.zeros((n, 1)))


def test_the_same_seed_gives_the_same_limit():
    small = SampledJS(fakes=1000, fresh=1000, trees=20)
    one, two = (small(gaussian(2), gaussian(2, 0.7).sample, 5) for _ in range(2))
    assert (one.value, one.interval) == (two.value, two.interval)


@pytest.fixture(scope="module")
def network_of_three_numbers() -> list[Record]:
    generator = NetworkGenerator(standard_normal(3), 2, (8,))
    options = Options(steps=4, batch=32)
    small = Recorder(512, 64, 0)
    small = replace(small, truth=replace(small.truth, estimate=SampledJS(2000, 2000)))
    return [
        step.record
        for step in train_gan(
            ring(4, 1.0, 0.1), generator=generator, options=options, recorder=small, every=2
        )
    ]


def test_a_record_of_an_unknown_law_claims_a_lower_limit(network_of_three_numbers):
    for record in network_of_three_numbers:
        assert record.js.is_lower_bound and record.bound.is_lower_bound
        assert record.bound.interval[1] == 0.0  # V of a GAN is never above 0
        assert record.excess <= 1 and not record.bound.warnings


@pytest.mark.parametrize("name", ["kl", "reverse_kl", "chi2", "tv", "hellinger2"])
def test_every_divergence_of_a_game_is_bounded_from_below(name):
    """Of N(0, 1) from N(1, 1), at the level 1 − 1e-8; the limit is of use, too."""
    p, q = Normal(0, 1), Normal(1, 1)
    game = f_gan(named(name))
    critic = SampledJS(fakes=4000, fresh=20_000, level=SURE).fitted(p, q.sample, 0)
    most, truth = critic.most(game), divergence(p, q, name)
    assert most.is_lower_bound
    assert 0.5 * truth.value < game.implied(most.interval[0]) <= truth.value
    assert most.interval[1] == game.bound(game.divergence.upper)


@pytest.mark.parametrize("name", ["lsgan", "f-gan(kl)", "hinge", "relativistic", "wgan"])
def test_games_on_an_unknown_law_have_a_bound_from_below_or_none(name):
    small = Recorder(512, 64, 0)
    small = replace(small, truth=replace(small.truth, estimate=SampledJS(500, 500)))
    generator = NetworkGenerator(standard_normal(3), 2, (8,))
    (first, *_) = train_gan(ring(4), name, generator=generator, steps=1, recorder=small, batch=32)
    bound = first.record.bound
    if name == "wgan":
        assert bound is None
    else:
        assert bound.is_lower_bound and bound.name == f"max V of {name}"


def test_limits_are_drawn_as_arrows_and_not_as_bands(network_of_three_numbers):
    from matplotlib.figure import Figure

    for draw in (draw_game, draw_js):
        axes = Figure().subplots()
        draw(axes, network_of_three_numbers)
        (arrows,) = (line for line in axes.lines if "uparrow" in str(line.get_marker()))
        lows = [r.js.interval[0] for r in network_of_three_numbers]
        bounds = [r.bound.interval[0] for r in network_of_three_numbers]
        assert list(arrows.get_ydata()) in (lows, bounds)


BOUND = Result.exact(-1.0, 0.01, "quadrature", "by hand")


@pytest.mark.parametrize(
    ("values", "excess"),
    [
        (GameValues(nodes=-0.99, nodes_error=0.01), 0.5),
        (GameValues(nodes=-0.9, nodes_error=0.01), 5.0),
        (GameValues(held_out=-0.95, held_out_error=0.018), 0.5),
        (GameValues(held_out=-0.9, held_out_error=0.008), 2.0),
        (GameValues(nodes=-1.2, nodes_error=0.0, held_out=-0.9, held_out_error=0.008), 2.0),
    ],
)
def test_a_planted_excess_is_an_alarm_in_the_record(values, excess):
    js = Result.exact(0.2, 0.005, "quadrature", "by hand", name="js")
    record = alarmed(Record(step=7, seed=0, js=js, bound=BOUND, values=values))
    assert record.excess == pytest.approx(excess, rel=1e-9)
    if excess > 1:
        (words,) = record.bound.warnings
        assert "at step 7" in words and "-0.9" in words
        assert Record.from_dict(record.to_dict()).bound.warnings == (words,)
    else:
        assert not record.bound.warnings


def test_no_alarm_where_nothing_bounds_v_from_above():
    js = Result.bound(0.2, (0.19, math.log(2)), "by hand", name="js", level=0.95)
    values = GameValues(held_out=-0.1, held_out_error=1e-4)
    below = Result.bound(-1.0, (-1.1, 0.0), "by hand", level=0.95)
    assert alarmed(Record(step=0, seed=0, js=js, bound=below, values=values)).bound is below
    above = replace(values, held_out=0.1)
    assert alarmed(Record(step=0, seed=0, js=js, bound=below, values=above)).bound.warnings


def test_tensors_on_their_way_from_autograd_are_taken():
    weight = torch.ones(2, requires_grad=True)
    found = sampled_js(
        gaussian(2),
        lambda n, rng: torch.as_tensor(rng.normal(size=(n, 2)), dtype=torch.float32) * weight,
        fakes=500,
        fresh=500,
    )
    assert found.interval[0] < 0.05
