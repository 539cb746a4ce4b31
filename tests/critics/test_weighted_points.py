"""Weighted points: one type for the population and for samples, stacked and taken apart."""

import math

import numpy as np
import pytest
import torch
from critic_instances import samples, stacked

from divkit.critics import WeightedPoints, from_nodes, from_samples, stack, training_points
from divkit.critics.payoff import value
from divkit.critics.points import from_mixture_draws, quantiles
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.product import Product
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.families.heavy import Cauchy
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.distributions.finite.discrete import categorical
from divkit.exact.api import divergence
from divkit.games import GAN

P, Q = Normal(0, 1), Normal(1, 1)


def normal(dim, shift=0.0):
    return MultivariateNormal([shift] * dim, np.eye(dim))


PAIRS = {
    "line": (P, Q),
    "heavy tails": (Cauchy(0, 1), Cauchy(2, 3)),
    "unlike supports": (Uniform(0, 1), Uniform(0.5, 2)),
    "mixture": (mixture([0.5, 0.5], [Normal(-2, 0.1), Normal(2, 1)]), Normal(0, 2)),
    "plane": (normal(2), normal(2, 0.5)),
    "space": (normal(3), normal(3, 0.5)),
    "atoms": (categorical([0.2, 0.8]), categorical([0.5, 0.5])),
}


@pytest.mark.sweep(3)
@pytest.mark.parametrize("name", PAIRS)
def test_the_population_objective_at_the_best_logit_is_the_maximum(name):
    """Σ a log σ(l) + b log σ(−l) is V* of the exact engine, and both masses are 1."""
    p, q = PAIRS[name]
    points = training_points(p, q)
    tolerance = 1e-4 if p.dim > 1 else 1e-10
    assert float(points.p_weight.sum()) == pytest.approx(1, abs=tolerance)
    assert float(points.q_weight.sum()) == pytest.approx(1, abs=tolerance)
    found = float(value(GAN, points.log_ratio, points.p_weight, points.q_weight))
    assert found == pytest.approx(GAN.bound(divergence(p, q, "js").value), abs=tolerance)


@pytest.mark.parametrize("dim", [4, 10])
def test_beyond_space_points_of_the_mixture_carry_the_true_ratio(dim):
    p, q = normal(dim), normal(dim, 0.3)
    points = training_points(p, q, 1000)
    assert "Sobol'" in points.origin and len(points) == 1024
    ratio = p.log_prob(points.x) - q.log_prob(points.x)
    assert torch.allclose(points.log_ratio, ratio, atol=1e-12)
    assert torch.allclose(points.p_weight.log() - points.q_weight.log(), ratio, atol=1e-12)
    assert torch.allclose(points.weight, torch.full_like(points.weight, 2 / 1024))
    found = float(value(GAN, points.log_ratio, points.p_weight, points.q_weight))
    assert found == pytest.approx(GAN.bound(divergence(p, q, "js").value), abs=0.02)


def test_there_are_nodes_enough_for_steep_critics_where_the_densities_need_few():
    flat = training_points(Uniform(0, 1), Uniform(0, 2))
    assert len(flat) >= 384
    assert len(training_points(Uniform(0, 1), Uniform(0, 2), 0)) < 100


def test_laws_that_share_no_objective_are_refused():
    with pytest.raises(ValueError, match="one dimension"):
        training_points(P, normal(2))
    with pytest.raises(ValueError, match="singular"):
        training_points(P, categorical([0.5, 0.5]))


def test_the_sample_objective_is_the_two_means():
    x, y = torch.randn(7, 2).double(), torch.randn(5, 2).double()
    points = from_samples(x, y)
    logits = points.x.sum(-1)
    wanted = torch.nn.functional.logsigmoid(x.sum(-1)).mean()
    wanted = wanted + torch.nn.functional.logsigmoid(-y.sum(-1)).mean()
    found = value(GAN, logits, points.p_weight, points.q_weight)
    assert float(found) == pytest.approx(float(wanted), rel=1e-14)


def test_nodes_without_mass_are_dropped_and_one_sided_ones_kept():
    x = torch.tensor([[0.0], [1.0], [2.0]], dtype=torch.float64)
    lp = torch.tensor([0.0, -math.inf, -math.inf], dtype=torch.float64)
    lq = torch.tensor([-math.inf, 0.0, -math.inf], dtype=torch.float64)
    points = from_nodes(x, torch.ones(3).double(), lp, lq, "three")
    assert points.x[:, 0].tolist() == [0.0, 1.0]
    assert points.log_ratio.tolist() == [math.inf, -math.inf]


def test_draws_of_the_mixture_weigh_both_laws():
    lp, lq = torch.zeros(4).double(), torch.full((4,), math.log(3)).double()
    points = from_mixture_draws(torch.zeros(4, 1).double(), lp, lq, "draws")
    assert torch.allclose(points.p_weight, torch.full((4,), 0.125).double())
    assert torch.allclose(points.q_weight, torch.full((4,), 0.375).double())


def test_weighted_quantiles_agree_with_repeated_points():
    x = torch.tensor([[3.0], [1.0], [2.0]], dtype=torch.float64)
    mass = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)
    repeated = np.sort(np.repeat([3.0, 1.0, 2.0], [2, 5, 3]))
    levels = (0.05, 0.45, 0.55, 0.75, 0.85)
    wanted = [np.quantile(repeated, u, method="inverted_cdf") for u in levels]
    assert [float(v) for v in quantiles(x, mass, levels)] == wanted


def test_the_scale_of_a_column_that_hardly_moves():
    x = torch.zeros(10, 3, dtype=torch.float64)
    x[:, 0] = torch.arange(10)
    x[0, 1] = 5.0  # range 0 between the quantiles, but not constant
    points = from_samples(x, x)
    centre, spread = points.standardiser()
    assert centre.tolist()[1:] == [0.0, 0.0]
    assert float(spread[1]) == pytest.approx(1.5) and float(spread[2]) == 1.0


def test_a_stack_pads_with_points_that_weigh_nothing():
    sets = [samples(2, seed, 5 + seed, 9) for seed in range(3)]
    both = stack(sets)
    assert both.stacked and both.x.shape == (3, 16, 2) and both.log_ratio is None
    assert torch.equal(both.weight[0, 14:], torch.zeros(2).double())
    for i, points in enumerate(sets):
        alone = both.member(i)
        assert torch.equal(alone.x[: len(points)], points.x)
        assert float(alone.p_weight.sum()) == pytest.approx(1)
    known = stack([training_points(P, Q), training_points(P, Normal(2, 1))])
    assert known.log_ratio.shape == known.p_weight.shape
    with pytest.raises(ValueError, match="one dimension"):
        stack([samples(1), samples(2)])


def test_points_are_taken_drawn_and_cut_into_blocks():
    points = training_points(P, Q)
    blocks = points.blocks(50)
    assert sum(map(len, blocks)) == len(points) and max(map(len, blocks)) == 50
    assert torch.equal(torch.cat([b.x for b in blocks]), points.x)
    assert points.blocks(10**6) == [points]
    heavy = points.heavier_than(1e-3)
    assert bool((heavy.weight > 1e-3).all()) and 0 < len(heavy) < len(points)
    many = stacked(2)
    picked = many.drawn(torch.tensor([[0, 1], [1, 0], [2, 2]]))
    assert torch.equal(picked.x[1, 0], many.x[1, 1])
    assert torch.equal(picked.p_weight[2], many.p_weight[2, [2, 2]])
    short = points.astype(torch.float32)
    assert short.x.dtype == short.log_ratio.dtype == torch.float32


def test_a_device_that_is_not_here_is_an_error_that_offers_the_processor():
    points = samples(1)
    there = torch.cuda.device_count()
    with pytest.raises(ValueError, match="'cpu'"):
        points.to(f"cuda:{there}")
    moved = points.to("cpu")
    assert isinstance(moved, WeightedPoints) and torch.equal(moved.x, points.x)


def test_pairs_of_laws_are_points_of_the_plane():
    points = training_points(Product((P, Q)), Product((Q, P)))
    assert points.dim == 2 and len(points) > 500
