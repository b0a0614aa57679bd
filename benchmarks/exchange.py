"""How long a model file takes to write, to verify and to use, beside copying it and taking its SHA-256.

python benchmarks/exchange.py
"""

from __future__ import annotations

import hashlib
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file

from nanosieve import Host
from nanosieve.models import CARD, WEIGHTS, ModelCard, file_sha256, write_card
from nanosieve.writing import write_whole
from nanosieve_registry.exchange.exporting import export_model
from nanosieve_registry.exchange.file_store import ModelFileStore
from nanosieve_registry.exchange.importing import check_use
from nanosieve_registry.exchange.layout import GOLDEN, PAGE
from nanosieve_registry.exchange.places import signing_folder, trust_store
from nanosieve_registry.exchange.reading import digests_of
from nanosieve_registry.exchange.sealing import listed, seal
from nanosieve_registry.exchange.signing_key import create_key
from nanosieve_registry.exchange.verifying import verify
from nanosieve_registry.places import VARIABLE
from nanosieve_segmenters.unet.config import UnetConfig
from nanosieve_segmenters.unet.network import make_network

REPEATS = 5
# A plain U-Net of this width has 27 million weights, in half precision 55 MB.
FILTERS = 60


def write_bundle(folder: Path) -> Path:
    """A model with random weights."""
    folder.mkdir()
    config = UnetConfig(filters=FILTERS)
    weights = {
        name: value.half().contiguous() if value.is_floating_point() else value
        for name, value in make_network(config).state_dict().items()
    }
    save_file(weights, folder / WEIGHTS)
    card = ModelCard(
        name="large",
        kind="segmenter",
        plugin="unet",
        plugin_version="0.1.0",
        config=config.model_dump(mode="json"),
        licence="MIT",
        weights_sha256=file_sha256(folder / WEIGHTS),
    )
    write_card(folder, card)
    (folder / PAGE).write_text("# large\n")
    return folder


def median_of(task: Callable[[], object]) -> tuple[float, float]:
    """Median time and median time of the processor, s; they differ where others use the machine."""
    times = []
    for _ in range(REPEATS):
        begin = time.perf_counter(), time.process_time()
        task()
        times.append((time.perf_counter() - begin[0], time.process_time() - begin[1]))
    wall, processor = zip(*times, strict=True)
    return statistics.median(wall), statistics.median(processor)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ[VARIABLE] = str(folder / "data")
        bundle, host = write_bundle(folder / "bundle"), Host()
        own = create_key(signing_folder(), "lab-a")
        exported = export_model(bundle, folder / "x.nsmodel", own, host)
        file, trust = exported.path, trust_store()
        checked = verify(file, trust)
        golden = checked.archive.files[GOLDEN]

        def copy_and_hash() -> None:
            shutil.copyfile(file, folder / "copy")
            with (folder / "copy").open("rb") as copied:
                os.fsync(copied.fileno())
            file_sha256(file)

        def write_and_sign() -> None:
            files = {name: (bundle / name).read_bytes() for name in (CARD, WEIGHTS, PAGE)}
            files[GOLDEN] = golden
            archive = seal(listed(exported.manifest, files, digests_of(files)), files, own)
            hashlib.sha256(archive).hexdigest()
            write_whole(folder / "y.nsmodel", lambda target: target.write_bytes(archive))

        base = median_of(copy_and_hash)
        print(f"{file.stat().st_size / 1e6:.0f} MB, median of {REPEATS}, {torch.get_num_threads()} threads")
        rows = {
            "copy to disk, and SHA-256": base,
            "write and sign": median_of(write_and_sign),
            "verify": median_of(lambda: verify(file, trust)),
            "file:x.nsmodel, unpacked before": median_of(lambda: ModelFileStore().fetch(file.as_uri())),
            "build, and compare the golden output": median_of(lambda: check_use(checked, file, host)),
            "export as a whole, golden output included": median_of(
                lambda: export_model(bundle, folder / "z.nsmodel", own, host)
            ),
        }
        assert (folder / "y.nsmodel").read_bytes() == file.read_bytes()
        print(f"{'':45s} {'time':>9s} {'processor':>11s} {'ratio':>8s}")
        for what, (wall, processor) in rows.items():
            print(f"{what:45s} {wall:7.3f} s {processor:9.3f} s {processor / base[1]:6.1f} x")


if __name__ == "__main__":
    main()
