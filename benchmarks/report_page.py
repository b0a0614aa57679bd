"""The report of 20,000 particles in 50 images: time against that of the run, bytes, and how quick it is to use."""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile

from nanosieve import Host
from nanosieve.batch import run
from nanosieve.cli.request import make_request
from nanosieve.report.page import write_report

IMAGES, COLUMNS, ROWS, PITCH_PX = 50, 25, 16, 56
NM_PER_PX = 2.0
# The layout is asked for, since a browser would put it off.
TIMED = """() => {
  const start = performance.now();
  SCRIPT;
  document.body.offsetHeight;
  return performance.now() - start;
}"""
STEPS = {
    "sort 20,000 rows": "document.querySelectorAll('#particles-table th button')[5].click()",
    "next image": "document.querySelector('#image-after').click()",
    "find a particle": "document.querySelector('#particles-table tbody tr').click()",
}


def draw(seed: int) -> np.ndarray:
    """Slightly elongated discs on a grid, with noise."""
    generator = np.random.default_rng(seed)
    picture = np.full((ROWS * PITCH_PX, COLUMNS * PITCH_PX), 60.0)
    y, x = np.indices((PITCH_PX, PITCH_PX)) - PITCH_PX / 2
    for top in range(0, picture.shape[0], PITCH_PX):
        for left in range(0, picture.shape[1], PITCH_PX):
            radius = np.clip(9 * np.exp(0.25 * generator.standard_normal()), 6, 24)
            distance = np.hypot(x - generator.uniform(-3, 3), y / generator.uniform(0.85, 1))
            covered = np.clip(radius - distance + 0.5, 0, 1)
            picture[top : top + PITCH_PX, left : left + PITCH_PX] += 120 * covered
    return np.clip(picture + generator.normal(0, 8, picture.shape), 0, 255).astype(np.uint8)


def in_browser(page_path: Path) -> None:
    """Print the seconds to open, and the milliseconds of what a reader does."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("no Chromium: not opened")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        start = time.perf_counter()
        page.goto(page_path.as_uri())
        print(f"opened in {time.perf_counter() - start:.1f} s")
        for name, script in STEPS.items():
            timed = TIMED.replace("SCRIPT", script)
            print(f"{name}: {page.evaluate(timed):.0f} ms")
        browser.close()


def main() -> None:
    """Draw, analyse, report, open."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = []
        for seed in range(IMAGES):
            paths.append(folder / f"{seed:02}.tif")
            scale = {"resolution": (1 / NM_PER_PX,) * 2, "metadata": {"unit": "nm"}}
            tifffile.imwrite(paths[-1], draw(seed), imagej=True, **scale)
        host = Host()
        start = time.process_time()
        outcome = run(paths, make_request(host, segmenter="threshold"), folder / "results", host)
        everything = time.process_time() - start
        start = time.process_time()
        page = write_report(outcome.tables, outcome.folder)
        seconds = time.process_time() - start
        print(f"{len(outcome.tables.particles)} particles in {len(outcome.tables.images)} images")
        print(
            f"the page: {seconds:.1f} s of processor time, {seconds / everything:.1%} of the run; "
            f"{page.stat().st_size / 1e6:.1f} MB"
        )
        in_browser(page)


if __name__ == "__main__":
    sys.exit(main())
