"""Whole pipelines between labs: they must stand alone, and each part is checked like a model."""

import json

import pytest

from nanosieve import Host
from nanosieve.errors import ModelError
from nanosieve.models import CARD, PIPELINE_CARD, WEIGHTS, read_bundle
from nanosieve.pipeline_bundles import Part, PipelineCard, write_pipeline
from nanosieve.pipeline_loading import load_pipeline
from nanosieve_registry.exchange.exporting import export_model
from nanosieve_registry.exchange.importing import import_model
from nanosieve_registry.exchange.keys import create_key, write_public
from nanosieve_registry.exchange.layout import GOLDEN
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.trust import TrustStore
from nanosieve_registry.exchange.verifying import verify
from nsmodel_files import Forged, sha256, write_bundle

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
