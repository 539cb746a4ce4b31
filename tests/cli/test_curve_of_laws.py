"""`divkit curve P Q`: every flag, what is written, and what is refused with advice."""

import csv
import json

import pytest
from typer.testing import CliRunner

from divkit.cli.main import app
from divkit.curves import Curve

LAWS = ("normal(0, 1)", "normal(t, 1)")


def call(*arguments):
    return CliRunner().invoke(app, ["curve", *arguments])


def read(*arguments):
    done = call(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout), done


def test_two_laws_with_a_free_name_make_a_table():
    done = call(*LAWS, "--over", "t=1:2:2", "--kind", "kl,w1")
    assert done.exit_code == 0, done.output
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[:4] == [["t", "kl", "w1"], ["1", "0.5", "1"], ["2", "2", "2"], []]


def test_a_table_says_how_large_errors_are_and_what_is_infinite():
    done = call("uniform(0, 1)", "uniform(t, 1)", "--over", "t=0,0.25,0.5", "--kind", "kl,js")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[5].split() == ["divergence", "largest", "error", "at", "infinite"]
    kl, js = (line.split() for line in lines[6:8])
    plain, _ = read("uniform(0, 1)", "uniform(t, 1)", "--over", "t=0,0.25,0.5", "--kind", "js")
    errors = {row["t"]: row["error"] for row in plain["rows"]}
    assert kl[0] == "kl" and kl[-3:] == ["2", "of", "3"]
    assert js[0] == "js" and js[-1] == "none"
    assert (
        float(js[1])
        == float(f"{max(errors.values()):.2g}")
        == float(f"{errors[float(js[4])]:.2g}")
    )


def test_json_is_a_curve_that_comes_back():
    plain, _ = read(*LAWS, "--over", "t=0:3", "--kind", "js")
    again = Curve.from_dict(plain)
    assert again.names == ("t",) and len(again.points) > 20
    assert again.to_dict() == plain


def test_a_family_and_a_map():
    plain, _ = read("iid(normal(), d)", "iid(normal(t, 1), d)", "--over", "t=1,2", "--by",
                    "d=1,4", "--kind", "kl")  # fmt: skip
    assert plain["points"] == [[1, 1], [2, 1], [1, 4], [2, 4]]
    assert [row["value"] for row in plain["rows"]] == pytest.approx([0.5, 2, 2, 8])
    done = call(
        "normal()", "normal(a, b)", "--over", "a=0:1:2", "--over", "b=1:2:2", "--kind", "kl"
    )
    assert done.stdout.splitlines()[0].split() == ["a", "b", "kl"]
    assert done.stdout.splitlines().index("") == 5


def test_csv_has_the_parameters_and_the_layers(tmp_path):
    rows = tmp_path / "rows.csv"
    done = call(*LAWS, "--over", "t=1,2", "--kind", "js,tv", "--bounds", "tv", "--gradient",
                "--csv", str(rows))  # fmt: skip
    assert done.exit_code == 0, done.output
    with rows.open(newline="") as stream:
        found = list(csv.DictReader(stream))
    assert found[0]["t"] == "1.0" and found[0]["layer"] == ""
    assert {row["layer"] for row in found} == {
        "", "slope in t", "≤ log 2 · TV", "≥ log 2 − h((1 − TV)/2)",
    }  # fmt: skip


def test_every_overlay_has_a_flag_and_a_table():
    done = call(*LAWS, "--over", "t=1,2", "--kind", "js", "--samples", "60", "--estimator",
                "knn", "--seeds", "2", "--trained", "logistic", "--bounds", "tv", "--gradient",
                "--asymptote", "--spots", "1", "--seed", "3")  # fmt: skip
    assert done.exit_code == 0, done.output
    for word in ("js by knn, n = 60, 2 seeds", "js by logistic critic", "js ≤ log 2 · TV",
                 "js slope in t", "js → log 2"):  # fmt: skip
        assert word in done.stdout


@pytest.mark.parametrize("width", ["single", "one-and-a-half", "double", "screen", "120"])
def test_a_figure_has_the_width_of_the_paper(width, tmp_path):
    figure = tmp_path / "figure.svg"
    done = call(
        *LAWS, "--over", "t=1,2", "--kind", "js", "--figure", str(figure), "--width", width
    )
    assert done.exit_code == 0, done.output
    widths = {"single": 86, "one-and-a-half": 128, "double": 178, "screen": 183, "120": 120}
    millimetres = widths[width]
    head = figure.read_text(encoding="utf-8").split("viewBox", 1)[0]
    points = float(head.split('width="')[1].split("pt")[0])
    assert points == pytest.approx(millimetres * 72 / 25.4, abs=0.01)


@pytest.mark.parametrize("ending", [".png", ".pdf", ".svg"])
def test_figures_of_lines_with_slopes_and_of_maps(ending, tmp_path):
    for name, arguments in {
        "line": [*LAWS, "--over", "t=0:2", "--kind", "js,w1", "--gradient", "--log"],
        "map": ["normal()", "normal(a, b)", "--over", "a=-1:1:5", "--over", "b=-1:2:5",
                "--kind", "js,kl"],
    }.items():  # fmt: skip
        figure = tmp_path / f"{name}{ending}"
        done = call(*arguments, "--output", str(figure))
        assert done.exit_code == 0, done.output
        assert figure.stat().st_size > 5000 and str(figure) in done.stderr


def test_warnings_are_shown_and_kept():
    plain, done = read("normal()", "normal(0, t)", "--over", "t=-1,0,1", "--kind", "kl,js")
    assert "Warning: kl at 2 of 3 points, first at t = -1: refused" in done.stderr
    assert plain["warnings"][0].startswith("kl at 2 of 3 points")
    assert plain["rows"][0]["value"] == "nan"
    assert "none" in call("normal()", "normal(0, t)", "--over", "t=-1,1").stdout


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (LAWS, "--over t=1:10"),
        ((*LAWS, "--over", "s=1:2:2"), "'t' in normal(0, 1) against normal(t, 1) has no values"),
        ((*LAWS, "--over", "s=1:2:2"), "or --over t=low:high"),
        ((*LAWS, "--over", "t"), "NAME=RANGE"),
        ((*LAWS, "--over", "t="), "NAME=RANGE"),
        ((*LAWS, "--over", "2=1:2"), "NAME=RANGE"),
        ((*LAWS, "--over", "t=1:2", "--over", "t=1:2"), "given twice"),
        ((*LAWS, "--over", "t=2:1"), "low to high"),
        ((*LAWS, "--over", "t=a:b"), "'a'"),
        ((*LAWS, "--over", "t=1:2:0"), "count"),
        ((*LAWS, "--over", "t=1:1:5"), "write t=1"),
        ((*LAWS, "--over", "t=1:2", "--by", "s=1,2"), "free name 's'"),
        ((*LAWS, "--over", "t=1:2", "--by", "t=1,2"), "different parameters"),
        ((*LAWS, "--values", "1,2"), "--over NAME"),
        (("normal(t, 1)", "--over", "t=1:2"), "needs q"),
        ((*LAWS, "--over", "t=1:2", "--kind", "jss"), "js"),
        ((*LAWS, "--over", "t=1:2:2", "--method", "qcm"), "qmc"),
        ((*LAWS, "--over", "t=1:2:2", "--width", "wide"), "single"),
        ((*LAWS, "--over", "t=1:2:2", "--width", "3"), "30 to 1,000"),
        ((*LAWS, "--over", "t=1:2:2", "--figure", "x.gif"), ".png"),
        ((*LAWS, "--over", "t=1:2:2", "--figure", "/no/nonexistent/x.png"), "does not exist"),
        ((*LAWS, "--over", "t=1:2:2", "--kind", "w1", "--bounds", "tv"), "no bound of w1"),
        ((*LAWS, "--over", "t=1:2:2", "--kind", "w1", "--trained", "mlp"), "f-divergences"),
        ((*LAWS, "--over", "t=1:2:2", "--kind", "js", "--trained", "mlpp"), "mlp"),
        ((*LAWS, "--over", "t=1:2:2", "--kind", "js", "--samples", "50", "--estimator", "knnn"),
         "knn"),
        (("normal(", "normal(t, 1)", "--over", "t=1:2"), "column"),
        (("__import__('os')", "normal(t, 1)", "--over", "t=1:2"), "unexpected"),
        (("normal(1/(t-t), 1)", "normal()", "--over", "t=1:2:2"), "no finite number"),
    ],
)  # fmt: skip
def test_wrong_usage_is_exit_2_with_advice(arguments, advice):
    done = call(*arguments)
    assert done.exit_code == 2, done.output
    assert advice in done.stderr and "Traceback" not in done.stderr
