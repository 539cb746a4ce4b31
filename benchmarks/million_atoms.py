"""Divergences of laws with 10⁶ atoms against `rel_entr(p, q).sum()`: ratios of processor times.

    python benchmarks/million_atoms.py [--atoms 1000000] [--repeats 9]

Rows: each divergence of two laws that are made; KL from the arrays on, with all checks of them;
the making of one law; and what a careful NumPy user spends on the same checks. Medians over
interleaved repeats, with the value and its stated error.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from paired import ratio_of
from scipy.special import rel_entr

import divkit
from divkit.distributions import FiniteLaw
from divkit.distributions.finite.discrete import categorical

KINDS = (
    *("kl", "reverse_kl", "jeffreys", "js", "tv", "chi2", "hellinger2", "triangular"),
    *("renyi(0.5)", "renyi(2)", "renyi(3)", "weighted_js(0.3)"),
)


def checked(p: Any) -> float:
    """The checks that a law makes of its probabilities, by NumPy and `math.fsum`."""
    if not (np.isfinite(p).all() and (p >= 0).all()):
        raise ValueError("no probabilities")
    total = math.fsum(p.tolist())
    if abs(total - 1) > 1e-12:
        raise ValueError("no probabilities")
    return total


def rows(p: Any, q: Any) -> dict[str, Callable[[], Any]]:
    """What is timed, by name."""
    a, b = categorical(p), categorical(q)
    alone = p.copy()
    alone[::1000] = 0.0
    c = categorical(alone / alone.sum())
    points = np.random.default_rng(1).normal(size=len(p)).cumsum()
    found: dict[str, Callable[[], Any]] = {
        f"{kind}, laws": lambda kind=kind: divkit.divergence(a, b, kind) for kind in KINDS
    }
    return found | {
        "kl, js, tv, chi2 at once, laws": lambda: divkit.divergence(
            a, b, ["kl", "js", "tv", "chi2"]
        )[0],
        "kl, zeros in p, laws": lambda: divkit.kl_divergence(c, b),
        "kl, from arrays": lambda: divkit.kl_divergence(p, q),
        "one law of an array": lambda: categorical(p),
        "one law at points of the line": lambda: FiniteLaw(points, p),
        "NumPy's checks of both arrays": lambda: (checked(p), checked(q)),
    }


def main() -> None:
    """Print a line for each row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--atoms", type=int, default=10**6)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    p, q = (rng.dirichlet(np.ones(options.atoms)) for _ in range(2))
    print(f"{'':<32}{'ratio':>8}{'ms':>9}{'peer ms':>9}  value ± error")
    for name, work in rows(p, q).items():
        ratio, mine, theirs = ratio_of(work, lambda: rel_entr(p, q).sum(), options.repeats)
        found = work()
        said = f"{found.value:.15g} ± {found.error:.2g}" if hasattr(found, "value") else ""
        print(f"{name:<32}{ratio:>8.2f}{1e3 * mine:>9.1f}{1e3 * theirs:>9.1f}  {said}")


if __name__ == "__main__":
    main()
