r"""Copying well is not generating well.

An auto-encoder maximises no likelihood. Its decoder's law under a prior of codes that training
never saw is computed here exactly, on images that are enumerated, beside that of a VAE with the
same decoder.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeVar

from divkit.distributions.finite.images import bars_and_stripes
from divkit.divergences import JS
from divkit.exact.api import divergence
from divkit.generators.decoders import BinaryDecoder
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import Measured, measured
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Evidence, below, evidence
from divkit.training.batches import every_atom
from divkit.training.systems.autoencoder import AutoEncoder
from divkit.training.systems.descents import train_autoencoder, train_vae
from divkit.training.systems.vae import VAE
from divkit.types import Tensor

S = TypeVar("S")
TARGET = bars_and_stripes(3)
DECODER = BinaryDecoder(9, 2, (32,), grid=32)
MARKS = (1, 60, 200, 600)
RATE = 0.02


@check(
    "autoencoder-no-density",
    statement="An auto-encoder's decoder under a prior it never saw stays far from the data "
    "while its copies become perfect; the VAE's comes near, by its KL term.",
    formula=r"E\,|x-d(e(x))|^2\to 0\;\not\Rightarrow\;\mathrm{JSD}(p\,\|\,d_{\sharp}N(0,I))\to 0",
    left="JSD of the enumerated decoder's law: exact sums over images, fine sums over codes",
    right="JSD of the VAE, the same decoder with a KL term; stated margins",
    because="what finer sums over codes change",
)
def autoencoder_no_density(context: Context) -> Evidence:
    """Bars and stripes of side 3; one decoder, trained by three objectives."""
    copies, plain = trained_autoencoder((1, 200))
    bound, vae = trained_vae((1, 600), 1.0)
    _, free = trained_vae((200,), 0.0)
    rows = [
        below("auto-encoder: squared error falls 20-fold", copies[-1], copies[0] / 20),
        below("auto-encoder: yet its JSD is above .3", 0.3, plain[-1]),
        below("VAE: the ELBO rises by 2 nats", bound[0] + 2, bound[-1]),
        below("VAE: JSD falls by .3", vae[-1] + 0.3, vae[0]),
        below("VAE: JSD below the auto-encoder's by .1", vae[-1] + 0.1, plain[-1]),
        below("VAE without its KL term: JSD above the VAE's by .1", vae[-1] + 0.1, free[-1]),
    ]
    return evidence(rows, _copies_figure)


def exact_js(law_of: BinaryDecoder, theta: Tensor) -> Measured:
    """JSD to bars and stripes; the error is what finer sums over codes change."""
    return measured(divergence(TARGET, law_of.law(theta), JS))


def trained_autoencoder(marks: tuple[int, ...]) -> tuple[list[float], list[Measured]]:
    """Squared errors and JSD at the marks."""
    model, errors, far = AutoEncoder(DECODER), [], []
    for step in _at(train_autoencoder(model, every_atom(TARGET), RATE, rng=0), marks):
        errors.append(step.record.loss)
        far.append(exact_js(DECODER, step.theta[: DECODER.size]))
    return errors, far


def trained_vae(marks: tuple[int, ...], kl_weight: float) -> tuple[list[float], list[Measured]]:
    """ELBO and JSD at the marks."""
    vae, bounds, far = VAE(DECODER, kl_weight=kl_weight, codes=4), [], []
    for step in _at(train_vae(vae, every_atom(TARGET), RATE, rng=0), marks):
        bounds.append(step.record.terms["likelihood"] - step.record.terms["kl"])
        far.append(exact_js(DECODER, vae.decoding(step.theta)))
    return bounds, far


def _at(steps: Iterator[S], marks: Sequence[int]) -> Iterator[S]:
    """The steps with these numbers, counted from 1."""
    wanted = set(marks)
    numbered = enumerate(itertools.islice(steps, max(marks)), start=1)
    return (step for k, step in numbered if k in wanted)


def _copies_figure() -> Figure:
    (errors, plain), (_, vae) = trained_autoencoder(MARKS), trained_vae(MARKS, 1.0)
    return Figure(
        "step",
        "JSD, nats; squared error",
        (
            line("squared error of copies", MARKS, errors, "dashes"),
            line("JSD, auto-encoder under N(0, I)", MARKS, [m.value for m in plain]),
            line("JSD, VAE", MARKS, [m.value for m in vae]),
        ),
        log_x=True,
        log_y=True,
        caption="Bars and stripes, one decoder: copying well is not generating well.",
    )
