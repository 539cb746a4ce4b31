"""A game whose theorem is wrong cannot be made; every game that is made earns what it says."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import integrate, optimize, special

from divkit.distributions import MultivariateNormal, Normal
from divkit.divergences import JS, KL, TV, W1, W2, rows, weighted_js
from divkit.divergences.smoothing import label_smoothed
from divkit.exact.api import divergence
from divkit.games import (
    GAMES,
    GAN,
    HINGE,
    LSGAN,
    RELATIVISTIC,
    WGAN,
    Packs,
    Pairs,
    class_prior,
    f_gan,
    game_of,
    least_squares,
    lipschitz,
    packed,
    smoothed_gan,
)
from divkit.training.losses import LOSSES


def test_every_divergence_has_its_game():
    assert {f"f-gan({row.name})" for row in rows()} <= set(GAMES)
    assert {"gan", "hinge", "relativistic", "class_prior(0.3)", "label_smoothed(0.1)"} <= set(
        GAMES
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": 1.0},
        {"divergence": KL},
        {"on_q": GAN.on_p},
        {"optimal": lambda l: 2 * l},
        {"optimal": torch.sign},
        {"optimal": torch.zeros_like},
    ],
)
def test_a_false_theorem_is_refused(wrong):
    with pytest.raises(ValueError, match="game 'gan'"):
        replace(GAN, **wrong)


@pytest.mark.parametrize(
    ("game", "wrong"),
    [
        (HINGE, {"shift": -1.0}),
        (HINGE, {"scale": 1.0}),
        (HINGE, {"optimal": torch.sign}),
        (LSGAN, {"scale": 0.25}),
        (RELATIVISTIC, {"shift": -2 * math.log(2)}),
        (class_prior(0.3), {"divergence": weighted_js(0.31)}),
        (class_prior(0.3), {"shift": -math.log(2)}),
        (smoothed_gan(0.1), {"divergence": label_smoothed(0.11)}),
        (smoothed_gan(0.1), {"shift": -2 * math.log(2)}),
        (f_gan(TV), {"scale": 2.0}),
    ],
)
def test_a_false_theorem_of_any_game_is_refused(game, wrong):
    with pytest.raises(ValueError, match="game"):
        replace(game, **wrong)


@pytest.mark.parametrize(
    "wrong", [{"scale": 2.0}, {"shift": 1.0}, {"divergence": W2}, {"slopes": HINGE}]
)
def test_a_false_theorem_of_a_metric_is_refused(wrong):
    with pytest.raises(ValueError, match="game 'wgan'"):
        replace(WGAN, **wrong)


def normal_pdf(x, loc, scale):
    return math.exp(-0.5 * ((x - loc) / scale) ** 2) / (scale * math.sqrt(2 * math.pi))


def best_at(game, u, v):
    """max over c of u a(c) + v b(c), by SciPy's bounded search: the theorem plays no part."""

    def paid(c):
        at = torch.tensor([c], dtype=torch.float64)
        return -float(u * game.on_p(at) + v * game.on_q(at))

    return -optimize.minimize_scalar(paid, bounds=(-20, 20), options={"xatol": 1e-7}).fun


@pytest.mark.sweep(4)
@pytest.mark.parametrize("name", list(GAMES))
def test_the_best_payoff_integrates_to_the_theorem(name):
    """∫ max_c [p a(c) + q b(c)] by SciPy's quadrature and search, D_f by the engine."""
    game, p, q = GAMES[name], Normal(0, 1), Normal(0.8, 1.1)
    found = sum(
        integrate.quad(
            lambda x: best_at(game, normal_pdf(x, 0, 1), normal_pdf(x, 0.8, 1.1)),
            a,
            b,
            limit=30,
            epsabs=1e-9,
        )[0]
        for a, b in ((-9, -6), (-6, -2), (-2, 0.5), (0.5, 3), (3, 7), (7, 11))
    )
    bound = game.bound(divergence(p, q, game.divergence).value)
    assert found == pytest.approx(bound, abs=2e-7)


def test_bound_and_implied_are_inverse():
    assert GAN.bound(0.0) == pytest.approx(-math.log(4))
    for game in (*GAMES.values(), WGAN, lipschitz(3.0)):
        assert game.implied(game.bound(0.25)) == pytest.approx(0.25, abs=1e-14)
    assert f_gan(TV).bound(0.3) == 0.3
    assert f_gan(JS).divergence is JS


def test_a_game_at_equal_laws_earns_its_shift():
    """At p = q every critic earns the shift at most, and the best one earns it."""
    for game in GAMES.values():
        u = torch.ones(1, dtype=torch.float64)
        best = game.optimal(0 * u)
        at_one = game.divergence.at_one
        assert float(game.on_p(best) + game.on_q(best)) == pytest.approx(
            game.bound(at_one), abs=1e-14
        )


def test_a_step_is_approached_by_growing_logits():
    """Hinge's payoffs fall short by 4σ(−2|c|) of mass where the sign is right."""
    c = torch.tensor([1.0, 5.0, 20.0], dtype=torch.float64)
    short = -(HINGE.on_p(c))
    assert short.tolist() == pytest.approx((2 * special.expit(-2 * c.numpy())).tolist(), rel=1e-14)
    assert float(HINGE.on_p(HINGE.optimal(torch.ones(1)))) == 0
    raw = np.maximum(0, 1 - np.tanh(c.numpy()))
    assert short[:2].tolist() == pytest.approx(raw[:2].tolist(), rel=1e-10)


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (0.0, math.inf), (math.nan, 1.0)])
def test_least_squares_needs_two_targets(alpha, beta):
    with pytest.raises(ValueError, match="alpha and beta must differ"):
        least_squares(alpha, beta)


def test_least_squares_with_other_targets():
    game = least_squares(0.0, 1.0)
    assert (game.shift, game.scale) == (-0.25, 0.125)


@pytest.mark.parametrize("make", [class_prior, smoothed_gan])
@pytest.mark.parametrize("bad", [0.0, 1.0, -0.2, math.nan])
def test_a_share_outside_0_1_is_an_error(make, bad):
    with pytest.raises(ValueError, match=r"in \(0, 1\)"):
        make(bad)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.inf, math.nan])
def test_a_slope_must_be_positive(bad):
    with pytest.raises(ValueError, match="slope"):
        lipschitz(bad)


def test_the_metric_of_wgan_is_w1():
    assert WGAN.divergence is W1 and lipschitz(2.0).bound(0.5) == 1.0


def test_pairs_of_laws_have_the_difference_of_the_log_ratios():
    """log p(x)q(y)/(q(x)p(y)) = l(x) − l(y)."""
    p, q = Normal(0, 1), Normal(1, 2)
    both = Pairs().laws(p, q)
    z = torch.randn(20, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    ratio = both[0].log_prob(z) - both[1].log_prob(z)
    own = [p.log_prob(part) - q.log_prob(part) for part in z.split(1, dim=1)]
    assert torch.allclose(ratio, own[0] - own[1], atol=1e-13)


def test_the_relativistic_bound_is_a_jsd_of_products():
    """Two unit normals at distance μ: P×Q against Q×P is a shift by √2 μ, so JSD is 1-D's."""
    p, q = Normal(0, 1), Normal(0.5, 1)
    found = divergence(*Pairs().laws(p, q), "js")
    wanted = divergence(Normal(0, 1), Normal(0.5 * math.sqrt(2), 1), "js")
    assert abs(found.value - wanted.value) <= found.error + wanted.error
    wide = MultivariateNormal((0.0, 0.0), ((1.0, 0.0), (0.0, 1.0)))
    assert Pairs().laws(wide, wide)[0].dim == 4


def test_pairs_of_samples_use_each_row_once():
    x, y = torch.arange(7.0)[:, None], 100 + torch.arange(9.0)[:, None]
    first, second = Pairs().samples(x, y)
    assert first.tolist() == [[0, 100], [1, 101], [2, 102]]
    assert second.tolist() == [[103, 3], [104, 4], [105, 5]]


def test_packs_of_laws_have_the_sum_of_the_log_ratios():
    p, q = Normal(0, 1), Normal(1, 2)
    z = torch.linspace(-2, 2, 12, dtype=torch.float64).reshape(4, 3)
    both = Packs(3).laws(p, q)
    own = sum(p.log_prob(part) - q.log_prob(part) for part in z.split(1, dim=1))
    assert torch.allclose(both[0].log_prob(z) - both[1].log_prob(z), own, atol=1e-13)


def test_the_packed_bound_is_a_jsd_of_powers_and_grows_with_the_pack():
    """k unit normals at distance μ are a shift by √k μ."""
    p, q, last = Normal(0, 1), Normal(0.5, 1), -math.inf
    for k in (1, 2, 4):
        game = packed(k)
        found = game.bound(divergence(*game.lifting.laws(p, q), "js").value)
        one = divergence(Normal(0, 1), Normal(0.5 * math.sqrt(k), 1), "js").value
        assert found == pytest.approx(-2 * math.log(2) + 2 * one, abs=1e-9)
        assert found > last
        last = found


def test_packs_of_samples_use_each_row_once():
    x, y = torch.arange(14.0).reshape(7, 2), torch.arange(8.0).reshape(4, 2)
    first, second = Packs(3).samples(x, y)
    assert first.tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert second.tolist() == [[0, 1, 2, 3, 4, 5]]


@pytest.mark.parametrize("bad", [0, -1, 1.5, True])
def test_a_pack_is_a_number_of_points(bad):
    with pytest.raises(ValueError, match="pack"):
        packed(bad)


def test_packs_are_paid_as_the_gan_pays():
    assert GAN.logistic and packed(3).logistic and not RELATIVISTIC.logistic


@pytest.mark.parametrize(
    ("name", "game"),
    [("lsgan", LSGAN), ("least-squares", LSGAN), ("fgan(kl)", GAMES["f-gan(kl)"]), (GAN, GAN)],
)
def test_games_answer_to_the_names_they_are_called_by(name, game):
    assert game_of(name) is game


@pytest.mark.parametrize("name", ["wgan", WGAN, 3])
def test_a_game_of_slopes_is_none_of_a_log_ratio(name):
    with pytest.raises(TypeError, match=r"w1_distance.*train_gan"):
        game_of(name)


def test_payoffs_that_are_not_logistic_cannot_say_that_they_are():
    with pytest.raises(ValueError, match="not logistic"):
        replace(LSGAN, logistic=True)


def test_a_game_that_names_its_generators_loss_trains_by_its_name(monkeypatch):
    for part in ("_entries", "_aliases", "_spelled"):
        monkeypatch.setattr(GAMES, part, dict(getattr(GAMES, part)))
    assert "class_prior(0.3)" not in LOSSES
    own = replace(class_prior(0.4), name="own", on_g=torch.neg)
    GAMES.register("own", own)
    assert LOSSES["own"].theorem is own and LOSSES["own"].on_g is torch.neg
    assert LOSSES["own"] is LOSSES["own"] and "own" in list(LOSSES)
