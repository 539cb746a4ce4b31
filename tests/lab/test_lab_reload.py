"""A page that is loaded anew, opened by a link, or put in another language is where it was."""

import csv
import math

import pytest
from lab_needs import in_browser, lab, lab_states

import divkit
from divkit.lab.screens.names import SCREENS

pytestmark = in_browser
MOVING = tuple(lab_states.MOVES)
WHERE = "() => ({ ...document.getElementById('main').dataset })"
SESSION = "() => sessionStorage.getItem('divkit-lab-session')"
OPEN = "() => [...document.querySelectorAll('main details')].map((each) => each.open)"
PROTOTYPE = (
    "toString", "constructor", "__proto__", "hasOwnProperty", "valueOf", "isPrototypeOf",
    "toLocaleString", "propertyIsEnumerable", "__defineGetter__", "length", "name", "prototype",
)  # fmt: skip


def written(page):
    """The address, once it holds the state and the step that are on the page."""
    page.wait_for_timeout(600)
    return page.evaluate("() => location.hash.slice(1)")


def moved(page, screen):
    """A quick state of a screen; where it moves, some steps on."""
    lab.go(page, {"screen": screen, **lab_states.QUICK.get(screen, {})})
    lab.settle(page, 0)
    if screen not in MOVING:
        return lab.settle(page)
    lab.step(page, "10 steps")
    lab.settle(page, 10)
    lab.step(page, "Step", 2)
    return lab.settle(page, 12)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_page_that_is_loaded_anew_comes_up_black_and_right(page, screen):
    before = moved(page, screen)
    address, session = written(page), page.evaluate(SESSION)
    page.reload()
    page.wait_for_selector(f".tab[data-tab={screen}][aria-current=page]")
    after = lab.settle(page, 12 if screen in MOVING else None)
    assert after == before
    assert len(after) >= 2
    assert written(page) == address
    assert page.evaluate(SESSION) == session
    if screen in MOVING:
        lab.step(page, "Step")
        lab.settle(page, 13)
    else:
        if screen == "saturation":
            page.locator("#field-distance").focus()
            page.keyboard.press("ArrowRight")
        else:
            page.fill("#field-q", "normal(0, 2)")
            page.press("#field-q", "Enter")
        page.wait_for_timeout(50)
        assert lab.settle(page) != before


@pytest.mark.parametrize("screen", MOVING)
def test_a_link_restores_the_step_in_another_session(page, served, screen):
    before = moved(page, screen)
    address = written(page)
    other = lab.opened(served[2], served[0], f"&lang=en&state={address}")
    assert lab.settle(other, 12) == before
    assert other.get_attribute(".tab[aria-current]", "data-tab") == screen
    if screen == "game":
        assert lab.exported(other)["js"] == before["js"]
    assert other.faults == []
    other.context.close()


def test_turns_of_one_side_are_in_the_link(page, served):
    lab.go(page, {"screen": "plane", **lab_states.QUICK["plane"]})
    lab.settle(page, 0)
    for k, name in enumerate(["Step D", "Step D", "Step G", "Step"], 1):
        lab.step(page, name)
        before = lab.settle(page, k)
    other = lab.opened(served[2], served[0], f"&lang=en&state={written(page)}")
    assert lab.settle(other, 4) == before
    other.context.close()


def test_a_link_of_an_earlier_state_that_is_looked_at_restores_that(page, served):
    lab.go(page, {"screen": "game"})
    for k in range(3):
        lab.settle(page, k)
        lab.step(page, "Step")
    lab.settle(page, 3)
    page.locator(".scrub input").focus()
    page.keyboard.press("ArrowLeft")
    before = lab.settle(page, 2)
    assert lab.exported(page)["js"] == before["js"]
    other = lab.opened(served[2], served[0], f"&lang=en&state={written(page)}")
    assert lab.settle(other, 2) == before
    other.context.close()


def test_the_screen_of_the_first_address_is_there_after_a_reload_at_once(served):
    page = lab.opened(served[2], served[0], "&lang=zh&screen=game")
    page.reload()
    page.wait_for_selector(".tab[data-tab=game][aria-current=page]")
    assert lab.settle(page, 0)
    assert page.evaluate("() => document.documentElement.lang") == "zh-Hans"
    assert page.faults == []
    page.context.close()


def test_turns_that_no_link_may_have_are_refused_in_a_sentence(page):
    for turns in ([["both", 10**9]], [["nobody", 3]], 7, [["both"]], [[3, "both"]]):
        lab.go(page, {"screen": "game", "turns": turns})
        page.wait_for_selector(".notice.refused:visible")
    lab.go(page, {"screen": "line", "turns": [["both", 3]]})
    page.wait_for_selector(".notice.refused:visible")
    assert "nothing moves" in lab.refused(page)
    lab.go(page, {"screen": "game"})
    assert lab.settle(page, 0)


@pytest.mark.parametrize("screen", SCREENS)
def test_another_language_changes_nothing_but_words(page, served, screen):
    before = moved(page, screen)
    if screen == "plane":
        page.uncheck(".layers input >> nth=2")
        page.locator("details summary").nth(1).click()
    where, opened = page.evaluate(WHERE), page.evaluate(OPEN)
    frames = page.get_attribute(".scrub input", "max") if screen in MOVING else None
    heading = page.inner_text("h1")
    page.click(".tongue")
    page.wait_for_function("() => document.documentElement.lang === 'zh-Hans'")
    assert page.evaluate(WHERE) == where
    assert page.inner_text("h1") != heading
    assert lab.settle(page) == before
    assert page.evaluate(OPEN) == opened
    if screen in MOVING:
        assert page.get_attribute(".scrub input", "max") == frames
        assert page.inner_text(".where").count("12") == 1
    if screen == "plane":
        assert not page.is_checked(".layers input >> nth=2")
    assert page.evaluate("() => document.activeElement.lang") == "en"
    page.click(".tongue")
    page.wait_for_function("() => document.documentElement.lang === 'en'")
    assert page.evaluate(WHERE) == where
    assert lab.settle(page) == before


def test_what_plays_goes_on_in_another_language(page):
    lab.go(page, {"screen": "plane", **lab_states.QUICK["plane"]})
    lab.settle(page, 0)
    lab.step(page, "Play")
    page.wait_for_function("() => Number(document.getElementById('main').dataset.step) > 8")
    page.click(".tongue")
    page.wait_for_function("() => document.documentElement.lang === 'zh-Hans'")
    at = int(page.evaluate(WHERE)["step"])
    assert at > 8
    page.wait_for_function(
        "(at) => Number(document.getElementById('main').dataset.step) > at", arg=at
    )
    assert page.is_visible(".controls .primary:text('暂停')")
    page.click(".controls .primary")
    lab.settle(page)


@pytest.mark.parametrize("name", PROTOTYPE)
def test_a_name_that_every_object_has_is_refused_as_any_other(page, served, name):
    """As a screen, a preset, a field, a value, a language: in words, and the page stands."""
    for state in ({"screen": name}, {name: 1}, {"screen": "plane", "target": name},
                  {"screen": "plane", "map": name}, {"screen": "game", "loss": name},
                  {"screen": "game", "turns": [[name, 2]]}):  # fmt: skip
        lab.go(page, {"screen": "line"})
        page.wait_for_selector(".notice", state="hidden")
        page.evaluate("(text) => { location.hash = text; }", lab.fragment(state))
        page.wait_for_selector(".notice.refused:visible")
    for text in (f"{name}/ring", f"plane/{name}", f"{name}/{name}"):
        page.evaluate("() => { location.hash = 'line/equal'; }")
        page.wait_for_selector(".notice", state="hidden")
        page.evaluate("(text) => { location.hash = text; }", text)
        page.wait_for_selector(".notice.refused:visible")
    page.evaluate(f"() => localStorage.setItem('divkit-lab-language', '{name}')")
    page.goto("about:blank")
    page.goto(f"{served[0]}&screen={name}&lang={name}")
    page.wait_for_selector(".notice.refused:visible")
    assert len(lab.settle(page)) >= 6


def test_a_link_in_a_tab_that_knows_no_token_asks_for_it_and_is_opened_then(served):
    context = served[2].new_context(bypass_csp=True)
    page, place = context.new_page(), served[0].partition("#")[0]
    page.set_default_timeout(1000 * lab.PATIENCE)
    text = lab.fragment({"screen": "saturation", "distance": 2.5})
    page.goto(f"{place}#{text}")
    page.wait_for_selector("#field-token")
    assert page.inner_text(".connection").strip()
    page.fill("#field-token", "wrongwrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("#field-token")
    page.fill("#field-token", served[0])
    page.keyboard.press("Enter")
    assert lab.settle(page)["w1"] == 2.5
    assert not page.is_visible(".connection")
    assert "token" not in page.url
    context.close()


def test_an_address_that_names_a_screen_alone_asks_for_the_token_and_opens_it(served):
    context = served[2].new_context(bypass_csp=True)
    page, place = context.new_page(), served[0].partition("#")[0]
    page.set_default_timeout(1000 * lab.PATIENCE)
    page.goto(f"{place}#screen=saturation&lang=en")
    page.wait_for_selector("#field-token")
    assert not page.locator(".refused:visible").count()
    page.fill("#field-token", served[0])
    page.keyboard.press("Enter")
    assert "w1" in lab.settle(page)
    context.close()


def taken(page):
    """The rows of the table that is exported, by name."""
    page.click(".menu summary")
    with page.expect_download() as download:
        page.click(".menu button:text('CSV')")
    page.click(".menu summary")
    text = download.value.path().read_text("utf-8")
    return {row["name"]: row for row in csv.DictReader(text.splitlines())}


def test_a_table_has_of_a_number_with_one_side_the_end_that_is_claimed(page):
    lab.go(page, {"screen": "samples"})
    shown = lab.settle(page)
    assert "stages" not in page.inner_text("main")
    rows = taken(page)
    assert float(rows["limit"]["value"]) == shown["limit"]
    assert (rows["limit"]["side"], rows["limit"]["error"]) == ("lower", "")
    assert float(rows["js"]["error"]) > 0
    page.click(".unit")
    bits = taken(page)
    assert bits["js"]["unit"] == "bits"
    assert float(bits["js"]["value"]) == pytest.approx(shown["js"] / math.log(2), rel=1e-15)
    assert float(bits["limit"]["value"]) == pytest.approx(shown["limit"] / math.log(2), rel=1e-15)


def test_digits_that_are_proved_are_of_the_unit_that_stands_beside_them(page):
    lab.go(page, {"screen": "line", "p": "normal(0, 1)", "q": "normal(1, 2)"})
    lab.settle(page)
    page.click(".actions button >> nth=1")
    page.wait_for_selector("tr:not(.stale) [data-name=certified][data-value]", state="attached")
    found = divkit.divergence("normal(0, 1)", "normal(1, 2)", "js", "certified", digits=30)
    cell = "() => document.querySelector('[data-name=certified]').textContent"
    assert found.diagnostics["lower"].startswith(page.evaluate(cell).rstrip("…")[:30])
    row = taken(page)["certified"]
    assert row["lower"] == found.diagnostics["lower"]
    about = "() => document.querySelector('[data-row=certified] .error').textContent"
    assert "10−3" in page.evaluate(about)  # of 30 digits, not of the float beside them
    page.click(".unit")
    shown = page.evaluate(cell)
    assert float(shown) == pytest.approx(found.value / math.log(2), abs=1e-12)


def test_what_is_read_aloud_is_in_the_language_of_the_page(served):
    page = lab.opened(served[2], served[0], "&lang=zh")
    lab.settle(page)
    page.wait_for_function("() => document.querySelector('[aria-live=polite].hidden').textContent")
    page.wait_for_timeout(2500)
    said = page.inner_text("[aria-live=polite].hidden")
    assert "奈特" in said
    assert "nats" not in said
    page.context.close()
