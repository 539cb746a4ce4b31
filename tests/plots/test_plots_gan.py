"""Pictures of a training: what is drawn is what was recorded."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver
from PIL import Image

from divkit.distributions import MultivariateNormal, Normal
from divkit.distributions.toys import ring
from divkit.gan import (
    TANH,
    NetworkCritic,
    NetworkGenerator,
    Recorder,
    SampledJS,
    Truth,
    standard_normal,
    train_gan,
)
from divkit.plots import animate, draw_critic, draw_critic_map, draw_game, draw_js, style
from divkit.results import Result

P, PLANE = Normal(1, 1), ring(4, 1.0, 0.1)
QUICK = Recorder(256, 256, 0)
SMALL = Recorder(256, 256, 0, Truth(estimate=SampledJS(400, 200, trees=5)))


@pytest.fixture(scope="module")
def line():
    return list(train_gan(P, steps=40, every=10, batch=64, seeds=(0, 1), recorder=QUICK))


@pytest.fixture(scope="module")
def plane():
    small = NetworkGenerator(standard_normal(2), hidden=(8,))
    return list(train_gan(PLANE, steps=4, every=2, batch=64, recorder=QUICK, generator=small))


def axes():
    with style():
        return Figure(layout="constrained").subplots()


def test_v_and_its_bound_share_an_axis(line):
    rows = [step.records[1] for step in line]
    drawn = draw_game(axes(), rows)
    curves = {curve.get_label(): curve for curve in drawn.get_lines()}
    np.testing.assert_array_equal(
        curves["V on held-out points"].get_ydata(), [r.held_out_value for r in rows]
    )
    bound = curves["−2 log 2 + 2 JSD (exact)"].get_ydata()
    np.testing.assert_allclose(bound, [-2 * np.log(2) + 2 * r.js.value for r in rows])
    assert (curves["V on nodes"].get_ydata() <= bound + 1e-12).all()
    with pytest.raises(ValueError, match="of one seed"):
        draw_game(axes(), [r for step in line for r in step.records])


def test_recorded_results_that_were_written_and_read_back_are_drawn_the_same(line):
    rows = [step.records[0] for step in line]
    read = [
        replace(row, **{key: Result.from_dict(row.to_dict()[key]) for key in ("js", "bound")})
        for row in rows
    ]
    for draw in (draw_game, draw_js):
        for one, two in zip(
            draw(axes(), rows).get_lines(), draw(axes(), read).get_lines(), strict=True
        ):
            np.testing.assert_array_equal(one.get_ydata(), two.get_ydata())


def test_a_bound_from_below_says_so():
    """The law of noise of three numbers in the plane is not known."""
    smooth = NetworkGenerator(standard_normal(3), hidden=(8,), activation=TANH)
    steps = train_gan(PLANE, steps=1, batch=64, recorder=QUICK, generator=smooth)
    labels = [c.get_label() for c in draw_game(axes(), [s.record for s in steps]).get_lines()]
    assert "−2 log 2 + 2 JSD (at least, ↑)" in labels
    assert "V on nodes" not in labels


def test_jsd_of_every_seed(line):
    drawn = draw_js(axes(), [r for step in line for r in step.records])
    assert len(drawn.get_lines()) == 3
    rows = [
        replace(line[0].records[0], js=Result.exact(v, 0.0, "quadrature", "test"))
        for v in (0.02, 0.3)
    ]
    assert draw_js(axes(), rows).get_yscale() == "log"
    narrow = draw_js(axes(), rows[1:])
    assert narrow.get_yscale() == "linear" and narrow.get_ylim()[0] == 0.0
    with pytest.raises(ValueError, match="no record"):
        draw_js(axes(), [])


def test_d_stands_beside_d_star(line):
    drawn = draw_critic(axes(), P, line[-1])
    right = drawn.figure.axes[-1]
    curves = {curve.get_label(): curve.get_ydata() for curve in right.get_lines()}
    assert set(curves) >= {"D* (right axis)", "D (right axis)"}
    assert np.all((curves["D (right axis)"] > 0) & (curves["D (right axis)"] < 1))
    assert "JSD = " in drawn.get_title() + drawn.get_title(loc="left")


def test_the_plane_shows_d_samples_arrows_and_the_grid(plane):
    drawn = draw_critic_map(axes(), PLANE, plane[-1], fakes=50, arrows=6, grid=5)
    kinds = [type(child) for child in drawn.get_children()]
    assert kinds.count(QuadMesh) == 1
    assert kinds.count(PathCollection) == 2
    assert kinds.count(Quiver) == 1
    assert len(drawn.get_lines()) == 10
    values = drawn.collections[0].get_array()
    assert 0 < values.min() < values.max() < 1
    bare = draw_critic_map(axes(), PLANE, plane[0], fakes=0, arrows=0, grid=0)
    assert not bare.get_lines()


def test_the_plane_shows_the_best_d_of_a_network():
    """A linear network has the Gaussian law of its weights: D* is known in closed form."""
    linear, window = NetworkGenerator(standard_normal(2), hidden=()), ((-2.0, 2.0), (-1.0, 3.0))
    step = next(train_gan(PLANE, steps=1, batch=8, recorder=QUICK, generator=linear))
    drawn = draw_critic_map(axes(), PLANE, step, window=window, fakes=0, grid=0, best=True)
    ((weight, bias),) = linear.network.layers(step.state.average[0])
    law = MultivariateNormal(bias[:, 0].numpy(), (weight @ weight.mT).numpy())
    points = np.stack(np.meshgrid(*(np.linspace(*ends, 201) for ends in window)), -1)
    log_p, log_q = (each.log_prob(points.reshape(-1, 2)) for each in (PLANE, law))
    seen = drawn.collections[0].get_array()
    np.testing.assert_allclose(np.ravel(seen), 1 / (1 + np.exp(log_q - log_p)), atol=1e-9)
    assert not [child for child in drawn.get_children() if isinstance(child, Quiver)]
    wide = NetworkGenerator(standard_normal(3), hidden=(4,))
    other = next(train_gan(PLANE, steps=1, batch=8, recorder=SMALL, generator=wide))
    with pytest.raises(ValueError, match="is not known"):
        draw_critic_map(axes(), PLANE, other, best=True)


def test_pictures_refuse_what_they_cannot_show(line, plane):
    with pytest.raises(ValueError, match="draw_critic_map in the plane"):
        draw_critic(axes(), PLANE, plane[0])
    with pytest.raises(ValueError, match="in the plane"):
        draw_critic_map(axes(), P, line[0])
    packed = NetworkCritic(1, (8,), pack=2)
    (first,) = (train_gan(P, steps=1, every=9, batch=8, critic=packed, recorder=QUICK).__next__,)
    with pytest.raises(ValueError, match="single points"):
        draw_critic(axes(), P, first())


def test_an_animation_has_a_frame_a_step(tmp_path, line):
    def draw(figure, step):
        draw_critic(figure.subplots(), P, step)

    path = tmp_path / "training.gif"
    assert animate(iter(line), draw, path) == len(line)
    with Image.open(path) as image:
        assert image.n_frames == len(line)
        assert image.info["duration"] == 250
    with pytest.raises(ValueError, match=r"end in \.gif or \.mp4"):
        animate(line, draw, tmp_path / "x.png")
    with pytest.raises(ValueError, match="no moment"):
        animate([], draw, path)


FAKE_ENCODER = """#!/bin/sh
printf '%s\\n' "$@"
head -c 8 | od -An -c
"""


def test_an_mp4_is_what_ffmpeg_makes_of_the_frames(tmp_path, monkeypatch):
    def draw(figure, moment):
        figure.subplots().plot([0, moment])

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="needs ffmpeg, which is not installed"):
        animate([1, 2], draw, tmp_path / "x.mp4")
    encoder = tmp_path / "ffmpeg"
    encoder.write_text(FAKE_ENCODER)
    encoder.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert animate([1, 2], draw, tmp_path / "x.mp4", seconds=0.1) == 2
    made = (tmp_path / "x.mp4").read_text()
    assert "10" in made.splitlines()  # frames a second
    assert "P   N   G" in made


def test_an_mp4_that_ffmpeg_refuses_is_an_error_with_its_words(tmp_path, monkeypatch):
    encoder = tmp_path / "ffmpeg"
    encoder.write_text("#!/bin/sh\necho no codec >&2\nexit 1\n")
    encoder.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ValueError, match="ffmpeg failed: no codec"):
        animate([1], lambda figure, _: figure.subplots(), tmp_path / "x.mp4")
    assert not (tmp_path / "x.mp4").exists()
