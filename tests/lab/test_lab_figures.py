"""Numbers on the page: true sentences, points in a line, nothing that moves or overflows."""

import re

import pytest
from lab_needs import in_browser, lab, lab_states, needs_driver
from scipy import optimize, stats

from divkit.lab.screens.names import SCREENS

pytestmark = in_browser
SPIKE = "mixture(0.5: normal(0.01, 0.002), 0.5: normal(0, 2))"
STATES = {
    "spike": {"p": SPIKE, "q": "normal(0, 1)"},
    "heavy": {"p": "cauchy(0, 1)", "q": "student(2)"},
    "near": {"p": "normal(-1, 1)", "q": "normal(-0.9999999, 1)"},
    "wide": {"p": "normal(0, 300000)", "q": "normal(70000, 300000)", "view": [-1e6, 1e6]},
}  # fmt: skip
TRUTHS = {
    SPIKE: ((0.5, stats.norm(0.01, 0.002)), (0.5, stats.norm(0, 2))),
    "normal(0, 1)": ((1, stats.norm(0, 1)),),
    "cauchy(0, 1)": ((1, stats.cauchy(0, 1)),),
    "student(2)": ((1, stats.t(2)),),
    "normal(-1, 1)": ((1, stats.norm(-1, 1)),),
    "normal(-0.9999999, 1)": ((1, stats.norm(-0.9999999, 1)),),
    "normal(0, 300000)": ((1, stats.norm(0, 3e5)),),
    "normal(70000, 300000)": ((1, stats.norm(7e4, 3e5)),),
}  # fmt: skip
MIDDLE = re.compile(r"from (\S+) to (\S+) \(± (\S+)\); at most (\S+) %")
HEIGHT = re.compile(r"(\S+) at (−?[\d.]+(?: × 10−?\d+)?)")
POINTS = """() => [...document.querySelectorAll('.figures')].map((table) =>
  [...table.querySelectorAll('.value .whole')].filter((each) => each.offsetParent !== null)
    .map((each) => each.nextSibling.getBoundingClientRect().left))"""
OUT = """() => [...document.querySelectorAll('.figures td, .formula, .symbol, .summary, .about')]
  .filter((each) => each.offsetParent !== null && each.scrollWidth > each.clientWidth + 1
    && getComputedStyle(each).display !== 'inline')
  .map((each) => [each.className, each.textContent])"""
OPEN = """() => {
  for (const each of document.querySelectorAll('.more')) each.open = true;
}"""
PLACES = """() => [...document.querySelectorAll('.panel *, .plot')]
  .filter((each) => each.offsetParent !== null && !each.closest('.method'))
  .map((each) => Math.round(each.getBoundingClientRect().top))"""
LINES = """(text) => {
  // Where formulas are broken: what ends a line, and what begins the next.
  const found = [];
  for (const node of document.querySelectorAll('.formula, .symbol, .means, .lesson')) {
    const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    let before = null, said = '';
    while (walk.nextNode()) {
      const range = document.createRange();
      for (let k = 0; k < walk.currentNode.length; k += 1) {
        range.setStart(walk.currentNode, k);
        range.setEnd(walk.currentNode, k + 1);
        const box = range.getBoundingClientRect(), sign = walk.currentNode.data[k];
        if (box.width === 0 || /\\s/.test(sign)) { said += sign; continue; }
        if (before !== null && box.left < before - 20) found.push([said.slice(-12), sign]);
        before = box.left;
        said += sign;
      }
    }
  }
  return found;
}"""


@pytest.fixture(scope="module")
def served():
    with lab.served() as (url, _):
        yield url


@pytest.fixture(scope="module")
def browser():
    needs_driver()
    with lab.browsing() as opened:
        yield opened


@pytest.fixture
def open_page(browser, served):
    pages = []

    def opened(more, width=1440):
        pages.append(lab.opened(browser, served, more, width=width))
        return pages[-1]

    yield opened
    for page in pages:
        assert page.faults == []
        page.context.close()


def plain(text):
    return float(re.sub(r" × 10(-?\d+)", r"e\1", text.replace("−", "-")))


def mixed(parts, kind):
    return lambda x: sum(w * getattr(law, kind)(x) for w, law in parts)


@pytest.mark.parametrize("name", STATES)
def test_every_numeral_of_the_sentences_is_true(open_page, name):
    state = {"view": [-6, 6], **STATES[name]}
    page = open_page(f"&lang=en&state={lab.fragment({'screen': 'line', **state})}")
    lab.settle(page)
    summaries = page.locator(".summary").all_inner_texts()
    densities, decision, _ = (each.replace("\u00a0", " ") for each in summaries)
    laws = [TRUTHS[state[each]] for each in "pq"]
    found = MIDDLE.findall(densities)
    assert len(found) == 2
    for parts, (low, high, error, outside) in zip(laws, found, strict=True):
        cdf = mixed(parts, "cdf")
        for level, text in ((0.25, low), (0.75, high)):
            truth = optimize.brentq(lambda x, f=cdf, u=level: f(x) - u, -1e7, 1e7, xtol=1e-12)
            assert abs(plain(text) - truth) <= plain(error) * (1 + 1e-9)
        beyond = cdf(state["view"][0]) + mixed(parts, "sf")(state["view"][1])
        assert 100 * beyond <= plain(outside)
    p, q = (mixed(parts, "pdf") for parts in laws)
    best = decision.partition(";")[0]
    error = plain(re.search(r"\(± (\S+)\)", best)[1])
    heights = HEIGHT.findall(best)
    assert len(heights) >= 3
    for height, place in heights:
        x = plain(place)
        assert abs(plain(height) - p(x) / (p(x) + q(x))) <= error


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_points_stand_below_one_another_and_nothing_overflows_or_breaks(open_page, lang, width):
    page = open_page(f"&lang={lang}", width)
    for screen in SCREENS:
        lab.go(page, {"screen": screen, **lab_states.QUICK.get(screen, {})})
        lab.settle(page)
        whole(page)


def whole(page):
    """A screen's numbers stand in line, and no text leaves its place or breaks in a term."""
    page.evaluate(OPEN)
    columns = page.evaluate(POINTS)
    assert sum(len(each) for each in columns) >= 2
    for column in columns:
        assert max(column, default=0) - min(column, default=0) <= 0.5
    assert page.evaluate(OUT) == []
    for end, begin in page.evaluate(LINES):
        assert not end.rstrip().endswith(("−", "+", "/", "=", "(", "‖", "|", "log", "≤", "→")), end
        assert begin not in "−+/)|‖*₀₁" or end.rstrip()[-1] in ",;:，；：。."


def test_of_wide_laws_no_number_overflows_its_cell(open_page):
    for width in (360, 1440):
        page = open_page("&lang=en", width)
        for scale in (1e4, 1e6, 3e8):
            state = {"p": f"normal(0, {scale})", "q": f"cauchy({scale}, {scale / 3})"}
            lab.go(page, {"screen": "line", "view": [-6 * scale, 6 * scale], **state})
            lab.settle(page)
            assert page.evaluate(OUT) == []
            ends = page.evaluate("""() => [...document.querySelectorAll('.figures td')]
              .filter((each) => each.offsetParent !== null).map((each) => {
                const box = each.getBoundingClientRect();
                const inner = [...each.querySelectorAll('.value .whole, .value .after > *')]
                  .map((one) => one.getBoundingClientRect());
                return [Math.min(0, ...inner.map(({ left }) => left - box.left)),
                  Math.max(0, ...inner.map(({ right }) => right - box.right))];
              })""")
            for left, right in ends:
                assert left >= -0.5
                assert right <= 2.5


@pytest.mark.parametrize("screen", ["line", "plane"])
def test_nothing_moves_where_the_pointer_rests_on_a_number(open_page, screen):
    page = open_page("&lang=en")
    lab.go(page, {"screen": screen, **lab_states.QUICK.get(screen, {})})
    lab.settle(page)
    before = page.evaluate(PLACES)
    for row in page.locator(".figures tr:visible").all()[:6]:
        row.hover()
        assert page.evaluate(PLACES) == before
    assert page.locator(".method:visible").count() == 1


def slopes(page):
    """The largest tick of the slopes' axis, and the largest slope that is drawn."""
    return page.evaluate("""() => {
      const plot = [...document.querySelectorAll('.plot')].at(-1);
      const box = plot.querySelector('clipPath rect').getBBox();
      const lines = [...plot.querySelectorAll('.curves path.line')];
      const heights = lines.map((each) => each.getBBox().y);
      const ticks = [...plot.querySelectorAll('.tick.y')].map((each) => Number(each.textContent));
      return [Math.max(...ticks), (Math.min(...heights) - box.y) / box.height];
    }""")


@pytest.mark.parametrize("scale", [0.2, 1, 5])
def test_the_axis_of_slopes_fits_what_is_drawn(open_page, scale):
    page = open_page("&lang=en&screen=saturation")
    lab.go(page, {"screen": "saturation", "distance": 3, "scale": scale})
    lab.settle(page)
    page.wait_for_function("""() => [...document.querySelectorAll('.plot')].at(-1)
      .querySelector('.curves path.line').getAttribute('d')""")
    top, above = slopes(page)
    assert top >= 0.8 * 12 / scale**2
    assert 0 <= above <= 0.4


def test_while_one_drags_the_axis_of_slopes_does_not_shrink(open_page):
    page = open_page("&lang=en&screen=saturation")
    lab.settle(page)
    field = page.locator("#field-scale")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    y, tops = box["y"] + box["height"] / 2, []
    page.mouse.move(box["x"] + 0.17 * box["width"], y)
    page.mouse.down()
    for share in (0.1, 0.15, 0.3, 0.5, 0.8, 0.4):
        page.mouse.move(box["x"] + share * box["width"], y)
        lab.settle(page)
        page.wait_for_timeout(300)
        tops.append(slopes(page)[0])
    assert tops == sorted(tops)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert slopes(page)[0] < tops[-1]


def test_a_power_of_ten_is_raised_and_read_as_one(open_page):
    page = open_page("&lang=en")
    lab.settle(page)
    power = page.locator(".about .power").first
    assert re.fullmatch(r"10 to the power −\d+", power.get_attribute("aria-label"))
    assert re.fullmatch(r"−\d+", power.locator("sup").inner_text())
    assert page.locator("main").inner_text().count("⁻") == 0
