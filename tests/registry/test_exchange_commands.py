"""Two labs at their command lines, each with its own data folder."""

import json
import re

import pytest

from nanosieve.errors import UsageError
from nanosieve.models import WEIGHTS, file_sha256
from nanosieve_registry.cli import trust
from nanosieve_registry.exchange.keys import fingerprint
from nanosieve_registry.exchange.signing_key import create_key
from nsmodel_files import write_bundle


@pytest.fixture
def without(tmp_path):
    """Environment in which packages cannot be imported, and say so."""

    def made(*names):
        folder = tmp_path / f"without {' '.join(names)}"
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / f"{name}.py").write_text(f"raise RuntimeError('{name} was imported')")
        return {"PYTHONPATH": str(folder)}

    return made


def done(finished):
    """The output of a command that went well."""
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_a_model_goes_from_lab_a_to_lab_b(nanosieve, without, disc_image, tmp_path):
    bundle = write_bundle(tmp_path / "bundle")
    a, b = ({"NANOSIEVE_DATA": str(tmp_path / lab)} for lab in ("a", "b"))
    file, store = tmp_path / "spheres.nsmodel", f"sqlite:///{tmp_path / 'b.db'}"
    said = done(
        nanosieve("models", "export", bundle, "--out", file, "--lab", "lab-a", **a, **without("mlflow"))
    )
    read_out = re.search(r"fingerprint ([0-9a-f ]{79})", said)[1]
    key = re.search(r"key file +(\S+)", said)[1]

    # anybody may look, with neither torch nor mlflow
    looked = json.loads(
        done(nanosieve("models", "inspect", file, "--json", **b, **without("torch", "mlflow", "pandas")))
    )
    assert looked["signer"]["standing"] == "unknown"
    assert looked["manifest"]["lineage"]["lab"] == "lab-a"

    refused = nanosieve("models", "import", file, "--registry", store, **b)
    assert refused.returncode == 1
    assert "'spheres.nsmodel' is refused: it is signed by a key that is not trusted here" in refused.stderr
    assert not (tmp_path / "b.db").exists()

    done(nanosieve("models", "trust", "add", key, "--fingerprint", read_out, **b))
    imported = json.loads(done(nanosieve("models", "import", file, "--registry", store, "--json", **b)))
    assert (imported["name"], imported["version"], imported["new"]) == ("lab-a.spheres", 1, True)

    # the file alone is enough for work, and mlflow is not looked at
    out = tmp_path / "results"
    analysed = nanosieve(
        "analyze", disc_image, "--segmenter", f"file:{file}", "--out", out, **b, **without("mlflow")
    )
    assert analysed.returncode == 0, analysed.stderr
    provenance = json.loads((out / "summary.json").read_text())["provenance"]["segmenter"]
    assert provenance["model_digest"] == looked["manifest"]["lineage"]["card"]
    (weights,) = (tmp_path / "b" / "models").rglob(WEIGHTS)
    assert file_sha256(weights) == file_sha256(bundle / WEIGHTS)


def test_a_first_export_without_the_name_of_the_lab_asks_for_it(nanosieve, tmp_path):
    finished = nanosieve("models", "keys", NANOSIEVE_DATA=str(tmp_path))
    assert finished.returncode == 2
    assert "nanosieve models keys new --lab NAME" in finished.stderr
    finished = nanosieve("models", "keys", "new", "--lab", "Lab A", NANOSIEVE_DATA=str(tmp_path))
    assert finished.returncode == 2
    assert "cannot be the name of a lab" in finished.stderr
    assert not list(tmp_path.iterdir())


def test_a_key_file_alone_proves_nothing(tmp_path):
    own = create_key(tmp_path / "a", "lab-a")
    with pytest.raises(UsageError, match="call 'lab-a'") as raised:
        trust.add(tmp_path / "a" / "lab-a.pub", fingerprint=None)
    # what the lab should say is not there to be copied
    assert fingerprint(own.public.keyid)[:9] not in str(raised.value)
