"""The documentation's preview as it lies on a disk: opened by file://, with no server at all."""

import sys
from pathlib import Path

import pytest
from lab_needs import in_browser, lab, lacks, needs_driver

import divkit

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))

import lab_preview

KINDS = ("js", "gan", "kl", "reverse_kl", "tv", "w1")
SHOWN = """() => Object.fromEntries(
  [...document.querySelectorAll('.figures tr:not(.stale) output[data-value]')]
    .map(({ dataset: { name, value } }) => [name, value]))"""
pytestmark = in_browser


@pytest.fixture(scope="module")
def browser():
    needs_driver()
    with lab.browsing() as opened:
        yield opened


@pytest.fixture
def opened(browser, tmp_path):
    """A page of the file at a width; what it asks for and what goes wrong is kept."""
    place, contexts = tmp_path / lab_preview.NAME, []
    place.write_text(lab_preview.page(), "utf-8")

    def made(width):
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.faults, page.asked = [], []
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        page.on("console", lambda line: page.faults.append(line.text))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(place.as_uri())
        page.wait_for_selector(".figures tr:not(.stale) output[data-value]")
        return page

    yield made
    for context in contexts:
        context.close()


def compared(page):
    """The numbers on the page are those of the engine."""
    shown = page.evaluate(SHOWN)
    laws = page.input_value("#field-p"), page.input_value("#field-q")
    for kind, result in zip(KINDS, divkit.divergence(*laws, list(KINDS)), strict=True):
        assert float(shown[kind]) == pytest.approx(result.value, rel=1e-12, abs=1e-12), kind
    return shown


@pytest.mark.parametrize("width", [360, 1440])
def test_the_preview_works_from_a_file_alone(opened, width):
    page = opened(width)
    before = compared(page)
    for name in ("equal", "collapse", "apart", "twoModes"):
        page.click(f"[data-preset={name}]")
        compared(page)
    page.locator("[data-knob=p0centre]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(js) => document.querySelector('[data-name=js]').dataset.value !== js",
                           arg=before["js"])  # fmt: skip
    moved = compared(page)
    assert moved["js"] != before["js"]
    page.click("header button[lang]")
    assert page.evaluate(SHOWN) == moved
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert page.faults == []
    assert [url for url in page.asked if not url.startswith("file:")] == []


def test_where_ci_has_no_browser_the_tests_fail_and_elsewhere_they_are_skipped():
    assert lacks(None, {})
    assert not lacks(None, {"CI": "1"})
    assert not lacks("/usr/bin/chromium", {})
