"""`divkit estimate --information`: pairs row by row, from files."""

from __future__ import annotations

import json

import numpy as np
from typer.testing import CliRunner

import divkit
from divkit.cli.main import app
from divkit.problems.information_tasks import TASKS


def files(folder):
    x, y = TASKS["gaussian-sparse-2x2"].sample(150, 0)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y[:, :1])
    return str(folder / "x.npy"), str(folder / "y.npy"), x, y[:, :1]


def test_the_value_is_that_of_the_function(tmp_path):
    first, second, x, y = files(tmp_path)
    call = ["estimate", first, second, "--information", "--method", "ksg", "--json", "--base", "2"]
    told = json.loads(CliRunner().invoke(app, call).stdout)["results"][0]
    assert told["value"] == divkit.mutual_information(x, y, "ksg", base=2).value
    assert (told["name"], told["unit"]) == ("mutual information", "bits")


def test_the_table_and_the_list(tmp_path):
    first, second, *_ = files(tmp_path)
    shown = CliRunner().invoke(app, ["estimate", first, second, "--information"])
    assert "mutual information" in shown.stdout
    names = CliRunner().invoke(app, ["estimate", "--information", "--list"]).stdout.split()
    assert names[0] == "auto"
    assert {"ksg", "mixed", "copula"} <= set(names)


def test_rows_that_are_not_paired_are_refused(tmp_path):
    first, second, x, _ = files(tmp_path)
    np.save(first, x[:-1])
    shown = CliRunner().invoke(app, ["estimate", first, second, "--information"])
    assert shown.exit_code == 2
    assert "got 149 and 150 rows" in shown.stderr


def test_divergences_are_not_asked_for_with_information(tmp_path):
    first, second, *_ = files(tmp_path)
    call = ["estimate", first, second, "--information", "--kind", "kl"]
    shown = CliRunner().invoke(app, call)
    assert shown.exit_code == 2
    assert "leave --kind out" in shown.stderr
