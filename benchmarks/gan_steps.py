"""Steps of a GAN against the loop that people write, on one thread, in one run.

    OMP_NUM_THREADS=1 python benchmarks/gan_steps.py [--quick] [--output FILE]

Both sides train the same networks (leaky ReLU, non-saturating loss, Adam at 1e-3) on minibatches
of the same size from the same 100,000 points of the 8-mode ring, in the same precision. The plain
loop is `torch.nn.Sequential`, `torch.optim.Adam`, autograd, minibatches by index. Processor time
of a step (one of D and one of G) is compared, for one model and for one member of an ensemble of
16: medians over rounds that alternate between the sides. `own` is divkit's loop on the modules of
the plain one, as `train_gan(generator=module, critic=module)` takes them. The exit status says
whether one model is at least 2.5 times and a member at least 8 times faster for the first row's
shape.

That the two give the same parameters is a test: tests/gan/test_trainer.py.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import softplus

from divkit.distributions.toys import ring
from divkit.gan import RELU, AdamOptimiser, NetworkCritic, NetworkGenerator, Options
from divkit.training.gan.api import set_up
from divkit.training.run import walk
from divkit.training.state import State
from divkit.types import Tensor

POINTS = 100_000
MEMBERS = 16
WANTED, WANTED_ENSEMBLE = 2.5, 8.0
SHAPES = (((32, 32), 64), ((32, 32), 128), ((64, 64), 64), ((64, 64), 128), ((64, 64), 256))
"""Hidden layers of both networks, and the batch; the first is what the two goals are about."""


def network(inputs: int, hidden: tuple[int, ...], outputs: int, dtype: torch.dtype) -> nn.Module:
    """A perceptron as a PyTorch user writes it."""
    layers: list[nn.Module] = []
    for a, b in zip((inputs, *hidden), hidden, strict=False):
        layers += [nn.Linear(a, b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(hidden[-1], outputs)).to(dtype)


def plain(data: Tensor, hidden: tuple[int, ...], batch: int) -> Iterator[None]:
    """The loop that people write; one step of D and one of G at a time."""
    torch.manual_seed(0)
    g, d = (network(2, hidden, n, data.dtype) for n in (2, 1))
    adam_g = torch.optim.Adam(g.parameters(), 1e-3, betas=(0.5, 0.999))
    adam_d = torch.optim.Adam(d.parameters(), 1e-3, betas=(0.5, 0.999))
    while True:
        real = data[torch.randint(len(data), (batch,))]
        fake = g(torch.randn(batch, 2, dtype=data.dtype))
        loss_d = softplus(-d(real)).mean() + softplus(d(fake.detach())).mean()
        adam_d.zero_grad()
        loss_d.backward()
        adam_d.step()
        loss_g = softplus(-d(fake)).mean()
        adam_g.zero_grad()
        loss_g.backward()
        adam_g.step()
        yield


def ours(
    dtype: torch.dtype, hidden: tuple[int, ...], batch: int, members: int, own: bool = False
) -> Iterator[State]:
    """divkit's loop, with its own networks or the plain loop's modules."""
    options = Options(
        10**9, batch, tuple(range(members)), dtype=dtype,
        generator_rate=AdamOptimiser(1e-3), critic_rate=AdamOptimiser(1e-3),
    )  # fmt: skip
    generator, critic = NetworkGenerator(hidden=hidden), NetworkCritic(2, hidden, RELU)
    if own:
        generator, critic = (network(2, hidden, n, dtype) for n in (2, 1))
    setup = set_up(ring(8, 1.0, 0.01), "gan", generator, critic, options, POINTS)
    states = (state for state, _ in walk(setup))
    next(states)  # the start
    return states


def cpu(step: Callable[[], Any], count: int) -> float:
    """Processor seconds a call."""
    start = time.process_time()
    for _ in range(count):
        step()
    return (time.process_time() - start) / count


def race(dtype: torch.dtype, hidden: tuple[int, ...], batch: int, rounds: int) -> dict[str, Any]:
    """Medians of processor milliseconds a step, and how many times faster."""
    data = ring(8, 1.0, 0.01).sample(POINTS, 0).to(dtype)
    sides = {
        "plain": plain(data, hidden, batch),
        "one": ours(dtype, hidden, batch, 1),
        "ensemble": ours(dtype, hidden, batch, MEMBERS),
        "own": ours(dtype, hidden, batch, 1, own=True),
    }
    for side in sides.values():
        cpu(side.__next__, 30)
    counts = {"plain": 150, "one": 300, "ensemble": 60, "own": 150}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            times[name].append(1e3 * cpu(side.__next__, counts[name]))
    peer, one, many, own = (statistics.median(times[name]) for name in sides)
    return {
        "hidden": hidden,
        "batch": batch,
        "dtype": str(dtype).removeprefix("torch."),
        "plain_ms": peer,
        "one_ms": one,
        "member_ms": many / MEMBERS,
        "plain_steps_per_second": 1e3 / peer,
        "one_steps_per_second": 1e3 / one,
        "member_steps_per_second": 1e3 * MEMBERS / many,
        "own_ms": own,
        "own_times_faster": peer / own,
        "one_times_faster": peer / one,
        "member_times_faster": peer * MEMBERS / many,
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--output", type=Path, default=None)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for dtype in (torch.float32, torch.float64):
        for hidden, batch in SHAPES:
            row = race(dtype, hidden, batch, 3 if options.quick else 5)
            rows.append(row)
            print(
                f"{row['dtype']} {hidden} batch {batch:>4}: plain {row['plain_ms']:.3f} ms, one "
                f"{row['one_ms']:.3f} ms ({row['one_times_faster']:.2f} times), member of "
                f"{MEMBERS} {row['member_ms']:.4f} ms ({row['member_times_faster']:.1f} times), "
                f"own modules {row['own_times_faster']:.2f} times",
                flush=True,
            )
    if options.output:
        record = {**machine(), "members": MEMBERS, "rows": rows}
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    first = rows[0]
    held = first["one_times_faster"] >= WANTED and first["member_times_faster"] >= WANTED_ENSEMBLE
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
