"""The key of a lab under a passphrase: who has the file alone cannot sign."""

import os
import subprocess

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from nanosieve.errors import UsageError
from nanosieve_registry.doctor.own import check_key
from nanosieve_registry.exchange.envelope import open_envelope, sign
from nanosieve_registry.exchange.signing_key import (
    PRIVATE,
    change_passphrase,
    create_key,
    is_encrypted,
    own_key,
    own_public,
)
from nanosieve_registry.exchange.trust import TrustStore
from nsmodel_files import write_bundle
from registered import command

WORDS = "correct horse battery staple"


@pytest.fixture
def signing(tmp_path, monkeypatch):
    """The folder of the key that commands use."""
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "signing"


@pytest.fixture
def words(tmp_path):
    """A file with a passphrase."""
    file = tmp_path / "passphrase.txt"
    file.write_text(f"{WORDS}\n")
    return file


def test_an_encrypted_key_opens_with_its_passphrase_and_nothing_else(tmp_path):
    own = create_key(tmp_path, "lab-a", WORDS)
    assert is_encrypted(tmp_path)
    assert own_key(tmp_path, WORDS).public.keyid == own.public.keyid
    for wrong in (None, "", "correct horse"):
        with pytest.raises(
            UsageError, match="--passphrase-file, in NANOSIEVE_KEY_PASSPHRASE, or at a terminal"
        ):
            own_key(tmp_path, wrong)
    with pytest.raises(TypeError, match="encrypted"):
        load_pem_private_key((tmp_path / PRIVATE).read_bytes(), None)


def test_the_public_half_needs_no_passphrase(tmp_path):
    own = create_key(tmp_path / "signing", "lab-a", WORDS)
    assert (own_public(tmp_path / "signing").lab, own_public(tmp_path / "signing").keyid) == (
        "lab-a",
        own.public.keyid,
    )
    # so what this lab signed is taken for its own
    signed = open_envelope(sign(b"{}", own.key))
    assert TrustStore(tmp_path / "trust", tmp_path / "signing").judge(signed).standing == "own"
    assert check_key(tmp_path / "signing").said.endswith(", encrypted")


def test_openssl_reads_the_encrypted_key(tmp_path):
    create_key(tmp_path, "lab-a", WORDS)
    asked = ["openssl", "pkey", "-in", str(tmp_path / PRIVATE), "-passin", f"pass:{WORDS}", "-noout", "-text"]
    finished = subprocess.run(asked, capture_output=True, text=True)
    assert "ED25519 Private-Key" in finished.stdout, finished.stderr


def test_a_passphrase_is_given_changed_and_taken_away_and_the_key_stays(tmp_path):
    own = create_key(tmp_path, "lab-a")
    for before, after in ((None, WORDS), (WORDS, "another"), ("another", None)):
        change_passphrase(tmp_path, own_key(tmp_path, before), after)
        assert own_key(tmp_path, after).public.keyid == own.public.keyid
        assert is_encrypted(tmp_path) == (after is not None)
        if os.name == "posix":
            assert (tmp_path / PRIVATE).stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lab-a.pub", PRIVATE]


def test_a_key_that_is_replaced_needs_no_passphrase_for_it(tmp_path):
    before = create_key(tmp_path, "lab-a", WORDS)
    create_key(tmp_path, "lab-a")
    assert (tmp_path / f"{before.public.keyid[:16]}-{PRIVATE}").exists()


def test_commands_sign_with_the_passphrase_of_a_file_or_of_the_environment(
    signing, words, tmp_path, capsys, monkeypatch
):
    code, out, err = command(capsys, "models", "keys", "new", "--lab", "lab-a", "--passphrase-file", words)
    assert code == 0, err
    assert "not encrypted" not in out
    export = ("models", "export", write_bundle(tmp_path / "bundle"), "--out")
    code, _, err = command(capsys, *export, tmp_path / "none.nsmodel")
    assert (code, (tmp_path / "none.nsmodel").exists()) == (2, False)
    assert "is encrypted, and there is no passphrase: give it with --passphrase-file" in err
    assert command(capsys, *export, tmp_path / "file.nsmodel", "--passphrase-file", words)[0] == 0
    monkeypatch.setenv("NANOSIEVE_KEY_PASSPHRASE", WORDS)
    assert command(capsys, *export, tmp_path / "variable.nsmodel")[0] == 0
    assert (tmp_path / "file.nsmodel").read_bytes() == (tmp_path / "variable.nsmodel").read_bytes()
    # neither the words nor the key are in what goes to others
    assert WORDS.encode() not in (tmp_path / "file.nsmodel").read_bytes()


def test_a_key_without_a_passphrase_is_said_to_be_so_and_is_encrypted_later(signing, words, capsys):
    code, out, _ = command(capsys, "models", "keys", "new", "--lab", "lab-a")
    assert code == 0
    assert "is not encrypted: whoever copies it signs as lab-a" in out
    assert "nanosieve models keys passphrase" in out
    code, _, err = command(capsys, "models", "keys", "passphrase")
    assert code == 2
    assert "no new passphrase" in err
    code, out, err = command(capsys, "models", "keys", "passphrase", "--new-passphrase-file", words)
    assert code == 0, err
    assert "not encrypted" not in out
    assert is_encrypted(signing)
    code, out, _ = command(capsys, "models", "keys")
    assert (code, "not encrypted" in out) == (0, False)
    code, out, err = command(capsys, "models", "keys", "passphrase", "--passphrase-file", words, "--none")
    assert code == 0, err
    assert "is not encrypted" in out
