"""Stock ``mlflow models serve`` of a published model gives the table of the Python interface."""

import base64
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import requests

from nanosieve import Host, analyze, open_micrograph
from nanosieve.loading import load_classifier, load_segmenter
from nanosieve_registry.mlflow_flavor import _load_pyfunc, signature
from nanosieve_registry.pipeline_making import make_pipeline
from nanosieve_registry.registry import Registry
from nanosieve_registry.serving.mlflow_model import SCALE
from pictures import DISCS, draw_discs, write_tiff
from registered import threshold_bundle

HOST = Host()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return threshold_bundle(tmp_path_factory.mktemp("model") / "spheres", min_area_px=40)


@pytest.fixture(scope="module")
def address(bundle, empty_database, tmp_path_factory):
    """The address of a server that was started as MLflow's documentation says."""
    place = tmp_path_factory.mktemp("store")
    uri = f"sqlite:///{shutil.copy(empty_database, place)}"
    environment = {
        **os.environ,
        # the server is found by name
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MLFLOW_TRACKING_URI": uri,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NANOSIEVE_DATA", str(place / "data"))
        Registry(uri).publish(bundle, "spheres", alias="champion")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["mlflow", "models", "serve", "-m", "models:/spheres@champion", "--env-manager", "local"]
    log = (place / "log.txt").open("w+")
    process = subprocess.Popen(
        [*command, "-p", str(port)], env=environment, cwd=place, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/ping", process, Path(log.name))
        yield f"{url}/invocations"
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _wait_for(url, process, log):
    end = time.monotonic() + 200
    while time.monotonic() < end:
        try:
            if requests.get(url, timeout=5).status_code == 200:
                return
        except requests.ConnectionError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    return write_tiff(tmp_path_factory.mktemp("images") / "discs.tif", draw_discs((200, 260), DISCS))


@pytest.fixture(scope="module")
def table(bundle, picture):
    """What the Python interface makes of it."""
    return analyze(
        open_micrograph(picture, readers=HOST.readers, name="discs"),
        segmenter=load_segmenter(str(bundle), HOST).tool,
        classifier=load_classifier("auto", HOST).tool,
        measures=HOST.measures,
    ).table


def text_of(path):
    return base64.b64encode(path.read_bytes()).decode()


def as_json(frame):
    return {"json": {"dataframe_split": json.loads(frame.to_json(orient="split", index=False))}}


def as_records(frame):
    return {"json": {"dataframe_records": frame.to_dict("records")}}


def as_csv(frame):
    return {"data": frame.to_csv(index=False), "headers": {"Content-Type": "text/csv"}}


def as_parquet(frame):
    target = io.BytesIO()
    frame.to_parquet(target)
    return {"data": target.getvalue(), "headers": {"Content-Type": "application/vnd.apache.parquet"}}


def served(address, request):
    answer = requests.post(address, timeout=100, **request)
    assert answer.status_code == 200, answer.text
    return pd.DataFrame(answer.json()["predictions"])


def assert_same(found, table):
    assert list(found.columns) == [*table.columns, *SCALE]
    found = found[list(table.columns)]
    texts = found.select_dtypes(["str", "object"]).columns.intersection(["image", "class", "reason"])
    assert found[texts].equals(table[texts].astype(found[texts].dtypes))
    numbers = table.columns.difference(texts)
    # JSON has all digits of a float64
    np.testing.assert_array_equal(found[numbers].astype(float), table[numbers].astype(float))


@pytest.mark.parametrize("body", [as_json, as_records, as_csv, as_parquet])
def test_the_table_is_that_of_the_python_interface(address, picture, table, body):
    frame = pd.DataFrame({"image": [text_of(picture)], "name": ["discs"]})
    found = served(address, body(frame))
    assert len(found) == len(DISCS)
    assert_same(found, table)
    assert set(found["pixel_size_x_nm"]) == {2.5}


def test_parquet_takes_the_bytes_of_a_file_as_they_are(address, picture, table):
    frame = pd.DataFrame({"image": [picture.read_bytes()], "name": ["discs"]})
    assert_same(served(address, as_parquet(frame)), table)


def test_a_pixel_size_is_over_that_of_the_file_and_an_empty_one_is_none(address, picture, table):
    frame = pd.DataFrame(
        {"image": [text_of(picture)] * 2, "pixel_size": ["5 nm", None], "name": ["given", "own"]}
    )
    for body in (as_json, as_csv, as_parquet):
        found = served(address, body(frame))
        areas = found.groupby("image")["area_nm2"].sum()
        assert areas["own"] == pytest.approx(table["area_nm2"].sum())
        assert areas["given"] == pytest.approx(4 * areas["own"])
        sources = found.groupby("image")["pixel_size_source"].first()
        assert sources["given"] == "given by the user"


def test_a_misspelt_column_is_seen_not_to_have_been_used(address, picture):
    # MLflow drops it before the model sees it
    frame = pd.DataFrame({"image": [text_of(picture)], "pixelsize": ["5 nm"]})
    found = served(address, as_json(frame))
    assert set(found["pixel_size_x_nm"]) == {2.5}
    assert "given by the user" not in set(found["pixel_size_source"])


def test_lengths_in_px_by_a_parameter(address, picture, table):
    body = as_json(pd.DataFrame({"image": [text_of(picture)]}))
    body["json"]["params"] = {"units": "px"}
    found = served(address, body)
    np.testing.assert_allclose(found["area_px2"], table["area_nm2"] / 2.5**2)
    assert "area_nm2" not in found


@pytest.mark.parametrize(
    ("row", "params", "text"),
    [
        ({"image": "no base64!"}, {}, "column 'image' must hold the base64 of a PNG or TIFF file"),
        ({"image": base64.b64encode(b"hello").decode()}, {}, "neither PNG nor TIFF"),
        ({"image": "", "pixel_size": "5 nm"}, {}, "neither PNG nor TIFF"),
        ({"pixel_size": "5 nm"}, {}, "missing inputs ['image']"),
        ({"image": "GOOD", "pixel_size": "5"}, {}, "pixel size '5' is not a number with a unit"),
        ({"image": "GOOD"}, {"units": "mm"}, "units 'mm' must be 'nm' or 'px'"),
    ],
)
def test_what_cannot_be_used_is_400_with_the_reason(address, picture, row, params, text):
    row = {name: text_of(picture) if value == "GOOD" else value for name, value in row.items()}
    body = as_json(pd.DataFrame([row]))
    body["json"]["params"] = params
    answer = requests.post(address, timeout=100, **body)
    assert answer.status_code == 400
    assert text in answer.json()["message"]


def test_the_answer_is_json_where_a_value_is_missing(address, picture):
    # a disc of radius 4 px has no shape; NaN, which Python would read, is no JSON
    answer = requests.post(address, timeout=100, **as_json(pd.DataFrame({"image": [text_of(picture)]})))
    assert "NaN" not in answer.text
    assert any(row["circularity"] is None for row in answer.json()["predictions"])


def test_the_signature_says_what_comes_out(table):
    said = signature()
    assert said.inputs.required_input_names() == ["image"]
    names = said.outputs.input_names()
    assert names[: len(names) - len(SCALE)] == [name for name in table.columns if "probability" not in name]
    assert [param.name for param in said.params] == ["units"]


def test_a_bundle_with_anything_else_in_it_is_not_loaded(bundle, tmp_path):
    from nanosieve.errors import ModelError

    copy = shutil.copytree(bundle, tmp_path / "copy")
    (copy / "helper.py").write_text("print('run')")
    with pytest.raises(ModelError, match=r"holds 'helper\.py', which does not belong"):
        _load_pyfunc(str(copy))


def test_a_pipeline_answers_with_its_own_measures_and_rules(bundle, picture, tmp_path):
    folder = make_pipeline(
        tmp_path / "pipeline",
        "whole",
        HOST,
        segmenter=str(bundle),
        classifier=None,
        measures=["area"],
        settings=["rules.min_diameter_px=5"],
    )
    found = _load_pyfunc(str(folder)).predict(pd.DataFrame({"image": [text_of(picture)]}))
    assert {name for name in found if name.endswith("_nm2")} == {"area_nm2"}
    assert set(found["class"]) == {"unclassified"}
    # the disc of radius 4 counts here
    assert set(found["reason"]) == {"", "edge"}


def test_a_picture_without_particles_gives_no_rows_but_all_columns(bundle, table, tmp_path):
    path = write_tiff(tmp_path / "empty.tif", draw_discs((60, 60), []))
    found = _load_pyfunc(str(bundle)).predict(pd.DataFrame({"image": [text_of(path)]}))
    assert list(found.columns) == [*table.columns, *SCALE]
    assert found.empty
