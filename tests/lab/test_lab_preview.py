"""The preview of the first screen in the documentation: one script, and the engine's numbers."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import divkit

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))

import lab_preview

NODE = shutil.which("node")
KINDS = ("js", "gan", "kl", "reverse_kl", "tv", "w1")
PAIRS = [
    ([[0.55, -1.6, 0.6], [0.45, 1.4, 0.8]], [[1, 0, 1.5]]),
    ([[0.5, -2, 0.5], [0.5, 2, 0.5]], [[1, 2, 0.5]]),
    ([[1, -4, 0.6]], [[1, 4, 0.6]]),
    ([[0.3, -1, 0.02], [0.7, 0, 3]], [[0.6, 0, 1], [0.4, 1, 0.1]]),
]


def text(parts):
    laws = [f"{w}: normal({c}, {s})" for w, c, s in parts]
    return f"mixture({', '.join(laws)})" if len(laws) > 1 else laws[0].partition(": ")[2]


def test_the_page_is_one_classic_script_and_calls_nobody():
    page = lab_preview.page().replace("http://www.w3.org/", "")
    assert page.count("<script>") == page.count("</script>") == 1
    assert "\nimport " not in page
    assert "\nexport " not in page
    assert "http" not in page.partition("<script>")[2].replace("https:", "")


@pytest.mark.skipif(NODE is None, reason="no node on this machine")
def test_numbers_of_the_preview_are_those_of_the_engine():
    script = lab_preview.bundle("quadrature.js").rpartition("})();")[0]
    code = f"""{script}
const {{ divergences, quadratic }} = modules["quadrature.js"];
const found = {json.dumps(PAIRS)}.map(([p, q]) => {{
  const {{ value, gap }} = quadratic(p, q);
  return {{ ...divergences(p, q), value, gap }};
}});
console.log(JSON.stringify(found));
}})();"""
    done = subprocess.run([NODE, "-e", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for (p, q), found in zip(PAIRS, json.loads(done.stdout), strict=True):
        laws = text(p), text(q)
        for kind, result in zip(KINDS, divkit.divergence(*laws, list(KINDS)), strict=True):
            assert found[kind] == pytest.approx(result.value, rel=1e-12, abs=1e-12), kind
    for (p, q), found in [(PAIRS[0], json.loads(done.stdout)[0])]:
        laws = text(p), text(q)
        trained = divkit.maximise_value(*laws, critic="quadratic", account=False)
        assert found["value"] == pytest.approx(trained.value, abs=1e-9)
        assert found["gap"] == pytest.approx(trained.diagnostics["gap"], abs=1e-9)
