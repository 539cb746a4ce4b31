"""What tests in a browser need: where CI lacks it they fail, elsewhere they are skipped."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import lab_browser as lab
import lab_states

__all__ = ["in_browser", "lab", "lab_states", "lacks", "needs_driver", "quick"]

MISSING = "no chromium on this machine"


def lacks(chromium, environment):
    """Whether tests are skipped for want of a browser."""
    return chromium is None and not environment.get("CI")


in_browser = [
    pytest.mark.slow,
    pytest.mark.skipif(lacks(lab.CHROMIUM, os.environ), reason=MISSING),
]


def needs_driver():
    """Skip where Playwright is missing; in CI fail for want of it, or of a browser."""
    if not os.environ.get("CI"):
        pytest.importorskip("playwright.sync_api")
    assert lab.CHROMIUM is not None, MISSING


def quick(page, screen):
    """Open a screen at a state whose numbers come soon, and wait for them."""
    lab.go(page, {"screen": screen, **lab_states.QUICK.get(screen, {})})
    return lab.settle(page)
