"""One registration adds a divergence to every calculator, game, estimate, check and command."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
from scipy import integrate, stats
from skewed_triangle import SKEWED
from typer.testing import CliRunner

import divkit
from divkit.cli.main import app
from divkit.comparison import compare
from divkit.divergences import DIVERGENCES, named, rows
from divkit.games import GAMES, f_gan, game_of
from divkit.gan import LOSSES, Recorder, train_gan
from divkit.registry import UnknownNameError
from divkit.theory import verify
from divkit.theory.family.every_game import games_played

P, Q = divkit.distributions.Normal(0, 1), divkit.distributions.Normal(1, 1)


@pytest.fixture
def _registered(monkeypatch):
    for part in ("_entries", "_aliases", "_spelled"):
        monkeypatch.setattr(DIVERGENCES, part, dict(getattr(DIVERGENCES, part)))
    DIVERGENCES.register(SKEWED.name, SKEWED, "skewed")


def truth() -> float:
    def integrand(x: float) -> float:
        p, q = stats.norm.pdf(x), stats.norm.pdf(x, 1)
        return (p - q) ** 2 / (p + 2 * q)

    return integrate.quad(integrand, -12, 13, epsabs=1e-13, limit=200)[0]


def test_before_it_is_registered_nothing_knows_it():
    for ask in (named, game_of, LOSSES.__getitem__):
        with pytest.raises(UnknownNameError):
            ask("skewed_triangle" if ask is named else "f-gan(skewed_triangle)")


@pytest.mark.usefixtures("_registered")
def test_calculators_and_the_command_line_have_it():
    result = divkit.divergence(P, Q, "skewed")
    assert result.value == pytest.approx(truth(), abs=result.error + 1e-12)
    assert (result.name, result.unit) == ("skewed_triangle", "")
    batch = divkit.divergence_batch([P, Q], [Q, P], "skewed_triangle")
    assert batch.value[0] == pytest.approx(result.value, abs=batch.error[0] + result.error)
    line = CliRunner().invoke(
        app, ["divergence", "normal(0, 1)", "normal(1, 1)", "--kind", "skewed", "--json"]
    )
    assert line.exit_code == 0, line.output
    assert "skewed_triangle" in line.output
    assert SKEWED in rows()  # of which the table in the documentation is made


@pytest.mark.usefixtures("_registered")
def test_games_and_their_checks_have_it():
    game = game_of("f-gan(skewed_triangle)")
    assert game is GAMES["fgan(skewed_triangle)"] is f_gan(SKEWED)
    assert game in games_played() and len(GAMES) == len(list(GAMES))
    (checked,) = verify("game-theorems")
    row = next(row for row in checked.rows if row.case == game.name)
    assert checked.holds and row.holds and row.left > 0.1


@pytest.mark.usefixtures("_registered")
def test_a_generator_trains_against_it():
    record = list(
        train_gan(P, "f-gan(skewed_triangle)", steps=2, batch=16, recorder=Recorder(64, 64, 0))
    )[-1].record
    assert record.bound is not None and record.bound.name == "max V of f-gan(skewed_triangle)"


@pytest.mark.usefixtures("_registered")
def test_estimates_and_comparisons_have_it():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=80), rng.normal(size=80) + 1
    estimate = divkit.estimate(x, y, "skewed")
    # a standard error: 6 of them leave a false alarm of 2e-9
    assert abs(estimate.value - truth()) < 6 * estimate.error
    found = compare(x, y, ("skewed_triangle",), "density_ratio", permutations=19)
    assert "skewed_triangle" in [each.name for each in found.divergences]


@pytest.mark.parametrize("value", [SKEWED, dataclasses.replace(SKEWED, name="mine")], ids=repr)
def test_it_travels(value):
    back = pickle.loads(pickle.dumps(value))
    assert back.name == value.name
    p, q = P, Q
    assert divkit.divergence(p, q, back).value == divkit.divergence(p, q, value).value
    assert pickle.loads(pickle.dumps(f_gan(value))).name == f"f-gan({value.name})"
