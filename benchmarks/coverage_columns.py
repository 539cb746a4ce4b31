r"""Coverage of `estimate`'s intervals on samples with atoms, rounded columns and copied rows.

Every design draws x and y from laws whose Jensen–Shannon divergence comes by SciPy's quadrature
and sums over cells, which share no code with divkit. For each the table counts the draws whose
95% interval holds the truth, those that are flagged (an infinite error, or a refusal; held to be
right), and the probability of so few if coverage were .90.

    python benchmarks/coverage_columns.py --draws 200 --designs zeros,labels --rows 1000
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import integrate, stats

import divkit

Rng = np.random.Generator
Draw = Callable[[Rng, int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Design:
    """Samples of n rows each, and the JSD of their laws, in nats."""

    draw: Draw
    truth: float


def of_sums(p: list[float], q: list[float]) -> float:
    """JSD of two finite laws."""
    a, b = np.array(p) / sum(p), np.array(q) / sum(q)
    return sum(atom(float(w), float(v)) for w, v in zip(a, b, strict=True))


def of_normals(cells: list[tuple[float, float, float, float, float, float]]) -> float:
    """JSD of laws whose cell c has, under p, mass w, mean μ, spread σ, and under q likewise."""
    total = 0.0
    for w, mu, sigma, v, nu, tau in cells:
        p, q = stats.norm(mu, sigma), stats.norm(nu, tau)

        def integrand(t: float, w: float = w, v: float = v, p=p, q=q) -> float:
            a, b = w * p.pdf(t), v * q.pdf(t)
            mid = a + b
            return sum(0.5 * r * math.log(2 * r / mid) for r in (a, b) if r > 0)

        low, high = min(mu - 12 * sigma, nu - 12 * tau), max(mu + 12 * sigma, nu + 12 * tau)
        total += integrate.quad(integrand, low, high, points=[mu, nu], limit=400)[0]
    return total


def atom(w: float, v: float) -> float:
    """The share of the JSD of an atom of masses w and v."""
    return sum(0.5 * r * math.log(2 * r / (w + v)) for r in (w, v) if r > 0)


def zeros(rng: Rng, n: int, share: float, mean: float) -> np.ndarray:
    return np.where(rng.random(n) < share, 0.0, rng.normal(mean, 1, n))


def labels(rng: Rng, n: int, p: list[float]) -> np.ndarray:
    return rng.choice(len(p), n, p=np.array(p) / sum(p)).astype(float)


def normal_cells(shift: float, low: float, high: float) -> list[float]:
    """Masses of N(shift, 1) between tenths."""
    edges = np.arange(low - 0.05, high + 0.1, 0.1)
    return list(np.diff(stats.norm(shift, 1).cdf(edges)))


FIVE, MOVED = [0.2, 0.1, 0.4, 0.2, 0.1], [0.1, 0.3, 0.1, 0.3, 0.2]
TABLE = np.array([[4, 1, 2, 1], [1, 3, 1, 2], [2, 2, 1, 4]]) / 24
TURNED = np.array([[2, 2, 2, 2], [1, 3, 2, 2], [2, 3, 2, 1]]) / 24
LOG2 = math.log(2)


def _two(first: Callable[..., np.ndarray], second: Callable[..., np.ndarray]) -> Draw:
    return lambda rng, n: (first(rng, n), second(rng, n))


def _atoms_normal(rng: Rng, n: int) -> np.ndarray:
    return np.column_stack([rng.normal(size=n) > 0, rng.normal(size=n)])


def _labels_normal(move: float) -> Callable[[Rng, int], np.ndarray]:
    return lambda rng, n: np.column_stack([rng.normal(size=n), rng.integers(0, 5, n) + move])


def _flag_normal(share: float, effect: float) -> Callable[[Rng, int], np.ndarray]:
    def draw(rng: Rng, n: int) -> np.ndarray:
        flag = rng.random(n) < share
        return np.column_stack([flag, rng.normal(effect * flag, 1)])

    return draw


def _table(cells: np.ndarray) -> Callable[[Rng, int], np.ndarray]:
    def draw(rng: Rng, n: int) -> np.ndarray:
        place = rng.choice(cells.size, n, p=cells.ravel() / cells.sum())
        return np.column_stack(np.unravel_index(place, cells.shape)).astype(float)

    return draw


def _zeros_plane(share: float, mean: float) -> Callable[[Rng, int], np.ndarray]:
    def draw(rng: Rng, n: int) -> np.ndarray:
        is_zero = rng.random(n) < share
        level = rng.normal(0, 1, n)
        return np.column_stack([np.where(is_zero, 0.0, level), rng.normal(mean * is_zero, 1)])

    return draw


def _label_means(p: list[float], means: list[float]) -> Callable[[Rng, int], np.ndarray]:
    def draw(rng: Rng, n: int) -> np.ndarray:
        label = labels(rng, n, p)
        return np.column_stack([label, rng.normal(np.array(means)[label.astype(int)], 1)])

    return draw


def _flags(p: tuple[float, ...]) -> Callable[[Rng, int], np.ndarray]:
    return lambda rng, n: (rng.random((n, len(p))) < np.array(p)).astype(float)


def _product(p: tuple[float, ...]) -> list[float]:
    cells = np.array([1.0])
    for each in p:
        cells = np.outer(cells, [1 - each, each]).ravel()
    return list(cells)


def _copied(mean: float, fold: int) -> Callable[[Rng, int], np.ndarray]:
    return lambda rng, n: np.repeat(rng.normal(mean, 1, (n // fold, 2)), fold, axis=0)


def _bootstrap(mean: float) -> Callable[[Rng, int], np.ndarray]:
    def draw(rng: Rng, n: int) -> np.ndarray:
        return rng.normal(mean, 1, (n, 2))[rng.integers(0, n, n)]

    return draw


def _clipped(mean: float) -> Callable[[Rng, int], np.ndarray]:
    return lambda rng, n: np.clip(rng.normal(mean, 1, n), -1, 1)


def _clipped_truth(mean: float) -> float:
    p, q = stats.norm(0, 1), stats.norm(mean, 1)
    ends = atom(p.cdf(-1), q.cdf(-1)) + atom(p.sf(1), q.sf(1))
    inner = integrate.quad(lambda t: atom(p.pdf(t), q.pdf(t)), -1, 1)[0]
    return ends + inner


_RANGE = range(0, 120)
_P3, _Q3 = (0.3, 0.5, 0.7), (0.5, 0.5, 0.5)
_MEANS, _OTHER = [0.0, 1.0, -1.0, 0.0, 1.0], [0.0] * 5
_APART = math.hypot(0.5, 0.5)
DESIGNS = {
    "atoms_vs_normal": Design(_two(_atoms_normal, lambda g, n: g.normal(size=(n, 2))), LOG2),
    "labels_moved": Design(_two(_labels_normal(0.0), _labels_normal(0.3)), LOG2),
    "flag_beside_normal": Design(
        _two(_flag_normal(0.3, 0.8), _flag_normal(0.5, 0.0)),
        of_normals([(0.7, 0, 1, 0.5, 0, 1), (0.3, 0.8, 1, 0.5, 0, 1)]),
    ),
    "labels": Design(
        _two(lambda g, n: labels(g, n, FIVE), lambda g, n: labels(g, n, MOVED)),
        of_sums(FIVE, MOVED),
    ),
    "labels_alike": Design(
        _two(lambda g, n: labels(g, n, FIVE), lambda g, n: labels(g, n, FIVE)), 0.0
    ),
    "table": Design(
        _two(_table(TABLE), _table(TURNED)), of_sums(list(TABLE.ravel()), list(TURNED.ravel()))
    ),
    "flags": Design(_two(_flags(_P3), _flags(_Q3)), of_sums(_product(_P3), _product(_Q3))),
    "zeros": Design(
        _two(lambda g, n: zeros(g, n, 0.3, 0.0), lambda g, n: zeros(g, n, 0.5, 0.5)),
        atom(0.3, 0.5) + of_normals([(0.7, 0, 1, 0.5, 0.5, 1)]),
    ),
    "zeros_one_side": Design(
        _two(lambda g, n: zeros(g, n, 0.2, 0.0), lambda g, n: g.normal(0.5, 1, n)),
        atom(0.2, 0.0) + of_normals([(0.8, 0, 1, 1.0, 0.5, 1)]),
    ),
    "zeros_plane": Design(
        _two(_zeros_plane(0.3, 0.0), _zeros_plane(0.5, 1.0)),
        of_normals([(0.7, 0, 1, 0.5, 0, 1), (0.3, 0, 1, 0.5, 1, 1)]),
    ),
    "cut_at_ends": Design(_two(_clipped(0.0), _clipped(0.4)), _clipped_truth(0.4)),
    "labels_beside_normal": Design(
        _two(_label_means(FIVE, _MEANS), _label_means(FIVE, _OTHER)),
        of_normals([(w, mu, 1, w, nu, 1) for w, mu, nu in zip(FIVE, _MEANS, _OTHER, strict=True)]),
    ),
    "counts": Design(
        _two(lambda g, n: g.poisson(20, n) * 1.0, lambda g, n: g.poisson(22, n) * 1.0),
        of_sums(*(list(stats.poisson(mean).pmf(_RANGE)) for mean in (20, 22))),
    ),
    "rounded": Design(
        _two(
            lambda g, n: np.round(g.normal(0, 1, n), 1),
            lambda g, n: np.round(g.normal(0.5, 1, n), 1),
        ),
        of_sums(normal_cells(0.0, -9, 9.5), normal_cells(0.5, -9, 9.5)),
    ),
    "five_fold": Design(
        _two(_copied(0.0, 5), _copied(0.5, 5)), of_normals([(1, 0, 1, 1, _APART, 1)])
    ),
    "five_fold_alike": Design(_two(_copied(0.0, 5), _copied(0.0, 5)), 0.0),
    "bootstrap": Design(
        _two(_bootstrap(0.0), _bootstrap(0.5)), of_normals([(1, 0, 1, 1, _APART, 1)])
    ),
}


@dataclass
class Tally:
    """Counts over draws."""

    held: int = 0
    flagged: int = 0
    silent: int = 0
    gap: float = 0.0


def judge(design: Design, seed: int, rows: int, method: str, tally: Tally) -> None:
    """One draw."""
    x, y = design.draw(np.random.default_rng(seed), rows)
    try:
        found = divkit.estimate(x, y, "js", method)
    except ValueError:
        tally.flagged += 1
        return
    if math.isinf(found.error):
        tally.flagged += 1
        return
    low, high = found.interval
    away = (found.value - design.truth) / found.error
    tally.held += low <= design.truth + 1e-12 and design.truth <= high + 1e-12
    tally.silent += abs(away) > 4
    tally.gap += away


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--designs", default=",".join(DESIGNS), help="names, with commas")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--method", default="auto")
    options = parser.parse_args()
    print("| design | truth | draws | flagged | held | silent | mean z | P(so few at .90) | s |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    all_held = all_judged = 0
    for name in options.designs.split(","):
        design, tally, start = DESIGNS[name], Tally(), time.perf_counter()
        for draw in range(options.draws):
            judge(design, options.seed + draw, options.rows, options.method, tally)
        judged = options.draws - tally.flagged
        chance = stats.binom(judged, 0.9).cdf(tally.held) if judged else 1.0
        mean = tally.gap / judged if judged else math.nan
        seconds = (time.perf_counter() - start) / options.draws
        print(
            f"| {name} | {design.truth:.5f} | {options.draws} | {tally.flagged} | "
            f"{tally.held}/{judged} | {tally.silent} | {mean:+.2f} | {chance:.2g} | "
            f"{seconds:.2f} |",
            flush=True,
        )
        all_held, all_judged = all_held + tally.held, all_judged + judged
    share = all_held / all_judged if all_judged else math.nan
    print(f"pooled: {all_held}/{all_judged} = {share:.3f}")


if __name__ == "__main__":
    main()
