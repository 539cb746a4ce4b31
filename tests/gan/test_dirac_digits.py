"""The published trajectories, 500 steps from (1, 1) at rate 0.2, against 30-digit arithmetic."""

import mpmath
import pytest

from divkit.training.dirac import games as dirac
from divkit.training.dirac.play import Alternating, Simultaneous, trajectory

H, STEPS = "0.2", 500


def slope(t):
    return 1 / (1 + mpmath.exp(t))


def minimax(theta, psi):
    s = slope(theta * psi)
    return -s * psi, s * theta


def penalised(weight):
    def field(theta, psi):
        down, up = minimax(theta, psi)
        return down, up - mpmath.mpf(weight) * psi

    return field


def wgan_gp(theta, psi):
    return -psi, theta - mpmath.mpf("0.7") * (abs(psi) - 1) * mpmath.sign(psi)


def consensus(theta, psi):
    """V less the gradient of ½(θ² + ψ²)s², s = σ(−θψ), ds = −s(1 − s)(ψ dθ + θ dψ)."""
    s = slope(theta * psi)
    curl = -(theta**2 + psi**2) * s * s * (1 - s)
    down, up = minimax(theta, psi)
    return down - (theta * s * s + curl * psi), up - (psi * s * s + curl * theta)


PAIRS = [
    (dirac.gan(), minimax, None),
    (
        dirac.non_saturating(),
        lambda t, p: (-slope(-t * p) * p, slope(t * p) * t),
        None,
    ),
    (dirac.wgan(), lambda t, p: (-p, t), 1),
    (dirac.wgan_gp(), wgan_gp, None),
    (dirac.gradient_penalty(), penalised("0.3"), None),
    (dirac.gradient_penalty(1.0), penalised("1"), None),
    (dirac.consensus(), consensus, None),
]


def walk(field, clip, critic_steps):
    """Critic_steps = 0 moves both at once."""
    h, theta, psi = mpmath.mpf(H), mpmath.mpf(1), mpmath.mpf(1)

    def clipped(value):
        return value if clip is None else max(-clip, min(clip, value))

    for _ in range(STEPS):
        if critic_steps == 0:
            down, up = field(theta, psi)
            theta, psi = theta + h * down, clipped(psi + h * up)
        else:
            for _ in range(critic_steps):
                psi = clipped(psi + h * field(theta, psi)[1])
            theta = theta + h * field(theta, psi)[0]
    return theta, psi


@pytest.mark.sweep(5)
@pytest.mark.parametrize(("game", "field", "clip"), PAIRS, ids=[g.label for g, *_ in PAIRS])
@pytest.mark.parametrize("critic_steps", [0, 1, 5])
def test_where_500_steps_end(game, field, clip, critic_steps):
    rule = Alternating(0.2, critic_steps) if critic_steps else Simultaneous(0.2)
    found = trajectory(game, rule, steps=STEPS)[-1].tolist()
    with mpmath.workdps(30):
        wanted = [float(v) for v in walk(field, clip, critic_steps)]
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-12)
