"""Whether a registered version still is what was published: everything is fetched anew, nothing is built."""

from __future__ import annotations

from dataclasses import dataclass

from nanosieve import Host
from nanosieve.errors import ModelError, NanosieveError, one_line
from nanosieve_registry.fetching import fetched
from nanosieve_registry.reading import BundleFacts, read_facts
from nanosieve_registry.references import Reference, parse_reference
from nanosieve_registry.registry import Registry
from nanosieve_registry.resolving import check_unchanged
from nanosieve_registry.versions import KIND, PLUGIN, Version


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What was found out about one version.

    Attributes
    ----------
    problem : "" where all is well
    """

    version: Version
    problem: str = ""


def verify(registry: Registry, reference: str | Reference, host: Host) -> Verified:
    """Check the files of a version against its digests, its card against its tags, and that its plugins are here."""
    wanted = parse_reference(reference) if isinstance(reference, str) else reference
    version = registry.version(wanted)
    try:
        check_unchanged(registry.cache, registry.uri, version)
        with fetched(registry.store, version) as folder:
            _check_card(read_facts(folder), version, host)
    except NanosieveError as error:
        return Verified(version=version, problem=one_line(error))
    return Verified(version=version)


def _check_card(facts: BundleFacts, version: Version, host: Host) -> None:
    if facts.digest != version.digest:
        raise ModelError(
            f"the card of {version} has the digest {facts.digest[:12]}..., its tag says {version.digest[:12]}..."
        )
    for tag in (KIND, PLUGIN):
        if facts.tags.get(tag) != version.tags.get(tag):
            raise ModelError(
                f"the card of {version} says {facts.tags.get(tag)!r}, its tag {tag!r} {version.tags.get(tag)!r}"
            )
    catalogues = (host.segmenters, host.classifiers)
    for plugin in facts.tags[PLUGIN].split(" + "):
        if not any(plugin in catalogue for catalogue in catalogues):
            raise ModelError(f"{version} needs plugin {plugin!r}, which is not installed here")
