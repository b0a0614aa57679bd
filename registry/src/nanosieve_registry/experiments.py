"""In which experiment of MLflow what is kept: on a server with accounts, rights are given by experiment."""

from __future__ import annotations

TRAINING = "nanosieve-training"


def of_model(name: str) -> str:
    """That of the files of a model; one for each, since READ on it is what lets somebody fetch them."""
    return f"nanosieve-models/{name}"


def of_training(user: str | None) -> str:
    """That of runs of training: on a server with accounts one for each user, who alone may write into it.

    Parameters
    ----------
    user : as the server knows who trains; None where there are no accounts
    """
    return f"{TRAINING}/{user}" if user else TRAINING
