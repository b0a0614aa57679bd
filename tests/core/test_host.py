"""The host keeps good plugins working whatever the others do."""

import subprocess
import sys

import pytest

from nanosieve import Host, Measure, hookimpl
from nanosieve.errors import PluginError, UsageError


def measure(name, value=1.0):
    return Measure(name=name, summary=f"Always {value}.", compute=lambda particle: value)


class Good:
    @hookimpl
    def nanosieve_measures(self):
        yield measure("good")


def host(*plugins):
    return Host(*plugins, entry_points=False)


def test_what_a_plugin_offers_is_found_by_name_with_its_provider():
    found = host(Good())
    assert found.measures["good"].summary == "Always 1.0."
    assert found.measures.provider("good").plugin == "Good"
    assert found.problems == ()


def test_a_misspelt_hook_is_reported_and_the_others_work():
    class Misspelt:
        @hookimpl
        def nanosieve_mesures(self):
            yield measure("lost")

    found = host(Misspelt(), Good())
    (problem,) = found.problems
    assert "nanosieve_mesures" in str(problem)
    assert problem.provider.plugin == "Misspelt"
    assert "good" in found.measures


def test_a_hook_that_raises_midway_keeps_what_came_before():
    class Raises:
        @hookimpl
        def nanosieve_measures(self):
            yield measure("before")
            raise RuntimeError("no more")

    found = host(Raises(), Good())
    assert set(found.measures) == {"before", "good"}
    assert "RuntimeError: no more" in str(found.problems[0])


@pytest.mark.parametrize("answer", [["area"], None, [Good]])
def test_a_hook_that_returns_something_else_is_reported(answer):
    class Wrong:
        @hookimpl
        def nanosieve_measures(self):
            return [] if answer is None else answer

    found = host(Wrong(), Good())
    assert len(found.problems) == (0 if answer is None else 1)
    assert set(found.measures) == {"good"}


def test_a_name_offered_twice_is_unusable_and_names_both_providers():
    class Also:
        @hookimpl
        def nanosieve_measures(self):
            yield measure("good", 2.0)
            yield measure("own")

    found = host(Good(), Also())
    assert "good" not in found.measures
    assert "own" in found.measures
    with pytest.raises(UsageError, match=r"'Good'\) and by .*'Also'\).*NANOSIEVE_DISABLE_PLUGINS=Also"):
        found.measures["good"]
    assert len(found.problems) == 1


def test_an_unknown_name_gets_the_close_match_the_list_and_what_did_not_load():
    class Broken:
        @hookimpl
        def nanosieve_measures(self):
            raise ImportError("no torch")

    found = host(Good(), Broken())
    with pytest.raises(
        UsageError, match=r"'goood'; did you mean 'good'\? There are: good\. Not loaded: .*no torch"
    ):
        found.measures["goood"]


def test_strict_turns_problems_into_an_error(monkeypatch):
    class Misspelt:
        @hookimpl
        def nanosieve_mesures(self):
            yield measure("lost")

    monkeypatch.setenv("NANOSIEVE_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="nanosieve_mesures"):
        host(Misspelt())


def test_a_bad_name_fails_where_the_record_is_made():
    with pytest.raises(ValueError, match="measure name 'Bad Name' must match"):
        measure("Bad Name")


def test_a_lazy_reference_is_imported_on_first_use_and_names_what_is_missing():
    lazy = Measure(name="lazy", summary="Not there.", compute="nanosieve_nowhere:nothing")
    from nanosieve.specs import resolve

    with pytest.raises(PluginError, match="cannot import 'nanosieve_nowhere:nothing'"):
        resolve(lazy.compute)


@pytest.fixture
def distribution(tmp_path):
    """Make a distribution that looks installed; returns the folder for PYTHONPATH."""

    def make(name, source):
        (tmp_path / f"{name}.py").write_text(source)
        info = tmp_path / f"{name}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[nanosieve]\n{name} = {name}\n")
        return str(tmp_path)

    return make


def test_a_plugin_that_cannot_be_imported_is_listed_with_distribution_and_version(nanosieve, distribution):
    path = distribution("brokenlab", "import a_module_that_is_not_there")
    finished = nanosieve("plugins", PYTHONPATH=path)
    assert finished.returncode == 0
    assert "brokenlab 1.2" in finished.stderr
    assert "a_module_that_is_not_there" in finished.stderr
    assert "threshold" in finished.stdout


def test_a_command_that_a_plugin_cannot_add_does_not_stop_the_others(nanosieve, distribution):
    source = (
        "import nanosieve\n@nanosieve.hookimpl\ndef nanosieve_commands(app):\n    raise RuntimeError('no')\n"
    )
    finished = nanosieve("--help", PYTHONPATH=distribution("brokencommand", source))
    assert finished.returncode == 0
    assert "analyze" in finished.stdout


def test_loading_all_plugins_imports_nothing_heavy():
    heavy = ("torch", "mlflow", "cv2", "numba", "scipy", "pandas", "skimage")
    code = (
        f"import sys, nanosieve; nanosieve.Host(); print([name for name in {heavy} if name in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert finished.stdout == "[]\n", finished.stderr


SABOTEUR = """
import nanosieve

def fail(*arguments):
    raise RuntimeError("sabotage")

class Tool:
    classes = ("a", "b")
    segment = classify = fetch = fail

build = lambda context: Tool()

@nanosieve.hookimpl
def nanosieve_segmenters():
    yield nanosieve.SegmenterSpec(name="bad_segmenter", summary="Raises.", build=build)
    yield nanosieve.SegmenterSpec(name="bad_factory", summary="Raises.", build=fail)

@nanosieve.hookimpl
def nanosieve_weight_maps():
    yield nanosieve.WeightMapSpec(name="bad_map", summary="Raises.", compute=fail)

@nanosieve.hookimpl
def nanosieve_classifiers():
    yield nanosieve.ClassifierSpec(name="bad_classifier", summary="Raises.", build=build)

@nanosieve.hookimpl
def nanosieve_measures():
    yield nanosieve.Measure(name="bad_measure", summary="Raises.", compute=fail)

@nanosieve.hookimpl
def nanosieve_readers():
    yield nanosieve.ReaderSpec(name="bad_reader", summary="Raises.", suffixes=(".bad",), read=fail)

@nanosieve.hookimpl
def nanosieve_exporters():
    yield nanosieve.ExporterSpec(name="bad_exporter", summary="Raises.", export=fail)

@nanosieve.hookimpl
def nanosieve_model_stores():
    yield nanosieve.ModelStoreSpec(name="bad_store", summary="Raises.", schemes=("bad",), build=build)

@nanosieve.hookimpl
def nanosieve_commands(app):
    fail()
"""
NO_MEASURE = ("--measure", "area")


@pytest.mark.parametrize(
    ("arguments", "code", "who"),
    [
        (["--segmenter", "bad_segmenter", *NO_MEASURE], 4, "segmenter 'bad_segmenter' of saboteur 1.2"),
        (["--segmenter", "bad_factory", *NO_MEASURE], 1, "segmenter 'bad_factory' of saboteur 1.2"),
        (["--classifier", "bad_classifier", *NO_MEASURE], 4, "classifier 'bad_classifier' of saboteur 1.2"),
        (["--segmenter", "bad:model", *NO_MEASURE], 1, "model store 'bad_store' of saboteur 1.2"),
        (["--export", "bad_exporter", *NO_MEASURE], 3, "exporter 'bad_exporter' of saboteur 1.2"),
        (["other.bad", *NO_MEASURE], 3, "reader 'bad_reader'"),
        ([], 3, "measure 'bad_measure' of saboteur 1.2"),
    ],
    ids=["segmenter", "factory", "classifier", "store", "exporter", "reader", "measure"],
)
def test_a_plugin_that_raises_at_work_is_named_and_the_others_go_on(
    nanosieve, distribution, disc_image, tmp_path, arguments, code, who
):
    path = distribution("saboteur", SABOTEUR)
    (tmp_path / "other.bad").write_bytes(b"")
    # first, so that a case that names another one wins
    command = ("analyze", "--segmenter", "threshold", disc_image, *arguments, "--out", "r")
    finished = nanosieve(*command, cwd=tmp_path, PYTHONPATH=path)
    assert finished.returncode == code
    assert who in finished.stderr
    assert "sabotage" in finished.stderr
    assert "Traceback" not in finished.stderr
    if code == 3:
        assert (tmp_path / "r" / "particles.csv").read_text().count("discs.tif") == 12
