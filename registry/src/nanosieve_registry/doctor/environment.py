"""What is installed: what serving needs, and what reaches a database."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
from pathlib import Path

from nanosieve_registry.doctor.finding import Finding, good, hint, wrong

POSTGRESQL = "postgresql"
# SQLAlchemy 2.1 takes this driver for an address without one.
DRIVER, FORMER_DRIVER = "psycopg", "psycopg2"


def check_versions() -> Finding:
    """What is installed here."""
    version = importlib.metadata.version
    return good("versions", f"nanosieve-registry {version('nanosieve-registry')}, mlflow {version('mlflow')}")


def check_serving(path: str | None = None) -> Finding:
    """Whether uvicorn is there, as a library and as a command that `mlflow models serve` starts.

    Parameters
    ----------
    path : folders of commands; ``PATH`` where None
    """
    check = "serving"
    if not _importable("uvicorn"):
        return wrong(
            check, "uvicorn is not installed, so no model can be served", "pip install 'uvicorn>=0.34'"
        )
    if shutil.which("uvicorn", path=path) is None:
        import sysconfig

        scripts = sysconfig.get_path("scripts")
        return hint(
            check,
            "uvicorn is not on the PATH, so `mlflow models serve` ends with code 127; `nanosieve models serve` works",
            f'export PATH="{Path(scripts)}:$PATH"',
        )
    return good(check, "uvicorn is installed and on the PATH")


def check_driver(uri: str) -> Finding | None:
    """Whether the database of a server could be reached from here; None where none is named."""
    check = "database driver"
    scheme, _, driver = uri.partition("://")[0].partition("+")
    if scheme != POSTGRESQL:
        return None
    if driver in ("", DRIVER) and not _importable(DRIVER):
        there = f"; {FORMER_DRIVER} is there, which is not enough" if _importable(FORMER_DRIVER) else ""
        return wrong(
            check,
            f"psycopg 3 is not installed, and {uri.partition('://')[0]}:// addresses need it{there}",
            "pip install 'psycopg[binary]>=3' where `mlflow server` runs",
        )
    return good(
        check, "psycopg 3 is installed" if driver in ("", DRIVER) else f"{driver} is named in the address"
    )


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
