"""What a density fit must not leave unsaid: ends, tails, unseen values, options, convergence."""

import math

import numpy as np
import pytest

from divkit.density import AutoDensity, fit_density
from divkit.density import likelihood_fits as fits
from divkit.density.auto.account import tail_words
from divkit.density.auto.knot_deletion import FewKnots
from divkit.density.auto.log_splines import LogSplines
from divkit.density.auto.recipes import Recipe, folds_of, left_out
from divkit.density.auto.unseen import unseen_share


@pytest.mark.parametrize("fit", [LogSplines, FewKnots])
@pytest.mark.parametrize("ends", [(0.0, math.inf), (0.1, 0.7), (1 / 3, 4 + 1 / 3)])
def test_splines_end_where_they_are_told(fit, ends):
    low, high = ends[0], min(ends[1], ends[0] + 4)
    rows = low + (high - low) * np.random.default_rng(3).beta(1, 3, size=(600, 1))
    for law in fit(ends)(rows):
        assert law.support.boxes[0][0] == ends


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_gumbel_tail_is_told_as_it_falls(sign):
    law = fits.gumbel(np.random.default_rng(0).gumbel(size=(500, 1)))
    words = tail_words("lower", law.tails[0])
    assert words.startswith("lower tail: exp(-c exp(")
    rate = float(words.split("exp(")[2].split()[0])
    far = law.loc - np.array([25.0, 30.0]) * law.scale
    falls = np.log(-np.asarray(law.log_prob(far[:, None])))
    assert np.diff(falls)[0] / (5 * law.scale) == pytest.approx(rate, rel=0.01)


def days(n, rng):
    """Days of six years, and a number that rises with them."""
    day = 18_262 + rng.integers(0, 2000, n)
    return np.stack([day, rng.normal(size=n) + day / 500], axis=1).astype(float)


def test_dates_beside_a_column_are_no_table():
    rng = np.random.default_rng(0)
    fit = fit_density(days(300, rng))
    assert np.isfinite(fit.score_samples(days(200, rng))).all()
    assert "rounded to steps of 1" in fit.describe()


def test_a_table_tells_the_share_that_it_misses():
    rng = np.random.default_rng(0)
    names = rng.geometric(0.05, 400) * 1.5  # few of many values, with rare ones
    rows = np.stack([names, rng.integers(0, 2, 400)], axis=1)
    count = np.unique(rows, axis=0, return_counts=True)[1]
    share = unseen_share(count.tolist())
    assert share == (count == 1).sum() / 400
    text = fit_density(np.repeat([0.0, 1.0, 7.5, 2.25], [90, 60, 50, 1])).describe()
    assert "about 0.5 % of later rows" in text


def test_fits_with_atoms_have_no_features():
    fit = fit_density(np.repeat([0.0, 0.5, 2.0], 30))
    assert not hasattr(fit, "features")


def test_what_a_fold_does_not_allow_is_told(rng):
    def fails(rows):
        raise ValueError("no optimum.")

    def flat(rows):
        return [fits.uniform(np.array([[-9.0], [9.0]]))]

    rows = rng.normal(size=(40, 1))
    seen = left_out(rows, [Recipe(("one",), fails), Recipe(("two",), flat)], folds_of(40, 4))
    assert seen.dropped == (("one", "no optimum."),)


def test_ends_are_those_of_the_rows_off_the_atoms(rng):
    x = np.where(rng.random(300) < 0.3, 0.0, rng.exponential(size=300))
    fit = fit_density(x, ends=(0, None))
    assert float(fit.cdf(-1e-9)) == 0
    with pytest.raises(ValueError, match="between them"):
        fit_density(x, ends=(0.5, None))


ODD = [-1, 0, 0.5, "x", "", True, math.nan, math.inf, [], (), (None,), {}, object, 2 + 1j,
       np.array([1.0, 2.0])]  # fmt: skip
ALLOWED = {
    ("kde", "bandwidth"): [0.5],
    ("knn", "factor"): [0.5],
    ("flow", "rate"): [0.5],
    ("flow", "hidden"): [],
}


@pytest.mark.parametrize("value", ODD, ids=str)
@pytest.mark.parametrize(
    "method, name",
    [
        ("auto", "folds"),
        ("auto", "ends"),
        ("kde", "bandwidth"),
        ("histogram", "bins"),
        ("knn", "k"),
        ("knn", "factor"),
        ("gaussian_mixture", "criterion"),
        ("gaussian_mixture", "most"),
        ("gaussian_mixture", "components"),
        ("gaussian_mixture", "starts"),
        ("maximum_likelihood", "family"),
        ("flow", "transforms"),
        ("flow", "hidden"),
        ("flow", "steps"),
        ("flow", "batch"),
        ("flow", "rate"),
        ("flow", "patience"),
    ],
)
def test_odd_options_are_refused_by_name(method, name, value, rng):
    if method == "flow":
        pytest.importorskip("zuko")
    if any(value is one for one in ALLOWED.get((method, name), ())):
        return
    with pytest.raises(ValueError, match=rf"{name} must be .*; got "):
        fit_density(rng.normal(size=40), method, **{name: value})


@pytest.mark.parametrize("method", ["flow", "gaussian_mixture"])
def test_an_odd_seed_is_refused_by_name(method, rng):
    if method == "flow":
        pytest.importorskip("zuko")
    with pytest.raises(TypeError, match="random_state must be"):
        fit_density(rng.normal(size=40), method, random_state="x")


@pytest.mark.parametrize("family", ["gumbel", "cauchy", "logistic", "student_t"])
@pytest.mark.parametrize("seed", range(8))
def test_no_step_from_a_likelihood_fit_is_uphill(family, seed):
    """Of Cauchy's law, whose rows far out once made the first step the last."""
    x = np.random.default_rng(seed).standard_cauchy((1500, 1))
    law = fits.FAMILIES[family](x)
    top = float(np.asarray(law.log_prob(x)).mean())
    for name in ("loc", "scale"):
        for step in (-1e-3, 1e-3):
            moved = type(law)(**{**vars_of(law), name: getattr(law, name) + step * law.scale})
            assert float(np.asarray(moved.log_prob(x)).mean()) <= top + 1e-12


def vars_of(law):
    """The fields of a law."""
    return {name: getattr(law, name) for name in type(law).__dataclass_fields__}


def test_a_likelihood_without_a_top_is_refused(rng):
    x = np.r_[np.zeros(60), rng.normal(size=5)][:, None]
    with pytest.raises(ValueError, match="was not maximised"):
        fits.student_t(x)


def test_components_are_not_spikes_of_single_rows(rng):
    x = rng.normal(size=5)
    assert fit_density(x, "gaussian_mixture").criteria_.keys() == {1}
    with pytest.raises(ValueError, match="components = 5 of 1 column need at least 10 rows"):
        fit_density(x, "gaussian_mixture", components=5)


def test_a_spike_is_told(rng):
    x = np.r_[rng.normal(size=200), 30 + 1e-9 * rng.normal(size=20)]
    assert "a spike" in " ".join(fit_density(x, "gaussian_mixture", components=2).notes_)


def test_an_unfitted_density_says_so():
    for ask in (AutoDensity().describe, AutoDensity().remarks):
        with pytest.raises(ValueError, match="not fitted yet"):
            ask()


@pytest.mark.parametrize("fit", [LogSplines, FewKnots])
def test_an_end_far_from_all_rows_is_refused_and_not_refined_for_ever(fit):
    rows = 5 * np.random.default_rng(3).beta(1, 3, size=(600, 1))
    with pytest.raises(ValueError, match="too far between the rows and an end"):
        fit((0.0, 1000.0))(rows)


def test_a_width_that_was_not_tried_is_told(rng):
    """One row a million widths away leaves the rows in one cell of Sheather and Jones's."""
    told = fit_density(np.append(rng.normal(size=300), 1e6)).describe()
    assert "not tried" in told
    assert "Sheather and Jones (their equation has no root" in told
