"""ResNet-34."""
