"""Training: it learns, goes on where it stopped, and says what went wrong."""

import csv
import os
import signal
import subprocess
import sys
import time

import imagecodecs
import numpy as np
import pandas as pd
import pytest

from labelled_pictures import random_discs, write_data, write_recipe
from nanosieve import Host, Micrograph
from nanosieve.errors import DataError, ModelError, OutputError, TrainingError, UsageError
from nanosieve.learn.checkpoints import load_tensors
from nanosieve.loading import load_segmenter
from nanosieve.models import CARD, WEIGHTS, read_bundle
from nanosieve.recipes import make_job, train_model
from pictures import draw_discs

HOST = Host()


def train(recipe, out, *, resume=False):
    reports = []
    job = make_job(recipe, out, HOST, resume=resume, device="cpu")
    return train_model(job, HOST, reports.append), reports


@pytest.fixture
def data(tmp_path):
    write_data(tmp_path)
    return tmp_path


def test_a_network_learns_to_find_discs_that_it_never_saw(trained_discs):
    generator = np.random.default_rng(99)
    discs = random_discs(generator, (160, 160), 9)
    pixels = draw_discs((160, 160), discs) / 255 + generator.normal(0, 0.025, (160, 160))
    micrograph = Micrograph(pixels=np.clip(pixels, 0, 1).astype(np.float32))
    segmentation = load_segmenter(str(trained_discs), HOST).tool.segment(micrograph)
    assert segmentation.count == 9
    areas = sorted(np.bincount(segmentation.labels.ravel())[1:])
    assert areas == pytest.approx(sorted(np.pi * radius**2 for _, _, radius in discs), rel=0.15)


def test_the_bundle_says_how_it_came_to_be(trained_discs):
    card = read_bundle(trained_discs).card
    assert card.plugin == "unetpp"
    assert card.config["depth"] == 3
    assert card.training.sources == {"train": 2}
    assert [image.name for image in card.training.images] == ["train/a.png", "train/b.png"]
    assert card.training.validation_images == 1
    assert card.training.options["weight_map"] == "distance"
    # radii of 8 to 14 px were drawn
    assert 15 < card.diameter_px[0] < card.diameter_px[1] < 29
    assert card.scores[0].mean > 0.85
    assert "2 images" in (trained_discs / "README.md").read_text()


def test_the_run_folder_holds_history_curves_and_predictions(trained_discs):
    run = trained_discs.parent
    rows = list(csv.DictReader((run / "history.csv").read_text().splitlines()))
    assert [float(row["epoch"]) for row in rows] == [1, 2, 3, 4, 5, 6]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert imagecodecs.png_decode((run / "curves.png").read_bytes()).ndim == 3
    pictures = sorted((run / "predictions").iterdir())
    assert len(pictures) == 6
    # one row, since there is one validation image; three columns
    assert imagecodecs.png_decode(pictures[0].read_bytes()).shape == (324, 3 * 324)


def command(recipe, out, *more, launcher=()):
    launcher = launcher or (sys.executable, "-m", "nanosieve")
    return [*map(str, launcher), "train", "segmenter", str(recipe), "--out", str(out), "--no-track", *more]


def weights_of(folder):
    tensors, _ = load_tensors(folder / WEIGHTS)
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def test_a_killed_run_goes_on_to_the_same_result(data, tmp_path):
    recipe = write_recipe(data, epochs=4, patches=16)
    whole, _ = train(recipe, tmp_path / "whole")
    killed = tmp_path / "killed"
    # one thread, as in this process: sums in another order differ in the last digit
    process = subprocess.Popen(command(recipe, killed), stderr=subprocess.DEVNULL)
    checkpoint = killed / "checkpoint.safetensors"
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert checkpoint.exists()
    assert not (killed / "bundle").exists(), "the run ended before it could be killed"
    with pytest.raises(UsageError, match="is not empty; --resume goes on"):
        train(recipe, killed)
    resumed, _ = train(recipe, killed, resume=True)
    first, second = weights_of(whole), weights_of(resumed)
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_a_checkpoint_of_other_settings_is_refused(data, tmp_path):
    train(write_recipe(data, epochs=1), tmp_path / "run")
    with pytest.raises(TrainingError, match="made with other settings or data"):
        train(write_recipe(data, epochs=2), tmp_path / "run", resume=True)


def test_two_processes_train_one_network(data, tmp_path):
    recipe = write_recipe(data, epochs=2, patches=16)
    launcher = (sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", 2, "-m", "nanosieve")
    finished = subprocess.run(
        command(recipe, tmp_path / "run", launcher=launcher),
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count("model in") == 1
    assert read_bundle(tmp_path / "run" / "bundle").card.training.epochs == 2


def test_a_loss_that_is_no_number_stops_training_and_keeps_the_checkpoint(data, tmp_path):
    train(write_recipe(data, epochs=1), tmp_path / "good")
    recipe = write_recipe(data, epochs=3, more='clip = inf\nwarmup = 0\nschedule = "constant"')
    recipe.write_text(recipe.read_text().replace("5e-3", "1e30"))
    with pytest.raises(
        TrainingError, match=r"the loss became .* in epoch 1.*Try a lower learning_rate \(now 1e\+30\)"
    ):
        train(recipe, tmp_path / "run")


def test_training_stops_when_nothing_gets_better(data, tmp_path):
    # without a step worth the name no validation can be better than the first
    recipe = write_recipe(data, epochs=30, patches=4, average=0, patience=2)
    recipe.write_text(recipe.read_text().replace("5e-3", "1e-12"))
    folder, _ = train(recipe, tmp_path / "run")
    assert read_bundle(folder).card.training.epochs <= 5


def test_a_full_disk_is_one_line_and_the_earlier_checkpoint_stays(data, tmp_path, monkeypatch):
    recipe = write_recipe(data, epochs=2)
    fsync, calls = os.fsync, []

    def full_after_a_while(file):
        calls.append(file)
        if len(calls) > 6:
            raise OSError(28, "No space left on device")
        fsync(file)

    monkeypatch.setattr(os, "fsync", full_after_a_while)
    with pytest.raises(OutputError, match="the disk is full"):
        train(recipe, tmp_path / "run")
    monkeypatch.undo()
    folder, reports = train(recipe, tmp_path / "run", resume=True)
    assert read_bundle(folder).card.training.epochs == 2
    # the first epoch was not done again
    assert {report.epoch for report in reports if report.stage == "training"} == {2}


def test_a_model_can_be_begun_with_another(data, tmp_path, trained_discs):
    recipe = write_recipe(data, epochs=1, patches=4, more=f'start = "{trained_discs.as_posix()}"')
    recipe.write_text(recipe.read_text().replace("5e-3", "1e-12"))
    folder, _ = train(recipe, tmp_path / "run")
    card = read_bundle(folder).card
    first = read_bundle(trained_discs)
    assert card.training.start == first.digest
    # here only the first image is learnt from; the weights know those of the model before, too
    assert card.training.sources == {"train": 1}
    assert {image.sha256 for image in first.card.training.images} <= {
        image.sha256 for image in card.training.images
    }
    assert card.scores[0].mean > 0.8


def test_a_model_with_gaps_can_be_begun_with_one_without(data, tmp_path, trained_discs):
    recipe = write_recipe(data, epochs=1, patches=4, more=f'start = "{trained_discs.as_posix()}"')
    recipe.write_text(
        recipe.read_text().replace("[model]", '[model]\nsecond_head = "depth_gap"').replace("5e-3", "1e-12")
    )
    folder, _ = train(recipe, tmp_path / "run")
    before, after = (load_tensors(each / WEIGHTS)[0] for each in (trained_discs, folder))
    (head,) = (name for name in after if after[name].shape != before[name].shape and name.endswith("weight"))
    assert len(after[head]) == 3
    assert np.allclose(after[head][:2], before[head], atol=1e-3)
    network = load_segmenter(str(folder), HOST).tool.segmenter.segmenter
    assert len(network.predict(Micrograph(pixels=np.zeros((64, 96), np.float32)))) == 3


def test_simulated_micrographs_are_mixed_in(data, tmp_path):
    more = 'simulated = 0.5\nsimulated_images = 2\nsimulated_kinds = ["stem_bf"]'
    folder, reports = train(write_recipe(data, epochs=1, patches=4, more=more), tmp_path / "run")
    assert read_bundle(folder).card.training.simulated == 0.5
    assert max(report.done for report in reports if report.stage == "simulating") == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('plugin = "unetpp"', 'plugin = "unetp"'), "did you mean 'unetpp'"),
        (
            ('plugin = "unetpp"', 'plugin = "threshold"'),
            "'threshold' cannot be trained; these can: unet, unetpp",
        ),
        (("patience", "patiense"), "no option 'patiense'; did you mean 'patience'"),
        (("depth = 3", "depht = 3"), "no option 'depht'; did you mean 'depth'"),
        (("epochs = 2", "epochs = 0"), "'epochs' = 0"),
        (('"distance"', '"distanse"'), "did you mean 'distance'"),
        (("[model]", "[modle]"), "no option 'modle'; did you mean 'model'"),
        (("patch = 64", "patch = 65"), "'patch' = 65"),
        (('name = "discs"', ""), "option 'name' is missing"),
    ],
)
def test_a_mistake_in_the_file_is_named(data, tmp_path, change, message):
    recipe = write_recipe(data)
    recipe.write_text(recipe.read_text().replace(*change))
    with pytest.raises(UsageError, match=message):
        make_job(recipe, tmp_path / "run", HOST, resume=False, device="cpu")


def test_a_split_without_images_is_named(data, tmp_path):
    path = data / "data.toml"
    path.write_text(path.read_text().replace('split = "validation"', 'split = "test"'))
    with pytest.raises(DataError, match="no image is in the split 'validation'"):
        train(write_recipe(data), tmp_path / "run")


def test_a_device_that_is_not_here_is_named(data, tmp_path):
    job = make_job(write_recipe(data), tmp_path / "run", HOST, resume=False, device="cuda:7")
    with pytest.raises(UsageError, match="device 'cuda:7' cannot be used"):
        train_model(job, HOST, lambda progress: None)


def test_weights_that_were_changed_are_refused_before_they_are_loaded(trained_discs, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / CARD).write_bytes((trained_discs / CARD).read_bytes())
    weights = bytearray((trained_discs / WEIGHTS).read_bytes())
    weights[-1] ^= 1
    (copy / WEIGHTS).write_bytes(weights)
    with pytest.raises(ModelError, match="was changed"):
        load_segmenter(str(copy), HOST)


def test_an_evaluation_on_training_images_says_so(trained_discs, nanosieve, tmp_path):
    data = trained_discs.parents[1] / "data.toml"
    for split, seen in (("train", 2), ("validation", 0)):
        out = tmp_path / split
        finished = nanosieve("evaluate", "segmenter", trained_discs, data, "--split", split, "--out", out)
        assert finished.returncode == 0, finished.stderr
        assert ("trained on" in finished.stderr) == bool(seen), finished.stderr
        images = pd.read_csv(out / "scores.csv")
        assert len(images) == {"train": 2, "validation": 1}[split]
        assert images["iou"].min() > 0.8
