"""Density estimates of other libraries in space, each a function of rows (n, d).

SciPy's gaussian_kde; scikit-learn's KernelDensity with the bandwidth cross-validated, its
GaussianMixture of 1 to 30 components by BIC, over full, tied and diagonal covariances too, and
its BayesianGaussianMixture of 30; statsmodels' KDEMultivariate by its rule of thumb (its
cross-validation takes hours); R's ks with the plug-in matrix of bandwidths; a plain neural spline
flow of zuko; a vine of pyvinecopulib with margins by that library's own kernels. Those that are
not divkit's dependencies (`peers/densities.txt`, Debian's r-cran-ks) are asked for only where a
method is named that needs them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import stats
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity

from divkit.types import FloatArray


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

    return Fitted(draw, lambda z: np.log(made.pdf(z)))


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


def ks_plug_in(x: FloatArray) -> Fitted:
    """Normal kernels of the covariance that R's `ks::Hpi` gives, one of unconstrained form."""
    script = "x <- as.matrix(read.table(file('stdin'))); cat(sprintf('%.17g', ks::Hpi(x)))"
    rows = "\n".join(" ".join(map(repr, row)) for row in x.tolist())
    answer = subprocess.run(
        ["Rscript", "-e", script], input=rows, capture_output=True, text=True, check=True
    )
    dim = x.shape[1]
    factor = np.linalg.cholesky(np.array(answer.stdout.split(), float).reshape(dim, dim))
    inner = np.linalg.solve(factor, x.T).T
    tree = KernelDensity(bandwidth=1.0, rtol=1e-6).fit(inner)
    rng, constant = np.random.default_rng(1), float(np.log(np.diag(factor)).sum())

    def draw(n: int) -> FloatArray:
        return (inner[rng.integers(len(x), size=n)] + rng.normal(size=(n, dim))) @ factor.T

    return Fitted(draw, lambda z: tree.score_samples(np.linalg.solve(factor, z.T).T) - constant)


def vine(x: FloatArray) -> Fitted:
    """A vine of pyvinecopulib, pairs of every family as by default, margins by its `Kde1d`."""
    import pyvinecopulib as pv

    margins = []
    for column in x.T:
        margins.append(pv.core.Kde1d.from_data(np.ascontiguousarray(column)))

    def levels(z: FloatArray) -> FloatArray:
        pairs = zip(margins, z.T, strict=True)
        u = np.stack([m.cdf(np.ascontiguousarray(c)) for m, c in pairs], axis=1)
        return np.asfortranarray(np.clip(u, 1e-10, 1 - 1e-10))

    made = pv.Vinecop.from_data(levels(x), controls=pv.FitControlsVinecop())

    def draw(n: int) -> FloatArray:
        u = made.simulate(n, seeds=[1, 2, 3])
        pairs = zip(margins, u.T, strict=True)
        return np.stack([m.icdf(np.ascontiguousarray(c)) for m, c in pairs], axis=1)

    def log(z: FloatArray) -> FloatArray:
        pairs = zip(margins, z.T, strict=True)
        alone = sum(m.logpdf(np.ascontiguousarray(c)) for m, c in pairs)
        return np.asarray(alone + np.log(made.pdf(levels(z))))

    return Fitted(draw, log)


PEERS: dict[str, Fit] = {
    "scipy_kde": scipy_kernels,
    "sklearn_kde_cv": sklearn_kernels,
    "gmm_bic": sklearn_mixture,
    "gmm_bic_kinds": lambda x: sklearn_mixture(x, ("full", "tied", "diag")),
    "bayesian_gmm": sklearn_bayesian,
    "statsmodels": statsmodels_kernels,
    "zuko_nsf": zuko_flow,
    "r_ks_hpi": ks_plug_in,
    "vine": vine,
}
