"""nanosieve models serve: a model behind an address."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nanosieve.cli.analyze import PolarityChoice, Units
from nanosieve_registry.cli.options import RegistryUri


def serve(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A whole pipeline, or what finds the particles: plugin, model folder, URI, or NAME@ALIAS.",
        ),
    ],
    classifier: Annotated[
        str | None,
        typer.Option(
            help="What tells shapes apart, named in the same ways; 'none' for sizes only. [default: auto]",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; any but this machine's own needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8700,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with the token that every request must carry; over NANOSIEVE_TOKEN."),
    ] = None,
    waiting: Annotated[
        int, typer.Option("--queue", min=0, help="Requests that may wait while one is at work.")
    ] = 8,
    max_mb: Annotated[float, typer.Option(min=0.001, help="Largest request in MB.")] = 200,
    poll: Annotated[
        float, typer.Option(min=0.1, help="Seconds between two looks where an alias points to.")
    ] = 10,
    pixel_size: Annotated[
        str | None, typer.Option(help='Size of a pixel where the request gives none: "7.34 nm".')
    ] = None,
    units: Annotated[Units, typer.Option(help="Unit of the tables; nm needs a pixel size.")] = Units.nm,
    polarity: Annotated[
        PolarityChoice, typer.Option(help="Whether particles are brighter or darker than the ground.")
    ] = PolarityChoice.auto,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PART.OPTION=VALUE",
            help="An option of the segmenter, the classifier or the rules; may be given several times.",
        ),
    ] = None,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps, for plugins that can.")
    ] = "auto",
    certificate: Annotated[Path | None, typer.Option(help="Certificate for https, PEM.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    registry: RegistryUri = None,
    openapi: Annotated[bool, typer.Option("--openapi", help="Describe the server at /openapi.json.")] = False,
) -> None:
    """Serve a model: pictures in, tables and label images out.

    It follows an alias: when `spheres@champion` moves, the new version takes over without a failed request. Ctrl-C ends
    it after the picture that is at work.

    **Examples**

        nanosieve models serve spheres@champion

        nanosieve models serve auto --host 0.0.0.0 --token-file token.txt

        curl --data-binary @image.tif -H "X-Pixel-Size: 7.34 nm" "http://127.0.0.1:8700/analyze?format=csv"
    """
    import logging
    import os

    from nanosieve_registry.mlflow_store import URI_VARIABLE
    from nanosieve_registry.serving.settings import ServerSettings, read_token

    if registry is not None:
        os.environ[URI_VARIABLE] = registry  # from there every model store takes it
    settings = ServerSettings(
        host=host,
        port=port,
        token=read_token(token_file, os.environ.get("NANOSIEVE_TOKEN")),
        waiting=waiting,
        max_mb=max_mb,
        poll_s=poll,
        certificate=certificate,
        key=key,
        openapi=openapi,
    )
    # slow to import, and not needed to refuse an address
    from nanosieve import Host
    from nanosieve.cli.request import DEFAULT_CLASSIFIER
    from nanosieve.errors import UsageError
    from nanosieve_registry.serving.choosing import Choice, is_pipeline
    from nanosieve_registry.serving.server import ModelServer

    plugins = Host()
    if is_pipeline(model, plugins):
        if classifier is not None:
            raise UsageError(f"pipeline {model!r} has a classifier of its own; leave --classifier out")
        references = {"pipeline": model}
    else:
        chosen = classifier or DEFAULT_CLASSIFIER
        references = {"segmenter": model, **({} if chosen == "none" else {"classifier": chosen})}
    choice = Choice(
        host=plugins,
        references=references,
        words={
            **({"settings": setting} if setting else {}),
            "pixel_size": pixel_size,
            "unit": units.value,
            "polarity": polarity.value,
            "device": device,
        },
    )
    # which version takes over, and what is refused, is for whoever watches the server
    logging.basicConfig(format="%(asctime)s %(message)s")
    logging.getLogger("nanosieve_registry").setLevel(logging.INFO)
    server = ModelServer(choice, settings)
    said = server.follower.current.model
    version = f" {said['version']}" if said["version"] else ""
    typer.echo(f"{said['name']}{version}, digest {said['digest'][:12]}...")
    typer.echo(f"{server.url} (Ctrl-C ends it)")
    server.run()
