"""Every option of an estimator, a density and an exact method acts, or is refused.

A field that is not listed here fails: a new option is swept as soon as it is there. Samples are
small, and the test is of equality: no chance is involved.
"""

import inspect
from dataclasses import fields
from functools import cache

import numpy as np
import pytest

import divkit
from divkit.density import DENSITIES
from divkit.distributions import Laplace, MultivariateNormal, MultivariateStudentT, Normal
from divkit.estimators.api import ESTIMATORS
from divkit.estimators.common.doubts import Doubts
from divkit.estimators.information.api import INFORMATION
from divkit.estimators.kernel_logistic.method import KernelLogistic
from divkit.estimators.telescoping.method import Telescoping
from divkit.exact.api import METHODS

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(150, 2)), RNG.normal(0.7, 1.3, size=(130, 2))
PAIRS = RNG.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=150)

# An option, another value than its default, and what else it wants: method → option → (value, …).
OTHERS = {
    "knn": {
        "k": 7, "radius": ("common", {"kind": "kl"}), "jitter": 0.2,
        "rng": (5, {"jitter": 0.2}),
    },
    "density_ratio": {
        "loss": "likelihood", "centres": 20, "widths": (0.7,), "penalties": (1.0,), "folds": 3,
        "rng": 5,
    },
    "telescoping": {
        "limit": 0.02, "coarse": (0.11, {"shift": 2.0}), "most": (2, {"shift": 2.0}),
        "ridges": (5.0,), "rng": 5,
    },
    "logistic": {"knots": 4, "penalty": 10.0, "folds": 4, "rng": 5},
    "boosting": {"rounds": 20, "rate": 0.2, "leaves": 4, "smallest": 40, "folds": 3, "rng": 5},
    "perceptron": {"widths": (4,), "decay": 10.0, "steps": 20, "folds": 3, "rng": 5},
    "deep": {"hidden": (3,), "decay": 10.0, "steps": 2, "folds": 3, "rng": 5},
    "classifier": {
        "model": None, "folds": 3, "calibrated": False, "averaged": True,
        "cancelling": (False, {"averaged": True}), "odds": None, "rng": 5,
    },
    "lower_bound": {"critic": "logistic", "stages": 2, "rng": 5},
    "resampled": {
        "of": "density_ratio", "resamples": 12, "scheme": "subsample",
        "share": (0.4, {"scheme": "subsample"}), "interval": "basic", "bias_rate": 0.5, "rng": 5,
    },
    "variational": {
        "bound": ("dv", {"kind": "kl", "critic": "linear"}), "critic": "quadratic",
        "on": "f_gan", "folds": 2, "rng": 5,
        "clip": (0.2, {"bound": "smile", "kind": "kl", "critic": "linear"}),
    },
    "one_step": {"of": "density_ratio", "folds": 3, "rng": 5},
    "plug_in": {
        "density": "histogram", "form": "resubstitution", "folds": (3, {"form": "cross_fitted"}),
        "rng": (5, {"form": "cross_fitted"}),
    },
    "w1": {},
    "sliced": {"directions": 20, "rng": 5},
    "sinkhorn": {"blur": 0.5, "tolerance": 0.1, "iterations": 2},
    "kernel_metric": {},
    "kernel_logistic": {
        "centres": 9, "widths": (3.0,), "ridges": (30.0, 10.0), "within": 30.0, "rng": 5,
    },
    "auto": {
        "fit": KernelLogistic(within=30.0), "doubts": Doubts(parameters=1e-3),
        "stand_in": (Telescoping(limit=0.05), {"kind": "kl", "shift": 4.0}), "rng": 5,
    },
}  # fmt: skip
KINDS = {"w1": "w1", "sliced": "w1", "sinkhorn": "w2", "kernel_metric": "mmd2",
         "telescoping": "kl"}  # fmt: skip
SAME_BY_DESIGN = {
    ("classifier", "model"): "any classifier; the learners are instances",
    ("classifier", "odds"): "the same log odds by another method of the model",
}


def numbers(found):
    own = found.diagnostics  # of a value that is another distance's
    interval = own.get("own_interval", found.interval)
    return (found.value, own.get("own_error", found.error), interval)


def estimated(name, kind=None, shift=0.0, **options):
    x, y = (X[:, :1], Y[:, :1]) if name == "w1" else (X, Y + shift)
    return numbers(divkit.estimate(x, y, kind or KINDS.get(name, "js"), name, **options))


@cache
def plain(name, *beside):
    """What an estimator finds by its defaults, once for all of its options."""
    return estimated(name, **dict(beside))


def cases(makers, others):
    for name in makers:
        for each in fields(makers[name]):
            if each.name != "level":
                yield name, each.name


@pytest.mark.sweep(4)
@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_the_level_moves_every_interval(name):
    of = {"of": "knn"} if name == "one_step" else {}
    wide, narrow = (estimated(name, level=level, **of)[2] for level in (0.99, 0.5))
    assert wide != narrow


@pytest.mark.sweep(8)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of few steps
@pytest.mark.parametrize(("name", "option"), list(cases(ESTIMATORS, OTHERS)))
def test_an_option_of_an_estimator_acts(name, option):
    assert option in OTHERS[name], f"{name}.{option} is not swept: add a value to OTHERS"
    if (name, option) in SAME_BY_DESIGN:
        return
    other = OTHERS[name][option]
    value, beside = other if isinstance(other, tuple) and len(other) == 2 and isinstance(
        other[1], dict
    ) else (other, {})  # fmt: skip
    assert estimated(name, **beside, **{option: value}) != plain(name, *beside.items())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("resampled", {"share": 0.4}),
        ("resampled", {"share": 0.4, "scheme": "bootstrap"}),
        ("variational", {"clip": 1.0}),
        ("plug_in", {"folds": 7}),
        ("knn", {"radius": "common"}),
        ("classifier", {"cancelling": False}),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(name, options):
    with pytest.raises(ValueError, match="would do nothing"):
        divkit.estimate(X, Y, "js", name, **options)


def test_a_bound_on_a_search_that_is_not_made_is_refused():
    with pytest.raises(ValueError, match="give one of them"):
        divkit.fit_density(X, "gaussian_mixture", components=2, most=5)


INFORMED = {
    "auto": {"rng": 5},
    "kernel_logistic": {
        "shuffles": 2, "centres": 9, "widths": (3.0,), "ridges": (30.0, 10.0), "within": 30.0,
        "rng": 5,
    },
    "ksg": {"k": 9, "variant": 2, "ranks": True, "jitter": 0.3, "rng": (5, {"jitter": 0.3})},
    "bi_ksg": {"k": 9, "ranks": True, "jitter": 0.3, "rng": (5, {"jitter": 0.3})},
    "mixed": {"k": 9, "rng": None},
    "copula": {"rng": None},
    "permuted": {"of": "knn", "times": 2, "options": ({"k": 9}, {"of": "knn"}), "rng": 5},
}  # fmt: skip


@pytest.mark.sweep(3)
@pytest.mark.parametrize(("name", "option"), list(cases(INFORMATION, INFORMED)))
def test_an_option_of_an_information_estimator_acts(name, option):
    assert option in INFORMED[name], f"{name}.{option} is not swept: add a value to INFORMED"
    other = INFORMED[name][option]
    if other is None:  # of the limit from below, which these need where the value is too large
        return
    value, beside = other if isinstance(other, tuple) and len(other) == 2 and isinstance(
        other[1], dict
    ) else (other, {})  # fmt: skip

    assert informed(name, **beside, **{option: value}) != uninformed(name, *beside.items())


def informed(name, **options):
    return numbers(divkit.mutual_information(PAIRS[:, 0], PAIRS[:, 1], name, **options))


@cache
def uninformed(name, *beside):
    """The same by the defaults, once for all options."""
    return informed(name, **dict(beside))


EYE = ((1.0, 0.0), (0.0, 1.0))
LINE = (Normal(0, 1), Laplace(0.5, 1.0))
NEEDLE = (Normal(0, 1), Laplace(0.3, 1e-4))
PLANE = (MultivariateNormal((0.0, 0.0), EYE), MultivariateStudentT(4.0, (0.5, 0.0), EYE))
SPACE = (
    MultivariateNormal((0.0,) * 4, tuple(map(tuple, np.eye(4).tolist()))),
    MultivariateStudentT(5.0, (0.5,) * 4, tuple(map(tuple, np.eye(4).tolist()))),
)
EXACT = {
    "affinity": {"step": (0.5, LINE, {"line": True}), "cutoff": (2.0, LINE, {"line": True}),
                 "line": None},
    "quadrature": {"rounds": (1, NEEDLE, {}), "panels": (30, NEEDLE, {}),
                   "mass_tolerance": None},
    "tensor": {"tolerance": (1e-4, PLANE, {}), "max_points": (2000, PLANE, {}), "patience": None},
    "qmc": {"n": (1024, SPACE, {}), "replicates": (4, SPACE, {}), "rng": (5, SPACE, {}),
            "control": (False, (SPACE[0], SPACE[0].__class__((0.5,) * 4, SPACE[0].cov)), {})},
    "distribution_free": {"n": (500, LINE, {}), "rng": (5, LINE, {})},
    "certified": {"digits": (25, LINE, {})},
    "auto": {"points": (2000, PLANE, {})},
}  # fmt: skip


@pytest.mark.sweep(4)
@pytest.mark.parametrize(("name", "option"), list(cases(METHODS, EXACT)))
def test_an_option_of_an_exact_method_acts(name, option):
    assert option in EXACT[name], f"{name}.{option} is not swept: add a value to EXACT"
    if EXACT[name][option] is None:  # whether a law is refused, or where kinks stop: other tests
        return
    value, laws, beside = EXACT[name][option]

    def found(**options):
        result = divkit.js_divergence(*laws, method=name, **options)
        return numbers(result), result.diagnostics.get("lower")

    assert found(**beside, **{option: value}) != found(**beside)


def test_every_registry_of_methods_is_swept():
    assert set(OTHERS) == set(ESTIMATORS) and set(INFORMED) == set(INFORMATION)
    assert set(EXACT) == {name for name in METHODS if fields(METHODS[name])}
    for table, swept in ((ESTIMATORS, OTHERS), (INFORMATION, INFORMED), (METHODS, EXACT)):
        assert all(option in swept[name] for name, option in cases(table, swept))


FITS = {
    "auto": {"folds": 3, "ends": ((-6.0, 9.0), {})},
    "kde": {"bandwidth": 0.9},
    "histogram": {"bins": 3},
    "knn": {"k": 30, "factor": 2.0},
    "maximum_likelihood": {"family": "laplace"},
    "gaussian_mixture": {
        "criterion": "aic", "most": 1, "components": 3, "starts": (1, {"components": 9}),
        "random_state": (5, {"components": 9}),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FITS)
def test_an_option_of_a_density_acts(name):
    """The fitted log density on the line; criteria of mixtures are told where orders agree."""
    x = np.concatenate([X[:, 0], X[:70, 1] + 4.0])
    known = inspect.signature(DENSITIES[name]).parameters
    assert set(known) == set(FITS[name]), f"{name} has an option that is not swept"
    for option, other in FITS[name].items():
        value, beside = other if isinstance(other, tuple) else (other, {})
        fits = [divkit.fit_density(x, name, **beside, **more) for more in ({}, {option: value})]
        logs = [fit.score_samples(np.linspace(-2, 6, 40)[:, None]) for fit in fits]
        said = [vars(fit) for fit in fits]
        criteria = [own.get("criteria_", own.get("left_out_")) for own in said]
        assert not np.array_equal(*logs) or criteria[0] != criteria[1], option
