"""Public calls under settings that are the caller's: NumPy's errors raised, torch's default type.

A call gives the same numbers whatever the caller has set.
"""

import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import torch

import divkit
from divkit.distributions.base import Law1D
from divkit.distributions.parse import parse_law
from divkit.estimators.information.api import INFORMATION
from divkit.estimators.registry import ESTIMATORS

sys.path.append(str(Path(__file__).parent / "distributions"))

import law_instances

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(80, 2)), RNG.normal((0.5, 0.0), 1.0, size=(80, 2))
PAIRS = [
    ("normal(0, 1)", "normal(1, 1)"),
    ("cauchy(0, 1)", "normal(0, 1)"),
    ("beta(0.5, 2)", "uniform(0, 1)"),
    ("student(3)", "laplace(0, 1)"),
    ("mixture(0.5: normal(-3, 0.1), 0.5: normal(3, 0.1))", "normal(0, 2)"),
    ("bernoulli(0.3)", "bernoulli(0.6)"),
    ("pareto(1, 2)", "exponential(1)"),
]
KINDS = ("js", "kl", "tv", "hellinger2", "chi2", "renyi(0.5)", "w1", "energy")
SLOW = ("deep", "perceptron", "sinkhorn", "sliced", "plug_in", "resampled", "one_step")
QUICK = [name for name in ESTIMATORS if name not in SLOW]


def of_laws(p, q, kind, **options):
    return lambda: divkit.divergence(parse_law(p), parse_law(q), kind, **options)


def of_samples(method):
    kind = {"sinkhorn": "w2", "w1": "w1", "sliced": "w1", "kernel_metric": "mmd2"}
    return lambda: divkit.estimate(X, Y, kind.get(method, "js"), method)


def values(call):
    found = call()
    many = found if isinstance(found, list | tuple) else [found]
    return [(getattr(r, "value", None), getattr(r, "error", None)) for r in many]


CALLS = (
    {f"{kind} {p} {q}": of_laws(p, q, kind) for p, q in PAIRS for kind in KINDS}
    | {
        f"{method}": of_laws(*PAIRS[0], "js", method=method)
        for method in ("qmc", "certified", "distribution_free")
    }
    | {f"estimate {name}": of_samples(name) for name in QUICK}
    | {
        f"information {name}": lambda name=name: divkit.mutual_information(X[:, 0], Y[:, 0], name)
        for name in INFORMATION
    }
    | {
        "plane": of_laws("ring(8, 2, 0.1)", "mvnormal([0, 0], [[4, 0], [0, 4]])", "js"),
        "scipy": lambda: divkit.divergence(scipy.stats.hypsecant(), scipy.stats.norm(1, 2)),
        "torch": lambda: divkit.divergence(
            torch.distributions.Gamma(2.0, 1.0), torch.distributions.Exponential(1.0)
        ),
        "batch": lambda: divkit.divergence_batch(
            [parse_law("student(3)")] * 3, [parse_law("cauchy(1, 2)")] * 3, "kl"
        )[0],
        "curve": lambda: [
            r for c in divkit.curve("shift", [0, 1, 50], ["js", "w1"]).results for r in c
        ],
        "value": lambda: divkit.maximise_value(
            parse_law("normal(0, 1)"), parse_law("normal(1, 1)"), critic="logistic"
        ),
        "value of samples": lambda: divkit.maximise_value(critic="logistic", on=(X, Y)),
        "compare": lambda: (
            divkit.compare(X, Y, ["js"], "knn", permutations=19, alpha=0.5).divergences
        ),
        "train": lambda: [
            s.js for s in divkit.train_gan(parse_law("normal(1, 1)"), steps=2, batch=16, every=2)
        ],
        "verify": lambda: [r.headline for r in divkit.verify(["relativistic", "saturation"])],
    }
)


CALLS_ALONE = {}


def test_there_are_many_calls():
    assert len(CALLS) >= 40


def able(call):
    """The call's numbers, or the kind of refusal that it ends in."""
    try:
        return values(CALLS[call])
    except ValueError as error:
        return type(error)


@pytest.mark.sweep(4)
@pytest.mark.parametrize("call", CALLS)
def test_a_call_gives_the_same_when_numpy_raises(call):
    alone = CALLS_ALONE.setdefault(call, able(call))
    with np.errstate(all="raise"):
        assert able(call) == alone


@pytest.mark.sweep(4)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("call", list(CALLS)[::3])
def test_a_call_gives_the_same_under_any_default_type(call, dtype):
    alone, before = CALLS_ALONE.setdefault(call, able(call)), torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        assert able(call) == alone
    finally:
        torch.set_default_dtype(before)


FAR = np.array([-1e300, -1e5, -50.0, -1.0, 0.0, 1e-300, 0.5, 1.0, 40.0, 1e5, 1e300])
LEVELS = np.array([0.0, 1e-300, 1e-5, 0.5, 1 - 1e-16, 1.0])


@pytest.mark.parametrize("law", law_instances.ALL, ids=lambda law: law_instances.label(law))
def test_a_law_is_read_far_out_when_numpy_raises(law):
    with np.errstate(all="raise"):
        assert not np.isnan(law.log_prob(np.repeat(FAR[:, None], law.dim, 1))).any()
        law.sample(20, 0)
        if isinstance(law, Law1D):
            assert not law.log_prob_at(0.0, torch.from_numpy(FAR)).isnan().any()
        for name, at in (("cdf", FAR), ("sf", FAR), ("ppf", LEVELS)):
            if law.dim == 1 and hasattr(law, name):
                assert not np.isnan(np.asarray(getattr(law, name)(at))).any()
