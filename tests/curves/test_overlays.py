"""What stands on a curve's axes: estimates, critics, bounds, slopes, ends; each against truth."""

import dataclasses
import itertools
import json
import math

import numpy as np
import pytest

from divkit.curves import (
    Asymptotes,
    Bounds,
    Curve,
    Estimates,
    Layer,
    Slopes,
    TrainedCritics,
    curve,
)
from divkit.curves.overlays.asymptotes import tendency
from divkit.distributions import Uniform, categorical
from divkit.divergences import named
from divkit.divergences.inequalities import INEQUALITIES
from divkit.exact.api import divergence


def shift(kinds, over="0.5:3:6", **options):
    return curve("normal(0, 1)", "normal(t, 1)", kinds, over={"t": over}, **options)


def layer(walked, kind, word=""):
    (found,) = [each for each in walked.layers if each.kind == kind and word in each.name]
    return found


def test_slopes_are_the_closed_forms_within_their_errors():
    walked = shift(["kl", "tv", "w1"], overlays=[Slopes()])
    t = np.array(walked.values)
    truth = {
        "kl": t,
        "tv": np.exp(-(t**2) / 8) / math.sqrt(2 * math.pi),  # d/dt erf(t/√8)
        "w1": np.ones_like(t),
    }
    for kind, slope in truth.items():
        found = layer(walked, kind)
        error = 0.5 * (np.array(found.high) - np.array(found.low))
        assert (np.abs(np.array(found.value) - slope) <= error).all(), kind
        assert error.max() < 1e-8 and found.form == "slope"


def test_slopes_on_a_log_axis_and_of_a_pole():
    walked = curve("normal(0, 1)", "normal(0, t)", "kl", over={"t": "0.01:100:9:log"},
                   overlays=[Slopes()])  # fmt: skip
    t, found = np.array(walked.values), layer(walked, "kl")
    error = 0.5 * (np.array(found.high) - np.array(found.low))
    truth = 1 / t - 1 / t**3
    assert (np.abs(np.array(found.value) - truth) <= error + 1e-15 * np.abs(truth)).all()
    assert (error <= 1e-6 * np.abs(truth) + 1e-8).all()


def test_there_is_no_slope_at_a_corner_or_at_an_end_and_it_is_said():
    walked = shift("w1", [-1.0, 0.0, 1.0], overlays=[Slopes()])
    found = layer(walked, "w1")
    assert math.isnan(found.value[1]) and found.value[0] == pytest.approx(-1)
    assert any("no slope at 1 of 3 points" in line for line in walked.warnings)
    edge = curve("normal()", "normal(0, t)", "kl", over={"t": [0.0, 1.0]}, overlays=[Slopes()])
    assert math.isnan(layer(edge, "kl").value[0])
    with pytest.raises(ValueError, match="whole"):
        curve("iid(normal(), d)", "iid(normal(1, 1), d)", "kl", over={"d": "1:5:int"},
              overlays=[Slopes()])  # fmt: skip


ENDS = {
    "→ log 2": ("normal()", "normal(t, 1)", "js", "1:6"),
    "≈ 0.5 t²": ("normal()", "normal(t, 1)", "kl", "1:6"),
    "≈ t": ("normal()", "normal(t, 1)", "w1", "1:6"),
    "≈ log t": ("normal()", "normal(0, t)", "kl", "10:1000:log"),
    "→ 1": ("normal()", "normal(t, 1)", "tv", "1:6"),
    "→ 0": ("normal()", "normal(1/t, 1)", "js", "1:2"),
    "≈ 0.5 t⁻²": ("normal()", "normal(1/t, 1)", "kl", "1:2"),
}


@pytest.mark.parametrize("name", [name for name in ENDS if name != "→ 0"])
def test_what_a_line_tends_to_is_named(name):
    p, q, kind, over = ENDS[name]
    walked = curve(p, q, kind, over={"t": over + ":5" * ("log" not in over)},
                   overlays=[Asymptotes()])  # fmt: skip
    (end,) = walked.layers
    assert end.name == name and end.form == "end"
    assert end.value == (walked.results[0][-1].value,)


def test_tendencies():
    t = [2.0**k for k in range(7)]
    assert tendency(t, [3 + 1 / x for x in t], math.inf, "t") == "→ 3"
    assert tendency(t, [math.sin(5 * x) + 2 for x in t], math.inf, "t") == ""
    assert tendency(t, [0.7 * math.sqrt(x) for x in t], math.inf, "s") == "≈ 0.7 s⁰·⁵"
    assert tendency(t, [5.0] * 7, math.inf, "t") == "→ 5"
    assert tendency(t[:3], [1, 2, 3], math.inf, "t") == ""


@pytest.mark.parametrize(
    ("q", "kind", "upper", "end"),
    [
        # JSD and TV against ever wider laws tend to their ceilings, slowly.
        ("laplace(0, {})", "js", math.log(2), "→ log 2"),
        ("normal(0, {})", "tv", 1.0, "→ 1"),
        # Too far from the end to be named: extrapolations differ.
        ("cauchy(0, {})", "js", math.log(2), ""),
    ],
)
def test_no_end_is_named_above_the_ceiling(q, kind, upper, end):
    t = [4.0 * 2**k for k in range(7)]
    p = "cauchy(0, 1)" if q.startswith("cauchy") else "normal(0, 1)"
    values = [divergence(p, q.format(x), kind).value for x in t]
    assert tendency(t, values, upper, "t") == end


def test_what_has_a_ceiling_does_not_grow():
    t = [2.0**k for k in range(1, 8)]
    assert tendency(t, [0.01 * x for x in t], 1.0, "t") == ""
    assert tendency(t, [0.05 * math.log(x) for x in t], 1.0, "t") == ""


def test_an_end_that_is_not_seen_is_said():
    walked = curve("uniform(0, 1)", "uniform(0, 1 + 0.9*sin(t))", "kl", over={"t": [0.0, 1.0]},
                   overlays=[Asymptotes()])  # fmt: skip
    assert any("no simple limit" in line for line in walked.warnings)


def random_pair(rng):
    return [categorical((w / w.sum()).tolist()) for w in rng.dirichlet([0.4] * 4, size=2)]


@pytest.mark.parametrize("bound", INEQUALITIES, ids=lambda b: f"{b.of} {b.side} {b.formula}")
def test_every_bound_holds_for_random_laws(bound):
    rng = np.random.default_rng(1)
    for _ in range(40):
        p, q = random_pair(rng)
        of, by = (divergence(p, q, name) for name in (bound.of, bound.by))
        value = bound(*by.interval)
        gap = of.value - value if bound.side == "lower" else value - of.value
        assert gap >= -(of.error + 1e-14 * max(1, abs(value)))


@pytest.mark.parametrize("bound", INEQUALITIES, ids=lambda b: f"{b.of} {b.side} {b.formula}")
def test_bounds_are_increasing_and_taken_at_the_safe_end(bound):
    values = np.linspace(0, min(bound.most, 20.0), 50)
    numbers = [bound.bound(float(v)) for v in values]
    assert all(a <= b for a, b in itertools.pairwise(numbers))
    low, high = float(values[10]), float(values[20])
    assert bound(low, high) == bound.bound(low if bound.side == "lower" else high)


def test_bounds_stand_on_the_right_side_of_the_curve():
    walked = shift(["js", "tv", "kl"], overlays=[Bounds(("tv", "hellinger2", "kl"))])
    assert {each.form for each in walked.layers} == {"floor", "roof"}
    for each in walked.layers:
        value, _ = walked.series(each.kind)
        gap = np.array(each.value) - value
        assert (gap >= -1e-13).all() if each.form == "roof" else (gap <= 1e-13).all()
        assert each.details["source"]
    with pytest.raises(ValueError, match="no bound of w1"):
        shift("w1", overlays=[Bounds(("tv",))])


def test_estimates_bracket_the_truth_and_have_their_own_seeds():
    made = Estimates(200, ("knn",), seeds=4, points=3)
    walked = shift("js", overlays=[made])
    again = shift("js", overlays=[made])
    assert walked.layers == again.layers and len(walked.layers) == 1
    other = shift("js", overlays=[dataclasses.replace(made, seed=1)])
    assert other.layers[0].value != walked.layers[0].value
    found = layer(walked, "js", "knn")
    assert found.name == "by knn, n = 200, 4 seeds" and len(found.at) == 3
    for t, value, low, high in zip(found.at, found.value, found.low, found.high, strict=True):
        assert low <= value <= high
        truth = walked.results[0][walked.values.index(t)].value
        assert abs(value - truth) < 0.15  # six standard errors of the mean of four
    assert found.details["estimates"] == 12 and 0 <= found.details["covered"] <= 1


def test_limits_among_estimates_are_marked_and_every_estimate_is_counted():
    seen = []
    far = Estimates(40, ("knn", "lower_bound"), seeds=2, points=2,
                    observe=lambda *parts: seen.append(parts))  # fmt: skip
    walked = shift("js", [1.0, 1.0, 3.0], overlays=[far])
    assert walked.values == (1.0, 3.0) and seen == [(k, 8) for k in range(1, 9)]
    assert layer(walked, "js", "knn").sides == ("", "")
    assert layer(walked, "js", "lower_bound").sides == ("lower", "lower")
    axes = walked.plot()
    (words,) = [line.get_label() for line in axes.lines if "lower_bound" in line.get_label()]
    assert words.endswith("(△ lower limits among them)")
    marked = [line for line in axes.lines if line.get_marker() == "^" and len(line.get_xdata())]
    assert [line.get_xdata().tolist() for line in marked] == [[1.0, 3.0]]


def test_one_seed_shows_the_estimators_own_interval():
    walked = shift("js", [1.0], overlays=[Estimates(200, ("knn",), seeds=1)])
    found = layer(walked, "js")
    assert found.low[0] < found.value[0] < found.high[0] and found.name == "by knn, n = 200"


def test_what_an_estimator_refuses_is_said():
    walked = shift(["js", "w1"], [1.0], overlays=[Estimates(100, ("knn",), seeds=2)])
    assert math.isnan(layer(walked, "w1").value[0])
    assert any("2 of 2 estimates refused" in line for line in walked.warnings)
    with pytest.raises(ValueError, match="samples must be"):
        Estimates(1)
    with pytest.raises(ValueError, match="share"):
        Estimates(share=1.0)
    with pytest.raises(ValueError, match="unknown estimator"):
        shift("js", [1.0], overlays=[Estimates(100, ("knnn",))])


def test_trained_critics_are_lower_bounds_and_a_rich_one_reaches_the_curve():
    walked = shift(["js", "kl"], [1.0, 2.0], overlays=[TrainedCritics(("logistic",))])
    for kind in ("js", "kl"):
        value, error = walked.series(kind)
        found = layer(walked, kind)
        off = np.array(found.high) - np.array(found.value)
        # the log ratio of two shifted normals is affine: the logistic critic is the best one
        assert (np.abs(np.array(found.value) - value) <= off + error + 1e-9).all()
    poor = curve("normal()", "normal(0, t)", "js", over={"t": [3.0]},
                 overlays=[TrainedCritics(("logistic",))])  # fmt: skip
    assert poor.layers[0].value[0] < 0.5 * poor.results[0][0].value
    with pytest.raises(ValueError, match="f-divergences"):
        shift("w1", overlays=[TrainedCritics()])


def test_critics_of_an_infinite_divergence_leave_a_gap_that_is_said():
    walked = curve(Uniform(0, 1), "uniform(t, 1 + t)", ["kl", "js"], over={"t": [0.0, 0.5]},
                   overlays=[TrainedCritics(("logistic",))])  # fmt: skip
    assert math.isnan(layer(walked, "kl").value[1])
    assert any("kl by logistic critic: at 1 of 2 points" in line for line in walked.warnings)


def test_layers_of_a_family_have_its_level_and_all_come_back_from_json():
    walked = curve("normal()", "normal(t, s)", "js", over={"t": [1.0, 2.0]}, by={"s": [1, 2]},
                   overlays=[Slopes(), Asymptotes(), Bounds(("tv",))])  # fmt: skip
    assert {each.level for each in walked.layers} == {1.0, 2.0}
    again = Curve.from_dict(json.loads(json.dumps(walked.to_dict(), allow_nan=False)))
    assert again.to_dict() == walked.to_dict() and len(again.layers) == len(walked.layers)
    frame = walked.to_frame()
    slopes = frame[(frame.layer == "slope in t") & (frame.s == 2)]
    assert list(slopes.t) == [1.0, 2.0]


def test_a_layer_is_checked_when_it_is_made():
    with pytest.raises(ValueError, match="form must be"):
        Layer("a", "js", "dots", (), (), (), ())
    with pytest.raises(ValueError, match="as long"):
        Layer("a", "js", "band", (1.0,), (), (), ())
    with pytest.raises(ValueError, match="a layer has"):
        Layer.from_dict({"name": "a"})


def test_an_overlay_of_ones_own_is_a_function_of_the_curve():
    def halves(walked):
        value, _ = walked.series("js")
        half = tuple(0.5 * value)
        return [Layer("half", "js", "floor", walked.values, half, half, half)]

    walked = shift("js", overlays=[halves])
    assert layer(walked, "js").value == tuple(0.5 * walked.series("js")[0])
    assert named("js").name == walked.layers[0].kind
