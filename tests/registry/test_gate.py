"""Only what is better beyond doubt becomes champion, and every decision is kept."""

import json
import threading

import pytest

from nanosieve import Host
from nanosieve.errors import UsageError
from nanosieve_registry.errors import PromotionError
from nanosieve_registry.gate.decisions import history
from nanosieve_registry.gate.evaluation_sets import read_set, register_set
from nanosieve_registry.gate.promoting import champion_of, promote, retire, rollback
from nanosieve_registry.gate.verdict import FEWEST_IMAGES
from nanosieve_registry.registry import Registry
from registered import LARGE, command, json_of, threshold_bundle, write_discs

HOST = Host()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return write_discs(tmp_path_factory.mktemp("pictures"), 12)


@pytest.fixture
def coarse_champion(registry, tmp_path, pictures):
    """Version 1 misses small particles and is champion, version 2 finds them, version 3 does so in other words."""
    registry.publish(threshold_bundle(tmp_path / "coarse", min_area_px=LARGE), "spheres", alias="champion")
    registry.publish(threshold_bundle(tmp_path / "fine"), "spheres")
    registry.publish(threshold_bundle(tmp_path / "same", min_area_px=29), "spheres")
    register_set(registry, "spheres", read_set(pictures, "test", HOST)[0])
    return registry


def refused(registry, number, said, **options):
    """A promotion is refused, and nothing is moved or recorded."""
    before = champion_of(registry, "spheres"), history(registry, "spheres")
    with pytest.raises(PromotionError, match=said):
        promote(registry, "spheres", number, HOST, **options)
    assert (champion_of(registry, "spheres"), history(registry, "spheres")) == before


def test_a_better_version_is_promoted_and_a_worse_one_is_not(coarse_champion):
    registry = coarse_champion
    decision = promote(registry, "spheres", 2, HOST)
    assert champion_of(registry, "spheres").version == 2
    difference = decision.figures["differences"][0]
    # half of the discs are missed: found half, recognition quality 2 * 2 / (2 + 4) of all
    assert difference["score"] == "panoptic_quality"
    assert difference["first"] == pytest.approx(2 / 3, abs=0.06)
    assert difference["second"] > 0.9
    assert difference["low"] > 0
    assert history(registry, "spheres") == [decision]
    refused(registry, 1, "spheres/1 is worse than spheres/2: panoptic_quality")


def test_a_tie_is_refused(coarse_champion):
    promote(coarse_champion, "spheres", 2, HOST, force=True, reason="to have a tie")
    refused(coarse_champion, 3, r"not surely better than spheres/2: .* gain 0 \(0 to 0, 12 images\)")


def test_too_few_images_are_refused_before_anything_is_built(coarse_champion, tmp_path):
    few = write_discs(tmp_path / "few", FEWEST_IMAGES - 1)
    register_set(coarse_champion, "spheres", read_set(few, "test", HOST)[0])
    refused(coarse_champion, 2, "9 image.* it takes 10")


def test_without_an_evaluation_set_the_command_that_registers_one_is_named(registry, tmp_path):
    registry.publish(threshold_bundle(tmp_path / "a"), "spheres", alias="champion")
    registry.publish(threshold_bundle(tmp_path / "b", neck=0.8), "spheres")
    refused(registry, 2, r"models evaluation-set spheres DATA\.toml")


@pytest.mark.parametrize("change", ["label", "image", "fewer"])
def test_other_images_or_labels_are_refused(coarse_champion, tmp_path, change):
    other = write_discs(tmp_path / "copy", 12)
    if change == "fewer":
        (other.parent / "labels" / "03.png").unlink()
    else:
        folder = other.parent / f"{change}s"
        (folder / "03.png").write_bytes((folder / "04.png").read_bytes())
    refused(coarse_champion, 2, "is not the evaluation set of 'spheres': its fingerprint", data=other)


def test_the_same_images_elsewhere_are_the_same_set(coarse_champion, tmp_path):
    copy = write_discs(tmp_path / "elsewhere", 12)
    assert promote(coarse_champion, "spheres", 2, HOST, data=copy).after == 2


def test_a_version_that_has_learnt_from_the_images_is_refused(coarse_champion, tmp_path, pictures):
    from nanosieve.models import ModelCard, TrainingImage, TrainingRecord, file_sha256, write_card

    image = pictures.parent / "images" / "05.png"
    folder = tmp_path / "knows"
    folder.mkdir()
    training = TrainingRecord(
        sources={"ours": 1},
        groups=1,
        images=(TrainingImage(name="renamed.png", sha256=file_sha256(image)),),
        validation_images=0,
        options={},
        epochs=1,
        seconds=1,
        software={},
    )
    write_card(
        folder,
        ModelCard(name="k", kind="segmenter", plugin="threshold", plugin_version="1", training=training),
    )
    coarse_champion.publish(folder, "spheres")
    refused(coarse_champion, 4, "spheres/4 has learnt from 1 of the images")


def test_by_force_only_with_a_reason_which_is_kept(coarse_champion):
    with pytest.raises(UsageError, match="--reason"):
        promote(coarse_champion, "spheres", 3, HOST, force=True)
    promote(coarse_champion, "spheres", 3, HOST, force=True, reason="the detector is new")
    (decision,) = history(coarse_champion, "spheres")
    assert (decision.forced, decision.reason, decision.before, decision.after) == (
        True,
        "the detector is new",
        1,
        3,
    )


def test_rollback_restores_the_versions_before_one_by_one(coarse_champion):
    registry = coarse_champion
    for number in (2, 3):
        promote(registry, "spheres", number, HOST, force=True, reason="to go back from")
    first = rollback(registry, "spheres", "3 joins particles")
    assert (first.before, first.after) == (3, 2)
    assert champion_of(registry, "spheres").digest == registry.versions("spheres")[1].digest
    assert rollback(registry, "spheres", "so does 2").after == 1
    with pytest.raises(PromotionError, match="no champion before the present one"):
        rollback(registry, "spheres", "and 1")
    assert [each.what for each in history(registry, "spheres")] == [
        "promote",
        "promote",
        "rollback",
        "rollback",
    ]


def test_of_two_promotions_at_once_one_wins_and_the_other_is_told(coarse_champion, monkeypatch):
    # both look at the champion before either writes
    both = threading.Barrier(2)
    from nanosieve_registry.gate import promoting

    measure = promoting._measure

    def wait_and_measure(*arguments):
        figures = measure(*arguments)
        both.wait(timeout=120)
        return figures

    monkeypatch.setattr(promoting, "_measure", wait_and_measure)
    outcomes = {}

    def run(number):
        try:
            outcomes[number] = promote(Registry(), "spheres", number, HOST)
        except PromotionError as error:
            outcomes[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = (number for number, outcome in outcomes.items() if not isinstance(outcome, Exception))
    (loser,) = set(outcomes) - {winner}
    assert f"moved meanwhile, from 1 to {winner}" in str(outcomes[loser])
    assert champion_of(coarse_champion, "spheres").version == winner
    assert [each.after for each in history(coarse_champion, "spheres")] == [winner]


def test_the_champion_cannot_be_retired_and_what_is_retired_not_promoted(coarse_champion):
    with pytest.raises(PromotionError, match="is the champion"):
        retire(coarse_champion, "spheres", 1, "old")
    retire(coarse_champion, "spheres", 2, "wrong labels")
    refused(coarse_champion, 2, "spheres/2 is retired: wrong labels")


def test_the_comparison_is_a_run_whose_metrics_belong_to_both_versions_and_their_data(coarse_champion):
    registry = coarse_champion
    promote(registry, "spheres", 2, HOST)
    client = registry.store.client
    experiment = client.get_experiment_by_name("nanosieve-models/spheres")
    fingerprint = json.loads(registry.tags("spheres")["nanosieve.evaluation_set"])["fingerprint"]
    query = {"experiment_ids": [experiment.experiment_id]}
    scored = client.search_logged_models(
        **query, datasets=[{"dataset_name": "spheres test", "dataset_digest": fingerprint[:36]}]
    )
    first, second = registry.versions("spheres")[:2]
    assert {model.model_id for model in scored} == {first.model_id, second.model_id}
    (run,) = client.search_runs([experiment.experiment_id])
    names = {artifact.path for artifact in client.list_artifacts(run.info.run_id, "scores")}
    assert names == {"scores/version_1.csv", "scores/version_2.csv"}


def test_the_gate_cannot_be_passed_by_publishing(registry, tmp_path, capsys):
    bundle = threshold_bundle(tmp_path / "bundle")
    code, _, err = command(capsys, "models", "publish", bundle, "--alias", "champion")
    assert code == 2
    assert "@champion is not set by hand" in err
    assert registry.models() == {}


def test_commands_show_what_was_decided(coarse_champion, pictures, capsys):
    name = ("models", "promote", "spheres")
    code, out, err = command(capsys, *name, 2)
    assert code == 0, err
    assert "champion of spheres is version 2; it was 1" in out
    assert "panoptic_quality: 0." in out
    code, _, err = command(capsys, *name, 1)
    assert code == 1
    assert "spheres/1 is worse than spheres/2" in err
    code, out, _ = command(capsys, "models", "history", "spheres")
    (line,) = out.splitlines()
    assert "promote 1 -> 2" in line
    code, out, _ = command(capsys, "models", "rollback", "spheres", "--reason", "test")
    assert (code, out) == (0, "champion of spheres is version 1; it was 2\n")
    coarse_champion.set_alias(coarse_champion.versions("spheres")[2], "champion")
    code, out, _ = command(capsys, "models", "history", "spheres")
    assert out.endswith("champion is spheres/3, moved without a decision of nanosieve\n")
    code, out, _ = command(
        capsys, "models", "compare", "spheres/1", "spheres/2", "--data", pictures, "--split", "test"
    )
    assert code == 0
    assert "panoptic_quality" in out
    code, out, _ = command(capsys, "models", "diff", "spheres/1", "spheres/2")
    assert "min_area_px" in out
    shown = json_of(capsys, "models", "show", "spheres/2")
    assert [each["what"] for each in shown["decisions"]] == ["promote", "rollback"]
    assert shown["evaluation_set"]["images"] == 12
