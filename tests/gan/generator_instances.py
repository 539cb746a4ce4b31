"""Every kind of generator, a few members each: a new one joins the suite here."""

from divkit.distributions import Gamma, Uniform
from divkit.gan.generators import AffineGenerator, MLPGenerator, standard_normal

PLANE = standard_normal(2)

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
]


def label(generator) -> str:
    return repr(generator)
