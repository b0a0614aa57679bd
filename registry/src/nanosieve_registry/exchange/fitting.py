"""Whether what is in a file suits this installation."""

from __future__ import annotations

from nanosieve import Host
from nanosieve.errors import UsageError
from nanosieve.options import configure
from nanosieve.pipeline_bundles import PipelineCard
from nanosieve.quality import Rules
from nanosieve_registry.exchange.building import check_fits
from nanosieve_registry.exchange.contents import Contents
from nanosieve_registry.exchange.refusal import RefusedError


def fit_here(contents: Contents, host: Host) -> None:
    """Refuse, without building anything, tools that cannot be built here and measures or rules that are not known here.

    Raises
    ------
    RefusedError
        Saying what is missing or does not fit.
    """
    for part in contents.parts:
        check_fits(part.plan, host)
    if not isinstance(contents.card, PipelineCard):
        return
    missing = [name for name in contents.card.measures if name not in host.measures]
    if missing:
        raise RefusedError(f"it needs the measure {missing[0]!r}, which no plugin offers here")
    try:
        configure(Rules, contents.card.rules, "rules")
    except UsageError as error:
        raise RefusedError(f"its rules are not known here: {error}") from error
