"""Dates are calculated with as days and shown as dates, from files and from frames."""

import datetime

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import divkit
from divkit.cli.app import app
from divkit.report.comparison import render_comparison
from divkit.samples import dated, day_words


def frame(seed, shift, n=40):
    rng = np.random.default_rng(seed)
    days = pd.Timestamp("2024-03-01") + pd.to_timedelta(rng.permutation(n) + shift, "D")
    return pd.DataFrame({"day": days, "x": rng.normal(size=n)})


def compared(x, y):
    return divkit.compare(x, y, ("js",), "knn", permutations=99)


@pytest.fixture(scope="module")
def found():
    return compared(frame(0, 0), frame(1, 50))


def test_a_frame_of_dates_is_compared_as_days_and_shown_as_dates(found):
    # numpy says which days these are, by itself
    days = [(f["day"].to_numpy().astype("datetime64[D]").astype(float)) for f in
            (frame(0, 0), frame(1, 50))]  # fmt: skip
    column = next(f for f in found.features if f.name == "day")
    assert column.medians == tuple(float(np.median(d)) for d in days)
    assert found.dates == ("day",)
    assert found.entry("day", 19783.0) == "2024-03-01" and found.entry("x", 0.5) == 0.5
    assert found.to_dict()["dates"] == ["day"]


def test_the_page_has_dates_in_tables_and_figures(found):
    page = render_comparison(found)
    assert "2024-03-20 12:00" in page and "19,8" not in page and "19802" not in page
    assert " days</td>" in page
    assert "2024-May" in page or "May" in page  # the axis of the column's figure


def test_the_command_shows_dates(tmp_path):
    for name, rows in (("a", frame(0, 0)), ("b", frame(1, 50))):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    paths = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    flags = ["--dates", "--kind", "js", "--method", "knn", "--permutations", "99"]
    said = CliRunner().invoke(app, ["compare", *paths, *flags])
    assert said.exit_code == 0, said.output
    assert "2024-03-20 12:00" in said.stdout and " days" in said.stdout
    assert "1980" not in said.stdout


def test_dates_beside_labels_and_alone_and_with_zones():
    days = pd.to_datetime(["2024-03-01 06:00", "2024-03-02 00:00"]).tz_localize("Etc/GMT+6")
    rows, names = dated(pd.DataFrame({"day": days, "kind": ["u", "v"]}))
    assert rows.to_numpy().tolist() == [[19783.5, "u"], [19784.25, "v"]] and names == ("day",)
    alone, names = dated(pd.DataFrame({"day": pd.to_datetime(["2024-03-01"])}))
    assert alone.to_numpy().tolist() == [[19783.0]] and alone.to_numpy().dtype == float
    assert (datetime.date(2024, 3, 1) - datetime.date(1970, 1, 1)).days == 19783


def test_missing_dates_and_dates_of_one_side_are_refused():
    x, y = frame(0, 0), frame(1, 0)
    with pytest.raises(ValueError, match="'day' holds dates in one sample"):
        compared(x, y.assign(day=np.arange(40.0)))
    with pytest.raises(ValueError, match="row 3, column 'day' of y, is missing"):
        compared(x, y.assign(day=y["day"].where(y.index != 3)))


def test_what_has_no_dates_comes_back_itself():
    plain = pd.DataFrame({"x": [1.0]})
    assert dated(plain)[0] is plain
    rows = np.ones((2, 2))
    assert dated(rows)[0] is rows
    assert day_words(0.5) == "1970-01-01 12:00"
