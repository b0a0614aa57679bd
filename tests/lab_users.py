"""Users of a lab's server: accounts, permissions, and what some try without nanosieve."""

import requests

from lab_servers import PASSWORD
from nanosieve.models import WEIGHTS
from nanosieve_registry.experiments import of_model


def make_user(lab, user):
    """Make an account."""
    answer = requests.post(
        f"{lab.uri}/api/2.0/mlflow/users/create",
        json={"username": user, "password": PASSWORD},
        auth=("admin", PASSWORD),
        timeout=30,
    )
    assert answer.status_code == 200, answer.text


def permit(lab, user, kind, thing, permission):
    """Grant one permission of MLflow."""
    answer = requests.post(
        f"{lab.uri}/api/3.0/mlflow/users/permissions/grant",
        json={"username": user, "resource_type": kind, "resource_id": thing, "permission": permission},
        auth=("admin", PASSWORD),
        timeout=30,
    )
    assert answer.status_code == 200, answer.text


def move_alias(lab, user, name, version="1"):
    """Status of a request that lets @champion point elsewhere."""
    return requests.post(
        f"{lab.uri}/api/2.0/mlflow/registered-models/alias",
        json={"name": name, "alias": "champion", "version": version},
        auth=(user, PASSWORD),
        timeout=30,
    ).status_code


def write_over(lab, user, experiment, version):
    """Status of a request that writes over the weights of a registered version."""
    path = f"{experiment}/models/{version.model_id}/artifacts/data/bundle/{WEIGHTS}"
    return requests.put(
        f"{lab.uri}/api/2.0/mlflow-artifacts/artifacts/{path}",
        data=b"other weights",
        auth=(user, PASSWORD),
        timeout=30,
    ).status_code


def experiment_of(registry, name):
    """The experiment in which the files of a model are."""
    return registry.store.experiment(of_model(name))
