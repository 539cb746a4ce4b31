"""The stacked density: near the truth, a law for the exact engine, and honest about its sample."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np
import pytest
import scipy.stats
from scipy import integrate

import divkit
from divkit.density import AutoDensity, fit_density
from divkit.density.auto.account import LAST
from divkit.density.auto.circles import circles
from divkit.density.auto.distance import (
    Price,
    distance_of,
    jackknife_error,
    jsd_terms,
    lost_in_counts,
)
from divkit.density.auto.ends import ends_of
from divkit.density.auto.normal_mixtures import mixtures
from divkit.density.auto.recipes import folds_of
from divkit.density.auto.stacking import stacked
from divkit.distributions import Exponential, Laplace, Mixture1D, Normal, Pareto, StudentT, Uniform

CLAW = Mixture1D((0.5, *[0.1] * 5), (Normal(0, 1), *(Normal(k / 2 - 1, 0.1) for k in range(5))))


@functools.cache
def fitted_to(law, n=1000):
    return fit_density(draws(law, n), "auto")


def draws(law, n=1000, seed=0):
    return law.sample(n, np.random.default_rng(seed)).numpy()[:, 0]


@pytest.mark.parametrize(
    ("law", "parameters"),
    [(Normal(3, 2), 2), (Exponential(0.2), 1), (Laplace(1, 1), 2), (StudentT(2.5, 0, 1), 3)],
)
def test_families_are_found_and_cost_their_parameters(law, parameters):
    """JSD ≈ χ²_k/(8n) for k parameters, over 1,000 rows: below 60/(8n) but 1e-6 times, k ≤ 3.

    P(χ²₃ > 60) = 6e-13; a stack with kernels of its own error is far above.
    """
    assert parameters <= 3
    fitted = fitted_to(law)
    assert divkit.js_divergence(law, fitted).value < 60 / 8000


def test_mixtures_grow_to_the_claw():
    """Six components at 10⁴ rows; every order gains likelihood, and masses are one."""
    x = draws(CLAW, 10_000)
    grown = mixtures(x, 7)
    totals = [float(np.sum(law.log_prob(x))) for law in grown]
    assert (np.diff(totals) > -1).all()
    values = [divkit.js_divergence(CLAW, law).value for law in grown]
    assert values[5] < 1e-3 < values[3]


def test_a_stack_is_a_law_whose_mass_is_one():
    """By SciPy's quadrature, apart from the engine, between the kinks and out to ±80."""
    law = fitted_to(StudentT(2.5, 0, 1)).as_law()
    ends = np.unique(np.r_[-80, -8, np.linspace(-4, 4, 33), 8, 80, law.kinks])
    pieces = [
        integrate.quad(lambda t: float(np.exp(law.log_prob([t])[0])), a, b, limit=400)
        for a, b in itertools.pairwise(ends.tolist())
    ]
    mass = sum(value for value, _ in pieces)
    beyond = float(law.cdf(-80.0) + law.sf(80.0))
    assert abs(mass + beyond - 1) <= sum(error for _, error in pieces) + 1e-9


def test_weights_are_those_of_the_concave_problem():
    """Against a direct search over the share of two members."""
    rng = np.random.default_rng(0)
    x = np.r_[rng.normal(0, 1, 300), rng.normal(4, 1, 100)]
    logs = np.stack([Normal(0, 1).log_prob(x), Normal(4, 1).log_prob(x)], axis=1)
    best = stacked(logs, (0.0, 0.0))
    shares = np.linspace(0.001, 0.999, 999)
    totals = [
        np.logaddexp(np.log1p(-s) + logs[:, 0], np.log(s) + logs[:, 1]).sum() for s in shares
    ]
    assert best.members == (0, 1) and best.gains[1] > 100
    assert abs(best.weights[1] - shares[int(np.argmax(totals))]) < 0.005
    assert best.logs.sum() == pytest.approx(max(totals), abs=1e-2)


def test_a_member_joins_only_for_more_than_chance():
    logs = np.stack([np.zeros(1000), np.full(1000, 1e-4)], axis=1)
    assert stacked(logs, (0.0, 1.0)).members == (0,)
    with pytest.raises(ValueError, match="no density is positive"):
        stacked(np.full((5, 1), -math.inf), (0.0,))


@pytest.mark.parametrize("law", [Uniform(-0.7, 1.9), Exponential(1)])
def test_hard_ends_are_found(law):
    """The lowest point of 1,000 lies within 15/(n f) of the end but e^{−15} = 3e-7 times."""
    end = ends_of(draws(law)).low
    low = float(law.ppf(0.0))
    assert end.hard and abs(end.place - low) < 15 / 1000 * 2.6


def test_tails_are_no_hard_ends():
    """40 points at shares of mean ½ under a hard end; here over 5 standard deviations away."""
    ends = ends_of(draws(StudentT(4, 0, 1), 2000))
    assert not ends.low.hard and not ends.high.hard


def test_an_edge_costs_what_its_place_does():
    """15/n of the mass beyond each end but 6e-7 times, and log 2 for all of it at most."""
    law = Uniform(-0.7, 1.9)
    fitted, kernels = (fit_density(draws(law), name) for name in ("auto", "kde"))
    auto = divkit.js_divergence(law, fitted).value
    assert auto < 30 / 1000 * math.log(2)
    assert auto < 0.3 * divkit.js_divergence(law, kernels).value
    told = fitted.describe()
    assert "lower end: perhaps hard" in told and "normals, for rows beyond the ends" in told


@pytest.mark.parametrize(("law", "n"), [(Pareto(3, 1), 100), (Uniform(-0.7, 1.9), 200)])
def test_no_row_that_comes_later_has_density_0(law, n):
    """Whether an end is one or not; the weight is the chance of a row beyond n."""
    x = law.sample(n, np.random.default_rng([12, n, 77])).numpy()
    fitted = fit_density(x)
    assert fitted.members_[-1].name.endswith(", for rows beyond the ends")
    assert fitted.members_[-1].weight == pytest.approx(1 / (n + 1))
    assert LAST in fitted.describe()
    assert divkit.kl_divergence(law, fitted).value < math.inf
    assert divkit.js_divergence(fitted_to(Exponential(1)), Exponential(1)).value < 60 / 8000
    assert fitted_to(Exponential(1)).score_samples([-0.01])[0] == -math.inf


def test_ends_that_are_told_hold():
    """Beyond them the density is 0, wherever rows lie; −∞ says that there is none."""
    x = draws(Normal(3, 1), 100)
    fitted = fit_density(x, ends=(0, None))
    assert fitted.score_samples([-1e-9])[0] == -math.inf < fitted.score_samples([9.0])[0]
    assert fitted.cdf(0.0) == 0 and fitted.ppf(1e-12) >= 0
    assert fit_density(draws(Uniform()), ends=(-math.inf, math.inf)).support_.hard == ()
    for ends in ((2, 3), (1,), (None, 2.0)):
        with pytest.raises(ValueError, match="ends"):
            fit_density(x, ends=ends)
    with pytest.raises(ValueError, match="2 columns"):
        fit_density(np.stack([x, x**2], axis=1), ends=(0, None))


def test_weights_are_refused_with_what_takes_them():
    x, w = np.random.default_rng(0).random((2, 50))
    with pytest.raises(TypeError, match="gaussian_kde"):
        fit_density(x, sample_weight=w)
    weighted = scipy.stats.gaussian_kde(x, weights=w)
    assert np.exp(divkit.as_law(weighted).log_prob([0.3])) == pytest.approx(weighted([0.3]))


def test_columns_that_look_like_angles_are_told():
    """Of 500 rows, 6 gaps are free at an end with probability e^{−6}: the seed is fixed."""
    turn = np.random.default_rng(0).uniform(0, 360, 500)
    notes = list(circles(np.stack([turn, 180 + turn / 9, turn / 360], axis=1), "abc"))
    assert len(notes) == 1 and notes[0].startswith("a looks like an angle: its rows fill [0, 360)")


def test_integers_become_atoms_and_say_so():
    x = np.random.default_rng(0).integers(0, 5, 400)
    fitted = fit_density(x, "auto")
    assert np.allclose(
        np.exp(fitted.score_samples([0.0, 4.0])), [np.mean(x == 0), np.mean(x == 4)]
    )
    assert fitted.score_samples([0.5])[0] == -math.inf
    assert "table of atoms" in fitted.describe()
    assert set(fitted.sample(50, 0).numpy()[:, 0]) <= set(range(5))


def test_steps_and_copies_are_told():
    z = np.random.default_rng(0).normal(size=500)
    rounded = fit_density(np.round(z, 1), "auto")
    assert any("rounded to steps of 0.1" in note for note in rounded.notes_)
    once, twice = (fit_density(rows, "auto") for rows in (z, np.repeat(z, 2)))
    assert any("copies" in note for note in twice.notes_)
    assert twice.score_samples([0.3]) == once.score_samples([0.3])


def test_tails_are_told():
    told = fitted_to(StudentT(2.5, 0, 1)).describe()
    assert "tail index" in told
    assert "exp(-c |x|^2)" in fitted_to(Normal(3, 2)).describe()


def test_few_rows_and_wrong_folds():
    with pytest.raises(ValueError, match=r"at least 10 distinct rows; got n = 4"):
        fit_density([1.0, 2.5, 4.0, 8.0], "auto")
    with pytest.raises(ValueError, match="folds must be an int of at least 2"):
        AutoDensity(folds=1).fit(draws(Normal(), 50)[:, None])


def test_in_the_plane_a_stack_beats_its_kernels():
    rng = np.random.default_rng(0)
    x = np.r_[rng.normal(0, 1, (200, 2)), rng.normal(5, 0.3, (200, 2))]
    fresh = np.r_[rng.normal(0, 1, (2000, 2)), rng.normal(5, 0.3, (2000, 2))]
    auto, kde = (fit_density(x, name).score(fresh) for name in ("auto", "kde"))
    assert auto > kde + 1000


def test_a_check_has_its_level_and_its_power():
    """Of 300 checks at .05 more than 38 refute with probability 6.4e-8."""
    fitted = fitted_to(Normal(3, 2))
    rng = np.random.default_rng(1)
    refuted = sum(fitted.check(fitted.sample(50, rng)).refuted for _ in range(300))
    assert refuted <= 38
    assert fitted.check(draws(Normal(9, 2), 50)).p_value < 1e-6
    with pytest.raises(ValueError, match="alpha must be in"):
        fitted.check(draws(Normal(), 50), alpha=0.0)


def test_a_check_of_atoms_ranks_draws():
    rng = np.random.default_rng(0)
    fitted = fit_density(rng.integers(0, 3, 300), "auto")
    assert fitted.check(fitted.sample(100, 3)).p_value > 0.005
    impossible = fitted.check(np.full(100, 7.0), alpha=1e-9)
    assert impossible.refuted and impossible.p_value == 0.0
    with pytest.raises(ValueError, match=r"alpha must be at least 0\.001"):
        fitted.check(np.zeros(20), alpha=1e-4)


def test_a_check_sees_rows_that_lie_elsewhere_at_like_densities():
    """The mean log density alone does not: 5s and 10s of a Poisson law, a quadrant of normals."""
    counts = fit_density(np.random.default_rng(0).poisson(5.12, 400), "auto")
    assert counts.check(np.random.default_rng(1).choice([5.0, 10.0], 500)).refuted
    plane = np.random.default_rng(0).normal(size=(300, 2))
    fitted = fit_density(plane, "auto")
    assert fitted.check(np.abs(plane[:100])).refuted


def test_the_ranks_of_a_check_have_their_level():
    """Of 100 checks at .2 more than 41 refute with probability 4e-7."""
    fitted = fit_density(np.random.default_rng(0).poisson(5, 300), "auto")
    rng = np.random.default_rng(1)
    found = [fitted.check(fitted.sample(20, rng), 0.2, rng).refuted for _ in range(100)]
    assert sum(found) <= 41


def test_a_jackknife_of_many_rows_is_of_all_of_them(monkeypatch):
    """Members are chosen on a part; the mean of n normal rows has the standard error σ/√n."""
    monkeypatch.setattr("divkit.density.auto.method.CHOOSING", 500)
    rows = np.random.default_rng(0).normal(size=(8000, 1))
    fitted = AutoDensity().fit(rows)
    exact = math.exp(-0.5) / math.sqrt(2 * math.pi * 8000)  # χ²₄/4 > 9 has probability 3e-7
    assert fitted.members_[0].name == "normal"
    assert fitted.standard_error(np.array([1.0]))[0] < 3 * exact


@pytest.mark.parametrize("law", [Normal(3, 2), Exponential(0.2), Laplace(1, 1)])
def test_a_fit_says_how_far_it_may_be(law):
    """A JSD of χ²_k/8n, k ≤ 2, is above the limit, which is over log n/4n, once in 1,000 times.

    The seed is fixed: another fit of the same rows would have to fail.
    """
    fitted = fitted_to(law)
    found = fitted.distance()
    assert found.one_sided == "upper" and found.interval[0] == 0
    assert found.diagnostics["unseen"] > lost_in_counts(1000) == pytest.approx(0.0019764, rel=1e-4)
    assert divkit.js_divergence(law, fitted).value < found.interval[1] < 0.02


@pytest.mark.parametrize("seed", [100, 101, 103])
def test_few_rows_of_a_normal_law_are_not_uniform_and_have_no_limit(seed):
    fitted = fit_density(draws(Normal(), 20, seed))
    assert not fitted.members_[0].name.startswith("uniform")
    with pytest.raises(ValueError, match="at least 50 rows; got n = 20"):
        fitted.distance()


def test_a_jackknife_is_the_variance_of_a_mean():
    """N(x̄_{−k}, 1) and N(x̄, 1): V is (K − 1)/K Σ (x̄_{−k} − x̄)²/8, to the next order and draws."""
    shifts = np.array([-0.02, 0.01, 0.0, 0.03, -0.02])
    found = distance_of(
        Normal(0, 1), [Normal(s, 1) for s in shifts], 1, Price(4.0, 100),
        n=100, level=0.95, rng=0, method="by hand",
    )  # fmt: skip
    exact = 0.8 * float((shifts**2).sum()) / 8
    assert abs(found.value - exact) < 6 * found.diagnostics["error_of_draws"] + 1e-3 * exact
    assert found.interval[1] > 7.7 * exact + Price(4.0, 100).unseen(0.95) + lost_in_counts(100)


def test_structure_whose_gain_is_below_the_price_by_chance():
    """A shift of κ = δ²/2: the gain of n normal rows has mean nκ and variance 2nκ."""
    jsd = Price(4.0, 100).unseen(0.95)
    n_kl = 4 * 100 * jsd
    assert scipy.stats.norm(n_kl, math.sqrt(2 * n_kl)).cdf(4.0) == pytest.approx(0.05)
    assert Price(4.0, 100).unseen(0.5) == pytest.approx(0.01)


def test_terms_of_a_divergence_integrate_to_it():
    law, other = Normal(0, 1), Normal(0.5, 2)
    rows = law.sample(200_000, np.random.default_rng(0))
    terms = jsd_terms(np.asarray(other.log_prob(rows)) - np.asarray(law.log_prob(rows)))
    exact = divkit.js_divergence(law, other).value
    assert abs(terms.mean() - exact) < 6 * terms.std() / math.sqrt(len(terms))  # 2e-9
    assert jsd_terms(np.array([-math.inf, 0.0])).tolist() == [0.5 * math.log(2), 0.0]


def test_atoms_have_no_distance():
    fitted = fit_density(np.random.default_rng(0).integers(0, 5, 400), "auto")
    with pytest.raises(ValueError, match="table of atoms"):
        fitted.distance()


def test_auto_is_taken_where_no_name_is_given():
    assert isinstance(fit_density(draws(Normal(0, 1), 60)), AutoDensity)


def test_rows_left_out_are_scored_by_fits_without_their_fold():
    """One normal law, of which each fold's fit is known; copies share what their like has."""
    x = Normal(0, 1).sample(200, np.random.default_rng([11, 200])).numpy()[:, 0]
    fitted = fit_density(x)
    assert [member.name for member in fitted.members_] == ["normal"]
    logs = fitted.left_out()
    for fold in folds_of(200, 5):
        rest = np.delete(x, fold)
        held = Normal(float(rest.mean()), float(rest.std())).log_prob(x[fold])
        assert np.allclose(logs[fold], held, atol=1e-9)
    twice = fit_density(np.tile(x, 2)).left_out()
    assert np.allclose(twice[:200], logs, atol=1e-9) and (twice[200:] == twice[:200]).all()


def test_cells_are_fitted_anew_without_each_fold():
    """The share of an atom at its rows is that of the other folds."""
    rng = np.random.default_rng(0)
    x = np.where(rng.random(90) < 0.4, 0.0, rng.normal(2, 1, 90))
    logs = AutoDensity(folds=2).fit(x[:, None]).left_out()
    for fold in folds_of(90, 2):
        share = np.mean(np.delete(x, fold) == 0)
        assert np.allclose(logs[fold[x[fold] == 0]], np.log(share))


def test_standard_errors_are_those_of_the_means_of_folds():
    """N(x̄_{−k}, 1): to the first order the density moves by its slope φ(x) x times the shift."""
    shifts = np.array([-0.002, 0.001, 0.0, 0.003, -0.002])
    points = np.array([-1.0, 0.5, 2.0])
    found = jackknife_error(Normal(0, 1), [Normal(s, 1) for s in shifts], points)
    slope = np.abs(points) * scipy.stats.norm.pdf(points)
    assert found == pytest.approx(slope * math.sqrt(0.8 * float((shifts**2).sum())), rel=5e-3)


def test_standard_errors_are_for_points_of_one_column():
    with pytest.raises(ValueError, match="one column"):
        fit_density(np.random.default_rng(0).integers(0, 5, 400)).standard_error(np.zeros(2))
    with pytest.raises(ValueError, match=r"\(n,\)"):
        fitted_to(Normal(0, 1)).standard_error(np.zeros((2, 1)))
