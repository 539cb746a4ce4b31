"""Density estimates on the line: the exact Jensen–Shannon divergence of each fit to its law.

Every method fits the same draws of each law of `density_laws.py`; its JSD to the law is by the
exact engine, so that no error of the comparison enters. Printed: the mean JSD of each method on
each law, in 1e-3 nats, their geometric mean over laws, the worst ratio to the best peer, and CPU
seconds of a fit. Peers: SciPy's gaussian_kde, scikit-learn's GaussianMixture of 1 to 12 components
by BIC, and its KernelDensity with the bandwidth cross-validated. A kernel estimate of a peer is
handed to the engine as divkit's of the same bandwidth, which differs from it by 1e-4 of itself.

`--laws twenty|all|NAME,…`, `--n`, `--draws`, `--seed` the first one, `--methods`, `--workers`;
`--rows FILE` keeps every row as it comes and is gone on from; `--json FILE` for all in the end.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from density_laws import LAWS, TWENTY
from scipy.stats import gaussian_kde
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity as SklearnKernels

import divkit
from divkit.density import fit_density
from divkit.types import FloatArray

Fit = Callable[[FloatArray], Any]


class Row(NamedTuple):
    """A fit: its JSD to the law, what the engine may be off, CPU seconds."""

    law: str
    method: str
    n: int
    seed: int
    js: float
    error: float
    seconds: float


def scipy_kernels(x: FloatArray) -> Any:
    """Scott's rule times the standard deviation with divisor n − 1."""
    return fit_density(x, "kde", bandwidth=float(np.sqrt(gaussian_kde(x).covariance[0, 0])))


def sklearn_mixture(x: FloatArray) -> Any:
    fits = [GaussianMixture(k, n_init=2, random_state=0).fit(x[:, None]) for k in range(1, 13)]
    return min(fits, key=lambda fit: fit.bic(x[:, None]))


def sklearn_kernels(x: FloatArray) -> Any:
    """Five folds, 20 bandwidths from 1/30 of Scott's to three times it."""
    scott = x.std() * len(x) ** -0.2
    widths = {"bandwidth": scott * np.geomspace(1 / 30, 3, 20)}
    search = GridSearchCV(SklearnKernels(rtol=1e-4), widths, cv=_folds(len(x)))
    return fit_density(x, "kde", bandwidth=float(search.fit(x[:, None]).best_params_["bandwidth"]))


def _folds(n: int) -> list[tuple[FloatArray, FloatArray]]:
    order = np.random.default_rng(0).permutation(n)
    parts = np.array_split(order, 5)
    return [(np.setdiff1d(order, part), part) for part in parts]


def of_divkit(name: str, **options: Any) -> Fit:
    return lambda x: fit_density(x, name, **options)


PEERS: dict[str, Fit] = {
    "scipy_kde": scipy_kernels,
    "sklearn_gmm_bic": sklearn_mixture,
    "sklearn_kde_cv": sklearn_kernels,
    "kde": of_divkit("kde"),
    "kde_isj": of_divkit("kde", bandwidth="isj"),
    "histogram": of_divkit("histogram"),
    "blocks": of_divkit("histogram", bins="bayesian_blocks"),
    "mixture": of_divkit("gaussian_mixture"),
}
OURS: dict[str, Fit] = {"auto": of_divkit("auto")}
METHODS = PEERS | OURS


def one(task: tuple[str, str, int, int]) -> Row:
    """Draw, fit, measure."""
    name, method, n, seed = task
    law = LAWS[name]
    x = law.sample(n, np.random.default_rng([seed, n])).numpy()[:, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.process_time()
        try:
            fitted = METHODS[method](x)
        except ValueError:  # improved Sheather–Jones has no root: the method gives nothing
            return Row(name, method, n, seed, float("nan"), float("nan"), float("nan"))
        seconds = time.process_time() - start
        js = divkit.js_divergence(law, fitted)
    return Row(name, method, n, seed, js.value, js.error, seconds)


def table(rows: list[Row], laws: list[str], methods: list[str]) -> str:
    """Mean JSD in 1e-3 by law and method, geometric means, worst ratios, seconds."""
    mean = {
        (law, m): 1e3 * float(np.mean([r.js for r in rows if (r.law, r.method) == (law, m)]))
        for law in laws
        for m in methods
    }
    wide = max(map(len, laws)) + 2
    peers = [m for m in methods if m in PEERS]
    lines = [" " * wide + "".join(f"{m:>17}" for m in methods)]
    lines += [f"{law:<{wide}}" + "".join(f"{mean[law, m]:17.3f}" for m in methods) for law in laws]
    best = {law: np.nanmin([mean[law, p] for p in peers] or [np.nan]) for law in laws}
    geometric = {m: np.exp(np.mean([np.log(mean[law, m]) for law in laws])) for m in methods}
    worst = {m: max((mean[law, m] / best[law], law) for law in laws) for m in methods}
    spent = {m: np.nanmean([r.seconds for r in rows if r.method == m]) for m in methods}
    lines.append(f"{'geometric mean':<{wide}}" + "".join(f"{geometric[m]:17.3f}" for m in methods))
    lines.append(
        f"{'worst / best peer':<{wide}}" + "".join(f"{worst[m][0]:17.2f}" for m in methods)
    )
    lines.append(f"{'  on':<{wide}}" + "".join(f"{worst[m][1][:15]:>17}" for m in methods))
    lines.append(f"{'CPU s a fit':<{wide}}" + "".join(f"{spent[m]:17.2f}" for m in methods))
    if peers:
        together = np.exp(np.mean(np.log([*best.values()])))
        lines.append(f"best peer of each law, geometric mean: {together:.3f}")
    return "\n".join(lines)


def known(path: Path | None) -> list[Row]:
    """Rows of earlier runs, which are not run again."""
    if path is None or not path.exists():
        return []
    return [Row(*json.loads(line)) for line in path.read_text().splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--laws", default="twenty")
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rows", type=Path)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    groups = {"twenty": list(TWENTY), "all": list(LAWS)}
    laws = groups.get(asked.laws) or asked.laws.split(",")
    methods = asked.methods.split(",")
    seeds = range(asked.seed, asked.seed + asked.draws)
    tasks = [(law, m, asked.n, seed) for law in laws for m in methods for seed in seeds]
    rows = known(asked.rows)
    done = {(r.law, r.method, r.n, r.seed) for r in rows}
    with ProcessPoolExecutor(asked.workers) as pool:
        for row in pool.map(one, [task for task in tasks if task not in done]):
            rows.append(row)
            if asked.rows:
                with asked.rows.open("a") as file:
                    file.write(json.dumps(row) + "\n")
    rows = [r for r in rows if (r.law, r.method, r.n, r.seed) in set(tasks)]
    print(f"n = {asked.n}, seeds {seeds.start}–{seeds.stop - 1}; JSD in 1e-3 nats")
    print(table(rows, laws, methods))
    print(f"largest error of a JSD: {max(r.error for r in rows if r.error == r.error):.1e}")
    if asked.json:
        asked.json.write_text(json.dumps([r._asdict() for r in rows], indent=0) + "\n")


if __name__ == "__main__":
    main()
