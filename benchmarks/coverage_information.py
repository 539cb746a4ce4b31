"""Coverage of `mutual_information`'s intervals on labels, tables, atoms and many columns.

    python benchmarks/coverage_information.py [--draws 20] [--designs A,B] [--seed 0]

A design is a law of pairs whose information is known otherwise: a finite sum, an integral on
the line, a closed form. A draw is *flagged* if the result is one-sided, its error infinite, or
the pairs refused; *covered* if the interval of any other holds the truth; *silent* if it is not
flagged and off by more than four of its errors. p is the probability of so few covered, of those
not flagged, were the coverage .90.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import integrate, special, stats

import divkit

Draw = Callable[[np.random.Generator], tuple[Any, Any]]


@dataclass(frozen=True)
class Design:
    """A law of pairs: its information in nats, and a draw."""

    truth: float
    draw: Draw


def table(law: np.ndarray, n: int) -> Design:
    """n pairs of labels with this law of cells, made texts on one side."""
    law = law / law.sum()
    apart = np.outer(law.sum(axis=1), law.sum(axis=0))
    truth = float(special.rel_entr(law, apart).sum())

    def draw(rng: np.random.Generator) -> tuple[Any, Any]:
        cell = rng.choice(law.size, n, p=law.ravel())
        x, y = np.unravel_index(cell, law.shape)
        return np.char.add("label ", x.astype(str)), y

    return Design(truth, draw)


def diagonal(levels: int, noise: float, n: int) -> Design:
    """y = x but for a share of `noise`, where it is any level."""
    return table((1 - noise) * np.eye(levels) / levels + noise / levels**2, n)


def tilted(rows: int, columns: int, slope: float, n: int) -> Design:
    """Cells ∝ e^{slope u v} for normal scores u and v."""
    u, v = (special.ndtri((np.arange(k) + 0.5) / k) for k in (rows, columns))
    return table(np.exp(slope * np.outer(u, v)), n)


def classes(
    shares: list[float], shifts: list[float], columns: int, n: int, law: Any = stats.norm
) -> Design:
    """A label moves the first column; the others are noise. H(L) − H(L | z), on the line."""
    share = np.array(shares)

    def rest(z: float) -> float:
        parts = share * law.pdf(z - np.array(shifts))
        return float(special.entr(parts / parts.sum()).sum() * parts.sum()) if parts.sum() else 0.0

    reach = 60 if law is stats.norm else np.inf
    points = {} if reach == np.inf else {"points": shifts}
    left = integrate.quad(rest, -reach, reach, limit=500, epsabs=1e-11, **points)[0]

    def draw(rng: np.random.Generator) -> tuple[Any, Any]:
        label = rng.choice(len(share), n, p=share)
        z = law.rvs(size=(n, columns), random_state=rng)
        z[:, 0] += np.array(shifts)[label]
        return label, z

    return Design(float(special.entr(share).sum()) - left, draw)


def with_zeros(shift: float, n: int) -> Design:
    """y is 0 or x + noise, each with probability one half; x is shifted where it is not."""
    split = classes([0.5, 0.5], [0.0, shift], 1, n).truth

    def draw(rng: np.random.Generator) -> tuple[Any, Any]:
        seen = rng.random(n) < 0.5
        x = rng.normal(size=n) + shift * seen
        return x, np.where(seen, x + rng.normal(size=n), 0.0)

    return Design(split + 0.25 * math.log(2), draw)


def label_and_number(n: int) -> Design:
    """x = (label, c), y = 1.5 label + c + noise: I(label; y) + ½ log 2."""
    split = classes([0.5, 0.5], [0.0, 1.5 / math.sqrt(2)], 1, n).truth

    def draw(rng: np.random.Generator) -> tuple[Any, Any]:
        label, c = rng.integers(0, 2, n), rng.normal(size=n)
        return np.stack([label, c], axis=1), 1.5 * label + c + rng.normal(size=n)

    return Design(split + 0.5 * math.log(2), draw)


def counts(n: int) -> Design:
    """A label and a Poisson count of mean 3 or 5."""
    law = stats.poisson.pmf(np.arange(60), [[3.0], [5.0]])
    whole = table(law, n)

    def draw(rng: np.random.Generator) -> tuple[Any, Any]:
        label = rng.integers(0, 2, n)
        return label == 1, rng.poisson(np.where(label == 1, 5.0, 3.0))

    return Design(whole.truth, draw)


def rounded(correlation: float, step: float, n: int) -> Design:
    """x of a normal pair rounded to a multiple of `step`: Σ over cells, an integral over y."""
    edges = np.arange(-9, 9, step) + 0.5 * step
    cells = np.diff(stats.norm.cdf(edges))
    spread = math.sqrt(1 - correlation**2)

    def inside(y: float) -> float:
        given = np.diff(stats.norm.cdf((edges - correlation * y) / spread))
        seen = (given > 0) & (cells > 0)
        return float(stats.norm.pdf(y) * special.rel_entr(given[seen], cells[seen]).sum())

    def draw(rng: np.random.Generator) -> tuple[Any, Any]:
        x = rng.normal(size=n)
        return np.round(x / step) * step, correlation * x + spread * rng.normal(size=n)

    return Design(integrate.quad(inside, -9, 9, limit=300)[0], draw)


DESIGNS: dict[str, Callable[[], Design]] = {
    "independent-20x20": lambda: table(np.ones((20, 20)), 1000),
    "independent-6x6-n200": lambda: table(np.ones((6, 6)), 200),
    "independent-zipf-20x20": lambda: table(np.outer(*2 * [1 / np.arange(1, 21.0)]), 1000),
    "independent-50x50": lambda: table(np.ones((50, 50)), 1000),
    "binary-n100": lambda: table(np.array([[0.4, 0.1], [0.2, 0.3]]), 100),
    "weak-binary-n100": lambda: table(np.array([[0.3, 0.2], [0.2, 0.3]]), 100),
    "tilted-8x8": lambda: tilted(8, 8, 0.5, 1000),
    "tilted-20x20": lambda: tilted(20, 20, 0.4, 1000),
    "diagonal-20x20-n5000": lambda: diagonal(20, 0.5, 5000),
    "diagonal-10x10-n500": lambda: diagonal(10, 0.3, 500),
    "equal-20": lambda: diagonal(20, 0.0, 1000),
    "diagonal-50x50": lambda: diagonal(50, 0.5, 1000),
    "label-1-column": lambda: classes([0.5, 0.5], [0.0, 2.0], 1, 500),
    "label-10-columns": lambda: classes([0.5, 0.5], [0.0, 2.0], 10, 500),
    "label-20-columns": lambda: classes([0.5, 0.5], [0.0, 2.0], 20, 500),
    "rare-label-5-columns": lambda: classes([0.95, 0.05], [0.0, 2.0], 5, 1000),
    "idle-label-5-columns": lambda: classes([0.5, 0.5], [0.0, 0.0], 5, 1000),
    "five-labels-3-columns": lambda: classes([0.2] * 5, [0.0, 0.7, 1.4, 2.1, 2.8], 3, 1000),
    "apart-label-2-columns": lambda: classes([0.5, 0.5], [0.0, 5.0], 2, 1000),
    "label-heavy-tails": lambda: classes([0.5, 0.5], [0.0, 2.0], 3, 1000, stats.cauchy),
    "zeros": lambda: with_zeros(1.0, 1000),
    "label-and-number": lambda: label_and_number(1000),
    "counts": lambda: counts(1000),
    "rounded": lambda: rounded(0.7, 0.1, 1000),
    "coarse": lambda: rounded(0.7, 0.5, 1000),
}


def tried(name: str, draws: int, seed: int) -> tuple[int, int, int]:
    """Print a design's row; return how many were covered, flagged and silent."""
    design, began = DESIGNS[name](), time.process_time()
    values, errors, covered, flagged, silent = [], [], 0, 0, 0
    for k in range(seed, seed + draws):
        x, y = design.draw(np.random.default_rng(k))
        try:
            found = divkit.mutual_information(x, y, rng=k)
        except ValueError:
            flagged += 1
            continue
        values.append(found.value)
        if found.one_sided or math.isinf(found.error):
            flagged += 1
            continue
        errors.append(found.error)
        covered += found.interval[0] - 1e-9 <= design.truth <= found.interval[1] + 1e-9
        silent += abs(found.value - design.truth) > 4 * found.error + 1e-9
    seen = draws - flagged
    p = float(stats.binom.cdf(covered, seen, 0.9)) if seen else math.nan
    print(
        f"{name:24}{design.truth:9.5f}  mean {np.mean(values or [math.nan]):8.5f}"
        f" sd {np.std(values or [math.nan]):.5f}  error {np.mean(errors or [math.nan]):.5f}"
        f"  covered {covered}/{seen}  p {p:.2g}  flagged {flagged}  silent {silent}"
        f"  {(time.process_time() - began) / draws:.2f} s",
        flush=True,
    )
    return covered, flagged, silent


def main() -> None:
    """Try the designs and print the pooled coverage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--designs", default="", help="names with commas; all unless given")
    parser.add_argument("--seed", type=int, default=0, help="of the first draw")
    given = parser.parse_args()
    names = given.designs.split(",") if given.designs else list(DESIGNS)
    rows = [tried(name, given.draws, given.seed) for name in names]
    covered, flagged, silent = (sum(row[i] for row in rows) for i in range(3))
    seen = given.draws * len(names) - flagged
    print(f"pooled: covered {covered}/{seen} = {covered / max(seen, 1):.3f}, "
          f"flagged {flagged}, silent {silent}")  # fmt: skip


if __name__ == "__main__":
    main()
