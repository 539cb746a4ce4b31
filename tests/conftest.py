"""Which tests are slow: `make test` leaves them out, `make test-all` runs them too.

What is imported stays to the end: the collector of garbage, which would look through a million of
its objects again and again, begins after the tests are collected, and leaves these alone.
"""

import gc
from collections import Counter

import numpy as np
import pytest


def pytest_configure():
    gc.disable()


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Of a test marked `sweep(n)` one case in n is quick; the others are slow.

    Raises
    ------
    pytest.UsageError
        If a name holds an address, which differs from one worker to another: none would start.
    """
    moving = [item.nodeid for item in items if "at 0x" in item.nodeid]
    if moving:
        raise pytest.UsageError(f"names of tests must not hold addresses: {moving[:5]}")
    seen = Counter()
    for item in items:
        sweep = item.get_closest_marker("sweep")
        if sweep is not None:
            test = item.nodeid.partition("[")[0]
            if seen[test] % sweep.args[0]:
                item.add_marker(pytest.mark.slow)
            seen[test] += 1


@pytest.fixture
def rng():
    """A generator that a test has for itself: one of a module is in whatever state others left."""
    return np.random.default_rng(20)
