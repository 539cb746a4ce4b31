"""KL from samples: a value with an interval where it can be had, else a lower bound."""

import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_iris, load_wine

import divkit
from divkit.distributions import Normal, StudentT
from divkit.divergences import KL
from divkit.estimators.common.doubts import Doubts
from divkit.estimators.common.dual import averaged
from divkit.estimators.common.pooled import pooled, thinned
from divkit.estimators.kernel_logistic.method import KernelLogistic
from divkit.samples import two_samples


def test_a_moderate_kl_has_a_normal_interval():
    """KL = .125; within 5 of its own standard errors (6e-7)."""
    found = divkit.estimate(Normal(0, 1).sample(1500, 0), Normal(0.5, 1).sample(1500, 1), "kl")
    assert abs(found.value - 0.125) < 5 * found.error < 0.15
    assert not found.one_sided


@pytest.mark.slow
def test_a_kl_of_18_is_a_lower_bound_and_says_so():
    found = divkit.estimate(Normal(0, 1).sample(1000, 0), Normal(6, 1).sample(1000, 1), "kl")
    assert found.one_sided and found.error == math.inf
    assert 0 < found.interval[0] < 18 and found.interval[1] == math.inf
    assert any("lower bound" in words for words in found.warnings)


def test_a_thinned_pool_weighs_each_sample_a_half():
    rng = np.random.default_rng(0)
    pool = pooled(two_samples(rng.normal(size=(300, 2)), rng.normal(size=(500, 2))))
    part = thinned(pool, 4)
    assert len(part.z) == 200
    assert part.weight[part.sign > 0].sum() == pytest.approx(0.5, abs=1e-14)
    assert part.weight.sum() == pytest.approx(1.0, abs=1e-14)


def test_many_rows_are_estimated_by_the_designs_best_on_a_part():
    """Unit shift, 3,000 rows each: within 5 of its own standard errors (6e-7)."""
    found = divkit.estimate(Normal(0, 1).sample(3000, 0), Normal(1, 1).sample(3000, 1))
    assert abs(found.value - 0.111421482185) < 5 * found.error < 0.04


LARGEST = {"js": math.log(2), "kl": math.inf, "tv": 1.0, "hellinger2": 1.0}


@pytest.mark.sweep(4)
@pytest.mark.parametrize("kind", LARGEST)
def test_halves_of_one_class_in_many_dimensions_have_no_normal_interval(kind):
    """30 and 29 wines of one class in 13 columns: p = q, and 0 is in every interval."""
    rows, label = load_wine(return_X_y=True)
    rows = np.random.default_rng(0).permutation(rows[label == 0])
    found = divkit.estimate(rows[:30], rows[30:], kind)
    assert found.error == math.inf and found.interval[0] == 0.0
    assert any("parameters a row" in words for words in found.warnings)


@pytest.mark.sweep(4)
@pytest.mark.parametrize("kind", LARGEST)
def test_separable_rows_say_no_more_than_a_lower_bound(kind):
    """Two irises that a line tells apart: the largest value is always possible."""
    rows, label = load_iris(return_X_y=True)
    found = divkit.estimate(rows[label == 0], rows[label == 1], kind)
    assert found.error == math.inf and found.one_sided
    assert 0 < found.interval[0] < found.value <= found.interval[1]
    assert found.interval[1] == pytest.approx(LARGEST[kind], rel=1e-15)


@pytest.mark.slow
def test_a_variance_that_is_infinite_is_said_to_be():
    """KL(N(0, 4)‖N(0, 1)) = .807 has χ² infinite, the ratio's tail the shape ¾ under y."""
    for seed in range(2):
        x, y = Normal(0, 2).sample(2000, seed), Normal(0, 1).sample(2000, 50 + seed)
        found = divkit.estimate(x, y, "kl")
        assert found.error == math.inf and found.interval[1] == math.inf
        assert found.interval[0] < 0.807


@pytest.mark.slow
def test_a_telescoped_value_stands_in_where_rows_cannot_show_it():
    """KL 18 at n = 2,000, one fixed draw: within a quarter of the truth, and nothing is sure."""
    found = divkit.estimate(Normal(0, 1).sample(2000, 0), Normal(6, 1).sample(2000, 1), "kl")
    assert found.diagnostics["value_from"] == "telescoping"
    assert abs(found.value - 18) < 4.5 and found.error == math.inf
    assert 0 < found.interval[0] < 18 and found.interval[1] == math.inf
    assert any("continued as quadratic" in words for words in found.warnings)


@pytest.mark.slow
def test_tails_that_are_not_quadratic_keep_the_held_out_value():
    """Normal against Student-t 5 six units away: KL 5.8, and a telescoped value of about 11."""
    p, q = Normal(0, 1), StudentT(5, 6, 1)
    found = divkit.estimate(p.sample(2000, 2), q.sample(2000, 3), "kl")
    assert found.diagnostics["value_from"] == "held-out critics"
    assert found.interval[0] < min(5.8, found.value) and found.value < 8


def test_ratios_beyond_the_number_of_rows_are_not_believed():
    """Logits of x four times too far out: a tenth of the value is from ratios above m = 1,000."""
    pool = pooled(two_samples(Normal(0, 1).sample(1000, 0), Normal(1, 1).sample(1000, 1)))
    fits = KernelLogistic(centres=20, widths=(1.4,), ridges=(10.0, 1.0)).fits(pool)
    far = [replace(fit, logit=np.where(pool.sign > 0, 4.0, 1.0) * fit.logit) for fit in fits]
    words = [
        [sign.reason for sign in Doubts().signs(KL, pool, averaged(KL, pool, models), models)]
        for models in (fits, far)
    ]
    assert not any("beyond the number of rows" in reason for reason in words[0])
    assert any("beyond the number of rows" in reason for reason in words[1])


@pytest.mark.slow
def test_total_variation_of_equal_laws_has_no_normal_interval():
    """Its kink at p = q: estimates are positive, and 0 is in the interval that is given."""
    x, y = Normal(0, 1).sample(300, 0), Normal(0, 1).sample(300, 1)
    found = divkit.estimate(x, y, "tv")
    assert found.error == math.inf and found.interval[0] == 0.0
    assert any("kink" in words for words in found.warnings)
    apart = divkit.estimate(x, Normal(1, 1).sample(300, 1), "tv")
    assert apart.error < 0.1 and abs(apart.value - 0.382924923) < 5 * apart.error


@pytest.mark.slow
def test_few_rows_that_could_be_of_either_give_no_normal_interval():
    """100 rows each at a distance of 4: about twelve, of which no error is to be had."""
    far = divkit.estimate(Normal(0, 1).sample(100, 0), Normal(4, 1).sample(100, 1), "js")
    assert far.error == math.inf and far.interval == (far.interval[0], math.log(2))
    assert any("barely overlap" in words for words in far.warnings)
