"""What stdout and stderr cannot carry is spelled out: every verb and help, in narrow encodings."""

import ast
import inspect
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import divkit
from divkit.cli.app import VERBS, app
from divkit.cli.output import print_json
from divkit.cli.streams import _RUNS, SIGNS, Carried, readable

ENCODINGS = ("cp1252", "gbk", "ascii", "latin-1")
PAIR = ("normal(0, 1)", "laplace(1, 1)")
PARTS = [("bench", part) for part in ("run", "report", "rerun", "export", "import")]
HELP = [("--help",), *((verb, "--help") for verb in VERBS), *((*part, "--help") for part in PARTS)]
QUICK = [
    ("laws",),
    ("verify", "--list"),
    ("verify", "--only", "gan-identity"),
    ("verify", *PAIR, "--json"),
    ("verify", *PAIR, "--report", "pages"),
    ("divergence", *PAIR, "--kind", "js,kl,tv,w1,chi2", "-v"),
    ("value", *PAIR, "--critic", "quadratic"),
    ("estimate", "√.csv", "b.csv", "--method", "knn", "-v"),
    ("estimate", "√.csv", "b.csv", "--method", "knn", "--json"),
    ("compare", "√.csv", "b.csv", "--permutations", "99"),
    ("density", "√.csv"),
    ("curve", "normal(0, 1)", "normal(t, 1)", "--over", "t=0:1:3"),
    ("curve", "normal(0, 1)", "normal(t, 1)", "--over", "t=0:1:3", "--csv", "rows.csv"),
    ("train", "--list"),
    ("train", "--target", "normal", "--steps", "2", "--batch", "8", "--preset", "none"),
    ("bench", "run", "--list"),
    ("bench", "run", "--problems", "shift1:kl", "--sizes", "50:1", "--workers", "1"),
    ("bench", "report"),
    ("completion", "zsh"),
    ("divergence", "normal(0, σ²)", "normal(0, 1)"),  # refused, in words
]


def run(words, encoding, monkeypatch, errors="strict"):
    """Run a command with streams of an encoding; return its status and what it wrote."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding, errors) for _ in range(2)]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", Carried(streams[0]))
        patch.setattr(sys, "stderr", Carried(streams[1]))
        status = 0
        try:
            app(list(words), prog_name="divkit")
        except SystemExit as end:
            status = end.code or 0
    texts = []
    for stream in streams:
        stream.flush()
        texts.append(stream.buffer.getvalue().decode(encoding))
    return status, *texts


@pytest.fixture
def folder(tmp_path, monkeypatch, rng):
    monkeypatch.chdir(tmp_path)
    for name, shift in (("√.csv", 0.0), ("b.csv", 1.0)):
        rows = rng.normal(shift, 1, (60, 2))
        text = "\n".join(["σ,漢", *(f"{a},{b}" for a, b in rows)])
        Path(name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("words", HELP, ids=" ".join)
def test_help_is_written_in_every_encoding(words, encoding, monkeypatch):
    status, out, err = run(words, encoding, monkeypatch)
    assert status == 0 and not err
    assert "Usage: divkit" in out and "\\u" not in out


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_verb_writes_in_every_encoding(encoding, monkeypatch, folder):
    for words in QUICK:
        status, out, err = run(words, encoding, monkeypatch)
        refused = "σ²" in " ".join(words)
        assert status == (2 if refused else 0), (words, err)
        assert "Traceback" not in err and "fault of divkit" not in err
        assert out.strip() or err.strip()
        if "--json" in words:
            json.loads(out)
    page = next((folder / "pages").glob("*.html")).read_text(encoding="utf-8")
    assert "−" in page and "\\u2212" not in page


def test_a_process_owns_its_streams_before_it_does_anything():
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    for words, sign in (
        (("train", "--help"), b"omega"),
        (("train", "--list"), "½".encode("cp1252")),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "divkit", *words],
            env=environment, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert sign in done.stdout


def test_json_is_ascii_unless_stdout_is_utf_8(monkeypatch):
    for encoding, text in (("utf-8", "é\udcff"), ("gbk", "é"), ("ascii", "é"), ("latin-1", "é")):
        stream = io.TextIOWrapper(io.BytesIO(), encoding)
        monkeypatch.setattr(sys, "stdout", Carried(stream))
        print_json({"a": text})
        stream.flush()
        written = stream.buffer.getvalue()
        assert written.isascii() and json.loads(written) == {"a": text}
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "stdout", Carried(stream))
    print_json("é")
    stream.flush()
    assert stream.buffer.getvalue() == '"é"\n'.encode()


def test_what_an_encoding_has_is_left_as_it_is():
    assert readable("½ ± é", "cp1252") == "½ ± é"
    assert readable("½σ ≤ √2", "gbk") == "1/2 σ ≤ √2"
    assert readable("x²⁰ − x² + θ₁₂", "ascii") == "x^20 - x^2 + theta_12"
    assert readable("x² + x⁴", "latin-1") == "x² + x^4"
    assert readable("名", "ascii", "replace") == "名"  # as who set the stream wanted
    assert readable("名", "ascii") == "\\u540d"


def texts_of(file):
    """Texts of a module that a program may print; docstrings are where they are a verb's help."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documents = [] if "cli" in file.parts else [n for n in ast.walk(tree) if type(n) is ast.Expr]
    silent = {id(node.value) for node in documents}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [n.value for n in constants if type(n.value) is str and id(n) not in silent]


def test_every_sign_that_divkit_prints_has_a_spelling():
    package = Path(inspect.getfile(divkit)).parent
    others = {"plots", "report", "lab"}  # files, which are UTF-8
    files = [f for f in package.rglob("*.py") if not others & set(f.relative_to(package).parts)]
    letters = "".join(map(chr, range(0x10000)))
    known = set(SIGNS).union(*("".join(run.findall(letters)) for run, _, _ in _RUNS))
    assert len(files) > 300
    for file in files:
        used = {letter for text in texts_of(file) for letter in text if not letter.isascii()}
        lacking = {letter for letter in used - known if not "\u00c0" <= letter <= "\u024f"}
        if file.name not in ("streams.py", "signs.py"):  # tables of signs
            assert lacking <= {"\u0302"}, (file, lacking)  # letters of names, and a hat
    assert all(spelled.isascii() for spelled in SIGNS.values())


def test_click_writes_no_utf_8_past_an_ascii_stream(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr(sys, "stdout", Carried(stream))
    typer.echo("V ≤ 0")
    stream.flush()
    assert stream.buffer.getvalue() == b"V <= 0\n"
