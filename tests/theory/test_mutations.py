"""Every check can fail: one number made wrong on one side is reported.

That all hold when nothing is wrong is `tests/cli/test_verify_whole.py`.
"""

import sys

import pytest
import torch

from divkit.distributions import Normal, categorical
from divkit.divergences import JS, KL
from divkit.games import GAN
from divkit.generators.rejection import Rejection
from divkit.results import Result
from divkit.theory import CHECKS, verify
from divkit.theory.framework.measured import Measured
from divkit.training.gan.lipschitz import ScaledDistance, lipschitz_critic

WRONG_BY = 1e-6


def off(by=WRONG_BY):
    """Add `by` to what a function returns, a pair of numbers included."""

    def mutate(function):
        def wrong(*args, **kwargs):
            found = function(*args, **kwargs)
            if isinstance(found, Result):
                return found.value + by
            return tuple(x + by for x in found) if isinstance(found, tuple) else found + by

        return wrong

    return mutate


def times(factor, of=None):
    """Multiply what a road returns, for one divergence or for all."""

    def mutate(function):
        def wrong(p, q, kind="js", *rest):
            found = function(p, q, kind, *rest)
            return found * factor if of is None or kind is of else found

        return wrong

    return mutate


def scaled(factor):
    return lambda function: lambda *args: function(*args) * factor


def always(answer):
    return lambda function: lambda *args, **kwargs: answer(*args)


def scaled_from(index, factor=1 + 1e-6):
    """A path whose points from `index` on lie too far out."""

    def mutate(function):
        def wrong(*args, **kwargs):
            path = function(*args, **kwargs)
            path[index:] *= factor
            return path

        return wrong

    return mutate


def held_out(value, half):
    ends = (value - half, value + half)
    return always(lambda *_: Result(value, half, "standard error", ends, 0.999999, "mutant"))


def blind(*_):
    """A critic that has learnt nothing."""
    return lambda x: 0.0 * x[:, 0]


def untrained(dim):
    return lipschitz_critic(dim, 4, 1.0, rng=0, smooth=True)


def trained(marks):
    """A training whose objective falls as it should and whose law stays where it was."""
    return [1.0 / mark for mark in marks], [Measured(0.25)] * len(marks)


def lax(p, q, log_bound):
    """Keeps every draw."""
    return Rejection(q, lambda x: torch.full_like(x[:, 0], log_bound), log_bound)


MUTANTS = [
    ("mle-is-min-kl", "cross_entropy", off()),
    ("mle-is-min-kl", "by_definition", off()),
    ("mle-finite-m", "standard_kl", scaled(1.25)),
    ("mle-finite-m", "expected_kl", off(0.3)),
    ("pushforward", "density", scaled(1.0001)),
    ("pushforward", "probability", off(1e-9)),
    ("pushforward-singular", "js_divergence", off()),
    ("pushforward-singular", "gan_value", off()),
    ("pushforward-singular", "tube_value", off(-1e-3)),
    ("optimal-discriminator", "best_logit", off(1e-9)),
    ("optimal-discriminator", "lack_of", always(lambda *_: 0.0)),
    ("optimal-discriminator", "trained_on_population", always(blind)),
    ("prior-shift", "best_logit", off(1e-9)),
    ("prior-shift", "by_affinity", off(1e-9)),
    ("label-smoothing", "best_logit", off(1e-9)),
    ("bce-readout", "by_affinity", off(1e-9)),
    ("bce-readout", "normal_tv", off(0.05)),
    ("evolution", "slope_of_value", off()),
    ("evolution", "slope_of_jsd", off()),
    ("evolution", "frozen_value", always(lambda mu: Measured(-1.0))),
    ("gan-identity", "by_definition", off(1e-9)),
    ("gan-identity", "by_affinity", off(1e-9)),
    ("gan-identity", "by_proof", off(1e-9)),
    ("gan-identity", "gan_value", off(1e-9)),
    ("gan-identity", "lack_of", off(1e-9)),
    ("gan-gap", "lack_of", off(1e-9)),
    ("gan-gap", "value_of", off(1e-9)),
    ("gan-error-budget", "lack_of", off(1e-9)),
    ("gan-error-budget", "_sandwich", scaled(1.5)),
    ("global-minimum", "by_definition", off(1e-9)),
    ("global-minimum", "by_affinity", off(-0.5)),
    ("non-saturating", "by_affinity", off(1e-9)),
    ("reference-table", "by_engine", off()),
    ("reference-table", "generator_slopes", off(1e-9)),
    ("trained-d", "run", held_out(0.1, 0.01)),
    ("trained-d", "run", held_out(-1.5, 0.01)),
    ("fenchel-tight", "supremum", off(1e-9)),
    ("variational-slack", "dual_value", off(1e-9)),
    ("dv-tighter-than-nwj", "tilted_normal", always(lambda *_: Normal(0.9, 1.1))),
    ("game-theorems", "by_engine", off(1e-9)),
    ("lsgan", "by_affinity", off(1e-9)),
    ("hinge", "normal_tv", off(1e-9)),
    ("relativistic", "pair_value", off(1e-9)),
    ("packing", "by_affinity", off(1e-9)),
    ("packing", "by_engine", off(1e-9)),
    ("js-tv-bounds", "by_engine", times(2.0, JS)),
    ("js-tv-bounds", "by_engine", times(0.3, JS)),
    ("js-hellinger-triangle", "by_engine", times(1.5, JS)),
    ("js-hellinger-triangle", "by_engine", times(0.6, JS)),
    ("pinsker-and-kin", "by_engine", times(0.1, KL)),
    ("sqrt-js-metric", "by_engine", off()),
    ("local-chi2", "by_engine", times(1.01)),
    ("data-processing", "by_quadrature", off(1e-9)),
    (
        "data-processing",
        "binned",
        always(lambda law, edges: categorical([0.9, 0.1] if law.loc == 0 else [0.1, 0.9])),
    ),
    ("chain-and-mi", "by_engine", off(1e-9)),
    ("memorising-d", "value_on", off(1e-9)),
    ("memorising-d", "empirical_value", off(1e-9)),
    ("empirical-js", "by_engine", off(1e-9)),
    ("empirical-js", "restricted_gain", scaled(1.3)),
    ("finite-m-null", "null_gain", scaled(1.25)),
    ("histogram-null", "histogram_js", scaled(1.05)),
    ("cross-fit-bias", "mean_discriminator", scaled(0.0)),
    ("held-out-bound", "misses", off(1.0)),
    ("held-out-bound", "limit_of", off(0.5)),
    ("efficiency-bound", "dual_variances", off(1e-9)),
    ("efficiency-bound", "plug_in", scaled(1.1)),
    ("efficiency-bound", "_curve", off(1e-6)),
    ("efficiency-bound", "oracle", scaled(1.1)),
    ("lsgan", "expanded", off(1e-9)),
    ("high-kl-limit", "by_engine", times(2.0, KL)),
    ("high-kl-limit", "chi2_is_infinite", always(lambda *_: 0.0)),
    ("every-game", "bound", off(1e-9)),
    ("every-game", "refuses", always(lambda *_: 0.0)),
    ("dirac-flow", "jacobian", off()),
    ("dirac-flow", "trajectory", scaled_from(1)),
    ("dirac-flow", "step_eigenvalues", off()),
    ("dirac-flow", "flow_end", off()),
    ("dirac-flow", "creep", off()),
    ("dirac-regularised", "jacobian", off()),
    ("dirac-regularised", "trajectory", off(0.1)),
    ("saturation", "generator_slopes", off()),
    ("saturation", "mean_d", off()),
    ("saturation", "by_engine", off()),
    ("parallel-lines", "matched", off()),
    ("parallel-lines", "by_engine", off()),
    ("parallel-lines", "trained_on_lines", always(lambda *_: untrained(2))),
    ("wgan-dual", "by_engine", off(1e-9)),
    ("wgan-dual", "dual_value", off(1e-9)),
    ("wgan-dual", "by_distribution_functions", off(1e-9)),
    ("wgan-dual", "trained_value", off(0.1)),
    ("wgan-dual", "trained_value", off(-0.1)),
    ("gp-bias", "trained_with_penalty", always(lambda *_: untrained(1))),
    ("clip-scale", "clipped", always(lambda *_: ScaledDistance(1.0, 1.0))),
    ("mode-ceilings", "covered_js", off()),
    ("mode-ceilings", "by_engine", off()),
    ("mode-ceilings", "high_quality", off(0.02)),
    ("fgan-table", "best_fit", off(1e-4)),
    ("fgan-table", "measured_at", off(2e-4)),
    ("rejection", "kept_mass", off(1e-9)),
    ("rejection", "best_rejection", always(lambda p, q, m: lax(p, q, m))),
    ("vae-elbo-gap", "summed_elbo", off()),
    ("vae-elbo-gap", "by_engine", off()),
    ("vae-elbo-gap", "log_evidence", off()),
    ("vae-elbo-gap", "exact_bound", off(-0.5)),
    ("vae-elbo-gap", "drawn_bound", off(0.5)),
    ("autoencoder-no-density", "trained_autoencoder", always(lambda m: trained(m))),
    ("autoencoder-no-density", "trained_vae", always(lambda m, _: trained(m))),
    ("pixel-distance", "best_discriminator", always(lambda p, q, x: [0.5, 0.5])),
    ("pixel-distance", "triple", always(lambda p: (torch.tensor(p.atoms[0]),) * 3)),
]


SLOW = {
    "gan-identity": ("_trained_rows", [], "lack_of"),
    "gan-error-budget": ("_mean_estimation", Measured(0.0, 1.0), "_sandwich"),
    "every-game": ("games_played", (GAN,), "no mutant: one game shows both"),
}
"""Parts that cost seconds are left out, unless the mutant sits in them."""

LONG = {
    "autoencoder-no-density", "cross-fit-bias", "empirical-js", "every-game", "fgan-table",
    "finite-m-null", "game-theorems", "gp-bias", "held-out-bound", "parallel-lines", "trained-d",
}  # fmt: skip
"""Checks whose mutants are slow tests. Of another check the first mutant is quick."""

FIRST = {id: name for id, name, _ in reversed(MUTANTS) if id not in LONG}
CASES = [
    pytest.param(*mutant, marks=() if FIRST.get(mutant[0]) == mutant[1] else pytest.mark.slow)
    for mutant in MUTANTS
]


@pytest.mark.parametrize(("id", "name", "mutate"), CASES)
def test_a_wrong_number_is_reported(monkeypatch, id, name, mutate):
    home = sys.modules[CHECKS[id].run.__module__]
    if id in SLOW and name != SLOW[id][2]:
        monkeypatch.setattr(home, SLOW[id][0], always(lambda *_: SLOW[id][1])(None))
    monkeypatch.setattr(home, name, mutate(getattr(home, name)))
    (result,) = verify(only=id, figures=False)
    assert not result.holds
    assert result.worst.strain > 1


def test_every_check_has_a_mutant():
    assert {id for id, *_ in MUTANTS} == set(CHECKS)
