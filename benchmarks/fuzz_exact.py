"""Native laws with extreme parameters through every divergence and method: no NaN, no bare inf.

Locations and scales from 1e-300 to 1e300, shapes from 1e-3 to 1e3, ordinary ones among them. A
case is

    number    a finite value with a finite error;
    told      an infinite value or error, with its reason or a warning;
    refused   a ValueError or TypeError that says what to do;
    broken    anything else: NaN, an untold infinity, another exception. There may be none.

    python benchmarks/fuzz_exact.py --cases 500 --seed 0
"""

from __future__ import annotations

import argparse
import collections
import math
import time
import warnings

import numpy as np

import divkit
from divkit.distributions.parse import parse_law

KINDS = (
    "kl", "rkl", "js", "tv", "hellinger2", "chi2", "alpha(0.3)", "alpha(3)", "renyi(0.5)",
    "renyi(2)", "bhattacharyya", "jeffreys", "w1", "w2", "energy", "mmd",
)  # fmt: skip
METRICS = ("w1", "w2", "energy", "mmd")
METHODS = ("auto", "symbolic", "closed_form", "quadrature", "qmc", "distribution_free", "affinity")
FAMILIES = {
    "normal": "ls", "laplace": "ls", "logistic": "ls", "cauchy": "ls", "gumbel": "ls",
    "student_t": "als", "uniform": "u", "exponential": "s", "gamma": "as", "beta": "aa",
    "lognormal": "mg", "pareto": "as",
}  # fmt: skip


def _size(rng, low, high):
    """A positive number: one time in two of ordinary size, else anywhere between the powers."""
    if rng.random() < 0.5:
        return float(np.round(np.exp(rng.normal()), 3)) + 1e-3
    return float(10.0 ** rng.uniform(low, high))


def _number(rng, code):
    if code == "l":
        return float(rng.choice([-1.0, 0.0, 1.0])) * _size(rng, -300, 300)
    if code == "m":
        return float(rng.uniform(-650, 650)) if rng.random() < 0.3 else float(rng.normal())
    if code == "g":
        return _size(rng, -4, 1.5)
    return _size(rng, -300, 300) if code == "s" else _size(rng, -3, 3)


def law_of(rng):
    """An expression of a law."""
    name = str(rng.choice(list(FAMILIES)))
    code = FAMILIES[name]
    if code == "u":
        low, width = _number(rng, "l"), _number(rng, "s")
        numbers = [low, low + width]
    else:
        numbers = [_number(rng, c) for c in code]
    return f"{name}({', '.join(map(repr, numbers))})"


def verdict(words_p, words_q, kind, method):
    """One case: what it is, and what came."""
    try:
        p, q = parse_law(words_p), parse_law(words_q)
        options = {"n": 256} if method == "distribution_free" else {}
        found = divkit.divergence(p, q, kind, method, **options)
    except (ValueError, TypeError) as error:
        return "refused", f"{type(error).__name__}: {error}"
    except Exception as error:
        return "broken", f"{type(error).__name__}: {error}"
    numbers = (found.value, found.error, *found.interval)
    if any(map(math.isnan, numbers)):
        return "broken", found
    if math.isinf(found.value) or math.isinf(found.error):
        return ("told" if found.reason or found.warnings else "broken"), found
    return "number", found


def case(seed, index):
    """The words of one case, the same whatever comes before it."""
    rng = np.random.default_rng([seed, index])
    kind, method = str(rng.choice(KINDS)), str(rng.choice(METHODS))
    if kind in METRICS:
        method = "auto"
    return law_of(rng), law_of(rng), kind, method


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("error")
    counts, slowest = collections.Counter(), (0.0, None)
    for index in range(options.cases):
        words = case(options.seed, index)
        start = time.process_time()
        kind, found = verdict(*words)
        counts[kind] += 1
        slowest = max(slowest, (time.process_time() - start, words))
        if kind == "broken":
            print(f"broken {words}: {str(found)[:300]}", flush=True)
    print("  ".join(f"{k} {counts[k]}" for k in ("number", "told", "refused", "broken")))
    print(f"slowest {slowest[0]:.2f} CPU s: {slowest[1]}")


if __name__ == "__main__":
    main()
