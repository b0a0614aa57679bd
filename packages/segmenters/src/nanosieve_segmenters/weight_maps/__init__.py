"""Weight maps: how much each pixel counts in training."""
