"""The files of the page: words in both languages, scripts that parse, a size that is stated."""

import json
import re
import subprocess

import numpy as np
import pytest
from lab_nodes import NODE, WORDS, needs_node, ran

from divkit.distributions.parse import parse_law
from divkit.lab.screens.fields import changed
from divkit.lab.screens.names import SCREENS
from divkit.lab.screens.table import MODELS
from divkit.lab.server.app import STATIC
from divkit.lab.worker.way import MOST_STEPS, MOST_TURNS

SCRIPTS = sorted(STATIC.rglob("*.js"))
PRESETS = json.loads((STATIC / "presets.json").read_text("utf-8"))
WHY = re.compile(r"\"(why\.\w+)\"")
KEY = re.compile(r"""\bt\(\s*"([\w.]+)\"""")


def keys(words, path=""):
    for name, value in words.items():
        if isinstance(value, dict):
            yield from keys(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def test_both_languages_have_the_same_words_and_none_is_blank():
    en, zh = (dict(keys(WORDS[name])) for name in ("en", "zh"))
    assert en.keys() == zh.keys()
    for key, text in en.items():
        assert text.strip()
        assert zh[key].strip()
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", zh[key])), key


def test_the_words_that_scripts_name_are_there():
    known = dict(keys(WORDS["en"]))
    named = {key for each in SCRIPTS for key in KEY.findall(each.read_text("utf-8"))}
    assert len(named) > 20
    models = STATIC.parent / "screens"
    whys = {key for each in models.glob("*.py") for key in WHY.findall(each.read_text("utf-8"))}
    assert len(whys) > 4
    assert named | whys <= known.keys()


def test_every_screen_has_a_module_a_tab_a_title_and_a_lead():
    table = (STATIC / "screens/table.js").read_text("utf-8")
    listed = re.findall(r"^\s*(\w+): \w+,?$|(\w+): \w+", table.partition("SCREENS = ")[2], re.M)
    assert tuple("".join(each) for each in listed) == SCREENS
    for name in SCREENS:
        for part in ("tabs", "screens", "leads"):
            assert WORDS["en"][part][name]


def test_every_preset_has_a_name_and_a_sentence_on_what_to_see():
    assert set(PRESETS) == set(SCREENS)
    for screen, presets in PRESETS.items():
        assert list(presets) == list(WORDS["en"]["presets"][screen])
        for words in WORDS["en"]["presets"][screen].values():
            assert words["see"].endswith((".", "?", "…"))


def test_the_page_for_classes_names_a_preset_for_each_equation():
    text = (STATIC.parents[2] / "docs/howto/lab-class.md").read_text("utf-8")
    rows = re.findall(r"^\| \[\((\d+)\)\].*$", text, re.M)
    assert [int(each) for each in rows] == list(range(1, 12))
    for row in re.findall(r"^\| \[\(\d+\)\].*$", text, re.M):
        named = re.findall(r"`#(\w+)/(\w+)`", row)
        assert named, row
        for screen, name in named:
            assert f"*{WORDS['en']['presets'][screen][name]['name']}*" in row
            assert f"{WORDS['en']['tabs'][screen]}: " in row


FORBIDDEN = (
    r"https?://(?!\$\{)",
    r"\b(eval|innerHTML|outerHTML|insertAdjacentHTML)\b",
    r"<script>|<style|\sstyle=|\son\w+=\"",
)


def test_the_page_holds_no_inline_script_or_style_and_calls_nobody():
    for path in STATIC.rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8").replace("http://www.w3.org/", "")
            for odd in FORBIDDEN:
                assert not re.search(odd, text), f"{path.name}: {odd}"


@needs_node
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(STATIC).as_posix())
def test_a_script_parses(path):
    done = subprocess.run(
        [NODE, "--input-type=module", "--check"],
        input=path.read_text("utf-8"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@needs_node
def test_curves_drawn_while_one_drags_are_those_of_the_engine():
    code = """
import * as m from "./mixtures.js";
const p = [[0.3, -1, 0.4], [0.7, 2, 1]], q = [[1, 0, 1.5]];
const made = m.curves(p, q, [-5, 5], 41);
console.log(JSON.stringify({ text: m.text(p), p: [...made.p], best: [...made.best] }));
"""
    found = ran(code)
    p, q = parse_law(found["text"]), parse_law("normal(0, 1.5)")
    x = np.linspace(-5, 5, 41)[:, None]
    lp, lq = p.log_prob(x), q.log_prob(x)
    np.testing.assert_allclose(found["p"], np.exp(lp), rtol=2e-6)
    np.testing.assert_allclose(found["best"], 1 / (1 + np.exp(lq - lp)), rtol=2e-6)


def test_sentences_of_the_engine_are_those_that_it_says():
    """A stretch of each stands in the sources; those of the parser are tried below."""
    sources = "".join(each.read_text("utf-8") for each in STATIC.parents[1].rglob("*.py"))
    joined = re.sub(r"\"\s*\n\s*f?\"", "", sources)
    for key, text in WORDS["en"]["engine"].items():
        parts = [each.strip(" .,:;?()") for each in re.split(r"\{\w+\}|[;(]", text)]
        assert any(len(each) >= 5 and each in joined for each in parts), key


REFUSED = [
    ("line", {"p": "nrmal(0, 1)"}, "没有名为 'nrmal' 的分布"),
    ("line", {"p": "normal(0"}, "文本已结束"),
    ("line", {"p": "normal(0 1)"}, "用法 normal(loc=0.0, scale=1.0)"),
    ("line", {"p": "normal(0, -1)"}, "normal：scale 须在 (0, inf) 内"),
    ("line", {"p": "mixture(0.5: normal(0, 1), 0.6: normal(1, 1))"}, "权重之和"),
    ("line", {"p": "normal(0, 1, 2)"}, "参数不合"),
    ("line", {"p": "normal(a, 1)"}, "'a' 没有值"),
    ("line", {"p": "poisson(3)"}, "p 须在直线上有密度"),
    ("samples", {"m": 0}, "m 须在 [1, 10000] 内；得到 0"),
    ("samples", {"m": 1.5}, "类型须为 int"),
    ("samples", {"odd": 1}, "没有字段 'odd'"),
    ("game", {"view": [1.0, 1.0]}, "显示范围"),
    ("line", {"q": "normal(0, 1e308)"}, "无法绘出"),
]


@needs_node
def test_refusals_are_said_in_the_language_of_the_page():
    whys = []
    for screen, patch, _ in REFUSED:
        model = MODELS[screen]
        with pytest.raises((ValueError, TypeError)) as refusal:
            model(changed(model.defaults, patch))
        whys.append(str(refusal.value))
    code = f"""
globalThis.document = {{ documentElement: {{}} }};
const words = await import("./words.js");
const {{ readFileSync }} = await import("node:fs");
const [zh, en] = ["zh", "en"].map((each) => JSON.parse(
  readFileSync(`lang/${{each}}.json`, "utf8")));
words.adopt("zh", zh, en);
console.log(JSON.stringify({json.dumps([*whys, "free text."])}.map(words.said)));
"""
    *said, free = ran(code)
    for found, (*_, expected) in zip(said, REFUSED, strict=True):
        assert expected in found
    assert free == WORDS["zh"]["page"]["original"].format(text="free text.")


@needs_node
def test_weights_of_a_dragged_mixture_sum_to_one_for_the_parser():
    code = """
import * as m from "./mixtures.js";
const texts = [];
for (let k = 2; k <= 12; k += 1) {
  texts.push(m.text(Array.from({ length: k }, (_, j) => [Math.sqrt(j + k), j, 0.1 + j / 7])));
}
console.log(JSON.stringify(texts));
"""
    for count, text in enumerate(ran(code), 2):
        assert len(parse_law(text).components) == count
        assert len(text) <= 1500


@needs_node
def test_a_shown_error_is_never_below_the_error():
    errors = [4.9e-16, 1e-3, 9.96e-5, 0.0123, 7.0, 1234.0, 1e-300, 3.0000001e-9]
    code = f"""
globalThis.document = {{}}; globalThis.localStorage = {{}};
globalThis.matchMedia = () => ({{ matches: false }});
const f = await import("./numerals.js");
console.log(JSON.stringify({json.dumps(errors)}.map((e) => f.spread(e))));
"""
    signs = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    for error, text in zip(errors, ran(code), strict=True):
        shown = float(text.translate(signs).replace(" × 10", "e"))
        assert error * (1 - 1e-8) <= shown <= 1.1 * error


@needs_node
@pytest.mark.parametrize(("turns", "odd"), [
    ([["d", 1], ["g", 1]] * 100, False), ([["d", 1]] * 401, True), ([["both", 100_001]], True),
])  # fmt: skip
def test_a_link_that_the_server_would_refuse_is_not_written(turns, odd):
    """Too many turns are told when the link would be written."""
    code = f"""
globalThis.document = {{ documentElement: {{}} }};
const {{ Address, MOST_TURNS, MOST_STEPS }} = await import("./address.js");
const told = [];
globalThis.history = {{ replaceState() {{}} }};
globalThis.location = {{ hash: "" }};
globalThis.sessionStorage = {{ setItem() {{}} }};
const lab = {{ name: "plane", state: {{}}, turns: {json.dumps(turns)}, figures: {{ unit: "nats" }},
  begun: false, notices: {{ link: (key, words) => key && told.push(words) }} }};
new Address(lab).write();
const words = await import("./words.js");
const {{ readFileSync }} = await import("node:fs");
words.adopt("en", JSON.parse(readFileSync("lang/en.json", "utf8")));
console.log(JSON.stringify([MOST_TURNS, MOST_STEPS, told.map((each) => each())]));
"""
    most, steps, told = ran(code)
    assert (most, steps) == (MOST_TURNS, MOST_STEPS)
    assert any("too many for a link" in each for each in told) == odd


def test_a_script_that_says_what_does_not_start_comes_before_all_others():
    text = (STATIC / "index.html").read_text("utf-8")
    scripts = re.findall(r"<script ([^>]*)>", text)
    assert scripts == ['src="start.js"', 'type="module" src="main.js"']
    assert not re.search(r"^(import|export)", (STATIC / "start.js").read_text("utf-8"), re.M)


SHOWN = [
    (0.123456789012345, 4e-16), (-1.2344, 0.0123), (551.1234567, 1e-9), (0.0, 0.0), (7, 0.0),
    (3.2e-13, 1e-12), (1.5e-13, 2e-15), (12345.678, 130.0), (4.2e9, 3.1), (0.999999, 0.05),
    (-0.0004, 0.01),
]  # fmt: skip
STUB = """
globalThis.document = { documentElement: {} }; globalThis.localStorage = {};
globalThis.matchMedia = () => ({ matches: false });
"""


def number(text):
    """A numeral of the page as a number, and the place of its last digit."""
    signs = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
    plain = text.translate(signs)
    lead, _, power = plain.partition(" × 10")
    whole, _, after = lead.partition(".")
    last = int(power or 0) - len(after)
    if not after and not power:
        last += len(whole) - len(whole.rstrip("0"))
    return float(f"{lead}e{power or 0}"), last


@needs_node
@pytest.mark.parametrize(("value", "error"), SHOWN)
def test_no_digit_below_the_error_is_shown_and_the_error_holds_what_rounding_adds(value, error):
    code = f"""{STUB}
const n = await import("./numerals.js");
console.log(JSON.stringify(n.measured({value!r}, {error!r})));
"""
    found = ran(code)
    shown, last = number(found["value"])
    size, _ = number(found["error"])
    assert abs(shown - value) + error <= size * (1 + 1e-8)
    if error:
        assert 10.0**last >= error / 100
        assert size <= max(2 * error, 10.0 ** (last + 1))


@needs_node
@pytest.mark.parametrize("value", [0.0123456, 0.6931471805599453, 1.99996, 3e-7])
def test_a_claimed_end_is_rounded_to_the_safe_side(value):
    code = f"""{STUB}
const n = await import("./numerals.js");
console.log(JSON.stringify([n.claimed({value!r}, "lower"), n.claimed({value!r}, "upper")]));
"""
    low, high = (number(text)[0] for text in ran(code))
    assert low <= value <= high
    assert high - low <= 2e-3 * value


@needs_node
def test_a_spike_is_drawn_while_one_drags():
    code = """
import * as m from "./mixtures.js";
const p = [[0.5, 0.01, 0.002], [0.5, 0, 2]], q = [[1, 0, 1]];
const x = m.places(p, q, [-6, 6], 321);
console.log(JSON.stringify([x, [...m.heights(p, q, x).p]]));
"""
    x, heights = ran(code)
    law = parse_law("mixture(0.5: normal(0.01, 0.002), 0.5: normal(0, 2))")
    true = np.exp(law.log_prob(np.array(x)[:, None]))
    np.testing.assert_allclose(heights, true, rtol=2e-6)
    assert np.trapezoid(true, x) == pytest.approx(1, abs=0.01)


@needs_node
def test_formulas_break_at_relations_alone():
    texts = [WORDS["en"]["leads"][name] for name in SCREENS]
    code = f"""{STUB}
const w = await import("./words.js");
console.log(JSON.stringify({json.dumps(texts)}.map(w.glued)));
"""
    for before, after in zip(texts, ran(code), strict=True):
        assert after.replace("\u00a0", " ").replace("\u2060", "") == before
        for piece in after.split(" "):
            assert piece.count("(") == piece.count(")") or not re.search(r"[−+/]", piece)
        assert not re.search(r"\S (−|\+|/|·) \S", after)
        assert not re.search(r"(log|max|2) (2|V|JSD|log)", after)
