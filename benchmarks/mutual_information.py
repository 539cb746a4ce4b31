"""Mutual information on tasks of known truth, beside published estimates of the same tasks.

    python benchmarks/mutual_information.py run [--n 1000] [--seeds 20] [--few 10] [--tasks A,B]
    python benchmarks/mutual_information.py report

The tasks are those of divkit.problems.information_tasks, after "Beyond Normal" (Czyż et al.
2023). `run` adds what is missing to results/mutual_information.json, a row for each task, n and
method: bias, RMSE, also in units of the bound √(Var(i)/n), coverage of the 95% interval, flags,
CPU seconds. `auto` runs on the first `--few` of the seeds, once for tasks of the same ranks.
`report` prints the table and draws results/mutual_information.png. The published figures, to the
one decimal that their source gives, are in published_information.json.
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
from scipy.stats import rankdata

import divkit
from divkit.problems.information_tasks import TASKS, InformationTask
from divkit.results import Result, jsonable
from divkit.types import FloatArray

HERE = Path(__file__).parent
ROWS = HERE / "results" / "mutual_information.json"
FIGURE = HERE / "results" / "mutual_information.png"
PUBLISHED = HERE / "published_information.json"

Method = Callable[[FloatArray, FloatArray, int], Result]
METHODS: dict[str, Method] = {
    "auto": lambda x, y, seed: divkit.mutual_information(x, y, rng=seed),
    "KSG 1, k = 5": lambda x, y, _: divkit.mutual_information(x, y, "ksg"),
    "KSG 2, k = 5": lambda x, y, _: divkit.mutual_information(x, y, "ksg", variant=2),
    "KSG 1, k = 10": lambda x, y, _: divkit.mutual_information(x, y, "ksg", k=10),
    "KSG 1, k = 3, ranks": lambda x, y, _: divkit.mutual_information(x, y, "ksg", k=3, ranks=True),
    "BI-KSG, k = 5": lambda x, y, _: divkit.mutual_information(x, y, "bi_ksg"),
    "Gaussian copula": lambda x, y, _: divkit.mutual_information(x, y, "copula"),
}
SLOW = ("auto",)


def measured(task: InformationTask, name: str, n: int, seeds: int, few: int) -> dict[str, Any]:
    """One row: bias, RMSE (also on the first `few` seeds), coverage, flags, seconds."""
    samples = [task.sample(n, seed) for seed in range(seeds)]
    began = time.process_time()
    found = [METHODS[name](x, y, seed) for seed, (x, y) in enumerate(samples)]
    spent = (time.process_time() - began) / seeds
    off = np.array([result.value for result in found]) - task.truth
    return {
        "task": task.name,
        "truth": task.truth,
        "bound": bound(task, n),
        "method": name,
        "n": n,
        "seeds": seeds,
        "bias": float(off.mean()),
        "rmse": math.sqrt(float(np.mean(off**2))),
        "rmse_few": math.sqrt(float(np.mean(off[:few] ** 2))),
        "covered": sum(r.interval[0] <= task.truth <= r.interval[1] for r in found),
        "lower_bounds": sum(bool(r.one_sided) for r in found),
        "neighbours": sum("Kraskov" in r.method for r in found),
        "cpu_seconds": round(spent, 3),
    }


def twin(
    task: InformationTask, n: int, few: int, rows: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """The row of a task whose samples have the same ranks: `auto` sees ranks alone."""
    for row in rows:
        if (row["method"], row["n"], row["truth"]) != ("auto", n, task.truth):
            continue
        other = TASKS[row["task"]]
        if all(same_ranks(task.sample(n, s), other.sample(n, s)) for s in range(few)):
            return {**row, "task": task.name, "same_ranks_as": other.name}
    return None


def same_ranks(one: tuple[FloatArray, ...], other: tuple[FloatArray, ...]) -> bool:
    """Whether the columns of both pairs of samples are ordered alike."""
    return all(
        a.shape == b.shape and np.array_equal(rankdata(a, axis=0), rankdata(b, axis=0))
        for a, b in zip(one, other, strict=True)
    )


def bound(task: InformationTask, n: int) -> float:
    """√(Var(i)/n), the least standard error, from 100,000 draws of the pointwise information."""
    return float(task.informations(100_000, 0).std()) / math.sqrt(n)


def run(given: argparse.Namespace) -> None:
    """Add the rows that are missing."""
    rows = json.loads(ROWS.read_text(encoding="utf-8")) if ROWS.exists() else []
    done = {(row["task"], row["method"], row["n"]) for row in rows}
    for name in given.tasks.split(",") if given.tasks else TASKS:
        for method in given.methods.split(";") if given.methods else METHODS:
            if (name, method, given.n) in done:
                continue
            seeds = given.few if method in SLOW else given.seeds
            known = twin(TASKS[name], given.n, seeds, rows) if method == "auto" else None
            rows.append(known or measured(TASKS[name], method, given.n, seeds, given.few))
            ROWS.write_text(json.dumps(jsonable(rows), indent=1) + "\n", encoding="utf-8")
            print(line(rows[-1]), flush=True)


def line(row: dict[str, Any]) -> str:
    """A row of the table."""
    return (
        f"{row['task']:24}{row['truth']:7.4f} {row['n']:6} {row['method']:20}"
        f" bias {row['bias']:+.4f}  RMSE {row['rmse']:.4f}, of the bound {ratio(row):5.2f}"
        f"  covered {row['covered']}/{row['seeds']}  flagged {row['lower_bounds']}"
        f"  {row['cpu_seconds']} s"
    )


def ratio(row: dict[str, Any]) -> float:
    """RMSE on the seeds that `auto` had, in units of the bound."""
    return float(row["rmse_few"] / row["bound"])


def report(_: argparse.Namespace) -> None:
    """Print the rows, and geometric means over the tasks and seeds that auto had; draw them."""
    rows = json.loads(ROWS.read_text(encoding="utf-8"))
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    for row in rows:
        print(line(row))
    for n in sorted({row["n"] for row in rows}):
        for method in METHODS:
            tasks = {row["task"] for row in rows if (row["method"], row["n"]) == ("auto", n)}
            same = [row for row in rows if (row["method"], row["n"]) == (method, n)]
            ours = [row for row in same if row["task"] in tasks]
            if ours:
                mean = math.exp(float(np.mean([math.log(ratio(row)) for row in ours])))
                covered = sum(row["covered"] for row in ours) / sum(row["seeds"] for row in ours)
                print(
                    f"n = {n}: {method:20} RMSE {mean:.2f} of the bound (geometric mean of "
                    f"{len(ours)} tasks), covered {covered:.3f}"
                )
    draw(rows, published)


def draw(rows: list[dict[str, Any]], published: dict[str, Any]) -> None:
    """Mean estimates against the truth, a line of dots for each task."""
    import matplotlib.pyplot as plt

    names = [name for name in TASKS if any(row["task"] == name for row in rows)]
    figure, axes = plt.subplots(figsize=(8, 0.28 * len(names) + 1.6), layout="constrained")
    styles = {
        ("auto", 1000): ("o", "C0"),
        ("KSG 1, k = 5", 1000): ("x", "C1"),
        ("KSG 1, k = 3, ranks", 1000): ("+", "C2"),
        ("KSG 1, k = 10", 10_000): ("4", "C4"),
    }
    for (method, n), (marker, colour) in styles.items():
        found = [row for row in rows if row["method"] == method and row["n"] == n]
        if not found:
            continue
        axes.scatter(
            [row["bias"] for row in found],
            [names.index(row["task"]) for row in found],
            marker=marker, color=colour, label=f"{method}, n = {n:,}",
        )  # fmt: skip
    quoted = published["estimates"]["MINDE-C, as its authors report"]
    places = [(quoted[name] - TASKS[name].truth, i) for i, name in enumerate(names)
              if name in quoted]  # fmt: skip
    axes.scatter(*zip(*places, strict=True), marker="s", facecolors="none", edgecolors="0.5",
                 label="MINDE-C, published to one decimal")  # fmt: skip
    axes.axvline(0, color="0.4", linewidth=0.8)
    axes.set_yticks(range(len(names)), [f"{n} ({TASKS[n].truth:.2f})" for n in names], fontsize=8)
    axes.grid(axis="y", color="0.92")
    axes.set_axisbelow(True)
    axes.invert_yaxis()
    axes.set_xlabel("mean estimate − truth, nats")
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(0, -0.06), ncols=2)
    figure.savefig(FIGURE, dpi=110)


def main() -> None:
    """Run or report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    verbs = parser.add_subparsers(required=True)
    running = verbs.add_parser("run")
    running.add_argument("--n", type=int, default=1000)
    running.add_argument("--seeds", type=int, default=20)
    running.add_argument("--few", type=int, default=10)
    running.add_argument("--tasks", default="", help="names with commas; all unless given")
    running.add_argument("--methods", default="", help="names with semicolons; all unless given")
    running.set_defaults(verb=run)
    verbs.add_parser("report").set_defaults(verb=report)
    given = parser.parse_args()
    given.verb(given)


if __name__ == "__main__":
    main()
