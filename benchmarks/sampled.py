"""Samples of particles with known distribution, drawn image by image or into a frame, for benchmarks and tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from nanosieve.edge_weights import weights_in_frame

# The sample of all Monte Carlo figures: lognormal, images differ by 5 %.
MEDIAN, SIGMA, BETWEEN = 100.0, 0.4, 0.05
FRAME = (1000.0, 800.0)


def draw_images(images: int, particles: int, rng: np.random.Generator, between: float = BETWEEN):
    """Sizes of particles, shape (images * particles,), and the number of the image of each."""
    image_of = np.repeat(np.arange(images), particles)
    shifts = rng.normal(0, between, images)
    return MEDIAN * np.exp(shifts[image_of] + rng.normal(0, SIGMA, len(image_of))), image_of


def true_figures(between: float = BETWEEN) -> dict[str, float]:
    """Figures of what `draw_images` draws from, ISO 9276-5, by the names of `nanosieve.statistics.influence`."""
    sigma = float(np.hypot(SIGMA, between))
    normal = stats.norm.ppf([0.1, 0.5, 0.9])
    names = ("d10", "d50", "d90")
    number = dict(zip(names, MEDIAN * np.exp(sigma * normal), strict=True))
    volume = {name: size * np.exp(3 * sigma**2) for name, size in number.items()}
    return {
        **{f"number_{name}": size for name, size in number.items()},
        **{f"volume_{name}": size for name, size in volume.items()},
        "number_span": (number["d90"] - number["d10"]) / number["d50"],
        "geometric_mean": MEDIAN,
        "geometric_standard_deviation": np.exp(sigma),
        "standard_deviation": MEDIAN * np.exp(sigma**2 / 2) * np.sqrt(np.expm1(sigma**2)),
        **{
            f"D[{p},{q}]": MEDIAN * np.exp((p + q) * sigma**2 / 2)
            for p, q in ((1, 0), (2, 0), (3, 0), (2, 1), (3, 1), (3, 2), (4, 3))
        },
    }


def draw_frame(count: int, rng: np.random.Generator):
    """Discs thrown over a frame and its surroundings.

    Returns
    -------
    diameters of those that lie whole in the frame, their edge weights, and how many have their centre in the frame
    """
    diameters = MEDIAN * np.exp(rng.normal(0, SIGMA, count))
    margin = diameters.max()
    width, height = FRAME
    x = rng.uniform(-margin, width + margin, count)
    y = rng.uniform(-margin, height + margin, count)
    centred = (x > 0) & (x < width) & (y > 0) & (y < height)
    radii = diameters / 2
    whole = (x > radii) & (x < width - radii) & (y > radii) & (y < height - radii)
    kept = diameters[whole]
    return kept, weights_in_frame(np.column_stack([kept, kept]), FRAME), int(centred.sum())


def tables(images: int, particles: int, seed: int = 0, pixel_size_nm: float = 1.0):
    """Tables as `nanosieve analyze` writes them, of whole particles of `draw_images`, all accepted."""
    rng = np.random.default_rng(seed)
    sizes, image_of = draw_images(images, particles, rng)
    count = len(sizes)
    names = np.array([f"{number}.tif" for number in range(images)])
    in_px = sizes / pixel_size_nm
    longest = in_px * rng.uniform(1, 1.2, count)
    table = pd.DataFrame(
        {
            "image": names[image_of],
            "label": np.arange(1, count + 1),
            "class": rng.choice(["circle", "rod"], count, p=[0.8, 0.2]),
            "accepted": True,
            "reason": "",
            "edge_weight": weights_in_frame(np.column_stack([longest, in_px]), FRAME),
            "equivalent_diameter_nm": sizes,
            "feret_min_nm": 0.97 * sizes,
            "feret_max_nm": longest * pixel_size_nm,
            "threshold_spread_nm": 0.4 * pixel_size_nm,
            "aspect_ratio": 0.97 * in_px / longest,
        }
    )
    rows = pd.DataFrame(
        {
            "image": names,
            "pixel_size_nm": pixel_size_nm,
            "pixel_size_y_nm": pixel_size_nm,
            "pixel_size_confidence": "high",
            "frame_y0": 0,
            "frame_x0": 0,
            "frame_y1": int(FRAME[1]),
            "frame_x1": int(FRAME[0]),
            "geometry": "subpixel",
            "model": "",
            "model_magnification": 1.0,
            "boundary": "left",
        }
    )
    return table, rows
