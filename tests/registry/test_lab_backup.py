"""Backup, restore and update of a lab's server on PostgreSQL, as docs/guides/lab-server.md says."""

import shutil
import subprocess
import sys

from lab_servers import PASSWORD, start_server
from lab_users import make_user, permit
from nanosieve import Host
from nanosieve_registry.cache import Cache
from nanosieve_registry.registry import Registry
from nanosieve_registry.verifying import verify
from postgres import postgres
from registered import threshold_bundle

HOST = Host()


def run(*words):
    finished = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr


def test_what_was_dumped_is_restored_with_accounts_and_files(tmp_path, monkeypatch):
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    files = tmp_path / "files"
    with postgres("mlflow", "accounts", "mlflow_restored", "accounts_restored") as databases:
        server = start_server(tmp_path, databases["mlflow"], str(files), accounts=databases["accounts"])
        try:
            registry = Registry(server.uri, Cache(tmp_path / "cache"))
            version = registry.publish(threshold_bundle(tmp_path / "bundle"), "spheres", alias="champion")
            make_user(server, "anna")
            permit(server, "anna", "registered_model", "spheres", "READ")
            for name in ("mlflow", "accounts"):
                # while it runs: a dump is of one moment
                dump = tmp_path / f"{name}.dump"
                run("pg_dump", "--format=custom", f"--file={dump}", databases[name])
            shutil.copytree(files, tmp_path / "copy")
        finally:
            server.stop()

        for name in ("mlflow", "accounts"):
            restored = databases[f"{name}_restored"]
            run("pg_restore", "--no-owner", f"--dbname={restored}", tmp_path / f"{name}.dump")
        run(sys.executable, "-m", "mlflow", "db", "upgrade", databases["mlflow_restored"])
        again = start_server(
            tmp_path,
            databases["mlflow_restored"],
            str(tmp_path / "copy"),
            accounts=databases["accounts_restored"],
        )
        try:
            restored = Registry(again.uri, Cache(tmp_path / "fresh"))
            assert restored.resolve("spheres@champion").digest == version.digest
            assert verify(restored, "spheres/1", HOST).problem == ""
            monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "anna")
            assert set(Registry(again.uri, Cache(tmp_path / "of anna")).models()) == {"spheres"}
        finally:
            again.stop()
