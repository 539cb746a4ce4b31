"""Does V ever exceed its bound? Every game, exact generators, ten seeds.

    OMP_NUM_THREADS=1 python benchmarks/gan_bound.py [--output FILE]

At every recorded step V of the critic is integrated on nodes that it was not trained on and set
against the most that any critic can earn, shift + scale · divergence, by the exact engine. For the
GAN that is −2 log 2 + 2 JSD. A step counts against the theorem if V exceeds the bound by more than
the stated errors of the two; where these exceed 1 the step is undecided, neither for the theorem
nor against it, and is counted apart. Wasserstein critics are spectrally normalised: their slope is
known.

Beside it: how often V on a minibatch, which is no expectation, lies above the bound (it may), and
held-out V by more than five standard errors (it should not).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import torch

from divkit.gan import (
    LOSSES,
    NetworkCritic,
    Penalties,
    Record,
    Recorder,
    SpectralCritic,
    train_gan,
)
from divkit.generators import AffineGenerator, MixtureGenerator
from divkit.generators.targets import target

SEEDS = tuple(range(10))
PAIRS = {
    "normal by an affine map": ("normal", AffineGenerator()),
    "two normals by a mixture": ("fgan", MixtureGenerator(2, 1)),
}
STEPS, EVERY = 400, 200
DECIDES = 1.0
"""The largest stated error with which a step still tells something."""


def records_of(game: str, pair: str) -> list[Record]:
    """Every record of ten seeds."""
    name, generator = PAIRS[pair]
    network = NetworkCritic(1, (32, 32))
    critic = SpectralCritic(network) if game == "wgan" else network
    if game == "relativistic" and pair != "normal by an affine map":
        return []  # a pair needs fakes of equal weight
    steps = train_gan(
        target(name), game, generator=generator, critic=critic, seeds=SEEDS, steps=STEPS,
        every=EVERY, batch=128, penalties=Penalties(spectral=game == "wgan"),
        recorder=Recorder(held_out=1000, fakes=2, neighbourhood=0),
    )  # fmt: skip
    return [record for step in steps for record in step.records]


def row_of(records: list[Record]) -> dict[str, Any]:
    """Counts, and the smallest room below the bound."""
    known = [(r, r.bound, r.value, r.value_error) for r in records]
    over = train = held = undecided = 0
    rooms, errors = [], []
    for r, bound, value, error in known:
        if bound is None or value is None or error is None:
            raise ValueError(f"step {r.step}, seed {r.seed}: a bound or V is not known.")
        stated = bound.error + error
        if stated <= DECIDES:
            rooms.append(bound.value - value)
            errors.append(stated)
            over += value > bound.value + stated
        else:
            undecided += 1
        train += r.train_value > bound.value
        held += r.held_out_value > bound.value + 5 * r.held_out_error
    return {
        "records": len(records),
        "above_the_bound": over,
        "undecided": undecided,
        "least_room": min(rooms),
        "largest_stated_error": max(errors),
        "minibatch_above": train,
        "held_out_above_by_5_errors": held,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=None)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows: dict[str, Any] = {}
    for pair in PAIRS:
        for game in LOSSES:
            start = time.process_time()
            found = records_of(game, pair)
            if not found:
                continue
            row = {**row_of(found), "cpu_seconds": time.process_time() - start}
            rows[f"{pair}: {game}"] = row
            print(
                f"{pair}: {game:<26} {row['above_the_bound']} of {row['records']} above, "
                f"{row['undecided']} undecided, least room {row['least_room']:.3g}, "
                f"stated error ≤ {row['largest_stated_error']:.1g}",
                flush=True,
            )
            if options.output:
                total = {key: sum(r[key] for r in rows.values()) for key in
                         ("records", "above_the_bound", "undecided", "minibatch_above",
                          "held_out_above_by_5_errors")}  # fmt: skip
                record = {"seeds": SEEDS, "steps": STEPS, "total": total, "rows": rows}
                options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 1 if any(row["above_the_bound"] for row in rows.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
