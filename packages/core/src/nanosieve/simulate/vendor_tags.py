"""Metadata as the microscopes of two vendors write them into TIFF files."""

from __future__ import annotations

from nanosieve.simulate.data_bar import BEAM_KV, DETECTORS, magnification
from nanosieve.simulate.micrograph import Simulated

ZEISS, FEI = 34118, 34682
ASCII = 2
# The unnamed block of the Zeiss tag holds the pixel size of a picture this wide.
ZEISS_STORE_WIDTH = 1024
ZEISS_CHANNELS = 4
WORKING_DISTANCE_M = 4e-3

Tag = tuple[int, int, int, bytes, bool]


def vendor_tag(simulated: Simulated) -> Tag:
    """The tag of a picture, in the form that tifffile's ``extratags`` has: Zeiss for SE, FEI for STEM."""
    code, lines = (ZEISS, _zeiss(simulated)) if simulated.kind == "se" else (FEI, _fei(simulated))
    data = ("\r\n".join(lines) + "\r\n").encode("cp1252") + b"\0"
    return code, ASCII, len(data), data, True


def _zeiss(simulated: Simulated) -> list[str]:
    """An unnamed block of numbers for four channels and the count of entries, then a key and a value by turns."""
    settings = simulated.settings
    metres = simulated.pixel_size_nm * 1e-9
    volts = 1000 * BEAM_KV[simulated.kind]
    mag = magnification(settings)
    channel = (
        _exponent(metres * settings.width / ZEISS_STORE_WIDTH),
        _exponent(mag),
        "6",
        *(_exponent(number) for number in (volts, 2.34, 1.0e-10, WORKING_DISTANCE_M)),
    )
    block = ["0"]
    for number in range(ZEISS_CHANNELS):
        block += [str(number) if number else "0", *(("0",) if number == 0 else ()), *channel]
    height, width = simulated.pixels.shape
    entries = {
        "DP_IMAGE_STORE": f"Store resolution = {width} * {height}",
        "DP_DETECTOR_TYPE": f"Detector = {DETECTORS[simulated.kind]}",
        "DP_PIXEL_SIZE": "Pix Size state = calibrated",
        "AP_MAG": f"Mag = {mag / 1000:.2f} K X",
        "AP_WD": f"WD = {WORKING_DISTANCE_M * 1000:.1f} mm",
        "AP_ACTUALKV": f"EHT = {volts / 1000:.2f} kV",
        "AP_WIDTH": f"Width = {_length(width * simulated.pixel_size_nm)}",
        "AP_HEIGHT": f"Height = {_length(height * simulated.pixel_size_nm)}",
        # the pixel of the display, 1024 px wide: not that of the file where the picture is wider or narrower
        "AP_PIXEL_SIZE": f"Pixel Size = {_length(simulated.pixel_size_nm * width / ZEISS_STORE_WIDTH)}",
        "AP_IMAGE_PIXEL_SIZE": f"Image Pixel Size = {_length(simulated.pixel_size_nm)}",
    }
    return [*block, str(len(entries)), *(line for entry in entries.items() for line in entry)]


def _fei(simulated: Simulated) -> list[str]:
    """Sections of names and values; lengths in metres."""
    settings = simulated.settings
    metres = simulated.pixel_size_nm * 1e-9
    width, height = settings.width, settings.height
    sections: dict[str, dict[str, object]] = {
        "User": {"User": "simulated", "UserText": ""},
        "System": {"Type": "SEM", "Software": "nanosieve"},
        "Beam": {"HV": 1000 * BEAM_KV[simulated.kind], "Beam": "EBeam", "Scan": "EScan"},
        "EBeam": {
            "HV": 1000 * BEAM_KV[simulated.kind],
            "HFW": f"{metres * width:.9g}",
            "VFW": f"{metres * height:.9g}",
            "WD": WORKING_DISTANCE_M,
        },
        "Scan": {
            "PixelWidth": f"{metres:.9g}",
            "PixelHeight": f"{metres:.9g}",
            "HorFieldsize": f"{metres * width:.9g}",
            "VerFieldsize": f"{metres * height:.9g}",
        },
        "Detectors": {"Number": 1, "Name": "STEM", "Mode": "BF" if simulated.kind == "stem_bf" else "DF"},
        "Image": {"ResolutionX": width, "ResolutionY": height},
        "PrivateFei": {"DatabarHeight": simulated.data_bar_rows},
    }
    lines = []
    for name, entries in sections.items():
        lines += [f"[{name}]", *(f"{key}={value}" for key, value in entries.items()), ""]
    return lines


def _exponent(number: float) -> str:
    """As the vendor has it, three digits in the exponent: ``2.614514e-006``."""
    mantissa, _, exponent = f"{number:.6e}".partition("e")
    return f"{mantissa}e{exponent[0]}{int(exponent[1:]):03d}"


def _length(nm: float) -> str:
    for unit, size in (("mm", 1e6), ("µm", 1e3), ("nm", 1.0)):
        if nm >= size:
            return f"{nm / size:.4g} {unit}"
    return f"{nm * 1000:.4g} pm"
