from divkit.plots.account import draw_budget, draw_training
from divkit.plots.animation import animate
from divkit.plots.bench import draw_standings
from divkit.plots.bench_sheet import draw_sheet
from divkit.plots.comparison import draw_column, draw_directions, draw_labels, draw_ratios
from divkit.plots.curve_map import draw_map
from divkit.plots.curves import draw_curve
from divkit.plots.densities import draw_densities, draw_integrand
from divkit.plots.dirac import draw_dirac
from divkit.plots.discriminator import draw_discriminator, draw_discriminator_map, draw_on_samples
from divkit.plots.gan_record import draw_game, draw_js
from divkit.plots.gan_state import draw_critic, draw_critic_map
from divkit.plots.paper import curve_figure
from divkit.plots.plane import draw_log_ratio
from divkit.plots.strip import draw_strip
from divkit.plots.style import style
from divkit.plots.verdicts import draw_verdicts

__all__ = [
    "animate",
    "curve_figure",
    "draw_budget",
    "draw_column",
    "draw_critic",
    "draw_critic_map",
    "draw_curve",
    "draw_densities",
    "draw_dirac",
    "draw_directions",
    "draw_discriminator",
    "draw_discriminator_map",
    "draw_game",
    "draw_integrand",
    "draw_js",
    "draw_labels",
    "draw_log_ratio",
    "draw_map",
    "draw_on_samples",
    "draw_ratios",
    "draw_sheet",
    "draw_standings",
    "draw_strip",
    "draw_training",
    "draw_verdicts",
    "style",
]
