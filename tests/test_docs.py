"""What the documentation says is there, and its examples run."""

import inspect
import re
import runpy
from pathlib import Path

import pytest

from nanosieve import Host, hooks
from nanosieve.testing import check_measure

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def test_the_reference_is_up_to_date():
    pages = runpy.run_path(str(ROOT / "docs/reference/generate.py"))["pages"]()
    for name, generated in pages.items():
        assert (ROOT / "docs/reference" / name).read_text(encoding="utf-8") == generated, name


def test_every_hook_has_a_heading_with_its_signature():
    text = (ROOT / "docs/reference/plugins.md").read_text(encoding="utf-8")
    for name, function in vars(hooks).items():
        if name.startswith("nanosieve_"):
            assert f"### `{name}({', '.join(inspect.signature(function).parameters)})`" in text


def test_every_measure_has_its_paragraph():
    text = (ROOT / "docs/measures.md").read_text(encoding="utf-8")
    for name in Host().measures:
        assert f"`{name}`" in text, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_the_shortest_plugin_of_the_guide_works():
    plugin, check = CODE.findall((ROOT / "docs/plugins/README.md").read_text(encoding="utf-8"))[:2]
    space = {}
    exec(plugin, space)
    (measure,) = space["nanosieve_measures"]()
    check_measure(measure)
    exec(check, space)


def test_the_python_of_the_readme_runs(nanosieve, tmp_path, monkeypatch):
    made = nanosieve("simulate", "all", "--out", "pictures", "--seed", "1", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    monkeypatch.chdir(tmp_path)
    (code,) = CODE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    space = {}
    exec(code, space)
    assert len(space["analysis"].table) > 20


def test_the_hook_examples_make_records():
    import nanosieve

    for name, function in vars(hooks).items():
        if not name.startswith("nanosieve_") or name == "nanosieve_commands":
            continue
        example = inspect.getdoc(function).partition("--------\n")[2]
        space = {"nanosieve": nanosieve}
        exec("\n".join(line[4:] for line in example.splitlines()), space)
        (record,) = space[name]()
        assert record.summary
