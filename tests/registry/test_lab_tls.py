"""A lab's server behind TLS with a certificate of its own, made by the line of docs/guides/lab-server.md."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

from lab_servers import PASSWORD, start_server
from nanosieve_registry.cache import Cache
from nanosieve_registry.errors import UnreachableError
from nanosieve_registry.registry import Registry
from registered import command, threshold_bundle

GUIDE = Path(__file__).parents[2] / "docs/guides/lab-server.md"


@pytest.fixture
def certificate(tmp_path):
    """Certificate and key, by the command of the guide."""
    (line,) = re.findall(r"^openssl req .*$", GUIDE.read_text().replace("\\\n", " "), re.MULTILINE)
    line = line.replace("DNS:mlflow.lab.example", "IP:127.0.0.1")
    subprocess.run(shlex.split(line), cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "lab.pem", tmp_path / "lab-tls.key"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_a_server_with_a_certificate_of_the_laboratory(
    certificate, tmp_path, empty_database, monkeypatch, capsys
):
    shutil.copyfile(empty_database, tmp_path / "mlflow.db")
    server = start_server(
        tmp_path, f"sqlite:///{tmp_path}/mlflow.db", str(tmp_path / "files"), certificate=certificate
    )
    try:
        assert server.uri.startswith("https://")
        monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
        monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
        with pytest.raises(
            UnreachableError, match=r"its certificate is not trusted here.*MLFLOW_TRACKING_SERVER_CERT_PATH"
        ):
            Registry().models()
        monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(certificate[0]))
        Registry().publish(threshold_bundle(tmp_path / "bundle"), "spheres", alias="champion")
        assert Registry(cache=Cache(tmp_path / "other")).resolve("spheres@champion").version == 1
        code, out, err = command(capsys, "models", "doctor")
        assert code == 0, out + err
        # nothing is said in the clear at this port
        with pytest.raises(requests.RequestException):
            requests.get(server.uri.replace("https", "http") + "/health", timeout=10)
    finally:
        server.stop()
