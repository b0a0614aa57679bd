"""The signed envelope of the manifest: DSSE [1]_ with one Ed25519 signature [2]_.

References
----------
.. [1] Dead Simple Signing Envelope, protocol version 1.0.2, secure-systems-lab.
.. [2] S. Josefsson, I. Liusvaara, RFC 8032 (2017).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from nanosieve_registry.exchange.keys import key_id
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.strict_json import canonical, parse

PAYLOAD_TYPE = "application/vnd.nanosieve.model-manifest+json"


@dataclass(frozen=True)
class Envelope:
    """An envelope as it was read; nothing in it is to be believed before `verify`.

    Attributes
    ----------
    payload : bytes of the manifest
    keyid : which key is said to have signed, see `nanosieve_registry.exchange.keys.key_id`
    signature : 64 bytes
    """

    payload: bytes
    keyid: str
    signature: bytes

    def verify(self, key: Ed25519PublicKey) -> None:
        """Check the signature.

        Raises
        ------
        RefusedError
            If it is not that of `key` over this payload.
        """
        try:
            key.verify(self.signature, pre_authentication_encoding(PAYLOAD_TYPE, self.payload))
        except InvalidSignature as error:
            raise RefusedError(
                "the signature does not belong to the manifest: it was changed after signing; get the file anew"
            ) from error


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """What is signed: type and payload with their lengths, so that neither can pass for the other."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """The envelope as JSON; the same payload and key give the same bytes."""
    signature = key.sign(pre_authentication_encoding(PAYLOAD_TYPE, payload))
    return canonical(
        {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(payload).decode("ascii"),
            "signatures": [
                {"keyid": key_id(key.public_key()), "sig": base64.b64encode(signature).decode("ascii")}
            ],
        }
    )


def open_envelope(data: bytes) -> Envelope:
    """Read an envelope.

    Raises
    ------
    RefusedError
        If it is no envelope of a manifest with one signature.
    """
    what = "the signed manifest"
    fields = parse(data, what)
    if fields.get("payloadType") != PAYLOAD_TYPE:
        raise RefusedError(f"{what} holds a {fields.get('payloadType')!r}, not a {PAYLOAD_TYPE!r}")
    signatures = fields.get("signatures")
    if not isinstance(signatures, list) or len(signatures) != 1 or not isinstance(signatures[0], dict):
        raise RefusedError(f"{what} must have one signature")
    keyid = signatures[0].get("keyid")
    if not isinstance(keyid, str):
        raise RefusedError(f"{what} does not say whose the signature is")
    return Envelope(_bytes(fields.get("payload"), what), keyid, _bytes(signatures[0].get("sig"), what))


def _bytes(text: Any, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise RefusedError(f"{what} is no base64") from error
