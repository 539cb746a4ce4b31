"""A walk through every screen by keyboard alone: each step does what it says."""

import pytest
from lab_needs import in_browser, lab, needs_driver

from divkit.lab.screens.names import SCREENS

lab_walk = pytest.importorskip("lab_walk")  # beside lab_browser; it needs Pillow

pytestmark = in_browser


@pytest.mark.parametrize(("lang", "width"), [("en", 1440), ("zh", 360)])
def test_every_screen_is_worked_by_keys_alone(lang, width):
    needs_driver()
    steps = []
    with lab.served() as (url, _), lab.browsing() as browser:
        page = lab.opened(browser, url, f"&lang={lang}", width)
        assert set(lab_walk.walked(page, steps.append)) == set(SCREENS)
        assert page.faults == []
    assert {each.screen for each in steps} == set(SCREENS)
    assert all(each.focus for each in steps)
