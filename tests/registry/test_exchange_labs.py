"""A model goes from one lab to another as one file, and the other can prove what it got."""

import hashlib
import math
import os
import shutil
import subprocess
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from nanosieve import Host
from nanosieve.errors import ModelError, UsageError
from nanosieve.learn.bundles import CALIBRATION
from nanosieve.loading import load_segmenter
from nanosieve.models import CARD, WEIGHTS, ModelCard, file_sha256, read_bundle, write_card
from nanosieve.values import Micrograph
from nanosieve_classifiers.alexnet.network import make_network as make_alexnet
from nanosieve_classifiers.resnet34.network import make_network as make_resnet
from nanosieve_registry.exchange.building import Plan, check_fits
from nanosieve_registry.exchange.contents import read_contents
from nanosieve_registry.exchange.envelope import PAYLOAD_TYPE, open_envelope, pre_authentication_encoding
from nanosieve_registry.exchange.exporting import Statements, export_model
from nanosieve_registry.exchange.fitting import fit_here
from nanosieve_registry.exchange.importing import BUNDLE, ORIGIN_LAB, ORIGIN_VERSION, SIGNER, import_model
from nanosieve_registry.exchange.keys import fingerprint, write_public
from nanosieve_registry.exchange.layout import GOLDEN, MANIFEST
from nanosieve_registry.exchange.parts import Files
from nanosieve_registry.exchange.reading import digests_of, read_archive
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.registered import statements_of
from nanosieve_registry.exchange.signing_key import create_key, own_key
from nanosieve_registry.exchange.trust import TrustStore
from nanosieve_registry.exchange.verifying import inspect, verify
from nanosieve_registry.exchange.writing import archive_of
from nanosieve_registry.shipped import shipped_models
from nanosieve_segmenters.unetpp.network import make_network as make_unetpp
from nsmodel_files import write_bundle

HOST = Host()
MAKERS = {"unetpp": make_unetpp, "resnet34": make_resnet, "alexnet": make_alexnet}


STATEMENTS = Statements(version="3", run_id="r" * 32)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Lab A: its key, the bundle of a model, and the file that it exported."""
    folder = tmp_path_factory.mktemp("lab_a")
    own = create_key(folder / "a" / "signing", "lab-a")
    return folder, export_model(
        write_bundle(folder / "bundle"), folder / "spheres.nsmodel", own, HOST, STATEMENTS
    )


@pytest.fixture
def own(tmp_path, made):
    """The key of lab A, whose files are copied into the folder of the test."""
    shutil.copytree(made[0], tmp_path, dirs_exist_ok=True)
    return own_key(tmp_path / "a" / "signing")


@pytest.fixture
def trust(tmp_path, own):
    """The trust store of lab B, which trusts lab A."""
    store = TrustStore(tmp_path / "b" / "trust", tmp_path / "b" / "signing")
    store.add(write_public(tmp_path / "lab-a.pub", own.public), fingerprint(own.public.keyid))
    return store


@pytest.fixture
def exported(tmp_path, own, made):
    """A model of lab A, as its file."""
    return replace(made[1], path=tmp_path / "spheres.nsmodel")


@pytest.fixture
def data(tmp_path, monkeypatch):
    """The data folder of lab B."""
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "b"))
    return tmp_path / "b"


# --- keys and signatures ---------------------------------------------------------------------------------------------


def test_what_is_signed_is_the_published_encoding():
    # test vector of the DSSE specification, protocol.md
    encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_openssl_finds_the_signature_good(tmp_path, own, exported):
    envelope = open_envelope(read_archive(exported.path).files[MANIFEST])
    (tmp_path / "signature").write_bytes(envelope.signature)
    write_public(tmp_path / "key.pub", own.public)

    def verdict(payload):
        (tmp_path / "signed").write_bytes(pre_authentication_encoding(PAYLOAD_TYPE, payload))
        options = ["-pubin", "-inkey", "key.pub", "-rawin", "-in", "signed", "-sigfile", "signature"]
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", *options], cwd=tmp_path, capture_output=True
        ).returncode

    assert verdict(envelope.payload) == 0
    assert verdict(envelope.payload + b" ") != 0


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_the_private_key_is_for_its_owner_only(tmp_path, own):
    path = tmp_path / "a" / "signing" / "lab.key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(RefusedError, match="others can read the private key"):
        own_key(path.parent)


def test_a_key_is_trusted_only_with_the_fingerprint_that_the_lab_said(tmp_path, own):
    store = TrustStore(tmp_path / "t", tmp_path / "s")
    file = write_public(tmp_path / "lab-a.pub", own.public)
    said = fingerprint(own.public.keyid)
    wrong = said[:-1] + ("0" if said[-1] != "0" else "1")
    for each in (wrong, said[:-1], said[:19], ""):
        with pytest.raises(RefusedError, match="does not have the fingerprint"):
            store.add(file, each)
    assert store.trusted() == []
    assert store.add(file, said.upper().replace(" ", ":")).lab == "lab-a"
    assert [key.lab for key in store.trusted()] == ["lab-a"]


def test_a_key_belongs_to_one_lab(tmp_path, own, trust):
    file = tmp_path / "other.pub"
    file.write_text(
        write_public(tmp_path / "x.pub", own.public).read_text().replace("Lab: lab-a", "Lab: lab-z")
    )
    with pytest.raises(RefusedError, match="trusted already as that of 'lab-a'"):
        trust.add(file, own.public.keyid)


def test_a_private_key_is_not_taken_for_a_public_one(tmp_path, own, trust):
    with pytest.raises(RefusedError, match="no Ed25519 public key"):
        trust.add(tmp_path / "a" / "signing" / "lab.key", own.public.keyid)


def test_a_lab_that_is_removed_is_not_taken_until_it_is_added_again(tmp_path, own, trust, exported):
    assert verify(exported.path, trust).signer.standing == "trusted"
    trust.remove("lab-a")
    with pytest.raises(RefusedError, match="not trusted here"):
        verify(exported.path, trust)
    trust.add(tmp_path / "lab-a.pub", own.public.keyid)
    assert verify(exported.path, trust).signer.lab == "lab-a"


def test_both_keys_of_a_lab_are_taken_until_the_old_one_is_revoked(tmp_path, own, trust, exported):
    new = create_key(tmp_path / "a" / "signing", "lab-a")
    again = export_model(tmp_path / "bundle", tmp_path / "again.nsmodel", new, HOST)
    with pytest.raises(RefusedError, match="not trusted here"):
        verify(again.path, trust)
    trust.add(write_public(tmp_path / "new.pub", new.public), new.public.keyid)
    assert verify(exported.path, trust).signer.keyid == own.public.keyid
    assert verify(again.path, trust).signer.keyid == new.public.keyid
    trust.revoke(fingerprint(own.public.keyid)[:19], "stolen laptop")
    with pytest.raises(RefusedError, match=r"revoked key.*stolen laptop"):
        verify(exported.path, trust)
    assert verify(again.path, trust).signer.standing == "trusted"
    # what is revoked stays so
    with pytest.raises(RefusedError, match="was revoked here"):
        trust.add(tmp_path / "lab-a.pub", own.public.keyid)
    assert inspect(exported.path, trust).signer.standing == "revoked"


def test_a_key_can_be_revoked_before_it_was_ever_seen(tmp_path, own, exported):
    store = TrustStore(tmp_path / "t", tmp_path / "s")
    store.revoke(fingerprint(own.public.keyid), "warned by another lab")
    with pytest.raises(RefusedError, match="warned by another lab"):
        verify(exported.path, store)


def test_a_revoked_key_is_not_taken_even_if_it_is_one_s_own(tmp_path, own, exported):
    store = TrustStore(tmp_path / "t", tmp_path / "a" / "signing")
    assert verify(exported.path, store).signer.standing == "own"
    store.revoke(own.public.keyid, "lost")
    with pytest.raises(RefusedError, match="revoked"):
        verify(exported.path, store)


def test_nothing_is_taken_while_the_list_of_revoked_keys_cannot_be_read(tmp_path, trust, exported):
    (tmp_path / "b" / "trust" / "revoked.json").write_text("{")
    with pytest.raises(RefusedError, match="no signature can be judged"):
        verify(exported.path, trust)


# --- the file --------------------------------------------------------------------------------------------------------


def test_the_same_model_and_key_give_the_same_bytes(tmp_path, own, exported):
    again = export_model(tmp_path / "bundle", tmp_path / "again.nsmodel", own, HOST, STATEMENTS)
    assert again.path.read_bytes() == exported.path.read_bytes()
    assert exported.sha256 == file_sha256(exported.path)
    other = export_model(
        tmp_path / "bundle", tmp_path / "o.nsmodel", create_key(tmp_path / "z", "lab-a"), HOST, STATEMENTS
    )
    assert other.manifest == exported.manifest
    assert other.sha256 != exported.sha256


def test_another_python_writes_the_same_archive():
    # what zipfile of Python 3.8.18, 3.10.13, 3.12.1 and 3.13.0 make of these files
    archive = archive_of({"model.json": b"x" * 1000, "manifest.dsse.json": b"x" * 1000})
    assert hashlib.sha256(archive).hexdigest() == (
        "75c5e9f9ebcb9f99b91358724bd7f9f7d60db4afc896af7918e755cd4a8dd961"
    )


def test_the_file_holds_what_a_receiver_needs_and_names_nothing_of_the_machine(tmp_path, exported):
    with zipfile.ZipFile(exported.path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [MANIFEST, "README.md", GOLDEN, CARD, WEIGHTS]
        for name in archive.namelist():
            assert not archive.read(name).startswith(b"\x80"), name  # no pickle
    for told in (str(tmp_path), os.path.expanduser("~") + "/"):
        assert told.encode() not in exported.path.read_bytes()
    manifest = exported.manifest
    assert (manifest.licence, manifest.lineage.lab, manifest.lineage.version) == ("MIT", "lab-a", "3")
    assert [(each.metric, each.mean) for each in manifest.evaluations] == [("iou", 0.5)]
    # as sha256sum has it of the one line "aaa...  discs/a.tif"
    assert (
        manifest.training_data.fingerprint
        == "b73eb1517c9dcc96c74c09928aa21c2c215f849c2a9af1ecc9e92d72638a932f"
    )


@pytest.mark.parametrize(
    ("statements", "path", "reason"),
    [
        (Statements(name="../x"), "x.nsmodel", "cannot be the name"),
        (Statements(name="a/b"), "x.nsmodel", "cannot be the name"),
        (Statements(licence="GPL-3.0-only"), "x.nsmodel", "says licence 'MIT', not 'GPL-3.0-only'"),
        (Statements(), "x.zip", "ends with '.nsmodel'"),
    ],
)
def test_wrong_usage_of_export_is_named_and_writes_nothing(tmp_path, own, statements, path, reason):
    with pytest.raises(UsageError, match=reason):
        export_model(write_bundle(tmp_path / "other"), tmp_path / path, own, HOST, statements)
    assert not (tmp_path / path).exists()


def test_a_model_without_a_licence_needs_one(tmp_path, own):
    folder = write_bundle(tmp_path / "other", licence="")
    with pytest.raises(UsageError, match=r"has no licence.*--licence MIT"):
        export_model(folder, tmp_path / "x.nsmodel", own, HOST)
    assert (
        export_model(folder, tmp_path / "x.nsmodel", own, HOST, Statements(licence="MIT")).manifest.licence
        == "MIT"
    )


def test_what_nobody_could_import_is_not_exported(tmp_path, own):
    folder = write_bundle(tmp_path / "other", config={"filters": 8})
    with pytest.raises(ModelError, match="nobody could import it: the weights are not those of the network"):
        export_model(folder, tmp_path / "x.nsmodel", own, HOST)


def test_weights_of_every_kind_of_network_are_compared_before_it_is_built():
    config = HOST.classifiers["resnet34"].config()
    network = make_resnet(config, 3)
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    plan = Plan(
        kind="classifier",
        plugin="resnet34",
        plugin_version="0.1.0",
        config=config.model_dump(mode="json"),
        classes=("sphere", "rod", "cube"),
        shapes={**shapes, "calibration.mean": (512,)},
    )
    check_fits(plan, HOST)
    for changed in ({"classes": ("sphere", "rod")}, {"shapes": {**shapes, "body.more": (1,)}}):
        with pytest.raises(RefusedError, match="not those of the network"):
            check_fits(replace(plan, **changed), HOST)


@pytest.mark.parametrize("folder", shipped_models().values(), ids=shipped_models())
def test_the_models_that_come_along_fit(folder):
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    kind = read_bundle(folder).card.kind
    contents = read_contents(kind, Files(files, digests_of(files)))
    fit_here(contents, HOST)
    shapes = contents.parts[0].plan.shapes
    weights = sum(math.prod(shape) for name, shape in shapes.items() if not name.startswith(CALIBRATION))
    # the plugin's own network, counted by torch
    config = getattr(HOST, f"{kind}s")[contents.card.plugin].config(**contents.card.config)
    make = MAKERS[contents.card.plugin]
    network = make(config) if kind == "segmenter" else make(config, len(contents.card.classes))
    assert weights == sum(value.numel() for value in network.state_dict().values())


# --- the other lab ---------------------------------------------------------------------------------------------------


def test_lab_b_takes_the_model_over_once_and_as_a_candidate(tmp_path, own, trust, exported, registry):
    first = import_model(exported.path, trust, HOST, registry)
    assert (str(first.version), first.new) == ("lab-a.spheres/1", True)
    assert first.version.aliases == ("candidate",)
    tags = first.version.tags
    assert (tags[ORIGIN_LAB], tags[ORIGIN_VERSION], tags[SIGNER]) == ("lab-a", "3", own.public.keyid)
    assert tags[BUNDLE] == file_sha256(exported.path)
    again = import_model(exported.path, trust, HOST, registry)
    assert (again.version, again.new) == (first.version, False)

    # the same weights, and the proof of where they are from
    folder = registry.resolve("lab-a.spheres@candidate").folder
    assert file_sha256(folder / WEIGHTS) == read_bundle(tmp_path / "bundle").card.weights_sha256
    assert (folder / MANIFEST).read_bytes() == read_archive(exported.path).files[MANIFEST]

    # a later model of lab A never moves what lab B works with
    registry.set_alias(first.version, "champion")
    card = read_bundle(tmp_path / "bundle").card
    write_card(tmp_path / "bundle", card.model_copy(update={"summary": "newer"}))
    newer = export_model(tmp_path / "bundle", tmp_path / "newer.nsmodel", own, HOST)
    second = import_model(newer.path, trust, HOST, registry)
    assert (str(second.version), second.version.aliases) == ("lab-a.spheres/2", ("candidate",))
    assert registry.resolve("lab-a.spheres@champion").version == 1

    # lab B hands it on under its own name and signature
    own_b = create_key(tmp_path / "b" / "signing", "lab-b")
    handed_on = export_model(folder, tmp_path / "on.nsmodel", own_b, HOST, Statements(name=first.name))
    assert handed_on.manifest.full_name == "lab-b.lab-a.spheres"
    assert handed_on.manifest.files[WEIGHTS] == exported.manifest.files[WEIGHTS]


def test_what_the_registry_measured_goes_along(tmp_path, own, trust, registry):
    from mlflow.entities import Metric

    bundle = write_bundle(tmp_path / "other")
    version = registry.publish(bundle, "spheres")
    client = registry.store.client
    run = client.create_run(registry.store.experiment("scores")).info.run_id
    for when, value in ((1, 0.25), (2, 0.75)):
        metric = Metric(
            "dice",
            value,
            when,
            when,
            version.model_id,
            dataset_name="ours",
            dataset_digest="d" * 36,
            run_id=run,
        )
        client.log_batch(run, metrics=[metric])
    statements = statements_of(registry, version, name="round")
    file = export_model(bundle, tmp_path / "x.nsmodel", own, HOST, statements).path
    manifest = verify(file, trust).manifest
    assert (manifest.full_name, manifest.lineage.version) == ("lab-a.round", "1")
    said = [(each.metric, each.mean, each.data, each.fingerprint) for each in manifest.evaluations]
    assert said == [("iou", 0.5, "discs", None), ("dice", 0.75, "ours", "d" * 36)]


def test_a_dry_run_needs_no_registry(trust, exported, data):
    done = import_model(exported.path, trust, HOST, None)
    assert (done.name, done.version, done.new) == ("lab-a.spheres", None, False)
    assert done.difference.mean == 0


def test_a_classifier_travels(tmp_path, own, trust, data):
    folder = tmp_path / "shapes"
    folder.mkdir()
    card = ModelCard(
        name="shapes", kind="classifier", plugin="geometry", plugin_version="0.1.0", licence="MIT"
    )
    write_card(folder, card)
    file = export_model(folder, tmp_path / "shapes.nsmodel", own, HOST).path
    checked = verify(file, trust)
    answer = checked.goldens[""]["probabilities"]
    assert len(answer) > 5
    assert np.allclose(answer.sum(axis=1), 1)
    assert import_model(file, trust, HOST, None).difference.mean == 0


# --- without a registry ----------------------------------------------------------------------------------------------


def test_a_file_is_a_model_wherever_one_is_asked_for(tmp_path, own, trust, exported, data):
    picture = Micrograph(pixels=np.random.default_rng(0).random((64, 96), np.float32))
    wanted = load_segmenter(str(tmp_path / "bundle"), HOST, device="cpu").tool.segment(picture)
    for reference in (f"file:{exported.path}", exported.path.as_uri(), str(exported.path)):
        loaded = load_segmenter(reference, HOST, device="cpu")
        assert np.array_equal(loaded.tool.segment(picture).labels, wanted.labels)
        assert loaded.model_digest == exported.manifest.lineage.card
        assert exported.sha256 in loaded.model_version
    # what was unpacked is compared each time
    (weights,) = data.rglob(WEIGHTS)
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    load_segmenter(str(exported.path), HOST, device="cpu")
    assert file_sha256(next(data.rglob(WEIGHTS))) == exported.manifest.files[WEIGHTS].sha256
    # and so is who signed
    trust.revoke("lab-a", "stolen")
    with pytest.raises(ModelError, match="revoked key"):
        load_segmenter(str(exported.path), HOST, device="cpu")


def test_a_file_that_is_not_there_says_so(data):
    with pytest.raises(UsageError, match="No such file"):
        load_segmenter("file:gone.nsmodel", HOST)
