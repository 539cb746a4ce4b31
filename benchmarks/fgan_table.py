"""f-GAN's univariate table by training: five divergences, five seeds each, beside the optima.

    python benchmarks/fgan_table.py [--steps 7000] [--output results/fgan_table.json]

The model and the critic are those of Nowozin, Cseke and Tomioka (2016, section 4.1): x = μ + σz, a
critic 1 → 64 → 64 → 1 with tanh units, batches of 1024 fresh draws, step size 0.01, one step each
in turn. Three things differ, and are why the fits are nearer: the steps are Adam's, their size
falls geometrically to a hundredth over the training, and the fit is a running mean of the iterates
(decay 0.99). Pearson's training starts at σ = 3. The critic sees standardised points, and its
output means log p − log q, T = f′(e^c). Rows that the output file holds already, of as many steps,
are kept.

`matrix` is each divergence (column) at the mean trained fit of each (row), by the exact engine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from importlib import metadata
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402

from divkit.divergences import PEARSON  # noqa: E402
from divkit.divergences.base import FDivergence  # noqa: E402
from divkit.generators import AffineGenerator  # noqa: E402
from divkit.theory.tables.fgan import DATA, GENERATOR, KINDS, best_fit, measured_at  # noqa: E402
from divkit.training.gan.api import place_of, train_gan  # noqa: E402
from divkit.training.gan.critic import NetworkCritic  # noqa: E402
from divkit.training.measures.recorder import Recorder  # noqa: E402
from divkit.training.optimisers import AdamOptimiser  # noqa: E402
from divkit.training.options import Options, Ramp  # noqa: E402

PUBLISHED = {
    "kl": (1.0335, 1.8236),
    "reverse_kl": (1.5624, 1.6403),
    "js_fgan": (1.2854, 1.7659),
    "jeffreys": (1.2295, 1.8087),
    "chi2": (0.6157, 1.9031),
}
SEEDS = (0, 1, 2, 3, 4)


class Wide(AffineGenerator):
    """Starts at μ = N(0, 1), σ = 3: Pearson's χ² is infinite where σ ≤ 1, and no D is best."""

    def start(self, rng: np.random.Generator) -> torch.Tensor:
        """(μ, 3)."""
        return torch.tensor([rng.normal(), 3.0], dtype=torch.float64)


def train(kind: FDivergence, steps: int) -> dict[str, Any]:
    """Five seeds of one divergence, as one batched computation."""
    centre, spread = place_of(DATA)
    options = Options(
        steps=steps,
        batch=1024,
        seeds=SEEDS,
        generator_rate=AdamOptimiser(0.01),
        critic_rate=AdamOptimiser(0.01),
        decay=Ramp(1.0, 0.01, shape="geometric"),
        average=0.99,
        dtype=torch.float32,
    )
    start = time.process_time()
    *_, last = train_gan(
        DATA,
        f"f-gan({kind.name})",
        generator=Wide() if kind is PEARSON else GENERATOR,
        critic=NetworkCritic(1, centre=centre, spread=spread, hidden=(64, 64)),
        options=options,
        recorder=Recorder(held_out=256, fakes=256, neighbourhood=0),
        every=steps,
    )
    fits = last.state.average.double().numpy()
    fits[:, 1] = np.abs(fits[:, 1])  # σ and −σ are one law
    exact = best_fit(kind)
    return {
        "divergence": kind.label,
        "exact": exact,
        "published": PUBLISHED[kind.name],
        "fits": fits.tolist(),
        "worst": float(np.abs(fits - exact).max()),
        "worst_published": float(np.abs(np.subtract(PUBLISHED[kind.name], exact)).max()),
        "cpu_seconds": time.process_time() - start,
    }


def matrix(rows: list[dict[str, Any]]) -> list[list[float]]:
    """Every divergence at the mean fit of every one."""
    fits = [np.mean(row["fits"], axis=0).tolist() for row in rows]
    return [[measured_at((mu, sigma), kind).value for kind in KINDS] for mu, sigma in fits]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=7000)
    parser.add_argument("--output", type=Path, default=None)
    chosen = parser.parse_args()
    done = kept(chosen.output, chosen.steps)
    for kind in KINDS:
        if kind.label not in done:
            done[kind.label] = train(kind, chosen.steps)
        print(json.dumps(done[kind.label], ensure_ascii=False), flush=True)
        write(chosen.output, chosen.steps, done)


def kept(output: Path | None, steps: int) -> dict[str, dict[str, Any]]:
    """Rows of an earlier run, by divergence."""
    if output is None or not output.exists():
        return {}
    report = json.loads(output.read_text())
    return {row["divergence"]: row for row in report["rows"] if report["steps"] == steps}


def write(output: Path | None, steps: int, done: dict[str, dict[str, Any]]) -> None:
    """Write what there is; the matrix where all rows are there."""
    rows = [done[kind.label] for kind in KINDS if kind.label in done]
    report: dict[str, Any] = {"steps": steps, "rows": rows}
    if len(rows) == len(KINDS):
        table = np.array(matrix(rows))
        report["matrix"] = table.tolist()
        least = table.argmin(axis=0) == np.arange(len(KINDS))
        report["diagonal_is_least"] = bool(least.all())
        print(json.dumps(report["matrix"]), report["diagonal_is_least"])
    report["machine"] = {"processor": platform.machine(), "torch": metadata.version("torch")}
    if output is not None:
        output.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
