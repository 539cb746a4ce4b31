"""`divkit bench` from the command line, and its report."""

import json
import re

import pytest
from typer.testing import CliRunner

from divkit.bench.cells import Cell, Row, Suite
from divkit.bench.ledger import held
from divkit.bench.methods import is_ours
from divkit.bench.truth import ProblemTruth
from divkit.cli.bench_run import ESTIMATORS, LEDGER, SUITE_ESTIMATORS
from divkit.cli.main import app


def call(*words):
    return CliRunner().invoke(app, ["bench", *map(str, words)])


@pytest.fixture
def path(tmp_path):
    """Of a ledger that knows the truth, so that no run has to find it."""
    path = tmp_path / "ledger.sqlite"
    with held(path) as ledger:
        ledger.add_truth("shift1", "js", ProblemTruth(0.11, 0.0, 0.1, 0.1))
    return path


def test_run_then_report_beside_another_ledger(path, tmp_path):
    words = ("--ledger", path, "--problems", "shift1:js", "--sizes", "50:2", "--workers", 1)
    done = call("run", *words)
    assert done.exit_code == 0 and "2 of 2 cells done now" in done.stderr, done.output
    again = call("run", *words)
    assert "0 of 2 cells done now" in again.stderr, again.output
    with held(other := tmp_path / "peers.sqlite") as ledger:
        ledger.add_truth("shift1", "js", ProblemTruth(0.11, 0.0, 0.1, 0.1))
        cells = [Cell("shift1", "js", "a peer", 50, seed) for seed in range(2)]
        nan = float("nan")
        ledger.add([Row(cell, 5.0, nan, nan, nan, 0.1, 0.1) for cell in cells])
    folder = tmp_path / "report"
    told = call("report", "--ledger", path, "--ledger", other, "--output", folder)
    assert told.exit_code == 0, told.output
    assert told.stdout.strip() == (folder / "standings.md").read_text(encoding="utf-8").strip()
    assert "a peer" in told.stdout and "| yes |" in told.stdout
    records = json.loads((folder / "standings.json").read_text(encoding="utf-8"))
    assert [record["estimator"] for record in records] == ["a peer", "auto"]
    assert records[0]["against_auto"]["ratio"] > 1
    assert json.loads(call("report", "--ledger", path, "--json").stdout)[0]["seeds"] == 2
    for measure in ("common", "bias", "coverage", "seconds"):
        assert (folder / f"standings-{measure}.png").stat().st_size > 1000


def test_a_ledger_that_nobody_names_lies_where_the_command_is_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "divkit bench run" in call("report").stderr
    done = call("run", "--problems", "shift1:js", "--estimators", "knn", "--sizes", "50:1,4:1",
                "--workers", 1)  # fmt: skip
    assert done.exit_code == 0, done.output
    assert re.search(r"^knn refused 1 of them: .*more than 5 rows", done.stderr, re.MULTILINE)
    assert (tmp_path / LEDGER).exists()
    assert re.search(r"^knn refused: .*more than 5 rows", call("report").stdout, re.MULTILINE)
    assert call("export", "--output", "rows.zip").exit_code == 0


def test_a_suite_has_estimators_and_sizes_of_its_own():
    names = SUITE_ESTIMATORS.split(",")
    assert len(names) == 9 and all(map(is_ours, names)) and ESTIMATORS in names


def test_the_first_draw_of_each_problem_comes_before_the_second():
    suite = Suite((("shift1", "js"), ("ar10", "js")), ("auto", "knn"), ((100, 2), (50, 1)))
    cells = [(c.problem, c.n, c.seed, c.estimator) for c in suite.cells()]
    assert cells[:3] == [
        ("shift1", 100, 0, "auto"), ("shift1", 100, 0, "knn"), ("shift1", 50, 0, "auto")
    ]  # fmt: skip
    assert [seed for _, _, seed, _ in cells] == [0] * 8 + [1] * 4
    assert len(set(cells)) == 12


def test_problems_and_methods_are_listed():
    told = call("run", "--list")
    assert "shift1" in told.stdout and "knn" in told.stdout


def test_what_is_wrong_is_said(path, tmp_path):
    for words, told in [
        (("run", "--ledger", path, "--problems", "shift"), "problem:divergence"),
        (("run", "--ledger", path, "--problems", "shift11:js"), "Did you mean 'shift1'"),
        (("run", "--ledger", path, "--sizes", "x"), "n:seeds"),
        (("run", "--ledger", path, "--estimators", "oto"), "Did you mean 'auto'"),
        (("report", "--ledger", tmp_path / "none"), "is not there"),
        (("report", "--ledger", path), "there is no row"),
    ]:
        refused = call(*words)
        assert refused.exit_code == 2 and told in refused.stderr, refused.output
