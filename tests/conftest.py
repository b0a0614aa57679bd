"""What several tests need: the command line in a process of its own, and the real micrographs."""

import os
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from labelled_pictures import write_data, write_recipe
from pictures import DISCS, draw_discs, write_tiff


@pytest.fixture
def disc_image(tmp_path):
    """A TIFF with `DISCS` at 2.5 nm per pixel."""
    return write_tiff(tmp_path / "images" / "discs.tif", draw_discs((200, 260), DISCS))


@pytest.fixture
def nanosieve(tmp_path_factory):
    """Run the command line as a user does; returns the finished process."""
    home = str(tmp_path_factory.getbasetemp() / "home")

    def run(*arguments, cwd=None, **environment):
        return subprocess.run(
            [sys.executable, "-m", "nanosieve", *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=cwd,
            # records of training runs belong to the test, not to the user
            env={**os.environ, "COLUMNS": "100", "XDG_DATA_HOME": home, **environment},
            timeout=300,
        )

    return run


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real micrographs beside the project, which are never part of it."""
    folder = Path(__file__).parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real micrographs are not here: no folder ../shared/data beside the project")
    return folder


@pytest.fixture(scope="session")
def trained_discs(tmp_path_factory, worker_id):
    """The bundle of a small UNet++ that learnt to find discs; trained once for all test processes."""
    from nanosieve import Host
    from nanosieve.recipes import make_job, train_model

    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "trained_discs"
    with filelock.FileLock(f"{folder}.lock"):
        if not (folder / "run" / "bundle").exists():
            write_data(folder, names=("a", "b", "c"), validation=("c",))
            recipe = write_recipe(folder, epochs=6, patches=48, average=0.9)
            host = Host()
            job = make_job(recipe, folder / "run", host, resume=False, device="cpu")
            train_model(job, host, lambda progress: None)
    return folder / "run" / "bundle"
