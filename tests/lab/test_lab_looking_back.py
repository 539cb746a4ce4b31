"""Who looks back while it plays stays there, and the page that does not come up says so."""

from lab_needs import in_browser, lab, lab_states

pytestmark = in_browser
WHERE = "() => ({ ...document.getElementById('main').dataset })"
AT = "(at) => Number(document.getElementById('main').dataset.step) > at"
SHOWN = """() => Object.fromEntries([...document.querySelectorAll('.figures output')].map(
  (each) => [each.dataset.name, [each.textContent, each.closest('tr').className]]))"""
SCRUB = """(index) => {
  const slider = document.querySelector('.scrub input');
  slider.value = index;
  slider.dispatchEvent(new Event('input'));
  return Number(document.getElementById('main').dataset.step);
}"""
SETTLED = "() => document.getElementById('main').dataset.settled === 'true'"
TABS = """() => [...document.querySelectorAll('.tab')].every((each) => {
  const { left, right } = each.getBoundingClientRect();
  return left >= 0 && right <= document.documentElement.clientWidth;
})"""

EARLY = """async () => {
  const { Figures } = await import('/figures.js');
  const figures = new Figures(document.createElement('p'));
  const value = { value: 0.5, error: 0, unit: 'nats', kind: 'quadrature', method: '' };
  document.body.append(figures.table(['js', 'value'], 'Early'));
  const said = [];
  figures.moved(1);
  for (const step of [2, 3]) {
    figures.stepped(step);
    said.push(figures.fresh('value'));
    figures.take({ seq: 1, step, values: { js: value } });
    figures.take({ seq: 1, step: step + 1, values: { value } });  // before its picture
    figures.settled();  // of this step, again
    said.push(figures.fresh('js'));
  }
  figures.stepped(1);
  figures.passed();
  said.push(figures.known.get('value').why);
  return said;
}"""
NEWEST = """async () => {
  const { Playback } = await import('/playback.js');
  const figures = { stepped() {}, passed() {}, take() {}, pictured() {} };
  const lab = { figures, since: 0, mark() {}, forward() {} };
  const playback = new Playback(lab, () => {});
  lab.play = (on) => playback.playing(on, false);
  for (const step of [0, 4]) playback.frame({ head: { step } });
  playback.playing(true, true);
  playback.slider.value = 1;
  playback.slider.dispatchEvent(new Event('input'));  // the newest, and others are under way
  playback.frame({ head: { step: 9 } });
  const { at, back } = playback;
  playback.slider.value = 2;
  playback.playing(true, true);
  playback.slider.dispatchEvent(new Event('input'));
  playback.playing(false, true);  // none came
  return [at, back, playback.at, playback.back];
}"""


def test_scrubbing_while_it_plays_stays_where_one_looks(page):
    lab.go(page, {"screen": "plane", **lab_states.QUICK["plane"]})
    lab.settle(page, 0)
    for _ in range(5):
        now = int(page.evaluate(WHERE)["step"])
        page.click(".controls .primary:text('Play')")
        page.wait_for_function(AT, arg=now + 3)
        back = page.evaluate(SCRUB, 1)
        for _ in range(8):
            assert int(page.evaluate(WHERE)["step"]) == back
            assert page.is_visible(".controls .primary:text('Play')")
            page.wait_for_timeout(60)
    lab.step(page, "Step")
    page.wait_for_function(AT, arg=now + 3)  # from the newest, not from where one looked


def test_a_preset_ends_what_was_said_of_the_state_before_and_no_number_speaks_by_itself(page):
    lab.settle(page)
    page.evaluate("() => { location.hash = 'x'; }")  # an address that is refused in words
    page.wait_for_selector(".notice.refused:visible")
    page.locator(".chips button").first.click()
    lab.settle(page)
    assert not page.locator(".notice.refused:visible").count()
    assert page.evaluate(
        "() => [...document.querySelectorAll('output')].every((each) => each.ariaLive === 'off')"
    )


def test_numbers_that_come_before_their_picture_are_kept_for_it(page):
    assert page.evaluate(EARLY) == [False, True, True, True, "why.passed"]


def test_who_stops_at_the_newest_picture_while_others_come_stays_there(page):
    assert page.evaluate(NEWEST) == [4, True, 9, False]


def test_home_right_after_play_has_the_numbers_of_the_first_step_or_a_word(page):
    lab.go(page, {"screen": "game"})
    first = lab.settle(page, 0)
    lab.step(page, "Play")
    page.wait_for_function("() => Number(document.querySelector('.scrub input').max) > 0")
    page.keyboard.press("Space")
    page.locator(".scrub input").focus()
    page.keyboard.press("Home")
    for _ in range(10):
        page.wait_for_function(SETTLED)
        assert page.evaluate(WHERE)["step"] == "0"
        assert lab.settle(page, 0) == first
        assert all(
            text != "–" and "stale" not in row for text, row in page.evaluate(SHOWN).values()
        )
        page.wait_for_timeout(60)


def test_the_unit_is_in_the_link_and_stays_after_a_reload(page, served):
    lab.settle(page)
    page.click(".unit")
    page.wait_for_timeout(600)
    page.reload()
    lab.settle(page)
    assert page.inner_text(".unit") == "bits"
    address = page.evaluate("() => location.hash.slice(1)")
    other = lab.opened(served[2], served[0], f"&lang=en&state={address}")
    lab.settle(other)
    assert other.get_attribute("[data-name=js]", "data-unit") == "nats"
    assert other.inner_text(".unit") == "bits"
    other.context.close()
    page.click(".unit")
    page.wait_for_timeout(600)
    assert page.evaluate("() => location.hash.slice(1)") != address


def test_every_tab_is_seen_on_a_narrow_page(served):
    for tongue, width in (("en", 360), ("zh", 360), ("en", 700), ("en", 920)):
        page = lab.opened(served[2], served[0], f"&lang={tongue}", width=width)
        assert page.evaluate(TABS)
        page.context.close()


def test_where_a_script_does_not_come_the_page_says_so_and_is_loaded_again(served):
    context = served[2].new_context()
    page = context.new_page()
    page.set_default_timeout(1000 * lab.PATIENCE)
    for name in ("raster.js", "main.js", "presets.json"):
        page.route(f"**/{name}", lambda route: route.abort())
        page.goto("about:blank")
        page.goto(served[0])
        page.wait_for_selector("#stuck")
        assert "未能启动" in page.inner_text("#stuck")
        page.unroute(f"**/{name}")
        page.click("#stuck a")
        page.wait_for_selector("main .figures")
        assert page.query_selector("#stuck") is None
    context.close()
