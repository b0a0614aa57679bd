"""Write docs/reference/plugins.md from the hooks and from what the plugins of nanosieve offer.

python docs/reference/generate.py
"""

from __future__ import annotations

import inspect
from pathlib import Path

from pydantic import BaseModel

from nanosieve import Host, hooks

PAGE = Path(__file__).with_name("plugins.md")
OURS = "nanosieve-"


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_hooks(), *_offers()]).rstrip() + "\n"


HEAD = """# Reference of plugins

Made by `python docs/reference/generate.py` from the code; a test checks that it is up to date.

## Hooks
"""


def _hooks() -> list[str]:
    lines = []
    for name, function in vars(hooks).items():
        if not name.startswith("nanosieve_"):
            continue
        text = inspect.getdoc(function) or ""
        summary, _, example = text.partition("\n\nExamples\n--------\n")
        code = "\n".join(line[4:] for line in example.splitlines() if line[:4] in (">>> ", "... "))
        arguments = ", ".join(inspect.signature(function).parameters)
        lines += [f"### `{name}({arguments})`", "", summary, "", "```python", code, "```", ""]
    return lines


def _offers() -> list[str]:
    lines = []
    for plural, catalogue in Host().catalogues.items():
        ours = [name for name in catalogue if catalogue.provider(name).distribution.startswith(OURS)]
        if not ours:
            continue
        lines += [f"## {plural.replace('_', ' ').capitalize()}", ""]
        for name in sorted(ours):
            lines += _offer(catalogue[name])
    return lines


def _offer(spec) -> list[str]:
    lines = [f"### `{spec.name}`", "", spec.summary, ""]
    if spec.kind == "measure":
        limits = (
            f"{'-∞' if spec.lower is None else spec.lower} to {'∞' if spec.upper is None else spec.upper}"
        )
        lines += [f"Column `{spec.column('nm')}`, {limits}, group {spec.group}. Source: {spec.source}.", ""]
        if spec.classes:
            lines += [f"Only of the classes {', '.join(spec.classes)}.", ""]
    if getattr(spec, "suffixes", None):
        lines += [f"Reads {', '.join(spec.suffixes)}.", ""]
    if hasattr(spec, "config"):
        lines += _table("option", _options(spec.config))
    if getattr(spec, "fit", None) is not None:
        lines += _table("option of training", _options(spec.training))
    return lines


def _options(config) -> list[str]:
    """Rows of a table; options of a model inside a model have its name and a dot before theirs."""
    rows = []
    for name, field in config.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            rows += [row.replace("| `", f"| `{name}.", 1) for row in _options(field.annotation)]
        else:
            default = field.get_default(call_default_factory=True)
            rows.append(f"| `{name}` | `{default}` | {field.description} |")
    return rows


def _table(heading: str, rows: list[str]) -> list[str]:
    return [f"| {heading} | default | meaning |", "|---|---|---|", *rows, ""] if rows else []


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
