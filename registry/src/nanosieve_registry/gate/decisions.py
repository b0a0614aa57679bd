"""What was decided about the versions of a model: records that are only ever added to."""

from __future__ import annotations

import getpass
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from nanosieve_registry.registry import Registry
from nanosieve_registry.versions import PREFIX

# One tag a decision: its name begins with the time, so that two people at once do not write over one another.
TAG = f"{PREFIX}decision."
USER_VARIABLE = "MLFLOW_TRACKING_USERNAME"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One decision.

    Attributes
    ----------
    before, after : version that the alias pointed to, and points to; None for none
    when : UTC, ISO 8601
    who : as the user is called on this machine or on the server; not checked by anybody
    forced : against the gate, or without it
    figures : what the gate measured, see `nanosieve_registry.gate.verdict`
    """

    what: Literal["promote", "rollback", "retire"]
    before: int | None
    after: int | None
    reason: str
    when: str
    who: str
    forced: bool = False
    figures: Mapping[str, Any] = field(default_factory=dict)


def decide(
    what: Literal["promote", "rollback", "retire"],
    before: int | None,
    after: int | None,
    reason: str,
    *,
    forced: bool = False,
    figures: Mapping[str, Any] | None = None,
) -> Decision:
    """A decision of this user, now."""
    return Decision(
        what=what,
        before=before,
        after=after,
        reason=reason,
        when=datetime.now(UTC).isoformat(timespec="microseconds"),
        who=os.environ.get(USER_VARIABLE) or getpass.getuser(),
        forced=forced,
        figures=figures or {},
    )


def record(registry: Registry, name: str, decision: Decision) -> None:
    """Add a decision to those of a model."""
    key = f"{TAG}{decision.when.replace(':', '-').replace('+', '_')}.{secrets.token_hex(3)}"
    registry.set_model_tag(name, key, json.dumps(asdict(decision)))


def history(registry: Registry, name: str) -> list[Decision]:
    """All decisions about a model, the oldest first; a record that cannot be read is left out."""
    decisions = []
    for key, text in sorted(registry.tags(name).items()):
        if key.startswith(TAG):
            try:
                decisions.append(Decision(**json.loads(text)))
            except (ValueError, TypeError):
                continue
    return decisions


def champions(decisions: list[Decision]) -> list[int]:
    """The versions that are or were champion and were not rolled back, the present one last."""
    stack: list[int] = []
    for decision in decisions:
        if decision.what == "rollback":
            if stack:
                stack.pop()
        elif decision.after is not None:
            if not stack and decision.before is not None:  # made champion by publishing, not by a decision
                stack.append(decision.before)
            stack.append(decision.after)
    return stack
