"""Typed text is read by what its signs are: full-width ones, and the minus that divkit prints."""

from __future__ import annotations

import pytest

import divkit
from divkit.cli.density import _ends
from divkit.curves.axis import Axis, ranges
from divkit.distributions.parse import LawSyntaxError, parse_law
from divkit.divergences import named
from divkit.signs import plain_signs


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("normal（0，1）", "normal(0, 1)"),
        ("normal(−1,1)", "normal(-1, 1)"),  # U+2212
        ("ｎｏｒｍａｌ（－１．５，２）", "normal(-1.5, 2)"),
        (
            "mixture（0.3：normal（0，1）、0.7：normal（3，1））",
            "mixture(0.3: normal(0, 1), 0.7: normal(3, 1))",
        ),
        ("mvnormal（【0，0】，［［1，0］，［0，1］］）", "mvnormal([0, 0], [[1, 0], [0, 1]])"),
        ("normal(2 × 3，1)", "normal(2*3, 1)"),
        ("normal（loc＝–2，scale＝1）", "normal(loc=-2, scale=1)"),
    ],
)  # fmt: skip
def test_a_law_is_read_with_any_keyboard(typed, plain):
    assert parse_law(typed) == parse_law(plain)
    assert divkit.js_divergence(typed, plain).value == 0


def test_a_message_shows_what_was_typed_and_points_to_its_column():
    with pytest.raises(LawSyntaxError, match=r"unexpected '？'|unexpected '¿'") as refused:
        parse_law("normal（0，¿）")
    assert "normal（0，¿）" in str(refused.value) and "(column 10)" in str(refused.value)


def test_names_of_divergences_methods_and_ranges():
    assert named("renyi（0.5）").name == "renyi(0.5)" and named("ＪＳ") == named("js")
    found = divkit.js_divergence("normal(0, 1)", "normal(1, 1)", method="ｑｕａｄｒａｔｕｒｅ")
    assert found.value == divkit.js_divergence("normal(0, 1)", "normal(1, 1)").value
    assert ranges(["t＝−1：3：5"], "--over") == {"t": "-1:3:5"}
    assert Axis.read("t", "−1：3：5").values == (-1.0, 0.0, 1.0, 2.0, 3.0)
    assert Axis.read("t", "−1，2").values == (-1.0, 2.0)
    assert _ends("−1，2") == (-1.0, 2.0) and _ends("0，") == (0.0, None)


def test_every_sign_keeps_its_place():
    text = "".join(map(chr, range(0x10000 - 0x100, 0x10000 - 2))) + "−–、【】×·。\u3000"
    assert len(plain_signs(text)) == len(text)
    assert plain_signs("a-b:0,1") == "a-b:0,1" and plain_signs("正态") == "正态"
