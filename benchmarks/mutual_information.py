"""Mutual information on sixteen tasks of known truth: KL(p_xy‖p_x p_y) by `auto`, and KSG.

    python benchmarks/mutual_information.py [--n 1000] [--seeds 5] [--output FILE]

The tasks are those of divkit.estimators.information_tasks, after "Beyond Normal" (Czyż et al.
2023), whose truths are closed forms. `auto` compares the n pairs (x_i, y_i) with the n pairs
(x_i, y_π(i)), π a shift by a random number of places, so that no pair stays together; KSG is that
of Kraskov et al. (2004) with 5 neighbours, squares (1) and rectangles (2).
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import divkit
from divkit.estimators.information_tasks import TASKS, Task
from divkit.estimators.mutual_information import Kraskov
from divkit.results import Result, jsonable
from divkit.types import FloatArray


def by_auto(x: FloatArray, y: FloatArray, seed: int) -> Result:
    """KL of the pairs from pairs put together anew."""
    shift = int(np.random.default_rng(seed).integers(1, len(x)))
    apart = np.hstack([x, np.roll(y, shift, axis=0)])
    return divkit.estimate(np.hstack([x, y]), apart, "kl", rng=seed)


METHODS: dict[str, Callable[[FloatArray, FloatArray, int], Result]] = {
    "auto": by_auto,
    "KSG 1": lambda x, y, seed: Kraskov(variant=1)(x, y),
    "KSG 2": lambda x, y, seed: Kraskov(variant=2)(x, y),
}


def measured(task: Task, n: int, seeds: int) -> list[dict[str, Any]]:
    """One row a method: mean, bias, RMSE, coverage, flags, seconds."""
    samples = [task.sample(n, seed) for seed in range(seeds)]
    rows = []
    for name, method in METHODS.items():
        began = time.process_time()
        found = [method(x, y, seed) for seed, (x, y) in enumerate(samples)]
        spent = (time.process_time() - began) / seeds
        values = np.array([result.value for result in found])
        rows.append(
            {
                "task": task.name,
                "truth": task.truth,
                "method": name,
                "n": n,
                "seeds": seeds,
                "mean": float(values.mean()),
                "median": float(np.median(values)),
                "rmse": math.sqrt(float(np.mean((values - task.truth) ** 2))),
                "covered": sum(r.interval[0] <= task.truth <= r.interval[1] for r in found),
                "lower_bounds": sum(bool(r.diagnostics.get("lower_bound")) for r in found),
                "cpu_seconds": round(spent, 3),
            }
        )
    return rows


def main() -> None:
    """Print a row for each task and method, and store them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    rows = []
    for task in TASKS.values():
        rows += measured(task, given.n, given.seeds)
        for row in rows[-len(METHODS) :]:
            print(
                f"{row['task']:24} {row['truth']:7.4f}  {row['method']:6} mean {row['mean']:8.4f}"
                f"  RMSE {row['rmse']:7.4f}  covered {row['covered']}/{row['seeds']}"
                f"  lower bounds {row['lower_bounds']}  {row['cpu_seconds']} s",
                flush=True,
            )
        if given.output:
            given.output.write_text(json.dumps(jsonable(rows), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
