"""`divkit density`: what a file's rows are of, as text, JSON, a page and a figure."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from divkit.cli.app import app


@pytest.fixture
def file(tmp_path):
    rng = np.random.default_rng(0)
    x = np.where(rng.random(120) < 0.4, 0.0, rng.exponential(size=120))
    path = tmp_path / "data.csv"
    path.write_text("cost\n" + "\n".join(repr(float(v)) for v in x) + "\n")
    return path


def call(*arguments):
    return CliRunner().invoke(app, ["density", *map(str, arguments)])


def test_a_column_with_an_atom_is_told_drawn_and_written(file, tmp_path):
    page, figure = tmp_path / "page", tmp_path / "fit.png"
    done = call(file, "--report", page, "--figure", figure)
    assert done.exit_code == 0, done.output
    assert "atom at cost = 0" in done.stdout
    text = (page / "index.html").read_text()
    assert "atom at cost = 0" in text and "<svg" in text and "cost" in text
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_json_is_whole(file):
    found = json.loads(call(file, "--json").stdout)
    assert {m["name"].split(":")[0] for m in found["members"]} == {
        "atom at cost = 0",
        "cost off the atoms",
    }
    assert sum(m["weight"] for m in found["members"]) == pytest.approx(1.0)
    assert found["left_out"] is None
    assert any("table of 2 cells" in note for note in found["notes"])


def test_a_missing_folder_and_few_rows_are_usage(tmp_path, file):
    assert call(file, "--figure", tmp_path / "no" / "fit.png").exit_code == 2
    text = tmp_path / "text.csv"
    text.write_text("kind,x\na,1.5\nb,2.5\n")
    refused = call(text)
    assert refused.exit_code == 2 and "the rows of each label by themselves" in refused.stderr
    few = tmp_path / "few.csv"
    few.write_text("1.5\n2.25\n")
    assert call(few).exit_code == 2


def test_a_density_of_two_columns_is_drawn_in_pairs_and_one_of_one_has_a_band(tmp_path):
    rows = np.random.default_rng(3).normal(size=(40, 2))
    both, one = tmp_path / "both.csv", tmp_path / "one.csv"
    np.savetxt(both, rows, delimiter=",", header="a,b", comments="")
    np.savetxt(one, rows.reshape(-1), header="a", comments="")
    assert call(both, "--report", tmp_path / "pages").exit_code == 0
    text = (tmp_path / "pages" / "index.html").read_text()
    assert "Pairs of columns" in text and "standard errors" not in text
    done = call(one, "--report", tmp_path / "page")
    assert "distance from the law of the rows: js = " in done.stdout
    assert "standard errors" in (tmp_path / "page" / "index.html").read_text()
    assert json.loads(call(one, "--json").stdout)["distance"]["one_sided"] == "upper"
    np.savetxt(one, rows[:20, 0], header="a", comments="")
    assert "distance() needs at least 50 rows; got n = 20" in call(one).stdout


def test_columns_go_by_the_names_of_the_file(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "rain.csv"
    rows = (
        f"{a:.1f},{b!r}"
        for a, b in zip(rng.gamma(2, 2, 60), map(float, rng.random(60)), strict=True)
    )
    path.write_text("\n".join(["rain,share", *rows]))
    assert "column rain of X is rounded to steps of 0.1" in call(path).stdout


def test_ends_and_later_rows_are_taken(tmp_path):
    rng = np.random.default_rng(5)
    first, like, other = (tmp_path / f"{name}.csv" for name in ("first", "like", "other"))
    np.savetxt(first, rng.exponential(size=200), header="cost", comments="")
    np.savetxt(like, rng.exponential(size=100), header="cost", comments="")
    np.savetxt(other, 5 + rng.exponential(size=100), header="cost", comments="")
    same = call(first, "--ends", "0,", "--check", like)
    assert same.exit_code == 0, same.output
    assert "lower end: 0 (" in same.stdout and "100 rows do not refute the fit" in same.stdout
    found = json.loads(call(first, "--check", other, "--json").stdout)["check"]
    assert found["refuted"] and found["rows"] == 100
    for odd in ("1", "a,b", "1,2,3"):
        refused = call(first, "--ends", odd)
        assert refused.exit_code == 2 and "--ends must be LOW,HIGH" in refused.stderr


def test_dates_are_dates_in_the_figures(tmp_path):
    file = tmp_path / "days.csv"
    file.write_text("day\n" + "\n".join(f"2024-0{1 + k % 6}-{1 + k % 27:02}" for k in range(80)))
    done = call(file, "--dates", "--report", tmp_path / "page")
    assert done.exit_code == 0, done.output
    assert "day: in days from 1970-01-01 on" in done.stdout
    assert ">2024</text>" in (tmp_path / "page" / "index.html").read_text()
