"""The check of everything that nanosieve itself writes."""

from __future__ import annotations

from collections.abc import Sequence

from nanosieve.contract.failures import failure_schema
from nanosieve.contract.faults import Fault, schema_faults
from nanosieve.contract.images import image_schema, reasons_among
from nanosieve.contract.summary import summary_faults
from nanosieve.errors import ContractError
from nanosieve.measuring import Unit
from nanosieve.specs import Measure
from nanosieve.table import Tables, particle_schema


def check_tables(tables: Tables, measures: Sequence[Measure], unit: Unit) -> Tables:
    """The tables themselves, if they keep the contract.

    Raises
    ------
    ContractError
        With every fault.
    """
    found: dict[str, list[Fault]] = {
        "particles": schema_faults(particle_schema(measures, unit), tables.particles),
        "images": schema_faults(image_schema(reasons_among(tables.images.columns)), tables.images),
        "failures": schema_faults(failure_schema(), tables.failures),
        "summary": summary_faults(tables.summary),
    }
    lines = [f"{name}: {fault}" for name, faults in found.items() for fault in faults]
    if lines:
        raise ContractError(
            f"the results break their contract, which is a fault of nanosieve or of a plugin: {'; '.join(lines)}"
        )
    return tables
