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
