"""Calibrate a trained classifier again, on pictures that it never learnt from.

python registry/recipes/recalibrate.py registry/recipes/se_shape_more.toml runs/se_shape_more/bundle out --seed 60

For instance when the segmenter changed that finds its particles, or to show each particle in several ways, with
--views 2. The recipe has to teach the classes of the model; the folder that it begins with has to be there. It says
which labelled pictures are for validation, and how others are simulated. All of these are for the calibration, so the
seed must be none that the model was trained with.

Temperature, biases and limit in the card are new, weights and features of what was learnt stay as they are. The card
says what was calibrated.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from nanosieve import Host
from nanosieve.learn.device import pick_device
from nanosieve.learn.shapes.fitting_shapes import calibrate
from nanosieve.learn.shapes.samples import Shapes
from nanosieve.learn.shapes.shape_set import load_shape_set
from nanosieve.loading import load_classifier
from nanosieve.models import read_bundle, write_card
from nanosieve.recipes import make_job


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, required=True, help="of the simulated micrographs")
    parser.add_argument("--images", type=int, default=80, help="how many micrographs are simulated")
    parser.add_argument("--views", type=int, help="in how many ways the model shows each cut-out from now on")
    parser.add_argument("--labelled-share", type=float, help="how much labelled particles count")
    options = parser.parse_args()
    card = read_bundle(options.bundle).card
    with tempfile.TemporaryDirectory() as folder:
        job = make_job(
            options.recipe, Path(folder) / "run", Host(), resume=False, device="auto", kind="classifier"
        )
    if options.seed == job.training.seed:
        raise SystemExit(
            f"seed {options.seed} is that of {options.recipe}: its pictures were learnt; give another"
        )
    training = _changed(
        job.training,
        seed=options.seed,
        simulated_images=options.images,
        labelled_share=options.labelled_share,
    )
    config = _changed(job.config, views=options.views)
    shape_set = load_shape_set(job, training, config)
    if shape_set.classes != tuple(card.classes):
        raise SystemExit(f"{options.recipe} teaches {shape_set.classes}, the model knows {card.classes}")
    checked = Shapes.joined([shape_set.validation, shape_set.simulated], config)
    shape_set = replace(shape_set, validation=checked)
    classifier = load_classifier(str(options.bundle), Host(), {"precision": "float32"}).tool.classifier
    calibration = calibrate(
        classifier.network, classifier.familiarity, shape_set, training, config.views, pick_device("auto")
    )
    learnt = card.training
    assert learnt is not None
    told = {
        "seed": training.seed,
        "labelled": shape_set.labelled,
        "all": len(checked.classes),
        "labelled_share": training.labelled_share,
    }
    shutil.copytree(options.bundle, options.out, dirs_exist_ok=True)
    write_card(
        options.out,
        card.model_copy(
            update={
                "config": {**card.config, "views": config.views},
                "calibration": calibration,
                "training": learnt.model_copy(update={"options": {**learnt.options, "calibrated": told}}),
            }
        ),
    )


def _changed(options: Any, **given: Any) -> Any:
    """Options of a recipe, those that are given, not None, instead of its own."""
    told = {name: value for name, value in given.items() if value is not None}
    return type(options).model_validate({**options.model_dump(), **told})


if __name__ == "__main__":
    main()
