"""A classifier over labelled images: what it is scored by, and that no image stops the rest."""

import csv
import json
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from label_images import squares
from nanosieve import Micrograph, Segmentation
from nanosieve.errors import ReadError, UsageError
from nanosieve.evaluation.shapes import Mistakes, confuse, evaluate_shapes, score_shapes, with_classes
from nanosieve.evaluation.shapes.files import write_shape_scores
from nanosieve.evaluation.shapes.mistakes import CAPTION_PX, SHOWN, TILE_PX
from nanosieve.evaluation.shapes.scores import MEAN
from nanosieve.quality import Rules

CLASSES = ("circle", "rod", "agglomerate")
# What `Told` says of a particle of each grey value; columns as in CLASSES.
CIRCLE, MAYBE_CIRCLE, ROD, AGGLOMERATE, MAYBE_ROD = 0.1, 0.2, 0.3, 0.4, 0.5
SAYS = {
    CIRCLE: (0.9, 0.1, 0),
    MAYBE_CIRCLE: (0.6, 0.3, 0.1),
    ROD: (0.2, 0.8, 0),
    AGGLOMERATE: (0, 0.05, 0.95),
    MAYBE_ROD: (0.2, 0.6, 0.2),
}
# True class and grey value of thirteen particles.
MIXED = (
    *(("circle", CIRCLE), ("circle", CIRCLE), ("circle", ROD), ("circle", MAYBE_CIRCLE)),
    *(("rod", ROD), ("rod", MAYBE_ROD), ("rod", MAYBE_ROD), ("rod", CIRCLE)),
    *(("agglomerate", AGGLOMERATE), ("agglomerate", ROD)),
    *(("star", MAYBE_CIRCLE), ("star", AGGLOMERATE), ("star", CIRCLE)),
)
RIGHT = (("circle", CIRCLE), ("rod", ROD), ("agglomerate", AGGLOMERATE))
PLACES = [(y, x) for y in range(10, 180, 40) for x in range(10, 180, 40)]


@dataclass(frozen=True)
class Image:
    micrograph: Micrograph
    labels: np.ndarray
    classes: dict


@dataclass(frozen=True)
class Drawn:
    """Squares of 20 px, each with a true class (None: not said) and a grey value."""

    particles: tuple = RIGHT
    name: str = "lab/a.png"
    source: str = "lab"
    group: str = "a"
    side: int = 20
    classes: dict | None = None
    error: BaseException | None = None

    def load(self):
        if self.error:
            raise self.error
        labels = squares(*PLACES[: len(self.particles)], side=self.side, shape=(200, 200))
        grey = np.array([1.0, *(value for _, value in self.particles)], np.float32)
        named = {label: name for label, (name, _) in enumerate(self.particles, 1) if name}
        return Image(
            Micrograph(pixels=grey[labels], name=self.name),
            labels,
            named if self.classes is None else self.classes,
        )


@dataclass
class Told:
    """Answers by the darkest grey value of a particle; `seen` counts what it was asked."""

    classes: tuple = CLASSES
    seen: list = field(default_factory=list)

    def classify(self, particles):
        self.seen.append(len(particles))
        greys = [particle.pixels.min() for particle in particles]
        rows = [SAYS[round(float(grey), 1)] for grey in greys]
        return np.array(rows, np.float32).reshape(len(rows), len(CLASSES))


class AlwaysRod:
    classes = CLASSES

    def classify(self, particles):
        return np.tile(np.array([[0, 1, 0]], np.float32), (len(particles), 1))


@dataclass
class Shifted:
    """The squares of a `Drawn`, moved to the right, in the opposite order, the first few overlooked."""

    shift: int = 0
    overlook: int = 0

    def segment(self, micrograph):
        _, labels = cv2.connectedComponents((micrograph.pixels < 1).astype(np.uint8))
        count = labels.max()
        backwards = np.where(labels > self.overlook, count + 1 - labels, 0)
        return Segmentation(labels=np.roll(backwards, self.shift, axis=1).astype(np.int32))


def of_class(scores, name):
    (row,) = scores.classes[scores.classes["class"] == name].to_dict("records")
    return row


def over_all(scores):
    return {row["score"]: row for row in scores.overall.to_dict("records")}


def papers(count, particles, source="lab"):
    return [
        Drawn(particles, name=f"{source}/{number}", source=source, group=str(number))
        for number in range(count)
    ]


@dataclass(frozen=True)
class Moved(Drawn):
    """The same, rolled up so that the frame cuts the first row of squares, or `short` of that in px."""

    short: int = 0

    def load(self):
        image = super().load()
        up = PLACES[0][0] + 5 - self.short
        pixels = np.roll(image.micrograph.pixels, -up, axis=0)
        labels = np.roll(image.labels, -up, axis=0)
        labels[-up:] = 0
        pixels[-up:] = 1
        return Image(Micrograph(pixels=pixels, name=self.name), labels, image.classes)


def test_what_the_frame_cuts_is_left_out_where_particles_are_found_and_not_as_they_are_drawn():
    # the first of five rows of five squares is cut
    drawn = Moved(MIXED)
    found = evaluate_shapes([drawn], Told(), segmenter=Shifted())
    assert found.at_frame == 5
    assert found.particles["label"].tolist() == list(range(6, 14))
    assert found.particles["found"].all()
    as_drawn = evaluate_shapes([drawn], Told())
    assert (as_drawn.at_frame, len(as_drawn.particles)) == (0, 13)
    sized = evaluate_shapes([drawn], Told(), segmenter=Shifted(), rules=Rules(edge=False))
    assert (sized.at_frame, len(sized.particles)) == (0, 13)


class Wider:
    """The squares of a `Drawn`, a pixel larger on each side."""

    def segment(self, micrograph):
        _, labels = cv2.connectedComponents((micrograph.pixels < 1).astype(np.uint8))
        return Segmentation(labels=cv2.dilate(labels.astype(np.float32), np.ones((3, 3))).astype(np.int32))


def test_what_the_frame_cuts_as_found_is_left_out_too():
    # the first row is drawn one pixel from the frame, and found up to it
    drawn = Moved(MIXED, short=6)
    assert evaluate_shapes([drawn], Told(), segmenter=Shifted()).at_frame == 0
    assert evaluate_shapes([drawn], Told(), segmenter=Wider()).at_frame == 5


def test_scores_are_those_counted_by_hand():
    evaluation = evaluate_shapes([Drawn(MIXED)], Told())
    scores = score_shapes(evaluation)
    circle, rod, pile, star = (of_class(scores, name) for name in (*CLASSES, "star"))
    # two of three sure answers are right; of all four the likeliest class is right three times; one is unknown
    assert [circle[key] for key in ("particles", "accuracy", "accuracy_of_all", "unknown")] == pytest.approx(
        [4, 2 / 3, 3 / 4, 1 / 4]
    )
    assert [rod[key] for key in ("particles", "accuracy", "accuracy_of_all", "unknown")] == pytest.approx(
        [4, 1 / 2, 3 / 4, 2 / 4]
    )
    assert [pile[key] for key in ("particles", "accuracy", "accuracy_of_all", "unknown")] == pytest.approx(
        [2, 1 / 2, 1 / 2, 0]
    )
    assert (star["known"], star["particles"], star["unknown"]) == (False, 3, pytest.approx(1 / 3))
    assert np.isnan(star["accuracy"])
    mean = of_class(scores, MEAN)
    assert mean["particles"] == 10
    assert mean["accuracy"] == pytest.approx((2 / 3 + 1 / 2 + 1 / 2) / 3)
    figures = over_all(scores)
    assert figures["balanced_accuracy"]["value"] == mean["accuracy"]
    assert figures["balanced_accuracy_of_all"]["value"] == pytest.approx((3 / 4 + 3 / 4 + 1 / 2) / 3)
    # one of two agglomerates is taken for a rod; of three stars one is unknown, one an agglomerate, one a circle
    assert figures["leakage"]["value"] == pytest.approx(1 / 2)
    assert figures["unseen_rejected"]["value"] == pytest.approx(2 / 3)
    # confidence 0.9, 0.8, 0.6 and 0.95 lie in bins of their own, with 2 of 3, 1 of 3, 3 of 3 and 1 of 1 right
    gaps = abs(2 - 2.7) + abs(1 - 2.4) + abs(3 - 1.8) + abs(1 - 0.95)
    assert figures["calibration_error"]["value"] == pytest.approx(gaps / 10)
    # with the three stars, none of which is called unknown
    gaps = abs(2 - 3.6) + abs(1 - 2.4) + abs(3 - 2.4) + abs(1 - 1.9)
    assert figures["calibration_error_with_unseen"]["value"] == pytest.approx(gaps / 13)


def test_confusion_has_a_row_for_each_true_class_and_a_column_for_each_answer():
    found = confuse(evaluate_shapes([Drawn(MIXED)], Told()).particles, CLASSES)
    assert list(found.index) == [*CLASSES, "star"]
    assert list(found.columns) == [*CLASSES, "unknown"]
    assert found.to_numpy().tolist() == [[2, 1, 0, 1], [1, 1, 0, 2], [0, 1, 1, 0], [1, 0, 1, 1]]


def test_a_classifier_that_is_always_right_has_perfect_scores():
    figures = over_all(score_shapes(evaluate_shapes(papers(6, RIGHT), Told())))
    for score in ("balanced_accuracy", "balanced_accuracy_of_all"):
        assert (figures[score]["value"], figures[score]["high"]) == (1, 1)
        # Six groups without an error happen once in forty times where a group has one with 46 %.
        assert figures[score]["low"] == pytest.approx(0.025 ** (1 / 6))
    assert figures["unknown"]["value"] == figures["leakage"]["value"] == 0
    assert np.isnan(figures["unseen_rejected"]["value"])
    assert np.isnan(figures["calibration_error_with_unseen"]["value"])


def test_a_classifier_with_one_answer_is_right_for_that_class_only():
    # Four times as many rods as others do not help it: each class counts once.
    scores = score_shapes(evaluate_shapes([Drawn((*RIGHT, *[("rod", ROD)] * 3))], AlwaysRod()))
    assert [of_class(scores, name)["accuracy"] for name in CLASSES] == [0, 1, 0]
    figures = over_all(scores)
    assert figures["balanced_accuracy"]["value"] == pytest.approx(1 / 3)
    # sure of all six, right with four
    assert figures["calibration_error"]["value"] == pytest.approx(2 / 6)
    assert figures["leakage"]["value"] == 1


@pytest.mark.parametrize(("limit", "unknown"), [(0.0, 0), (0.75, 0.5), (0.89, 0.5), (0.91, 1)])
def test_answers_below_the_limit_of_confidence_are_unknown(limit, unknown):
    particles = (("circle", CIRCLE), ("circle", MAYBE_CIRCLE))
    evaluation = evaluate_shapes([Drawn(particles)], Told(), rules=Rules(confidence=limit))
    assert of_class(score_shapes(evaluation), "circle")["unknown"] == unknown


def test_what_is_lost_to_shapes_never_learnt_is_told_from_a_lack_of_confidence():
    classes = ("circle", "rod", "unknown")
    particles = (("circle", CIRCLE), ("rod", AGGLOMERATE), ("rod", MAYBE_ROD), ("star", AGGLOMERATE))
    figures = over_all(score_shapes(evaluate_shapes([Drawn(particles)], Told(classes))))
    # one rod is most likely none of the classes, one is a rod of which the classifier is not sure
    assert figures["known_lost"]["value"] == pytest.approx(1 / 3)
    assert figures["unknown"]["value"] == pytest.approx((0 + 1) / 2)
    # the star is rightly called unknown: of the two with confidence 0.95 one is wrong, the others are right
    gaps = abs(1 - 0.9) + abs(1 - 2 * 0.95) + abs(1 - 0.6)
    assert figures["calibration_error_with_unseen"]["value"] == pytest.approx(gaps / 4)


def test_found_particles_have_the_class_of_the_labelled_ones_that_they_cover():
    # 18 of 20 columns overlap, so the IoU is 18 / 22; the segmenter counts the other way round.
    evaluation = evaluate_shapes(papers(2, MIXED), Told(), segmenter=Shifted(shift=2, overlook=1))
    assert evaluation.particles["found"].tolist() == [False, *[True] * 12] * 2
    missed, *found = evaluation.particles.to_dict("records")[:13]
    assert np.isnan(missed["confidence"])
    confident = [max(SAYS[grey]) for _, grey in MIXED[1:]]
    assert [row["confidence"] for row in found] == pytest.approx(confident)
    circle = of_class(score_shapes(evaluation), "circle")
    assert (circle["particles"], circle["missed"]) == (6, 2)
    # one right answer, one wrong, one unknown an image: what was missed is not wrong
    assert circle["accuracy"] == pytest.approx(1 / 2)


@dataclass
class Joining:
    """The squares of a `Drawn` as they are, but for those of the first row up to a column: they are one."""

    until: int

    def segment(self, micrograph):
        _, labels = cv2.connectedComponents((micrograph.pixels < 1).astype(np.uint8))
        joined = labels.astype(np.int32)
        joined[PLACES[0][0] : PLACES[0][0] + 20, PLACES[0][1] : self.until] = 1
        return Segmentation(
            labels=np.unique(joined, return_inverse=True)[1].reshape(joined.shape).astype(np.int32)
        )


# from 10 to 57 px there are 20 px of the first square, a gap, and 7 of the second one, 15 % of what is found; up to 63
# px there are 13 of it, a quarter
@pytest.mark.parametrize(("until", "several"), [(57, 0), (63, 1), (70, 1)])
def test_what_holds_several_is_none_of_them_and_should_not_be_sized(until, several, tmp_path):
    particles = (("circle", CIRCLE), ("circle", CIRCLE), *RIGHT[1:])
    mistakes = Mistakes(CLASSES, Rules().excluded_classes)
    evaluation = evaluate_shapes(papers(6, particles), Told(), segmenter=Joining(until), observe=mistakes.add)
    assert len(evaluation.several) == 6 * several
    figures = over_all(score_shapes(evaluation))
    found = evaluation.particles["found"].tolist()[:4]
    if several:
        # neither of the two is found: what was found would be sized as a circle
        assert found == [False, False, True, True]
        assert figures["several_accepted"]["value"] == 1
        assert figures["several_accepted"]["particles"] == 6
        assert of_class(score_shapes(evaluation), "circle")["particles"] == 0
        assert tiles_of(mistakes.write(tmp_path / "mistakes.png"))[:6] == [1.0] * 6
    else:
        assert np.isnan(figures["several_accepted"]["value"])
    # found as an agglomerate it does no harm
    piles = [Drawn((("circle", AGGLOMERATE), ("circle", AGGLOMERATE)))]
    kept_out = over_all(score_shapes(evaluate_shapes(piles, Told(), segmenter=Joining(70))))
    assert (kept_out["several_accepted"]["value"], kept_out["several_accepted"]["particles"]) == (0, 1)


@pytest.mark.parametrize("segmenter", [Shifted(shift=12), Shifted(overlook=3)])
def test_where_nothing_is_found_all_is_missed_and_nothing_is_wrong(segmenter, tmp_path):
    # 12 px aside the IoU is 8 / 32
    evaluation = evaluate_shapes([Drawn()], Told(), segmenter=segmenter)
    scores = score_shapes(evaluation)
    assert not evaluation.failures
    assert [of_class(scores, name)["missed"] for name in CLASSES] == [1, 1, 1]
    assert scores.overall["value"].isna().all()
    write_shape_scores(evaluation, scores, {}, tmp_path)


def test_particles_without_a_class_are_classified_but_not_scored():
    told = Told()
    evaluation = evaluate_shapes([Drawn((*RIGHT, (None, ROD)))], told)
    assert told.seen == [4]
    assert evaluation.particles["label"].tolist() == [1, 2, 3]


def test_a_particle_of_one_pixel_is_scored_and_drawn(tmp_path):
    mistakes = Mistakes(CLASSES, Rules().excluded_classes)
    evaluation = evaluate_shapes([Drawn((("circle", ROD),), side=1)], Told(), observe=mistakes.add)
    assert evaluation.particles["answer"].tolist() == ["rod"]
    picture = cv2.imread(str(mistakes.write(tmp_path / "mistakes.png")))
    assert picture.shape == (TILE_PX + CAPTION_PX, TILE_PX, 3)


def test_excluded_classes_that_nobody_has_leave_nothing_to_leak():
    evaluation = evaluate_shapes([Drawn(MIXED)], Told(), rules=Rules(excluded_classes=("dust",)))
    figures = over_all(score_shapes(evaluation))
    assert np.isnan(figures["leakage"]["value"])
    # an agglomerate is now a class like others, so only the unknown star is rejected
    assert figures["unseen_rejected"]["value"] == pytest.approx(1 / 3)


def test_the_interval_follows_the_number_of_groups_not_of_particles():
    # Five papers are all right and five all wrong: twenty circles each say no more than one.
    entries = [*papers(5, (("circle", CIRCLE),) * 20, "a"), *papers(5, (("circle", ROD),) * 20, "b")]
    figure = over_all(score_shapes(evaluate_shapes(entries, Told())))["balanced_accuracy"]
    assert (figure["value"], figure["groups"], figure["particles"]) == (0.5, 10, 200)
    # t interval of ten values, five 0 and five 1: 0.5 -+ 2.262 * 0.527 / sqrt(10)
    assert figure["high"] - figure["low"] == pytest.approx(2 * 0.377, abs=0.1)


def test_groups_of_the_same_name_in_two_sources_are_two():
    entries = [*papers(3, RIGHT, "a"), *papers(3, RIGHT, "b")]
    assert over_all(score_shapes(evaluate_shapes(entries, Told())))["calibration_error"]["groups"] == 6


def test_a_class_of_few_groups_has_no_interval_though_others_have():
    entries = [*papers(4, RIGHT, "a"), *papers(4, (("circle", CIRCLE),), "b")]
    scores = score_shapes(evaluate_shapes(entries, Told()))
    assert of_class(scores, "circle")["accuracy_low"] == pytest.approx(0.025 ** (1 / 8))
    assert np.isnan(of_class(scores, "rod")["accuracy_low"])
    # the mean over classes knows no more of rods
    assert np.isnan(of_class(scores, MEAN)["accuracy_low"])


@pytest.mark.parametrize(
    ("bad", "stage", "word"),
    [
        (Drawn(name="lab/bad", error=ReadError("cut off")), "loading", "cut off"),
        (Drawn(name="lab/bad", error=MemoryError()), "loading", "MemoryError"),
        (Drawn(name="lab/bad", classes={4: "rod"}), "loading", "labels go from 1 to 3"),
        (Drawn((("rod", 0.7),), name="lab/bad"), "classifying", "Told raised KeyError"),
    ],
)
def test_a_bad_image_is_one_failure_and_the_rest_goes_on(bad, stage, word):
    evaluation = evaluate_shapes([bad, *papers(2, RIGHT)], Told())
    (failure,) = evaluation.failures
    assert (failure.image, failure.stage) == ("lab/bad", stage)
    assert word in failure.error
    assert evaluation.images == 2
    assert len(evaluation.particles) == 6


def test_ctrl_c_keeps_what_was_done():
    entries = [*papers(2, RIGHT), Drawn(error=KeyboardInterrupt()), *papers(2, RIGHT)]
    evaluation = evaluate_shapes(entries, Told())
    assert evaluation.interrupted
    assert evaluation.images == 2


def test_images_without_classes_are_left_out_and_data_without_any_are_refused(tmp_path):
    bare, classed = Drawn(classes={}), Drawn(classes={1: "rod"})
    assert with_classes([bare, classed], tmp_path) == [classed]
    with pytest.raises(UsageError, match=r'none of its 2 images .* classes = "classes.csv"'):
        with_classes([bare, bare], tmp_path / "data.toml")


def test_files_hold_what_was_found(tmp_path):
    bad = Drawn(name="=HYPERLINK(bad)", error=ReadError("cut off"))
    evaluation = evaluate_shapes([*papers(1, MIXED), bad], Told(), segmenter=Shifted(overlook=1))
    scores = score_shapes(evaluation)
    written = write_shape_scores(evaluation, scores, {"rules": {}}, tmp_path)
    tables = {
        f"{name}.csv" for name in ("particles", "several", "classes", "confusion", "calibration", "failures")
    }
    assert {path.name for path in written} == tables | {"confusion.png", "calibration.png", "scores.json"}
    with (tmp_path / "particles.csv").open(encoding="utf-8") as file:
        missed, right, wrong, *_ = csv.DictReader(file)
    assert (missed["true_class"], missed["answer"], missed["p_rod"]) == ("circle", "", "")
    assert (right["true_class"], right["answer"], round(float(right["p_circle"]), 3)) == (
        "circle",
        "circle",
        0.9,
    )
    assert (wrong["answer"], wrong["best_class"], wrong["label"]) == ("rod", "rod", "3")
    with (tmp_path / "classes.csv").open(encoding="utf-8") as file:
        assert [row["class"] for row in csv.DictReader(file)] == [*CLASSES, "star", MEAN]
    assert "'=HYPERLINK(bad)" in (tmp_path / "failures.csv").read_text(encoding="utf-8")
    record = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    # never-learnt shapes have no accuracy, and JSON has no NaN
    assert record["classes"][3]["accuracy"] is None
    assert sum(row["particles"] for row in record["calibration"]) == 9
    assert record["failures"] == [{"image": "=HYPERLINK(bad)", "stage": "loading", "error": "cut off"}]


def test_an_empty_evaluation_can_be_written(tmp_path):
    evaluation = evaluate_shapes([], Told())
    write_shape_scores(evaluation, score_shapes(evaluation), {}, tmp_path)
    record = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert [row["particles"] for row in record["classes"]] == [0, 0, 0, 0]


def tiles_of(path):
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    rows, columns = picture.shape[0] // (TILE_PX + CAPTION_PX), picture.shape[1] // TILE_PX
    # the middle of a tile is the middle of its particle
    return [
        round(
            int(picture[row * (TILE_PX + CAPTION_PX) + TILE_PX // 2, column * TILE_PX + TILE_PX // 2]) / 255,
            1,
        )
        for row in range(rows)
        for column in range(columns)
    ]


def test_the_gallery_shows_the_most_confident_mistakes_first_whenever_they_come(tmp_path):
    mistakes = Mistakes(CLASSES, Rules().excluded_classes)
    # 25 rods taken for circles, 25 circles taken for rods, and one taken for an agglomerate
    entries = [
        Drawn((("circle", ROD),) * 25, name="1"),
        Drawn((("rod", CIRCLE),) * 25, name="2"),
        Drawn((("circle", AGGLOMERATE), *RIGHT, ("circle", MAYBE_ROD)), name="3"),
    ]
    evaluate_shapes(entries, Told(), observe=mistakes.add)
    greys = tiles_of(mistakes.write(tmp_path / "mistakes.png"))
    assert greys == [AGGLOMERATE, *[CIRCLE] * 25, *[ROD] * (SHOWN - 26)]


def test_what_the_model_never_learnt_is_a_mistake_only_where_it_is_sized(tmp_path):
    mistakes = Mistakes(CLASSES, Rules().excluded_classes)
    particles = (("star", AGGLOMERATE), ("star", CIRCLE), ("star", MAYBE_ROD))
    evaluate_shapes([Drawn(particles)], Told(), observe=mistakes.add)
    assert tiles_of(mistakes.write(tmp_path / "mistakes.png")) == [CIRCLE]


def test_without_a_mistake_the_picture_says_so(tmp_path):
    picture = cv2.imread(str(Mistakes(CLASSES, ()).write(tmp_path / "mistakes.png")))
    assert np.ptp(picture) > 100
