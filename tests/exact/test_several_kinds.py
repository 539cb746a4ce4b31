"""Several divergences of one pair: one pass, each value as honest as alone."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import divkit
from divkit.cli.main import app
from divkit.distributions import (
    Cauchy,
    Exp,
    Laplace,
    MultivariateNormal,
    Normal,
    Uniform,
    categorical,
    law,
    mixture,
    transformed,
)
from divkit.divergences import DIVERGENCES, IPM, JS, KL, TV, Transformed, named
from divkit.divergences.stable import Densities, OfDensities
from divkit.exact.affinity.method import Affinity
from divkit.exact.api import divergence
from divkit.exact.closed_form.method import ClosedForm
from divkit.exact.discrete import Discrete
from divkit.exact.method import NotApplicableError, each
from divkit.exact.monte_carlo.method import QuasiMonteCarlo
from divkit.exact.quadrature.fields import of_divergence
from divkit.exact.quadrature.method import Quadrature
from divkit.exact.quadrature.pair import PairField
from divkit.exact.quadrature.rule import WITH_ENDS, _crossings

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import ridges_random

P = mixture([0.3, 0.7], [Normal(-3, 0.5), Normal(0, 1)])
Q = mixture([0.5, 0.3, 0.2], [Normal(-2, 0.7), Normal(1, 1), Normal(4, 2)])
FOUR = ["js", "kl", "tv", "hellinger2"]


def on_the_line() -> list[str]:
    """Every divergence of the table that quadrature computes."""
    return [name for name in DIVERGENCES if not isinstance(named(name), IPM)]


def test_together_takes_no_more_rounds_than_the_kind_that_needs_most():
    p, q = Normal(0, 1), Laplace(1, 2)  # TV has kinks in panels that the others halve
    alone = [divergence(p, q, kind, "quadrature").diagnostics["rounds"] for kind in FOUR]
    together = divergence(p, q, FOUR, "quadrature")
    assert max(found.diagnostics["rounds"] for found in together) == max(alone)


@pytest.mark.parametrize("kind", FOUR)
def test_integrands_at_shared_densities_are_those_alone(kind):
    lp = torch.tensor([[0.0, -1.0, -math.inf, -2.0, -1e3, -3.0, 1.0]], dtype=torch.float64)
    lq = torch.tensor([[0.1, -1.0, -1.0, -math.inf, -2e3, -300.0, 0.3]], dtype=torch.float64)
    shared, integrand = Densities(lp, lq), named(kind).integrand
    assert isinstance(integrand, OfDensities)
    for other in FOUR:  # whatever was computed before
        named(other).integrand.at(shared)
    assert integrand.at(shared).tolist() == integrand(lp, lq).tolist()


@pytest.mark.parametrize("kind", FOUR)
def test_values_of_one_pass_lie_in_the_proved_enclosures(kind):
    found = divergence(P, Q, FOUR)[FOUR.index(kind)]
    proved = divergence(P, Q, kind, "certified")
    assert abs(found.value - proved.value) <= found.error + proved.error
    assert found.error <= 1e-14


@pytest.mark.parametrize(
    "pair",
    [
        (P, Q),
        (Normal(0, 1), Laplace(0.5, 2)),
        (Uniform(0, 1), mixture([0.5, 0.5], [Uniform(0, 2), Normal(0.3, 1e-6)])),
        (Normal(0, 1e-7), Normal(1e4, 3)),
        (transformed(Normal(), Exp()), transformed(Laplace(), Exp())),
        (Cauchy(), Normal()),
    ],
    ids=lambda pair: f"{type(pair[0]).__name__}-{type(pair[1]).__name__}",
)
def test_every_divergence_of_the_table_is_what_it_is_alone(pair):
    kinds = on_the_line()
    together = divergence(*pair, kinds)
    for kind, found in zip(kinds, together, strict=True):
        alone = divergence(*pair, kind)
        assert (found.name, found.unit, found.reason) == (alone.name, alone.unit, alone.reason)
        assert found.one_sided == alone.one_sided
        if math.isfinite(alone.value):
            assert abs(found.value - alone.value) <= found.error + alone.error
            assert found.error <= 4 * alone.error + 1e-15
        else:
            assert found.value == alone.value


@pytest.mark.parametrize("seed", [5000, 5003, 5017, 5032])
def test_ridges_far_out_are_seen_on_panels_in_common(seed):
    outcome, _, text = ridges_random.run(seed, FOUR)
    assert outcome != "silent", text


def test_one_kind_in_a_list_is_the_kind_alone():
    (found,) = divergence(P, Q, ["tv"])
    alone = divergence(P, Q, "tv")
    assert (found.value, found.error) == (alone.value, alone.error)


def test_kinds_keep_their_order_their_methods_and_their_bases():
    p, q = Normal(0, 1), Normal(1, 1)
    results = divergence(p, q, ["w1", "js", KL, "w2", "renyi(0.5)"])
    chosen = [result.diagnostics["chosen"].split("(")[0] for result in results]
    assert chosen == ["Metric", "Quadrature", "ClosedForm", "Metric", "ClosedForm"]
    bits = divergence(p, q, ["kl", "js"], base=2)
    assert [result.unit for result in bits] == ["bits", "bits"]
    assert bits[0].value == pytest.approx(0.5 / math.log(2), rel=1e-15)


def test_an_infinite_kind_keeps_its_reason_and_disturbs_no_other():
    kl, js = divergence(Cauchy(), Normal(), ["kl", "js"])
    assert math.isinf(kl.value)
    assert kl.reason is not None
    alone = divergence(Cauchy(), Normal(), "js")
    assert abs(js.value - alone.value) <= js.error + alone.error


def test_the_densities_are_computed_once_for_all():
    calls = []

    def log_density(x):
        calls.append(len(x))
        return -0.5 * x * x - 0.5 * math.log(2 * math.pi)

    own, kinds = law(log_density, features=[(0.0, 1.0)]), ["js", "kl", "hellinger2", "triangular"]
    together = _asked(own, kinds, calls)
    assert together <= 0.5 * sum(_asked(own, kind, calls) for kind in kinds)


def _asked(own, kind, calls):
    calls.clear()
    divergence(own, Normal(1, 2), kind)
    return sum(calls)


def test_a_kind_left_without_panels_is_integrated_alone():
    """A limit of panels that TV's and JS's panels together exceed ends neither of them early."""
    few = Quadrature(panels=47, rounds=40)
    kinds = [named(name) for name in FOUR]
    for kind, found in zip(kinds, each(few, P, Q, kinds), strict=True):
        alone = few(P, Q, kind)
        assert abs(found.value - alone.value) <= found.error + alone.error
        assert found.error <= 2 * alone.error + 1e-15


def test_rows_of_each_kind_are_what_they_are_alone():
    x = np.linspace(-3, 3, 21)[None]
    offset = torch.from_numpy(x)
    kinds = (JS, TV, KL)
    field = PairField(P, Q, tuple(of_divergence(kind) for kind in kinds))
    values = field(0.0, offset)
    for k, kind in enumerate(kinds):
        alone = PairField(P, Q, (of_divergence(kind),))(0.0, offset)
        assert torch.equal(values.integrands[field.groups[k]], alone.integrands)
        assert torch.equal(values.noise[field.groups[k]], alone.noise)
    assert values.kinks == (1,)


def test_doubtful_laws_have_two_more_rows_a_kind():
    doubtful = law(lambda x: -0.5 * x * x - 0.5 * math.log(2 * math.pi), features=[(0.0, 1.0)])
    field = PairField(doubtful, Q, (of_divergence(JS), of_divergence(KL)))
    wanted = sorted({row for group in field.groups for row in group})
    assert wanted == list(range(len(wanted)))
    assert len(wanted) == (12 if field.doubtful else 8)


def test_finite_laws_and_laws_in_space_take_several_kinds():
    p, q = categorical([0.2, 0.8]), categorical([0.5, 0.5])
    kl, tv = divergence(p, q, ("kl", "tv"))
    assert abs(tv.value - 0.3) <= tv.error + 1e-16
    assert abs(kl.value - (0.2 * math.log(0.4) + 0.8 * math.log(1.6))) <= kl.error + 1e-16
    a, b = MultivariateNormal([0.0] * 3, np.eye(3)), MultivariateNormal([1.0] * 3, np.eye(3))
    kl, h2 = divergence(a, b, ["kl", "hellinger2"])
    assert abs(kl.value - 1.5) <= kl.error
    assert abs(h2.value - (1 - math.exp(-3 / 8))) <= h2.error


def test_a_kind_that_no_method_computes_is_refused_by_name():
    a, b = MultivariateNormal([0.0, 0.0], np.eye(2)), mixture([1.0], [Normal()])
    with pytest.raises(ValueError, match="same dimension"):
        divergence(a, b, ["js", "kl"])
    with pytest.raises(NotApplicableError, match="f-divergences"):
        divergence(P, Q, ["js", "w1"], "quadrature")


def test_a_list_of_no_kinds_has_no_results():
    assert divergence(P, Q, []) == ()


def test_transformed_kinds_share_the_pass_of_what_they_transform():
    kinds = ["js_distance", "js", "hellinger", "bhattacharyya"]
    assert all(isinstance(named(kind), Transformed) for kind in ("js_distance", "bhattacharyya"))
    root, js, hellinger, _ = divergence(P, Q, kinds)
    assert abs(root.value**2 - js.value) <= 3 * js.error + 1e-15
    assert hellinger.diagnostics["shared_with"] >= 1


def test_the_command_line_prints_what_each_kind_is_alone():
    laws = ["normal(0, 1)", "laplace(1, 1)"]
    run = CliRunner().invoke(app, ["divergence", *laws, "--kind", "js,tv", "--json"])
    printed = json.loads(run.stdout)["results"]
    for kind, found in zip(("js", "tv"), printed, strict=True):
        alone = divergence(divkit.parse_law(laws[0]), divkit.parse_law(laws[1]), kind)
        assert abs(found["value"] - alone.value) <= found["error"] + alone.error


@pytest.mark.parametrize("place", [-0.9971, -0.3, 0.0721, 0.6, 0.9985])
def test_a_crossing_between_nodes_is_found_by_the_polynomial_through_all(place):
    x = WITH_ENDS
    sign = np.expm1(0.7 * (x - place)) * (2 + np.sin(x))
    cost, cut = _crossings(sign[None], np.abs(sign)[None], x)
    assert abs(cut[0] - place) <= 1e-12
    assert cost[0] > 0


def test_a_crossing_where_logs_are_not_finite_stays_between_its_nodes():
    sign = np.where(WITH_ENDS > 0.1, math.inf, -1.0)
    cost, cut = _crossings(sign[None], np.ones((1, len(WITH_ENDS))), WITH_ENDS)
    k = int((WITH_ENDS > 0.1).argmax())
    assert WITH_ENDS[k - 1] <= cut[0] <= WITH_ENDS[k]
    assert cost[0] >= WITH_ENDS[k] - WITH_ENDS[k - 1]


PLANES = MultivariateNormal([0, 0], np.eye(2)), MultivariateNormal([1, 0.5], 2 * np.eye(2))


@pytest.mark.parametrize(
    ("way", "pair", "kinds"),
    [
        (QuasiMonteCarlo(n=256, replicates=4), PLANES, ["js", "tv", "hellinger", "hellinger2"]),
        (Affinity(), PLANES, ["js", "js_distance", "triangular", "weighted_js(0.3)", "gan"]),
        (Discrete(), (categorical([0.3, 0.7]), categorical([0.5, 0.5])), [*FOUR, "w1", "mmd2"]),
        (ClosedForm(), (Normal(0, 1), Normal(1, 1)), ["kl", "tv", "hellinger", "renyi(0.5)"]),
    ],
    ids=lambda part: type(part).__name__,
)
def test_what_is_shared_changes_no_value(way, pair, kinds):
    together = divergence(*pair, kinds, way)
    for kind, found in zip(kinds, together, strict=True):
        alone = divergence(*pair, kind, way)
        assert (found.value, found.error, found.name) == (alone.value, alone.error, alone.name)


def test_laws_are_read_once_for_all_kinds():
    drawn = []

    def counted(x):
        drawn.append(len(x))
        return -0.5 * (x**2).sum(1) - math.log(2 * math.pi)

    def sample(n, rng):
        return rng.standard_normal((n, 2))

    p = law(counted, dim=2, sample=sample)
    way = QuasiMonteCarlo(n=64, replicates=2)
    counts = []
    for kinds in (["js"], ["js"], ["js", "tv", "hellinger2"]):  # the first finds its blur too
        drawn.clear()
        divergence(p, PLANES[1], kinds, way)
        counts.append(len(drawn))
    assert counts[1] == counts[2] > 0


@pytest.mark.parametrize("way", [QuasiMonteCarlo(n=64, replicates=2), Affinity()], ids=str)
def test_one_that_is_refused_leaves_the_others(way):
    js, w1 = each(way, *PLANES, [JS, named("w1")])
    assert js.value == way(*PLANES, JS).value
    assert isinstance(w1, NotApplicableError)
