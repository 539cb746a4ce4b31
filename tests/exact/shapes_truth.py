"""Divergences of laws on circles, spheres, simplices and matrices by mpmath.

Textbook densities, and nothing that divkit shares: integrals are over a statistic that is
sufficient for the pair.
"""

import itertools

import mpmath as mp

mp.mp.dps = 30


def integrand(kind, p, q):
    if kind == "kl":
        return p * mp.log(p / q) if p > 0 else mp.mpf(0)
    if kind == "js":
        total = mp.mpf(0)
        for x in (p, q):
            total += x * mp.log(2 * x / (p + q)) / 2 if x > 0 else 0
        return total
    if kind == "hellinger2":
        return (mp.sqrt(p) - mp.sqrt(q)) ** 2 / 2
    if kind == "chi2":
        return (p - q) ** 2 / q
    return abs(p - q) / 2  # tv


def on_line(kind, p, q, points, kinks=()):
    """∫ over [points[0], points[-1]], cut at the points and the kinks."""
    cuts = sorted({*map(mp.mpf, points), *map(mp.mpf, kinks)})
    return mp.quad(lambda x: integrand(kind, p(x), q(x)), cuts)


def over_atoms(kind, p, q):
    """Σ over two tables {atom: probability}."""
    every = {*p, *q}
    return mp.fsum(integrand(kind, p.get(x, mp.mpf(0)), q.get(x, mp.mpf(0))) for x in every)


def von_mises(loc, kappa):
    loc, kappa = mp.mpf(loc), mp.mpf(kappa)
    norm = 2 * mp.pi * mp.besseli(0, kappa)
    return lambda x: mp.exp(kappa * mp.cos(x - loc)) / norm


def wrapped_cauchy(loc, rho):
    loc, rho = mp.mpf(loc), mp.mpf(rho)
    return lambda x: (1 - rho**2) / (2 * mp.pi * (1 + rho**2 - 2 * rho * mp.cos(x - loc)))


def height(kappa, d):
    """The density of ⟨μ, x⟩ under von Mises–Fisher in R^d."""
    kappa, power = mp.mpf(kappa), mp.mpf(d - 3) / 2

    def shape(t):
        return mp.exp(kappa * (t - 1)) * ((1 - t) * (1 + t)) ** power

    nu = mp.mpf(d) / 2 - 1
    norm = mp.sqrt(mp.pi) * mp.gamma(nu + 0.5) * (2 / kappa) ** nu * mp.besseli(nu, kappa)
    norm *= mp.exp(-kappa)
    return lambda t: shape(t) / norm


def gamma_law(shape, rate):
    shape, rate = mp.mpf(shape), mp.mpf(rate)
    norm = rate**shape / mp.gamma(shape)
    return lambda x: norm * x ** (shape - 1) * mp.exp(-rate * x)


def beta_law(a, b):
    a, b = mp.mpf(a), mp.mpf(b)
    norm = mp.beta(a, b)
    return lambda x: x ** (a - 1) * (1 - x) ** (b - 1) / norm


def counts(n, cells):
    for bars in itertools.combinations(range(n + cells - 1), cells - 1):
        ends = (-1, *bars, n + cells - 1)
        yield tuple(b - a - 1 for a, b in itertools.pairwise(ends))


def multinomial(n, probs):
    total = mp.fsum(probs)
    return {
        x: mp.factorial(n)
        * mp.fprod(
            (mp.mpf(p) / total) ** k / mp.factorial(k) for p, k in zip(probs, x, strict=True)
        )
        for x in counts(n, len(probs))
    }


def dirichlet_multinomial(n, sizes):
    total = mp.fsum(sizes)
    return {
        x: mp.factorial(n)
        / mp.rf(total, n)
        * mp.fprod(mp.rf(mp.mpf(a), k) / mp.factorial(k) for a, k in zip(sizes, x, strict=True))
        for x in counts(n, len(sizes))
    }


def hypergeometric(kinds, n):
    table = {
        x: mp.fprod(mp.binomial(m, k) for m, k in zip(kinds, x, strict=True))
        / mp.binomial(sum(kinds), n)
        for x in counts(n, len(kinds))
        if all(k <= m for m, k in zip(kinds, x, strict=True))
    }
    return {x: p for x, p in table.items() if p > 0}


def dirichlet_kl(a, b):
    a, b = [mp.mpf(x) for x in a], [mp.mpf(x) for x in b]
    logs = mp.loggamma(mp.fsum(a)) - mp.loggamma(mp.fsum(b))
    logs += mp.fsum(mp.loggamma(y) - mp.loggamma(x) for x, y in zip(a, b, strict=True))
    top = mp.digamma(mp.fsum(a))
    return logs + mp.fsum((x - y) * (mp.digamma(x) - top) for x, y in zip(a, b, strict=True))


def dirichlet_affinity(a, b, order):
    order = mp.mpf(order)
    mixed = [order * mp.mpf(x) + (1 - order) * mp.mpf(y) for x, y in zip(a, b, strict=True)]

    def log_beta(c):
        return mp.fsum(map(mp.loggamma, c)) - mp.loggamma(mp.fsum(c))

    a, b = [mp.mpf(x) for x in a], [mp.mpf(x) for x in b]
    return mp.exp(log_beta(mixed) - order * log_beta(a) - (1 - order) * log_beta(b))


def wishart_kl(df_p, v, df_q, w):
    """½[ν_q (log|W| − log|V|) + ν_p tr(W⁻¹V) − ν_p n] + log Γ_n(ν_q/2)/Γ_n(ν_p/2) + …"""
    n = len(v)
    v, w = mp.matrix(v), mp.matrix(w)
    half_p, half_q = mp.mpf(df_p) / 2, mp.mpf(df_q) / 2
    product = mp.inverse(w) * v
    trace = mp.fsum(product[i, i] for i in range(n))
    gammas = mp.fsum(
        mp.loggamma(half_q - mp.mpf(j) / 2) - mp.loggamma(half_p - mp.mpf(j) / 2) for j in range(n)
    )
    psi = mp.fsum(mp.digamma(half_p - mp.mpf(j) / 2) for j in range(n))
    return (
        half_q * mp.log(mp.det(w) / mp.det(v))
        + half_p * (trace - n)
        + gammas
        + (half_p - half_q) * psi
    )
