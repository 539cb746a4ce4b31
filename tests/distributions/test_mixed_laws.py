"""Laws with atoms beside a density: densities, draws, supports, and how they are made."""

import math

import numpy as np
import pytest
from scipy import stats

from divkit.distributions import (
    Boxes,
    Exponential,
    FiniteLaw,
    MixedLaw,
    MultivariateNormal,
    Normal,
    Poisson,
    Strata,
    Stratum,
    as_law,
    mixture,
    product,
)
from divkit.distributions.null_sets import are_disjoint, difference_is_null
from divkit.distributions.support import full_space

PLANE = MixedLaw(
    (0.2, 0.3, 0.1, 0.4),
    (
        Stratum((0.0, None), Normal(1.0, 1.0)),
        Stratum((None, 1.0), Exponential(2.0)),
        Stratum((0.0, 1.0)),
        Stratum((None, None), MultivariateNormal((0.0, 0.0), ((1.0, 0.5), (0.5, 1.0)))),
    ),
)


def test_a_point_is_of_the_stratum_with_the_most_coordinates_fixed():
    x = np.array([[0.0, 0.5], [0.7, 1.0], [0.0, 1.0], [0.7, 0.5], [-0.0, 0.5], [-1.0, 1.0]])
    assert PLANE.stratum_of(x).tolist() == [0, 1, 2, 3, 0, 1]
    logs = PLANE.log_prob(x)
    by_hand = [
        math.log(0.2) + Normal(1.0, 1.0).log_prob([0.5])[0],
        math.log(0.3) + math.log(2.0) - 1.4,
        math.log(0.1),
        math.log(0.4) + PLANE.strata[3].law.log_prob([[0.7, 0.5]])[0],
        math.log(0.2) + Normal(1.0, 1.0).log_prob([0.5])[0],
        -math.inf,
    ]
    np.testing.assert_allclose(logs, by_hand, rtol=1e-14)


def test_draws_fall_into_strata_in_their_shares():
    n = 20_000
    x = PLANE.sample(n, 3).numpy()
    counts = np.bincount(PLANE.stratum_of(x), minlength=4)
    assert (
        stats.chisquare(counts, n * np.array(PLANE.weights)).pvalue > 1e-6
    )  # the false-alarm rate
    own = x[PLANE.stratum_of(x) == 0][:, 1]
    assert stats.kstest(own, Normal(1.0, 1.0).cdf).pvalue > 1e-6  # the false-alarm rate
    np.testing.assert_allclose(PLANE.mean, [0.3 * 0.5, 0.2 * 1.0 + 0.3 + 0.1])


def test_mixture_makes_one_of_atoms_and_densities():
    parts = [FiniteLaw([0.0, 1.0], [0.5, 0.5]), Normal(), FiniteLaw([1.0], [1.0]), Normal(2, 1)]
    law = mixture([0.2, 0.3, 0.1, 0.4], parts)
    assert isinstance(law, MixedLaw)
    masses = {s.place: w for w, s in zip(law.weights, law.strata, strict=True)}
    assert masses[0.0,] == pytest.approx(0.1)
    assert masses[1.0,] == pytest.approx(0.2)
    assert masses[None,] == pytest.approx(0.7)
    again = mixture([0.5, 0.5], [law, Normal()])
    assert {s.place for s in again.strata} == set(masses)
    assert as_law("mixture(0.3: bernoulli(0.5), 0.7: normal(0, 1))").weights == pytest.approx(
        [0.15, 0.15, 0.7]
    )
    flag = product([FiniteLaw([0.0, 1.0], [0.5, 0.5]), Normal()])
    both = mixture([0.5, 0.5], [flag, MultivariateNormal((0.0, 0.0), np.eye(2))])
    assert len(both.strata) == 3


def test_supports_are_compared_stratum_by_stratum():
    line = mixture([0.3, 0.7], [FiniteLaw([0.0], [1.0]), Exponential()]).support
    assert isinstance(line, Strata)
    assert line.graded
    assert line.intrinsic == 1
    half, whole = Boxes((((0.0, math.inf),),)), full_space(1)
    atoms = FiniteLaw([0.0], [1.0]).support
    assert difference_is_null(half, line) is True
    assert difference_is_null(whole, line) is False
    assert difference_is_null(line, half) is False
    assert difference_is_null(atoms, line) is True
    assert are_disjoint(atoms, line) is False
    assert are_disjoint(FiniteLaw([1.0], [1.0]).support, line) is True
    assert are_disjoint(line, half) is False
    assert are_disjoint(Poisson(2.0).support, line) is not True


@pytest.mark.parametrize(
    ("weights", "strata", "words"),
    [
        ((0.5, 0.5), (Stratum((0.0,)), Stratum((0.0,))), "different places"),
        ((0.5, 0.6), (Stratum((0.0,)), Stratum((1.0,))), "sum to 1"),
        ((0.5, 0.5), (Stratum((0.0,)), Stratum((1.0, 2.0))), "one space"),
        ((1.0,), (Stratum((0.0,)), Stratum((1.0,))), "1 weights for 2"),
    ],
    ids=["twice", "weights", "spaces", "numbers"],
)
def test_what_makes_no_law_is_refused(weights, strata, words):
    with pytest.raises(ValueError, match=words):
        MixedLaw(weights, strata)


def test_a_stratum_needs_a_density_of_its_free_coordinates():
    with pytest.raises(ValueError, match="dim 1"):
        Stratum((None, 0.0))
    with pytest.raises(ValueError, match="must have a density"):
        Stratum((None,), Poisson(1.0))
    with pytest.raises(ValueError, match="place must be finite"):
        Stratum((math.nan,))
