"""All that shows a state is of it or grey: numbers, sentences, curves, maps, on each screen."""

import pytest
from lab_needs import in_browser, lab, lab_states, needs_driver

from divkit.lab.screens.names import SCREENS

pytestmark = in_browser
INKED = """() => {
  const plots = [...document.querySelectorAll('.plot')].filter((each) => !each.hidden);
  const opaque = (svg) => [...svg.children].some((each) => +getComputedStyle(each).opacity > 0.5);
  const black = (node) => {
    const [r, g, b] = getComputedStyle(node).color.match(/\\d+/g).map(Number);
    return node.textContent.trim() !== '' && Math.max(r, g, b) < 140;
  };
  return {
    pictures: plots.filter((each) => opaque(each.querySelector('svg.chart'))).length,
    sentences: plots.filter((each) => black(each.querySelector('.summary'))).length,
    numbers: document.querySelectorAll('.figures tr:not(.stale) output[data-value]').length,
    said: plots.map((each) => each.querySelector('.summary').textContent),
  };
}"""
MOVE = {
    "line": ("critic", "spline"), "game": ("rate", "0.7"), "saturation": ("distance", "5"),
    "samples": ("m", "40"), "plane": ("rate", "0.002"), "relatives": ("rate", "0.002"),
}  # fmt: skip
REFUSED = {
    "line": ("p", "nrmal(0, 1)"), "game": ("p", "nrmal(0, 1)"), "samples": ("p", "nrmal(0, 1)"),
    "saturation": ("distance", "-1"), "plane": ("target", "none"), "relatives": ("target", "none"),
}  # fmt: skip


@pytest.fixture(scope="module")
def served():
    with lab.served() as (url, server):
        yield url, server


@pytest.fixture(scope="module")
def browser():
    needs_driver()
    with lab.browsing() as opened:
        yield opened


@pytest.fixture(params=SCREENS)
def at(request, served, browser):
    """A page at a screen, all of whose numbers have come."""
    page = lab.opened(browser, served[0], "&lang=en")
    screen = request.param
    lab.go(page, {"screen": screen, **lab_states.QUICK.get(screen, {})})
    lab.settle(page)
    yield screen, page
    page.context.close()


def put(page, name, value):
    """A field of the page takes a value as if by hand, whatever its own limits are."""
    field = page.locator(f"#field-{name}")
    field.evaluate("""(node, value) => {
      node.setAttribute('min', '-1000');
      node.setAttribute('max', '1000');
      if (node.matches('select')) node.add(new Option(value, value));
      node.value = value;
      const tell = (kind) => node.dispatchEvent(new Event(kind, { bubbles: true }));
      ['input', 'change'].forEach(tell);
    }""", value)  # fmt: skip


def test_at_rest_all_is_of_the_state(at):
    _, page = at
    page.wait_for_timeout(200)  # a fade of .12 s
    found = page.evaluate(INKED)
    assert found["pictures"] >= 2
    assert found["sentences"] >= 2
    assert found["numbers"] >= 2


def test_while_its_process_stands_still_nothing_is_in_full_colour(at, served):
    screen, page = at
    with lab.stopped(served[1]):
        put(page, *MOVE[screen])
        page.wait_for_timeout(200)
        for _ in range(9):
            found = page.evaluate(INKED)
            assert (found["pictures"], found["sentences"], found["numbers"]) == (0, 0, 0)
            page.wait_for_timeout(200)
    lab.settle(page)
    page.wait_for_timeout(200)
    assert page.evaluate(INKED)["pictures"] >= 2


def test_of_a_refused_state_nothing_is_in_full_colour_and_no_numeral_is_said(at):
    screen, page = at
    put(page, *REFUSED[screen])
    page.wait_for_selector(".notice.refused:visible")
    lab.settle(page)
    page.wait_for_timeout(200)
    found = page.evaluate(INKED)
    assert (found["pictures"], found["sentences"], found["numbers"]) == (0, 0, 0)
    assert not any(each.isdigit() for said in found["said"] for each in said)
    assert any("refused" in said for said in found["said"])
