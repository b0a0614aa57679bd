"""What a user asks for is checked before an image is opened."""

from nanosieve import Host
from nanosieve.cli.request import make_request

HOST = Host()


def notes(*settings, classifier="geometry"):
    return make_request(HOST, segmenter="threshold", classifier=classifier, settings=settings).notes


def test_a_class_to_exclude_that_nobody_answers_is_named():
    (note,) = notes('rules.excluded_classes=["rods", "agglomerate"]')
    assert "'rods'" in note
    assert "geometry" in note
    assert "rod, triangle" in note


def test_the_usual_classes_to_exclude_need_not_be_known():
    assert not notes()
    assert not notes('rules.excluded_classes=["covered", "rod"]')
    assert not notes('rules.excluded_classes=["rods"]', classifier=None)
