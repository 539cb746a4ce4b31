"""Calls that users of other packages would make: KL and JSD of two samples, in nats.

Each peer takes x (n, d) of P, y (m, d) of Q and a seed, and returns a float. A divergence that a
peer has no way to is missing from its entry in `PEERS`. The JSD of peers that know KL or entropy
alone goes through the mixture: ½KL(P‖M) + ½KL(Q‖M), or H(M) − ½H(P) − ½H(Q).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import densratio
import infomeasure
import numpy as np
import torch
import universal_divergence
from npeet_plus import kldiv
from scipy import special, stats
from scipy.spatial import cKDTree
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torchmetrics.functional.regression import jensen_shannon_divergence, kl_divergence

Peer = Callable[[np.ndarray, np.ndarray, int], float]
_ITE_NEIGHBOURS = 3  # ITE's default


def universal(neighbours: int | None) -> dict[str, Peer]:
    """`universal_divergence.estimate` with so many neighbours; None for each row's choice."""
    return by_halves(lambda x, y: float(universal_divergence.estimate(x, y, k=neighbours)))


def npeet() -> dict[str, Peer]:
    """`npeet_plus.kldiv` with its own default of three neighbours, in nats."""
    return by_halves(lambda x, y: float(kldiv(x, y, base=math.e)))


def by_halves(estimate: Callable[[np.ndarray, np.ndarray], float]) -> dict[str, Peer]:
    """KL by an estimator of it, and the JSD: half of each against the others' mixture."""

    def kl(x: np.ndarray, y: np.ndarray, seed: int) -> float:
        return estimate(x, y)

    def js(x: np.ndarray, y: np.ndarray, seed: int) -> float:
        i, j = len(x) // 2, len(y) // 2
        mixed = np.concatenate([x[i:], y[j:]])
        return 0.5 * (kl(x[:i], mixed, seed) + kl(y[:j], mixed, seed))

    return {"kl": kl, "js": js}


def ite_kl(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """BDKL_KnnK of ITE, its formula: d mean log(ν_k/ρ_k) + log(m/(n − 1))."""
    n, d = x.shape
    own = cKDTree(x).query(x, _ITE_NEIGHBOURS + 1)[0][:, -1]
    other = cKDTree(y).query(x, _ITE_NEIGHBOURS)[0][:, -1]
    return float(d * np.mean(np.log(other / own)) + math.log(len(y) / (n - 1)))


def ite_js(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """MDJS_HS of ITE with BHShannon_KnnK: H(M) − ½H(P) − ½H(Q), the mixture of all rows."""
    pooled = np.concatenate([x, y])
    return _entropy(pooled) - 0.5 * (_entropy(x) + _entropy(y))


def _entropy(z: np.ndarray) -> float:
    """Kozachenko and Leonenko: log(n − 1) − ψ(k) + log V_d + d mean log ρ_k."""
    n, d = z.shape
    radius = cKDTree(z).query(z, _ITE_NEIGHBOURS + 1)[0][:, -1]
    ball = 0.5 * d * math.log(math.pi) - math.lgamma(0.5 * d + 1)
    known = math.log(n - 1) - float(special.digamma(_ITE_NEIGHBOURS)) + ball
    return known + d * float(np.mean(np.log(radius)))


def infomeasure_kl(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """`infomeasure.kld` by neighbours, its own default k."""
    return float(infomeasure.kld(x, y, approach="metric"))


def infomeasure_js(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """`infomeasure.jsd` with Gaussian kernels (neighbours are not offered), Scott's bandwidth."""
    width = float(len(x) ** (-1 / (x.shape[1] + 4)))
    return float(infomeasure.jsd(x, y, approach="kernel", kernel="gaussian", bandwidth=width))


def ulsif_kl(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """KL of `densratio.densratio`, uLSIF as it comes: the mean of log r over x."""
    return _ulsif(x, y, "uLSIF")


def ulsif_js(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """½KL(P‖M) + ½KL(Q‖M) by its relative ratios p/(½p + ½q), RuLSIF at α = ½."""
    return 0.5 * (_ulsif(x, y, "RuLSIF", 0.5) + _ulsif(y, x, "RuLSIF", 0.5))


def _ulsif(x: np.ndarray, y: np.ndarray, method: str, alpha: float = 0.0) -> float:
    found = densratio.densratio(x, y, method=method, alpha=alpha, verbose=False)
    return float(found.alpha_KL)


def kde_kl(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """Mean of log p̂/q̂ over x, `scipy.stats.gaussian_kde` as it comes."""
    p, q = stats.gaussian_kde(x.T), stats.gaussian_kde(y.T)
    return float(np.mean(p.logpdf(x.T) - q.logpdf(x.T)))


def kde_js(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """½ mean over x of log p̂/m̂ + ½ mean over y of log q̂/m̂, m̂ = (p̂ + q̂)/2."""
    p, q = stats.gaussian_kde(x.T), stats.gaussian_kde(y.T)
    at_x, at_y = p.logpdf(x.T) - q.logpdf(x.T), p.logpdf(y.T) - q.logpdf(y.T)
    return _js_of_logits(at_x, at_y)


def histogram_kl(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """KL of the two histograms, half a count added to every cell that holds a row."""
    p, q = _cells(x, y)
    return float(stats.entropy(p, q))


def histogram_js(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """JSD of the two histograms, the same cells and counts."""
    p, q = _cells(x, y)
    middle = 0.5 * (p + q)
    return float(0.5 * (stats.entropy(p, middle) + stats.entropy(q, middle)))


def _cells(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of common cells: Scott's width in each dimension, cells without a row left out."""
    both = np.concatenate([x, y])
    width = 3.5 * both.std(axis=0) * len(x) ** (-1 / (2 + both.shape[1]))
    at = np.floor((both - both.min(axis=0)) / width).astype(int)
    place = np.unique(at, axis=0, return_inverse=True)[1].ravel()
    counts = (np.bincount(part, minlength=place.max() + 1) for part in np.split(place, [len(x)]))
    p, q = (count + 0.5 for count in counts)
    return p / p.sum(), q / q.sum()


def torchmetrics_kl(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """`torchmetrics` takes tables of probabilities: its KL of the histograms' shares."""
    return float(kl_divergence(*map(_as_table, _cells(x, y))))


def torchmetrics_js(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """Its JSD of the same tables."""
    return float(jensen_shannon_divergence(*map(_as_table, _cells(x, y))))


def _as_table(shares: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(shares)[None]


def mine_kl(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """MINE's value (Donsker and Varadhan): mean of T over x − log of the mean of e^T over y."""

    def value(at_x: torch.Tensor, at_y: torch.Tensor) -> torch.Tensor:
        return at_x.mean() - (torch.logsumexp(at_y, 0) - math.log(len(at_y)))

    return _trained(x, y, seed, value)


def mine_js(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """The same network under the GAN's value: log 2 + ½ mean log σ(T) + ½ mean log(1 − σ(T))."""

    def value(at_x: torch.Tensor, at_y: torch.Tensor) -> torch.Tensor:
        soft = torch.nn.functional.softplus
        return math.log(2) - 0.5 * (soft(-at_x).mean() + soft(at_y).mean())

    return _trained(x, y, seed, value)


def _trained(x: np.ndarray, y: np.ndarray, seed: int, value: Callable[..., torch.Tensor]) -> float:
    """The value at the rows that it was trained on: 500 steps of Adam, two layers of 64 units."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    both = np.concatenate([x, y])
    rows = torch.from_numpy((both - both.mean(axis=0)) / both.std(axis=0)).float()
    network = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], 64), torch.nn.ReLU(), torch.nn.Linear(64, 64),
        torch.nn.ReLU(), torch.nn.Linear(64, 1),
    )  # fmt: skip
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(500):
        optimiser.zero_grad()
        critic = network(rows)[:, 0]
        (-value(critic[: len(x)], critic[len(x) :])).backward()
        optimiser.step()
    with torch.no_grad():
        critic = network(rows)[:, 0]
        return float(value(critic[: len(x)], critic[len(x) :]))


def boosting(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits of `HistGradientBoostingClassifier` as it comes, at the rows it was fitted to."""
    return _logits(HistGradientBoostingClassifier(random_state=seed), x, y)


def perceptron(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits of `MLPClassifier` (100 units, at most 500 epochs) on standardised rows."""
    network = MLPClassifier(max_iter=500, random_state=seed)
    return _logits(make_pipeline(StandardScaler(), network), x, y)


def _logits(model: Any, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities η of P to log p − log q = log η/(1 − η) + log m/n."""
    rows, labels = np.concatenate([x, y]), np.repeat([1, 0], [len(x), len(y)])
    shares = model.fit(rows, labels).predict_proba(rows)
    with np.errstate(divide="ignore"):
        ratio = np.log(shares[:, 1]) - np.log(shares[:, 0]) + math.log(len(y) / len(x))
    return ratio[: len(x)], ratio[len(x) :]


def _js_of_logits(at_x: np.ndarray, at_y: np.ndarray) -> float:
    """log 2 + ½ mean log D over x + ½ mean log(1 − D) over y, the naive formula."""
    gain, loss = np.logaddexp(0, -at_x).mean(), np.logaddexp(0, at_y).mean()
    return float(math.log(2) - 0.5 * (gain + loss))


def naive(learner: Callable[..., tuple[np.ndarray, np.ndarray]]) -> dict[str, Peer]:
    """The formulas with a classifier's probabilities at the rows it was fitted to."""
    return {
        "kl": lambda x, y, seed: float(np.mean(learner(x, y, seed)[0])),
        "js": lambda x, y, seed: _js_of_logits(*learner(x, y, seed)),
    }


PEERS: dict[str, dict[str, Peer]] = {
    "universal-divergence": universal(None),
    "universal-divergence, k=5": universal(5),
    "ITE-style": {"kl": ite_kl, "js": ite_js},
    "infomeasure": {"kl": infomeasure_kl, "js": infomeasure_js},
    "scipy gaussian_kde": {"kl": kde_kl, "js": kde_js},
    "npeet_plus": npeet(),
    "densratio": {"kl": ulsif_kl, "js": ulsif_js},
    "torchmetrics": {"kl": torchmetrics_kl, "js": torchmetrics_js},
    "histogram": {"kl": histogram_kl, "js": histogram_js},
    "sklearn boosting": naive(boosting),
    "sklearn perceptron": naive(perceptron),
    "MINE-style": {"kl": mine_kl, "js": mine_js},
}
