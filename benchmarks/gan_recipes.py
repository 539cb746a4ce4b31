"""What recipes reach with a network of two coordinates of noise, by the JSD of its own law.

    OMP_NUM_THREADS=1 python benchmarks/gan_recipes.py [--targets moons,…] [--recipes plain,…]
        [--seeds 1] [--steps 5000] [--out FILE] [--report FILE]

`plain` are the defaults of `divkit train`. `relativistic` pairs real points with fakes under R1
and R2 of γ = 0.1, D at twice G's rate with Adam's betas (0, 0.99), rates that fall to 2 % by a
cosine, and an averaged G. `annealed` plays the non-saturating game under instance noise that falls
by equal factors, from the distance of modes to below their width, with a critic that sees sines
and cosines of x. Networks are 64 × 64 leaky units on both sides, minibatches 256, float32. JSD is
a quadrature over the noise, with its error; CPU seconds are the training's. Each run leaves a line
of JSON at once; a rerun does what is missing.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gan_rows
import torch

import divkit
from divkit.gan import (
    RELU,
    AdamOptimiser,
    NetworkCritic,
    NetworkGenerator,
    Options,
    Penalties,
    Ramp,
)
from divkit.generators.targets import target
from divkit.training.gan.api import place_of, set_up
from divkit.training.run import walk

OUT = Path(__file__).parent.parent / "out" / "gan_recipes.jsonl"


@dataclass(frozen=True)
class Scales:
    """What an annealed training of a target goes through."""

    noise: Ramp
    waves: tuple[float, ...]


def falling(start: float, stop: float) -> Ramp:
    """By equal factors over seven tenths of the steps."""
    return Ramp(start, stop, 0.7, shape="geometric")


SCALES = {
    "moons": Scales(falling(0.5, 0.02), (1.5, 6.0)),
    "spiral": Scales(falling(1.0, 0.05), (1.5, 6.0)),
    "ring8": Scales(falling(0.5, 0.004), (1.5, 6.0, 24.0, 96.0)),
    "grid25": Scales(falling(1.2, 0.02), (1.0, 4.0, 16.0, 64.0)),
}
SLOW: dict[str, Any] = {"decay": Ramp(1.0, 0.02, shape="cosine"), "average": 0.998}
RECIPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "relativistic": {
        "generator_rate": AdamOptimiser(1e-3, (0.0, 0.99)),
        "critic_rate": AdamOptimiser(2e-3, (0.0, 0.99)),
        "penalties": Penalties(r1=0.1, r2=0.1),
        **SLOW,
    },
    "annealed": {
        "generator_rate": AdamOptimiser(1e-3, (0.0, 0.99)),
        "critic_rate": AdamOptimiser(4e-3, (0.0, 0.999)),
        **SLOW,
    },
}


def run(name: str, recipe: str, seeds: tuple[int, ...], steps: int) -> dict[str, Any]:
    """Train; measure the law of each member's generator."""
    p, scales, choices = target(name), SCALES[name], dict(RECIPES[recipe])
    annealed = recipe == "annealed"
    if annealed:
        choices["noise"] = scales.noise
    place = place_of(p)
    generator = NetworkGenerator(dim=2, activation=RELU, centre=place[0], spread=place[1])
    critic = NetworkCritic(2, (64, 64), RELU, *place, scales.waves if annealed else ())
    options = Options(steps=steps, batch=256, seeds=seeds, dtype=torch.float32, **choices)
    game = "relativistic" if recipe == "relativistic" else "gan"
    start = time.process_time()
    *_, (last, _) = walk(set_up(p, game, generator, critic, options))
    seconds = time.process_time() - start
    found = [divkit.js_divergence(p, generator.law(theta.double())) for theta in last.average]
    return {
        "target": name,
        "recipe": recipe,
        "steps": steps,
        "seconds_a_run": seconds / len(seeds),
        "js": [js.value for js in found],
        "error": [js.error for js in found],
    }


def table(rows: list[dict[str, Any]]) -> str:
    """A line a target and recipe."""
    lines = [
        "# What recipes reach with a network",
        "",
        "`python benchmarks/gan_recipes.py`; what the recipes are is in its docstring. JSD in "
        "nats, by quadrature over the noise.",
        "",
        "| target | recipe | steps | runs | JSD: mean | worst | its error | CPU s a run |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        js = row["js"]
        lines.append(
            f"| {row['target']} | {row['recipe']} | {row['steps']} | {len(js)} | "
            f"{sum(js) / len(js):.4f} | {max(js):.4f} | {max(row['error']):.1g} | "
            f"{row['seconds_a_run']:.0f} |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    parser = gan_rows.parser_of(__doc__, OUT)
    parser.add_argument("--targets", default=",".join(SCALES))
    parser.add_argument("--recipes", default=",".join(RECIPES))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--steps", type=int, default=5000)
    chosen = parser.parse_args()
    cells = itertools.product(chosen.targets.split(","), chosen.recipes.split(","))
    asked = (
        ((name, recipe), partial(run, name, recipe, tuple(range(chosen.seeds)), chosen.steps))
        for name, recipe in cells
    )
    gan_rows.measured(chosen, ("target", "recipe"), asked, table)


if __name__ == "__main__":
    main()
