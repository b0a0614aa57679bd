"""Rights on a server with authentication: three roles, and what MLflow must grant for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from nanosieve_registry.experiments import of_model
from nanosieve_registry.publishing import ensure_registered
from nanosieve_registry.references import check_name
from nanosieve_registry.registry import Registry
from nanosieve_registry.server_errors import explained

Role = Literal["reader", "publisher", "curator"]
USER = "/api/2.0/mlflow/users/get"
GRANT, REVOKE = "/api/3.0/mlflow/users/permissions/grant", "/api/3.0/mlflow/users/permissions/revoke"
# Versions that somebody wants to see in the model itself. MLflow lets whoever may add a version to a model also move
# its aliases, so those who may not promote publish under a name of their own.
PROPOSED = "{name}.proposed"
# MLflow's permission on the model, and on its proposals. Each goes for the experiment too, where the files are.
# Curators have MANAGE since `rollback` and `retire` remove aliases, for which EDIT is not enough.
PERMISSIONS: dict[Role, tuple[str | None, str | None]] = {
    "reader": ("READ", None),
    "publisher": ("READ", "EDIT"),
    "curator": ("MANAGE", "READ"),
}


@dataclass(frozen=True)
class Grant:
    """A permission of MLflow on a model and on its experiment; None where there is none."""

    model: str
    permission: str | None


def grant(registry: Registry, user: str, role: Role, name: str) -> tuple[Grant, ...]:
    """Give a user of a server exactly the rights of a role on one model, whatever they were before.

    The model, its proposals and their experiments are made where there are none, since rights cannot be given on what
    is not there.

    Parameters
    ----------
    registry : a server with authentication, opened as its administrator
    user : who is there already
    name : of a model

    Returns
    -------
    The grants on the model and on its proposals.

    Raises
    ------
    RegistryError
        If the user is unknown, or the one who asks is no administrator.
    """
    check_name(name)
    grants = tuple(
        Grant(model, permission)
        for model, permission in zip((name, PROPOSED.format(name=name)), PERMISSIONS[role], strict=True)
    )
    with explained(
        registry.uri, f"make {user!r} a {role} of {name!r}", "the account of an administrator of the server"
    ):
        _ask(registry.uri, "GET", USER, params={"username": user})
        for each in grants:
            ensure_registered(registry.store.client, each.model)
            experiment = registry.store.experiment(of_model(each.model))
            for kind, thing in (("registered_model", each.model), ("experiment", experiment)):
                _set(
                    registry.uri,
                    {"username": user, "resource_type": kind, "resource_id": thing},
                    each.permission,
                )
    return grants


def _set(uri: str, of: dict[str, str], permission: str | None) -> None:
    from mlflow.exceptions import MlflowException

    try:
        # a permission that is there is not changed by another one
        _ask(uri, "POST", REVOKE, json=of)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
    if permission is not None:
        _ask(uri, "POST", GRANT, json={**of, "permission": permission})


def _ask(uri: str, method: str, endpoint: str, **what: Any) -> None:
    # MLflow has a client for this, whose import starts to set up a server
    from mlflow.tracking._tracking_service.utils import get_default_host_creds
    from mlflow.utils.rest_utils import http_request, verify_rest_response

    verify_rest_response(http_request(get_default_host_creds(uri), endpoint, method, **what), endpoint)
