"""The lines of the guide work when they are copied."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pictures import DISCS, draw_discs, write_tiff
from served import serving

GUIDE = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8700"
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def discs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_tiff(tmp_path / "discs.tif", draw_discs((200, 260), DISCS))


def test_the_python_of_the_guide_gets_the_table(server, capsys):
    space = {}
    exec(CODE.findall(GUIDE)[0].replace(ADDRESS, server.url), space)
    assert len(space["table"]) == len(DISCS)
    assert capsys.readouterr().out.startswith("threshold ")


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl here")
def test_the_lines_for_curl_work(server, tmp_path):
    lines = [line for line in CONSOLE.findall(GUIDE)[1].splitlines() if line]
    assert len(lines) == 4
    outputs = []
    for line in lines:
        finished = subprocess.run(
            line.replace(ADDRESS, server.url), shell=True, capture_output=True, text=True, timeout=60
        )
        assert finished.returncode == 0, finished.stderr
        outputs.append(finished.stdout)
    assert outputs[0].startswith("image,label,class,")
    assert '"pixel_size_nm": 7.34' in outputs[1]
    assert (tmp_path / "labels.tif").stat().st_size > 1000
    assert '"status":"ok"' in outputs[3]


def test_the_guide_names_every_status_and_format_of_the_server():
    from nanosieve_registry.serving.formats import MEDIA_TYPES

    for name, media_type in MEDIA_TYPES.items():
        assert f"| `{name}` | `{media_type}` |" in GUIDE
    for status in (401, 406, 408, 412, 413, 422, 500, 503):
        assert f"\n| {status} | " in GUIDE
