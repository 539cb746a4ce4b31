"""Density estimates in the plane and in 5 and 10 dimensions: the JSD of each fit to its law.

    python benchmarks/densities_space.py --suite plane|five|ten [--n 1000] [--draws 3]

Every method fits the same draws of each law of `density_space_laws.py`. With m = (p + q)/2 and
π = p/(p + q) the JSD is E_m h(π), h(π) = π log 2π + (1 − π) log 2(1 − π) ≥ 0: its mean over
`--points` points of the law and as many of the fit, with a standard error. Printed: means in 1e-3
nats over draws, geometric means over laws, the worst ratio to the best peer, CPU seconds of a fit.

Peers: SciPy's gaussian_kde; scikit-learn's KernelDensity with the bandwidth cross-validated, its
GaussianMixture of 1 to 30 components by BIC, over full, tied and diagonal covariances too, and
its BayesianGaussianMixture of 30; statsmodels' KDEMultivariate by its rule of thumb (its
cross-validation takes hours); a plain neural spline flow of zuko; vines of pyvinecopulib with
kernel margins. Those that are not divkit's dependencies need an environment of their own.

`--rows FILE` keeps every row as it comes and is gone on from; `--page` writes what the file holds
to `results/densities_space.md`.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from density_space_laws import LAWS
from scipy import stats
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity

from divkit.density import fit_density
from divkit.types import FloatArray


class Row(NamedTuple):
    """A fit: its JSD to the law, the standard error of that, CPU seconds."""

    suite: str
    law: str
    method: str
    n: int
    seed: int
    js: float
    error: float
    seconds: float


@dataclass(frozen=True)
class Fitted:
    """A density: draws (n, d), and the log density at rows (n,)."""

    draw: Callable[[int], FloatArray]
    log: Callable[[FloatArray], FloatArray]


Fit = Callable[[FloatArray], Fitted]


def scipy_kernels(x: FloatArray) -> Fitted:
    made = stats.gaussian_kde(x.T)
    return Fitted(lambda n: made.resample(n, seed=1).T, lambda z: made.logpdf(z.T))


def sklearn_kernels(x: FloatArray) -> Fitted:
    """Standardised columns, five folds, 15 bandwidths from a fifth of Scott's to twice it."""
    centre, unit = x.mean(axis=0), x.std(axis=0)
    scott = len(x) ** (-1 / (x.shape[1] + 4))
    search = GridSearchCV(
        KernelDensity(rtol=1e-4), {"bandwidth": scott * np.geomspace(0.2, 2, 15)}, cv=5
    )
    kept = np.random.default_rng(0).permutation(len(x))[:3000]
    width = search.fit(((x - centre) / unit)[kept]).best_params_["bandwidth"]
    width *= (len(x) / len(kept)) ** (-1 / (x.shape[1] + 4))
    made = KernelDensity(bandwidth=width, rtol=1e-4).fit((x - centre) / unit)
    return Fitted(
        lambda n: made.sample(n, random_state=1) * unit + centre,
        lambda z: made.score_samples((z - centre) / unit) - np.log(unit).sum(),
    )


def of_mixture(made: Any) -> Fitted:
    return Fitted(lambda n: made.sample(n)[0], made.score_samples)


def sklearn_mixture(x: FloatArray, kinds: tuple[str, ...] = ("full",)) -> Fitted:
    """Orders go up until BIC has risen four times in a row."""
    best, made = np.inf, None
    for kind in kinds:
        own, since = np.inf, 0
        for k in range(1, 31):
            fit = GaussianMixture(k, covariance_type=kind, n_init=2, random_state=0).fit(x)
            value = fit.bic(x)
            since = 0 if value < own else since + 1
            own = min(own, value)
            if value < best:
                best, made = value, fit
            if since == 4:
                break
    return of_mixture(made)


def sklearn_bayesian(x: FloatArray) -> Fitted:
    return of_mixture(
        BayesianGaussianMixture(n_components=30, max_iter=500, random_state=0).fit(x)
    )


def statsmodels_kernels(x: FloatArray) -> Fitted:
    from statsmodels.nonparametric.kernel_density import KDEMultivariate

    made = KDEMultivariate(x, "c" * x.shape[1], bw="normal_reference")
    rng = np.random.default_rng(1)

    def draw(n: int) -> FloatArray:
        return x[rng.integers(len(x), size=n)] + made.bw * rng.normal(size=(n, x.shape[1]))

    return Fitted(draw, lambda z: np.log(np.maximum(made.pdf(z), 1e-300)))


def zuko_flow(x: FloatArray) -> Fitted:
    """Three transforms of (64, 64), Adam at 1e-3 with early stopping on a fifth of the rows."""
    import copy

    import zuko

    torch.manual_seed(0)
    centre, unit = x.mean(axis=0), x.std(axis=0)
    z = torch.from_numpy((x - centre) / unit)[torch.randperm(len(x))]
    held, rows = z[: len(z) // 5], z[len(z) // 5 :]
    flow = zuko.flows.NSF(x.shape[1], transforms=3, hidden_features=(64, 64)).double()
    adam = torch.optim.Adam(flow.parameters(), lr=1e-3)
    best, state, waited = -np.inf, copy.deepcopy(flow.state_dict()), 0
    for _ in range(300):
        for batch in rows[torch.randperm(len(rows))].split(256):
            loss = -flow().log_prob(batch).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
        with torch.no_grad():
            reached = float(flow().log_prob(held).mean())
        waited = 0 if reached > best else waited + 1
        if reached > best:
            best, state = reached, copy.deepcopy(flow.state_dict())
        if waited == 15:
            break
    flow.load_state_dict(state)

    def draw(n: int) -> FloatArray:
        with torch.no_grad():
            return flow().sample((n,)).numpy() * unit + centre

    def log(rows: FloatArray) -> FloatArray:
        with torch.no_grad():
            logs = flow().log_prob(torch.from_numpy((rows - centre) / unit)).numpy()
        return np.asarray(logs - np.log(unit).sum())

    return Fitted(draw, log)


def vine(x: FloatArray) -> Fitted:
    """A vine of pyvinecopulib over margins by divkit's improved Sheather-Jones kernels."""
    import pyvinecopulib as pv

    margins = [fit_density(c, "kde", bandwidth="silverman").as_law() for c in x.T]

    def levels(z: FloatArray) -> FloatArray:
        u = np.stack([law.cdf(c) for law, c in zip(margins, z.T, strict=True)], axis=1)
        return np.asarray(np.clip(u, 1e-10, 1 - 1e-10))

    made = pv.Vinecop.from_data(np.asfortranarray(levels(x)), controls=pv.FitControlsVinecop())

    def draw(n: int) -> FloatArray:
        u = made.simulate(n, seeds=[1, 2, 3])
        return np.stack([law.ppf(c) for law, c in zip(margins, u.T, strict=True)], axis=1)

    def log(z: FloatArray) -> FloatArray:
        own = sum(law.log_prob(c[:, None]) for law, c in zip(margins, z.T, strict=True))
        return np.asarray(own + np.log(np.maximum(made.pdf(np.asfortranarray(levels(z))), 1e-300)))

    return Fitted(draw, log)


def of_divkit(name: str, **options: Any) -> Fit:
    def fit(x: FloatArray) -> Fitted:
        made = fit_density(x, name, **options)
        return Fitted(lambda n: made.sample(n, 1).numpy(), made.score_samples)

    return fit


PEERS: dict[str, Fit] = {
    "scipy_kde": scipy_kernels,
    "sklearn_kde_cv": sklearn_kernels,
    "gmm_bic": sklearn_mixture,
    "gmm_bic_kinds": lambda x: sklearn_mixture(x, ("full", "tied", "diag")),
    "bayesian_gmm": sklearn_bayesian,
    "statsmodels": statsmodels_kernels,
    "zuko_nsf": zuko_flow,
    "vine": vine,
}
OURS: dict[str, Fit] = {"auto": of_divkit("auto")}
METHODS = PEERS | OURS


def jensen_shannon(law: Any, fitted: Fitted, points: int, seed: int) -> tuple[float, float]:
    """Mean and standard error of h over points of the law and of the fit, apart by halves."""
    own = np.asarray(law.sample(points, np.random.default_rng([seed, 7])))
    halves = []
    for rows in (own, fitted.draw(points)):
        ratio = np.asarray(law.log_prob(torch.from_numpy(np.ascontiguousarray(rows))))
        with np.errstate(all="ignore"):
            ratio = ratio - fitted.log(rows)
            p = 1 / (1 + np.exp(-ratio))
            h = np.where(p > 0, p * np.log(2 * p), 0) + np.where(
                p < 1, (1 - p) * np.log(2 * (1 - p)), 0
            )
        halves.append(h)
    value = 0.5 * sum(h.mean() for h in halves)
    return float(value), float(0.5 * np.sqrt(sum(h.var() / points for h in halves)))


def one(task: tuple[str, str, str, int, int, int]) -> Row:
    """Draw, fit, measure."""
    torch.set_num_threads(1)
    suite, name, method, n, seed, points = task
    law = LAWS[suite][name]
    x = np.asarray(law.sample(n, np.random.default_rng([seed, n])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.process_time()
        fitted = METHODS[method](x)
        seconds = time.process_time() - start
        js, error = jensen_shannon(law, fitted, points, seed)
    return Row(suite, name, method, n, seed, js, error, seconds)


def table(rows: list[Row], laws: list[str], methods: list[str]) -> str:
    """Mean JSD in 1e-3 by law and method, geometric means, worst ratios, seconds."""
    mean = {
        (law, m): 1e3 * float(np.mean([r.js for r in rows if (r.law, r.method) == (law, m)]))
        for law in laws
        for m in methods
    }
    peers = [m for m in methods if m in PEERS]
    best = {law: min((mean[law, p] for p in peers), default=np.nan) for law in laws}
    wide = max(map(len, laws)) + 3
    lines = [" " * wide + "".join(f"{m:>16}" for m in methods)]
    lines += [f"{law:<{wide}}" + "".join(f"{mean[law, m]:16.2f}" for m in methods) for law in laws]
    geometric = [np.exp(np.mean([np.log(mean[law, m]) for law in laws])) for m in methods]
    worst = [max((mean[law, m] / best[law], law) for law in laws) for m in methods]
    spent = [np.mean([r.seconds for r in rows if r.method == m]) for m in methods]
    lines.append(f"{'geometric mean':<{wide}}" + "".join(f"{g:16.2f}" for g in geometric))
    lines.append(f"{'worst / best peer':<{wide}}" + "".join(f"{w:16.2f}" for w, _ in worst))
    lines.append(f"{'  on':<{wide}}" + "".join(f"{law:>16}" for _, law in worst))
    lines.append(f"{'CPU s a fit':<{wide}}" + "".join(f"{s:16.2f}" for s in spent))
    return "\n".join(lines)


def page(rows: list[Row]) -> str:
    """Every suite and size as a table; a method that lacks a law has no geometric mean."""
    lines = ["# Density estimates in space", "",
             "Mean Jensen–Shannon divergence of a fit from the law of its rows, in 1e-3 nats, by"
             " points of both (densities_space.py). The last column is `auto` over the best"
             " peer."]  # fmt: skip
    for suite, n in sorted({(r.suite, r.n) for r in rows}):
        own = [r for r in rows if (r.suite, r.n) == (suite, n)]
        methods = [m for m in METHODS if any(r.method == m for r in own)]
        draws = sorted({r.seed for r in own})
        lines += ["", f"## {suite}, n = {n:,}, seeds {draws[0]} to {draws[-1]}", "",
                  "| law | " + " | ".join(methods) + " | auto / best peer |",
                  "|---|" + "---:|" * (len(methods) + 1)]  # fmt: skip
        lines += _lines(
            own, [law for law in LAWS[suite] if any(r.law == law for r in own)], methods
        )
    return "\n".join([*lines, ""])


def _lines(rows: list[Row], laws: list[str], methods: list[str]) -> list[str]:
    found: dict[tuple[str, str], list[float]] = {}
    for r in rows:
        found.setdefault((r.law, r.method), []).append(1e3 * r.js)
    mean = {key: float(np.mean(values)) for key, values in found.items()}
    lines, worst = [], []
    for law in laws:
        best = min(
            (mean[law, m] for m in methods if m in PEERS and (law, m) in mean), default=np.nan
        )
        worst.append((mean.get((law, "auto"), np.nan) / best, law))
        cells = [f"{mean[law, m]:.2f}" if (law, m) in mean else "" for m in methods]
        lines.append(f"| {law} | " + " | ".join(cells) + f" | {worst[-1][0]:.2f} |")
    whole = {m for m in methods if all((law, m) in mean for law in laws)}
    middle = [
        f"{np.exp(np.mean([np.log(mean[law, m]) for law in laws])):.2f}" if m in whole else ""
        for m in methods
    ]
    spent = [f"{np.mean([r.seconds for r in rows if r.method == m]):.2f}" for m in methods]
    counts = [str(sum(r.method == m for r in rows)) for m in methods]
    return [
        *lines,
        "| geometric mean | " + " | ".join(middle) + " | |",
        "| fits | " + " | ".join(counts) + " | |",
        "| CPU s a fit | " + " | ".join(spent) + " | |",
        "",
        "Worst ratio to the best peer: {:.2f}, on {}.".format(*max(worst)),
    ]


def known(path: Path | None) -> list[Row]:
    """Rows of earlier runs, which are not run again."""
    if path is None or not path.exists():
        return []
    return [Row(*json.loads(line)) for line in path.read_text().splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", default="plane", choices=tuple(LAWS))
    parser.add_argument("--laws", default="")
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rows", type=Path)
    parser.add_argument(
        "--page", action="store_true", help="of the rows that are there; runs none"
    )
    asked = parser.parse_args()
    if asked.page:
        text = page(known(asked.rows))
        (Path(__file__).parent / "results" / "densities_space.md").write_text(text)
        print(text)
        return
    laws = [name for name in asked.laws.split(",") if name] or list(LAWS[asked.suite])
    methods = asked.methods.split(",")
    seeds = range(asked.seed, asked.seed + asked.draws)
    tasks = [
        (asked.suite, law, m, asked.n, seed, asked.points)
        for law in laws
        for m in methods
        for seed in seeds
    ]
    rows, wanted = known(asked.rows), {task[:5] for task in tasks}
    done = {row[:5] for row in rows}
    with ProcessPoolExecutor(asked.workers) as pool:
        for row in pool.map(one, [task for task in tasks if task[:5] not in done]):
            rows.append(row)
            if asked.rows:
                with asked.rows.open("a") as file:
                    file.write(json.dumps(row) + "\n")
    rows = [row for row in rows if row[:5] in wanted]
    print(f"{asked.suite}, n = {asked.n}, seeds {seeds.start}-{seeds.stop - 1}; JSD in 1e-3 nats")
    print(table(rows, laws, methods))
    print(f"largest standard error of a JSD: {max(r.error for r in rows):.1e}")


if __name__ == "__main__":
    main()
