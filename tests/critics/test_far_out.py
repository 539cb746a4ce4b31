"""A critic that overflows far out in a heavy tail is refused with a way out."""

import pytest

import divkit
from divkit.distributions import Cauchy


def test_powers_that_overflow_are_refused_with_another_critic():
    with pytest.raises(ValueError, match=r"is NaN at .* take a critic that stays"):
        divkit.maximise_value(Cauchy(0, 1), Cauchy(1, 1), critic="cubic", account=False)
