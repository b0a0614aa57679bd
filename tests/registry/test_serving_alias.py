"""A server follows an alias: the next version takes over without a failed request, a broken one is refused."""

import threading
import time
from pathlib import Path

import pytest

from nanosieve import Host
from nanosieve.errors import NanosieveError, UsageError
from nanosieve.models import ModelCard, read_bundle, write_card
from nanosieve_registry.bundle_files import content_digest, digests_of
from nanosieve_registry.cache import Cache, Pointer
from nanosieve_registry.errors import UnreachableError
from nanosieve_registry.pipeline_making import make_pipeline
from nanosieve_registry.serving.choosing import is_pipeline
from pictures import draw_discs, write_tiff
from registered import threshold_bundle
from served import get, post, serving, serving_references

# Particles below it are left out by the segmenter: one of the two discs, then none, then both.
LEAST_AREAS = (30, 2000, 300)


@pytest.fixture
def spheres(registry, tmp_path):
    """A registry with three versions of `spheres`, the first of which is the champion."""
    for number, least in enumerate(LEAST_AREAS, 1):
        folder = threshold_bundle(tmp_path / str(number), min_area_px=least)
        registry.publish(folder, "spheres", alias="champion" if number == 1 else None)
    return registry


@pytest.fixture
def picture(tmp_path):
    # areas of 2827 and 452 px
    pixels = draw_discs((120, 160), [(50, 60, 30), (120, 60, 12)])
    return write_tiff(tmp_path / "two.tif", pixels).read_bytes()


def move(registry, number):
    versions = {version.version: version for version in registry.versions("spheres")}
    registry.set_alias(versions[number], "champion")
    return versions[number]


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_moved_alias_is_followed_without_a_failed_request(spheres, picture):
    with serving("spheres@champion", classifier=None, poll_s=0.1) as server:
        answers, stop = [], threading.Event()

        def ask():
            while not stop.is_set():
                answers.append(post(server, "/analyze", picture))

        clients = [threading.Thread(target=ask) for _ in range(3)]
        for client in clients:
            client.start()
        until(lambda: len(answers) > 5)
        for number in (2, 3, 1):
            version = move(spheres, number)
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
    version = next(each for each in registry.versions("spheres") if each.version == number)
    (card,) = Path(registry.store.artifacts).rglob(f"{version.model_id}/**/data/bundle/model.json")
    return card


def test_a_version_that_was_changed_is_refused_and_the_one_before_goes_on(spheres, picture):
    card = files_of(spheres, 2)
    card.write_text(card.read_text().replace("2000", "2001"))
    with serving("spheres@champion", classifier=None, poll_s=0.1) as server:
        move(spheres, 2)
        until(lambda: get(server, "/health").json()["status"] == "degraded")
        said = get(server, "/health").json()
        assert said["version"] == "1"
        (warning,) = said["warnings"]
        assert "models:/spheres/2 was refused, models:/spheres/1 goes on" in warning
        assert "'model.json' was changed since it was published" in warning
        answer = post(server, "/analyze", picture)
        assert (answer.status_code, answer.headers["X-Nanosieve-Version"]) == (200, "1")
        move(spheres, 3)
        until(lambda: get(server, "/health").json()["version"] == "3")
        said = get(server, "/health").json()
        assert (said["status"], said["warnings"]) == ("ok", [])


def test_a_changed_version_is_not_served_at_all(spheres):
    card = files_of(spheres, 1)
    card.write_text(card.read_text().replace('"spheres"', '"spheroids"'))
    with pytest.raises(NanosieveError, match="was changed in the registry"), serving("spheres/1"):
        pass


def test_a_model_that_does_not_work_never_takes_over(spheres, tmp_path, picture):
    # the card is in order, but no plugin of this name is here
    folder = tmp_path / "strange"
    folder.mkdir()
    write_card(folder, ModelCard(name="spheres", kind="segmenter", plugin="elsewhere", plugin_version="1"))
    with serving("spheres@champion", classifier=None, poll_s=0.1) as server:
        version = spheres.publish(folder, "spheres", alias="champion")
        until(lambda: get(server, "/health").json()["status"] == "degraded")
        (warning,) = get(server, "/health").json()["warnings"]
        assert f"/{version.version} was refused" in warning
        assert "needs a plugin that is not here: no segmenter is called 'elsewhere'" in warning
        assert post(server, "/analyze", picture).status_code == 200


def test_an_alias_that_is_gone_stops_nothing(spheres, picture):
    with serving("spheres@champion", classifier=None, poll_s=0.1) as server:
        spheres.store.client.delete_registered_model_alias("spheres", "champion")
        until(lambda: get(server, "/health").json()["status"] == "degraded")
        assert "cannot be looked up" in get(server, "/health").json()["warnings"][0]
        assert post(server, "/analyze", picture).status_code == 200
        move(spheres, 1)
        until(lambda: get(server, "/health").json()["status"] == "ok")


def test_an_exact_version_stays_whatever_the_alias_does(spheres):
    with serving("spheres/2", classifier=None, poll_s=0.1) as server:
        move(spheres, 3)
        time.sleep(0.5)
        assert get(server, "/health").json()["version"] == "2"


def test_the_provenance_names_the_version_and_the_digest(spheres, picture, tmp_path):
    with serving("spheres@champion", classifier=None) as server:
        said = post(server, "/analyze", picture).json()["provenance"]["segmenter"]
    assert said["model_version"].endswith("models:/spheres/1")
    assert said["model_digest"] == read_bundle(tmp_path / "1").digest


def test_without_the_registry_the_copy_that_was_fetched_is_served_and_said_so(tmp_path, monkeypatch):
    # nothing listens on the port of the discard service
    dead = "http://127.0.0.1:9"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", dead)
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9"), serving("spheres@champion"):
        pass
    folder = threshold_bundle(tmp_path / "1", min_area_px=LEAST_AREAS[0])
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


def test_a_whole_pipeline_is_served_and_followed_like_a_model(registry, tmp_path, picture):
    host = Host()
    for number, least in enumerate(LEAST_AREAS[:2], 1):
        made = make_pipeline(
            tmp_path / f"pipeline{number}",
            "whole",
            host,
            segmenter=str(threshold_bundle(tmp_path / str(number), min_area_px=least)),
            classifier="geometry",
            measures=["area", "feret_max"],
            settings=["rules.min_diameter_px=30"],
        )
        registry.publish(made, "whole", alias="champion" if number == 1 else None)
    assert is_pipeline("whole@champion", host)
    assert not is_pipeline("threshold", host)
    with serving_references({"pipeline": "whole@champion"}, poll_s=0.1) as server:
        answer = post(server, "/analyze", picture)
        first = registry.versions("whole")[0]
        assert answer.headers["X-Nanosieve-Version"] == "1"
        assert answer.headers["X-Nanosieve-Digest"] == first.digest
        said = answer.json()
        assert said["provenance"]["pipeline"]["model_digest"] == first.digest
        # measures and rules are those of the pipeline: of two discs the one of radius 12 is too small
        assert [row["reason"] for row in said["particles"]].count("too_small") == 1
        assert {name for name in said["particles"][0] if name.endswith(("_nm", "_nm2"))} == {
            "area_nm2",
            "feret_max_nm",
        }
        registry.set_alias(registry.versions("whole")[1], "champion")
        until(lambda: get(server, "/health").json()["version"] == "2")
        assert len(post(server, "/analyze", picture).json()["particles"]) == 1
    with pytest.raises(UsageError, match="is a whole pipeline, not a segmenter"), serving("whole/1"):
        pass
