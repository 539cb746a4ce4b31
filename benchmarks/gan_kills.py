"""A training killed at fifty random moments: does each resume to the same final weights?

    OMP_NUM_THREADS=1 python benchmarks/gan_kills.py [--kills 50] [--output FILE]

A run is made once without a stop. Then, fifty times, the same run is started in a process of its
own, which is killed by SIGKILL after a random part of the time that the whole one took (saving,
recording and training alike), and gone on with in another process. Counted: how many end with
every tensor, the optimisers' moments included, equal bit for bit, and how many were killed before
the first checkpoint (those start anew) or while a file was being written.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from divkit.training.measures.recorder import Recorder
from divkit.training.session import follow
from divkit.training.store.checkpoints import load_newest
from divkit.training.store.runs import Run
from divkit.training_config import Config

CONFIG = Config(
    target="ring8", hidden=(32, 32), critic_hidden=(32, 32), steps=600, batch=64, every=200,
    save_every=10, noise=0.1, r1=0.1, average=0.9, data=5000, seeds=(0, 1),
)  # fmt: skip
QUICK = Recorder(held_out=256, fakes=256, neighbourhood=0)


def work(run: Run) -> None:
    """Start the run, or go on with it where it has a checkpoint."""
    resume = bool(list(run.folder.glob("step-*.safetensors")))
    follow(run, CONFIG, resume, (), lambda: False, lambda _: None, QUICK)


def in_child(run: Run, seconds: float | None) -> float:
    """Work in another process, killed after so many seconds; return how long it lived."""
    start, child = time.perf_counter(), os.fork()
    if child == 0:
        try:
            work(run)
        finally:
            os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return time.perf_counter() - start


def same(one: Path, other: Path) -> bool:
    """Whether the last states of two runs are equal bit for bit."""
    a, b = (load_newest(folder).state.tensors() for folder in (one, other))
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=None)
    options = parser.parse_args()
    torch.set_num_threads(1)
    moments, rows = random.Random(options.seed), []
    with tempfile.TemporaryDirectory() as folder:
        whole = Run(Path(folder), "whole")
        lasts = in_child(whole, None)
        for k in range(options.kills):
            run = Run(Path(folder), f"killed-{k}")
            pause = moments.uniform(0, lasts)
            in_child(run, pause)
            steps = [int(p.stem.split("-")[1]) for p in run.folder.glob("step-*.safetensors")]
            partial = bool(list(run.folder.glob(".*.partial")))
            in_child(run, None)
            rows.append(
                {
                    "after_seconds": pause,
                    "checkpoint": max(steps, default=None),
                    "while_writing": partial,
                    "same": same(run.folder, whole.folder),
                }
            )
    summary: dict[str, Any] = {
        "kills": len(rows),
        "same": sum(row["same"] for row in rows),
        "before_the_first_checkpoint": sum(row["checkpoint"] is None for row in rows),
        "while_writing_a_file": sum(row["while_writing"] for row in rows),
        "finished_before_the_kill": sum(row["checkpoint"] == CONFIG.steps for row in rows),
        "whole_run_seconds": lasts,
    }
    print(json.dumps(summary, indent=1))
    if options.output:
        record = {**summary, "config": CONFIG.to_dict(), "rows": rows}
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0 if summary["same"] == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
