"""Rows are committed each second or each 500, and when nothing comes."""

from bench_work import fine

from divkit.bench import batches
from divkit.bench.cells import Cell

ROWS = [fine(Cell("shift1", "js", "auto", 100, seed)) for seed in range(1200)]


def test_rows_go_by_five_hundred_and_the_first_at_once(monkeypatch):
    monkeypatch.setattr(batches, "SECONDS", 1e9)
    assert [len(batch) for batch in batches.batched(ROWS)] == [1, 500, 500, 199]
    assert [row for batch in batches.batched(ROWS) for row in batch] == ROWS


def test_rows_go_when_nothing_comes_and_after_a_second(monkeypatch):
    monkeypatch.setattr(batches, "SECONDS", 1e9)
    paused = [*ROWS[:3], None, None, ROWS[3], None]
    assert [len(batch) for batch in batches.batched(paused)] == [1, 2, 1]
    monkeypatch.setattr(batches, "SECONDS", 0.0)
    assert [len(batch) for batch in batches.batched(ROWS[:5])] == [1] * 5
