"""The stack for samples with atoms: tables of cells, counts, rounded rows; truth exactly."""

import math

import numpy as np
import pytest

import divkit
from divkit.density import AutoDensity, fit_density
from divkit.density.auto.counts import refused
from divkit.distributions import (
    Exponential,
    FiniteLaw,
    Geometric,
    MixedLaw,
    Normal,
    Poisson,
    mixture,
    product,
)

ZERO = mixture([0.3, 0.7], [FiniteLaw([0.0], [1.0]), Exponential(1.0)])


def test_zero_inflated_columns_are_an_atom_and_a_density():
    """Two parameters: 8n JSD is χ²₂ but for higher order, > 60 with probability 1e-13."""
    fitted = fit_density(ZERO.sample(600, 0).numpy(), "auto")
    assert isinstance(fitted.as_law(), MixedLaw)
    assert divkit.js_divergence(ZERO, fitted).value < 60 / (8 * 600)
    assert "atom at X = 0" in fitted.describe()
    share = np.exp(fitted.score_samples([0.0])[0])
    assert share == pytest.approx(np.mean(fitted.sample(4000, 1).numpy() == 0), abs=0.05)
    assert fitted.check(ZERO.sample(200, 2).numpy()).p_value > 0.005


@pytest.mark.parametrize("rate", [3.0, 60.0])
def test_whole_numbers_have_laws_of_counts(rate):
    """One parameter: 8n JSD is χ²₁ but for higher order, > 40 with probability 3e-10."""
    law = Poisson(rate)
    fitted = fit_density(law.sample(400, 0).numpy(), "auto")
    assert [m.name for m in fitted.members_] == ["Poisson"]
    assert divkit.js_divergence(law, fitted).value < 40 / (8 * 400)
    assert fitted.score_samples([2.5])[0] == -math.inf
    assert "geometric" in fitted.refused_


def test_counts_of_no_family_are_tables():
    law = mixture([0.6, 0.4], [Poisson(3.0), Poisson(40.0)])
    fitted = fit_density(law.sample(500, 0).numpy(), "auto")
    assert all("table" in member.name for member in fitted.members_)
    assert set(fitted.refused_) >= {"Poisson", "geometric"}
    assert fitted.score_samples([999.0])[0] == -math.inf
    assert "any other has probability 0" in fitted.describe()
    assert divkit.js_divergence(law, fitted).value < 0.03


def test_chi_squared_refuses_what_is_wrong_and_little_else():
    """At 10⁻³; of 200 samples of the law itself over 6 are refused with probability 5e-9."""
    law, source = Poisson(5.0), np.random.default_rng(0)
    samples = [law.sample(300, source).numpy()[:, 0] for _ in range(200)]
    assert sum(refused(Poisson(float(x.mean())), x) for x in samples) <= 6
    assert all(refused(Geometric(1 / (1 + float(x.mean())), 0), x) for x in samples)


def test_sparse_cells_keep_how_columns_depend_on_each_other():
    """Cells of two rows: Var(y) is 145 given nothing, 1 given the atoms."""
    rng = np.random.default_rng(5)
    flag, count = rng.integers(0, 2, 100), rng.integers(1, 41, 100)
    y = 5 * flag + count + rng.normal(size=100)
    fitted = fit_density(np.c_[flag, count, y])
    drawn = fitted.sample(4000, 0).numpy()
    assert (drawn[:, 2] - 5 * drawn[:, 0] - drawn[:, 1]).std() < 1.6
    told = fitted.describe()
    assert "about the mean given column 0, column 1" in told and "has probability 0" in told


@pytest.mark.slow
def test_spread_and_shape_depend_on_atoms_where_rows_left_out_say_so():
    """Of two points and normal laws, whose sizes grow e^2 times, about a line."""
    rng = np.random.default_rng(0)
    flag, count = rng.integers(0, 2, 300), rng.integers(0, 20, 300)
    shape = np.where(flag == 0, rng.normal(size=300), rng.choice([-1, 1], 300))
    y = count + np.exp(count / 10) * (shape + 0.1 * rng.normal(size=300))
    fitted = fit_density(np.c_[flag, count, y])
    given = "column 0, column 1, of each column 0"
    assert f"about the mean and spread given {given}" in fitted.describe()


def test_columns_that_atoms_determine_have_no_density_given_them():
    x = np.random.default_rng(0).permutation(60).astype(float)
    with pytest.raises(ValueError, match=r"linearly dependent|determined by column 0"):
        fit_density(np.stack([x, 0.7 * x + 0.1], axis=1))


def test_a_flag_beside_a_normal_column_is_a_table_of_two_cells():
    truth = mixture(
        [0.3, 0.7],
        [product([FiniteLaw([k], [1.0]), Normal(3 * k, 1 + k)]) for k in (0.0, 1.0)],
    )
    fitted = fit_density(truth.sample(400, 0).numpy(), "auto")
    js = divkit.js_divergence(truth, fitted)
    assert js.value < 80 / (8 * 400)  # five parameters: χ²₅ > 80 with probability 1e-15
    other = truth.sample(400, 3).numpy()
    other[:, 0] = 1 - other[:, 0]
    assert fitted.check(other, 1e-2).refuted


def test_a_cell_that_a_sample_lacks_makes_kl_infinite_and_js_not():
    rng = np.random.default_rng(0)
    rows = np.c_[np.r_[np.zeros(300), np.ones(8)], rng.normal(size=308)]
    fitted = fit_density(rows, "auto")
    assert any("independent of column 0: their own rows are too few" in n for n in fitted.notes_)
    more = mixture(
        [0.5, 0.3, 0.2],
        [product([FiniteLaw([k], [1.0]), Normal()]) for k in (0.0, 1.0, 2.0)],
    )
    assert divkit.kl_divergence(more, fitted).value == math.inf
    assert divkit.js_divergence(more, fitted).value < math.log(2)


def test_categories_alone_are_a_table():
    rng = np.random.default_rng(0)
    rows = np.c_[rng.integers(0, 3, 300), rng.integers(0, 2, 300)]
    fitted = fit_density(rows, "auto")
    assert isinstance(fitted.as_law(), FiniteLaw)
    assert np.exp(fitted.score_samples([[2.0, 1.0]])[0]) == pytest.approx(
        np.mean((rows == [2, 1]).all(axis=1))
    )


def test_too_many_cells_are_refused_with_a_way_out():
    rows = np.random.default_rng(0).integers(0, 9, (9000, 5)).astype(float)
    with pytest.raises(ValueError, match="too many for a table"):
        AutoDensity().fit(rows)


def test_kernels_by_name_refuse_atoms_and_tell_of_steps():
    x = np.random.default_rng(0).integers(0, 5, 400)
    with pytest.raises(ValueError, match=r"X has atoms, .* method='auto'"):
        fit_density(x, "kde")
    both = fit_density(np.c_[np.random.default_rng(1).normal(size=400), x], "gaussian_mixture")
    assert any("column 1 of X is on steps of 1" in note for note in both.notes_)
    few = fit_density([1, 2, 3, 4, 5], "kde")
    assert any("steps of 1" in note for note in few.notes_)


def test_rows_are_estimated_against_a_law_with_atoms():
    """Within 6 standard errors (2e-9) of the exact divergence from the law that they are of."""
    truth = mixture([0.6, 0.4], [FiniteLaw([0.0], [1.0]), Exponential(0.4)])
    found = divkit.estimate(ZERO, truth.sample(400, 3).numpy())
    assert abs(found.value - divkit.js_divergence(ZERO, truth).value) < 6 * found.error
