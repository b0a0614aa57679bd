"""The TOML file that describes labelled data."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, model_validator

from nanosieve.errors import UsageError
from nanosieve.options import configure
from nanosieve.specs import Config

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
AnnotationFormat = Literal["auto", "labels", "masks", "imagej", "coco", "labelme", "folders"]


class SourceConfig(Config):
    """One folder of images with its annotations. Paths are relative to the TOML file."""

    name: str = Field(min_length=1, description="What tables call the source.")
    images: Path = Field(description="Folder of images.")
    labels: Path | None = Field(
        None, description="Folder of label images, masks, ImageJ ROI files or LabelMe files, or a COCO file."
    )
    format: AnnotationFormat = Field(
        "auto",
        description="labels: each particle its number; masks: what hangs together is a particle; "
        "folders: a folder of pictures of single particles for each class; auto: by the ending, images are labels.",
    )
    ending: str = Field(
        "", description='What names of label files have behind that of the image: "_labels", "_mask".'
    )
    classes: Path | None = Field(
        None,
        description="Shape classes: CSV file with the columns image, instance, class; or a folder of one such file "
        "an image, without the first column.",
    )
    classes_ending: str = Field(
        "", description='What names of files of classes have behind that of the image: "_particles".'
    )
    split: Split | None = Field(
        None, description="The whole source; else it is split by groups into validation, test and train."
    )
    validation: float = Field(0.2, ge=0, lt=1, description="Share of the images, in whole groups.")
    test: float = Field(0.0, ge=0, lt=1, description="Share of the images, in whole groups.")
    seed: int = Field(0, ge=0, description="Which groups go where.")
    table: Path | None = Field(None, description="CSV file that says more of each image.")
    image_column: str = Field("image", description="Column of the table: file name, with or without ending.")
    group_column: str | None = Field(
        None, description="Column of the table: paper or specimen, which is never split; else each image."
    )
    where: dict[str, str] = Field(
        default_factory=dict, description="Take only the images whose columns have these values."
    )
    exclude: tuple[str, ...] = Field((), description="Names of images, without ending, to leave out.")
    pixel_size: str | None = Field(None, description='"7.34 nm"; over that of the files.')
    data_bar: bool = Field(True, description="Cut data bars off; false where the images have none.")
    polarity: Literal["auto", "bright", "dark"] = Field(
        "auto", description="Whether particles are brighter or darker than the ground."
    )

    @model_validator(mode="after")
    def _check(self) -> SourceConfig:
        if (self.group_column or self.where) and self.table is None:
            raise ValueError("group_column and where need a table")
        if self.validation + self.test >= 1:
            raise ValueError("validation and test leave nothing to train on")
        if (self.labels is None) != (self.format == "folders"):
            raise ValueError('labels is missing; only format = "folders" does without, and takes none')
        if self.format == "folders" and self.classes is not None:
            raise ValueError(
                'format = "folders" takes the classes from the names of the folders, not from classes'
            )
        return self


class DataConfig(Config):
    """All sources."""

    source: tuple[SourceConfig, ...] = Field(min_length=1, description="One [[source]] after another.")


def read_toml(path: Path) -> dict[str, object]:
    """A TOML file.

    Raises
    ------
    UsageError
        If it is missing or no TOML; the message names the line.
    """
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{str(path)!r} is not valid TOML: {error}") from error


def read_data_config(path: Path) -> DataConfig:
    """The description of labelled data in a TOML file; every path becomes absolute."""
    config = configure(DataConfig, read_toml(path), str(path))
    base = path.resolve().parent
    names = [source.name for source in config.source]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise UsageError(f"{str(path)!r}: two sources are called {double[0]!r}; each needs a name of its own")
    return DataConfig(source=tuple(_resolved(source, base) for source in config.source))


def _resolved(source: SourceConfig, base: Path) -> SourceConfig:
    named = {name: getattr(source, name) for name in ("images", "labels", "classes", "table")}
    paths = {name: base / path for name, path in named.items() if path is not None}
    return source.model_copy(update=paths)
