"""What faults of a picture do to sizes, what the quality numbers say of them, and how often they raise a false alarm.

    python benchmarks/image_quality.py                       # false alarms on pictures with default settings
    python benchmarks/image_quality.py --sweep               # one fault after the other, made worse
    python benchmarks/image_quality.py --time                # how long it takes for 2048 x 1886 px

The pictures are simulated. With --sweep they are segmented by the default models; else their particles are known.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nanosieve import Host, Micrograph, Segmentation, analyze, cut_particles
from nanosieve.answering import card_of
from nanosieve.finding import find_model
from nanosieve.grey import to_grey
from nanosieve.image_quality import FLAGS, assess
from nanosieve.loading import Loaded, load_classifier, load_segmenter
from nanosieve.matching import match, overlap_of
from nanosieve.measuring import compute
from nanosieve.models import read_bundle
from nanosieve.simulate import KINDS, Simulated, SimulationSettings, simulate

SIZE = {"height": 480, "width": 640, "data_bar": False}
SWEEPS: Mapping[str, tuple[str, tuple[float, ...]]] = {
    "blur": ("blur_px", (0.3, 0.7, 1.5, 2.5, 4.0, 6.0)),
    "noise": ("noise", (0.0, 0.05, 0.1, 0.2, 0.3, 0.45)),
    "charging": ("charging", (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)),
    "drift": ("drift_px", (0.0, 0.3, 0.6, 1.2, 2.0, 3.0)),
    "density": ("coverage", (0.1, 0.2, 0.35, 0.5, 0.65, 0.8)),
}
# Saturation is no setting: the picture is brightened by this factor about its darkest value and cut off.
GAINS = (1.0, 1.2, 1.5, 2.0, 3.0)


@dataclass(frozen=True)
class Known:
    """A segmenter that knows the answer."""

    answer: Segmentation

    def segment(self, micrograph: Micrograph) -> Segmentation:
        """The answer."""
        return self.answer


def answer_of(simulated: Simulated) -> Segmentation:
    """What a perfect segmenter would say."""
    return Segmentation(labels=simulated.labels, foreground=np.asarray(simulated.coverage, np.float32))


class Bench:
    """The default tools, loaded once."""

    def __init__(self) -> None:
        self.host = Host()
        self.classifier = load_classifier("geometry", self.host)

    @cached_property
    def segmenter(self) -> Loaded:
        """The default segmenter; false alarms do without."""
        return load_segmenter("auto", self.host)

    def known(self, simulated: Simulated) -> dict[str, float]:
        """Quality numbers of one picture, its particles as the answer has them."""
        pixels, _, _ = to_grey(simulated.pixels)
        analysis = analyze(
            Micrograph(pixels=pixels, polarity=simulated.polarity),
            segmenter=Known(answer_of(simulated)),
            classifier=self.classifier.tool,
            measures=self.host.measures,
            unit="px",
        )
        card = read_bundle(find_model("shipped:se-segmenter", self.host).folder).card
        quality = assess(analysis.particles, analysis.table, card.diameter_px)
        return {flag.name: value for flag, value in zip(FLAGS, quality.values, strict=True)}

    def trial(self, simulated: Simulated, gain: float = 1.0) -> dict[str, float]:
        """Quality numbers of one picture, and the errors of the particles that were found."""
        raw = simulated.pixels.astype(float)
        pixels, _, _ = to_grey(np.clip(gain * raw, 0, 255).astype(np.uint8))
        micrograph = Micrograph(pixels=pixels, polarity=simulated.polarity)
        analysis = analyze(
            micrograph,
            segmenter=self.segmenter.tool,
            classifier=self.classifier.tool,
            measures=self.host.measures,
            unit="px",
        )
        card = card_of(self.segmenter, analysis.segmentation.model)
        quality = assess(analysis.particles, analysis.table, None if card is None else card.diameter_px)
        values = {flag.name: value for flag, value in zip(FLAGS, quality.values, strict=True)}
        true = cut_particles(micrograph, answer_of(simulated))
        return {**values, **self._errors(analysis.particles, true, simulated)}

    def _errors(self, found, true, simulated) -> dict[str, float]:
        """Of matched particles that are seen whole: diameter, percent; circularity; and the share that was missed."""
        table = simulated.particles
        whole = (~table["touches_edge"] & (table["class"] != "covered")).to_numpy()
        pairs = match(overlap_of(found.segmentation.labels, true.segmentation.labels))
        counted = whole[pairs.truth - 1]
        errors = {}
        for name in ("equivalent_diameter", "circularity"):
            ours, theirs = (compute(self.host.measures[name], side, name) for side in (found, true))
            errors[name] = ours[pairs.found - 1][counted], theirs[pairs.truth - 1][counted]
        ours, theirs = errors["equivalent_diameter"]
        return {
            "diameter_percent": 100 * float(np.median(ours / theirs) - 1) if len(ours) else np.nan,
            "circularity": float(np.median(np.subtract(*errors["circularity"]))) if len(ours) else np.nan,
            "missed": 1 - len(ours) / max(np.count_nonzero(whole), 1),
        }


def sweep(bench: Bench, count: int) -> Iterator[str]:
    """Lines of a table: each fault, its setting, the number measured, and the errors."""
    yield "| fault | setting | kind | number | diameter, % | circularity | missed |"
    yield "|---|---|---|---|---|---|---|"
    runs = [(fault, setting, level, 1.0) for fault, (setting, levels) in SWEEPS.items() for level in levels]
    runs += [("saturation", "", 0.0, gain) for gain in GAINS]
    for fault, setting, level, gain in runs:
        for kind in KINDS:
            change = {setting: level} if setting else {}
            if setting == "coverage" and kind != "se":
                change["overlap"] = 0.0
            trials = [
                bench.trial(simulate(kind, SimulationSettings(**SIZE, **change), 5000 + seed), gain)
                for seed in range(count)
            ]
            mean = {name: np.nanmean([trial[name] for trial in trials]) for name in trials[0]}
            yield (
                f"| {fault} | {gain if not setting else level:g} | {kind} | {mean[fault]:.3f} | "
                f"{mean['diameter_percent']:+.2f} | {mean['circularity']:+.4f} | {mean['missed']:.0%} |"
            )


def false_alarms(bench: Bench, count: int) -> Iterator[str]:
    """Lines of a table: how often each flag is raised on pictures with default settings."""
    yield "| flag | limit | " + " | ".join(f"{kind}: raised, largest" for kind in KINDS) + " |"
    yield "|---|---|" + "---|" * len(KINDS)
    trials = {
        kind: [
            bench.known(simulate(kind, SimulationSettings(data_bar=False), 6000 + seed))
            for seed in range(count)
        ]
        for kind in KINDS
    }
    for flag in FLAGS:
        cells = []
        for kind in KINDS:
            values = [trial[flag.name] for trial in trials[kind]]
            raised = sum(flag.raised(value) for value in values)
            cells.append(f"{raised} of {count}, {np.nanmax(values):.3g}")
        yield f"| `{flag.column}` | {flag.limit:g} | " + " | ".join(cells) + " |"


def timed(repeats: int = 3) -> str:
    """Time of all numbers for a picture of 2048 x 1886 px, in which the particles are known."""
    simulated = simulate("se", SimulationSettings(height=1886, width=2048, data_bar=False), 1)
    pixels, _, _ = to_grey(simulated.pixels)
    analysis = analyze(
        Micrograph(pixels=pixels), segmenter=Known(answer_of(simulated)), measures=Host().measures, unit="px"
    )
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        assess(analysis.particles, analysis.table, (7, 240))
        times.append(time.perf_counter() - start)
    return f"{len(analysis.particles)} particles, 2048 x 1886 px: {1000 * min(times):.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=4, help="pictures of each kind")
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--time", action="store_true")
    options = parser.parse_args()
    if options.time:
        print(timed())
        return
    lines = sweep if options.sweep else false_alarms
    for line in lines(Bench(), options.count):
        print(line, flush=True)


if __name__ == "__main__":
    main()
