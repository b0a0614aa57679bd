"""The command line answers at once and helps."""

import os
import subprocess
import sys

import pytest


def test_version_imports_neither_torch_nor_mlflow_nor_other_heavy_things(tmp_path):
    # stand-ins that say when they are imported, whether or not the real ones are installed
    for name in ("torch", "mlflow", "cv2", "numba", "scipy", "pandas", "skimage", "matplotlib", "jinja2"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported')")
    finished = subprocess.run(
        [sys.executable, "-m", "nanosieve", "--version"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith("nanosieve ")


@pytest.mark.parametrize("command", ["analyze", "simulate", "demo", "plugins", "validate", "export"])
def test_help_of_every_command_has_its_options(nanosieve, command):
    finished = nanosieve(command, "--help")
    assert finished.returncode == 0
    assert "--json" in finished.stdout


@pytest.mark.parametrize("command", ["analyze", "simulate", "export"])
def test_help_has_examples(nanosieve, command):
    finished = nanosieve(command, "--help")
    assert "Examples" in finished.stdout
    assert f"nanosieve {command} " in finished.stdout


def test_an_unknown_command_is_wrong_usage(nanosieve):
    finished = nanosieve("analyse")
    assert finished.returncode == 2
    assert "analyze" in finished.stderr
