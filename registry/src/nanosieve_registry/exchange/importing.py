"""A signed file becomes a candidate in this lab's registry, once all of it was checked."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from nanosieve import Host
from nanosieve.writing import make_folder
from nanosieve_registry.exchange.fitting import fit_here
from nanosieve_registry.exchange.golden import Difference, check_golden
from nanosieve_registry.exchange.manifest import Manifest
from nanosieve_registry.exchange.parts import build_part
from nanosieve_registry.exchange.trust import Signer, TrustStore
from nanosieve_registry.exchange.unpacking import unpack
from nanosieve_registry.exchange.verifying import Checked, named, verify
from nanosieve_registry.places import data_folder

if TYPE_CHECKING:
    from nanosieve_registry.registry import Registry
    from nanosieve_registry.versions import Version

# Tags of an imported version; what a lab signed is in the files of the version as well.
BUNDLE, SIGNER = "nanosieve.bundle", "nanosieve.signer"
ORIGIN_LAB, ORIGIN_NAME, ORIGIN_VERSION, ORIGIN_RUN = (
    "nanosieve.origin.lab",
    "nanosieve.origin.name",
    "nanosieve.origin.version",
    "nanosieve.origin.run_id",
)
CANDIDATE = "candidate"


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came of a file.

    Attributes
    ----------
    name : in this registry: ``<lab>.<name>``
    version : None where nothing was to be registered
    new : whether it was registered just now
    difference : of the golden output; None where the version was there before
    """

    name: str
    version: Version | None
    new: bool
    difference: Difference | None
    manifest: Manifest
    signer: Signer


def import_model(path: Path, trust: TrustStore, host: Host, registry: Registry | None) -> Imported:
    """Check a file, and register what is in it as a candidate; the same file gives the same version.

    Parameters
    ----------
    registry : where it goes; None checks everything and registers nothing

    Raises
    ------
    RefusedError
        Saying why the file is not taken; the registry is as it was.
    """
    checked = verify(path, trust)
    if registry is None:
        difference = check_use(checked, path, host)
        return _imported(checked, None, difference, new=False)
    # two imports of one file at the same time would make two versions
    lock = make_folder(data_folder()) / "import.lock"
    with filelock.FileLock(lock):
        there = [
            version
            for version in registry.versions(checked.manifest.full_name)
            if version.tags.get(BUNDLE) == checked.archive.sha256
        ]
        if there:
            return _imported(checked, there[0], None, new=False)
        difference = check_use(checked, path, host)
        with tempfile.TemporaryDirectory() as folder:
            bundle = unpack(checked, Path(folder) / "bundle")
            version = registry.publish(
                bundle, checked.manifest.full_name, alias=CANDIDATE, tags=_tags(checked)
            )
    return _imported(checked, version, difference, new=True)


def check_use(checked: Checked, path: Path, host: Host) -> Difference:
    """Build the tools, whose shapes and options are judged before, and let them answer for their golden inputs.

    Returns
    -------
    The largest difference.

    Raises
    ------
    RefusedError
        If one does not fit into this installation, or answers otherwise than for the sender.
    """
    with named(path), tempfile.TemporaryDirectory() as folder:
        fit_here(checked.contents, host)
        bundle = unpack(checked, Path(folder) / "bundle")
        found = [
            check_golden(
                build_part(part, bundle, host),
                checked.goldens[part.folder],
                checked.manifest.golden,
            )
            for part in checked.contents.parts
        ]
    return Difference(max(each.mean for each in found), max(each.share for each in found))


def _tags(checked: Checked) -> dict[str, str]:
    manifest = checked.manifest
    tags = {
        BUNDLE: checked.archive.sha256,
        SIGNER: checked.signer.keyid,
        ORIGIN_LAB: manifest.lineage.lab,
        ORIGIN_NAME: manifest.name,
        ORIGIN_VERSION: manifest.lineage.version or "",
        ORIGIN_RUN: manifest.lineage.run_id or "",
    }
    return {tag: value for tag, value in tags.items() if value}


def _imported(
    checked: Checked, version: Version | None, difference: Difference | None, *, new: bool
) -> Imported:
    return Imported(
        name=checked.manifest.full_name,
        version=version,
        new=new,
        difference=difference,
        manifest=checked.manifest,
        signer=checked.signer,
    )
