"""What a results folder remembers of each image, so that a second run goes on where the first one stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nanosieve.errors import OutputError
from nanosieve.measuring import Failure
from nanosieve.writing import write_text, write_whole


@dataclass(frozen=True, kw_only=True)
class Record:
    """The results of one image.

    Attributes
    ----------
    table : one row a particle
    image : its row in ``images.csv``
    failures : measures that did not work
    """

    table: pd.DataFrame
    image: dict[str, Any]
    failures: tuple[Failure, ...] = ()


class Records:
    """Records in a folder, each under the digest of all that it depends on.

    Parameters
    ----------
    folder : hidden folder inside the results folder
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> Record | None:
        """The record of `key`; None where there is none, or it does not read back."""
        try:
            image = json.loads(self._row(key).read_text(encoding="utf-8"))
            table = pd.read_parquet(self._table(key))
        except (OSError, ValueError):
            return None
        return Record(table=table, image=image)

    def put(self, key: str, record: Record) -> None:
        """Keep a record; one with failures is not kept, so that the next run tries again."""
        if record.failures:
            return
        # the row last: it is what says that the image is done
        write_whole(self._table(key), lambda target: record.table.to_parquet(target, index=False))
        write_text(self._row(key), json.dumps(record.image, indent=1))

    def clear(self) -> None:
        """Forget everything."""
        for path in (*self._folder.glob("*.json"), *self._folder.glob("*.parquet")):
            try:
                path.unlink()
            except OSError as error:
                raise OutputError(f"cannot remove {str(path)!r}: {error.strerror}") from error

    def _table(self, key: str) -> Path:
        return self._folder / f"{key}.parquet"

    def _row(self, key: str) -> Path:
        return self._folder / f"{key}.json"
