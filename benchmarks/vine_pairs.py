"""Pair copulas beside pyvinecopulib's: densities, conditional laws and their inverses.

    python benchmarks/vine_pairs.py

For each family at a few parameters the largest differences over a grid of the unit square:
of log densities, of h(u | v), and of the quantiles of h. (pyvinecopulib: `peers/densities.txt`.
Its h near 0 and 1 is cut to [1e-10, 1 − 1e-10], so the grid keeps to [.01, .99].)
"""

from __future__ import annotations

import argparse

import numpy as np
import pyvinecopulib as pv
import torch

from divkit.distributions import (
    ClaytonPair,
    FrankPair,
    GumbelPair,
    JoePair,
    NormalPair,
    PairCopula,
    StudentPair,
)

PAIRS: list[tuple[PairCopula, str, list[float]]] = [
    *((NormalPair(r), "gaussian", [r]) for r in (-0.8, 0.3, 0.95)),
    *((StudentPair(nu, r), "student", [r, nu]) for nu, r in ((3.0, 0.5), (8.0, -0.7))),
    *((ClaytonPair(t), "clayton", [t]) for t in (0.2, 2.0, 9.0)),
    *((GumbelPair(t), "gumbel", [t]) for t in (1.1, 2.0, 6.0)),
    *((FrankPair(t), "frank", [t]) for t in (0.5, 5.0, 20.0)),
    *((JoePair(t), "joe", [t]) for t in (1.1, 2.0, 6.0)),
]


def differences(pair: PairCopula, name: str, parameters: list[float]) -> list[float]:
    """Largest differences of log density, h and its quantile."""
    along = np.linspace(0.01, 0.99, 50)
    u, v = (g.reshape(-1) for g in np.meshgrid(along, along))
    a, b = (torch.special.ndtri(torch.from_numpy(each)) for each in (u, v))
    peer = pv.Bicop(getattr(pv.BicopFamily, name), parameters=np.array(parameters)[:, None])
    uv = np.column_stack([v, u])  # hfunc1 is the second given the first
    ours = [
        pair.log_density(a, b),
        torch.special.ndtr(pair.given(a, b)),
        torch.special.ndtr(pair.inverse(a, b)),
    ]
    theirs = [np.log(peer.pdf(uv)), peer.hfunc1(uv), peer.hinv1(uv)]
    return [float(abs(x.numpy() - y).max()) for x, y in zip(ours, theirs, strict=True)]


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(f"{'pair':<36}{'log density':>14}{'h':>12}{'quantile':>12}")
    for pair, name, parameters in PAIRS:
        found = differences(pair, name, parameters)
        print(f"{pair!r:<36}{found[0]:14.1e}{found[1]:12.1e}{found[2]:12.1e}")


if __name__ == "__main__":
    main()
