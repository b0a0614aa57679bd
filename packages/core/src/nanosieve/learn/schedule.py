"""How the learning rate changes."""

from __future__ import annotations

import math

from nanosieve.learn.loop_config import LoopConfig

# The cosine ends here, not at 0: the last steps still count.
LEAST_SHARE = 0.01


def learning_rate(progress: float, config: LoopConfig) -> float:
    """The rate when a share `progress` (0 to 1) of the training is done."""
    if progress < config.warmup:
        return config.learning_rate * max(progress / config.warmup, LEAST_SHARE)
    if config.schedule == "constant":
        return config.learning_rate
    falling = (progress - config.warmup) / (1 - config.warmup)
    share = LEAST_SHARE + (1 - LEAST_SHARE) * (1 + math.cos(math.pi * falling)) / 2
    return config.learning_rate * share
