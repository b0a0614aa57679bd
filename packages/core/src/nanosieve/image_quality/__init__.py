"""How good a picture is for measuring: numbers of each image, and flags where one is beyond its limit."""

from nanosieve.image_quality.assessing import Assessment, assess
from nanosieve.image_quality.flags import FLAGS, QUALITY_COLUMNS, Flag

__all__ = ["FLAGS", "QUALITY_COLUMNS", "Assessment", "Flag", "assess"]
