"""Affinities ρ(α) = ∫ p^{1−α} q^α of exponential families on the line, as balls."""

from __future__ import annotations

from collections.abc import Callable

from flint import arb

from divkit.types import Ball

Affinity = Callable[[Ball], Ball]
"""α -> ρ(α) on Re α = ½."""


def of_rates(first: Ball, second: Ball) -> Affinity:
    """ρ of two exponential laws."""
    logs = first.log(), second.log()

    def value(alpha: Ball) -> Ball:
        beta = 1 - alpha
        return (beta * logs[0] + alpha * logs[1]).exp() / (beta * first + alpha * second)

    return value


def normalised(
    log_integral: Callable[[Ball, Ball], Ball],
    first: tuple[float, float],
    second: tuple[float, float],
) -> Affinity:
    """ρ = Z(βθp + αθq) / [Z(θp)^β Z(θq)^α] for a family with log normaliser log Z."""
    (a, b), (c, d) = (tuple(map(arb, theta)) for theta in (first, second))
    logs = log_integral(a, b), log_integral(c, d)

    def value(alpha: Ball) -> Ball:
        beta = 1 - alpha
        mixed = log_integral(beta * a + alpha * c, beta * b + alpha * d)
        return (mixed - beta * logs[0] - alpha * logs[1]).exp()

    return value
