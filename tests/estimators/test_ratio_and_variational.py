"""Density ratios and trained critics: truths, bounds that hold, cuts that show."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import optimize

import divkit
from divkit.divergences import named, rows
from divkit.divergences.base import FDivergence
from divkit.estimators.cross_fit import dual_value, held_out_ratios
from divkit.estimators.density_ratio import DensityRatio, _least_squares, _likelihood
from divkit.estimators.registry import NotEstimableError
from divkit.estimators.variational import Variational, _donsker

NORMALS = divkit.distributions.Normal(0, 1), divkit.distributions.Normal(0.7, 1)


def pair(n=600, m=500, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 1)), rng.normal(size=(m, 1)) + 0.7


@pytest.mark.sweep(3)
@pytest.mark.parametrize("kind", ["js", "kl", "hellinger2"])
@pytest.mark.parametrize(
    "estimator",
    [
        DensityRatio(),
        DensityRatio("likelihood"),
        Variational(critic="logistic"),
        Variational(critic="logistic", on="f_gan"),
    ],
    ids=str,
)
def test_the_truth_is_within_six_errors(estimator, kind):
    """False alarm 2e-9, with a bias of a tenth of the truth allowed."""
    truth = float(divkit.divergence(*NORMALS, kind))
    result = estimator(*pair(), named(kind))
    assert abs(result.value - truth) <= 6 * result.error + 0.1 * truth
    assert 0 < result.error < truth


@pytest.mark.sweep(3)
@pytest.mark.parametrize("estimator", [DensityRatio(), DensityRatio("likelihood")], ids=str)
@pytest.mark.parametrize(("scale", "shift"), [(1e-300, 0.0), (1e200, 0.0), (1.0, 1e8)])
def test_affine_maps_do_not_matter(estimator, scale, shift):
    x, y = pair(200, 150)
    plain = estimator(x, y, named("js")).value
    moved = estimator(shift + scale * x, shift + scale * y, named("js")).value
    assert moved == pytest.approx(plain, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("row", [r for r in rows() if r.name != "tv"], ids=repr)
def test_every_smooth_row_of_the_table_can_be_read(row):
    result = Variational(critic="logistic", folds=2)(*pair(200, 200), row)
    assert isinstance(row, FDivergence) and np.isfinite(result.value)
    told = any("no standard error" in note for note in result.warnings)
    assert np.isfinite(result.error) != (told and math.isinf(row.upper))


def test_donsker_varadhan_is_tighter_than_nwj_and_a_cut_of_smile_shows():
    at_x, at_y = np.array([0.5, 1.0, 3.0]), np.array([-1.0, 0.0, 9.0])
    dv, _ = _donsker(named("kl"), at_x, at_y, np.inf)
    nwj, _ = dual_value(named("kl"), at_x, at_y)
    assert dv == pytest.approx(1.5 - np.log(np.exp(at_y).mean())) and dv > nwj
    assert _donsker(named("kl"), at_x, at_y, 2.0)[0] == pytest.approx(
        1.5 - np.log(np.exp([-1.0, 0.0, 2.0]).mean())
    )


def test_reading_the_rows_that_were_trained_on_is_said():
    result = Variational("dv", critic="logistic", folds=1)(*pair(100, 100), named("kl"))
    assert "biased upwards" in result.warnings[-1]


def test_least_squares_is_the_minimum():
    rng = np.random.default_rng(0)
    phi_x, phi_y = rng.uniform(size=(50, 6)), rng.uniform(size=(60, 6))
    alpha = _least_squares(phi_x, phi_y, 0.01)

    def loss(a):
        return 0.5 * ((phi_y @ a) ** 2).mean() - (phi_x @ a).mean() + 0.005 * a @ a

    peer = optimize.minimize(loss, np.ones(6), bounds=[(0, None)] * 6, tol=1e-12)
    assert loss(alpha) <= peer.fun + 1e-9 and (alpha >= 0).all()


def test_likelihood_keeps_its_constraint_and_rises_to_the_maximum():
    rng = np.random.default_rng(0)
    phi_x, phi_y = rng.uniform(0.1, 1, size=(50, 4)), rng.uniform(0.1, 1, size=(60, 4))
    alpha = _likelihood(phi_x, phi_y, 0.0)
    assert (phi_y @ alpha).mean() == pytest.approx(1, abs=1e-12)
    best = np.log(phi_x @ alpha).mean()
    for _ in range(200):
        other = rng.dirichlet(np.ones(4)) / phi_y.mean(axis=0)
        assert np.log(phi_x @ other).mean() <= best + 1e-3


def test_cross_fitting_never_shows_a_fit_its_own_rows():
    x, y = np.arange(20.0)[:, None], 100 + np.arange(15.0)[:, None]

    def fit(a, b):
        return lambda z: np.isin(z[:, 0], np.concatenate([a, b])[:, 0]).astype(float)

    at_x, at_y = held_out_ratios(fit, x, y, 4, np.random.default_rng(0))
    assert (at_x == 0).all() and (at_y == 0).all()
    at_x, _ = held_out_ratios(fit, x, y, 1, np.random.default_rng(0))
    assert (at_x == 1).all()
    with pytest.raises(ValueError, match="folds must be in"):
        held_out_ratios(fit, x, y, 16, np.random.default_rng(0))


@pytest.mark.slow
def test_held_out_bounds_lie_below_the_truth_in_the_mean():
    """30 samples; their mean is below truth + 6 standard errors (1e-9)."""
    truth = float(divkit.js_divergence(*NORMALS))
    values = [
        Variational(critic="logistic", folds=2)(*pair(150, 150, s), named("js")).value
        for s in range(30)
    ]
    assert np.mean(values) <= truth + 6 * np.std(values) / np.sqrt(30)


@pytest.mark.parametrize(
    "make",
    [lambda: DensityRatio("cubes"), lambda: DensityRatio(centres=0), lambda: Variational("nwj2"),
     lambda: Variational(clip=0.0)],
)  # fmt: skip
def test_options_are_checked(make):
    with pytest.raises(ValueError, match="must be"):
        make()


def test_what_is_no_bound_is_said():
    with pytest.raises(NotEstimableError, match="bound on kl"):
        Variational("dv")(*pair(), named("js"))
    with pytest.raises(NotEstimableError, match="f-divergences"):
        DensityRatio()(*pair(), named("w1"))


def test_by_name_and_torch_state_is_left_alone():
    state = torch.get_rng_state()
    x, y = pair(200, 200)
    assert divkit.estimate(x, y, "js", method="lsif").value == pytest.approx(0.058, abs=0.05)
    assert (torch.get_rng_state() == state).all()
