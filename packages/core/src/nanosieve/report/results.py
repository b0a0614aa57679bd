"""What a report is made of: the tables of a run and the folder that its pictures lie in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nanosieve.table import Tables


@dataclass(frozen=True, kw_only=True)
class Results(Tables):
    """The tables of a run, and where its pictures and outlines are.

    Attributes
    ----------
    folder : the results folder
    """

    folder: Path

    @property
    def size(self) -> str:
        """The column of the particles that sizes are taken from."""
        return str(self.summary["size"])

    @property
    def unit(self) -> str:
        """Unit of lengths: ``"nm"`` or ``"px"``."""
        return self.size.rpartition("_")[2]

    @property
    def accepted(self) -> pd.DataFrame:
        """The particles that count."""
        return self.particles[self.particles["accepted"]]
