"""What each class of critics is: the functions it holds, its symmetries, its errors."""

import numpy as np
import pytest
import torch
from critic_instances import module, samples, somewhere, stacked

from divkit.critics import (
    MLP,
    DeepSet,
    Difference,
    Nystrom,
    Polynomial,
    RandomFeatures,
    Spline,
    TorchModule,
    critic_class,
    from_samples,
)
from divkit.critics.model import TrainedCritic
from divkit.critics.squashed import Squashed
from divkit.registry import UnknownNameError


def fit(model, x, wanted):
    """Least squares of a linear model's features."""
    features = model.linearise(torch.zeros(model.size, dtype=x.dtype), x)[1]
    found = torch.linalg.lstsq(features, wanted[:, None]).solution
    return float((features @ found - wanted[:, None]).abs().max())


def test_polynomials_hold_every_monomial_and_no_more():
    points = samples(2)
    x, y = points.x.unbind(1)
    assert Polynomial(2).bind(points).size == 6 and Polynomial(3).bind(points).size == 10
    assert fit(Polynomial(2).bind(points), points.x, 1 + x - y + x * y - 3 * y**2) < 1e-12
    assert fit(Polynomial(2).bind(points), points.x, x**2 * y) > 0.1


def test_splines_hold_cubics_between_the_knots_and_lines_beyond():
    points = samples(1, n=400, m=400)
    model = Spline(9).bind(points)
    inner, (low, high) = points.x, (model.features.inner[0], model.features.inner[-1])
    inner = inner[(inner[:, 0] >= low) & (inner[:, 0] <= high)]
    assert fit(model, inner, 1 - inner[:, 0] + inner[:, 0] ** 3) < 1e-10
    theta = somewhere(model)
    far = torch.tensor([[high + k] for k in (0.0, 1.0, 2.0, 3.0)], dtype=torch.float64)
    steps = model.logits(theta, far).diff()
    assert torch.allclose(steps, steps[0].expand(3), rtol=1e-10)
    edge = torch.tensor([[high - 1e-9], [high + 1e-9]], dtype=torch.float64)
    assert float(model.logits(theta, edge).diff().abs()) < 1e-7


def test_kernels_peak_at_their_landmarks_and_random_features_keep_their_draws():
    points = samples(2)
    model = Nystrom(5, bandwidth=0.1).bind(points)
    marks = model.features.marks * model.features.scale.spread + model.features.scale.centre
    kernel = model.linearise(torch.zeros(8, dtype=torch.float64), marks)[1][:, 3:]
    assert torch.allclose(kernel.diagonal(), torch.ones(5, dtype=torch.float64))
    assert float((kernel - torch.eye(5, dtype=torch.float64)).max()) < 0.5
    one, other = (RandomFeatures(6, seed=4).bind(points) for _ in range(2))
    theta = somewhere(one)
    assert torch.equal(one.logits(theta, points.x), other.logits(theta, points.x))
    assert RandomFeatures(6, seed=5).bind(points).features.omega.shape == (2, 6)


def test_the_kernels_of_random_features_converge_to_the_gaussian():
    """φ(z)·φ(z') → exp(−|z − z'|²/2); 20,000 waves err by .03 at 1e-6 (Hoeffding)."""
    points = samples(2)
    waves = RandomFeatures(20_000).bind(points)
    z = waves.features.scale(points.x)
    phi = waves.features(points.x)[:, 3:]
    kernel = torch.exp(-0.5 * torch.cdist(z, z) ** 2)
    assert float((phi @ phi.T - kernel).abs().max()) < 0.05


def test_a_deep_set_does_not_care_for_order_and_a_difference_changes_sign():
    points = samples(6)
    packs = points.x.unflatten(1, (3, 2))
    model = DeepSet(3, (4,)).bind(points)
    theta = somewhere(model)
    turned = packs[:, [2, 0, 1]].flatten(1)
    assert torch.allclose(model.logits(theta, turned), model.logits(theta, points.x))
    pair = Difference((4,)).bind(samples(4))
    theta = somewhere(pair)
    x = samples(4).x
    swapped = torch.cat([x[:, 2:], x[:, :2]], dim=1)
    assert torch.allclose(pair.logits(theta, swapped), -pair.logits(theta, x))


def test_a_squashed_critic_stays_within_its_bound():
    model = Squashed(MLP((4,)), 2.0).bind(samples(2))
    far = 1e3 * samples(2).x
    assert float(model.logits(100 * somewhere(model), far).abs().max()) <= 2.0


def test_a_module_is_copied_and_starts_where_its_author_left_it():
    net, points = module(), samples(2)
    model = TorchModule(net).bind(points)
    start = model.start(np.random.default_rng(0))
    with torch.no_grad():
        wanted = net.double()(points.x)[:, 0]
    assert torch.equal(model.logits(start, points.x), wanted)
    assert repr(TorchModule(net)) == "TorchModule(Sequential)"
    trained = TrainedCritic(model, start, "mine")
    assert torch.allclose(trained.discriminator(points.x), torch.sigmoid(wanted))
    assert trained.to_dict() == {"class": "mine", "parameters": model.size}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MLP(()), "widths"),
        (lambda: MLP((3, 0)), "widths"),
        (lambda: Polynomial(0), "degree"),
        (lambda: Polynomial(1.5), "degree"),
        (lambda: Spline(3), "knots"),
        (lambda: Nystrom(0), "landmarks"),
        (lambda: Nystrom(bandwidth=0.0), "bandwidth"),
        (lambda: RandomFeatures(count=-1), "count"),
        (lambda: RandomFeatures(bandwidth=float("inf")), "bandwidth"),
        (lambda: DeepSet(0), "pack"),
        (lambda: Squashed(MLP(), 0.0), "bound"),
        (lambda: Spline().bind(samples(2)), "d = 1"),
        (lambda: Spline().bind(stacked(1)), "one set"),
        (lambda: Nystrom().bind(stacked(2)), "stacked"),
        (lambda: DeepSet(2).bind(samples(3)), "multiple of 2"),
        (lambda: TorchModule(torch.nn.Tanh()).bind(samples(2)), "no parameters"),
        (lambda: TorchModule(torch.nn.Linear(2, 3)).bind(samples(2)), "logits"),
        (lambda: critic_class("mpl"), "mlp"),
    ],
)
def test_a_class_that_cannot_be_is_an_error_that_says_why(make, words):
    with pytest.raises((ValueError, UnknownNameError), match=words):
        make()


def test_a_spline_on_one_point_repeated_offers_another_class():
    one = torch.zeros(5, 1, dtype=torch.float64)
    with pytest.raises(ValueError, match="logistic"):
        Spline().bind(from_samples(one, one))
