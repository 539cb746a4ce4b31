"""Pages in two languages say the same, the home page is the README's first screen, figures exist.

Parallel pages have the same blocks of code and outputs, displayed equations and figures, and link
to each other. The list of statements is the registry's.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from divkit.theory import CHECKS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PARALLEL = {
    "identity": "tutorials/identity",
    "glossary": "glossary",
    "numerics": "numerics",
    **{name: f"theory/{name}" for name in (
        "likelihood", "game", "finite-samples", "divergences", "relatives", "statements",
    )},
}  # fmt: skip
BLOCK = re.compile(r"^```(?!\{toctree\})[^\n]*\n.*?^```$", re.MULTILINE | re.DOTALL)
EQUATION = re.compile(r"^\$\$\n(.*?)^\$\$", re.MULTILINE | re.DOTALL)
FIGURE = re.compile(r"^:::\{figure\} \S*_pictures/([\w-]+)\.svg", re.MULTILINE)
CODE = re.compile(r"`[^`\n]+`(?!\w)")
LEAST_CHINESE = 0.35
"""The share of letters of a page's prose that are Chinese, at least."""


def read(page: str) -> str:
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PARALLEL)
def test_parallel_pages_have_the_same_code_equations_and_figures(name):
    here, there = read(f"zh/{name}"), read(PARALLEL[name])
    for what in (BLOCK, EQUATION, FIGURE):
        assert what.findall(here) == what.findall(there)


@pytest.mark.parametrize("name", PARALLEL)
def test_parallel_pages_link_to_each_other_and_are_in_chinese(name):
    here, there = read(f"zh/{name}"), read(PARALLEL[name])
    assert f"</{PARALLEL[name]}>`" in here and f"</zh/{name}>`" in there
    prose = CODE.sub("", EQUATION.sub("", BLOCK.sub("", here)))
    chinese, latin = (len(re.findall(kind, prose)) for kind in (r"[一-鿿]", r"[A-Za-z]"))
    assert chinese > LEAST_CHINESE * (chinese + latin)


def test_both_glossaries_have_the_same_entries():
    heads = [read(page).count("\n**") for page in ("glossary", "zh/glossary")]
    assert heads[0] == heads[1] > 40


def test_every_page_of_chinese_is_parallel_to_one():
    assert {p.stem for p in (DOCS / "zh").glob("*.md")} == {"index", *PARALLEL}


def test_the_home_page_and_both_readmes_begin_alike():
    pages = [ROOT / "README.md", ROOT / "README.zh.md", DOCS / "index.md"]
    first = [BLOCK.findall(page.read_text(encoding="utf-8"))[:3] for page in pages]
    assert first[0] == first[1] == first[2]
    install, code, output = first[0]
    assert "pip install" in install and output.startswith("```text")
    assert len([line for line in code.splitlines()[1:-1] if line.strip()]) <= 8


def test_every_howto_has_a_sentence_in_the_index():
    index = read("howto/index")
    for page in (DOCS / "howto").glob("*.md"):
        assert page.stem == "index" or f"]({page.name}): " in index, page.name


def test_equations_1_to_11_have_figures_and_checks_with_their_numbers():
    pages = "".join(read(f"theory/{name}") for name in ("likelihood", "game", "finite-samples"))
    numbers = {int(n) for n in re.findall(r"\\tag\{(\d+)\}", pages)}
    assert numbers == set(range(1, 12))
    drawn = {int(n) for name in FIGURE.findall(pages) for n in re.findall(r"^eq(\d+)-", name)}
    assert drawn == set(range(1, 12))
    row = re.compile(r"^\| \((\d+)\) \|.*\| ([^|]*) \| ([^|]*)\|$", re.MULTILINE)
    for page in ("theory/statements", "zh/statements"):
        rows = row.findall(read(page))
        assert [int(n) for n, _, _ in rows] == list(range(1, 12))
        named = {f"({n})": set(re.findall(r"`([\w-]+)`", ids)) for n, ids, _ in rows}
        for n, ids, command in rows:
            only = re.findall(r"`divkit verify --only (\S+)`", command)
            assert re.findall(r"`([\w-]+)`", ids) == (only[0].split(",") if only else []), n
    registered = {n: {c.id for c in CHECKS.values() if c.equation == n} for n in named}
    assert named == registered


def test_the_list_of_statements_is_the_registry():
    printed: dict[str, str] = {}
    (code,) = BLOCK.findall(read("theory/statements"))
    body = "\n".join(line for line in code.splitlines()[1:-1] if not line.startswith(":"))
    exec(body.replace('Markdown("\\n".join(lines))', 'out["text"] = "\\n".join(lines)'),
         {"out": printed})  # fmt: skip
    assert set(re.findall(r"\| `([\w-]+)` \|", printed["text"])) == set(CHECKS)
    assert set(re.findall(r"`divkit verify --only ([\w-]{2,})`", printed["text"])) == set(CHECKS)


def test_every_figure_of_the_pages_is_drawn_and_every_drawn_one_is_shown():
    pages = [p for p in DOCS.rglob("*.md") if "_build" not in p.parts]
    shown = {
        name
        for page in pages
        for name in re.findall(r"_pictures/([\w-]+)\.svg", page.read_text(encoding="utf-8"))
    }
    table = (DOCS / "_ext" / "pictures" / "__init__.py").read_text(encoding="utf-8")
    assert shown == set(re.findall(r'^    "([\w-]+)": ', table, re.MULTILINE))
