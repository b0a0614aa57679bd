"""Average the weights of a model and of the one that it began with, as the segmenters that ship were made.

python registry/recipes/average.py runs/se_start/bundle runs/se/bundle registry/models/se-segmenter

Between two models of which one was trained on from the other lies one that often keeps the strengths of both
(M. Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022). The card is that of the second model, and says
what was averaged.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from nanosieve.learn.bundles import PAGE, page
from nanosieve.learn.checkpoints import load_tensors, save_tensors
from nanosieve.models import WEIGHTS, file_sha256, read_bundle, write_card
from nanosieve.writing import write_text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=float, default=0.5, help="of the second")
    options = parser.parse_args()
    first, second = read_bundle(options.first), read_bundle(options.second)
    before, after = (load_tensors(bundle.folder / WEIGHTS)[0] for bundle in (first, second))
    averaged = {
        name: ((1 - options.share) * before[name].float() + options.share * value.float()).half()
        if value.is_floating_point()
        else value
        for name, value in after.items()
    }
    shutil.copytree(second.folder, options.out, dirs_exist_ok=True)
    save_tensors(options.out / WEIGHTS, averaged)
    training = second.card.training
    assert training is not None
    told = {"with": first.digest, "share of it": 1 - options.share}
    card = second.card.model_copy(
        update={
            "training": training.model_copy(update={"options": {**training.options, "averaged": told}}),
            # that of the model before it was averaged
            "scores": (),
            "weights_sha256": file_sha256(options.out / WEIGHTS),
        }
    )
    write_text(options.out / PAGE, page(card))
    write_card(options.out, card)


if __name__ == "__main__":
    main()
