"""Bundles become versions, and references become folders with the same bytes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nanosieve import Host, Micrograph
from nanosieve.errors import ModelError, UsageError
from nanosieve.loading import load_segmenter
from nanosieve.models import CARD, WEIGHTS, read_bundle
from nanosieve_registry.errors import NotThereError
from nanosieve_registry.fetching import OF_MLFLOW
from nanosieve_registry.mlflow_flavor import LOADER_MODULE
from nanosieve_registry.mlflow_store import database_of
from nanosieve_registry.training_run import TrainingRun
from nanosieve_registry.versions import RUN
from pictures import draw_discs
from registered import threshold_bundle, weights_bundle

ZIP, PICKLE = b"PK", b"\x80"


def logged_files(registry):
    """All files that the store keeps beside its database."""
    folder = database_of(registry.uri).parent / "artifacts"
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_published_model_holds_no_code_no_pickle_and_no_place_of_this_machine(registry, tmp_path):
    import yaml

    registry.publish(weights_bundle(tmp_path / "bundle"), "spheres")
    files = logged_files(registry)
    assert {path.name for path in files} == {*OF_MLFLOW, CARD, WEIGHTS} - {"registered_model_meta"}
    for path in files:
        content = path.read_bytes()
        assert not content.startswith((ZIP, PICKLE)), path.name
        for place in (str(tmp_path), str(Path.home()), os.getcwd()):
            assert place.encode() not in content, path.name
    (described,) = (path for path in files if path.name == "MLmodel")
    flavor = yaml.safe_load(described.read_text())["flavors"]
    assert set(flavor) == {"python_function"}
    assert flavor["python_function"]["code"] is None
    assert flavor["python_function"]["loader_module"] == LOADER_MODULE


def test_every_form_of_a_reference_leads_to_the_same_bytes(registry, tmp_path):
    bundle = weights_bundle(tmp_path / "bundle")
    version = registry.publish(bundle, "our spheres.2", alias="champion")
    digest = read_bundle(bundle).digest
    for reference in (
        "our spheres.2@champion",
        "our spheres.2/1",
        "our spheres.2/latest",
        f"our spheres.2@sha256:{digest}",
        f"our spheres.2@sha256:{digest[:8]}",
        "models:/our spheres.2/1",
        f"models:/{version.model_id}",
    ):
        resolved = registry.resolve(reference)
        assert (resolved.version, resolved.digest, resolved.note) == (1, digest, ""), reference
        for name in (CARD, WEIGHTS):
            assert (resolved.folder / name).read_bytes() == (bundle / name).read_bytes()


def test_publishing_the_same_bundle_again_makes_no_second_version(registry, tmp_path):
    bundle = weights_bundle(tmp_path / "bundle")
    assert registry.publish(bundle, "spheres").version == 1
    assert registry.publish(bundle, "spheres", alias="champion").aliases == ("candidate", "champion")
    assert registry.publish(weights_bundle(tmp_path / "other", seed=1), "spheres").version == 2
    assert [each.aliases for each in registry.versions("spheres")] == [("champion",), ("candidate",)]


def test_a_model_whose_run_was_deleted_is_published_and_still_names_it(registry, tmp_path):
    client = registry.store.client
    run = TrainingRun(registry.uri, client.create_run("0").info.run_id)
    published = registry.publish(threshold_bundle(tmp_path / "first"), "spheres", run=run)
    assert published.run_id == run.run_id
    gone = TrainingRun(registry.uri, "0" * 32)
    published = registry.publish(threshold_bundle(tmp_path / "second", neck=0.8), "spheres", run=gone)
    assert (published.run_id or "", published.tags[RUN]) == ("", gone.run_id)


@pytest.mark.parametrize("name", ["model.pkl", "code.py", "segmenter/helper.py", "sub/model.json"])
def test_a_bundle_with_a_foreign_file_is_not_published(registry, tmp_path, name):
    bundle = weights_bundle(tmp_path / "bundle")
    (bundle / name).parent.mkdir(exist_ok=True)
    (bundle / name).write_text("print('run')")
    with pytest.raises(ModelError, match=re.escape(f"holds {name!r}, which does not belong")):
        registry.publish(bundle, "spheres")
    assert registry.models() == {}


def test_a_symbolic_link_is_not_followed(registry, tmp_path):
    bundle = threshold_bundle(tmp_path / "bundle")
    (tmp_path / "secret").write_text("key")
    (bundle / "README.md").symlink_to(tmp_path / "secret")
    with pytest.raises(ModelError, match=r"holds 'README\.md'"):
        registry.publish(bundle, "spheres")


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "a@b", " a"])
def test_a_name_that_no_reference_could_spell_is_refused(registry, tmp_path, name):
    with pytest.raises(UsageError, match="cannot name a model"):
        registry.publish(threshold_bundle(tmp_path / "bundle"), name)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("spheres@chmpion", r"no 'spheres@chmpion' .* has the versions 1 and the aliases @candidate"),
        ("spheres/7", r"no 'spheres/7' .* versions 1"),
        ("sphere/1", r"no model 'sphere' is registered .* there are: spheres"),
        ("spheres@sha256:0123456789", "no 'spheres@sha256:0123456789'"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(registry, tmp_path, reference, said):
    registry.publish(threshold_bundle(tmp_path / "bundle"), "spheres")
    with pytest.raises(NotThereError, match=said):
        registry.resolve(reference)


@pytest.mark.parametrize(
    "reference", ["models:/spheres", "spheres@", "spheres/0", "spheres@sha256:12", "spheres/x"]
)
def test_what_is_no_reference_is_refused_with_the_forms(registry, reference):
    with pytest.raises(UsageError, match="NAME@ALIAS, NAME/VERSION"):
        registry.resolve(reference)


ELSEWHERE = """
import sys
import numpy as np
from nanosieve import Host, Micrograph
from nanosieve.loading import load_segmenter

pixels = np.load(sys.argv[1])
loaded = load_segmenter("discs@champion", Host(), device="cpu")
found = loaded.tool.segment(Micrograph(pixels=pixels, polarity="bright"))
np.savez(sys.argv[2], labels=found.labels, foreground=found.foreground)
print(loaded.model_version)
"""


def test_another_process_elsewhere_gets_the_same_answer(registry, trained_discs, tmp_path):
    registry.publish(trained_discs, "discs", alias="champion")
    grey = draw_discs((96, 128), [(30, 30, 11), (90, 50, 13)]) / 255
    np.save(tmp_path / "pixels.npy", grey.astype(np.float32))
    (tmp_path / "work").mkdir()
    finished = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(tmp_path / "pixels.npy"), str(tmp_path / "found.npz")],
        cwd=tmp_path / "work",
        env={**os.environ, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip() == "models:/discs/1"
    assert list((tmp_path / "work").iterdir()) == []
    here = load_segmenter(str(trained_discs), Host(), device="cpu").tool.segment(
        Micrograph(pixels=grey.astype(np.float32), polarity="bright")
    )
    there = np.load(tmp_path / "found.npz")
    assert here.count == 2
    np.testing.assert_array_equal(there["labels"], here.labels)
    np.testing.assert_allclose(there["foreground"], here.foreground, atol=1e-6)


def test_weights_with_a_renamed_tensor_are_published_but_never_built(registry, trained_discs, tmp_path):
    import shutil

    from safetensors.numpy import load_file, save_file

    from nanosieve.models import file_sha256, write_card

    bundle = shutil.copytree(trained_discs, tmp_path / "bundle")
    tensors = load_file(bundle / WEIGHTS)
    first = min(tensors)
    tensors[f"{first}_renamed"] = tensors.pop(first)
    save_file(tensors, bundle / WEIGHTS)
    card = read_bundle(trained_discs).card
    write_card(bundle, card.model_copy(update={"weights_sha256": file_sha256(bundle / WEIGHTS)}))
    registry.publish(bundle, "discs")
    with pytest.raises(ModelError, match="are not those of the network"):
        load_segmenter("discs@candidate", Host(), device="cpu")


def test_the_model_that_was_used_is_kept_with_its_version(registry, tmp_path):
    registry.publish(threshold_bundle(tmp_path / "bundle"), "spheres", alias="champion")
    provenance = load_segmenter("spheres@champion", Host()).provenance()
    assert provenance["model"] == "spheres@champion"
    assert provenance["model_version"] == "models:/spheres/1"
    assert provenance["model_digest"] == read_bundle(tmp_path / "bundle").digest


def test_a_folder_and_a_reference_of_the_same_spelling_are_refused_with_both_readings(
    registry, tmp_path, monkeypatch
):
    registry.publish(threshold_bundle(tmp_path / "bundle"), "spheres")
    threshold_bundle(tmp_path / "spheres" / "1")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        UsageError, match=r"'\./spheres/1' for the folder, 'models:/spheres/1' for the registered"
    ):
        load_segmenter("spheres/1", Host())
    assert load_segmenter("./spheres/1", Host()).model_version == ""
    assert load_segmenter("models:/spheres/1", Host()).model_version == "models:/spheres/1"


def test_a_retired_version_comes_with_a_warning(registry, tmp_path):
    from nanosieve_registry.gate.promoting import retire

    registry.publish(threshold_bundle(tmp_path / "bundle"), "spheres")
    retire(registry, "spheres", 1, "trained on wrong labels")
    assert registry.versions("spheres")[0].aliases == ()
    assert "spheres/1 is retired: trained on wrong labels" in load_segmenter("spheres/latest", Host()).note
