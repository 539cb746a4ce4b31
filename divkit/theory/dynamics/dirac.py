r"""The Dirac-GAN: how training moves about its equilibrium, and what makes it come to rest.

The minimax field is s(−ψ, θ), s = σ(−θψ): the flow conserves θ² + ψ², a simultaneous step of rate
h multiplies it by 1 + h²s². The non-saturating flow has, in polar coordinates and averaged over a
turn, d(r²)/dt = −2θψ tanh(θψ/2) → −r⁴/8, so 1/r² grows by t/8. With eigenvalues of the Jacobian J
at (0, 0) given by its trace and determinant, λ = tr/2 ± √(tr²/4 − det).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable

import numpy as np
import torch
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq
from scipy.special import expit

from divkit.theory.framework.figure import Figure, Line, line
from divkit.theory.framework.measured import ROUNDING, Measured
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, below, equal, evidence
from divkit.training.dirac import games as dirac
from divkit.training.dirac.games import DiracGame, jacobian
from divkit.training.dirac.play import (
    Alternating,
    Extragradient,
    OptimisticUpdate,
    Simultaneous,
    Update,
    step_eigenvalues,
    trajectory,
)
from divkit.types import Tensor

RATE = 0.2
STEPS = 500
SIMULTANEOUS = Simultaneous(RATE)


@check(
    "dirac-flow",
    statement="The Dirac-GAN circles: eigenvalues ±i/2 (WGAN ±i), simultaneous steps flee, "
    "alternating ones circle, extragradient and optimistic ones spiral in, the non-saturating "
    "flow creeps in as 8/t.",
    formula=r"\lambda=\pm f'(0)\,i,\quad\frac{r_{k+1}^2}{r_k^2}=1+h^2\sigma(-\theta\psi)^2,\quad"
    r"r^2\to\frac{8}{t}\;\mathrm{(non\!-\!saturating)}",
    left="Jacobians by autograd, trajectories of 500 steps, flows by a Runge–Kutta rule",
    right="the closed forms; printed digits",
    because="roundings of 500 steps; the integrator's tolerance; u² of the averaging, u the "
    "radius² at the start",
)
def dirac_flow(context: Context) -> Evidence:
    """Spectra, ratios of steps, conserved quantities, the creeping decay."""
    rows: list[Comparison] = []
    for game, speed in ((dirac.gan(), 0.5), (dirac.non_saturating(), 0.5), (dirac.wgan(), 1.0)):
        rows += _spectrum_rows(game.label, jacobian(game), (speed * 1j, -speed * 1j))
        rows += _alternating_rows(game, speed)
        rows += _inward_rows(game, speed)
    rows += [*_ratio_rows(), *_conserved_rows()]
    turns = 1200 if context.full else 300
    rows.append(equal("non-saturating: 8 Δ(1/r²)/Δt", creep(turns), 1.0))
    return evidence(rows, _flow_figure)


def _spectrum_rows(name: str, matrix: Tensor, wanted: tuple[complex, complex]) -> list[Comparison]:
    rows = []
    for (value, error), true, sign in zip(spectrum(matrix), wanted, "+−", strict=True):
        rows.append(equal(f"{name}: Re λ{sign}", Measured(value.real, error), true.real))
        rows.append(equal(f"{name}: Im λ{sign}", Measured(value.imag, error), true.imag))
    return rows


def spectrum(matrix: Tensor) -> list[tuple[complex, float]]:
    """Both eigenvalues of a 2 × 2 matrix with what roundings make of them."""
    half, det = 0.5 * float(matrix.trace()), float(torch.linalg.det(matrix))
    inside = half * half - det
    doubt = 64 * ROUNDING * (half * half + abs(det))
    root = cmath.sqrt(inside)
    error = doubt / abs(root) if abs(inside) > doubt else math.sqrt(doubt + abs(inside))
    return [(half + root, error + doubt), (half - root, error + doubt)]


def _alternating_rows(game: DiracGame, speed: float) -> list[Comparison]:
    """|λ| = 1 and the angle's cosine 1 − α²/2, for 1 and 5 critic steps."""
    rows = []
    for n in (1, 5):
        values = step_eigenvalues(game, Alternating(RATE, n))
        for k, size in enumerate(values.abs().tolist()):
            rows.append(equal(f"{game.label}, alternating {n}: |λ{k}|", size, 1.0, 1e-14))
        cosine = 1 - 0.5 * n * (RATE * speed) ** 2
        rows.append(
            equal(f"{game.label}, alternating {n}: Re λ", float(values.real[0]), cosine, 1e-14)
        )
    return rows


def _inward_rows(game: DiracGame, speed: float) -> list[Comparison]:
    """|1 + hλ + (hλ)²| of extragradient steps, the larger root of optimistic ones."""
    x = RATE * speed
    looked = step_eigenvalues(game, Extragradient(RATE)).abs().max()
    kept = step_eigenvalues(game, OptimisticUpdate(RATE)).abs().max()
    flow = 1 + 2j * x
    root = abs(0.5 * (flow + cmath.sqrt(flow * flow - 4j * x)))
    return [
        equal(
            f"{game.label}, extragradient: largest |λ|",
            float(looked), math.sqrt(1 - x**2 + x**4), 1e-14,
        ),
        equal(f"{game.label}, optimistic: largest |λ|", float(kept), root, 1e-13),
    ]  # fmt: skip


def _ratio_rows() -> list[Comparison]:
    """θ² + ψ² from step to step."""
    path = trajectory(dirac.gan(), SIMULTANEOUS, steps=STEPS)
    squared = (path**2).sum(-1)
    ratio = squared[1:] / squared[:-1]
    wanted = 1 + (RATE * torch.sigmoid(-path[:-1].prod(-1))) ** 2
    free = (trajectory(dirac.wgan(math.inf), SIMULTANEOUS, steps=STEPS) ** 2).sum(-1)
    drift = 16 * ROUNDING * STEPS
    return [
        equal("GAN, first ratio, printed", float(ratio[0]), Measured(1.0028931795, 5e-11)),
        equal("GAN, r² after 500 steps, printed", float(squared[-1]), Measured(9.59109, 5e-6)),
        at_most(
            "GAN: largest |ratio − (1 + h²σ²)| of a step",
            float((ratio - wanted).abs().max()),
            Measured(0.0, 16 * ROUNDING),
        ),
        equal(
            "WGAN without clip: log r² after 500 steps",
            float((free[-1] / free[0]).log()),
            STEPS * math.log(1.04),
            drift,
        ),
    ]


def _conserved_rows() -> list[Comparison]:
    """The minimax flow's radius and the time of its quarter turn; the WGAN's leapfrog."""
    start, radius2 = math.atan2(1.0, 1.0), 2.0
    time = quad(
        lambda phi: 1 / expit(-0.5 * radius2 * math.sin(2 * phi)), start, start + 0.5 * math.pi
    )
    end = flow_end(dirac.gan(), time[0])
    walk = trajectory(dirac.wgan(math.inf), Alternating(RATE), steps=STEPS)
    kept = (walk**2).sum(-1) + RATE * walk.prod(-1)
    return [
        equal("GAN flow: θ² + ψ² after a quarter turn", float((end**2).sum()), radius2, 1e-9),
        equal("GAN flow: θ after a quarter turn", float(end[0]), -1.0, 1e-9 + time[1]),
        equal("GAN flow: ψ after a quarter turn", float(end[1]), 1.0, 1e-9 + time[1]),
        at_most(
            "WGAN, alternating: change of θ² + ψ² + hθψ in 500 steps",
            float((kept - kept[0]).abs().max()),
            Measured(0.0, 16 * ROUNDING * STEPS),
        ),
    ]


def flow_end(game: DiracGame, time: float) -> Tensor:
    """(θ, ψ) after `time` of the continuous flow from (1, 1), to 1e-10 or so."""

    def velocity(_: float, z: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float]:
        down, up = game.field(*torch.from_numpy(z))
        return [float(down), float(up)]

    solution = solve_ivp(velocity, (0.0, time), [1.0, 1.0], "DOP853", rtol=1e-12, atol=1e-13)
    return torch.from_numpy(solution.y[:, -1])


def creep(turns: int, per_turn: int = 64, start: float = 8e-4) -> Measured:
    """8 Δ(1/r²)/Δt over whole turns of the non-saturating flow from r² = `start`.

    Fourth-order Runge–Kutta in the angle φ, along which the fields of t and r² are periodic. What
    the average leaves out is of order r⁴.
    """

    def slopes(phi: float, u: float) -> tuple[float, float]:
        x = 0.5 * u * math.sin(2 * phi)  # θψ
        t = math.tanh(0.5 * x)
        turn = 0.5 - 0.5 * t * math.cos(2 * phi)  # dφ/dt = ½[1 − tanh(θψ/2) cos 2φ]
        return 1 / turn, -2 * x * t / turn

    h, u, time = 2 * math.pi / per_turn, start, 0.0
    for k in range(turns * per_turn):
        phi = k * h
        a = slopes(phi, u)
        b = slopes(phi + 0.5 * h, u + 0.5 * h * a[1])
        c = slopes(phi + 0.5 * h, u + 0.5 * h * b[1])
        d = slopes(phi + h, u + h * c[1])
        time += h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0])
        u += h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
    return Measured(8 * (1 / u - 1 / start) / time, start * start)


def _path(label: str, game: DiracGame, update: Update, steps: int = STEPS) -> Line:
    points = trajectory(game, update, steps=steps)
    return line(label, points[:, 0], points[:, 1])


def _flow_figure() -> Figure:
    lines = (
        _path("GAN, simultaneous", dirac.gan(), SIMULTANEOUS),
        _path("non-saturating, simultaneous", dirac.non_saturating(), SIMULTANEOUS),
        _path("GAN, alternating", dirac.gan(), Alternating(RATE), 60),
    )
    return Figure(
        "generator θ (the data are at 0)",
        "discriminator ψ",
        lines,
        caption="From (1, 1), rate 0.2: simultaneous steps spiral out, alternating ones circle.",
    )


@check(
    "dirac-regularised",
    statement="Penalties and noise bring the Dirac-GAN to rest: R1 is critical at weight 1, "
    "noise at sd √2; a WGAN with clip or gradient penalty never rests.",
    formula=r"\lambda_{\mathrm{R1}}=-\frac{\gamma}{2}\pm\sqrt{\frac{\gamma^2}{4}-\frac{1}{4}},"
    r"\quad\lambda_{\mathrm{noise}}=-\frac{\sigma^2}{4}\pm\sqrt{\frac{\sigma^4}{16}-\frac{1}{4}}",
    left="Jacobians by autograd; 500 steps from (1, 1)",
    right="the closed forms; 0",
    because="roundings, and their square root where the eigenvalue is double",
)
def dirac_regularised(context: Context) -> Evidence:
    """Spectra over weights, the two critical values, and where 500 steps end."""
    rows: list[Comparison] = []
    for w in (0.1, 0.3, 1.0, 2.0):
        game = dirac.gradient_penalty(w)
        rows += _spectrum_rows(game.label, jacobian(game), damped(w))
        rows += _spectrum_rows(f"consensus {w:g}", jacobian(dirac.consensus(w)), _inward(w))
    for sd in (0.3, 0.7, 1.0, 2.0):
        game = dirac.instance_noise(sd)
        rows += _spectrum_rows(game.label, jacobian(game), damped(sd * sd / 2))
    rows.append(equal("critical weight of R1", _critical(dirac.gradient_penalty), 1.0))
    rows.append(equal("critical sd of the noise", _critical(dirac.instance_noise), math.sqrt(2)))
    return evidence([*rows, *_rest_rows()], _rest_figure)


def damped(damping: float) -> tuple[complex, complex]:
    """−d/2 ± √(d²/4 − ¼)."""
    root = cmath.sqrt(damping**2 / 4 - 0.25)
    return -damping / 2 + root, -damping / 2 - root


def _inward(weight: float) -> tuple[complex, complex]:
    return complex(-weight / 4, 0.5), complex(-weight / 4, -0.5)


def _critical(game_of: Callable[[float], DiracGame]) -> Measured:
    """The weight at which the eigenvalues become real: tr² = 4 det."""

    def turning(w: float) -> float:
        matrix = jacobian(game_of(w))
        return float(matrix.trace() ** 2 / 4 - torch.linalg.det(matrix))

    return Measured(float(brentq(turning, 0.5, 2.5, xtol=1e-13)), 1e-12)


REGULARISED = (
    dirac.instance_noise(),
    dirac.gradient_penalty(),
    dirac.gradient_penalty(1.0),
    dirac.consensus(),
)


def _rest_rows() -> list[Comparison]:
    rows = []
    for game in REGULARISED:
        end = trajectory(game, SIMULTANEOUS, steps=STEPS)[-1]
        rows.append(at_most(f"{game.label}: r² after 500 steps", float((end**2).sum()), 1e-8))
    for game in (dirac.wgan(), dirac.wgan_gp()):
        late = (trajectory(game, SIMULTANEOUS, steps=STEPS)[STEPS // 2 :] ** 2).sum(-1)
        rows.append(
            below(f"{game.label}: largest r² of the last 250 steps", 0.5, float(late.max()))
        )
    return rows


def _rest_figure() -> Figure:
    steps = tuple(float(k) for k in range(STEPS + 1))
    lines = []
    for game in (dirac.gan(), *REGULARISED, dirac.wgan_gp()):
        squared = (trajectory(game, SIMULTANEOUS, steps=STEPS) ** 2).sum(-1)
        lines.append(line(game.label, steps, squared))
    return Figure(
        "step",
        "θ² + ψ²",
        tuple(lines),
        log_y=True,
        caption="From (1, 1), rate 0.2, simultaneous: only penalties that vanish at rest rest.",
    )
