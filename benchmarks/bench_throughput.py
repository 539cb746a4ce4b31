"""Costs of the benchmark's engines beside the estimates: processor time a task, cells a second.

    python benchmarks/bench_throughput.py [--cells 1000] [--chunks 1 10] [--workers 1 2 4]
        [--output FILE]

Cells whose work is nothing (a row of constants) go through `processes`, and through a Dask
cluster of a scheduler and workers in processes of their own on loopback. Processor seconds are
those of the scheduler, of the client and of the workers with all that they fork, each over the
number of tasks: other programs on the machine do not count in them, as they do in cells a second.
Then the ledger: rows that are stored in commits of 1, 100 and 500, and the bytes of one.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import distributed
from bench_kills import Cluster, descendants, nothing

from divkit.bench.cells import Cell, Row
from divkit.bench.code import beneath
from divkit.bench.dask_engine import Dask
from divkit.bench.engine import Engine, Processes
from divkit.bench.ledger import held

TICK = os.sysconf("SC_CLK_TCK")
WARM = 4
"""Cells that are done before the clock starts, so that imports do not count."""


def spent(processes: Sequence[int]) -> float:
    """Processor seconds of processes, and of their children that ended."""
    total = 0
    for process in processes:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICK


def cells_of(count: int) -> list[Cell]:
    return [Cell("shift1", "js", "auto", 100, seed) for seed in range(count)]


def run(engine: Engine, cells: Sequence[Cell]) -> float:
    """Seconds on the clock until the last row."""
    began = time.monotonic()
    rows = [row for row in engine.map(cells, nothing) if row]
    if len(rows) != len(cells):
        raise RuntimeError(f"{len(rows)} rows of {len(cells)} cells.")
    return time.monotonic() - began


def processes(workers: int, count: int) -> str:
    engine = Processes(workers)
    run(engine, cells_of(WARM))
    mine = spent([os.getpid()])
    seconds = run(engine, cells_of(count))
    client = (spent([os.getpid()]) - mine) / count
    return row("processes", workers, 1, count, seconds, None, client, None)


def dask(cluster: Cluster, workers: int, chunk: int, count: int) -> str:
    engine = Dask(cluster.address, chunk=chunk)
    run(engine, cells_of(WARM))
    scheduler = cluster.members["scheduler"].pid
    below = [pid for pid in descendants(os.getpid()) if pid != scheduler]
    before = spent([scheduler]), spent([os.getpid()]), spent(below)
    seconds = run(engine, cells_of(count))
    below = [pid for pid in descendants(os.getpid()) if pid != scheduler]
    after = spent([scheduler]), spent([os.getpid()]), spent(below)
    tasks = -(-count // chunk)
    parts = [(b - a) / tasks for a, b in zip(before, after, strict=True)]
    return row("dask", workers, chunk, count, seconds, *parts)


def ledger(batch: int, rows: Sequence[Row]) -> str:
    """A line of the ledger's table: rows in commits of so many, a row the first."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.sqlite"
        with held(path) as target:
            target.add(rows[:1])
            empty, mine, began = path.stat().st_size, spent([os.getpid()]), time.monotonic()
            for start in range(1, len(rows), batch):
                target.add(rows[start : start + batch])
            seconds, mine = time.monotonic() - began, spent([os.getpid()]) - mine
        bytes_each = (path.stat().st_size - empty) / (len(rows) - 1)
    count = len(rows) - 1
    text = f"| {batch} | {count / seconds:,.0f} | {1000 * mine / count:.2f} | {bytes_each:.0f} |"
    print(text, flush=True)
    return text


def row(
    engine: str, workers: int, chunk: int, count: int, seconds: float, scheduler: float | None,
    client: float, worker: float | None,
) -> str:  # fmt: skip
    words = [engine, str(workers), str(chunk), f"{count / seconds:.0f}"]
    words += [
        "–" if each is None else f"{1000 * each:.2f}" for each in (scheduler, client, worker)
    ]
    text = "| " + " | ".join(words) + " |"
    print(text, flush=True)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--chunks", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    lines = [
        "| engine | workers | cells a task | cells/s | scheduler, ms a task | client, ms a task "
        "| workers, ms a task |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    print("\n".join(lines))
    lines += [processes(workers, given.cells) for workers in given.workers]
    for workers in given.workers:
        cluster = Cluster(nannies=workers)
        try:
            lines += [dask(cluster, workers, chunk, given.cells) for chunk in given.chunks]
        finally:
            cluster.close()
    lines += ["", "| rows a commit | rows/s | ms of processor time a row | bytes a row |",
              "| --- | --- | --- | --- |"]  # fmt: skip
    print("\n".join(lines[-3:]))
    for batch, count in ((1, 1000), (100, 10_000), (500, 20_000)):
        lines.append(ledger(batch, [nothing(cell) for cell in cells_of(count + 1)]))
    versions = ", ".join([*beneath(), f"distributed={distributed.__version__}"])
    loads = " ".join(f"{load:.1f}" for load in os.getloadavg())
    lines += ["", f"{platform.platform()}, {os.cpu_count()} cores, load {loads}; {versions}", ""]
    if given.output:
        given.output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
