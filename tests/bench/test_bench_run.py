"""Workers may die, runs may be killed, and a rerun does only what is missing."""

import functools
import multiprocessing
import os
import signal
import time
from contextlib import contextmanager

import pytest
import torch
from bench_work import (
    Here,
    Unhurried,
    deadly,
    endless,
    fine,
    greedy,
    killed_once,
    run,
    run_workers,
)

from divkit.bench.cells import Cell, Suite, failed
from divkit.bench.contestants import Named, version_of
from divkit.bench.engine import PRELOADED, CellLimits, Processes
from divkit.bench.ledger import Ledger, held
from divkit.bench.program import Program
from divkit.bench.runner import Compute, run_suite
from divkit.bench.truth import ProblemTruth, truth
from divkit.bench.truth_cells import complete_truths
from divkit.processes import Pool, _Crew, server

CELLS = [Cell("shift1", "js", "auto", 100, seed) for seed in range(4)]


@pytest.fixture
def path(tmp_path):
    """Of a ledger that knows the truth, so that no run has to find it."""
    path = tmp_path / "ledger.sqlite"
    with held(path) as ledger:
        ledger.add_truth("shift1", "js", ProblemTruth(0.1, 0.0, 1.0, 1.0))
    return path


def suite(seeds, estimator="auto"):
    return Suite((("shift1", "js"),), (estimator,), ((50, seeds),))


def stored(path):
    ledger = Ledger(path)
    rows = ledger.rows()
    ledger.close()
    return rows


def by_seed(engine, work):
    return {row.cell.seed: row for row in engine.map(CELLS, work) if row}


def test_a_cell_has_a_deadline_and_a_limit_of_memory():
    rows = by_seed(Processes(2, CellLimits(seconds=2.0)), endless)
    assert rows[1].failure == "past the deadline of 2 s"
    assert all(rows[k] == fine(CELLS[k]) for k in (0, 2, 3))
    with pytest.raises(MemoryError):
        by_seed(Processes(1, CellLimits(memory=2**30)), greedy)
    with pytest.raises(ValueError, match="limits of a cell must be positive"):
        CellLimits(seconds=0.0)


def test_a_worker_that_is_killed_once_costs_nothing(tmp_path):
    rows = by_seed(Processes(2), functools.partial(killed_once, mark=tmp_path))
    assert rows == {k: fine(CELLS[k]) for k in range(4)}


def test_a_worker_that_dies_costs_its_own_cell_only():
    rows = by_seed(Processes(2), deadly)
    assert sorted(rows) == [0, 1, 2, 3]
    assert rows[2].failure == "the worker died: killed, or out of memory"
    assert all(rows[k] == fine(CELLS[k]) for k in (0, 1, 3))
    with pytest.raises(ValueError, match="workers must be 1 or more; got 0"):
        Processes(0)


def test_a_rerun_does_only_what_is_missing(path):
    rows = []
    assert run_suite(suite(2), path, engine=Here(), stored=rows.append) == 2
    assert run_suite(suite(2), path, engine=Here(), stored=rows.append) == 0
    assert run_suite(suite(3), path, stored=rows.append) == 1  # by a process, and the true work
    assert [row.cell.seed for row in rows] == [0, 1, 2]
    assert stored(path) == rows
    assert {row.code for row in rows} == {version_of(Named("auto"))}


def test_another_version_is_done_anew_and_kept_if_asked(path):
    run_suite(suite(2, "knn"), path, engine=Here())
    with held(path) as ledger:
        ledger.add([fine(row.cell) for row in ledger.rows()])  # as an older ledger's, without code
    assert run_suite(suite(2, "knn"), path, engine=Here(), keep_old=True) == 0
    assert run_suite(suite(2, "knn"), path, engine=Here()) == 2
    assert {row.code for row in stored(path)} == {version_of(Named("knn"))}


def test_a_killed_run_loses_no_finished_row_and_is_resumed(path, tmp_path):
    with elsewhere(run, suite(2000), path) as (process, pipe):
        seen = [pipe.recv() for _ in range(20)]
        process.kill()
    done = {row.cell.seed for row in stored(path)}
    assert set(seen) <= done and len(done) < 2000
    assert run_suite(suite(2000), path, engine=Here()) == 2000 - len(done)
    with held(other := tmp_path / "never killed.sqlite") as ledger:
        ledger.add_truth("shift1", "js", ProblemTruth(0.1, 0.0, 1.0, 1.0))
    run_suite(suite(2000), other, engine=Here())
    assert stored(path) == stored(other)


def test_ctrl_c_keeps_the_rows_and_ends_the_workers(path):
    def interrupt(row):
        if row.cell.seed == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_suite(suite(50), path, engine=Unhurried(), stored=interrupt)
    seeds = [row.cell.seed for row in stored(path)]
    assert seeds == list(range(len(seeds))) and 3 <= len(seeds) < 50
    assert multiprocessing.active_children() == []


def test_workers_end_when_their_run_is_killed():
    with elsewhere(run_workers, 100 * CELLS) as (process, pipe):
        worker = pipe.recv()
        os.kill(worker, 0)
        process.kill()
    end = time.monotonic() + 60
    while alive(worker) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(worker)


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def elsewhere(target, *given):
    """A run in a process of its own, and the pipe by which it tells what it stored."""
    context = server(PRELOADED)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(*given, theirs))
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        process.kill()
        process.join()


def test_a_server_of_processes_that_dies_is_replaced_and_many_are_told(monkeypatch):
    deaths = iter([EOFError(), ConnectionRefusedError()])
    fork = _Crew._forked

    def forked(crew):
        for death in deaths:
            raise death
        return fork(crew)

    monkeypatch.setattr(_Crew, "_forked", forked)
    assert list(Pool(abs, lambda item: 0, 1, ()).map([-3])) == [3]
    deaths = iter([EOFError()] * 3)
    with pytest.raises(ChildProcessError, match=r"out of memory.*goes on from the rows"):
        list(Pool(abs, lambda item: 0, 1, ()).map([-3]))


BEATS = "(while :; do date +%N > mark; sleep .05; done) & sleep 99"


def beats(mark):
    """Whether somebody writes to a file still."""
    first = mark.read_text()
    time.sleep(0.5)
    return mark.read_text() != first


def test_a_program_past_its_deadline_ends_with_all_that_it_started(tmp_path):
    mark = tmp_path / "mark"
    slow = Program("slow", ("sh", "-c", BEATS), str(tmp_path))
    engine = Processes(1, CellLimits(seconds=5.0))
    cells = [Cell("shift1", "js", "slow", 20, 0)]
    (row,) = [row for row in engine.map(cells, Compute((slow,))) if row]
    assert row.failure == "past the deadline of 5 s"
    assert mark.exists() and not beats(mark)


def test_a_program_ends_at_an_interrupt_with_all_that_it_started(tmp_path):
    mark = tmp_path / "mark"
    slow = Program("slow", ("sh", "-c", BEATS), str(tmp_path))

    def interrupt(number, frame):
        if mark.exists():
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):  # in this process, which leads no pool's group
            slow.answer(torch.zeros(3, 1), torch.zeros(3, 1), "js", 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not beats(mark)


def test_truths_are_found_by_the_engine_and_here_where_it_finds_none(tmp_path):
    pairs = (("shift1", "js"), ("shift1", "kl"), ("kl10", "js"))
    whole = Suite(pairs, ("auto",), ((50, 1),))
    asked = []

    class Half:
        """An engine of this process whose worker dies of one truth."""

        def map(self, cells, work):
            asked.extend(cells)
            yield None
            yield failed(cells[0], "the worker died")
            yield from (work(cell) for cell in cells[1:])

    with held(tmp_path / "ledger.sqlite") as ledger:
        complete_truths(whole, ledger, Half())
        assert {key: ledger.truth(*key) for key in pairs} == {key: truth(*key) for key in pairs}
        assert [(cell.problem, cell.divergence) for cell in asked] == list(pairs)
        complete_truths(whole, ledger, Half())
        assert len(asked) == 3
        with pytest.raises(ValueError, match="no f-divergence"):
            complete_truths(Suite((("shift1", "w1"),), ("auto",), ()), ledger, Half())
