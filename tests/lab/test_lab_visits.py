"""Each screen as a visitor uses it: numbers, grey ones, the keyboard, what a checker finds."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from divkit.lab.screens.line import LineState
from divkit.lab.screens.names import SCREENS

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import lab_browser as lab
import lab_client
import lab_states
from lab_needs import in_browser, needs_driver
from lab_pages import connected, tls_proxy

import divkit

AXE = Path(
    os.environ.get("AXE_CORE", "")
    or Path(sys.prefix, "axe", "node_modules", "axe-core", "axe.min.js")
)
MOVING = tuple(lab_states.MOVES)
pytestmark = in_browser
FOCUS = """() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(at);
  const ring = at.querySelector('.reach');
  const seen = (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2)
    || (ring !== null && getComputedStyle(ring).stroke !== 'none');
  // What scrolls must not cut the ring off above or below.
  const room = parseFloat(outlineWidth) + parseFloat(outlineOffset);
  const box = at.getBoundingClientRect();
  for (let up = at.parentElement; up && outlineStyle !== 'none'; up = up.parentElement) {
    const { top, bottom } = up.getBoundingClientRect();
    if (up instanceof SVGElement || getComputedStyle(up).overflowY === 'visible') continue;
    const cut = box.top - room < top - 0.5 || box.bottom + room > bottom + 0.5;
    if (cut) return [at.tagName, at.textContent, false];
  }
  const name = at.getAttribute('aria-label') || at.labels?.[0]?.textContent || at.textContent;
  at.dataset.walked = 'yes';
  return [at.tagName, name.trim(), seen];
}"""
MISSED = """() => [...document.querySelectorAll(
    'a[href], button, input, select, summary, [tabindex="0"]')]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.dataset.walked)
  .map((each) => each.outerHTML.slice(0, 90))"""


@pytest.fixture(scope="module")
def visit():
    """A page in English, and the server's process."""
    needs_driver()
    with lab.served() as (url, server), lab.browsing() as browser:
        page = lab.opened(browser, url, "&lang=en")
        page.first = url
        yield page, server
        assert page.faults == []


def quick(page, screen):
    """A state of a screen whose numbers come at once, with its numbers."""
    lab.go(page, {"screen": screen, **lab_states.QUICK.get(screen, {})})
    return lab.settle(page)


@pytest.mark.parametrize("screen", SCREENS)
def test_numbers_are_those_that_the_exported_script_prints(visit, screen):
    found = lab_states.told(visit[0], screen, 2 if screen in MOVING else 6, seed=1)
    assert found["numbers"] >= 6
    assert found["worst"][0] <= 1e-12, found["worst"]
    assert found["black"] == 0


@pytest.mark.parametrize("screen", ["plane", "relatives"])
def test_no_number_is_black_while_its_process_stands_still(visit, screen):
    page, server = visit
    assert lab_states.grey(page, screen, server, seconds=1.0)


@pytest.mark.parametrize("screen", SCREENS)
def test_the_keyboard_alone_reaches_everything_with_a_visible_focus(visit, screen):
    page = visit[0]
    quick(page, screen)
    page.locator(".skip").focus()  # where a page begins, come to by keys
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    walk = [page.evaluate(FOCUS)]
    while walk[-1] is not None and len(walk) < 150:
        page.keyboard.press("Tab")
        walk.append(page.evaluate(FOCUS))
    assert walk.pop() is None
    assert page.evaluate(MISSED) == []
    assert walk[0][1] == "Skip to the screen"
    assert [at for at in walk if not at[2] or not at[1]] == []


@pytest.mark.parametrize("screen", MOVING)
def test_space_plays_and_pauses_and_a_dot_steps(visit, screen):
    page = visit[0]
    quick(page, screen)
    page.locator("main").focus()
    page.keyboard.press(".")
    lab.settle(page, 1)
    page.keyboard.press("Space")
    page.wait_for_function("() => Number(document.querySelector('main').dataset.step) > 4")
    page.keyboard.press("Space")
    page.wait_for_selector(".controls .primary:text('Play')")
    lab.settle(page)


def test_a_page_that_stops_reading_gets_its_last_state_whole_and_few_pictures(visit):
    """Forty states while nothing is read: the server holds little, and pictures are not queued."""
    port, token = re.search(r":(\d+)/#token=([^&]+)", visit[0].first).groups()
    with connected(int(port)) as page:

        def say(**message):
            page.send(json.dumps(message))

        say(type="hello", token=token)
        say(type="set", seq=1, screen="line", patch={})
        before = lab_client.megabytes(visit[1].pid)
        for seq in range(2, 42):
            say(type="set", seq=seq, patch={"q": f"normal({seq / 40}, 1)"})
            time.sleep(0.05)
        assert lab_client.megabytes(visit[1].pid) - before < 8
        pictures, found, more = 0, {}, True
        while more:
            part = page.recv(60)
            if isinstance(part, bytes):
                pictures += 1
            elif (said := json.loads(part))["type"] == "numbers" and said["seq"] == 41:
                found |= said["values"]
                more = said["more"]
        assert pictures <= 2
        expected = divkit.js_divergence(LineState().p, "normal(1.025, 1)")
        assert abs(found["js"]["value"] - expected.value) <= 1e-12
        assert {"gan", "value", "gap"} <= set(found)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl makes a certificate")
def test_behind_a_proxy_that_speaks_tls_the_page_works_under_its_allowed_name(visit, tmp_path):
    name, made = "lab.school.example", tmp_path / "made.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"]
    subprocess.run(
        [*request, "-keyout", made, "-out", tmp_path / "c"], check=True, capture_output=True
    )
    made.write_text(made.read_text() + (tmp_path / "c").read_text())
    browser = visit[0].context.browser.browser_type.launch(
        executable_path=lab.CHROMIUM,
        args=["--no-sandbox", "--host-resolver-rules=MAP *.school.example 127.0.0.1"],
    )
    options = ("--allow-host", name, "--token", "chalkboard8")
    with (
        lab.served(*options) as (url, _),
        tls_proxy(int(re.search(r":(\d+)/", url)[1]), made) as port,
    ):
        page = browser.new_context(ignore_https_errors=True, bypass_csp=True).new_page()
        page.set_default_timeout(1000 * lab.PATIENCE)
        page.goto(f"https://{name}:{port}/#token=chalkboard8&lang=en")
        page.wait_for_selector("main")
        assert len(lab.settle(page)) >= 6
        page.goto(f"https://other.school.example:{port}/")
        assert "not this server's" in page.inner_text("body")
        browser.close()


def test_a_link_that_is_put_in_the_address_of_an_open_page_is_opened(visit):
    page = visit[0]
    lab.go(page, {"screen": "saturation", "distance": 2.5})
    assert lab.settle(page)["w1"] == 2.5
    page.evaluate("() => { location.hash = '1.%%%'; }")
    page.wait_for_selector(".notice.refused:visible")
    assert lab.settle(page)["w1"] == 2.5


SPOTS = {
    "screen": "plane", "target": "strokes", "strokes": [-1, 0, 1, 0], "stroke": 0.5, "width": 8,
    "critic_width": 8, "components": 2, "batch": 64, "rate": 0.02, "critic_rate": 0.02, "seed": 7,
}  # fmt: skip


def test_while_it_plays_v_keeps_to_its_bound_at_every_step_that_is_told(visit):
    """Over 200 steps; fresh draws within six standard errors: 1e-9 a step."""
    page = visit[0]
    lab.go(page, SPOTS)
    lab.settle(page)
    page.locator("main").focus()
    page.keyboard.press("Space")
    page.wait_for_function("() => Number(document.querySelector('main').dataset.step) >= 200")
    page.keyboard.press("Space")
    page.wait_for_selector(".controls .primary:text('Play')")
    lab.settle(page)
    page.click(".menu summary")
    with page.expect_download() as download:
        page.click(".menu button:text('CSV')")
    page.click(".menu summary")
    told = {}
    for row in csv.DictReader(download.value.path().read_text("utf-8").splitlines()):
        told.setdefault(int(row["step"]), {})[row["name"]] = row
    bounded = [each for each in told.values() if "bound" in each]
    assert max(told) >= 200
    assert len(bounded) >= 3
    for each in bounded:
        top, fresh = each["bound"], each["value_fresh"]
        value = each.get("value", top)
        room = float(top["value"]) + float(top["error"])
        assert float(value["value"]) <= room + float(value["error"])
        assert float(fresh["value"]) <= room + 6 * float(fresh["error"])


@pytest.mark.parametrize("state", [SPOTS, {"screen": "game", "rate": 0.7}])
def test_the_same_address_gives_the_same_numbers(visit, state):
    found = []
    for _ in range(2):
        lab.go(visit[0], state)
        lab.settle(visit[0], 0)
        lab.step(visit[0], "Step", 3)
        found.append(lab.settle(visit[0], 3))
    assert found[0] == found[1]
    assert len(found[0]) >= 6
    lab.go(visit[0], state | ({"seed": 8} if "seed" in state else {"rate": 0.6}))
    lab.settle(visit[0], 0)
    lab.step(visit[0], "Step", 3)
    assert lab.settle(visit[0], 3) != found[0]


MOVING_PARTS = """() => [...document.querySelectorAll('*')].filter((each) => {
  const { animationDuration, transitionDuration } = getComputedStyle(each);
  return parseFloat(animationDuration) + parseFloat(transitionDuration) > 0;
}).length"""


def test_where_motion_is_to_be_reduced_nothing_moves_by_itself(visit):
    context = visit[0].context.browser.new_context(reduced_motion="reduce", bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(1000 * lab.PATIENCE)
    page.goto(visit[0].first + "&lang=en")
    page.wait_for_selector("main")
    lab.go(page, SPOTS)
    lab.settle(page, 0)
    assert "less motion" in page.inner_text(".playback .means")
    lab.step(page, "Slow motion")
    page.wait_for_function("() => document.querySelector('main').dataset.step !== '0'")
    at = page.evaluate("() => document.querySelector('main').dataset.step")
    page.wait_for_timeout(2500)  # two pauses of slow motion, where it goes on by itself
    assert page.evaluate("() => document.querySelector('main').dataset.step") == at
    assert page.is_visible(".controls .primary:text('Play')")
    assert page.evaluate(MOVING_PARTS) == 0
    assert visit[0].evaluate(MOVING_PARTS) > 0
    context.close()


CLASS = (Path(__file__).parents[2] / "docs/howto/lab-class.md").read_text("utf-8")


def test_each_preset_of_the_page_for_classes_is_opened_by_its_address(visit):
    page, named = visit[0], re.findall(r"`#(\w+/\w+)`", CLASS)
    assert len(named) >= 11
    for each in named:
        page.evaluate("(to) => { location.hash = to; }", each)
        screen, name = each.split("/")
        page.wait_for_selector(f".tab[data-tab={screen}][aria-current=page]")
        page.wait_for_selector(f".preset[data-preset={name}][aria-pressed=true]")
        page.wait_for_function("() => document.getElementById('main').dataset.step === '0'")
        assert lab.refused(page) == ""
        assert page.inner_text(".lesson")
    page.evaluate("() => { location.hash = 'line/nothing'; }")
    page.wait_for_selector(".notice.refused:visible")
    assert "no such preset" in lab.refused(page)


def test_a_training_that_runs_by_itself_is_watched_and_not_moved(visit, tmp_path):
    command = [sys.executable, "-m", "divkit", "train", "--target", "ring8-wide", "--live"]
    more = ["--generator", "mixture", "--components", "1", "--steps", "100000", "--batch", "32"]
    with subprocess.Popen(
        [*command, *more], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        cwd=tmp_path,
    ) as training:  # fmt: skip
        try:
            said = (re.search(r"http\S+", line) for line in training.stderr)
            url = next(found[0] for found in said if found)
            page = lab.opened(visit[0].context.browser, url, "&lang=en")
            page.wait_for_selector(".figures tr:not(.stale) [data-name=bound][data-value]")
            assert not page.is_visible(".playback .controls")
            page.locator("main").focus()
            page.keyboard.press(".")
            page.wait_for_selector(".notice.refused:visible")
            assert "watched, not moved" in page.inner_text(".notice")
            assert page.faults == []
        finally:
            training.kill()


@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: `make browser` fetches it by npm")
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing(visit, screen, lang):
    page = visit[0]
    if page.evaluate("() => document.documentElement.lang").startswith(lang) is False:
        page.click(".tools button[lang]")
    quick(page, screen)
    page.evaluate("() => document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    page.add_script_tag(path=AXE)
    found = page.evaluate("() => axe.run().then(({ violations }) => violations)")
    page.evaluate("() => document.querySelectorAll('details').forEach((d) => { d.open = false; })")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
