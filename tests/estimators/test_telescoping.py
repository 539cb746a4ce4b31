"""Telescoping: large divergences of known pairs, its errors, and where it says that it fails."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import divkit
from divkit.bench.cells import draw
from divkit.divergences import JS, KL, named
from divkit.estimators.common.pooled import pooled
from divkit.estimators.common.ridge_path import slope_of
from divkit.estimators.registry import NotEstimableError
from divkit.estimators.telescoping.bridges import (
    bridge,
    bridges,
    left_out_loss,
    paired,
    quadratic,
    without_groups,
)
from divkit.estimators.telescoping.method import Telescoping
from divkit.estimators.telescoping.reading import crossing, integrand, read
from divkit.samples import two_samples


def draws(n=300, m=300, d=2, shift=2.0, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), shift + rng.normal(size=(m, d))


def pairs_of(**options):
    return paired(pooled(two_samples(*draws(**options))), np.random.default_rng(0))


def test_waymarks_lead_from_x_to_y_and_use_every_row():
    pairs = pairs_of(n=90, m=60)
    assert np.allclose(pairs.waymark(0.0), pairs.x[pairs.of_x], rtol=1e-15)
    assert np.allclose(pairs.waymark(0.5 * math.pi), pairs.y[pairs.of_y], atol=1e-14)
    assert sorted(pairs.of_x) == list(range(90)) and set(pairs.of_y) == set(range(60))
    for row in range(60):
        assert len(set(pairs.group[pairs.of_y == row])) == 1


def test_bridges_meet_and_none_is_wide():
    made = bridges(pairs_of(shift=4.0), 0.1, 64)
    assert made[0].start == 0.0 and made[-1].end == pytest.approx(0.5 * math.pi)
    assert all(a.end == b.start for a, b in itertools.pairwise(made))
    assert len(made) > 3 and max(one.js for one in made) <= 0.1


def test_no_bridge_is_shorter_than_the_least():
    made = bridges(pairs_of(shift=40.0), 0.1, 8)
    assert len(made) <= 8 and min(one.end - one.start for one in made) > math.pi / 17


def test_a_bridge_is_the_fit_without_a_group_up_to_third_order():
    """Against a refit of the rest: an error of third order is below 2% of the change here."""
    pairs = pairs_of(n=240, m=240, shift=1.0)
    made = bridge(pairs, 0.0, 0.5)
    found = without_groups(made, pairs.group)
    features = made.features(made.pool.z)
    slope = features.T @ slope_of(made.pool, features @ found[0])
    assert np.abs(slope + made.penalty * found[0]).max() < 1e-12
    kept = pairs.group != 3
    part = type(pairs)(pairs.x, pairs.y, pairs.of_x[kept], pairs.of_y[kept], pairs.group[kept])
    again = bridge(part, 0.0, 0.5)
    rows = pairs.x[:50]
    moved = made.features(rows) @ (found[1 + 3] - found[0])
    whole = without_groups(again, part.group)[0]
    refit = again.features(rows) @ whole - made.features(rows) @ found[0]
    assert np.abs(refit).max() > 0.01
    assert np.abs(moved - refit).max() < 0.02 * np.abs(refit).max()


def test_squares_are_all_products():
    z = np.array([[2.0, 3.0]])
    assert np.allclose(quadratic(z), [[1, 2, 3, 4, 6 * math.sqrt(2), 9]])


@pytest.mark.parametrize("row", [KL, JS, named("hellinger2"), named("reverse_kl")], ids=repr)
def test_the_integrand_is_that_of_the_table_and_its_slope_its_derivative(row):
    logit = np.linspace(-8, 8, 33)
    value, slope = integrand(row, logit)
    p, q = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(logit))
    f = row.f(__import__("torch").from_numpy(p / q)).numpy()
    assert np.allclose(value, q * (f - row.at_one - row.prime_at_one * (p / q - 1)), atol=1e-12)
    ahead, behind = integrand(row, logit + 1e-6)[0], integrand(row, logit - 1e-6)[0]
    assert np.allclose(slope, (ahead - behind) / 2e-6, atol=1e-7)


@pytest.mark.slow
def test_a_kl_of_18_is_found_within_a_tenth():
    """n = 5,000, one fixed draw: no false alarm. The spread over draws is about 3%."""
    found = divkit.estimate(*draw("shift6", 5000, 0), "kl", "tre")
    assert abs(found.value - 18) < 1.8 and abs(found.value - 18) < 3 * found.error < 5.4


@pytest.mark.slow
def test_a_kl_in_ten_dimensions_is_found_within_a_tenth():
    """.7 in each of ten coordinates, KL 2.45; one fixed draw of 3,000 rows: no false alarm."""
    found = divkit.estimate(*draws(3000, 3000, 10, 0.7), "kl", "tre")
    assert abs(found.value - 2.45) < 0.245 and abs(found.value - 2.45) < 3 * found.error < 0.7


@pytest.mark.slow
def test_the_error_is_the_spread_over_samples():
    """60 draws of KL 4.5: the ratio of the two is within 1 ± .5, 5 standard errors (6e-7)."""
    made = []
    for seed in range(60):
        pairs = pairs_of(n=300, m=300, d=1, shift=3.0, seed=seed)
        made.append(read(KL, crossing(pairs, bridges(pairs, 0.2, 64))))
    values, errors = np.array(made).T
    assert np.mean(errors) / np.std(values, ddof=1) == pytest.approx(1, abs=0.5)
    assert abs(values.mean() - 4.5) < 5 * values.std() / math.sqrt(60) + 0.1


@pytest.mark.slow
def test_the_jackknife_takes_the_bias_off():
    """6-D unit shift, KL .5, 28 features from 300 pairs: biased by half, and then by a tenth."""
    plain, jackknifed = [], []
    for seed in range(20):
        x, y = draws(300, 300, 6, 0.0, seed)
        y[:, 0] += 1
        pairs = paired(pooled(two_samples(x, y)), np.random.default_rng(0))
        over = crossing(pairs, bridges(pairs, 0.2, 64))
        a, b = (integrand(KL, part[0].sum(axis=0))[0].mean() for part in (over.on_x, over.on_y))
        plain.append(a + b)
        jackknifed.append(read(KL, over)[0])
    assert np.mean(plain) - 0.5 > 3 * abs(np.mean(jackknifed) - 0.5)


@pytest.mark.sweep(3)
@pytest.mark.parametrize("kind", ["kl", "reverse_kl", "jeffreys", "js", "hellinger2", "tv"])
def test_every_payoff_that_is_finite_is_read(kind):
    """Normals at a distance of 2: within 6 errors (2e-9) and 3%, for the bridges' shape."""
    p, q = divkit.distributions.Normal(0, 1), divkit.distributions.Normal(2, 1)
    found = divkit.estimate(p.sample(2000, 0), q.sample(2000, 1), kind, "telescoping")
    truth = float(divkit.divergence(p, q, kind))
    assert abs(found.value - truth) < 6 * found.error + 0.03 * truth < 0.5 * truth


@pytest.mark.slow
def test_the_ridge_is_the_one_that_predicts_pairs_left_out():
    """Normals of one covariance need no squares; of two, they do: the ridge says so."""
    x, y = draws(1500, 1500, 2, 3.0)
    alike = Telescoping().across(KL, pooled(two_samples(x, y)))
    unlike = Telescoping().across(KL, pooled(two_samples(x, 2 * y)))
    assert alike.over.bridges[0].ridge > 10 * unlike.over.bridges[0].ridge


@pytest.mark.slow
def test_the_ridge_takes_noise_off():
    """KL 8 of normals with one variance, eight fixed draws of 300: half of the squared error."""
    pools = [pooled(two_samples(*draws(300, 300, 1, 4.0, seed))) for seed in range(8)]
    found = [Telescoping().across(KL, pool) for pool in pools]
    shrunk = sum((one.value - 8) ** 2 for one in found)
    plain = sum((one.plain - 8) ** 2 for one in found)
    assert shrunk < 0.5 * plain


def test_the_left_out_loss_is_that_of_coefficients_without_the_pair():
    pairs = pairs_of(n=160, m=160, shift=1.0)
    made = bridge(pairs, 0.2, 0.9, 0.1)
    theta, total = without_groups(made, pairs.group), 0.0
    for row in range(320):
        of = made.features(made.pool.z[row : row + 1])[0]
        logit = of @ theta[1 + pairs.group[row % 160]]
        total += np.logaddexp(0.0, -logit if row < 160 else logit) / 320
    assert left_out_loss(made, theta, pairs.group) == pytest.approx(total, rel=1e-12)


def test_unequal_sizes_and_what_the_result_says():
    found = Telescoping()(*draws(2000, 1200, 1, 4.0), KL)
    assert abs(found.value - 8) < 5 * found.error < 8
    said = found.diagnostics
    assert (said["n"], said["m"]) == (2000, 1200) and len(said["bridges"]) > 2
    assert math.hypot(*said["errors"].values()) == pytest.approx(found.error)
    assert any("quadratic" in words for words in found.warnings) and found.to_json()


@pytest.mark.slow
def test_affine_maps_the_order_of_rows_and_a_swap():
    x, y = draws(300, 300, 2, 3.0)
    plain = Telescoping()(x, y, KL).value
    matrix = np.array([[2.0, 1.0], [-0.3, 0.5]])
    rng = np.random.default_rng(1)
    moved = Telescoping()(x @ matrix + 5, y @ matrix + 5, KL).value
    assert moved == pytest.approx(plain, rel=1e-6)
    assert Telescoping()(1e-300 * x, 1e-300 * y, KL).value == pytest.approx(plain, rel=1e-6)
    mixed = Telescoping()(rng.permutation(x), rng.permutation(y), KL)
    assert mixed.value == pytest.approx(plain, rel=1e-6)
    swapped = Telescoping()(y, x, named("reverse_kl"))
    assert abs(swapped.value - plain) < 3 * swapped.error  # other pairs, the same rows


@pytest.mark.slow
def test_tails_that_are_not_quadratic_are_noticed():
    """Normal against Student-t 5 six units away: KL 5.8, and the sum says twice as much."""
    p, q = divkit.distributions.Normal(0, 1), divkit.distributions.StudentT(5, 6, 1)
    found = divkit.estimate(p.sample(5000, 2), q.sample(5000, 3), "kl", "tre")
    assert found.value > 8 and found.diagnostics["excess"] > math.log(20)
    assert any("whose mean is 1" in words for words in found.warnings)


def test_samples_too_far_apart_for_the_bridges_are_said_to_be():
    x, y = draws(200, 200, 1, 30.0)
    found = Telescoping(most=4)(x, y, KL)
    assert any("too far apart" in words for words in found.warnings)


def test_what_makes_no_sense_is_refused():
    for options, words in (
        ({"limit": 0.4}, "limit < coarse"),
        ({"coarse": 0.7}, "log 2"),
        ({"most": 12}, "power of 2"),
        ({"ridges": (0.1, -1.0)}, "ridges must be positive"),
    ):
        with pytest.raises(ValueError, match=words):
            Telescoping(**options)
    with pytest.raises(ValueError, match=r"132 rows of each sample; got 100"):
        Telescoping()(*draws(100, 100, 10), KL)
    with pytest.raises(NotEstimableError, match="f-divergences"):
        Telescoping()(*draws(), named("w1"))
    with pytest.raises(NotEstimableError, match="beyond floating point"):
        Telescoping()(*draws(200, 200, 1, 60.0), named("pearson"))


def test_where_rows_meet_what_squares_miss_is_told_and_is_in_the_error():
    """The JSD of a ring against a Gaussian of equal moments: to squares they are one law."""
    found = divkit.estimate(*draw("ring8_vs_matched_normal", 1000, 1000), "js", "telescoping")
    assert any("bias dominates" in words for words in found.warnings)
    low, high = found.interval
    assert low < 0.181736 < high
