"""How good a classifier is on particles whose shape people named."""

from nanosieve.evaluation.shapes.calibration import calibrate, expected_calibration_error
from nanosieve.evaluation.shapes.confusion import confuse
from nanosieve.evaluation.shapes.evaluate import ShapeCase, ShapeEvaluation, evaluate_shapes
from nanosieve.evaluation.shapes.mistakes import Mistakes
from nanosieve.evaluation.shapes.scores import ShapeScores, score_shapes
from nanosieve.evaluation.shapes.selection import with_classes

__all__ = [
    "Mistakes",
    "ShapeCase",
    "ShapeEvaluation",
    "ShapeScores",
    "calibrate",
    "confuse",
    "evaluate_shapes",
    "expected_calibration_error",
    "score_shapes",
    "with_classes",
]
