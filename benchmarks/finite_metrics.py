"""Metrics of finite laws against bare calls of POT and SciPy: ratios of processor times.

    python benchmarks/finite_metrics.py [--repeats 9]

W1 of two clouds in the plane against `ot.emd2` (which bounds no error), the energy distance of two
samples on the line against `scipy.stats.energy_distance` (a distance: the root of 2∫(F − G)²).
"""

from __future__ import annotations

import argparse

import numpy as np
import ot
import torch
from paired import ratio_of
from scipy.stats import energy_distance

from divkit import divergence, estimate
from divkit.distributions import FiniteLaw


def cloud(k: int, seed: int, shift: float) -> FiniteLaw:
    rng = np.random.default_rng(seed)
    return FiniteLaw.from_probs(rng.normal(shift, 1, (k, 2)), rng.dirichlet(np.ones(k)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=9)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    for k in (100, 500, 1000):
        p, q = cloud(k, 1, 0), cloud(k, 2, 0.5)
        a, b = np.array(p.probs), np.array(q.probs)

        def peer(p=p, q=q, a=a, b=b) -> float:
            return ot.emd2(a, b, ot.dist(p.points, q.points, "euclidean"))

        found = divergence(p, q, "w1")
        ratio, mine, theirs = ratio_of(lambda p=p, q=q: divergence(p, q, "w1"), peer, repeats)
        print(
            f"w1, {k} atoms in the plane: {1e3 * mine:.1f} ms, POT {1e3 * theirs:.1f} ms, ratio "
            f"{ratio:.2f}; error {found.error:.1e}, apart {found.value - peer():.1e}"
        )
    rng = np.random.default_rng(0)
    for n in (10_000, 100_000):
        x, y = rng.normal(size=n), rng.normal(0.5, 1, n)
        ratio, mine, theirs = ratio_of(
            lambda x=x, y=y: estimate(x, y, "energy", method="energy"),
            lambda x=x, y=y: energy_distance(x, y),
            repeats,
        )
        print(f"energy of two samples of {n}: {1e3 * mine:.1f} ms, SciPy {1e3 * theirs:.1f} ms, "
              f"ratio {ratio:.2f} (with a standard error)")  # fmt: skip


if __name__ == "__main__":
    main()
