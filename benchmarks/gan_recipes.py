"""What recipes reach, by the JSD of the generator's own law.

    OMP_NUM_THREADS=1 python benchmarks/gan_recipes.py [--targets moons,…] [--recipes preset,…]
        [--seeds 0,1] [--steps 5000] [--out FILE] [--report FILE]

`preset` is what `divkit train --preset TARGET` trains (`divkit.training.presets`), so many steps
where --steps is given. The others are for comparison, one 64 × 64 leaky network on both sides,
minibatches 256, float32: `plain` are the defaults of `divkit train`; `relativistic` pairs real
points with fakes under R1 and R2 of γ = 0.1, D at twice G's rate with Adam's betas (0, 0.99),
rates that fall to 2 % by a cosine, and an averaged G; `annealed` plays the non-saturating game
under instance noise that falls by equal factors, from the distance of modes to below their width,
with a critic that sees sines and cosines of x. `placed` trains nothing: it is the preset's own
generator with its networks put on the modes of a mixture by hand. JSD is a quadrature over the
noise, with its error. The seeds of a call are trained at once, as one batched computation, each as
it would be alone; CPU seconds are the training's, divided by their number. Each run leaves a line
of JSON; a rerun does what is missing.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import gan_rows
import gan_split
import torch
from gan_rows import Row

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
from divkit.training.config import game_of
from divkit.training.gan.api import place_of, set_up
from divkit.training.gan.training import GanTraining
from divkit.training.presets import PRESETS, with_preset
from divkit.training.run import walk
from divkit.training_config import Config

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


def run(name: str, recipe: str, seeds: tuple[int, ...], seed: int, steps: int | None) -> Row:
    """Train; measure the law of one seed's generator."""
    training, thetas, seconds = trained(name, recipe, seeds, steps)
    law = training.generator.law(thetas[seeds.index(seed)].double())
    js = divkit.js_divergence(training.p, law)
    return {
        "target": name,
        "recipe": recipe,
        "steps": steps_of(name, recipe, steps),
        "together": len(seeds),
        "seed": seed,
        "seconds": seconds / len(seeds),
        "js": js.value,
        "error": js.error,
        **gan_split.split(training.p, training.generator, thetas[seeds.index(seed)].double()),
    }


@cache
def trained(
    name: str, recipe: str, seeds: tuple[int, ...], steps: int | None
) -> tuple[GanTraining, torch.Tensor, float]:
    """A training that has ended, its averaged generators, and CPU seconds of all seeds."""
    if recipe == "placed":
        training = preset(name, seeds, steps)
        placed = gan_split.placed(training.p, training.generator)
        return training, placed.expand(len(seeds), -1), 0.0
    make = preset if recipe == "preset" else partial(one, recipe=recipe)
    training = make(name, seeds=seeds, steps=steps)
    start = time.process_time()
    [(last, _)] = deque(walk(training), maxlen=1)
    return training, last.average, time.process_time() - start


def preset(name: str, seeds: tuple[int, ...], steps: int | None) -> GanTraining:
    """What a preset trains."""
    given: dict[str, Any] = {"target": name, "seeds": seeds}
    given |= {} if steps is None else {"steps": steps}
    _, training = game_of(with_preset(Config(**given), name, given))
    return training


def one(name: str, recipe: str, seeds: tuple[int, ...], steps: int | None) -> GanTraining:
    """One network against one."""
    p, scales, choices = target(name), SCALES[name], dict(RECIPES[recipe])
    annealed = recipe == "annealed"
    if annealed:
        choices["noise"] = scales.noise
    place = place_of(p)
    generator = NetworkGenerator(dim=2, activation=RELU, centre=place[0], spread=place[1])
    critic = NetworkCritic(2, (64, 64), RELU, *place, scales.waves if annealed else ())
    options = Options(steps=steps or 5000, batch=256, seeds=seeds, dtype=torch.float32, **choices)
    game = "relativistic" if recipe == "relativistic" else "gan"
    return set_up(p, game, generator, critic, options)


def table(rows: list[Row]) -> str:
    """A line a target and recipe."""
    lines = [
        "# What recipes reach",
        "",
        "`python benchmarks/gan_recipes.py`; what the recipes are is in its docstring. JSD in "
        "nats, by quadrature over the noise; `preset` is what `divkit train --preset TARGET` "
        "trains, tuned on seeds below 10 and measured on others. One network of connected noise "
        "keeps mass on bridges, a floor of approximation. Several have none on mixtures of normal "
        "laws: there presets miss by optimisation. CPU seconds are of a run, in a batched "
        "computation of `at once`.",
        "",
        "| target | recipe | steps | runs | JSD: mean | worst | error | at once | CPU s a run |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for key, own in _grouped(rows).items():
        js = [row["js"] for row in own]
        lines.append(
            f"| {' | '.join(map(str, key[:3]))} | {len(own)} | {sum(js) / len(js):.4f} | "
            f"{max(js):.4f} | {max(row['error'] for row in own):.1g} | {key[3]} | "
            f"{sum(row['seconds'] for row in own) / len(own):.0f} |"
        )
    lines += ["", "Every run of a preset at its own length, by seed:", ""]
    for key, own in _grouped(rows).items():
        if key[1] == "preset" and key[2] == steps_of(key[0], "preset", None):
            runs = sorted(own, key=lambda row: row["seed"])
            each = ", ".join(f"{row['js']:.4f} ({row['seed']})" for row in runs)
            lines.append(f"- `{key[0]}`: {each}.")
    return "\n".join([*lines, "", *gan_split.section(rows), ""])


def _grouped(rows: list[Row]) -> dict[tuple[Any, ...], list[Row]]:
    """By what was trained, in the order of names."""
    keys = {(row["target"], row["recipe"], row["steps"], row["together"]) for row in rows}
    fields = ("target", "recipe", "steps", "together")
    return {
        key: [row for row in rows if tuple(row[name] for name in fields) == key]
        for key in sorted(keys)
    }


def main() -> None:
    parser = gan_rows.parser_of(__doc__, OUT)
    parser.add_argument("--targets", default=",".join(PRESETS))
    parser.add_argument("--recipes", default="preset")
    parser.add_argument("--seeds", default="0,1,2,3")
    parser.add_argument("--steps", type=int, default=None)
    chosen = parser.parse_args()
    seeds = tuple(map(int, chosen.seeds.split(",")))
    cells = itertools.product(chosen.targets.split(","), chosen.recipes.split(","), seeds)
    asked = (
        (
            (name, recipe, steps_of(name, recipe, chosen.steps), seed),
            partial(run, name, recipe, seeds, seed, chosen.steps),
        )
        for name, recipe, seed in cells
    )
    gan_rows.measured(chosen, ("target", "recipe", "steps", "seed"), asked, table)


def steps_of(name: str, recipe: str, steps: int | None) -> int:
    """Of a training."""
    if recipe == "placed":
        return 0
    return steps or (PRESETS[name].options["steps"] if recipe == "preset" else 5000)


if __name__ == "__main__":
    main()
