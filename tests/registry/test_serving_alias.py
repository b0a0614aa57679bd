"""A server follows an alias: the next version takes over without a failed request, a broken one is refused."""

import threading
import time
from pathlib import Path

import pytest

from nanosieve.errors import NanosieveError
from nanosieve.models import ModelCard, read_bundle, write_card
from nanosieve_registry.bundle_files import content_digest, digests_of
from nanosieve_registry.cache import Cache, Pointer
from nanosieve_registry.errors import UnreachableError
from nanosieve_registry.registry import Registry
from pictures import draw_discs, write_tiff
from served import get, post, serving

# MLflow 3.17 warns of itself, and uses what SQLAlchemy 2.1 gives up
pytestmark = pytest.mark.filterwarnings("ignore:::mlflow")

# Particles below it are left out by the segmenter: one of the two discs, then none, then both.
LEAST_AREAS = (30, 2000, 300)


def bundle(folder, least_area_px):
    card = ModelCard(
        name="spheres",
        kind="segmenter",
        plugin="threshold",
        plugin_version="0.1.0",
        config={"min_area_px": least_area_px},
    )
    folder.mkdir(parents=True)
    write_card(folder, card)
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A database with its tables, which take seconds to make."""
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"


@pytest.fixture
def registry(store, tmp_path, monkeypatch):
    """Three versions, the first of which is the champion."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    opened = Registry(store)
    name = tmp_path.name  # of its own for each test
    for number, least in enumerate(LEAST_AREAS, 1):
        folder = bundle(tmp_path / str(number), least)
        opened.publish(folder, name, alias="champion" if number == 1 else None)
    opened.name = name
    return opened


@pytest.fixture
def picture(tmp_path):
    # areas of 2827 and 452 px
    pixels = draw_discs((120, 160), [(50, 60, 30), (120, 60, 12)])
    return write_tiff(tmp_path / "two.tif", pixels).read_bytes()


def move(registry, number):
    versions = {version.version: version for version in registry.versions(registry.name)}
    registry.set_alias(versions[number], "champion")
    return versions[number]


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_moved_alias_is_followed_without_a_failed_request(registry, picture):
    with serving(f"{registry.name}@champion", classifier=None, poll_s=0.1) as server:
        answers, stop = [], threading.Event()

        def ask():
            while not stop.is_set():
                answers.append(post(server, "/analyze", picture))

        clients = [threading.Thread(target=ask) for _ in range(3)]
        for client in clients:
            client.start()
        until(lambda: len(answers) > 5)
        for number in (2, 3, 1):
            version = move(registry, number)
            until(lambda number=number: get(server, "/health").json()["version"] == str(number))
            assert get(server, "/health").json()["digest"] == version.digest
            said = len(answers)
            until(lambda said=said: len(answers) > said + 6)
        stop.set()
        for client in clients:
            client.join()
    assert {answer.status_code for answer in answers} == {200}
    seen = {(answer.headers["X-Nanosieve-Version"], len(answer.json()["particles"])) for answer in answers}
    # what an answer says of its version is what made it
    assert seen == {("1", 2), ("2", 1), ("3", 2)}
    assert all(answer.headers["X-Nanosieve-Model"] == "spheres" for answer in answers)


def files_of(registry, number):
    """Where the store keeps the files of a version."""
    version = next(each for each in registry.versions(registry.name) if each.version == number)
    (card,) = Path(registry.store.artifacts).rglob(f"{version.model_id}/**/data/bundle/model.json")
    return card


def test_a_version_that_was_changed_is_refused_and_the_one_before_goes_on(registry, picture):
    card = files_of(registry, 2)
    card.write_text(card.read_text().replace("2000", "2001"))
    with serving(f"{registry.name}@champion", classifier=None, poll_s=0.1) as server:
        move(registry, 2)
        until(lambda: get(server, "/health").json()["status"] == "degraded")
        said = get(server, "/health").json()
        assert said["version"] == "1"
        (warning,) = said["warnings"]
        assert f"models:/{registry.name}/2 was refused, models:/{registry.name}/1 goes on" in warning
        assert "'model.json' was changed since it was published" in warning
        answer = post(server, "/analyze", picture)
        assert (answer.status_code, answer.headers["X-Nanosieve-Version"]) == (200, "1")
        move(registry, 3)
        until(lambda: get(server, "/health").json()["version"] == "3")
        said = get(server, "/health").json()
        assert (said["status"], said["warnings"]) == ("ok", [])


def test_a_changed_version_is_not_served_at_all(registry):
    card = files_of(registry, 1)
    card.write_text(card.read_text().replace('"spheres"', '"spheroids"'))
    with pytest.raises(NanosieveError, match="was changed in the registry"), serving(f"{registry.name}/1"):
        pass


def test_a_model_that_does_not_work_never_takes_over(registry, tmp_path, picture):
    # the card is in order, but no plugin of this name is here
    folder = tmp_path / "strange"
    folder.mkdir()
    write_card(folder, ModelCard(name="spheres", kind="segmenter", plugin="elsewhere", plugin_version="1"))
    with serving(f"{registry.name}@champion", classifier=None, poll_s=0.1) as server:
        version = registry.publish(folder, registry.name, alias="champion")
        until(lambda: get(server, "/health").json()["status"] == "degraded")
        (warning,) = get(server, "/health").json()["warnings"]
        assert f"/{version.version} was refused" in warning
        assert "needs a plugin that is not here: no segmenter is called 'elsewhere'" in warning
        assert post(server, "/analyze", picture).status_code == 200


def test_an_alias_that_is_gone_stops_nothing(registry, picture):
    with serving(f"{registry.name}@champion", classifier=None, poll_s=0.1) as server:
        registry.store.client.delete_registered_model_alias(registry.name, "champion")
        until(lambda: get(server, "/health").json()["status"] == "degraded")
        assert "cannot be looked up" in get(server, "/health").json()["warnings"][0]
        assert post(server, "/analyze", picture).status_code == 200
        move(registry, 1)
        until(lambda: get(server, "/health").json()["status"] == "ok")


def test_an_exact_version_stays_whatever_the_alias_does(registry):
    with serving(f"{registry.name}/2", classifier=None, poll_s=0.1) as server:
        move(registry, 3)
        time.sleep(0.5)
        assert get(server, "/health").json()["version"] == "2"


def test_the_provenance_names_the_version_and_the_digest(registry, picture, tmp_path):
    with serving(f"{registry.name}@champion", classifier=None) as server:
        said = post(server, "/analyze", picture).json()["provenance"]["segmenter"]
    assert said["model_version"].endswith(f"models:/{registry.name}/1")
    assert said["model_digest"] == read_bundle(tmp_path / "1").digest


def test_without_the_registry_the_copy_that_was_fetched_is_served_and_said_so(tmp_path, monkeypatch):
    # nothing listens on the port of the discard service
    dead = "http://127.0.0.1:9"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", dead)
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9"), serving("spheres@champion"):
        pass
    folder = bundle(tmp_path / "1", LEAST_AREAS[0])
    content = content_digest(digests_of(folder))
    Cache().add(folder, content)
    digest = read_bundle(folder).digest
    pointer = Pointer(name="spheres", version=4, digest=digest, content=content, created=0, seen=0)
    Cache().note(dead, "spheres@champion", pointer)
    with serving("spheres@champion", classifier=None, poll_s=0.1) as server:
        until(lambda: get(server, "/health").json()["status"] == "degraded")
        said = get(server, "/health").json()
        assert said["version"] == "4"
        assert said["digest"] == digest
        assert any(
            "spheres@champion is spheres/4, as it was on 1970" in warning for warning in said["warnings"]
        )
        assert any("cannot be looked up" in warning for warning in said["warnings"])
