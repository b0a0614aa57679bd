"""Exports, read back by the programs' own libraries: counts, areas and places agree with the table."""

import dataclasses
import hashlib
import json
import shutil
import struct
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
import shapely.geometry
import tifffile
from pycocotools.coco import COCO
from rocrate.rocrate import ROCrate
from typer.testing import CliRunner

from analyzed import NAMES, analyze_discs
from nanosieve import ExporterSpec, Host
from nanosieve.batch import run
from nanosieve.cli.app import app
from nanosieve.cli.request import make_request
from nanosieve.errors import OutputError, UsageError
from nanosieve.exporting import export_all
from nanosieve.results_lock import results_lock
from nanosieve.table import Tables
from nanosieve_exporters import xlsx
from nanosieve_exporters.polygons import simple_rings
from pictures import PIXEL_SIZE_NM, draw_discs, write_tiff

EXPORTERS = ("xlsx", "imagej", "qupath", "coco", "rocrate")
# Chords within the pixels cut off less than this share of a disc of radius 12 px, more of one of 4 px.
CHORDS = 0.01
CHORDS_SMALL = 0.06
SMALL_NM2 = 1000


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return analyze_discs(tmp_path_factory.mktemp("exports"), exporters=EXPORTERS, report=True).folder


@pytest.fixture(scope="module")
def table(results):
    return pd.read_parquet(results / "particles.parquet")


def stem_of(name):
    return name.removesuffix(".tif")


def rows_of(table, name):
    return table[table["image"] == name].set_index("label")


def pixels_inside(polygon, shape):
    """The pixels whose centre lies inside; the first one's is (0.5, 0.5)."""
    y, x = np.indices(shape)
    return shapely.contains_xy(polygon, x + 0.5, y + 0.5)


def check_place(polygon, label, labels):
    """The outline is the edge of the particle's own pixels in the label image."""
    assert (pixels_inside(polygon, labels.shape) == (labels == label)).all()


def check_area(area_px, row):
    share = CHORDS_SMALL if row["area_nm2"] < SMALL_NM2 else CHORDS
    assert area_px * PIXEL_SIZE_NM**2 == pytest.approx(row["area_nm2"], rel=share)


# XLSX


@pytest.fixture(scope="module")
def book(results):
    return openpyxl.load_workbook(results / "results.xlsx")


def test_the_workbook_holds_the_tables_with_their_types(book, table):
    assert book.sheetnames == ["particles", "images", "summary", "failures"]
    heading, *rows = book["particles"].iter_rows(values_only=True)
    assert list(heading) == list(table.columns)
    assert len(rows) == len(table)
    for row, (_, expected) in zip(rows, table.iterrows(), strict=True):
        found = dict(zip(heading, row, strict=True))
        assert type(found["label"]) is int
        assert type(found["accepted"]) is bool
        assert found["label"] == expected["label"]
        assert found["accepted"] == expected["accepted"]
        assert found["area_nm2"] == pytest.approx(expected["area_nm2"])
        # what is not there is an empty cell, not 0 and no text
        assert (found["edge_weight"] is None) == pd.isna(expected["edge_weight"])
    assert book["images"].max_row == 1 + len(NAMES)
    assert book["failures"].max_row == 1


def test_a_name_that_looks_like_a_formula_is_text(book):
    cells = [row[0] for row in book["particles"].iter_rows(min_row=2)]
    odd = [cell for cell in cells if cell.value == "=odd name.tif"]
    assert odd
    assert {cell.data_type for cell in odd} == {"s"}
    assert all(
        cell.style.quotePrefix if hasattr(cell.style, "quotePrefix") else cell.quotePrefix for cell in odd
    )


def test_the_summary_sheet_has_names_with_dots_and_numbers(book, table):
    found = dict(book["summary"].iter_rows(min_row=2, values_only=True))
    assert found["balance.detected"] == len(table)
    assert found["provenance.segmenter.name"] == "threshold"
    assert found["interrupted"] is False


def test_more_rows_than_a_sheet_holds_are_refused_before_a_file_is_there(monkeypatch, tmp_path, table):
    monkeypatch.setattr(xlsx, "MOST_ROWS", 10)
    empty = pd.DataFrame()
    tables = Tables(particles=table, images=empty, failures=empty, summary={"provenance": {}, "failures": []})
    with pytest.raises(UsageError, match="'particles' has more; use parquet or csv"):
        xlsx.export(tables, tmp_path)
    assert not list(tmp_path.iterdir())


# ImageJ


def decode_region(data):
    """Type and corners of a region, as ImageJ's own reader (ij.io.RoiDecoder) takes them from its bytes."""
    assert data[:4] == b"Iout"
    kind, options = data[6], struct.unpack(">h", data[50:52])[0]
    (count,) = struct.unpack(">H", data[16:18])
    assert options & 128, "no sub-pixel corners"
    # a header of 64 bytes, whole-number corners of 2 bytes for x and for y, then the exact ones
    start = 64 + 4 * count
    corners = np.frombuffer(data, ">f4", 2 * count, start).reshape(2, count).T
    return kind, corners.astype(float)


def test_imagej_regions_are_the_particles(results, table):
    polygon_type = 0
    for name in NAMES:
        rows = rows_of(table, name)
        labels = tifffile.imread(results / "labels" / f"{stem_of(name)}.tif")
        with zipfile.ZipFile(results / "imagej" / f"{stem_of(name)}.zip") as file:
            regions = {
                int(each.removesuffix(".roi")): decode_region(file.read(each)) for each in file.namelist()
            }
        assert sorted(regions) == sorted(rows.index)
        for label, (kind, corners) in regions.items():
            assert kind == polygon_type
            polygon = shapely.Polygon(corners)
            check_area(polygon.area, rows.loc[label])
            check_place(polygon, label, labels)
            assert polygon.length * PIXEL_SIZE_NM == pytest.approx(rows.loc[label, "perimeter_nm"], rel=1e-4)


def test_imagej_regions_have_class_and_verdict(results, table):
    import roifile

    rows = rows_of(table, "discs.tif")
    for region in roifile.roiread(results / "imagej" / "discs.zip"):
        row = rows.loc[int(region.name)]
        assert region.properties["class"] == row["class"]
        assert region.properties["accepted"] == row["accepted"]
        assert region.properties["reason"] == row["reason"]
        assert region.stroke_color[0] == 255


# QuPath


def test_geojson_has_the_particles_with_class_and_measures(results, table):
    for name in NAMES:
        rows = rows_of(table, name)
        labels = tifffile.imread(results / "labels" / f"{stem_of(name)}.tif")
        content = json.loads((results / "qupath" / f"{stem_of(name)}.geojson").read_text())
        assert content["type"] == "FeatureCollection"
        assert sorted(int(each["properties"]["name"]) for each in content["features"]) == sorted(rows.index)
        assert len({each["id"] for each in content["features"]}) == len(rows)
        for feature in content["features"]:
            properties = feature["properties"]
            row = rows.loc[int(properties["name"])]
            polygon = shapely.geometry.shape(feature["geometry"])
            assert polygon.is_valid
            # RFC 7946: the outer ring runs anticlockwise
            assert polygon.exterior.is_ccw
            check_area(polygon.area, row)
            check_place(polygon, row.name, labels)
            assert properties["objectType"] == "detection"
            reason = f": {row['reason']}" if row["reason"] else ""
            assert properties["classification"]["name"] == row["class"] + reason
            assert properties["measurements"]["area_nm2"] == row["area_nm2"]
            assert all(isinstance(value, float) for value in properties["measurements"].values())


# COCO


# pycocotools was built for an older NumPy
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_coco_has_images_classes_and_particles(results, table, capsys):
    coco = COCO(results / "coco.json")
    assert [image["file_name"] for image in coco.loadImgs(coco.getImgIds())] == list(NAMES)
    assert [(each["height"], each["width"]) for each in coco.loadImgs(coco.getImgIds())] == [
        (200, 260),
        (220, 260),
    ]
    assert {each["name"] for each in coco.loadCats(coco.getCatIds())} == set(table["class"])
    assert len(coco.getAnnIds()) == len(table)
    for image in coco.loadImgs(coco.getImgIds()):
        rows = rows_of(table, image["file_name"])
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))
        assert sorted(each["label"] for each in annotations) == sorted(rows.index)
        labels = np.zeros((image["height"], image["width"]), np.uint32)
        analysed = tifffile.imread(results / "labels" / f"{stem_of(image['file_name'])}.tif")
        labels[: analysed.shape[0]] = analysed
        for annotation in annotations:
            row = rows.loc[annotation["label"]]
            assert coco.loadCats(annotation["category_id"])[0]["name"] == row["class"]
            assert annotation["accepted"] == row["accepted"]
            check_area(annotation["area"], row)
            mask = coco.annToMask(annotation).astype(bool)
            own = labels == annotation["label"]
            # pycocotools rounds corners to a fifth of a pixel, so single pixels at the edge may differ
            assert (mask & own).sum() / (mask | own).sum() > 0.95
            y, x = np.nonzero(own)
            left, top, width, height = annotation["bbox"]
            assert abs(left - x.min()) <= 0.5
            assert abs(top - y.min()) <= 0.5
            assert abs(left + width - (x.max() + 1)) <= 0.5
            assert abs(top + height - (y.max() + 1)) <= 0.5
    capsys.readouterr()


# outlines that touch themselves


def corner_outlines(mask):
    from nanosieve import Micrograph, Segmentation, cut_particles

    particles = cut_particles(
        Micrograph(pixels=np.zeros(mask.shape, np.float32)), Segmentation(labels=mask.astype(np.int32))
    )
    return particles.outlines[0] + 0.5


def test_an_outline_that_touches_itself_becomes_simple_polygons_of_the_same_area():
    mask = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]])
    rings = simple_rings(corner_outlines(mask))
    assert sorted(map(tuple, (ring.min(axis=0) for ring in rings))) == [(1, 1), (2, 2)]
    assert all(shapely.Polygon(ring).is_valid for ring in rings)
    assert sum(shapely.Polygon(ring).area for ring in rings) == 2


@pytest.mark.parametrize("seed", range(5))
def test_odd_outlines_along_pixel_edges_become_valid_polygons(seed):
    import cv2

    random = np.random.default_rng(seed)
    _, pieces = cv2.connectedComponents((random.random((20, 20)) < 0.55).astype(np.uint8), connectivity=8)
    largest = np.argmax(np.bincount(pieces.ravel())[1:]) + 1
    outline = corner_outlines(pieces == largest)
    rings = [shapely.Polygon(ring) for ring in simple_rings(outline)]
    assert all(ring.is_valid for ring in rings)
    assert shapely.MultiPolygon(rings).is_valid
    inside = pixels_inside(shapely.MultiPolygon(rings), pieces.shape)
    # an outline has no holes: all its own pixels are inside
    assert inside[pieces == largest].all()
    assert sum(ring.area for ring in rings) == inside.sum()


# RO-Crate


def test_the_crate_has_every_file_with_its_digest(results):
    crate = ROCrate(results)
    files = {each.id: each for each in crate.data_entities if "File" in each.type}
    here = {
        path.relative_to(results).as_posix().replace("=", "%3D").replace(" ", "%20"): path
        for path in results.rglob("*")
        if path.is_file() and ".nanosieve" not in path.parts and path.name != "ro-crate-metadata.json"
    }
    assert set(files) == set(here)
    assert "report.html" in files
    for name, path in here.items():
        assert files[name]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert files[name]["contentSize"] == str(path.stat().st_size)


def test_the_crate_says_from_what_with_what_and_how(results):
    crate = ROCrate(results)
    action = crate.get("#analysis")
    assert action["instrument"]["name"] == "nanosieve"
    images = pd.read_csv(results / "images.csv")
    objects = action["object"]
    digests = {each["sha256"] for each in objects if "ImageObject" in each.type}
    assert digests == set(images["sha256"])
    settings = {each["name"]: each["value"] for each in objects if each.type == "PropertyValue"}
    assert settings["segmenter.name"] == "threshold"
    assert settings["rules.confidence"] == 0.75
    assert {each["name"] for each in action["instrument"]["softwareRequirements"]} >= {"numpy", "Python"}
    assert crate.license["name"] == "No licence yet"
    assert crate.root_dataset["datePublished"] is not None


def test_what_a_person_wrote_into_the_crate_is_kept(results, tmp_path):
    folder = shutil.copytree(results, tmp_path / "results")
    path = folder / "ro-crate-metadata.json"
    content = json.loads(path.read_text())
    root = next(each for each in content["@graph"] if each["@id"] == "./")
    root |= {"license": {"@id": "https://spdx.org/licenses/CC-BY-4.0"}, "author": [{"@id": "#ada"}]}
    content["@graph"] += [
        {"@id": "https://spdx.org/licenses/CC-BY-4.0", "@type": "CreativeWork", "name": "CC BY 4.0"},
        {"@id": "#ada", "@type": "Person", "name": "Ada", "affiliation": {"@id": "#lab"}},
        {"@id": "#lab", "@type": "Organization", "name": "The lab"},
        {"@id": "#stray", "@type": "Person", "name": "Nobody refers to this"},
    ]
    path.write_text(json.dumps(content))
    assert export(folder, "rocrate").exit_code == 0
    crate = ROCrate(folder)
    assert crate.license["name"] == "CC BY 4.0"
    assert crate.get("#ada")["affiliation"]["name"] == "The lab"
    assert crate.get("#no-licence") is None
    assert crate.get("#stray") is None

    path.write_text("{")
    refused = export(folder, "rocrate")
    assert refused.exit_code == 3
    assert "would be lost" in refused.stderr
    assert path.read_text() == "{"


# the commands


def export(folder, *names):
    return CliRunner().invoke(app, ["export", str(folder), *(f"--to={name}" for name in names)])


def test_export_writes_from_results_that_are_there(results, tmp_path):
    folder = shutil.copytree(results, tmp_path / "results")
    before = (folder / "coco.json").read_bytes()
    for name in ("coco.json", "results.xlsx"):
        (folder / name).unlink()
    finished = export(folder, "coco", "xlsx")
    assert finished.exit_code == 0, finished.output
    assert finished.stdout.split("\n")[:2] == [str(folder / "coco.json"), str(folder / "results.xlsx")]
    assert (folder / "coco.json").read_bytes() == before


def test_one_exporter_that_fails_stops_no_other(results, tmp_path):
    folder = shutil.copytree(results, tmp_path / "results")
    shutil.rmtree(folder / "outlines")
    (folder / "results.xlsx").unlink()
    finished = export(folder, "coco", "xlsx")
    assert finished.exit_code == 3
    assert "there are no outlines" in finished.stderr
    assert (folder / "results.xlsx").exists()


def test_faulty_results_and_wrong_names_are_refused(nanosieve, results, tmp_path):
    wrong = nanosieve("export", results, "--to", "exel")
    assert wrong.returncode == 2
    assert "xlsx" in wrong.stderr
    nothing = nanosieve("export", tmp_path, "--to", "xlsx")
    assert nothing.returncode == 1
    assert "no results folder" in nothing.stderr


def test_nobody_exports_while_another_run_writes(results):
    with results_lock(results):
        refused = export(results, "coco")
    assert isinstance(refused.exception, OutputError)
    assert "another run is writing" in str(refused.exception)


def test_pixels_that_are_not_square_are_exported_as_the_picture_has_them(tmp_path):
    # every second row is left out: the disc is 120 px wide, 60 px high, and pixels are 2 nm wide and 4 nm high
    image = write_tiff(tmp_path / "tall.tif", draw_discs((240, 240), [(120, 120, 60.0)])[::2])
    host = Host()
    request = make_request(host, segmenter="threshold", exporters=("coco",), pixel_size="2 x 4 nm")
    outcome = run([image], dataclasses.replace(request, report=False), tmp_path / "results", host)
    (row,) = outcome.tables.particles.itertuples()
    content = json.loads((tmp_path / "results" / "coco.json").read_text())
    (annotation,) = content["annotations"]
    _, _, width, height = annotation["bbox"]
    assert (width, height) == (pytest.approx(120, abs=0.5), pytest.approx(60, abs=0.5))
    assert annotation["area"] * 2 * 4 == pytest.approx(row.area_nm2, rel=CHORDS)
    assert content["images"][0]["pixel_size_nm"] == [4, 2]


def test_an_exporter_that_describes_the_folder_runs_last_and_its_failure_is_in_the_tables(tmp_path):
    seen = []

    def fail(tables, folder):
        seen.append((folder / "summary.json").exists() and (folder / "particles.csv").exists())
        raise ValueError("no")

    host = Host()
    request = make_request(host, segmenter="threshold")
    broken = ExporterSpec(name="broken", summary="Fails.", export=fail, last=True)
    request = dataclasses.replace(request, report=False, exporters={"broken": broken, **request.exporters})
    image = write_tiff(tmp_path / "x.tif", draw_discs((60, 60), [(30, 30, 12.0)]))
    run([image], request, tmp_path / "results", host)
    assert seen == [True]
    (failure,) = pd.read_csv(tmp_path / "results" / "failures.csv").itertuples()
    assert failure.stage == "exporting"
    assert failure.error == "broken raised ValueError: no"
    summary = json.loads((tmp_path / "results" / "summary.json").read_text())
    assert [each["stage"] for each in summary["failures"]] == ["exporting"]


def test_exporters_that_work_are_not_stopped_by_one_that_does_not(tmp_path):
    def fail(tables, folder):
        raise ValueError("no")

    path = tmp_path / "good.txt"
    good = ExporterSpec(name="good", summary="Works.", export=lambda tables, folder: [path])
    bad = ExporterSpec(name="bad", summary="Fails.", export=fail)
    written, failures = export_all({"bad": bad, "good": good}, None, tmp_path)
    assert written == [path]
    assert [each.error for each in failures] == ["bad raised ValueError: no"]
