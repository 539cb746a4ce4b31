"""Divergences of flows and of kernel estimates in the plane: time and error, by patience.

    python benchmarks/plane_flows_kernels.py [--laws maf,tophat] [--kinds js]

For each law against N(0, I): processor seconds and stated error of the default, which stops where
kinks put its tolerance out of reach, and of a run of all max_points; the ratio of the times; and
the distance of the two values in units of the two errors, which must not exceed 1.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import zuko
from paired import seconds
from sklearn.neighbors import KernelDensity

from divkit import divergence
from divkit.distributions import MultivariateNormal
from divkit.exact.tensor.method import TensorQuadrature

PLANE = MultivariateNormal([0, 0], np.eye(2))
ALL = TensorQuadrature(patience=10**9)


def flow(kind: type, transforms: int, steps: int) -> Any:
    """A flow of two coordinates, trained by Adam on two normal laws side by side."""
    torch.manual_seed(0)
    network = kind(2, transforms=transforms, hidden_features=(32, 32)).double()
    adam = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(steps):
        x = torch.randn(256, 2, dtype=torch.float64)
        x[:, 0] = 0.7 * x[:, 0] + 1.5 * (2.0 * (torch.rand(256) < 0.5) - 1)
        loss = -network().log_prob(x).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    return network()


def kernels(name: str, n: int = 100) -> KernelDensity:
    """Kernels around normal draws."""
    draws = np.random.default_rng(0).normal(size=(n, 2))
    return KernelDensity(kernel=name, bandwidth=0.6).fit(draws)


LAWS: dict[str, Callable[[], Any]] = {
    "nsf": lambda: flow(zuko.flows.NSF, 2, 0),
    "nsf trained": lambda: flow(zuko.flows.NSF, 2, 200),
    "maf": lambda: flow(zuko.flows.MAF, 3, 0),
    "maf trained": lambda: flow(zuko.flows.MAF, 3, 200),
    **{
        name: lambda name=name: kernels(name)  # type: ignore[misc]
        for name in ("tophat", "epanechnikov", "linear", "cosine")
    },
}


def row(name: str, kinds: list[str]) -> str:
    """One law's line of the table."""
    law, found = LAWS[name](), {}
    # where q is 0 on a set, KL(N‖q) is infinite: the normal law is q
    quick = seconds(lambda: found.update(quick=divergence(law, PLANE, kinds)))
    slow = seconds(lambda: found.update(slow=divergence(law, PLANE, kinds, method=ALL)))
    worst = max(
        abs(a.value - b.value) / (a.error + b.error)
        for a, b in zip(found["quick"], found["slow"], strict=True)
    )
    errors = [max(r.error for r in found[key]) for key in ("quick", "slow")]
    return (
        f"{name:14} {quick:7.2f} {slow:7.2f} {slow / quick:6.1f} "
        f"{errors[0]:9.1e} {errors[1]:9.1e} {worst:8.3f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--laws", default=",".join(LAWS))
    parser.add_argument("--kinds", default="js")
    args = parser.parse_args()
    print("law              quick     all  ratio     error    of all distance")
    for name in args.laws.split(","):
        print(row(name, args.kinds.split(",")), flush=True)


if __name__ == "__main__":
    main()
