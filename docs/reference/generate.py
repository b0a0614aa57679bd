"""Write plugins.md and columns.md from the hooks, the schemas of tables and what the plugins of nanosieve offer.

python docs/reference/generate.py
"""

from __future__ import annotations

import inspect
from pathlib import Path

from pydantic import BaseModel

from nanosieve import Host, hooks
from nanosieve.columns import type_of
from nanosieve.contract.failures import failure_schema
from nanosieve.contract.images import image_schema
from nanosieve.contract.summary import Summary
from nanosieve.table import particle_schema

FOLDER = Path(__file__).parent
OURS = "nanosieve-"


def pages() -> dict[str, str]:
    """The pages by file name."""
    return {
        "plugins.md": "\n".join([HEAD, *_hooks(), *_offers()]).rstrip() + "\n",
        "columns.md": "\n".join([COLUMNS_HEAD, *_tables(), *_summary()]).rstrip() + "\n",
    }


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


COLUMNS_HEAD = """# Reference of tables

Made by `python docs/reference/generate.py` from the schemas that every written table passes; a test checks that it is
up to date. `nanosieve validate FILE` checks a table against them, also one of others. Columns are found by their names;
their order does not matter. Outlines are described in [exports](../exports.md).
"""


def _tables() -> list[str]:
    host = Host()
    measures = [
        host.measures[name]
        for name in host.measures
        if host.measures.provider(name).distribution.startswith(OURS)
    ]
    return [
        *_columns(
            "Particles",
            "`particles.parquet` and `particles.csv`, one row a particle. Columns of measures are there as far as they "
            "were asked for; with `--units px` their names end in `_px` and `_px2`. An empty cell of a measure means "
            "that it does not apply.",
            particle_schema(measures, "nm"),
        ),
        *_columns(
            "Images",
            "`images.csv`, one row an image that was analysed. Between `accepted` and `warnings` each reason that "
            "occurs has a column with the number of particles that were excluded for it.",
            image_schema(),
        ),
        *_columns("Failures", "`failures.csv`, one row for each thing that went wrong.", failure_schema()),
    ]


def _columns(title, about, schema) -> list[str]:
    rows = []
    for name, column in schema.columns.items():
        shown = name.replace("^", "").replace(".+$", "*")
        cells = (
            f"`{shown}`",
            type_of(column),
            column.metadata["unit"],
            column.metadata["range"],
            "yes" if column.nullable else "",
            column.description,
            column.metadata["source"],
        )
        rows.append(f"| {' | '.join(cells)} |")
    rules = [f"- {check.description}" for check in schema.checks]
    if schema.unique:
        rules.insert(0, f"- no two rows have the same {' and '.join(schema.unique)}")
    return [
        *(f"## {title}", "", about, ""),
        "| column | type | unit | range | may be empty | meaning | source |",
        "|---|---|---|---|---|---|---|",
        *(*rows, ""),
        *(("Of whole rows:", "", *rules, "") if rules else ()),
    ]


def _summary() -> list[str]:
    """The models behind `summary.json`, each with a table of its fields."""
    whole = Summary.model_json_schema()
    meanings = {f"#/$defs/{name}": model.get("description", "") for name, model in whole["$defs"].items()}
    lines = ["## Summary.json", "", "The whole is a `Summary`; what is not named here is not in it.", ""]
    for name, model in {"Summary": whole, **whole["$defs"]}.items():
        rows = [
            f"| `{field}` | {_type(about)} | {about.get('description') or meanings.get(about.get('$ref'), '')} |"
            for field, about in model.get("properties", {}).items()
        ]
        lines += [f"### `{name}`", "", model.get("description", "").partition("\n")[0], ""]
        lines += ["| field | type | meaning |", "|---|---|---|", *rows, ""]
    return lines


def _type(about) -> str:
    if "$ref" in about:
        name = about["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in about:
        return " or ".join(_type(each) for each in about["anyOf"])
    if "enum" in about or "const" in about:
        return ", ".join(
            f"`{value}`" if value else "empty" for value in about.get("enum", [about.get("const")])
        )
    if about.get("type") == "array":
        return f"list of {_type(about.get('items', {}))}"
    if about.get("type") == "object" and isinstance(about.get("additionalProperties"), dict):
        return f"{_type(about['additionalProperties'])} by name"
    return about.get("type", "any")


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
