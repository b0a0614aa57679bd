"""Every attack on a model file is refused with its reason, and the registry is as it was.

Each is made twice where it can be: by somebody without a key, who leaves the signature as it was, and by a lab that is
trusted, which signs whatever it likes.
"""

import json
import pickle
import shutil
import sqlite3
import struct
import zipfile
from contextlib import closing

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from safetensors import numpy as tensors

from nanosieve import Host
from nanosieve.models import CARD, WEIGHTS
from nanosieve_registry.cache import Cache
from nanosieve_registry.exchange.exporting import export_model
from nanosieve_registry.exchange.importing import import_model
from nanosieve_registry.exchange.keys import write_public
from nanosieve_registry.exchange.layout import GOLDEN, MANIFEST, PAGE
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.signing_key import create_key
from nanosieve_registry.exchange.strict_json import parse
from nanosieve_registry.exchange.trust import TrustStore
from nanosieve_registry.exchange.writing import entry
from nanosieve_registry.registry import Registry
from nsmodel_files import Forged, safetensors, write_bundle

HOST = Host()


@pytest.fixture(scope="module")
def lab_a(tmp_path_factory):
    """The key of lab A, and a file that it exported."""
    folder = tmp_path_factory.mktemp("lab_a")
    own = create_key(folder / "signing", "lab-a")
    bundle = write_bundle(folder / "bundle")
    exported = export_model(bundle, folder / "spheres.nsmodel", own, HOST)
    return own, exported.path


@pytest.fixture(scope="module")
def lab_b(tmp_path_factory, empty_database, lab_a):
    """Registry and trust store of lab B, which trusts lab A and lab C and has imported A's model."""
    folder = tmp_path_factory.mktemp("lab_b")
    trust = TrustStore(folder / "trust", folder / "signing")
    for own in (lab_a[0], create_key(folder / "c", "lab-c")):
        file = write_public(folder / f"{own.lab}.pub", own.public)
        trust.add(file, own.public.keyid)
    shutil.copyfile(empty_database, folder / "mlflow.db")
    registry = Registry(f"sqlite:///{folder / 'mlflow.db'}", Cache(folder / "cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NANOSIEVE_DATA", str(folder / "data"))
        import_model(lab_a[1], trust, HOST, registry)
        yield registry, trust, folder


@pytest.fixture
def forged(lab_a):
    """The file of lab A, to be changed."""
    return Forged.of(lab_a[1])


def state(folder):
    """What a registry holds: rows of its tables, and every file."""
    tables = (
        "registered_models",
        "model_versions",
        "model_version_tags",
        "registered_model_aliases",
        "logged_models",
    )
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        rows = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}
        aliases = connection.execute("SELECT * FROM registered_model_aliases").fetchall()
    files = sorted(
        path for part in ("artifacts", "cache") for path in (folder / part).rglob("*") if path.is_file()
    )
    return rows, aliases, files


def refused(lab_b, file, reason):
    """Import the file: it is refused for this reason, and nothing in the registry has changed."""
    registry, trust, folder = lab_b
    before = state(folder)
    assert before[0]["model_versions"] == 1
    with pytest.raises(RefusedError, match=reason):
        import_model(file, trust, HOST, registry)
    assert state(folder) == before


def flipped(data, position):
    changed = bytearray(data)
    changed[position] ^= 1
    return bytes(changed)


# --- names and files -------------------------------------------------------------------------------------------------


class Marker:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


FOREIGN = {
    "parent folder": "../evil.txt",
    "hidden parent folder": "segmenter/../../evil.txt",
    "absolute path": "/etc/nanosieve",
    "drive": "C:\\evil.txt",
    "backslashes": "..\\evil.txt",
    "extra file": "notes.txt",
    "code": "loader.py",
    "pickle": "weights.pkl",
    "torch file": "weights.pt",
    "MLmodel": "MLmodel",
    "requirements": "requirements.txt",
    "folder of code": "code/__init__.py",
    "name in capitals": "MODEL.JSON",
}


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "trusted signer"])
@pytest.mark.parametrize("name", FOREIGN.values(), ids=FOREIGN)
def test_files_that_do_not_belong_there(lab_a, lab_b, forged, tmp_path, name, signed):
    forged.files[name] = b"--index-url http://evil.example\nevil\n"
    file = forged.write(tmp_path / "x.nsmodel", lab_a[0].key if signed else None)
    refused(lab_b, file, r"leads out of the folder|which may carry code|made anew on import|and nothing else")


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "trusted signer"])
@pytest.mark.parametrize("name", [WEIGHTS, PAGE, GOLDEN, CARD])
def test_missing_files(lab_a, lab_b, forged, tmp_path, name, signed):
    del forged.files[name]
    file = forged.write(tmp_path / "x.nsmodel", lab_a[0].key if signed else None)
    refused(lab_b, file, "is missing|it has no|is not there")


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "trusted signer"])
@pytest.mark.parametrize("name", [WEIGHTS, PAGE, GOLDEN, CARD])
def test_a_pickle_under_an_allowed_name_is_never_opened(lab_a, lab_b, forged, tmp_path, name, signed):
    marker = tmp_path / "marker"
    data = pickle.dumps(Marker(marker))
    if name == WEIGHTS:
        forged.weights(data)
    else:
        forged.files[name] = data
    file = forged.write(tmp_path / "x.nsmodel", lab_a[0].key if signed else None)
    refused(lab_b, file, "not what was signed|no safetensors|cannot be read|no text")
    assert not marker.exists()


def test_a_bit_anywhere_is_found(lab_a, lab_b, tmp_path):
    data = lab_a[1].read_bytes()
    # many in the records before and after the files and in the manifest, some in the rest
    positions = {
        *range(0, 3000, 7),
        *range(len(data) - 600, len(data)),
        *range(0, len(data), len(data) // 50),
    }
    registry, trust, folder = lab_b
    before = state(folder)
    for position in sorted(positions):
        (tmp_path / "x.nsmodel").write_bytes(flipped(data, position))
        with pytest.raises(RefusedError):
            import_model(tmp_path / "x.nsmodel", trust, HOST, registry)
    assert state(folder) == before


# --- the archive -----------------------------------------------------------------------------------------------------


def link(name):
    info = entry(name)
    info.external_attr = 0o120777 << 16
    return info


def compressed(name):
    info = entry(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "trusted signer"])
@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        pytest.param(
            lambda name, data: [(entry(name), data), (entry(name), b"other")], "is there twice", id="doubled"
        ),
        pytest.param(
            lambda name, data: [(link(name), b"/etc/passwd")], "a symbolic link", id="symbolic link"
        ),
        pytest.param(
            lambda name, data: [(compressed(name), bytes(3_000_000))],
            r"is compressed \(\d{4} bytes for 3000000\)",
            id="bomb",
        ),
        pytest.param(
            lambda name, data: [(entry(name), bytes(5 << 20))], "at most 4194304 are taken", id="oversize"
        ),
        pytest.param(lambda name, data: [(entry(name + "/"), b"")], "and nothing else", id="folder"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_entries_that_no_model_file_has(lab_a, lab_b, forged, tmp_path, attack, reason, signed):
    entries = [(entry(name), data) for name, data in sorted(forged.files.items()) if name != PAGE]
    added = attack(PAGE, forged.files[PAGE])
    forged.files[PAGE] = added[0][1]
    forged.entries = [*added, *entries]
    file = forged.write(tmp_path / "x.nsmodel", lab_a[0].key if signed else None)
    refused(lab_b, file, reason)


def declared(data, name, size):
    """The archive with another size of a file in the list at its end."""
    at = data.rindex(name.encode()) - 46
    return data[: at + 20] + struct.pack("<II", size, size) + data[at + 28 :]


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        pytest.param(lambda data: data[: len(data) // 2], "cut short", id="truncated"),
        pytest.param(lambda data: data[:-1], "cut short", id="truncated by a byte"),
        pytest.param(lambda data: b"", "cut short", id="empty"),
        pytest.param(lambda data: b"\x80\x04K\x01.", "cut short", id="pickle"),
        pytest.param(lambda data: data + b"more", "bytes were changed, added|cut short", id="bytes behind"),
        pytest.param(lambda data: b"more" + data, "bytes were changed, added|cut short", id="bytes before"),
        pytest.param(
            lambda data: declared(data, PAGE, 3 << 20), "more than the|cut short", id="declared size"
        ),
        pytest.param(
            lambda data: declared(data, WEIGHTS, 2 << 30), "at most 1073741824", id="absurd declared size"
        ),
    ],
)
def test_archives_that_are_not_whole(lab_a, lab_b, tmp_path, attack, reason):
    (tmp_path / "x.nsmodel").write_bytes(attack(lab_a[1].read_bytes()))
    refused(lab_b, tmp_path / "x.nsmodel", reason)


# --- who signed ------------------------------------------------------------------------------------------------------


def test_a_key_that_nobody_trusts(lab_b, forged, tmp_path):
    file = forged.write(tmp_path / "x.nsmodel", Ed25519PrivateKey.generate())
    refused(lab_b, file, "a key that is not trusted here")


def test_the_key_of_another_lab(lab_b, forged, tmp_path):
    from nanosieve_registry.exchange.signing_key import own_key

    file = forged.write(tmp_path / "x.nsmodel", own_key(lab_b[2] / "c").key)
    refused(lab_b, file, "says that it is of 'lab-a', but is signed with the key of 'lab-c'")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"signatures": []}, "one signature", id="no signature"),
        pytest.param(lambda e: {"signatures": e["signatures"] * 2}, "one signature", id="two signatures"),
        pytest.param({"payloadType": "text/plain"}, "text/plain", id="other type"),
        pytest.param({"payload": "e30="}, "does not belong to the manifest", id="other payload"),
        pytest.param({"payload": "%%"}, "no base64", id="no base64"),
        pytest.param(
            lambda e: {"signatures": [{**e["signatures"][0], "sig": "AAAA"}]},
            "does not belong to the manifest",
            id="other signature",
        ),
    ],
)
def test_envelopes_that_were_changed(lab_b, forged, tmp_path, change, reason):
    envelope = json.loads(forged.envelope)
    forged.envelope = json.dumps({**envelope, **(change(envelope) if callable(change) else change)}).encode()
    refused(lab_b, forged.write(tmp_path / "x.nsmodel"), reason)


def test_a_file_without_a_manifest(lab_b, forged, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.nsmodel", "w") as archive:
        for name, data in forged.files.items():
            archive.writestr(entry(name), data)
    refused(lab_b, tmp_path / "x.nsmodel", f"has no '{MANIFEST}'")


# --- what the files say, signed by a lab that is trusted -------------------------------------------------------------

SHAPE = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
LYING = {
    "overlap": safetensors({"a": SHAPE, "b": {**SHAPE, "data_offsets": [4, 12]}}, bytes(12)),
    "same bytes twice": safetensors({"a": SHAPE, "b": SHAPE}, bytes(8)),
    "gap": safetensors({"a": SHAPE, "b": {**SHAPE, "data_offsets": [12, 20]}}, bytes(20)),
    "outside": safetensors({"a": {**SHAPE, "data_offsets": [8, 16]}}, bytes(8)),
    "too few bytes": safetensors({"a": SHAPE}, bytes(4)),
    "too many bytes": safetensors({"a": SHAPE}, bytes(12)),
    "absurd shape": safetensors({"a": {**SHAPE, "shape": [1 << 40, 1 << 40]}}, bytes(8)),
    "negative shape": safetensors({"a": {**SHAPE, "shape": [-2]}}, bytes(8)),
    "shape in words": safetensors({"a": {**SHAPE, "shape": ["2"]}}, bytes(8)),
    "many dimensions": safetensors({"a": {**SHAPE, "shape": [2, *[1] * 40]}}, bytes(8)),
    "unknown type": safetensors({"a": {**SHAPE, "dtype": "OBJECT"}}, bytes(8)),
    "extra field": safetensors({"a": {**SHAPE, "loader": "os.system"}}, bytes(8)),
    "doubled tensor": safetensors(b'{"a":%b,"a":%b}' % ((json.dumps(SHAPE).encode(),) * 2), bytes(8)),
    "absurd header": struct.pack("<Q", 1 << 60) + b"{}",
    "no header": b"\x00\x00",
    "deep header": safetensors(b'{"a":' * 5000 + b"1" + b"}" * 5000),
    "no JSON": safetensors(b"garbage"),
}


def deep(levels):
    """A list in a list in a list."""
    value = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("data", LYING.values(), ids=LYING)
def test_lying_headers_of_weights(lab_a, lab_b, forged, tmp_path, data):
    forged.weights(data)
    file = forged.write(tmp_path / "x.nsmodel", lab_a[0].key)
    refused(lab_b, file, r"tensor|header|safetensors file")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(
            {"plugin": "unheard_of"}, "needs the segmenter plugin 'unheard_of'", id="unknown plugin"
        ),
        pytest.param(
            {"plugin": "auto", "config": {"se": "/etc/x"}}, "may lead out of the file", id="other file"
        ),
        pytest.param(
            {"plugin": "unetpp", "config": {"encoder": "tu-hf-hub:evil/model"}},
            "may lead out",
            id="model hub",
        ),
        pytest.param({"config": {"filters": 4_000_000}}, "not those of the network", id="wide network"),
        pytest.param({"config": {"filters": 4 << 40}}, "is absurd", id="absurd width"),
        pytest.param({"config": {"filters": 8}}, "not those of the network", id="other network"),
        pytest.param({"config": {"tile": 1e300}}, "is absurd", id="absurd tile"),
        pytest.param({"config": {"filters": [4] * 10_000}}, "10000 entries", id="long list"),
        pytest.param({"config": {"tile": deep(400)}}, "nested too deeply", id="deep options"),
        pytest.param({"config": {"run": "x"}}, "has no option 'run'", id="unknown option"),
        pytest.param({"config": {"threshold": 7}}, "do not suit the plugin", id="out of range"),
        pytest.param(
            {"kind": "classifier"}, "the manifest says 'segmenter', the card 'classifier'", id="other kind"
        ),
        pytest.param({"licence": "GPL-3.0-only"}, "the manifest says licence 'MIT'", id="other licence"),
        pytest.param({"schema_version": 2}, "update it", id="newer card"),
        pytest.param({"summary": "\u001b[2Jspheres"}, "control characters", id="terminal codes"),
        pytest.param({"diameter_px": [0, 1e9]}, "no range of diameters", id="absurd diameters"),
        pytest.param({"scores": []}, "evaluations in the manifest are not those", id="edited metric"),
        pytest.param({"training": None}, "fingerprint of the training data", id="other training data"),
        pytest.param({"code": "import os"}, "Extra inputs", id="unknown field"),
    ],
)
def test_cards_of_a_trusted_but_hostile_lab(lab_a, lab_b, forged, tmp_path, change, reason):
    forged.card(**change)
    refused(lab_b, forged.write(tmp_path / "x.nsmodel", lab_a[0].key), reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(b'{"a": 1, "b": {"c": 1, "c": 2}}', "'c' is there twice", id="doubled name"),
        pytest.param(b'{"a": NaN}', "NaN is no number", id="NaN"),
        pytest.param(b'{"a": -Infinity}', "-Infinity is no number", id="infinity"),
        pytest.param(b'{"a": 1e999}', "1e999 is larger", id="beyond all numbers"),
        pytest.param(b'{"a": ' + b"9" * 10_000 + b"}", "cannot be read", id="endless number"),
        pytest.param(b'{"a": ' * 100_000, "nested too deeply", id="deep"),
        pytest.param(b"[1]", "must be an object", id="list"),
        pytest.param(b'{"a": "\xff"}', "cannot be read", id="not UTF-8"),
        pytest.param(b'{"a": ["\\u009b2J"]}', "control characters", id="terminal codes"),
        pytest.param(b'{"\\u0000": 1}', "control characters", id="zero byte"),
    ],
)
def test_json_that_two_readers_could_understand_differently(text, reason):
    with pytest.raises(RefusedError, match=reason):
        parse(text, "it")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(
            {"format_version": 2}, "is of format 2, this nanosieve reads up to 1; update", id="newer format"
        ),
        pytest.param({"format": "zoo"}, "is of format 'zoo'", id="other format"),
        pytest.param({"name": "../spheres"}, "name: ", id="name that is a path"),
        pytest.param({"licence": ""}, "licence: ", id="no licence"),
        pytest.param({"run": "rm -rf"}, "Extra inputs", id="unknown field"),
        pytest.param({"golden": {"mean": 1.0, "share": 0.001}}, "golden.mean: ", id="absurd tolerance"),
        pytest.param({"evaluations": []}, "evaluations in the manifest", id="edited metric"),
        pytest.param({"written_by": "\u0007"}, "control characters", id="terminal codes"),
    ],
)
def test_manifests_of_a_trusted_but_hostile_lab(lab_a, lab_b, forged, tmp_path, change, reason):
    forged.fields.update(change)
    refused(lab_b, forged.write(tmp_path / "x.nsmodel", lab_a[0].key), reason)


def test_a_manifest_that_says_something_twice(lab_a, lab_b, forged, tmp_path):
    from nanosieve_registry.exchange.envelope import sign

    text = json.dumps(forged.fields)
    forged.envelope = sign(text.replace("{", '{"licence": "none",', 1).encode(), lab_a[0].key)
    refused(lab_b, forged.write(tmp_path / "x.nsmodel"), "'licence' is there twice")


def other_output(arrays):
    return {**arrays, "foreground": 1 - arrays["foreground"]}


def other_labels(arrays):
    stripes = np.arange(arrays["labels"].shape[1], dtype=np.int32) % 2
    return {**arrays, "labels": arrays["labels"] + stripes}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(other_output, "golden output differs: probabilities", id="other probabilities"),
        pytest.param(other_labels, "golden output differs", id="other labels"),
        pytest.param(
            lambda arrays: {**arrays, "foreground": np.full_like(arrays["foreground"], np.nan)},
            "golden output differs",
            id="NaN",
        ),
        pytest.param(
            lambda arrays: {**arrays, "labels": arrays["labels"][1:]}, "another shape", id="other shape"
        ),
        pytest.param(lambda arrays: {"pixels": arrays["pixels"]}, "not what a segmenter has", id="no output"),
        pytest.param(
            lambda arrays: {**arrays, "pixels": np.zeros((2000, 2000), np.uint8)},
            "golden picture",
            id="huge picture",
        ),
    ],
)
def test_golden_outputs_that_the_model_does_not_give(lab_a, lab_b, forged, tmp_path, change, reason):
    forged.files[GOLDEN] = tensors.save(change(dict(tensors.load(forged.files[GOLDEN]))))
    refused(lab_b, forged.write(tmp_path / "x.nsmodel", lab_a[0].key), reason)


def test_weights_that_were_exchanged_for_others_of_the_same_shape(lab_a, lab_b, forged, tmp_path):
    arrays = tensors.load(forged.files[WEIGHTS])
    forged.weights(
        tensors.save({name: value[::-1].copy() if value.ndim else value for name, value in arrays.items()})
    )
    refused(lab_b, forged.write(tmp_path / "x.nsmodel", lab_a[0].key), "golden output differs")
