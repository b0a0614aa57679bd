"""Files are written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from nanosieve.errors import OutputError

UNFINISHED = ".writing-"
REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space or give another folder",
    errno.EDQUOT: "the disk quota is used up; free some space or give another folder",
    errno.EROFS: "the disk is read-only; give another folder",
    errno.EACCES: "there is no permission to write there; give another folder",
    errno.EPERM: "there is no permission to write there; give another folder",
    errno.ENOTDIR: "a part of the path is a file; give another folder",
}


def write_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Write a file under a temporary name, flush it to the disk, then give it its name.

    Parameters
    ----------
    path : the final name; a file that is there is replaced
    write : called with the temporary path, which has the same ending

    Raises
    ------
    OutputError
        If the disk is full, read-only or not permitted; what was at `path` before is still there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # beside the target: a rename is atomic only within one file system
        handle, name = tempfile.mkstemp(prefix=UNFINISHED, suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise _refused(path, error) from error
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        # mkstemp makes the file private to its owner; results are ordinary files
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return path


def write_text(path: Path, text: str) -> Path:
    """Write a text file whole, in UTF-8 with plain line ends."""
    return write_whole(path, lambda target: target.write_text(text, encoding="utf-8", newline="\n"))


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed run left behind half written; only while nobody else writes there."""
    for path in folder.rglob(f"{UNFINISHED}*"):
        with contextlib.suppress(OSError):  # it is in nobody's way
            path.unlink()


def make_folder(path: Path) -> Path:
    """Make a folder that can be written to.

    Raises
    ------
    OutputError
        If it cannot be made or nothing can be written into it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise _refused(path, error) from error
    return path


def _refused(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"cannot write {str(path)!r}: {REMEDIES.get(error.errno or 0, error.strerror or error)}"
    )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
