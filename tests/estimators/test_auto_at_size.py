"""Many rows: a part is fitted to, all are read, and the two agree where both can be had."""

import math

import numpy as np
import pytest

import divkit
from divkit.divergences import JS, KL
from divkit.estimators.common.pooled import joined, pooled, thinned
from divkit.estimators.kernel_logistic import at_size
from divkit.estimators.kernel_logistic.columns import ByColumns
from divkit.estimators.kernel_logistic.designs import designs
from divkit.estimators.kernel_logistic.method import KernelLogistic
from divkit.samples import two_samples

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(3000, 3)), RNG.normal(0.5, 1.2, size=(2400, 3))


@pytest.fixture
def small(monkeypatch):
    """The sizes from which a part is fitted to, made small."""
    monkeypatch.setattr(at_size, "LEAST", 800)
    monkeypatch.setattr("divkit.estimators.kernel_logistic.method.ALL", 2000)


@pytest.mark.parametrize("kind", ["js", "kl"])
def test_a_part_carried_to_all_rows_is_as_good_as_a_fit_to_all(small, kind, monkeypatch):
    carried = divkit.estimate(X, Y, kind)
    assert carried.diagnostics["fitted_to"] == (1225, 1225)
    assert (carried.diagnostics["n"], carried.diagnostics["m"]) == (3000, 2400)
    monkeypatch.setattr("divkit.estimators.kernel_logistic.method.ALL", 10**9)
    whole = divkit.estimate(X, Y, kind)
    assert whole.diagnostics["fitted_to"] == (3000, 2400)
    # both have seen the same rows: what sets them apart is the fits' own fluctuation, within 5 of
    # which chance leaves them but once in 10⁶
    apart = math.hypot(*(r.diagnostics["errors"]["curvature"] for r in (carried, whole)))
    apart = math.hypot(apart, 0.3 * whole.error)
    assert abs(carried.value - whole.value) < 5 * apart
    assert carried.error == pytest.approx(whole.error, rel=0.35)
    divergence = {"js": JS, "kl": KL}[kind]
    truth = divkit.divergence(
        divkit.distributions.product(["normal(0, 1)"] * 3),
        divkit.distributions.product(["normal(0.5, 1.2)"] * 3),
        divergence,
    )
    assert abs(carried.value - truth.value) < 5 * carried.error


def test_the_order_of_rows_is_forgotten(small):
    turned = divkit.estimate(X[::-1], Y[::-1], "js")
    assert turned.value == pytest.approx(divkit.estimate(X, Y, "js").value, rel=1e-9)


def test_further_rows_are_read_in_the_frame_of_the_pool():
    pool = pooled(two_samples(X[:300], Y[:300]))
    own = pool.own[::3]
    both = joined(pool, own, pool.sign[::3])
    rng = np.random.default_rng(0)
    made = [*designs(pool, 40, (0.7,), rng), ByColumns("ranks", ((0, 1),))(pool)]
    made.append(ByColumns("none", mixed=True)(pool))
    for design in made:
        theta = np.linspace(-1, 1, design.features.shape[1])[:, None]
        logits = design.again(both).logits(theta)[:, 0]
        assert logits[: len(pool.z)] == pytest.approx((design.features @ theta)[:, 0], abs=1e-9)
        # a further row that is one of the pool's has its logit, or, by ranks, half a row's more
        gap = abs(logits[len(pool.z) :] - logits[: len(pool.z)][::3])
        assert gap.max() < 1e-9 or "rank" in design.label or "column" in design.label
    far = joined(pool, np.full((1, 3), 50.0), np.ones(1))
    assert np.isfinite(ByColumns("ranks")(far).features).all()


def test_a_part_is_spread_over_the_radii(rng):
    part, in_x, in_y = at_size.part_of(
        two_samples(np.repeat(X, 4, axis=0) + 1e-6 * rng.normal(size=(12000, 3)), Y)
    )
    assert in_x.sum() == 8000 and in_y.all() and len(part.y) == 2400
    assert at_size.part_size(10**6, 10**6) == 25_000 and at_size.part_size(50, 10**6) == 8_000


def test_few_rows_against_many_are_estimated(rng):
    method = KernelLogistic()
    many = rng.normal(size=(60_000, 2))
    result = method(rng.normal(0.4, 1.0, size=(200, 2)), many, JS)
    assert result.diagnostics["fitted_to"] == (200, 8000)
    assert result.diagnostics["m"] == 60_000


def test_thinned_rows_are_of_both_samples_where_these_are_copies():
    """By radius copies take turns, so that every second row of both together is of one alone."""
    x = np.random.default_rng(0).normal(size=(40, 2))
    few = thinned(pooled(two_samples(x, x.copy())), 2)
    assert (few.sign > 0).sum() == (few.sign < 0).sum() == 20
    assert few.weight.sum() == pytest.approx(1)
