"""Three GAN loops as people write them, measured: the lines that it takes, and CPU seconds a call.

    OMP_NUM_THREADS=1 python benchmarks/own_loops.py [--steps 300] [--every 100] [--report FILE]

The loops have the shape of PyTorch's DCGAN tutorial (convolutions, noise of shape (n, nz, 1, 1), a
sigmoid and BCE), of the published WGAN-GP code (five critic steps, penalty on slopes between real
points and fakes), and of R3GAN (relativistic pairs, R1 and R2, an average of G that is measured).
Lines that are added carry the mark "# divkit". The data are laws, so that the truth can be asked.
"""

from __future__ import annotations

import copy
import inspect
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gan_rows
import numpy as np
import torch
from torch import nn, optim
from torch.nn.functional import softplus

from divkit.distributions import MultivariateNormal, mixture, ring
from divkit.gan import FixedCritic, Watch  # divkit

OUT = Path(__file__).parent.parent / "out" / "own_loops.jsonl"
COMMAND = "python benchmarks/own_loops.py"
NZ, NGF, NDF = 16, 8, 8


def stripes(size: int = 8, sd: float = 0.2) -> Any:
    """Images of horizontal and vertical stripes with Gaussian noise, a law on R^64."""
    rows = np.arange(size)
    plain = [np.where((rows // width) % 2, 1.0, -1.0) for width in (1, 2, 4)]
    images = [np.tile(row, (size, 1)) for row in plain]
    images += [image.T for image in images]
    eye = sd**2 * np.eye(size * size)
    return mixture([1 / 6] * 6, [MultivariateNormal(image.ravel(), eye) for image in images])


def weights_init(m: nn.Module) -> None:
    """The tutorial's start."""
    name = m.__class__.__name__
    if name.find("Conv") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.02)
    elif name.find("BatchNorm") != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


def dcgan(steps: int, every: int) -> Any:
    """PyTorch's tutorial on DCGAN, on images of 8 by 8."""
    data = stripes()
    netG = nn.Sequential(
        nn.ConvTranspose2d(NZ, NGF * 2, 4, 1, 0, bias=False), nn.BatchNorm2d(NGF * 2),
        nn.ReLU(True), nn.ConvTranspose2d(NGF * 2, 1, 4, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip
    netD = nn.Sequential(
        nn.Conv2d(1, NDF, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(NDF, 1, 4, 1, 0, bias=False), nn.Sigmoid(),
    )  # fmt: skip
    netG.apply(weights_init)
    netD.apply(weights_init)
    criterion = nn.BCELoss()
    real_label, fake_label = 1.0, 0.0
    optimizerD = optim.Adam(netD.parameters(), lr=0.0002, betas=(0.5, 0.999))
    optimizerG = optim.Adam(netG.parameters(), lr=0.0002, betas=(0.5, 0.999))
    d = FixedCritic(netD, shape=(1, 8, 8))  # divkit
    watch = Watch(data, netG, d, noise=lambda n: torch.randn(n, NZ, 1, 1), every=every)  # divkit

    for i in range(steps):
        # (1) Update D network: maximize log(D(x)) + log(1 - D(G(z)))
        netD.zero_grad()
        real = data.sample(64, i).float().view(-1, 1, 8, 8)
        label = torch.full((64,), real_label)
        output = netD(real).view(-1)
        errD_real = criterion(output, label)
        errD_real.backward()
        fake = netG(torch.randn(64, NZ, 1, 1))
        label.fill_(fake_label)
        output = netD(fake.detach()).view(-1)
        errD_fake = criterion(output, label)
        errD_fake.backward()
        optimizerD.step()
        # (2) Update G network: maximize log(D(G(z)))
        netG.zero_grad()
        label.fill_(real_label)
        output = netD(fake).view(-1)
        errG = criterion(output, label)
        errG.backward()
        optimizerG.step()
        watch((real, fake))  # divkit
    return watch


def network(inputs: int, outputs: int, width: int = 64) -> nn.Sequential:
    """The perceptron that both loops in the plane use."""
    return nn.Sequential(
        nn.Linear(inputs, width), nn.ReLU(True), nn.Linear(width, width), nn.ReLU(True),
        nn.Linear(width, outputs),
    )  # fmt: skip


def calc_gradient_penalty(netD: nn.Module, real: Any, fake: Any, weight: float = 0.1) -> Any:
    """λE(|∇D| − 1)² between real points and fakes."""
    alpha = torch.rand(real.size(0), 1).expand(real.size())
    interpolates = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    disc_interpolates = netD(interpolates)
    gradients = torch.autograd.grad(
        outputs=disc_interpolates, inputs=interpolates,
        grad_outputs=torch.ones(disc_interpolates.size()), create_graph=True, retain_graph=True,
    )[0]  # fmt: skip
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean() * weight


def wgan_gp(steps: int, every: int) -> Any:
    """The published WGAN-GP loop on eight Gaussians."""
    data = ring(8, 2.0, 0.02)
    netG, netD = network(2, 2), network(2, 1)
    optimizerD = optim.Adam(netD.parameters(), lr=1e-4, betas=(0.5, 0.9))
    optimizerG = optim.Adam(netG.parameters(), lr=1e-4, betas=(0.5, 0.9))
    watch = Watch(data, netG, netD, noise=2, game="wgan", every=every)  # divkit

    for iteration in range(steps):
        for iter_d in range(5):
            real = data.sample(256, 5 * iteration + iter_d).float()
            netD.zero_grad()
            D_real = netD(real).mean()
            with torch.no_grad():
                fake = netG(torch.randn(256, 2))
            D_fake = netD(fake).mean()
            gradient_penalty = calc_gradient_penalty(netD, real, fake)
            D_cost = D_fake - D_real + gradient_penalty
            D_cost.backward()
            optimizerD.step()
        netG.zero_grad()
        G_cost = -netD(netG(torch.randn(256, 2))).mean()
        G_cost.backward()
        optimizerG.step()
        watch((real, fake))  # divkit
    return watch


def zero_centered(points: Any, logits: Any) -> Any:
    """|∇D|² at each point."""
    (gradient,) = torch.autograd.grad(logits.sum(), points, create_graph=True)
    return gradient.square().sum(1)


def r3gan(steps: int, every: int) -> Any:
    """R3GAN's trainer: relativistic pairs, R1 and R2 of one weight, an average of G."""
    data, gamma = ring(8, 1.0, 0.1), 0.1
    G, D = network(2, 2), network(2, 1)
    G_ema = copy.deepcopy(G).eval().requires_grad_(False)
    opt_G = optim.Adam(G.parameters(), lr=2e-4, betas=(0.0, 0.99))
    opt_D = optim.Adam(D.parameters(), lr=2e-4, betas=(0.0, 0.99))
    watch = Watch(data, G_ema, D, noise=2, game="relativistic", every=every)  # divkit

    for step in range(steps):
        real = data.sample(256, step).float().requires_grad_(True)
        fake = G(torch.randn(256, 2)).detach().requires_grad_(True)
        real_logits, fake_logits = D(real), D(fake)
        r1, r2 = zero_centered(real, real_logits), zero_centered(fake, fake_logits)
        loss_D = softplus(-(real_logits - fake_logits)).mean() + gamma / 2 * (r1 + r2).mean()
        opt_D.zero_grad(set_to_none=True)
        loss_D.backward()
        opt_D.step()

        fake = G(torch.randn(256, 2))
        loss_G = softplus(-(D(fake) - D(real.detach()))).mean()
        opt_G.zero_grad(set_to_none=True)
        loss_G.backward()
        opt_G.step()
        with torch.no_grad():
            for kept, now in zip(G_ema.parameters(), G.parameters(), strict=True):
                kept.lerp_(now, 0.01)
        watch((real, fake))  # divkit
    return watch


LOOPS: dict[str, Callable[[int, int], Any]] = {
    "DCGAN tutorial": dcgan, "WGAN-GP": wgan_gp, "R3GAN": r3gan,
}  # fmt: skip


def added(loop: Callable[..., Any]) -> int:
    """Lines that measuring adds to a loop, its import among them."""
    return 1 + sum(line.endswith("# divkit") for line in inspect.getsource(loop).splitlines())


def timed(loop: Callable[[int, int], Any], steps: int, every: int) -> tuple[Any, float]:
    """What watched a loop, and CPU seconds of a call that measures."""
    torch.manual_seed(0)
    watch = loop(steps, every)
    start = time.process_time()
    watch.now()
    return watch, time.process_time() - start


def row_of(name: str, steps: int, every: int) -> dict[str, Any]:
    """One loop."""
    watch, seconds = timed(LOOPS[name], steps, every)
    last = watch.records[-1]
    return {
        "loop": name,
        "lines": added(LOOPS[name]),
        "seconds": seconds,
        "v": f"{last.held_out_value:.4f} ± {last.held_out_error:.4f}",
        "bound": "none" if last.bound is None else f"{last.bound.value:.4f}",
        "js": repr(last.js).partition("\n")[0].removeprefix("js = "),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """A line a loop."""
    head = "| loop | lines added | CPU s a call | V held out | bound | JSD |"
    text = ["# Three public loops, measured", "", f"`{COMMAND}`; see its docstring.", "", head]
    text += ["|---|---|---|---|---|---|"]
    for r in rows:
        cells = (r["loop"], r["lines"], f"{r['seconds']:.2f}", r["v"], r["bound"], r["js"])
        text.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join([*text, ""])


def main() -> None:
    parser = gan_rows.parser_of(__doc__, OUT)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--every", type=int, default=100)
    given = parser.parse_args()
    asked = (((name,), partial(row_of, name, given.steps, given.every)) for name in LOOPS)
    gan_rows.measured(given, ("loop",), asked, table)


if __name__ == "__main__":
    main()
