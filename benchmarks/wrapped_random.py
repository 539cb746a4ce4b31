"""SciPy's and torch's continuous catalogues in pairs, against independent truth.

Every family of scipy.stats in its standard shapes, and torch's: against a shifted and scaled
self, a matched normal law, and heavy and light neighbours on its support; KL both ways, JS and
squared Hellinger. A case is

    right     the truth lies within the stated error (an infinity: proved, with its reason);
    flagged   one-sided, or an infinite error;
    refused   an error says what to do;
    unsettled a finite value where the truth's own quadrature does not settle: to be looked at;
    silent    none of these. There may be none.

    python benchmarks/wrapped_random.py --cases 600 --seed 0
"""

from __future__ import annotations

import argparse
import collections
import math
import time
import warnings

import numpy as np
import scipy.stats as ss
import torch
import torch.distributions as td
import wrapped_truth
from scipy.stats._distr_params import distcont

import divkit

VERDICTS = ("right", "flagged", "refused", "unsettled", "silent")
KINDS = ("kl", "rkl", "js", "hellinger2")
INTEGRATED = ("levy_stable", "studentized_range", "vonmises")


def t64(*values):
    return [torch.tensor(float(v), dtype=torch.float64) for v in values]


TORCH = [
    (lambda: td.Weibull(*t64(2, 1.5)), ("weibull_min", (1.5,), 0.0, 2.0)),
    (lambda: td.InverseGamma(*t64(2, 3)), ("invgamma", (2.0,), 0.0, 3.0)),
    (lambda: td.HalfNormal(*t64(2)), ("halfnorm", (), 0.0, 2.0)),
    (lambda: td.HalfCauchy(*t64(2)), ("halfcauchy", (), 0.0, 2.0)),
    (lambda: td.FisherSnedecor(*t64(5, 7)), ("f", (5.0, 7.0), 0.0, 1.0)),
    (lambda: td.Kumaraswamy(*t64(2, 3)), ("kumaraswamy", (2.0, 3.0), 0.0, 1.0)),
    (lambda: td.Gamma(*t64(2, 1)), ("gamma", (2.0,), 0.0, 1.0)),
    (lambda: td.Exponential(*t64(1)), ("expon", (), 0.0, 1.0)),
    (lambda: td.Beta(*t64(0.5, 2)), ("beta", (0.5, 2.0), 0.0, 1.0)),
    (lambda: td.LogNormal(*t64(0, 1)), ("lognorm", (1.0,), 0.0, 1.0)),
    (lambda: td.StudentT(*t64(4, 0, 1)), ("t", (4.0,), 0.0, 1.0)),
    (lambda: td.Gumbel(*t64(0, 1)), ("gumbel_r", (), 0.0, 1.0)),
    (lambda: td.Cauchy(*t64(0, 1)), ("cauchy", (), 0.0, 1.0)),
    (lambda: td.Laplace(*t64(0, 1)), ("laplace", (), 0.0, 1.0)),
    (lambda: td.GeneralizedPareto(*t64(0, 1, 0.3)), ("genpareto", (0.3,), 0.0, 1.0)),
    (lambda: _power(1.5, 2.0), ("weibull_min", (1.5,), 0.0, 2.0)),
    (lambda: _power(0.4, 1.0), ("weibull_min", (0.4,), 0.0, 1.0)),
    (lambda: _exp_of(td.Laplace(*t64(0, 0.5))), ("loglaplace", (2.0,), 0.0, 1.0)),
]


def _power(concentration, scale):
    power, factor = t64(1 / concentration, scale)
    steps = [td.PowerTransform(power), td.AffineTransform(t64(0)[0], factor)]
    return td.TransformedDistribution(td.Exponential(*t64(1)), steps)


def _exp_of(base):
    return td.TransformedDistribution(base, [td.ExpTransform()])


def scipy_law(name, shapes, loc, scale):
    return getattr(ss, name)(*shapes, loc=loc, scale=scale)


def neighbours(given):
    """Laws on the same support, a heavy one and a light one, as specifications."""
    low, high = (float(end) for end in given.support())
    center, spread = float(given.ppf(0.5)), float(given.ppf(0.75) - given.ppf(0.25))
    if math.isfinite(low) and math.isfinite(high):
        width = high - low
        yield "uniform", (), low, width
        yield "arcsine", (), low, width
        yield "semicircular", (), low + 0.5 * width, 0.5 * width
    elif math.isfinite(low):
        yield "lomax", (2.0,), low, center - low
        yield "halfcauchy", (), low, center - low
        yield "weibull_min", (2.0,), low, center - low
        yield "gamma", (2.0,), low, center - low
        yield "levy", (), low, center - low
    elif math.isinf(high):
        yield "t", (4.0,), center, spread
        yield "cauchy", (), center, spread
        yield "hypsecant", (), center, spread
        yield "logistic", (), center, spread
    mean, sd = given.mean(), given.std()
    if not (math.isfinite(mean) and math.isfinite(sd) and sd > 0):
        mean, sd = center, spread
    yield "norm", (), float(mean), float(sd)


def catalogue(names=None):
    """(object of p, specification of p, specification of q) of every pair, or of some families."""
    for name, shapes in distcont:
        if name in INTEGRATED or (names is not None and name not in names):
            continue
        given = getattr(ss, name)(*shapes)
        low, high = given.support()
        spread = float(given.ppf(0.75) - given.ppf(0.25))
        loc = 0.3 * spread if np.isinf([low, high]).all() else 0.0
        spec = (name, tuple(shapes), 0.0, 1.0)
        for other in [(name, tuple(shapes), loc, 1.3), *neighbours(given)]:
            yield given, spec, other
    for make, spec in TORCH:
        given = ss.beta(*spec[1]) if spec[0] == "kumaraswamy" else scipy_law(*spec)
        for other in neighbours(given):
            yield make(), spec, other


def judge(kind, p, p_spec, q_spec):
    """One case: its verdict, what came, the truth and its error, and CPU seconds."""
    start = time.process_time()
    try:
        q = scipy_law(*q_spec)
        a, b = (q, p) if kind == "rkl" else (p, q)
        found = divkit.divergence(a, b, "kl" if kind == "rkl" else kind)
    except (ValueError, TypeError) as error:
        return "refused", str(error)[:90], math.nan, math.nan, time.process_time() - start
    seconds = time.process_time() - start
    laws = [wrapped_truth.law(*spec) for spec in (p_spec, q_spec)]
    truth, slack = wrapped_truth.divergence(kind, *laws)
    if found.one_sided or math.isinf(found.error):
        lower = found.interval[0] <= truth + slack
        return "flagged" if lower else "silent", found, truth, slack, seconds
    if math.isinf(found.value):
        known = math.isinf(truth) or slack > 1e-3 * abs(truth)
        return "right" if known and found.reason else "silent", found, truth, slack, seconds
    if not slack < 1e-3 * (1e-3 + abs(truth)):
        return "unsettled", found, truth, slack, seconds
    right = abs(found.value - truth) <= found.error + slack
    return "right" if right else "silent", found, truth, slack, seconds


def main():
    plain = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--cases", type=int, default=600, help="how many; 0 is all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--show", default="silent,unsettled", help="verdicts to print, separated by commas"
    )
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    cases = [(kind, *pair) for pair in catalogue() for kind in KINDS]
    order = np.random.default_rng(options.seed).permutation(len(cases))
    counts, slowest, worst = collections.Counter(), 0.0, 0.0
    for k in order[: options.cases or None].tolist():
        kind, p, p_spec, q_spec = cases[k]
        verdict, found, truth, slack, seconds = judge(kind, p, p_spec, q_spec)
        counts[verdict] += 1
        slowest = max(slowest, seconds)
        if verdict == "right" and math.isfinite(found.value) and found.error > 0:
            worst = max(worst, (abs(found.value - truth) - slack) / found.error)
        if verdict in options.show.split(","):
            words = f"{found!r} truth {truth!r} ± {slack:.1e}"
            print(f"{verdict}: {kind} {p_spec} | {q_spec}: {words}", flush=True)
    print("  ".join(f"{name} {counts[name]}" for name in VERDICTS))
    print(f"slowest {slowest:.2f} CPU s; largest error {worst:.2f} of the stated one")


if __name__ == "__main__":
    main()
