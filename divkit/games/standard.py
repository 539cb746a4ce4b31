r"""The games in use, each with the theorem that its construction checks.

Least squares: −½E_p(D − β)² − ½E_q(D − α)² with D = α + (β − α)σ(c). At c = l,

    −½(β−α)² ∫ [p q² + q p²]/(p+q)² = −½(β−α)² ∫ pq/(p+q) = −¼(β−α)² + ⅛(β−α)² Δ,

since Δ = ∫(p−q)²/(p+q) = 2 − 4∫pq/(p+q) (Mao et al. 2017).

Hinge: −E_p max(0, 1 − D) − E_q max(0, 1 + D) is greatest at D = sign(p − q), where it is
−2∫min(p, q) = −2 + 2 TV (Lim and Ye 2017). No D beyond ±1 earns more, so D = tanh(c) is trained:
its payoffs −2σ(∓2c) are smooth. The best critic is a step, approached as c grows: of such a game
(this one, and f-GAN's TV) a trained logit tells where p > q, not by how much.

Class prior π: D = σ(c + log π/(1−π)) keeps c = l the best logit, and the value is −h(π) + JSD_π.
Label smoothing: D = (1−α)σ(c), see `divkit.divergences.smoothing`. Relativistic pairs: see
`divkit.games.lifting`; E log σ(C(x) − C(y)) is half the GAN value of P×Q against Q×P, that is
−log 2 + JSD(P×Q‖Q×P).
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache, partial

import torch
from torch.nn.functional import logsigmoid

from divkit.divergences import JS, TRIANGULAR, TV, rows, weighted_js
from divkit.divergences.base import FDivergence
from divkit.divergences.smoothing import label_smoothed
from divkit.divergences.stable import LOG2
from divkit.games.base import Game, minus, mirrored, plus, sign_like
from divkit.games.lifting import Packs, Pairs
from divkit.games.metric import WGAN
from divkit.registry import Registry
from divkit.remade import name_functions, remade, remember
from divkit.types import Tensor

_NOWOZIN = "Nowozin, Cseke, Tomioka 2016, equation 6"

GAN = Game(
    "gan",
    "E_p log D + E_q log(1 − D)",
    logsigmoid,
    lambda c: logsigmoid(-c),
    JS,
    scale=2.0,
    shift=-2 * LOG2,
    source="Goodfellow et al. 2014, theorem 1",
    on_g=minus(logsigmoid),
    logistic=True,
)

HINGE = Game(
    "hinge",
    "−E_p max(0, 1 − D) − E_q max(0, 1 + D), D = tanh c",
    lambda c: -2 * torch.sigmoid(-2 * c),
    lambda c: -2 * torch.sigmoid(2 * c),
    TV,
    scale=2.0,
    shift=-2.0,
    optimal=sign_like,
    source="Lim and Ye 2017, theorem 1",
)

RELATIVISTIC = Game(
    "relativistic",
    "E log σ(C(x) − C(y)), x ~ P, y ~ Q",
    lambda c: 0.5 * logsigmoid(c),
    lambda c: 0.5 * logsigmoid(-c),
    JS,
    scale=1.0,
    shift=-LOG2,
    source="Jolicoeur-Martineau 2019, equation 5",
    lifting=Pairs(),
    on_g=minus(logsigmoid),
)


def packed(pack: int = 2) -> Game:
    """The GAN whose critic sees `pack` points of one law at a time: JSD of P^k and Q^k.

    Raises
    ------
    ValueError
        If pack is not a positive int.

    Examples
    --------
    >>> packed(2).lifting
    Packs(pack=2)
    """
    return replace(
        GAN,
        name=f"packed({pack})",
        label="E log D(x_1, …, x_k) + E log(1 − D(y_1, …, y_k))",
        source="Lin, Khetan, Fanti, Oh 2018, section 3",
        lifting=Packs(pack),
    )


def _short_of_one(width: float, c: Tensor) -> Tensor:
    return -0.5 * width * torch.sigmoid(-c) ** 2


def _log_odds(share: float, shift: float, c: Tensor) -> Tensor:
    return share * logsigmoid(c + shift)


def least_squares(alpha: float = -1.0, beta: float = 1.0) -> Game:
    """LSGAN with target β on data and α on fakes; D = α + (β − α)σ(c).

    Returns
    -------
    Game
        With its divergence, and the law by which max V is that divergence.

    Raises
    ------
    ValueError
        If α = β (such a game tells nothing), or either is not finite.

    Examples
    --------
    >>> least_squares(-1.0, 1.0).label
    '−½E_p(D − β)² − ½E_q(D − α)²'
    """
    width = (beta - alpha) ** 2
    if not 0 < width < math.inf:
        raise ValueError(f"alpha and beta must differ and be finite; got {alpha!r} and {beta!r}.")
    return Game(
        f"lsgan({alpha:g}, {beta:g})",
        "−½E_p(D − β)² − ½E_q(D − α)²",
        partial(_short_of_one, width),
        mirrored(partial(_short_of_one, width)),
        TRIANGULAR,
        scale=width / 8,
        shift=-width / 4,
        source="Mao et al. 2017, equation 9",
    )


LSGAN = least_squares()


def class_prior(prior: float) -> Game:
    """The GAN with a share π of real points: π E_p log D + (1−π) E_q log(1−D).

    Raises
    ------
    ValueError
        If the prior is not in (0, 1).

    Examples
    --------
    >>> class_prior(0.3).divergence.name
    'weighted_js(0.3)'
    """
    divergence = weighted_js(prior)
    high, low = math.log(prior), math.log1p(-prior)
    return Game(
        f"class_prior({prior!r})",
        f"π E_p log D + (1−π) E_q log(1−D), π = {prior:g}",
        partial(_log_odds, prior, high - low),
        mirrored(partial(_log_odds, 1 - prior, low - high)),
        divergence,
        scale=1.0,
        shift=prior * high + (1 - prior) * low,
        source="Nowozin, Cseke, Tomioka 2016, weighted JS",
    )


def smoothed_gan(amount: float) -> Game:
    """The GAN with real label 1 − α: E_p[(1−α) log D + α log(1−D)] + E_q log(1−D).

    Raises
    ------
    ValueError
        If the amount α is not in (0, 1).

    Examples
    --------
    >>> smoothed_gan(0.1).name
    'label_smoothed(0.1)'
    """
    divergence = label_smoothed(amount)
    real, fake = math.log1p(-amount) - LOG2, math.log1p(amount) - LOG2
    on_real = (1 - amount) * real + amount * fake
    return Game(
        f"label_smoothed({amount!r})",
        f"E_p[(1−α) log D + α log(1−D)] + E_q log(1−D), α = {amount:g}",
        plus(on_real, divergence.witness),
        plus(fake, minus(divergence.conjugate_at)),
        divergence,
        scale=1.0,
        shift=on_real + fake,
        source="Salimans et al. 2016, section 3.4",
    )


@remade
@cache
def f_gan(divergence: FDivergence) -> Game:
    """The game of f-GAN: E_p T − E_q f*(T), whose maximum is D_f itself.

    T = f'(e^c), so that c = l is the best logit. Where f has a kink f' is a step that no gradient
    passes; there T = g_f(c), the published output map, and the best c is ±inf.

    >>> from divkit.divergences import KL
    >>> f_gan(KL).name
    'f-gan(kl)'
    """
    if math.isinf(divergence.curvature):
        return _f_gan_of_a_kink(divergence)
    return Game(
        f"f-gan({divergence.name})",
        "E_p T − E_q f*(T), T = f′(e^c)",
        divergence.witness,
        minus(divergence.conjugate_at),
        divergence,
        scale=1.0,
        shift=0.0,
        source=_NOWOZIN,
        on_g=minus(divergence.conjugate_at),
    )


def _f_gan_of_a_kink(divergence: FDivergence) -> Game:
    return Game(
        f"f-gan({divergence.name})",
        "E_p T − E_q f*(T), T = g_f(c)",
        divergence.output,
        minus(divergence.conjugate, divergence.output),
        divergence,
        scale=1.0,
        shift=0.0,
        optimal=sign_like,
        source=_NOWOZIN,
        on_g=minus(divergence.conjugate, divergence.output),
    )


def f_gans() -> list[tuple[Game, tuple[str, ...]]]:
    """Return the f-GAN of every f-divergence that is registered now, with its names."""
    return [(f_gan(row), (f"f-gan({row.name})", f"fgan({row.name})")) for row in rows()]


GAMES: Registry[Game] = Registry("game", f_gans)
"""The games by name: those registered here, and the f-GAN of every registered f-divergence."""

_ALIASES = {LSGAN.name: ("lsgan", "least_squares")}
_OWN = (GAN, LSGAN, HINGE, RELATIVISTIC, class_prior(0.3), smoothed_gan(0.1))
for _game in _OWN:
    GAMES.register(_game.name, _game, *_ALIASES.get(_game.name, ()))


def game_of(game: str | Game) -> Game:
    """Return the game that a name means; a game passes through.

    Raises
    ------
    UnknownNameError
        If the name is not known; the message offers the nearest.
    TypeError
        If it is no game of a log ratio, as WGAN is none.

    Examples
    --------
    >>> game_of("gan").shift
    -1.3862943611198906
    """
    if isinstance(game, Game):
        return game
    if not isinstance(game, str) or game.strip().lower() == WGAN.name:
        raise TypeError(
            f"game must be a name, as 'gan', or a Game whose critic is a log ratio; got {game!r}. "
            "The critic of 'wgan' is held to slope 1 instead: max V is divkit.w1_distance(p, q), "
            "and divkit.train_gan(p, 'wgan') trains with it."
        )
    return GAMES[game]


for _game in _OWN:
    remember(_game, game_of, _game.name, always=True)

name_functions(globals())
