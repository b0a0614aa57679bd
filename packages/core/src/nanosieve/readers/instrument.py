"""What microscopes write of themselves beside the scale: instrument, voltage, working distance, magnification, date.

Each function returns what it finds, under the names of the columns of ``images.csv``; what is missing or not plausible
is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nanosieve.readers.lengths import number, to_nm

INSTRUMENT, RECORDED = "instrument", "recorded"
VOLTAGE, WORKING_DISTANCE = "voltage_kv", "working_distance_mm"
MAGNIFICATION = "microscope_magnification"

Found = dict[str, str | float]

VOLTS_PER_KV, MM_PER_METRE, NM_PER_MM = 1e3, 1e3, 1e6
# Ground potential and beyond what a column holds; the working distance of a camera over the chamber is none.
PLAUSIBLE = {VOLTAGE: (0.01, 3000.0), WORKING_DISTANCE: (0.01, 500.0), MAGNIFICATION: (1.0, 1e8)}


def zeiss(metadata: Mapping[str, Any]) -> Found:
    """From tag 34118, ``(description, value, unit)`` by key."""
    magnification = _zeiss(metadata, "ap_mag")
    thousands = re.fullmatch(r"\s*([\d.]+)\s*K\s*X\s*", str(magnification), re.IGNORECASE)
    return _kept(
        {
            INSTRUMENT: " ".join(
                filter(None, (_zeiss(metadata, "dp_sem"), _zeiss(metadata, "sv_serial_number")))
            ),
            RECORDED: " ".join(filter(None, (_zeiss(metadata, "ap_date"), _zeiss(metadata, "ap_time")))),
            VOLTAGE: number(_zeiss(metadata, "ap_actualkv")),
            WORKING_DISTANCE: number(_zeiss(metadata, "ap_wd")),
            MAGNIFICATION: 1e3 * float(thousands[1]) if thousands else number(magnification),
        }
    )


def fei(metadata: Mapping[str, Any]) -> Found:
    """From the sections of tag 34680 or 34682; the file states no magnification."""
    system, user = metadata.get("System", {}), metadata.get("User", {})
    beam = metadata.get(str(metadata.get("Beam", {}).get("Beam", "")), {})
    volts, metres = number(beam.get("HV")), number(beam.get("WD"))
    return _kept(
        {
            INSTRUMENT: " ".join(str(system[key]) for key in ("SystemType", "Dnumber") if system.get(key)),
            RECORDED: " ".join(str(user[key]) for key in ("Date", "Time") if user.get(key)),
            VOLTAGE: None if volts is None else volts / VOLTS_PER_KV,
            WORKING_DISTANCE: None if metres is None else metres * MM_PER_METRE,
        }
    )


def jeol(description: str) -> Found:
    """From the XML of SightX in the image description."""
    fields = dict(re.findall(r"<(\w+)>([^<]*)</", description))
    volts = number(fields.get("AccVoltage"))
    return _kept(
        {
            INSTRUMENT: fields.get("Instruments", ""),
            RECORDED: fields.get("DateTime", ""),
            VOLTAGE: None if volts is None else volts / VOLTS_PER_KV,
            MAGNIFICATION: number(fields.get("SelectorValue"))
            if "MAG" in fields.get("ModeString", "")
            else None,
        }
    )


def jeol_text(text: str) -> Found:
    """From a side file with keys ``$CM_...``: kV, mm."""
    fields = dict(re.findall(r"^\$+(\w+)[ \t]+(.*?)\s*$", text, re.MULTILINE))
    return _kept(
        {
            INSTRUMENT: fields.get("CM_INSTRUMENT", ""),
            RECORDED: " ".join(filter(None, (fields.get("CM_DATE"), fields.get("CM_TIME")))),
            VOLTAGE: number(fields.get("CM_ACCEL_VOLT")),
            WORKING_DISTANCE: number(fields.get("SM_WD")),
            MAGNIFICATION: number(fields.get("CM_MAG")),
        }
    )


def hitachi(text: str) -> Found:
    """From a side file with ``AcceleratingVoltage=3000 Volt`` and ``WorkingDistance=5000 um``."""
    fields = dict(re.findall(r"^(\w+)=(.*?)\s*$", text, re.MULTILINE))
    volts = number(fields.get("AcceleratingVoltage", "").removesuffix("Volt").strip())
    distance = to_nm(fields.get("WorkingDistance", ""))
    return _kept(
        {
            INSTRUMENT: fields.get("InstructName", "") or fields.get("InstrumentName", ""),
            RECORDED: " ".join(filter(None, (fields.get("Date"), fields.get("Time")))),
            VOLTAGE: None if volts is None else volts / VOLTS_PER_KV,
            WORKING_DISTANCE: None if distance is None else distance / NM_PER_MM,
            MAGNIFICATION: number(fields.get("Magnification")),
        }
    )


def tescan(text: str) -> Found:
    """From lines ``HV=20000.0`` in volts and ``WD=0.005`` in metres."""
    fields = dict(re.findall(r"^(\w+)\s*=\s*(.*?)\s*$", text.replace("\r", ""), re.MULTILINE))
    volts, metres = number(fields.get("HV")), number(fields.get("WD"))
    return _kept(
        {
            INSTRUMENT: " ".join(filter(None, (fields.get("Device"), fields.get("SerialNumber")))),
            RECORDED: " ".join(filter(None, (fields.get("Date"), fields.get("Time")))),
            VOLTAGE: None if volts is None else volts / VOLTS_PER_KV,
            WORKING_DISTANCE: None if metres is None else metres * MM_PER_METRE,
            MAGNIFICATION: number(fields.get("Magnification")),
        }
    )


def _zeiss(metadata: Mapping[str, Any], key: str) -> Any:
    found = metadata.get(key)
    return found[1] if isinstance(found, tuple) and len(found) > 1 else ""


def _kept(found: Mapping[str, str | float | None]) -> Found:
    kept: Found = {}
    for key, value in found.items():
        if isinstance(value, str):
            if value.strip():
                kept[key] = value.strip()
        elif value is not None:
            least, most = PLAUSIBLE[key]
            if least <= value <= most:
                # what microscopes write has no more digits; arithmetic has
                kept[key] = float(f"{value:.6g}")
    return kept
