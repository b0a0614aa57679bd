"""Model bundles are refused when they are not what they say."""

import json

import pytest

from nanosieve.errors import ModelError
from nanosieve.models import CARD, WEIGHTS, FolderStore, ModelCard, read_bundle, sha256, write_card


def bundle(folder, weights=b"numbers", **changes):
    folder.mkdir(exist_ok=True)
    (folder / WEIGHTS).write_bytes(weights)
    card = ModelCard(
        name="spheres",
        kind="segmenter",
        plugin="threshold",
        plugin_version="0.1.0",
        weights_sha256=sha256(b"numbers"),
    )
    write_card(folder, card.model_copy(update=changes))
    return folder


def test_a_bundle_reads_back(tmp_path):
    found = read_bundle(bundle(tmp_path / "m"))
    assert found.card.plugin == "threshold"
    assert found.weights == tmp_path / "m" / WEIGHTS
    assert found.digest == sha256((tmp_path / "m" / CARD).read_bytes())


def test_weights_that_were_changed_are_refused(tmp_path):
    with pytest.raises(ModelError, match="was changed"):
        read_bundle(bundle(tmp_path / "m", weights=b"numbers!"))


def test_weights_that_the_card_does_not_name_are_refused(tmp_path):
    with pytest.raises(ModelError, match="does not name its digest"):
        read_bundle(bundle(tmp_path / "m", weights_sha256=None))


def test_a_folder_without_a_card_is_no_bundle(tmp_path):
    with pytest.raises(ModelError, match="is not a model bundle"):
        read_bundle(tmp_path)


def test_an_unknown_field_is_named(tmp_path):
    folder = bundle(tmp_path / "m")
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**card, "wieghts": 1}))
    with pytest.raises(ModelError, match="wieghts"):
        read_bundle(folder)


def test_file_uris_name_folders_on_this_machine(tmp_path):
    folder = tmp_path / "with space"
    folder.mkdir()
    assert FolderStore().fetch(folder.as_uri()) == folder
    with pytest.raises(ModelError, match="another machine"):
        FolderStore().fetch("file://server/model")
    with pytest.raises(ModelError, match="no folder"):
        FolderStore().fetch((tmp_path / "gone").as_uri())
