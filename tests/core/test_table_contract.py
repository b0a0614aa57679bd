"""Every table and summary keeps its contract, and all that breaks it is said at once."""

import pandas as pd
import pandera.errors
import pytest

from nanosieve import Host, Measure
from nanosieve.contract.failures import failure_schema
from nanosieve.contract.faults import schema_faults
from nanosieve.contract.files import check_file
from nanosieve.contract.images import image_schema, images_table, reasons_among
from nanosieve.contract.summary import summary_faults
from nanosieve.image_quality import QUALITY_COLUMNS
from nanosieve.table import empty_table, particle_schema, validate

AREA = Measure(name="area", summary="Area.", dimension=2, group="size", compute=lambda each: each.area)
FERET = Measure(name="feret_max", summary="Width.", dimension=1, group="size", compute=lambda each: 1.0)
FERET_RESTORED = Measure(
    name="feret_max_restored", summary="Width.", dimension=1, group="size", compute=lambda each: 1.0
)
RATIO = Measure(name="circularity", summary="Ratio.", upper=1, compute=lambda each: 1.0)
MEASURES = {each.name: each for each in (AREA, FERET, FERET_RESTORED, RATIO)}


def particles(**changes):
    """Three particles that keep the contract, with changes by column; None takes a column out."""
    columns = {
        "image": ["a.tif", "a.tif", "b.tif"],
        "label": [1, 2, 1],
        "class": ["circle", "circle", "unknown"],
        "confidence": [0.9, 0.8, 0.4],
        "accepted": [True, True, False],
        "reason": ["", "", "unknown"],
        "edge_weight": [1.1, 1.2, float("nan")],
        "area_nm2": [100.0, 110.0, float("nan")],
        "feret_max_nm": [12.0, 13.0, 11.0],
        "circularity": [0.99, 0.98, 0.5],
        "probability_circle": [0.9, 0.8, 0.6],
        "probability_rod": [0.1, 0.2, 0.4],
        **changes,
    }
    return pd.DataFrame({name: values for name, values in columns.items() if values is not None})


def faults_in(table, tmp_path, suffix="csv"):
    path = tmp_path / f"table.{suffix}"
    if suffix == "csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path, index=False)
    return check_file(path, MEASURES)


def said(checked):
    return [str(fault) for fault in checked.faults]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_good_table_has_no_faults(tmp_path, suffix):
    checked = faults_in(particles(), tmp_path, suffix)
    assert said(checked) == []
    assert (checked.kind, checked.unit, len(checked.table)) == ("particles", "nm", 3)


def test_a_good_table_in_px_has_no_faults(tmp_path):
    table = particles(
        area_nm2=None, feret_max_nm=None, area_px2=[9.0, 8.0, 7.0], feret_max_px=[3.0, 3.0, 3.0]
    )
    checked = faults_in(table, tmp_path)
    assert said(checked) == []
    assert checked.unit == "px"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"label": None}, "column 'label': is missing"),
        ({"label": None, "Label": [1, 2, 1]}, "column 'Label': is unknown: did you mean 'label'?"),
        (
            {"remark": [1, 2, 3]},
            "column 'remark': is unknown: no column of the contract has this name; remove it",
        ),
        (
            {"feret_max_nm": None, "feret_max_um": [0.012, 0.013, 0.011]},
            "column 'feret_max_um': is in um: give it as 'feret_max_nm', times 1000",
        ),
        ({"feret_max_Angstrom": [1.0, 1.0, 1.0]}, "give it as 'feret_max_nm', times 0.1"),
        ({"area_nm2": None, "area_um2": [1e-4, 1e-4, 1e-4]}, "give it as 'area_nm2', times 1e+06"),
        (
            {"area_nm2": None, "area_nm": [1.0, 1.0, 1.0]},
            "column 'area_nm': measures an area: give it as 'area_nm2'",
        ),
        ({"area_nm2": None, "area": [1.0, 1.0, 1.0]}, "column 'area': has no unit: name it 'area_nm2'"),
        ({"circularity_nm": [1.0, 1.0, 1.0]}, "is a ratio and has no unit: name it 'circularity'"),
        (
            {"feret_max_restored_um": [1.0, 1.0, 1.0]},
            "column 'feret_max_restored_um': is in um: give it as 'feret_max_restored_nm'",
        ),
        (
            {"feret_max_nm": None, "feret_max_px": [3.0, 3.0, 3.0]},
            "px and nm do not mix",
        ),
        ({"confidence": [0.9, 1.5, -0.1]}, "column 'confidence', row 2: must be at most 1, not 1.5"),
        ({"confidence": [0.9, 1.5, -0.1]}, "column 'confidence', row 3: must be at least 0, not -0.1"),
        ({"area_nm2": [float("inf"), 1.0, 1.0]}, "column 'area_nm2', row 1: must be finite, not inf"),
        ({"label": [1, 0, 1]}, "column 'label', row 2: must be at least 1, not 0"),
        ({"edge_weight": [0.5, 1.0, 1.0]}, "column 'edge_weight', row 1: must be at least 1, not 0.5"),
        ({"label": [1, 1, 1]}, "rows 1, 2: the same image and label twice; each particle has one row"),
        (
            {"reason": ["", "edge", "unknown"]},
            "row 2: an excluded particle has a reason, an accepted one has none",
        ),
        (
            {"accepted": [True, True, True]},
            "row 3: an excluded particle has a reason, an accepted one has none",
        ),
        ({"probability_rod": [0.1, 0.2, 0.9]}, "row 3: the probabilities of the classes must add up to 1"),
        ({"class": ["circle", "", "rod"]}, "column 'class', row 2: must not be empty"),
        ({"Circ.": [1.0, 1.0, 1.0]}, "column 'Circ.': is unknown: no column"),
        ({"Circularity": [1.0, 1.0, 1.0]}, "column 'Circularity': is unknown: did you mean 'circularity'?"),
        ({"area_nm2": None, "Area": [1.0, 1.0, 1.0]}, "column 'Area': is unknown: did you mean 'area_nm2'?"),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_each_kind_of_fault_is_named_with_its_column_and_rows(tmp_path, suffix, changes, expected):
    lines = said(faults_in(particles(**changes), tmp_path, suffix))
    assert any(expected in line for line in lines), lines
    # and nothing else is made out of it
    assert len(lines) <= 2, lines


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"area_nm2": ["1,5", "2", "x"]},
            "column 'area_nm2', rows 1, 3: must be a number, not '1,5', 'x'; write a point",
        ),
        ({"label": ["1", "2.5", ""]}, "column 'label', rows 2, 3: must be a whole number, not '2.5', ''"),
        (
            {"accepted": ["True", "yes", "False"]},
            "column 'accepted', row 2: must be True or False, not 'yes'",
        ),
    ],
)
def test_cells_of_a_csv_that_are_no_numbers_are_named(tmp_path, changes, expected):
    (line,) = said(faults_in(particles(**changes), tmp_path))
    assert expected in line


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"label": [1.0, 2.0, 1.0]}, "column 'label': must be int64, not float64"),
        ({"area_nm2": ["1", "2", "3"]}, "column 'area_nm2': must be float64, not str"),
        ({"accepted": [1, 1, 0]}, "column 'accepted': must be bool, not int64"),
        ({"image": ["a.tif", None, "b.tif"]}, "column 'image', row 2: must not be empty"),
        ({"probability_rod": [0.1, None, 0.4]}, "column 'probability_rod', row 2: must not be empty"),
    ],
)
def test_types_of_a_parquet_are_checked(tmp_path, changes, expected):
    lines = said(faults_in(particles(**changes), tmp_path, "parquet"))
    assert any(expected in line for line in lines), lines


def test_types_that_lose_nothing_are_no_fault(tmp_path):
    table = particles().astype({"label": "int32", "confidence": "float32", "class": "category"})
    assert said(faults_in(table, tmp_path, "parquet")) == []


def test_text_that_csv_escapes_is_what_it_was(tmp_path):
    # in CSV "=x" is kept from being a formula by an apostrophe; Parquet needs none, and has the name as it is
    (tmp_path / "table.csv").write_text("image,stage,error\n'=x.tif,reading,damaged\n")
    pd.DataFrame({"image": ["'=x.tif"], "stage": ["reading"], "error": ["damaged"]}).to_parquet(
        tmp_path / "table.parquet"
    )
    assert check_file(tmp_path / "table.csv", MEASURES).table["image"].tolist() == ["=x.tif"]
    assert check_file(tmp_path / "table.parquet", MEASURES).table["image"].tolist() == ["'=x.tif"]


def test_texts_with_commas_quotes_and_line_ends_are_one_cell(tmp_path):
    path = tmp_path / "failures.csv"
    errors = ['a, "b"', "two\nlines", "NA"]
    pd.DataFrame({"image": ["x"] * 3, "stage": ["reading"] * 3, "error": errors}).to_csv(path, index=False)
    checked = check_file(path, MEASURES)
    assert said(checked) == []
    assert checked.table["error"].tolist() == errors


def test_other_programs_spell_truth_and_nothing_otherwise(tmp_path):
    table = particles(accepted=["TRUE", "true", "FALSE"], area_nm2=["NA", "nan", "3"])
    assert said(faults_in(table, tmp_path)) == []


def test_all_faults_come_at_once(tmp_path):
    table = particles(
        reason=None,
        feret_max_nm=None,
        feret_max_um=[0.1] * 3,
        confidence=[2.0, 0.5, 0.5],
        label=["1", "1", "one"],
    )
    table.insert(0, "circularity", 0.5, allow_duplicates=True)
    lines = said(faults_in(table, tmp_path))
    for part in (
        "column 'circularity': there are several columns of this name; keep one",
        "column 'reason': is missing",
        "column 'feret_max_um': is in um",
        "column 'confidence', row 1: must be at most 1",
        "column 'label', row 3: must be a whole number, not 'one'",
        "rows 1, 2: the same image and label twice",
    ):
        assert sum(part in line for line in lines) == 1, (part, lines)
    assert len(lines) == 6


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"image;label\na;1\n", "is separated by ';'"),
        (b"image,label\na,1,2\nb,1\n", "has 2 names of columns, but 3 cells in row 1"),
        ("image,label\nGröße,1\n".encode("latin-1"), "is not in UTF-8"),
    ],
)
def test_a_file_that_is_no_table_is_one_fault_with_the_remedy(tmp_path, content, expected):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    (line,) = said(check_file(path, MEASURES))
    assert expected in line


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"image,stage,error", 0),
        (b"image,stage,error\n", 0),
        (b"image,stage,error\r\na,b,c\r\n\r\nd,e,f", 2),
    ],
)
def test_line_ends_of_every_kind_are_read(tmp_path, content, rows):
    path = tmp_path / "failures.csv"
    path.write_bytes(content)
    checked = check_file(path, MEASURES)
    assert said(checked) == []
    assert len(checked.table) == rows


def test_a_damaged_parquet_is_one_fault(tmp_path):
    path = tmp_path / "table.parquet"
    particles().to_parquet(path)
    path.write_bytes(path.read_bytes()[:-50])
    (line,) = said(check_file(path, MEASURES))
    assert "cannot be read as PARQUET" in line


def test_the_mark_that_excel_sets_is_no_part_of_the_first_name(tmp_path):
    path = tmp_path / "table.csv"
    particles().to_csv(path, index=False, encoding="utf-8-sig")
    assert said(check_file(path, MEASURES)) == []


IMAGE = {
    "image": "a.tif",
    "stem": "a",
    "path": "lab/a.tif",
    "sha256": "0" * 64,
    "pixel_size_nm": None,
    "pixel_size_y_nm": None,
    "pixel_size_source": "",
    "pixel_size_confidence": "none",
    "instrument": "",
    "detector": "",
    "voltage_kv": None,
    "working_distance_mm": None,
    "microscope_magnification": None,
    "recorded": "",
    "polarity": "",
    "frame_y0": 0,
    "frame_x0": 0,
    "frame_y1": 10,
    "frame_x1": 20,
    "geometry": "subpixel",
    "model": "",
    "model_magnification": 1.0,
    "boundary": "unknown",
    **dict.fromkeys(QUALITY_COLUMNS, 0.0),
    "flags": "",
    "detected": 5,
    "accepted": 3,
    "edge": 2,
    "warnings": "",
}


def test_images_keep_their_schema_with_and_without_rows_and_scale():
    table = images_table([IMAGE], ["edge"])
    assert table["pixel_size_nm"].dtype == "float64"
    assert reasons_among(table.columns) == ("edge",)
    assert schema_faults(image_schema(["edge"]), table) == []
    assert schema_faults(image_schema(), images_table([], [])) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"edge": 1}, "row 1: detected must be accepted plus all reasons"),
        ({"sha256": "abc"}, "column 'sha256', row 1: must match"),
        ({"pixel_size_nm": 0.0}, "column 'pixel_size_nm', row 1: must be above 0, not 0.0"),
        ({"polarity": "grey"}, "column 'polarity', row 1: must be one of 'bright', 'dark', ''"),
        ({"frame_y0": -1}, "column 'frame_y0', row 1: must be at least 0"),
    ],
)
def test_faults_of_images_are_named(tmp_path, change, expected):
    path = tmp_path / "images.csv"
    images_table([{**IMAGE, **change}], ["edge"]).to_csv(path, index=False)
    checked = check_file(path, MEASURES)
    assert checked.kind == "images"
    (line,) = said(checked)
    assert expected in line


def test_failures_name_stage_and_error(tmp_path):
    path = tmp_path / "failures.csv"
    path.write_text('image,stage,error\na.tif,reading,damaged\n,"",""\n')
    checked = check_file(path, MEASURES)
    assert checked.kind == "failures"
    assert len(failure_schema().columns) == 3
    assert [fault.column for fault in checked.faults] == ["stage", "error"]
    assert {fault.rows for fault in checked.faults} == {(2,)}


def test_the_schema_of_particles_is_that_of_the_installed_measures():
    measures = list(Host().measures.values())
    assert len(validate(empty_table(measures, "nm"), measures, "nm")) == 0
    area = particle_schema(measures, "nm").columns["area_nm2"]
    assert area.metadata["unit"] == "nm²"
    assert area.description == Host().measures["area"].summary


def test_a_row_of_probabilities_that_does_not_add_up_is_refused():
    table = particles(feret_max_nm=None)
    measures = [AREA, RATIO]
    validate(table, measures, "nm")
    with pytest.raises(pandera.errors.SchemaErrors):
        validate(table.assign(probability_rod=0.5), measures, "nm")


def test_summaries_list_all_their_faults():
    faults = summary_faults({"images": -1, "balance": {"detected": 1}, "sizes": 3})
    places = {fault.column for fault in faults}
    assert {"images", "failures", "interrupted", "size", "provenance", "sizes"} <= places


def test_a_missing_column_does_not_hide_what_is_wrong_with_others(tmp_path):
    table = particles(edge_weight=None, reason=["", "edge", "unknown"], probability_rod=[0.1, 0.2, 0.9])
    assert said(faults_in(table, tmp_path)) == [
        "column 'edge_weight': is missing",
        "row 2: an excluded particle has a reason, an accepted one has none",
        "row 3: the probabilities of the classes must add up to 1",
    ]
