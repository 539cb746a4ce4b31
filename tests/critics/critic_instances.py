"""Every class of critics on points it can take: laws over classes are tested on all of these."""

import torch

from divkit.critics import (
    CRITICS,
    MLP,
    DeepSet,
    Difference,
    Nystrom,
    Polynomial,
    RandomFeatures,
    Spline,
    TorchModule,
    from_samples,
    stack,
)
from divkit.critics.squashed import Squashed


def module(dim=2):
    """A user's network, always with the same weights."""
    generator = torch.Generator().manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(dim, 5), torch.nn.GELU(), torch.nn.Linear(5, 1))
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.randn(p.shape, generator=generator))
    return net


# name -> (class, dimension of the points it is tried on, whether it takes stacked points)
INSTANCES = {
    "mlp": (MLP((5,)), 1, True),
    "mlp, deep": (MLP((4, 3, 2)), 3, True),
    "logistic": (Polynomial(1), 2, True),
    "cubic": (Polynomial(3), 2, True),
    "spline": (Spline(6), 1, False),
    "nystrom": (Nystrom(9), 2, False),
    "random features": (RandomFeatures(7), 2, True),
    "deep set": (DeepSet(3, (4,)), 6, True),
    "difference": (Difference((4, 3)), 4, True),
    "module": (TorchModule(module()), 2, True),
    "squashed mlp": (Squashed(MLP((4,)), 2.0), 2, True),
    "squashed spline": (Squashed(Spline(5), 3.0), 1, False),
}


def samples(dim, seed=0, n=25, m=20):
    """Weighted points of two clouds that overlap."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, dim, dtype=torch.float64, generator=generator)
    y = 0.5 + 1.5 * torch.randn(m, dim, dtype=torch.float64, generator=generator)
    return from_samples(x, y)


def stacked(dim, count=3):
    """Problems of unlike sizes and scales, stacked."""
    return stack([samples(dim, seed, 15 + 5 * seed, 30) for seed in range(count)])


def somewhere(model, seed=0, members=()):
    """Parameters (…, P) away from every start."""
    generator = torch.Generator().manual_seed(seed)
    return 0.7 * torch.randn(*members, model.size, dtype=torch.float64, generator=generator)


def registered():
    """The classes that names stand for."""
    return [CRITICS[name] for name in CRITICS]
