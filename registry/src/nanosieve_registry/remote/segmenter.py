"""The segmenter `remote`: the model of a server segments, the rest is done here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nanosieve import Context, Micrograph, Segmentation
from nanosieve.errors import ModelError, ReadError, UsageError
from nanosieve_registry.remote.config import RemoteConfig
from nanosieve_registry.remote.connection import Connection, token_of_user
from nanosieve_registry.serving.wire import MEDIA_TYPE, pack_micrograph, unpack_segmentation


@dataclass(frozen=True)
class RemoteSegmenter:
    """A model behind an address.

    Attributes
    ----------
    who : address, model and version, for people
    models : digests by name: of the served model, and of those among which it chooses
    fingerprint : of the served model, its settings and code; any other is refused: one run has one model
    timeout_s : longest time for one picture
    """

    connection: Connection
    who: str
    models: Mapping[str, str]
    fingerprint: str
    timeout_s: float

    def segment(self, micrograph: Micrograph) -> Segmentation:
        """Send the grey values, get the labels."""
        headers = {"Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE, "If-Match": f'"{self.fingerprint}"'}
        answer = self.connection.post("/segment", pack_micrograph(micrograph), headers, self.timeout_s)
        try:
            segmentation = unpack_segmentation(answer.content, micrograph.shape)
        except ReadError as error:
            raise ModelError(f"{self.connection.url} gave no segmentation: {error}") from error
        inner = f", {segmentation.model}" if segmentation.model else ""
        return replace(segmentation, model=self.who + inner)


def build(context: Context) -> RemoteSegmenter:
    """Ask the server which model it has."""
    config = context.config
    assert isinstance(config, RemoteConfig)
    if not config.url:
        raise UsageError("the segmenter 'remote' needs an address: --segmenter http://lab-server:8700")
    connection = Connection(config.url, token_of_user())
    answer = connection.get("/model")
    try:
        said = answer.json()["segmenter"]
        name, version, digest, fingerprint = (
            str(said[key]) for key in ("name", "version", "digest", "fingerprint")
        )
        inner = {str(model): str(inner_digest) for model, inner_digest in said["models"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{config.url} is no `nanosieve models serve`: it does not say which model it has"
        ) from error
    who = " ".join(part for part in (config.url, name, version) if part)
    models = {
        who: digest,
        **{f"{who}, {model}": inner_digest for model, inner_digest in inner.items()},
        f"{who}, settings and code": fingerprint,
    }
    return RemoteSegmenter(connection, who, models, fingerprint, config.timeout_s)
