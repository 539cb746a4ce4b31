"""Density estimates in the plane and in 5 and 10 dimensions: the JSD of each fit to its law.

    python benchmarks/densities_space.py --suite plane|five|ten [--n 1000] [--draws 3]

Every method fits the same draws of each law of `density_space_laws.py`. With m = (p + q)/2 and
π = p/(p + q) the JSD is E_m h(π), h(π) = π log 2π + (1 − π) log 2(1 − π) ≥ 0: its mean over
`--points` points of the law and as many of the fit, with a standard error. Printed: means in 1e-3
nats over draws, geometric means over laws, the worst ratio to the best peer, CPU seconds of a fit.

Beside it the other divergences: KL(law || fit) and KL(fit || law) by the points of its first law
(infinite where it has density 0 in the other), the squared Hellinger distance, as
1 − 2 E_m √(π(1 − π)), and L1 = E_m 2|2π − 1|, each with its standard error. Peers:
`density_space_peers.py`.

`--rows FILE` keeps every row as it comes and is gone on from; `--page` writes what the file holds
to `results/densities_space.md`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import warnings
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from density_space_laws import LAWS
from density_space_peers import PEERS, Fit, Fitted
from scipy import special

from divkit.density import fit_density
from divkit.types import FloatArray


class Row(NamedTuple):
    """A fit: its divergences from the law, their standard errors, CPU seconds.

    `kl` is KL(law || fit), `reverse_kl` KL(fit || law). Fields after `seconds` are NaN of rows
    that an earlier version has left.
    """

    suite: str
    law: str
    method: str
    n: int
    seed: int
    js: float
    error: float
    seconds: float
    kl: float = math.nan
    kl_error: float = math.nan
    reverse_kl: float = math.nan
    reverse_kl_error: float = math.nan
    hellinger2: float = math.nan
    hellinger2_error: float = math.nan
    l1: float = math.nan
    l1_error: float = math.nan


class Estimate(NamedTuple):
    """A mean over points and its standard error."""

    value: float
    error: float


KINDS = {"js": "JSD", "kl": "KL(law, fit)", "reverse_kl": "KL(fit, law)",
         "hellinger2": "H²", "l1": "L1"}  # fmt: skip


def of_divkit(name: str, **options: Any) -> Fit:
    def fit(x: FloatArray) -> Fitted:
        made = fit_density(x, name, **options)
        return Fitted(lambda n: made.sample(n, 1).numpy(), made.score_samples)

    return fit


OURS: dict[str, Fit] = {"auto": of_divkit("auto")}
METHODS = PEERS | OURS


def divergences(law: Any, fitted: Fitted, points: int, seed: int) -> dict[str, Estimate]:
    """Every divergence by points of the law and of the fit, in halves where it is a mean of both.

    Points of the law where the fit has no density, and of the fit where the law has none, make
    the KL infinite, and its standard error NaN.
    """
    own = np.asarray(law.sample(points, np.random.default_rng([seed, 7])))
    ours, theirs = (_log_ratio(law, fitted, rows) for rows in (own, fitted.draw(points)))
    halves = [special.expit(ratio) for ratio in (ours, theirs)]
    return {
        "js": _mean([_entropies(p) for p in halves]),
        "kl": _mean([ours]),
        "reverse_kl": _mean([-theirs]),
        "hellinger2": _mean([1 - 2 * np.sqrt(p * (1 - p)) for p in halves]),
        "l1": _mean([2 * abs(2 * p - 1) for p in halves]),
    }


def _log_ratio(law: Any, fitted: Fitted, rows: FloatArray) -> FloatArray:
    rows = np.ascontiguousarray(rows)
    with np.errstate(all="ignore"):
        return np.asarray(law.log_prob(torch.from_numpy(rows))) - fitted.log(rows)


def _entropies(p: FloatArray) -> FloatArray:
    return np.asarray(special.xlogy(p, 2 * p) + special.xlogy(1 - p, 2 * (1 - p)))


def _mean(parts: list[FloatArray]) -> Estimate:
    with np.errstate(invalid="ignore"):
        spread = math.sqrt(sum(v.var() / len(v) for v in parts)) / len(parts)
        return Estimate(float(np.mean([v.mean() for v in parts])), spread)


def _spent() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def one(task: tuple[str, str, str, int, int, int]) -> Row:
    """Draw, fit, measure."""
    torch.set_num_threads(1)
    suite, name, method, n, seed, points = task
    law = LAWS[suite][name]
    x = np.asarray(law.sample(n, np.random.default_rng([seed, n])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = _spent()
        fitted = METHODS[method](x)
        seconds = _spent() - start
        (js, error), *others = divergences(law, fitted, points, seed).values()
    return Row(suite, name, method, n, seed, js, error, seconds, *itertools.chain(*others))


def table(rows: list[Row], laws: list[str], methods: list[str]) -> str:
    """Mean JSD in 1e-3 by law and method, geometric means, worst ratios, seconds."""
    mean = {
        (law, m): 1e3 * float(np.mean([r.js for r in rows if (r.law, r.method) == (law, m)]))
        for law in laws
        for m in methods
    }
    peers = [m for m in methods if m in PEERS]
    best = {law: min((mean[law, p] for p in peers), default=np.nan) for law in laws}
    wide = max(map(len, laws)) + 3
    lines = [" " * wide + "".join(f"{m:>16}" for m in methods)]
    lines += [f"{law:<{wide}}" + "".join(f"{mean[law, m]:16.2f}" for m in methods) for law in laws]
    geometric = [np.exp(np.mean([np.log(mean[law, m]) for law in laws])) for m in methods]
    worst = [max((mean[law, m] / best[law], law) for law in laws) for m in methods]
    spent = [np.mean([r.seconds for r in rows if r.method == m]) for m in methods]
    lines.append(f"{'geometric mean':<{wide}}" + "".join(f"{g:16.2f}" for g in geometric))
    lines.append(f"{'worst / best peer':<{wide}}" + "".join(f"{w:16.2f}" for w, _ in worst))
    lines.append(f"{'  on':<{wide}}" + "".join(f"{law:>16}" for _, law in worst))
    lines.append(f"{'CPU s a fit':<{wide}}" + "".join(f"{s:16.2f}" for s in spent))
    return "\n".join(lines)


def page(rows: list[Row]) -> str:
    """Every suite and size as a table; a method that lacks a law has no geometric mean."""
    lines = ["# Density estimates in space", "",
             "Mean Jensen–Shannon divergence of a fit from the law of its rows, in 1e-3 nats, by"
             " points of both (densities_space.py). The last column is `auto` over the best"
             " peer. Nothing was chosen on seeds from 9000 on. Geometric means are over the laws"
             " that a method has on every draw; of KL, H² and L1 they are in 1e-3, too, and"
             " infinite where a fit has no mass at a point of the law."]  # fmt: skip
    for suite, n in sorted({(r.suite, r.n) for r in rows}):
        own = [r for r in rows if (r.suite, r.n) == (suite, n)]
        methods = [m for m in METHODS if any(r.method == m for r in own)]
        draws = sorted({r.seed for r in own})
        lines += ["", f"## {suite}, n = {n:,}, seeds {draws[0]} to {draws[-1]}", "",
                  "| law | " + " | ".join(methods) + " | auto / best peer |",
                  "|---|" + "---:|" * (len(methods) + 1)]  # fmt: skip
        lines += _lines(
            own, [law for law in LAWS[suite] if any(r.law == law for r in own)], methods
        )
    return "\n".join([*lines, ""])


def _lines(rows: list[Row], laws: list[str], methods: list[str]) -> list[str]:
    found: dict[tuple[str, str], list[float]] = {}
    for r in rows:
        found.setdefault((r.law, r.method), []).append(1e3 * r.js)
    mean = {key: float(np.mean(values)) for key, values in found.items()}
    lines, worst = [], []
    for law in laws:
        best = min(
            (mean[law, m] for m in methods if m in PEERS and (law, m) in mean), default=np.nan
        )
        worst.append((mean.get((law, "auto"), np.nan) / best, law))
        cells = [f"{mean[law, m]:.2f}" if (law, m) in mean else "" for m in methods]
        lines.append(f"| {law} | " + " | ".join(cells) + f" | {worst[-1][0]:.2f} |")
    middle = [
        f"| geometric mean, {name} | " + " | ".join(_geometric(rows, laws, methods, kind)) + " | |"
        for kind, name in KINDS.items()
    ]
    spent = [f"{np.mean([r.seconds for r in rows if r.method == m]):.2f}" for m in methods]
    counts = [str(sum(r.method == m for r in rows)) for m in methods]
    return [
        *lines,
        *middle,
        "| fits | " + " | ".join(counts) + " | |",
        "| CPU s a fit | " + " | ".join(spent) + " | |",
        "",
        "Worst ratio to the best peer: {:.2f}, on {}.".format(*max(worst)),
    ]


def _geometric(rows: list[Row], laws: list[str], methods: list[str], kind: str) -> Iterable[str]:
    """Yield for each method the geometric mean over laws of its mean over draws, in 1e-3."""
    draws = len({r.seed for r in rows})
    for method in methods:
        own = {
            law: [1e3 * getattr(r, kind) for r in rows if (r.law, r.method) == (law, method)]
            for law in laws
        }
        means = [float(np.mean(values)) for values in own.values() if len(values) == draws]
        whole = len(means) == len(laws) and min(means) > 0  # a mean of points may be below 0
        yield f"{np.exp(np.mean(np.log(means))):.2f}" if whole else ""


def known(path: Path | None) -> list[Row]:
    """Rows of earlier runs, which are not run again."""
    if path is None or not path.exists():
        return []
    return [Row(*json.loads(line)) for line in path.read_text().splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", default="plane", choices=tuple(LAWS))
    parser.add_argument("--laws", default="")
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rows", type=Path)
    parser.add_argument(
        "--page", action="store_true", help="of the rows that are there; runs none"
    )
    asked = parser.parse_args()
    if asked.page:
        text = page(known(asked.rows))
        (Path(__file__).parent / "results" / "densities_space.md").write_text(text)
        print(text)
        return
    laws = [name for name in asked.laws.split(",") if name] or list(LAWS[asked.suite])
    methods = asked.methods.split(",")
    seeds = range(asked.seed, asked.seed + asked.draws)
    tasks = [
        (asked.suite, law, m, asked.n, seed, asked.points)
        for law in laws
        for m in methods
        for seed in seeds
    ]
    rows, wanted = known(asked.rows), {task[:5] for task in tasks}
    done = {row[:5] for row in rows}
    with ProcessPoolExecutor(asked.workers) as pool:
        for row in pool.map(one, [task for task in tasks if task[:5] not in done]):
            rows.append(row)
            if asked.rows:
                with asked.rows.open("a") as file:
                    file.write(json.dumps(row) + "\n")
    rows = [row for row in rows if row[:5] in wanted]
    print(f"{asked.suite}, n = {asked.n}, seeds {seeds.start}-{seeds.stop - 1}; JSD in 1e-3 nats")
    print(table(rows, laws, methods))
    print(f"largest standard error of a JSD: {max(r.error for r in rows):.1e}")


if __name__ == "__main__":
    main()
