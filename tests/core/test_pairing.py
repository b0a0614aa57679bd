"""Which of two models is better is told image by image."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nanosieve.errors import DataError
from nanosieve.evaluation.evaluate import Evaluation
from nanosieve.evaluation.pairing import compare_segmenters
from nanosieve.evaluation.shapes.answers import empty_several
from nanosieve.evaluation.shapes.evaluate import ShapeEvaluation
from nanosieve.evaluation.shapes.pairing import compare_classifiers
from nanosieve.measuring import Failure
from nanosieve.quality import Rules


def scored(quality, bias=None, failures=()):
    quality = np.asarray(quality, float)
    images = pd.DataFrame(
        {
            "image": [f"{number}.png" for number in range(len(quality))],
            "panoptic_quality": quality,
            "d50_bias_percent": np.zeros(len(quality)) if bias is None else np.asarray(bias, float),
            "count_error_percent": np.zeros(len(quality)),
        }
    )
    return Evaluation(images=images, sizes=(), offsets=(), failures=tuple(failures), interrupted=False)


def test_what_is_hard_about_an_image_cancels():
    # from image to image the scores differ by 0.2, the two models by 0.02 on each: only paired that is seen
    generator = np.random.default_rng(0)
    quality = generator.uniform(0.4, 0.9, 20)
    better = quality + 0.02 + generator.normal(0, 0.01, 20)
    difference = compare_segmenters(scored(quality), scored(better))[0]
    assert difference.gain == pytest.approx(np.mean(better - quality))
    assert difference.low > 0
    assert stats.ttest_ind(better, quality).pvalue > 0.5


def test_the_interval_is_that_of_student_where_differences_are_normal():
    generator = np.random.default_rng(1)
    first = generator.uniform(0.2, 0.8, 40)
    second = first + generator.normal(0.03, 0.05, 40)
    difference = compare_segmenters(scored(first), scored(second))[0]
    low, high = stats.ttest_rel(second, first).confidence_interval(0.95)
    # 1999 resamples know the ends of an interval to about 3 % of its width
    assert difference.low == pytest.approx(low, abs=0.08 * (high - low))
    assert difference.high == pytest.approx(high, abs=0.08 * (high - low))


def test_a_smaller_error_is_a_gain_whatever_its_sign():
    quality = np.full(12, 0.7)
    bias = compare_segmenters(scored(quality, bias=[-6] * 12), scored(quality, bias=[2] * 12))[1]
    assert (bias.score, bias.first, bias.second, bias.gain) == ("absolute_d50_bias_percent", 6, 2, 4)


def test_an_image_without_the_figure_is_left_out_for_both():
    first, second = np.array([0.5, np.nan, 0.6, 0.7, 0.8, 0.9]), np.array([0.6, 0.9, np.nan, 0.8, 0.9, 1.0])
    difference = compare_segmenters(scored(first), scored(second))[0]
    assert difference.images == 4
    assert difference.gain == pytest.approx(0.1)


def test_other_images_and_failures_cannot_be_paired():
    with pytest.raises(DataError, match=r"5\.png differs"):
        compare_segmenters(scored(np.ones(5)), scored(np.ones(6)))
    failed = scored(np.ones(5), failures=[Failure("9.png", "segmenting", "no memory")])
    with pytest.raises(DataError, match=r"9\.png"):
        compare_segmenters(scored(np.ones(5)), failed)


def answered(answers):
    """Images of two circles and a rod; one answer a particle, None where it was missed."""
    rows = [
        {"image": f"{number}.png", "true_class": truth, "best_class": answer}
        for number, image in enumerate(answers)
        for truth, answer in zip(("circle", "circle", "rod"), image, strict=True)
    ]
    return ShapeEvaluation(
        classes=("circle", "rod"),
        rules=Rules(),
        particles=pd.DataFrame(rows),
        several=empty_several(("circle", "rod")),
        images=len(answers),
        at_frame=0,
        failures=(),
        interrupted=False,
    )


def test_classes_count_the_same_however_many_particles_they_have():
    # all circles right and all rods wrong: 2 of 3 particles, but half of the classes
    first, second = [("circle", "circle", "circle")] * 6, [("circle", "circle", "rod")] * 6
    (difference,) = compare_classifiers(answered(first), answered(second))
    assert (difference.first, difference.second, difference.gain) == (0.5, 1.0, 0.5)
    assert difference.low > 0
    (back,) = compare_classifiers(answered(second), answered(first))
    assert back.high < 0


def test_a_particle_that_was_missed_is_wrong():
    first, second = [("circle", None, "rod")] * 6, [("circle", "circle", None)] * 6
    (difference,) = compare_classifiers(answered(first), answered(second))
    assert (difference.first, difference.second) == (0.75, 0.5)


def test_where_a_class_is_in_one_image_only_there_is_no_interval():
    answers = answered([("circle", "circle", "rod")] * 6)
    only = answers.particles[
        (answers.particles["true_class"] == "circle") | (answers.particles["image"] == "0.png")
    ]
    few = ShapeEvaluation(**{**vars(answers), "particles": only})
    (difference,) = compare_classifiers(few, few)
    assert np.isnan(difference.low)
    assert np.isnan(difference.high)
