"""Settings of the whole suite."""

import re

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take memory addresses out of test names: parallel workers must agree on them."""
    for item in items:
        item._nodeid = re.sub(r"0x[0-9a-f]+", "0x", item.nodeid)
