"""What `divkit train` prints, keeps, resumes and refuses."""

import json
import math
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageSequence
from typer.testing import CliRunner

import divkit
from divkit.cli.main import app
from divkit.distributions import by_mode
from divkit.generators import TARGETS
from divkit.training.config import game_of
from divkit.training.store.checkpoints import load_newest
from divkit.training_config import from_dict

QUICK = ("--target", "normal", "--generator", "affine", "--critic-hidden", "8", "--batch", "32")


def call(*arguments):
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


def test_a_training_prints_v_its_bound_and_the_true_jsd(tmp_path):
    done = call(*QUICK, "--steps", 20, "--every", 10, "--output", tmp_path)
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == [
        "step", "seed", "V", "held", "out", "max", "V", "JSD", "error", "JSD", "is",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[1:]] == ["0", "10", "20"]
    assert "exact (quadrature)" in lines[1]
    assert "[10/20] V = " in done.stderr
    assert "bound" in done.stderr


def test_divergences_that_are_asked_for_stand_in_the_table(tmp_path):
    more = "--steps", 2, "--every", 2, "--output", tmp_path
    done = call(*QUICK, *more, "--kinds", "kl,tv", "--name", "table")
    told = call(*QUICK, *more, "--kinds", "kl,tv", "--name", "told", "--json")
    header, *lines = done.stdout.splitlines()
    at = (
        header.split().index("kl") - 1
    )  # three words fewer, "V held out" and "max V"; "± e" two more
    first = json.loads(told.stdout)["records"][0]["divergences"]
    assert lines[0].split()[at : at + 2] == [f"{first[k]['value']:.6g}" for k in ("kl", "tv")]


def test_a_conditional_training_has_the_jsd_of_points_with_labels(tmp_path):
    """`fgan` labelled by its components: the JSD is the mean over labels, an integral each."""
    small = (
        "--target",
        "fgan",
        "--conditional",
        "--hidden",
        4,
        "--critic-hidden",
        8,
        "--batch",
        32,
    )
    done = call(*small, "--steps", 2, "--every", 2, "--json", "--output", tmp_path, "--name", "c")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["config"]["conditional"] is True
    js, bound = told["records"][-1]["js"], told["records"][-1]["bound"]
    assert js["kind"] == "quadrature" and js["value"] < math.log(2)
    assert bound["value"] == pytest.approx(2 * js["value"] - 2 * math.log(2))
    state = load_newest(tmp_path / "c").state
    p = by_mode(TARGETS["fgan"]())
    (_, training) = game_of(from_dict(told["config"]))
    law = training.generator.law(state.generator[0])
    each = [
        w * divkit.js_divergence(a.law, b.law).value
        for w, a, b in zip(p.weights, p.strata, law.strata, strict=True)
    ]
    assert abs(math.fsum(each) - js["value"]) <= js["error"] + 1e-9


def test_json_is_strict_and_repeats(tmp_path):
    runs = [
        call(
            *QUICK,
            "--steps",
            10,
            "--seed",
            "0,1",
            "--json",
            "--kinds",
            "kl,tv",
            "--output",
            tmp_path / name,
        )
        for name in "ab"
    ]
    one, other = (json.loads(run.stdout) for run in runs)
    assert [row["seed"] for row in one["records"]] == [0, 1, 0, 1]
    assert set(one["records"][0]["divergences"]) == {"kl", "tv"}
    for row, twin in zip(one["records"], other["records"], strict=True):
        assert row["held_out_value"] == twin["held_out_value"]
        assert row["js"]["value"] == twin["js"]["value"]


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("game", "target", "objective", "own"),
    [
        ("ideal", "normal", "max V of gan", ()),
        ("likelihood", "normal", "negative log likelihood", ("--batch", 32)),
        ("vae", "bars3", "negative ELBO", ("--hidden", "4")),
        ("autoencoder", "bars3", "squared error", ("--hidden", "4")),
    ],
)
def test_systems_without_a_critic_are_trained_alike(tmp_path, game, target, objective, own):
    done = call(
        "--game", game, "--target", target, *own, "--steps", 4, "--every", 2,
        "--output", tmp_path, "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert f"[2/4] {objective} = " in done.stderr
    rows = json.loads(done.stdout)["records"]
    assert [row["objective"]["name"] for row in rows] == [objective] * 3
    assert all(row["bound"]["value"] <= 0 for row in rows)
    assert list((tmp_path / f"{target}-{game}").glob("step-*.safetensors"))


def test_names_are_listed():
    done = call("--list")
    for word in ("ring8", "grid25", "relativistic", "wgan", "f-gan(kl)", "mixture", "vae"):
        assert word in done.stdout
    assert set(json.loads(call("--list", "--json").stdout)) == {
        "targets", "games", "systems", "generators", "presets",
    }  # fmt: skip


def test_a_run_is_not_written_over_and_resumes_from_its_end(tmp_path):
    again = (*QUICK, "--steps", 10, "--output", tmp_path, "--name", "one")
    assert call(*again).exit_code == 0
    refused = call(*again)
    assert refused.exit_code == 2
    assert "--resume" in refused.stderr
    other = call("--resume", "--output", tmp_path, "--name", "one", "--steps", 11)
    assert (other.exit_code, "steps = 11, but" in other.stderr) == (2, True)
    assert call("--resume", "--output", tmp_path, "--name", "one").exit_code == 0


def test_a_damaged_checkpoint_is_passed_over_and_named(tmp_path):
    run = ("--output", tmp_path, "--name", "one")
    assert call(*QUICK, "--steps", 10, "--every", 5, *run).exit_code == 0
    *_, last = sorted(tmp_path.rglob("step-*"))
    last.write_bytes(last.read_bytes()[:-9])
    resumed = call("--resume", *run)
    assert resumed.exit_code == 0, resumed.stderr
    assert f"Warning: {last.name} is " in resumed.stderr
    assert "Resumed from step" in resumed.stderr


def test_names_stay_in_the_folder_and_are_kept(tmp_path):
    done = call(*QUICK, "--steps", 2, "--output", tmp_path / "runs", "--name", "../../up")
    assert done.exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    (folder,) = (tmp_path / "runs").iterdir()
    assert json.loads((folder / "run.json").read_text())["name"] == "../../up"


@pytest.mark.slow
def test_ctrl_c_saves_the_state_and_says_how_to_go_on(tmp_path):
    arguments = [*QUICK, "--steps", "1000000", "--every", "1000000", "--name", "my run"]
    command = [sys.executable, "-c", "from divkit.cli.main import main; main()", "train"]
    with subprocess.Popen(
        [*command, *arguments, "--output", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(divkit.__file__).parents[1])},
        stderr=subprocess.PIPE,
        text=True,
    ) as work:
        assert work.stderr.readline().startswith("Preset: none, as choices are given")
        assert work.stderr.readline().startswith("Training gan on normal: 1000000 steps")
        assert "[0/1000000]" in work.stderr.readline()
        work.send_signal(signal.SIGINT)
        said = work.stderr.read()
    assert work.returncode == 130
    assert f"divkit train --resume --output {tmp_path} --name 'my run'" in said
    (folder,) = tmp_path.iterdir()
    assert len(list(folder.glob("step-*.safetensors"))) >= 1


def test_a_request_while_a_record_is_measured_stops_it_and_the_record_is_made_on_resuming(
    tmp_path, monkeypatch
):
    from divkit.training.gan.training import GanTraining

    measure = GanTraining.measure

    def interrupted(self, *what):
        os.kill(os.getpid(), signal.SIGINT)
        return measure(self, *what)

    run = ("--output", tmp_path, "--name", "one")
    with monkeypatch.context() as patched:
        patched.setattr(GanTraining, "measure", interrupted)
        stopped = call(*QUICK, "--steps", 4, "--every", 4, *run)
    assert (stopped.exit_code, "[0/4]" in stopped.stderr) == (130, False)
    assert [path.name for path in sorted((tmp_path / "one").glob("step-*"))] == [
        "step-000000000000.safetensors"
    ]
    done = call("--resume", *run, "--json")
    assert [row["step"] for row in json.loads(done.stdout)["records"]] == [0, 4]


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("--target", "rng8"), "ring8"),
        (("--game", "wgna"), "wgan"),
        (("--generator", "affin"), "affine"),
        (("--hidden", "64,x"), "--hidden must be ints"),
        (("--seed", "-1"), "--seed must be ints"),
        (("--seed", "1.5"), "--seed must be ints"),
        (("--device", "cuda:9"), "device='cpu'"),
        (("--dtype", "float16"), "float32"),
        (("--order", "both"), "alternating or simultaneous"),
        (("--pack", "3", "--batch", "64"), "multiple of pack"),
        (("--game", "wgan", "--label-smoothing", "0.1"), "label smoothing is the GAN's"),
        (("--name", ""), "a run needs a name"),
        (("--resume", "--name", "none"), "nothing to resume from"),
        (("--rate", "-1"), "rate must be"),
        (("--clip", "-1"), "clip must be positive"),
        (("--kinds", "kll"), "kl"),
        (("--figure", "one.bmp"), "--figure must end in .pdf, .png, .svg"),
        (("--animation", "one.png"), "--animation must end in .gif"),
        (("--strip", "one.gif"), "--strip must end in .pdf, .png, .svg"),
        (("--animation", "one.gif", "--pack", "2"), "single points; --pack is 2"),
        (("--target", "moons", "--conditional"), "at most 64"),
        (("--target", "normal", "--conditional"), "a mixture's components or boxes"),
        (("--target", "fgan", "--generator", "conditional"), "pass conditional, too"),
        (("--target", "fgan", "--conditional", "--generator", "affine"), "must be None"),
        (("--target", "fgan", "--conditional", "--gradient-penalty", "1"), "have no label"),
        (("--target", "fgan", "--conditional", "--game", "likelihood"), "conditional is a critic"),
    ],
)
def test_what_is_wrong_is_said_with_status_2(tmp_path, arguments, advice):
    done = call(*arguments, "--output", tmp_path / "runs")
    assert done.exit_code == 2
    assert advice in done.stderr
    assert not list(tmp_path.iterdir())  # a run that did not begin leaves no folder


def test_a_refused_run_leaves_what_lay_there_before(tmp_path):
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "runs" / "mine" / "notes.txt").write_text("kept")
    call("--rate", "-1", "--name", "mine", "--output", tmp_path / "runs")
    assert (tmp_path / "runs" / "mine" / "notes.txt").read_text() == "kept"
    call("--rate", "-1", "--name", "other", "--output", tmp_path / "runs")
    assert not (tmp_path / "runs" / "other").exists()


def test_divergence_says_the_step_and_keeps_the_last_good_state(tmp_path):
    done = call(
        *QUICK, "--game", "lsgan", "--optimiser", "sgd", "--critic-rate", "1e3",
        "--output", tmp_path, "--name", "bad", "--every", "5000",
    )  # fmt: skip
    assert done.exit_code == 1
    assert "is not finite" in done.stderr
    assert list((tmp_path / "bad").glob("step-*.safetensors"))


@pytest.mark.sweep(2)
@pytest.mark.parametrize(("target", "generator"), [("normal", "affine"), ("ring8", "network")])
def test_a_training_is_drawn(tmp_path, target, generator):
    figure, movie = tmp_path / "v.svg", tmp_path / "d.gif"
    done = call(
        "--target", target, "--generator", generator, "--steps", 4, "--every", 2, "--batch", 16,
        "--critic-hidden", "8", "--figure", figure, "--animation", movie, "--output", tmp_path,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert f"Figure: {figure} (steps 0 to 4, seed 0)" in done.stderr
    assert "<svg" in figure.read_text()
    with Image.open(movie) as frames:
        assert frames.n_frames == 5  # between the records too
        seen = [frames.copy().tobytes() for _ in ImageSequence.Iterator(frames)]
    assert len(set(seen)) == 5


def test_the_ideal_game_is_a_film_and_a_strip_of_its_exact_critic(tmp_path):
    movie, strip = tmp_path / "film.gif", tmp_path / "strip.svg"
    done = call(
        "--target", "normal(0, 1)", "--game", "ideal", "--steps", 2, "--every", 1,
        "--animation", movie, "--strip", strip, "--output", tmp_path,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    with Image.open(movie) as frames:
        assert frames.n_frames == 3
    words = strip.read_text()
    assert all(f"G{k}: JSD = " in words for k in "₀₁₂") and "D₁* moves" in words


@pytest.mark.slow
def test_packs_are_drawn_without_their_critic(tmp_path):
    figure = tmp_path / "v.png"
    done = call(*QUICK, "--pack", 2, "--steps", 2, "--figure", figure, "--output", tmp_path)
    assert done.exit_code == 0, done.stderr
    with Image.open(figure) as picture:
        assert picture.size[0] > picture.size[1]


@pytest.mark.slow
def test_likelihood_is_drawn_and_has_no_critic_to_animate(tmp_path):
    system = ("--target", "normal", "--game", "likelihood", "--generator", "affine")
    quick = (*system, "--steps", 2, "--output", tmp_path)
    done = call(*quick, "--figure", tmp_path / "l.png")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "l.png").stat().st_size > 5000
    refused = call(*quick, "--animation", tmp_path / "l.gif", "--name", "other")
    assert refused.exit_code == 2
    assert "shows a critic D" in refused.stderr


def test_v_on_held_out_points_has_its_error_in_the_table(tmp_path):
    done = call("--target", "normal(0, 1)", "--game", "ideal", "--steps", "1", "--every", "1",
                "--output", str(tmp_path))  # fmt: skip
    assert done.exit_code == 0, done.stderr
    cells = re.findall(r"-\d\.\d+ ± 0\.\d+", done.stdout)
    assert len(cells) == 2


def test_a_step_that_raises_max_v_is_told(tmp_path):
    words = ("--target", "normal(0, 1)", "--game", "ideal", "--steps", "4", "--every", "1",
             "--output", str(tmp_path))  # fmt: skip
    done = call(*words, "--rate", "8", "--name", "long")
    assert done.exit_code == 0, done.stderr
    assert "max V of gan rose from" in done.stderr and "lower the rate (--rate is 8" in done.stderr
    done = call(*words, "--rate", "0.1", "--name", "short")
    assert "rose" not in done.stderr


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("--target", "poisson(3)", "--game", "ideal"), "poisson(3) has no density there"),
        (("--game", "likelihood"), "--game likelihood has none"),
        (("--target", "normal(0, 1)", "--pack", "2"), "--pack is 2"),
    ],
)
def test_a_strip_that_cannot_be_drawn_says_why(words, advice, tmp_path):
    done = call(*words, "--strip", "s.png", "--output", str(tmp_path), "--steps", "1")
    assert done.exit_code == 2
    assert advice in done.stderr and "or the exact D*" not in done.stderr


def test_a_training_that_took_no_step_leaves_no_folder(tmp_path):
    for name in ("first", "实验一"):
        done = call(*QUICK, "--rate", "1e300", "--output", tmp_path / "runs", "--name", name)
        assert done.exit_code == 1
        assert done.stderr.endswith("Of the run nothing is stored: it took no step.\n")
        assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("wrong", [("--target", "nope(1)"), ("--game", "nope"), ("--rate", "-1")])
def test_a_training_is_announced_once_its_choices_are_good(wrong, tmp_path):
    done = call("--preset", "none", *wrong, "--output", tmp_path / "runs")
    assert done.exit_code == 2
    assert "Training" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_run_has_the_folder_of_its_name_in_every_script(tmp_path):
    done = call(*QUICK, "--steps", 1, "--output", tmp_path, "--name", "实验一")
    assert done.exit_code == 0, done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["实验一"]
