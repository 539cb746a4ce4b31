"""GANs that are trained elsewhere, measured."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from divkit import js_divergence
from divkit.distributions import Cauchy, Mixture1D, Normal, Product, Uniform, ring
from divkit.gan import FixedCritic, Recorder, SampledJS, Truth, Watch, measure
from divkit.generators.generator import standard_normal
from divkit.generators.mesh.modules import module_layers
from divkit.plots.gan_record import draw_game

QUICK = Recorder(1000, 200, 0, Truth(estimate=SampledJS(1000, 1000)))
PLANE = ring(4, 1.0, 0.2)


def net(*widths: int, last: nn.Module | None = None) -> nn.Sequential:
    parts: list[nn.Module] = []
    for a, b in itertools.pairwise(widths):
        parts += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*parts[:-1], *([] if last is None else [last]))


class Wrapped(nn.Module):
    """As people write them: a class around a sequence."""

    def __init__(self, main: nn.Sequential, scale: float = 1.0) -> None:
        super().__init__()
        self.main, self.scale = main, scale

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.scale * self.main(z)


class Squashed(Wrapped):
    """A sigmoid that is a function, and a shape after it."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(super().forward(z)).view(-1, 1).squeeze(1)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(5)


def test_an_affine_module_on_the_line_is_a_normal():
    """G(z) = az + b has the law N(b, a²); the truth is of normals."""
    generator = nn.Linear(1, 1)
    with torch.no_grad():
        generator.weight.fill_(0.5)
        generator.bias.fill_(0.25)
    record = measure(Normal(1, 1), generator, noise=1, recorder=QUICK)
    truth = js_divergence(Normal(1, 1), Normal(0.25, 0.5))
    assert abs(record.js.value - truth.value) <= record.js.error + truth.error
    assert record.js.error < 1e-6 and record.values.held_out is None


def test_v_is_what_its_formula_says_and_stays_below_its_bound():
    """6 standard errors of 1,000 draws: false alarm 2e-9."""
    generator, critic = net(2, 16, 2), net(2, 16, 1)
    record = measure(PLANE, generator, critic, noise=2, recorder=QUICK, rng=3)
    x = PLANE.sample(40_000, 1).float()
    with torch.no_grad():
        on = nn.functional.logsigmoid(critic(x))
        off = nn.functional.logsigmoid(-critic(generator(torch.randn(40_000, 2))))
    v = float(on.mean() + off.mean())
    spread = math.hypot(record.held_out_error, float(on.std()) / 200, float(off.std()) / 200)
    assert abs(record.held_out_value - v) < 6 * spread
    assert record.js.kind == "quadrature" and record.js.error < 2e-3
    assert record.excess <= 1


def test_a_sigmoid_at_the_end_gives_probabilities():
    generator, logits = net(2, 8, 2), net(2, 8, 1)
    ended = nn.Sequential(*logits, nn.Sigmoid())
    one, two = (
        measure(PLANE, generator, c, noise=2, recorder=QUICK).held_out_value
        for c in (logits, ended)
    )
    assert one == pytest.approx(two, rel=1e-12)
    assert FixedCritic(Squashed(logits)).output == "probability"
    told = measure(
        PLANE,
        generator,
        FixedCritic(lambda x: torch.sigmoid(logits.double()(x)), "probability"),
        noise=2,
        recorder=QUICK,
    )
    assert told.held_out_value == pytest.approx(one, rel=1e-12)


def test_nothing_of_the_callers_is_touched():
    generator = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 2))
    critic = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.5), nn.Linear(8, 1))
    before = [p.clone() for m in (generator, critic) for p in m.state_dict().values()]
    state = torch.get_rng_state()
    measure(PLANE, generator, critic, noise=lambda n: torch.randn(n, 2), recorder=QUICK)
    after = [p for m in (generator, critic) for p in m.state_dict().values()]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert generator.training and critic.training
    assert all(p.dtype == torch.float32 for p in generator.parameters())
    assert torch.equal(state, torch.get_rng_state())


def test_batch_norm_and_dropout_at_rest_are_layers():
    module = nn.Sequential(
        nn.Linear(2, 6),
        nn.BatchNorm1d(6),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Sequential(nn.Linear(6, 4), nn.Identity(), nn.BatchNorm1d(4, affine=False)),
    )
    module(torch.randn(64, 2))  # running statistics move
    still = module.double().eval()
    z = torch.randn(50, 2, dtype=torch.float64)
    layers = module_layers(still, z)
    assert layers is not None
    (w1, b1), (w2, b2) = layers.affine
    hidden = np.maximum(z.numpy() @ w1.T + b1, 0)
    assert hidden @ w2.T + b2 == pytest.approx(still(z).detach().numpy(), abs=1e-12)
    assert module_layers(module.train(), z) is None


class Functional(nn.Module):
    """Layers whose units are functions of torch."""

    def __init__(self, main: nn.Sequential) -> None:
        super().__init__()
        self.one, self.two = main[0], main[2]

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return 1 - 2.0 * self.two(torch.relu(self.one(z)))


def test_whatever_a_forward_does_with_layers_stands_in_the_law():
    main = net(2, 12, 2)
    plain = measure(PLANE, main, noise=2, recorder=QUICK)
    same = measure(PLANE, Wrapped(main), noise=2, recorder=QUICK)
    assert (same.js.value, same.js.one_sided) == (plain.js.value, None)
    doubled = nn.Sequential(*main[:-1], nn.Linear(12, 2))
    with torch.no_grad():
        doubled[-1].weight.copy_(2 * main[-1].weight)
        doubled[-1].bias.copy_(2 * main[-1].bias)
    pairs = [(Wrapped(main, 2.0), doubled), (Functional(main), None)]
    z = torch.randn(50, 2, dtype=torch.float64)
    for module, told in pairs:
        layers = module_layers(module.double(), z)
        assert layers is not None
        if told is not None:
            assert layers(z.numpy()) == pytest.approx(told.double()(z).detach().numpy())


class Moved(nn.Sequential):
    """A sequence in name."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return super().forward(z).clamp(max=0.5)


class Scaled(nn.Linear):
    """A layer in name, as equalised learning rates write it."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(z, 0.3 * self.weight, self.bias)


class Shaken(nn.Linear):
    """Noise of its own."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return super().forward(z) + torch.randn(1, dtype=z.dtype)


@pytest.mark.parametrize("kind", ["class of a sequence", "class of a layer", "noise", "hook"])
def test_what_only_looks_like_layers_is_known_by_its_points(kind):
    """Each was once read as N(0, 1), whose JSD from N(0, 1) is 0 to 1e-11."""
    made = {
        "class of a sequence": Moved(nn.Linear(1, 1)),
        "class of a layer": Scaled(1, 1),
        "noise": Shaken(1, 1),
        "hook": nn.Linear(1, 1),
    }[kind]
    with torch.no_grad():
        for part in made.modules():
            if isinstance(part, nn.Linear):
                part.weight.fill_(1.0)
                part.bias.zero_()
    if kind == "hook":
        made.register_forward_hook(lambda module, given, out: 0.3 * out)
    state = torch.get_rng_state()
    one, two = (measure(Normal(), made, noise=1, recorder=QUICK).js for _ in range(2))
    assert one.is_lower_bound and one.value == two.value
    assert torch.equal(state, torch.get_rng_state())


def test_weights_that_a_call_left_behind_are_measured():
    """Torch's older norms keep a tensor with a graph on the module, which copies refused."""
    layer = nn.utils.spectral_norm(nn.Linear(2, 2))
    layer(torch.zeros(1, 2)).sum().backward()
    assert measure(PLANE, nn.Sequential(layer), noise=2, recorder=QUICK).js.is_lower_bound


def test_noise_that_triangles_do_not_see_is_not_taken_as_seen():
    """Noise at ±50 was seen by no node, and N(0, I) said to have a JSD of 0 ± 1e-13 from it."""
    needles = Mixture1D([0.5, 0.5], [Normal(-50, 0.5), Normal(50, 0.5)])
    noise = Product((needles, needles))
    record = measure(Product((Normal(), Normal())), nn.Identity(), noise=noise, recorder=QUICK)
    assert record.js.is_lower_bound and 0.65 < record.js.interval[0] < math.log(2)


@pytest.mark.parametrize("unit", [nn.ReLU, nn.Tanh])
def test_noise_too_narrow_or_too_broad_for_triangles_is_known_by_draws(unit):
    """Refused as a law without normalisation, or said to be singular, with no error."""
    narrow = Mixture1D([0.5, 0.5], [Normal(-1, 1e-6), Normal(1, 1e-6)])
    for noise in (Product((narrow, narrow)), Product((Cauchy(), Cauchy()))):
        made = nn.Sequential(nn.Linear(2, 4), unit(), nn.Linear(4, 2))
        assert measure(PLANE, made, noise=noise, recorder=QUICK).js.is_lower_bound


def test_noise_of_images_and_uniform_noise():
    """(n, k, 1, 1) as in the tutorial on DCGAN; uniform noise is a law."""

    class Images(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.up = nn.ConvTranspose2d(3, 2, 1)

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return self.up(z)

    record = measure(PLANE, Images(), noise=lambda n: torch.randn(n, 3, 1, 1), recorder=QUICK)
    assert record.js.is_lower_bound
    exact = measure(Uniform(0, 2), nn.Linear(1, 1), noise=Uniform(0, 1), recorder=QUICK)
    assert exact.js.one_sided is None


def test_fewer_coordinates_of_noise_than_points_are_singular():
    record = measure(PLANE, net(1, 8, 2), net(2, 4, 1), noise=standard_normal(1), recorder=QUICK)
    assert (record.js.value, record.bound.value) == (math.log(2), 0.0)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ValueError, match="generator must make 2 points of 2 coordinates"):
        measure(PLANE, net(2, 3), noise=2)
    with pytest.raises(ValueError, match="one number a point"):
        measure(PLANE, net(2, 2), net(2, 3), noise=2, recorder=QUICK)
    with pytest.raises(ValueError, match="output must be one of logit, probability"):
        FixedCritic(net(2, 1), "odds")
    with pytest.raises(TypeError, match="critic must be"):
        measure(PLANE, net(2, 2), 3, noise=2)
    with pytest.raises(ValueError, match="normal"):
        measure(PLANE, net(2, 2), noise="normal")
    for bad in (2.0, True):
        with pytest.raises(TypeError, match="noise must be"):
            measure(PLANE, net(2, 2), noise=bad)
    with pytest.raises(TypeError, match="generator must be"):
        measure(PLANE, None, noise=2)
    with pytest.raises(ValueError, match="every"):
        Watch(PLANE, net(2, 2), noise=2, every=0)


def test_a_loop_of_ones_own_is_watched():
    generator, critic = net(2, 8, 2), net(2, 8, 1)
    optimiser = torch.optim.Adam([*generator.parameters(), *critic.parameters()])
    seen: list[int] = []
    watch = Watch(
        PLANE,
        generator,
        critic,
        noise=2,
        every=3,
        options={"recorder": QUICK},
        observers=(lambda record: seen.append(record.step),),
    )
    for _ in range(7):
        x, y = PLANE.sample(32, 0).float(), generator(torch.randn(32, 2))
        (-nn.functional.logsigmoid(critic(y)).mean()).backward()
        optimiser.step()
        watch((x, y))
    assert (seen, watch.calls) == ([3, 6], 7)
    first = watch.records[0]
    assert first.train_value is not None
    flat = first.flat()
    assert flat["js"] == first.js.value and flat["bound_low"] == first.bound.interval[0]
    assert all(type(v) is float for v in flat.values())
    assert json.loads(json.dumps(first.to_dict()))["step"] == 3
    from matplotlib.figure import Figure

    draw_game(Figure().subplots(), watch.records)


def test_a_watch_takes_a_critic_whose_points_have_a_shape_as_it_is_at_each_record():
    """A copy that was made once would be measured for ever."""
    critic = nn.Sequential(nn.Flatten(), nn.Linear(2, 1))
    quick = {"recorder": Recorder(held_out=32, fakes=8, neighbourhood=0)}
    flat = nn.Linear(1, 2)
    given = FixedCritic(critic, shape=(1, 2))
    watch = Watch(ring(4), flat, given, noise=1, every=1, options={**quick, "rng": 0})
    first = watch()
    with torch.no_grad():
        critic[1].weight.mul_(3).add_(1)
    second = watch()
    plain = measure(ring(4), flat, critic, noise=1, rng=0, **quick)
    assert second.held_out_value == plain.held_out_value != first.held_out_value


def test_points_and_outputs_that_depend_on_their_batch_are_refused():
    """Batch norm without running statistics, in a module or behind a function."""
    free = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2, track_running_stats=False))
    kept = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    for made in (free, lambda z: kept(z.float())):
        with pytest.raises(ValueError, match="generator makes another point"):
            measure(PLANE, made, noise=2, recorder=QUICK)
    judge = nn.Sequential(free, nn.Linear(2, 1))
    with pytest.raises(ValueError, match="critic gives a point another output"):
        measure(PLANE, kept, judge, noise=2, recorder=QUICK)
    assert measure(PLANE, kept, noise=2, recorder=QUICK).js.one_sided is None


def test_noise_that_comes_again_is_refused():
    bank = torch.randn(2000, 3)
    with pytest.raises(ValueError, match="the same points for another rng"):
        measure(PLANE, net(3, 2), noise=lambda n: bank[:n], recorder=QUICK)


def test_rows_with_labels_are_measured_in_a_loop_of_ones_own():
    """Two labels: a generator of their law, and one that knows none; limits hold at 95 %."""
    rng = np.random.default_rng(7)
    y = rng.integers(0, 2, 400)
    x = rng.normal(4.0 * y, 1.0)[:, None]

    def maker(rows: torch.Tensor) -> torch.Tensor:
        return rows[:, :1] + 4.0 * rows[:, 2:]

    few = Recorder(200, 100, 0)
    right = measure(x, maker, noise=1, recorder=few, labels=y)
    watch = Watch(x, lambda rows: rows[:, :1], noise=1, labels=y, options={"recorder": few})
    wrong = watch.now()
    assert right.js.interval[0] < 0.05 < wrong.js.interval[0]
    with pytest.raises(ValueError, match="labels are of rows"):
        measure(PLANE, net(2, 2), noise=2, labels=y)
