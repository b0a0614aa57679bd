"""Several samples on one page: what differs is said, and what was measured differently too."""

import json
import re

import pytest

from drawn_samples import analyse, draw_sample
from nanosieve import Host
from nanosieve.contract.results import read_tables
from nanosieve.errors import ResultsError, ScaleError, UsageError
from nanosieve.report.comparison_page import compare_results, write_comparison
from nanosieve.report.results import Results
from nanosieve.report.setting_differences import setting_differences
from pictures import PIXEL_SIZE_NM, write_tiff
from report_pages import addresses_in, numbers_in, read_page

SIZE = "equivalent_diameter"


def open_results(folder):
    return Results(folder=folder, **vars(read_tables(folder, Host().measures)))


@pytest.fixture(scope="module")
def magnified(tmp_path_factory):
    """The two images of `analysed` as if every pixel were 1.5 times as large: all sizes are too."""
    folder = tmp_path_factory.mktemp("magnified")
    paths = [
        write_tiff(folder / f"{name}.tif", draw_sample(seed), 1.5 * PIXEL_SIZE_NM)
        for seed, name in enumerate(("first", "second"), 1)
    ]
    analyse(paths, folder / "larger", settings=["segmenter.method=otsu"], report=False)
    return folder / "larger"


@pytest.fixture
def page(analysed, magnified, tmp_path):
    write_comparison([open_results(analysed), open_results(magnified)], tmp_path / "page.html", SIZE)
    return read_page(tmp_path / "page.html")


def test_the_ratio_of_the_medians_is_that_of_the_magnifications(analysed, magnified, tmp_path):
    path = tmp_path / "page.html"
    (found,) = write_comparison([open_results(analysed), open_results(magnified)], path, SIZE)
    # the other threshold moves edges by a fraction of a pixel of 24
    assert found.ratio.value == pytest.approx(1.5, rel=0.02)
    page = read_page(path)
    assert found.sentence in page.one(id="answer").text
    assert addresses_in(path.read_text(encoding="utf-8")) == []
    exact = numbers_in(page.one(id="tests"))
    assert {found.ratio.value, found.ratio.low, found.ratio.high} <= set(exact)


def test_the_figures_are_those_of_the_summaries(analysed, magnified, page):
    medians = []
    for folder in (analysed, magnified):
        size = json.loads((folder / "summary.json").read_text())["statistics"]["sizes"][SIZE]
        medians.append((size["corrected"] or size["uncorrected"])["number"]["d50"]["value"])
    (row,) = [row for row in page.one(id="samples").all("tr") if row.text.startswith("D50, median")]
    assert [numbers_in(cell)[0] for cell in row.all("td")] == medians


def test_settings_that_differ_are_listed_and_warned_of(page):
    rows = {
        row.all("th")[0].text: [cell.text for cell in row.all("td")]
        for row in page.one(id="settings").all("tr")
    }
    assert rows["segmenter.settings.method"] == ["li", "otsu"]
    assert "were not measured alike" in page.one("div", class_="warnings").text


def test_what_is_the_samples_own_is_no_setting():
    one = {"units": "nm", "rules": {"edge": True}, "about": {"sample": "A"}, "images": {"a.tif": {}}}
    other = {
        "units": "nm",
        "rules": {"edge": False},
        "about": {"sample": "B"},
        "images": {},
        "polarity": "dark",
    }
    assert setting_differences([one, one]) == []
    assert setting_differences([one, other]) == [
        ("rules.edge", ("yes", "no")),
        ("polarity", ("none", "dark")),
    ]


def test_samples_that_cannot_be_compared_are_refused(analysed, results, tmp_path):
    with pytest.raises(UsageError, match="two or more"):
        compare_results([open_results(analysed)], SIZE)
    with pytest.raises(UsageError, match="given twice"):
        compare_results([open_results(analysed), open_results(analysed)], SIZE)
    path = write_tiff(tmp_path / "px.tif", draw_sample(1), None)
    analyse([path], tmp_path / "px", unit="px", report=False)
    with pytest.raises(ScaleError, match="--units"):
        compare_results([open_results(analysed), open_results(tmp_path / "px")], SIZE)
    summary = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    (results / "summary.json").write_text(json.dumps({**summary, "statistics": None}))
    with pytest.raises(ResultsError, match="no statistics"):
        compare_results([open_results(analysed), open_results(results)], SIZE)


def test_the_command_prints_what_the_page_says(nanosieve, analysed, results, tmp_path):
    # both folders are called "results": the whole path tells them apart
    finished = nanosieve("compare", analysed, results, "--out", tmp_path / "page.html")
    assert finished.returncode == 0, finished.stderr
    sentence, *_, last = finished.stdout.splitlines()
    assert last == f"report: {tmp_path / 'page.html'}"
    assert str(results) in sentence
    assert "is 1.000 times" in re.sub(r"\s+", " ", sentence)
    assert sentence in read_page(tmp_path / "page.html").one(id="answer").text
