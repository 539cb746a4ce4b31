"""Hands on the page: what is typed, copied, drawn, taken along, and where one goes back to."""

import json
import re

import pytest
from lab_needs import in_browser, lab, lab_states, quick

import divkit

pytestmark = in_browser
HERE = "() => document.querySelector('.tab[aria-current]').dataset.tab"


@pytest.fixture(params=["en", "zh"])
def each(served, request):
    """A page in each language."""
    made = lab.opened(served[2], served[0], f"&lang={request.param}")
    yield made
    assert made.faults == []
    made.context.close()


def typed(page, name, text, key="Tab"):
    """What stands in a field after a text and a key, and what is said beside it."""
    page.locator(f"#field-{name}").fill(text)
    page.press(f"#field-{name}", key)
    return page.input_value(f"#field-{name}"), page.inner_text(f"#odd-{name}")


def test_a_number_is_taken_as_it_is_meant_or_refused_beside_its_field(each):
    quick(each, "game")
    for text, shown in [
        ("1,5", "1.5"),
        ("\u22122", "-2"),
        ("１．２５", "1.25"),
        ("２，５", "2.5"),
    ]:
        assert typed(each, "loc", text) == (shown, "")
    for text in ("1,500", "abc", "1 5", "70", "1/2"):
        shown, odd = typed(each, "loc", text)
        assert (shown, "2.5" in odd) == ("2.5", True)
    assert typed(each, "loc", "", "Tab") == ("2.5", "")
    assert typed(each, "loc", "9", "Escape") == ("2.5", "")
    typed(each, "loc", "3", "Enter")
    lab.settle(each)
    assert not each.is_visible(".notice.refused")
    quick(each, "samples")
    shown, odd = typed(each, "m", "10.5")
    assert shown == each.evaluate("() => document.querySelector('#field-m').ariaValueNow")
    assert odd


def test_a_number_moves_by_the_arrow_keys_within_its_limits(page):
    quick(page, "game")
    assert typed(page, "loc", "1", "Enter") == ("1", "")
    page.press("#field-loc", "ArrowUp")
    page.press("#field-loc", "ArrowUp")
    page.press("#field-loc", "PageDown")
    assert page.input_value("#field-loc") == "0.2"
    typed(page, "loc", "49.95", "Enter")
    page.press("#field-loc", "ArrowUp")
    assert page.input_value("#field-loc") == "50"


def test_a_law_is_typed_in_full_width_letters_and_an_empty_field_keeps_its_law(each):
    quick(each, "line")
    each.fill("#field-q", "normal（1，２）")
    each.press("#field-q", "Enter")
    each.wait_for_timeout(100)
    shown = lab.settle(each)
    p, q = each.input_value("#field-p"), each.input_value("#field-q")
    assert q == "normal(1,2)"
    assert abs(shown["js"] - divkit.js_divergence(p, q).value) <= 1e-12
    for key in ("Enter", "Tab", "Escape"):
        each.fill("#field-q", "")
        each.press("#field-q", key)
        assert each.input_value("#field-q") == "normal(1,2)"
    assert not each.is_visible(".notice.refused")


def test_what_is_copied_from_the_page_is_a_number_of_python(page):
    quick(page, "line")
    page.evaluate("""() => {
      addEventListener('copy', ({ clipboardData }) => {
        globalThis.taken = clipboardData.getData('text/plain');
      });
      getSelection().selectAllChildren(document.querySelector('[data-name=gan]'));
    }""")
    assert "\u2212" in page.inner_text("[data-name=gan]")
    page.keyboard.press("Control+c")
    shown = page.evaluate("() => document.querySelector('[data-name=gan]').dataset.value")
    assert abs(float(page.evaluate("() => globalThis.taken")) - float(shown)) <= 1e-12
    page.evaluate("""() => {
      const about = document.querySelector('[data-row=gan] .error .one');
      getSelection().selectAllChildren(about);
    }""")
    assert page.locator("[data-row=gan] .error sup").count() == 1
    page.keyboard.press("Control+c")
    taken, error = page.evaluate("""() => [globalThis.taken,
      document.querySelector('[data-name=gan]').dataset.error]""")
    assert taken.isascii() or "±" in taken
    assert float(error) <= float(re.search(r"[\d.]+e-\d+", taken)[0]) <= 20 * float(error)


def test_how_a_number_was_found_is_reached_by_keys(each):
    quick(each, "line")
    method = each.locator(".method:visible")
    assert method.count() == 0
    each.locator("#field-critic").focus()
    while not each.evaluate("() => document.activeElement.matches('.value')"):
        each.keyboard.press("Tab")
    for name in ("js", "gan"):
        assert each.evaluate("() => document.activeElement.dataset.name") == name
        row = each.locator(f"[data-row={name}]")
        assert method.count() == row.locator(".method:visible").count() == 1
        described = each.evaluate("""() => document.activeElement.ariaDescribedByElements
          .map((about) => about.textContent).join()""")
        assert method.inner_text().splitlines()[0] in described
        each.keyboard.press("Escape")
        assert method.count() == 0
        each.keyboard.press("ArrowDown")
    each.keyboard.press("Home")
    assert each.evaluate("() => document.activeElement.dataset.name") == "js"
    each.keyboard.press("Tab")
    assert not each.evaluate("() => document.activeElement.closest('table')?.matches('.figures')")


def test_a_handle_says_its_value_and_its_limits(page):
    quick(page, "line")
    said = """() => [...document.querySelectorAll('[role=slider]')].map((each) =>
      [each.ariaValueMin, each.ariaValueNow, each.ariaValueMax].map(Number)
        .concat(each.ariaValueText))"""
    found = page.evaluate(said)
    assert len(found) == 6
    for low, now, high, text in found:
        assert low <= now <= high
        assert "weight" in text
    assert page.get_attribute(".unit", "aria-pressed") is None
    assert page.get_attribute(".unit", "aria-label") == "unit: nats"
    page.click(".unit")
    assert page.get_attribute(".unit", "aria-label") == "unit: bits"
    quick(page, "game")
    lab.step(page, "Step")
    lab.settle(page, 1)
    assert page.get_attribute(".scrub input", "aria-valuetext") == "step 1"


def test_a_full_stop_steps_wherever_it_is_no_letter(page):
    quick(page, "game")
    places = [".primary", ".unit", ".tab[aria-current]", ".scrub input", "#field-rate", "summary"]
    for k, place in enumerate(places, 1):
        page.locator(place).first.focus()
        page.keyboard.press(".")
        lab.settle(page, k)
    page.locator("#field-loc").focus()
    page.keyboard.press("End")
    page.keyboard.press(".")
    assert page.input_value("#field-loc").endswith(".")
    page.keyboard.press("Escape")
    assert lab.settle(page, len(places))


def test_a_curve_is_drawn_by_keys(page):
    quick(page, "line")
    before = page.input_value("#field-p")
    pen = page.get_by_role("button", name="Draw p")
    pen.focus()
    page.keyboard.press("Enter")
    assert "at 0:" in page.evaluate("() => document.activeElement.ariaValueText")
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.textContent") == "Draw p"
    assert pen.get_attribute("aria-pressed") == "false"
    page.keyboard.press("Enter")
    for key in ["Shift+ArrowRight"] * 2 + ["Shift+ArrowUp"] * 4:
        page.keyboard.press(key)
    x = float(page.evaluate("() => document.activeElement.ariaValueNow"))
    page.keyboard.press("Enter")
    page.wait_for_function("(p) => document.querySelector('#field-p').value !== p", arg=before)
    lab.settle(page)
    drawn, old = (divkit.parse_law(page.input_value("#field-p")), divkit.parse_law(before))
    assert drawn.log_prob([[x]])[0] > old.log_prob([[x]])[0] + 0.5


def test_a_stroke_is_drawn_by_keys(page):
    quick(page, "plane")
    page.get_by_role("button", name="Draw the data").focus()
    for key in ["Enter", "Shift+ArrowLeft", "Space", "Shift+ArrowUp", "Shift+ArrowRight", "Enter"]:
        page.keyboard.press(key)
    page.wait_for_function("() => document.querySelector('#field-target').value === 'strokes'")
    lab.settle(page)
    assert lab.refused(page) == ""
    assert page.evaluate("() => document.activeElement.textContent") == "Draw the data"


def test_the_menu_closes_at_esc_and_elsewhere_and_gives_the_focus_back(page):
    quick(page, "line")
    page.locator(".menu summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "PNG"
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.tagName") == "SUMMARY"
    assert not page.is_visible(".menu button")
    for leave in (lambda: page.click("h1"), lambda: page.locator("#field-p").focus()):
        page.click(".menu summary")
        assert page.is_visible(".menu button")
        leave()
        assert not page.is_visible(".menu button")


def test_a_link_that_may_not_be_copied_is_shown_selected(each):
    quick(each, "saturation")
    each.evaluate("""() => Object.defineProperty(
      navigator, 'clipboard', { value: undefined, configurable: true })""")
    each.click(".menu summary")
    each.locator(".menu button").last.click()
    assert each.is_visible(".notice")
    chosen = "() => { const at = document.activeElement; return [at.value, at.selectionEnd]; }"
    assert each.evaluate(chosen) == [each.url, len(each.url)]
    assert "#1." in each.url


def test_turns_too_many_for_a_link_are_told_once_and_quietly(page):
    lab.go(page, {"screen": "plane", **lab_states.QUICK["plane"]})
    lab.settle(page, 0)
    page.evaluate("""() => {
      globalThis.told = 0;
      new MutationObserver(() => { globalThis.told += 1; })
        .observe(document.querySelector('.quiet'), { childList: true, characterData: true });
    }""")
    for k in range(402):
        lab.step(page, "Step D" if k % 2 else "Step G")
    page.wait_for_selector(".quiet:has-text('too many for a link')", state="attached")
    for _ in range(3):
        lab.step(page, "Step D")
        page.wait_for_timeout(500)
    assert page.evaluate("() => globalThis.told") == 1
    assert not page.is_visible(".notice")
    lab.step(page, "Reset")
    page.wait_for_function("() => document.querySelector('.quiet').textContent === ''")


@pytest.mark.parametrize("screen", ["line", "game"])
def test_zooming_out_ends_where_there_is_nothing_more_to_see(page, screen):
    quick(page, screen)
    button = page.get_by_role("button", name="Zoom out")
    for _ in range(30):
        button.dispatch_event("click")  # the driver does not press what is disabled
        page.wait_for_timeout(20)
    page.wait_for_selector("button:text('Zoom out')[aria-disabled=true]")
    page.wait_for_timeout(600)
    low, high = state(page)["view"]
    assert high - low < 100
    assert lab.refused(page) == ""
    inward = page.get_by_role("button", name="Zoom in")
    for _ in range(60):
        inward.dispatch_event("click")
        page.wait_for_timeout(20)
    page.wait_for_selector("button:text('Zoom in')[aria-disabled=true]")
    assert lab.refused(page) == ""
    page.get_by_role("button", name="Fit").click()
    page.wait_for_selector("button:text('Zoom in')[aria-disabled=false]")


def test_a_refused_law_shows_the_place_below_the_sign(page):
    quick(page, "line")
    page.fill("#field-q", "normal(0 1)")
    page.press("#field-q", "Enter")
    shown = page.locator(".notice code")
    law, place = shown.inner_text().split("\n")
    assert law[place.index("^")] == "1"
    assert shown.evaluate("(node) => getComputedStyle(node).whiteSpace") == "pre"


def state(page):
    """What the address holds."""
    import base64

    text = page.evaluate("() => location.hash.slice(3)")
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_back_and_forward_walk_screens_with_their_states_and_steps(page):
    quick(page, "line")
    for _ in range(5):
        page.locator("[data-knob=p0centre]").focus()
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    line = lab.settle(page)
    page.click(".tab[data-tab=game]")
    lab.settle(page, 0)
    lab.step(page, "Step", 3)
    game = lab.settle(page, 3)
    page.click(".tab[data-tab=saturation]")
    lab.settle(page)
    page.go_back()
    page.wait_for_selector(".tab[data-tab=game][aria-current=page]")
    assert lab.settle(page, 3) == game
    page.go_back()
    page.wait_for_selector(".tab[data-tab=line][aria-current=page]")
    page.wait_for_timeout(100)
    assert lab.settle(page) == line
    page.go_forward()
    page.wait_for_selector(".tab[data-tab=game][aria-current=page]")
    assert lab.settle(page, 3) == game
    page.reload()
    page.wait_for_selector(".tab[data-tab=game][aria-current=page]")
    assert lab.settle(page, 3) == game


def test_a_screen_that_one_returns_to_by_its_tab_is_as_it_was_left(page):
    quick(page, "game")
    lab.step(page, "Step", 2)
    before = lab.settle(page, 2)
    page.locator(".tab[data-tab=samples]").focus()
    page.keyboard.press("Enter")
    lab.settle(page)
    assert page.evaluate("() => document.activeElement.dataset.tab") == "samples"
    page.fill("#field-m", "77")
    page.press("#field-m", "Enter")
    page.click(".tab[data-tab=game]")
    assert lab.settle(page, 2) == before
    page.click(".tab[data-tab=samples]")
    page.wait_for_function("() => document.querySelector('#field-m').value === '77'")
