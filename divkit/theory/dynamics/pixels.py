r"""Squared error sees pixels, likelihood sees images.

Under bars and stripes, every image with one wrong pixel is impossible. Take such an image x. All
its neighbours at one pixel's distance tie in squared error; one of them, the image as it was, is
likely, and another may be impossible as well. log p and D* = p/(p + q) tell them apart at once.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.finite.images import BinaryImages, all_images, bars_and_stripes
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, below, equal, evidence
from divkit.types import FloatArray, Tensor

SIDE = 3


@check(
    "pixel-distance",
    statement="Of two images at one pixel's distance from the same image, one likely, one "
    "impossible: squared error ties them, log-likelihood and D* do not.",
    formula=r"\|x-a\|^2=\|x-b\|^2=1,\quad\log p(a)=-\log 2^{s+1},\;\log p(b)=-\infty,\quad"
    r"D^*(a)=\frac{p(a)}{p(a)+q(a)},\;D^*(b)=0",
    left="the enumerated pmf of bars and stripes; q uniform, or p with pixels flipped at 5%",
    right="1; 2^{−side−1} and 0; the best response on the enumerated table",
)
def pixel_distance(context: Context) -> Evidence:
    """Every image with one pixel wrong, on boards of side 3 (and 4)."""
    rows: list[Comparison] = []
    for side in (SIDE, 4) if context.full else (SIDE,):
        p = bars_and_stripes(side)
        for name, q in (("uniform", uniform(side)), ("5% of pixels flipped", flipped(p, 0.05))):
            rows += _rows_for(f"side {side}, q {name}", p, q)
    return evidence(rows, _pixel_figure)


def _rows_for(case: str, p: BinaryImages, q: FiniteLaw) -> list[Comparison]:
    likely, wrong, impossible = triple(p)
    ties = [float(((image - wrong) ** 2).sum()) for image in (likely, impossible)]
    at = torch.stack([likely, impossible])
    logs: Tensor = p.log_prob(at)
    chance, other = p.log_prob(at).exp(), q.log_prob(at).exp()
    d = best_discriminator(p, q, at)
    side = p.shape[0]
    return [
        equal(f"{case}: squared error of the likely image", ties[0], 1.0),
        equal(f"{case}: squared error of the impossible image", ties[1], 1.0),
        equal(
            f"{case}: log p of the likely image", float(logs[0]), -(side + 1) * math.log(2), 1e-15
        ),
        equal(f"{case}: log p of the impossible image", float(logs[1]), -math.inf),
        equal(f"{case}: D* of the likely image", d[0], float(chance[0] / (chance + other)[0])),
        equal(f"{case}: D* of the impossible image", d[1], 0.0),
        below(f"{case}: D* tells them apart by a half", Measured(0.5), d[0] - d[1]),
    ]


def triple(p: BinaryImages) -> tuple[Tensor, Tensor, Tensor]:
    """A likely image, it with one pixel wrong, and that with another pixel wrong.

    The likely one is the first that is neither empty nor full; its first pixel is turned, then the
    last one.
    """
    images = torch.tensor(p.atoms, dtype=torch.float64)
    share = images.mean(dim=1)
    likely = images[(share > 0) & (share < 1)][0]
    wrong = likely.clone()
    wrong[0] = 1 - wrong[0]
    impossible = wrong.clone()
    impossible[-1] = 1 - impossible[-1]
    return likely, wrong, impossible


def best_discriminator(p: FiniteLaw, q: FiniteLaw, x: Tensor) -> list[float]:
    """D* = σ(log p − log q) at images."""
    probabilities: Tensor = torch.sigmoid(p.log_prob(x) - q.log_prob(x))
    return probabilities.tolist()


def uniform(side: int) -> FiniteLaw:
    """All images equally likely."""
    images = all_images(side * side)
    return _law(images, np.full(len(images), 1 / len(images)))


def flipped(p: FiniteLaw, rate: float) -> FiniteLaw:
    """The law of an image of p whose pixels were turned independently at a rate."""
    images = all_images(p.dim)
    atoms = np.array(p.atoms)
    apart = np.abs(images[:, None, :] - atoms).sum(-1)  # (images, atoms)
    channel = rate**apart * (1 - rate) ** (p.dim - apart)
    return _law(images, channel @ np.array(p.probs))


def _law(images: FloatArray, probs: FloatArray) -> FiniteLaw:
    return FiniteLaw(tuple(map(tuple, images.tolist())), tuple(probs.tolist()))


def neighbours(image: Tensor) -> Tensor:
    """All images at one pixel's distance, (d, d)."""
    turned = torch.eye(len(image), dtype=image.dtype)
    return (image - turned).abs()


def _pixel_figure() -> Figure:
    p = bars_and_stripes(SIDE)
    q = flipped(p, 0.05)
    around = neighbours(triple(p)[1])
    k = range(1, len(around) + 1)
    distance = ((around - triple(p)[1]) ** 2).sum(dim=1)
    return Figure(
        "which pixel of the image is turned",
        "D*; squared error",
        (
            line("squared error", k, distance, "dashes"),
            line("D*", k, best_discriminator(p, q, around), "marks"),
        ),
        caption="All neighbours of one image tie in squared error; D* knows the likely one.",
    )
