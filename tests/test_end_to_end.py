"""From files to tables, as a user does it."""

import json
import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import tifffile

from pictures import DISCS, PIXEL_SIZE_NM, WHOLE, draw_discs, write_tiff

# A network takes seconds to load, and what is tested here is not how particles are found.
QUICK = ("--segmenter", "threshold", "--classifier", "geometry")
REASONS = ["edge", "masked", "too_small", "covered", "agglomerate", "unknown"]


@pytest.fixture
def results(nanosieve, disc_image, tmp_path):
    finished = nanosieve("analyze", *QUICK, disc_image, "--out", tmp_path / "results")
    assert finished.returncode == 0, finished.stderr
    return tmp_path / "results"


def test_discs_are_found_classified_and_measured_in_nm(results):
    table = pd.read_parquet(results / "particles.parquet")
    first = ["image", "label", "class", "confidence", "accepted", "reason", "edge_weight"]
    assert list(table.columns[:7]) == first
    assert len(table) == len(DISCS)
    accepted = table[table["accepted"]]
    assert len(accepted) == len(WHOLE)
    assert set(accepted["class"]) == {"circle"}
    # radius 12 px at 2.5 nm; a tenth of a pixel is what the outlines promise
    assert accepted["equivalent_diameter_nm"].mean() == pytest.approx(
        24 * PIXEL_SIZE_NM, abs=0.1 * PIXEL_SIZE_NM
    )
    assert accepted["area_nm2"].mean() == pytest.approx(math.pi * (12 * PIXEL_SIZE_NM) ** 2, rel=0.01)
    assert accepted["feret_max_nm"].mean() == pytest.approx(24 * PIXEL_SIZE_NM, abs=0.15 * PIXEL_SIZE_NM)


def test_excluded_particles_stay_with_a_reason_and_the_balance_closes(results):
    table = pd.read_parquet(results / "particles.parquet")
    assert set(table.loc[~table["accepted"], "reason"]) == {"edge", "too_small"}
    row = pd.read_csv(results / "images.csv").iloc[0]
    assert row["detected"] == row["accepted"] + sum(row.get(reason, 0) for reason in REASONS)
    assert row["detected"] == len(table)
    balance = json.loads((results / "summary.json").read_text())["balance"]
    assert balance.pop("detected") == sum(balance.values())


def test_all_promised_files_are_there(results):
    assert {path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()} >= {
        "particles.parquet",
        "particles.csv",
        "images.csv",
        "failures.csv",
        "summary.json",
        "overlays/discs.png",
        "labels/discs.tif",
    }


def test_the_label_image_is_the_table_in_pixels(results):
    with tifffile.TiffFile(results / "labels" / "discs.tif") as file:
        labels = file.asarray()
        assert f'PhysicalSizeX="{PIXEL_SIZE_NM}"' in file.ome_metadata
    assert labels.shape == (200, 260)
    assert labels.dtype == np.uint32
    table = pd.read_parquet(results / "particles.parquet").set_index("label")
    for label, row in table.iterrows():
        y, x = np.nonzero(labels == label)
        assert row["centroid_x_nm"] / PIXEL_SIZE_NM == pytest.approx(x.mean(), abs=0.5)
        assert row["centroid_y_nm"] / PIXEL_SIZE_NM == pytest.approx(y.mean(), abs=0.5)


def test_images_csv_names_pixel_size_and_source(results):
    row = pd.read_csv(results / "images.csv").iloc[0]
    assert row["pixel_size_nm"] == pytest.approx(PIXEL_SIZE_NM)
    assert row["pixel_size_y_nm"] == pytest.approx(PIXEL_SIZE_NM)
    assert "ImageJ" in row["pixel_size_source"]
    assert row["polarity"] == "bright"


def test_csv_and_parquet_hold_the_same(results):
    parquet = pd.read_parquet(results / "particles.parquet")
    csv = pd.read_csv(results / "particles.csv", keep_default_na=False, na_values={"confidence": [""]})
    assert list(csv.columns) == list(parquet.columns)
    assert csv["equivalent_diameter_nm"].to_numpy(float) == pytest.approx(
        parquet["equivalent_diameter_nm"].to_numpy()
    )
    assert list(csv["reason"]) == list(parquet["reason"])


def test_provenance_says_what_made_the_numbers(results):
    provenance = json.loads((results / "summary.json").read_text())["provenance"]
    assert provenance["segmenter"]["name"] == "threshold"
    assert provenance["segmenter"]["settings"]
    assert provenance["classifier"]["name"] == "geometry"
    assert provenance["rules"]["confidence"] == 0.75
    assert len(provenance["code"]) == 64
    assert set(provenance["software"]["plugins"]) >= {"nanosieve-core", "nanosieve-measures"}
    assert len(provenance["images"]["discs.tif"]["sha256"]) == 64


def test_without_a_pixel_size_there_is_no_nm(nanosieve, tmp_path):
    image = write_tiff(tmp_path / "plain.tif", draw_discs((200, 260), DISCS), pixel_size_nm=None)
    refused = nanosieve("analyze", *QUICK, image, "--out", tmp_path / "a")
    assert refused.returncode == 4
    failure = pd.read_csv(tmp_path / "a" / "failures.csv").iloc[0]
    assert failure["image"] == "plain.tif"
    assert "--pixel-size" in failure["error"]
    assert "--units px" in failure["error"]

    assert nanosieve("analyze", *QUICK, image, "--out", tmp_path / "b", "--units", "px").returncode == 0
    table = pd.read_parquet(tmp_path / "b" / "particles.parquet")
    assert "equivalent_diameter_px" in table
    assert not [name for name in table if name.endswith(("_nm", "_nm2"))]
    assert table.loc[table["accepted"], "equivalent_diameter_px"].mean() == pytest.approx(24, abs=0.1)


def test_a_pixel_size_given_by_the_user_wins_and_is_said(nanosieve, disc_image, tmp_path):
    finished = nanosieve("analyze", *QUICK, disc_image, "--out", tmp_path / "r", "--pixel-size", "5 nm")
    assert finished.returncode == 0
    row = pd.read_csv(tmp_path / "r" / "images.csv").iloc[0]
    assert row["pixel_size_nm"] == 5
    assert "user" in row["pixel_size_source"]
    assert "2.5" in row["warnings"]


def test_one_bad_file_is_one_row_and_exit_code_3(nanosieve, disc_image, tmp_path):
    (disc_image.parent / "broken.tif").write_bytes(disc_image.read_bytes()[:700])
    finished = nanosieve("analyze", *QUICK, disc_image.parent, "--out", tmp_path / "r")
    assert finished.returncode == 3
    failures = pd.read_csv(tmp_path / "r" / "failures.csv")
    assert list(failures["image"]) == ["broken.tif"]
    assert "Traceback" not in finished.stderr
    assert len(pd.read_parquet(tmp_path / "r" / "particles.parquet")) == len(DISCS)


def test_no_readable_file_is_exit_code_4_and_tables_have_columns(nanosieve, tmp_path):
    (tmp_path / "broken.tif").write_bytes(b"II*\0")
    finished = nanosieve("analyze", *QUICK, tmp_path / "broken.tif", "--out", tmp_path / "r")
    assert finished.returncode == 4
    table = pd.read_parquet(tmp_path / "r" / "particles.parquet")
    assert len(table) == 0
    assert "equivalent_diameter_nm" in table
    assert "image" in pd.read_csv(tmp_path / "r" / "images.csv")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere"),
        (["."], "no image"),
        (["images", "--segmenter", "treshold"], "did you mean 'threshold'?"),
        (["images", "--classifier", "geometri"], "did you mean 'geometry'?"),
        (["images", "--measure", "areal"], "did you mean 'area'?"),
        (["images", "--set", "segmenter.metod=li"], "did you mean 'method'?"),
        (["images", "--set", "method=li"], "PART.OPTION=VALUE"),
        (["images", "--set", "rules.confidense=1"], "did you mean 'confidence'?"),
        (["images", "--pixel-size", "7.34"], "7.34"),
        (["images", "--units", "um"], "um"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_one_line_with_the_remedy(nanosieve, tmp_path, arguments, said):
    write_tiff(tmp_path / "images" / "x.tif", draw_discs((200, 260), DISCS))
    finished = nanosieve("analyze", *QUICK, *arguments, "--out", "r", cwd=tmp_path)
    assert finished.returncode == 2
    assert said in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not (tmp_path / "r").exists()


def test_a_second_run_takes_over_what_is_done(nanosieve, disc_image, results):
    overlay = results / "overlays" / "discs.png"
    before = overlay.stat().st_mtime_ns
    again = nanosieve("analyze", *QUICK, disc_image, "--out", results)
    assert "1 of them in an earlier run" in again.stdout
    assert overlay.stat().st_mtime_ns == before
    assert len(pd.read_parquet(results / "particles.parquet")) == len(DISCS)

    changed = nanosieve("analyze", *QUICK, disc_image, "--out", results, "--set", "rules.min_diameter_px=3")
    assert "earlier run" not in changed.stdout
    forced = nanosieve("analyze", *QUICK, disc_image, "--out", results, "--force")
    assert "earlier run" not in forced.stdout


def test_a_deleted_overlay_is_drawn_again(nanosieve, disc_image, results):
    (results / "overlays" / "discs.png").unlink()
    nanosieve("analyze", *QUICK, disc_image, "--out", results)
    assert (results / "overlays" / "discs.png").exists()


def finished_records(folder):
    """Records that have their name; one that is being written does not count."""
    return [path for path in folder.glob("*.json") if not path.name.startswith(".")]


def start_batch(tmp_path, count=30):
    for number in range(count):
        write_tiff(
            tmp_path / "many" / f"{number:02d}.tif", draw_discs((400, 500), [(100 + number, 100, 30.0)])
        )
    process = subprocess.Popen(
        [sys.executable, "-m", "nanosieve", "analyze", *QUICK, "many", "--out", "r"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    records = tmp_path / "r" / ".nanosieve"
    limit = time.monotonic() + 120
    while len(finished_records(records)) < 3 and process.poll() is None:
        assert time.monotonic() < limit, "the batch did not get going"
        time.sleep(0.005)
    return process, records


def test_kill_9_in_the_middle_loses_nothing_that_was_done(nanosieve, tmp_path):
    process, records = start_batch(tmp_path)
    process.kill()
    process.communicate()
    done = len(finished_records(records))
    assert 3 <= done < 30, "the batch was not caught in the middle"

    finished = nanosieve("analyze", *QUICK, "many", "--out", "r", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert f"{done} of them in an earlier run" in finished.stdout
    table = pd.read_parquet(tmp_path / "r" / "particles.parquet")
    assert sorted(table["image"]) == [f"{number:02d}.tif" for number in range(30)]
    assert not list((tmp_path / "r").rglob(".writing-*"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_writes_the_tables_of_what_was_done(tmp_path):
    process, _ = start_batch(tmp_path)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from here" in errors
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert summary["interrupted"]
    assert 3 <= summary["images"] < 30


def test_two_runs_into_one_folder_are_refused(nanosieve, disc_image, tmp_path):
    import filelock

    (tmp_path / "r" / ".nanosieve").mkdir(parents=True)
    with filelock.FileLock(tmp_path / "r" / ".nanosieve" / "lock"):
        finished = nanosieve("analyze", *QUICK, disc_image, "--out", tmp_path / "r")
    assert finished.returncode == 1
    assert "another run is writing" in finished.stderr


def test_names_that_look_like_formulas_are_escaped_in_csv(nanosieve, tmp_path):
    image = write_tiff(tmp_path / "=cmd.tif", draw_discs((200, 260), DISCS))
    assert nanosieve("analyze", *QUICK, image, "--out", tmp_path / "r").returncode == 0
    assert set(pd.read_csv(tmp_path / "r" / "particles.csv")["image"]) == {"'=cmd.tif"}
    assert set(pd.read_csv(tmp_path / "r" / "images.csv")["image"]) == {"'=cmd.tif"}
    assert set(pd.read_parquet(tmp_path / "r" / "particles.parquet")["image"]) == {"=cmd.tif"}


def test_json_is_the_summary(nanosieve, disc_image, tmp_path):
    finished = nanosieve("analyze", *QUICK, disc_image, "--out", tmp_path / "r", "--json")
    assert json.loads(finished.stdout) == json.loads((tmp_path / "r" / "summary.json").read_text())


def test_same_stem_in_two_folders_is_kept_apart(nanosieve, tmp_path):
    for folder in ("a", "b"):
        write_tiff(tmp_path / folder / "x.tif", draw_discs((200, 260), DISCS))
    assert nanosieve("analyze", *QUICK, "a", "b", "--out", "r", cwd=tmp_path).returncode == 0
    assert {path.name for path in (tmp_path / "r" / "overlays").iterdir()} == {"a_x.png", "b_x.png"}


@pytest.mark.parametrize(
    ("pixels", "detected"),
    [
        (np.zeros((64, 64), np.uint8), 0),
        (np.zeros((1, 1), np.uint8), 0),
        (draw_discs((200, 260), [(130, 100, 40.0)]), 1),
    ],
    ids=["empty", "one pixel", "one particle"],
)
def test_odd_images_give_a_valid_result(nanosieve, tmp_path, pixels, detected):
    image = write_tiff(tmp_path / "odd.tif", pixels)
    assert nanosieve("analyze", *QUICK, image, "--out", tmp_path / "r").returncode == 0
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert summary["balance"]["detected"] == detected
    assert (tmp_path / "r" / "overlays" / "odd.png").exists()


def test_nan_is_left_out_and_does_not_hide_particles(nanosieve, tmp_path):
    pixels = draw_discs((200, 260), DISCS).astype(np.float32)
    pixels[90:120, 0:20] = np.nan
    image = write_tiff(tmp_path / "nan.tif", pixels)
    assert nanosieve("analyze", *QUICK, image, "--out", tmp_path / "r").returncode == 0
    table = pd.read_parquet(tmp_path / "r" / "particles.parquet")
    assert table["accepted"].sum() >= len(WHOLE) - 1


def test_anisotropic_pixels_are_respected(nanosieve, tmp_path):
    # every second row is left out: a disc becomes an ellipse in pixels and stays a disc in nm
    image = write_tiff(tmp_path / "tall.tif", draw_discs((240, 240), [(120, 120, 60.0)])[::2])
    finished = nanosieve("analyze", *QUICK, image, "--out", tmp_path / "r", "--pixel-size", "2 x 4 nm")
    assert finished.returncode == 0, finished.stderr
    row = pd.read_parquet(tmp_path / "r" / "particles.parquet").iloc[0]
    assert row["equivalent_diameter_nm"] == pytest.approx(240, abs=2)
    assert row["feret_max_nm"] == pytest.approx(240, abs=4)
    assert row["feret_min_nm"] == pytest.approx(240, abs=4)
    assert row["class"] == "circle"


def test_the_demo_compares_truth_with_what_is_found(nanosieve, tmp_path):
    finished = nanosieve("demo", "--out", tmp_path / "demo", "--json")
    assert finished.returncode == 0, finished.stderr
    rows = json.loads(finished.stdout)
    assert [row["image"] for row in rows] == ["se.tif", "stem_bf.tif", "stem_df.tif"]
    for row in rows:
        true_count, found_count = row["particles"]
        assert found_count == pytest.approx(true_count, rel=0.3)
        true_median, found_median = row["median_diameter_nm"]
        # members of agglomerates that are cut apart pull the median down, and covered particles leave it out
        assert found_median == pytest.approx(true_median, rel=0.15)
        round_one = "sphere" if row["image"] == "se.tif" else "circle"
        true_share, found_share = row["class_share"][round_one]
        assert found_share == pytest.approx(true_share, abs=0.25)


def test_a_changed_side_file_makes_an_image_anew(nanosieve, tmp_path):
    image = write_tiff(tmp_path / "x.tif", draw_discs((200, 260), DISCS), pixel_size_nm=None)
    for size in (2, 4):
        (tmp_path / "x.txt").write_text(f"[SemImageFile]\nPixelSize={size}\n")
        finished = nanosieve("analyze", *QUICK, image, "--out", tmp_path / "r")
        assert finished.returncode == 0, finished.stderr
        table = pd.read_parquet(tmp_path / "r" / "particles.parquet")
        assert table.loc[table["accepted"], "equivalent_diameter_nm"].mean() == pytest.approx(
            24 * size, rel=0.01
        )
