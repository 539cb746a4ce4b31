"""Binary images: the enumerated probabilities against brute force and closed forms."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from divkit.distributions.finite.images import BinaryImages, all_images, bars_and_stripes, ising

FALSE_ALARM = 1e-6


@pytest.mark.parametrize("side", [1, 2, 3, 4])
def test_bars_and_stripes_count_and_weigh_as_they_should(side):
    law = bars_and_stripes(side)
    assert len(law.atoms) == 2 * (2**side - 1)
    assert math.fsum(law.probs) == 1.0
    weights = dict(zip(law.atoms, law.probs, strict=True))
    assert weights[(0.0,) * side**2] == weights[(1.0,) * side**2] == 2.0**-side
    for atom in law.atoms:
        image = np.array(atom).reshape(side, side)
        assert (image == image[:, :1]).all() or (image == image[:1]).all()


def test_the_ising_energy_is_the_sum_over_neighbours():
    law, coupling, field = ising(2, 3, 0.4, -0.2), 0.4, -0.2
    bonds = [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]
    raw = {}
    for spins in itertools.product((-1, 1), repeat=6):
        energy = coupling * sum(spins[i] * spins[j] for i, j in bonds) + field * sum(spins)
        raw[tuple((s + 1) / 2 for s in spins)] = math.exp(energy)
    total = math.fsum(raw.values())
    ours = dict(zip(law.atoms, law.probs, strict=True))
    assert ours.keys() == raw.keys()
    for atom, weight in raw.items():
        assert ours[atom] == pytest.approx(weight / total, rel=1e-13)


def test_a_chain_has_its_closed_form():
    """Free chain of n spins: P(neighbours agree) = e^J/(2 cosh J), independently at each bond."""
    law = ising(1, 8, 0.7)
    atoms, probs = np.array(law.atoms), np.array(law.probs)
    agree = (atoms[:, 1:] == atoms[:, :-1]).T @ probs
    np.testing.assert_allclose(agree, math.exp(0.7) / (2 * math.cosh(0.7)), rtol=1e-13)


def test_sixteen_pixels_are_enumerated():
    law = ising(4, 4, 0.3)
    assert len(law.atoms) == 2**16
    draws = law.sample(500, rng=0)
    assert (law.log_prob(draws.numpy()) > -math.inf).all()
    assert law.as_images(draws).shape == (500, 4, 4)
    assert repr(law).startswith("BinaryImages(65536 atoms in R^16")


def test_draws_follow_the_table():
    law = bars_and_stripes(3)
    counts = np.bincount(law.index(law.sample(20_000, rng=3)).numpy(), minlength=14)
    assert stats.chisquare(counts, 20_000 * np.array(law.probs)).pvalue > FALSE_ALARM


def test_no_coupling_is_independence():
    np.testing.assert_allclose(ising(2, 2, 0.0).probs, 1 / 16, rtol=1e-14)
    assert all_images(2).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: bars_and_stripes(5), "1 to 16 pixels; got 5 × 5"),
        (lambda: ising(0, 3, 1.0), "got 0 × 3"),
        (lambda: ising(2, 2, math.nan), "coupling must be finite"),
        (lambda: BinaryImages([[0, 1]], [1.0], (1, 1)), "has 1 pixels; atoms 2"),
        (lambda: BinaryImages([[0, 0.5]], [1.0], (1, 2)), "pixels must be 0 or 1"),
    ],
)
def test_errors(make, words):
    with pytest.raises(ValueError, match=words):
        make()
