"""Lets torchvision be imported beside a torch that lacks its compiled operators.

The processor-only build of torch beside the ordinary wheel of torchvision fails at ``import torchvision``, and with it
timm and segmentation-models-pytorch, because the operators ``nms`` and ``qnms`` have no schema. Nothing here calls
them. Import this module before timm or segmentation-models-pytorch.
"""

from __future__ import annotations

import torch

SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def _define() -> torch.library.Library | None:
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for schema in SCHEMAS.values():
            library.define(schema)
        return library
    return None


# A library that nobody holds takes its schemas with it.
LIBRARY = _define()
