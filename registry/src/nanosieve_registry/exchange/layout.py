"""What a model file may hold: names, and how large each file may be."""

from __future__ import annotations

from pathlib import PurePosixPath

from nanosieve.models import CARD, PIPELINE_CARD, WEIGHTS
from nanosieve_registry.bundle_files import PLACE
from nanosieve_registry.exchange.refusal import RefusedError

SUFFIX = ".nsmodel"
MANIFEST = "manifest.dsse.json"
PAGE = "README.md"
GOLDEN = "golden.safetensors"

MIB = 1 << 20
# A card with the names and digests of 100 000 training images is 13 MiB; no network here has weights above 200 MiB.
LARGEST = {MANIFEST: 4 * MIB, CARD: 32 * MIB, PAGE: 4 * MIB, GOLDEN: 32 * MIB, WEIGHTS: 1024 * MIB}
LARGEST |= {PIPELINE_CARD: 4 * MIB}
# The parts of a pipeline lie in a folder each, and the tools among which one chooses in a folder of that.
IN_PLACES = (CARD, PAGE, GOLDEN, WEIGHTS)
# Beyond this a zip needs other records.
LARGEST_ARCHIVE = (1 << 31) - 1

CODE = {
    ".py",
    ".pyc",
    ".pkl",
    ".pickle",
    ".pt",
    ".pth",
    ".so",
    ".dll",
    ".sh",
    ".exe",
    ".joblib",
    ".npy",
    ".npz",
}
OF_MLFLOW = {"MLmodel", "requirements.txt", "conda.yaml", "python_env.yaml"}


def check_name(name: str) -> None:
    """Refuse a file that no model file may hold.

    Raises
    ------
    RefusedError
        Saying what is wrong with the name.
    """
    if largest(name) is not None:
        return
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name or "\\" in name:
        raise RefusedError(f"{name!r} leads out of the folder that the file would be unpacked into")
    if path.name in OF_MLFLOW:
        raise RefusedError(f"it holds {name!r}: what MLflow needs is made anew on import, never taken over")
    if path.suffix.lower() in CODE:
        raise RefusedError(f"it holds {name!r}, which may carry code")
    raise RefusedError(
        f"it holds {name!r}; a model file holds {', '.join(LARGEST)}, a pipeline also {', '.join(IN_PLACES)} in "
        "segmenter/, classifier/ and one folder below, and nothing else"
    )


def largest(name: str) -> int | None:
    """How many bytes a file may have; None for one that no model file may hold."""
    place, slash, file = name.rpartition("/")
    if not slash:
        return LARGEST.get(name)
    return LARGEST[file] if file in IN_PLACES and PLACE.fullmatch(place) else None


def check_size(name: str, size: int) -> None:
    """Refuse a file that is larger than its kind ever is."""
    most = largest(name)
    if most is None or size > most:
        raise RefusedError(f"{name!r} has {size} bytes; at most {most or 0} are taken")
