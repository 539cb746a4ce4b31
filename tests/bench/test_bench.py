"""The ledger loses nothing, workers may die, and standings are what they say."""

import math
import re
import subprocess
import sys

import numpy as np
import pytest
from bench_work import deadly, fine
from typer.testing import CliRunner

from divkit.bench.board import standing, standings
from divkit.bench.cells import Cell, Row, Suite, draw, failed
from divkit.bench.ledger import Ledger, held
from divkit.bench.methods import method
from divkit.bench.run import compute, run_suite, work_through
from divkit.bench.truth import Truth, oracle, truth
from divkit.cli.main import app

CELLS = [Cell("shift1", "js", "auto", 100, seed) for seed in range(4)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


def test_rows_come_back_as_they_were(path):
    rows = [fine(CELLS[0]), failed(CELLS[1], "why")]
    with held(path) as ledger:
        ledger.add(rows)
        ledger.add_truth("shift1", "js", Truth(0.1, 1e-16, 0.2, math.inf))
    again = Ledger(path)
    one, two = again.rows()
    assert one == rows[0]
    assert two.failure == "why" and math.isnan(two.value)
    assert again.truth("shift1", "js") == Truth(0.1, 1e-16, 0.2, math.inf)
    assert again.missing(CELLS) == CELLS[2:]
    assert again.missing(CELLS, retry_failed=True) == CELLS[1:]
    again.close()


def test_a_second_run_is_refused(path):
    with held(path), pytest.raises(ValueError, match="being written by another run"), held(path):
        pass


def test_a_file_of_another_kind_is_refused(path):
    path.write_text("no ledger " * 200)
    with pytest.raises(ValueError, match="is no ledger"):
        Ledger(path)


def test_a_worker_that_dies_costs_its_own_cell_only():
    rows = {row.cell.seed: row for row in work_through(CELLS, deadly, workers=2)}
    assert sorted(rows) == [0, 1, 2, 3]
    assert rows[2].failure == "the worker died: killed, or out of memory"
    assert all(rows[k] == fine(CELLS[k]) for k in (0, 1, 3))


def test_a_rerun_does_only_what_is_missing(path):
    told = []
    small = Suite((("shift1", "js"),), ("auto",), ((50, 2),))
    assert run_suite(small, path, told=told.append) == 2
    assert run_suite(small, path, told=told.append) == 0
    larger = Suite((("shift1", "js"),), ("auto",), ((50, 3),))
    assert run_suite(larger, path, told=told.append) == 1
    assert [row.cell.seed for row in told] == [0, 1, 2]
    ledger = Ledger(path)
    assert ledger.rows() == told
    ledger.close()


def test_a_cell_is_the_same_whenever_it_is_done():
    first, again = compute(CELLS[0]), compute(CELLS[0])
    assert first.value == again.value and first.oracle == again.oracle
    x, y = draw("shift1", 100, 0)
    assert first.oracle == oracle("shift1", "js", x, y)
    assert not (draw("shift1", 100, 1)[0] == x).any()


def test_a_refusal_is_a_row_with_its_reason():
    row = compute(Cell("shift1", "js", "kernel_logistic", 1, 0))
    assert row.failure.startswith("ValueError: x needs more than") and math.isnan(row.value)


def test_the_truth_is_the_exact_one_and_its_bound_that_of_theory():
    found = truth("shift1", "js")
    assert found.value == pytest.approx(0.111421482185, abs=1e-12)
    least = found.bound(1000, 1000) * math.sqrt(1000)
    # by quadrature; 2²⁰ draws of payoffs with kurtosis below 9 err by 1.5 % once in a million
    from divkit.distributions.normal import Normal
    from divkit.divergences.table import JS
    from divkit.theory.efficiency import dual_variances

    exact = math.sqrt(sum(v.value for v in dual_variances(JS, Normal(0, 1), Normal(1, 1))))
    assert least == pytest.approx(exact, rel=0.015)
    assert truth("shift1", "kl").variance_q == pytest.approx(math.expm1(1.0), rel=1e-9)
    assert truth("student3_vs_cauchy", "kl").variance_q < math.inf


def test_the_oracle_stands_at_one_and_noise_beyond_it_is_seen():
    rng = np.random.default_rng(0)
    at = Truth(0.3, 0.0, 1.0, 1.0)
    sigma = at.bound(1000, 1000)
    luck = sigma * rng.normal(size=400)
    exact = [
        Row(CELLS[0], 0.3 + e, sigma, 0.3 + e - 2 * sigma, 0.3 + e + 2 * sigma, 0.3 + e, 1.0)
        for e in luck
    ]
    found = standing(exact, at)
    assert found.n == 100  # the bound is that of the cell's own n
    at_size = [Row(Cell("shift1", "js", "auto", 1000, k), *row_tail(row)) for k, row in
               enumerate(exact)]  # fmt: skip
    assert standing(at_size, at).common == 1.0
    assert standing(at_size, at).plain == pytest.approx(1.0, abs=5 / math.sqrt(800))  # 5 sigma
    assert standing(at_size, at).coverage == pytest.approx(0.954, abs=0.055)  # 5 sigma
    noisy = [
        Row(row.cell, row.value + sigma * rng.normal(), *row_tail(row)[1:]) for row in at_size
    ]
    assert standing(noisy, at).common == pytest.approx(math.sqrt(2), abs=0.25)  # 5 sigma


def row_tail(row):
    return row.value, row.error, row.low, row.high, row.oracle, row.seconds


def test_failures_are_counted_and_an_infinite_bound_gives_no_ratio():
    rows = [fine(CELLS[0]), failed(CELLS[1], "why")]
    (found,) = standings(rows, {("shift1", "js"): Truth(0.1, 0.0, 1.0, math.inf)})
    assert (found.seeds, found.failures, found.failure) == (1, 1, "why")
    assert math.isnan(found.common) and found.coverage == 1.0


def test_from_the_command_line(path, tmp_path):
    call = lambda *words: CliRunner().invoke(app, ["bench", *map(str, words)])  # noqa: E731
    done = call("run", "--ledger", path, "--problems", "shift1:js", "--sizes", "50:2",
                "--workers", 1)  # fmt: skip
    assert done.exit_code == 0 and "2 of 2 cells done now" in done.stderr, done.output
    table = call("report", "--ledger", path, "--figures", tmp_path / "figures")
    assert table.exit_code == 0 and "shift1" in table.stdout
    assert (tmp_path / "figures" / "shift1-js.png").stat().st_size > 1000
    for words, told in [
        (("run", "--ledger", path, "--problems", "shift"), "problem:divergence"),
        (("run", "--ledger", path, "--problems", "shift11:js"), "Did you mean 'shift1'"),
        (("run", "--ledger", path, "--sizes", "x"), "n:seeds"),
        (("run", "--ledger", path, "--estimators", "oto"), "Did you mean 'auto'"),
        (("report", "--ledger", tmp_path / "none"), "is not there"),
    ]:
        refused = call(*words)
        assert refused.exit_code == 2 and told in refused.stderr, refused.output


def test_a_killed_run_loses_no_finished_row(path):
    """A process is killed while it writes rows; those that it told of are all there."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\nfrom bench_work import fine\n"
        "from divkit.bench.ledger import held\nfrom divkit.bench.cells import Cell\n"
        "with held(Path(sys.argv[1])) as ledger:\n"
        "    for k in range(10**6):\n"
        "        ledger.add([fine(Cell('shift1', 'js', 'auto', 50, k))])\n"
        "        print(k, flush=True)\n"
    )
    here = __file__.rsplit("/", 1)[0]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path), here], stdout=subprocess.PIPE, text=True
    ) as process:
        told = [int(process.stdout.readline()) for _ in range(20)]
        process.kill()
    with held(path) as ledger:
        seeds = {row.cell.seed for row in ledger.rows()}
    assert set(told) <= seeds


def test_an_estimator_comes_with_options_and_a_wrong_one_is_refused_with_advice():
    assert method("knn(k=3, radius='common')") == ("knn", {"k": 3, "radius": "common"})
    plain, common = (compute(Cell("shift1", "kl", f"knn(k={k})", 200, 0)) for k in (1, 9))
    assert plain.value != common.value and plain.oracle == common.oracle
    for text, told in [
        ("knn(neighbours=3)", "has no option 'neighbours'; it has k, radius"),
        ("nn(k=3)", "Did you mean"),
        ("knn(k=print(1))", "an estimator is a name, or a name with options"),
        ("knn(**{'k': 1})", "has no option 'None'"),
        ("knn(3)", "an estimator is a name, or a name with options"),
        ("knn(", "an estimator is a name, or a name with options"),
    ]:
        with pytest.raises(ValueError, match=re.escape(told)):
            method(text)


def test_warnings_are_kept_and_counted(path):
    cells = [Cell("shift6", "kl", "auto", 50, seed) for seed in range(3)]
    told = (("a lower bound",), (), ("a lower bound", "few rows"))
    rows = [
        Row(c, 1.0, 0.1, 0.9, math.inf, 1.0, 0.1, warnings=w)
        for c, w in zip(cells, told, strict=True)
    ]
    with held(path) as ledger:
        ledger.add(rows)
        assert ledger.rows() == rows
    found = standing(rows, Truth(18.0, 0.0, 1.0, 1.0))
    assert (found.flagged, found.warning, found.intervals) == (2, "a lower bound", 0)
    assert found.coverage == 1.0  # [0.9, ∞) holds 18
    assert found.typical == 17.0
