r"""Training as descent: G₀ → D₀* → G₁ → …, with x = μ + e^s z against p = N(0, 1).

V(D₀*, G) touches 2 JSD − log 4 at G₀ and lies below it elsewhere, so at G₀ their gradients agree
(Danskin; Milgrom and Segal 2002): ∇_θ V(D₀*, G_θ) = ∇_θ 2 JSD at θ = θ₀, and only there. Small
steps with a fresh D* therefore lower the JSD. Minimising V(D₀*, ·) to the end does not: for
G₀ = N(μ, 1), log(1 − D₀*(x)) = −softplus(−μx + μ²/2) falls without bound as x runs to −∞, past
the data and away.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import torch
from torch.nn.functional import logsigmoid

from divkit.distributions.families.normal import Normal
from divkit.theory.framework.computations import LOG2, by_affinity, over_line
from divkit.theory.framework.densities import density, log_ratio
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, below, equal, evidence
from divkit.types import Tensor

DATA = Normal(0.0, 1.0)
Parameters = tuple[float, float]


def generator(theta: Parameters) -> Normal:
    """The law of μ + e^s z."""
    return Normal(theta[0], math.exp(theta[1]))


def slope_of_value(at: Parameters, frozen: Parameters) -> tuple[Measured, Measured]:
    """∇ in (μ, s) of E log(1 − D₀*(μ + e^s z)), D₀* the best against the frozen generator."""
    law, opponent = generator(at), generator(frozen)

    def slope(x: Tensor) -> Tensor:
        moved = x.clone().requires_grad_()
        values = logsigmoid(log_ratio(opponent, DATA, moved))
        (gradient,) = torch.autograd.grad(values.sum(), moved)
        return density(law, x) * gradient

    return (
        over_line(law, opponent, slope),
        over_line(law, opponent, lambda x: slope(x) * (x - at[0])),
    )


def slope_of_jsd(at: Parameters) -> tuple[Measured, Measured]:
    """∇ in (μ, s) of 2 JSD by Richardson's differences of affinity values."""
    mu, s = at
    return (
        derivative(lambda h: 2 * by_affinity(DATA, generator((mu + h, s)))),
        derivative(lambda h: 2 * by_affinity(DATA, generator((mu, s + h)))),
    )


def derivative(f: Callable[[float], Measured], step: float = 0.1, levels: int = 5) -> Measured:
    """f'(0) from central differences at step, step/2, … extrapolated (Richardson).

    The error is that of the values, carried through, and the two last changes of the diagonal.
    """
    table = [(f(h) - f(-h)) * (0.5 / h) for h in (step / 2**k for k in range(levels))]
    diagonal = [table[0].value]
    for order in range(1, levels):
        factor = 1 / (4**order - 1)
        table = [b + (b - a) * factor for a, b in itertools.pairwise(table)]
        diagonal.append(table[0].value)
    changes = abs(diagonal[-1] - diagonal[-2]) + abs(diagonal[-2] - diagonal[-3])
    return Measured(table[0].value, table[0].error + changes)


@check(
    "evolution",
    equation="(5)",
    statement="With the best D at each step the JSD falls; the gradients agree at θ₀ and only "
    "there; minimising V(D₀*, ·) to the end runs away.",
    formula=r"\nabla_\theta V(D_0^*,G_\theta)\,|_{\theta_0}=\nabla_\theta\,2\,\mathrm{JSD}"
    r"(p\,\|\,q_\theta)\,|_{\theta_0},\qquad V(D_0^*,G_\theta)\to-\infty",
    left="autograd through the generator, D₀* held fixed, on panels",
    right="differences of affinity values; the JSD before the step",
)
def evolution(context: Context) -> Evidence:
    """Gradients at four places, a path of descent, and the runaway."""
    rows: list[Comparison] = []
    for theta in ((1.0, 0.0), (2.0, 0.5), (-1.5, -0.7), (0.3, 0.1)):
        for name, value, wanted in zip(
            "μs", slope_of_value(theta, theta), slope_of_jsd(theta), strict=True
        ):
            rows.append(equal(f"θ₀ = {theta}: ∂/∂{name}", value, wanted))
    elsewhere, truth = slope_of_value((0.5, 0.0), (2.0, 0.0))[0], slope_of_jsd((0.5, 0.0))[0]
    rows.append(
        below("away from θ₀ the gradients differ, by 0.1 at least", truth + 0.1, elsewhere)
    )
    values = descent((3.0, 0.5), 40 if context.full else 15)
    for k, (before, after) in enumerate(itertools.pairwise(values)):
        rows.append(below(f"step {k + 1} of descent lowers the JSD", after, before))
    return evidence([*rows, *_runaway_rows()], _runaway_figure)


def descent(theta: Parameters, steps: int, rate: float = 0.8) -> list[Measured]:
    """JSD before each step and at the end, by gradient steps on V(D_k*, ·)."""
    return [by_affinity(DATA, generator(at)) for at in path(theta, steps, rate)]


def path(theta: Parameters, steps: int, rate: float = 0.8) -> list[Parameters]:
    """The generators G₀, G₁, …: each a step down V(D_k*, ·) from the one before."""
    places = [theta]
    for _ in range(steps):
        down = slope_of_value(theta, theta)
        theta = (theta[0] - rate * down[0].value, theta[1] - rate * down[1].value)
        places.append(theta)
    return places


def frozen_value(mu: float, frozen: float = 2.0) -> Measured:
    """V(D₀*, N(mu, 1)) for D₀* the best against N(frozen, 1)."""
    opponent, law = Normal(frozen, 1.0), Normal(mu, 1.0)

    def logit(x: Tensor) -> Tensor:
        return log_ratio(DATA, opponent, x)

    real = over_line(DATA, opponent, lambda x: density(DATA, x) * logsigmoid(logit(x)))
    fake = over_line(law, opponent, lambda x: density(law, x) * logsigmoid(-logit(x)))
    return real + fake


def _runaway_rows() -> list[Comparison]:
    stops = (2.0, 1.0, 0.0, -2.0, -4.0, -8.0)
    values = [frozen_value(mu) for mu in stops]
    rows = [
        below(f"V(D₀*, ·) still falls from μ = {a:g} to {b:g}", after, before)
        for a, b, before, after in zip(stops, stops[1:], values, values[1:], strict=False)
    ]
    far = by_affinity(DATA, Normal(-8.0, 1.0))
    return [*rows, below("yet there the JSD is 0.69 or more", 0.69, far)]


def _runaway_figure() -> Figure:
    mu = [0.25 * k for k in range(-24, 13)]
    shifted = [frozen_value(m).value for m in mu]
    truth = [(2 * by_affinity(DATA, Normal(m, 1.0)) - 2 * LOG2).value for m in mu]
    return Figure(
        "generator's mean μ (the data's is 0, G₀'s is 2)",
        "nats",
        (line("2 JSD − log 4", mu, truth), line("V(D₀*, G)", mu, shifted, "dashes")),
        caption="V(D₀*, ·) touches the truth at μ = 2 with equal slope, then leaves it for ever.",
    )
