"""What `divkit curve` prints, writes and refuses."""

import csv
import json
import math
import sys

import pytest
from typer.testing import CliRunner

from divkit.cli.main import app
from divkit.results import Result


def call(*arguments):
    return CliRunner().invoke(app, ["curve", *arguments])


def test_by_default_saturation_stands_beside_a_straight_line():
    done = call("--values", "0:10:3", "--json")
    rows = json.loads(done.stdout)["rows"]
    js = [row["value"] for row in rows if row["kind"] == "js"]
    w1 = [row["value"] for row in rows if row["kind"] == "w1"]
    assert w1 == pytest.approx([0, 5, 10], abs=1e-14)
    assert js[0] == 0
    assert js[2] == pytest.approx(0.693146317394, abs=1e-12)
    assert all(value <= math.log(2) for value in js)


def test_the_table_has_a_column_a_divergence():
    done = call("shift", "--values", "1,2", "--kinds", "js,kl,tv")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0].split() == ["parameter", "js", "kl", "tv"]
    assert done.stdout.splitlines()[1].split()[:3] == ["1", "0.111421482185", "0.5"]


def test_infinite_values_are_strings_in_json_and_words_in_the_table():
    arguments = ("df", "--values", "2", "--kinds", "reverse_kl")
    assert json.loads(call(*arguments, "--json").stdout)["rows"][0]["value"] == "inf"
    assert "inf" in call(*arguments).stdout


def test_csv_and_figure_are_written_and_said_on_stderr(tmp_path):
    rows, figure = tmp_path / "rows.csv", tmp_path / "figure.svg"
    done = call("--values", "0:4:5", "--csv", str(rows), "--output", str(figure))
    assert done.exit_code == 0
    assert str(rows) in done.stderr
    assert str(figure) in done.stderr
    with rows.open(newline="") as stream:
        read = list(csv.DictReader(stream))
    assert len(read) == 10
    assert float(read[1]["value"]) == pytest.approx(0.111421482185, abs=1e-12)
    first = figure.read_bytes()
    call("--values", "0:4:5", "--output", str(figure))
    assert figure.read_bytes() == first


def test_w1_in_d_dimensions_is_that_of_a_translate():
    done = call("dimension", "--values", "4", "--kinds", "w1", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["rows"][0]["value"] == pytest.approx(1.0, abs=1e-14)


def test_png_and_dimension(tmp_path):
    figure = tmp_path / "figure.png"
    assert call("dimension", "--values", "1,4", "--output", str(figure)).exit_code == 0
    assert figure.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("shfit",), "shift"),
        (("--values", "0:1:2:3"), "start:stop:count"),
        (("--values", "1:0"), "low to high"),
        (("--values", "0:1:0"), "count"),
        (("--values", "0:1:99999999999999"), "start:stop:count"),
        (("--values", "0:1:100001"), "100,000"),
        (("--values", "0:x:3"), "'x'"),
        (("--values", "0:inf:3"), "finite"),
        (("--values", "nan"), "finite"),
        (("--values", ","), "values"),
        (("--kinds", "jss"), "js"),
        (("--kinds", ""), "kinds"),
        (("--output", "x.gif"), ".png"),
        (("df", "--values", "-1"), "df"),
        (("--csv", "nonexistent/rows.csv", "--values", "1"), "nonexistent"),
    ],
)
def test_wrong_usage_is_exit_2_with_advice(arguments, advice):
    done = call(*arguments)
    assert done.exit_code == 2
    assert advice in done.stderr
    assert "Traceback" not in done.stderr


def test_limits_have_their_sign_in_the_table_and_a_column_in_the_rows(tmp_path):
    shown = sys.modules["divkit.cli.curve"]._shown
    limit = Result.bound(0.2, (0.125, math.inf), "by hand", name="kl")
    assert shown(limit) == "≥ 0.125"
    upper = Result.bound(0.2, (0.0, 0.25), "by hand", side="upper", name="kl")
    assert shown(upper) == "≤ 0.25"
    cut = Result.exact(0.5, math.inf, "quadrature", "by hand", name="kl", warnings=("cut",))
    assert shown(cut) == "0.5 ± inf"
    rows = tmp_path / "rows.csv"
    done = CliRunner().invoke(
        app, ["curve", "student(t)", "student(0.02)", "--over", "t=0.01,0.5", "--kind", "kl",
              "--csv", str(rows)],
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "≥ 0.296" in done.stdout
    with rows.open(newline="") as stream:
        assert [row["one_sided"] for row in csv.DictReader(stream)] == ["lower", ""]


def test_student_beside_the_normal_is_what_its_mean_says():
    done = CliRunner().invoke(
        app, ["curve", "normal(0, 1)", "student(t)", "--over", "t=1.001,1.5", "--kind", "w1",
              "--json"],
    )  # fmt: skip
    (near, _) = json.loads(done.stdout)["results"][0]
    assert near["one_sided"] is None and 636 < float(near["value"]) < 637
