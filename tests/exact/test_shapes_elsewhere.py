"""Laws on manifolds where code takes densities on R^d: what is right, and what is refused."""

import math

import numpy as np
import pytest
import torch

import divkit
from divkit.critics.judging import judges
from divkit.critics.population import training_points
from divkit.distributions import (
    LKJ,
    Affine,
    Dirichlet,
    InverseWishart,
    Linear,
    Multinomial,
    MultivariateNormal,
    Normal,
    Product,
    SingularNormal,
    VonMises,
    VonMisesFisher,
    Wishart,
    bernoulli,
    mixture,
    transformed,
)
from divkit.distributions.shapes.charts import LogCholesky, chart_of
from divkit.distributions.shapes.coordinates import ChartImage, in_chart
from divkit.exact.api import divergence
from divkit.exact.reduced import reduced
from divkit.games import GAN
from divkit.gan import train_gan
from divkit.plots.window import line, span

EYE = ((1.0, 0.0), (0.0, 1.0))
ON_CHARTS = [
    VonMises(1.0, 3.0),
    VonMisesFisher([1, 2], 3),
    VonMisesFisher([1, 2, 0], 3),
    Dirichlet([1.5, 2, 3]),
    Dirichlet([2.0, 0.7]),
    Wishart(3.5, ((2.0, 0.3), (0.3, 1.0))),
    SingularNormal((0, 1, 2), ((1, 2, 3), (2, 4, 6), (3, 6, 10))),
]


@pytest.mark.parametrize("law", ON_CHARTS, ids=repr)
def test_charts_are_one_to_one_and_keep_the_mass(law):
    chart = chart_of(law.support)
    x = law.sample(50, 3)
    y = chart.coordinates(x)
    assert torch.allclose(chart.point(y), x, atol=1e-12)
    assert chart.domain.contains(y).all()
    # E 1/(p̃ v) under p̃ over a box of volume v that holds all is 1 at its share; so by draws
    flat = in_chart(law, chart)
    n = 20_000
    y = flat.sample(n, 5) if flat.dim > 1 else chart.coordinates(law.sample(n, 5))
    low, high = (torch.quantile(y, u, dim=0) for u in (0.2, 0.8))
    inside = ((y >= low) & (y <= high)).all(dim=1)
    weights = torch.where(inside, torch.exp(-flat.log_prob(y)), 0.0) / (high - low).prod()
    error = float(weights.std()) / math.sqrt(n)
    # six standard errors: 2e-9 in the normal limit, and a margin for the box's own quantiles
    assert abs(float(weights.mean()) - 1) <= 6 * error + 0.02


def test_the_slope_of_the_cholesky_chart_is_its_jacobian():
    chart = LogCholesky(3)
    y = torch.tensor([[0.3, -0.2, 0.1, 0.5, 0.7, -0.4]], dtype=torch.float64)
    rows, columns = torch.tril_indices(3, 3)

    def entries(z):
        return chart.point(z[None]).reshape(3, 3)[rows, columns]

    jacobian = torch.autograd.functional.jacobian(entries, y[0])
    truth = torch.linalg.slogdet(jacobian)[1]
    assert float(chart.log_slope(chart.point(y))) == pytest.approx(float(truth), abs=1e-12)


def test_matrices_have_no_quadrature():
    """A matrix that is nearly singular has lost its factor's last digits: by draws alone."""
    p, q = Wishart(4.0, EYE), Wishart(5.0, ((2.0, 0.5), (0.5, 1.0)))
    exact = divergence(p, q, "js")
    drawn = divergence(mixture([0.5, 0.5], [p, p]), q, "js")
    assert drawn.is_estimate
    assert abs(exact.value - drawn.value) <= 8 * drawn.error  # t of 15 degrees: 1e-6; fixed seed


@pytest.mark.parametrize("kind", ["js", "hellinger2"])
def test_laws_of_coordinates_have_the_same_divergences(kind):
    """The law that stands for one where no formula is known, against the formula."""
    scales = ((2.0, 0.3), (0.3, 1.0)), ((1.0, 0.1), (0.1, 0.5))
    pairs = [
        [Wishart(f, s) for f, s in zip((4.5, 6.0), scales, strict=True)],
        [InverseWishart(f, s) for f, s in zip((4.5, 6.0), scales, strict=True)],
        [Wishart(0.7, [[2.0]]), Wishart(3.0, [[1.0]])],
        [InverseWishart(0.7, [[2.0]]), InverseWishart(3.0, [[1.0]])],
        [LKJ(3, 2.0), LKJ(3, 1.5)],
        [Dirichlet([0.3, 2.0, 1.0]), Dirichlet([1.0, 0.05, 2.0])],
        [Dirichlet([0.02, 2.0]), Dirichlet([1.0, 0.05])],
        [VonMises(3.1, 2000.0), VonMises(-3.1, 1000.0)],
    ]
    for p, q in pairs:
        exact, there = divergence(p, q, kind), divergence(*reduced(p, q), kind)
        assert abs(exact.value - there.value) <= exact.error + there.error, (p, q)
        assert there.error < 1e-4 and not there.is_estimate, (p, q)


def test_shares_that_underflow_are_numbers_in_logs():
    p, q = Dirichlet([1e-3, 1.0, 2.0]), Dirichlet([2e-3, 1.0, 2.0])
    found = divergence(mixture([0.5, 0.5], [p, p]), q, "js")
    exact = divergence(p, q, "js")
    assert abs(found.value - exact.value) <= found.error + exact.error


def test_an_angle_is_no_target_of_a_generator():
    with pytest.raises(ValueError, match="no angles"):
        train_gan(VonMises(0, 2), steps=1)


def test_maps_of_laws_on_manifolds_are_refused():
    for law in (VonMises(), Product((VonMises(), Normal())), Dirichlet([1, 2])):
        with pytest.raises(ValueError, match="measure of its own"):
            transformed(law, Affine(1.0, 2.0) if law.dim == 1 else Linear(2 * np.eye(2), [0, 0]))
    counts = transformed(Multinomial(2, [0.5, 0.5]), Linear(2 * np.eye(2), [0, 0]))
    assert float(counts.log_prob([[2.0, 2.0]])[0]) == pytest.approx(math.log(0.5))


def test_mixtures_of_laws_on_different_sets_are_refused():
    with pytest.raises(ValueError, match="one measure"):
        mixture([0.5, 0.5], [VonMises(), Normal()])
    with pytest.raises(ValueError, match="one measure"):
        mixture([0.5, 0.5], [VonMisesFisher([1, 0], 1), Dirichlet([1, 1])])


def test_critics_are_not_trained_on_ratios_of_different_measures():
    with pytest.raises(ValueError, match="different measures"):
        training_points(Dirichlet([1, 2]), MultivariateNormal((0, 0), EYE), 64)
    with pytest.raises(ValueError, match="different measures"):
        judges(VonMises(), Normal(), GAN, draws=64)
    nodes = training_points(Multinomial(2, [0.5, 0.5]), Multinomial(2, [0.2, 0.8]))
    assert sorted(nodes.x[:, 0].tolist()) == [0.0, 1.0, 2.0]


def test_figures_show_angles_and_refuse_what_is_not_in_coordinates():
    x = line(VonMises(), VonMises(1), None)
    assert (x[0], x[-1]) == (-math.pi, math.pi)
    for law in (Dirichlet([1, 2]), Product((VonMises(), Normal()))):
        with pytest.raises(ValueError, match="densities on R"):
            span(law, law)


def test_estimates_beside_a_known_law_are_made_in_its_coordinates():
    p, q = Dirichlet([2, 3, 4]), Dirichlet([3, 1.5, 2])
    truth = divergence(p, q, "js").value
    found = divkit.estimate(p, q.sample(400, 1).numpy(), "js")
    assert abs(found.value - truth) <= 5 * found.error  # seeds are fixed
    angles = VonMises(0, 3).sample(300, 2).numpy()
    first, second = (
        divkit.estimate(VonMises(3, 2), a, "js") for a in (angles, angles + 8 * math.pi)
    )
    assert first.value == pytest.approx(second.value, abs=1e-9)  # one angle has many names
    with pytest.raises(ValueError, match="must hold points of the simplex"):
        divkit.estimate(p, np.ones((50, 3)), "js")
    with pytest.raises(ValueError, match="coordinates of your own"):
        divkit.estimate(LKJ(3, 1.0), LKJ(3, 2.0).sample(50, 1).numpy(), "js")
    with pytest.raises(ValueError, match="coordinates of your own"):
        divkit.estimate(VonMises(), angles, "w1")


def test_products_with_factors_on_manifolds():
    p = Product((VonMises(0, 2), bernoulli(0.3), Normal()))
    q = Product((VonMises(1, 2), bernoulli(0.4), Normal(0.5)))
    parts = [divergence(a, b, "kl").value for a, b in zip(p.factors, q.factors, strict=True)]
    assert divergence(p, q, "kl").value == pytest.approx(sum(parts), rel=1e-14)
    assert divergence(p, q, "js").error < 1e-12
    plane = [Product((VonMises(a, 2), Normal(a))) for a in (0, 1)]
    tv = divergence(*plane, "tv")
    assert tv.kind == "quadrature" and tv.error < 1e-6


def test_a_mixture_in_a_chart_is_one_of_the_base():
    base = mixture([0.5, 0.5], [Normal(-1), Normal(1)])
    p, q = (ChartImage(law, chart_of(Dirichlet([1, 1]).support)) for law in (base, Normal()))
    assert divergence(p, q, "js").value == divergence(base, Normal(), "js").value
