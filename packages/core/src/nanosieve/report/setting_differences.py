"""In which settings samples differ: what was measured otherwise may differ by more than its particles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nanosieve.report.provenance_table import provenance_groups

# What is the sample's own, and no setting.
OWN = ("images", "about", "notes")
ABSENT = "none"


def setting_differences(provenances: Sequence[Mapping[str, Any]]) -> list[tuple[str, tuple[str, ...]]]:
    """Settings that are not the same in all samples.

    Returns
    -------
    list of names such as ``"segmenter.settings.method"``, each with its value in every sample
    """
    flat = [_flat(provenance) for provenance in provenances]
    names = dict.fromkeys(name for each in flat for name in each)
    values = {name: tuple(each.get(name, ABSENT) for each in flat) for name in names}
    return [(name, each) for name, each in values.items() if len(set(each)) > 1]


def _flat(provenance: Mapping[str, Any]) -> dict[str, str]:
    groups = provenance_groups({name: value for name, value in provenance.items() if name not in OWN})
    return {
        f"{group}.{name}" if isinstance(provenance.get(group), Mapping) else name: value
        for group, lines in groups.items()
        for name, value in lines
    }
