"""Values for laws on circles, spheres, simplices and matrices, against mpmath."""

import math

import mpmath as mp
import numpy as np
import pytest
import scipy.stats as ss
import shapes_truth as truth
import torch
import torch.distributions as td

from divkit.distributions import (
    LKJ,
    Dirichlet,
    DirichletMultinomial,
    FiniteLaw,
    InverseWishart,
    LKJCholesky,
    MatrixNormal,
    Multinomial,
    MultivariateHypergeometric,
    MultivariateNormal,
    Normal,
    Product,
    SingularNormal,
    VonMises,
    VonMisesFisher,
    Wishart,
    WrappedCauchy,
    as_law,
    bernoulli,
    logistic_normal,
    mixture,
    relaxed_one_hot,
)
from divkit.exact.api import divergence
from divkit.exact.method import NotApplicableError

KINDS = ("kl", "js", "hellinger2")
LOG2 = math.log(2)
V, W = ((2.0, 0.3), (0.3, 1.0)), ((1.0, 0.1), (0.1, 0.5))


def holds(p, q, kind, value, within=1e-11):
    found = divergence(p, q, kind)
    assert abs(found.value - float(value)) <= found.error + 2e-16 * abs(float(value)), (p, q, kind)
    assert found.error <= within * (1 + abs(found.value)), (p, q, kind)
    return found


def test_the_values_that_are_known():
    holds(ss.dirichlet([1, 2]), ss.dirichlet([3, 4]), "kl", truth.dirichlet_kl([1, 2], [3, 4]))
    found = divergence(Dirichlet([2, 3, 4]), Dirichlet([1, 0.5, 2]), "kl")
    assert found.value == pytest.approx(0.959539974487, abs=5e-13)
    assert divergence(ss.dirichlet([1, 2]), ss.dirichlet([3, 4]), "kl").value == pytest.approx(
        0.598803, abs=5e-7
    )
    found = divergence(ss.vonmises(2, loc=1), ss.vonmises(5), "kl")
    assert found.value == pytest.approx(1.991191, abs=5e-7)


CIRCLES = [
    (VonMises(1, 2), VonMises(0, 5), truth.von_mises(1, 2), truth.von_mises(0, 5)),
    (VonMises(3, 40), VonMises(-3, 10), truth.von_mises(3, 40), truth.von_mises(-3, 10)),
    (VonMises(0, 1e-3), VonMises(2, 0), truth.von_mises(0, 1e-3), truth.von_mises(2, 0)),
    (
        WrappedCauchy(1, 0.3),
        WrappedCauchy(-2, 0.8),
        truth.wrapped_cauchy(1, 0.3),
        truth.wrapped_cauchy(-2, 0.8),
    ),
    (VonMises(1, 2), WrappedCauchy(0, 0.8), truth.von_mises(1, 2), truth.wrapped_cauchy(0, 0.8)),
]


@pytest.mark.parametrize("pair", CIRCLES, ids=lambda pair: repr(pair[:2]))
@pytest.mark.parametrize("kind", [*KINDS, "chi2"])
def test_the_circle(pair, kind):
    p, q, a, b = pair
    cuts = [-mp.pi, -3, -2.9, -2, -1, 0, 0.5, 1, 2, 2.9, 3, mp.pi]
    holds(p, q, kind, truth.on_line(kind, a, b, cuts))


def test_total_variation_on_the_circle():
    """p = q where 2 cos(x − 1) − 5 cos x is a constant: at two angles."""
    p, q = truth.von_mises(1, 2), truth.von_mises(0, 5)
    roots = [mp.findroot(lambda x: mp.log(p(x) / q(x)), start) for start in (-0.8, 0.6)]
    value = truth.on_line("tv", p, q, [-mp.pi, -2, 0, 2, mp.pi], roots)
    holds(VonMises(1, 2), VonMises(0, 5), "tv", value)


@pytest.mark.parametrize("kappa", [1e3, 1e6, 1e8])
def test_large_concentrations(kappa):
    """KL of one direction is A(κ_q) − A(κ_p) − (κ_q − κ_p) A′(κ_p), A = log I₀, A′ = I₁/I₀."""
    with mp.workdps(60):
        k, l = mp.mpf(kappa), mp.mpf(2 * kappa)
        log = mp.log(mp.besseli(0, l)) - mp.log(mp.besseli(0, k))
        value = log - (l - k) * mp.besseli(1, k) / mp.besseli(0, k)
    holds(VonMises(2, kappa), VonMises(2, 2 * kappa), "kl", value)
    found = divergence(VonMises(2, kappa), VonMises(2, 2 * kappa), "js")
    flat = divergence(Normal(0, 1), Normal(0, 0.5**0.5), "js")  # the limit, to order 1/κ
    assert abs(found.value - flat.value) <= 1 / kappa


def test_one_angle_has_many_names():
    found = divergence(VonMises(1, 2), VonMises(1 + 2 * math.pi, 2), "js")
    assert 0 <= found.value <= found.error + 1e-30
    assert divergence(VonMises(1, 2), VonMises(1 + 2 * math.pi, 5), "kl").value == pytest.approx(
        divergence(VonMises(1, 2), VonMises(1, 5), "kl").value, rel=1e-14
    )


def test_mixtures_on_the_circle():
    p = mixture([0.5, 0.5], [VonMises(0, 3), VonMises(3, 20)])
    parts = truth.von_mises(0, 3), truth.von_mises(3, 20)
    q = truth.wrapped_cauchy(1, 0.4)
    cuts = [-mp.pi, -3, -2.5, -1, 0, 1, 2, 2.5, 2.8, 3, mp.pi]
    for kind in KINDS:
        value = truth.on_line(kind, lambda x: (parts[0](x) + parts[1](x)) / 2, q, cuts)
        holds(p, WrappedCauchy(1, 0.4), kind, value)


@pytest.mark.parametrize("d", [2, 3, 4, 11])
@pytest.mark.parametrize("kind", KINDS)
def test_the_sphere(d, kind):
    mu = [1.0, -2.0] + [0.5] * (d - 2)
    p, q = VonMisesFisher(mu, 3), VonMisesFisher([2 * m for m in mu], 8)
    cuts = [-1, -0.99, 0, 0.5, 0.9, 0.99, 1]
    holds(p, q, kind, truth.on_line(kind, truth.height(3, d), truth.height(8, d), cuts), 1e-9)


@pytest.mark.parametrize("kind", ["kl", "js"])
def test_two_directions_on_the_sphere_in_space(kind):
    """By the trapezoid rule in the longitude and Gauss's rule in the height, about an axis."""
    mu, nu, k, l = np.array([0.6, 0.0, 0.8]), np.array([0.0, 0.8, 0.6]), 2.0, 5.0
    nodes, weights = np.polynomial.legendre.leggauss(80)
    angle = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    z, phi = np.meshgrid(nodes, angle, indexing="ij")
    x = np.stack([np.sqrt(1 - z**2) * np.cos(phi), np.sqrt(1 - z**2) * np.sin(phi), z], axis=-1)
    p, q = (ss.vonmises_fisher(m, c).pdf(x) for m, c in ((mu, k), (nu, l)))
    each = p * np.log(p / q)
    if kind == "js":
        each = 0.5 * (p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q)))
    value = float(weights @ each.sum(axis=1)) * 2 * np.pi / len(angle)
    found = divergence(VonMisesFisher(mu, k), VonMisesFisher(nu, l), kind)
    assert found.value == pytest.approx(value, abs=1e-12)


def test_the_sphere_in_many_dimensions():
    """Expansions of the Bessel function settle at other precisions for other frequencies."""
    d = 60
    mu = [1.0] * d
    p, q = VonMisesFisher(mu, 60), VonMisesFisher(mu, 90)
    cuts = [-1, -0.5, *(k / 40 for k in range(41))]
    value = truth.on_line("js", truth.height(60, d), truth.height(90, d), cuts)
    holds(p, q, "js", value)
    far = VonMisesFisher([1.0] * 500, 100), VonMisesFisher([1.0] * 499 + [2.0], 300)
    assert divergence(*far, "js").error < 1e-14


@pytest.mark.parametrize("kind", KINDS)
def test_two_shares_are_beta(kind):
    p, q = truth.beta_law(2, 3.5), truth.beta_law(4, 1.5)
    value = truth.on_line(kind, p, q, [0, 0.1, 0.5, 0.9, 1])
    holds(Dirichlet([2, 3.5]), Dirichlet([4, 1.5]), kind, value)


def test_dirichlet_laws():
    rng = np.random.default_rng(0)
    for k in (3, 5, 30):
        a, b = np.exp(rng.uniform(-2, 3, (2, k)))
        p, q = Dirichlet(a.tolist()), Dirichlet(b.tolist())
        holds(p, q, "kl", truth.dirichlet_kl(a, b))
        holds(p, q, "hellinger2", 1 - truth.dirichlet_affinity(a, b, 0.5))
        holds(p, q, "renyi(0.3)", mp.log(truth.dirichlet_affinity(a, b, 0.3)) / (mp.mpf(0.3) - 1))
        low = 1 - truth.dirichlet_affinity(a, b, 0.5)
        assert LOG2 * float(low) <= divergence(p, q, "js").value <= float(low) ** 0.5 * LOG2 * 1.5


def test_three_shares_by_the_affinity_formula_and_in_the_plane():
    p, q = Dirichlet([2, 3, 4]), Dirichlet([3, 1.5, 2])
    exact = divergence(p, q, "js")
    plane = divergence(mixture([0.5, 0.5], [p, p]), q, "js")  # no family: by a chart
    assert abs(exact.value - plane.value) <= exact.error + plane.error < 1e-9
    assert exact.method != plane.method


def test_logistic_normal_and_relaxed_laws():
    p, q = logistic_normal([0, 1], V), logistic_normal([0, 0], W)
    base = MultivariateNormal([0, 1], V), MultivariateNormal([0, 0], W)
    for kind in KINDS:
        holds(p, q, kind, divergence(*base, kind).value)
    relaxed = relaxed_one_hot(0.5, [0.3, 0.0]), relaxed_one_hot(0.5, [1.0, 0.0])
    moved = [ss.logistic(l / 0.5, 2) for l in (0.3, 1.0)]
    for kind in KINDS:
        holds(*relaxed, kind, divergence(*moved, kind).value)
    found = divergence(p, Dirichlet([1, 2, 3]), "js")  # two families on one simplex
    assert found.error < 1e-9 and 0 < found.value < LOG2


@pytest.mark.parametrize("kind", KINDS)
def test_wishart_laws_by_what_is_sufficient(kind):
    """Of one V in the plane 2√(|X|/|V|) is χ² of 2ν − 2; of one ν and V ∝ W tr(V⁻¹X) is χ²(2ν)."""
    chi = truth.gamma_law(3.5 - 1, 0.5), truth.gamma_law(6 - 1, 0.5)
    cuts = [0, 1, 3, 8, 20, 60, 200]
    value = truth.on_line(kind, *chi, cuts)
    holds(Wishart(3.5, V), Wishart(6, V), kind, value)
    holds(InverseWishart(3.5, V), InverseWishart(6, V), kind, value)
    wider = tuple(tuple(4 * x for x in row) for row in V)
    traces = truth.gamma_law(3.5, 0.5), truth.gamma_law(3.5, 0.125)
    value = truth.on_line(kind, *traces, [*cuts, 600])
    holds(Wishart(3.5, V), Wishart(3.5, wider), kind, value)


def test_wishart_laws_at_random():
    rng = np.random.default_rng(1)
    for n in (1, 2, 4):
        roots = rng.normal(size=(2, n, n))
        v, w = (np.round(r @ r.T + np.eye(n), 3) for r in roots)
        p, q = Wishart(n + 0.7, v.tolist()), Wishart(n + 3, w.tolist())
        holds(p, q, "kl", truth.wishart_kl(n + 0.7, v.tolist(), n + 3, w.tolist()), 1e-9)
        # X ↦ X⁻¹ takes scale V to V⁻¹
        laws = [InverseWishart(m.df, np.linalg.inv(np.array(m.scale)).tolist()) for m in (p, q)]
        assert divergence(*laws, "kl").value == pytest.approx(divergence(p, q, "kl").value)


@pytest.mark.parametrize("kind", KINDS)
def test_correlations(kind):
    """Of order 2 the correlation is Beta(η, η) on [−1, 1]; of order 3, by the onion's betas."""
    value = truth.on_line(
        kind, truth.beta_law(1.5, 1.5), truth.beta_law(4, 4), [0, 0.1, 0.5, 0.9, 1]
    )
    holds(LKJ(2, 1.5), LKJ(2, 4), kind, value)
    holds(LKJCholesky(2, 1.5), LKJCholesky(2, 4), kind, value)
    pairs = [[truth.beta_law(e + 1 - k / 2, k / 2) for e in (1.5, 4)] for k in (1, 2)]
    cuts = [0, 1e-6, 0.01, 0.5, 0.99, 1]
    if kind == "kl":
        value = mp.fsum(truth.on_line(kind, *pair, cuts) for pair in pairs)
        holds(LKJ(3, 1.5), LKJ(3, 4), kind, value)
    if kind == "hellinger2":
        rho = mp.fprod(1 - truth.on_line(kind, *pair, cuts) for pair in pairs)
        holds(LKJ(3, 1.5), LKJ(3, 4), kind, 1 - rho)


def test_matrix_normal_laws_are_normal():
    p = MatrixNormal([[1, 2], [0, 1]], V, W)
    q = MatrixNormal([[0, 2], [0, 0]], W, V)
    plain = [MultivariateNormal(law.mean, law.covariance) for law in (p, q)]
    for kind in (*KINDS, "w2", "energy"):
        mine, theirs = divergence(p, q, kind), divergence(*plain, kind)
        assert mine.value == pytest.approx(theirs.value, rel=1e-12, abs=1e-12)
        assert divergence(p, plain[1], kind).value == pytest.approx(theirs.value, rel=1e-12)


def test_singular_normals():
    """N(0, 1) and N(1, 2) on the diagonal of the plane."""
    p = ss.multivariate_normal([0, 0], [[1, 1], [1, 1]], allow_singular=True)
    q = ss.multivariate_normal([1, 1], [[2, 2], [2, 2]], allow_singular=True)
    assert isinstance(as_law(p), SingularNormal)
    for kind in (*KINDS, "tv"):
        value = divergence(ss.norm(0, 1), ss.norm(1, 2**0.5), kind)
        found = divergence(p, q, kind)
        assert abs(found.value - value.value) <= found.error + value.error + 1e-16
    off = ss.multivariate_normal([1, 0], [[2, 2], [2, 2]], allow_singular=True)
    for other in (off, ss.multivariate_normal([0, 0], [[2, 1], [1, 2]])):
        found = divergence(p, other, "js")
        assert found.value == pytest.approx(LOG2, abs=1e-15)
        assert "mutually singular" in found.reason
        assert divergence(p, other, "kl").value == math.inf


COUNTS = [
    (Multinomial(6, [0.2, 0.3, 0.5]), Multinomial(6, [0.4, 0.4, 0.2]), truth.multinomial),
    (
        DirichletMultinomial(6, [0.2, 3, 1]),
        DirichletMultinomial(6, [1, 1, 2]),
        truth.dirichlet_multinomial,
    ),
]


@pytest.mark.parametrize("case", COUNTS, ids=lambda case: repr(case[:2]))
@pytest.mark.parametrize("kind", [*KINDS, "chi2", "tv"])
def test_counts(case, kind):
    p, q, table = case
    laws = [table(law.n, [*law.parameters.values()][1]) for law in (p, q)]
    holds(p, q, kind, truth.over_atoms(kind, *laws))


@pytest.mark.parametrize("kind", [*KINDS, "chi2", "tv"])
def test_draws_without_replacement(kind):
    p, q = ((4, 5, 3), 6), ((6, 5, 4), 6)
    tables = truth.hypergeometric(*p), truth.hypergeometric(*q)
    laws = MultivariateHypergeometric(*p), MultivariateHypergeometric(*q)
    holds(*laws, kind, truth.over_atoms(kind, *tables))
    if kind in ("kl", "chi2"):
        found = divergence(laws[1], laws[0], kind)  # counts of 6 of the first kind are not there
        assert found.value == math.inf and "p has mass where q has none" in found.reason


@pytest.mark.parametrize("n", [1, 5, 40])
def test_sums_and_the_affinity_formula_agree_on_counts(n):
    pairs = [
        (Multinomial(n, [0.2, 0.3, 0.5]), Multinomial(n, [0.25, 0.35, 0.4])),
        (DirichletMultinomial(n, [0.2, 3, 1]), DirichletMultinomial(n, [1, 1, 2])),
        (MultivariateHypergeometric([30, 20, 9], n), MultivariateHypergeometric([25, 20, 15], n)),
    ]
    for p, q in pairs:
        one, two = (divergence(p, q, "js", method) for method in ("discrete", "affinity"))
        assert abs(one.value - two.value) <= one.error + two.error < 1e-12


def test_many_draws_are_not_enumerated():
    """n times the KL of one draw."""
    p, q = [0.2, 0.3, 0.1, 0.4], [0.25, 0.25, 0.1, 0.4]
    one = mp.fsum(mp.mpf(a) * mp.log(mp.mpf(a) / mp.mpf(b)) for a, b in zip(p, q, strict=True))
    shift = mp.log(mp.fsum(q) / mp.fsum(p))
    n = 10**6
    value = n * (one / mp.fsum(p) + shift)
    found = holds(Multinomial(n, p), Multinomial(n, q), "kl", value)
    assert found.value > 1e4
    assert divergence(Multinomial(n, p), Multinomial(n, q), "js").value == pytest.approx(LOG2)
    near = [0.2 + 1e-4, 0.3 - 1e-4, 0.1, 0.4]
    js, kl = (divergence(Multinomial(n, p), Multinomial(n, near), k) for k in ("js", "kl"))
    assert js.value == pytest.approx(kl.value / 4, rel=0.05)  # nearly equal laws
    assert js.error < 1e-12


@pytest.mark.parametrize("d", [20, 30, 1000])
def test_products_of_bernoulli_laws_go_by_their_factors(d):
    rng = np.random.default_rng(d)
    a = rng.uniform(0.1, 0.9, d)
    b = a + rng.uniform(-0.05, 0.05, d)
    p, q = (td.Independent(td.Bernoulli(torch.from_numpy(x)), 1) for x in (a, b))
    pairs = [
        ([mp.mpf(x), 1 - mp.mpf(x)], [mp.mpf(y), 1 - mp.mpf(y)]) for x, y in zip(a, b, strict=True)
    ]
    kl = mp.fsum(mp.fsum(u * mp.log(u / v) for u, v in zip(*pair, strict=True)) for pair in pairs)
    holds(p, q, "kl", kl)
    for order in (0.5, 2):
        logs = mp.fsum(
            mp.log(mp.fsum(u**order * v ** (1 - order) for u, v in zip(*pair, strict=True)))
            for pair in pairs
        )
        holds(p, q, f"renyi({order})", logs / (order - 1))
    holds(p, q, "chi2", mp.exp(logs) - 1)
    found = divergence(p, q, "js")
    assert found.error < 1e-12 and "Affinity" in found.method


def test_js_of_thirty_coins_that_differ_in_two():
    """Coins that agree change nothing: the sum over two coins is the truth."""
    same = [bernoulli(0.3)] * 28
    p = Product((*same, bernoulli(0.2), bernoulli(0.7)))
    q = Product((*same, bernoulli(0.4), bernoulli(0.5)))
    tables = [
        {
            (i, j): mp.mpf(a if i else 1 - a) * mp.mpf(b if j else 1 - b)
            for i in (0, 1)
            for j in (0, 1)
        }
        for a, b in ((mp.mpf(0.2), mp.mpf(0.7)), (mp.mpf(0.4), mp.mpf(0.5)))
    ]
    holds(p, q, "js", truth.over_atoms("js", *tables))


APART = [
    (Dirichlet([1, 2, 3]), MultivariateNormal([0] * 3, np.eye(3).tolist()), True),
    (VonMisesFisher([1, 0, 0], 2), MultivariateNormal([0] * 3, np.eye(3).tolist()), True),
    (Wishart(3, V), MatrixNormal([[0, 0], [0, 0]], V, W), True),
    (LKJ(2, 1), Wishart(3, V), True),
    (Dirichlet([1, 2, 3]), Multinomial(1, [0.2, 0.3, 0.5]), True),
    (Multinomial(3, [0.5, 0.5]), Multinomial(4, [0.5, 0.5]), True),
    (Multinomial(3, [0.5, 0.5, 0]), Multinomial(3, [0, 0, 1]), True),
    (Product((bernoulli(0.5), Normal())), MultivariateNormal([0, 0], V), True),
    (VonMises(0, 1), Normal(), None),
    (VonMisesFisher([1, 0, 0], 2), Dirichlet([1, 2, 3]), None),
]


@pytest.mark.parametrize(("p", "q", "apart"), APART, ids=repr)
def test_laws_on_different_sets(p, q, apart):
    if apart:
        found = divergence(p, q, "js")
        assert (
            found.value == pytest.approx(LOG2, abs=1e-15) and "mutually singular" in found.reason
        )
        assert divergence(q, p, "kl").value == math.inf
        return
    with pytest.raises(NotApplicableError, match="refer to one measure"):
        divergence(p, q, "js")


def test_atoms_of_a_lattice_and_of_a_table_are_compared():
    p = Multinomial(2, [0.5, 0.5])
    q = FiniteLaw([[0, 2], [1, 1], [2, 0]], [0.25, 0.25, 0.5])
    value = 0.25 * math.log(1) + 0.5 * math.log(2) + 0.25 * math.log(0.5)
    holds(p, q, "kl", value)
    far = FiniteLaw([[0.5, 1.5], [7.0, 0.0]], [0.5, 0.5])
    assert divergence(p, far, "js").reason is not None


def test_metrics_are_refused_where_distances_are_not_those_of_coordinates():
    for kind in ("w1", "w2", "energy"):
        with pytest.raises(NotApplicableError):
            divergence(VonMises(0, 1), VonMises(1, 1), kind)


REGISTERED = [
    (td.Dirichlet, ([1.0, 2.0, 3.0],), ([2.0, 0.5, 1.0],)),
    (td.Dirichlet, ([0.1, 20.0],), ([3.0, 4.0],)),
    (td.Wishart, (4.5, V), (6.0, W)),
    (td.OneHotCategorical, ([0.2, 0.3, 0.5],), ([0.4, 0.3, 0.3],)),
    (
        td.LowRankMultivariateNormal,
        ([0.0, 1.0], [[1.0], [2.0]], [1.0, 2.0]),
        ([0.0, 0.0], [[1.0], [1.0]], [1.0, 1.0]),
    ),
]


@pytest.mark.parametrize(("kind", "first", "second"), REGISTERED, ids=repr)
def test_pytorch_has_the_same_divergences(kind, first, second):
    p, q = (
        kind(*(torch.tensor(x, dtype=torch.float64) for x in each)) for each in (first, second)
    )
    found = divergence(p, q, "kl")
    assert found.value == pytest.approx(float(td.kl_divergence(p, q).detach()), rel=1e-10)


SAMPLED = [
    *((p, q) for p, q, *_ in CIRCLES[:2]),
    (VonMisesFisher([1, 0, 0, 0], 3), VonMisesFisher([0, 1, 0, 0], 2)),
    (Dirichlet([2, 3, 4]), Dirichlet([3, 1.5, 2])),
    (Wishart(4.5, V), Wishart(6, W)),
    (InverseWishart(6.5, V), InverseWishart(6, W)),
    (LKJ(4, 2.0), LKJ(4, 1.0)),
    (LKJCholesky(4, 2.0), LKJCholesky(4, 1.0)),
    (MatrixNormal([[1, 2], [0, 1]], V, W), MatrixNormal([[1, 2], [0, 0]], W, W)),
    (DirichletMultinomial(50, [2, 3, 1]), DirichletMultinomial(50, [2, 1, 2])),
    (MultivariateHypergeometric([40, 30, 9], 9), MultivariateHypergeometric([25, 40, 15], 9)),
    (Multinomial(20, [0.2, 0.3, 0.5]), Multinomial(20, [0.3, 0.3, 0.4])),
]


@pytest.mark.parametrize(("p", "q"), SAMPLED, ids=repr)
def test_the_mean_log_ratio_of_draws_is_the_divergence(p, q):
    n = 20_000
    x = p.sample(n, 11)
    ratio = p.log_prob(x) - q.log_prob(x)
    found = divergence(p, q, "kl")
    # six standard errors of a mean of 20,000: 2e-9 in the normal limit
    assert abs(float(ratio.mean()) - found.value) <= 6 * float(ratio.std()) / math.sqrt(n)
