"""A law that divkit does not have, as a user would add it: all of it is in this file."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from flint import arb

from divkit.distributions import LAWS, Feature, Law1D
from divkit.distributions.base import positive
from divkit.distributions.support import interval
from divkit.distributions.tails import LOG, make, power
from divkit.exact.affinity.family import log_quotient, rate_family
from divkit.exact.balls.affinity import of_rates
from divkit.exact.balls.cut import NO_DECAY, NO_GROWTH, Decay, growth_from, power_growth
from divkit.exact.capabilities import Balls, Capabilities, declare
from divkit.exact.closed_form.members import GammaMember


@dataclass(frozen=True)
class Rayleigh(Law1D):
    """The law of √X, X exponential with this rate: log p = log 2·rate·x − rate·x², x > 0."""

    rate: float = 1.0

    def __post_init__(self):
        object.__setattr__(self, "rate", positive("rate", self.rate))

    support = property(lambda self: interval(0.0, math.inf))
    features = property(lambda self: (Feature((self.rate**-0.5,), (0.5 * self.rate**-0.5,)),))
    reach = property(lambda self: (0.0, math.sqrt(800.0 / self.rate)))
    mean = property(lambda self: np.array([0.5 * math.sqrt(math.pi / self.rate)]))
    covariance = property(lambda self: np.array([[(1 - math.pi / 4) / self.rate]]))

    @property
    def tails(self):
        start = make({LOG: Fraction(1)}, "endpoint")
        return (start, make({power(2): Fraction(self.rate), LOG: Fraction(-1)}))

    def _log_prob_at(self, anchor, offset):
        x = anchor + offset
        inside = (x > 0) & (x < math.inf)
        safe = torch.where(inside, x, 1.0)
        value = math.log(2 * self.rate) + torch.log(safe) - (self.rate * safe) * safe
        return torch.where(inside, value, -math.inf)

    def cdf(self, x):
        return -np.expm1(-self.rate * np.square(np.maximum(x, 0.0)))

    def sf(self, x):
        return np.exp(-self.rate * np.square(np.maximum(x, 0.0)))

    def ppf(self, u):
        return np.sqrt(-np.log1p(-np.asarray(u)) / self.rate)


def _log_density(law, place):
    if not place.right_of(0.0):
        return None
    rate, constant = arb(law.rate), (2 * arb(law.rate)).log()
    return lambda at: at.log_minus(0.0) - rate * at.minus(0.0) * at.minus(0.0) + constant


def _growth(law, cut):
    if cut.side < 0:
        return NO_GROWTH
    offset = -(2 * arb(law.rate)).log() - cut.x.log()
    return growth_from(cut.x, offset, law.rate * cut.x**2, 2)


def _end_growth(law, cut):
    return power_growth(2.0, law.rate * cut.distance**2 - (2 * arb(law.rate)).log(), cut)


declare(
    Rayleigh,
    Capabilities(
        member=lambda law: GammaMember(1.0, law.rate),  # x ↦ x² is one to one
        affinity=lambda p, q, omega: rate_family(log_quotient(q.rate, p.rate), omega),
        balls=Balls(
            _log_density,
            cdf=lambda law, at: -(-law.rate * arb(0).max(at.minus(0.0)) ** 2).expm1(),
            decay=lambda law, cut: (
                Decay(2 * law.rate * cut.x - 1 / cut.x) if cut.side > 0 else NO_DECAY
            ),
            growth=_growth,
            end_exponent=lambda law, cut: 1 - 2 * law.rate * cut.distance**2,
            end_growth=_end_growth,
            singular_ends=lambda law: (0.0,),
            affinity=lambda p, q: of_rates(arb(p.rate), arb(q.rate)),
        ),
    ),
)
LAWS.register("rayleigh_by_rate", Rayleigh)
