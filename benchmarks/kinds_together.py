"""Several divergences of one pair in one pass, against each alone: ratios of processor times.

    python benchmarks/kinds_together.py [--kinds js,kl,tv,hellinger2] [--repeats 25]

For each pair of laws: the time of `divergence(p, q, kinds)` over that of the dearest kind alone,
and over that of all kinds one by one, as medians over interleaved repeats; and the largest
distance of a value from the one alone, in units of the two errors.
"""

from __future__ import annotations

import argparse

import torch
from paired import ratio_of, seconds

from divkit import divergence, parse_law

PAIRS = {
    "two mixtures": (
        "mixture(0.3: normal(-3, 0.5), 0.7: normal(0, 1))",
        "mixture(0.5: normal(-2, 0.7), 0.3: normal(1, 1), 0.2: normal(4, 2))",
    ),
    "normal, laplace": ("normal(0, 1)", "laplace(1, 2)"),
    "student, normal": ("student(3)", "normal(1, 2)"),
    "gamma, lognormal": ("gamma(2, 1)", "lognormal(0, 1)"),
    "beta, uniform": ("beta(0.5, 3)", "uniform(0, 1)"),
    "six narrow, wide": (
        "mixture(" + ", ".join(f"{w}: normal({k}, {10.0**-k})" for k, w in
        enumerate((0.3, 0.2, 0.2, 0.1, 0.1, 0.1))) + ")",
        "normal(2, 3)",
    ),
}  # fmt: skip


def row(name: str, kinds: list[str], repeats: int) -> str:
    p, q = map(parse_law, PAIRS[name])
    together = divergence(p, q, kinds)
    alone = [divergence(p, q, kind) for kind in kinds]
    off = max(
        abs(a.value - b.value) / (a.error + b.error) if a.value != b.value else 0.0
        for a, b in zip(together, alone, strict=True)
    )
    times = {
        kind: min(seconds(lambda k=kind: divergence(p, q, k)) for _ in range(5)) for kind in kinds
    }
    dearest = max(times, key=lambda kind: times[kind])
    over_dearest, mine, theirs = ratio_of(
        lambda: divergence(p, q, kinds), lambda: divergence(p, q, dearest), repeats
    )
    over_all, *_ = ratio_of(
        lambda: divergence(p, q, kinds),
        lambda: [divergence(p, q, kind) for kind in kinds],
        repeats,
    )
    return (
        f"{name:<18} {1e3 * mine:>8.2f} {1e3 * theirs:>8.2f}  {dearest:<12} {over_dearest:>7.2f} "
        f"{over_all:>7.2f} {off:>9.2g}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kinds", default="js,kl,tv,hellinger2")
    parser.add_argument("--repeats", type=int, default=25)
    options = parser.parse_args()
    torch.set_num_threads(1)
    titles = ("ms", "alone", "× that", "× all", "moved")
    print(f"{'pair':<18} {titles[0]:>8} {titles[1]:>8}  {'dearest':<12} "
          f"{titles[2]:>7} {titles[3]:>7} {titles[4]:>9}")  # fmt: skip
    for name in PAIRS:
        print(row(name, options.kinds.split(","), options.repeats), flush=True)


if __name__ == "__main__":
    main()
