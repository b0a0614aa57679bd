"""What this lab's registry can say of a version that goes to another lab."""

from __future__ import annotations

from nanosieve_registry.exchange.exporting import Statements
from nanosieve_registry.exchange.manifest import Evaluation
from nanosieve_registry.permissions import on_model
from nanosieve_registry.registry import Registry
from nanosieve_registry.server_errors import explained
from nanosieve_registry.versions import RUN, Version


def statements_of(
    registry: Registry, version: Version, *, name: str | None = None, licence: str | None = None
) -> Statements:
    """Name, number, run and evaluation results of a version.

    Parameters
    ----------
    name : over that in the registry
    licence : where no card states one
    """
    return Statements(
        name=name or version.name,
        licence=licence,
        version=str(version.version),
        run_id=version.run_id or version.tags.get(RUN),
        evaluations=_evaluations(registry, version),
    )


def _evaluations(registry: Registry, version: Version) -> tuple[Evaluation, ...]:
    """The last result of each figure on each evaluation set; what has no set is not comparable, and stays here."""
    if not version.model_id:
        return ()
    with explained(registry.uri, f"read the scores of {version}", on_model("READ", version.name)):
        metrics = registry.store.client.get_logged_model(version.model_id).metrics or []
    last = {}
    for metric in sorted(metrics, key=lambda metric: metric.timestamp):
        if metric.dataset_digest:
            last[metric.dataset_digest, metric.key] = metric
    return tuple(
        Evaluation(
            data=metric.dataset_name, fingerprint=digest, images=None, metric=key, mean=round(metric.value, 6)
        )
        for (digest, key), metric in sorted(last.items())
    )
