"""How right the sizes are: simulated micrographs through the whole pipeline with the default models.

    python benchmarks/sizes.py [--count 200] [--seed 400000] [--kinds se stem_bf stem_df] [--out FOLDER]

Samples of five micrographs, of spheres and of the default mixture of shapes in turn; seeds that neither training nor
another benchmark uses. What is done is kept in the folder: the same command again goes on after Ctrl-C.

- bias of D50: the median found by number over that of the true particles that are whole and no agglomerates
- Feret diameters and circularity: accepted spheres of 30 px or more, matched at IoU > 0.5, against their exact outline
- U: whether the median of the drawn distribution lies within the expanded uncertainty of the median found
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from math import pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tifffile
from rich.progress import track
from scipy.stats import binomtest

from nanosieve import Host
from nanosieve.batch import Request, run
from nanosieve.cli.request import make_request
from nanosieve.evaluation.intervals import estimate_mean
from nanosieve.matching import match, overlap_of
from nanosieve.simulate import KINDS, Simulated, SimulationSettings, simulate, write
from nanosieve.writing import write_text

IMAGES = 5
LEAST_PX = 30
# Median 45 px: nearly all spheres are above 30 px.
SPHERES = {"diameter_nm": 90.0, "agglomerates": 0.0}
SPHERE = {"se": "sphere", "stem_bf": "circle", "stem_df": "circle"}
MATERIALS = ("spheres", "mixture")
NOT_ONE = ("covered", "agglomerate")


def settings_of(kind: str, material: str) -> SimulationSettings:
    """Default settings, or those of spheres alone."""
    if material == "mixture":
        return SimulationSettings()
    return SimulationSettings(**SPHERES, classes={SPHERE[kind]: 1.0})


def samples(count: int, seed: int, kinds: list[str]) -> Iterator[tuple[str, str, int]]:
    """Kind, material and first seed of each sample, until there are `count` micrographs."""
    groups = [(kind, material) for material in MATERIALS for kind in kinds]
    for number in range(max(1, round(count / IMAGES))):
        kind, material = groups[number % len(groups)]
        yield kind, material, seed + IMAGES * number


def measure(
    kind: str, material: str, seed: int, request: Request, host: Host, folder: Path
) -> dict[str, Any]:
    """One sample through the pipeline, and how far it is from the truth.

    Raises
    ------
    KeyboardInterrupt
        If it was stopped; what was done is taken over the next time.
    """
    settings = settings_of(kind, material)
    made = {f"{kind}_{seed + number}": simulate(kind, settings, seed + number) for number in range(IMAGES)}
    for stem, simulated in made.items():
        write(simulated, folder / "pictures", stem, force=True)
    paths = [folder / "pictures" / f"{stem}.tif" for stem in made]
    outcome = run(paths, request, folder / "results", host)
    if outcome.interrupted:
        raise KeyboardInterrupt
    particles = outcome.tables.particles
    true = pd.concat([simulated.particles for simulated in made.values()])
    whole = true[~true["touches_edge"] & ~true["class"].isin(NOT_ONE)]
    accepted = particles[particles["accepted"]]
    statistics = outcome.tables.summary["statistics"]
    return {
        "kind": kind,
        "material": material,
        "seed": seed,
        "accepted": len(accepted),
        "true": len(whole),
        "d50_bias_percent": 100
        * (accepted["equivalent_diameter_nm"].median() / whole["equivalent_diameter_nm"].median() - 1),
        "spheres": [
            row
            for stem, simulated in made.items()
            for row in sphere_errors(simulated, particles, stem, folder / "results")
        ],
        **budget_of(statistics, settings.diameter_nm),
        "failures": len(outcome.tables.failures),
    }


def budget_of(statistics: dict[str, Any] | None, truth_nm: float) -> dict[str, float | bool | None]:
    """The expanded uncertainty of the median equivalent diameter, and whether the truth lies within it."""
    sizes = (statistics or {}).get("sizes", {}).get("equivalent_diameter", {})
    budget = sizes.get("budgets", {}).get("median")
    if budget is None:
        return {"median_nm": None, "expanded_nm": None, "covered": None}
    error = budget["value"] - truth_nm
    return {
        "median_nm": budget["value"],
        "expanded_nm": budget["expanded"],
        "covered": abs(error) <= budget["expanded"],
    }


def sphere_errors(
    simulated: Simulated, particles: pd.DataFrame, stem: str, results: Path
) -> Iterator[dict[str, float]]:
    """Errors of the accepted spheres of one picture that are matched: Feret diameters in percent, circularity."""
    table = particles[particles["image"].str.startswith(f"{stem}.")].set_index("label")
    found = tifffile.imread(results / "labels" / f"{stem}.tif")
    pairs = match(overlap_of(found, simulated.labels))
    true = simulated.particles.set_index("label")
    for ours, theirs in zip(pairs.found, pairs.truth, strict=True):
        row, truth = table.loc[ours], true.loc[theirs]
        is_sphere = truth["class"] in SPHERE.values() and not truth["touches_edge"]
        diameter_px = truth["equivalent_diameter_nm"] / simulated.pixel_size_nm
        if not (row["accepted"] and is_sphere and diameter_px >= LEAST_PX):
            continue
        yield {
            "image": simulated.seed,
            **{
                f"{name}_percent": 100 * (row[f"{name}_nm"] / truth[f"{name}_nm"] - 1)
                for name in ("equivalent_diameter", "feret_min", "feret_max")
            },
            "circularity": row["circularity"] - circularity(simulated.outlines[theirs - 1]),
        }


def circularity(outline: np.ndarray) -> float:
    """Of a polygon, sqrt(4 pi A) / P."""
    following = np.roll(outline, -1, axis=0)
    area = abs(np.sum(outline[:, 0] * following[:, 1] - following[:, 0] * outline[:, 1])) / 2
    return sqrt(4 * pi * area) / np.hypot(*(following - outline).T).sum()


def report(done: list[dict[str, Any]]) -> Iterator[str]:
    """Lines of a table: each figure over the samples, by kind and material."""
    yield "| kind | material | samples | figure | mean | 95 % interval | n |"
    yield "|---|---|---|---|---|---|---|"
    keys = sorted({(each["material"], each["kind"]) for each in done})
    for material, kind in [*keys, *((material, "all") for material in MATERIALS), ("all", "all")]:
        chosen = [
            each for each in done if material in (each["material"], "all") and kind in (each["kind"], "all")
        ]
        if not chosen:
            continue
        head = f"| {kind} | {material} | {len(chosen)} |"
        biases = np.array([each["d50_bias_percent"] for each in chosen])
        yield f"{head} bias of D50, % | {_mean(biases)} | {sum(each['accepted'] for each in chosen)} particles |"
        spheres = pd.DataFrame([row for each in chosen for row in each["spheres"]])
        if len(spheres):
            by_image = spheres.groupby("image").mean()
            for name in by_image:
                yield f"{head} spheres, {name} | {_mean(by_image[name].to_numpy())} | {len(spheres)} spheres |"
        judged = [each["covered"] for each in chosen if each["covered"] is not None]
        if judged:
            held = binomtest(sum(judged), len(judged))
            low, high = held.proportion_ci(method="wilson")
            expanded = np.median(
                [each["expanded_nm"] / each["median_nm"] for each in chosen if each["expanded_nm"]]
            )
            yield (
                f"{head} U covers the true median, % | {100 * sum(judged) / len(judged):.0f} | "
                f"{100 * low:.0f} to {100 * high:.0f} | U is {expanded:.1%} |"
            )


def _mean(values: np.ndarray) -> str:
    estimate = estimate_mean(values)
    interval = "-" if np.isnan(estimate.low) else f"{estimate.low:+.3f} to {estimate.high:+.3f}"
    return f"{estimate.value:+.3f} | {interval}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="micrographs, in samples of five")
    parser.add_argument("--seed", type=int, default=400_000)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "simulated" / "sizes")
    options = parser.parse_args()
    host = Host()
    request = replace(make_request(host), report=False)
    done = []
    todo = list(samples(options.count, options.seed, options.kinds))
    try:
        for kind, material, seed in track(todo, description="samples"):
            folder = options.out / f"{kind}_{material}_{seed}"
            kept = folder / "errors.json"
            if not kept.exists():
                found = measure(kind, material, seed, request, host, folder)
                write_text(kept, json.dumps(found, indent=1))
            done.append(json.loads(kept.read_text(encoding="utf-8")))
    except KeyboardInterrupt:
        print(f"stopped after {len(done)} of {len(todo)} samples; the same command goes on")
    for line in report(done):
        print(line)


if __name__ == "__main__":
    main()
