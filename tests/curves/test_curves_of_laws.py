"""Curves over law expressions and functions: values, families, maps, refusals, what is kept."""

import json
import math

import numpy as np
import pytest
from scipy import stats

from divkit.curves import Axis, Curve, Refusal, Shift, curve
from divkit.distributions import Laplace, Normal, StudentT
from divkit.exact.api import divergence
from divkit.results import Result


def test_a_law_with_a_free_name_has_the_closed_forms_at_every_value():
    walked = curve("normal(0, 1)", "normal(-t, 2*t)", ["kl", "w2"], over={"t": "0.25:8:12:log"})
    t = np.array(walked.values)
    kl, error = walked.series("kl")
    truth = np.log(2 * t) + (1 + t**2) / (8 * t**2) - 0.5
    assert (np.abs(kl - truth) <= error + 1e-14).all()
    w2, gap = walked.series("w2")
    assert (np.abs(w2 - np.hypot(t, 2 * t - 1)) <= gap + 1e-14).all()
    assert walked.names == ("t",) and walked.warnings == ()
    assert walked.path.statement == "normal(0, 1) against normal(-t, 2*t)"


def test_a_function_of_the_parameter_is_a_path():
    walked = curve(lambda nu: (Normal(), StudentT(nu)), over=[1.0, 2.0, 5.0], kinds="tv")
    assert walked.names == ("nu",)
    for nu, result in zip(walked.values, walked.results[0], strict=True):
        other = divergence(Normal(), StudentT(nu), "tv")
        assert abs(result.value - other.value) <= result.error + other.error


def test_laws_of_other_libraries_and_texts_go_together():
    walked = curve(stats.norm(0, 1), "laplace(0, t)", "js", over={"t": [0.5, 2.0]})
    for t, result in zip(walked.values, walked.results[0], strict=True):
        own = divergence(Normal(0, 1), Laplace(0, t), "js")
        assert abs(result.value - own.value) <= result.error + own.error


def test_a_family_has_one_line_a_level():
    walked = curve(
        "iid(normal(0, 1), d)", "iid(normal(t, 1), d)", ["kl"],
        over={"t": [0.5, 1.0]}, by={"d": [1, 4, 9]},
    )  # fmt: skip
    assert walked.names == ("t", "d") and [line.level for line in walked.lines] == [1, 4, 9]
    for d in (1, 4, 9):
        kl, error = walked.series("kl", d=d)
        assert (np.abs(kl - d * np.array([0.125, 0.5])) <= error + 1e-14).all()
    with pytest.raises(ValueError, match="d = 1, 4, 9"):
        walked.series("kl", d=2)


def test_two_parameters_make_a_map():
    walked = curve("normal(0, 1)", "normal(a, b)", "kl", over={"a": [0, 1, 2], "b": [0.5, 1.0]})
    x, y, value = walked.grid("kl")
    assert list(x) == [0, 1, 2] and list(y) == [0.5, 1.0] and value.shape == (2, 3)
    assert value[1] == pytest.approx([0.0, 0.5, 2.0], abs=1e-15)
    assert walked.is_map and walked.lines == ()
    filled = curve("normal()", "normal(a, b)", over={"a": "0:1", "b": "1:2:4"})
    assert filled.grid("js")[2].shape == (4, 33)


def test_what_is_refused_is_a_gap_with_its_reason_and_never_silent():
    walked = curve("normal(0, 1)", "normal(0, t)", ["kl", "js"], over={"t": [-1.0, 0.0, 1.0, 2.0]})
    first = walked.results[0][0]
    assert isinstance(first, Refusal) and "scale must be in" in first.reason
    value, error = walked.series("kl")
    assert np.isnan(value[:2]).all() and np.isnan(error[:2]).all() and value[2] == 0
    assert [line.partition(": refused")[0] for line in walked.warnings] == [
        "kl at 2 of 4 points, first at t = -1",
        "js at 2 of 4 points, first at t = -1",
    ]
    row = walked.rows[0]
    assert row["method"] == "refused" and math.isnan(row["value"]) and "scale" in row["reason"]


def test_where_all_is_refused_the_refusal_is_raised():
    with pytest.raises(ValueError, match="scale must be in"):
        curve("normal(0, 1)", "normal(0, t)", over={"t": [-1.0, -2.0]})
    with pytest.raises(ValueError, match="dimension"):
        curve("normal()", "iid(normal(), d)", over={"d": [2, 3]})


def test_a_fault_of_a_users_function_is_not_taken_for_a_refusal():
    def broken(t):
        return Normal(), {}[t]

    with pytest.raises(KeyError):
        curve(broken, over=[1.0])
    with pytest.raises(ValueError, match="no law of mine"):
        curve(lambda t: (_ for _ in ()).throw(ValueError("no law of mine")), over=[1.0])


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (("normal()", "normal(t, 1)"), {}, ValueError, "needs over, as in over="),
        (("normal()", "normal(t, 1)"), {"over": {"s": [1]}}, ValueError, "'t' .* has no values"),
        (("normal()", "normal(1, 1)"), {"over": {"t": [1]}}, ValueError, "free name 't'"),
        (("normal(t, 1)",), {"over": {"t": [1]}}, ValueError, "needs q"),
        (("normal()", "normal(t"), {"over": {"t": [1]}}, ValueError, "column"),
        (("normal()", "normal(t, s)"), {"over": {"t": [1]}, "by": {"t": [1]}}, ValueError,
         "different parameters"),
        (("normal()", "normal(t, s)"), {"over": {"t": [1]}, "by": {"s": "1:2"}}, ValueError,
         "by needs values"),
        (("normal()", "normal(t, s)"), {"over": {"t": [1]}, "by": {"s": [1], "r": [1]}},
         ValueError, "by must name one"),
        (("normal()", "normal(a, b)"), {"over": {"a": [1], "b": [1], "c": [1]}}, ValueError,
         "one parameter, or two"),
        (("shift",), {"over": {"a": [1], "b": [1]}}, ValueError, "has one parameter"),
        (("shift",), {"by": {"d": [1]}}, ValueError, "has one parameter"),
        (("shift", [1]), {"over": [1]}, ValueError, "two things"),
        (("normal()", "normal(t, 1)"), {"over": {"t": "1:2:3:4"}}, ValueError, "start:stop:count"),
        (("normal()", "normal(t, 1)"), {"over": {"t": "2:1"}}, ValueError, "low to high"),
        (("normal()", "normal(t, 1)"), {"over": {"t": "0:1:log"}}, ValueError, "above 0"),
        (("normal()", "normal(t, 1)"), {"over": {"t": "0.5:9:int"}}, ValueError, "whole values"),
        (("normal()", "normal(t, 1)"), {"over": {"t": "1:x"}}, ValueError, "'x'"),
        (("normal()", "normal(t, 1)"), {"over": {"t": []}}, ValueError, "needs values"),
        (("normal()", "normal(t, 1)"), {"over": {"t": [math.inf]}}, ValueError, "finite"),
        (("normal()", "normal(t, 1)"), {"over": {"t": 3}}, TypeError, "low:high"),
        ((lambda t: Normal(),), {"over": [1]}, TypeError, "a pair"),
    ],
)  # fmt: skip
def test_errors_say_what_is_wrong_and_the_way_out(arguments, options, error, message):
    with pytest.raises(error, match=message):
        curve(*arguments, **options)


def test_axes_are_read_in_every_form():
    assert Axis.read("t", "1:100:3:log").values == (1.0, 10.0, 100.0)
    assert Axis.read("t", "0:1:3").values == (0.0, 0.5, 1.0)
    assert Axis.read("t", "3:9:1").values == (3.0,)
    assert Axis.read("t", "-1, 2e0").values == (-1.0, 2.0)
    assert Axis.read("d", "1:1000:7:log:int").values == (1, 3, 10, 32, 100, 316, 1000)
    placed = Axis.read("t", (1, 4))
    assert placed.placed and placed.values[0] == 1 and placed.values[-1] == 4
    assert Axis.read("u", placed).name == "u"
    assert Axis.from_dict(json.loads(json.dumps(placed.to_dict()))) == placed


@pytest.mark.parametrize(
    "walked",
    [
        curve("df", [0.5, 3.0], ["js", "w1", "renyi(0.5)"]),
        curve("normal(0, 1)", "normal(0, t)", ["js"], over={"t": "-1:1"}),
        curve("normal()", "normal(t, s)", ["tv"], over={"t": [0, 1]}, by={"s": [1, 2]}),
        curve("normal()", "normal(t, s)", ["mmd2(2)"], over={"t": [0, 1], "s": [1, 2]}),
    ],
    ids=["infinite", "refused", "family", "map"],
)
def test_a_curve_comes_back_from_json(walked):
    text = json.dumps(walked.to_dict(), allow_nan=False)
    again = Curve.from_dict(json.loads(text))
    assert again.to_dict() == walked.to_dict()
    assert again.points == walked.points and repr(again.kinds) == repr(walked.kinds)
    assert Curve.from_json(walked.to_json()).to_json() == walked.to_json()
    with pytest.raises(ValueError, match="read from a file"):
        again.path(*again.points[0])
    with pytest.raises(ValueError, match="missing or unknown"):
        Curve.from_dict({**walked.to_dict(), "odd": 1})


def test_the_table_has_one_row_a_point_and_divergence():
    walked = curve("normal()", "normal(t, s)", ["tv", "kl"], over={"t": [0, 1]}, by={"s": [1, 2]})
    table = walked.to_table()
    assert {len(column) for column in table.values()} == {8}
    assert table["t"].dtype == float and set(table["s"]) == {1.0, 2.0}
    frame = walked.to_frame()
    picked = frame[(frame.kind == "kl") & (frame.s == 2) & (frame.t == 1)]
    assert picked.value.item() == walked.series("kl", s=2)[0][1]


def test_points_in_arrays_and_alone_agree_within_their_errors():
    many = curve("mixture(0.3: normal(-3, 0.5), 0.7: normal())",
                 "mixture(0.5: normal(t, 1), 0.5: normal(-1, 2))",
                 ["js", "kl", "tv", "hellinger2"], over={"t": [0.0, 1.0, 3.0]})  # fmt: skip
    alone = curve("mixture(0.3: normal(-3, 0.5), 0.7: normal())",
                  "mixture(0.5: normal(t, 1), 0.5: normal(-1, 2))",
                  ["js", "kl", "tv", "hellinger2"], "quadrature",
                  over={"t": [0.0, 1.0, 3.0]})  # fmt: skip
    for kind in many.kinds:
        (a, e), (b, f) = many.series(kind), alone.series(kind)
        assert (np.abs(a - b) <= e + f).all(), kind
    assert all(isinstance(entry, Result) for column in many.results for entry in column)


def test_layers_and_maps_do_not_go_together():
    from divkit.curves import Asymptotes

    with pytest.raises(ValueError, match="there is a map"):
        curve("normal()", "normal(a, b)", over={"a": [1, 2], "b": [1, 2]}, overlays=[Asymptotes()])


def test_a_named_path_takes_a_range_too():
    walked = curve(Shift(), over="0:4", kinds="js")
    assert walked.names == ("parameter",) and walked.values[0] == 0 and walked.values[-1] == 4


def test_ranges_are_written_in_python_as_in_a_shell():
    laws = ("normal(0, 1)", "normal(s, 1)", "js")
    expected = curve(*laws, over={"s": "1:2:3"})
    assert curve(*laws, over="s=1:2:3").results == expected.results
    mapped = curve("normal(0, 1)", "normal(a, b)", "js", over=["a=0:1:2", "b=1:2:2"])
    assert mapped.is_map and len(mapped.points) == 4
    product = ("iid(normal(0, 1), d)", "iid(normal(1, 1), d)")
    family = curve("iid(normal(0, 1), d)", "iid(normal(t, 1), d)", "kl", over="t=1,2", by="d=1,5")
    assert family.series("kl", d=5)[0].tolist() == pytest.approx([2.5, 10.0], rel=1e-14)
    with pytest.raises(ValueError, match="given twice"):
        curve(*laws, over=["s=1:2", "s=1:3"])
    with pytest.raises(TypeError, match="by must be"):
        curve(*product, "kl", over="t=1,2", by=[1, 5])
