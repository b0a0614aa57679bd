"""Simulated micrographs as files: a TIFF as a microscope writes it, and the answer beside it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import tifffile

from nanosieve.errors import OutputError
from nanosieve.simulate.micrograph import Simulated
from nanosieve.writing import write_text, write_whole

TRUTH = "truth"
ZEISS, FEI = 34118, 34682


def write(simulated: Simulated, folder: Path, stem: str, *, force: bool = False) -> list[Path]:
    """Write ``<stem>.tif`` with a vendor's tag, and the answer into the subfolder ``truth``.

    Returns
    -------
    The paths: the picture, then ``_labels.tif`` (uint32), ``_particles.csv``, ``_outlines.json``, ``_settings.json``

    Raises
    ------
    OutputError
        If the picture is there already and `force` is not given, or nothing can be written.
    """
    picture = folder / f"{stem}.tif"
    if picture.exists() and not force:
        raise OutputError(
            f"{str(picture)!r} is there already; use --force to write over it, or another --out"
        )
    truth = folder / TRUTH
    outlines = [[np.round(each, 3).tolist() for each in members] for members in simulated.outlines]
    answer = {"kind": simulated.kind, "seed": simulated.seed, "polarity": simulated.polarity}
    paths = [
        write_whole(
            truth / f"{stem}_labels.tif",
            lambda target: tifffile.imwrite(target, simulated.labels.astype(np.uint32), compression="zlib"),
        ),
        write_whole(
            truth / f"{stem}_particles.csv", lambda target: simulated.particles.to_csv(target, index=False)
        ),
        write_text(truth / f"{stem}_outlines.json", json.dumps(outlines)),
        write_text(
            truth / f"{stem}_settings.json",
            json.dumps({**answer, "settings": simulated.settings.model_dump(mode="json")}, indent=2) + "\n",
        ),
    ]
    # the picture last: where it is, its answer is
    tag = _zeiss(simulated) if simulated.kind == "se" else _fei(simulated)
    paths.insert(
        0,
        write_whole(
            picture, lambda target: tifffile.imwrite(target, simulated.pixels, extratags=[tag], metadata=None)
        ),
    )
    return paths


def _zeiss(simulated: Simulated) -> tuple[int, int, int, bytes, bool]:
    """Tag 34118: an unnamed block of numbers, then name and value line by line."""
    settings = simulated.settings
    # value 3 is the pixel size in metres of a picture 1024 px wide
    stored = settings.pixel_size_nm * 1e-9 * settings.width / 1024
    lines = [
        *("0", "0", "0", f"{stored:.8e}", "50000", "6", "20000"),
        *("AP_IMAGE_PIXEL_SIZE", f"Image Pixel Size = {settings.pixel_size_nm:.6g} nm"),
        *("DP_DETECTOR_CHANNEL", "Signal = InLens"),
        *("AP_WD", "WD = 5.0 mm"),
    ]
    return _tag(ZEISS, lines)


def _fei(simulated: Simulated) -> tuple[int, int, int, bytes, bool]:
    """Tag 34682: sections of names and values, lengths in metres."""
    settings = simulated.settings
    side = settings.pixel_size_nm * 1e-9
    bar = simulated.pixels.shape[0] - settings.height
    lines = [
        *("[Scan]", f"PixelWidth={side:.8e}", f"PixelHeight={side:.8e}", ""),
        *("[Image]", f"ResolutionX={settings.width}", f"ResolutionY={settings.height}", ""),
        *("[PrivateFei]", f"DatabarHeight={bar}", ""),
    ]
    return _tag(FEI, lines)


def _tag(code: int, lines: list[str]) -> tuple[int, int, int, bytes, bool]:
    data = ("\r\n".join(lines) + "\r\n").encode("latin-1") + b"\0"
    return code, 2, len(data), data, True
