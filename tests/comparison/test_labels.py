"""Columns of labels: categories whose order says nothing, in estimates, tests and rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import divkit
from divkit.comparison import compare, permutation_test
from divkit.comparison.features import labels_p_value
from divkit.samples import two_samples

P, Q = np.array([0.5, 0.3, 0.2]), np.array([0.3, 0.3, 0.4])
SHIFT = 0.6


def _frame(rng, n, shares, shift):
    names = np.array(["red", "green", "blue"])
    return pd.DataFrame(
        {"colour": names[rng.choice(3, n, p=shares)], "height": rng.normal(shift, 1, n)}
    )


@pytest.fixture(scope="module")
def frames():
    rng = np.random.default_rng(4)
    return _frame(rng, 400, P, 0.0), _frame(rng, 300, Q, SHIFT)


def _truth():
    """JSD of the two products, by a sum over labels of the trapezoid rule."""
    x = np.linspace(-12, 12, 4001)
    p, q = P[:, None] * stats.norm.pdf(x), Q[:, None] * stats.norm.pdf(x, SHIFT)
    m = 0.5 * (p + q)
    return 0.5 * float(np.trapezoid(p * np.log(p / m) + q * np.log(q / m), x).sum())


def test_a_label_and_a_number_have_the_divergence_of_their_joint_law(frames):
    js = divkit.estimate(*frames, "js")
    assert abs(js.value - _truth()) < 5 * js.error  # 6e-7 for a normal error


def test_other_names_and_an_other_order_of_labels_change_nothing(frames):
    names = {"red": "m", "green": "z", "blue": "a"}
    renamed = [f.assign(colour=f["colour"].map(names).astype("category")) for f in frames]
    first, second = divkit.estimate(*frames, "js"), divkit.estimate(*renamed, "js")
    assert second.value == pytest.approx(first.value, rel=1e-9)
    tests = [permutation_test(two_samples(*s, laws="mixed")) for s in (frames, renamed)]
    assert tests[1].statistic == pytest.approx(tests[0].statistic, rel=1e-9)


def test_many_labels_are_categories_though_their_places_look_like_steps():
    """The plug-in JSD of 20 labels, in an order where neighbours have shares alike."""
    rng = np.random.default_rng(1)
    shares = np.linspace(1, 3, 20) / 40
    x, y = rng.choice(20, 4000, p=shares), rng.choice(20, 4000, p=shares[::-1])
    words = np.array([f"{k:02d}" for k in range(20)], dtype=object)
    pair = two_samples(words[x], words[y], laws="mixed")
    assert [len(each.atoms) for each in pair.atoms.columns] == [20]
    assert (pair.cells()[0][:, 0] == words[x]).all()
    m = 0.5 * (shares + shares[::-1])
    truth = float((shares * np.log(shares / m)).sum())
    js = divkit.estimate(words[x], words[y], "js")
    assert abs(js.value - truth) < 5 * js.error  # 6e-7 for a normal error


def test_the_p_value_of_labels_is_that_of_the_hypergeometric_law():
    x, y = np.repeat([0.0, 1.0], [14, 6]), np.repeat([0.0, 1.0], [9, 16])
    seen = np.arange(24)
    law = stats.hypergeom(45, 23, 20).pmf(seen)
    far = np.abs(seen - 20 * 23 / 45)
    exact = float(law[far >= far[14] - 1e-9].sum())
    drawn = labels_p_value(x, y, np.random.default_rng(0))
    assert abs(drawn - exact) < 5 * np.sqrt(exact / 9999) + 1e-4  # 6e-7: a binomial share


def test_a_comparison_shows_labels_and_gives_them_no_distance(frames):
    found = compare(*(f.iloc[:120] for f in frames), ("js",), permutations=99)
    colour = next(f for f in found.features if f.name == "colour")
    assert colour.w1 is None and colour.unit is None and set(colour.medians) <= {"red", "blue"}
    assert all(e.point[0] in ("red", "green", "blue") for e in found.extremes)
    assert "–" in found._repr_html_() and found.to_dict()["features"]


@pytest.mark.parametrize(
    ("change", "kinds", "kind_of", "match"),
    [
        ({}, ("w1",), ValueError, "w1 needs distances, and colour holds labels"),
        ({"colour": 1.0}, ("js",), TypeError, "'colour' of x holds labels and column 'colour'"),
        ({"colour": None}, ("js",), ValueError, "row 0, column 'colour' of y, is missing"),
    ],
)
def test_refusals_name_the_column(frames, change, kinds, kind_of, match):
    x, y = frames
    with pytest.raises(kind_of, match=match):
        compare(x, y.assign(**change), kinds)


def test_labels_of_one_row_each_and_noise_on_labels_are_refused():
    names = [f"n{k}" for k in range(70)]
    with pytest.raises(ValueError, match="has 70 labels, too many"):
        divkit.estimate(names, names[::-1], "js")
    with pytest.raises(ValueError, match="jitter= moves numbers"):
        two_samples(["a", "b", "a"], ["b", "a", "b"], laws="mixed", jitter=0.1)
