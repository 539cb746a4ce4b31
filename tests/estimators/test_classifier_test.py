"""The classifier two-sample test: its level is kept, and it sees what is there to see."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from divkit.estimators.classifiers.two_sample_test import ClassifierTest


@pytest.mark.slow
def test_the_level_is_kept_where_the_laws_are_equal():
    """200 pairs: rejections at 10% are at most 45 but once in 10⁶ (binomial; mean 20)."""
    rng = np.random.default_rng(0)
    test = ClassifierTest(permutations=99)
    p_values = [
        test(rng.normal(size=(30, 2)), rng.normal(size=(24, 2))).p_value for _ in range(200)
    ]
    assert sum(p <= 0.1 for p in p_values) <= 45
    assert min(p_values) >= 0.01


def test_a_shift_a_scale_and_a_correlation_are_seen():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(600, 2))
    turned = rng.normal(size=(500, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])
    for y in (
        x[::-1] + 1 + 1e-3 * rng.normal(size=x.shape),
        2.5 * rng.normal(size=(500, 2)),
        turned,
    ):
        found = ClassifierTest()(x, y)
        assert found.p_value == 0.001 and found.statistic > 0.55


def test_any_classifier_and_affine_maps():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(200, 2)), rng.normal(size=(150, 2)) + 1
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    plain = ClassifierTest(tree)(x, y)
    moved = ClassifierTest(tree)(1e8 + 1e-3 * x, 1e8 + 1e-3 * y)
    assert plain.p_value < 0.05
    assert moved.statistic == pytest.approx(plain.statistic, abs=0.02)


def test_errors():
    with pytest.raises(ValueError, match="permutations must be"):
        ClassifierTest(permutations=0)
    with pytest.raises(ValueError, match="more than 3 rows"):
        ClassifierTest()([1.0, 2.0, 3.0], np.arange(9.0))
