"""A lab that is served, and a page of it, for tests in a browser."""

import pytest
from lab_needs import lab, needs_driver


@pytest.fixture(scope="module")
def served():
    """The lab's address, its server's process and a browser."""
    needs_driver()
    with lab.served() as (url, server), lab.browsing() as browser:
        yield url, server, browser


@pytest.fixture
def page(served):
    """A page in English, on which nothing may fail."""
    made = lab.opened(served[2], served[0], "&lang=en")
    yield made
    assert made.faults == []
    made.context.close()
