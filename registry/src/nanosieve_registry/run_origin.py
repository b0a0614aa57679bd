"""What a run of training came from: the data, the code and the environment."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from pathlib import Path
from typing import Any

from nanosieve.fitting import FitJob
from nanosieve.labelled import fingerprint

# MLflow's own name for it, which its pages show.
GIT_COMMIT = "mlflow.source.git.commit"
DATA = "nanosieve.data"
# Seconds; a repository on a share that does not answer must not hold training up.
PATIENCE = 10


def origin_tags(job: FitJob) -> dict[str, str]:
    """Tags of a run: fingerprint of its data, and the revision of the folder that it was started in, under git."""
    revision = git_revision(Path.cwd())
    return {DATA: fingerprint(job.data.entries), **({GIT_COMMIT: revision} if revision else {})}


def git_revision(folder: Path) -> str:
    """Commit of the repository of a folder, with ``-dirty`` where files were changed; "" where there is none."""
    try:
        finished = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return finished.stdout.strip() if finished.returncode == 0 else ""


def environment() -> dict[str, Any]:
    """Python, platform and the version of every distribution that is installed."""
    versions = {each.metadata["Name"]: each.version for each in importlib.metadata.distributions()}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "distributions": dict(sorted(versions.items())),
    }
