"""Random pairs of laws on circles, spheres, simplices, matrices and flats, and of counts.

What is known of each without divkit: logs under a rule, logs at draws, or formulas in mpmath.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np
import scipy.stats as ss
import torch
import torch.distributions as td
from scipy import special

mp.mp.dps = 40
DRAWS, ANGLES = 40_000, 2**18
Rng = np.random.Generator


@dataclass
class Case:
    """Two laws as their libraries have them, and what is known of them without divkit.

    `weighted` holds log p, log q (N,) and log weights of a rule; `drawn` log p and log q at draws
    of p and at draws of q; `formula` a divergence's value where a formula gives it.
    """

    p: Any
    q: Any
    weighted: tuple[Any, Any, Any] | None = None
    drawn: tuple[Any, Any, Any, Any] | None = None
    formula: Callable[[str], Any] | None = None


# ---------------------------------------------------------------- the circle and the sphere


def angles() -> Any:
    return -np.longdouble(np.pi) + 2 * np.longdouble(np.pi) * np.arange(ANGLES) / ANGLES


def on_circle(p: Any, q: Any, log_p: Any, log_q: Any) -> Case:
    step = 2 * np.longdouble(np.pi) / ANGLES
    logs = []
    for log in (log_p(angles()), log_q(angles())):
        top = log.max()
        logs.append(log - top - np.log(np.exp(log - top).sum() * step))
    return Case(p, q, weighted=(logs[0], logs[1], step))


def von_mises(rng: Rng) -> Case:
    kappa = np.exp(rng.uniform(-5, 9, 2))
    loc = rng.uniform(-4, 4) + np.array([0.0, rng.normal() / math.sqrt(kappa.max() + 1)])
    make = (
        (lambda k, m: ss.vonmises(k, loc=m))
        if rng.random() < 0.5
        else (lambda k, m: td.VonMises(*(torch.tensor(x, dtype=torch.float64) for x in (m, k))))
    )
    laws = [make(float(k), float(m)) for k, m in zip(kappa, loc, strict=True)]
    logs = [
        lambda x, k=k, m=m: -2 * k * np.sin((x - m) / 2) ** 2
        for k, m in zip(kappa, loc, strict=True)
    ]
    return on_circle(*laws, *logs)


def wrapped_cauchy(rng: Rng) -> Case:
    from divkit.distributions import WrappedCauchy

    rho = 1 - np.exp(rng.uniform(-7, -0.05, 2))
    loc = rng.uniform(-4, 4) + np.array([0.0, rng.normal() * (1 - rho.min())])
    laws = [WrappedCauchy(float(m), float(r)) for m, r in zip(loc, rho, strict=True)]
    logs = [
        lambda x, r=r, m=m: -np.log((1 - r) ** 2 + 4 * r * np.sin((x - m) / 2) ** 2)
        for r, m in zip(rho.astype(np.longdouble), loc, strict=True)
    ]
    return on_circle(*laws, *logs)


def sphere(rng: Rng) -> Case:
    d = int(rng.integers(3, 12))
    mu, nu = rng.normal(size=(2, d))
    mu, nu = mu / np.linalg.norm(mu), nu / np.linalg.norm(nu)
    k, l = np.exp(rng.uniform(-3, 3.5, 2))
    s, w = special.roots_jacobi(160, (d - 4) / 2, 0)
    radius, phi = np.sqrt((s + 1) / 2), np.arange(400) * 2 * np.pi / 400
    cosine = float(mu @ nu)
    x, y = radius[:, None] * np.cos(phi), radius[:, None] * np.sin(phi)
    logs = [k * x, l * (cosine * x + math.sqrt(max(1 - cosine**2, 0)) * y)]
    weight = np.repeat(w, len(phi))
    flat = [(log - np.log((np.exp(log).sum(axis=1) * w).sum())).reshape(-1) for log in logs]
    return Case(ss.vonmises_fisher(mu, k), ss.vonmises_fisher(nu, l), weighted=(*flat, weight))


# ---------------------------------------------------------------- draws and formulas


def by_draws(p: Any, q: Any, log_p: Any, log_q: Any, x: Any, y: Any, formula: Any = None) -> Case:
    logs = tuple(np.asarray(f(z), dtype=float) for z in (x, y) for f in (log_p, log_q))
    return Case(p, q, drawn=logs, formula=formula)  # type: ignore[arg-type]


def exponential(normaliser: Any, theta: Any, eta: Any, mean: Any, inside: Any) -> Any:
    """Divergences of an exponential family from its log normaliser in mpmath."""

    def value(kind: str) -> Any:
        a, b = normaliser(theta), normaliser(eta)
        if kind == "kl":
            steps = zip(theta, eta, mean(theta), strict=True)
            return b - a - mp.fsum((y - x) * m for x, y, m in steps)
        orders = {"hellinger2": mp.mpf(1) / 2, "chi2": 2, "renyi(0.7)": mp.mpf(0.7), "renyi(2)": 2}
        if kind not in orders:
            return None
        order = orders[kind]
        mixed = [order * x + (1 - order) * y for x, y in zip(theta, eta, strict=True)]
        if not inside(mixed):
            return mp.inf
        log = normaliser(mixed) - order * a - (1 - order) * b
        if kind == "hellinger2":
            return 1 - mp.exp(log)
        return mp.expm1(log) if kind == "chi2" else log / (order - 1)

    return value


def dirichlet(rng: Rng) -> Case:
    k = int(rng.integers(2, 7))
    a, b = np.exp(rng.uniform(-1.5, 3, (2, k)))
    if rng.random() < 0.3:
        b = a * np.exp(rng.normal(size=k) * 1e-3)
    laws = [ss.dirichlet(c) for c in (a, b)]

    def log_density(c: Any) -> Any:
        norm = special.gammaln(c.sum()) - special.gammaln(c).sum()
        return lambda x: norm + special.xlogy(c - 1, x).sum(axis=1)

    x, y = (np.maximum(rng.dirichlet(c, DRAWS), 1e-300) for c in (a, b))

    def normaliser(c: Any) -> Any:
        return mp.fsum(map(mp.loggamma, c)) - mp.loggamma(mp.fsum(c))

    def mean(c: Any) -> Any:
        top = mp.digamma(mp.fsum(c))
        return [mp.digamma(v) - top for v in c]

    theta, eta = ([mp.mpf(float(v)) for v in c] for c in (a, b))
    known = exponential(normaliser, theta, eta, mean, lambda c: min(c) > 0)
    return by_draws(*laws, log_density(a), log_density(b), x, y, known)


def definite(rng: Rng, n: int) -> Any:
    root = rng.normal(size=(n, n))
    return np.round(root @ root.T + 0.3 * np.eye(n), 3)


def wishart(rng: Rng) -> Case:
    n = int(rng.integers(1, 5))
    kind = ss.wishart if rng.random() < 0.5 else ss.invwishart
    v = definite(rng, n)
    w = definite(rng, n) if rng.random() < 0.7 else v
    df = n - 1 + np.exp(rng.uniform(-1, 3, 2))
    p, q = kind(df[0], v), kind(df[1], w)
    x, y = (law.rvs(DRAWS // 2, random_state=rng).reshape(-1, n, n) for law in (p, q))
    x, y = (z[np.linalg.slogdet(z)[0] > 0] for z in (x, y))  # but for one rounded to singular

    def log_density(nu: float, scale: Any) -> Any:
        norm = nu * n / 2 * math.log(2) + special.multigammaln(nu / 2, n)
        log_scale = np.linalg.slogdet(scale)[1]

        def of(z: Any) -> Any:
            logs = np.linalg.slogdet(z)[1]
            if kind is ss.wishart:
                trace = np.trace(np.linalg.solve(scale, z), axis1=1, axis2=2)
                return (nu - n - 1) / 2 * logs - trace / 2 - nu / 2 * log_scale - norm
            trace = np.trace(scale @ np.linalg.inv(z), axis1=1, axis2=2)
            return -(nu + n + 1) / 2 * logs - trace / 2 + nu / 2 * log_scale - norm

        return of

    logs = [log_density(float(f), m) for f, m in zip(df, (v, w), strict=True)]

    def kl(which: str) -> Any:
        if which != "kl":
            return None
        rates = [mp.matrix(m.tolist()) for m in (v, w)]
        if kind is ss.wishart:
            rates = [mp.inverse(m) for m in rates]
        half = [mp.mpf(float(f)) / 2 for f in df]
        spread = rates[1] * mp.inverse(rates[0])
        trace = mp.fsum(spread[i, i] for i in range(n))
        gammas = [mp.fsum(mp.loggamma(h - mp.mpf(j) / 2) for j in range(n)) for h in half]
        psi = mp.fsum(mp.digamma(half[0] - mp.mpf(j) / 2) for j in range(n))
        log = mp.log(mp.det(rates[0]) / mp.det(rates[1]))
        shapes = gammas[1] - gammas[0] + (half[0] - half[1]) * psi
        return half[1] * log + half[0] * (trace - n) + shapes

    return by_draws(p, q, *logs, x, y, kl)


def lkj(rng: Rng) -> Case:
    n, eta = int(rng.integers(2, 6)), np.exp(rng.uniform(-1.5, 2, 2))
    p, q = (td.LKJCholesky(n, torch.tensor(e, dtype=torch.float64)) for e in eta)
    k = np.arange(1, n)  # torch's own draws of order 3 and more do not follow its density
    x, y = (rng.beta(e + (n - 1 - k) / 2, k / 2, (DRAWS, n - 1)) for e in eta)

    def log_density(e: float) -> Any:
        powers = np.arange(n - 2, -1, -1) + 2 * (e - 1)
        gammas = special.gammaln(e + (n - 1 - k) / 2) - special.gammaln(e + (n - 1) / 2)
        norm = (0.5 * k * math.log(math.pi) + gammas).sum()
        return lambda z: 0.5 * np.log(np.maximum(z, 1e-300)) @ powers - norm

    def normaliser(t: Any) -> Any:
        inner = mp.fsum(mp.loggamma(t[0] + mp.mpf(n - 1 - k) / 2) for k in range(1, n))
        return inner - (n - 1) * mp.loggamma(t[0] + mp.mpf(n - 1) / 2)

    def mean(t: Any) -> Any:
        inner = mp.fsum(mp.digamma(t[0] + mp.mpf(n - 1 - k) / 2) for k in range(1, n))
        return [inner - (n - 1) * mp.digamma(t[0] + mp.mpf(n - 1) / 2)]

    known = exponential(normaliser, *([mp.mpf(float(e))] for e in eta), mean, lambda t: t[0] > 0)
    return by_draws(p, q, *map(log_density, eta), x, y, known)


def matrix_normal(rng: Rng) -> Case:
    m, n = (int(v) for v in rng.integers(1, 4, 2))
    laws = [
        ss.matrix_normal(rng.normal(size=(m, n)), definite(rng, m), definite(rng, n))
        for _ in range(2)
    ]
    x, y = (law.rvs(DRAWS, random_state=rng).reshape(-1, m, n) for law in laws)
    return by_draws(*laws, laws[0].logpdf, laws[1].logpdf, x, y)


def singular(rng: Rng) -> Case:
    d = int(rng.integers(2, 5))
    r = int(rng.integers(1, d))
    factor = rng.integers(-3, 4, (d, r)).astype(float)
    factor[:r] += 4 * np.eye(r)
    inner = [np.round(4 * definite(rng, r)) + 2 * np.eye(r) for _ in range(2)]
    shift = factor @ rng.integers(-1, 2, r)
    laws = [
        ss.multivariate_normal(loc, factor @ c @ factor.T, allow_singular=True, seed=rng)
        for loc, c in zip((np.zeros(d), shift), inner, strict=True)
    ]
    x, y = (np.reshape(law.rvs(DRAWS), (-1, d)) for law in laws)

    def log_density(law: Any) -> Any:
        cov, loc = law.cov_object.covariance, law.mean
        values, axes = np.linalg.eigh(cov)
        kept = values > 1e-9 * values.max()
        norm = 0.5 * (np.log(values[kept]).sum() + kept.sum() * math.log(2 * math.pi))
        scaled = axes[:, kept] / np.sqrt(values[kept])
        return lambda z: -0.5 * (((z - loc) @ scaled) ** 2).sum(axis=1) - norm

    return by_draws(*laws, *map(log_density, laws), x, y)


def relaxed(rng: Rng) -> Case:
    k = int(rng.integers(2, 5))
    heat = np.exp(rng.uniform(-0.7, 1, 2)) if rng.random() < 0.5 else [0.8, 0.8]
    p, q = (
        td.RelaxedOneHotCategorical(
            torch.tensor(t, dtype=torch.float64), logits=torch.from_numpy(rng.normal(size=k))
        )
        for t in heat
    )
    return _torch_pair(rng, p, q)


def logistic_normal(rng: Rng) -> Case:
    k = int(rng.integers(1, 4))
    p, q = (
        td.LogisticNormal(*map(torch.from_numpy, (rng.normal(size=k), rng.uniform(0.3, 3, k))))
        for _ in range(2)
    )
    return _torch_pair(rng, p, q)


def mixed_simplex(rng: Rng) -> Case:
    k = int(rng.integers(2, 4))
    p = td.Dirichlet(torch.from_numpy(np.exp(rng.uniform(0, 2, k))))
    q = td.LogisticNormal(torch.from_numpy(rng.normal(size=k - 1)), torch.ones(k - 1).double())
    return _torch_pair(rng, p, q)


def _torch_pair(rng: Rng, p: Any, q: Any) -> Case:
    torch.manual_seed(int(rng.integers(2**31)))
    with torch.no_grad():
        x, y = (law.sample((DRAWS,)).clamp(min=1e-290) for law in (p, q))
        x, y = (z / z.sum(dim=1, keepdim=True) for z in (x, y))
        logs = (lambda z, law=law: law.log_prob(z).numpy() for law in (p, q))
        return by_draws(p, q, *logs, x, y)


def coins(rng: Rng) -> Case:
    d = int(rng.choice([5, 18, 30, 200]))
    a = rng.uniform(0.05, 0.95, d)
    b = a + rng.uniform(-1, 1, d) * 0.3 * np.minimum(a, 1 - a) / math.sqrt(d / 5)
    p, q = (td.Independent(td.Bernoulli(torch.from_numpy(c)), 1) for c in (a, b))
    x, y = ((rng.random((DRAWS, d)) < c).astype(float) for c in (a, b))
    logs = [lambda z, c=c: z @ np.log(c) + (1 - z) @ np.log1p(-c) for c in (a, b)]

    def known(kind: str) -> Any:
        both = [(mp.mpf(u), mp.mpf(v)) for u, v in zip(a, b, strict=True)]
        pairs = [[(u, v), (1 - u, 1 - v)] for u, v in both]
        if kind == "kl":
            return mp.fsum(u * mp.log(u / v) for pair in pairs for u, v in pair)
        orders = {"hellinger2": mp.mpf(1) / 2, "chi2": 2, "renyi(0.7)": mp.mpf(0.7), "renyi(2)": 2}
        if kind not in orders:
            return None
        order = orders[kind]
        powers = ([u**order * v ** (1 - order) for u, v in pair] for pair in pairs)
        log = mp.fsum(mp.log(mp.fsum(each)) for each in powers)
        if kind == "hellinger2":
            return 1 - mp.exp(log)
        return mp.expm1(log) if kind == "chi2" else log / (order - 1)

    return by_draws(p, q, *logs, x, y, known)


# ---------------------------------------------------------------- counts


def vectors(n: int, cells: int) -> Any:
    for bars in itertools.combinations(range(n + cells - 1), cells - 1):
        ends = (-1, *bars, n + cells - 1)
        yield [b - a - 1 for a, b in itertools.pairwise(ends)]


def product_of(x: list[int], sizes: Any, weight: Callable[[Any, int], Any]) -> Any:
    return mp.fsum(mp.log(weight(s, v)) for s, v in zip(sizes, x, strict=True))


def power(share: Any, v: int) -> Any:
    return share**v / mp.factorial(v)


def rising(size: Any, v: int) -> Any:
    return mp.rf(size, v) / mp.factorial(v)


def counts(rng: Rng) -> Case:
    n, k = int(rng.integers(1, 13)), int(rng.integers(2, 4))
    which = int(rng.integers(3))
    if which == 0:
        laws = [ss.multinomial(n, s) for s in rng.dirichlet(np.ones(k), 2)]
        weight, sizes = power, [law.p for law in laws]
    elif which == 1:
        sizes = list(np.exp(rng.uniform(-2, 2, (2, k))))
        laws, weight = [ss.dirichlet_multinomial(a, n) for a in sizes], rising
    else:
        sizes = list(rng.integers(n, 3 * n + 5, (2, k)))
        laws, weight = [ss.multivariate_hypergeom(m, n) for m in sizes], mp.binomial
    points = list(vectors(n, k))
    tables = []
    for own in sizes:
        exact = [mp.mpf(float(s)) for s in own]
        total = mp.log(weight(mp.fsum(exact), n))
        logs = [product_of(x, exact, weight) - total for x in points]
        tables.append(np.array([np.longdouble(str(log)) for log in logs]))
    return Case(*laws, weighted=(*tables, np.ones(len(points))))


FAMILIES: dict[str, Callable[[Rng], Case]] = {
    each.__name__: each
    for each in (
        von_mises, wrapped_cauchy, sphere, dirichlet, wishart, lkj, matrix_normal, singular,
        relaxed, logistic_normal, mixed_simplex, coins, counts,
    )
}  # fmt: skip
