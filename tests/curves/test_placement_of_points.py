"""Points are placed where a curve bends: against the curve on a dense grid."""

import numpy as np
import pytest

from divkit.curves import Axis, Placement, curve


def of(function):
    """An evaluation that counts."""
    asked = []

    def evaluate(values):
        asked.extend(values)
        with np.errstate(all="ignore"):
            return np.array([[function(t)] for t in values])

    return evaluate, asked


CURVES = {
    "parabola": lambda t: t * t,
    "step": lambda t: np.tanh(40 * (t - 0.3)),
    "corner": lambda t: abs(t - 0.371),
    "root": lambda t: np.sqrt(t),
    "wave": lambda t: np.sin(9 * t),
    "line": lambda t: 3 * t - 1,
}


@pytest.mark.parametrize("name", CURVES)
def test_no_chord_is_off_by_more_than_a_line(name):
    placement, function = Placement(), CURVES[name]
    evaluate, asked = of(function)
    values, notes = placement(Axis.read("t", "0:1"), evaluate)
    assert notes == () and len(values) == len(set(asked)) == len(asked) <= placement.most
    dense = np.linspace(0, 1, 20001)
    truth = function(dense)
    height = truth.max() - truth.min()
    drawn = np.interp(dense, values, function(np.array(values)))
    slope = np.abs(np.gradient(truth, dense)) / height * placement.size[1] / placement.size[0]
    off = np.abs(drawn - truth) / height * placement.size[1] / np.hypot(1, slope)
    assert off.max() <= placement.line


def test_a_straight_line_takes_few_points_and_a_step_puts_them_where_it_is():
    straight, _ = Placement()(Axis.read("t", "0:1"), of(CURVES["line"])[0])
    assert len(straight) == 33
    step, _ = Placement()(Axis.read("t", "0:1"), of(CURVES["step"])[0])
    near = [t for t in step if abs(t - 0.3) < 0.1]
    assert len(near) > 2 * 0.2 * 33  # twice what an even grid of the least size has there


def test_a_logarithmic_axis_is_halved_in_the_logarithm():
    values, _ = Placement()(Axis.read("t", "1:10000:log"), of(np.log)[0])
    gaps = np.diff(np.log(values))
    assert len(values) == 33 and gaps.max() == pytest.approx(gaps.min())


def test_whole_numbers_stay_whole():
    values, _ = Placement()(Axis.read("d", "1:40:int"), of(lambda d: 1 / d)[0])
    assert all(v == int(v) for v in values) and values[0] == 1 and values[-1] == 40


def test_the_edge_of_what_has_a_value_is_closed_in_on():
    evaluate, _ = of(lambda t: np.nan if t < 0.377 else 1.0)
    values, _ = Placement()(Axis.read("t", "0:1"), evaluate)
    below = max(t for t in values if t < 0.377)
    above = min(t for t in values if t >= 0.377)
    assert above - below <= 2 * 0.5 / 400


def test_a_pole_does_not_flatten_the_rest():
    evaluate, _ = of(lambda t: np.inf if t <= 0.5 else np.sin(20 * t) + 1e-9 / (t - 0.5) ** 3)
    values, _ = Placement()(Axis.read("t", "0:1"), evaluate)
    assert sum(t > 0.6 for t in values) > 30


def test_where_points_run_out_it_is_said():
    noise = np.random.default_rng(0).normal(size=10**6)
    evaluate, _ = of(lambda t: noise[int(t * 999_999)])
    values, notes = Placement(most=100)(Axis.read("t", "0:1"), evaluate)
    assert len(values) <= 100 and "100 points of t at most" in notes[0]


def test_a_curve_says_so_too_and_never_computes_a_point_twice():
    walked = curve("normal()", "normal(t, 1)", over={"t": "0:9"}, placement=Placement(most=20))
    assert any("at most were placed" in line for line in walked.warnings)
    free = curve("normal()", "normal(t, 1)", over={"t": "0:9"})
    assert len(set(free.points)) == len(free.points) and list(free.values) == sorted(free.values)
    assert free.warnings == ()


def test_placement_by_the_logarithm_of_the_values():
    placed, _ = Placement(log=True)(Axis.read("t", "0:1"), of(lambda t: np.exp(30 * t))[0])
    assert len(placed) == 33
