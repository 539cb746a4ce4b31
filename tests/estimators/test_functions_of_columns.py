"""Functions of single columns and of pairs: what they forget, find, and learn."""

from __future__ import annotations

import numpy as np
import pytest

import divkit
from divkit.bench.cells import draw
from divkit.divergences import JS
from divkit.estimators.common.doubts import Doubts
from divkit.estimators.common.dual import averaged
from divkit.estimators.common.pooled import normal_columns, pooled
from divkit.estimators.common.ridge_path import curvature_of
from divkit.estimators.kernel_logistic.axes import independent_columns
from divkit.estimators.kernel_logistic.columns import ByColumns, alone, most_pairs, together
from divkit.estimators.kernel_logistic.interactions import LEVEL, interacting, p_values
from divkit.estimators.kernel_logistic.models import Menu
from divkit.estimators.kernel_logistic.shrinkage import held_back
from divkit.problems import PROBLEMS
from divkit.samples import two_samples


def normals(n=300, d=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), 0.3 + rng.normal(size=(n, d))


def bent(n, seed=0):
    pool = pooled(two_samples(*draw("banana10_vs_normal", n, seed)))
    flat = Menu(None, (0.7,), (10.0, 1.0)).best(ByColumns()(pool), pool)[-1]
    return pool, flat


def test_columns_made_normal_forget_increasing_maps():
    x, y = normals()
    one, other = (pooled(two_samples(f(x), f(y))) for f in (lambda z: z, np.exp))
    of_one, of_other = normal_columns(one), normal_columns(other)
    assert np.abs(of_one[np.argsort(one.place)] - of_other[np.argsort(other.place)]).max() < 1e-10


def test_features_do_not_see_the_order_of_samples():
    x, y = normals()
    one, other = (pooled(two_samples(*pair)) for pair in ((x, y), (y, x)))
    for made in alone(one):
        of_one, of_other = made(one).features, made(other).features
        assert np.abs(of_one @ of_one.T - of_other @ of_other.T).max() < 1e-6


@pytest.mark.parametrize(("d", "count"), [(2, 0), (3, 4)])
def test_columns_are_offered_where_kernels_do_not_reach(d, count):
    assert len(list(alone(pooled(two_samples(*normals(d=d)))))) == count


def test_pairs_are_few_for_the_rows():
    pool = pooled(two_samples(*normals(n=1000, d=4)))
    assert most_pairs(pool) == 5
    made = list(together(pool, ByColumns("none"), ((0, 1), (2, 3))))
    assert [each.width for each in made] == [0.7]
    assert "0×1, 2×3" in str(made[0])
    assert made[0](pool).features.shape[1] <= 1 + 4 + 4 * 10 + 2 * 100


def test_a_bent_pair_is_found_and_no_other():
    """The bent pair has p below 1e-10 at n = 1,000, as seen; others are found at 1e-3 in all."""
    pool, fit = bent(1000)
    assert interacting(pool, fit.left_out, 5) == ((0, 1),)
    assert p_values(pool, fit.left_out)[0, 1] < 1e-6 < LEVEL


@pytest.mark.slow
def test_no_pair_is_found_at_the_true_log_ratio():
    """Bonferroni over 6 pairs and 4 orders: of 40 pools no more than 3 reject at 1e-3 (1e-7)."""
    found = 0
    for seed in range(40):
        x, y = normals(seed=seed)
        pool = pooled(two_samples(x, y))
        logit = (0.09 * 2 - 0.3 * np.concatenate([x, y]).sum(axis=1))[pool.place]
        found += bool(interacting(pool, logit, 5))
    assert found <= 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["students10_vs_laplaces10", "banana10_vs_normal"])
def test_shapes_in_ten_columns_are_learnt(name):
    """Within five errors of the truth, as 6e-7 of normal estimates are not; a fixed seed."""
    truth = divkit.divergence(PROBLEMS[name].p, PROBLEMS[name].q, "js")
    found = divkit.estimate(*draw(name, 1000, 1000), "js")
    assert abs(found.value - float(truth)) < 5 * found.error < 1.25 * float(truth)
    assert "functions of each column" in str(found.diagnostics["choice"])


def test_what_a_ridge_holds_back_is_its_eigenvalues():
    """ρ from neighbours on the path against tr S(I − S)/tr S of the smoother, made out in full."""
    pool = pooled(two_samples(*normals(n=200, d=3)))
    menu = Menu(None, (0.7,), tuple(10.0 ** (1 - k / 4) for k in range(13)))
    made = ByColumns()(pool)
    path = list(menu.path(made, pool))
    for fit, found in zip(path[1:-1], held_back(path, path)[1:-1], strict=True):
        root = np.sqrt(curvature_of(pool, fit.logit))[:, None] * made.features
        hessian = root.T @ root + fit.ridge * np.diag(made.penalty)
        smoother = np.linalg.solve(hessian, root.T @ root)
        exact = 1 - np.trace(smoother @ smoother) / np.trace(smoother)
        assert found == pytest.approx(exact, abs=0.02)
    assert held_back(path[:1], path[:1]) == 1.0


def test_independent_axes_are_found_whatever_the_columns():
    """Uniform columns, one a sample shifted, mixed: each axis has one column at 20 times the rest
    (cross-talk of FastICA at 4,000 rows is near 1/60; seen: 30)."""
    rng = np.random.default_rng(0)
    s = rng.uniform(-1, 1, size=(4000, 4))
    s[2000:, 0] += 0.3
    mixing = rng.normal(size=(4, 4))
    pool = pooled(two_samples(s[:2000] @ mixing, s[2000:] @ mixing))
    found = independent_columns(pool)
    seen = np.abs(np.corrcoef(found.T, s[pool.place].T)[:4, 4:])
    assert (np.sort(seen.argmax(axis=1)) == np.arange(4)).all()
    assert np.sort(seen, axis=1)[:, :-1].max() < 0.1 and seen.max(axis=1).min() > 0.99


def test_independent_axes_that_act_together_are_flagged_if_no_model_is_as_good():
    pool = pooled(two_samples(*normals()))
    menu = Menu(None, (0.7,), (10.0, 1.0))
    made = ByColumns(pairs=((0, 1),), mixed=True)
    fits = menu.best(made(pool), pool)
    read = averaged(JS, pool, fits)
    assert "act together" in fits[0].against
    assert any("act together" in sign.reason for sign in Doubts().signs(JS, pool, read, fits))
    sound = menu.best(ByColumns(pairs=((0, 1),))(pool), pool)
    assert not any(
        "act together" in sign.reason for sign in Doubts().signs(JS, pool, read, fits + sound)
    )
