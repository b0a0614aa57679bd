"""Pixel sizes and pixels as microscopes and programs write them, made byte by byte."""

import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile

from nanosieve import Host
from nanosieve.errors import ReadError, ScaleError
from nanosieve.reading import open_micrograph
from nanosieve.scale import parse_pixel_size

READERS = Host(entry_points=False).readers
GREY = (np.indices((40, 64)).sum(axis=0) * 2).astype(np.uint8)


def read(path, **more):
    return open_micrograph(path, readers=READERS, **more)


def ascii_tag(code, text):
    data = text.encode("latin-1") + b"\0"
    return (code, 2, len(data), data, True)


def tiff(path, *tags, pixels=GREY, **more):
    tifffile.imwrite(path, pixels, extratags=tags, metadata=None, **more)
    return path


def zeiss(block, name=None):
    lines = ["0", "0", "0", *block]
    if name:
        lines += [
            "AP_PIXEL_SIZE",
            "Pixel Size = 99.0 nm",
            "AP_IMAGE_PIXEL_SIZE",
            f"Image Pixel Size = {name}",
        ]
    return ascii_tag(34118, "\r\n".join(lines) + "\r\n")


FEI = "[Scan]\r\nPixelWidth=2.5e-09\r\nPixelHeight=2.6e-09\r\n[PrivateFei]\r\nDatabarHeight=8\r\n"
FEI_HFW = "[EBeam]\r\nHFW=6.4e-07\r\nVFW=4e-07\r\n[Image]\r\nResolutionX=64\r\nResolutionY=40\r\n"
PHENOM = (
    '<FeiImage><pixelWidth unit="nm">4.5</pixelWidth><pixelHeight unit="nm">4.5</pixelHeight>'
    "<databarHeight>6</databarHeight></FeiImage>"
)


@pytest.mark.parametrize(
    ("tags", "x_nm", "y_nm", "source"),
    [
        # 5 nm belong to a picture 1024 px wide; this one has 64
        ([zeiss(["5e-9"])], 80, 80, "value 3"),
        ([zeiss(["0"], "7.344 nm")], 7.344, 7.344, "ap_image_pixel_size"),
        ([zeiss(["0"], "2.615 \xb5m")], 2615, 2615, "ap_image_pixel_size"),
        ([ascii_tag(34682, FEI)], 2.5, 2.6, "PixelWidth"),
        ([ascii_tag(34680, FEI)], 2.5, 2.6, "34680"),
        ([ascii_tag(34682, FEI_HFW)], 10, 10, "HFW"),
        ([ascii_tag(270, PHENOM)], 4.5, 4.5, "Phenom"),
        (
            [
                (
                    50431,
                    7,
                    55,
                    b"\x01\x00\x02\xffPixelSizeX=3.5e-9\r\nPixelSizeY=3.5e-9\r\nMore=1\x00\x00".ljust(55),
                    True,
                )
            ],
            3.5,
            3.5,
            "TESCAN",
        ),
        (
            [(65003, 2, 3, b"nm\0", True), (65009, 12, 1, 0.75, True), (65010, 12, 1, 0.75, True)],
            0.75,
            0.75,
            "Gatan",
        ),
    ],
    ids=["zeiss-block", "zeiss", "zeiss-um", "fei", "sfeg", "fei-hfw", "phenom", "tescan", "gatan"],
)
def test_vendor_tags_give_the_pixel_size_with_its_source(tmp_path, tags, x_nm, y_nm, source):
    found = read(tiff(tmp_path / "x.tif", *tags))
    assert found.pixel_size_nm == pytest.approx((y_nm, x_nm), rel=1e-6)
    assert source in found.pixel_size_source
    assert found.pixel_size_confidence in ("high", "medium")


def test_the_size_on_the_display_of_a_zeiss_is_never_taken(tmp_path):
    tag = ascii_tag(34118, "0\r\n0\r\n0\r\n0\r\nAP_PIXEL_SIZE\r\nPixel Size = 5.825 nm\r\n")
    assert read(tiff(tmp_path / "x.tif", tag)).pixel_size_nm is None


@pytest.mark.parametrize(
    "text", ["[Scan]\r\nPixelWidth=\r\n", "[User]\r\nUser=x\r\n", "[Scan]\r\nPixelWidth=nan\r\n"]
)
def test_fei_without_a_number_has_no_pixel_size(tmp_path, text):
    assert read(tiff(tmp_path / "x.tif", ascii_tag(34682, text))).pixel_size_nm is None


@pytest.mark.parametrize(
    ("name", "content", "x_nm"),
    [
        ("x.txt", b"[SemImageFile]\r\nInstructName=S\r\nPixelSize=12.4\r\n", 12.4),
        ("x.txt", "[SemImageFile]\r\nPixelSize=12.4\r\n".encode("utf-16"), 12.4),
        ("x.txt", b"[SemImageFile]\r\nMagnification=10000\r\n", 127e6 / 10000 / 64),
        ("x.txt", b"$CM_FULL_SIZE 64 34\r\n$$SM_MICRON_BAR 20\r\n$$SM_MICRON_MARKER 100nm\r\n", 5),
        ("x.hdr", b"[MAIN]\r\nPixelSizeX=3e-9\r\nPixelSizeY=3e-9\r\n", 3),
        ("x-tif.hdr", b"[MAIN]\r\nPixelSizeX=3e-9\r\nPixelSizeY=3e-9\r\n", 3),
    ],
    ids=["hitachi", "hitachi-utf16", "hitachi-old", "jeol", "tescan", "tescan-long"],
)
def test_side_files_give_the_pixel_size(tmp_path, name, content, x_nm):
    path = tiff(tmp_path / "x.tif")
    (tmp_path / name).write_bytes(content)
    found = read(path)
    assert found.pixel_size_nm[1] == pytest.approx(x_nm)
    assert name in found.pixel_size_source
    if b"CM_FULL_SIZE" in content:
        assert found.shape == (34, 64)


def test_data_bar_of_the_metadata_is_cut_off(tmp_path):
    found = read(tiff(tmp_path / "x.tif", ascii_tag(34682, FEI)))
    assert found.shape == (32, 64)
    assert tuple(found.frame) == (0, 0, 32, 64)


def test_imagej_and_ome_units(tmp_path):
    tifffile.imwrite(tmp_path / "i.tif", GREY, imagej=True, resolution=(4, 2), metadata={"unit": "um"})
    assert read(tmp_path / "i.tif").pixel_size_nm == pytest.approx((500, 250))
    tifffile.imwrite(tmp_path / "e.tif", GREY, imagej=True, resolution=(4, 4), metadata={"unit": "\\u00B5m"})
    assert read(tmp_path / "e.tif").pixel_size_nm == pytest.approx((250, 250))
    size = {"PhysicalSizeX": 1.5, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 1.5, "PhysicalSizeYUnit": "nm"}
    tifffile.imwrite(tmp_path / "o.ome.tif", GREY, metadata={"axes": "YX", **size})
    assert read(tmp_path / "o.ome.tif").pixel_size_nm == pytest.approx((1.5, 1.5))


def test_dots_per_inch_are_no_scale(tmp_path):
    path = tiff(tmp_path / "x.tif", resolution=(300, 300), resolutionunit="INCH")
    assert read(path).pixel_size_nm is None


def test_reciprocal_units_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", GREY, imagej=True, resolution=(4, 4), metadata={"unit": "1/nm"})
    with pytest.raises(ScaleError, match=r"1/nm.*diffraction"):
        read(tmp_path / "x.tif")
    gatan = [(65003, 2, 5, b"1/nm\0", True), (65009, 12, 1, 0.75, True)]
    with pytest.raises(ScaleError, match="1/nm"):
        read(tiff(tmp_path / "g.tif", *gatan), pixel_size=parse_pixel_size("1 nm"))


def test_two_sources_that_disagree_stop_and_are_both_named(tmp_path):
    path = tiff(tmp_path / "x.tif", ascii_tag(34682, FEI.replace("2.6e", "2.5e")))
    (tmp_path / "x.txt").write_text("[SemImageFile]\nPixelSize=2.56\n")
    with pytest.raises(ScaleError, match=r"2\.5 nm \(FEI.*2\.56 nm \(Hitachi.*--pixel-size"):
        read(path)
    (tmp_path / "x.txt").write_text("[SemImageFile]\nPixelSize=2.54\n")  # 1.6 %
    assert read(path).pixel_size_nm == pytest.approx((2.5, 2.5))


def test_the_user_overrides_and_it_is_said(tmp_path):
    path = tiff(tmp_path / "x.tif", ascii_tag(34682, FEI))
    found = read(path, pixel_size=parse_pixel_size("7.34 nm"))
    assert found.pixel_size_nm == (7.34, 7.34)
    assert found.pixel_size_source == "given by the user"
    assert "replaces that of the file: 2.5 x 2.6 nm" in found.warnings[0]


def particles_in(grey):
    """The same wedge whatever it was stored as: low on the left, high on the right."""
    assert grey.dtype == np.float32
    assert grey.min() >= 0
    assert grey.max() <= 1
    return grey[:, :8].mean() < 0.2 and grey[:, -8:].mean() > 0.8


WEDGE = np.tile(np.linspace(0, 1, 64), (48, 1))


@pytest.mark.parametrize(
    ("pixels", "more"),
    [
        ((WEDGE * 255).astype(np.uint8), {}),
        ((WEDGE * 4095).astype(np.uint16), {}),
        ((WEDGE * 65535).astype(np.uint16), {}),
        ((WEDGE * 2**31).astype(np.uint32), {}),
        ((WEDGE * 30000 - 15000).astype(np.int16), {}),
        (WEDGE.astype(np.float32) * 1e-3 - 5, {}),
        ((255 - WEDGE * 255).astype(np.uint8), {"photometric": "miniswhite"}),
        (np.repeat((WEDGE * 255).astype(np.uint8)[..., None], 3, axis=2), {"photometric": "rgb"}),
        (np.repeat((WEDGE * 255).astype(np.uint8)[..., None], 4, axis=2), {"photometric": "rgb"}),
        (
            np.repeat((WEDGE * 255).astype(np.uint8)[None], 3, axis=0),
            {"photometric": "rgb", "planarconfig": "separate"},
        ),
        (
            (WEDGE * 255).astype(np.uint8),
            {"photometric": "palette", "colormap": np.tile(np.arange(256, dtype=np.uint16) * 257, (3, 1))},
        ),
        ((WEDGE * 255).astype(np.uint8), {"compression": "lzw"}),
    ],
    ids=[
        "8",
        "12in16",
        "16",
        "32",
        "int16",
        "float",
        "miniswhite",
        "rgb",
        "rgba",
        "planar",
        "palette",
        "lzw",
    ],
)
def test_every_kind_of_pixel_gives_the_same_picture(tmp_path, pixels, more):
    tifffile.imwrite(tmp_path / "x.tif", pixels, metadata=None, **more)
    found = read(tmp_path / "x.tif")
    assert found.shape == (48, 64)
    assert particles_in(found.pixels)


def test_of_several_pages_the_first_of_full_size_is_taken(tmp_path):
    with tifffile.TiffWriter(tmp_path / "x.tif") as file:
        file.write(np.zeros((12, 16, 3), np.uint8), photometric="rgb", metadata=None)
        file.write((WEDGE * 255).astype(np.uint8), metadata=None)
        file.write(np.zeros((48, 64), np.uint8), metadata=None)
    assert particles_in(read(tmp_path / "x.tif").pixels)


def test_nan_is_masked_and_coloured_annotations_too(tmp_path):
    pixels = WEDGE.astype(np.float32)
    pixels[4:9, 4:9] = np.nan
    tifffile.imwrite(tmp_path / "n.tif", pixels)
    found = read(tmp_path / "n.tif")
    assert (~found.valid).sum() == 25
    assert np.isfinite(found.pixels).all()
    rgb = np.repeat((WEDGE * 255).astype(np.uint8)[..., None], 3, axis=2)
    rgb[10:14, 10:30] = (255, 255, 0)
    tifffile.imwrite(tmp_path / "c.tif", rgb, photometric="rgb")
    found = read(tmp_path / "c.tif")
    assert (~found.valid[10:14, 10:30]).all()
    assert found.valid.sum() == 48 * 64 - 80
    assert "annotation" in found.warnings[0]


@pytest.mark.parametrize("encode", [imagecodecs.png_encode, imagecodecs.jpeg_encode], ids=["png", "jpg"])
def test_png_and_jpeg(tmp_path, encode, request):
    suffix = request.node.callspec.id
    (tmp_path / f"x.{suffix}").write_bytes(encode((WEDGE * 255).astype(np.uint8)))
    assert particles_in(read(tmp_path / f"x.{suffix}").pixels)


def test_phenom_metadata_in_jpeg(tmp_path):
    (tmp_path / "x.jpg").write_bytes(imagecodecs.jpeg_encode(GREY) + PHENOM.encode())
    found = read(tmp_path / "x.jpg")
    assert found.pixel_size_nm == (4.5, 4.5)
    assert found.shape == (34, 64)


def big_tiff_header(width, height):
    """A TIFF of one strip that declares a size and holds nothing of it."""
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1)]
    entries += [(273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, 100)]
    ifd = (
        struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *each) for each in entries) + bytes(4)
    )
    return b"II*\0" + struct.pack("<I", 200) + bytes(192) + ifd + bytes(3000)


def big_png_header(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + bytes(500)
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.tif", big_tiff_header(60_000, 60_000), "60000 x 60000"),
        ("x.tif", big_tiff_header(24_000, 24_000), "a trap"),
        ("x.png", big_png_header(60_000, 60_000), "60000 x 60000"),
        ("x.tif", b"", "cannot be read as TIFF"),
        ("x.tif", b"just text", "cannot be read as TIFF"),
        ("x.png", b"just text", "neither PNG nor JPEG"),
        ("x.png", b"\x89PNG\r\n\x1a\n\0\0", "truncated"),
        ("x.jpg", b"\xff\xd8\xff\xe0", "truncated"),
        ("x.bmp", b"BM", "no reader"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReadError, match=said) as caught:
        read(tmp_path / name)
    assert name in str(caught.value)


def test_truncated_files_are_refused_and_not_read_as_grey(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (200, 200), np.uint8)
    whole = tiff(tmp_path / "whole.tif", pixels=pixels)
    (tmp_path / "cut.tif").write_bytes(whole.read_bytes()[:20_000])
    with pytest.raises(ReadError, match=r"cut\.tif.*truncated|cannot be read"):
        read(tmp_path / "cut.tif")
    (tmp_path / "cut.png").write_bytes(imagecodecs.png_encode(pixels)[:20_000])
    with pytest.raises(ReadError, match=r"cut\.png"):
        read(tmp_path / "cut.png")


def test_a_missing_file_offers_the_close_name(tmp_path):
    tiff(tmp_path / "sphere.tif")
    with pytest.raises(ReadError, match=r"did you mean .*sphere\.tif"):
        read(tmp_path / "spehre.tif")


def test_a_black_picture_of_ordinary_size_is_no_trap(tmp_path):
    path = tiff(tmp_path / "x.tif", pixels=np.zeros((4096, 4096), np.uint8), compression="zlib")
    assert read(path).shape == (4096, 4096)
