"""Values that rounding sets apart or puts together, and units whose squares are no floats."""

from __future__ import annotations

import numpy as np
import pytest

from divkit.density import GaussianMixture, fit_density
from divkit.distributions import Normal
from divkit.samples import column, levels
from divkit.samples.copies import distinct


def normal(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


def test_the_like_of_a_sum_of_logs_is_a_tie():
    """Twenty rows on the likeliest value: as many draws have the same mean log 2 times in 3.

    Means of the same terms that two libraries round apart ranked as extremes, at p = .01.
    """
    fitted = fit_density(np.r_[np.full(49, 3.0), 4.0])
    assert fitted.check(np.full(20, 3.0)).p_value == 1.0
    counts = fit_density(np.random.default_rng(0).poisson(7, 200))
    assert counts.check(counts.sample(50, 1)).p_value > 0.005


def test_floats_within_rounding_of_an_atom_are_on_it():
    x = np.r_[np.tile([0.3, 0.1 + 0.2], 40), np.ones(20)]
    fitted = fit_density(x)
    assert np.exp(fitted.score_samples([0.1 + 0.2, 0.3, 1.0])) == pytest.approx([0.8, 0.8, 0.2])
    assert fitted.check(x).p_value > 0.5


def test_an_offset_that_took_the_digits_is_refused_and_a_lesser_one_makes_no_atoms():
    """No level is wider than four units: where values crowd each is near the next."""
    crowded = 1e13 + normal(200)
    seen = levels(crowded)
    assert np.abs(crowded - seen.value[seen.of_row]).max() <= 4 * np.spacing(1e13)
    assert column(crowded).kind == "continuous"
    with pytest.raises(ValueError, match=r"differ by a few units .* Take the offset off"):
        fit_density(1e15 + normal(200))


@pytest.mark.parametrize("name", ["auto", "kde", "knn", "gaussian_mixture"])
@pytest.mark.parametrize("unit", [1e-300, 1e-160, 1e160])
def test_units_whose_squares_are_no_floats_are_refused_with_the_way_out(name, unit):
    with pytest.raises(ValueError, match=r"do not hold the squares .* Fit X / "):
        fit_density(unit * normal(80).reshape(40, 2), name)
    assert np.isfinite(GaussianMixture().fit(unit * normal(40)[:, None]).score([[0.0]]))


def test_rounding_as_coarse_as_the_density_gives_no_copies():
    """Steps of a third of an exponential's mean; copies of values to six digits are seen."""
    rng = np.random.default_rng(0)
    steep = np.round(rng.exponential(0.3, 1000), 1)
    assert distinct(steep[:, None]).copies == 0
    fine = np.round(rng.normal(size=200), 6)
    assert distinct(fine[rng.integers(0, 200, 200), None]).copies > 40


def test_a_rounded_column_beside_an_atom_repeats_by_rounding():
    """Rain in tenths of a millimetre: no copies; an atom at 0, and the others spread."""
    rng = np.random.default_rng(0)
    x = np.where(rng.random(300) < 0.3, 0.0, np.round(rng.gamma(2, 2, 300), 1))
    assert len(distinct(x[:, None]).kept) == 300
    fitted = fit_density(x)
    assert np.exp(fitted.score_samples([0.0])) == pytest.approx(np.mean(x == 0))
    assert any("rounded to steps of 0.1" in note for note in fitted.notes_)
    assert 0 < np.exp(fitted.score_samples([1.73])) < 1


def test_the_rows_beside_an_atom_are_not_judged_anew():
    """.1 has more than twice the rows of .2 and .3: an atom, but for 0, whose rows are away."""
    x = np.repeat(np.arange(16) / 10, [200, 60, 20, 7, *[1] * 12])
    fitted = fit_density(x)
    assert column(x).atoms.tolist() == [0.0]
    assert np.exp(fitted.score_samples([0.0])) == pytest.approx(200 / 299)
    assert np.isfinite(fitted.score_samples([0.1, 0.123])).all()


def test_rounded_rows_are_checked_as_they_were_fitted():
    """Steps of half a spread are .1 of the distribution function: 2,000 rows would refute it."""
    fitted = fit_density(np.round(2 * normal(1000)) / 2)
    later = np.round(2 * normal(2000, seed=1)) / 2
    assert fitted.check(later).p_value > 1e-6
    assert fitted.check(Normal(0.5, 1).sample(2000, np.random.default_rng(2))).refuted
