"""Small labelled data sets with known particles."""

import imagecodecs
import numpy as np

from pictures import draw_discs


def disc_labels(shape, discs):
    """Labels of discs (x, y, radius): a pixel belongs to the disc in which its centre lies."""
    y, x = np.indices(shape, dtype=float)
    labels = np.zeros(shape, np.uint16)
    for number, (centre_x, centre_y, radius) in enumerate(discs, 1):
        labels[np.hypot(x - centre_x, y - centre_y) < radius] = number
    return labels


def random_discs(generator, shape, count=7):
    """Discs of radius 8 to 14 px that lie apart."""
    discs = []
    while len(discs) < count:
        radius = generator.uniform(8, 14)
        x, y = generator.uniform(radius, shape[1] - radius), generator.uniform(radius, shape[0] - radius)
        if all(np.hypot(x - a, y - b) > radius + c + 3 for a, b, c in discs):
            discs.append((x, y, radius))
    return discs


def write_png(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(imagecodecs.png_encode(np.ascontiguousarray(pixels)))
    return path


def write_data(folder, names=("a", "b"), shape=(128, 128), validation=("b",), noise=6):
    """Images and label images of discs, and ``data.toml`` with one source to train on and one to validate on."""
    for number, name in enumerate(names):
        generator = np.random.default_rng(number)
        discs = random_discs(generator, shape)
        side = "validation" if name in validation else "train"
        grey = draw_discs(shape, discs) + generator.normal(0, noise, shape)
        write_png(folder / side / "images" / f"{name}.png", np.clip(grey, 0, 255).astype(np.uint8))
        write_png(folder / side / "labels" / f"{name}.png", disc_labels(shape, discs))
    text = "".join(
        f'[[source]]\nname = "{side}"\nimages = "{side}/images"\nlabels = "{side}/labels"\nsplit = "{side}"\n'
        'data_bar = false\npolarity = "bright"\n'
        for side in ("train", "validation")
    )
    (folder / "data.toml").write_text(text)
    return folder / "data.toml"


RECIPE = """
name = "discs"
plugin = "unetpp"
data = "data.toml"
[model]
depth = 3
decoder_channels = [32, 16, 16]
[training]
patch = 64
batch = 4
patches = {patches}
epochs = {epochs}
learning_rate = 5e-3
dice = 0.3
average = {average}
weight_map = "distance"
patience = {patience}
{more}
"""


def write_recipe(folder, *, epochs=2, patches=8, average=0.5, patience=15, more=""):
    """A recipe of a small UNet++ beside the data of `write_data`."""
    path = folder / "recipe.toml"
    path.write_text(
        RECIPE.format(epochs=epochs, patches=patches, average=average, patience=patience, more=more)
    )
    return path
