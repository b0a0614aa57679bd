"""Versions become champion, or stop being it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import filelock

from nanosieve import Host
from nanosieve.batch import Report
from nanosieve.errors import UsageError
from nanosieve.writing import make_folder
from nanosieve_registry.errors import NotThereError, PromotionError
from nanosieve_registry.gate.comparing import compare
from nanosieve_registry.gate.decisions import Decision, champions, decide, history, record
from nanosieve_registry.gate.evaluation_sets import entries_of
from nanosieve_registry.gate.measured import keep
from nanosieve_registry.gate.tools import load_tool
from nanosieve_registry.gate.verdict import check_better, check_count, figures_of
from nanosieve_registry.places import data_folder
from nanosieve_registry.references import Reference
from nanosieve_registry.registry import CHAMPION, PREVIOUS, Registry
from nanosieve_registry.versions import RETIRED, Version

LONGEST_REASON = 1000

Progress = Callable[[int], AbstractContextManager[Report]]
"""Number of steps -> what is open while they are done, and is told of each."""


def no_progress(steps: int) -> AbstractContextManager[Report]:
    """Show nothing."""
    return nullcontext(lambda done, image, stage: None)


def promote(
    registry: Registry,
    name: str,
    number: int,
    host: Host,
    *,
    data: Path | None = None,
    split: str | None = None,
    device: str = "auto",
    force: bool = False,
    reason: str = "",
    progress: Progress = no_progress,
) -> Decision:
    """Make a version the champion, if it is better than the one there is.

    Parameters
    ----------
    data, split : where the registered evaluation set lies; None for where it was
    force : without comparing; needs a reason
    progress : shows how far it is, see `nanosieve.cli.progress.progress_over`

    Raises
    ------
    PromotionError
        If it is not better beyond doubt, or there is nothing to tell by, or somebody else has moved the champion
        meanwhile.
    """
    _check_reason(force, reason)
    challenger = registry.version(Reference(name=name, version=number))
    champion = champion_of(registry, name)
    if challenger.retired:
        raise PromotionError(f"{challenger} is retired: {challenger.retired}")
    if champion is not None and champion.version == number:
        raise PromotionError(f"{challenger} is the champion already")
    figures: dict[str, Any] = {}
    if champion is not None and not force:
        figures = _measure(registry, champion, challenger, host, data, split, device, progress)
    decision = decide("promote", _number(champion), number, reason, forced=force, figures=figures)
    with _moving(registry, name, champion):
        registry.set_alias(challenger, CHAMPION)
        record(registry, name, decision)
        if champion is not None:
            registry.set_alias(champion, PREVIOUS)
    return decision


def rollback(registry: Registry, name: str, reason: str) -> Decision:
    """Make the version the champion that was it before.

    Raises
    ------
    PromotionError
        If there is none, or somebody else has moved the champion meanwhile.
    """
    _check_reason(True, reason)
    champion = champion_of(registry, name)
    try:
        previous = registry.version(Reference(name=name, alias=PREVIOUS))
    except NotThereError as error:
        raise PromotionError(f"{name!r} has no champion before the present one to go back to") from error
    before = champions(history(registry, name))
    decision = decide("rollback", _number(champion), previous.version, reason)
    earlier = before[-3] if len(before) > 2 else None
    with _moving(registry, name, champion):
        if earlier is None:
            # first, since it takes more of a server than the rest: who may not do it moves nothing
            registry.delete_alias(name, PREVIOUS)
        registry.set_alias(previous, CHAMPION)
        record(registry, name, decision)
        if earlier is not None:
            registry.set_alias(registry.version(Reference(name=name, version=earlier)), PREVIOUS)
    return decision


def retire(registry: Registry, name: str, number: int, reason: str) -> Decision:
    """Mark a version as one that should not be used; it can still be fetched, with a note.

    Raises
    ------
    PromotionError
        If it is the champion.
    """
    _check_reason(True, reason)
    version = registry.version(Reference(name=name, version=number))
    if CHAMPION in version.aliases:
        raise PromotionError(f"{version} is the champion; promote another version or roll back first")
    decision = decide("retire", number, None, reason)
    for alias in version.aliases:
        registry.delete_alias(name, alias)
    registry.set_tag(version, RETIRED, reason)
    record(registry, name, decision)
    return decision


def champion_of(registry: Registry, name: str) -> Version | None:
    """The champion now; None where there is none."""
    try:
        return registry.version(Reference(name=name, alias=CHAMPION))
    except NotThereError:
        return None


def _measure(
    registry: Registry,
    champion: Version,
    challenger: Version,
    host: Host,
    data: Path | None,
    split: str | None,
    device: str,
    progress: Progress,
) -> dict[str, Any]:
    described, entries = entries_of(registry, champion.name, data, split, host)
    check_count(described.images)
    tools = [
        load_tool(str(version), registry.resolve(str(version)).folder, host, device)
        for version in (champion, challenger)
    ]
    with progress(2 * len(entries)) as report:
        comparison = compare(tools[0], tools[1], entries, Path(described.file), report)
    figures = figures_of(comparison, described)
    keep(registry, comparison, described, (champion, challenger))
    check_better(comparison)
    return figures


@contextmanager
def _moving(registry: Registry, name: str, expected: Version | None) -> Iterator[None]:
    """Hold the champion of a model still, and refuse if it is not what the decision was made on.

    Of two on this machine one waits for the other and is refused then. Of two on different machines the alias tells:
    MLflow has no way to compare and set it in one step, so a moment remains in which both may write; both are recorded.
    """
    key = hashlib.sha256(f"{registry.uri}\n{name}".encode()).hexdigest()[:16]
    with filelock.FileLock(make_folder(data_folder() / "locks") / f"{key}.lock"):
        now = champion_of(registry, name)
        if _number(now) != _number(expected):
            raise PromotionError(
                f"the champion of {name!r} was moved meanwhile, from {_number(expected)} to {_number(now)}; "
                f"see `nanosieve models history {name}`, and compare with the new one"
            )
        yield


def _number(version: Version | None) -> int | None:
    return None if version is None else version.version


def _check_reason(needed: bool, reason: str) -> None:
    if needed and not reason.strip():
        raise UsageError("say why with --reason; it is recorded")
    if len(reason) > LONGEST_REASON:
        raise UsageError(f"the reason has {len(reason)} characters; {LONGEST_REASON} can be recorded")
