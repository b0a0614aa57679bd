"""What a server must allow for what is asked of it, in MLflow's words, for those who were refused."""

from __future__ import annotations

from typing import Literal

from nanosieve_registry.experiments import of_model

Permission = Literal["READ", "EDIT", "MANAGE"]


def on_model(permission: Permission, name: str) -> str:
    """A permission on a model, which is of use only with the same on the experiment where its files are."""
    return f"{permission} on the model {name!r} and on the experiment {of_model(name)!r}"
