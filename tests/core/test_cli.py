"""The command line answers at once and helps."""

import os
import subprocess
import sys

import pytest

HEAVY = ("torch", "mlflow", "cv2", "numba", "numpy", "scipy", "pandas", "skimage", "matplotlib", "jinja2")


@pytest.mark.parametrize(("option", "said"), [("--version", "nanosieve "), ("--help", "models ")])
def test_what_must_answer_at_once_imports_nothing_heavy(tmp_path, option, said):
    # stand-ins that say when they are imported, whether or not the real ones are installed
    for name in HEAVY:
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported')")
    finished = subprocess.run(
        [sys.executable, "-m", "nanosieve", option],
        capture_output=True,
        text=True,
        # else a plugin that imports one would be left out, and the rest shown
        env={**os.environ, "PYTHONPATH": str(tmp_path), "NANOSIEVE_STRICT_PLUGINS": "1"},
    )
    assert finished.returncode == 0, finished.stderr
    assert said in finished.stdout


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
