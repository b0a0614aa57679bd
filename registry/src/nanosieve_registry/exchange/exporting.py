"""A bundle or a pipeline becomes one signed file."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nanosieve import Host
from nanosieve.errors import ModelError, UsageError
from nanosieve.models import CARD, PIPELINE_CARD, ModelCard
from nanosieve.writing import write_whole
from nanosieve_registry.exchange.contents import Contents, check_statements, read_contents, read_goldens
from nanosieve_registry.exchange.fitting import fit_here
from nanosieve_registry.exchange.golden import make_golden
from nanosieve_registry.exchange.keys import OwnKey
from nanosieve_registry.exchange.layout import GOLDEN, MANIFEST, PAGE, SUFFIX, check_size, largest
from nanosieve_registry.exchange.manifest import (
    NAME_PATTERN,
    Evaluation,
    Lineage,
    Manifest,
    evaluation,
    training_data,
)
from nanosieve_registry.exchange.parts import Files, build_part
from nanosieve_registry.exchange.reading import digests_of
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.sealing import listed, seal

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


@dataclass(frozen=True, kw_only=True)
class Statements:
    """What the sender says of a model beside its card.

    Attributes
    ----------
    name : in the registry of the sender; that of the card where None
    licence : where no card states one
    version, run_id : in the registry of the sender
    evaluations : of the registry, each with the fingerprint of its images
    """

    name: str | None = None
    licence: str | None = None
    version: str | None = None
    run_id: str | None = None
    evaluations: Sequence[Evaluation] = ()


def export_model(
    folder: Path, path: Path | None, own: OwnKey, host: Host, statements: Statements | None = None
) -> Exported:
    """Write a model or pipeline as one signed file; the same files and key give the same bytes.

    Parameters
    ----------
    folder : of the bundle; its tools are built and asked for their golden outputs
    path : ends with ``.nsmodel``; None for the name of the model in the working folder
    own : key of this lab

    Raises
    ------
    UsageError
        If the path, the name or the licence cannot be used.
    ModelError
        If the model cannot be built, or nobody could import it.
    """
    if path is not None and path.suffix != SUFFIX:
        raise UsageError(f"a model file ends with {SUFFIX!r}, {str(path)!r} does not")
    kind, files = _files(folder)
    try:
        digests = digests_of(files)
        contents = read_contents(kind, Files(files, digests))
        fit_here(contents, host)
        files.setdefault(PAGE, _page(contents).encode("utf-8"))
        for part in contents.parts:
            if part.card is not None:
                files.setdefault(part.folder + PAGE, files[PAGE])
        stated = _manifest(contents, own, statements or Statements())
        for part in contents.parts:
            files[part.folder + GOLDEN] = make_golden(build_part(part, folder, host))
        read_goldens(contents, files)
        check_statements(stated, contents)
    except RefusedError as error:
        raise RefusedError(
            f"{str(folder)!r} cannot be exported, since nobody could import it: {error}"
        ) from error
    added = digests_of({name: data for name, data in files.items() if name not in digests})
    manifest = listed(stated, files, digests | added)
    archive = seal(manifest, files, own)
    path = path or Path(f"{manifest.name}{SUFFIX}")
    write_whole(path, lambda target: target.write_bytes(archive))
    return Exported(
        path=path,
        sha256=hashlib.sha256(archive).hexdigest(),
        manifest=manifest,
        keyid=own.public.keyid,
    )


def _files(folder: Path) -> tuple[str, dict[str, bytes]]:
    """Kind and files; golden inputs and signatures of another lab stay behind, since this lab answers for its own."""
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and largest(name) is not None and not name.endswith((GOLDEN, MANIFEST)):
            check_size(name, path.stat().st_size)
            files[name] = path.read_bytes()
    if PIPELINE_CARD in files:
        return "pipeline", files
    if CARD not in files:
        raise ModelError(f"{str(folder)!r} is not a model: it has no {CARD!r}")
    return ModelCard.model_validate_json(files[CARD]).kind, files


def _manifest(contents: Contents, own: OwnKey, statements: Statements) -> Manifest:
    card = contents.card
    training = card.training if isinstance(card, ModelCard) else None
    return Manifest(
        written_by=f"{DISTRIBUTION} {importlib.metadata.version(DISTRIBUTION)}",
        kind=card.kind,
        name=_name(statements.name or card.name),
        licence=_licence(contents, statements.licence),
        files={},
        lineage=Lineage(
            lab=own.lab,
            version=statements.version,
            run_id=statements.run_id,
            card=contents.digest,
            start=training.start if training else None,
        ),
        training_data=training_data(contents.images),
        evaluations=(*(evaluation(score) for score in contents.scores), *statements.evaluations),
    )


def _name(name: str) -> str:
    if not re.fullmatch(NAME_PATTERN, name):
        raise UsageError(
            f"{name!r} cannot be the name of an exported model: up to 100 letters, digits, dots, dashes and "
            "underscores; give another with --name"
        )
    return name


def _licence(contents: Contents, licence: str | None) -> str:
    if licence and contents.licence not in ("", licence):
        raise UsageError(
            f"the card of {contents.card.name!r} says licence {contents.licence!r}, not {licence!r}"
        )
    chosen = contents.licence or licence
    if not chosen:
        raise UsageError(
            f"{contents.card.name!r} has no licence, so nobody else might use it; give one, as in --licence MIT"
        )
    return chosen


def _page(contents: Contents) -> str:
    """A page for people, where the bundle has none."""
    card = contents.card
    tools = "\n".join(
        f"- {part.plan.kind}: `{part.plan.plugin}` {part.plan.plugin_version}" for part in contents.parts
    )
    return f"# {card.name}\n\n{card.summary or f'A {card.kind}.'}\n\n{tools}\n"
