"""Objects of other libraries as laws: known families exactly, the rest faithfully wrapped."""

import math

import numpy as np
import pytest
import scipy.stats as ss
import torch
import torch.distributions as td
import zuko
from scipy import integrate
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

import divkit
from divkit.distributions import (
    Affine,
    Beta,
    Cauchy,
    Exponential,
    FiniteLaw,
    Gamma,
    Gumbel,
    Laplace,
    Law1D,
    Logistic,
    LogNormal,
    MultivariateNormal,
    MultivariateStudentT,
    Normal,
    Pareto,
    Product,
    StudentT,
    Uniform,
    as_law,
    mixture,
    sample,
    transformed,
)

F32 = float(np.float32(0.1))  # torch's 0.1 is this number
EYE = ((1.0, 0.0), (0.0, 1.0))
DATA = np.random.default_rng(7).normal(size=(40, 2)) * [1.0, 3.0]


def t32(*values):
    return torch.tensor(values, dtype=torch.float32)


SAME = [
    (ss.norm(1, 2), Normal(1, 2)),
    (ss.norm(scale=2), Normal(0, 2)),
    (ss.laplace(1, 2), Laplace(1, 2)),
    (ss.logistic(1, 2), Logistic(1, 2)),
    (ss.t(3, 1, 2), StudentT(3, 1, 2)),
    (ss.t(np.inf, 1, 2), Normal(1, 2)),
    (ss.cauchy(1, 2), Cauchy(1, 2)),
    (ss.gumbel_r(1, 2), Gumbel(1, 2)),
    (ss.gumbel_l(1, 2), transformed(Gumbel(-1, 2), Affine(0, -1))),
    (ss.uniform(1, 2), Uniform(1, 3)),
    (ss.expon(scale=0.5), Exponential(2)),
    (ss.expon(loc=1, scale=0.5), transformed(Exponential(2), Affine(1, 1))),
    (ss.gamma(3, scale=0.5), Gamma(3, 2)),
    (ss.gamma(3, 1, 0.5), transformed(Gamma(3, 2), Affine(1, 1))),
    (ss.chi2(4), Gamma(2, 0.5)),
    (ss.beta(2, 3), Beta(2, 3)),
    (ss.beta(2, 3, loc=1, scale=4), transformed(Beta(2, 3), Affine(1, 4))),
    (ss.lognorm(0.5), LogNormal(0, 0.5)),
    (ss.lognorm(0.5, scale=2), LogNormal(math.log(2), 0.5)),
    (ss.lognorm(0.5, loc=3), transformed(LogNormal(0, 0.5), Affine(3, 1))),
    (ss.pareto(3, scale=2), Pareto(3, 2)),
    (ss.norm(np.array([1.0]), 2), Normal(1, 2)),
    (ss.Normal(mu=1, sigma=2), Normal(1, 2)),
    (ss.Normal(), Normal()),
    *([(ss.Logistic(), Logistic())] if "Logistic" in vars(ss) else []),
    (ss.Uniform(a=1, b=3), Uniform(1, 3)),
    (
        ss.Mixture([ss.Normal(mu=1, sigma=2), ss.Uniform(a=0, b=1)], weights=[0.25, 0.75]),
        mixture([0.25, 0.75], [Normal(1, 2), Uniform(0, 1)]),
    ),
    (ss.multivariate_normal([1, 2]), MultivariateNormal((1, 2), EYE)),
    (ss.multivariate_normal(3, 4), Normal(3, 2)),
    (ss.multivariate_t([1, 2], df=3), MultivariateStudentT(3, (1, 2), EYE)),
    (ss.bernoulli(0.25), FiniteLaw((0, 1), (0.75, 0.25))),
    (ss.randint(2, 4), FiniteLaw((2, 3), (0.5, 0.5))),
    (ss.rv_discrete(values=([1, 2.5], [0.25, 0.75])), FiniteLaw((1, 2.5), (0.25, 0.75))),
    (ss.rv_discrete(values=([1, 4], [0.25, 0.75]))(), FiniteLaw((1, 4), (0.25, 0.75))),
    (td.Normal(0.1, 2.0), Normal(F32, 2)),
    (td.Normal(torch.tensor(0.1, dtype=torch.float64), 2.0), Normal(0.1, 2)),
    (td.Normal(t32(1.0), t32(2.0)), Normal(1, 2)),
    (td.Normal(torch.tensor(1.0, requires_grad=True), 2.0), Normal(1, 2)),
    (td.Laplace(1.0, 2.0), Laplace(1, 2)),
    (td.Cauchy(1.0, 2.0), Cauchy(1, 2)),
    (td.Gumbel(1.0, 2.0), Gumbel(1, 2)),
    (td.StudentT(3.0, 1.0, 2.0), StudentT(3, 1, 2)),
    (td.Uniform(1.0, 3.0), Uniform(1, 3)),
    (td.Exponential(2.0), Exponential(2)),
    (td.Gamma(3.0, 2.0), Gamma(3, 2)),
    (td.Chi2(4.0), Gamma(2, 0.5)),
    (td.Beta(2.0, 3.0), Beta(2, 3)),
    (td.LogNormal(1.0, 2.0), LogNormal(1, 2)),
    (td.Pareto(2.0, 3.0), Pareto(3, 2)),
    (td.Independent(td.Normal(t32(1, 2), 1.0), 1), Product((Normal(1, 1), Normal(2, 1)))),
    (td.MultivariateNormal(t32(1, 2), torch.eye(2)), MultivariateNormal((1, 2), EYE)),
    (
        td.MultivariateNormal(t32(1, 2), scale_tril=torch.tensor([[2.0, 0.0], [1.0, 1.0]])),
        MultivariateNormal((1, 2), ((4.0, 2.0), (2.0, 2.0))),
    ),
    (
        td.MultivariateNormal(t32(1, 2), precision_matrix=4 * torch.eye(2)),
        MultivariateNormal((1, 2), ((0.25, 0.0), (0.0, 0.25))),
    ),
    (
        td.LowRankMultivariateNormal(t32(1, 2), torch.tensor([[1.0], [2.0]]), t32(1, 1)),
        MultivariateNormal((1, 2), ((2.0, 2.0), (2.0, 5.0))),
    ),
    (
        td.MixtureSameFamily(td.Categorical(t32(0.25, 0.75)), td.Normal(t32(0, 1), t32(2, 3))),
        mixture([0.25, 0.75], [Normal(0, 2), Normal(1, 3)]),
    ),
    (td.Categorical(t32(0.25, 0.75)), FiniteLaw((0, 1), (0.25, 0.75))),
    (td.Bernoulli(0.25), FiniteLaw((0, 1), (0.75, 0.25))),
]


@pytest.mark.parametrize(("given", "law"), SAME, ids=lambda value: type(value).__name__)
def test_known_families_become_divkits_own(given, law):
    found = as_law(given)
    if isinstance(law, FiniteLaw):
        assert found.support == law.support
        points = np.array(law.atoms)
        assert np.allclose(np.exp(found.log_prob(points)), law.probs, rtol=0, atol=1e-15)
    else:
        assert found == law


def test_a_law_passes_through():
    law = Normal(1, 2)
    assert as_law(law) is law


def test_top_level_names():
    assert divkit.as_law is as_law
    x = divkit.sample(ss.norm(0, 1), 5, rng=0)
    assert torch.equal(x, sample(td.Normal(0.0, 1.0), 5, rng=0)) and x.shape == (5, 1)


def shifted_kde(kernel, d=1):
    return KernelDensity(kernel=kernel, bandwidth=0.7).fit(DATA[: 12 if d == 1 else 40, :d] + 2)


def wrapped_lines():
    torch.manual_seed(0)
    flow = zuko.flows.NSF(1, transforms=1, hidden_features=(8,))
    x = DATA[:, :1]
    return [
        (ss.halfnorm(1, 2), lambda x: ss.halfnorm(1, 2).logpdf(x)),
        (ss.weibull_min(1.5), lambda x: ss.weibull_min(1.5).logpdf(x)),
        (ss.triang(0.3), lambda x: ss.triang(0.3).logpdf(x)),
        (ss.vonmises_line(2.0), lambda x: ss.vonmises_line(2.0).logpdf(x)),
        (ss.make_distribution(ss.gamma)(a=2.0), lambda x: ss.gamma(2).logpdf(x)),
        (2 * ss.Normal() + 1, lambda x: ss.norm(1, 2).logpdf(x)),
        (ss.truncate(ss.Normal(), -1, 2), lambda x: ss.truncnorm(-1, 2).logpdf(x)),
        (ss.gaussian_kde(x.T), lambda t: ss.gaussian_kde(x.T).logpdf(t)),
        (td.HalfNormal(2.0), lambda x: ss.halfnorm(0, 2).logpdf(x)),
        (td.Weibull(2.0, 1.5), lambda x: ss.weibull_min(1.5, scale=2).logpdf(x)),
        (
            td.Kumaraswamy(0.5, 1.5),
            lambda x: np.log(0.75) - 0.5 * np.log(x) + 0.5 * np.log1p(-np.sqrt(x)),
        ),
        (td.InverseGamma(2.0, 1.0), lambda x: ss.invgamma(2).logpdf(x)),
        (td.FisherSnedecor(3.0, 4.0), lambda x: ss.f(3, 4).logpdf(x)),
        (
            td.TransformedDistribution(td.Normal(0.0, 1.0), [td.AffineTransform(1.0, -2.0)]),
            lambda x: ss.norm(1, 2).logpdf(x),
        ),
        *(
            (shifted_kde(k), lambda x, k=k: shifted_kde(k).score_samples(x[:, None]))
            for k in ("gaussian", "tophat", "epanechnikov", "exponential", "linear", "cosine")
        ),
        (GaussianMixture(2, random_state=0).fit(x), None),
        (flow, None),
        (flow(), None),
        (td.Normal(t32(3.0), 1.0), lambda x: ss.norm(3, 1).logpdf(x)),
    ]


LINES = wrapped_lines()


def finite_ends(law):
    return [end for box in law.support.boxes for end in box[0] if math.isfinite(end)]


@pytest.mark.sweep(4)
@pytest.mark.parametrize(("given", "truth"), LINES, ids=lambda v: type(v).__name__)
def test_laws_on_the_line_keep_their_density_and_distribution_function(given, truth):
    law = as_law(given)
    assert isinstance(law, Law1D)
    x = law.ppf([0.01, 0.2, 0.5, 0.9, 0.999])
    if truth is not None:
        assert np.allclose(law.log_prob(x), truth(x), rtol=1e-12, atol=1e-12)
    inner = [*law.kinks, *finite_ends(law)]
    for a, b in ((x[0], x[1]), (x[3], x[4])):
        cuts = sorted(k for k in inner if a < k < b) or None
        mass = integrate.quad(
            lambda t: math.exp(law.log_prob([t])[0]),
            a,
            b,
            points=cuts,
            limit=400,
            epsabs=1e-9,
            epsrel=1e-9,
        )[0]
        assert law.cdf(b) - law.cdf(a) == pytest.approx(mass, abs=2e-8)
    assert law.cdf(x) + law.sf(x) == pytest.approx(1, abs=1e-12)


@pytest.mark.sweep(4)
@pytest.mark.parametrize(("given", "truth"), LINES, ids=lambda v: type(v).__name__)
def test_wrapped_laws_are_honest(given, truth):
    law = as_law(given)
    before = torch.random.get_rng_state()
    x = law.sample(3000, 11)
    assert torch.equal(x, law.sample(3000, 11)) and not torch.equal(x, law.sample(3000, 12))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.isfinite(law.log_prob(x)).all()
    nasty = [-math.inf, -1e308, -1e30, -0.0, 1e-320, 1e30, 1e308, math.inf, math.nan]
    values = law.log_prob(nasty)
    assert not np.isnan(values).any() and (values[[0, -1, -2]] == -math.inf).all()
    for end in finite_ends(law):
        outside = [math.nextafter(end, side) for side in (-math.inf, math.inf)]
        assert -math.inf in law.log_prob(outside)
    # Kolmogorov–Smirnov: P(p-value < 1e-9) = 1e-9 for each of two dozen laws
    assert ss.kstest(x[:, 0].numpy(), law.cdf).pvalue > 1e-9


SPACES = [
    ss.gaussian_kde(DATA.T),
    ss.gaussian_kde(DATA.T, weights=np.arange(1, 41)),
    *(
        shifted_kde(k, 2)
        for k in ("gaussian", "tophat", "epanechnikov", "exponential", "linear", "cosine")
    ),
    *(
        GaussianMixture(3, covariance_type=c, random_state=0).fit(DATA)
        for c in ("full", "tied", "diag", "spherical")
    ),
    zuko.flows.MAF(2, transforms=2, hidden_features=(8,)),
    zuko.flows.MAF(2, transforms=2, hidden_features=(8,))(),
    zuko.mixtures.GMM(features=2, components=3),
    zuko.mixtures.GMM(features=2, components=3)(),
    td.MixtureSameFamily(
        td.Categorical(t32(0.3, 0.7)), td.Independent(td.Normal(torch.zeros(2, 2), 1.0), 1)
    ),
]


# scikit-learn's cosine kernel in the plane: it takes ∫ cos(πr/2) r dr to be 2/π, not 2/π − 4/π²
_COSINE = (2 / math.pi - 4 / math.pi**2) / (2 / math.pi)


def score(given, x):
    """The library's own log density, in its own precision."""
    if isinstance(given, ss.gaussian_kde):
        return given.logpdf(x.T)
    if isinstance(given, KernelDensity | GaussianMixture):
        wrong = _COSINE if isinstance(given, KernelDensity) and given.kernel == "cosine" else 1.0
        return given.score_samples(x) - math.log(wrong)
    distribution = given() if isinstance(given, torch.nn.Module) else given
    return distribution.log_prob(torch.tensor(x, dtype=torch.float32)).detach().double().numpy()


@pytest.mark.parametrize("given", SPACES, ids=lambda v: type(v).__name__)
def test_laws_in_the_plane_keep_their_density(given):
    law = as_law(given)
    x = law.sample(200, 3)
    tolerance = 2e-4 if isinstance(given, torch.nn.Module | td.Distribution) else 1e-10
    assert np.allclose(law.log_prob(x), score(given, x.numpy()), rtol=0, atol=tolerance)
    assert torch.equal(x, law.sample(200, 3))
    assert (
        law.log_prob([[math.nan, 0.0], [math.inf, 0.0], [1e300, -1e300]]).tolist()
        == [-math.inf] * 3
    )


@pytest.mark.sweep(4)
@pytest.mark.parametrize("given", SPACES, ids=lambda v: type(v).__name__)
def test_samplers_in_the_plane_agree_with_the_density(given):
    law = as_law(given)
    n = 40_000
    x = law.sample(n, 5).numpy()
    low, high = np.quantile(x, [0.02, 0.98], axis=0)
    cells = 160
    ticks = [np.linspace(a, b, cells + 1) for a, b in zip(low, high, strict=True)]
    middles = [0.5 * (t[1:] + t[:-1]) for t in ticks]
    points = np.stack(np.meshgrid(*middles, indexing="ij"), axis=-1).reshape(-1, 2)
    area = math.prod((b - a) / cells for a, b in zip(low, high, strict=True))
    mass = np.exp(law.log_prob(points)).reshape(8, 20, 8, 20).sum(axis=(1, 3)) * area
    edges = [t[::20] for t in ticks]
    seen = np.histogram2d(x[:, 0], x[:, 1], bins=edges)[0] / n
    # |seen − mass| in each of 64 cells: normal spread, 7 sd (64 · 2.6e-12 = 1.6e-10), and
    # 2e-3 of the largest cell for the midpoint rule
    spread = np.sqrt(np.maximum(mass * (1 - mass), 1e-4) / n)
    assert (np.abs(seen - mass) <= 7 * spread + 2e-3 * mass.max()).all()


class _Squares(ss.rv_discrete):
    """A law of no family, with infinitely many atoms."""

    def _pmf(self, k):
        return 6 / (math.pi * (k + 1)) ** 2


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (3, TypeError, "a fitted density of scikit-learn"),
        ("normal(0, 1", ValueError, "expected"),
        (None, TypeError, "divkit.law"),
        (np.zeros(3), ValueError, "no probabilities.*divkit.estimate"),
        ([0.3, 1.9, -0.4], ValueError, "some of them negative"),
        ([3, 5, 2], ValueError, "w / w.sum"),
        ([[0.5, 0.5], [0.2, 0.8]], ValueError, "holds 2 laws"),
        (td.Normal, TypeError, "a class, not an object"),
        (ss.gamma, TypeError, "needs a"),
        (ss.poisson, TypeError, "needs mu"),
        (np.sin, TypeError, "divkit.law"),
        (ss.vonmises(1.0, scale=2.0), ValueError, "vonmises_line"),
        (ss.dirichlet_multinomial([[1, 1], [2, 1]], 3), ValueError, "holds 2 laws"),
        (td.Dirichlet(torch.ones(2, 3)), ValueError, "batch of 2 laws"),
        (td.Normal(torch.zeros(3), 1.0), ValueError, "batch of 3 laws.*Independent"),
        (td.Weibull(torch.ones(3), 1.0), ValueError, "batch of 3 laws"),
        (td.Categorical(torch.ones(2, 3)), ValueError, "batch of 2 laws"),
        (ss.norm([0, 1], 1), ValueError, "holds 2 laws"),
        (ss.norm(0, -1), ValueError, "scale"),
        (_Squares(name="squares")(), ValueError, "count_law"),
        (KernelDensity(), ValueError, "not fitted"),
        (KernelDensity(metric="manhattan").fit(DATA), ValueError, "euclidean"),
        (zuko.flows.NSF(1, context=2), ValueError, "context"),
        (torch.nn.Linear(1, 1), ValueError, "no law without a context"),
        (torch.nn.Identity(), ValueError, "no law without a context"),
    ],
)
def test_refusals_say_what_is_accepted(given, error, words):
    with pytest.raises(error, match=words):
        as_law(given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            td.TransformedDistribution(td.Normal(0.0, 1.0), [td.transforms.AbsTransform()]),
            "one-to-one",
        ),
    ],
    ids=("abs",),
)
def test_torch_laws_without_a_density_are_refused_with_advice(given, words):
    with pytest.raises(TypeError, match=words):
        as_law(given)


def test_validation_errors_of_torch_become_zero_density():
    law = as_law(td.HalfNormal(1.0, validate_args=True))
    assert law.log_prob([-1.0, math.nan, -0.0]).tolist()[:2] == [-math.inf, -math.inf]


def test_gradients_flow_through_wrapped_torch_laws():
    x = torch.tensor([0.3, 0.8], dtype=torch.float64, requires_grad=True)
    as_law(td.Weibull(torch.tensor(2.0, requires_grad=True), 1.5)).log_prob(x).sum().backward()
    truth = 0.5 / x.detach() - 1.5 / 2**1.5 * x.detach() ** 0.5
    assert torch.allclose(x.grad, truth, rtol=1e-12)


def test_wrapping_leaves_the_object_alone():
    flow = zuko.flows.NSF(1, transforms=1, hidden_features=(8,))
    given = td.TransformedDistribution(td.Normal(0.0, 1.0), [td.AffineTransform(t32(1.0), 2.0)])
    as_law(flow), as_law(given)
    assert all(p.dtype == torch.float32 and p.requires_grad for p in flow.parameters())
    assert given.transforms[0].loc.dtype == torch.float32


def test_half_laws_of_torch_know_their_tails():
    """KL of the half Cauchy law to the half normal is infinite, and half laws are folded ones."""
    normal, cauchy = torch.distributions.HalfNormal(1.5), torch.distributions.HalfCauchy(0.5)
    infinite = divkit.kl_divergence(cauchy, normal)
    assert infinite.value == math.inf and infinite.error == 0
    assert "diverges" in infinite.reason
    whole = divkit.kl_divergence(Normal(0, 1.5), Cauchy(0, 0.5))
    half = divkit.kl_divergence(normal, cauchy)
    assert abs(half.value - whole.value) <= half.error + whole.error < 1e-11
    assert divkit.w1_distance(cauchy, normal).value == math.inf


def _without_address(value):
    """A frozen SciPy law's repr is its memory address, on which parallel workers do not agree."""
    frozen = getattr(value, "kwds", None) is not None
    return f"{value.dist.name}{value.args}{value.kwds}" if frozen else repr(value)


@pytest.mark.parametrize(
    ("given", "normal_is_finite"),
    [
        (ss.halfnorm(1, 2), True),
        (ss.halfcauchy(1, 2), False),
        (ss.lomax(1.5), False),
        (ss.lomax(2.5, loc=-3, scale=2), True),
        (ss.invgamma(2.0), False),
        (ss.invgamma(2.5, scale=3), True),
        (ss.fisk(2.0), False),
        (ss.fisk(2.5), True),
        (ss.genpareto(0.5), False),
        (ss.genpareto(0.4), True),
        (ss.genpareto(0.0), True),
        (ss.genpareto(-0.4), True),
        (ss.Normal(), True),
        (td.GeneralizedPareto(0.0, 1.0, 0.5), False),
    ],
    ids=_without_address,
)
def test_scipys_tails_decide_an_infinite_kl(given, normal_is_finite):
    """KL to a normal law is finite iff the second moment is: proved, with its reason."""
    kl = divkit.kl_divergence(given, Normal(1, 3))
    if normal_is_finite:
        assert kl.error < 1e-2 * kl.value < math.inf
    else:
        assert (kl.value, kl.error) == (math.inf, 0.0)
        assert "diverges" in kl.reason


@pytest.mark.parametrize(
    "given",
    [
        ss.halfnorm(1, 2),
        ss.halfcauchy(1, 2),
        ss.lomax(1.5, 1, 2),
        ss.invgamma(2.0, 1, 2),
        ss.fisk(2.5, 1, 2),
        ss.fisk(0.5, 1, 2),
        ss.genpareto(0.5, 1, 2),
        ss.genpareto(0.0, 1, 2),
        ss.genpareto(-0.4, 1, 2),
        ss.genpareto(-1.5, 1, 2),
    ],
    ids=lambda g: f"{g.dist.name}{g.args}",
)
def test_scipys_tails_are_those_of_the_density(given):
    """−log p minus its tail is bounded: it moves less from 2^38 to 2^40 than one unit of log u."""
    for end, tail in zip(as_law(given).support.boxes[0][0], as_law(given).tails, strict=True):
        inward = 1.0 if end == given.support()[0] else -1.0
        u = 2.0 ** (np.array([12.0, 14.0]) if tail.at == "endpoint" else np.array([20.0, 22.0]))
        x = u if math.isinf(end) else end + inward / u
        terms = [
            float(c) * (np.log(u) if rank == 0 else u ** float(k)) for (rank, k), c in tail.terms
        ]
        rest = -given.logpdf(x) - sum(terms, np.zeros(2))
        assert abs(rest[1] - rest[0]) < 0.05


def test_torch_laws_with_inverse_transforms():
    """A uniform law through a logit is a logistic law."""
    logit = td.transforms.SigmoidTransform().inv
    law = td.TransformedDistribution(td.Uniform(0.0, 1.0), [logit])
    known = divkit.js_divergence(Logistic(), Normal(0, 2))
    found = divkit.js_divergence(law, Normal(0, 2))
    assert abs(found.value - known.value) <= found.error + known.error < 1e-10


def test_torch_generalized_pareto_is_scipys():
    """Torch's own raises in float64."""
    got = as_law(td.GeneralizedPareto(1.0, 2.0, 0.25)).log_prob([[0.0], [2.0], [50.0]])
    np.testing.assert_allclose(got, ss.genpareto(0.25, 1, 2).logpdf([0, 2, 50]), rtol=1e-14)


@pytest.mark.parametrize(
    ("given", "atoms"),
    [
        (td.OneHotCategorical(torch.tensor([0.25, 0.75])), {(1.0, 0.0): 0.25, (0.0, 1.0): 0.75}),
        (
            td.OneHotCategorical(logits=torch.tensor([0.0, math.log(3.0)])),
            {(1.0, 0.0): 0.25, (0.0, 1.0): 0.75},
        ),
    ],
    ids=("probs", "logits"),
)
def test_one_hot_laws_are_finite(given, atoms):
    law = as_law(given)
    assert dict(zip(law.atoms, law.probs, strict=True)) == pytest.approx(atoms, rel=1e-7)


def test_independent_bernoullis_are_a_product():
    """JS of two products of Bernoulli laws against the sum over their four atoms."""
    a, b = torch.tensor([0.25, 0.75]), torch.tensor([0.5, 0.125])
    p, q = (as_law(td.Independent(td.Bernoulli(t), 1)) for t in (a, b))
    whole = [
        FiniteLaw(
            ((0, 0), (0, 1), (1, 0), (1, 1)),
            tuple(float(u * v) for u in (1 - t[0], t[0]) for v in (1 - t[1], t[1])),
        )
        for t in (a, b)
    ]
    known, found = divkit.js_divergence(*whole), divkit.js_divergence(p, q)
    assert abs(found.value - known.value) <= found.error + known.error < 1e-12
