"""Every game of the table on five pairs: what a trained critic earns against the theorem.

    python benchmarks/every_game.py [--samples 10000] [--output every_game.json]

max V = shift + scale · D, D by the exact engine. A small perceptron is trained by
Levenberg–Marquardt, as in the check `every-game`:

- on the population, where `gap` is the theorem's value less V, both to quadrature error;
- on samples, half of them to train, a tenth to stop by, and the rest to weigh: `value` is the
  held-out V with its standard error. What this critic lacks on the population, measured apart, is
  the bias of `value`, so that `z` = (value + lack − theorem)/error is standard normal.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402

from divkit.theory.family.every_game import PAIRS, games_played, play  # noqa: E402
from divkit.theory.framework.stochastic import normal_quantile  # noqa: E402

SEED = 20265
COLUMNS = "{:24} {:18} {:>13} {:>9} {:>13} {:>8} {:>8} {:>6}"


def sweep(samples: int) -> Iterator[dict[str, Any]]:
    """One row a game and pair."""
    for k, game in enumerate(games_played()):
        for j, name in enumerate(PAIRS):
            start = time.process_time()
            met = play(game, name, np.random.default_rng([SEED, k, j]), samples)
            whole, seen = met.whole, met.seen
            error = seen.value.error / normal_quantile()
            rest = seen.value.value + seen.lack.value - met.wanted.value
            yield {
                "game": game.name,
                "pair": name,
                "theorem": met.wanted.value,
                "theorem_error": met.wanted.error,
                "population_value": whole.value.value,
                "population_gap": met.wanted.value - whole.value.value,
                "population_lack": whole.lack.value,
                "population_error": whole.value.error + whole.lack.error,
                "sample_value": seen.value.value,
                "sample_error": error,
                "sample_lack": seen.lack.value,
                "z": rest / error,
                "cpu": time.process_time() - start,
            }


def show(row: dict[str, Any]) -> str:
    """A line of the table."""
    return COLUMNS.format(
        row["game"],
        row["pair"],
        f"{row['theorem']:.9f}",
        f"{row['population_gap']:.1e}",
        f"{row['sample_value']:.6f}",
        f"{row['sample_error']:.1e}",
        f"{row['sample_lack']:.1e}",
        f"{row['z']:+.2f}",
    )


def about(rows: list[dict[str, Any]], samples: int) -> dict[str, Any]:
    """The setting of the rows, and a summary of them."""
    z = np.array([row["z"] for row in rows])
    steps = [r["population_gap"] for r in rows if is_step(r["game"])]
    smooth = [r["population_gap"] for r in rows if not is_step(r["game"])]
    return {
        "script": "benchmarks/every_game.py",
        "seed": SEED,
        "samples": samples,
        "games": len({row["game"] for row in rows}),
        "pairs": PAIRS,
        "largest_population_gap": max(smooth),
        "largest_population_gap_of_a_step": max(steps),
        "largest_difference_of_both_gap_formulas": max(
            abs(r["population_gap"] - r["population_lack"]) for r in rows
        ),
        "root_mean_square_z": float(np.sqrt((z**2).mean())),
        "largest_z": float(np.abs(z).max()),
        "within_1.96": float((np.abs(z) <= 1.96).mean()),
        "python": platform.python_version(),
        "torch": metadata.version("torch"),
        "numpy": metadata.version("numpy"),
    }


def is_step(game: str) -> bool:
    """Whether the game's best critic is a step, which logits only approach."""
    return game in ("hinge", "f-gan(tv)", "wgan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--output", type=Path, default=Path("every_game.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    head = ("game", "pair", "theorem", "gap", "held-out V", "±", "lack", "z")
    print(COLUMNS.format(*head), flush=True)
    rows = []
    for row in sweep(options.samples):
        rows.append(row)
        print(show(row), flush=True)
    document = {"about": about(rows, options.samples), "rows": rows}
    options.output.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(document["about"], indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
