"""Every kind of generator, a few members each: a new one joins the suite here."""

import re
from functools import partial

import torch
import zuko

from divkit.critics.activations import TANH, leaky
from divkit.distributions import Gamma, StudentT, Uniform
from divkit.generators import (
    AffineGenerator,
    CategoricalGenerator,
    FlowGenerator,
    MixtureGenerator,
    MLPGenerator,
    ModuleGenerator,
    NetworkGenerator,
    NetworkMixtureGenerator,
    PolynomialGenerator,
    standard_normal,
)

PLANE = standard_normal(2)


def residual() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.SiLU(), torch.nn.Linear(5, 2))


def decoder() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(1, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))


GENERATORS = [
    AffineGenerator(),
    AffineGenerator(Gamma(2.0, 1.0)),
    AffineGenerator(PLANE, dim=2),
    AffineGenerator(PLANE, dim=2, full=True),
    AffineGenerator(standard_normal(3), dim=2, full=True),
    AffineGenerator(PLANE, dim=3, full=True),
    MLPGenerator(hidden=(8,)),
    MLPGenerator(Uniform(-1.0, 1.0), hidden=(5, 7)),
    MLPGenerator(PLANE, dim=2, hidden=(6, 4)),
    MLPGenerator(dim=2, hidden=(6,)),
    MLPGenerator(Gamma(1.5, 1.0), hidden=(4,)),
    NetworkGenerator(PLANE, dim=2, hidden=(6, 4)),
    NetworkGenerator(PLANE, dim=2, hidden=(5,), activation=TANH),
    NetworkGenerator(standard_normal(3), dim=2, hidden=(5,), activation=leaky(0.0)),
    NetworkMixtureGenerator(3, PLANE, hidden=(4,), lead=1.0),
    PolynomialGenerator(degree=2),
    PolynomialGenerator(Uniform(-2.0, 1.5), degree=4),
    PolynomialGenerator(StudentT(3.0), degree=3),
    MixtureGenerator(3),
    MixtureGenerator(5, dim=2),
    MixtureGenerator(4, 2, centre=1.0, spread=2.5, width=0.1),
    CategoricalGenerator((-1.0, 0.0, 2.5)),
    CategoricalGenerator(((0.0, 1.0), (1.0, 0.0), (1.0, 1.0))),
    ModuleGenerator(residual, PLANE, dim=2),
    ModuleGenerator(decoder, dim=2),
    FlowGenerator(partial(zuko.flows.MAF, 2, transforms=2, hidden_features=(4,))),
    FlowGenerator(partial(zuko.flows.NSF, 1, transforms=1, hidden_features=(4,))),
]


def label(generator) -> str:
    """The generator's repr without memory addresses: parallel workers must agree."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(generator))
