"""Files and tags of a registered version can be written over; nobody gets what was not published."""

import json
import sqlite3
from contextlib import closing

import pytest

from nanosieve import Host
from nanosieve.errors import ModelError
from nanosieve.loading import load_segmenter
from nanosieve.models import CARD, WEIGHTS
from nanosieve_registry.errors import ChangedError
from nanosieve_registry.mlflow_store import database_of
from nanosieve_registry.verifying import verify
from nanosieve_registry.versions import CONTENT, FILES
from registered import command, weights_bundle

HOST = Host()


@pytest.fixture
def stored(registry, tmp_path):
    """The folder in which the store keeps version 1 of a model, which was never fetched."""
    registry.publish(weights_bundle(tmp_path / "bundle"), "spheres", alias="champion")
    artifacts = database_of(registry.uri).parent / "artifacts"
    (described,) = artifacts.rglob("MLmodel")
    return described.parent


def flip_weights(model):
    weights = model / "data" / "bundle" / WEIGHTS
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)


def edit_card(model):
    card = model / "data" / "bundle" / CARD
    card.write_text(card.read_text().replace('"threshold": 0.5', '"threshold": 0.4') + " ")


def remove_weights(model):
    (model / "data" / "bundle" / WEIGHTS).unlink()


def add_code(model):
    (model / "data" / "bundle" / "setup.py").write_text("print('run')")


def add_pickle(model):
    (model / "python_model.pkl").write_bytes(b"\x80\x04N.")


def name_code(model):
    described = model / "MLmodel"
    described.write_text(described.read_text().replace("code: null", "code: code"))


def name_another_loader(model):
    described = model / "MLmodel"
    described.write_text(described.read_text().replace("nanosieve_registry.mlflow_flavor", "mlflow.sklearn"))


ATTACKS = {
    flip_weights: f"{WEIGHTS}' was changed",
    edit_card: f"{CARD}' was changed",
    remove_weights: f"{WEIGHTS}' is missing",
    add_code: r"holds 'setup\.py', which does not belong",
    add_pickle: r"holds 'python_model\.pkl', which nanosieve did not publish",
    name_code: "names code or a loader",
    name_another_loader: "names code or a loader",
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_files_that_were_written_over_are_refused_everywhere(registry, stored, attack, capsys):
    attack(stored)
    with pytest.raises(ChangedError, match=ATTACKS[attack]):
        registry.resolve("spheres@champion")
    with pytest.raises(ModelError, match=ATTACKS[attack]):
        load_segmenter("spheres@champion", HOST)
    assert verify(registry, "spheres/1", HOST).problem
    code, _, err = command(capsys, "models", "verify", "spheres/1")
    assert code == 5
    assert "spheres/1: " in err
    assert not registry.cache.folder.exists() or not any(registry.cache.folder.glob("*/model.json"))


def test_verify_finds_files_written_over_after_they_were_fetched_and_the_copy_is_still_the_right_one(
    registry, stored, tmp_path
):
    registry.resolve("spheres/1")
    assert verify(registry, "spheres/1", HOST).problem == ""
    flip_weights(stored)
    assert "was changed" in verify(registry, "spheres/1", HOST).problem
    folder = registry.resolve("spheres@champion").folder
    assert (folder / WEIGHTS).read_bytes() == (tmp_path / "bundle" / WEIGHTS).read_bytes()


def test_a_copy_that_was_changed_is_fetched_anew(registry, stored):
    folder = registry.resolve("spheres/1").folder
    right = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(right[:-1] + b"x")
    assert (registry.resolve("spheres/1").folder / WEIGHTS).read_bytes() == right


def test_files_and_digests_written_over_together_are_refused_where_the_version_was_known(
    registry, stored, tmp_path
):
    from nanosieve_registry.bundle_files import content_digest, digests_of

    registry.resolve("spheres@champion")
    flip_weights(stored)
    (version,) = registry.versions("spheres")
    digests = digests_of(stored / "data" / "bundle")
    registry.set_tag(version, FILES, json.dumps(digests))
    registry.set_tag(version, CONTENT, content_digest(digests))
    with pytest.raises(ChangedError, match="a version never changes, so somebody wrote over its tags"):
        registry.resolve("spheres@champion")
    assert "somebody wrote over its tags" in verify(registry, "spheres/1", HOST).problem


def test_a_version_that_nanosieve_did_not_publish_is_refused(registry, stored):
    with closing(sqlite3.connect(database_of(registry.uri))) as connection, connection:
        connection.execute("DELETE FROM model_version_tags")
    with pytest.raises(Exception, match="was not published by nanosieve: it has no digests"):
        registry.resolve("spheres/1")


def test_what_is_as_published_is_said_so(registry, stored, capsys, monkeypatch):
    # the plugin is here, and nothing is built to tell
    code, out, _ = command(capsys, "models", "verify")
    assert (code, out) == (0, "spheres/1: as published\n")
    monkeypatch.setenv("NANOSIEVE_DISABLE_PLUGINS", "segmenters")
    code, _, err = command(capsys, "models", "verify")
    assert code == 5
    assert "needs plugin 'unetpp', which is not installed here" in err
