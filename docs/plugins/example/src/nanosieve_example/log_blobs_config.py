"""The options of the segmenter `log_blobs`."""

from pydantic import Field

import nanosieve


class LogBlobsConfig(nanosieve.Config):
    """Options of the segmenter `log_blobs`."""

    radius_px: float = Field(8, ge=2, le=40, description="Radius of the blobs that answer most, in px.")
    sensitivity: float = Field(
        0.05, gt=0, le=1, description="Least answer; a full blob of full contrast answers 1."
    )
