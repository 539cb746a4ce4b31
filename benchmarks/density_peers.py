"""Density estimates of other libraries, each a function of a sample (n,) that returns a law.

SciPy's gaussian_kde; scikit-learn's GaussianMixture of 1 to 12 components by BIC, its
BayesianGaussianMixture of 12, its KernelDensity cross-validated; KDEpy's improved Sheather–Jones;
statsmodels' bandwidths by the normal reference and by cross-validated likelihood; R's plug-in
bandwidth of ks, and logspline. A kernel estimate is handed on as divkit's of the same bandwidth,
which differs from it by 1e-4 of itself. KDEpy, statsmodels (`peers/densities.txt`) and R are asked
for only where a method is named that needs them.
"""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import PPoly
from scipy.stats import gaussian_kde
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity as SklearnKernels

from divkit.density import fit_density
from divkit.distributions import Law1D, law
from divkit.types import FloatArray

Fit = Callable[[FloatArray], Any]
_COMPONENTS = 12
_CHOOSING = 2000
"""Rows on which scikit-learn's and statsmodels' bandwidths are cross-validated, at most."""


def of_divkit(name: str, **options: Any) -> Fit:
    return lambda x: fit_density(x, name, **options)


def kernels(x: FloatArray, width: float) -> Any:
    return fit_density(x, "kde", bandwidth=float(width))


def scipy_kernels(x: FloatArray) -> Any:
    """Scott's rule times the standard deviation with divisor n − 1."""
    return kernels(x, np.sqrt(gaussian_kde(x).covariance[0, 0]))


def sklearn_mixture(x: FloatArray) -> Any:
    orders = range(1, _COMPONENTS + 1)
    fits = [GaussianMixture(k, n_init=2, random_state=0).fit(x[:, None]) for k in orders]
    return min(fits, key=lambda fit: fit.bic(x[:, None]))


def sklearn_bayes(x: FloatArray) -> Any:
    mixture = BayesianGaussianMixture(
        n_components=_COMPONENTS, max_iter=1000, n_init=2, random_state=0
    )
    return mixture.fit(x[:, None])


def sklearn_kernels(x: FloatArray) -> Any:
    """Five folds, 20 bandwidths from 1/30 of Scott's to three times it."""
    rows = x[:_CHOOSING]
    scott = rows.std() * len(rows) ** -0.2
    widths = {"bandwidth": scott * np.geomspace(1 / 30, 3, 20)}
    search = GridSearchCV(SklearnKernels(rtol=1e-4), widths, cv=_folds(len(rows)))
    best = search.fit(rows[:, None]).best_params_["bandwidth"]
    return kernels(x, best * (len(x) / len(rows)) ** -0.2)


def _folds(n: int) -> list[tuple[FloatArray, FloatArray]]:
    order = np.random.default_rng(0).permutation(n)
    parts = np.array_split(order, 5)
    return [(np.setdiff1d(order, part), part) for part in parts]


def kdepy_isj(x: FloatArray) -> Any:
    from KDEpy.bw_selection import improved_sheather_jones

    return kernels(x, improved_sheather_jones(x[:, None]))


def statsmodels_reference(x: FloatArray) -> Any:
    from statsmodels.nonparametric.bandwidths import bw_normal_reference

    return kernels(x, bw_normal_reference(x))


def statsmodels_cv(x: FloatArray) -> Any:
    from statsmodels.nonparametric.kernel_density import KDEMultivariate

    rows = x[:_CHOOSING]
    best = KDEMultivariate([rows], "c", bw="cv_ml").bw[0]
    return kernels(x, best * (len(x) / len(rows)) ** -0.2)


def ks_plug_in(x: FloatArray) -> Any:
    return kernels(x, _asked("hpi", x)[0])


def logspline(x: FloatArray) -> Law1D:
    """log f = a + b x + Σ c_k (x − t_k)³₊, linear beyond the knots; no bounds are given."""
    a, b, *others = map(Fraction, _asked("logspline", x))
    knots, cubes = others[: len(others) // 2], others[len(others) // 2 :]
    spline = _pieces(a, b, knots, cubes)
    ends, slopes = spline.x[[1, -2]], spline.c[2, [0, -1]]

    def log_prob(at: FloatArray) -> FloatArray:
        inside = np.clip(at, *ends)
        beyond = np.where(at < inside, *slopes) * (at - inside)
        return np.asarray(spline(inside) + beyond)

    centre, wide = float(np.median(x)), float(np.ptp(x)) / 10
    marks = [(centre, wide), *((float(t), wide / 4) for t in knots)]
    made = law(log_prob, features=marks, kinks=[*map(float, knots)], normalize=True)
    assert isinstance(made, Law1D)
    return made


def _pieces(a: Fraction, b: Fraction, knots: list[Fraction], cubes: list[Fraction]) -> PPoly:
    """Each piece from its own knot, by fractions: the sum of cubes cancels."""
    rows = [(Fraction(0), Fraction(0), b, a + b * (knots[0] - 1))]
    for k, t in enumerate(knots):
        before = [(c, t - u) for c, u in zip(cubes[:k], knots[:k], strict=True)]
        value = a + b * t + sum(c * w**3 for c, w in before)
        slope = b + 3 * sum(c * w**2 for c, w in before)
        bend = 3 * sum(c * w for c, w in before)
        rows.append((sum(cubes[: k + 1], Fraction(0)), bend, slope, value))
    rows[-1] = (Fraction(0), Fraction(0), *rows[-1][2:])
    places = [knots[0] - 1, *knots, knots[-1] + 1]
    return PPoly(np.array(rows, dtype=float).T, np.array(places, dtype=float))


@functools.cache
def _r() -> subprocess.Popen[str]:
    script = Path(__file__).parent / "peers" / "densities.R"
    pipe = subprocess.PIPE
    return subprocess.Popen(["Rscript", str(script)], stdin=pipe, stdout=pipe, text=True)


def _asked(method: str, x: FloatArray) -> list[float]:
    """R's answer, without x1 and CPU seconds before it. A ValueError if it has none."""
    r = _r()
    assert r.stdin is not None and r.stdout is not None
    r.stdin.write(" ".join([method, *map(repr, x.tolist())]) + "\n")
    r.stdin.flush()
    first, _, *found = map(float, r.stdout.readline().split())
    if first != x[0]:
        raise RuntimeError(f"R answered for a sample that begins with {first!r}, not {x[0]!r}.")
    if not found:
        raise ValueError(f"R's {method} has no fit for this sample.")
    return found


PEERS: dict[str, Fit] = {
    "scipy_kde": scipy_kernels,
    "sklearn_gmm_bic": sklearn_mixture,
    "sklearn_gmm_bayes": sklearn_bayes,
    "sklearn_kde_cv": sklearn_kernels,
    "kdepy_isj": kdepy_isj,
    "statsmodels_kde": statsmodels_reference,
    "statsmodels_kde_cv": statsmodels_cv,
    "r_ks_hpi": ks_plug_in,
    "r_logspline": logspline,
    "kde": of_divkit("kde"),
    "kde_isj": of_divkit("kde", bandwidth="isj"),
    "histogram": of_divkit("histogram"),
    "blocks": of_divkit("histogram", bins="bayesian_blocks"),
    "mixture": of_divkit("gaussian_mixture"),
}
INSTALLED_WITH_DIVKIT = ("scipy_kde", "sklearn_gmm_bic", "sklearn_kde_cv", "kde", "kde_isj",
                         "histogram", "blocks", "mixture")  # fmt: skip
