"""Whose models this lab takes: keys of other labs that somebody compared, and keys that are never taken again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import filelock

from nanosieve.errors import UsageError
from nanosieve.writing import make_folder, write_text
from nanosieve_registry.exchange.envelope import Envelope
from nanosieve_registry.exchange.keys import (
    KEY_ID,
    PUBLIC,
    LabKey,
    fingerprint,
    plain,
    read_public,
    same_fingerprint,
    write_public,
)
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.signing_key import own_public

REVOKED = "revoked.json"
SHORT = 8
Standing = Literal["own", "trusted", "revoked", "unknown"]


@dataclass(frozen=True)
class Signer:
    """Who signed, as far as this lab knows.

    Attributes
    ----------
    keyid : as the envelope names it
    standing : what this lab makes of the key
    lab : whose key it is here, "" where nobody knows
    reason : why it was revoked
    """

    keyid: str
    standing: Standing
    lab: str = ""
    reason: str = ""


class TrustStore:
    """Keys of labs in a folder, ``<lab>.pub`` and ``<lab>-<digits>.pub`` for those that came later.

    Parameters
    ----------
    folder : of the keys of other labs and the list of revoked ones
    signing : folder of this lab's own key, which is trusted unless it is revoked
    """

    def __init__(self, folder: Path, signing: Path) -> None:
        self.folder, self.signing = folder, signing

    def trusted(self) -> list[LabKey]:
        """Keys of other labs, by lab."""
        return [key for _, key in self._files()]

    def revoked(self) -> dict[str, str]:
        """Identities that are never taken again, with the reasons."""
        path = self.folder / REVOKED
        if not path.exists():
            return {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return {str(keyid): str(reason) for keyid, reason in found.items()}
        except (OSError, ValueError, AttributeError) as error:
            raise RefusedError(
                f"the list of revoked keys {str(path)!r} cannot be read, so no signature can be judged: {error}"
            ) from error

    def add(self, path: Path, said: str) -> LabKey:
        """Trust the key in a file.

        Parameters
        ----------
        said : the fingerprint as the lab said it, by another way than that of the file

        Raises
        ------
        RefusedError
            If the key has another fingerprint, or was revoked.
        """
        key = read_public(path)
        if not same_fingerprint(said, key.keyid):
            raise RefusedError(
                f"the key in {str(path)!r} does not have the fingerprint that you gave: it is not the key of the lab "
                "that you asked, or digits were misread; compare all of them, and do not trust the file before"
            )
        with self._changing():
            reason = self.revoked().get(key.keyid)
            if reason is not None:
                raise RefusedError(
                    f"this key of {key.lab!r} was revoked here ({reason}); ask the lab for a new one"
                )
            there = {known.keyid: known for known in self.trusted()}.get(key.keyid)
            if there is not None:
                if there.lab != key.lab:
                    raise RefusedError(
                        f"this key is trusted already as that of {there.lab!r}, not of {key.lab!r}"
                    )
                return there
            name = f"{key.lab}{PUBLIC}"
            if (self.folder / name).exists():
                name = f"{key.lab}-{key.keyid[:SHORT]}{PUBLIC}"
            write_public(self.folder / name, key)
        return key

    def remove(self, named: str) -> list[LabKey]:
        """Trust the keys no more that `named` means: a lab or the beginning of a fingerprint."""
        with self._changing():
            meant = self._meant(named)
            for path, key in self._files():
                if key in meant:
                    path.unlink()
        return meant

    def revoke(self, named: str, reason: str) -> list[str]:
        """Never take what these keys signed, whoever adds them again.

        Parameters
        ----------
        named : a lab, the beginning of a fingerprint, or a whole fingerprint of a key that is not here
        """
        with self._changing():
            whole = KEY_ID.fullmatch(plain(named))
            keyids = [whole[0]] if whole else [key.keyid for key in self._meant(named)]
            revoked = {**self.revoked(), **dict.fromkeys(keyids, reason)}
            # first the list: should removing fail, the keys are not taken all the same
            write_text(self.folder / REVOKED, json.dumps(revoked, indent=2, sort_keys=True) + "\n")
            for path, key in self._files():
                if key.keyid in revoked:
                    path.unlink()
        return keyids

    def judge(self, envelope: Envelope) -> Signer:
        """What this lab makes of a signature, which is checked where the key is known.

        Raises
        ------
        RefusedError
            If the signature is not that of the key.
        """
        keyid = envelope.keyid
        own = own_public(self.signing)
        known = {key.keyid: key for key in (*self.trusted(), *((own,) if own else ()))}
        key = known.get(keyid)
        if key is not None:
            envelope.verify(key.key)
        reason = self.revoked().get(keyid)
        if reason is not None:
            return Signer(keyid, "revoked", key.lab if key else "", reason)
        if key is None:
            return Signer(keyid, "unknown")
        return Signer(keyid, "own" if own and own.keyid == keyid else "trusted", key.lab)

    def _files(self) -> Iterator[tuple[Path, LabKey]]:
        for path in sorted(self.folder.glob(f"*{PUBLIC}")):
            yield path, read_public(path)

    def _meant(self, named: str) -> list[LabKey]:
        keys = self.trusted()
        digits = plain(named)
        meant = [key for key in keys if key.lab == named] or [
            key for key in keys if len(digits) >= SHORT and key.keyid.startswith(digits)
        ]
        if not meant:
            labs = ", ".join(sorted({key.lab for key in keys})) or "none"
            raise UsageError(
                f"no key of {named!r} is trusted; there are keys of {labs}. "
                f"Give a lab, or {SHORT} or more digits of a fingerprint"
            )
        return meant

    def _changing(self) -> filelock.BaseFileLock:
        make_folder(self.folder)
        return filelock.FileLock(self.folder / ".lock")


def require_trusted(signer: Signer) -> None:
    """Refuse what this lab does not take.

    Raises
    ------
    RefusedError
        If the key is unknown or revoked.
    """
    if signer.standing == "unknown":
        raise RefusedError(
            "it is signed by a key that is not trusted here; 'nanosieve models inspect' shows of which lab it says it "
            "is. Ask that lab for its key file and, by telephone, for its fingerprint; then run "
            "'nanosieve models trust add KEYFILE --fingerprint ...'"
        )
    if signer.standing == "revoked":
        raise RefusedError(
            f"it is signed by a revoked key, {fingerprint(signer.keyid)[:19]}... ({signer.reason}); "
            "ask the lab for a file that is signed with its new key"
        )


def require_lab(signer: Signer, lab: str) -> None:
    """Refuse a model that says that it is of another lab than the one whose key signed it."""
    if signer.lab and signer.lab != lab:
        raise RefusedError(
            f"it says that it is of {lab!r}, but is signed with the key of {signer.lab!r}; get it from {lab!r}"
        )
