"""Segmenter `log_blobs`: where a Laplacian of Gaussian answers, as a torch network with fixed weights."""

import numpy as np
import torch

import nanosieve
from nanosieve.labels import components


def build(context: nanosieve.Context) -> "LogBlobs":
    """Build the segmenter on the device asked for."""
    device = context.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return LogBlobs(context.config, torch.device(device))


class LogBlobs:
    """One convolution, one threshold."""

    def __init__(self, config, device: torch.device) -> None:
        self.config = config
        self.device = device
        self.network = laplacian_of_gaussian(config.radius_px).to(device)

    def segment(self, micrograph: nanosieve.Micrograph) -> nanosieve.Segmentation:
        """Label the blobs; dark ones where the micrograph says so."""
        pixels = np.array(micrograph.pixels)
        if micrograph.polarity == "dark":
            pixels = 1 - pixels
        with torch.no_grad():
            # (H, W) -> (1, 1, H, W) and back
            answer = self.network(torch.from_numpy(pixels)[None, None].to(self.device))[0, 0].cpu().numpy()
        return nanosieve.Segmentation(labels=components(answer > self.config.sensitivity, least_px=4))


def laplacian_of_gaussian(radius_px: float) -> torch.nn.Conv2d:
    """A convolution that answers 1 to the middle of a disc of this radius on a ground of 0, and 0 to a flat picture."""
    sigma = radius_px / 2**0.5  # the answer to a disc is largest there
    half = int(4 * sigma) + 1
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    square = (x**2 + y**2) / (2 * sigma**2)
    kernel = (1 - square) * np.exp(-square)
    kernel -= kernel.mean()
    kernel /= kernel[np.hypot(x, y) <= radius_px].sum()
    network = torch.nn.Conv2d(1, 1, 2 * half + 1, padding=half, padding_mode="zeros", bias=False)
    network.weight = torch.nn.Parameter(
        torch.from_numpy(kernel.astype(np.float32))[None, None], requires_grad=False
    )
    return network
