"""Segmenter `threshold`: particles are what is brighter, or darker, than a threshold."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.filters import threshold_li, threshold_otsu

from nanosieve import Context, Micrograph, Segmentation
from nanosieve.labels import components, fill_holes, relabel
from nanosieve.polarity import find_polarity
from nanosieve_segmenters.edge_position import refine
from nanosieve_segmenters.ground import flattened, local_mean
from nanosieve_segmenters.splitting import split_touching
from nanosieve_segmenters.threshold_config import ThresholdConfig

# White noise keeps 1/16 of its variance when a Gaussian four times as wide smooths it, a picture of particles most.
NOISE_SHARE = 0.12
NOISE_SIGMAS_PX = (1.0, 4.0)


def build(context: Context) -> ThresholdSegmenter:
    """Build the segmenter."""
    assert isinstance(context.config, ThresholdConfig)
    return ThresholdSegmenter(context.config)


class ThresholdSegmenter:
    """Threshold, split, refine the edge."""

    def __init__(self, config: ThresholdConfig) -> None:
        self.config = config

    def segment(self, micrograph: Micrograph) -> Segmentation:
        """Label the particles; their edge lies at half height, see `nanosieve_segmenters.edge_position`."""
        config = self.config
        valid = np.ones(micrograph.shape, bool) if micrograph.valid is None else micrograph.valid
        grey = self._bright(micrograph)
        if is_noise(grey):
            return Segmentation(
                labels=np.zeros(grey.shape, np.int32), foreground=np.zeros(grey.shape, np.float32)
            )
        smooth = cv2.GaussianBlur(grey, (0, 0), config.smoothing_px) if config.smoothing_px else grey
        mask = self._above(smooth) & valid
        if config.flatten != "off":
            level = flattened(smooth, mask, config.ground_px, config.flatten == "on")
            mask = self._above(level) & valid
        labels = components(mask, config.min_area_px)
        areas = np.bincount(labels.ravel())[1:]
        hole = config.largest_hole * float(np.median(areas)) if areas.size else 0
        labels = components(fill_holes(labels > 0, hole) & valid, config.min_area_px)
        if config.split:
            labels = split_touching(labels, config.neck)
        labels, foreground = refine(grey, labels)
        large = np.bincount(labels.ravel(), minlength=1) >= config.min_area_px
        labels = relabel(np.where(large[labels] & valid, labels, 0))
        return Segmentation(labels=labels, foreground=np.where(valid, foreground, 0).astype(np.float32))

    def _bright(self, micrograph: Micrograph) -> np.ndarray:
        polarity = self.config.polarity
        if polarity == "auto":
            polarity = micrograph.polarity or find_polarity(micrograph.pixels, micrograph.valid)
        pixels = np.asarray(micrograph.pixels)
        return pixels if polarity == "bright" else 1 - pixels

    def _above(self, smooth: np.ndarray) -> np.ndarray:
        if smooth.min() == smooth.max():
            return np.zeros(smooth.shape, bool)
        if self.config.method == "local":
            return smooth > local_mean(smooth, np.ones_like(smooth), self.config.ground_px) + smooth.std() / 4
        threshold = threshold_otsu if self.config.method == "otsu" else threshold_li
        return smooth > threshold(smooth)


def is_noise(grey: np.ndarray) -> bool:
    """Whether a picture holds nothing that is larger than its noise."""
    fine, coarse = (float(cv2.GaussianBlur(grey, (0, 0), sigma).var()) for sigma in NOISE_SIGMAS_PX)
    return coarse <= NOISE_SHARE * fine
