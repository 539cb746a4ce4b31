r"""Laws of counts from the ratios of neighbouring probabilities, each log right to one rounding.

Binomial, hypergeometric and their kin have p(k+1)/p(k) = r(k), a rational function of k and of the
parameters, which are taken as the floats that they are. In ball arithmetic the products of the
r(k) neither under- nor overflow and lose no digits, and log p(k) is their log less that of their
sum: no difference of log-gammas, and no table of probabilities that are 0 far out.

    binomial           (n−k)/(k+1) · p/(1−p)
    hypergeometric     (D−k)(n−k) / ((k+1)(N−D−n+k+1))
    beta-binomial      (n−k)(k+a) / ((k+1)(n−k−1+b))
    negative hyp.      (k+r)(n−k) / ((k+1)(N−r−k))

(Johnson, Kemp, Kotz 2005, chapters 3 and 6).
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Sequence

import numpy as np
from flint import arb

from divkit.distributions.ball_precision import own_precision
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.types import Ball

Ratio = Callable[[int], Ball]
_BITS = 128
MOST_COUNTS = 2**22


def counted(
    low: int, high: int, ratio: Callable[[], Ratio], source: str, shift: float = 0.0
) -> FiniteLaw:
    """The law on low … high, moved by `shift`, with p(k+1)/p(k) = ratio()(k) > 0.

    Raises
    ------
    ValueError
        If there are more than 2^22 atoms.
    """
    if high - low >= MOST_COUNTS:
        raise ValueError(
            f"{source} has {high - low + 1} atoms, more than {MOST_COUNTS}. Pass "
            "FiniteLaw.from_logs(atoms, logs), cut where you choose."
        )
    with own_precision(_BITS):
        steps = map(ratio(), range(low, high))
        logs, radii = logs_of(list(itertools.accumulate(steps, operator.mul, initial=arb(1))))
    atoms = shift + np.arange(low, high + 1.0)
    return FiniteLaw.from_logs(atoms, logs, radii=radii, source=source)


def logs_of(weights: Sequence[Ball]) -> tuple[list[float], list[float]]:
    """Floats next to the logs of the shares, and how far off they may be."""
    total = sum(weights, arb(0)).log()
    balls = [weight.log() - total for weight in weights]
    logs = [float(ball) for ball in balls]
    radii = [2.0**-52 * abs(log) + 2.0**-64 for log in logs]
    return logs, [r + 2 * float(ball.rad()) for r, ball in zip(radii, balls, strict=True)]


def binomial(n: int, p: float, shift: float = 0.0) -> FiniteLaw:
    """The number of successes in n trials of probability p, exactly p: 0 and 1 are points."""
    if not 0 <= p <= 1:
        raise ValueError(f"p must be in [0, 1]; got {p!r}.")
    if n == 0 or p in (0.0, 1.0):
        return FiniteLaw(((shift + (n if p == 1 else 0),),), (1.0,))
    return counted(
        0, n, lambda: _binomial(n, arb(p) / (1 - arb(p))), f"binomial({n}, {p!r})", shift
    )


def binomial_of_logit(n: int, logit: float, shift: float = 0.0) -> FiniteLaw:
    """The number of successes in n trials whose log odds are `logit`; ±inf are points."""
    if math.isnan(logit):
        raise ValueError("logit must be a number; got nan.")
    if n == 0 or math.isinf(logit):
        return FiniteLaw(((shift + (n if logit > 0 else 0),),), (1.0,))
    return counted(
        0, n, lambda: _binomial(n, arb(logit).exp()), f"binomial({n}, logit={logit!r})", shift
    )


def _binomial(n: int, odds: Ball) -> Ratio:
    return lambda k: odds * (n - k) / (k + 1)


def hypergeometric(
    total: int, good: int, draws: int, odds: float = 1.0, shift: float = 0.0
) -> FiniteLaw:
    """Good ones among draws from total; with odds, Fisher's noncentral law."""
    low, high = max(0, draws - (total - good)), min(good, draws)
    rest = total - good - draws + 1
    return counted(
        low,
        high,
        lambda: lambda k: arb(odds) * (good - k) * (draws - k) / ((k + 1) * (rest + k)),
        f"hypergeometric({total}, {good}, {draws}, odds={odds!r})",
        shift,
    )


def beta_binomial(n: int, a: float, b: float, shift: float = 0.0) -> FiniteLaw:
    """Successes in n trials whose probability is drawn from Beta(a, b)."""

    def ratio() -> Ratio:
        up, down = arb(a), arb(b)
        return lambda k: (up + k) * (n - k) / ((down + (n - k - 1)) * (k + 1))

    return counted(0, n, ratio, f"beta_binomial({n}, {a!r}, {b!r})", shift)


def negative_hypergeometric(total: int, good: int, bad: int, shift: float = 0.0) -> FiniteLaw:
    """Good ones drawn from total until `bad` of the others are."""
    return counted(
        0,
        good,
        lambda: lambda k: arb((k + bad) * (good - k)) / ((k + 1) * (total - bad - k)),
        f"negative_hypergeometric({total}, {good}, {bad})",
        shift,
    )


def geometric_decay(rate: float, count: int, shift: float = 0.0) -> FiniteLaw:
    """P(k) ∝ e^{−rate k} for k = 0 … count − 1 (Boltzmann, truncated)."""

    def ratio() -> Ratio:
        factor = (-arb(rate)).exp()
        return lambda k: factor

    return counted(0, count - 1, ratio, f"boltzmann({rate!r}, {count})", shift)


def power_decay(exponent: float, count: int, shift: float = 0.0) -> FiniteLaw:
    """P(k) ∝ k^{−exponent} for k = 1 … count (Zipf, truncated)."""

    def ratio() -> Ratio:
        return lambda k: (arb(k) / (k + 1)) ** arb(exponent)

    return counted(1, count, ratio, f"zipfian({exponent!r}, {count})", shift)
