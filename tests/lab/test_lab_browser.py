"""The page in a browser: true numbers, grey ones, strangers, a killed process, 360 px, Chinese."""

import csv
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from lab_needs import in_browser, needs_driver
from lab_needs import lab as lab_browser

import divkit
from divkit.lab.screens.line import KINDS
from divkit.lab.screens.names import SCREENS

pytestmark = in_browser
PATIENCE = 120
SETTLED = """(after) => {
  const shown = [...document.querySelectorAll('.figures output[data-value]')];
  return shown.length > 2 && shown.every((each) =>
    each.getAttribute('aria-busy') === 'false' && Number(each.dataset.seq) > after);
}"""
VALUES = """() => Object.fromEntries(
  [...document.querySelectorAll('.figures output[data-value]')].map(({ dataset, textContent }) =>
    [dataset.name, [dataset.value, textContent, dataset.seq]]))"""
BLACK = "() => document.querySelectorAll('.figures tr:not(.stale) output[data-value]').length"


@pytest.fixture(scope="module")
def browser():
    needs_driver()
    with lab_browser.browsing() as opened:
        yield opened


@pytest.fixture(scope="module")
def lab():
    """The address of a server, and its process."""
    command = [sys.executable, "-m", "divkit", "lab", "--no-browser", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        yield json.loads(server.stdout.readline())["url"], server
        server.terminate()
        server.wait(10)


@pytest.fixture
def open_page(browser, lab):
    contexts = []

    def opened(more="", width=1440, **options):
        # Predicates of the driver are texts, which the page's own policy does not run.
        context = browser.new_context(
            viewport={"width": width, "height": 900}, bypass_csp=True, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.faults = []
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        page.goto(lab[0] + more)
        return page

    yield opened
    for context in contexts:
        context.close()


def settled(page, after=-1):
    """The numbers on the page, once all are of one state, and of one after that of this seq."""
    page.wait_for_function(SETTLED, arg=after)
    return page.evaluate(VALUES)


def children(process):
    """Processes whose parent is this one, or a child of it."""
    found, parents = [], {process.pid}
    table = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        table[int(path.parent.name)] = int(fields[1])
    while parents:
        parents = {pid for pid, parent in table.items() if parent in parents}
        found += parents
    return found


def workers(process):
    """The visitors' processes: children of the process that they are forked from."""
    return [
        pid
        for pid in children(process)
        if re.search(r"^Cpus_allowed", Path(f"/proc/{pid}/status").read_text(), re.M)
        and os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0) + 5
    ]


@pytest.mark.parametrize("preset", ["", "equal", "collapse", "infinite"])
def test_numbers_on_the_page_are_those_of_the_engine(open_page, preset):
    page = open_page()
    shown = settled(page)
    if preset:
        page.click(f"[data-preset={preset}]")
        shown = settled(page, after=int(shown["js"][2]))
    p, q = page.input_value("#field-p"), page.input_value("#field-q")
    for kind, result in zip(KINDS, divkit.divergence(p, q, list(KINDS)), strict=True):
        value, text, _ = shown[kind]
        if value == "inf":
            assert result.value == float("inf")
        else:
            assert abs(float(value) - result.value) <= 1e-12
            assert abs(float(text.replace("−", "-")) - result.value) <= 1e-12
    assert page.faults == []


def test_a_number_is_grey_from_the_moment_that_the_state_moves(open_page, lab):
    page = open_page()
    settled(page)
    stopped = workers(lab[1])
    assert stopped
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        page.locator("[data-knob=p0centre]").focus()
        page.keyboard.press("ArrowRight")
        for _ in range(10):
            assert page.evaluate(BLACK) == 0
            time.sleep(0.2)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    shown = settled(page)
    assert "-1.55" in page.input_value("#field-p")
    expected = divkit.js_divergence(page.input_value("#field-p"), page.input_value("#field-q"))
    assert abs(float(shown["js"][0]) - expected.value) <= 1e-12


def test_the_token_is_in_no_address_and_a_link_holds_the_state(open_page, lab):
    page = open_page()
    before = settled(page)
    page.fill("#field-q", "laplace(0, 1)")
    page.press("#field-q", "Enter")
    shown = settled(page, after=int(before["js"][2]))
    page.wait_for_timeout(600)  # the address follows a few times a second
    assert "#1." in page.url
    token = re.search("token=([^&]+)", lab[0])[1]
    assert token not in page.url
    other = open_page(f"&state={page.url.partition('#')[2]}")
    assert settled(other)["js"][:2] == shown["js"][:2]


@pytest.mark.parametrize("state", ["1.%%%", "9.e30", "1.eyJzY3JlZW4iOiJ4In0", "1." + 5000 * "A"])
def test_a_bad_link_is_refused_in_a_sentence(open_page, state):
    page = open_page(f"&state={state}")
    page.wait_for_selector(".notice.refused:visible")


def test_an_unknown_field_of_a_link_is_refused_in_a_sentence(open_page):
    page = open_page("&state=1.eyJzY3JlZW4iOiJsaW5lIiwib2RkIjoxfQ")
    page.wait_for_selector(".notice.refused:visible")
    assert "no field 'odd'" in page.inner_text(".notice")


def test_a_refused_state_is_said_and_what_follows_is_the_state_of_the_page(open_page):
    page = open_page("&screen=game")
    first = settled(page)
    page.fill("#field-p", "nrmal(0, 1)")
    page.press("#field-p", "Enter")
    page.wait_for_selector(".notice.refused:visible")
    page.wait_for_function("() => document.getElementById('main').dataset.settled === 'true'")
    shown = page.locator(".figures .value").all_inner_texts()
    assert set(shown) == {"not known"}
    assert page.evaluate("() => document.querySelectorAll('.figures .stale').length") == 0
    page.fill("#field-loc", "1")
    page.press("#field-loc", "Enter")
    page.fill("#field-p", "normal(0, 1)")
    page.press("#field-p", "Enter")
    found = settled(page, after=int(first["js"][2]) + 2)
    expected = divkit.js_divergence("normal(0, 1)", "normal(1, 0.6)")
    assert abs(float(found["js"][0]) - expected.value) <= 1e-12


def test_a_killed_process_is_told_and_the_page_recovers(open_page, lab):
    page = open_page()
    settled(page)
    for pid in workers(lab[1]):
        os.kill(pid, signal.SIGKILL)
    page.wait_for_selector(".notice.refused:visible")
    assert "was killed" in page.inner_text(".notice")
    settled(page)


def test_a_page_without_the_token_is_turned_away(browser, lab):
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(lab[0].partition("#")[0] + "#token=wrongwrong")
    page.locator(".connection:visible", has_text="token").wait_for()  # after "is starting"
    context.close()


def test_under_its_own_policy_the_page_works_and_exports_what_it_shows(browser, lab, capsys):
    context = browser.new_context(accept_downloads=True)
    page, said, asked = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: said.append(line.text))
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.goto(lab[0])
    deadline = time.monotonic() + PATIENCE
    while not page.evaluate(SETTLED, -1) and time.monotonic() < deadline:
        time.sleep(0.1)
    shown = page.evaluate(VALUES)
    page.click(".menu summary")

    def taken(kind):
        with page.expect_download() as download:
            page.click(f".menu button:text('{kind}')")
        return download.value.path().read_bytes()

    exec(compile(taken("Python").decode(), "exported", "exec"), {})
    printed = capsys.readouterr().out.splitlines()[0]
    assert abs(float(printed.split(" = ")[1].split()[0]) - float(shown["js"][0])) <= 1e-12
    assert taken("PNG").startswith(b"\x89PNG")
    picture = ElementTree.fromstring(taken("SVG"))
    assert len(picture.findall(".//{http://www.w3.org/2000/svg}path")) > 6
    rows = {row["name"]: row for row in csv.DictReader(taken("CSV").decode().splitlines())}
    assert {name: rows[name]["value"] for name in shown} == {n: v[0] for n, v in shown.items()}
    page.click(".unit")
    in_bits = page.evaluate(VALUES)["js"][1].replace("−", "-")
    assert abs(float(in_bits) * math.log(2) - float(shown["js"][0])) <= 1e-12
    here = lab[0].partition("#")[0]
    assert [url for url in asked if not url.startswith((here, "blob:", "data:"))] == []
    assert said == []
    context.close()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_narrow_page_does_not_overflow(open_page, lang, screen):
    page = open_page(f"&lang={lang}&screen={screen}", width=360)
    settled(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    assert page.evaluate("() => document.documentElement.lang").startswith(lang)
    assert page.faults == []


def test_the_game_steps_by_keyboard_and_scrubs_with_its_own_numbers(open_page):
    page = open_page("&screen=game")
    first = settled(page)["js"]
    page.locator("main").focus()
    page.keyboard.press(".")
    page.wait_for_function("() => document.querySelector('[data-name=js]').dataset.step === '1'")
    assert settled(page)["js"][0] != first[0]
    page.locator(".scrub input").focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(VALUES)["js"][:2] == first[:2]


def test_sigterm_ends_the_server_and_all_its_children():
    command = [sys.executable, "-m", "divkit", "lab", "--no-browser", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        server.stdout.readline()
        time.sleep(1)
        family = children(server)
        server.terminate()
        server.wait(10)
    deadline = time.monotonic() + PATIENCE  # one that is importing ends when it has imported
    while any(map(alive, family)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, family))


def alive(pid):
    path = Path(f"/proc/{pid}/stat")
    try:
        return path.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
