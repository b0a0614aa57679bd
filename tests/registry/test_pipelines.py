"""Segmenter, classifier and settings as one versioned unit."""

import json
import shutil

import pytest

from nanosieve import Host
from nanosieve.cli.request import make_request
from nanosieve.errors import ModelError, UsageError
from nanosieve.models import CARD, PIPELINE_CARD, read_bundle
from nanosieve.pipeline_bundles import read_pipeline
from nanosieve.pipeline_loading import load_pipeline
from nanosieve_registry import shipped
from nanosieve_registry.errors import ChangedError
from nanosieve_registry.gate.evaluation_sets import read_set, register_set
from nanosieve_registry.gate.promoting import promote
from nanosieve_registry.gate.tools import load_tool
from nanosieve_registry.mlflow_store import database_of
from nanosieve_registry.pipeline_making import make_pipeline
from registered import LARGE, command, threshold_bundle, write_discs

HOST = Host()


@pytest.fixture
def published(registry, tmp_path, capsys):
    """A pipeline of a registered segmenter and a plugin, published by the command."""
    registry.publish(threshold_bundle(tmp_path / "bundle", method="otsu"), "spheres", alias="champion")
    code, _, err = command(
        capsys,
        *("models", "publish", "--pipeline", "--name", "whole", "--segmenter", "spheres@champion"),
        *("--classifier", "geometry"),
        *("--measure", "equivalent_diameter", "--measure", "feret_max", "--set", "rules.confidence=0.5"),
    )
    assert code == 0, err
    return registry


def test_a_pipeline_fixes_models_options_measures_and_rules(published, tmp_path):
    loaded = load_pipeline("whole@candidate", HOST)
    assert loaded.model_version == "models:/whole/1"
    assert loaded.card.segmenter.model == "models:/spheres/1"
    # a later champion changes nothing
    published.publish(threshold_bundle(tmp_path / "later"), "spheres", alias="champion")
    request = make_request(HOST, pipeline="whole/1")
    assert request.segmenter.settings["method"] == "otsu"
    assert request.classifier.name == "geometry"
    assert [measure.name for measure in request.measures.values()] == ["equivalent_diameter", "feret_max"]
    assert request.rules.confidence == 0.5
    assert request.provenance()["pipeline"]["model_version"] == "models:/whole/1"


def test_analyze_takes_a_pipeline_whole(published, disc_image, tmp_path, capsys):
    code, _, err = command(
        capsys, "analyze", disc_image, "--pipeline", "whole@candidate", "--out", tmp_path / "r"
    )
    assert code == 0, err
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert summary["provenance"]["pipeline"]["model_digest"] == published.versions("whole")[0].digest
    assert len(summary["provenance"]["measures"]) == 2
    code, _, err = command(
        capsys,
        "analyze",
        disc_image,
        "--pipeline",
        "whole/1",
        "--segmenter",
        "threshold",
        "--out",
        tmp_path / "q",
    )
    assert code == 2
    assert "names its segmenter" in err


def test_a_pipeline_is_no_segmenter_and_a_segmenter_no_pipeline(published):
    with pytest.raises(
        UsageError, match="'whole/1' is a whole pipeline, not a segmenter; give it with --pipeline"
    ):
        make_request(HOST, segmenter="whole/1")
    with pytest.raises(UsageError, match="'spheres/1' is a model, not a pipeline"):
        make_request(HOST, pipeline="spheres/1")


def test_a_model_inside_a_pipeline_cannot_be_exchanged(published, tmp_path):
    artifacts = database_of(published.uri).parent / "artifacts" / "nanosieve-models" / "whole"
    (card,) = artifacts.rglob(f"segmenter/{CARD}")
    card.write_text(card.read_text().replace("otsu", "li"))
    with pytest.raises(ChangedError, match=r"'segmenter/model\.json' was changed"):
        load_pipeline("whole/1", HOST)


def test_a_folder_whose_model_is_another_than_its_card_says_is_refused(tmp_path):
    folder = make_pipeline(
        tmp_path / "pipeline",
        "whole",
        HOST,
        segmenter=str(threshold_bundle(tmp_path / "bundle", method="otsu")),
        classifier=None,
    )
    assert read_pipeline(folder).card.classifier is None
    card = folder / "segmenter" / CARD
    card.write_text(card.read_text().replace("otsu", "li"))
    with pytest.raises(ModelError, match=f"was changed: .* {PIPELINE_CARD} says"):
        read_pipeline(folder)


def test_what_a_plugin_may_choose_is_in_the_pipeline_and_nothing_else_is_chosen(tmp_path, monkeypatch):
    folder = make_pipeline(tmp_path / "pipeline", "whole", HOST, segmenter="auto", classifier=None)
    card = read_pipeline(folder).card
    assert {option: tool.model for option, tool in card.segmenter.choices.items()} == {
        "se": "shipped:se-segmenter",
        "stem": "shipped:stem-segmenter",
    }
    monkeypatch.setattr(shipped, "PLACES", ())
    loaded = load_pipeline(str(folder), HOST)
    assert set(loaded.segmenter.models.values()) == {tool.digest for tool in card.segmenter.choices.values()}
    other = folder / "segmenter" / "se"
    shutil.rmtree(other)
    shutil.copytree(folder / "segmenter" / "stem", other)
    with pytest.raises(ModelError, match="se' was changed: the SHA-256 of its card"):
        load_pipeline(str(folder), HOST)


def test_images_that_a_choice_has_learnt_from_count_for_the_gate(tmp_path):
    folder = make_pipeline(tmp_path / "pipeline", "whole", HOST, segmenter="auto", classifier="auto")
    learnt = load_tool("whole", folder, HOST).trained_on
    for name in ("se-segmenter", "stem-segmenter", "se-shape", "stem-shape"):
        training = read_bundle(shipped.shipped_models()[name]).card.training
        assert {image.sha256 for image in training.images} <= learnt, name


def test_a_plugin_that_keeps_its_models_to_itself_is_refused_where_they_are_others(tmp_path):
    # plugins that do not declare what they choose have their digests noted, and compared
    folder = make_pipeline(tmp_path / "pipeline", "whole", HOST, segmenter="auto", classifier=None)
    card = json.loads((folder / PIPELINE_CARD).read_text())
    card["segmenter"] |= {"choices": {}, "models": {"shipped:se-segmenter": "0" * 64}}
    (folder / PIPELINE_CARD).write_text(json.dumps(card))
    with pytest.raises(
        ModelError, match="made with another 'shipped:se-segmenter' than the one that is here"
    ):
        load_pipeline(str(folder), HOST)


def test_a_pipeline_goes_through_the_gate_like_a_model(registry, tmp_path):
    for number, size in enumerate((LARGE, 30)):
        bundle = threshold_bundle(tmp_path / f"bundle {number}", min_area_px=size)
        folder = tmp_path / f"pipeline {number}"
        made = make_pipeline(folder, "whole", HOST, segmenter=str(bundle), classifier=None)
        registry.publish(made, "whole", alias="candidate" if number else "champion")
    pictures = write_discs(tmp_path / "pictures", 10)
    register_set(registry, "whole", read_set(pictures, "test", HOST)[0])
    assert promote(registry, "whole", 2, HOST).after == 2
