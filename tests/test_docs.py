"""The code blocks of README and of the documentation run, and give the output that they show.

In a page, ```python blocks run in order in one namespace. A ```text block right after one is its
output: what is printed, then the value of the last expression, or the last line of the error.
An ellipsis … stands for anything. Notebook cells (```{code-cell}) run without comparison here; the
documentation's build prints their output. ```console blocks that start with `$ divkit divergence`
or `$ divkit value` run through the command line.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import matplotlib
import pytest
from typer.testing import CliRunner

from divkit.cli.main import app
from divkit.divergences import DIVERGENCES

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])
PAGES = [p for p in PAGES if "_build" not in p.parts]
SLOW = {
    "compare.md", "estimate.md", "finite-samples.md", "generators.md", "identity.md",
    "information.md", "large-divergences.md", "relatives.md", "train-a-gan.md", "value.md",
}  # fmt: skip
"""Pages that take more than a second."""
OTHER_LANGUAGES = {"zh", "README.zh.md"}
"""Their code is that of the English pages, but for comments and texts: tests/test_languages.py."""
RUN = [
    pytest.param(page, marks=pytest.mark.slow if page.name in SLOW else ())
    for page in PAGES
    if OTHER_LANGUAGES.isdisjoint(page.parts)
]
COMMAND = re.compile(r"^\$ divkit ((?:divergence|value) .*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block, and the output shown right after it (None where none is)."""

    kind: str
    code: str
    output: str | None
    line: int


def blocks(text: str) -> Iterator[Block]:
    found = list(FENCE.finditer(text))
    for fence, after in zip_longest(found, found[1:]):
        shown = None
        if after and after["info"] == "text" and not text[fence.end() : after.start()].strip():
            shown = after["body"]
        yield Block(fence["info"], fence["body"], shown, text[: fence.start()].count("\n") + 2)


def run(code: str, namespace: dict[str, object], name: str) -> str:
    """Execute as a notebook does: print, then show the last expression, or the error's line."""
    body = ast.parse(code).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(ast.Module(body, []), name, "exec"), namespace)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)
                if value is not None:
                    print(repr(value))
        except (ValueError, TypeError) as error:
            print(f"{type(error).__name__}: {error}")
            namespace["__failed__"] = error
    return printed.getvalue()


def pattern(output: str) -> str:
    words = [".*?".join(map(re.escape, line.split("…"))) for line in output.strip().splitlines()]
    return r"\s*\n\s*".join(re.sub(r"(\\ )+", r"\\s+", line) for line in words)


def assert_same(got: str, shown: str) -> None:
    assert re.fullmatch(pattern(shown), got.strip(), re.DOTALL), f"shown:\n{shown}\ngot:\n{got}"


def run_python(block: Block, namespace: dict[str, object], where: str) -> None:
    got = run(block.code, namespace, where)
    error = namespace.pop("__failed__", None)
    if error is not None and (block.output is None or type(error).__name__ not in block.output):
        raise error
    if block.output is not None:
        assert_same(got, block.output)


def run_console(block: Block) -> None:
    for command, shown in COMMAND.findall(block.code):
        done = CliRunner().invoke(app, shlex.split(command, comments=True))
        assert done.exit_code == 0, done.output
        if shown.strip():
            assert_same(done.stdout, shown)


@pytest.mark.parametrize("page", RUN, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_code_of_a_page_runs_and_prints_what_it_shows(page, monkeypatch, tmp_path):
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    for part in ("_entries", "_aliases"):  # a page may register a divergence of its own
        monkeypatch.setattr(DIVERGENCES, part, dict(getattr(DIVERGENCES, part)))
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(page.read_text(encoding="utf-8")):
        where = f"{page.name}:{block.line}"
        if block.kind == "python":
            run_python(block, namespace, where)
        elif block.kind.startswith("{code-cell}"):
            code = re.sub(r"^:.*\n", "", block.code, flags=re.MULTILINE)
            run_python(Block("python", code, None, block.line), namespace, where)
        elif block.kind == "console":
            run_console(block)


def test_pages_have_one_title_each_and_their_links_lead_somewhere():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        prose = FENCE.sub("", text)
        assert len(re.findall(r"^# ", prose, re.MULTILINE)) == 1, page.name
        for target in re.findall(r"\]\(([^)#:\s]+)\)", prose):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("shown", ["a … b", "x = 0.1…", "one\ntwo"])
def test_a_shown_output_matches_what_it_should_and_nothing_else(shown):
    assert_same(shown.replace("…", "123"), shown)
    with pytest.raises(AssertionError):
        assert_same("z" + shown.replace("…", "123"), shown)
