"""A user's words become one tool, or a clear refusal."""

import numpy as np
import pytest
from pydantic import Field

from nanosieve import Config, Host, ModelStoreSpec, Segmentation, SegmenterSpec, hookimpl
from nanosieve.errors import ContractError, ModelError, PluginError, UsageError
from nanosieve.loading import load_segmenter
from nanosieve.models import ModelCard, write_card
from nanosieve.values import Micrograph


class GridConfig(Config):
    pitch: int = Field(4, ge=1, description="Distance of the lines.")


class Grid:
    def __init__(self, context):
        self.pitch = context.config.pitch

    def segment(self, micrograph):
        labels = np.zeros(micrograph.shape, np.int32)
        labels[:: self.pitch] = 1
        return Segmentation(labels=labels)


class Plugin:
    build = Grid

    @hookimpl
    def nanosieve_segmenters(self):
        yield SegmenterSpec(name="grid", summary="Every few lines.", build=self.build, config=GridConfig)


@pytest.fixture
def host():
    return Host(Plugin(), entry_points=False)


def model(folder, **changes):
    folder.mkdir()
    card = ModelCard(name="m", kind="segmenter", plugin="grid", plugin_version="1", config={"pitch": 3})
    write_card(folder, card.model_copy(update=changes))
    return folder


def test_a_plain_word_is_a_plugin_and_all_its_settings_are_kept(host):
    loaded = load_segmenter("grid", host)
    assert loaded.provenance()["settings"] == {"pitch": 4}
    assert load_segmenter("grid", host, {"pitch": 2}).tool.segmenter.pitch == 2


def test_a_misspelt_name_gets_the_close_match(host):
    with pytest.raises(UsageError, match="did you mean 'grid'"):
        load_segmenter("gird", host)


def test_a_misspelt_option_gets_the_close_match(host):
    with pytest.raises(UsageError, match=r"no option 'ptich'; did you mean 'pitch'\?"):
        load_segmenter("grid", host, {"ptich": 2})


def test_an_option_out_of_range_is_named_with_its_value(host):
    with pytest.raises(UsageError, match=r"'pitch' = 0: .*greater than or equal to 1"):
        load_segmenter("grid", host, {"pitch": 0})


def test_a_folder_is_a_model_and_the_user_overrides_it(host, tmp_path):
    folder = model(tmp_path / "m")
    loaded = load_segmenter(str(folder), host)
    assert loaded.provenance()["settings"] == {"pitch": 3}
    assert len(loaded.model_digest) == 64
    assert load_segmenter(folder.as_uri(), host, {"pitch": 5}).tool.segmenter.pitch == 5


def test_a_word_that_is_both_plugin_and_model_is_refused_with_both_readings(host, tmp_path, monkeypatch):
    model(tmp_path / "grid")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"both a segmenter and a model folder.*'\./grid'"):
        load_segmenter("grid", host)
    assert load_segmenter("./grid", host).tool.segmenter.pitch == 3


def test_a_model_of_a_plugin_that_is_not_here_says_which(host, tmp_path):
    folder = model(tmp_path / "m", plugin="unetpp")
    with pytest.raises(ModelError, match="needs a plugin that is not here: no segmenter is called 'unetpp'"):
        load_segmenter(str(folder), host)


def test_a_classifier_is_no_segmenter(host, tmp_path):
    folder = model(tmp_path / "m", kind="classifier")
    with pytest.raises(UsageError, match="is a model of a classifier, not of a segmenter"):
        load_segmenter(str(folder), host)


def test_a_scheme_without_a_store_lists_the_stores(host):
    with pytest.raises(UsageError, match=r"no model store answers 'models'.*file:"):
        load_segmenter("models:/spheres@champion", host)


class AddressConfig(Config):
    url: str = Field("", description="Where it is.")
    pitch: int = Field(4, description="Distance of the lines.")


class Addressed:
    @hookimpl
    def nanosieve_segmenters(self):
        yield SegmenterSpec(
            name="far", summary="Elsewhere.", build=Grid, config=AddressConfig, schemes=("far",)
        )


def test_an_address_goes_to_the_plugin_that_takes_its_scheme():
    loaded = load_segmenter("far://lab:80/x", Host(Addressed(), entry_points=False), {"pitch": 2})
    assert loaded.name == "far"
    assert loaded.provenance()["settings"] == {"url": "far://lab:80/x", "pitch": 2}
    assert loaded.model == ""


def test_an_address_that_two_could_take_is_refused_with_both():
    class Store:
        @hookimpl
        def nanosieve_model_stores(self):
            yield ModelStoreSpec(name="vault", summary="Far.", schemes=("far",), build=lambda context: self)

    with pytest.raises(UsageError, match=r"meant for segmenter 'far' of .* or model store 'vault' of "):
        load_segmenter("far:x", Host(Addressed(), Store(), entry_points=False))


def test_a_store_that_raises_is_named():
    class Store:
        @hookimpl
        def nanosieve_model_stores(self):
            yield ModelStoreSpec(
                name="vault", summary="Shut.", schemes=("vault",), build=lambda context: self
            )

        def fetch(self, uri):
            raise ConnectionError("the vault is shut")

    with pytest.raises(
        PluginError, match=r"model store 'vault' of .* raised ConnectionError: the vault is shut"
    ):
        load_segmenter("vault:spheres", Host(Store(), entry_points=False))


def plugin_that(segment):
    class Broken(Plugin):
        build = staticmethod(lambda context: type("Tool", (), {"segment": staticmethod(segment)})())

    return Host(Broken(), entry_points=False)


IMAGE = Micrograph(pixels=np.zeros((3, 4), np.float32), name="x")


def test_a_segmenter_that_raises_is_named():
    def segment(micrograph):
        raise ZeroDivisionError("oh")

    with pytest.raises(PluginError, match=r"segmenter 'grid' of .* raised ZeroDivisionError: oh"):
        load_segmenter("grid", plugin_that(segment)).tool.segment(IMAGE)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (np.zeros((4, 3), np.int32), r"must be \(3, 4\) int32"),
        (np.zeros((3, 4), np.int64), "int32, not"),
        (np.full((3, 4), 2, np.int32), "lack label 1"),
        (np.full((3, 4), -1, np.int32), "must not be negative"),
    ],
)
def test_nonsense_is_refused_with_the_clause_that_it_breaks(labels, said):
    tool = load_segmenter("grid", plugin_that(lambda micrograph: Segmentation(labels=labels))).tool
    with pytest.raises(ContractError, match=said):
        tool.segment(IMAGE)


def test_a_foreground_with_nan_is_refused():
    answer = Segmentation(labels=np.zeros((3, 4), np.int32), foreground=np.full((3, 4), np.nan, np.float32))
    with pytest.raises(ContractError, match=r"must lie in \[0, 1\]"):
        load_segmenter("grid", plugin_that(lambda micrograph: answer)).tool.segment(IMAGE)
