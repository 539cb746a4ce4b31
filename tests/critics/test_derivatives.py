"""Every class of critics: derivatives are those of its logits, members are the stacked model's."""

import pytest
import torch
from critic_instances import INSTANCES, registered, samples, somewhere, stacked
from torch.func import jacrev

from divkit.critics.activations import SIGMOID, TANH
from divkit.critics.mlp import MLPModel
from divkit.critics.normal_equations import push
from divkit.critics.perceptron import Perceptron

ALL = pytest.mark.parametrize("name", INSTANCES)
STACKABLE = pytest.mark.parametrize("name", [n for n, row in INSTANCES.items() if row[2]])


def bound(name):
    kind, dim, _ = INSTANCES[name]
    points = samples(dim)
    return kind.bind(points), points


def test_every_registered_class_is_tried():
    tried = {type(kind) for kind, _, _ in INSTANCES.values()}
    assert {type(kind) for kind in registered()} <= tried


@ALL
def test_the_jacobian_is_that_of_the_logits(name):
    model, points = bound(name)
    theta = somewhere(model)
    logits, jacobian = model.linearise(theta, points.x)
    assert logits.shape == (len(points),) and jacobian.shape == (len(points), model.size)
    assert torch.allclose(logits, model.logits(theta, points.x), rtol=1e-13, atol=1e-13)
    wanted = jacrev(lambda t: model.logits(t, points.x))(theta)
    assert torch.allclose(jacobian, wanted, rtol=1e-11, atol=1e-12)


@ALL
def test_products_with_the_jacobian_need_no_jacobian(name):
    model, points = bound(name)
    theta, v = somewhere(model), somewhere(model, 1)
    u = torch.linspace(-1, 2, len(points), dtype=torch.float64)
    jacobian = model.linearise(theta, points.x)[1]
    logits, back = model.pullback(theta, points.x)
    assert torch.allclose(logits, model.logits(theta, points.x), rtol=1e-13, atol=1e-13)
    for _ in range(2):  # the map may be used as often as wanted
        assert torch.allclose(back(u), u @ jacobian, rtol=1e-11, atol=1e-11)
    assert torch.allclose(push(back, u)(v), jacobian @ v, rtol=1e-11, atol=1e-11)


@STACKABLE
def test_members_of_a_stacked_model_are_models_of_their_own_points(name):
    kind, dim, _ = INSTANCES[name]
    points = stacked(dim)
    model = kind.bind(points)
    theta = somewhere(model, members=(3,))
    logits, jacobian = model.linearise(theta, points.x)
    pulled = model.pullback(theta, points.x)[1](torch.ones_like(logits))
    jacobian = jacobian.expand(3, *jacobian.shape[-2:])
    for i in range(3):
        alone, own = model.member(i), points.member(i)
        f, rows = alone.linearise(theta[i], own.x)
        assert torch.allclose(f, logits[i], rtol=1e-12, atol=1e-12)
        assert torch.allclose(rows, jacobian[i], rtol=1e-12, atol=1e-12)
        assert torch.allclose(rows.sum(0), pulled[i], rtol=1e-11, atol=1e-11)
        whole = samples(dim, i, 15 + 5 * i, 30)
        fitted = kind.bind(whole).logits(theta[i], whole.x)
        assert torch.allclose(fitted, logits[i, : len(whole)], rtol=1e-11, atol=1e-11)


@STACKABLE
def test_many_starts_share_one_set_of_points(name):
    model, points = bound(name)
    theta = somewhere(model, members=(2,))
    both = model.logits(theta, points.x)
    for i in range(2):
        assert torch.allclose(both[i], model.logits(theta[i], points.x), rtol=1e-13, atol=1e-13)


@ALL
def test_a_shift_and_a_scale_of_the_points_change_no_logit(name):
    kind, dim, _ = INSTANCES[name]
    if name == "module":
        pytest.skip("a user's module takes points as they are")
    points = samples(dim)
    moved = samples(dim)
    moved = type(moved)(1e6 + 1e-3 * moved.x, moved.p_weight, moved.q_weight)
    one, other = kind.bind(points), kind.bind(moved)
    theta = somewhere(one)
    f, g = one.logits(theta, points.x), other.logits(theta, moved.x)
    assert torch.allclose(f, g, rtol=1e-6, atol=1e-5)  # 1e6 + 1e-3 x keeps seven digits


@pytest.mark.parametrize("widths", [(1, 5, 1), (3, 4, 2, 2), (2, 6, 1), (2, 1, 3)])
@pytest.mark.parametrize("members", [(), (3,)])
def test_layers_of_sigmoids_are_the_layers_of_tanh_that_they_stand_for(widths, members):
    model, plain = MLPModel(widths), Perceptron(widths, TANH)
    theta = somewhere(model, members=members)
    x = torch.linspace(-2, 2, 7 * widths[0], dtype=torch.float64).reshape(7, -1)
    x = x.expand(*members, 7, widths[0])
    outputs, back = model.pullback_outputs(theta, x)
    tape = plain(theta, x.mT)
    slope = torch.cos(3 * outputs)
    assert torch.allclose(outputs, tape.output.mT, rtol=1e-13, atol=1e-13)
    assert torch.allclose(back(slope), tape.back_theta(slope.mT), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("fused", [True, False])
def test_sweeps_of_sigmoids_are_autograds_either_way(fused):
    network = Perceptron((2, 4, 3, 1), SIGMOID, fused)
    theta = somewhere(network, members=(2,)).requires_grad_()
    x = torch.linspace(-1, 1, 20, dtype=torch.float64).reshape(2, 2, 5).requires_grad_()
    v = torch.sin(7 * x.detach())
    tape = network(theta, x)
    wanted = torch.autograd.grad(tape.output.sum(), (theta, x), create_graph=True)
    (curved,) = torch.autograd.grad(wanted[1], theta, v)
    one = torch.ones_like(tape.output)
    for mine, autograds in (
        (tape.back_theta(one), wanted[0]),
        (tape.back_points(one), wanted[1]),
        (tape.curve(v), curved),
    ):
        assert torch.allclose(mine, autograds, rtol=1e-11, atol=1e-12)
