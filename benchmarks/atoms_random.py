"""Random pairs of finite laws, from every adapter, against mpmath: how many values are silent?

Probabilities reach from 1 down to e^−2000, with zeros, ones and denormal floats; counts up to 5000
trials with p down to 1e−300. The truth is summed by mpmath from what the user wrote down: the
numbers handed to a library, not what it made of them. A value is silent if it misses the truth by
more than its stated error without being one-sided, of infinite error, or refused.

    python benchmarks/atoms_random.py --cases 600 --seed 0
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import scipy.stats as ss
import torch
from mpmath import mpf
from torch import distributions as td

import divkit
from divkit.distributions import Affine, FiniteLaw, Product, mixture, transformed
from divkit.distributions.mixture import mixture_from_logs

Mass = dict[tuple[float, ...], Any]
Case = tuple[Any, Mass]
Rng = np.random.Generator
DIGITS = 60
MOST_PAIRED = 60
SUMS = [
    "kl reverse_kl jeffreys js weighted_js(0.3) tv hellinger2 squared_hellinger hellinger",
    "bhattacharyya chi2 neyman triangular js_distance js_fgan alpha(-1.5) alpha(0.3) alpha(3)",
    "alpha(20) renyi(0.1) renyi(0.5) renyi(2) renyi(7) gan",
]
KINDS = " ".join(SUMS).split()
METRICS = ["w1", "w2", "energy", "mmd"]


# ---- masses as mpmath sees them ---------------------------------------------------------------


def shares(weights: Any, atoms: Any = None) -> Mass:
    """Weights over their sum on 0, 1, … or on the atoms; zeros dropped."""
    weights = [mpf(w) for w in weights]
    total = mpmath.fsum(weights)
    places = [(float(k),) for k in range(len(weights))] if atoms is None else atoms
    return {tuple(a): w / total for a, w in zip(places, weights, strict=True) if w > 0}


def softmax(logs: Any, atoms: Any = None) -> Mass:
    """Shares of e^log."""
    top = max(logs)
    powers = [mpf(0) if l == -math.inf else mpmath.exp(mpf(l) - mpf(top)) for l in logs]
    return shares(powers, atoms)


def binomial(n: int, p: Any) -> Mass:
    """C(n, k) p^k (1 − p)^(n−k)."""
    p = mpf(p)
    both = ((k, mpmath.binomial(n, k) * p**k * (1 - p) ** (n - k)) for k in range(n + 1))
    return {(float(k),): w for k, w in both if w > 0}


def outer(*factors: Mass) -> Mass:
    """Independent blocks."""
    out: Mass = {(): mpf(1)}
    for factor in factors:
        out = {a + b: u * v for (a, u), (b, v) in itertools.product(out.items(), factor.items())}
    return out


def blend(weights: Mass, parts: list[Mass]) -> Mass:
    """A mixture; weights on (0,), (1,), …."""
    out: Mass = {}
    for (k,), w in weights.items():
        for atom, v in parts[int(k)].items():
            out[atom] = out.get(atom, mpf(0)) + w * v
    return out


# ---- what users write -------------------------------------------------------------------------


def random_probs(rng: Rng, k: int) -> np.ndarray:
    """Positive numbers of very different sizes, with zeros and denormals."""
    sizes = [lambda: rng.random(), lambda: 10.0 ** -rng.uniform(0, 30)]
    sizes += [lambda: 10.0 ** -rng.uniform(0, 323), lambda: 5e-324, lambda: 0.0]
    w = np.array([sizes[rng.choice(5, p=[0.55, 0.15, 0.1, 0.05, 0.15])]() for _ in range(k)])
    w[rng.integers(k)] += 1.0 if rng.random() < 0.7 else 1e-3
    return w / math.fsum(w)


def random_logs(rng: Rng, k: int) -> np.ndarray:
    """Logits of every size; sometimes −inf."""
    scale = rng.choice([1.0, 10.0, 100.0, 2000.0])
    logs = -scale * rng.random(k)
    logs[rng.random(k) < 0.1] = -math.inf if rng.random() < 0.3 else -1500.0
    logs[rng.integers(k)] = 0.0
    return logs + rng.choice([0.0, 0.0, 5.0, -700.0, 1e4])


def random_p(rng: Rng) -> float:
    """A probability near the middle, or near either end, or at it."""
    kind = rng.choice(6, p=[0.4, 0.15, 0.15, 0.1, 0.1, 0.1])
    values = [rng.random(), 10.0 ** -rng.uniform(1, 20), 1 - 10.0 ** -rng.uniform(1, 15)]
    return float([*values, 10.0 ** -rng.uniform(20, 300), 0.0, 1.0][kind])


def random_logit(rng: Rng) -> float:
    """Log odds up to ±800."""
    return float(rng.normal() * rng.choice([1.0, 10.0, 40.0, 400.0]))


def t64(values: Any) -> torch.Tensor:
    """A float64 tensor."""
    return torch.tensor(np.asarray(values), dtype=torch.float64)


def t32(values: Any) -> tuple[torch.Tensor, np.ndarray]:
    """A float32 tensor, and its values."""
    held = torch.tensor(np.asarray(values), dtype=torch.float32)
    return held, held.double().numpy()


def plain_logs(rng: Rng, k: int) -> Case:
    logs = random_logs(rng, k)
    return FiniteLaw.from_logs(np.arange(float(k)), logs), softmax(logs)


def plain_probs(rng: Rng, k: int) -> Case:
    probs = random_probs(rng, k)
    return FiniteLaw(np.arange(float(k)), probs), shares(probs)


def torch_probs(rng: Rng, k: int) -> Case:
    probs = random_probs(rng, k) * rng.choice([1.0, 3.7])
    return td.Categorical(t64(probs)), shares(probs)


def torch_logits(rng: Rng, k: int) -> Case:
    logs = random_logs(rng, k)
    return td.Categorical(logits=t64(logs)), softmax(logs)


def torch_probs_32(rng: Rng, k: int) -> Case:
    held, values = t32(random_probs(rng, k) * rng.choice([1.0, 3.7]))
    return td.Categorical(held), shares(values)


def torch_logits_32(rng: Rng, k: int) -> Case:
    held, values = t32(random_logs(rng, k))
    return td.Categorical(logits=held), softmax(values)


def one_hot(rng: Rng, k: int) -> Case:
    corners = [tuple(row) for row in np.eye(k).tolist()]
    if rng.random() < 0.5:
        probs = random_probs(rng, k)
        return td.OneHotCategorical(t64(probs)), shares(probs, corners)
    logs = random_logs(rng, k)
    return td.OneHotCategorical(logits=t64(logs)), softmax(logs, corners)


def torch_bernoulli(rng: Rng, k: int) -> Case:
    if rng.random() < 0.5:
        p = random_p(rng)
        return td.Bernoulli(t64(p)), binomial(1, p)
    l = random_logit(rng)
    return td.Bernoulli(logits=t64(l)), softmax([0.0, l])


def torch_bernoulli_32(rng: Rng, k: int) -> Case:
    if rng.random() < 0.5:
        held, p = t32(random_p(rng))
        return td.Bernoulli(held), binomial(1, float(p))
    held, l = t32(random_logit(rng))
    return td.Bernoulli(logits=held), softmax([0.0, float(l)])


def trials(rng: Rng) -> int:
    return int(rng.choice([1, 3, 20, 100, 400, 5000], p=[0.2, 0.3, 0.2, 0.15, 0.14, 0.01]))


def torch_binomial(rng: Rng, k: int) -> Case:
    n = trials(rng)
    if rng.random() < 0.6:
        p = random_p(rng)
        return td.Binomial(n, t64(p)), binomial(n, p)
    l = random_logit(rng)
    return td.Binomial(n, logits=t64(l)), softmax_binomial(n, l)


def softmax_binomial(n: int, logit: float) -> Mass:
    odds = mpmath.exp(mpf(logit))
    return shares([mpmath.binomial(n, k) * odds**k for k in range(n + 1)])


def scipy_binomial(rng: Rng, k: int) -> Case:
    n, p = trials(rng), random_p(rng)
    return (ss.Binomial(n=n, p=p) if 0 < p < 1 and rng.random() < 0.2 else ss.binom(n, p)), (
        binomial(n, p)
    )


def scipy_bernoulli(rng: Rng, k: int) -> Case:
    p = random_p(rng)
    return ss.bernoulli(p), binomial(1, p)


def scipy_hypergeom(rng: Rng, k: int) -> Case:
    total = int(rng.choice([12, 60, 900]))
    good, draws = int(rng.integers(total + 1)), int(rng.integers(total + 1))
    ways = range(max(0, draws - total + good), min(good, draws) + 1)
    odds = 1.0 if rng.random() < 0.5 else float(10 ** rng.uniform(-3, 3))
    terms = [
        mpmath.binomial(good, j) * mpmath.binomial(total - good, draws - j) * mpf(odds) ** j
        for j in ways
    ]
    law = ss.hypergeom if odds == 1 else ss.nchypergeom_fisher
    shapes = (total, good, draws) if odds == 1 else (total, good, draws, odds)
    return law(*shapes), shares(terms, [(float(j),) for j in ways])


def scipy_beta_binomial(rng: Rng, k: int) -> Case:
    n = int(rng.choice([1, 5, 60, 300]))
    a, b = (float(10 ** rng.uniform(-8, 3)) for _ in range(2))
    terms = [mpmath.binomial(n, j) * mpmath.beta(j + mpf(a), n - j + mpf(b)) for j in range(n + 1)]
    return ss.betabinom(n, a, b), shares(terms)


def scipy_table(rng: Rng, k: int) -> Case:
    probs = random_probs(rng, k)
    return ss.rv_discrete(values=(np.arange(k), probs)), shares(probs)


def scipy_decay(rng: Rng, k: int) -> Case:
    n = int(rng.choice([3, 40, 900]))
    if rng.random() < 0.5:
        rate = float(10 ** rng.uniform(-2, 1))
        return ss.boltzmann(rate, n), shares([mpmath.exp(-mpf(rate) * j) for j in range(n)])
    a = float(rng.uniform(0, 150))
    atoms = [(float(j),) for j in range(1, n + 1)]
    return ss.zipfian(a, n), shares([mpf(j) ** -mpf(a) for j in range(1, n + 1)], atoms)


def scipy_negative(rng: Rng, k: int) -> Case:
    total = int(rng.choice([12, 60, 400]))
    good = int(rng.integers(total))
    bad = int(rng.integers(1, total - good + 1))
    terms = [
        mpmath.binomial(j + bad - 1, j) * mpmath.binomial(total - bad - j, good - j)
        for j in range(good + 1)
    ]
    return ss.nhypergeom(total, good, bad), shares(terms)


def scipy_uniform(rng: Rng, k: int) -> Case:
    low, high = int(rng.integers(4)), int(rng.integers(5, 9))
    return ss.randint(low, high), shares(
        [1] * (high - low), [(float(j),) for j in range(low, high)]
    )


def multinomials(rng: Rng, k: int) -> Case:
    n, cells = int(rng.integers(1, 9)), 3
    if rng.random() < 0.5:
        probs = np.array([10.0 ** -rng.uniform(0, 120) for _ in range(cells)])
        probs[0] = 1 - math.fsum(probs[1:])
        probs = probs if probs[0] > 0 else np.array([0.5, 0.25, 0.25])
        law = ss.multinomial(n, probs) if rng.random() < 0.5 else td.Multinomial(n, t64(probs))
        return law, counts(n, shares(probs))
    logs = random_logs(rng, cells)
    return td.Multinomial(n, logits=t64(logs)), counts(n, softmax(logs))


def counts(n: int, mass: Mass) -> Mass:
    p = [mass.get((float(k),), mpf(0)) for k in range(3)]
    out: Mass = {}
    for a, b in itertools.product(range(n + 1), repeat=2):
        if a + b <= n:
            c = n - a - b
            ways = mpmath.binomial(n, a) * mpmath.binomial(n - a, b)
            weight = ways * p[0] ** a * p[1] ** b * p[2] ** c
            if weight > 0:
                out[(float(a), float(b), float(c))] = weight
    return out


def independent(rng: Rng, k: int) -> Case:
    ps = [random_p(rng) for _ in range(3)]
    if rng.random() < 0.5:
        return td.Independent(td.Bernoulli(t64(ps)), 1), outer(*(binomial(1, p) for p in ps))
    ls = [random_logit(rng) for _ in range(3)]
    law = td.Independent(td.Bernoulli(logits=t64(ls)), 1)
    return law, outer(*(softmax([0.0, l]) for l in ls))


def products(rng: Rng, k: int) -> Case:
    made = [plain_logs(rng, k), plain_probs(rng, 3)]
    laws, masses = zip(*made, strict=True)
    return Product(laws), outer(*masses)


def torch_mixtures(rng: Rng, k: int) -> Case:
    ps, n = [random_p(rng) for _ in range(3)], int(rng.choice([1, 7, 50]))
    parts = [binomial(n, p) for p in ps]
    if rng.random() < 0.5:
        w = random_probs(rng, 3)
        weights, mass = td.Categorical(t64(w)), shares(w)
    else:
        logs = random_logs(rng, 3)
        weights, mass = td.Categorical(logits=t64(logs)), softmax(logs)
    return td.MixtureSameFamily(weights, td.Binomial(n, t64(ps))), blend(mass, parts)


def plain_mixtures(rng: Rng, k: int) -> Case:
    made = [plain_logs(rng, k), plain_probs(rng, k + 1), (ss.binom(4, 0.3), binomial(4, 0.3))]
    laws, masses = [divkit.as_law(law) for law, _ in made], [mass for _, mass in made]
    if rng.random() < 0.5:
        logs = random_logs(rng, 3)
        return mixture_from_logs(logs.tolist(), laws), blend(softmax(logs), masses)
    w = random_probs(rng, 3)
    return mixture(w.tolist(), laws), blend(shares(w), masses)


def images(rng: Rng, k: int) -> Case:
    law, mass = plain_mixtures(rng, k) if rng.random() < 0.5 else plain_logs(rng, k)
    return transformed(law, Affine(1.0, 2.0)), {(1 + 2 * a,): w for (a,), w in mass.items()}


def near(rng: Rng, k: int) -> tuple[Case, Case]:
    """Two laws that hardly differ, on atoms of any unit of length."""
    unit = 10.0 ** rng.choice([0.0, rng.uniform(-150, 150)])
    logs, size = random_logs(rng, k), 10.0 ** -rng.uniform(0, 17)
    atoms = np.unique(rng.normal(size=k)) * unit
    places = [(a,) for a in atoms.tolist()]
    moved = np.where(rng.random(k) < 0.5, logs, logs + size * rng.normal(size=k))
    laws = [FiniteLaw.from_logs(atoms, row) for row in (logs, moved)]
    return (laws[0], softmax(logs, places)), (laws[1], softmax(moved, places))


ON_THE_LINE = [plain_logs, plain_probs, torch_probs, torch_logits, torch_probs_32]
ON_THE_LINE += [torch_logits_32, torch_bernoulli, torch_bernoulli_32, torch_binomial]
ON_THE_LINE += [scipy_binomial, scipy_bernoulli, scipy_hypergeom, scipy_beta_binomial]
ON_THE_LINE += [scipy_table, scipy_decay, scipy_negative, scipy_uniform]
ON_THE_LINE += [torch_mixtures, plain_mixtures]
ALONE = [one_hot, multinomials, independent, products, images]


# ---- truth ------------------------------------------------------------------------------------


class Truth:
    """Every divergence of two tables of masses, by its definition."""

    def __init__(self, p: Mass, q: Mass):
        both = sorted({*p, *q})
        zero = mpf(0)
        self.pairs = [(p.get(a, zero), q.get(a, zero)) for a in both]
        self.places = both
        self.logs: dict[int, Any] = {}

    def total(self, term: Callable[[Any, Any], Any]) -> Any:
        """Σ term(p, q), inf if one is."""
        return mpmath.fsum(term(a, b) for a, b in self.pairs)

    def kl(self, swap: bool = False) -> Any:
        """Σ p log(p/q)."""
        return self.total(lambda a, b: _kl(b, a) if swap else _kl(a, b))

    def affinity(self, order: float) -> Any:
        """Σ p^α q^(1−α)."""
        a0 = mpf(order)
        return self.total(lambda a, b: _power(a, b, a0))

    def js(self, w: float = 0.5) -> Any:
        """The weighted Jensen–Shannon divergence."""
        w = mpf(w)
        return self.total(
            lambda a, b: w * _kl(a, w * a + (1 - w) * b) + (1 - w) * _kl(b, w * a + (1 - w) * b)
        )

    def alpha(self, order: float) -> Any:
        """(ρ − 1)/(α(α − 1))."""
        a = mpf(order)
        return (self.affinity(order) - 1) / (a * (a - 1))

    def renyi(self, order: float) -> Any:
        """log ρ/(α − 1)."""
        rho = self.affinity(order)
        if rho in (0, mpmath.inf):
            return mpmath.inf
        return mpmath.log(rho) / (mpf(order) - 1)

    def metric(self, name: str) -> Any:
        """W1, W2, energy, MMD."""
        d = [(mpf(x[0]), a - b) for x, (a, b) in zip(self.places, self.pairs, strict=True)]
        if name in ("energy", "mmd"):
            kernel = (
                (lambda r: -abs(r)) if name == "energy" else (lambda r: mpmath.exp(-r * r / 2))
            )
            return mpmath.fsum(u * v * kernel(x - y) for x, u in d for y, v in d)
        if name == "w1":
            lead, value = mpf(0), mpf(0)
            for (x, u), (y, _) in itertools.pairwise(d):
                lead += u
                value += abs(lead) * (y - x)
            return value
        return mpmath.sqrt(self._w2())

    def _w2(self) -> Any:
        left = [[x, a] for x, (a, _) in zip(self.places, self.pairs, strict=True) if a > 0]
        right = [[x, b] for x, (_, b) in zip(self.places, self.pairs, strict=True) if b > 0]
        value, i, j = mpf(0), 0, 0
        while i < len(left) and j < len(right):
            step = min(left[i][1], right[j][1])
            value += step * (mpf(left[i][0][0]) - mpf(right[j][0][0])) ** 2
            left[i][1] -= step
            right[j][1] -= step
            i, j = i + (left[i][1] <= 0), j + (right[j][1] <= 0)
        return value

    def of(self, kind: str) -> Any:
        """The divergence of this name."""
        if kind in METRICS:
            return self.metric(kind)
        name, _, rest = kind.partition("(")
        order = float(rest[:-1]) if rest else 0.5
        h2 = "hellinger2", "squared_hellinger", "hellinger", "bhattacharyya"
        if name in h2:
            rho = self.affinity(0.5)
            value = 1 - rho
            return {
                "hellinger2": value,
                "squared_hellinger": 2 * value,
                "hellinger": mpmath.sqrt(max(value, mpf(0))),
                "bhattacharyya": -mpmath.log(rho) if rho > 0 else mpmath.inf,
            }[name]
        table: dict[str, Callable[[], Any]] = {
            "kl": self.kl,
            "reverse_kl": lambda: self.kl(True),
            "jeffreys": lambda: self.kl() + self.kl(True),
            "js": self.js,
            "weighted_js": lambda: self.js(order),
            "js_fgan": lambda: 2 * self.js(),
            "gan": lambda: 2 * self.js() - 2 * mpmath.log(2),
            "js_distance": lambda: mpmath.sqrt(max(self.js(), mpf(0))),
            "tv": lambda: self.total(lambda a, b: abs(a - b) / 2),
            "chi2": lambda: self.affinity(2) - 1,
            "neyman": lambda: self.affinity(-1) - 1,
            "triangular": lambda: self.total(lambda a, b: (a - b) ** 2 / (a + b)),
            "alpha": lambda: self.alpha(order),
            "renyi": lambda: self.renyi(order),
        }
        return table[name]()


def _minus_distance(r: Any) -> Any:
    return -abs(r)


def _gaussian(r: Any) -> Any:
    return mpmath.exp(-r * r / 2)


def _kl(a: Any, b: Any) -> Any:
    if a == 0:
        return mpf(0)
    return mpmath.inf if b == 0 else a * mpmath.log(a / b)


def _power(a: Any, b: Any, order: Any) -> Any:
    if a > 0 and b > 0:
        return a**order * b ** (1 - order)
    if (a > 0 and order > 1) or (b > 0 and order < 0):
        return mpmath.inf
    return mpf(0)


# ---- the search -------------------------------------------------------------------------------


def verdict(result: Any, truth: Any) -> str:
    """Whether a value is right, flagged or silent."""
    if result.one_sided is not None or math.isinf(result.error):
        low = mpf(result.interval[0]) <= truth * (1 + mpf(10) ** -40)
        return "flagged" if low or result.one_sided is None else "silent"
    if math.isinf(result.value):
        return "right" if mpmath.isinf(truth) else "silent"
    if mpmath.isinf(truth):
        return "silent"
    slack = mpf(10) ** (-DIGITS // 2)  # a root of the truth's own rounding
    return "right" if abs(mpf(result.value) - truth) <= result.error + slack else "silent"


def draw(rng: Rng) -> tuple[str, Case, Case]:
    """Two laws on points of one dimension."""
    k = int(rng.integers(2, 7))
    if rng.random() < 0.1:
        return "near", *near(rng, k)
    if rng.random() < 0.3:
        make = ALONE[rng.integers(len(ALONE))]
        return make.__name__, make(rng, k), make(rng, k)
    first = ON_THE_LINE[rng.integers(len(ON_THE_LINE))]
    other = first if rng.random() < 0.6 else ON_THE_LINE[rng.integers(len(ON_THE_LINE))]
    return f"{first.__name__} / {other.__name__}", first(rng, k), other(rng, k)


def search(cases: int, seed: int, show: Callable[[str], None] = print) -> Counter[str]:
    """Count the verdicts over all cases and divergences."""
    found: Counter[str] = Counter()
    with mpmath.workdps(DIGITS):
        for case in range(cases):
            rng = np.random.default_rng([seed, case])
            name, (p, mass_p), (q, mass_q) = draw(rng)
            for kind, outcome, words in outcomes(p, q, mass_p, mass_q, rng):
                found[outcome] += 1
                if outcome in ("silent", "crash"):
                    show(f"case {case}: {name}: {kind}: {outcome}: {words}")
    return found


def outcomes(p: Any, q: Any, mass_p: Mass, mass_q: Mass, rng: Rng) -> Any:
    """(divergence, verdict, words) of one pair."""
    truth = Truth(mass_p, mass_q)
    small = len(truth.places) <= MOST_PAIRED
    line = small and len(truth.places[0]) == 1
    kinds = KINDS + METRICS if line else list(KINDS)
    kinds = kinds if small else rng.permutation(kinds)[:4].tolist()
    for kind in kinds:
        wanted = truth.of(kind)
        try:
            by_definition = kind == "gan" and rng.random() < 0.5
            result = divkit.gan_value(p, q) if by_definition else divkit.divergence(p, q, kind)
        except ValueError as refusal:
            yield kind, "refused", str(refusal)
            continue
        except Exception as fault:
            yield kind, "crash", f"{type(fault).__name__}: {fault}; p = {p}, q = {q}"
            continue
        words = f"{result!r} against {mpmath.nstr(wanted, 20)}"
        yield kind, verdict(result, wanted), words


def main() -> int:
    """Run the search and print the counts; status 1 if anything is silent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found = search(options.cases, options.seed)
    print(f"{options.cases} pairs, seed {options.seed}:")
    for outcome, count in sorted(found.items()):
        print(f"  {outcome:8} {count}")
    return 1 if found["silent"] or found["crash"] else 0


if __name__ == "__main__":
    sys.exit(main())
