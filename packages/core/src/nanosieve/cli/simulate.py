"""nanosieve simulate: micrographs with exact answers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

EXAMPLES = """
**Examples**

    nanosieve simulate all --out pictures

    nanosieve simulate se --count 20 --vary --seed 7 --out training

    nanosieve simulate stem-bf --diameter "40 nm" --spread 1.3 --pixel-size "0.5 nm" --set coverage=0.4

The answers (labels, sizes, outlines, settings) go into the folder `truth` inside the folder of the pictures. The same
seed and settings give the same files.
"""


class KindChoice(StrEnum):
    """What is recorded."""

    se = "se"
    stem_bf = "stem-bf"
    stem_df = "stem-df"
    all = "all"


def simulate(
    kind: Annotated[
        KindChoice,
        typer.Argument(help="Secondary electrons, transmission in bright or dark field, or all three."),
    ] = KindChoice.all,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the pictures.")] = Path("simulated"),
    count: Annotated[int, typer.Option(min=1, help="Pictures of each kind.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first picture; the next ones count on.")] = 1,
    size: Annotated[
        str | None, typer.Option(metavar="WxH", help="Size of a picture in px: 1024x768.")
    ] = None,
    pixel_size: Annotated[str | None, typer.Option(help='Side of a pixel: "2 nm".')] = None,
    diameter: Annotated[str | None, typer.Option(help='Median equivalent diameter: "80 nm".')] = None,
    spread: Annotated[
        float | None, typer.Option(help="Geometric standard deviation of the diameters.")
    ] = None,
    vary: Annotated[bool, typer.Option("--vary", help="Draw all other settings over wide ranges.")] = False,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; may be given several times."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over pictures that are there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the files written as JSON.")] = False,
) -> None:
    """Make micrographs of particles whose sizes, outlines and classes are known."""
    import numpy as np

    from nanosieve.cli.progress import progress_over
    from nanosieve.options import configure
    from nanosieve.simulate import KINDS, SimulationSettings, random_settings, write
    from nanosieve.simulate import simulate as make
    from nanosieve.writing import make_folder

    given = _given(size, pixel_size, diameter, spread, setting or [])
    configure(SimulationSettings, given, "simulate")
    kinds = (
        KINDS if kind is KindChoice.all else [each for each in KINDS if each == kind.value.replace("-", "_")]
    )
    make_folder(out)
    written: list[dict[str, Any]] = []
    with progress_over(len(kinds) * count) as report:
        for number in range(count):
            for each in kinds:
                stem = f"{each}_{seed + number}"
                report(len(written), f"{stem}.tif", "drawing")
                drawn = (
                    random_settings(np.random.default_rng(seed + number), each).model_dump() if vary else {}
                )
                settings = configure(SimulationSettings, {**drawn, **given}, "simulate")
                picture = make(each, settings, seed + number)
                paths = write(picture, out, stem, force=force)
                written.append({"picture": str(paths[0]), "particles": len(picture.particles)})
    if as_json:
        import json

        typer.echo(json.dumps(written, indent=2))
        return
    for row in written:
        typer.echo(f"{row['picture']}: {row['particles']} particles")
    typer.echo(f"answers in {out / 'truth'}")


simulate.__doc__ = f"{simulate.__doc__}\n{EXAMPLES}"


def _given(
    size: str | None, pixel_size: str | None, diameter: str | None, spread: float | None, settings: list[str]
) -> dict[str, Any]:
    from nanosieve.cli.request import parse_value
    from nanosieve.errors import UsageError
    from nanosieve.scale import parse_length

    given: dict[str, Any] = {}
    for setting in settings:
        name, separator, value = setting.partition("=")
        if not separator:
            raise UsageError(f"--set {setting!r} must be NAME=VALUE, for example --set coverage=0.4")
        given[name.strip()] = parse_value(value.strip())
    if size is not None:
        width, separator, height = size.lower().partition("x")
        if not (separator and width.strip().isdigit() and height.strip().isdigit()):
            raise UsageError(f"--size {size!r} must be WIDTHxHEIGHT in px, for example --size 1024x768")
        given |= {"width": int(width), "height": int(height)}
    if pixel_size is not None:
        given["pixel_size_nm"] = parse_length(pixel_size)
    if diameter is not None:
        given["diameter_nm"] = parse_length(diameter)
    if spread is not None:
        given["spread"] = spread
    return given
