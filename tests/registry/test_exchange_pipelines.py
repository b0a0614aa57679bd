"""Whole pipelines between labs: they must stand alone, and each part is checked like a model."""

import json

import pandas as pd
import pytest

from nanosieve import Host
from nanosieve.errors import ModelError, NanosieveError
from nanosieve.loading import load_classifier
from nanosieve.models import CARD, PIPELINE_CARD, WEIGHTS, read_bundle
from nanosieve.pipeline_bundles import Part, PipelineCard, write_pipeline
from nanosieve.pipeline_loading import load_pipeline
from nanosieve_registry import shipped
from nanosieve_registry.exchange.exporting import Statements, export_model
from nanosieve_registry.exchange.importing import import_model
from nanosieve_registry.exchange.keys import write_public
from nanosieve_registry.exchange.layout import GOLDEN
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.signing_key import create_key
from nanosieve_registry.exchange.trust import TrustStore
from nanosieve_registry.exchange.verifying import verify
from nanosieve_registry.pipeline_making import make_pipeline
from nsmodel_files import Forged, sha256, write_bundle
from registered import command

HOST = Host()


def pipeline(folder, **changes):
    """A pipeline of the smallest U-Net and the classifier `geometry`, which has no model."""
    bundle = write_bundle(folder / "bundle")
    model = read_bundle(bundle)
    card = PipelineCard(
        name="whole",
        segmenter=Part(
            plugin="unet",
            plugin_version="0.1.0",
            settings=model.card.config,
            model="spheres/1",
            digest=model.digest,
        ),
        classifier=Part(
            plugin="geometry",
            plugin_version="0.1.0",
            settings=HOST.classifiers["geometry"].config().model_dump(mode="json"),
        ),
        measures=("area",),
        rules={"confidence": 0.5},
    )
    return write_pipeline(folder / "whole", card.model_copy(update=changes), {"segmenter": bundle})


@pytest.fixture(scope="module")
def lab_a(tmp_path_factory):
    """The key of lab A, and a pipeline that it exported."""
    folder = tmp_path_factory.mktemp("lab_a")
    own = create_key(folder / "signing", "lab-a")
    return own, export_model(pipeline(folder), folder / "whole.nsmodel", own, HOST).path


@pytest.fixture
def trust(tmp_path, lab_a):
    """The trust store of lab B, which trusts lab A; `registry` makes tmp_path/data its data folder."""
    store = TrustStore(tmp_path / "data" / "trust", tmp_path / "data" / "signing")
    store.add(write_public(tmp_path / "lab-a.pub", lab_a[0].public), lab_a[0].public.keyid)
    return store


def test_a_whole_pipeline_travels(registry, trust, lab_a):
    file = lab_a[1]
    checked = verify(file, trust)
    assert (checked.manifest.kind, checked.manifest.licence) == ("pipeline", "MIT")
    assert set(checked.goldens) == {"segmenter/", "classifier/"}
    assert str(import_model(file, trust, HOST, registry).version) == "lab-a.whole/1"
    for reference in ("lab-a.whole@candidate", f"file:{file}"):
        loaded = load_pipeline(reference, HOST, "cpu")
        assert (loaded.segmenter.name, loaded.classifier.name) == ("unet", "geometry")
        assert loaded.model_digest == checked.manifest.lineage.card


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"measures": ("phase_of_the_moon",)}, "needs the measure 'phase_of_the_moon'"),
        ({"rules": {"confidense": 0.5}}, "no option 'confidense'"),
        (
            # as pipelines were made before they took along what a plugin may choose
            {"segmenter": Part(plugin="auto", plugin_version="1", settings={"se": "shipped:se-segmenter"})},
            "may lead out of the file",
        ),
    ],
    ids=["measure", "rule", "models of the installation"],
)
def test_a_pipeline_that_does_not_stand_alone_is_not_exported(tmp_path, changes, reason):
    own = create_key(tmp_path / "signing", "lab-a")
    with pytest.raises(ModelError, match=reason):
        export_model(pipeline(tmp_path, **changes), tmp_path / "x.nsmodel", own, HOST)
    assert not (tmp_path / "x.nsmodel").exists()


def choosing(folder):
    """A pipeline whose segmenter chooses among two U-Nets, and whose classifier always takes `geometry`."""
    bundles = {option: write_bundle(folder / option, name=f"of {option}") for option in ("se", "stem")}
    return make_pipeline(
        folder / "whole",
        "whole",
        HOST,
        segmenter="auto",
        classifier="auto",
        settings=[
            *(f"segmenter.{option}={bundle}" for option, bundle in bundles.items()),
            "classifier.se=geometry",
            "classifier.stem=geometry",
        ],
        licence="MIT",
    )


@pytest.fixture(scope="module")
def choice_file(lab_a, tmp_path_factory):
    """The same, exported by lab A."""
    folder = tmp_path_factory.mktemp("choosing")
    return export_model(choosing(folder), folder / "whole.nsmodel", lab_a[0], HOST).path


def test_what_a_plugin_may_choose_travels_along(registry, trust, choice_file):
    checked = verify(choice_file, trust)
    assert set(checked.goldens) == {
        *("segmenter/se/", "segmenter/stem/", "segmenter/"),
        *("classifier/se/", "classifier/stem/", "classifier/second/", "classifier/"),
    }
    assert str(import_model(choice_file, trust, HOST, registry).version) == "lab-a.whole/1"
    loaded = load_pipeline("lab-a.whole/1", HOST, "cpu")
    names = {f"lab-a.whole/1#segmenter/{option}" for option in ("se", "stem")}
    assert set(loaded.segmenter.models) == set(loaded.segmenter.cards) == names
    assert {card.name for card in loaded.segmenter.cards.values()} == {"of se", "of stem"}
    assert loaded.classifier.tool.classes == load_classifier("geometry", HOST).tool.classes


def test_the_usual_pipeline_gives_the_same_numbers_where_the_shipped_models_are_others(
    registry, trust, lab_a, disc_image, tmp_path, capsys, monkeypatch
):
    code, _, err = command(capsys, "analyze", disc_image, "--out", tmp_path / "at a")
    assert code == 0, err
    code, _, err = command(capsys, "models", "publish", "--pipeline", "--name", "usual")
    assert code == 0, err
    folder = registry.resolve("usual/1").folder
    file = export_model(folder, tmp_path / "usual.nsmodel", lab_a[0], HOST, Statements(licence="MIT")).path
    # another version of nanosieve brings other models, or none
    monkeypatch.setattr(shipped, "PLACES", ())
    assert shipped.shipped_models() == {}
    assert str(import_model(file, trust, HOST, registry).version) == "lab-a.usual/1"
    code, _, err = command(
        capsys, "analyze", disc_image, "--pipeline", "lab-a.usual/1", "--out", tmp_path / "at b"
    )
    assert code == 0, err
    at_a, at_b = (pd.read_parquet(tmp_path / lab / "particles.parquet") for lab in ("at a", "at b"))
    assert len(at_a) > 0
    pd.testing.assert_frame_equal(at_a, at_b)


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        pytest.param(
            lambda f: f.files.update({"segmenter/se/" + CARD: f.files["segmenter/stem/" + CARD]}),
            "'segmenter/se/model.json' is not the card that",
            id="one for the other",
        ),
        pytest.param(
            lambda f: f.files.pop("segmenter/stem/" + WEIGHTS), "is not there", id="no weights of a choice"
        ),
        pytest.param(
            lambda f: f.files.update({"segmenter/tem/" + CARD: b"{}"}), "belongs to no part", id="one more"
        ),
        pytest.param(
            lambda f: f.files.update({"segmenter/se/se/" + CARD: b"{}"}), "and nothing else", id="too deep"
        ),
        pytest.param(
            lambda f: part(f, "segmenter", settings={"choose": "auto", "se": "threshold"}),
            "option 'se' of segmenter 'auto' names a tool outside the file",
            id="a tool of the installation",
        ),
        pytest.param(
            lambda f: rename_choice(f, "classifier", "se", "sem"),
            "does not choose by an option 'sem'",
            id="unknown option",
        ),
        pytest.param(
            lambda f: without_choice(f, "classifier", "stem"),
            "came without the tool for 'stem'",
            id="one missing",
        ),
    ],
)
def test_choices_of_a_trusted_but_hostile_lab(registry, trust, lab_a, choice_file, tmp_path, attack, reason):
    forged = Forged.of(choice_file)
    attack(forged)
    file = forged.write(tmp_path / "x.nsmodel", lab_a[0].key)
    with pytest.raises(NanosieveError, match=reason):
        import_model(file, trust, HOST, registry)
    assert registry.versions("lab-a.whole") == []


def part_of(forged, name):
    """What ``pipeline.json`` says of a part."""
    return json.loads(forged.files[PIPELINE_CARD])[name]


def rename_choice(forged, name, before, after):
    """Let an option name a tool that the plugin has not."""
    choices = part_of(forged, name)["choices"]
    tool = choices.pop(before)
    part(forged, name, choices={**choices, after: tool})
    forged.files[f"{name}/{after}/{GOLDEN}"] = forged.files.pop(f"{name}/{before}/{GOLDEN}")


def without_choice(forged, name, option):
    """Leave a tool out, of which there is no model."""
    choices = part_of(forged, name)["choices"]
    part(forged, name, choices={each: tool for each, tool in choices.items() if each != option})
    forged.files.pop(f"{name}/{option}/{GOLDEN}")


def changed(forged, **changes):
    """Change ``pipeline.json``, and what the manifest says of it."""
    forged.files[PIPELINE_CARD] = json.dumps({**json.loads(forged.files[PIPELINE_CARD]), **changes}).encode()
    forged.fields["lineage"]["card"] = sha256(forged.files[PIPELINE_CARD])


def part(forged, name, **changes):
    """Change what ``pipeline.json`` says of a part."""
    changed(forged, **{name: {**json.loads(forged.files[PIPELINE_CARD])[name], **changes}})


def with_card(forged, **changes):
    """Change the card of the segmenter, and leave what names it as it was."""
    name = f"segmenter/{CARD}"
    forged.files[name] = json.dumps({**json.loads(forged.files[name]), **changes}).encode()


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        pytest.param(lambda f: f.files.update({"segmenter/loader.py": b""}), "may carry code", id="code"),
        pytest.param(
            lambda f: f.files.update({"other/model.json": b"{}"}), "and nothing else", id="other folder"
        ),
        pytest.param(
            lambda f: f.files.update({f"classifier/{WEIGHTS}": b"x"}),
            "belongs to no part",
            id="weights of nobody",
        ),
        pytest.param(lambda f: f.files.update({CARD: b"{}"}), "belongs to no part", id="second card"),
        pytest.param(
            lambda f: f.files.pop(f"classifier/{GOLDEN}"), "it has no 'classifier/golden", id="no golden"
        ),
        pytest.param(lambda f: f.files.pop(f"segmenter/{WEIGHTS}"), "is not there", id="no weights"),
        pytest.param(
            lambda f: f.files.pop(f"segmenter/{CARD}"), "it has no 'segmenter/model.json'", id="no card"
        ),
        pytest.param(lambda f: with_card(f, summary="x"), "is not the card that", id="other model"),
        pytest.param(
            lambda f: part(f, "segmenter", plugin="threshold"),
            "is of 'threshold', the card",
            id="other plugin",
        ),
        pytest.param(
            lambda f: part(f, "segmenter", settings={"filters": 4_000_000}),
            "not those of the network",
            id="wide",
        ),
        pytest.param(
            lambda f: part(f, "classifier", plugin="oracle"),
            "needs the classifier plugin 'oracle'",
            id="unknown",
        ),
        pytest.param(lambda f: changed(f, measures=["moon"]), "needs the measure 'moon'", id="measure"),
        pytest.param(lambda f: changed(f, rules={"x": 1}), "rules are not known here", id="rule"),
        pytest.param(lambda f: changed(f, schema_version=2), "update it", id="newer form"),
        pytest.param(lambda f: f.fields.update(kind="segmenter"), "it has no 'model.json'", id="other kind"),
        pytest.param(
            lambda f: f.files.update({f"classifier/{GOLDEN}": f.files[f"segmenter/{GOLDEN}"]}),
            "not what a classifier has",
            id="golden of the other part",
        ),
    ],
)
def test_pipelines_of_a_trusted_but_hostile_lab(registry, trust, lab_a, tmp_path, attack, reason):
    forged = Forged.of(lab_a[1])
    attack(forged)
    file = forged.write(tmp_path / "x.nsmodel", lab_a[0].key)
    with pytest.raises(RefusedError, match=reason):
        import_model(file, trust, HOST, registry)
    assert registry.versions("lab-a.whole") == []
