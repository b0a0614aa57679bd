"""Whether a micrograph shows electrons that went through the specimen: by polarity and by the name of the detector."""

import numpy as np
import pytest
import tifffile

from nanosieve import Host, Micrograph
from nanosieve.reading import open_micrograph

READERS = Host(entry_points=False).readers
GREY = np.full((40, 64), 100, np.uint8)
FLAT = np.full((4, 4), 0.5, np.float32)


def written(path, code, text):
    """A TIFF with one tag of a vendor."""
    data = text.encode("latin-1") + b"\0"
    tifffile.imwrite(path, GREY, extratags=[(code, 2, len(data), data, True)], metadata=None)
    return path


def zeiss(*pairs):
    lines = ["0", "0", "0", "5e-9"]
    for key, text in pairs:
        lines += [key, text]
    return "\r\n".join(lines) + "\r\n"


def read(path, polarity="bright"):
    return open_micrograph(path, readers=READERS, polarity=polarity)


@pytest.mark.parametrize(
    ("pairs", "detector", "transmission"),
    [
        ([("DP_DETECTOR_TYPE", "Detector = STEM")], "STEM", True),
        # two words are no number with a unit
        ([("DP_DETECTOR_TYPE", "Detector = Dark Field")], "Dark Field", True),
        ([("DP_DETECTOR_TYPE", "Detector = InLens")], "InLens", False),
        ([("DP_DETECTOR_CHANNEL", "Signal A = SE2")], "SE2", False),
        ([("DP_DETECTOR_CHANNEL", "Signal A = aSTEM1")], "aSTEM1", True),
        # the type says more than the channel
        (
            [("DP_DETECTOR_CHANNEL", "Signal A = SE2"), ("DP_DETECTOR_TYPE", "Detector = STEM")],
            "STEM",
            True,
        ),
        ([], None, False),
    ],
)
def test_zeiss_files_name_their_detector(tmp_path, pairs, detector, transmission):
    micrograph = read(written(tmp_path / "zeiss.tif", 34118, zeiss(*pairs)))
    assert micrograph.metadata.get("detector") == detector
    assert micrograph.in_transmission is transmission


@pytest.mark.parametrize("code", [34680, 34682])
@pytest.mark.parametrize(
    ("section", "detector", "transmission"),
    [
        ("[Detectors]\r\nNumber=1\r\nName=STEM\r\nMode=DF\r\n", "STEM DF", True),
        ("[Detectors]\r\nName=HAADF\r\nMode=\r\n", "HAADF", True),
        ("[Detectors]\r\nName=ETD\r\nMode=SE\r\n", "ETD SE", False),
        ("[Detectors]\r\nName=TLD\r\n", "TLD", False),
        ("[Detectors]\r\nNumber=1\r\n", None, False),
        ("", None, False),
    ],
)
def test_fei_files_name_their_detector_and_its_mode(tmp_path, code, section, detector, transmission):
    text = f"[Scan]\r\nPixelWidth=2.5e-09\r\nPixelHeight=2.5e-09\r\n{section}"
    micrograph = read(written(tmp_path / "fei.tif", code, text))
    assert micrograph.metadata.get("detector") == detector
    assert micrograph.in_transmission is transmission


def test_a_file_without_a_vendor_names_no_detector(tmp_path):
    tifffile.imwrite(tmp_path / "plain.tif", GREY, metadata=None)
    micrograph = read(tmp_path / "plain.tif")
    assert "detector" not in micrograph.metadata
    assert not micrograph.in_transmission


def test_dark_particles_are_seen_in_transmission_whatever_the_detector_is_called(tmp_path):
    # where a file holds several channels the name may be that of another one
    path = written(tmp_path / "zeiss.tif", 34118, zeiss(("DP_DETECTOR_TYPE", "Detector = InLens")))
    assert read(path, polarity="dark").in_transmission
    assert not read(path, polarity="bright").in_transmission


@pytest.mark.parametrize(
    ("polarity", "detector", "transmission"),
    [
        ("bright", "", False),
        (None, "", False),
        ("dark", "", True),
        (None, "stem dark field", True),
        ("bright", "bright field", True),
        ("bright", 7, False),
    ],
)
def test_polarity_and_detector_decide_in_any_spelling(polarity, detector, transmission):
    metadata = {"detector": detector} if detector else {}
    assert Micrograph(pixels=FLAT, polarity=polarity, metadata=metadata).in_transmission is transmission
