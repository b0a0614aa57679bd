"""Names of columns: which are missing, unknown, doubled, or in a unit that the contract does not have."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, get_args

from nanosieve.contract.faults import Fault
from nanosieve.measuring import Unit
from nanosieve.specs import Measure

UNITS: tuple[Unit, ...] = get_args(Unit)
# Units that other programs give, by the text in a name, in nm.
FOREIGN_NM = {
    "pm": 1e-3,
    "a": 0.1,
    "angstrom": 0.1,
    "um": 1e3,
    "µm": 1e3,
    "μm": 1e3,  # the Greek letter, which looks like the micro sign
    "micron": 1e3,
    "microns": 1e3,
    "mm": 1e6,
    "m": 1e9,
}
# Below this share of equal letters a name is another one, not a slip.
ALIKE = 0.7
NOTHING_LIKE_IT = "no column of the contract has this name; remove it"
ENDING = re.compile(r"_(?P<unit>[^\W\d_]+)(?P<power>[2²]?)")


def name_faults(
    found: Sequence[str],
    required: Collection[str],
    known: Collection[str],
    others: Mapping[str, str] = MappingProxyType({}),
) -> list[Fault]:
    """Columns that are there twice, missing or unknown.

    Parameters
    ----------
    found : names of all columns
    required, known : names that there must be, and all that there may be
    others : further names that people may mean, and the columns behind them
    """
    meant = {name.casefold(): column for name, column in {**others, **{name: name for name in known}}.items()}
    doubled = [name for name, times in Counter(found).items() if times > 1]
    faults = [Fault("there are several columns of this name; keep one", name) for name in doubled]
    faults += [Fault("is missing", name) for name in required if name not in found]
    for name in dict.fromkeys(found):
        if name not in known:
            close = difflib.get_close_matches(name.casefold(), meant, n=1, cutoff=ALIKE)
            hint = f"did you mean {meant[close[0]]!r}?" if close else NOTHING_LIKE_IT
            faults.append(Fault(f"is unknown: {hint}", name))
    return faults


def unit_of(found: Collection[str], measures: Mapping[str, Measure]) -> Unit:
    """The unit that most lengths and areas of a table are in; nm where there are none."""
    counts = {
        unit: sum(measure.column(unit) in found for measure in measures.values() if measure.dimension)
        for unit in UNITS
    }
    return max(UNITS, key=lambda unit: counts[unit])


def unit_faults(found: Sequence[str], measures: Mapping[str, Measure], unit: Unit) -> dict[str, Fault]:
    """What is wrong with the units of measures, by column.

    Parameters
    ----------
    measures : by name
    unit : that of the table
    """
    faults = {}
    for name in dict.fromkeys(found):
        measure = _measure_of(name, measures)
        if measure is not None and name != measure.column(unit):
            message = _wrong_unit(name, measure, unit)
            if message:
                faults[name] = Fault(message, name)
    return faults


def _measure_of(name: str, measures: Mapping[str, Measure]) -> Measure | None:
    """The measure whose name, whole or up to a unit, a column begins with; the longest such name."""
    begins = [each for each in measures if name == each or name.startswith(f"{each}_")]
    return measures[max(begins, key=len)] if begins else None


def _wrong_unit(name: str, measure: Measure, unit: Unit) -> str | None:
    """What is wrong with the ending of a column; None where it is no unit, so that the name is another one's."""
    right, ending = measure.column(unit), name[len(measure.name) :]
    if not ending:
        return f"has no unit: name it {right!r}"
    match = ENDING.fullmatch(ending)
    if match is None:
        return None
    given = match["unit"].lower()
    if given not in FOREIGN_NM and given not in UNITS:
        return None
    if measure.dimension == 0:
        return f"is a ratio and has no unit: name it {right!r}"
    power: Literal[1, 2] = 2 if match["power"] else 1
    if power != measure.dimension:
        kind = ("a length", "an area")[measure.dimension - 1]
        return f"measures {kind}: give it as {right!r}"
    if given in FOREIGN_NM:
        factor = FOREIGN_NM[given] ** measure.dimension
        return f"is in {match['unit']}{match['power']}: give it as {measure.column('nm')!r}, times {factor:g}"
    if given == unit:  # another spelling, such as a capital letter
        return f"name it {right!r}"
    return f"is in {given}, while the table is in {unit}: px and nm do not mix; give it as {right!r}"
