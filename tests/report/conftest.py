"""Results folders to make reports from."""

import shutil

import pytest

from drawn_samples import analyse, draw_sample
from pictures import DISCS, PIXEL_SIZE_NM, draw_discs, write_tiff


@pytest.fixture(scope="session")
def analysed(tmp_path_factory):
    """Results of two images of `draw_sample`, which are gone since; not to be changed."""
    folder = tmp_path_factory.mktemp("report")
    paths = [
        write_tiff(folder / "images" / f"{name}.tif", draw_sample(seed), PIXEL_SIZE_NM)
        for seed, name in enumerate(("first", "second"), 1)
    ]
    analyse(paths, folder / "results")
    shutil.rmtree(folder / "images")
    return folder / "results"


@pytest.fixture(scope="session")
def report_page(analysed):
    """The report of `analysed`."""
    return analysed / "report.html"


@pytest.fixture(scope="session")
def discs_page(tmp_path_factory):
    """The report of `DISCS`, drawn without noise."""
    folder = tmp_path_factory.mktemp("discs")
    path = write_tiff(folder / "discs.tif", draw_discs((200, 260), DISCS), PIXEL_SIZE_NM)
    analyse([path], folder / "results")
    return folder / "results" / "report.html"


@pytest.fixture
def results(analysed, tmp_path):
    """A copy of `analysed` that may be changed."""
    return shutil.copytree(analysed, tmp_path / "results")
