"""Lay figures side by side at half a column: as drawn, in grey, as colour-blind eyes see them.

    python docs/look_at_figures.py SHEET.png FIGURE.png …

Colours go through the matrices of Machado, Oliveira and Fernandes (2009) at full strength,
applied to linear light; grey is luminance.
"""

from __future__ import annotations

import sys

import numpy as np
from PIL import Image

WIDTH = 340
"""Pixels of a column of 86 mm at 100 a inch."""
EYES = {
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(shown: np.ndarray) -> np.ndarray:
    return np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)


def shown(light: np.ndarray) -> np.ndarray:
    light = np.clip(light, 0.0, 1.0)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def row(path: str) -> np.ndarray:
    """A figure and what four eyes make of it, beside each other."""
    image = Image.open(path).convert("RGB")
    size = (WIDTH, round(image.height * WIDTH / image.width))
    image = image.resize(size, Image.Resampling.LANCZOS)
    light = linear(np.asarray(image) / 255.0)
    seen = [shown(light @ np.array(eye).T) * 255 for eye in EYES.values()]
    return np.concatenate([np.asarray(image), *(each.astype(np.uint8) for each in seen)], axis=1)


def main() -> None:
    sheet, *figures = sys.argv[1:]
    Image.fromarray(np.concatenate([row(path) for path in figures])).save(sheet)
    print("columns: as drawn,", ", ".join(EYES))


if __name__ == "__main__":
    main()
