"""Objects that do not say where their law lives: an infinity has a witness, atoms no density."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import scipy.stats as ss
from scipy.special import gammaln
from torch.distributions import constraints

import divkit
from divkit.distributions import FiniteLaw, as_law, law
from divkit.distributions.adapt.constraints import read


def log_of_lognormal(x):
    """NaN where x < 0, as formulas are."""
    with np.errstate(all="ignore"):
        x = np.asarray(x)
        return -np.log(x) - 0.5 * np.log(x) ** 2 - 0.5 * math.log(2 * math.pi)


class Formula:
    """A log density alone."""

    def log_prob(self, x):
        return log_of_lognormal(x)


class Sampled(Formula):
    """A log density and draws."""

    def sample(self, n, rng):
        return np.exp(rng.normal(size=n))


class Moved(Sampled):
    """The density from 2 on."""

    def sample(self, n, rng):
        return 2.0 + np.exp(rng.normal(size=n))

    def log_prob(self, x):
        return log_of_lognormal(np.asarray(x) - 2.0)


class Plane:
    """Two coordinates, NaN outside the quadrant."""

    event_shape = (2,)

    def log_prob(self, x):
        return log_of_lognormal(x).sum(axis=1)

    def sample(self, n, rng):
        return np.exp(rng.normal(size=(n, 2)))


@pytest.mark.parametrize("given", [Formula(), Sampled()], ids=["formula", "sampled"])
def test_a_density_ends_where_its_logarithm_is_nan_from_there_on(given):
    found = divkit.kl_divergence(given, "lognormal(0, 1)")
    assert abs(found.value) <= found.error < 1e-9
    shifted = divkit.kl_divergence(given, ss.lognorm(1, scale=math.e))  # means 0 and 1 of the log
    assert abs(shifted.value - 0.5) <= shifted.error < 1e-9
    assert divkit.kl_divergence("normal(0, 1)", given).value == math.inf  # that one has mass at −1


def test_a_density_ends_beside_zero_too():
    found = divkit.kl_divergence(Moved(), ss.lognorm(1, loc=2))
    assert abs(found.value) <= found.error < 1e-9


def test_no_infinity_rests_on_an_assumed_support():
    quadrant = "iid(lognormal(0, 1), 2)"
    try:
        value = divkit.kl_divergence(Plane(), quadrant).value
    except ValueError as refused:
        assert "NaN" in str(refused)
    else:
        assert value < math.inf
    with pytest.raises(ValueError, match="the density is NaN at x"):
        divkit.kl_divergence(law(log_of_lognormal), "lognormal(0, 1)")
    mixed = divkit.distributions.mixture(
        (0.5, 0.5), (as_law(Sampled()), as_law("lognormal(0, 2)"))
    )
    assert divkit.kl_divergence(mixed, "lognormal(0, 1)").value < math.inf


def test_what_is_seen_outside_is_infinite_still():
    found = divkit.kl_divergence(law(ss.norm.logpdf), "uniform(0, 1)")
    assert found.value == math.inf and "mass where q has none" in found.reason


@dataclass
class Counted:
    """Poisson's log probabilities at whole numbers, −inf elsewhere."""

    support: object = None

    def log_prob(self, x):
        x = np.asarray(x, dtype=float)
        whole = (x >= 0) & (x == np.floor(x))
        with np.errstate(invalid="ignore"):
            logs = x * math.log(3.0) - 3.0 - gammaln(np.abs(x) + 1)
        return np.where(whole, logs, -np.inf)


class Drawn:
    """Poisson's log probabilities as a smooth formula, and draws."""

    def log_prob(self, x):
        return np.asarray(x) * math.log(3.0) - 3.0 - gammaln(np.abs(x) + 1)

    def sample(self, n, rng):
        return rng.poisson(3.0, size=n).astype(float)


@pytest.mark.parametrize("other", ["poisson(3)", "normal(3, 1)"])
def test_atoms_are_no_density(other):
    with pytest.raises(ValueError, match="law is one of atoms"):
        divkit.js_divergence(Counted(), other)
    with pytest.raises(TypeError, match=r"has atoms: 9\d\d of 1000 draws repeat"):
        divkit.js_divergence(Drawn(), other)
    with pytest.raises(TypeError, match="law of whole numbers"):
        divkit.js_divergence(Counted(constraints.nonnegative_integer), other)


def test_whole_numbers_of_an_interval_are_a_finite_law():
    class Few:
        support = constraints.integer_interval(0, 2)

        def log_prob(self, x):
            return np.log(np.array([0.2, 0.3, 0.5])[np.asarray(x).astype(int)])

    found = as_law(Few())
    assert isinstance(found, FiniteLaw)
    exact = divkit.kl_divergence([0.2, 0.3, 0.5], [0.5, 0.3, 0.2])
    given = divkit.kl_divergence(Few(), [0.5, 0.3, 0.2])
    assert abs(given.value - exact.value) <= given.error + exact.error


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        (constraints.positive, (0.0, math.inf)),
        (constraints.interval(-1.0, 2.0), (-1.0, 2.0)),
        (constraints.less_than(3.0), (-math.inf, 3.0)),
        (constraints.real, (-math.inf, math.inf)),
        (constraints.independent(constraints.unit_interval, 1), (0.0, 1.0)),
    ],
    ids=["positive", "interval", "less_than", "real", "independent"],
)
def test_constraints_are_boxes(said, ends):
    assert read(said, 2).support.boxes == ((ends, ends),)


def test_sets_that_are_no_boxes_are_refused():
    assert read(constraints.simplex, 3) is None

    class OnSimplex(Plane):
        support = constraints.simplex

    with pytest.raises(TypeError, match="no box of"):
        divkit.js_divergence(OnSimplex(), "mvnormal([0, 0], [[1, 0], [0, 1]])")


def test_a_sampler_of_another_size_is_none():
    class Fixed(Formula):
        def sample(self, n=None):
            return np.ones(3)

    assert as_law(Fixed()).support.boxes == (((0.0, math.inf),),)
