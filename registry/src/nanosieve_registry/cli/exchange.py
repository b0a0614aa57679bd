"""nanosieve models export, inspect, import: models between labs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nanosieve_registry.cli.keys import PassphraseFile
from nanosieve_registry.cli.options import AsJson, RegistryUri, open_registry

if TYPE_CHECKING:
    from nanosieve_registry.exchange.verifying import Checked

# Digits of a fingerprint that tell keys apart.
SHOWN = 16
ModelFile = Annotated[Path, typer.Argument(help="A model file, x.nsmodel.")]
LabOption = Annotated[
    str | None,
    typer.Option("--lab", help="Name of this lab, as others know it; asked for when there is no key yet."),
]


def export(
    model: Annotated[
        str, typer.Argument(help="Registered model (spheres@champion, spheres/3), folder or URI.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write. [default: NAME.nsmodel]", show_default=False),
    ] = None,
    lab: LabOption = None,
    name: Annotated[
        str | None, typer.Option(help="Name in the file. [default: that of the model]", show_default=False)
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="SPDX identifier, where the model's card has none.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    registry: RegistryUri = None,
    as_json: AsJson = False,
) -> None:
    """Write a model as one signed file for another lab.

    The file holds weights, card, licence, lineage, evaluation results, the fingerprint of the training data (not the
    pictures) and a simulated micrograph with the model's answer. The first export makes this lab's key.

    **Examples**

        nanosieve models export spheres@champion --out spheres.nsmodel --lab lab-a

        nanosieve models export runs/my_model/bundle --licence MIT
    """
    import os

    from nanosieve.finding import find_model
    from nanosieve.host import Host
    from nanosieve_registry.cli.keys import key_of_this_lab, print_key
    from nanosieve_registry.exchange.exporting import Statements, export_model
    from nanosieve_registry.mlflow_store import URI_VARIABLE
    from nanosieve_registry.references import SCHEME, parse_reference

    if registry is not None:
        os.environ[URI_VARIABLE] = registry  # from there the model store takes it
    host = Host()
    place = find_model(model, host)
    if place.version.startswith(SCHEME):
        from nanosieve_registry.exchange.registered import statements_of

        opened = open_registry(registry)
        version = opened.version(parse_reference(place.version))
        statements = statements_of(opened, version, name=name, licence=licence)
    else:
        statements = Statements(name=name, licence=licence)
    own, made = key_of_this_lab(lab, passphrase_file)
    written = export_model(place.folder, out, own, host, statements)
    if as_json:
        _print_json(
            {
                "file": str(written.path),
                "sha256": written.sha256,
                "keyid": written.keyid,
                "manifest": written.manifest.model_dump(mode="json"),
            }
        )
        return
    typer.echo(f"{written.manifest.full_name} in {written.path}")
    typer.echo(f"sha256 {written.sha256}")
    if made:
        typer.echo("\nthis lab's key was made; labs that take models from you need it once:")
    print_key(own.public)


def inspect(file: ModelFile, as_json: AsJson = False) -> None:
    """Show what is in a model file and who signed it; nothing in it is run, and it need not be trusted.

    **Example**

        nanosieve models inspect spheres.nsmodel
    """
    from nanosieve_registry.exchange.places import trust_store
    from nanosieve_registry.exchange.verifying import inspect as look

    checked = look(file, trust_store())
    if as_json:
        signer = checked.signer
        _print_json(
            {
                "sha256": checked.archive.sha256,
                "signer": {
                    "keyid": signer.keyid,
                    "standing": signer.standing,
                    "lab": signer.lab,
                    "reason": signer.reason,
                },
                "manifest": checked.manifest.model_dump(mode="json"),
                "card": checked.contents.card.model_dump(mode="json"),
            }
        )
        return
    _print_checked(file, checked)


def import_model(
    file: ModelFile,
    registry: RegistryUri = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, register nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a model file of another lab, and register it as LAB.NAME with the alias candidate.

    The signature must be of a key that you trust, every file what was signed, and the model must answer as it did for
    the sender. Whatever is refused leaves the registry as it was.

    **Examples**

        nanosieve models import spheres.nsmodel

        nanosieve models import spheres.nsmodel --dry-run
    """
    from nanosieve.host import Host
    from nanosieve_registry.exchange import importing
    from nanosieve_registry.exchange.places import trust_store

    target = None if dry_run else open_registry(registry)
    done = importing.import_model(file, trust_store(), Host(), target)
    if as_json:
        _print_json(
            {
                "name": done.name,
                "version": done.version.version if done.version else None,
                "new": done.new,
                "signer": done.signer.keyid,
                "golden": None
                if done.difference is None
                else {"mean": done.difference.mean, "share": done.difference.share},
            }
        )
        return
    typer.echo(f"signed by {done.signer.lab}, key {done.signer.keyid[:SHOWN]}...")
    if done.difference is not None:
        typer.echo(
            f"golden output: probabilities differ by {done.difference.mean:.1e} on average, "
            f"{done.difference.share:.2%} of the pixels"
        )
    if done.version is None:
        typer.echo(f"all checks passed; it would become {done.name}@candidate")
    elif done.new:
        typer.echo(f"registered as {done.version}, alias candidate")
    else:
        typer.echo(f"it is {done.version} already")


def _print_checked(file: Path, checked: Checked) -> None:
    from nanosieve_registry.exchange.keys import fingerprint

    manifest, signer, card = checked.manifest, checked.signer, checked.contents.card
    known = {
        "own": f"this lab's own key ({signer.lab})",
        "trusted": f"trusted, {signer.lab}",
        "revoked": f"REVOKED: {signer.reason}",
        "unknown": "UNKNOWN: the signature was not checked, and anybody may have written this file",
    }[signer.standing]
    training = manifest.training_data
    lines = {
        "model": f"{manifest.full_name}: {card.summary or f'a {card.kind}'}",
        "signer": known,
        # of a key that is not known the whole fingerprint would only be copied, where it should be asked for
        "key": fingerprint(signer.keyid if signer.lab else signer.keyid[:SHOWN])
        + ("" if signer.lab else " ..."),
        "version": manifest.lineage.version or "not stated",
        "run": manifest.lineage.run_id or "not stated",
        "kind": manifest.kind,
        "licence": manifest.licence,
        "training data": f"{training.images} images, fingerprint {training.fingerprint}"
        if training
        else "not stated",
        "sha256": checked.archive.sha256,
    }
    typer.echo(str(file))
    for heading, text in lines.items():
        typer.echo(f"  {heading + ':':15s}{text}")
    for part in checked.contents.parts:
        plan = part.plan
        typer.echo(f"  {plan.kind + ':':15s}{plan.plugin} {plan.plugin_version}")
        if part.card is not None:
            typer.echo(f"  {'classes:':15s}{', '.join(part.card.classes) or 'not stated'}")
            typer.echo(f"  {'citation:':15s}{part.card.citation or 'none'}")
    for each in manifest.evaluations:
        data = each.data if each.images is None else f"{each.data}, {each.images} images"
        typer.echo(f"  {'evaluation:':15s}{each.metric} {each.mean:.4g}, {data}")
    for name, record in sorted(manifest.files.items()):
        typer.echo(f"  {'file:':15s}{record.sha256[:SHOWN]}... {record.bytes:>12,} bytes  {name}")


def _print_json(value: object) -> None:
    import json

    typer.echo(json.dumps(value, indent=2))
