"""A Chinese page has a Chinese frame and a way to its English page, and that one a way back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
CONF = f"""
import sys
sys.path.insert(0, {str(DOCS / "_ext")!r})
extensions = ["languages", "myst_nb"]
nb_execution_mode = "off"
html_theme = "pydata_sphinx_theme"
templates_path = [{str(DOCS / "_templates")!r}]
html_theme_options = {{
    "logo": {{"text": "divkit"}}, "navbar_end": ["language-switch", "theme-switcher"],
}}
"""
CELL = "```{code-cell} python\n:tags: [hide-input]\n1 + 1\n```\n"
HEAD = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
---
"""
PAGES = {
    "index.md": "# Home\n\n## One\n\n```{toctree}\n\ngame\nzh/index\n```\n",
    "game.md": "# Game\n\n## One\n\ntext\n",
    "zh/index.md": "# 中文\n\n{doc}`English </index>`\n\n```{toctree}\n\ngame\nmore\n```\n",
    "zh/game.md": HEAD + "# 博弈\n\n{doc}`English </game>`\n\n## 一\n\n" + CELL,
    "zh/more.md": "# 其他\n\n## 二\n",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    pytest.importorskip("pydata_sphinx_theme")
    source, out = tmp_path_factory.mktemp("docs"), tmp_path_factory.mktemp("html")
    (source / "conf.py").write_text(CONF)
    for name, text in PAGES.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(source), str(out)]
    subprocess.run(command, check=True, capture_output=True)
    return out


@pytest.mark.slow
def test_a_chinese_page_has_a_chinese_frame(built):
    page = (built / "zh" / "game.html").read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in page
    for english in (
        "On this page",
        "Section Navigation",
        ">previous<",
        ">next<",
        "Show code cell",
    ):
        assert english not in page
    for words in ("当前页面", "上一页", "下一页", "显示代码", "中文文档"):
        assert words in page
    assert '<a class="navbar-brand logo" href="index.html">' in page


@pytest.mark.slow
def test_each_page_leads_to_its_translation_and_no_other_does(built):
    here = (built / "zh" / "game.html").read_text(encoding="utf-8")
    assert '<a class="nav-link" href="../game.html" hreflang="en" lang="en">English</a>' in here
    there = (built / "game.html").read_text(encoding="utf-8")
    assert 'href="zh/game.html" hreflang="zh-CN" lang="zh-CN">中文</a>' in there
    assert "On this page" in there
    alone = (built / "zh" / "more.html").read_text(encoding="utf-8")
    assert "hreflang" not in alone


def test_every_chinese_page_says_what_it_translates(monkeypatch):
    pytest.importorskip("pydata_sphinx_theme")
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    from languages import BAR, translations

    pairs = translations(DOCS)
    pages = {f"zh/{page.stem}" for page in (DOCS / "zh").glob("*.md")}
    assert pages <= set(pairs)
    assert all((DOCS / f"{page}.md").exists() or (DOCS / f"{page}.rst").exists() for page in pairs)
    assert all(
        (DOCS / f"{page}.md").exists() or (DOCS / f"{page}.rst").exists() for page, _ in BAR
    )
