"""Model files as an honest lab writes them, and as a hostile one would."""

import hashlib
import json
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from nanosieve.models import (
    CARD,
    WEIGHTS,
    ModelCard,
    Score,
    TrainingImage,
    TrainingRecord,
    file_sha256,
    write_card,
)
from nanosieve_registry.exchange.envelope import open_envelope, sign
from nanosieve_registry.exchange.layout import MANIFEST
from nanosieve_registry.exchange.reading import read_archive
from nanosieve_registry.exchange.writing import entry
from nanosieve_segmenters.unet.config import UnetConfig
from nanosieve_segmenters.unet.network import make_network


def write_bundle(folder, **changes):
    """A bundle of the smallest plain U-Net, which learnt nothing: its weights are those of a seed."""
    folder.mkdir(parents=True)
    config = UnetConfig(filters=4, precision="float32")
    torch.manual_seed(1)
    weights = {name: value.contiguous() for name, value in make_network(config).state_dict().items()}
    save_file(weights, folder / WEIGHTS)
    image = TrainingImage(name="discs/a.tif", sha256="a" * 64)
    training = TrainingRecord(
        sources={"discs": 1},
        groups=1,
        images=(image,),
        validation_images=1,
        options={},
        epochs=1,
        seconds=1,
        software={"torch": "2"},
    )
    card = ModelCard(
        name="spheres",
        kind="segmenter",
        plugin="unet",
        plugin_version="0.1.0",
        config=config.model_dump(mode="json"),
        licence="MIT",
        classes=("particle",),
        training=training,
        scores=(Score(data="discs", images=2, metric="iou", mean=0.5),),
        weights_sha256=file_sha256(folder / WEIGHTS),
    )
    (folder / "README.md").write_text("# spheres\n")
    write_card(folder, card.model_copy(update=changes))
    return folder


@dataclass
class Forged:
    """A model file taken apart, to be changed and put together again.

    Attributes
    ----------
    files : by name, the manifest left out
    fields : of the manifest
    envelope : signed bytes as they were
    entries : what is written into the archive instead of `files`, where a test needs more than names and bytes
    """

    files: dict
    fields: dict
    envelope: bytes
    entries: list | None = None

    @classmethod
    def of(cls, path):
        """A file taken apart."""
        files = dict(read_archive(path).files)
        envelope = files.pop(MANIFEST)
        return cls(files, json.loads(open_envelope(envelope).payload), envelope)

    def card(self, **changes):
        """Change the card, and what the manifest says of it."""
        card = {**json.loads(self.files[CARD]), **changes}
        self.files[CARD] = json.dumps(card).encode()
        self.fields["lineage"]["card"] = sha256(self.files[CARD])

    def weights(self, data):
        """Change the weights, and what card and manifest say of them."""
        self.files[WEIGHTS] = data
        self.card(weights_sha256=sha256(data))

    def write(self, path, key=None):
        """Put it together again, signed anew where there is a key."""
        if key is not None:
            self.fields["files"] = {
                name: {"sha256": sha256(data), "bytes": len(data)} for name, data in self.files.items()
            }
            self.envelope = sign(json.dumps(self.fields).encode(), key)
        entries = self.entries or [(entry(name), data) for name, data in sorted(self.files.items())]
        with zipfile.ZipFile(path, "w") as archive:
            for info, data in [(entry(MANIFEST), self.envelope), *entries]:
                archive.writestr(info, data)
        return Path(path)


def sha256(data):
    """In hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def safetensors(header, data=b""):
    """A file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data
