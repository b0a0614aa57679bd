"""What produced a result: versions, code, settings, inputs."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from nanosieve.host import Host

# The distributions whose version can change a number.
NUMERICS = ("numpy", "scipy", "numba", "opencv-python", "scikit-image", "tifffile", "imagecodecs", "torch")


def software(host: Host) -> dict[str, Any]:
    """Versions of nanosieve, of all plugins, of Python and of what computes numbers here."""
    plugins = {provider.distribution: provider.version for provider in host.providers}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "plugins": dict(sorted(plugins.items())),
        "libraries": {name: version for name in NUMERICS if (version := _version(name))},
    }


def code_digest(host: Host, plugins: Iterable[str]) -> str:
    """SHA-256 of the sources of core and of the named plugins, so that edited code is never taken for the same.

    Parameters
    ----------
    plugins : names of plugins; one that is no module (an object made by a test) adds nothing
    """
    modules = host.modules()
    roots = {_root(sys.modules["nanosieve"])}
    roots |= {_root(modules[name]) for name in plugins if name in modules}
    digest = hashlib.sha256()
    for root in sorted(roots):
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            digest.update(path.relative_to(root.parent).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _root(module: ModuleType) -> Path:
    package = sys.modules[module.__name__.partition(".")[0]]
    source = Path(package.__file__ or "")
    return source.parent if source.name == "__init__.py" else source


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
