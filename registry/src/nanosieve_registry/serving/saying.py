"""What an answer says of the picture beside its table."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from nanosieve.pipeline import Analysis


def image_said(analysis: Analysis, digest: str) -> dict[str, Any]:
    """Scale, polarity, model and warnings of one picture.

    Parameters
    ----------
    digest : SHA-256 of its file
    """
    micrograph = analysis.micrograph
    y_nm, x_nm = micrograph.pixel_size_nm or (None, None)
    return {
        "image": {
            "name": micrograph.name,
            "sha256": digest,
            "pixel_size_nm": x_nm,
            "pixel_size_y_nm": y_nm,
            "pixel_size_source": micrograph.pixel_size_source,
            "polarity": analysis.particles.micrograph.polarity,
            "model": analysis.segmentation.model,
            "warnings": [*micrograph.warnings, *analysis.segmentation.warnings],
        },
        "failures": [asdict(failure) for failure in analysis.failures],
    }
