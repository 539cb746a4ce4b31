"""Torch modules as people write them, handed to `train_gan`."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call

from divkit.critics.module_call import ModuleCall
from divkit.distributions import Normal, ring
from divkit.gan import AutogradCritic, ModuleGenerator, Options, train_gan
from divkit.generators.generator import standard_normal
from divkit.training.gan.api import set_up

PLANE = ring(4, 1.0, 0.2)
QUICK = {"batch": 32, "steps": 2, "every": 1}
spectral = nn.utils.parametrizations.spectral_norm


def layers(*middle: nn.Module, out: int = 2) -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(2, 8), *middle, nn.ReLU(), nn.Linear(8, out))


def test_modules_train_from_their_own_parameters():
    generator, critic = layers(), layers(out=1)
    before = copy.deepcopy((generator.state_dict(), critic.state_dict()))
    steps = list(train_gan(PLANE, generator=generator, critic=critic, seeds=(0, 1), **QUICK))
    start = nn.utils.parameters_to_vector(generator.parameters()).double()
    assert all(torch.equal(row, start) for row in steps[0].state.generator.double())
    assert not torch.equal(steps[-1].state.generator[0], steps[0].state.generator[0])
    assert not torch.equal(steps[-1].state.critic[0], steps[0].state.critic[0])
    for module, kept in zip((generator, critic), before, strict=True):
        assert all(torch.equal(module.state_dict()[k], kept[k]) for k in kept)
    assert steps[-1].js.kind == "quadrature"


def test_a_module_on_the_line_and_noise_that_is_named():
    module = nn.Sequential(nn.Conv1d(1, 1, 1), nn.Flatten())

    class Line(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return self.inner(z[:, None])

    with pytest.raises(ValueError, match="no linear layer that tells"):
        next(train_gan(Normal(1, 1), generator=Line(), **QUICK))
    named = ModuleGenerator.of(Line(), 1, standard_normal(1))
    assert next(train_gan(Normal(1, 1), generator=named, **QUICK)).index == 0


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(8), nn.Dropout(0.5)], ids=["norm", "dropout"])
def test_layers_that_act_otherwise_in_training_are_refused_and_kept_at_rest(layer):
    generator = layers(layer)
    with pytest.raises(ValueError, match=r"act otherwise in training.*divkit\.gan\.Watch"):
        next(train_gan(PLANE, generator=generator, **QUICK))
    assert next(train_gan(PLANE, generator=generator.eval(), **QUICK)).index == 0
    with pytest.raises(ValueError, match="gives a point another output"):
        next(train_gan(PLANE, critic=layers(copy.deepcopy(layer).train(), out=1), **QUICK))


@pytest.mark.parametrize("norm", [spectral, nn.utils.spectral_norm])
@pytest.mark.parametrize("rest", [False, True])
def test_weights_that_follow_a_buffer_are_refused_at_rest_too(norm, rest):
    """Frozen, the norm that divides them would no longer be theirs."""
    critic = nn.Sequential(norm(nn.Linear(2, 8)), nn.ReLU(), nn.Linear(8, 1)).train(not rest)
    generator = nn.Sequential(norm(nn.Linear(2, 2))).train(not rest)
    for sides in ({"critic": critic}, {"generator": generator}):
        with pytest.raises(ValueError, match=r"divides the weights of 0.*spectral=True"):
            next(train_gan(PLANE, **sides, **QUICK))


def test_what_is_no_side_of_a_game_is_refused():
    with pytest.raises(ValueError, match=r"ends with nn\.Sigmoid"):
        next(train_gan(PLANE, critic=nn.Sequential(layers(out=1), nn.Sigmoid()), **QUICK))
    with pytest.raises(TypeError, match=r"divkit\.gan\.measure measures it"):
        next(train_gan(PLANE, generator=lambda z: z, **QUICK))


class Shared(nn.Module):
    """A network that uses one matrix twice, and keeps a buffer."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(2, 2), nn.Linear(2, 2)
        self.second.weight = self.first.weight
        self.last, self.unused = nn.Linear(2, outputs, bias=False), nn.Linear(1, 1)
        self.register_buffer("scale", torch.tensor(2.0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(torch.tanh(self.second(torch.tanh(self.scale * self.first(x)))))


@pytest.mark.parametrize("make", [Shared, lambda outputs: layers(nn.LayerNorm(8), out=outputs)])
def test_one_member_trains_as_it_does_through_torchs_functional_call(make):
    """Graphs that start at the parameters, against those through one flat vector."""
    torch.manual_seed(3)
    generator, critic = ModuleGenerator.of(make(2), 2), make(1)
    played = set_up(PLANE, "gan", generator, critic, Options(steps=5, batch=16)).critic
    wide = AutogradCritic(played.model)
    theta = played.start(np.random.default_rng(0))[None]
    x = torch.randn(1, 7, 2, dtype=torch.float64)
    u, v = torch.randn(1, 7, dtype=torch.float64), torch.randn(1, 7, 2, dtype=torch.float64)
    named = dict(zip(played.model.names, played.model.call.parts(theta[0]), strict=True))
    out = functional_call(played.model.module, named, (x[0],))
    fast, slow = played.sweep(theta, x), wide.sweep(theta, x)
    torch.testing.assert_close(fast.logits[0], out.detach().reshape(-1))
    for one, other in (
        (fast.pull(u), slow.pull(u)),
        (fast.points(u), slow.points(u)),
        (fast.curve(v), slow.curve(v)),
    ):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-13)
    z = torch.randn(1, 7, 2, dtype=torch.float64)
    row = generator.start(np.random.default_rng(0))[None]
    y, back = generator.pullback(row, z)
    free = row.clone().requires_grad_()
    made, _ = generator.push(free, z)
    (wanted,) = torch.autograd.grad(made, free, v, materialize_grads=True)
    torch.testing.assert_close(y, made.detach(), rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(back(v), wanted, rtol=1e-12, atol=1e-13)
    assert all(p.is_leaf for p in critic.parameters())


def test_a_recurrent_module_is_called_through_torch():
    """Its weights are held elsewhere too: tensors in their places would not be seen."""

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.read, self.last = nn.RNN(1, 3, batch_first=True), nn.Linear(3, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.last(self.read(x[..., None])[0][:, -1])

    call = ModuleCall(Reader().double())
    theta = torch.randn(sum(call.sizes), dtype=torch.float64)
    x = torch.randn(4, 2, dtype=torch.float64)
    first, second = call(call.parts(theta), x), call(call.parts(2 * theta), x)
    assert not torch.allclose(first, second)
    assert torch.equal(first, call(call.parts(theta), x))
