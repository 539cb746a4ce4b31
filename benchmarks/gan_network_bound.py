"""Does V at a record of a network exceed its bound? Every game, ten seeds, short runs.

    OMP_NUM_THREADS=1 python benchmarks/gan_network_bound.py [--games gan,…] [--seeds 10]
        [--out FILE] [--report FILE]

Three generators: a leaky network of noise in the plane (the bound is a quadrature), packs of two
of its points (by draws at which its density is known), and one of noise in R³ (a limit from
below). V is V on nodes and on fresh points; `excess` is V less its bound over what both may be
off, five standard errors where they are of draws: at most 1 if the theorem holds. Of Wasserstein
games in the plane no bound is known. Each game leaves a line of JSON at once; a rerun does what is
missing.
"""

from __future__ import annotations

import itertools
import time
from functools import partial
from pathlib import Path
from typing import Any

import gan_rows

from divkit.distributions import ring
from divkit.gan import LOSSES, NetworkCritic, NetworkGenerator, Recorder, SampledJS, train_gan
from divkit.generators.generator import standard_normal
from divkit.training.measures.truth import Truth

OUT = Path(__file__).parent.parent / "out" / "gan_network_bound.jsonl"
STEPS, BATCH, POINTS = 60, 128, 2000
KINDS = {
    "plane": (NetworkGenerator(hidden=(16, 16)), 1),
    "packs of 2": (NetworkGenerator(hidden=(16,)), 2),
    "noise in R^3": (NetworkGenerator(standard_normal(3), 2, (16,)), 1),
}


def run(kind: str, game: str, seeds: tuple[int, ...]) -> dict[str, Any]:
    """The records of a run of all seeds, at its start and its end."""
    generator, pack = KINDS[kind]
    start = time.process_time()
    recorder = Recorder(POINTS, 2, 0, Truth(estimate=SampledJS(POINTS, POINTS)))
    steps = train_gan(
        ring(8, 1.0, 0.2), game, generator=generator, critic=NetworkCritic(2, (16, 16), pack=pack),
        seeds=seeds, steps=STEPS, every=STEPS, batch=BATCH, recorder=recorder,
    )  # fmt: skip
    records = [record for step in steps for record in step.records]
    known = [r.bound for r in records if r.bound is not None]
    return {
        "kind": kind,
        "game": game,
        "seeds": len(seeds),
        "records": len(records),
        "excess": [r.excess for r in records if r.excess is not None],
        "one_sided": sum(b.is_lower_bound for b in known),
        "bounds": len(known),
        "alarms": sum(any("above its bound" in w for w in b.warnings) for b in known),
        "on_nodes": sum(r.value is not None for r in records),
        "js": [r.js.value for r in records],
        "seconds": time.process_time() - start,
    }


def table(rows: list[dict[str, Any]]) -> str:
    """A line a game and kind."""
    lines = [
        "# V of networks and its bound",
        "",
        "`python benchmarks/gan_network_bound.py`. Excess: V less its bound, over what both may "
        "be off; at most 1 if the theorem holds.",
        "",
        "| generator | game | records | with a bound | one-sided | V on nodes | largest excess | "
        "alarms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        for game in LOSSES:
            own = [r for r in rows if (r["kind"], r["game"]) == (kind, game)]
            if own:
                excess = [e for r in own for e in r["excess"]]
                total = [sum(r[k] for r in own) for k in ("records", "bounds", "one_sided")]
                counts = " | ".join(map(str, total))
                most = f"{max(excess):.2f}" if excess else "–"
                lines.append(
                    f"| {kind} | {game} | {counts} | {sum(r['on_nodes'] for r in own)} | {most} | "
                    f"{sum(r['alarms'] for r in own)} |"
                )
    total = {
        k: sum(r[k] for r in rows) for k in ("records", "seeds", "seconds", "bounds", "alarms")
    }
    lines += [
        "",
        f"{total['records']} records of {total['seeds']} runs of {STEPS} steps in "
        f"{total['seconds']:.0f} CPU s; {total['bounds']} with a bound; {total['alarms']} alarms.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = gan_rows.parser_of(__doc__, OUT)
    parser.add_argument("--games", default=",".join(LOSSES))
    parser.add_argument("--seeds", type=int, default=10)
    chosen = parser.parse_args()
    asked = (
        ((kind, game), partial(run, kind, game, tuple(range(chosen.seeds))))
        for kind, game in itertools.product(KINDS, chosen.games.split(","))
        if KINDS[kind][1] == 1 or not LOSSES[game].paired
    )
    gan_rows.measured(chosen, ("kind", "game"), asked, table)


if __name__ == "__main__":
    main()
