"""A PostgreSQL of this machine and an S3 store, for as long as tests run."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
import requests

from lab_servers import free_port, stop

BUCKET = "lab"


def _programs():
    """Where Debian puts the newest PostgreSQL; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


@contextmanager
def postgres(*databases):
    """Yield the URI of a database by its name. PostgreSQL does not run as root: its own account is used then."""
    programs = _programs()
    if programs is None:
        pytest.skip(
            "PostgreSQL is not installed: /usr/lib/postgresql holds no initdb (apt-get install postgresql)"
        )
    as_other = (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    )
    folder = Path(tempfile.mkdtemp(prefix="postgres"))
    if as_other:
        shutil.chown(folder, "postgres", "postgres")
    port, quiet = free_port(), {"check": True, "capture_output": True, "cwd": folder}
    initialise = [
        "initdb",
        "-D",
        str(folder / "data"),
        "-U",
        "mlflow",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
    ]
    subprocess.run([*as_other, str(programs / initialise[0]), *initialise[1:]], **quiet)
    options = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*as_other, str(programs / "postgres"), "-D", str(folder / "data"), *options],
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(lambda: _ready(programs, port), process)
        for name in databases:
            address = ["-h", "127.0.0.1", "-p", str(port), "-U", "mlflow"]
            subprocess.run([str(programs / "createdb"), *address, name], **quiet)
        yield {name: f"postgresql://mlflow@127.0.0.1:{port}/{name}" for name in databases}
    finally:
        stop(process)
        shutil.rmtree(folder)


@contextmanager
def s3_store(folder):
    """Yield the environment that reaches an S3 store with a bucket, and its process."""
    port = free_port()
    environment = {
        "MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "lab",
        "AWS_SECRET_ACCESS_KEY": "of a test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with (folder / "s3.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(lambda: _answers(environment["MLFLOW_S3_ENDPOINT_URL"]), process)
        client = boto3.client(
            "s3",
            endpoint_url=environment["MLFLOW_S3_ENDPOINT_URL"],
            aws_access_key_id="lab",
            aws_secret_access_key="of a test",
            region_name="us-east-1",
        )
        client.create_bucket(Bucket=BUCKET)
        yield environment, process
    finally:
        stop(process)


def _ready(programs, port):
    asked = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(asked).returncode == 0


def _answers(uri):
    try:
        return requests.get(uri, timeout=2).ok
    except requests.RequestException:
        return False


def _wait(ready, process, patience=120):
    end = time.monotonic() + patience
    while not ready():
        assert process.poll() is None, "it ended at once"
        assert time.monotonic() < end, "it did not start"
        time.sleep(0.1)
