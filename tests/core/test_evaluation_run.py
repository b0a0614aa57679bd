"""An evaluation over images: what fails does not stop the rest, and what is written reads back."""

import csv
import gc
import json
import weakref
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from label_images import squares
from nanosieve import Host, Micrograph, NanosieveError, Segmentation
from nanosieve.errors import ReadError, UsageError
from nanosieve.evaluation import Gallery, evaluate, summarise
from nanosieve.evaluation.files import write_scores
from nanosieve.evaluation.gallery import FALSE, FOUND, MISSED, SHOWN, TILE_WIDTH_PX, draw_tile
from nanosieve.evaluation.provenance import describe, warnings_of
from nanosieve.evaluation.selection import select
from nanosieve.evaluation.summary import ALL
from nanosieve.loading import Loaded, load_segmenter

PLACES = [(10, 10), (10, 40), (40, 10), (40, 40), (70, 10), (70, 40)]


@dataclass(frozen=True)
class Labelled:
    micrograph: Micrograph
    labels: np.ndarray
    classes: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Drawn:
    """Squares, bright on dark; `error` is raised instead where there is one."""

    name: str = "lab/a.png"
    source: str = "lab"
    group: str = "a"
    split: str = "validation"
    sha256: str = "0" * 64
    places: tuple = tuple(PLACES)
    pixel_size_nm: tuple | None = (2.0, 2.0)
    error: Exception | None = None
    loaded: list = field(default_factory=list, compare=False)

    def load(self):
        if self.error:
            raise self.error
        labels = squares(*self.places)
        micrograph = Micrograph(
            pixels=(labels > 0).astype(np.float32), name=self.name, pixel_size_nm=self.pixel_size_nm
        )
        self.loaded.append(weakref.ref(micrograph))
        return Labelled(micrograph, labels)


class Bright:
    """Finds exactly what is bright, but for the particles that it is told to overlook, and dirt."""

    def __init__(self, overlook=0, dirt=False):
        self.overlook, self.dirt = overlook, dirt

    def segment(self, micrograph):
        _, labels = cv2.connectedComponents((micrograph.pixels > 0.5).astype(np.uint8))
        labels = np.maximum(labels - self.overlook, 0)
        if self.dirt:
            labels[80:95, 80:95] = labels.max() + 1
        return Segmentation(labels=labels.astype(np.int32))


class Overlooked:
    """Finds nothing in pictures of two squares, and everything in others."""

    def segment(self, micrograph):
        found = Bright().segment(micrograph)
        return found if found.count > 2 else Segmentation(labels=np.zeros_like(found.labels))


class Broken:
    def segment(self, micrograph):
        raise ZeroDivisionError("no")


def value(summary, score, source=ALL):
    (row,) = summary[(summary["source"] == source) & (summary["score"] == score)].to_dict("records")
    return row


def entries(count, **options):
    return [Drawn(name=f"lab/{number}.png", **options) for number in range(count)]


def test_a_perfect_segmenter_has_perfect_scores():
    evaluation = evaluate(entries(3), Bright())
    summary = summarise(evaluation)
    for score in ("iou", "particles_f1", "instance_f1", "ap50_95", "panoptic_quality"):
        assert value(summary, score)["value"] == 1
    for score in ("rand_error", "d50_bias_percent", "pooled_d50_bias_percent", "pooled_count_error_percent"):
        assert value(summary, score)["value"] == 0
    assert evaluation.images["particles"].tolist() == evaluation.images["particles_found"].tolist() == [6] * 3


def test_overlooked_particles_and_dirt_are_counted():
    evaluation = evaluate(entries(1), Bright(overlook=2, dirt=True))
    (row,) = evaluation.images.to_dict("records")
    assert row["instance_recall"] == pytest.approx(4 / 6)
    assert row["instance_precision"] == pytest.approx(4 / 5)
    assert row["count_error_percent"] == pytest.approx(100 * (5 / 6 - 1))


@pytest.mark.parametrize(
    "error", [ReadError("'lab/bad.png' is cut off"), OSError("no such device"), MemoryError()]
)
def test_an_image_that_cannot_be_loaded_is_one_failure_and_the_rest_goes_on(error):
    evaluation = evaluate([Drawn(name="lab/bad.png", error=error), *entries(2)], Bright())
    assert len(evaluation.images) == 2
    (failure,) = evaluation.failures
    assert (failure.image, failure.stage) == ("lab/bad.png", "loading")
    assert failure.error


def test_a_segmenter_that_raises_is_a_failure_of_each_image_and_is_named():
    evaluation = evaluate(entries(2), Broken())
    assert evaluation.images.empty
    assert [failure.stage for failure in evaluation.failures] == ["segmenting"] * 2
    assert "Broken" in evaluation.failures[0].error
    assert summarise(evaluation).empty


def test_labels_of_another_size_are_a_failure():
    class Cropped(Drawn):
        def load(self):
            labelled = super().load()
            return Labelled(labelled.micrograph, labelled.labels[:50])

    (failure,) = evaluate([Cropped()], Bright()).failures
    assert "lab/a.png" in failure.error
    assert "(50, 100)" in failure.error


def test_one_micrograph_at_a_time_is_in_memory():
    alive = []
    seen = entries(4)

    def report(done, image, stage):
        if stage == "segmenting":
            gc.collect()
            alive.append(sum(ref() is not None for entry in seen for ref in entry.loaded))

    evaluate(seen, Bright(), observe=Gallery().add, report=report)
    assert alive == [1, 1, 1, 1]


def test_ctrl_c_keeps_what_was_done():
    class Interrupted(Drawn):
        def load(self):
            raise KeyboardInterrupt

    evaluation = evaluate([*entries(2), Interrupted(), *entries(2)], Bright())
    assert evaluation.interrupted
    assert len(evaluation.images) == 2


def test_each_source_has_its_own_figures_beside_those_of_all():
    other = [Drawn(name="b/1", source="b", places=tuple(PLACES[:2]))]
    summary = summarise(evaluate([*entries(3), *other], Bright(overlook=1)))
    assert summary["source"].unique().tolist() == [ALL, "b", "lab"]
    recalls = [value(summary, "instance_recall", source)["value"] for source in ("lab", "b", ALL)]
    assert recalls == pytest.approx([5 / 6, 1 / 2, (3 * 5 / 6 + 1 / 2) / 4])
    assert value(summary, "instance_recall")["images"] == 4
    # pooled, 16 of 20 particles; the mean of the images is another figure
    assert value(summary, "pooled_count_error_percent")["value"] == pytest.approx(-20)
    assert value(summary, "count_error_percent")["value"] == pytest.approx((3 * -100 / 6 - 50) / 4)


@pytest.mark.parametrize(("coarse", "bias"), [((4.0, 4.0), 300), (None, 0)])
def test_pooled_sizes_are_in_nm_where_all_images_have_a_scale(coarse, bias):
    # Of 8 fine and 6 coarse squares 4 and 5 are found, so the median moves from the fine to the coarse ones, which are
    # four times as large in nm and equal in px.
    fine = [
        Drawn(name=f"fine/{number}", places=tuple(PLACES[:2]), pixel_size_nm=(1.0, 1.0))
        for number in range(4)
    ]
    summary = summarise(evaluate([*fine, Drawn(name="coarse", pixel_size_nm=coarse)], Bright(overlook=1)))
    assert value(summary, "pooled_d50_bias_percent")["value"] == pytest.approx(bias)


def test_files_hold_what_was_found(tmp_path):
    bad = Drawn(name="=HYPERLINK(bad)", error=ReadError("cut off"))
    evaluation = evaluate([*entries(3), bad], Bright(overlook=6))
    summary = summarise(evaluation)
    written = write_scores(evaluation, summary, {"threshold": 0.5}, tmp_path)
    assert {path.name for path in written} == {
        "scores.csv",
        "summary.csv",
        "boundary.csv",
        "failures.csv",
        "scores.json",
    }
    with (tmp_path / "scores.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["image"] for row in rows] == ["lab/0.png", "lab/1.png", "lab/2.png"]
    assert {float(row["iou"]) for row in rows} == {0}
    found = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    # nothing found: no precision, and JSON has no NaN
    assert found["images"][0]["precision"] is None
    assert found["failures"] == [{"image": "=HYPERLINK(bad)", "stage": "loading", "error": "cut off"}]
    assert found["provenance"] == {"threshold": 0.5}
    assert len(found["summary"]) == len(summary)
    # a spreadsheet must not run it
    assert "'=HYPERLINK(bad)" in (tmp_path / "failures.csv").read_text(encoding="utf-8")


def test_an_empty_evaluation_can_be_written(tmp_path):
    evaluation = evaluate([], Bright())
    write_scores(evaluation, summarise(evaluation), {}, tmp_path)
    assert json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["images"] == []


def has_colour(picture, colour):
    return bool((np.abs(picture.astype(int) - colour).max(axis=2) <= 12).any())


def drawn(segmenter, **options):
    cases = []
    evaluate([Drawn(**options)], segmenter, observe=cases.append)
    tile = draw_tile(cases[0])
    # the legend has all colours; it lies below the square picture, which lies below the title
    return tile[: TILE_WIDTH_PX + 40]


@pytest.mark.parametrize(
    ("segmenter", "colours"),
    [
        (Bright(), {FOUND}),
        (Bright(overlook=6), {MISSED}),
        (Bright(overlook=6, dirt=True), {MISSED, FALSE}),
        (Bright(overlook=1, dirt=True), {FOUND, MISSED, FALSE}),
    ],
)
def test_the_picture_shows_found_missed_and_false_particles_in_their_colours(segmenter, colours):
    picture = drawn(segmenter)
    assert {colour for colour in (FOUND, MISSED, FALSE) if has_colour(picture, colour)} == colours


@pytest.mark.parametrize("position", [0, 3, SHOWN + 2])
def test_the_gallery_keeps_the_worst_whenever_it_comes(tmp_path, position):
    images = entries(SHOWN + 2)
    images.insert(position, Drawn(name="worst", places=((10, 10), (40, 40))))
    gallery = Gallery()
    evaluate(images, Overlooked(), observe=gallery.add)
    picture = cv2.imread(str(gallery.write(tmp_path / "worst.png")))[..., ::-1]
    assert picture.shape[1] == 3 * TILE_WIDTH_PX
    # the first tile misses both particles, in the others nothing is missed (below TILE_WIDTH_PX are legends)
    first, *others = (
        picture[: TILE_WIDTH_PX + 40, start : start + TILE_WIDTH_PX]
        for start in range(0, 2400, TILE_WIDTH_PX)
    )
    assert has_colour(first, MISSED)
    assert not any(has_colour(other, MISSED) for other in others)


def test_names_that_are_long_or_not_ascii_fit_their_tile():
    picture = drawn(Bright(), name="/".join(["Größenverteilung"] * 12))
    assert picture.shape[1] == TILE_WIDTH_PX


def test_a_gallery_of_nothing_is_refused(tmp_path):
    with pytest.raises(NanosieveError, match="no image was scored"):
        Gallery().write(tmp_path / "worst.png")


@pytest.mark.parametrize(("split", "count"), [("validation", 2), ("train", 3), ("all", 5)])
def test_a_split_has_its_own_images(tmp_path, split, count):
    everything = [*entries(3, split="train"), *entries(2)]
    assert len(select(everything, split, None, tmp_path)) == count


def test_an_empty_split_says_which_splits_are_not(tmp_path):
    with pytest.raises(UsageError, match=r"no image of split 'test'; it has 3 of 'train'"):
        select(entries(3, split="train"), "test", None, tmp_path / "data.toml")


def test_a_limit_is_spread_over_the_data(tmp_path):
    chosen = select(entries(100), "all", 4, tmp_path)
    assert [entry.name for entry in chosen] == ["lab/0.png", "lab/25.png", "lab/50.png", "lab/75.png"]
    assert len(select(entries(3), "all", 4, tmp_path)) == 3


@dataclass(frozen=True, kw_only=True)
class WithCard(Loaded):
    """A loaded model whose card lists the images that it was trained on."""

    card: object = None


@dataclass(frozen=True)
class Card:
    training: object


@dataclass(frozen=True)
class Training:
    images: tuple


@pytest.fixture
def data_file(tmp_path):
    path = tmp_path / "data.toml"
    path.write_text("")
    return path


def test_images_seen_in_training_are_warned_of_whatever_they_are_called(data_file):
    host = Host()
    loaded = load_segmenter("threshold", host)
    seen = Drawn(name="elsewhere/old_name.png", sha256="5" * 64)
    card = Card(Training((Drawn(name="new_name.png", sha256="5" * 64),)))
    model = WithCard(**{**vars(loaded), "card": card})
    record = describe(model, data_file, "test", [*entries(3), seen], host)
    assert record["seen_in_training"] == ["elsewhere/old_name.png"]
    (warning,) = warnings_of(record)
    assert "1 of these 4 images" in warning


def test_a_model_that_does_not_say_what_it_saw_is_recorded_as_such(data_file):
    host = Host()
    record = describe(load_segmenter("threshold", host), data_file, "test", entries(2), host)
    assert record["seen_in_training"] is None
    assert record["threshold"] == 0.5
    assert record["segmenter"]["name"] == "threshold"
    assert record["data"]["count"] == 2
    assert warnings_of(record) == []
    json.dumps(record, allow_nan=False)


def test_another_threshold_is_recorded_and_warned_of(data_file):
    host = Host()
    loaded = load_segmenter("threshold", host)
    lowered = Loaded(**{**vars(loaded), "settings": {"threshold": 0.3}})
    record = describe(lowered, data_file, "test", entries(2), host)
    assert record["threshold"] == 0.3
    (warning,) = warnings_of(record)
    assert "0.3" in warning
