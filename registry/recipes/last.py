"""Make a bundle of the weights at the end of a run, instead of those that did best in a validation on the way.

python registry/recipes/last.py runs/se_gap runs/se_last

For the runs of which registry/recipes/README.md says so: they were validated on images as they are, and not magnified
as they are segmented. The weights are the run's exponential average; the card loses the score of the others.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from nanosieve.learn.bundles import BUNDLE, PAGE, page
from nanosieve.learn.checkpoints import LAST, load_tensors, save_tensors
from nanosieve.models import WEIGHTS, file_sha256, read_bundle, write_card
from nanosieve.writing import write_text

# torch's AveragedModel keeps the network under this name, beside the count of what it averaged.
AVERAGE = "average.module."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    bundle = read_bundle(options.run / BUNDLE)
    before, _ = load_tensors(bundle.folder / WEIGHTS)
    checkpoint, _ = load_tensors(options.run / LAST)
    shutil.copytree(bundle.folder, options.out, dirs_exist_ok=True)
    last = {name: checkpoint[AVERAGE + name].to(value.dtype) for name, value in before.items()}
    save_tensors(options.out / WEIGHTS, last)
    card = bundle.card.model_copy(update={"scores": (), "weights_sha256": file_sha256(options.out / WEIGHTS)})
    write_text(options.out / PAGE, page(card))
    write_card(options.out, card)


if __name__ == "__main__":
    main()
