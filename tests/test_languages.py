"""Pages in two languages say the same, the home page is the README's first screen, figures exist.

Parallel pages have the same blocks of code and outputs, displayed equations and figures, and link
to each other; comments, words within equations and texts that a reader sees may be translated. The
list of statements is the registry's, in both languages. A concept has one word in Chinese.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from divkit.theory import CHECKS, select

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
WORDS = re.compile(r"\\text\{[^}]*\}")
CHINESE = re.compile(r"[一-鿿]")
COMMENT = re.compile(r"\s+# .*$", re.MULTILINE)
TERMS = re.compile(r"^\| ([^|]+) \| ([^|]*[一-鿿][^|]*) \| ([^|]+) \|$", re.MULTILINE)
SYMBOL = re.compile(r"\d+(?:\.\d+)?|[π√χθσ∞½¼Δλμ]|JSD|TV|KL|W1")
ROW = re.compile(
    r"^\| (.+) \| (\(\d+\))? \| `([\w-]+)` \| `divkit verify --only (\S+)` \|$", re.MULTILINE
)
LEAST_CHINESE = 0.35
"""The share of letters of a page's prose that are Chinese, at least."""


def read(page: str) -> str:
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


def texts(tree: ast.AST) -> list[ast.Constant]:
    """The texts of a program in their order."""
    every = (n for n in ast.walk(tree) if isinstance(n, ast.Constant))
    return [n for n in every if isinstance(n.value, str)]


def program(block: str) -> ast.AST:
    lines = block.splitlines()[1:-1]
    return ast.parse("\n".join(line for line in lines if not line.startswith(":tags:")))


def same(here: str, there: str) -> bool:
    """Whether two blocks are one but for comments, and texts that are Chinese in the first."""
    if not here.startswith(("```{code-cell}", "```python")):
        return COMMENT.sub("", here) == COMMENT.sub("", there)
    one, other = program(here), program(there)
    for a, b in zip(texts(one), texts(other), strict=True):
        if CHINESE.search(a.value):
            a.value = b.value
    return ast.dump(one) == ast.dump(other)


@pytest.mark.parametrize("name", PARALLEL)
def test_parallel_pages_have_the_same_code_equations_and_figures(name):
    here, there = read(f"zh/{name}"), read(PARALLEL[name])
    assert FIGURE.findall(here) == FIGURE.findall(there)
    equations = [WORDS.sub("", "".join(EQUATION.findall(page))) for page in (here, there)]
    assert equations[0] == equations[1]
    if name != "statements":  # a table, made by code in the English page
        blocks = zip(BLOCK.findall(here), BLOCK.findall(there), strict=True)
        assert all(same(*pair) for pair in blocks)


@pytest.mark.parametrize("name", PARALLEL)
def test_words_of_equations_and_comments_are_chinese(name):
    page = read(f"zh/{name}")
    left = [w for w in WORDS.findall(page) if not CHINESE.search(w)]
    comments = (c for block in BLOCK.findall(page) for c in COMMENT.findall(block))
    left += [c for c in comments if re.search("[a-z]{3}", c) and not CHINESE.search(c)]
    assert left == []


def test_a_changed_program_or_english_text_is_no_translation():
    page = '```python\nprint("{}", f(x))  # {}\n```'
    assert same(page.format("值", "注"), page.format("value", "note"))
    assert not same(page.format("values", ""), page.format("value", ""))
    assert not same(page.format("值", "").replace("f(x)", "g(x)"), page.format("value", ""))


def test_a_concept_has_one_word_in_chinese():
    """The table of CONTRIBUTING.md: its last column is of words that are not to be used."""
    terms = TERMS.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    pages = [*sorted((DOCS / "zh").glob("*.md")), ROOT / "README.zh.md"]
    words = {page.name: page.read_text(encoding="utf-8") for page in pages}
    lab = ROOT / "divkit" / "lab" / "static" / "lang" / "zh.json"
    words["zh.json"] = lab.read_text(encoding="utf-8")
    found = []
    for _, used, others in terms:
        for other in others.strip().split("、"):
            rest = {name: text.replace(used.strip(), "") for name, text in words.items()}
            found += [f"{name}: {other}, for {used}" for name in rest if other in rest[name]]
    assert len(terms) > 12 and found == []


def test_the_chinese_list_of_statements_is_the_registry():
    """Its symbols and numbers are those of the English one, so that neither changes alone."""
    rows = [row for row in ROW.findall(read("zh/statements")) if row[2] in CHECKS]
    assert [row[2] for row in rows] == [check.id for check in select()]
    for words, equation, id, command in rows:
        check = CHECKS[id]
        assert CHINESE.search(words) and equation == check.equation and command == id
        plain = words.replace("\\", "")
        assert set(SYMBOL.findall(plain)) == set(SYMBOL.findall(check.statement)), id


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
    assert first[0] == first[2]
    assert all(same(*pair) for pair in zip(first[1], first[0], strict=True))
    comments = [c for block in first[1] for c in COMMENT.findall(block)]
    assert len(comments) == 5 and all(map(CHINESE.search, comments))
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


def test_both_readmes_have_the_same_sections_and_commands():
    english, chinese = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")
    )
    assert english.count("\n## ") == chinese.count("\n## ") == 6
    rows = [len(re.findall(r"^\| \*\*", text, re.MULTILINE)) for text in (english, chinese)]
    assert rows[0] == rows[1] > 10
    blocks = [BLOCK.findall(text) for text in (english, chinese)]
    assert len(blocks[0]) == len(blocks[1])
    assert all(same(*pair) for pair in zip(blocks[1], blocks[0], strict=True))
    for page in sorted((DOCS / "zh").glob("*.md")):
        assert page.stem == "index" or f"docs/zh/{page.name}" in chinese


def test_quotation_marks_of_chinese_are_of_one_style():
    terms = TERMS.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    marks = next(others for _, used, others in terms if "引号" in used)
    assert set(marks.strip().split("、")) == set("「」『』")
