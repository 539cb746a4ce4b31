"""What `divkit compare` and `divkit estimate` read, print, write and refuse."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from divkit.cli.main import app


def call(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(6)
    hostile = "<img src=x onerror=1>"
    a = pd.DataFrame({"u": rng.normal(0, 1, 120), hostile: rng.normal(0, 1, 120)})
    b = pd.DataFrame({hostile: rng.normal(0, 1, 100), "u": rng.normal(3, 1, 100)})
    a.to_parquet(tmp_path / "a.parquet")
    b.to_csv(tmp_path / "b.csv", index=False)
    return tmp_path / "a.parquet", tmp_path / "b.csv"


@pytest.mark.slow
def test_compare_aligns_columns_by_name_and_writes_a_page(files, tmp_path):
    done = call("compare", *files, "--permutations", 99, "--report", tmp_path / "page")
    assert done.exit_code == 0, done.stderr
    assert "different laws (p-value 0.01" in done.stdout
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "<img src" not in page and "&lt;img src" in page and page.count("<svg") >= 4
    assert "<script" not in page and "http" not in page.replace("http://www.w3.org", "")


def test_compare_speaks_json(files):
    done = call("compare", *files, "--json", "--kind", "js,renyi(0.5)", "--permutations", 99)
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(word))
    assert [entry["name"] for entry in document["divergences"]] == ["js", "renyi(0.5)"]
    assert document["features"][0]["name"] == "u" and document["differ"]


def test_estimate_prints_an_interval_around_the_value(files):
    done = call("estimate", *files, "--kind", "js", "--json")
    assert done.exit_code == 0, done.stderr
    (result,) = json.loads(done.stdout)["results"]
    low, high = result["interval"]
    assert low < result["value"] < high and result["level"] == 0.95


def test_estimate_of_a_metric_goes_to_its_method(tmp_path):
    rng = np.random.default_rng(0)
    for name, shift in (("x", 0.0), ("y", 1.0)):
        np.save(tmp_path / f"{name}.npy", rng.normal(shift, 1.0, 200))
    done = call("estimate", tmp_path / "x.npy", tmp_path / "y.npy", "--kind", "js,w1", "--json")
    assert done.exit_code == 0, done.stderr
    js, w1 = json.loads(done.stdout)["results"]
    assert "KernelLogistic" in js["method"] and "WassersteinLine" in w1["method"]
    assert w1["interval"][0] < w1["value"] < w1["interval"][1]


def test_estimate_names_its_methods():
    done = call("estimate", "--list")
    assert done.exit_code == 0 and done.stdout.splitlines()[0] == "auto"


@pytest.mark.parametrize("verb", ["compare", "estimate"])
def test_files_that_cannot_be_used_are_refused(verb, tmp_path):
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "one.csv").write_text("1\n2\nnan\n")
    (tmp_path / "no.txt").write_text("1\n2\n")
    np.save(tmp_path / "ok.npy", np.arange(9.0))
    pd.DataFrame({"s": ["a", "b"]}).to_parquet(tmp_path / "words.parquet")
    for name, words in [
        ("bad.parquet", "is no .parquet file"),
        ("words.parquet", "column 's' holds"),
        ("one.csv", "row 2"),
        ("no.txt", "samples come as"),
        ("none.npy", "none.npy"),
    ]:
        done = call(verb, tmp_path / name, tmp_path / "ok.npy")
        assert done.exit_code == 2 and words in done.stderr, (name, done.stderr)


@pytest.mark.parametrize("verb", ["compare", "estimate"])
def test_columns_of_text_are_labels_where_a_flag_says_so(verb, tmp_path):
    rng = np.random.default_rng(0)
    for name, colours in (("a", ["red", "red", "blue"]), ("b", ["red", "blue", "blue"])):
        frame = pd.DataFrame({"u": rng.normal(size=90), "colour": rng.choice(colours, 90)})
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    files = tmp_path / "a.csv", tmp_path / "b.csv"
    refused = call(verb, *files)
    assert refused.exit_code == 2 and "--labels takes columns of text as labels" in refused.stderr
    options = ["--permutations", 99] if verb == "compare" else []
    done = call(verb, *files, "--labels", "--kind", "js", *options)
    assert done.exit_code == 0, done.stderr
    if verb == "compare":
        assert "blue" in done.stdout and "–" in done.stdout
    else:
        assert done.stdout.splitlines()[1].startswith("js ")


def test_rows_are_told_by_their_numbers_in_the_files(tmp_path):
    rng = np.random.default_rng(3)
    tables = []
    for name, mean in (("a", 0.0), ("b", 1.0)):
        table = pd.DataFrame({"u": rng.normal(mean, 1, 60), "v": rng.normal(0, 1, 60)})
        table.loc[::4, "v"] = np.nan
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        tables.append(table)
    files = tmp_path / "a.csv", tmp_path / "b.csv"
    done = call("compare", *files, "--missing", "drop", "--json", "--kind", "js",
                "--permutations", 19)  # fmt: skip
    assert done.exit_code == 0, done.stderr
    for each in json.loads(done.stdout)["extremes"]:
        table = tables["xy".index(each["sample"])]
        assert np.allclose(table.iloc[each["row"]], each["point"])
