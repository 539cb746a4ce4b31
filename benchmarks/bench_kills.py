"""Runs of the benchmark whose processes are killed at random moments, a hundred times.

    python benchmarks/bench_kills.py [--kills 100] [--engine processes|dask] [--seed 0]

A run in a process of its own works through cells with `knn`; at random moments one of its
processes, the client among them, is killed with SIGKILL, and the run is started again where it was
the client. At the end the ledger holds every cell once, and each row is that of an uninterrupted
run but for seconds, memory and host.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from divkit.bench.bundle import same
from divkit.bench.cells import Row
from divkit.bench.ledger import Ledger

RUN = (
    "-m", "divkit", "bench", "run", "--problems", "shift1:js,shift1:kl", "--estimators", "knn",
    "--sizes", "100:{cells}", "--workers", "2", "--engine", "{engine}",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--cells", type=int, default=2000)
    parser.add_argument("--engine", choices=("processes", "dask"), default="processes")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    words = [word.format(cells=given.cells, engine=given.engine) for word in RUN]
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / "whole.sqlite", Path(folder) / "killed.sqlite"
        counts = killed_run(words, killed, given.kills, random.Random(given.seed))
        subprocess.run([sys.executable, *words, "--ledger", whole], check=True)
        ours, theirs = rows(killed), rows(whole)
    lost = [row.cell for row in theirs if row.cell not in {each.cell for each in ours}]
    changed = [a.cell for a, b in zip(ours, theirs, strict=False) if not same(a, b)]
    print(f"{sum(counts.values())} kills: {counts}")
    print(f"{len(ours)} rows, {len(lost)} lost, {len(changed)} other: {changed[:5]}")
    raise SystemExit(bool(lost or changed or len(ours) != len(theirs)))


def killed_run(words: list[str], ledger: Path, kills: int, rng: random.Random) -> dict[str, int]:
    counts: dict[str, int] = {}
    run = started(words, ledger)
    while run.poll() is None or sum(counts.values()) < kills:
        if run.poll() is not None:
            if run.returncode == 0:
                break
            run = started(words, ledger)
        time.sleep(rng.uniform(0.2, 4.0))
        below = descendants(run.pid)
        if sum(counts.values()) >= kills or run.poll() is not None or not below:
            continue
        victim = rng.choice([run.pid, *below])
        kind = "client" if victim == run.pid else "below"
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue
        counts[kind] = counts.get(kind, 0) + 1
        if victim == run.pid:
            run.wait()
    if run.wait() != 0:
        subprocess.run([sys.executable, *words, "--ledger", ledger], check=True)
    return counts


def started(words: list[str], ledger: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *words, "--ledger", ledger], stderr=subprocess.DEVNULL
    )


def descendants(process: int) -> list[int]:
    """The processes below one, by /proc."""
    parents = {}
    for each in Path("/proc").iterdir():
        if each.name.isdecimal():
            try:
                fields = (each / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(each.name)] = int(fields[1])
    found, edge = [], [process]
    while edge:
        edge = [child for child, parent in parents.items() if parent in edge]
        found += edge
    return found


def rows(path: Path) -> list[Row]:
    ledger = Ledger(path)
    found = ledger.rows()
    ledger.close()
    return found


if __name__ == "__main__":
    main()
