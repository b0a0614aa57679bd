"""Exporter `json_lines`: one line a particle."""

from pathlib import Path

from nanosieve.table import Tables
from nanosieve.writing import write_text


def export(tables: Tables, folder: Path) -> list[Path]:
    """Write ``particles.jsonl``."""
    return [write_text(folder / "particles.jsonl", tables.particles.to_json(orient="records", lines=True))]
