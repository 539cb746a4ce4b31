"""A comparison finds the columns, directions and rows in which samples were made to differ."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.datasets import load_iris

import divkit
from divkit.comparison import compare
from divkit.comparison.features import holm, named_rows
from divkit.plots import draw_directions
from divkit.samples import two_samples


@pytest.fixture(scope="module")
def planted():
    """N(0, I₃) against the same with a shift of 2 along columns 0 and 2, under names."""
    rng = np.random.default_rng(8)
    names = ["a", "b", "c"]
    x, y = rng.normal(size=(300, 3)), rng.normal(size=(250, 3))
    y[:, 0] += np.sqrt(2)
    y[:, 2] -= np.sqrt(2)
    return compare(pd.DataFrame(x, columns=names), pd.DataFrame(y[:, ::-1], columns=names[::-1]))


@pytest.mark.slow
def test_the_divergence_covers_the_truth_and_the_test_rejects(planted):
    js = planted.divergences[0]
    truth = 0.336830820347  # N(0, 1) against N(2, 1)
    assert abs(js.value - truth) < 5 * js.error  # 6e-7 for a normal error
    assert planted.differ and "different laws" in planted.verdict


def test_columns_that_differ_come_first(planted):
    assert {feature.name for feature in planted.features[:2]} == {"a", "c"}
    assert [feature.p_value < 1e-6 for feature in planted.features] == [True, True, False]
    last = planted.features[-1]
    assert last.name == "b" and abs(last.js.value) < 6 * last.js.error + 0.01


def test_the_direction_of_the_shift_is_found(planted):
    first = planted.contrasts[0]
    assert first.kind == "shift"
    planned = np.array([1.0, 0.0, -1.0]) / np.sqrt(2)
    scaled = np.array(first.weights) / np.linalg.norm(first.weights)
    assert abs(scaled @ planned) > 0.95  # a random direction does so with probability .04
    assert first.js.value > max(feature.js.value for feature in planted.features)


def test_rows_that_tell_apart_lie_far_out(planted):
    along = {"x": 1.0, "y": -1.0}
    for extreme in planted.extremes:
        a, _, c = extreme.point
        assert along[extreme.sample] * (c - a) > 0
        assert along[extreme.sample] * extreme.log_ratio > 0
    rows = planted.pair.x[[e.row for e in planted.extremes if e.sample == "x"]]
    assert rows.tolist() == [list(e.point) for e in planted.extremes if e.sample == "x"]


def test_it_is_json_and_prints_its_verdict(planted):
    document = json.loads(json.dumps(planted.to_dict(), allow_nan=False))
    assert document["columns"] == ["a", "b", "c"] and document["differ"]
    assert repr(planted).startswith(planted.verdict)


def test_the_plane_is_drawn_of_directions_that_leave_a_category_out(planted):
    kept = [replace(c, weights=(0.6, 0.8), columns=("a", "c")) for c in planted.contrasts]
    found = replace(planted, contrasts=tuple(kept))
    across = draw_directions(Figure().subplots(), found).collections[0].get_offsets()[:, 0]
    assert np.allclose(across, planted.pair.standardised.x[:, [0, 2]] @ [0.6, 0.8])


def test_columns_keep_their_names_where_they_are_estimated_so_that_notes_stand_once():
    rng = np.random.default_rng(3)
    frames = [
        pd.DataFrame({"v": rng.normal(size=200), "u": rng.normal(size=200).round(1)})
        for _ in range(2)
    ]
    pair = two_samples(*frames, laws="mixed")
    assert any("column 'u'" in note for note in pair.notes)
    assert two_samples(*named_rows(pair), laws="mixed").notes == pair.notes
    assert any("column 'u'" in n for n in two_samples(*named_rows(pair, 1), laws="mixed").notes)
    bare = two_samples(*(frame.to_numpy() for frame in frames), laws="mixed")
    assert named_rows(bare, 0)[0].shape == (200, 1)


@pytest.mark.slow
def test_species_of_iris_differ_and_halves_of_one_do_not():
    rows, kind = load_iris(return_X_y=True)
    assert divkit.compare(rows[kind == 1], rows[kind == 2], ("js",), permutations=199).differ
    half = np.random.default_rng(1).permutation(50)
    one, other = rows[kind == 1][half[:25]], rows[kind == 1][half[25:]]
    found = divkit.compare(one, other, ("js",), permutations=199)
    assert not found.differ and "No difference" in found.verdict  # as this halving fell
    assert any("few" in words for words in found.warnings)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 1.5}, "alpha must be in"),
        ({"alpha": 0.001, "permutations": 99}, "could not reject at alpha=0.001"),
        ({"divergences": ("jss",)}, "jss"),
    ],
)
def test_what_cannot_be_done_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        compare(np.arange(9.0), np.arange(9.0) + 0.5, **options)


def test_holm_is_monotone_and_never_below_bonferroni_of_the_least():
    p_values = np.array([0.2, 0.001, 0.04, 0.04])
    assert holm(p_values) == pytest.approx([0.2, 0.004, 0.12, 0.12])


def test_extreme_rows_have_their_numbers_in_what_was_handed_over():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(40, 2))
    x[:10] = x[10:20]  # copies, which are left out
    y = rng.normal(2, 1, size=(40, 2))
    for each in compare(x, y, ("js",), permutations=19).extremes:
        assert np.array_equal((x, y)["xy".index(each.sample)][each.row], each.point)


def test_what_repeats_in_every_column_is_said_once():
    rows = np.random.default_rng(5).normal(scale=3, size=(2, 90, 2)).round()
    found = compare(*rows, ("energy",), permutations=19)
    assert sum("rounded in x and y" in words for words in found.warnings) == 1
    of_columns = [words for words in found.warnings if words.startswith("js of column")]
    repeated = [words for words in of_columns if "repeat another" in words]
    assert len(repeated) == 2  # of x and of y
    assert all(words.startswith("js of column 1, js of column 0: ") for words in repeated)
