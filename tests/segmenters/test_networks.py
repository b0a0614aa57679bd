"""UNet and UNet++: the networks of the paper, and what they need."""

import numpy as np
import pytest
import torch

from labelled_pictures import random_discs
from nanosieve import Context, Host, Micrograph
from nanosieve.errors import ModelError, UsageError
from nanosieve.learn.checkpoints import save_tensors
from nanosieve.learn.folding import fold_batch_norms
from nanosieve.learn.network_segmenter import build_segmenter
from nanosieve.loading import load_segmenter
from nanosieve.testing import check_segmenter
from nanosieve_segmenters.unet import network as unet
from nanosieve_segmenters.unet.config import UnetConfig
from nanosieve_segmenters.unetpp import network as unetpp
from nanosieve_segmenters.unetpp.config import UnetPlusPlusConfig
from pictures import draw_discs

HOST = Host()
SMALL = {
    "unetpp": UnetPlusPlusConfig(depth=3, decoder_channels=(16, 8, 8), tile=64, overlap=16),
    "unet": UnetConfig(filters=4, tile=64, overlap=16),
}
MAKE = {"unetpp": unetpp.make_network, "unet": unet.make_network}


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.fixture(params=SMALL)
def name(request):
    return request.param


@pytest.fixture
def weights(name, tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "weights.safetensors"
    save_tensors(path, MAKE[name](SMALL[name]).state_dict())
    return path


def test_a_network_keeps_the_contract_of_segmenters(name, weights):
    check_segmenter(HOST.segmenters[name], config=SMALL[name], weights=weights)


def test_parameters_are_those_of_the_papers():
    # 31.03 million for U-Net with one class (Zhou et al. 2018 and Bals and Epple 2023 give 31 million)
    assert parameters(MAKE["unet"](UnetConfig(second_head="none"))) == pytest.approx(31.0e6, rel=0.01)
    # Bals and Epple: 7.7 million; ours must not have more than 8
    assert parameters(MAKE["unetpp"](UnetPlusPlusConfig())) < 8e6


@pytest.mark.parametrize("encoder", ["mobilenet_v2", "tu-regnety_002", "resnet18"])
def test_encoders_of_both_libraries_can_be_named(encoder):
    config = UnetPlusPlusConfig(encoder=encoder, depth=3, decoder_channels=(16, 8, 8))
    network = MAKE["unetpp"](config).eval()
    assert network(torch.zeros(1, 1, 64, 96)).shape == (1, 2, 64, 96)


def test_an_unknown_encoder_is_named():
    with pytest.raises(UsageError, match="'resnet99' with depth = 5 cannot be made"):
        MAKE["unetpp"](UnetPlusPlusConfig(encoder="resnet99"))


def test_without_a_model_the_remedy_is_named(name):
    with pytest.raises(ModelError, match=r"needs a trained model.*nanosieve train segmenter"):
        build_segmenter(MAKE[name], Context(config=SMALL[name]))


def test_weights_of_another_network_are_refused(name, weights):
    other = {
        "unetpp": UnetPlusPlusConfig(depth=3, decoder_channels=(16, 8, 16)),
        "unet": UnetConfig(filters=8),
    }
    with pytest.raises(ModelError, match="are not those of the network in the card"):
        build_segmenter(MAKE[name], Context(config=other[name], weights=weights))


def test_folded_batch_norms_change_no_answer(name):
    torch.manual_seed(1)
    network = MAKE[name](SMALL[name])
    grey = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        # statistics other than those of a fresh network
        for _ in range(3):
            network(grey)
        network.eval()
        before = network(grey)
        fold_batch_norms(network)
        after = network(grey)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())
    assert torch.allclose(before, after, atol=1e-4)


def test_tiles_give_the_same_particles_as_the_whole(trained_discs):
    generator = np.random.default_rng(5)
    shape = (420, 500)
    pixels = draw_discs(shape, random_discs(generator, shape, 90)) / 255 + generator.normal(0, 0.02, shape)
    micrograph = Micrograph(pixels=np.clip(pixels, 0, 1).astype(np.float32))
    found = {}
    for tile in (256, 512):
        segmenter = load_segmenter(str(trained_discs), HOST, {"tile": tile, "overlap": 128}).tool
        found[tile] = segmenter.segment(micrograph)
    both = (found[256].labels > 0) & (found[512].labels > 0)
    either = (found[256].labels > 0) | (found[512].labels > 0)
    assert both.sum() / either.sum() > 0.999
    assert found[256].count == found[512].count
