"""MLflow servers with authentication, as laboratories run them: on SQLite, and on PostgreSQL with an S3 store."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import requests

PASSWORD = "long enough for 3.17"
STARTED_S = 240
SERVER_FILES = Path(__file__).parents[1] / "registry/server"


@dataclass(frozen=True)
class LabServer:
    """A server that answers.

    Attributes
    ----------
    started : what `start_server` was called with, to start it again
    """

    uri: str
    process: subprocess.Popen
    started: dict

    def stop(self):
        """End it as an operator does."""
        stop(self.process)

    def kill(self):
        """End it as a power cut does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=60)

    def again(self):
        """Start it again at the same address, on the same data."""
        return start_server(**self.started)


def free_port():
    """A port of the loopback address that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_server(folder, store, artifacts, port=None, environment=None, accounts=None, certificate=None):
    """Start a server as `registry/server/start.sh` does, and wait until it answers.

    Parameters
    ----------
    store : URI of the database of MLflow
    accounts : URI of the database of users and rights; None for a SQLite file in the folder
    certificate : files of certificate and key, PEM, for https
    """
    port = port or free_port()
    template = (SERVER_FILES / "auth.ini").read_text()
    uri = accounts or f"sqlite:///{folder}/auth.db"
    (folder / "auth.ini").write_text(template.replace("ACCOUNTS_DATABASE", uri))
    options = []
    if certificate is not None:
        public, private = certificate
        options = ["--uvicorn-opts", f"--ssl-certfile {public} --ssl-keyfile {private}"]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            ["sh", str(SERVER_FILES / "start.sh"), *options],
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"),
                "MLFLOW_FLASK_SERVER_SECRET_KEY": "of a test",
                "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
                "NANOSIEVE_SERVER_STORE": store,
                "NANOSIEVE_SERVER_ARTIFACTS": artifacts,
                "NANOSIEVE_SERVER_PORT": str(port),
                "NANOSIEVE_SERVER_HOSTS": "127.0.0.1:*",
                **(environment or {}),
            },
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
    given = {
        "folder": folder,
        "store": store,
        "artifacts": artifacts,
        "port": port,
        "environment": environment,
        "accounts": accounts,
        "certificate": certificate,
    }
    address = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    wait_for(address, process, folder / "server.log", verify=str(certificate[0]) if certificate else True)
    return LabServer(address, process, given)


def start_on_sqlite(folder, empty_database):
    """A server whose database and files lie in a folder; an existing one goes on."""
    folder.mkdir(exist_ok=True)
    if not (folder / "mlflow.db").exists():
        shutil.copyfile(empty_database, folder / "mlflow.db")
    return start_server(folder, f"sqlite:///{folder}/mlflow.db", str(folder / "artifacts"))


def wait_for(uri, process, log, verify=True):
    """Wait until a server answers; what it wrote is in the error where it does not."""
    end = time.monotonic() + STARTED_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended at once: {log.read_text()[-3000:]}")
        try:
            if requests.get(f"{uri}/health", timeout=2, verify=verify).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    stop(process)
    raise TimeoutError(f"the server did not start: {log.read_text()[-3000:]}")


def stop(process):
    """End a server with its workers."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
