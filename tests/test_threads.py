"""BLAS has one thread while divkit works, and the caller's again afterwards."""

import threading

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

import divkit
from divkit import Normal
from divkit.density import KernelDensity, fit_density
from divkit.threads import on_one_thread, one_blas_thread

X, Y = np.random.default_rng(0).normal(size=(2, 60, 1))


def blas():
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def threads_of_blas(count):
    """Set them in a thread that ends, so that none stands in the way of others."""
    before = max(blas())
    setting = threading.Thread(target=threadpool_limits, args=(count, "blas"))
    setting.start()
    setting.join()
    return before


class Asked:
    """A law that notes how many threads there are when it is asked."""

    def __init__(self):
        self.seen = set()

    def __call__(self, x):
        self.seen |= blas()
        return Normal(0.0, 1.0).log_prob(x)


@pytest.fixture
def two():
    before = threads_of_blas(2)
    if blas() != {2}:
        pytest.skip("this BLAS has no threads to hold")
    yield
    threads_of_blas(before)


ENTRIES = {
    "divergence": lambda law: divkit.js_divergence(law, Normal(0.0, 2.0)),
    "batch": lambda law: divkit.divergence_batch([law], [Normal(0.0, 2.0)]),
    "curve": lambda law: divkit.curve(lambda t: (law, Normal(0.0, t)), over=[1.0, 2.0]),
    "estimate": lambda law: divkit.estimate(X, law),
}


@pytest.mark.parametrize("name", list(ENTRIES))
def test_entries_hold_blas_to_one_thread(two, name):
    asked = Asked()
    law = divkit.law(asked, support=(-np.inf, np.inf))
    asked.seen.clear()
    ENTRIES[name](law)
    assert asked.seen == {1}
    assert blas() == {2}


def test_fits_hold_blas_to_one_thread(two, monkeypatch):
    seen, fit = [], KernelDensity._fit
    monkeypatch.setattr(
        KernelDensity, "_fit", lambda *given: (seen.append(blas()), fit(*given))[1]
    )
    fit_density(X, "kde")
    KernelDensity().fit(X)
    assert seen == [{1}, {1}]
    assert blas() == {2}


def test_threads_come_back_after_the_last_of_many_calls_and_after_an_error(two):
    first_in, second_in, first_out = threading.Event(), threading.Event(), threading.Event()
    seen = []

    @on_one_thread
    def first():
        first_in.set()
        second_in.wait(10)

    @on_one_thread
    def second():
        first_in.wait(10)
        second_in.set()
        first_out.wait(10)
        seen.append(blas())

    one, other = (threading.Thread(target=work) for work in (first, second))
    one.start()
    other.start()
    one.join()
    first_out.set()
    other.join()
    assert seen == [{1}]
    assert blas() == {2}
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        raise ZeroDivisionError
    assert blas() == {2}


def test_torch_keeps_its_threads():
    before = torch.get_num_threads()
    divkit.estimate(X, Y)
    assert torch.get_num_threads() == before
