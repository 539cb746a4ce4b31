"""Laws of points with labels: the joint divergence is the conditional one where labels agree."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate

from divkit import divergence, js_divergence, kl_divergence
from divkit.distributions import Normal, checkerboard, mixture, moons, ring
from divkit.distributions.compose.labelled import by_mode, label_count, labelled, one_hot
from divkit.distributions.compose.mixed import MixedLaw, Stratum

P = labelled([Normal(0, 1), Normal(4, 0.5)], [0.3, 0.7])
Q = labelled([Normal(1, 1), Normal(4, 1.5)], [0.3, 0.7])


def density(x, loc, scale):
    return math.exp(-0.5 * ((x - loc) / scale) ** 2) / (scale * math.sqrt(2 * math.pi))


def joint_js(pairs):
    """Σ_y ∫ of the JSD's integrand, from (weight, loc, scale) of both laws, by SciPy."""

    def paid(x, one, two):
        p, q = (w * density(x, loc, scale) for w, loc, scale in (one, two))
        m = 0.5 * (p + q)
        return sum(0.5 * part * math.log(part / m) for part in (p, q) if part > 0)

    return sum(
        integrate.quad(paid, -30, 30, args=pair, epsabs=1e-12, limit=400, points=[0, 4])[0]
        for pair in pairs
    )


def test_equal_label_probabilities_give_the_mean_of_conditional_divergences():
    truth = joint_js([((0.3, 0, 1), (0.3, 1, 1)), ((0.7, 4, 0.5), (0.7, 4, 1.5))])
    assert abs(js_divergence(P, Q).value - truth) < 1e-10
    each = [0.3 * 0.5, 0.7 * (math.log(3) + 0.5 * (1 / 9 - 1))]  # KL of Gaussians
    assert abs(kl_divergence(P, Q).value - sum(each)) < 1e-13
    tv = divergence(P, Q, "tv").value
    halves = (Normal(0, 1), Normal(1, 1)), (Normal(4, 0.5), Normal(4, 1.5))
    assert (
        abs(
            tv
            - sum(w * divergence(*h, "tv").value for w, h in zip((0.3, 0.7), halves, strict=True))
        )
        < 1e-12
    )


def test_labels_of_other_probabilities_enter_as_the_joint_law():
    other = labelled([Normal(1, 1), Normal(4, 1.5)], [0.6, 0.4])
    truth = joint_js([((0.3, 0, 1), (0.6, 1, 1)), ((0.7, 4, 0.5), (0.4, 4, 1.5))])
    assert abs(js_divergence(P, other).value - truth) < 1e-10
    assert truth > js_divergence(P, Q).value + 0.01


def test_draws_have_the_label_of_their_law():
    """Shares within five standard errors: P = 6e-7."""
    x = P.sample(4000, 0)
    assert x.shape == (4000, 3) and bool((x[:, 1:].sum(1) == 1).all())
    first = x[:, 1] == 1
    assert abs(float(first.double().mean()) - 0.3) < 5 * math.sqrt(0.21 / 4000)
    laws = (Normal(0, 1), Normal(4, 0.5))
    own = torch.where(first, *(law.log_prob(x[:, :1]) for law in laws))
    share = torch.tensor([math.log(0.7), math.log(0.3)], dtype=torch.float64)[first.long()]
    assert torch.allclose(P.log_prob(x), own + share, rtol=0, atol=1e-13)


def test_labels_of_a_mixture_are_its_components_and_of_a_board_its_squares():
    law = by_mode(ring(8, 1.0, 0.1))
    assert law.dim == 10 and label_count(law) == 8
    assert law.strata[2].law == ring(8, 1.0, 0.1).components[2]
    board = by_mode(checkerboard())
    assert label_count(board) == 8 and board.weights == (0.125,) * 8
    x = board.sample(2000, 1)
    assert bool(checkerboard().log_prob(x[:, :2]).isfinite().all())
    uneven = by_mode(mixture([0.2, 0.8], [Normal(0, 1), Normal(3, 1)]))
    assert uneven.weights == (0.2, 0.8)


def test_what_has_no_labels_says_so():
    assert label_count(Normal(0, 1)) == 0 and label_count(ring(8)) == 0
    atom = MixedLaw(
        (0.5, 0.5), (Stratum((None, 1.0), Normal(0, 1)), Stratum((None, 0.0), Normal(1, 1)))
    )
    assert label_count(atom) == 0
    with pytest.raises(ValueError, match="at most 64"):
        by_mode(moons())
    with pytest.raises(ValueError, match="labelled"):
        by_mode(Normal(0, 1))
    with pytest.raises(ValueError, match="at least two laws"):
        labelled([Normal(0, 1)])
    with pytest.raises(ValueError, match="weights"):
        labelled([Normal(0, 1), Normal(1, 1)], [1.0, 0.0])


@pytest.mark.parametrize("labels", [[0.5, 1], [-1, 1], ["a", "b"], [[0], [1]], [], [0, 0]])
def test_labels_that_are_none_are_refused(labels):
    with pytest.raises(ValueError, match="labels must be"):
        one_hot(labels)


def test_labels_become_unit_vectors():
    assert np.array_equal(one_hot([2, 0, 1]), np.eye(3)[[2, 0, 1]])
    assert one_hot([1, 0], 3).shape == (2, 3)
