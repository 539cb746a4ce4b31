"""Classifiers read as log ratios: truths, priors, calibration, and what does not matter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

import divkit
from divkit.divergences import named, rows
from divkit.estimators.classifiers.learners import (
    Boosting,
    LogisticClassifier,
    PerceptronClassifier,
)
from divkit.estimators.classifiers.method import Classifier, balanced_folds, calibrating_line
from divkit.estimators.common.pooled import pooled
from divkit.estimators.registry import NotEstimableError
from divkit.samples import two_samples

NORMALS = divkit.distributions.Normal(0, 1), divkit.distributions.Normal(1, 1)
LEARNERS = [
    LogisticClassifier(),
    Boosting(rounds=40),
    PerceptronClassifier(),
    Classifier(QuadraticDiscriminantAnalysis()),
    Classifier(LogisticRegression(), averaged=True, odds="decision"),
]
QUICK = [LogisticClassifier(folds=3), Boosting(rounds=20, folds=3), PerceptronClassifier(folds=2)]


def pair(n=500, m=350, d=1, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(m, d)) + 1


@pytest.mark.sweep(4)
@pytest.mark.parametrize("kind", ["js", "kl", "renyi(0.5)"])
@pytest.mark.parametrize("estimator", LEARNERS, ids=lambda e: type(e).__name__)
def test_the_truth_is_within_six_errors(estimator, kind):
    """False alarm 2e-9, with a bias of a seventh of the truth allowed for what is not learnt."""
    truth = float(divkit.divergence(*NORMALS, kind))
    result = estimator(*pair(), named(kind))
    assert abs(result.value - truth) <= 6 * result.error + truth / 7
    assert 0 < result.diagnostics["errors"]["samples"] < 0.4 * truth


@pytest.mark.sweep(3)
@pytest.mark.parametrize("estimator", QUICK, ids=lambda e: type(e).__name__)
def test_units_order_of_rows_and_names_do_not_matter(estimator):
    x, y = pair(150, 120, 2)
    rng = np.random.default_rng(1)
    plain = estimator(x, y, named("js")).value
    by_its_rule = isinstance(estimator, PerceptronClassifier)  # where L-BFGS stops
    stop = 1e-3 if by_its_rule else 1e-6
    assert estimator(rng.permutation(x), rng.permutation(y), named("js")).value == pytest.approx(
        plain, rel=stop
    )
    assert estimator(y, x, named("js")).value == pytest.approx(plain, rel=stop)
    for scale, shift, digits in ((1e-300, 0.0, 1e-5), (1e200, 0.0, 1e-5), (1.0, 1e8, 1e-2)):
        moved = estimator(shift + scale * x, shift + scale * y, named("js")).value
        assert moved == pytest.approx(plain, rel=max(digits, stop)), (scale, shift)


@pytest.mark.parametrize("row", rows(), ids=repr)
def test_every_row_of_the_table_can_be_read(row):
    try:
        result = Classifier(QuadraticDiscriminantAnalysis(), folds=2)(*pair(200, 200), row)
    except NotEstimableError as refusal:  # a value that no divergence has, without an error
        assert math.isinf(row.upper) and "no standard error" in str(refusal)
        return
    assert np.isfinite(result.value)
    told = any("no standard error" in note for note in result.warnings)
    assert np.isfinite(result.error) != (told and math.isinf(row.upper))


def test_the_class_prior_is_taken_off():
    """Ten times as many y: without the correction the JSD would be read at logits off by 2.3."""
    x, y = pair(300, 3000)
    truth = float(divkit.js_divergence(*NORMALS))
    plain = Classifier(LogisticRegression(), calibrated=False)(x, y, named("js"))
    assert abs(plain.value - truth) <= 6 * plain.error


def test_calibration_finds_the_line_and_survives_separation():
    """Logits are true ones, bent by 0.5 + l/3: the line that mends them is −1.5 + 3l, ± 6 sigma
    (at 4,000 rows .06 and .15), 2e-9."""
    rng = np.random.default_rng(0)
    z = np.concatenate([rng.normal(1, 1, 2000), rng.normal(0, 1, 2000)])
    sign = np.repeat([1.0, -1.0], 2000)
    a, b = calibrating_line(0.5 + (z - 0.5) / 3, sign)
    assert a == pytest.approx(-1.5, abs=0.4) and b == pytest.approx(3, abs=0.9)
    a, b = calibrating_line(10 * sign, sign)
    assert np.isfinite([a, b]).all() and b > 1


def test_folds_share_both_samples_and_no_row_is_its_own_teacher():
    pool = pooled(two_samples(*pair(34, 66)))
    fold = balanced_folds(pool, 4, np.random.default_rng(0))
    for side in (pool.sign > 0, pool.sign < 0):
        counts = np.bincount(fold[side], minlength=4)
        assert counts.max() - counts.min() <= 1
    equal = pair(300, 300)
    with_itself = Boosting()(equal[0], np.random.default_rng(9).normal(size=300), named("js"))
    assert with_itself.value < 0.02  # by heart it would be near log 2


def test_what_is_no_classifier_or_too_certain_is_said():
    with pytest.raises(TypeError, match="classifier object"):
        Classifier(LinearRegression())
    with pytest.raises(TypeError, match="classifier object"):
        Classifier(LogisticRegression)
    with pytest.raises(ValueError, match="folds"):
        Classifier(LogisticRegression(), folds=1)
    with pytest.raises(ValueError, match="odds"):
        Classifier(LogisticRegression(), odds="logit")
    with pytest.raises(ValueError, match="knots"):
        LogisticClassifier(knots=1)
    forest = Classifier(RandomForestClassifier(5, random_state=0))
    with pytest.raises(ValueError, match=r"probability 0 or 1.*CalibratedClassifierCV"):
        forest(*pair(60, 60), named("js"))
    with pytest.raises(NotEstimableError, match="f-divergences"):
        LogisticClassifier()(*pair(60, 60), named("w1"))


@pytest.mark.parametrize("name", ["logistic", "boosting", "perceptron"])
def test_by_name(name):
    found = divkit.estimate(*pair(), "js", name)
    assert found.value == pytest.approx(0.111, abs=0.06) and name in found.method.lower()
    model = LogisticRegression()
    assert divkit.estimate(*pair(), "js", "classifier", model=model).value > 0.05
