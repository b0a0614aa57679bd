"""Calibrate a trained classifier on pictures that it never learnt from.

python registry/recipes/recalibrate.py registry/recipes/se_shape_more.toml runs/se_shape_more/bundle out \
  --data registry/recipes/calibration_se.toml

Confidences hold for a mix of classes and of pictures: they are right for other pictures only as far as these are like
those of the calibration. For instance when the segmenter changed that finds the particles, when a lab has labelled
pictures of its own, or to show each particle in several ways, with --views 2.

Particles of all pictures in --data count as the segmenter of the recipe finds them; besides, those that the recipe has
for validation count as they were labelled, a share of --labelled-share in sum. Classes that the recipe has in `others`
are unknown; other classes that the model does not know are left out, so that some stay never seen.
Temperature, biases and limit in the card are new, weights and features of what was learnt stay as they are. The card
says what was calibrated.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import tempfile
from pathlib import Path

from nanosieve import Host
from nanosieve.evaluation.shapes import ShapeCase, evaluate_shapes
from nanosieve.fitting import FitJob
from nanosieve.labelled.data import read_data
from nanosieve.learn.device import pick_device
from nanosieve.learn.shapes.config import ShapeNetworkConfig, ShapeTrainingConfig
from nanosieve.learn.shapes.fitting_shapes import calibrate
from nanosieve.learn.shapes.samples import Shapes, labelled_shapes, shapes_of
from nanosieve.learn.shapes.shape_set import shared_weights
from nanosieve.loading import load_classifier
from nanosieve.models import read_bundle, write_card
from nanosieve.quality import UNKNOWN
from nanosieve.recipes import make_job

log = logging.getLogger("recalibrate")


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="labelled pictures with classes")
    parser.add_argument(
        "--views", type=int, default=1, help="in how many ways each particle is shown from now on"
    )
    parser.add_argument("--labelled-share", type=float, default=0.2, help="of the recipe's particles, in sum")
    parser.add_argument("--known-lost", type=float, default=0.01, help="share taken for shapes never seen")
    options = parser.parse_args()
    card = read_bundle(options.bundle).card
    if card.training is None:
        raise SystemExit(f"{options.bundle} was not trained: there is nothing to calibrate")
    host = Host()
    loaded = load_classifier(str(options.bundle), host, {"precision": "float32", "views": options.views})
    classifier = loaded.tool.classifier
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        job = make_job(options.recipe, run, host, resume=False, device="auto", kind="classifier")
    labelled = of_recipe(job, classifier.config)
    found = found_in(options.data, job, classifier, host)
    both = Shapes.joined([labelled, found], classifier.config).only(card.classes)
    first = len(labelled.only(card.classes).classes)
    calibration = calibrate(
        classifier.network,
        classifier.familiarity,
        both,
        shared_weights(first, len(both.classes) - first, options.labelled_share),
        classes=card.classes,
        known_lost=options.known_lost,
        views=options.views,
        device=pick_device("auto"),
    )
    told = {
        "data": options.data.name,
        "particles": len(both.classes),
        "labelled": first,
        "labelled_share": options.labelled_share,
        "known_lost": options.known_lost,
    }
    training = card.training.model_copy(update={"options": {**card.training.options, "calibrated": told}})
    shutil.copytree(options.bundle, options.out, dirs_exist_ok=True)
    config = {**card.config, "views": options.views}
    card = card.model_copy(update={"config": config, "calibration": calibration, "training": training})
    write_card(options.out, card)
    log.info("%d particles, %d of them labelled: %s", len(both.classes), first, calibration)


def of_recipe(job: FitJob, config: ShapeNetworkConfig) -> Shapes:
    """What the recipe has for validation."""
    training = job.training
    assert isinstance(training, ShapeTrainingConfig)
    images = [entry.load() for entry in job.data.of("validation")]
    shapes = [labelled_shapes(image, config, training.left_out) for image in images]
    return Shapes.joined(shapes, config).called(UNKNOWN, training.others)


def found_in(data: Path, job: FitJob, classifier, host: Host) -> Shapes:
    """What the recipe's segmenter finds in other pictures, but for what the frame cuts and what holds several."""
    training = job.training
    assert isinstance(training, ShapeTrainingConfig)
    found: list[Shapes] = []

    def keep(case: ShapeCase) -> None:
        there = case.indices >= 0
        classes = case.table["true_class"].to_numpy(object)[there].tolist()
        found.append(shapes_of(case.particles.take(case.indices[there]), classes, classifier.config))
        log.info("%d of %d pictures: %d particles", len(found), len(entries), len(classes))

    entries = read_data(data, host.readers).entries
    evaluation = evaluate_shapes(entries, classifier, segmenter=job.segmenter, observe=keep)
    for failure in evaluation.failures:
        log.warning("left out: %s", failure)
    return Shapes.joined(found, classifier.config).called(UNKNOWN, training.others)


if __name__ == "__main__":
    main()
