"""Capabilities of laws of counts: the exponential families among them."""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from divkit.distributions.base import Law
from divkit.distributions.counts.decays import DiscreteLaplace, Planck
from divkit.distributions.counts.image import CountImage
from divkit.distributions.counts.law import CountLaw
from divkit.distributions.counts.poisson import Poisson
from divkit.distributions.counts.powers import Logarithmic, Zipf
from divkit.distributions.counts.trials import Binomial
from divkit.distributions.counts.waiting import Geometric, NegativeBinomial
from divkit.exact.capabilities.base import Capabilities, declare
from divkit.exact.closed_form.count_families import (
    LAPLACE,
    LOGARITHMIC,
    POISSON,
    ZIPF,
    CountMember,
    trials,
    waiting,
)
from divkit.exact.counts.affinity import by_sums


def _waiting(size: float, start: int, law: Geometric | NegativeBinomial | Planck) -> CountMember:
    return CountMember(("waiting", size, start), waiting(arb(size)), law.ratio.log_theta)


declare(CountLaw, Capabilities[Law](affinity=by_sums))  # type: ignore[type-abstract]
declare(CountImage, Capabilities[CountImage](affinity=by_sums))
declare(
    Poisson,
    Capabilities[Poisson](
        member=lambda law: CountMember(("poisson",), POISSON, law.ratio.log_theta)
    ),
)
declare(
    Geometric,
    Capabilities[Geometric](member=lambda law: _waiting(1.0, law.start, law)),
)
declare(Planck, Capabilities[Planck](member=lambda law: _waiting(1.0, 0, law)))
declare(
    NegativeBinomial,
    Capabilities[NegativeBinomial](member=lambda law: _waiting(law.size, 0, law)),
)
declare(
    Binomial,
    Capabilities[Binomial](
        member=lambda law: CountMember(
            ("binomial", law.trials), trials(law.trials), law.ratio.log_theta
        )
    ),
)
declare(
    Logarithmic,
    Capabilities[Logarithmic](
        member=lambda law: CountMember(("logarithmic",), LOGARITHMIC, law.ratio.log_theta)
    ),
)
declare(
    Zipf,
    Capabilities[Zipf](member=lambda law: CountMember(("zipf",), ZIPF, -Fraction(law.a))),
)
declare(
    DiscreteLaplace,
    Capabilities[DiscreteLaplace](
        member=lambda law: CountMember(("laplace",), LAPLACE, law.fall.log_theta)
    ),
)
