"""The engine on a Dask cluster gives the rows of the one on this machine."""

import functools

import pytest
from bench_work import deadly, endless, fine, killed_once

from divkit.bench import dask_engine
from divkit.bench.cells import Cell
from divkit.bench.dask_engine import Dask, work_chunk
from divkit.bench.engine import CellLimits, Processes
from divkit.bench.runner import Compute
from divkit.faults import SetupError

pytest.importorskip("distributed", reason="the engine dask is in the extra [cluster]")
CELLS = [Cell("shift1", "js", "auto", 100, seed) for seed in range(4)]


def by_seed(engine, work, cells=CELLS):
    return {row.cell.seed: row for row in engine.map(cells, work) if row}


def test_cells_on_a_cluster_have_rows_whatever_they_do():
    engine = Dask(workers=1, chunk=2, limits=CellLimits(seconds=5.0))
    rows = by_seed(engine, deadly)
    assert rows[2].failure == "the worker died: killed, or out of memory"
    assert all(rows[k] == fine(CELLS[k]) for k in (0, 1, 3))


def test_another_version_is_told_at_the_handshake():
    with pytest.raises(SetupError, match="is another than the client's"):
        work_chunk(fine, CELLS, CellLimits(), "0123456789ab")
    with pytest.raises(ValueError, match="must be 1 or more"):
        Dask(workers=0)


@pytest.mark.slow
def test_deadlines_and_innocent_kills_on_a_cluster(tmp_path):
    engine = Dask(workers=2, limits=CellLimits(seconds=3.0))
    assert by_seed(engine, endless)[1].failure == "past the deadline of 3 s"
    rows = by_seed(engine, functools.partial(killed_once, mark=tmp_path))
    assert rows == {k: fine(CELLS[k]) for k in range(4)}


@pytest.mark.slow
def test_rows_of_a_cluster_are_bit_for_bit_those_of_this_machine():
    cells = [Cell("shift1", "js", name, 80, s) for name in ("knn", "auto") for s in range(3)]
    one = {row.cell: row for row in Processes(1).map(cells, Compute()) if row}
    two = {row.cell: row for row in Dask(workers=2).map(cells, Compute()) if row}
    assert set(one) == set(two) == set(cells)
    for cell, row in one.items():
        other = two[cell]
        assert (row.value, row.error, row.low, row.high, row.oracle, row.code) == (
            other.value, other.error, other.low, other.high, other.oracle, other.code,
        )  # fmt: skip


class Scaled:
    """A cluster whose threads come and go; it may be away."""

    threads = (1,)

    def nthreads(self):
        if not self.threads:
            raise OSError
        return dict(enumerate(self.threads))


def test_threads_are_counted_as_they_come(monkeypatch):
    monkeypatch.setattr(dask_engine, "_BEAT", 0.0)
    pace = dask_engine._Pace(cluster := Scaled(), None)
    assert (pace.most(), pace.chunk(1000), pace.chunk(8)) == (2, 10, 1)
    cluster.threads = (1,) * 100
    assert (pace.most(), pace.chunk(1600)) == (200, 2)
    cluster.threads = ()  # the scheduler is away: as many as there were
    assert pace.most() == 200
    cluster.threads = (4,)
    assert pace.most() == 8 and dask_engine._Pace(cluster, 7).chunk(3) == 7
