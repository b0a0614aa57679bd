"""Files of real microscopes declare what `../shared/data/README.md` says; skipped where they are not here."""

import pytest

from nanosieve import Host
from nanosieve.errors import ScaleError
from nanosieve.reading import open_micrograph

READERS = Host(entry_points=False).readers


@pytest.mark.parametrize(
    ("name", "x_nm"),
    [
        ("tiff_Zeiss_SEM/test_tiff_Zeiss_SEM_512pix.tif", 11.649976),
        ("tiff_Zeiss_SEM/test_tiff_Zeiss_SEM_1k.tif", 2614.514),
        ("tiff_FEI_Helios/FEI-Helios-Ebeam-8bits.tif", 3372.4),
        ("tiff_FEI_Helios/FEI-Helios-navcam.tif", 263_974),
        ("tiff_FEI_Helios/FEI-Helios-navcam-with-no-IRBeam.tif", None),
        ("JEOL-SightX-TEM-mag-dummy.tif", 1.82079),
        ("JEOL-SightX-Ronchigram-dummy.tif", None),
        ("TVIPS_bin4/TVIPS_bin4.tif", 1.42080),
        ("olympus_SIS.tif", 0.023928),
        ("test_loading_image_saved_with_imageJ.tif", 168.675),
        ("test_loading_image_saved_with_imageJ_no_scale.tif", None),
    ],
)
def test_pixel_size(shared_data, name, x_nm):
    found = open_micrograph(shared_data / "formats" / name, readers=READERS)
    if x_nm is None:
        assert found.pixel_size_nm is None
    else:
        assert found.pixel_size_nm[1] == pytest.approx(x_nm, rel=1e-5)


def test_diffraction_is_refused(shared_data):
    with pytest.raises(ScaleError, match="diffraction"):
        open_micrograph(shared_data / "formats" / "JEOL-SightX-SAED-dummy.tif", readers=READERS)


def test_the_data_bar_of_a_zeiss_is_cut_off(shared_data):
    found = open_micrograph(shared_data / "bam_tio2" / "se" / "1908250.tif", readers=READERS)
    assert found.pixel_size_nm == pytest.approx((7.344, 7.344), rel=1e-4)
    assert 704 <= found.shape[0] <= 712


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "tiff_Zeiss_SEM/test_tiff_Zeiss_SEM_1k.tif",
            {
                "instrument": "Merlin Merlin-61-08",
                "voltage_kv": 25.0,
                "working_distance_mm": 14.808,
                "microscope_magnification": 105.0,
                "recorded": "23 Dec 2015 9:40:32",
            },
        ),
        (
            "tiff_Zeiss_SEM/test_tiff_Zeiss_SEM_512pix.tif",
            {"voltage_kv": 5.0, "working_distance_mm": 3.9, "microscope_magnification": 50_000.0},
        ),
        (
            "tiff_FEI_Helios/FEI-Helios-Ebeam-8bits.tif",
            {"voltage_kv": 5.0, "working_distance_mm": 4.03466, "recorded": "06/13/2016 05:06:40 PM"},
        ),
        (
            "JEOL-SightX-TEM-mag-dummy.tif",
            {"instrument": "JEM-ARM200F", "voltage_kv": 200.0, "microscope_magnification": 150_000.0},
        ),
    ],
)
def test_instrument_voltage_and_working_distance(shared_data, name, expected):
    metadata = open_micrograph(shared_data / "formats" / name, readers=READERS).metadata
    assert {key: metadata[key] for key in expected} == expected


def test_a_camera_over_the_chamber_has_no_voltage(shared_data):
    path = shared_data / "formats" / "tiff_FEI_Helios/FEI-Helios-navcam.tif"
    metadata = open_micrograph(path, readers=READERS).metadata
    assert metadata["instrument"].startswith("Helios")
    assert not {"voltage_kv", "working_distance_mm"} & set(metadata)
