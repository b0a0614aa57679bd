"""A store of one's own: made once whoever is first, and told apart from what cannot be used."""

import importlib.metadata
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from nanosieve.errors import UsageError
from nanosieve.models import read_bundle
from nanosieve_registry.errors import RegistryError
from nanosieve_registry.mlflow_store import database_of, open_store, store_uri
from nanosieve_registry.registry import Registry
from nanosieve_registry.shipped import shipped_models
from registered import command, threshold_bundle

FIRST = """
import sys
from nanosieve_registry.registry import Registry

print(sorted(map(str, (each for versions in Registry().models().values() for each in versions))))
"""


# No lock is one, and all begin with the tables at the same moment.
UNLOCKED = """
import contextlib
import os
import sys
import time
from pathlib import Path

import filelock

filelock.FileLock = lambda *_, **__: contextlib.nullcontext()
from nanosieve_registry import mlflow_store

begun, make_tables = Path(sys.argv[1]), mlflow_store._make_tables


def make_tables_together(*given):
    (begun / str(os.getpid())).touch()
    end = time.monotonic() + 120
    while len(list(begun.iterdir())) < 4 and time.monotonic() < end:
        time.sleep(0.001)
    make_tables(*given)


mlflow_store._make_tables = make_tables_together
"""


def start_first(folder, *arguments, before=""):
    return subprocess.Popen(
        [sys.executable, "-c", before + FIRST, *map(str, arguments)],
        env={**{name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}}
        | {"NANOSIEVE_DATA": str(folder)},
        cwd=folder.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_four_processes_at_once_make_one_store_with_the_shipped_models(tmp_path):
    expected = str(sorted(f"{name}/1" for name in shipped_models()))
    for turn in range(3):
        folder = tmp_path / f"round {turn}"
        running = [start_first(folder) for _ in range(4)]
        finished = [(*process.communicate(timeout=900), process.returncode) for process in running]
        for out, err, code in finished:
            assert (code, out.strip()) == (0, expected), err
        # one of them has registered them and said so
        assert sum("registered the models that come with nanosieve" in err for _, err, _ in finished) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["round 0", "round 1", "round 2"]


def test_without_the_lock_four_processes_at_once_break_the_store(tmp_path):
    # what the lock is for: where this passes no more, it is not needed, or the test above shows nothing
    broken = []
    for turn in range(3):
        folder, begun = tmp_path / f"round {turn}", tmp_path / f"begun {turn}"
        begun.mkdir()
        running = [start_first(folder, begun, before=UNLOCKED) for _ in range(4)]
        broken += [process.communicate(timeout=900)[1] for process in running]
        if any(process.returncode for process in running):
            break
    # two make the same table, or alter one that the other has altered
    assert any("already exists" in err or "duplicate column" in err for err in broken), broken


@pytest.fixture
def own(empty_database, tmp_path, monkeypatch):
    """This user's own registry, whose database is there already, so that it is quick."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    database = database_of(store_uri())
    database.parent.mkdir(parents=True)
    shutil.copyfile(empty_database, database)
    return database


def test_the_first_use_registers_the_shipped_models_once_and_says_so(own, capsys):
    code, _, err = command(capsys, "models", "list")
    assert code == 0
    assert err.startswith("registered the models that come with nanosieve in sqlite:")
    registry = Registry(say=pytest.fail)
    for name, bundle in shipped_models().items():
        (version,) = registry.versions(name)
        assert (version.aliases, version.digest) == (("champion",), read_bundle(bundle).digest)


def test_what_a_user_deletes_stays_deleted_and_a_new_shipped_model_is_no_champion(own, monkeypatch, tmp_path):
    Registry(say=lambda sentence: None).models()
    Registry().store.client.delete_registered_model("stem-segmenter")
    assert set(Registry(say=pytest.fail).models()) == {*shipped_models()} - {"stem-segmenter"}
    newer = threshold_bundle(tmp_path / "newer", name="se-segmenter")
    monkeypatch.setattr("nanosieve_registry.first_use.shipped_models", lambda: {"se-segmenter": newer})
    told = []
    versions = Registry(say=told.append).versions("se-segmenter")
    assert [each.aliases for each in versions] == [("champion",), ("candidate",)]
    assert "se-segmenter/2 (@candidate)" in told[0]


def test_a_server_that_the_user_names_gets_no_shipped_models(registry):
    assert registry.models() == {}


def test_no_file_lands_where_the_command_is_run(own, tmp_path, monkeypatch):
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    registry = Registry(say=lambda sentence: None)
    registry.publish(threshold_bundle(tmp_path / "bundle"), "spheres")
    registry.resolve("spheres/1")
    assert list(work.iterdir()) == []
    with closing(sqlite3.connect(own)) as connection:
        places = connection.execute(
            "SELECT artifact_location FROM experiments WHERE experiment_id > 0"
        ).fetchall()
    assert all(place.startswith(own.parent.as_uri()) for (place,) in places)


def test_the_first_experiment_of_mlflow_lies_beside_the_database_too(empty_database):
    with closing(sqlite3.connect(empty_database)) as connection:
        ((place,),) = connection.execute("SELECT artifact_location FROM experiments").fetchall()
    assert place == f"{empty_database.parent.as_uri()}/artifacts/0"


def test_the_process_keeps_its_own_store(registry, tmp_path, monkeypatch):
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/elsewhere.db")
    try:
        registry.publish(threshold_bundle(tmp_path / "bundle"), "spheres")
        assert registry.resolve("spheres/1").version == 1
        assert mlflow.get_tracking_uri() == f"sqlite:///{tmp_path}/elsewhere.db"
    finally:
        mlflow.set_tracking_uri(None)


def test_a_store_that_was_moved_says_so_and_is_mended_after_a_backup(registry, tmp_path, capsys):
    registry.publish(threshold_bundle(tmp_path / "bundle"), "spheres", alias="champion")
    shutil.move(tmp_path / "store", tmp_path / "moved")
    uri = f"sqlite:///{tmp_path}/moved/mlflow.db"
    with pytest.raises(RegistryError, match=rf"was moved or copied.*models migrate --registry {uri}"):
        Registry(uri).models()
    code, out, err = command(capsys, "models", "migrate", "--registry", uri)
    assert code == 0, err
    (backup,) = (tmp_path / "moved").glob("mlflow.db.backup-*")
    assert f"backup in {backup}" in out
    assert Registry(uri).resolve("spheres@champion").version == 1
    assert command(capsys, "models", "migrate", "--registry", uri)[1].endswith("needs nothing\n")


OF_MLFLOW_2_9 = "acf3f17fdcc7"


def set_revision(database, revision):
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def test_a_store_of_a_newer_mlflow_is_left_alone(registry):
    database = database_of(registry.uri)
    set_revision(database, "ffffffffffff")
    before = database.read_bytes()
    version = importlib.metadata.version("mlflow")
    with pytest.raises(RegistryError, match=rf"written by an MLflow after {version}.*pip install --upgrade"):
        Registry(registry.uri).models()
    assert database.read_bytes() == before


def test_a_store_of_an_older_mlflow_names_the_command_that_migrates_it(registry):
    set_revision(database_of(registry.uri), OF_MLFLOW_2_9)
    with pytest.raises(RegistryError, match=r"written by an MLflow before .*nanosieve models migrate"):
        Registry(registry.uri).models()


def test_an_older_store_is_migrated_with_a_backup(tmp_path, capsys):
    """The tables of MLflow 2.9, as MLflow itself makes them on its way to those of today."""
    import sqlalchemy
    from alembic import command as alembic
    from mlflow.store.db.utils import _get_alembic_config
    from mlflow.store.tracking.dbmodels.initial_models import Base

    database = tmp_path / "old" / "mlflow.db"
    database.parent.mkdir()
    engine = sqlalchemy.create_engine(f"sqlite:///{database}")
    Base.metadata.create_all(engine)
    engine.dispose()
    alembic.upgrade(_get_alembic_config(f"sqlite:///{database}"), OF_MLFLOW_2_9)
    uri = f"sqlite:///{database}"
    with pytest.raises(RegistryError, match="models migrate"):
        Registry(uri).models()
    code, out, err = command(capsys, "models", "migrate", "--registry", uri)
    assert code == 0, err
    assert "its tables are up to date" in out
    assert len(list(database.parent.glob("*.backup-*"))) == 1
    assert Registry(uri).models() == {}


@pytest.mark.parametrize("uri", ["file:///srv/mlruns", "{folder}"])
def test_a_file_store_is_refused_with_the_command_that_converts_it(tmp_path, uri):
    with pytest.raises(
        UsageError, match=r"file store.*mlflow migrate-filestore --source .* --target sqlite:///"
    ):
        open_store(uri.format(folder=tmp_path))


@pytest.mark.parametrize(
    ("uri", "said"), [("postgresql://lab/models", "is no registry"), ("sqlite:////a?b/x.db", "must not hold")]
)
def test_an_address_that_cannot_be_used_is_refused(uri, said):
    with pytest.raises(UsageError, match=said):
        open_store(uri)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "notes.db"
    file.write_text("not a database, but somebody's notes " * 40)
    before = file.read_bytes()
    with pytest.raises(RegistryError, match="is no SQLite database"):
        Registry(f"sqlite:///{file}").models()
    assert file.read_bytes() == before
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection, connection:
        connection.execute("CREATE TABLE samples (name TEXT)")
    with pytest.raises(RegistryError, match="of something else than MLflow"):
        Registry(f"sqlite:///{tmp_path}/other.db").models()


def test_what_is_read_without_mlflow_is_what_mlflow_reads(registry, tmp_path):
    from nanosieve_registry.lookup import ClientLookup
    from nanosieve_registry.references import parse_reference
    from nanosieve_registry.sqlite_lookup import SqliteLookup

    for number, name in enumerate(("spheres", "spheres", "rods", "spheres")):
        bundle = threshold_bundle(tmp_path / str(number), min_area_px=number)
        version = registry.publish(bundle, name, alias="champion" if number % 2 else None)
    registry.set_model_tag("rods", "nanosieve.note", "long")
    registry.store.client.delete_model_version("spheres", "2")
    quick, client = SqliteLookup(database_of(registry.uri)), ClientLookup(registry.store.client)
    assert quick.models() == client.models()
    assert [each.version for each in quick.versions("spheres")] == [1, 3]
    for reference in (
        "spheres@champion",
        "spheres/1",
        "spheres/2",
        "rods/latest",
        f"models:/{version.model_id}",
    ):
        assert quick.find(parse_reference(reference)) == client.find(parse_reference(reference)), reference
    assert quick.tags("rods") == client.tags("rods") == {"nanosieve.note": "long"}


NO_MLFLOW = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("mlflow", "sqlalchemy"):
            raise ImportError(f"{name} was imported")

sys.meta_path.insert(0, Refuse())
from nanosieve.cli import main
sys.argv = ["nanosieve", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("models", "--help"),
        ("plugins",),
        ("models", "list"),
        ("models", "show", "spheres@champion"),
    ],
    ids=" ".join,
)
def test_what_needs_no_writing_never_imports_mlflow(registry, tmp_path, arguments):
    registry.publish(threshold_bundle(tmp_path / "bundle"), "spheres", alias="champion")
    registry.resolve("spheres@champion")
    finished = subprocess.run(
        [sys.executable, "-c", NO_MLFLOW, *arguments], capture_output=True, text=True, timeout=300
    )
    assert finished.returncode == 0, finished.stderr


def test_analyzing_with_a_registered_model_that_was_fetched_never_imports_mlflow(
    registry, disc_image, tmp_path
):
    registry.publish(threshold_bundle(tmp_path / "bundle"), "spheres", alias="champion")
    registry.resolve("spheres@champion")
    finished = subprocess.run(
        [
            *(sys.executable, "-c", NO_MLFLOW, "analyze", str(disc_image), "--out", str(tmp_path / "r")),
            *("--segmenter", "spheres@champion"),
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    provenance = json.loads((tmp_path / "r" / "summary.json").read_text())["provenance"]
    assert provenance["segmenter"]["model_version"] == "models:/spheres/1"
    assert Path(tmp_path / "r" / "particles.csv").exists()
