"""How good a segmenter is on images that people labelled; `nanosieve.evaluation.shapes` is about classifiers."""

from nanosieve.evaluation.evaluate import Case, Evaluation, evaluate
from nanosieve.evaluation.gallery import Gallery
from nanosieve.evaluation.instances import score_instances
from nanosieve.evaluation.pixels import score_pixels
from nanosieve.evaluation.sizes import score_sizes
from nanosieve.evaluation.summary import summarise
from nanosieve.matching import Overlap, match, overlap_of

__all__ = [
    "Case",
    "Evaluation",
    "Gallery",
    "Overlap",
    "evaluate",
    "match",
    "overlap_of",
    "score_instances",
    "score_pixels",
    "score_sizes",
    "summarise",
]
