"""nanosieve models publish, fetch: bundles into the registry, and out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nanosieve_registry.cli.options import ModelReference, RegistryUri, open_registry


def publish(
    bundle: Annotated[
        str | None,
        typer.Argument(metavar="[BUNDLE]", help="Model folder, folder of a run, or any name of a model."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the registered model. [default: that of its card]")
    ] = None,
    alias: Annotated[str, typer.Option(help="Alias that points to the version afterwards.")] = "candidate",
    pipeline: Annotated[
        bool, typer.Option("--pipeline", help="Publish segmenter, classifier and settings as one model.")
    ] = False,
    segmenter: Annotated[str, typer.Option(help="Of the pipeline: plugin, folder or URI.")] = "auto",
    classifier: Annotated[
        str, typer.Option(help="Of the pipeline: plugin, folder or URI; 'none' for sizes only.")
    ] = "auto",
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PART.OPTION=VALUE", help="Of the pipeline, as in `nanosieve analyze`."
        ),
    ] = None,
    measure: Annotated[
        list[str] | None, typer.Option(help="Of the pipeline: only these measures. Default: all.")
    ] = None,
    summary: Annotated[str, typer.Option(help="Of the pipeline: what it is for, one sentence.")] = "",
    registry: RegistryUri = None,
) -> None:
    """Make a bundle the next version of a registered model.

    **Examples**

        nanosieve models publish runs/my_model --name spheres

        nanosieve models publish shipped:se-segmenter --registry http://server:5000

        nanosieve models publish --pipeline --name se --segmenter spheres/3 --set rules.confidence=0.9
    """
    import tempfile

    from nanosieve import Host
    from nanosieve.errors import UsageError
    from nanosieve_registry.pipeline_making import make_pipeline
    from nanosieve_registry.registry import CHAMPION, PREVIOUS

    if alias in (CHAMPION, PREVIOUS):
        raise UsageError(f"@{alias} is not set by hand: publish, then `nanosieve models promote`")
    if pipeline == (bundle is not None):
        raise UsageError("name either a BUNDLE or --pipeline with its --segmenter and --classifier")
    if bundle is not None:
        _publish(_folder(bundle), name, alias, registry)
        return
    if name is None:
        raise UsageError("a pipeline needs a name: --name")
    with tempfile.TemporaryDirectory() as folder:
        made = make_pipeline(
            Path(folder) / "bundle",
            name,
            Host(),
            segmenter=segmenter,
            classifier=None if classifier == "none" else classifier,
            measures=measure or [],
            settings=setting or [],
            summary=summary,
        )
        _publish(made, name, alias, registry)


def _folder(bundle: str) -> Path:
    from nanosieve import Host
    from nanosieve.finding import find_model
    from nanosieve.models import CARD

    folder = find_model(bundle, Host()).folder
    # the folder of a run of training holds its model in a folder of this name
    inner = folder / "bundle"
    return inner if not (folder / CARD).exists() and (inner / CARD).exists() else folder


def _publish(folder: Path, name: str | None, alias: str, registry: str | None) -> None:
    from nanosieve_registry.reading import read_facts
    from nanosieve_registry.training_run import run_of

    facts = read_facts(folder)
    opened = open_registry(registry)
    version = opened.publish(folder, name or facts.name, alias=alias, run=run_of(folder))
    typer.echo(f"published {version} (@{alias}) in {opened.uri}")
    if version.run_id:
        typer.echo(f"it comes from run {version.run_id}")
    typer.echo(f"use it with: nanosieve analyze IMAGES --{facts.kind} {version}")


def fetch(
    model: ModelReference,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Copy the bundle into this folder, which must not exist."),
    ] = None,
    registry: RegistryUri = None,
) -> None:
    """Fetch a version, check it, and keep it here, where it works without the registry.

    **Examples**

        nanosieve models fetch spheres@champion

        nanosieve models fetch spheres/3 --out spheres_3
    """
    import shutil

    from nanosieve.errors import OutputError

    if out is not None and out.exists():
        raise OutputError(f"{str(out)!r} exists already; give another --out")
    resolved = open_registry(registry).resolve(model)
    if resolved.note:
        typer.echo(f"warning: {resolved.note}", err=True)
    if out is not None:
        shutil.copytree(resolved.folder, out)
    typer.echo(f"{resolved.name}/{resolved.version} sha256:{resolved.digest} in {out or resolved.folder}")
