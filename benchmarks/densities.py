"""Density estimates on the line: exact divergences of each fit from the law of its sample.

Every method fits the same draws of each law of `density_laws.py`; JSD, KL both ways, squared
Hellinger distance and total variation between the law and the fit are by the exact engine, so that
no error of the comparison enters. Peers are in `density_peers.py`; by default those that are
installed with divkit. `oracle_kde` is the kernel estimate whose bandwidth has the least JSD to the
law itself: no kernel estimate of one width can be better. Rows go to a file, a rerun does what is
missing; `density_page.py` makes tables of them.

    python benchmarks/densities.py [--laws twenty|outside|kept_back|all|NAME,…] [--n N]
        [--draws N] [--seed FIRST] [--methods NAME,…|peers|all] [--rows FILE]
"""

from __future__ import annotations

import argparse
import json
import math
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from density_laws import GROUPS, LAWS
from density_peers import INSTALLED_WITH_DIVKIT, PEERS, Fit, kernels, of_divkit
from scipy import optimize

import divkit
from divkit.density.kde import robust_spread
from divkit.distributions import Law1D
from divkit.types import FloatArray

KINDS = ("js", "kl", "reverse_kl", "hellinger2", "tv")


class Row(NamedTuple):
    """A fit: its divergences from the law, what the JSD may be off, CPU seconds.

    `upper` is the fit's own limit for the JSD (`AutoDensity.distance`), where it has one.
    """

    law: str
    method: str
    n: int
    seed: int
    js: float
    error: float
    seconds: float
    kl: float = math.nan
    reverse_kl: float = math.nan
    hellinger2: float = math.nan
    tv: float = math.nan
    upper: float = math.nan


def oracle(x: FloatArray, law: Law1D) -> Any:
    """Bandwidths within a factor of 30 of Silverman's, to 3 per cent."""
    silverman = math.log(0.9 * robust_spread(x) * len(x) ** -0.2)

    def loss(log_width: float) -> float:
        return float(divkit.js_divergence(law, kernels(x, math.exp(log_width))).value)

    grid = silverman + np.linspace(-math.log(30), math.log(3), 10)
    best = int(np.argmin([loss(h) for h in grid.tolist()]))
    ends = grid[max(best - 1, 0)], grid[min(best + 1, 9)]
    found = optimize.minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 0.03})
    return kernels(x, math.exp(float(found.x)))


OURS: dict[str, Fit] = {"auto": of_divkit("auto")}
ORACLES: dict[str, Callable[[FloatArray, Law1D], Any]] = {"oracle_kde": oracle}
METHODS = PEERS | OURS
SETS = {
    "usual": [*INSTALLED_WITH_DIVKIT, *OURS],
    "peers": [*PEERS],
    "all": [*METHODS, *ORACLES],
}


def drawn(name: str, n: int, seed: int) -> FloatArray:
    return np.asarray(LAWS[name].sample(n, np.random.default_rng([seed, n])).numpy()[:, 0])


def one(name: str, method: str, n: int, seed: int) -> Row:
    """Draw, fit, measure."""
    law, x = LAWS[name], drawn(name, n, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.process_time()
        try:
            fitted = ORACLES[method](x, law) if method in ORACLES else METHODS[method](x)
        except ValueError:  # improved Sheather–Jones has no root: the method gives nothing
            return Row(name, method, n, seed, math.nan, math.nan, math.nan)
        seconds = time.process_time() - start
        js, *others = divkit.divergence(law, fitted, list(KINDS))
    values = [result.value for result in others]
    upper = fitted.distance().interval[1] if method in OURS else math.nan
    return Row(name, method, n, seed, js.value, js.error, seconds, *values, upper)


def known(path: Path) -> list[Row]:
    """Rows of earlier runs."""
    if not path.exists():
        return []
    return [Row(*json.loads(line)) for line in path.read_text().splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--laws", default="twenty")
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--methods", default="usual")
    parser.add_argument("--rows", type=Path, default=Path("out/densities.jsonl"))
    asked = parser.parse_args()
    laws = GROUPS.get(asked.laws) or asked.laws.split(",")
    methods = SETS.get(asked.methods) or asked.methods.split(",")
    done = {row[:4] for row in known(asked.rows)}
    asked.rows.parent.mkdir(parents=True, exist_ok=True)
    with asked.rows.open("a") as file:
        for seed in range(asked.seed, asked.seed + asked.draws):
            for task in [(law, method, asked.n, seed) for law in laws for method in methods]:
                if task not in done:
                    file.write(json.dumps(one(*task)) + "\n")
                    file.flush()


if __name__ == "__main__":
    main()
