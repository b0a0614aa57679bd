"""The tracker `mlflow`: runs of training in MLflow."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nanosieve.fitting import FitJob
from nanosieve_registry.experiments import of_training
from nanosieve_registry.mlflow_store import Store, open_store
from nanosieve_registry.run_origin import environment, origin_tags
from nanosieve_registry.server_errors import explained
from nanosieve_registry.training_run import TrainingRun, read_mark, write_mark

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from nanosieve.specs import Outcome

# MLflow takes no more of them at once.
PARAMETERS_AT_ONCE = 100
LONGEST_PARAMETER = 6000
STATUS = {"finished": "FINISHED", "failed": "FAILED", "stopped": "KILLED"}
# Scores of an epoch after which the validation data were not looked at.
NOT_VALIDATED = {"loss", "seconds"}
ENVIRONMENT = "environment.json"
PICTURES = ("curves.png", "history.csv")


class MlflowRun:
    """One run of training, recorded in MLflow.

    Parameters
    ----------
    uri : of the store
    run_id : of a run that is there
    folder : of the run of training
    """

    def __init__(self, uri: str, client: MlflowClient, run_id: str, folder: Path) -> None:
        self.uri, self.client, self.run_id, self.folder = uri, client, run_id, folder
        self._sent: set[Path] = set()

    @property
    def place(self) -> str:
        """Where the record is."""
        return f"MLflow: run {self.run_id} in {self.uri}"

    def epoch(self, number: int, scores: Mapping[str, float]) -> None:
        """Metrics of the epoch; curves and predictions when it was validated."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [Metric(name, float(value), now, number) for name, value in scores.items()]
        self.client.log_batch(self.run_id, metrics=metrics)
        if set(scores) - NOT_VALIDATED:
            self._send_pictures()

    def end(self, outcome: Outcome, bundle: Path | None) -> None:
        """The bundle, and how it ended."""
        self._send_pictures()
        if bundle is not None:
            self.client.log_artifacts(self.run_id, str(bundle), "bundle")
        self.client.set_terminated(self.run_id, STATUS[outcome])

    def _send_pictures(self) -> None:
        for name in PICTURES:
            if (self.folder / name).is_file():
                self.client.log_artifact(self.run_id, str(self.folder / name))
        for picture in sorted((self.folder / "predictions").glob("*.png")):
            if picture not in self._sent:
                self.client.log_artifact(self.run_id, str(picture), "predictions")
                self._sent.add(picture)


def start(job: FitJob) -> MlflowRun:
    """The run of a job: a new one, or that of its folder where training goes on."""
    store = open_store()
    experiment = of_training(store.user())
    with explained(store.uri, "record a run of training", f"EDIT on the experiment {experiment!r}"):
        run_id = (_earlier(job.folder, store) if job.resume else None) or _begin(job, store, experiment)
        store.client.update_run(run_id, status="RUNNING")
    return MlflowRun(store.uri, store.client, run_id, job.folder)


def _begin(job: FitJob, store: Store, experiment: str) -> str:
    """A new run, with all that is known of it before training."""
    client = store.client
    run = client.create_run(store.experiment(experiment), run_name=job.name, tags=_tags(job))
    run_id = str(run.info.run_id)
    _log_parameters(client, run_id, job)
    client.log_dict(run_id, environment(), ENVIRONMENT)
    write_mark(job.folder, TrainingRun(store.uri, run_id))
    return run_id


def _earlier(folder: Path, store: Store) -> str | None:
    """The run that the folder belongs to, if it is in this store."""
    from mlflow.exceptions import MlflowException

    noted = read_mark(folder)
    if noted is None or noted.uri != store.uri:
        return None
    try:
        return str(store.client.get_run(noted.run_id).info.run_id)
    except MlflowException:  # deleted meanwhile: it gets a new one
        return None


def _tags(job: FitJob) -> dict[str, str]:
    return {
        "nanosieve.plugin": job.plugin,
        "nanosieve.plugin_version": job.plugin_version,
        "nanosieve.folder": str(job.folder.resolve()),
        **origin_tags(job),
        **({"nanosieve.start": job.start.digest} if job.start else {}),
    }


def _log_parameters(client: MlflowClient, run_id: str, job: FitJob) -> None:
    from mlflow.entities import Param

    options = {"model": job.config.model_dump(mode="json"), "training": job.training.model_dump(mode="json")}
    parameters = [Param(name, str(value)[:LONGEST_PARAMETER]) for name, value in _flat(options)]
    for first in range(0, len(parameters), PARAMETERS_AT_ONCE):
        client.log_batch(run_id, params=parameters[first : first + PARAMETERS_AT_ONCE])


def _flat(options: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
