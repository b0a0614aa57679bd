"""What crosses between machines is exact, and what is something else is refused before memory is taken for it."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest

from nanosieve import Micrograph, Segmentation
from nanosieve.errors import ReadError
from nanosieve_registry.serving.wire import (
    pack_micrograph,
    pack_segmentation,
    unpack_micrograph,
    unpack_segmentation,
)

RNG = np.random.default_rng(1)
PIXELS = RNG.random((31, 47), np.float32)
MANY = 10_000


def packed(notes=None, **arrays):
    """As a client that speaks NumPy would write it."""
    target = io.BytesIO()
    text = json.dumps({} if notes is None else notes).encode()
    np.savez_compressed(target, notes=np.frombuffer(text, np.uint8), **arrays)
    return target.getvalue()


def test_a_micrograph_comes_out_bit_by_bit():
    valid = RNG.random(PIXELS.shape) > 0.1
    micrograph = Micrograph(
        pixels=PIXELS, valid=valid, pixel_size_nm=(0.1, 0.3), name="Gold Ø 5 nm", metadata={"detector": "SE2"},
        polarity="dark", polarity_certainty=0.3,
    )  # fmt: skip
    out = unpack_micrograph(pack_micrograph(micrograph), MANY)
    assert out.pixels.tobytes() == PIXELS.tobytes()
    assert np.array_equal(out.valid, valid)
    assert (out.pixel_size_nm, out.name, out.metadata) == ((0.1, 0.3), "Gold Ø 5 nm", {"detector": "SE2"})
    assert (out.polarity, out.polarity_certainty) == ("dark", 0.3)


@pytest.mark.parametrize("foreground", [None, PIXELS])
def test_a_segmentation_comes_out_bit_by_bit(foreground):
    labels = RNG.integers(0, 1 << 20, PIXELS.shape, np.int32)
    out = unpack_segmentation(
        pack_segmentation(
            Segmentation(
                labels=labels, foreground=foreground, model="m", magnification=1.7, warnings=("a", "b")
            )
        ),
        PIXELS.shape,
    )
    assert out.magnification == 1.7
    assert np.array_equal(out.labels, labels)
    assert (out.foreground is None) == (foreground is None)
    assert foreground is None or out.foreground.tobytes() == PIXELS.tobytes()
    assert (out.model, out.warnings, out.polarity) == ("m", ("a", "b"), None)


def member(name, content):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed(pixels=PIXELS))) as good, zipfile.ZipFile(target, "w") as archive:
        archive.writestr("notes.npy", good.read("notes.npy"))
        archive.writestr(name, content)
    return target.getvalue()


def header(shape, descr="<f4"):
    target = io.BytesIO()
    np.lib.format.write_array_header_1_0(target, {"descr": descr, "fortran_order": False, "shape": shape})
    return target.getvalue()


class Marker:
    """Leaves a trace when it is unpickled."""

    reached = False

    def __reduce__(self):
        return (setattr, (Marker, "reached", True))


def objects():
    target = io.BytesIO()
    np.lib.format.write_array(target, np.array([[Marker()]], object), allow_pickle=True)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "not the arrays of a picture"),
        (b"PK\x03\x04 nothing", "not the arrays of a picture"),
        (packed(pixels=PIXELS)[:-40], "not the arrays of a picture"),
        (packed(), "has no pixels"),
        (packed(pixels=np.zeros((0, 5), np.float32)), "has no pixels"),
        (packed(pixels=PIXELS.astype(np.float64)), r"array 'pixels' must be \(H, W\) float32"),
        (packed(pixels=PIXELS[None]), r"array 'pixels' must be \(H, W\) float32"),
        (packed(pixels=PIXELS + 1), r"grey values must lie in \[0, 1\]"),
        (packed(pixels=np.full((2, 2), np.nan, np.float32)), r"grey values must lie in \[0, 1\]"),
        (packed(pixels=PIXELS, valid=np.ones((3, 3), bool)), "cannot be used: valid has shape"),
        (packed(pixels=PIXELS, more=PIXELS), "there must be no array 'more'"),
        (packed(pixels=np.zeros((200, 200), np.float32)), "has 40,000 pixels, more than 10,000"),
        (packed({"pixel_size_nm": [0, 1]}, pixels=PIXELS), "pixel_size_nm must be positive"),
        (packed({"pixel_size_nm": "big"}, pixels=PIXELS), "cannot be used"),
        (packed({"polarity": "grey"}, pixels=PIXELS), "polarity 'grey' must be"),
        (packed([1], pixels=PIXELS), "the notes must be an object"),
        # 16 EB that are never taken, and a header that promises more than follows
        (member("pixels.npy", header((1 << 31, 1 << 31))), "has 4,611,686,018,427,387,904 pixels"),
        (member("pixels.npy", header((90, 90))), "not the arrays of a picture"),
        (member("pixels.npy", objects()), r"must be \(H, W\) float32"),
        (member("pixels.npy", pickle.dumps(Marker())), "not the arrays of a picture"),
        (member("../pixels.npy", header((2, 2))), r"there must be no array '\.\./pixels'"),
    ],
)  # fmt: skip
def test_what_is_no_micrograph_is_refused(data, text):
    with pytest.raises(ReadError, match=text):
        unpack_micrograph(data, MANY)
    assert not Marker.reached


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_array_that_comes_twice_is_refused():
    target = io.BytesIO(packed(pixels=PIXELS))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("pixels.npy", archive.read("pixels.npy"))
    with pytest.raises(ReadError, match="no array may come twice"):
        unpack_micrograph(target.getvalue(), MANY)


@pytest.mark.parametrize("magnification", [0, -1, float("nan"), float("inf"), "2", None])
def test_a_magnification_that_is_none_is_refused(magnification):
    data = packed({"magnification": magnification}, labels=np.zeros(PIXELS.shape, np.int32))
    with pytest.raises(ReadError, match="magnification"):
        unpack_segmentation(data, PIXELS.shape)


def test_an_answer_of_another_size_is_refused():
    data = pack_segmentation(Segmentation(labels=np.zeros((60, 60), np.int32)))
    with pytest.raises(ReadError, match="3,600 pixels, more than 1,457"):
        unpack_segmentation(data, PIXELS.shape)
    with pytest.raises(ReadError, match="has no labels"):
        unpack_segmentation(packed(), PIXELS.shape)
