"""Whether the statistics are true, against samples of known distribution, and how long they take.

    python benchmarks/sample_statistics.py [--repeats 2000] [--part coverage edges fits images speed]

Prints the coverage of nominal 95 % intervals, edge-weighted figures against the truth, standard errors and p values of
fits against what they claim, what the advice on further images comes to, and seconds for 20,000 particles.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from nanosieve.statistics.counting import more_images
from nanosieve.statistics.fits import fit_sizes
from nanosieve.statistics.grouping import group
from nanosieve.statistics.influence import linearise, linearise_median
from nanosieve.statistics.intervals import estimate, method_of
from nanosieve.statistics.sample import describe_sample
from nanosieve.statistics.weighted import moment_mean, quantiles
from sampled import MEDIAN, SIGMA, draw_frame, draw_images, tables, true_figures

ROUNDS = 1000
# Images and particles in each: the settings of the plain bootstraps that fail, and some between.
SETTINGS = ((15, 60), (5, 200), (10, 100), (30, 20), (3, 100))
SHOWN = (
    "number_d10",
    "number_d50",
    "number_d90",
    "volume_d50",
    "D[1,0]",
    "standard_deviation",
    "geometric_mean",
    "geometric_standard_deviation",
    "D[4,3]",
    "number_span",
)


def coverage(
    images: int, particles: int, repeats: int, rounds: int, seed: int, median_only: bool = False
) -> dict[str, float]:
    """Share of samples whose 95 % interval holds the truth, by figure."""
    truth = true_figures()
    rng = np.random.default_rng([seed, images, particles])
    held: dict[str, int] = {}
    for _ in range(repeats):
        sizes, image_of = draw_images(images, particles, rng)
        sample = group(sizes, np.ones_like(sizes), image_of)
        linear = (
            [linearise_median(sizes, sample.weights)] if median_only else linearise(sizes, sample.weights)
        )
        found = estimate(linear, sample, method_of(sample, rounds), rng)
        for name, each in found.items():
            if name in truth:
                held[name] = held.get(name, 0) + (each.low <= truth[name] <= each.high)
    return {name: count / repeats for name, count in held.items()}


def edge_errors(count: int, seed: int) -> dict[str, tuple[float, float]]:
    """Relative errors of count, mean, D90 and D[4,3] of whole particles, plain and edge-weighted."""
    sizes, weights, true_count = draw_frame(count, np.random.default_rng(seed))
    truth = true_figures(between=0)
    ones = np.ones_like(sizes)
    share = np.array([0.9])
    return {
        "count": (len(sizes) / true_count - 1, weights.sum() / true_count - 1),
        "mean": tuple(moment_mean(sizes, each, 1, 0) / truth["D[1,0]"] - 1 for each in (ones, weights)),
        "D90": tuple(
            float(quantiles(sizes, each, share)[0]) / truth["number_d90"] - 1 for each in (ones, weights)
        ),
        "D[4,3]": tuple(moment_mean(sizes, each, 4, 3) / truth["D[4,3]"] - 1 for each in (ones, weights)),
    }


def fit_honesty(particles: int, repeats: int, seed: int) -> dict[str, float]:
    """Fits of edge-weighted, truncated lognormal samples: errors over their standard errors, and p values."""
    rng = np.random.default_rng(seed)
    limit = MEDIAN * np.exp(-SIGMA)
    mu, sigma, p = [], [], []
    for _ in range(repeats):
        sizes, weights, _ = draw_frame(particles, rng)
        seen = sizes >= limit
        (fit,) = (
            each
            for each in fit_sizes(sizes[seen], weights[seen], limit, rounds=200, rng=rng)
            if each.name == "lognormal"
        )
        for values, name, truth in ((mu, "mu", np.log(MEDIAN)), (sigma, "sigma", SIGMA)):
            parameter = fit.parameters[name]
            values.append((parameter.value - truth) / parameter.standard_error)
        p.append(fit.ks.p)
    return {
        "mean of (mu - truth) / se": float(np.mean(mu)),
        "sd of it": float(np.std(mu)),
        "mean of (sigma - truth) / se": float(np.mean(sigma)),
        "sd of it ": float(np.std(sigma)),
        "share of KS p below 0.05": float(np.mean(np.array(p) < 0.05)),
        "share of KS p below 0.5": float(np.mean(np.array(p) < 0.5)),
    }


def reached_by_advice(images: int, particles: int, precision: float, seed: int) -> tuple[int, float]:
    """Images that are advised after `images` of them, and the relative half width that they give."""
    rng = np.random.default_rng(seed)
    more = more_images(_half_width(images, particles, rng), images, precision)
    return more, _half_width(images + more, particles, rng)


def _half_width(images: int, particles: int, rng: np.random.Generator) -> float:
    sizes, image_of = draw_images(images, particles, rng)
    sample = group(sizes, np.ones_like(sizes), image_of)
    (median,) = estimate(
        [linearise_median(sizes, sample.weights)], sample, method_of(sample, ROUNDS), rng
    ).values()
    return (median.high - median.low) / 2 / median.value


def print_coverage(repeats: int) -> None:
    error = 100 * (0.95 * 0.05 / repeats) ** 0.5
    print(f"coverage of nominal 95 % intervals, {repeats} samples each, standard error {error:.1f} %")
    print("| figure | " + " | ".join(f"{k} x {n}" for k, n in SETTINGS) + " |")
    print("|---|" + "---|" * len(SETTINGS))
    found = [coverage(k, n, repeats, ROUNDS, seed=1) for k, n in SETTINGS]
    for name in SHOWN:
        print(f"| {name} | " + " | ".join(f"{100 * each[name]:.1f} %" for each in found) + " |")


def print_edges(repeats: int) -> None:
    print(f"discs in a frame of 1000 x 800, {2000 * repeats} thrown: error without and with edge weights")
    for name, (plain, weighted) in edge_errors(2000 * repeats, seed=1).items():
        print(f"{name}: {100 * plain:+.2f} %, {100 * weighted:+.2f} %")


def print_fits(repeats: int) -> None:
    print(
        f"lognormal fits, edge-weighted and truncated at one sigma below the median, {repeats // 4} samples"
    )
    for name, value in fit_honesty(2000, repeats // 4, seed=1).items():
        print(f"{name.strip()}: {value:.3f}")


def print_images(repeats: int) -> None:
    print(
        "advice for ±1 % of the median, 200 particles an image: images measured, advised, half width then reached"
    )
    for images in (5, 10, 20):
        found = [reached_by_advice(images, 200, 0.01, seed) for seed in range(max(repeats // 40, 1))]
        more, half = np.median(np.array(found), axis=0)
        print(f"{images}: {more:.0f} more, {100 * half:.2f} %")


def print_speed(repeats: int) -> None:
    particles, images = tables(20, 1000)
    describe_sample(particles.iloc[:5000], images, "nm", min_diameter_px=10)  # compiles
    started = time.process_time()
    describe_sample(particles, images, "nm", min_diameter_px=10)
    seconds = time.process_time() - started
    print(f"all statistics of 20,000 particles in 20 images, 1,000 rounds: {seconds:.1f} s on one core")


PARTS = {
    "coverage": print_coverage,
    "edges": print_edges,
    "fits": print_fits,
    "images": print_images,
    "speed": print_speed,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=2000, help="samples behind each figure")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS), help="only these")
    options = parser.parse_args()
    for part in options.part:
        PARTS[part](options.repeats)


if __name__ == "__main__":
    main()
