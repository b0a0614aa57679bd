"""Segmenter `threshold`: particles are what is brighter, or darker, than a threshold."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.filters import threshold_li, threshold_otsu

from nanosieve import Context, Micrograph, Segmentation
from nanosieve.labels import components, relabel
from nanosieve.polarity import find_polarity
from nanosieve_segmenters.edge_position import edge_heights
from nanosieve_segmenters.ground import flattened, local_mean
from nanosieve_segmenters.holes import fill_holes
from nanosieve_segmenters.splitting import split_touching
from nanosieve_segmenters.threshold_config import ThresholdConfig

# White noise keeps 1/16 of its variance when a Gaussian four times as wide smooths it, a picture of particles most.
NOISE_SHARE = 0.12
NOISE_SIGMAS_PX = (1.0, 4.0)
# Bright particles pull Li's threshold above faint ones; as the edge is placed at half height later, it may lie lower:
# at this share of its height above the ground, chosen on AMPIS and EMPS.
LI_SHARE = 0.8


def build(context: Context) -> ThresholdSegmenter:
    """Build the segmenter."""
    assert isinstance(context.config, ThresholdConfig)
    return ThresholdSegmenter(context.config)


class ThresholdSegmenter:
    """Threshold, find the edge, split."""

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
        excess = self._excess(smooth)
        if config.flatten != "off":
            level = flattened(smooth, (excess > 0) & valid, config.ground_px, config.flatten == "on")
            excess = self._excess(level)
        pieces = components((excess > 0) & valid, config.min_area_px)
        usual = float(np.median(np.bincount(pieces.ravel())[1:])) if pieces.any() else 0.0
        mask = fill_holes(pieces > 0, excess, config.largest_hole * usual, usual) & valid
        foreground = np.where(valid, edge_heights(grey, mask), 0).astype(np.float32)
        labels = components(foreground >= 0.5, config.min_area_px)
        if config.split:
            labels = split_touching(labels, config.neck)
            large = np.bincount(labels.ravel()) >= config.min_area_px
            labels = relabel(np.where(large[labels], labels, 0))
        # what was too small is ground in both
        foreground[(labels == 0) & (foreground >= 0.5)] = 0
        return Segmentation(labels=labels, foreground=foreground)

    def _bright(self, micrograph: Micrograph) -> np.ndarray:
        polarity = self.config.polarity
        if polarity == "auto":
            polarity = micrograph.polarity or find_polarity(micrograph.pixels, micrograph.valid)
        pixels = np.asarray(micrograph.pixels)
        return pixels if polarity == "bright" else 1 - pixels

    def _excess(self, smooth: np.ndarray) -> np.ndarray:
        """Grey value above the threshold."""
        if smooth.min() == smooth.max():
            return np.zeros_like(smooth)
        if self.config.method == "local":
            mean = local_mean(smooth, np.ones_like(smooth), self.config.ground_px)
            return smooth - (mean + smooth.std() / 4)
        if self.config.method == "otsu":
            return smooth - np.float32(threshold_otsu(smooth))
        threshold = threshold_li(smooth)
        ground = np.median(smooth[smooth <= threshold])
        return smooth - np.float32(ground + LI_SHARE * (threshold - ground))


def is_noise(grey: np.ndarray) -> bool:
    """Whether a picture holds nothing that is larger than its noise."""
    fine, coarse = (float(cv2.GaussianBlur(grey, (0, 0), sigma).var()) for sigma in NOISE_SIGMAS_PX)
    return coarse <= NOISE_SHARE * fine
