"""Every check can fail: one number made wrong on one side is reported.

That all hold when nothing is wrong is `tests/cli/test_verify_whole.py`.
"""

import importlib

import pytest
import torch

from divkit.distributions import Normal, categorical
from divkit.divergences.table import JS, KL
from divkit.games import GAN
from divkit.gan.lipschitz import ScaledDistance, lipschitz_critic
from divkit.gan.rejection import Rejection
from divkit.results import Result
from divkit.theory import CHECKS, verify
from divkit.theory.measured import Measured

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
    ("mle-is-min-kl", "likelihood", "cross_entropy", off()),
    ("mle-is-min-kl", "likelihood", "by_definition", off()),
    ("mle-finite-m", "likelihood", "standard_kl", scaled(1.25)),
    ("mle-finite-m", "likelihood", "expected_kl", off(0.3)),
    ("pushforward", "pushforward", "density", scaled(1.0001)),
    ("pushforward", "pushforward", "probability", off(1e-9)),
    ("pushforward-singular", "pushforward", "js_divergence", off()),
    ("pushforward-singular", "pushforward", "gan_value", off()),
    ("pushforward-singular", "pushforward", "tube_value", off(-1e-3)),
    ("optimal-discriminator", "discriminator", "best_logit", off(1e-9)),
    ("optimal-discriminator", "discriminator", "lack_of", always(lambda *_: 0.0)),
    ("optimal-discriminator", "discriminator", "trained_on_population", always(blind)),
    ("prior-shift", "discriminator", "best_logit", off(1e-9)),
    ("prior-shift", "discriminator", "by_affinity", off(1e-9)),
    ("label-smoothing", "discriminator", "best_logit", off(1e-9)),
    ("bce-readout", "discriminator", "by_affinity", off(1e-9)),
    ("bce-readout", "discriminator", "normal_tv", off(0.05)),
    ("evolution", "evolution", "slope_of_value", off()),
    ("evolution", "evolution", "slope_of_jsd", off()),
    ("evolution", "evolution", "frozen_value", always(lambda mu: Measured(-1.0))),
    ("gan-identity", "identity", "by_definition", off(1e-9)),
    ("gan-identity", "identity", "by_affinity", off(1e-9)),
    ("gan-identity", "identity", "by_proof", off(1e-9)),
    ("gan-identity", "identity", "gan_value", off(1e-9)),
    ("gan-identity", "identity", "lack_of", off(1e-9)),
    ("gan-gap", "gap", "lack_of", off(1e-9)),
    ("gan-gap", "gap", "value_of", off(1e-9)),
    ("gan-error-budget", "gap", "lack_of", off(1e-9)),
    ("gan-error-budget", "gap", "_sandwich", scaled(1.5)),
    ("global-minimum", "minimum", "by_definition", off(1e-9)),
    ("global-minimum", "minimum", "by_affinity", off(-0.5)),
    ("non-saturating", "minimum", "by_affinity", off(1e-9)),
    ("reference-table", "minimum", "by_engine", off()),
    ("reference-table", "minimum", "generator_slopes", off(1e-9)),
    ("trained-d", "trained", "run", held_out(0.1, 0.01)),
    ("trained-d", "trained", "run", held_out(-1.5, 0.01)),
    ("fenchel-tight", "duality", "supremum", off(1e-9)),
    ("variational-slack", "duality", "dual_value", off(1e-9)),
    ("dv-tighter-than-nwj", "duality", "tilted_normal", always(lambda *_: Normal(0.9, 1.1))),
    ("game-theorems", "duality", "by_engine", off(1e-9)),
    ("lsgan", "losses", "by_affinity", off(1e-9)),
    ("hinge", "losses", "normal_tv", off(1e-9)),
    ("relativistic", "losses", "pair_value", off(1e-9)),
    ("packing", "structure", "by_affinity", off(1e-9)),
    ("packing", "structure", "by_engine", off(1e-9)),
    ("js-tv-bounds", "inequalities", "by_engine", times(2.0, JS)),
    ("js-tv-bounds", "inequalities", "by_engine", times(0.3, JS)),
    ("js-hellinger-triangle", "inequalities", "by_engine", times(1.5, JS)),
    ("js-hellinger-triangle", "inequalities", "by_engine", times(0.6, JS)),
    ("pinsker-and-kin", "inequalities", "by_engine", times(0.1, KL)),
    ("sqrt-js-metric", "structure", "by_engine", off()),
    ("local-chi2", "structure", "by_engine", times(1.01)),
    ("data-processing", "structure", "by_quadrature", off(1e-9)),
    (
        "data-processing",
        "structure",
        "binned",
        always(lambda law, edges: categorical([0.9, 0.1] if law.loc == 0 else [0.1, 0.9])),
    ),
    ("chain-and-mi", "structure", "by_engine", off(1e-9)),
    ("memorising-d", "finite_samples", "value_on", off(1e-9)),
    ("memorising-d", "finite_samples", "empirical_value", off(1e-9)),
    ("empirical-js", "finite_samples", "by_engine", off(1e-9)),
    ("empirical-js", "finite_samples", "restricted_gain", scaled(1.3)),
    ("finite-m-null", "finite_samples_null", "null_gain", scaled(1.25)),
    ("histogram-null", "finite_samples_null", "histogram_js", scaled(1.05)),
    ("cross-fit-bias", "finite_samples_null", "mean_discriminator", scaled(0.0)),
    ("held-out-bound", "finite_samples_held_out", "misses", off(1.0)),
    ("held-out-bound", "finite_samples_held_out", "limit_of", off(0.5)),
    ("efficiency-bound", "efficiency", "dual_variances", off(1e-9)),
    ("efficiency-bound", "efficiency", "plug_in", scaled(1.1)),
    ("efficiency-bound", "efficiency", "_curve", off(1e-6)),
    ("efficiency-bound", "efficiency", "oracle", scaled(1.1)),
    ("lsgan", "losses", "expanded", off(1e-9)),
    ("high-kl-limit", "efficiency_kl", "by_engine", times(2.0, KL)),
    ("high-kl-limit", "efficiency_kl", "chi2_is_infinite", always(lambda *_: 0.0)),
    ("every-game", "every_game", "bound", off(1e-9)),
    ("every-game", "every_game", "refuses", always(lambda *_: 0.0)),
    ("dirac-flow", "dirac", "jacobian", off()),
    ("dirac-flow", "dirac", "trajectory", scaled_from(1)),
    ("dirac-flow", "dirac", "step_eigenvalues", off()),
    ("dirac-flow", "dirac", "flow_end", off()),
    ("dirac-flow", "dirac", "creep", off()),
    ("dirac-regularised", "dirac", "jacobian", off()),
    ("dirac-regularised", "dirac", "trajectory", off(0.1)),
    ("saturation", "saturation", "generator_slopes", off()),
    ("saturation", "saturation", "mean_d", off()),
    ("saturation", "saturation", "by_engine", off()),
    ("parallel-lines", "saturation", "matched", off()),
    ("parallel-lines", "saturation", "by_engine", off()),
    ("parallel-lines", "saturation", "trained_on_lines", always(lambda *_: untrained(2))),
    ("wgan-dual", "wasserstein", "by_engine", off(1e-9)),
    ("wgan-dual", "wasserstein", "dual_value", off(1e-9)),
    ("wgan-dual", "wasserstein", "by_distribution_functions", off(1e-9)),
    ("wgan-dual", "wasserstein", "trained_value", off(0.1)),
    ("wgan-dual", "wasserstein", "trained_value", off(-0.1)),
    ("gp-bias", "held_critics", "trained_with_penalty", always(lambda *_: untrained(1))),
    ("clip-scale", "held_critics", "clipped", always(lambda *_: ScaledDistance(1.0, 1.0))),
    ("mode-ceilings", "scores", "covered_js", off()),
    ("mode-ceilings", "scores", "by_engine", off()),
    ("mode-ceilings", "scores", "high_quality", off(0.02)),
    ("fgan-table", "fgan_table", "best_fit", off(1e-4)),
    ("fgan-table", "fgan_table", "measured_at", off(2e-4)),
    ("rejection", "scores", "kept_mass", off(1e-9)),
    ("rejection", "scores", "best_rejection", always(lambda p, q, m: lax(p, q, m))),
    ("vae-elbo-gap", "relatives", "summed_elbo", off()),
    ("vae-elbo-gap", "relatives", "by_engine", off()),
    ("vae-elbo-gap", "relatives", "log_evidence", off()),
    ("vae-elbo-gap", "relatives", "exact_bound", off(-0.5)),
    ("vae-elbo-gap", "relatives", "drawn_bound", off(0.5)),
    ("autoencoder-no-density", "copies", "trained_autoencoder", always(lambda m: trained(m))),
    ("autoencoder-no-density", "copies", "trained_vae", always(lambda m, _: trained(m))),
    ("pixel-distance", "pixels", "best_discriminator", always(lambda p, q, x: [0.5, 0.5])),
    ("pixel-distance", "pixels", "triple", always(lambda p: (torch.tensor(p.atoms[0]),) * 3)),
]


SLOW = {
    "gan-identity": ("identity", "_trained_rows", [], "lack_of"),
    "gan-error-budget": ("gap", "_mean_estimation", Measured(0.0, 1.0), "_sandwich"),
    "every-game": ("every_game", "games_played", (GAN,), "no mutant: one game shows both"),
}
"""Parts that cost seconds are left out, unless the mutant sits in them."""


@pytest.mark.parametrize(("id", "module", "name", "mutate"), MUTANTS)
def test_a_wrong_number_is_reported(monkeypatch, id, module, name, mutate):
    home = importlib.import_module(f"divkit.theory.{module}")
    if id in SLOW and name != SLOW[id][3]:
        monkeypatch.setattr(home, SLOW[id][1], always(lambda *_: SLOW[id][2])(None))
    monkeypatch.setattr(home, name, mutate(getattr(home, name)))
    (result,) = verify(only=id)
    assert not result.holds
    assert result.worst.strain > 1


def test_every_check_has_a_mutant():
    assert {id for id, *_ in MUTANTS} == set(CHECKS)
