"""Anybody's estimator stands in the benchmark: functions, classifiers, programs."""

import math
import random
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from threadpoolctl import threadpool_info, threadpool_limits

from divkit.bench.answers import Answer, answer_of
from divkit.bench.api import run
from divkit.bench.cells import Cell, draw
from divkit.bench.contestants import Named, version_of
from divkit.bench.engine import Processes
from divkit.bench.methods import names
from divkit.bench.own import ImportedFunction, own_of, own_of_text
from divkit.bench.program import Program
from divkit.bench.runner import Compute, stamped
from divkit.faults import SetupError, is_advice
from divkit.results import Result, require_level
from divkit.rng import seeded

X, Y = torch.arange(40.0).reshape(-1, 2).double(), torch.ones(30, 2).double()


class Same:
    """An engine in this process."""

    def map(self, cells, work):
        return (work(cell) for cell in cells)


def told(x, y, divergence, seed):
    return len(x) + (divergence == "kl") + seed / 10


def test_a_function_gets_arrays_and_what_it_asks_for():
    mine = own_of("mine", told)
    assert mine.answer(X, Y, "kl", 3) == Answer(21.3)
    assert own_of("mine", lambda x, y: (1.0, 0.0, 2.0)).answer(X, Y, "js", 0) == Answer(
        1.0, pytest.approx(1 / 1.959964), 0.0, 2.0
    )
    assert (
        version_of(mine)
        == version_of(own_of("mine", told))
        != version_of(own_of("m", lambda x, y: 0.0))
    )

    def spoils(x, y):
        x[:] = 0
        return 1.0

    before = X.clone()
    own_of("spoils", spoils).answer(X, Y, "js", 0)
    assert torch.equal(X, before)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (math.nan, "gave NaN"),
        ((1.0, 2.0), "got 2 numbers"),
        ((1.0, 2.0, 3.0), "with an interval"),
        ("much", "must return a number"),
    ],
)
def test_what_is_no_answer_is_said(given, said):
    with pytest.raises(ValueError, match=said):
        answer_of("mine", given)
    result = Result(1.0, math.inf, "standard error", (0.5, math.inf), 0.95, "m", one_sided="lower")
    assert answer_of("mine", result).lower_bound


def broken(x, y):
    return x["column"]


def test_what_a_function_raises_is_the_reason_of_a_failed_row():
    row = Compute((own_of("mine", broken),))(Cell("shift1", "js", "mine", 20, 0))
    assert row.failure.startswith("EstimatorError: IndexError") and math.isnan(row.value)
    assert row.code and row.host


def test_the_module_of_a_function_is_found_in_this_folder(tmp_path, monkeypatch):
    (tmp_path / "of_a_user.py").write_text("def f(x, y):\n    return 2.5\n")
    monkeypatch.chdir(tmp_path)
    mine = own_of_text("mine", "of_a_user:f")
    assert mine.answer(X, Y, "js", 0) == Answer(2.5)
    for text, said in [
        ("of_a_user:g", "has no attribute 'g'"),
        ("nowhere:f", "cannot be imported: No module named"),
        ("sklearn:RandomForrest", "Did you mean 'RandomForestClassifier'"),
        ("sklearn:RandomForestClassifier(leaf=3)", "cannot be made"),
        ("program:no_such_program", "there is no program"),
        ("mine", "NAME=package.module:function"),
    ]:
        with pytest.raises(ValueError, match=re.escape(said)):
            own_of_text("mine", text)
    with pytest.raises(TypeError, match="must be a function"):
        own_of("mine", 3)


PROGRAM = """
import io, os, sys
import numpy as np
given = io.BytesIO(sys.stdin.buffer.read())
x, y = np.load(given), np.load(given)
if os.environ["DIVKIT_SEED"] == "7":
    raise SystemExit("too few rows")
if os.environ["DIVKIT_DIVERGENCE"] == "js":
    np.save(sys.stdout.buffer, np.array([0.5, 0.0, x.sum()]))
else:
    print(x.sum() + y.sum())
"""


def test_a_program_reads_two_arrays_and_writes_numbers(tmp_path):
    (tmp_path / "mine.py").write_text(PROGRAM)
    mine = Program("mine", (sys.executable, "mine.py"), str(tmp_path))
    assert mine.answer(X, Y, "kl", 0).value == float(X.sum() + Y.sum())
    assert mine.answer(X, Y, "js", 0).high == float(X.sum())
    with pytest.raises(ValueError, match="status 1: too few rows"):
        mine.answer(X, Y, "js", 7)
    first = version_of(mine)
    (tmp_path / "mine.py").write_text("")
    with pytest.raises(ValueError, match="wrote nothing"):
        mine.answer(X, Y, "js", 0)
    (tmp_path / "mine.py").write_text("print('much')")
    assert version_of(mine) != first
    with pytest.raises(ValueError, match="no numbers"):
        mine.answer(X, Y, "js", 0)
    (tmp_path / "mine.py").write_text("raise SystemExit('KL alone\\nExecution halted')")
    with pytest.raises(ValueError, match="status 1: KL alone"):  # R's closing line is no reason
        mine.answer(X, Y, "js", 0)
    (tmp_path / "mine.py").write_text("print('no file'); raise SystemExit(2)")
    with pytest.raises(ValueError, match="status 2: no file"):
        mine.answer(X, Y, "js", 0)


def test_one_call_runs_a_function_beside_others_and_keeps_the_rows(tmp_path):
    asked = {"mine": lambda x, y: float(np.mean(x)), "loud": broken}
    path = tmp_path / "rows.sqlite"
    found = run(asked, "shift1:kl", {60: 2}, beside=("lower_bound",), ledger=path, engine=Same())
    counts = {s.estimator: (s.seeds, s.failures) for s in found.standings}
    assert counts == {"mine": (2, 0), "loud": (0, 2), "lower_bound": (2, 0)}
    again = run(asked, "shift1:kl", {60: 2}, beside=("lower_bound",), ledger=path, engine=None)
    assert str(again.rows) == str(found.rows)
    wrong = [("auto", "an estimator of divkit"), ("a,b", "without commas")]
    for taken, said in [*wrong, *((f"a{mark}b", "break the tables") for mark in "|<>`\n")]:
        with pytest.raises(ValueError, match=said):
            run({taken: told}, "shift1:kl", {60: 1}, engine=Same())


def test_a_cell_has_one_thread():
    def threads(x, y):
        x @ x.T  # so that there is a library with threads
        return float(max(each["num_threads"] for each in threadpool_info()))

    with threadpool_limits(2):
        assert Compute((own_of("mine", threads),))(Cell("shift1", "js", "mine", 20, 0)).value == 1


def test_rows_of_other_code_are_refused():
    row = Compute((own_of("mine", told),))(Cell("shift1", "js", "mine", 20, 0))
    assert stamped(row, {"mine": row.code}) == row
    with pytest.raises(SetupError, match="install the same code on both"):
        stamped(row, {"mine": "other"})


def test_a_worker_without_the_module_is_named_and_what_to_do_there():
    """As on a host on which nobody has put it; the process that asks has read its version."""
    away = ImportedFunction("mine", "no_such_module:kl")
    with pytest.raises(SetupError, match=r"cannot run 'mine'.*'no_such_module'.*[Pp]ut the same"):
        Compute((away,))(Cell("shift1", "js", "mine", 20, 0))


def wrong(cell):
    if cell.estimator == "a word":
        return int("a word")
    return require_level(float(cell.problem))


@pytest.mark.parametrize(("kind", "advice"), [("a word", False), ("a check", True)])
def test_an_error_of_another_process_is_whose_fault_it_was_there(kind, advice):
    with pytest.raises((ValueError, TypeError)) as told:
        list(Processes(1).map([Cell("2", "js", kind, 20, 0)], wrong))
    assert is_advice(told.value) is advice


@pytest.mark.slow
def test_a_script_without_a_guard_runs_once_and_what_it_defines_is_sent(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text(
        "import divkit\n"
        "class Zero:\n"
        "    def __call__(self, x, y, divergence):\n"
        "        return divkit.Result.exact(0.0, 0.1, 'standard error', 'zero', name='kl')\n"
        "own = {'zero': lambda x, y: 0.0, 'object': Zero()}\n"
        "found = divkit.bench.run(own, 'shift1:kl', {50: 1}, beside=[])\n"
        "print([(each.value, each.failure) for each in found.rows])\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert (
        done.stdout.splitlines() == ["[(0.0, ''), (0.0, '')]"] and "Traceback" not in done.stderr
    )


def shaken(x, y):
    """What it draws is from generators that everybody shares."""
    return random.random() + float(np.random.rand()) + float(torch.rand(()))  # noqa: NPY002


def test_what_is_drawn_from_global_generators_follows_the_cell():
    names = ("shaken", "tree")
    own = (own_of("shaken", shaken), own_of("tree", RandomForestClassifier(9, min_samples_leaf=9)))
    cells = [Cell("shift1", "kl", name, 60, seed) for name in names for seed in (0, 1)]
    there = {cell: Compute(own)(cell).value for cell in cells}
    random.seed(3)
    back = {cell: Compute(own)(cell).value for cell in reversed(cells)}
    assert there == back and len(set(there.values())) == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", sorted({*names()} - {"w1", "sliced", "sinkhorn", "kernel_metric"})
)
def test_no_estimator_of_divkits_draws_from_global_generators(name):
    found = set()
    for seed in (0, 1):
        with seeded(seed), warnings.catch_warnings():
            found.add(Named(name).answer(*draw("shift1", 60, 0), "js", 0))
    assert len(found) == 1
