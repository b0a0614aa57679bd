"""Small models for registries, and the command line in this process, where it is quick."""

import json
import sys

import numpy as np
from safetensors.numpy import save_file

from labelled_pictures import disc_labels, write_png
from nanosieve.models import WEIGHTS, ModelCard, file_sha256, write_card
from pictures import draw_discs


def threshold_bundle(folder, name="spheres", **config):
    """A model without weights: the plugin `threshold` with options of its own."""
    folder.mkdir(parents=True)
    card = ModelCard(
        name=name, kind="segmenter", plugin="threshold", plugin_version="0.1.0", config=config, licence="MIT"
    )
    write_card(folder, card)
    return folder


def weights_bundle(folder, seed=0):
    """A model with weights that no network has: it can be published and fetched, not built."""
    folder.mkdir(parents=True)
    values = np.random.default_rng(seed).normal(size=(64, 64)).astype(np.float32)
    save_file({"layer.weight": values}, folder / WEIGHTS)
    card = ModelCard(
        name="spheres",
        kind="segmenter",
        plugin="unetpp",
        plugin_version="0.1.0",
        weights_sha256=file_sha256(folder / WEIGHTS),
    )
    write_card(folder, card)
    return folder


# Radii in px: a model that leaves out what is below LARGE misses the first two of each image.
RADII = (8.0, 9.0, 13.0, 14.0)
LARGE = 400  # px^2: between pi 9^2 and pi 13^2


def write_discs(folder, count):
    """Images of four discs, of the split test, and the file that describes them."""
    for number in range(count):
        generator = np.random.default_rng(number)
        centres = [(24, 24), (72, 24), (24, 72), (72, 72)]
        discs = [
            (x + generator.uniform(-5, 5), y + generator.uniform(-5, 5), radius)
            for (x, y), radius in zip(centres, RADII, strict=True)
        ]
        grey = draw_discs((96, 96), discs) + generator.normal(0, 5, (96, 96))
        write_png(folder / "images" / f"{number:02}.png", np.clip(grey, 0, 255).astype(np.uint8))
        write_png(folder / "labels" / f"{number:02}.png", disc_labels((96, 96), discs))
    (folder / "data.toml").write_text(
        '[[source]]\nname = "discs"\nimages = "images"\nlabels = "labels"\nsplit = "test"\n'
        'data_bar = false\npolarity = "bright"\n'
    )
    return folder / "data.toml"


def command(capsys, *arguments):
    """Run ``nanosieve ...`` in this process: exit code, output, errors."""
    from nanosieve.cli import main

    before, sys.argv = sys.argv, ["nanosieve", *map(str, arguments)]
    try:
        main()
        code = 0
    except SystemExit as stopped:
        code = stopped.code or 0
    finally:
        sys.argv = before
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def json_of(capsys, *arguments):
    """What a command prints as JSON."""
    code, out, err = command(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)
