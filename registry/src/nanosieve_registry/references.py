"""How people name a model of a registry: ``spheres@champion``, ``spheres/3``, ``spheres@sha256:...``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nanosieve.errors import UsageError

SCHEME = "models:"
# MLflow forbids both in names; a name with @ could not be told from an alias.
NAME = re.compile(r"[^/:@\\]+")
ALIAS = re.compile(r"[A-Za-z0-9_-]+")
MODEL_ID = re.compile(r"m-[0-9a-f]{32}")
# Eight digits of a digest tell the versions of one model apart; a whole one has 64.
DIGEST = re.compile(r"sha256:([0-9a-f]{8,64})")
FORMS = "NAME@ALIAS, NAME/VERSION, NAME@sha256:DIGEST or NAME/latest"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A model of a registry, as it was named: a name and exactly one of the others, or a `model_id` alone.

    Attributes
    ----------
    version : number, the first is 1
    alias : a name that can be moved from version to version
    digest : beginning of the SHA-256 of the card (``model.json`` or ``pipeline.json``), at least 8 digits
    latest : the version with the highest number
    model_id : MLflow's name for what was logged, before it had a name and a number
    """

    name: str = ""
    version: int | None = None
    alias: str | None = None
    digest: str | None = None
    latest: bool = False
    model_id: str | None = None

    def __str__(self) -> str:
        if self.model_id is not None:
            return self.model_id
        if self.version is not None:
            return f"{self.name}/{self.version}"
        if self.latest:
            return f"{self.name}/latest"
        return f"{self.name}@{self.alias or f'sha256:{self.digest}'}"

    def fits(self, digest: str) -> bool:
        """Whether a version of this model with this digest may be meant; not to be asked of alias or number."""
        return self.latest or (self.digest is not None and digest.startswith(self.digest))

    @property
    def is_exact(self) -> bool:
        """Whether it always means the same bytes: a number or a digest, not what can be moved."""
        return self.version is not None or self.digest is not None or self.model_id is not None

    @property
    def uri(self) -> str:
        """With scheme, which cannot be taken for a folder or a plugin."""
        return f"{SCHEME}/{self}"


def parse_reference(text: str) -> Reference:
    """The reference that a text spells, with ``models:/`` before it or without.

    Raises
    ------
    UsageError
        If it spells none; the message lists the forms.
    """
    short = text.removeprefix(SCHEME).lstrip("/") if text.startswith(SCHEME) else text
    if short != text and MODEL_ID.fullmatch(short):
        return Reference(model_id=short)
    name, slash, version = short.partition("/")
    if slash and NAME.fullmatch(name):
        if version == "latest":
            return Reference(name=name, latest=True)
        if version.isascii() and version.isdigit() and int(version) > 0:
            return Reference(name=name, version=int(version))
    name, at, rest = short.partition("@")
    if at and NAME.fullmatch(name):
        digest = DIGEST.fullmatch(rest)
        if digest:
            return Reference(name=name, digest=digest[1])
        if ALIAS.fullmatch(rest):
            return Reference(name=name, alias=rest)
    raise UsageError(f"{text!r} names no version of a registered model; write {FORMS}")


def check_name(name: str) -> str:
    """A name for a registered model.

    Raises
    ------
    UsageError
        If MLflow could not keep it, or a reference could not spell it.
    """
    if not NAME.fullmatch(name) or name != name.strip():
        raise UsageError(f"{name!r} cannot name a model: it must not be empty nor hold / : @ or a backslash")
    return name
