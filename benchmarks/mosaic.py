"""One picture of 20,000 x 20,000 px through the whole pipeline: memory, time for each pixel, and what is found.

python benchmarks/mosaic.py
python benchmarks/mosaic.py --side 8000 --film

The mosaic is one simulated picture laid side by side, its neighbours mirrored, so that no particle ends at a seam. The
picture alone is analysed first, in a process of its own as the mosaic, with the default models; time and memory of a
process that only starts are taken off. Printed are peak memory, and what is found for each tile against that picture.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile

from nanosieve.simulate import SimulationSettings, simulate

TILE_PX = 2000
PIXEL_SIZE = "2 nm"


def run(arguments: list[str]) -> tuple[float, float]:
    """Seconds and peak memory, MiB, of the command line."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "nanosieve", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"nanosieve {' '.join(arguments)} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def analyzed(path: Path, folder: Path) -> tuple[float, float, int, float]:
    """Seconds, peak memory in MiB, particles found, and the median diameter of those accepted, nm."""
    out = folder / f"{path.stem}_results"
    # a mosaic says of no detector, and in doubt both models look at it
    options = ["--pixel-size", PIXEL_SIZE, "--set", "segmenter.choose=se", "--set", "classifier.choose=se"]
    seconds, memory = run(["analyze", str(path), *options, "--out", str(out)])
    summary = json.loads((out / "summary.json").read_text())
    sizes = summary["statistics"]["sizes"]["equivalent_diameter"]
    return seconds, memory, summary["balance"]["detected"], sizes["corrected"]["number"]["d50"]["value"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=20000, help=f"px, a multiple of {TILE_PX}")
    parser.add_argument(
        "--film", action="store_true", help="particles that hang together all over the mosaic"
    )
    options = parser.parse_args()
    tiles = options.side // TILE_PX
    # particles that no model wants magnified, which is not done to pictures so large, and, unless asked for, apart
    settings = SimulationSettings(
        height=TILE_PX,
        width=TILE_PX,
        diameter_nm=180,
        coverage=0.3 if options.film else 0.15,
        clustering=0.4 if options.film else 0.0,
        overlap=0.1 if options.film else 0.0,
        data_bar=False,
    )
    tile = simulate("se", settings, seed=5).pixels
    beyond = TILE_PX * (tiles - 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tifffile.imwrite(folder / "tile.tif", tile)
        tifffile.imwrite(folder / "mosaic.tif", np.pad(tile, ((0, beyond), (0, beyond)), mode="symmetric"))
        start, empty = run(["--version"])
        one, mosaic = (analyzed(folder / f"{each}.tif", folder) for each in ("tile", "mosaic"))
    print("| picture, px | peak memory, MiB | bytes a pixel | particles a tile | median of accepted, nm |")
    print("|---|---|---|---|---|")
    for (_, memory, found, median), count in ((one, 1), (mosaic, tiles)):
        side = count * TILE_PX
        each_px = (memory - empty) * 2**20 / side**2
        print(f"| {side} x {side} | {memory:.0f} | {each_px:.0f} | {found / count**2:.1f} | {median:.1f} |")
    ratio = (mosaic[0] - start) / (one[0] - start) / tiles**2
    print(f"a pixel of the mosaic takes {ratio:.2f} times as long as one of the tile")


if __name__ == "__main__":
    main()
