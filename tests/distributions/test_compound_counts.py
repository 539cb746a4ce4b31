"""Counts that pyro and numpyro have beyond torch: objects shaped like theirs, theirs if there."""

import math

import numpy as np
import pytest
import scipy.stats as ss
import torch
import torch.distributions as td

import divkit
from divkit.distributions import BetaBinomial, DirichletMultinomial, NegativeBinomial, as_law

K = np.arange(80.0)


def of_numpyro(name, batch=(), event=(), **held):
    """An object with the attributes that numpyro's have."""
    body = {"__module__": "numpyro.distributions.conjugate", "log_prob": lambda self, x: math.nan}
    made = type(name, (), body)()
    made.arg_constraints, made.batch_shape, made.event_shape = dict.fromkeys(held), batch, event
    for key, value in held.items():
        setattr(made, key, value)
    return made


class ZeroInflatedDistribution(td.Distribution):
    """As pyro writes it."""

    __module__ = "pyro.distributions.zero_inflated"
    arg_constraints: dict = {}

    def __init__(self, base_dist, **gate):
        self.base_dist = base_dist
        vars(self).update(gate)
        super().__init__(base_dist.batch_shape, validate_args=False)

    def log_prob(self, value):
        raise AssertionError("read by its parameters")


def inflated(gate):
    """Truth: the mass of a Poisson law of rate 3 with more zeros."""
    return gate * (K == 0) + (1 - gate) * ss.poisson.pmf(K, 3)


def kl_to_poisson(mass):
    return float((mass * (np.log(mass) - ss.poisson.logpmf(K, 3))).sum())


def test_compound_laws_of_numpyro_are_divkit_s():
    ab = {"concentration1": np.array(2.0), "concentration0": np.array(3.0)}
    trials = of_numpyro("BetaBinomial", **ab, total_count=np.array(10))
    assert as_law(trials) == BetaBinomial(10, 2.0, 3.0)
    rows = of_numpyro(
        "DirichletMultinomial", (), (3,), concentration=np.array([2.0, 3.0, 1.0]), total_count=10
    )
    assert as_law(rows) == DirichletMultinomial(10, (2.0, 3.0, 1.0))
    waits = of_numpyro("GammaPoisson", concentration=np.array(2.0), rate=np.array(3.0))
    assert as_law(waits) == NegativeBinomial(2.0, 0.75)


def test_batches_of_compound_laws_keep_their_shape():
    waits = of_numpyro(
        "GammaPoisson", (2,), concentration=np.array(2.0), rate=np.array([1.0, 3.0])
    )
    found = divkit.kl_divergence(waits, ss.nbinom(2, 0.75))
    truth = 2 * math.log(0.5 / 0.75) + 2 * math.log(0.5 / 0.25)
    np.testing.assert_allclose(found.value, [truth, 0.0], atol=1e-14)
    with pytest.raises(ValueError, match="holds 2 laws"):
        as_law(waits)


@pytest.mark.parametrize(
    ("held", "gate"),
    [({"gate": 0.25}, 0.25), ({"gate_logits": -1.0}, 1 / (1 + math.e)), ({"gate": 0.0}, 0.0)],
    ids=["gate", "logits", "none"],
)
def test_zero_inflated_laws_are_mixtures_with_an_atom(held, gate):
    truth = kl_to_poisson(inflated(gate))
    tensors = {key: torch.tensor(value, dtype=torch.float64) for key, value in held.items()}
    theirs = of_numpyro(
        "ZeroInflatedProbs", **held, base_dist=of_numpyro("Poisson", rate=np.array(3.0))
    )
    for law in (ZeroInflatedDistribution(td.Poisson(3.0), **tensors), theirs):
        found = divkit.kl_divergence(law, "poisson(3)")
        assert found.value == pytest.approx(truth, abs=found.error + 1e-14)


def test_all_zeros_are_a_point():
    law = ZeroInflatedDistribution(td.Poisson(3.0), gate=torch.tensor(1.0))
    assert as_law(law).points.tolist() == [[0.0]]


def test_numpyro_s_own_compound_laws():
    dist = pytest.importorskip("numpyro.distributions")
    assert as_law(dist.BetaBinomial(2.0, 3.0, 10)) == BetaBinomial(10, 2.0, 3.0)
    gap = divkit.kl_divergence(dist.NegativeBinomial2(3.0, 2.0), ss.nbinom(2, 0.4))
    assert gap.value < 1e-14
    found = divkit.kl_divergence(dist.ZeroInflatedPoisson(0.25, 3.0), "poisson(3)")
    assert found.value == pytest.approx(kl_to_poisson(inflated(0.25)), abs=1e-13)


def test_pyro_s_own_compound_laws():
    dist = pytest.importorskip("pyro.distributions")
    two, three, ten = (torch.tensor(value) for value in (2.0, 3.0, 10.0))
    assert as_law(dist.BetaBinomial(two, three, ten)) == BetaBinomial(10, 2.0, 3.0)
    found = divkit.kl_divergence(dist.ZeroInflatedPoisson(three, gate=two / 8), "poisson(3)")
    assert found.value == pytest.approx(kl_to_poisson(inflated(0.25)), abs=1e-13)
