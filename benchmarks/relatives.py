"""The GAN beside its relatives: one decoder, five objectives, the true JSD of each.

    OMP_NUM_THREADS=1 python benchmarks/relatives.py [--quick] [--target NAME] [--only NAME]

The decoder and its prior are the same in every row; what differs is how it is trained:

- auto-encoder: squared error; its decoder is then given codes z ~ N(0, I) that it never saw,
- VAE: the ELBO; and the bound of 8 importance weights,
- GAN: the game "gan" of `divkit.train_gan` with its defaults, against a perceptron; and with the
  penalties R1 and R2, γ = 0.1, at half the rate of the other rows,
- maximum likelihood: E_p log p_θ itself, its integral over codes summed on a grid.

On bars and stripes of side 3 (512 images) JSD is an exact sum over images, and over a grid of
codes: the error is what twice as fine a grid changes. On the ring of eight Gaussians (radius 1, sd
0.1, which a decoder with Gaussian noise can fit) JSD is a mean over draws of both laws, with a
distribution-free interval of level 0.95; both densities are exact at every draw.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from divkit.distributions import bars_and_stripes, ring
from divkit.exact.api import divergence
from divkit.generators.decoders import BinaryDecoder, Decoder, GaussianDecoder
from divkit.training.batches import every_atom, fresh_draws
from divkit.training.gan.api import train_gan
from divkit.training.optimisers import AdamOptimiser
from divkit.training.options import Penalties
from divkit.training.systems.autoencoder import AutoEncoder
from divkit.training.systems.descents import train_autoencoder, train_marginal, train_vae
from divkit.training.systems.vae import VAE

IMAGES, RING = bars_and_stripes(3), ring(8, 1.0, 0.1)
PIXELS = BinaryDecoder(9, 2, (32,))
CURVE = GaussianDecoder(2, 1, (32, 32), noise=0.2)
DRAWS = 10_000


def on_images(theta: torch.Tensor) -> dict[str, Any]:
    """JSD of the enumerated laws, by two grids."""
    rough, fine = (
        divergence(IMAGES, replace(PIXELS, grid=g).law(theta), "js").value for g in (96, 192)
    )
    return {"jsd": fine, "error": abs(fine - rough), "kind": "exact sum, change of grid"}


def on_ring(theta: torch.Tensor) -> dict[str, Any]:
    """JSD by draws of both laws, with its interval."""
    found = divergence(RING, CURVE.law(theta), "js", "distribution_free", n=DRAWS, rng=0)
    return {
        "jsd": found.value,
        "error": found.error,
        "interval": list(found.interval),
        "kind": "mean over draws, distribution-free interval",
    }


def last(steps: Iterator[Any], count: int) -> Any:
    """The state after so many steps."""
    return next(itertools.islice(steps, count - 1, None))


def runs(decoder: Decoder, target: Any, batches: Any, grid: int, seed: int) -> dict[str, Any]:
    """Name -> steps -> the decoder's parameters and what the objective reached."""
    hidden = (32,) if decoder is PIXELS else (32, 32)
    rate = 0.01 if decoder is PIXELS else 0.005

    def autoencoder(count: int) -> tuple[torch.Tensor, dict[str, float]]:
        end = last(train_autoencoder(AutoEncoder(decoder, hidden), batches, rate, seed), count)
        theta = end.theta[: decoder.size].clone()
        if decoder is CURVE:
            theta[-1] = 0.5 * torch.tensor(end.record.loss / 2).log()
        return theta, {"squared error": end.record.loss}

    def vae(**options: Any) -> Callable[[int], tuple[torch.Tensor, dict[str, float]]]:
        def run(count: int) -> tuple[torch.Tensor, dict[str, float]]:
            model = VAE(decoder, hidden, **options)
            end = last(train_vae(model, batches, rate, seed), count)
            terms = end.record.terms
            return model.decoding(end.theta), {
                "elbo": terms["likelihood"] - terms["kl"],
                "kl": terms["kl"],
            }

        return run

    def likelihood(count: int) -> tuple[torch.Tensor, dict[str, float]]:
        end = last(train_marginal(decoder, batches, rate, grid, seed), count)
        return end.theta, {"log likelihood": -end.record.loss}

    def gan(**options: Any) -> Callable[[int], tuple[torch.Tensor, dict[str, float]]]:
        def run(count: int) -> tuple[torch.Tensor, dict[str, float]]:
            choices = {"seeds": (seed,), "steps": count, "batch": 256, **options}
            *_, end = train_gan(target, "gan", generator=decoder, every=count, **choices)
            return end.state.average[0].double(), {"held-out V": end.record.held_out_value}

        return run

    tuned = {"generator_rate": AdamOptimiser(rate / 2), "critic_rate": AdamOptimiser(rate / 2)}
    return {
        "auto-encoder, N(0, I) codes": autoencoder,
        "VAE": vae(),
        "VAE, 8 importance weights": vae(codes=8, bound="importance"),
        "GAN": gan(),
        "GAN, R1 + R2": gan(penalties=Penalties(r1=0.1, r2=0.1), **tuned),
        "maximum likelihood": likelihood,
    }


SCENES: dict[str, tuple[Decoder, Any, Any, int, Callable[[torch.Tensor], dict[str, Any]]]] = {
    "bars and stripes 3 x 3": (PIXELS, IMAGES, every_atom(IMAGES), 64, on_images),
    "ring of 8, radius 1, sd 0.1": (CURVE, RING, fresh_draws(RING, 256), 256, on_ring),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100 steps, one seed")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--target", default="", help="only targets whose name contains this")
    parser.add_argument("--only", default="", help="only trainings whose name contains this")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/relatives.json"))
    options = parser.parse_args()
    steps, seeds = (100, 1) if options.quick else (options.steps, options.seeds)
    torch.set_num_threads(1)
    rows = []
    for seed in range(seeds):
        for scene, (decoder, target, batches, grid, judge) in SCENES.items():
            for name, run in runs(decoder, target, batches, grid, seed).items():
                if options.target not in scene or options.only not in name:
                    continue
                began = time.process_time()
                theta, reached = run(steps)
                seconds = time.process_time() - began
                row = {"target": scene, "trained by": name, "seed": seed, "steps": steps}
                row |= {**judge(theta), **reached, "processor seconds": round(seconds, 2)}
                rows.append(row)
                print(json.dumps(row), flush=True)
    save(options.output, rows)


def save(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write the rows; those of other targets or trainings that the file holds are kept."""

    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["target"], row["trained by"], row["seed"]

    before = json.loads(path.read_text())["rows"] if path.exists() else []
    merged = {key(row): row for row in [*before, *rows]}
    found = {
        "torch": torch.__version__,
        "machine": platform.machine(),
        "rows": [merged[k] for k in sorted(merged)],
    }
    path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
