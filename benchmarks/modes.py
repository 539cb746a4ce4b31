"""Ring of 8 and grid of 25: which games cover every mode, and how far from the data they stay.

    OMP_NUM_THREADS=1 python benchmarks/modes.py [--only ring8/packing] [--seeds 10]
        [--steps 3000] [--output FILE]

Targets are PacGAN's (Lin et al. 2018): ring of radius 1 and σ = .01, grid {−4, −2, 0, 2, 4}² of
σ = .05, 100,000 points, 2500 fakes judged. All seeds of a method train as one batched computation.
Every finished method is written to the file at once; a rerun does what is missing.

`plain`, `packing` (4 points at once), `unrolled` (5 steps), `wgan-gp` (λ = 1, five steps of D) and
`r3gan` are the usual recipes on a Gaussian latent. `r3gan` is that of "The GAN is dead; long live
the GAN!" (Huang et al. 2024): softplus of f(fake) − f(real) in pairs, γ/2 of the squared slope at
real points and at fakes alike, Adam with betas (0, 0.99), one rate for both sides that falls by a
cosine to a quarter, G averaged, and no tricks; γ, which the paper sets by data set, is .1.

Two more, `annealed` and `relativistic-annealed`, add instance noise that shrinks geometrically
from the distance of the modes to a fraction of their width (the penalties with it), a latent that
holds random signs beside Gaussian noise, since the image of a connected latent must leave mass
between modes, and a critic that sees sines and cosines of x beside x.

`mixture` is another kind of generator: Gaussians whose weights, centres and scales are trained by
the same game under the same shrinking noise, three times as many as the data have modes, from
random centres N(0, spread²) that know nothing of the modes. It has the form of the data, which a
network has not; its law is known, so that its JSD is exact.

A mode counts that has one fake within 3σ; quality is the share of fakes within 3σ of a mode (of
the data 98.889%). The JSD is that of the law, by quadrature; where a generator
has none that is known, it is a lower limit by a critic on fresh draws (`divkit.gan.SampledJS`); in
nats.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch

import divkit
from divkit.distributions import Normal, Product, mixture
from divkit.distributions.base import Law
from divkit.distributions.toys import grid, ring
from divkit.gan import (
    RELU,
    AdamOptimiser,
    NetworkCritic,
    NetworkGenerator,
    Options,
    Penalties,
    Ramp,
    SampledJS,
)
from divkit.generators import MixtureGenerator
from divkit.generators.generator import Generator, standard_normal
from divkit.training.gan.api import place_of, set_up
from divkit.training.measures.modes import modes_of
from divkit.training.measures.truth import fresh_fakes
from divkit.training.run import walk
from divkit.training.store.checkpoints import write_atomically

POINTS, JUDGED = 100_000, 2500
PUBLISHED = {
    "ring8": {"GAN": (6.3, 98.2), "PacGAN4": (7.8, 95.9)},
    "grid25": {"GAN": (17.3, 94.8), "PacGAN4": (24.8, 93.6)},
    "ring8, VEEGAN's set-up": {"GAN": (1, 99.3), "unrolled": (7.6, 35.6), "VEEGAN": (8, 52.9)},
    "grid25, VEEGAN's set-up": {"GAN": (3.3, 0.5), "unrolled": (23.6, 16), "VEEGAN": (24.6, 40)},
}
"""Modes and % of high quality, as the two papers print them."""


@dataclass(frozen=True)
class Target:
    """The data, with the scales that an annealed training goes through."""

    law: Law
    signs: int
    waves: tuple[float, ...]
    noise: Ramp
    penalty: Ramp
    annealed_steps: int
    components: int
    blur: Ramp
    cooling: Ramp
    hidden: tuple[int, int]


def down(start: float, stop: float, at: float = 0.7) -> Ramp:
    """From start to stop by equal factors."""
    return Ramp(start, stop, at, shape="geometric")


TARGETS = {
    "ring8": Target(
        law=ring(8, 1.0, 0.01),
        signs=8,
        waves=(1.5, 6.0, 24.0, 96.0),
        noise=down(0.5, 0.004),
        penalty=down(0.5, 1e-6),
        annealed_steps=8_000,
        components=24,
        blur=down(0.5, 0.01, at=0.45),
        cooling=down(1.0, 0.01, at=1.0),
        hidden=(32, 32),
    ),
    "grid25": Target(
        law=grid(5, 2.0, 0.05),
        signs=7,
        waves=(1.0, 4.0, 16.0, 64.0),
        noise=down(1.2, 0.02),
        penalty=down(1.0, 1e-4),
        annealed_steps=6_000,
        components=75,
        blur=down(1.2, 0.05, at=0.45),
        cooling=down(1.0, 0.007, at=1.0),
        hidden=(64, 64),
    ),
}
USUAL = {"plain": 3000, "packing": 3000, "unrolled": 400, "wgan-gp": 800, "r3gan": 4000}
"""Steps of the usual recipes: enough to see which modes they take, not to their end."""
MIXTURE = 3500
METHODS = (*USUAL, "annealed", "relativistic-annealed", "mixture")


def latent(signs: int, spread: float = 0.001) -> Law:
    """Random signs, of a width that is nothing, and two Gaussian coordinates."""
    sign = mixture((0.5, 0.5), (Normal(-1, spread), Normal(1, spread)))
    return Product((sign,) * signs + (Normal(), Normal()))


def game_of(method: str) -> str:
    """The game's name."""
    if method.startswith("relativistic"):
        return "relativistic"
    if method == "r3gan":
        return "relativistic"
    return "wgan" if method == "wgan-gp" else "gan"


def options_of(method: str, target: Target, steps: int, seeds: int) -> Options:
    """The choices of a method."""
    common: dict[str, Any] = {
        "steps": steps, "seeds": tuple(range(seeds)), "dtype": torch.float32
    }  # fmt: skip
    if method.endswith("annealed"):
        held = Penalties(target.penalty, target.penalty)
        return Options(
            **common,
            batch=512,
            generator_rate=AdamOptimiser(1e-3, (0.0, 0.99)),
            critic_rate=AdamOptimiser(4e-3, (0.0, 0.999)),
            decay=Ramp(1.0, 0.02, shape="cosine"),
            noise=target.noise,
            penalties=held if method.startswith("relativistic") else Penalties(),
            average=0.998,
        )
    if method == "mixture":
        return Options(
            **common,
            batch=512,
            generator_rate=AdamOptimiser(1e-2, (0.0, 0.99)),
            critic_rate=AdamOptimiser(4e-3, (0.0, 0.999)),
            decay=target.cooling,
            noise=target.blur,
            average=0.998,
        )
    plain = {
        "batch": 100,
        "generator_rate": AdamOptimiser(1e-3),
        "critic_rate": AdamOptimiser(1e-3),
    }
    extra: dict[str, dict[str, Any]] = {
        "unrolled": {"unroll": 5, "unroll_rate": 0.1},
        "wgan-gp": {"n_critic": 5, "penalties": Penalties(gradient=1.0)},
        "r3gan": {
            "generator_rate": AdamOptimiser(1e-3, (0.0, 0.99)),
            "critic_rate": AdamOptimiser(1e-3, (0.0, 0.99)),
            "penalties": Penalties(r1=0.1, r2=0.1),
            "decay": Ramp(1.0, 0.25, shape="cosine"),
            "average": 0.998,
        },
    }
    return Options(**{**common, **plain, **extra.get(method, {})})


def players(method: str, target: Target) -> tuple[Generator, NetworkCritic]:
    """Generator and critic of a method."""
    _, spread = place_of(target.law)
    if method == "mixture":
        mixed = MixtureGenerator(target.components, 2, spread=spread, width=0.1)
        return mixed, NetworkCritic(2, target.hidden, RELU, 0.0, spread, target.waves)
    annealed = method.endswith("annealed")
    noise = latent(target.signs) if annealed else standard_normal(2)
    pack, waves = 4 if method == "packing" else 1, target.waves if annealed else ()
    generator = NetworkGenerator(noise, 2, (64, 64), RELU, 0.0, spread)
    return generator, NetworkCritic(2, (64, 64), RELU, 0.0, spread, waves, pack)


def train(method: str, target: Target, steps: int, seeds: int) -> dict[str, Any]:
    """Train all seeds at once; judge each."""
    p, (generator, critic) = target.law, players(method, target)
    options = options_of(method, target, steps, seeds)
    setup = set_up(p, game_of(method), generator, critic, options, POINTS)
    cpu, wall = time.process_time(), time.perf_counter()
    for state, _ in walk(setup):
        if state.step and state.step % 2000 == 0:
            print(f"  step {state.step}: {time.perf_counter() - wall:.0f} s", file=sys.stderr)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    runs = [judge(p, generator, state.average[e].double(), e) for e in range(seeds)]
    return {
        "steps": steps,
        "seeds": seeds,
        "options": repr(options),
        "generator": repr(generator)[:200],
        "critic": repr(critic),
        "cpu_seconds_a_run": cpu / seeds,
        "wall_seconds_for_all": wall,
        "runs": runs,
        **summary(runs),
    }


def judge(p: Law, generator: Generator, theta: torch.Tensor, seed: int) -> dict[str, Any]:
    """Modes, quality and JSD of one run."""
    rng, modes = np.random.default_rng((7, seed)), modes_of(p)
    assert modes is not None
    count, quality = modes(fresh_fakes(generator, theta, JUDGED, rng))
    js = truth(p, generator, theta, rng)
    kept = {"value": js.value, "error": js.error, "interval": js.interval, "kind": js.kind}
    return {"seed": seed, "modes": count, "quality": quality, "js": kept}


def truth(
    p: Law, generator: Generator, theta: torch.Tensor, rng: np.random.Generator
) -> divkit.Result:
    """The JSD: by quadrature where the law is known, else an estimate."""
    law = generator.law(theta)
    if law is not None:
        return divkit.js_divergence(p, law)
    estimate = SampledJS(fakes=100_000, fresh=100_000)
    return estimate(p, lambda n, stream: fresh_fakes(generator, theta, n, stream), rng)


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over seeds, and the worst."""
    values = [run["js"]["value"] for run in runs]
    return {
        "modes_mean": float(np.mean([run["modes"] for run in runs])),
        "modes_least": min(run["modes"] for run in runs),
        "quality_mean": float(np.mean([run["quality"] for run in runs])),
        "quality_least": min(run["quality"] for run in runs),
        "js_mean": float(np.mean(values)),
        "js_largest": max(values),
        "js_error": max(run["js"]["error"] for run in runs),
    }


def machine() -> dict[str, Any]:
    """The setting of the figures: processor, versions, threads; no paths, no names."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), "")
    return {
        "machine": f"{model or platform.processor()}, {os.cpu_count()} cores, one thread used",
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in ("numpy", "torch")},
    }


def show(cell: str, row: dict[str, Any]) -> None:
    """One line of the table."""
    print(
        f"{cell:<30} modes {row['modes_mean']:.1f} (least {row['modes_least']}), quality "
        f"{row['quality_mean']:.1%} (least {row['quality_least']:.1%}), JSD {row['js_mean']:.4f} "
        f"(largest {row['js_largest']:.4f}), {row['cpu_seconds_a_run']:.0f} s a run",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="cells that hold this text, as ring8/packing")
    parser.add_argument("--steps", type=int, default=None, help="of every method")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/modes.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    record: dict[str, Any] = {**machine(), "published": PUBLISHED, "rows": {}}
    if options.output.exists():
        record = json.loads(options.output.read_text(encoding="utf-8"))
    for name, target in TARGETS.items():
        for method in METHODS:
            cell = f"{name}/{method}"
            if options.only not in cell:
                continue
            if cell not in record["rows"]:
                usual = USUAL | {"mixture": MIXTURE}
                steps = options.steps or usual.get(method, target.annealed_steps)
                record["rows"][cell] = train(method, target, steps, options.seeds)
                write_atomically(options.output, (json.dumps(record, indent=1) + "\n").encode())
            show(cell, record["rows"][cell])
    return 0


if __name__ == "__main__":
    sys.exit(main())
