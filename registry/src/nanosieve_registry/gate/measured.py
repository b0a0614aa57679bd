"""What was measured goes to MLflow: metrics of both models with the set they were taken on, and every single score."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from nanosieve_registry.experiments import of_model
from nanosieve_registry.gate.comparing import Comparison
from nanosieve_registry.gate.evaluation_sets import EvaluationSet
from nanosieve_registry.permissions import on_model
from nanosieve_registry.registry import Registry
from nanosieve_registry.server_errors import explained
from nanosieve_registry.versions import Version

# MLflow takes no longer digest of a data set.
LONGEST_DIGEST = 36


def keep(
    registry: Registry, comparison: Comparison, described: EvaluationSet, versions: tuple[Version, Version]
) -> str:
    """Record a comparison as a run of MLflow, whatever it came to; returns its id."""
    from mlflow.entities import Metric

    first, second = versions
    name = f"{second} against {first}"
    with explained(registry.uri, f"record the comparison of {name}", on_model("EDIT", first.name)):
        store = registry.store
        experiment = store.experiment(of_model(first.name))
        tags = {"nanosieve.fingerprint": described.fingerprint, "nanosieve.split": described.split}
        run_id = str(store.client.create_run(experiment, run_name=name, tags=tags).info.run_id)
        now = int(time.time() * 1000)
        metrics = [
            Metric(
                difference.score,
                value,
                now,
                version.version,  # a step of a run has one value of a metric
                model_id=version.model_id,
                dataset_name=f"{first.name} {described.split}",
                dataset_digest=described.fingerprint[:LONGEST_DIGEST],
                run_id=run_id,
            )
            for difference in comparison.differences
            for version, value in ((first, difference.first), (second, difference.second))
        ]
        store.client.log_batch(run_id, metrics=metrics)
        with tempfile.TemporaryDirectory() as folder:
            for version in versions:
                table = comparison.tables[str(version)]
                table.to_csv(Path(folder) / f"version_{version.version}.csv", index=False)
            store.client.log_artifacts(run_id, folder, "scores")
        store.client.set_terminated(run_id)
    return run_id
