"""The check of a results folder: every file, and whether they tell the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nanosieve.contract.faults import Fault, row_numbers, some
from nanosieve.contract.files import Checked, check_file
from nanosieve.contract.images import COUNTS, reasons_among
from nanosieve.errors import ResultsError
from nanosieve.outline_file import outline_path, read_outlines
from nanosieve.specs import Measure
from nanosieve.statistics.balance import balance
from nanosieve.table import IDENTITY

FILES = ("particles.parquet", "particles.csv", "images.csv", "failures.csv", "summary.json")
# CSV holds the shortest text that reads back to the same number; another reader may miss the last bit.
SAME = 1e-12


def check_folder(folder: Path, measures: Mapping[str, Measure]) -> list[Checked]:
    """Check the files of a results folder, each by itself and against the others.

    Parameters
    ----------
    measures : all that there are, by name
    """
    checked = {
        name: check_file(folder / name, measures)
        if (folder / name).is_file()
        else Checked(path=folder / name, kind=None, faults=(Fault("is missing"),))
        for name in FILES
    }
    further: dict[str, list[Fault]] = {name: [] for name in FILES}
    # what breaks its own contract would only repeat itself here
    sound = {name: each for name, each in checked.items() if not each.faults}
    truth = sound.get("particles.parquet")
    if truth is not None and truth.table is not None:
        for name, compare in (
            ("particles.csv", _same_cells),
            ("images.csv", _same_counts),
            ("summary.json", _same_balance),
        ):
            if name in sound:
                further[name] += compare(truth.table, sound[name])
        if "images.csv" in sound:
            further["particles.parquet"] += _same_outlines(folder, truth.table, sound["images.csv"])
    return [replace(each, faults=(*each.faults, *further[name])) for name, each in checked.items()]


def _same_cells(particles: pd.DataFrame, csv: Checked) -> list[Fault]:
    assert csv.table is not None
    if len(csv.table) != len(particles):
        return [Fault(f"has {len(csv.table)} rows, particles.parquet has {len(particles)}")]
    faults = []
    for name in dict.fromkeys([*particles, *csv.table]):
        if name not in csv.table or name not in particles:
            faults.append(Fault("is in only one of particles.csv and particles.parquet", name))
            continue
        ours, theirs = particles[name], csv.table[name]
        if ours.dtype.kind == "f":
            same = np.isclose(ours, theirs, rtol=SAME, atol=0, equal_nan=True)
        else:
            same = (ours == theirs).to_numpy()
        if not same.all():
            faults.append(Fault("differs from particles.parquet", name, row_numbers(np.flatnonzero(~same))))
    return faults


def _same_counts(particles: pd.DataFrame, images: Checked) -> list[Fault]:
    assert images.table is not None
    faults = []
    strangers = set(particles["image"]) - set(images.table["image"])
    if strangers:
        faults.append(
            Fault(f"has no row for {some(sorted(strangers))}, of which there are particles", "image")
        )
    found = {name: balance(group) for name, group in particles.groupby("image")}
    for count in (*COUNTS, *reasons_among(images.table.columns)):
        there = [found.get(name, {}).get(count, 0) for name in images.table["image"]]
        wrong = np.flatnonzero(images.table[count].to_numpy() != np.array(there, np.int64))
        if wrong.size:
            faults.append(
                Fault(
                    f"particles.parquet has {some([there[row] for row in wrong])}, "
                    f"not {some(images.table[count].iloc[wrong])}",
                    count,
                    row_numbers(wrong),
                )
            )
    return faults


def _same_balance(particles: pd.DataFrame, summary: Checked) -> list[Fault]:
    said: dict[str, Any] = summary.summary["balance"]
    there = balance(particles)
    return [
        Fault(f"particles.parquet has {there.get(name, 0)}, not {said.get(name, 0)}", f"balance.{name}")
        for name in dict.fromkeys([*said, *there])
        if said.get(name, 0) != there.get(name, 0)
    ]


def _same_outlines(folder: Path, particles: pd.DataFrame, images: Checked) -> list[Fault]:
    """Whether each particle of the table has its outline, and no other one has."""
    assert images.table is not None
    image, label = IDENTITY
    faults = []
    labels = {name: set(group[label]) for name, group in particles.groupby(image)}
    for name, stem in images.table[[image, "stem"]].itertuples(index=False):
        try:
            outlined = set(read_outlines(folder, stem).labels.tolist())
        except ResultsError as error:
            faults.append(Fault(str(error)))
            continue
        if outlined != labels.get(name, set()):
            odd = sorted(outlined ^ labels.get(name, set()))
            faults.append(
                Fault(
                    f"{outline_path(folder, stem).name!r} has other particles of {name!r}: labels {some(odd)}",
                    label,
                )
            )
    return faults
