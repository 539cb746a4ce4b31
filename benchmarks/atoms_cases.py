"""Random finite laws as users write them, each beside its table of masses.

A maker takes a generator and a number of atoms, which some ignore.
"""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import scipy.stats as ss
from atoms_masses import (
    Mass,
    binomial,
    blend,
    counts,
    outer,
    shares,
    softmax,
    softmax_binomial,
)
from atoms_numbers import (
    Rng,
    random_logit,
    random_logs,
    random_p,
    random_probs,
    t32,
    t64,
    trials,
)
from mpmath import mpf
from torch import distributions as td

import divkit
from divkit.distributions import Affine, FiniteLaw, Product, mixture, transformed
from divkit.distributions.compose.mixture import mixture_from_logs

Case = tuple[Any, Mass]


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


def torch_binomial(rng: Rng, k: int) -> Case:
    n = trials(rng)
    if rng.random() < 0.6:
        p = random_p(rng)
        return td.Binomial(n, t64(p)), binomial(n, p)
    l = random_logit(rng)
    return td.Binomial(n, logits=t64(l)), softmax_binomial(n, l)


def independent(rng: Rng, k: int) -> Case:
    ps = [random_p(rng) for _ in range(3)]
    if rng.random() < 0.5:
        return td.Independent(td.Bernoulli(t64(ps)), 1), outer(*(binomial(1, p) for p in ps))
    ls = [random_logit(rng) for _ in range(3)]
    law = td.Independent(td.Bernoulli(logits=t64(ls)), 1)
    return law, outer(*(softmax([0.0, l]) for l in ls))


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


def products(rng: Rng, k: int) -> Case:
    made = [plain_logs(rng, k), plain_probs(rng, 3)]
    laws, masses = zip(*made, strict=True)
    return Product(laws), outer(*masses)


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
