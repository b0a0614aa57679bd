"""UNet++ with any encoder of segmentation-models-pytorch or timm."""
