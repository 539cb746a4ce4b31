"""What every generator owes, checked on all of them; a new one joins generator_instances.py."""

import dataclasses
import math
from functools import cache

import numpy as np
import pytest
import torch
from generator_instances import GENERATORS, label
from torch.func import jacrev, vmap

from divkit.distributions import MultivariateNormal, Normal
from divkit.distributions.support import Atoms, Boxes, Singular
from divkit.divergences import JS
from divkit.exact.named import gan_value, js_divergence
from divkit.exact.quadrature.method import Quadrature
from divkit.generators import (
    AffineGenerator,
    BinaryDecoder,
    FlowGenerator,
    GaussianDecoder,
    Generator,
    MixtureGenerator,
    MLPGenerator,
    standard_normal,
)

LOG2 = math.log(2)


def each(generators=GENERATORS):
    return pytest.mark.parametrize("generator", generators, ids=label)


def begun(generator, seed=0, n=12):
    rng = np.random.default_rng(seed)
    return generator.start(rng), generator.draw(n, rng)


@each()
def test_it_is_a_generator_of_weighted_points(generator):
    theta, z = begun(generator)
    x, weight = generator.push(theta, z)
    assert isinstance(generator, Generator)
    assert theta.shape == (generator.size,) and theta.dtype == torch.float64
    assert x.shape == (*weight.shape, generator.dim) and x.dtype == torch.float64
    assert float(weight.sum()) == pytest.approx(1.0, abs=1e-15)
    assert dataclasses.replace(generator) == generator


@each([*GENERATORS, BinaryDecoder(4), GaussianDecoder(2)])
def test_points_are_as_precise_as_parameters(generator):
    theta, z = begun(generator)
    x, weight = generator.push(theta.float(), z.float())
    assert x.dtype == weight.dtype == torch.float32


@each()
def test_the_same_state_gives_the_same_start_and_noise(generator):
    one, other = begun(generator, seed=3), begun(generator, seed=3)
    assert torch.equal(one[0], other[0]) and torch.equal(one[1], other[1])
    assert not torch.equal(one[0], begun(generator, seed=4)[0])


@each()
def test_an_ensemble_is_its_members_one_by_one(generator):
    pairs = [begun(generator, seed) for seed in range(3)]
    theta, z = torch.stack([t for t, _ in pairs]), torch.stack([z for _, z in pairs])
    x, weight = generator.push(theta, z)
    shared, _ = generator.push(theta, z[0])
    for k, (t, noise) in enumerate(pairs):
        one, w = generator.push(t, noise)
        assert torch.allclose(x[k], one, rtol=0, atol=1e-13)
        assert torch.allclose(weight[k], w, rtol=0, atol=1e-15)
        assert torch.allclose(shared[k], generator.push(t, z[0])[0], rtol=0, atol=1e-13)


@each()
def test_the_gradient_of_an_expectation_is_that_of_differences(generator):
    theta, z = begun(generator, seed=1)

    def expectation(t):
        x, weight = generator.push(t, z)
        return (weight * (x.sin().sum(-1) + 0.1 * (x**2).sum(-1))).sum()

    moved = theta.clone().requires_grad_()
    (slope,) = torch.autograd.grad(expectation(moved), moved)
    h = 1e-5
    eye = h * torch.eye(generator.size, dtype=torch.float64)
    differences = torch.stack([expectation(theta + e) - expectation(theta - e) for e in eye])
    assert slope.numpy() == pytest.approx((differences / (2 * h)).numpy(), abs=1e-8)


@each([g for g in GENERATORS if hasattr(g, "pullback")])
def test_the_written_out_pullback_is_autograd(generator):
    pairs = [begun(generator, seed) for seed in range(3)]
    theta, z = torch.stack([t for t, _ in pairs]), torch.stack([z for _, z in pairs])
    x, back = generator.pullback(theta, z)
    u = torch.from_numpy(np.random.default_rng(2).normal(size=x.shape))
    moved = theta.clone().requires_grad_()
    points, _ = generator.push(moved, z)
    (slope,) = torch.autograd.grad((u * points).sum(), moved)
    assert torch.allclose(x, points.detach(), rtol=0, atol=1e-13)
    assert torch.allclose(back(u), slope, rtol=1e-12, atol=1e-13)


@each([g for g in GENERATORS if g.latent.dim < g.dim])
def test_fewer_coordinates_of_noise_than_of_points_leave_no_density(generator):
    theta, _ = begun(generator)
    law = generator.law(theta)
    data = MultivariateNormal((0.0,) * generator.dim, tuple(map(tuple, np.eye(generator.dim))))
    assert isinstance(law.support, Singular | Atoms)
    assert js_divergence(data, law).value == LOG2
    assert gan_value(data, law).value == 0.0
    assert law.sample(5, 0).shape == (5, generator.dim)


@cache
def law_of(generator, seed=5):
    return generator.law(generator.start(np.random.default_rng(seed)))


DENSE = [g for g in GENERATORS if (law := law_of(g)) and isinstance(law.support, Boxes)]


@pytest.mark.sweep(4)
@each([g for g in DENSE if not isinstance(g, FlowGenerator)])
def test_the_density_integrates_to_one(generator):
    law = law_of(generator)
    if generator.dim == 1:
        made = Quadrature()(law, Normal(float(law.ppf(0.5)), 1.0), JS)
        assert made.diagnostics["mass_p"] == pytest.approx(1.0, abs=1e-10)
        return
    spread = 3 * float(law.sample(1000, 0).abs().max())
    axis = torch.linspace(-spread, spread, 251, dtype=torch.float64)
    values = law.log_prob(torch.cartesian_prod(axis, axis)).exp()
    assert float(values.sum() * (axis[1] - axis[0]) ** 2) == pytest.approx(1.0, abs=1e-8)


@each([g for g in DENSE if isinstance(g, FlowGenerator)])
def test_a_flows_density_is_that_of_its_noise_over_the_jacobian(generator):
    theta, z = begun(generator)
    x, _ = generator.push(theta, z)
    jacobian = vmap(jacrev(lambda e: generator.push(theta, e[None])[0][0]))(z)
    wanted = generator.latent.log_prob(z) - torch.linalg.slogdet(jacobian)[1]
    assert torch.allclose(generator.law(theta).log_prob(x), wanted, rtol=0, atol=1e-6)


@each([g for g in GENERATORS if law_of(g) is not None])
def test_pushed_points_follow_the_law(generator):
    """Shares of half-spaces, off by Hoeffding's bound at most: 1e-6 a law of false alarms."""
    theta, n, directions = generator.start(np.random.default_rng(5)), 20_000, 8
    x, weight = generator.push(theta, generator.draw(n, 7))
    y = generator.law(theta).sample(n, 8)
    rng = np.random.default_rng(9)
    noise = float((weight**2).sum()) if generator.draw(2 * generator.size, 0).shape[1] else 0.0
    allowed = math.sqrt(math.log(4 * directions / 1e-6) / 2) * (noise**0.5 + n**-0.5)
    for _ in range(directions):
        side = torch.from_numpy(rng.normal(size=generator.dim))
        edge = (y[:100] @ side).median()
        share = float((weight * (x @ side <= edge)).sum())
        assert abs(share - float((y @ side <= edge).double().mean())) < allowed


def test_an_affine_image_of_a_normal_is_the_normal_law():
    theta = torch.tensor([0.3, -2.0], dtype=torch.float64)
    assert AffineGenerator().law(theta) == Normal(0.3, 2.0)
    full = AffineGenerator(standard_normal(3), dim=2, full=True)
    a = torch.arange(8, dtype=torch.float64) + torch.tensor([0, 0, 1, 0, 0, 0, 0, 5])
    matrix = a[2:].reshape(2, 3).numpy()
    law = full.law(a)
    assert law.mean.tolist() == [0.0, 1.0]
    assert law.covariance == pytest.approx(matrix @ matrix.T)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: AffineGenerator(dim=2), "full=True"),
        (lambda: AffineGenerator(dim=0), "at least 1"),
        (lambda: MLPGenerator(hidden=()), "AffineGenerator"),
        (lambda: MLPGenerator(hidden=(4, 0)), "positive"),
        (lambda: standard_normal(0), "positive int"),
        (lambda: AffineGenerator().draw(0, 0), "at least 1"),
        (lambda: AffineGenerator().law(torch.zeros(1, 2)), "member by member"),
        (lambda: AffineGenerator().law(torch.tensor([0.0, math.nan])), "entry 1"),
        (lambda: AffineGenerator().law(torch.zeros(2)), "scale"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(make, word):
    with pytest.raises(ValueError, match=word):
        make()


def test_a_placed_mixture_is_the_image_of_one_that_is_not():
    plain, placed = MixtureGenerator(3, 2), MixtureGenerator(3, 2, centre=-1.5, spread=4.0)
    theta, x = (
        plain.start(np.random.default_rng(0)),
        torch.linspace(-3, 3, 100).double().reshape(50, 2),
    )
    expected = plain.log_density(theta, x) - 2 * math.log(4.0)
    torch.testing.assert_close(placed.log_density(theta, -1.5 + 4.0 * x), expected)
    torch.testing.assert_close(placed.law(theta).log_prob(-1.5 + 4.0 * x), expected)


def test_a_mixture_starts_as_narrow_as_asked():
    narrow = MixtureGenerator(3, 2, spread=4.0, width=0.25)
    _, _, scale = narrow.parts(narrow.start(np.random.default_rng(0)))
    torch.testing.assert_close(scale, torch.ones(3, 2, dtype=torch.float64))


@pytest.mark.parametrize("wrong", [{"spread": 0.0}, {"width": -1.0}, {"centre": math.nan}])
def test_a_mixture_that_has_no_place_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        MixtureGenerator(2, **wrong)
