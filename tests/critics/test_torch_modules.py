"""Modules that users bring: trained where they are critics, refused with advice where not."""

import pytest
import torch
from torch import nn

from divkit.critics import LBFGS, Adam, LevenbergMarquardt, maximise_value
from divkit.distributions import Normal

P, Q = Normal(0, 1), Normal(1, 1)
MAXIMISERS = (
    LevenbergMarquardt(20),
    LBFGS(steps=20),
    Adam(0.01, 100),
    Adam(0.01, 100, single=True),
)


class Through(nn.Module):
    """A linear layer, and what a test makes of its output."""

    def __init__(self, then, inputs=1, outputs=1):
        super().__init__()
        self.layer, self.then = nn.Linear(inputs, outputs), then

    def forward(self, x):
        return self.then(self.layer, x)


def net(*middle):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(1, 4), *middle, nn.Tanh(), nn.Linear(4, 1))


def trained(module, maximiser=MAXIMISERS[0]):
    return maximise_value(P, Q, critic=module, maximiser=maximiser, account=False)


@pytest.mark.sweep(4)
@pytest.mark.parametrize("maximiser", MAXIMISERS, ids=["lm", "lbfgs", "adam", "adam single"])
@pytest.mark.parametrize(
    "module",
    [
        net(),
        net().half(),
        net(nn.Dropout(0.5)).eval(),
        net(nn.BatchNorm1d(4)).eval(),
        nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(1, 1))),
    ],
    ids=["float32", "half", "dropout", "batch norm", "spectral norm"],
)
def test_modules_train_and_stay_as_they_were(module, maximiser):
    before = {name: value.clone() for name, value in module.state_dict().items()}
    found = trained(module, maximiser)
    start = maximise_value(P, Q, critic=module, maximiser=Adam(1e-12, 1), account=False)
    assert found.diagnostics["gap"] < 0.9 * start.diagnostics["gap"]
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


@pytest.mark.parametrize("maximiser", MAXIMISERS, ids=["lm", "lbfgs", "adam", "adam single"])
@pytest.mark.parametrize(
    ("module", "advice"),
    [
        (net(nn.Dropout(0.5)), r"eval\(\)"),
        (net(nn.BatchNorm1d(4)), r"eval\(\)"),
        (Through(lambda layer, x: layer(x), outputs=2), r"gave shape \(2, 2\)"),
        (Through(lambda layer, x: layer(x).mean()), r"gave shape \(\)"),
        (Through(lambda layer, x: layer(x) - layer(x).mean()), "beside other"),
        (Through(lambda layer, x: layer(x.float())), "failed on points of shape"),
        (Through(lambda layer, x: layer(x), inputs=2), r"failed on points of shape \(2, 1\)"),
        (Through(lambda layer, x: (layer(x) > 0).double()), "no gradient"),
        (nn.Linear(1, 1, dtype=torch.complex128), "complex"),
        (nn.Identity(), "no parameters"),
    ],
    ids=[
        "dropout",
        "batch norm",
        "two outputs",
        "one number",
        "centred",
        "float",
        "plane",
        "step",
        "complex",
        "identity",
    ],
)
def test_what_can_be_no_critic_is_refused(module, advice, maximiser):
    with pytest.raises(ValueError, match=advice):
        trained(module, maximiser)


def test_a_critic_that_is_nan_where_a_law_has_mass_is_an_error():
    """√f has no value where f < 0: the judge says where, on the line and on samples of a law."""
    module = Through(lambda layer, x: (x + 4).sqrt() + layer(x))
    with pytest.raises(ValueError, match=r"NaN at \[-\d.*law has mass"):
        maximise_value(P, Q, critic=module, on=(P.sample(50, 0), Q.sample(50, 1)), account=False)
