"""From a bundle to the run that it was trained in, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

# In the folder of a run of training, whose folder `bundle` is the model.
MARK = "mlflow_run.json"
# Tag of a run: the version that became of it.
PUBLISHED_AS = "nanosieve.version"


@dataclass(frozen=True)
class TrainingRun:
    """A run of training that MLflow keeps.

    Attributes
    ----------
    uri : of the store
    """

    uri: str
    run_id: str


def run_of(bundle: Path) -> TrainingRun | None:
    """The run that a bundle comes from, while it lies in the folder of the run; None elsewhere."""
    return read_mark(bundle.absolute().parent)


def read_mark(folder: Path) -> TrainingRun | None:
    """The run that a folder belongs to; None for one that was not tracked."""
    try:
        noted = json.loads((folder / MARK).read_text("utf-8"))
        return TrainingRun(str(noted["uri"]), str(noted["run_id"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_mark(folder: Path, run: TrainingRun) -> None:
    """Note in the folder of a run which one it is."""
    (folder / MARK).write_text(json.dumps({"uri": run.uri, "run_id": run.run_id}), encoding="utf-8")
