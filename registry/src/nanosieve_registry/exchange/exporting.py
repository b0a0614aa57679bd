"""A bundle becomes one signed file."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nanosieve import Host
from nanosieve.errors import UsageError
from nanosieve.models import CARD, WEIGHTS, Bundle, ModelCard
from nanosieve.writing import write_whole
from nanosieve_registry.exchange.building import build, check_fits
from nanosieve_registry.exchange.contents import read_contents
from nanosieve_registry.exchange.envelope import sign
from nanosieve_registry.exchange.golden import make_golden
from nanosieve_registry.exchange.keys import OwnKey
from nanosieve_registry.exchange.layout import GOLDEN, MANIFEST, PAGE, SUFFIX, check_size
from nanosieve_registry.exchange.manifest import (
    NAME_PATTERN,
    Evaluation,
    FileRecord,
    Lineage,
    Manifest,
    evaluation,
    training_data,
)
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.tensors import tensor_shapes
from nanosieve_registry.exchange.writing import archive_of

DISTRIBUTION = "nanosieve-registry"


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A file that was written.

    Attributes
    ----------
    path : of the file
    sha256 : of the file, in hexadecimal
    manifest : what was signed
    keyid : of the key that signed
    """

    path: Path
    sha256: str
    manifest: Manifest
    keyid: str


def export_model(
    bundle: Bundle,
    path: Path,
    own: OwnKey,
    host: Host,
    *,
    name: str | None = None,
    licence: str | None = None,
    version: str | None = None,
    run_id: str | None = None,
    evaluations: Sequence[Evaluation] = (),
) -> Exported:
    """Write a model as one signed file; the same model and key give the same bytes.

    Parameters
    ----------
    bundle : of the model, which is built and asked for its golden output
    path : ends with ``.nsmodel``
    own : key of this lab
    name : in the registry of this lab; that of the card where None
    licence : where the card has none
    version, run_id : in the registry of this lab
    evaluations : of the registry, beside those of the card

    Raises
    ------
    UsageError
        If the path, the name or the licence cannot be used.
    ModelError
        If the model cannot be built.
    """
    card = bundle.card
    if path.suffix != SUFFIX:
        raise UsageError(f"a model file ends with {SUFFIX!r}, {str(path)!r} does not")
    files = _files(bundle)
    try:
        shapes = tensor_shapes(files[WEIGHTS], WEIGHTS) if WEIGHTS in files else None
        check_fits(card, shapes, host)
    except RefusedError as error:
        raise RefusedError(
            f"model {card.name!r} cannot be exported, since nobody could import it: {error}"
        ) from error
    files[GOLDEN] = make_golden(build(card, bundle.weights, host))
    manifest = Manifest(
        written_by=f"{DISTRIBUTION} {importlib.metadata.version(DISTRIBUTION)}",
        kind=card.kind,
        name=_name(name or card.name),
        licence=_licence(card, licence),
        files={
            each: FileRecord(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
            for each, data in files.items()
        },
        lineage=Lineage(
            lab=own.lab,
            version=version,
            run_id=run_id,
            card=bundle.digest,
            start=card.training.start if card.training else None,
        ),
        training_data=training_data(card),
        evaluations=(*(evaluation(score) for score in card.scores), *evaluations),
    )
    read_contents(manifest, files)
    archive = archive_of({**files, MANIFEST: sign(manifest.to_bytes(), own.key)})
    write_whole(path, lambda target: target.write_bytes(archive))
    return Exported(
        path=path,
        sha256=hashlib.sha256(archive).hexdigest(),
        manifest=manifest,
        keyid=own.public.keyid,
    )


def _files(bundle: Bundle) -> dict[str, bytes]:
    files = {CARD: (bundle.folder / CARD).read_bytes()}
    if bundle.weights is not None:
        files[WEIGHTS] = bundle.weights.read_bytes()
    page = bundle.folder / PAGE
    files[PAGE] = page.read_bytes() if page.is_file() else _page(bundle.card).encode("utf-8")
    for name, data in files.items():
        check_size(name, len(data))
    return files


def _name(name: str) -> str:
    if not re.fullmatch(NAME_PATTERN, name):
        raise UsageError(
            f"{name!r} cannot be the name of an exported model: up to 100 letters, digits, dots, dashes and "
            "underscores; give another with --name"
        )
    return name


def _licence(card: ModelCard, licence: str | None) -> str:
    if licence and card.licence not in ("", licence):
        raise UsageError(f"the card of {card.name!r} says licence {card.licence!r}, not {licence!r}")
    chosen = card.licence or licence
    if not chosen:
        raise UsageError(
            f"model {card.name!r} has no licence, so nobody else might use it; give one, as in --licence MIT"
        )
    return chosen


def _page(card: ModelCard) -> str:
    """A page for people, where the bundle has none."""
    return f"# {card.name}\n\n{card.summary or f'A {card.kind}.'}\n\n- Plugin: `{card.plugin}` {card.plugin_version}\n"
