"""Trained critics against the loop that people write, on one thread, in one run.

    OMP_NUM_THREADS=1 python benchmarks/critics_against_plain_loop.py [--quick] [--output FILE]
        [--again PROBLEM]

1. Four problems, each with a multilayer perceptron trained on the population objective by
   `LevenbergMarquardt`: processor and wall-clock seconds until the gap max V − V(D) is below each
   goal. The gap is measured on nodes that are not trained on, and time spent measuring does not
   count, for either side. The first goal is 1e-4.
2. The same network in a plain PyTorch loop: `torch.nn.Sequential`, `torch.optim.Adam` at five
   learning rates, fresh minibatches of 1024 of each law, in float32 and float64; processor
   seconds to the gap 1e-4 at the best rate, or "more than" the time it was given.
3. An ensemble of 64 small critics as one batched computation, per critic: processor time until
   all have the gap 1e-4 (`LevenbergMarquardt`) against that of the loop of 2., and processor time
   of a step on fresh minibatches (`Adam`, in float32 as the loop) for several sizes.

`--again PROBLEM` measures one problem's race anew, both sides, and puts it into the output file.

Processor time is compared, since other programs do not count in it; both sides have one thread.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import softplus

from divkit.critics import MLP, Adam, LevenbergMarquardt, fresh, judge, training_points
from divkit.critics.gap import bernoulli_kl
from divkit.critics.model import TrainedCritic
from divkit.critics.points import WeightedPoints
from divkit.critics.population import boxes, cell_nodes, line_points, mixture_points
from divkit.critics.training import starts
from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import MixtureLaw
from divkit.games import GAN
from divkit.problems import PROBLEMS
from divkit.rng import as_generator
from divkit.types import Tensor

RATES = (3e-2, 1e-2, 3e-3, 1e-3, 3e-4)
BATCH = 1024
GOAL = 1e-4
WANTED, WANTED_ENSEMBLE = 20.0, 10.0
MEMBERS = 64


@dataclass(frozen=True)
class Task:
    """A problem, its network, the points of the population, and goals with seconds for each."""

    problem: str
    hidden: tuple[int, ...]
    points: int
    goals: tuple[tuple[float, float], ...]


TASKS = (
    Task("shift1", (16,), 0, ((1e-9, 5), (1e-11, 30))),
    Task("mixture3_vs_mixture2", (16, 16), 0, ((1e-8, 30),)),
    Task("ring8_vs_matched_normal", (16, 16), 1024, ((1e-6, 60),)),
    Task("ar10", (16, 16), 2048, ((1e-5, 60),)),
)


def check_points(p: Law, q: Law) -> WeightedPoints:
    """Nodes to measure a gap on, quickly: not those of training."""
    if p.dim == 1:
        return line_points(p, q, 17)
    if p.dim == 2 and (cells := boxes(p, q, 1e-6, 300_000)) is not None:
        return cell_nodes(p, q, cells, 7).points
    return mixture_points(p, q, 2**16, 99, sobol=False)


def gap(points: WeightedPoints, logits: Tensor) -> float:
    """V* − V(D) on points that know the true log ratio."""
    return float((points.weight * bernoulli_kl(points.log_ratio, logits)).sum())


class Clock:
    """Processor and wall-clock time, without what runs in `paused`."""

    def __init__(self) -> None:
        self.began = self._now()

    @staticmethod
    def _now() -> tuple[float, float]:
        return time.process_time(), time.perf_counter()

    def read(self) -> tuple[float, float]:
        """Seconds so far."""
        cpu, wall = self._now()
        return cpu - self.began[0], wall - self.began[1]

    def paused(self, work: Callable[[], float]) -> float:
        """Run something that does not count."""
        before = self._now()
        value = work()
        after = self._now()
        self.began = tuple(b + y - x for b, x, y in zip(self.began, before, after, strict=True))
        return value


def ours(task: Task, seed: int) -> dict[str, Any]:
    """Train to every goal; seconds include building the points and the network."""
    problem = PROBLEMS[task.problem]
    p, q, checked = problem.p, problem.q, check_points(problem.p, problem.q)
    clock, reached = Clock(), {}
    goals = [GOAL, *(goal for goal, _ in task.goals)]
    points = training_points(p, q, task.points)
    model = MLP(task.hidden).bind(points)
    solver = LevenbergMarquardt(steps=5000, seconds=math.inf)
    for step in solver(model, points, GAN, model.start(as_generator(seed))):
        found = clock.paused(lambda s=step: gap(checked, model.logits(s.best, checked.x)))
        while goals and found <= goals[0]:
            cpu, wall = clock.read()
            reached[f"{goals.pop(0):g}"] = {"cpu": cpu, "wall": wall, "steps": step.index}
        if not goals or clock.read()[1] > 60:
            break
    verdict = judge(p, q, TrainedCritic(model, step.best), GAN)
    return {
        "network": repr(MLP(task.hidden)),
        "maximiser": repr(LevenbergMarquardt()),
        "points": points.origin,
        "seed": seed,
        "reached": reached,
        "final_gap_by_judge": verdict.gap,
        "final_gap_error": verdict.gap_error,
    }


def sampler(law: Law, dtype: torch.dtype) -> Callable[[int], Tensor]:
    """Draws as a PyTorch user writes them: randn, an affine map, multinomial for components."""
    if isinstance(law, MixtureLaw):
        weights = torch.tensor(law.weights, dtype=dtype)
        loc = torch.tensor([c.mean.tolist() for c in law.components], dtype=dtype)
        scale = torch.tensor([math.sqrt(c.covariance[0, 0]) for c in law.components], dtype=dtype)

        def draw(n: int) -> Tensor:
            k = torch.multinomial(weights, n, replacement=True)
            return loc[k] + scale[k, None] * torch.randn(n, law.dim, dtype=dtype)

        return draw
    loc = torch.tensor(law.mean, dtype=dtype)
    root = torch.linalg.cholesky(torch.tensor(law.covariance, dtype=torch.float64)).to(dtype)
    return lambda n: loc + torch.randn(n, law.dim, dtype=dtype) @ root.T


def network(dim: int, hidden: tuple[int, ...], dtype: torch.dtype) -> nn.Sequential:
    """The perceptron as a PyTorch user writes it."""
    layers: list[nn.Module] = []
    for a, b in zip((dim, *hidden), hidden, strict=False):
        layers += [nn.Linear(a, b), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(hidden[-1], 1)).to(dtype)


def plain_steps(
    p: Law, q: Law, hidden: tuple[int, ...], rate: float, batch: int, dtype: torch.dtype
) -> Iterator[nn.Module]:
    """The loop that people write; yields the network after each step."""
    torch.manual_seed(0)
    real, fake = sampler(p, dtype), sampler(q, dtype)
    net = network(p.dim, hidden, dtype)
    optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    while True:
        loss = softplus(-net(real(batch))).mean() + softplus(net(fake(batch))).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        yield net


def plain(task: Task, rate: float, dtype: torch.dtype, seconds: float) -> dict[str, Any]:
    """Processor seconds of the plain loop to the goal, or None, and the best gap it saw."""
    problem = PROBLEMS[task.problem]
    checked = check_points(problem.p, problem.q)
    clock, best, steps, spent = Clock(), math.inf, 0, 0.0
    for net in plain_steps(problem.p, problem.q, task.hidden, rate, BATCH, dtype):
        steps += 1
        if steps % 25 == 0:
            best = min(best, clock.paused(lambda n=net: _gap_of(n, checked, dtype)))
            spent = clock.read()[0]
            if best <= GOAL or spent > seconds:
                break
    return {
        "rate": rate,
        "dtype": str(dtype).removeprefix("torch."),
        "cpu": spent if best <= GOAL else None,
        "steps": steps,
        "best_gap": best,
        "given": seconds,
    }


def _gap_of(net: nn.Module, checked: WeightedPoints, dtype: torch.dtype) -> float:
    with torch.no_grad():
        return gap(checked, net(checked.x.to(dtype))[:, 0].double())


def race(task: Task, seeds: int, patience: float) -> dict[str, Any]:
    """Ours from several starts (the median counts) against the plain loop at its best rate."""
    runs = [ours(task, seed) for seed in range(seeds)]
    times = sorted(run["reached"][f"{GOAL:g}"]["cpu"] for run in runs)
    mine = times[len(times) // 2]
    given = max(5.0, patience * mine)
    peers = [
        plain(task, rate, dtype, given)
        for dtype in (torch.float32, torch.float64)
        for rate in RATES
    ]
    done = [run["cpu"] for run in peers if run["cpu"] is not None]
    return {
        "ours": runs,
        "cpu_to_goal": mine,
        "plain": peers,
        "plain_cpu_to_goal": min(done) if done else None,
        "times_faster": (min(done) if done else given) / mine,
        "at_least": not done,
        "goals": [{"gap": goal, "seconds": limit} for goal, limit in task.goals],
    }


def ensemble(hidden: tuple[int, ...], batch: int, steps: int = 40) -> dict[str, Any]:
    """Processor time for one step of one critic: 64 at once, and one in the plain loop."""
    problem = PROBLEMS["shift1"]
    points = training_points(problem.p, problem.q)
    model = MLP(hidden).bind(points)
    theta = starts(model, range(MEMBERS))
    draw = fresh(problem.p, problem.q)
    solver = Adam(1e-3, steps, math.inf, batch, draw, every=steps, single=True)
    loop = plain_steps(problem.p, problem.q, hidden, 1e-3, batch, torch.float32)
    for _ in range(20):
        next(loop)
    one, many = [], []
    for _ in range(6):
        one.append(_cpu(lambda: [next(loop) for _ in range(2 * steps)]) / (2 * steps))
        batched = _cpu(lambda: list(solver(model, points, GAN, theta)))
        many.append(batched / steps / MEMBERS)
    return {
        "network": repr(MLP(hidden)),
        "minibatch_of_each_law": batch,
        "plain_ms": 1e3 * min(one),
        "ensemble_ms": 1e3 * min(many),
        "times_faster": min(one) / min(many),
    }


def trained(task: Task, plain_cpu: float) -> dict[str, Any]:
    """Processor time a critic until all of an ensemble have the goal, against the plain loop."""
    problem = PROBLEMS[task.problem]
    checked = check_points(problem.p, problem.q)
    clock = Clock()
    points = training_points(problem.p, problem.q, task.points)
    model = MLP(task.hidden).bind(points)
    theta = starts(model, range(MEMBERS))
    for step in LevenbergMarquardt(steps=5000)(model, points, GAN, theta):
        worst = clock.paused(lambda s=step: worst_gap(checked, model.logits(s.theta, checked.x)))
        if worst <= GOAL:
            break
    each = clock.read()[0] / MEMBERS
    return {
        "network": repr(MLP(task.hidden)),
        "steps": step.index,
        "worst_gap": worst,
        "cpu_each": each,
        "plain_cpu": plain_cpu,
        "times_faster": plain_cpu / each,
    }


def worst_gap(points: WeightedPoints, logits: Tensor) -> float:
    """The largest gap among the members of an ensemble."""
    return max(gap(points, row) for row in logits)


def _cpu(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def machine() -> dict[str, Any]:
    """The setting of the figures: processor, versions, threads; no paths, no names."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    cpu = next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), "")
    return {
        "machine": f"{cpu or platform.processor()}, {os.cpu_count()} cores, one thread used",
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in ("numpy", "scipy", "torch")},
    }


def table(races: dict[str, Any], ensembles: list[dict[str, Any]], whole: dict[str, Any]) -> str:
    """The results as text."""
    lines = [
        f"{'problem':<26} {'to 1e-4':>8} {'plain':>8} {'× faster':>9}   goals: CPU s (wall s)"
    ]
    for name, row in races.items():
        plain_time = row["plain_cpu_to_goal"]
        given = max(run["given"] for run in row["plain"])
        peer = f"{plain_time:.2f}" if plain_time is not None else f"> {given:.0f}"
        times = f"{'≥ ' if row['at_least'] else ''}{row['times_faster']:.0f}"
        goals = ", ".join(_goal(row, goal["gap"]) for goal in row["goals"])
        lines.append(f"{name:<26} {row['cpu_to_goal']:>8.3f} {peer:>8} {times:>9}   {goals}")
    lines.append(
        f"64 × {whole['network']} to 1e-4: {1e3 * whole['cpu_each']:.3f} ms a critic, plain "
        f"{1e3 * whole['plain_cpu']:.0f} ms, {whole['times_faster']:.0f} times"
    )
    for row in ensembles:
        lines.append(
            f"64 × {row['network']}, {row['minibatch_of_each_law']} of each law: "
            f"{row['ensemble_ms']:.4f} ms a step and critic, plain "
            f"{row['plain_ms']:.3f} ms, {row['times_faster']:.1f} times"
        )
    return "\n".join(lines)


def _goal(row: dict[str, Any], goal: float) -> str:
    times = [run["reached"].get(f"{goal:g}") for run in row["ours"]]
    if None in times:
        return f"{goal:g}: missed"
    return f"{goal:g}: " + " / ".join(f"{t['cpu']:.2f} ({t['wall']:.2f})" for t in times)


def holds(races: dict[str, Any], ensembles: list[dict[str, Any]], whole: dict[str, Any]) -> bool:
    """Whether every goal was reached in time and every factor is as wanted."""
    for row in races.values():
        for goal in row["goals"]:
            for run in row["ours"]:
                seen = run["reached"].get(f"{goal['gap']:g}")
                if seen is None or seen["wall"] > goal["seconds"]:
                    return False
    fast = all(row["times_faster"] >= WANTED for row in races.values())
    return fast and min(whole["times_faster"], ensembles[0]["times_faster"]) >= WANTED_ENSEMBLE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one start, less patience")
    parser.add_argument("--output", type=Path, default=None)
    parser.add_argument("--again", choices=[task.problem for task in TASKS], default=None)
    options = parser.parse_args()
    torch.set_num_threads(1)
    seeds, patience = (1, 21.0) if options.quick else (5, 30.0)
    if options.again:
        record = json.loads(options.output.read_text(encoding="utf-8"))
        task = next(task for task in TASKS if task.problem == options.again)
        record["races"][task.problem] = race(task, seeds, patience)
    else:
        record = whole_record(seeds, patience)
    parts = record["races"], record["ensemble_steps"], record["ensemble_to_goal"]
    print(table(*parts))
    if options.output:
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0 if holds(*parts) else 1


def whole_record(seeds: int, patience: float) -> dict[str, Any]:
    """Everything, in one run."""
    shapes = [((16,), 128), ((16,), 64), ((16,), 256), ((16,), 1024), ((16, 16), 64)]
    ensemble((16,), 64)  # warm
    ensembles = [ensemble(*shape) for shape in shapes]
    races = {task.problem: race(task, seeds, patience) for task in TASKS}
    first = TASKS[0]
    return {
        **machine(),
        "tasks": [asdict(task) for task in TASKS],
        "races": races,
        "ensemble_to_goal": trained(first, races[first.problem]["plain_cpu_to_goal"]),
        "ensemble_steps": ensembles,
    }


if __name__ == "__main__":
    sys.exit(main())
