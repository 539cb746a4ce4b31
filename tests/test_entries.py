"""Whatever takes a law takes what `divkit.as_law` reads: every public entry, every form."""

import dataclasses
import functools
import importlib
import inspect
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import scipy.stats as ss
import torch
import torch.distributions as td

import divkit
from divkit import critics, distributions, games, gan, plots, problems
from divkit.distributions import Affine, FiniteLaw, Normal

ROWS = np.random.default_rng(0).normal(size=(60, 1))
LAWS = Normal(0, 1), Normal(1, 1)
TABLES = FiniteLaw.from_probs([0.0, 1.0], [0.5, 0.5]), FiniteLaw.from_probs([0.0, 1.0], [0.9, 0.1])
DENSITIES = {
    "text": ("normal(0, 1)", "normal(1, 1)"),
    "scipy": (ss.norm(0, 1), ss.norm(1, 1)),
    "scipy, unfrozen": (ss.norm, ss.norm(1)),
    "scipy, new": (ss.Normal(mu=0, sigma=1), ss.Normal(mu=1, sigma=1)),
    "torch": (td.Normal(0.0, 1.0), td.Normal(1.0, 1.0)),
    "both": ("normal(0, 1)", Normal(1, 1)),
}
VECTORS = {
    "list": ([0.5, 0.5], [0.9, 0.1]),
    "array": (np.array([0.5, 0.5]), np.array([0.9, 0.1])),
    "tensor": tuple(torch.tensor(p, dtype=torch.float64) for p in ([0.5, 0.5], [0.9, 0.1])),
    "series": (pd.Series({"a": 0.5, "b": 0.5}), pd.Series({"a": 0.9, "b": 0.1})),
    "dictionary": ({0: 0.5, 1: 0.5}, {0: 0.9, 1: 0.1}),
    "scipy": (ss.bernoulli(0.5), ss.bernoulli(0.1)),
}
METRICS = ("energy_distance", "mmd2", "w1_distance", "w2_distance")
NAMED = tuple(
    name
    for name in divkit.__all__
    if name.endswith(("_divergence", "_distance", "hellinger2", "mmd2"))
    or name in {"gan_value", "squared_hellinger", "triangular_discrimination"}
)
PACKAGES = [
    "divkit",
    "divkit.critics",
    "divkit.curves",
    "divkit.density",
    "divkit.distributions",
    "divkit.games",
    "divkit.gan",
    "divkit.plots",
    "divkit.problems",
]
HOLDERS = {
    "Coupled",
    "FoldedLaw",
    "Mixture",
    "Mixture1D",
    "Product",
    "StackMember",
    "Stratum",
    "Transformed",
    "Transformed1D",
    "Truncated",
}
"""Classes that hold laws: users call mixture, product, transformed, truncated, and generators."""
ELSEWHERE = {
    "GanTraining": "what train_gan sets up",
    "SystemTraining": "what train_system sets up",
    "Rejection": "what best_rejection makes",
    "Watch": "its measure is `measure`",
    "by_mode": "of what `mixture` makes",
    "register_adapter": "of functions that return a law",
}
MORE = {"alpha_divergence": (0.5,), "renyi_divergence": (0.5,), "weighted_js_divergence": (0.3,)}


def _critic(x):
    return 0.5 - torch.as_tensor(x)[..., 0]


def _drawn(draw):
    """The numbers that a figure of p and q shows."""

    def entry(p, q):
        figure, axes = plt.subplots()
        draw(axes, p, q)
        found = [line.get_xydata() for line in axes.get_lines()]
        found += [
            mesh.get_array().ravel() for mesh in axes.collections if mesh.get_array() is not None
        ]
        plt.close(figure)
        return np.concatenate([each.ravel() for each in found])

    return entry


def _plane(law):
    return distributions.product([law, law])


def _affine(latent):
    return gan.AffineGenerator(latent=latent)


def _ideal(p, q):
    game = gan.Ideal(p, _affine(q))
    return game.p, game.generator.latent


def _module(p, q):
    return gan.ModuleGenerator.of(torch.nn.Linear(1, 1), 1, latent=q).latent


def _last(steps):
    return list(steps)[-1].record.value


def _watched(p, q):
    layer = torch.nn.Linear(1, 1, dtype=torch.float64)
    torch.nn.init.ones_(layer.weight), torch.nn.init.ones_(layer.bias)
    return gan.measure(p, layer, None, noise=q).js.value


def _sampled(p, q):
    critic = gan.SampledJS(fakes=300, fresh=200, trees=5)
    return critic(p, _sampler(q)).value


def _sampler(q):
    return lambda n, rng: divkit.sample(q, n, rng)


@functools.cache
def _step(dim):
    """A step of a short training on the line, or in the plane."""
    law = distributions.product([Normal()] * dim)
    return list(divkit.train_gan(law, generator=gan.AffineGenerator(law, dim), steps=1))[-1]


def _draw_critic(axes, p, q):
    plots.draw_critic(axes, q, _step(1))


def _draw_critic_map(axes, p, q):
    plots.draw_critic_map(axes, _plane(q), _step(2), fakes=5, arrows=2, grid=2)


def _rejection(p, q):
    kept = gan.best_rejection(p, q, 50.0)
    return kept.generator, kept.keep_probability(torch.tensor([[0.5]], dtype=torch.float64))


def _fresh(p, q):
    return critics.fresh(p, q)(1, 3, np.random.default_rng(0)).x


def _batches(p, q):
    return gan.fresh_draws(q, 3)(np.random.default_rng(0))[0]


def _training_points(p, q):
    nodes = critics.training_points(p, q, 128)
    return nodes.x, nodes.p_weight, nodes.q_weight


def _problem(p, q):
    pair = problems.Problem("mine", p, q)
    return pair.p, pair.q


ANY = {
    **{
        name: lambda p, q, name=name: getattr(divkit, name)(p, q, *MORE.get(name, ()))
        for name in NAMED
    },
    "divergence": lambda p, q: divkit.divergence(p, q, "kl"),
    "verify_pair": lambda p, q: [row.left for r in divkit.verify_pair(p, q) for row in r.rows],
    "sample": lambda p, q: divkit.sample(q, 4, rng=0),
    "maximise_value": lambda p, q: divkit.maximise_value(p, q, critic="linear").value,
    "training_points": _training_points,
    "fresh": _fresh,
    "judge": lambda p, q: critics.judge(p, q, _critic, games.GAN).value,
    "Problem": _problem,
    "curve": lambda p, q: [
        entry.value for entry in divkit.curve(lambda t: (p, q), over=[1.0, 2.0]).results[0]
    ],
    "mixture": lambda p, q: distributions.mixture([0.25, 0.75], [p, q]),
    "mixture_from_logs": lambda p, q: distributions.mixture_from_logs([0.0, 1.0], [p, q]),
    "transformed": lambda p, q: distributions.transformed(q, Affine(1.0, 2.0)),
    "fresh_draws": _batches,
    "best_rejection": _rejection,
}
"""Entries that take laws with atoms too: what they return is the same of every form."""

LINE = {
    "divergence_batch": lambda p, q: divkit.divergence_batch([p, p], [q, q], "kl").value,
    "Laws": lambda p, q: [
        entry.value for entry in divkit.curve("normal(t, 2)", q, over={"t": [1.0, 2.0]}).results[0]
    ],
    "product": lambda p, q: distributions.product([p, q]),
    "truncated": lambda p, q: distributions.truncated(q, -1.0, 1.0),
    "draw_densities": _drawn(plots.draw_densities),
    "draw_integrand": _drawn(plots.draw_integrand),
    "draw_strip": lambda p, q: [
        curve.get_ydata()
        for curve in plots.draw_strip(p, [q], [divkit.js_divergence(p, q)]).axes[0].get_lines()
    ],
    "draw_discriminator": _drawn(lambda axes, p, q: plots.draw_discriminator(axes, _critic, p, q)),
    "AffineGenerator": lambda p, q: _affine(q),
    "MLPGenerator": lambda p, q: gan.MLPGenerator(latent=q),
    "ModuleGenerator": _module,
    "NetworkGenerator": lambda p, q: gan.NetworkGenerator(latent=q).latent,
    "NetworkMixtureGenerator": lambda p, q: gan.NetworkMixtureGenerator(2, latent=q).latent,
    "PolynomialGenerator": lambda p, q: gan.PolynomialGenerator(latent=q),
    "Ideal": _ideal,
    "train_gan": lambda p, q: _last(divkit.train_gan(p, generator=_affine(q), steps=2)),
    "train_system": lambda p, q: _last(gan.train_system(p, gan.Ideal(p, _affine(q)), steps=2)),
    "measure": _watched,
    "SampledJS": _sampled,
    "sampled_js": lambda p, q: gan.sampled_js(p, _sampler(q), fakes=300, fresh=200, trees=5).value,
    "draw_critic": _drawn(_draw_critic),
    "draw_discriminator_map": _drawn(
        lambda axes, p, q: plots.draw_discriminator_map(axes, None, _plane(p), _plane(q), count=5)
    ),
    "draw_log_ratio": _drawn(
        lambda axes, p, q: plots.draw_log_ratio(axes, _plane(p), _plane(q), count=5)
    ),
    "draw_critic_map": _drawn(_draw_critic_map),
    "estimate of a known p": lambda p, q: divkit.estimate(p, ROWS, "kl", method="knn").value,
    "estimate of a known q": lambda p, q: divkit.estimate(ROWS, q, "kl", method="knn").value,
}
"""Entries for laws on the line that have a density."""


def _same(found, expected):
    if isinstance(expected, (tuple, list)):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            _same(one, other)
    elif isinstance(expected, divkit.Result):
        assert found.value == pytest.approx(expected.value, abs=found.error + expected.error)
    elif isinstance(expected, (np.ndarray, torch.Tensor, float)):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    else:
        assert found == expected


@functools.cache
def _expected(entry, laws):
    return (ANY | LINE)[entry](*laws)


@pytest.mark.parametrize("form", DENSITIES)
@pytest.mark.parametrize("entry", [*ANY, *LINE])
def test_every_entry_takes_every_form(entry, form):
    _same((ANY | LINE)[entry](*DENSITIES[form]), _expected(entry, LAWS))


@pytest.mark.parametrize("form", VECTORS)
@pytest.mark.parametrize("entry", ANY)
def test_probabilities_are_taken_where_laws_with_atoms_are(entry, form):
    if form == "series" and entry in ("sample", "transformed", "fresh_draws"):
        pytest.skip("one Series of labelled classes alone has no points")
    if form == "series" and entry in METRICS:
        pytest.skip("names have no distance; test_readers.py has the refusal")
    laws = divkit.distributions.adapt.as_laws(*VECTORS[form]) if form == "series" else TABLES
    _same(ANY[entry](*VECTORS[form]), _expected(entry, laws))


def _signatures():
    """(package, name, parameters) of every public function and class."""
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in module.__all__:
            face = getattr(module, name)
            if inspect.isfunction(face) or (
                inspect.isclass(face) and dataclasses.is_dataclass(face)
            ):
                yield package, name, inspect.signature(face).parameters.values()


def test_every_public_entry_is_among_those_tested():
    """An entry takes a law where a parameter is annotated as one, or is p or q of any type."""
    found = {
        name
        for _, name, parameters in _signatures()
        for each in parameters
        if re.search(r"\b(Law|Law1D)\b", str(each.annotation))
        or (each.name in {"p", "q", "ps", "qs", "law", "base"} and "Any" in str(each.annotation))
        or (each.name in {"components", "factors", "latent"} and "Any" in str(each.annotation))
    }
    assert found - set(ANY | LINE) == HOLDERS | set(ELSEWHERE)


def test_every_function_of_the_package_says_what_comes_back():
    functions = {name: getattr(divkit, name) for name in dir(divkit)}
    silent = [
        name
        for name, made in functions.items()
        if inspect.isfunction(made)
        and not name.startswith("_")
        and not re.search(r"^(Returns|Yields)\n-+$", inspect.getdoc(made) or "", re.MULTILINE)
    ]
    assert silent == []


def test_labels_are_aligned_in_mixtures_too():
    p, q = pd.Series({"a": 0.9, "b": 0.1}), pd.Series({"b": 0.9, "a": 0.1})
    mixed = distributions.mixture([0.5, 0.5], [p, q])
    assert divkit.js_divergence(mixed, {"b": 0.5, "a": 0.5}).value < 1e-15
    alone = divkit.js_divergence(p, q).value
    assert divkit.divergence_batch([p, p], [q, q]).value.tolist() == pytest.approx([alone, alone])


@pytest.mark.parametrize("numbers", [[0.5, 0.5], (0.2, 0.8), np.array([1.0]), torch.ones(1)])
def test_numbers_are_rows_of_a_sample_to_estimate(numbers):
    with pytest.raises(ValueError, match="rows"):
        divkit.estimate(numbers, ROWS, method="knn")


@pytest.mark.parametrize("text", ["data.csv", "normal(0", "hello"])
def test_a_text_at_estimate_is_a_law_or_nothing(text):
    with pytest.raises(ValueError, match="y is a text, which is read as a law") as refused:
        divkit.estimate(ROWS, text)
    assert text in str(refused.value)


@pytest.mark.parametrize("known", [ss.poisson(3), (np.ones(2), np.arange(3.0)), "poisson(3)"])
def test_laws_without_logpdf_are_laws_to_estimate(known):
    found = divkit.estimate(known, np.arange(40.0) % 3)
    assert found.diagnostics["fresh"] == {"x": 160}


@pytest.mark.parametrize("draw", [plots.draw_densities, plots.draw_integrand])
@pytest.mark.parametrize("law", [[0.5, 0.5], "poisson(3)"])
def test_figures_of_densities_refuse_atoms(draw, law):
    with pytest.raises(ValueError, match="shows densities"):
        draw(plt.figure().gca(), law, law)
