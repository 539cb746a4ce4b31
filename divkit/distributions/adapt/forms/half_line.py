"""Forms of families on a half-line z ≥ 0, by SciPy's names."""

from __future__ import annotations

from divkit.distributions.adapt.forms.half_line_heavy import HEAVY
from divkit.distributions.adapt.forms.half_line_inverse import INVERSE
from divkit.distributions.adapt.forms.half_line_light import LIGHT
from divkit.distributions.adapt.forms.half_line_normal import OF_NORMAL

HALF_LINE = {**HEAVY, **LIGHT, **OF_NORMAL, **INVERSE}
