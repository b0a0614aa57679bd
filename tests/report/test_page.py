"""The report of a sample: it says what the tables say, from the results folder alone."""

import json
import math
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from drawn_samples import analyse, draw_sample
from nanosieve import Host
from nanosieve.cli.request import parse_about
from nanosieve.contract.results import read_tables
from nanosieve.errors import OutputError, ResultsError, UsageError
from nanosieve.report.page import write_report
from nanosieve.report.rows import MOST_ROWS
from pictures import DISCS, PIXEL_SIZE_NM, WHOLE, draw_discs, write_tiff
from report_pages import addresses_in, numbers_in, read_page


def summary_of(results):
    return json.loads((results / "summary.json").read_text(encoding="utf-8"))


def write_again(results, path=None):
    return write_report(read_tables(results, Host().measures), results, path)


def without_time(path):
    return re.sub(r"<footer>.*?</footer>", "", path.read_text(encoding="utf-8"))


def corners_of(path):
    numbers = [int(value) for value in re.findall(r"-?\d+", path.attributes["d"])]
    return np.cumsum(np.reshape(numbers, (-1, 2)), axis=0) / 10


def test_every_number_of_the_headline_is_that_of_the_summary(analysed):
    page, statistics = read_page(analysed / "report.html"), summary_of(analysed)["statistics"]
    size = statistics["sizes"]["equivalent_diameter"]
    figures = size["corrected"] if size["edge_corrected"] else size["uncorrected"]
    median = figures["number"]["d50"]
    assert median["value"] > 0
    assert numbers_in(page.one(id="headline-median")) == [median["value"], median["low"], median["high"]]
    balance = statistics["balance"]
    assert numbers_in(page.one(id="headline-count")) == [
        balance["accepted"],
        balance["detected"],
        statistics["images"],
    ]
    assert numbers_in(page.one(id="headline-uncertainty")) == [size["budgets"]["median"]["expanded"]]
    assert statistics["verdict"]["sentence"] in page.one(id="headline-verdict").text


def test_warnings_come_before_the_answer(analysed):
    page, statistics = read_page(analysed / "report.html"), summary_of(analysed)["statistics"]
    answer = page.one("section", id="answer")
    assert [child.attributes["class"] for child in answer.children[:2]] == ["warnings", "cards"]
    said = [item.text for item in answer.children[0].all("li")]
    assert said[: len(statistics["warnings"])] == list(statistics["warnings"])


def test_the_page_has_no_address_at_all(analysed):
    text = (analysed / "report.html").read_text(encoding="utf-8")
    assert addresses_in(text) == []
    # the check itself finds what it must
    assert addresses_in('<script src="https://a.b/c.js">') != []
    assert addresses_in("<style>@import url(other.css);</style>") != []


def test_every_particle_is_outlined_where_it_was_drawn(discs_page):
    image = read_page(discs_page).one("figure", class_="image")
    drawn = [corners_of(path) for path in image.one("g", class_="outlines").all("path")]
    assert len(drawn) == len(DISCS)
    # true centres count from the centre of the first pixel, the page from its corner
    true = np.array([(x + 0.5, y + 0.5) for x, y, _ in WHOLE])
    middles = np.array([(corners.min(axis=0) + corners.max(axis=0)) / 2 for corners in drawn])
    for centre in true:
        assert np.hypot(*(middles - centre).T).min() < 0.3


def test_scale_bars_are_as_long_as_they_say(discs_page):
    page = read_page(discs_page)
    tiles = [tile for tile in page.all("figure", class_="tile") if "discs.tif" in tile.text]
    wholes = 0
    for tile in [*tiles, *page.all("figure", class_="image")]:
        length = float(tile.one("g", class_="scale").one("rect").attributes["width"])
        nm_per_px = float(tile.one("g", class_="scale").one("text").text.removesuffix(" nm")) / length
        for path in tile.one("g", class_="outlines").all("path"):
            wide, high = np.ptp(corners_of(path), axis=0) * nm_per_px
            # discs of radius 12 px of 2.5 nm are 60 nm wide, wherever they are whole
            if min(wide, high) > 50:
                assert (wide, high) == pytest.approx((60, 60), abs=2)
                wholes += 1
    assert wholes == 2 * len(WHOLE)


def test_the_gallery_runs_from_the_smallest_to_the_largest(analysed):
    page = read_page(analysed / "report.html")
    captions = [tile.text for tile in page.all("figure", class_="tile")]
    assert len(captions) > 12
    for row in page.all("div", class_="tiles"):
        sizes = [float(tile.text.split()[0]) for tile in row.all("figure", class_="tile")]
        assert sizes == sorted(sizes)


def test_names_of_files_are_text_never_markup(tmp_path):
    name = """<b>&"' x.tif"""
    path = write_tiff(tmp_path / name, draw_sample(3), PIXEL_SIZE_NM)
    analyse([path], tmp_path / "results", settings=["rules.confidence=0.5"])
    page = read_page(tmp_path / "results" / "report.html")
    assert page.all("b") == []
    assert name in page.one("select", id="image-picker").text
    rows = json.loads(page.one("script", id="rows").text)["rows"]
    assert {row[1] for row in rows} == {name}


@pytest.mark.parametrize(
    ("discs", "options"),
    [
        pytest.param([], {}, id="no particle"),
        pytest.param([(130.0, 100.0, 20.0)], {}, id="one particle"),
        pytest.param([(130.0, 100.0, 20.0), (40.0, 40.0, 20.0)], {}, id="two alike"),
        pytest.param(DISCS, {"unit": "px"}, id="px"),
        pytest.param(DISCS, {"classifier": None}, id="no classifier"),
        pytest.param([(130.0, 1.0, 20.0)], {}, id="all excluded"),
        pytest.param([(130.0, 100.0, 4.0), (60.0, 60.0, 4.0)], {}, id="all too small"),
        pytest.param(DISCS, {"measures": ["equivalent_diameter"]}, id="sizes only"),
    ],
)
def test_samples_of_every_kind_have_a_page(tmp_path, discs, options):
    noise = np.random.default_rng(1).normal(0, 3, (200, 260))
    picture = np.round(draw_discs((200, 260), discs) + noise).clip(0, 255).astype(np.uint8)
    scale = None if options.get("unit") == "px" else PIXEL_SIZE_NM
    path = write_tiff(tmp_path / "discs.tif", picture, scale)
    analyse([path], tmp_path / "results", **options)
    page = read_page(tmp_path / "results" / "report.html")
    summary = summary_of(tmp_path / "results")
    accepted, detected, images = numbers_in(page.one(id="headline-count"))
    assert (accepted, detected) == (summary["balance"]["accepted"], summary["balance"]["detected"])
    assert images == 1
    assert page.all(id="headline-median") or accepted == 0
    # a number that is not known is a dash, never a word of the program
    text = page.one("main").text
    assert not re.search(r"\b(nan|None|inf|Undefined)\b", text)
    assert all(math.isfinite(value) for value in numbers_in(page))


def test_an_empty_run_has_a_page_that_says_what_went_wrong(tmp_path):
    path = tmp_path / "broken.tif"
    path.write_bytes(b"no picture")
    analyse([path], tmp_path / "results")
    page = read_page(tmp_path / "results" / "report.html")
    (row,) = pd.read_csv(tmp_path / "results" / "failures.csv").itertuples()
    assert row.error in page.one("section", id="quality").text
    assert "went wrong" in page.one("section", id="answer").text


def test_the_micrographs_are_not_needed_again(results):
    before = without_time(results / "report.html")
    # the images of this folder were removed after they were analysed
    assert without_time(write_again(results)) == before


def test_without_pictures_outlines_are_drawn_and_without_outlines_pictures(results):
    shutil.rmtree(results / "pictures")
    page = read_page(write_again(results))
    assert [image.all("image") for image in page.all("figure", class_="image")] == [[], []]
    assert len(page.one(id="explorer").all("path")) == summary_of(results)["balance"]["detected"]
    assert "not in the results folder" in page.one(id="explorer").text
    assert page.all("figure", class_="tile") == []
    shutil.rmtree(results / "outlines")
    page = read_page(write_again(results))
    assert page.one(id="explorer").all("path") == []


def test_nothing_is_written_half(results):
    page = results / "report.html"
    before = page.read_bytes()
    table = results / "particles.parquet"
    table.write_bytes(table.read_bytes()[:1000])
    with pytest.raises(ResultsError, match=r"particles\.parquet"):
        write_again(results)
    assert page.read_bytes() == before
    table.unlink()
    with pytest.raises(ResultsError, match="missing"):
        write_again(results)
    assert sorted(path.name for path in results.glob(".writing-*")) == []


def test_a_file_that_cannot_be_written_is_named(results):
    blocked = results / "images.csv" / "report.html"
    with pytest.raises(OutputError, match=r"images\.csv"):
        write_again(results, blocked)


def test_of_many_particles_an_even_share_is_held_and_the_page_says_so(results):
    table = pd.read_parquet(results / "particles.parquet")
    copies = MOST_ROWS // len(table) + 2
    many = pd.concat([table.assign(label=table["label"] + 1000 * copy) for copy in range(copies)])
    many.to_parquet(results / "particles.parquet", index=False)
    page = read_page(write_again(results))
    held = json.loads(page.one("script", id="rows").text)["rows"]
    assert len(held) <= MOST_ROWS
    assert f"This page holds {len(held)} of" in page.one(id="particles").text
    assert "particles.csv" in page.one(id="particles").text


def test_what_the_user_says_stands_among_the_report_items(nanosieve, tmp_path):
    image = write_tiff(tmp_path / "x.tif", draw_sample(5), PIXEL_SIZE_NM)
    command = ("analyze", image, "--segmenter", "threshold", "--out", tmp_path / "out")
    assert nanosieve(*command, "--no-report").returncode == 0
    assert not (tmp_path / "out" / "report.html").exists()
    finished = nanosieve(*command, "--about", "sample=Gold <7>", "--about", "humidity=40 %")
    assert finished.returncode == 0, finished.stderr
    assert "earlier run" in finished.stdout
    assert str(tmp_path / "out" / "report.html") in finished.stdout
    page = read_page(tmp_path / "out" / "report.html")
    assert page.one("h1").text == "Gold <7>"
    items = {row.all("th")[0].text: row.all("td")[0].text for row in page.one(id="items").all("tr")}
    assert items["Sample"] == "Gold <7>"
    assert items["humidity"] == "40 %"
    assert "not given" in items["Operator"]


def test_without_a_size_there_is_a_page_of_what_was_asked_for(nanosieve, tmp_path):
    image = write_tiff(tmp_path / "x.tif", draw_sample(5), PIXEL_SIZE_NM)
    finished = nanosieve(
        "analyze", image, "--segmenter", "threshold", "--measure", "circularity", "--out", tmp_path / "out"
    )
    assert finished.returncode == 0, finished.stderr
    page = read_page(tmp_path / "out" / "report.html")
    assert "circularity" in json.loads(page.one("script", id="rows").text)["columns"]
    assert "equivalent diameter" not in page.one(id="particles").text


@pytest.mark.parametrize("words", ["sample", "=Gold", "sample="])
def test_what_is_said_has_a_key_and_a_value(words):
    with pytest.raises(UsageError, match="KEY=VALUE"):
        parse_about([words])


def test_the_command_makes_the_page_again(nanosieve, results):
    (results / "report.html").unlink()
    finished = nanosieve("report", results)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip() == str(results / "report.html")
    assert read_page(results / "report.html").one(id="headline-count")
