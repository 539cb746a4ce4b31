"""Coverage of lower confidence limits on the JSD, and their distance from it.

    python benchmarks/lower_bound_coverage.py [--repetitions 2000] [--output lower_bound.json]
        [--pairs "unit shift,mixtures"] [--sizes 50,200]

Each pair and size has its own random stream, so that some can be run alone; the file is written
anew after each.

Four pairs, three of them apart and one of equal laws; n rows of each law from 50 to 5,000; levels
95 % and 99 %. Two ways to use the rows:

- fixed: a critic is trained on the first half, and the second bets on it. Covered is V(D) of that
  very critic, known by quadrature: the strict statement. The JSD is covered more often still.
- staged: three critics, as in `lower_bound`. Covered is the largest of their three V(D).

Outputs are bounded for the level of 95 %, and the same critics are used at 99 %.

The critics are logistic regressions (5 steps of Levenberg–Marquardt) on powers or, for heavy
tails, on random cosines, trained as ensembles over the repetitions; only the Gaussian pairs have
their best logit in the class. For the fixed critic the limit by empirical Bernstein bounds
(Maurer, Pontil 2009), one for each sample, is there for comparison.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, TypeAlias

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
from scipy import stats  # noqa: E402

from divkit.betting import lower_limit  # noqa: E402
from divkit.critics import (  # noqa: E402
    LevenbergMarquardt,
    Polynomial,
    RandomFeatures,
    from_samples,
    stack,
    train_ensemble,
)
from divkit.critics.held_out import Bounded, outputs  # noqa: E402
from divkit.critics.lower_bound_stages import Trainer, in_stages  # noqa: E402
from divkit.critics.payoff import value  # noqa: E402
from divkit.critics.population import training_points  # noqa: E402
from divkit.distributions.parse import parse_law  # noqa: E402
from divkit.exact.api import divergence  # noqa: E402
from divkit.games import GAN  # noqa: E402
from divkit.types import Critic  # noqa: E402

PAIRS = {
    "unit shift": ("normal(0, 1)", "normal(1, 1)"),
    "mixtures": (
        "mixture(0.3: normal(-3, 0.5), 0.4: normal(0, 0.7), 0.3: normal(3, 0.5))",
        "mixture(0.5: normal(-1, 1), 0.5: normal(2, 1.5))",
    ),
    "heavy tails": ("cauchy(0, 1)", "cauchy(1, 2)"),
    "equal laws": ("normal(0, 1)", "normal(0, 1)"),
}
SIZES, LEVELS = (50, 200, 1000, 5000), (0.95, 0.99)
CRITICS = {"mixtures": Polynomial(6), "heavy tails": RandomFeatures(10)}
SEED, STAGES, BLOCK = 20263, 3, 100
SOLVER = LevenbergMarquardt(steps=5)
Sample: TypeAlias = tuple[torch.Tensor, torch.Tensor]


class Pair:
    """Two laws with their JSD, and the value of any critic by quadrature."""

    def __init__(self, name: str) -> None:
        self.p, self.q = map(parse_law, PAIRS[name])
        self.jsd = divergence(self.p, self.q, "js").value
        self.points = training_points(self.p, self.q)
        self.critic = CRITICS.get(name, Polynomial(2))

    def value(self, critic: Bounded) -> float:
        """V of this critic on the population."""
        logits = critic(self.points.x)
        return float(value(GAN, logits, self.points.p_weight, self.points.q_weight))


@dataclass(frozen=True)
class Ahead(Trainer):
    """A trainer whose critics were trained ahead, in the order in which `in_stages` asks."""

    critics: Iterator[Critic]

    def __call__(self, x: torch.Tensor, y: torch.Tensor) -> Critic:
        """The next critic."""
        return next(self.critics)


def trained_ahead(pair: Pair, draws: list[Sample]) -> list[Ahead]:
    """All critics of many pairs of samples, each stage's as one batched computation.

    A stage asks for a critic of each half of the rows seen, then for one of all of them.
    """
    asked: list[list[Critic]] = [[] for _ in draws]
    for k in range(STAGES, 0, -1):
        seen = [(x[: len(x) >> k], y[: len(y) >> k]) for x, y in draws]
        parts = [
            part
            for x, y in seen
            for part in (*zip(x.tensor_split(2), y.tensor_split(2), strict=True), (x, y))
        ]
        points = stack([from_samples(*part) for part in parts])
        made = train_ensemble(points, critic=pair.critic, maximiser=SOLVER)
        for j, trained in enumerate(made):
            asked[j // 3].append(trained.critic)
    return [Ahead(pair.critic, GAN, SOLVER, iter(critics)) for critics in asked]


def many(
    pair: Pair, n: int, repetitions: int, rng: np.random.Generator
) -> Iterator[tuple[str, float, list[float]]]:
    """(way, level, [limit on JSD, covers V(D), covers JSD, limit by Bernstein]) of many draws."""
    block = max(1, min(BLOCK, 250_000 // n))
    for start in range(0, repetitions, block):
        count = min(block, repetitions - start)
        draws = [(pair.p.sample(n, rng), pair.q.sample(n, rng)) for _ in range(count)]
        for sample, trainer in zip(draws, trained_ahead(pair, draws), strict=True):
            yield from one(pair, sample, trainer)


def one(pair: Pair, sample: Sample, trainer: Trainer) -> Iterator[tuple[str, float, list[float]]]:
    """The same of one draw."""
    x, y = sample
    stages = in_stages(x, y, [trainer], GAN, LEVELS[0], STAGES)
    values = [pair.value(stage.critic) for stage in stages]
    fresh = x[len(x) // 2 :], y[len(y) // 2 :]  # what the last stage met
    for level in LEVELS:
        for way, used, best in (
            ("fixed", stages[-1:], values[-1]),
            ("staged", stages, max(values)),
        ):
            v = lower_limit([stage.batch for stage in used], level)
            limit, other = GAN.implied(v), math.nan
            if way == "fixed":
                other = bernstein(stages[-1].critic, *fresh, level)
            yield way, level, [limit, v <= best + 1e-12, limit <= pair.jsd, other]


def bernstein(critic: Bounded, x: torch.Tensor, y: torch.Tensor, level: float) -> float:
    """The limit on JSD from two one-sided bounds, each with half of 1 − level."""
    words, total = math.log(4 / (1 - level)), 0.0
    for z in (GAN.on_p(outputs(critic, x, "x")), GAN.on_q(outputs(critic, y, "y"))):
        half = math.sqrt(2 * float(z.var()) * words / len(z))
        total += float(z.mean()) - half - 7 * critic.bound * words / (3 * (len(z) - 1))
    return GAN.implied(total)


def sweep(repetitions: int, names: list[str], sizes: list[int]) -> Iterator[list[dict[str, Any]]]:
    """The rows of one pair and size after the other: one a way and level."""
    for name in names:
        pair = Pair(name)
        for n in sizes:
            start, found = time.process_time(), {}
            rng = np.random.default_rng([SEED, list(PAIRS).index(name), n])
            for way, level, numbers in many(pair, n, repetitions, rng):
                found.setdefault((way, level), []).append(numbers)
            seconds = time.process_time() - start
            setting = {"pair": name, "jsd": pair.jsd, "n": n}
            yield [
                setting
                | {"way": way, "level": level}
                | summary(np.array(numbers, dtype=float), level)
                | {"cpu": seconds}
                for (way, level), numbers in found.items()
            ]


def summary(numbers: np.ndarray, level: float) -> dict[str, Any]:
    """Coverages, the chance of fewer at the nominal level, and what the limits were."""
    covered = int(numbers[:, 1].sum())
    return {
        "repetitions": len(numbers),
        "covers_value": covered / len(numbers),
        "chance_of_fewer_at_nominal": float(stats.binom.cdf(covered, len(numbers), level)),
        "covers_jsd": float(numbers[:, 2].mean()),
        "mean_limit": float(numbers[:, 0].mean()),
        "median_limit": float(np.median(numbers[:, 0])),
        "mean_limit_bernstein": None if np.isnan(numbers[0, 3]) else float(numbers[:, 3].mean()),
        "share_positive": float((numbers[:, 0] > 0).mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=2000)
    parser.add_argument("--output", type=Path, default=Path("lower_bound.json"))
    parser.add_argument("--pairs", default=",".join(PAIRS))
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    names, sizes = options.pairs.split(","), list(map(int, options.sizes.split(",")))
    for found in sweep(options.repetitions, names, sizes):
        rows += found
        for row in found:
            print(*row.values(), flush=True)
        options.output.write_text(json.dumps(document(rows), indent=1) + "\n")


def document(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The rows, with what made them."""
    about = {
        "script": "benchmarks/lower_bound_coverage.py",
        "seed": SEED,
        "python": platform.python_version(),
        "torch": metadata.version("torch"),
        "numpy": metadata.version("numpy"),
        "all_cover_at_least_nominally": all(row["covers_value"] >= row["level"] for row in rows),
    }
    return {"about": about, "rows": rows}


if __name__ == "__main__":
    main()
