"""What the tolerance of golden outputs lets pass: other number formats, threads and devices; other weights not."""

import pytest
import torch
from safetensors import numpy as tensors

from nanosieve import Context, Host
from nanosieve.guards import GuardedClassifier, GuardedSegmenter
from nanosieve.models import read_bundle
from nanosieve.options import configure
from nanosieve.specs import resolve
from nanosieve_registry.exchange.golden import check_golden, make_golden
from nanosieve_registry.exchange.manifest import Tolerance
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.shipped import shipped_models

HOST = Host()
SHIPPED = sorted(shipped_models())
# Of each tensor's spread; less is found by the digests alone, see benchmarks/golden.py.
OTHER_WEIGHTS = 0.1


def built(name, precision="float32", device="cpu"):
    """The plugin's own tool for a shipped model."""
    bundle = read_bundle(shipped_models()[name])
    card = bundle.card
    spec = (HOST.segmenters if card.kind == "segmenter" else HOST.classifiers)[card.plugin]
    config = configure(spec.config, {**card.config, "precision": precision}, spec.name)
    return resolve(spec.build)(
        Context(
            config=config,
            weights=bundle.weights,
            device=device,
            classes=card.classes,
            calibration=card.calibration,
        )
    )


def guarded(tool):
    return (GuardedSegmenter if hasattr(tool, "segment") else GuardedClassifier)(tool, "a shipped model")


@pytest.fixture(scope="module", params=SHIPPED)
def sent(request):
    """Name of a model, and its golden output in float32 on one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    golden = tensors.load(make_golden(guarded(built(request.param))))
    torch.set_num_threads(before)
    return request.param, golden


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_number_formats_and_threads_pass(sent, precision, threads):
    name, golden = sent
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        difference = check_golden(guarded(built(name, precision)), golden, Tolerance())
    finally:
        torch.set_num_threads(before)
    if precision == "bfloat16":
        assert difference.mean > 0, "the number format makes a difference, or the test shows nothing"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_gpu_passes(sent, precision):
    name, golden = sent
    check_golden(guarded(built(name, precision, "cuda")), golden, Tolerance())


def test_other_weights_do_not_pass(sent):
    name, golden = sent
    tool, generator = built(name), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in tool.network.parameters():
            if value.numel() > 1:
                noise = torch.randn(value.shape, generator=generator).to(value.dtype)
                value += OTHER_WEIGHTS * value.std() * noise
    with pytest.raises(RefusedError, match="the golden output differs"):
        check_golden(guarded(tool), golden, Tolerance())
