"""Does every option of a training change it? All pairs, and triples at random, in runs of 3 steps.

    python benchmarks/options_sweep.py --triples 200 --seed 0

An option acts if the parameters after three steps differ from those of the same run without it, or
if it is refused by a ValueError or TypeError of divkit's own. What is accepted and changes nothing
is an option that does nothing; any other exception is a crash. Options are the fields of `Options`
and `Penalties`, so that a new one is swept; one without a value below is an error.
"""

from __future__ import annotations

import argparse
import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch

from divkit.critics.mlp import MLPModel
from divkit.distributions import Normal
from divkit.faults import is_advice
from divkit.generators import AffineGenerator, MixtureGenerator, MLPGenerator
from divkit.generators.categorical import CategoricalGenerator
from divkit.generators.generator import standard_normal
from divkit.generators.network import NetworkGenerator
from divkit.training.gan.api import set_up
from divkit.training.gan.critic import AutogradCritic, NetworkCritic
from divkit.training.losses import LOSSES
from divkit.training.optimisers import SGD, AdamOptimiser
from divkit.training.options import Options, Penalties, Ramp
from divkit.training.run import walk
from divkit.training.state import TrainingDivergedError

P = Normal(1.0, 2.0)

PENALTIES: dict[str, Any] = {
    "r1": 0.5,
    "r2": 0.5,
    "gradient": 1.0,
    "clip": 0.05,
    "spectral": True,
}
OPTIONS: dict[str, Any] = {
    "steps": 2,
    "batch": 12,
    "seeds": (1,),
    "n_critic": 2,
    "order": "simultaneous",
    "generator_rate": SGD(0.05, 0.5),
    "critic_rate": AdamOptimiser(3e-3, (0.9, 0.99), 1e-4),
    "decay": Ramp(1.0, 0.1, 0.5, "geometric"),
    "noise": Ramp(0.5, 0.1, shape="cosine"),
    "unroll": 2,
    "unroll_rate": 0.3,
    "average": 0.5,
    "dtype": torch.float32,
}
NOT_SWEPT = {"penalties": "its fields are swept", "device": "a run on another device is the same"}
PROPER = ("acts", "refused", "without")
CHOICES = [("penalties", name, value) for name, value in PENALTIES.items()]
CHOICES += [("options", name, value) for name, value in OPTIONS.items()]


def critics() -> dict[str, Any]:
    """One critic of each kind."""
    return {
        "network": NetworkCritic(1, (4,)),
        "waves": NetworkCritic(1, (4,), waves=(1.0,)),
        "packed": NetworkCritic(1, (4,), pack=2),
        "followed": AutogradCritic(MLPModel((1, 4, 1))),
    }


def generators() -> dict[str, Any]:
    """One generator of each kind."""
    return {
        "affine": AffineGenerator(),
        "mlp": MLPGenerator(standard_normal(1), 1, (4,)),
        "network": NetworkGenerator(standard_normal(1), 1, (4,)),
        "mixture": MixtureGenerator(2, 1),
        "categorical": CategoricalGenerator(((0.0,), (1.0,), (2.0,))),
    }


@dataclass(frozen=True)
class Case:
    """A game, a critic, a generator and the choices made; the last choice is on trial."""

    game: str
    critic: str
    generator: str
    choices: tuple[tuple[str, str, Any], ...]


def missing() -> list[str]:
    """Fields of `Options` and `Penalties` that the sweep has no value for."""
    options = {f.name for f in fields(Options)} - set(OPTIONS) - set(NOT_SWEPT)
    return sorted(options | ({f.name for f in fields(Penalties)} - set(PENALTIES)))


def ran(case: Case, count: int) -> list[torch.Tensor]:
    """Every tensor after the run with the first `count` choices."""
    chosen = case.choices[:count]
    penalties = Penalties(**{n: v for where, n, v in chosen if where == "penalties"})
    own = {n: v for where, n, v in chosen if where == "options"}
    if "unroll_rate" in own:
        own.setdefault("unroll", 1)
    options = Options(**({"steps": 3, "batch": 8} | own), penalties=penalties)
    setup = set_up(P, case.game, generators()[case.generator], critics()[case.critic], options)
    *_, (last, _) = walk(setup)
    return list(last.tensors().values())


def verdict(case: Case) -> str:
    """Say "acts", "refused", "nothing", "without" (the run without it is refused) or a crash."""
    before = case.choices[:-1]
    if case.choices[-1][1] == "unroll_rate":
        before = (*before, ("options", "unroll", 1))
    try:
        alone = ran(Case(case.game, case.critic, case.generator, before), len(before))
    except (ValueError, TrainingDivergedError):
        return "without"
    try:
        found = ran(case, len(case.choices))
    except TrainingDivergedError:
        return "acts"
    except Exception as error:
        return "refused" if is_advice(error) else f"crash: {error!r}"
    same = len(alone) == len(found) and all(
        a.dtype == b.dtype and torch.equal(a, b) for a, b in zip(alone, found, strict=True)
    )
    return "nothing" if same else "acts"


def cases(triples: int, seed: int) -> Iterator[Case]:
    """Every option alone with every critic and generator; every pair; triples at random."""
    rng = random.Random(seed)
    games, players = list(LOSSES), list(itertools.product(critics(), generators()))
    for choice, (critic, generator) in itertools.product(CHOICES, players):
        yield Case(rng.choice(games), critic, generator, (choice,))
    for game, choice in itertools.product(games, CHOICES):
        yield Case(game, *rng.choice(players), (choice,))
    for first, second in itertools.permutations(CHOICES, 2):
        yield Case(rng.choice(games), *rng.choice(players), (first, second))
    for _ in range(triples):
        yield Case(rng.choice(games), *rng.choice(players), tuple(rng.sample(CHOICES, 3)))


def main() -> None:
    """Run the sweep and print every case that does nothing or crashes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--triples", type=int, default=200)
    parser.add_argument("--most", type=int, default=None, help="cases at most, at random")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    np.seterr(all="warn")
    if missing():
        raise SystemExit(f"no value for {', '.join(missing())}")
    counts: Counter[str] = Counter()
    swept = list(cases(given.triples, given.seed))
    if given.most is not None:
        swept = random.Random(given.seed).sample(swept, given.most)
    for case in swept:
        found = verdict(case)
        counts[found.partition(":")[0]] += 1
        if found not in PROPER:
            names = ", ".join(name for _, name, _ in case.choices)
            print(f"{found}: {case.game}, {case.critic}, {case.generator}: {names}", flush=True)
    print("verdict  cases")
    for name, number in sorted(counts.items()):
        print(f"{name:8}  {number:5d}")
    raise SystemExit(bool(counts["nothing"] + counts["crash"]))


if __name__ == "__main__":
    main()
