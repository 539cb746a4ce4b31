"""CPU seconds of `fit_density(x)` at 10⁴ rows beside scikit-learn's mixtures by BIC, in one run.

The peer fits GaussianMixture of 1 to 12 components on the line, of 1 and up until BIC has risen
four times in space, two starts each. Fits of one thread; the printed ratio is ours over the
peer's. Kept in results/density_speed.json.

    python benchmarks/density_speed.py [--n 10000] [--seed 900] [--suites line,five,ten]
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import densities_space
import density_peers
import numpy as np
import torch
from density_laws import LAWS as LINE
from density_space_laws import LAWS as SPACE

from divkit.density import fit_density
from divkit.types import FloatArray

RESULTS = Path(__file__).parent / "results" / "density_speed.json"
CASES: dict[str, tuple[dict[str, Any], Callable[[FloatArray], Any], tuple[str, ...]]] = {
    "line": (LINE, lambda x: density_peers.sklearn_mixture(x[:, 0]),
             ("gaussian", "claw", "exponential", "student_2")),
    "five": (SPACE["five"], densities_space.sklearn_mixture, ("three_normals", "gaussian_copula")),
    "ten": (SPACE["ten"], densities_space.sklearn_mixture, ("six_normals", "gaussian_copula")),
}  # fmt: skip


def seconds(fit: Callable[[FloatArray], Any], x: FloatArray) -> float:
    start = time.process_time()
    fit(x)
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=900)
    parser.add_argument("--suites", default=",".join(CASES))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    fit_density(np.random.default_rng(0).normal(size=200))  # imports
    rows = []
    for suite in asked.suites.split(","):
        laws, peer, names = CASES[suite]
        for name in names:
            rng = np.random.default_rng([asked.seed, asked.n])
            x = np.asarray(laws[name].sample(asked.n, rng))
            ours, theirs = seconds(fit_density, x), seconds(peer, x)
            found = {"auto": ours, "sklearn_gmm_bic": theirs, "ratio": ours / theirs}
            case = {"suite": suite, "law": name, "n": asked.n}
            rows.append({**case, **{key: round(value, 2) for key, value in found.items()}})
            print(rows[-1], flush=True)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
