"""What is read as a law, by what an object can do: derived classes, numbers, words, functions."""

import math
import pickle
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import scipy.stats as ss
import torch
import torch.distributions as td
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.ensemble import IsolationForest
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture

import divkit
from divkit.distributions import FiniteLaw, LogNormal, Normal, as_law, register_adapter
from divkit.distributions.adapt.api import _OF_USERS

DATA = np.random.default_rng(3).normal(size=(60, 2)) @ np.array([[1.0, 0.4], [0.0, 0.7]])


class SameNormal(td.Normal):
    """Nothing of its law is its own."""

    def shout(self):
        return "normal"


class OwnDensity(td.Normal):
    """Laplace's density under Normal's name."""

    def log_prob(self, value):
        return -(value - self.loc).abs() / self.scale - torch.log(2 * self.scale)

    def sample(self, sample_shape=()):
        return td.Laplace(self.loc, self.scale).sample(sample_shape)


class OtherDraws(td.Normal):
    """Draws three times as wide as its density."""

    def rsample(self, sample_shape=()):
        return self.loc + 3 * self.scale * torch.randn(torch.Size(sample_shape))


class SameDraws(td.Normal):
    """Draws of its own, of the same law."""

    def rsample(self, sample_shape=()):
        return self.loc - self.scale * torch.randn(torch.Size(sample_shape))


class OwnMasses(td.Categorical):
    """Masses of its own on the points of its parent."""

    def log_prob(self, value):
        return torch.tensor([0.25, 0.75], dtype=torch.float64).log()[value.long()]


class Half(type(ss.norm)):
    """A density of its own; SciPy's normal _logpdf, _cdf and _rvs stand behind it."""

    def _pdf(self, x):
        return np.where(x >= 0, np.exp(-x), 0.0)

    def _get_support(self):
        return 0.0, np.inf


class Renamed(type(ss.gamma)):
    """Gamma under another name."""


class OtherCdf(type(ss.norm)):
    """The normal density with the logistic distribution function."""

    def _cdf(self, x):
        return 1 / (1 + np.exp(-x))


class OtherRvs(type(ss.norm)):
    """The normal density with uniform draws."""

    def _rvs(self, size=None, random_state=None):
        return random_state.uniform(-1, 1, size)


class OnlyCdf(ss.rv_continuous):
    """SciPy differentiates it numerically."""

    def _cdf(self, x):
        return 1 / (1 + np.exp(-x))


def same(found, law, kind="js"):
    """The divergence of two laws that are one is 0 within its error."""
    result = divkit.divergence(found, law, kind)
    assert abs(result.value) <= result.error < 1e-6
    return result


def test_a_class_that_writes_nothing_of_its_law_anew_is_its_parent():
    double = {"dtype": torch.float64}
    assert as_law(SameNormal(torch.tensor(1.0, **double), 2.0)) == Normal(1, 2)
    assert as_law(SameDraws(1.0, 2.0)) == Normal(1, 2)
    assert as_law(Renamed(a=0.0, name="renamed")(2.0, scale=0.5)) == as_law(
        ss.gamma(2.0, scale=0.5)
    )
    assert as_law(type(ss.norm)(name="mine")(1, 2)) == Normal(1, 2)


@pytest.mark.parametrize(
    ("given", "law"),
    [
        (OwnDensity(torch.tensor(1.0).double(), torch.tensor(2.0).double()), "laplace(1, 2)"),
        (Half(a=0, name="half")(), "exponential(1)"),
        (OwnMasses(torch.tensor([0.5, 0.5])), "finite([0, 1], [0.25, 0.75])"),
    ],
    ids=("torch", "scipy", "categorical"),
)
def test_a_density_of_its_own_is_what_a_derived_class_is(given, law):
    same(given, law)


def test_what_a_derived_scipy_class_inherits_of_another_density_is_left_out():
    law = as_law(Half(a=0, name="half")())
    assert law.cdf([1.0])[0] == pytest.approx(1 - math.exp(-1), abs=1e-9)
    assert float(law.sample(2000, 0).min()) >= 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (OtherDraws(0.0, 1.0), "draws another law"),
        (OtherCdf(name="other")(), "distribution function of another law"),
        (OtherRvs(name="other")(), "sampler of another law"),
        (OnlyCdf(name="only")(), "no _pdf"),
        (IsolationForest(), "scores outliers"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_a_class_that_is_two_laws_at_once_is_refused_with_the_way_out(given, words):
    with pytest.raises(TypeError, match=words):
        as_law(given)


def test_a_family_cut_by_other_ends_is_not_that_family():
    """scipy.stats.norm with a=0 has half the mass of a density."""
    with pytest.raises(ValueError, match=r"integrates to 0\.5|mass 0\.5"):
        divkit.js_divergence(type(ss.norm)(a=0, name="cut")(), "normal(0, 1)")


def test_families_without_parameters_are_their_standard_members():
    assert as_law(ss.norm) == Normal(0, 1)
    counts, edges = np.histogram(DATA[:, 0], bins=7)
    whole = ss.rv_histogram((counts, edges))
    for given in (
        whole,
        whole(),
        (counts, edges),
        ss.rv_histogram((counts, edges), density=False),
    ):
        same(given, (counts, edges))
    moved = as_law(whole(loc=1, scale=2))
    assert moved.cdf(1 + 2 * edges)[3] == pytest.approx(counts[:3].sum() / counts.sum(), abs=1e-14)


def test_histograms_are_constant_on_their_bins():
    """JS of two histograms is that of the masses; KL to a normal law by a sum over the bins."""
    edges = np.array([-1.0, 0.0, 0.5, 3.0])
    a, b = np.array([2.0, 5.0, 3.0]), np.array([4.0, 4.0, 2.0])
    found, known = (
        divkit.js_divergence((a, edges), (b, edges)),
        divkit.js_divergence(a / 10, b / 10),
    )
    assert abs(found.value - known.value) <= found.error + known.error < 1e-10
    masses, width = a / 10, np.diff(edges)
    second = np.diff(edges**3) / 3 / width
    truth = float(
        (masses * (np.log(masses / width) + 0.5 * math.log(2 * math.pi) + second / 2)).sum()
    )
    kl = divkit.kl_divergence((a, edges), "normal(0, 1)")
    assert abs(kl.value - truth) <= kl.error + 1e-14 and kl.error < 1e-9
    same((a / 10 / width, edges), (a, edges))  # density=True
    with pytest.raises(ValueError, match="increase"):
        as_law((a, edges[::-1]))
    with pytest.raises(ValueError, match="at least 0"):
        as_law((-a, edges))
    with pytest.raises(ValueError, match="their areas sum to 1 as well"):
        as_law((np.array([0.5, 0.5]), np.array([0.0, 0.5, 2.0])))


HALVES, UNEVEN = [0.5, 0.5], [0.9, 0.1]


@pytest.mark.parametrize(
    "form",
    [list, tuple, np.array, lambda v: torch.tensor(v, dtype=torch.float64), pd.Series],
    ids=("list", "tuple", "array", "tensor", "series"),
)
def test_probabilities_are_a_law(form):
    """scipy.spatial.distance.jensenshannon gives the root of it."""
    found = divkit.js_divergence(form(HALVES), form(UNEVEN))
    truth = 0.10174922507919673
    assert abs(found.value - truth) <= found.error + 1e-16 and found.error < 1e-14


def test_probabilities_in_float32_carry_what_its_digits_leave_open():
    exact = np.array([0.3, 0.6, 0.1]), np.array([0.1, 0.1, 0.8])
    known = divkit.kl_divergence(*exact)
    coarse = divkit.kl_divergence(*(a.astype(np.float32) for a in exact))
    assert 1e-9 < coarse.error < 1e-5
    assert abs(coarse.value - known.value) <= coarse.error + known.error
    tensors = [torch.softmax(torch.tensor(a.tolist()).log(), 0) for a in exact]
    soft = divkit.kl_divergence(*tensors)
    assert abs(soft.value - known.value) <= soft.error + known.error


def test_dictionaries_and_counters_are_laws_on_their_keys():
    p, q = {"a": 0.5, "b": 0.5}, {"b": 0.75, "a": 0.25}
    found = divkit.kl_divergence(p, q)
    assert abs(found.value - 0.5 * math.log(4 / 3)) <= found.error
    words, other = Counter("aabbc"), Counter("abbbca")
    found = divkit.js_divergence(words, other)
    same_table = divkit.js_divergence([0.4, 0.4, 0.2], [2 / 6, 3 / 6, 1 / 6])
    assert abs(found.value - same_table.value) <= found.error + same_table.error
    assert divkit.kl_divergence(Counter("ab"), Counter("aa")).value == math.inf
    numbered = divkit.divergence({1: 0.5, 5: 0.5}, {5: 0.25, 1: 0.75}, "w1")
    assert abs(numbered.value - 1.0) <= numbered.error


@pytest.mark.parametrize("form", [dict, pd.Series])
@pytest.mark.parametrize("kind", ["w1", "w2", "energy", "mmd(1)"])
def test_labels_that_are_names_have_no_distance(form, kind):
    p, q = form({"a": 0.5, "b": 0.5}), form({"b": 0.75, "a": 0.25})
    with pytest.raises(ValueError, match="names have none: coordinate 0 of NamedLaw"):
        divkit.divergence(p, q, kind)


def test_a_joint_table_is_not_taken_for_rows_and_counts_are_no_probabilities():
    with pytest.raises(ValueError, match="a joint table is one law as"):
        divkit.divergence([[0.25, 0.25], [0.25, 0.25]], [[0.4, 0.1], [0.1, 0.4]])
    with pytest.raises(ValueError, match=r"collections\.Counter"):
        divkit.divergence({"a": 3, "b": 1}, {"a": 1, "b": 1})


def test_series_are_aligned_by_their_labels():
    p = pd.Series({"cat": 0.5, "dog": 0.3, "eel": 0.2})
    q = pd.Series({"eel": 0.6, "cat": 0.1, "dog": 0.3})
    found, known = (
        divkit.kl_divergence(p, q),
        divkit.kl_divergence([0.5, 0.3, 0.2], [0.1, 0.3, 0.6]),
    )
    assert found.value == pytest.approx(known.value, abs=1e-15)
    missing = divkit.kl_divergence(p, pd.Series({"dog": 0.5, "cat": 0.5}))
    assert missing.value == math.inf and missing.reason
    numbered = pd.Series([0.25, 0.75], index=[4.0, 7.0])
    same(numbered, FiniteLaw([4.0, 7.0], [0.25, 0.75]))


@pytest.mark.parametrize(
    ("p", "q", "words"),
    [
        ([0.5, 0.5], [0.2, 0.3, 0.5], "as many"),
        (pd.Series({"a": 1.0}), pd.Series({"b": 1.0}), "no label in common"),
        (pd.Series({"a": 0.5, "b": 0.5}), [0.5, 0.5], "others have none"),
        (pd.Series([0.5, 0.5], index=["a", "a"]), pd.Series({"a": 1.0}), "twice"),
        ([12, 7, 1], [3, 3, 3], "w / w.sum"),
        (DATA[:, 0], DATA[:, 1], "divkit.estimate"),
        ([0.5, math.nan], [0.5, 0.5], "no probabilities"),
    ],
)
def test_numbers_that_are_no_probabilities_are_refused(p, q, words):
    with pytest.raises(ValueError, match=words):
        divkit.js_divergence(p, q)


def bell(x):
    return np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def log_bell(x):
    return -0.5 * x * x - 0.5 * math.log(2 * math.pi)


def slow_bell(x):
    return math.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("function", [bell, log_bell, slow_bell, ss.norm.pdf, ss.norm.logpdf])
def test_functions_are_densities_or_logarithms_of_them_as_their_integral_says(function):
    found = same(function, "normal(0, 1)", "kl")
    what = "log density" if "log" in function.__name__ else "density"
    assert found.diagnostics["read"]["p"].endswith(f"read as a {what}')")


@pytest.mark.parametrize("function", [np.sin, lambda x: 0 * x, lambda x: np.exp(-x * x), len])
def test_functions_that_are_neither_are_refused(function):
    with pytest.raises(TypeError, match=r"divkit\.law\(log_prob"):
        as_law(function)


class Numpys:
    """A density and a sampler on NumPy's arrays."""

    def log_prob(self, x):
        return np.asarray(log_bell(x))

    def sample(self, size, rng=None):
        return rng.normal(size=size)


class Tensors:
    """The same in the plane, on tensors, as normalising flows are written."""

    def log_prob(self, x):
        return torch.distributions.Normal(0.0, 1.0).log_prob(x).sum(-1)

    def sample(self, n):
        return torch.randn(n, 2)


class Scored:
    """As scikit-learn writes it."""

    def score_samples(self, x):
        return log_bell(x[:, 0])

    def sample(self, n=1):
        return np.random.normal(size=(n, 1)), np.zeros(n)  # noqa: NPY002


class Network(torch.nn.Module):
    """A flow with log_prob and sample, as nflows writes it."""

    def __init__(self):
        super().__init__()
        self.shift = torch.nn.Parameter(torch.zeros(2))

    def log_prob(self, x):
        return torch.distributions.Normal(self.shift, 1.0).log_prob(x).sum(-1)

    def sample(self, n):
        return self.shift + torch.randn(n, 2)


class Silent:
    """A density in the plane without a sampler."""

    event_shape = (2,)

    def log_prob(self, x):
        return log_bell(x).sum(-1)


@pytest.mark.parametrize(
    ("given", "law"),
    [
        (Numpys(), "normal(0, 1)"),
        (Scored(), "normal(0, 1)"),
        (Tensors(), "mvnormal([0, 0], [[1, 0], [0, 1]])"),
        (Network(), "mvnormal([0, 0], [[1, 0], [0, 1]])"),
    ],
    ids=lambda v: type(v).__name__,
)
def test_objects_with_a_log_density_and_a_sampler_are_read_by_them(given, law):
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    read = as_law(given)
    known = as_law(law)
    x = known.sample(50, 1)
    assert np.allclose(read.log_prob(x), known.log_prob(x), atol=1e-5)
    assert torch.equal(read.sample(9, 4), read.sample(9, 4))
    assert (np.random.get_state()[1] == before[0]).all()  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])
    found = divkit.kl_divergence(given, known)
    assert abs(found.value) <= 4 * found.error + 1e-6


def test_objects_that_do_not_say_enough_are_refused():
    with pytest.raises(TypeError, match="no sampler"):
        as_law(Silent())
    with pytest.raises(TypeError, match="a class, not an object"):
        as_law(Numpys)


@pytest.mark.parametrize("model", [PCA(1), FactorAnalysis(1, random_state=0)], ids=("pca", "fa"))
def test_latent_models_of_scikit_learn_are_normal_laws(model):
    model.fit(DATA)
    x = DATA[:9]
    assert np.allclose(as_law(model).log_prob(x), model.score_samples(x), rtol=1e-9)


def test_mixtures_of_scikit_learn_and_what_is_derived_from_them():
    class Mine(GaussianMixture):
        pass

    plain, mine = (kind(2, random_state=0).fit(DATA) for kind in (GaussianMixture, Mine))
    assert as_law(mine) == as_law(plain)
    bayes = BayesianGaussianMixture(n_components=2, random_state=0).fit(DATA)
    drawn = divkit.kl_divergence(bayes, bayes)
    assert drawn.value == 0 and as_law(bayes).dim == 2


def test_a_user_registers_a_reader_of_his_own():
    class Wage:
        def __init__(self, median):
            self.median = median

    register_adapter(
        lambda obj: isinstance(obj, Wage),
        lambda obj: LogNormal(math.log(obj.median), 1.0),
        "a wage",
    )
    try:
        assert as_law(Wage(2.0)) == LogNormal(math.log(2.0), 1.0)
        with pytest.raises(TypeError, match="a wage"):
            as_law(3)
    finally:
        _OF_USERS.pop(0)


def test_numbers_and_histograms_travel():
    law = as_law((np.array([1.0, 2.0]), np.array([0.0, 1.0, 3.0])))
    twin = pickle.loads(pickle.dumps(law))
    assert (twin.cdf([0.5, 2.0]) == law.cdf([0.5, 2.0])).all()


def test_what_is_refused_is_shown_in_one_short_line():
    counts = np.histogram2d(*np.random.default_rng(0).normal(size=(2, 500)))
    with pytest.raises(TypeError) as told:
        divkit.as_law(counts)
    shown = str(told.value).partition(". Pass ")[0]
    assert "\n" not in shown and len(shown) < 200 and shown.endswith("… of type tuple")


def test_tuples_of_numbers_are_points_and_large_keys_are_names():
    """W1 in the plane is one move of ½ by 1; floats cannot tell 2⁶⁰ from 2⁶⁰ + 1."""
    p, q = {(0, 0): 0.5, (0, 1): 0.5}, {(1, 1): 0.5, (0, 0): 0.5}
    assert divkit.w1_distance(p, q).value == pytest.approx(0.5, abs=1e-14)
    index = pd.MultiIndex.from_tuples([(0, 0), (0, 1)])
    assert as_law(pd.Series([0.5, 0.5], index=index)) == as_law(p)
    with pytest.raises(ValueError, match=r"no label in common.*FiniteLaw\(atoms, probs\)"):
        divkit.w1_distance(p, {(1, 0): 1.0})
    with pytest.raises(ValueError, match="names have none"):
        divkit.w1_distance({(0, "a"): 1.0}, {(0, "a"): 1.0})
    keys = divkit.kl_divergence({2**60: 0.5, 2**60 + 1: 0.5}, {2**60: 0.1, 2**60 + 1: 0.9})
    assert keys.value == divkit.kl_divergence([0.5, 0.5], [0.1, 0.9]).value
    with pytest.raises(ValueError, match="probabilities are masked"):
        as_law(np.ma.array([0.5, 0.5], mask=[False, True]))
