"""Calibrate a trained classifier again, for instance when the segmenter changed that finds its particles.

python registry/recipes/recalibrate.py registry/recipes/se_shape_crowd.toml runs/se_shape_crowd/bundle out

The recipe has to teach the classes of the model. The folder that it begins with has to be there.

Temperature, limit and the features of what was learnt are those that training with the recipe would give now; the
weights of the network stay as they are. The card says what was calibrated.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from nanosieve import Host
from nanosieve.learn.bundles import CALIBRATION
from nanosieve.learn.checkpoints import load_tensors, save_tensors
from nanosieve.learn.device import pick_device
from nanosieve.learn.shapes.fitting_shapes import calibrate
from nanosieve.learn.shapes.shape_set import load_shape_set
from nanosieve.loading import load_classifier
from nanosieve.models import WEIGHTS, file_sha256, read_bundle, write_card
from nanosieve.recipes import make_job


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    bundle = read_bundle(options.bundle)
    with tempfile.TemporaryDirectory() as folder:
        job = make_job(
            options.recipe, Path(folder) / "run", Host(), resume=False, device="auto", kind="classifier"
        )
        shape_set = load_shape_set(job, job.training, job.config)
        if shape_set.classes != tuple(bundle.card.classes):
            raise SystemExit(
                f"{options.recipe} teaches {shape_set.classes}, the model knows {bundle.card.classes}"
            )
        tensors, _ = load_tensors(bundle.folder / WEIGHTS)
        own = {name: values for name, values in tensors.items() if not name.startswith(CALIBRATION)}
        plain = shutil.copytree(bundle.folder, Path(folder) / "plain")
        save_tensors(plain / WEIGHTS, own)
        card = bundle.card.model_copy(update={"weights_sha256": file_sha256(plain / WEIGHTS)})
        write_card(plain, card)
        device = pick_device("auto")
        network = load_classifier(str(plain), Host(), {"precision": "float32"}).tool.classifier.network
        calibration, found = calibrate(network, shape_set, job.training, device)
    shutil.copytree(bundle.folder, options.out, dirs_exist_ok=True)
    save_tensors(options.out / WEIGHTS, {**own, **{name: values.half() for name, values in found.items()}})
    training = card.training
    assert training is not None
    told = {"again": {"labelled": shape_set.labelled, "all": len(shape_set.validation.classes)}}
    card = card.model_copy(
        update={
            "calibration": calibration,
            "training": training.model_copy(update={"options": {**training.options, "calibrated": told}}),
            "weights_sha256": file_sha256(options.out / WEIGHTS),
        }
    )
    write_card(options.out, card)


if __name__ == "__main__":
    main()
