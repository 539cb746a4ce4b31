"""Curves against closed forms: KL, W1, W2 of normals, the ceiling of JSD, symmetries of a path."""

import json
import math

import numpy as np
import pytest

from divkit.curves import PATHS, Curve, Mixing, Shift, curve
from divkit.distributions import Normal, mixture
from divkit.divergences.stable import LOG2
from divkit.exact.api import divergence


def test_shift_has_the_closed_forms_and_the_printed_values():
    points = [0.0, 0.1, 1.0, 2.0, 4.0, 8.0]
    walked = curve("shift", points, ["js", "kl", "w1"])
    t = np.array(points)
    for kind, truth in (("kl", t**2 / 2), ("w1", t)):
        value, error = walked.series(kind)
        assert (np.abs(value - truth) <= error + 1e-15 * truth).all()
    js, _ = walked.series("js")
    printed = [0, 0.001248440096, 0.111421482185, 0.336830820347, 0.632720193737, 0.693053645483]
    assert js == pytest.approx(printed, abs=6e-13)  # 12 digits printed


def test_jsd_saturates_while_w1_goes_on():
    walked = curve("shift", np.linspace(0, 20, 9), ["js", "w1"])
    (js, error), (w1, _) = walked.series("js"), walked.series("w1")
    assert (np.diff(js)[:4] > 0).all() and (js <= LOG2 + error).all()
    assert LOG2 - js[-1] < 1e-15 + error[-1]
    assert np.diff(w1) == pytest.approx(2.5, rel=1e-12)


def test_scale_is_symmetric_in_log_t_and_w1_is_linear():
    t = np.array([0.2, 0.5, 2.0, 5.0])
    walked = curve("scale", t, ["js", "w1"])
    (js, error), (w1, gap) = walked.series("js"), walked.series("w1")
    assert (np.abs(js - js[::-1]) <= error + error[::-1]).all()
    assert (np.abs(w1 - np.abs(t - 1) * math.sqrt(2 / math.pi)) <= gap + 1e-15).all()


def test_dimension_is_a_shift_of_delta_root_d():
    dims = [1, 4, 9, 25]
    walked = curve("dimension", dims, ["js", "kl", "w2"])
    for i, d in enumerate(dims):
        line = divergence(Normal(0, 1), Normal(0.5 * math.sqrt(d), 1), "js")
        js = walked.results[0][i]
        assert abs(js.value - line.value) <= js.error + line.error
    (kl, kl_error), (w2, w2_error) = walked.series("kl"), walked.series("w2")
    d = np.array(dims)
    assert (np.abs(kl - d / 8) <= kl_error + 1e-15).all()
    assert (np.abs(w2 - 0.5 * np.sqrt(d)) <= w2_error + 1e-15).all()


def test_mixing_runs_from_zero_to_the_whole_shift_and_is_convex():
    walked = curve(Mixing(shift=3.0), [0.0, 0.25, 0.5, 0.75, 1.0], ["js"])
    js, error = walked.series("js")
    whole = divergence(Normal(0, 1), Normal(3, 1))
    assert js[0] == 0.0 and abs(js[-1] - whole.value) <= error[-1] + whole.error
    assert (np.diff(js, 2) > 0).all()  # JSD is convex in its second law
    half = divergence(Normal(0, 1), mixture([0.5, 0.5], [Normal(0, 1), Normal(3, 1)]))
    assert abs(js[2] - half.value) <= error[2] + half.error


def test_degrees_of_freedom_fall_like_one_over_t_squared():
    walked = curve("df", [50.0, 100.0, 200.0], ["js"])
    js, _ = walked.series("js")
    # t_ν / N = 1 + g(x)/ν + O(1/ν²), so JSD = E g²/(8ν²) + O(1/ν³), g = (x⁴ − 2x² − 1)/4
    leading = (105 - 4 * 15 + (4 - 2) * 3 + 4 * 1 + 1) / 16 / 8
    assert js * np.array([50.0, 100.0, 200.0]) ** 2 == pytest.approx([leading] * 3, rel=0.2)
    scaled = js * np.array([50.0, 100.0, 200.0]) ** 2
    assert abs(scaled[2] - leading) < 0.6 * abs(scaled[1] - leading)  # an O(1/ν) remainder


def test_first_moment_of_heavy_tails_is_infinite_and_rows_are_strict_json():
    walked = curve("df", [0.5, 3.0], ["js", "w1"])
    assert walked.series("w1")[0][0] == math.inf
    text = json.dumps(walked.to_dict(), allow_nan=False)
    assert walked.to_dict()["path"] == "DegreesOfFreedom()"
    assert walked.to_dict()["values"] == list(walked.values)
    rows = json.loads(text)["rows"]
    assert [row["parameter"] for row in rows] == [0.5, 3.0, 0.5, 3.0]
    assert rows[2]["value"] == "inf" and rows[0]["kind"] == "js"


@pytest.mark.parametrize("name", list(PATHS))
def test_every_path_has_its_own_values_and_says_what_it_is(name):
    path = PATHS[name]
    assert list(path.values) == sorted(set(path.values)) and len(path.values) > 10
    p, q = path(path.values[-1])
    assert p.dim == q.dim
    assert path.label and "against" in path.statement


def test_a_path_is_any_object_with_the_attributes():
    walked = curve(Shift(scale=2.0), [2.0], "js")
    assert isinstance(walked, Curve)
    assert walked.results[0][0].value == pytest.approx(0.111421482185, abs=6e-13)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("shfit",), "shift"),
        (("shift", []), "needs values"),
        (("shift", [1.0], []), "needs values and kinds"),
        (("scale", [0.0]), "scale"),
        (("mixing", [1.5]), r"\[0, 1\]"),
        (("dimension", [1.5]), "whole number"),
        (("dimension", [0]), "whole number"),
        (("shift", [1.0], ["jss"]), "js"),
    ],
)
def test_errors_say_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        curve(*arguments)


def test_series_of_an_absent_kind():
    with pytest.raises(ValueError, match="this curve has js"):
        curve("shift", [1.0]).series("kl")
